#include "estimate.h"

#include "assertion.h"
#include "moments.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

static struct estimate without_interval(double value, uint64_t n, const char *method) {
  return (struct estimate){value, value, value, false, n, method};
}

static struct estimate with_interval(double value, double half, uint64_t n, const char *method) {
  return (struct estimate){value, value - half, value + half, true, n, method};
}

double estimate_student(double confidence, double freedom) {
  ASSERT(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1");
  ASSERT(freedom >= 1, "Student's t needs a degree of freedom");
  return gsl_cdf_tdist_Qinv((1 - confidence) / 2, freedom);
}

double estimate_half_width(const struct estimate *estimate) {
  if (!estimate->has_interval) return INFINITY;
  if (estimate->low == estimate->high) return 0;
  return (estimate->high - estimate->low) / 2;
}

// Half the interval from a sum of squared deviations of `count` >= 2 values about their centre.
static double student_half(double deviations, size_t count, double confidence) {
  double freedom = (double)count - 1;
  return estimate_student(confidence, freedom) * sqrt(deviations / freedom / (double)count);
}

struct estimate estimate_mean(const double *means, size_t count, double confidence) {
  struct moments moments = {0};
  for (size_t i = 0; i < count; i++) moments_add(&moments, means[i]);
  if (count == 0) return without_interval(NAN, 0, "nothing observed");
  if (!isfinite(moments.deviations)) {
    double sum = 0; // the running mean of an infinite value is not a number; the sum is infinite
    for (size_t i = 0; i < count; i++) sum += means[i];
    return without_interval(sum, count, "not finite in some replication");
  }
  if (count == 1) return without_interval(moments.mean, 1, "a single replication");
  return with_interval(moments.mean, student_half(moments.deviations, count, confidence), count,
                       "t over replications");
}

// Ratios of two kinds go through one jackknife.
struct fractions {
  const double *numerators, *denominators;
  const uint64_t *hits, *trials;
};

static double fraction_top(const struct fractions *fractions, size_t i) {
  return fractions->hits != NULL ? (double)fractions->hits[i] : fractions->numerators[i];
}

static double fraction_bottom(const struct fractions *fractions, size_t i) {
  return fractions->trials != NULL ? (double)fractions->trials[i] : fractions->denominators[i];
}

static struct estimate jackknife(const struct fractions *fractions, size_t count, double confidence) {
  double top = 0;
  double bottom = 0;
  for (size_t i = 0; i < count; i++) {
    top += fraction_top(fractions, i);
    bottom += fraction_bottom(fractions, i);
  }
  double pooled = top / bottom;
  if (!isfinite(pooled)) return without_interval(NAN, count, "nothing observed to divide by");
  if (count == 1) return without_interval(pooled, 1, "a single replication");
  struct moments pseudo = {0};
  double least = INFINITY;
  double most = -INFINITY;
  for (size_t i = 0; i < count; i++) {
    double own = fraction_top(fractions, i) / fraction_bottom(fractions, i);
    least = fmin(least, own); // which knows of nothing where it is 0 / 0
    most = fmax(most, own);
    double others = bottom - fraction_bottom(fractions, i);
    if (others == 0) return without_interval(pooled, count, "nothing observed in all but one replication");
    double left_out = (top - fraction_top(fractions, i)) / others;
    moments_add(&pseudo, pooled + ((double)count - 1) * (pooled - left_out));
  }
  double value = fmin(fmax(pseudo.mean, least), most); // no correction beyond all that were seen
  return with_interval(value, student_half(pseudo.deviations, count, confidence), count,
                       "t over jackknifed replications");
}

struct estimate estimate_ratio(const double *numerators, const double *denominators, size_t count,
                               double confidence) {
  struct fractions fractions = {.numerators = numerators, .denominators = denominators};
  return jackknife(&fractions, count, confidence);
}

static size_t infinite_among(const double *values, size_t count) {
  size_t infinite = 0;
  for (size_t i = 0; i < count; i++) infinite += isfinite(values[i]) ? 0 : 1;
  return infinite;
}

struct estimate estimate_percentile(double pooled, const double *own, size_t count, double q, uint64_t fewest,
                                    double confidence) {
  if (isnan(pooled)) return without_interval(NAN, count, "nothing observed");
  double rarer = q < 0.5 ? q : 1 - q;
  if ((double)fewest * rarer < ESTIMATE_EXCEEDANCES - 1e-6) // (1 - 0.9) * 1000 is just below 100
    return without_interval(pooled, count, "too few samples: a percentile needs 100 beyond it");
  if (count < 2) return without_interval(pooled, count, "a single replication");
  size_t infinite = infinite_among(own, count);
  if (infinite == count && isinf(pooled))
    return (struct estimate){pooled, pooled, pooled, true, count, "infinite in every replication"};
  if (infinite > 0 || isinf(pooled)) return without_interval(pooled, count, "infinite in some replication");
  double deviations = 0;
  for (size_t i = 0; i < count; i++) deviations += (own[i] - pooled) * (own[i] - pooled);
  return with_interval(pooled, student_half(deviations, count, confidence), count,
                       "sectioning over replications");
}

// The continued fraction of the regularised incomplete beta function (Abramowitz & Stegun 26.5.8) by Lentz's
// method. GSL's own stops after 512 terms, and a proportion of 10^9 requests needs some 10^4.
static double beta_fraction(double a, double b, double x) {
  const double tiny = 1e-300;
  double c = 1;
  double d = 1 / fmax(1 - (a + b) * x / (a + 1), tiny);
  double result = d;
  for (int m = 1; m < 1000000; m++) {
    double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    result *= c * d;
    double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    result *= c * d;
    if (fabs(c * d - 1) < 4 * DBL_EPSILON) break;
  }
  return result;
}

// The part of the beta distribution below x for a, b > 0 and 0 < x < 1.
static double beta_below(double a, double b, double x) {
  double front =
      exp(gsl_sf_lngamma(a + b) - gsl_sf_lngamma(a) - gsl_sf_lngamma(b) + a * log(x) + b * log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double probability) {
  double low = 0;
  double high = 1;
  for (;;) {
    double middle = (low + high) / 2;
    if (middle <= low || middle >= high || high - low < 1e-13 * low) return middle;
    if (beta_below(a, b, middle) < probability)
      low = middle;
    else
      high = middle;
  }
}

// What none in one trial is at most, times the trials: -log(alpha), rounded up to a tenth, which is 3 at 95%.
static double rule_of_three(double confidence, double trials) {
  return fmin(1, ceil(-10 * log1p(-confidence) - 1e-9) / 10 / trials);
}

struct estimate estimate_binomial(uint64_t hits, uint64_t trials, double confidence) {
  ASSERT(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1");
  ASSERT(hits <= trials, "more hits than trials");
  if (trials == 0) return without_interval(NAN, 0, "nothing observed");
  double n = (double)trials;
  double x = (double)hits;
  double tail = (1 - confidence) / 2;
  if (hits == 0)
    return (struct estimate){0, 0, rule_of_three(confidence, n), true, trials, "none seen: rule of three"};
  if (hits == trials)
    return (struct estimate){1, 1 - rule_of_three(confidence, n), 1, true, trials, "all seen: rule of three"};
  double low = beta_quantile(x, n - x + 1, tail);
  double high = 1 - beta_quantile(n - x, x + 1, tail);
  return (struct estimate){x / n, low, high, true, trials, "Clopper-Pearson"};
}

struct estimate estimate_proportion(const uint64_t *hits, const uint64_t *trials, size_t count,
                                    double confidence) {
  uint64_t all_hits = 0;
  uint64_t all_trials = 0;
  for (size_t i = 0; i < count; i++) {
    all_hits += hits[i];
    all_trials += trials[i];
  }
  struct estimate exact = estimate_binomial(all_hits, all_trials, confidence);
  if (count < 2) return exact;
  struct fractions fractions = {.hits = hits, .trials = trials};
  struct estimate between = jackknife(&fractions, count, confidence);
  double half = estimate_half_width(&between);
  if (!between.has_interval || half <= estimate_half_width(&exact)) return exact;
  return (struct estimate){
      exact.value,     fmax(0, exact.value - half),     fmin(1, exact.value + half), true,
      (uint64_t)count, "t over jackknifed replications"};
}
