// A toy replicated store, made of nothing but the interfaces that models have: for the shape proof.
#ifndef HEADROOM_TOY_STORE_H
#define HEADROOM_TOY_STORE_H

#include "model.h"
#include "visit.h"

enum { TOY_WAITING_MOST = 64, TOY_RELEASES_MOST = 16 };

// What a crash loses.
struct toy_volatile {
  int64_t version;
  bool locked;
  uint32_t first, last; // visits that wait for the lock, a ring
  struct frame_reference waiting[TOY_WAITING_MOST];
  uint32_t releases;
  uint32_t released[TOY_RELEASES_MOST]; // subjects, in the order in which they came back
};

// What survives it.
struct toy_durable {
  int64_t version; // as last flushed
  uint64_t flushes;
  uint64_t starts, crashes, removals, recoveries, changes, messages;
};

extern const struct model toy_store_model;

#endif
