// A census: who is inside a run and what he holds, counted over all frames. It is the other side of what the
// run has counted as it went.
#ifndef HEADROOM_CENSUS_H
#define HEADROOM_CENSUS_H

#include "sim.h"

struct census_instance {
  uint64_t inside;  // visits that have entered
  uint64_t workers; // of these, held or granted
  uint64_t asking;  // visits that wait for one
  uint64_t held;    // whatever else is held of it, but memory
  int64_t memory;   // bytes that visits hold
};

struct census {
  struct arena arena;
  struct census_instance *instances; // by index
  uint64_t *balanced;                // by slot: visits that a balancer must count as outstanding
  uint64_t *roots;                   // by client group: requests that nobody has answered
  uint64_t extensions;               // that there are
  uint64_t extended;                 // and that strands have
  uint64_t repeated;                 // calls and visits that are counted in a repetition
  uint64_t claimed;                  // what repetitions say of that
  uint64_t under_way;                // bytes at interfaces
  uint64_t astray;                   // transfers that belong to nothing on its way
};

// Of a run that stands still between two events. False: out of memory. census_drop() either way.
bool census_take(struct census *census, const struct sim *sim);
void census_drop(struct census *census);

#endif
