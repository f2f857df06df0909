// The Poisson process that several arrival processes are: independent exponential gaps.
#ifndef HEADROOM_POISSON_CLOCK_H
#define HEADROOM_POISSON_CLOCK_H

#include "arrival.h"
#include "ziggurat.h"

struct poisson_clock {
  int64_t at;
  double gap; // mean, ns
};

// For struct arrival_process, beside its `drive` and `rate`.
#define POISSON_CLOCK_HOOKS                                                                                  \
  .law = ARRIVAL_POISSON, .state_size = sizeof(struct poisson_clock), .start = poisson_clock_start,          \
  .next = poisson_clock_next, .variability = poisson_clock_variability

// The hooks of a process of such arrivals whose parameters begin with their rate at load 1, a double.
static inline void poisson_clock_start(const void *parameters, void *state, double load,
                                       struct random_stream *stream) {
  (void)stream;
  *(struct poisson_clock *)state = (struct poisson_clock){.gap = 1e9 / (*(const double *)parameters * load)};
}

static inline bool poisson_clock_next(const void *parameters, void *state, struct random_stream *stream,
                                      struct arrival *arrival) {
  (void)parameters;
  struct poisson_clock *clock = state;
  if (!arrival_advance(&clock->at, clock->gap * ziggurat_exponential(stream))) return false;
  *arrival = arrival_at(clock->at);
  return true;
}

static inline double poisson_clock_variability(const void *parameters) {
  (void)parameters;
  return 1;
}

#endif
