// Point estimates with confidence intervals, from replications.
#ifndef HEADROOM_ESTIMATE_H
#define HEADROOM_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct estimate {
  double value;       // NaN when nothing was observed
  double low, high;   // the interval; both equal `value` without one
  bool has_interval;  // otherwise `method` says why there is none
  uint64_t n;         // replications, batches or trials behind it
  const char *method; // static text
};

enum { ESTIMATE_EXCEEDANCES = 100 }; // that a percentile needs in each replication

// `confidence` is always within (0, 1), e.g. 0.95: ASSERTed. No function here allocates.

// The mean of independent replications' means, by Student's t with count - 1 degrees of freedom. One
// replication, or values that are not finite: no interval.
struct estimate estimate_mean(const double *means, size_t count, double confidence);

// The ratio of expectations, sum of numerators / sum of denominators, over replications, jackknifed for its
// bias with a t interval on the pseudo-values (Miller, Biometrika 61, 1974; Law, Simulation Modeling and
// Analysis, chapter 9). A zero denominator in all (or all but one) replications: no interval.
struct estimate estimate_ratio(const double *numerators, const double *denominators, size_t count,
                               double confidence);

// The `q`-quantile by sectioning: `pooled` is the estimate from all observations together and `own` are the
// replications' (Asmussen & Glynn 2007, chapter III; Nakayama 2014): the spread of `own` around `pooled`.
// `fewest` is the smallest number of observations (the infinite included) in any replication: with fewer than
// 100 beyond the quantile in it no interval, "too few samples". All infinite: [inf, inf]; some: no interval.
struct estimate estimate_percentile(double pooled, const double *own, size_t count, double q, uint64_t fewest,
                                    double confidence);

// Clopper & Pearson (Biometrika 26, 1934): exact for independent trials. 0 of n is [0, 3/n] at 95% (rule of
// three: Hanley & Lippman-Hand, JAMA 249, 1983), n of n is [1 - 3/n, 1]. n counts trials.
struct estimate estimate_binomial(uint64_t hits, uint64_t trials, double confidence);

// A proportion over replications: the wider of the interval between replications (a jackknifed ratio: the
// trials differ and hits come in clusters) and Clopper & Pearson over all trials, within [0, 1].
struct estimate estimate_proportion(const uint64_t *hits, const uint64_t *trials, size_t count,
                                    double confidence);

// Half the width of the interval; INFINITY without one.
double estimate_half_width(const struct estimate *estimate);

// The quantile of Student's t that bounds a two-sided interval; freedom >= 1 (need not be whole).
double estimate_student(double confidence, double freedom);

#endif
