// The phases of a run: warming up, measuring a window, draining what arrived in it; and the windows of the
// series.
#ifndef HEADROOM_WINDOW_H
#define HEADROOM_WINDOW_H

#include "sim.h"

// The measured window begins.
void window_begin(struct sim *sim);

// It ends: its time is over, or the last request of it has arrived. Without effect in other phases.
void window_close(struct sim *sim);

// All its requests have ended; or the time to wait for those that have not is over.
void window_requests_over(struct sim *sim);
void window_drained(struct sim *sim);

// The next window of the series begins.
void window_next(struct sim *sim);

// A request of the window has ended.
static inline void window_request_ended(struct sim *sim) {
  if (++sim->measured_ended == sim->measured_sent) window_requests_over(sim);
}

// Requests of the window that have not ended.
static inline uint64_t window_requests_left(const struct sim *sim) {
  return (uint64_t)sim->settings.requests - sim->measured_to_come - sim->measured_ended;
}

#endif
