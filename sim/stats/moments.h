// Moments of doubles, for figures outside the loop.
#ifndef HEADROOM_MOMENTS_H
#define HEADROOM_MOMENTS_H

#include <stdint.h>

// All zero is empty. Running mean and sum of squared deviations: Welford, Technometrics 4 (1962).
struct moments {
  uint64_t count;
  double mean;
  double deviations; // sum of squared deviations from the mean
  double smallest;   // both meaningful when count > 0
  double largest;
};

// A finite value, of any unit. Start with all zero.
void moments_add(struct moments *moments, double value);

// Pairwise update: Chan, Golub & LeVeque, The American Statistician 37 (1983).
void moments_merge(struct moments *into, const struct moments *other);

// The unbiased variance; NaN below two observations.
double moments_variance(const struct moments *moments);

// The square root of that variance; NaN below two observations.
double moments_deviation(const struct moments *moments);

#endif
