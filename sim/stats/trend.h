// Is there still a beginning in the data, and does the mean grow without end?
#ifndef HEADROOM_TREND_H
#define HEADROOM_TREND_H

#include <stddef.h>

struct trend {
  double statistic; // Student's t under "no trend"; positive: the series rises
  double freedom;   // 0 when there are too few data: statistic 0, p-value 1
  double p_value;   // two-sided for initial bias, one-sided (rising) for growth
};

// All series are equally spaced window means after the cut, finite. One long run uses the plain form, which
// must estimate the variance of the run from its own 16 batches (in the latter half, for the bias); with
// two or more replications use the other: it needs no such estimate, only that replications are independent.

// Schruben's test of initialisation bias in the mean (Operations Research 30, 1982; with the weights of
// Schruben, Singh & Tierney, 31, 1983): T = sqrt(45) / (n^1.5 sigma) * sum over k of (1 - k/n) k (mean of all
// - mean of the first k). Positive: the beginning lies below the rest, as from empty. Needs 64 windows.
struct trend trend_initial_bias(const double *series, size_t count);

// The same weighted sum in each replication, and Student's t over replications. `series[r]` has `count`
// windows, at least 8.
struct trend trend_initial_bias_over(const double *const *series, size_t replications, size_t count);

// Whether the mean (number in system) grows: least-squares slope over 16 batch means, by Student's t.
// Needs 32 windows.
struct trend trend_growth(const double *series, size_t count);

// Student's t on the replications' own least-squares slopes.
struct trend trend_growth_over(const double *const *series, size_t replications, size_t count);

#endif
