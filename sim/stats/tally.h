// Exact sums over int64 observations in the loop: count, sum, largest, squares.
#ifndef HEADROOM_TALLY_H
#define HEADROOM_TALLY_H

#include "int128.h"

#include <stdint.h>

// All zero is an empty tally.
//
// Welford's update is sound but divides once for each observation. Sums of squares in floating point are
// cheap and cancel catastrophically when the spread is small beside the mean. Here the squares are summed as
// integers, so nothing is rounded in the loop and nothing can cancel: the variance is formed once, exactly,
// when it is asked for. Merging is addition, so a result cannot depend on the order in which it is merged.
struct tally {
  int128 sum;
  uint128 squares; // the low 128 bits of the sum of squares
  uint64_t carry;  // and what went over: 192 bits hold 2^64 observations of any int64
  uint64_t count;
  int64_t largest; // meaningful when count > 0 (0 if every observation was negative: durations are not)
};

// Takes one observation (ns, or any integer).
static inline void tally_add(struct tally *tally, int64_t value) {
  uint128 square = (uint128)((int128)value * value);
  tally->sum += value;
  // The builtin, because compilers do not see the carry of 128 bits in a comparison.
  if (__builtin_add_overflow(tally->squares, square, &tally->squares)) tally->carry++;
  tally->count++;
  if (value > tally->largest) tally->largest = value;
}

// Adds all that `other` has seen.
void tally_merge(struct tally *into, const struct tally *other);

// Takes away all that `other`, an earlier state of it, had seen. `largest` stays: it may be the other's.
void tally_subtract(struct tally *from, const struct tally *other);

// The mean; NaN when empty.
double tally_mean(const struct tally *tally);

// The unbiased variance (divisor count - 1); NaN below two observations.
double tally_variance(const struct tally *tally);

// Its square root.
double tally_deviation(const struct tally *tally);

#endif
