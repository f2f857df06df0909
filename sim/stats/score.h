// Normal scores, and whether many of them together look standard normal.
#ifndef HEADROOM_SCORE_H
#define HEADROOM_SCORE_H

#include <stddef.h>

// The standard normal value with the same tail probability as `t` has in Student's distribution with
// `freedom` >= 1 degrees of freedom; accurate in both tails, finite for finite t as far as doubles reach.
double score_from_t(double t, double freedom);

// How far from 0 a score must lie, either way, to be unusual at `level` (0 to 1) when `comparisons` >= 1 are
// looked at together (Bonferroni).
double score_threshold(double level, size_t comparisons);

struct score_fit {
  double statistic; // A squared
  double p_value;   // upper tail: small means not standard normal
};

// Anderson & Darling's test of `scores` against the standard normal, both parameters known. The p-value
// follows Marsaglia & Marsaglia, J. Statistical Software 9 (2004): within 3e-3 from three scores on, as
// measured (0.05 for a single one). `workspace` holds count doubles and is overwritten. count = 0: statistic
// 0, p-value 1.
struct score_fit score_anderson_darling(const double *scores, size_t count, double *workspace);

// The limit (count to infinity) of the distribution function of A squared.
double score_anderson_darling_limit(double statistic);

#endif
