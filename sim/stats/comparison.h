// Differences between two systems.
#ifndef HEADROOM_COMPARISON_H
#define HEADROOM_COMPARISON_H

#include "estimate.h"

#include <stddef.h>

struct comparison {
  struct estimate difference; // second minus first
  double statistic;           // t
  double freedom;             // its degrees of freedom
  double p_value;             // two-sided; NaN without an interval
  double correlation;         // reached between the paired replications; NaN when unpaired or undefined
  double saving;              // replications needed, as a share of what independent runs would have needed:
                              // variance of the difference / (sum of variances); 1: common luck did not help
};

// Replication i of both under the same luck: Student's t on the differences.
struct comparison comparison_paired(const double *first, const double *second, size_t count,
                                    double confidence);

// Independent replications, perhaps of different number: Welch (Biometrika 34, 1947).
struct comparison comparison_independent(const double *first, size_t first_count, const double *second,
                                         size_t second_count, double confidence);

// The relative change second / first - 1 of paired replications, jackknifed. No interval when the first's
// mean is 0.
struct estimate comparison_change(const double *first, const double *second, size_t count, double confidence);

// Holm's step-down adjustment (Scandinavian J. Statistics 6, 1979) over the family of comparisons shown:
// `adjusted[i]` <= alpha rejects with the family-wise error at most alpha. NaN counts as not tested and
// stays NaN. The two arrays
// must not overlap. Time count squared.
void comparison_holm(const double *p_values, double *adjusted, size_t count);

#endif
