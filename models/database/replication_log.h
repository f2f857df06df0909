// The log of a primary: what was written, in the order of the commits, from entry 1 on. It keeps what some
// replica has not applied, also while that is down, as with the replication slots of PostgreSQL.
#ifndef HEADROOM_REPLICATION_LOG_H
#define HEADROOM_REPLICATION_LOG_H

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

struct log_entry {
  uint64_t key;
  uint64_t position; // in the log of its dataset (item.h)
  int64_t committed; // ns
  uint16_t dataset;
};

// All zero is an empty one.
struct replication_log {
  struct log_entry *entries; // a ring: entry n stands at n modulo `room`
  uint64_t room;             // a power of two, or 0
  uint64_t first;            // that is still there; 0: none was ever
  uint64_t newest;           // 0: none was ever
};

// The number of the entry that was added; 0: no memory.
uint64_t replication_log_add(struct replication_log *log, struct log_entry entry,
                             struct memory_budget *budget);

// An entry that is there.
static inline const struct log_entry *replication_log_at(const struct replication_log *log, uint64_t number) {
  return &log->entries[number & (log->room - 1)];
}

// All entries up to `number` are needed no longer.
void replication_log_trim(struct replication_log *log, uint64_t number);

void replication_log_drop(struct replication_log *log, struct memory_budget *budget);

#endif
