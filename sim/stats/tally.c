#include "tally.h"

#include <math.h>

void tally_merge(struct tally *into, const struct tally *other) {
  into->sum += other->sum;
  into->squares += other->squares;
  into->carry += other->carry + (into->squares < other->squares);
  into->count += other->count;
  if (other->largest > into->largest) into->largest = other->largest;
}

void tally_subtract(struct tally *from, const struct tally *other) {
  from->sum -= other->sum;
  from->carry -= other->carry + (from->squares < other->squares);
  from->squares -= other->squares;
  from->count -= other->count;
}

double tally_mean(const struct tally *tally) {
  return tally->count == 0 ? NAN : (double)tally->sum / (double)tally->count;
}

// Squared deviations from the mean when the sum of squares passed 2^128, some 10^5 observations of a year
// each. In floating point: the spread is then of the order of the values, or the result does not matter.
static double deviations_of_giants(const struct tally *tally) {
  double squares = ldexp((double)tally->carry, 128) + (double)tally->squares;
  double deviations = squares - (double)tally->sum * tally_mean(tally);
  return deviations > 0 ? deviations : 0;
}

// Deviations are taken from the truncated mean m, an integer, modulo 2^128: the true result lies between 0
// and the sum of squares, so that what wraps on the way does not matter. What truncation left out is the
// remainder r of the division: the deviations from the true mean are r^2 / n less.
static double deviations_exact(const struct tally *tally) {
  int128 count = (int128)tally->count;
  int128 mean = tally->sum / count;
  double remainder = (double)(tally->sum - mean * count);
  uint128 m = (uint128)mean;
  uint128 deviations = tally->squares - 2 * m * (uint128)tally->sum + (uint128)count * m * m;
  return (double)deviations - remainder * remainder / (double)count;
}

double tally_variance(const struct tally *tally) {
  if (tally->count < 2) return NAN;
  double deviations = tally->carry == 0 ? deviations_exact(tally) : deviations_of_giants(tally);
  return deviations / (double)(tally->count - 1);
}

double tally_deviation(const struct tally *tally) {
  return sqrt(tally_variance(tally));
}
