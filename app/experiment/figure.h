// Figures of requests: what they are called, and their value.
#ifndef HEADROOM_FIGURE_H
#define HEADROOM_FIGURE_H

#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

enum figure_kind {
  FIGURE_OFFERED,    // requests per second
  FIGURE_ATTEMPTS,   // per second
  FIGURE_THROUGHPUT, // answers per second that the entry gave, late ones too
  FIGURE_GOODPUT,    // per second, in time and not degraded
  FIGURE_ERRORS,     // share of offered requests never answered
  FIGURE_AVAILABILITY,
  FIGURE_DEGRADED, // share of answered requests
  FIGURE_MEAN,     // s, of answered requests, as the next
  FIGURE_DEVIATION,
  FIGURE_PERCENTILE, // argument: q
  FIGURE_MEAN_ALL,   // s, over all offered requests, a failed one being infinite; and so the next
  FIGURE_DEVIATION_ALL,
  FIGURE_PERCENTILE_ALL, // argument: q
  FIGURE_WITHIN,         // share of offered requests answered within `argument` ns
};

struct figure {
  enum figure_kind kind;
  double argument;
};

// In place of the number of a client group (all but attackers) or of a request.
enum { SCOPE_ALL = -1 };

// Reads "mean", "p99", "p99.9", "errors", "throughput", … False: it is none of these; `*figure` is unchanged.
// Percentiles and means are over answered requests.
bool figure_read(const char *word, struct figure *figure);

// Per second; or a part of a whole, 0 to 1.
bool figure_is_rate(struct figure figure);
bool figure_is_share(struct figure figure);

// Events of a rate, and hits of a share; and the trials of a share.
uint64_t figure_hits(const struct request_measure *measure, struct figure figure);
uint64_t figure_trials(const struct request_measure *measure, struct figure figure);

// What a percentile is taken over: those that were answered, or all that were offered.
uint64_t figure_samples(const struct request_measure *measure, struct figure figure);

// The figure of what was measured in `seconds`: NaN where nothing was observed, INFINITY where too many
// failed.
double figure_value(const struct request_measure *measure, double seconds, struct figure figure);

#endif
