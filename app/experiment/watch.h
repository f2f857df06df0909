// Objectives that must hold in a share of all windows of a length ("p99 < 500ms in 99% of 1min"): looked at
// while a run goes on, whenever a window is over; only how many held is kept.
#ifndef HEADROOM_WATCH_H
#define HEADROOM_WATCH_H

#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

struct objectives;

// Of one objective.
struct watched {
  uint64_t held;
  uint64_t windows; // whole ones within the measured time in which something ended
};

struct watch;

// From the start of the measured time on, in memory of `budget`, which it borrows. `*made` NULL: there is no
// such objective. False when memory ran out.
bool watch_open(struct watch **made, const struct sim *sim, const struct objectives *objectives,
                struct memory_budget *budget);
void watch_close(struct watch *watch);

// The time, ns from the start of the run, at which the next window is over; INT64_MAX for NULL.
int64_t watch_next(const struct watch *watch);

// Looks at all windows that are over now. False when memory ran out.
bool watch_look(struct watch *watch, const struct sim *sim);

// What came of the objective of that number.
struct watched watch_result(const struct watch *watch, size_t objective);

#endif
