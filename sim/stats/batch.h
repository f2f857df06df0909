// Intervals from batches of one long run.
#ifndef HEADROOM_BATCH_H
#define HEADROOM_BATCH_H

#include "estimate.h"

enum { BATCH_MOST = 32 };

// Result of von Neumann's test that the batch means are uncorrelated.
struct batch_independence {
  double statistic; // about standard normal under independence; large when neighbours are alike
  double p_value;   // one-sided
};

// sqrt((n^2 - 1) / (n - 2)) * (1 - sum of squared successive differences / (2 * sum of squared deviations)),
// von Neumann (1941) in the form of Fishman & Yarberry, INFORMS J. Computing 9 (1997). For `count` >= 3.
struct batch_independence batch_test(const double *means, unsigned count);

// An interval about `value`, the estimate from all of one long run, from the `count` >= 3 values that equally
// long batches of it gave: Student's t on their spread about `value`; wider by (1 + r) / (1 - r) in variance,
// where r is what correlation of neighbours remains, if positive; and turned to the side to which the batch
// values are skewed, by Willink's transformation (Communications in Statistics - Theory and Methods 34,
// 2005). Both corrections are those of N-Skart (Tafazzoli, Steiger & Wilson, IEEE Trans. Automatic Control
// 56, 2011). No interval when von Neumann's test rejects at level 0.1, "too short", or when a value is not
// finite.
struct estimate batch_interval(double value, const double *own, unsigned count, double confidence);

// What batches gave of a percentile or a deviation.
struct batch_values {
  const double *own;     // one of each batch
  const double *lengths; // of the batches, in any unit; NULL: they are equally long
  unsigned count;        // 3 to BATCH_MOST
  double excess;         // kurtosis that they are taken to have beyond a normal's
};

// The same for percentiles and deviations, whose batch values have long tails, and whose batches need not be
// equally long: a batch's deviation counts by the root of its length. Where all values are above 0 on the
// scale of reciprocals, on which those of a busy queue, that go with 1 / (1 - load), lie about evenly; where
// that would reach beyond twice the value, on that of logarithms. Without Willink's transformation, and with
// as many degrees of freedom as a spread has whose values have that excess: 2 / (2 / (count - 1) +
// excess / count). The scale and the excess are measured, not derived: see docs/statistics.md.
struct estimate batch_interval_of_spread(double value, const struct batch_values *values, double confidence);

#endif
