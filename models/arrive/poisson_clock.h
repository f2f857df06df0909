// The Poisson process that several arrival processes are: independent exponential gaps.
#ifndef HEADROOM_POISSON_CLOCK_H
#define HEADROOM_POISSON_CLOCK_H

#include "arrival.h"
#include "ziggurat.h"

struct poisson_clock {
  int64_t at;
  double gap; // mean, ns
};

static inline void poisson_clock_start(struct poisson_clock *clock, double rate) {
  *clock = (struct poisson_clock){.gap = 1e9 / rate};
}

static inline bool poisson_clock_next(struct poisson_clock *clock, struct random_stream *stream,
                                      struct arrival *arrival) {
  if (!arrival_advance(&clock->at, clock->gap * ziggurat_exponential(stream))) return false;
  *arrival = arrival_at(clock->at);
  return true;
}

#endif
