// Figures of components: a row of what its type reports (models/metric.h), and of times one of their aspects.
#ifndef HEADROOM_PART_H
#define HEADROOM_PART_H

#include "metric.h"

enum part_aspect { PART_VALUE, PART_DEVIATION, PART_PERCENTILE }; // PART_VALUE of times is the mean

struct part {
  size_t row; // SIZE_MAX: it reports no such thing
  enum part_aspect aspect;
  double argument; // of PART_PERCENTILE: q
};

// Reads a key of results.json: "in_system", "utilization.cpu.mean"; of times also "wait_s.mean" (as
// "wait_s"), "wait_s.std" and "wait_s.p99". `model` NULL: what every component reports.
struct part part_named(const struct model *model, const char *name);

// The two sides of a figure that is a ratio, of what was counted in `seconds`, in the units that are
// reported. False: it is none.
bool part_fraction(const struct metric *metric, struct part part, const struct metric_raw *raw,
                   double seconds, double *top, double *bottom);

// The figure: NaN where nothing was observed.
double part_value(const struct metric *metric, struct part part, const struct metric_raw *raw,
                  double seconds);

#endif
