// When what an event of the timeline has disturbed is over: latency and errors, by windows of the series, are
// back where they were before the first event.
#ifndef HEADROOM_RECOVERY_H
#define HEADROOM_RECOVERY_H

#include "estimates.h"

enum { RECOVERY_WINDOWS = 3 }; // in a row that must be as before

struct recovery {
  bool left;  // some window since the event was not as before
  int64_t at; // ns from the start: the first of RECOVERY_WINDOWS as before, after one that was not; the
              // event's own time if none was not; -1: never, or nothing was before
  struct estimate errors; // share of requests that failed from the event on until then, or until the end
};

// Of every event of the timeline, the first time that it happens; in the arena; NULL where there is none. The
// windows of all replications are put together; as before are those whose mean latency and share of errors
// are at most the largest in the second half of the time before the first event, or three standard deviations
// above its mean. A window in which requests came but none ended is not as before.
struct recovery *recoveries(const struct experiment *experiment, struct arena *arena);

#endif
