#include "zipf.h"

#include "assertion.h"
#include "elementary.h"

#include <stdbool.h>

// ln(1 + x) / x, 1 at 0.
static double log1p_ratio(double x) {
  if (fabs(x) > 1e-3) return elementary_log1p(x) / x;
  return 1.0 - x * (1.0 / 2 - x * (1.0 / 3 - x * (1.0 / 4 - x * (1.0 / 5 - x * (1.0 / 6)))));
}

// x^-s.
static double density(double exponent, double x) {
  return elementary_exp(-exponent * elementary_log(x));
}

// The integral of the density from 1 to x, (x^(1-s) - 1) / (1 - s), in a form that is right for s near 1.
static double integral(double exponent, double x) {
  double logarithm = elementary_log(x);
  return logarithm * elementary_growth((1.0 - exponent) * logarithm);
}

static double inverse(double exponent, double area) {
  double rise = area * (1.0 - exponent);
  if (rise <= -1.0) rise = -1.0 + 0x1p-53; // past the end by rounding
  return elementary_exp(area * log1p_ratio(rise));
}

enum { SUMMED = 64 };

// The sum of k^-s for k from 1 to `last`: term by term, then by Euler and Maclaurin with the derivatives of
// order 1, 3 and 5.
static double harmonic(double s, double last) {
  double sum = 0;
  double from = last < SUMMED ? last + 1 : SUMMED;
  for (double k = 1; k < from; k++) sum += density(s, k);
  if (last < SUMMED) return sum;
  double f[2] = {density(s, from), density(s, last)};
  double x[2] = {from, last};
  double slopes = 0;
  for (int end = 0; end < 2; end++) {
    double first = -s * f[end] / x[end];
    double third = first * (s + 1) * (s + 2) / (x[end] * x[end]);
    double fifth = third * (s + 3) * (s + 4) / (x[end] * x[end]);
    double slope = first / 12 - third / 720 + fifth / 30240;
    slopes += end == 0 ? -slope : slope;
  }
  // From the first to the last: from^(1-s) times the integral of t^-s from 1 to last / from.
  double area = from * f[0] * integral(s, last / from);
  return sum + area + (f[0] + f[1]) / 2 + slopes;
}

// How far below the k-th number a point may lie that is accepted: it grows with k, towards one half.
static double sure_from(double exponent, double k) {
  return k - inverse(exponent, integral(exponent, k + 0.5) - density(exponent, k));
}

// Nearer to 1 the roots of a power would lose too much.
static bool is_power(double exponent) {
  return fabs(1.0 - exponent) > 1e-3;
}

// The first number has the area below 1.5 whose size is its probability: no point in it is rejected.
void zipf_init(struct zipf *zipf, double exponent, uint64_t ranks) {
  ASSERT(exponent >= 0 && exponent <= 100, "an exponent that Zipf's law does not take");
  ASSERT(ranks >= 1 && ranks <= (uint64_t)ZIPF_RANKS_MOST, "too many ranks, or none");
  double low = integral(exponent, 1.5) - 1.0;
  *zipf = (struct zipf){
      .exponent = exponent,
      .ranks = ranks,
      .low = low,
      .area = integral(exponent, (double)ranks + 0.5) - low,
      .root = is_power(exponent) ? 1.0 / (1.0 - exponent) : 0,
      .from = 1.0 + low * (1.0 - exponent),
      .total = harmonic(exponent, (double)ranks),
  };
  zipf->span = zipf->area * (1.0 - exponent);
  for (int i = 0; i < ZIPF_OCTAVES; i++) zipf->sure[i] = sure_from(exponent, i == 0 ? 2.0 : (double)(1 << i));
}

// inverse() of low + share * area, as most draws need it.
static inline double root(const struct zipf *zipf, double share) {
  double power = zipf->from + share * zipf->span;
  if (power < 0x1p-53) power = 0x1p-53; // past the end by rounding
  return elementary_power(power, zipf->root);
}

static inline unsigned octave_of(uint64_t number) {
  unsigned octave = 63U - (unsigned)__builtin_clzll(number);
  return octave < ZIPF_OCTAVES ? octave : ZIPF_OCTAVES - 1;
}

uint64_t zipf_draw(const struct zipf *zipf, struct random_stream *stream) {
  for (;;) {
    double share = random_unit(stream), area = zipf->low + share * zipf->area;
    double x = zipf->root != 0 ? root(zipf, share) : inverse(zipf->exponent, area);
    uint64_t number = x < 1.5 ? 1 : (uint64_t)(x + 0.5);
    if (number > zipf->ranks) number = zipf->ranks;
    double k = (double)number;
    if (k - x <= zipf->sure[octave_of(number)] ||
        area >= integral(zipf->exponent, k + 0.5) - density(zipf->exponent, k))
      return number - 1;
  }
}

double zipf_probability(const struct zipf *zipf, uint64_t rank) {
  return density(zipf->exponent, (double)rank + 1.0) / zipf->total;
}

double zipf_below(const struct zipf *zipf, uint64_t rank) {
  return harmonic(zipf->exponent, (double)rank) / zipf->total;
}
