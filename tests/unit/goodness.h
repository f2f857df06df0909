// Goodness of fit for the tests of samplers: every test has a fixed seed, and fails where chance alone would
// give so bad a fit once in 10^5 (or at five standard errors, once in 10^6).
#ifndef HEADROOM_GOODNESS_H
#define HEADROOM_GOODNESS_H

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define GOODNESS_LEVEL 1e-5

// P of a chi-square at least so large; cells with an expectation below 5 are pooled into the next.
static inline double goodness_chi_square(const uint64_t *observed, const double *expected, size_t cells) {
  double statistic = 0;
  double seen = 0;
  double due = 0;
  size_t used = 0;
  for (size_t i = 0; i < cells; i++) {
    seen += (double)observed[i];
    due += expected[i];
    if (due < 5 && i + 1 < cells) continue;
    statistic += due > 0 ? (seen - due) * (seen - due) / due : seen > 0 ? INFINITY : 0;
    used++;
    seen = due = 0;
  }
  return gsl_cdf_chisq_Q(statistic, (double)(used - 1));
}

// The same for cells that are equally likely.
static inline double goodness_uniform(const uint64_t *observed, size_t cells) {
  double total = 0;
  for (size_t i = 0; i < cells; i++) total += (double)observed[i];
  double statistic = 0;
  for (size_t i = 0; i < cells; i++) {
    double off = (double)observed[i] - total / (double)cells;
    statistic += off * off / (total / (double)cells);
  }
  return gsl_cdf_chisq_Q(statistic, (double)(cells - 1));
}

static inline int goodness_compare(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

// P of a Kolmogorov-Smirnov distance at least that of `units`, which should be uniform on (0, 1); sorts them.
static inline double goodness_kolmogorov(double *units, size_t count) {
  qsort(units, count, sizeof *units, goodness_compare);
  double distance = 0;
  for (size_t i = 0; i < count; i++) {
    distance = fmax(distance, units[i] - (double)i / (double)count);
    distance = fmax(distance, (double)(i + 1) / (double)count - units[i]);
  }
  double root = sqrt((double)count);
  double scaled = (root + 0.12 + 0.11 / root) * distance; // Stephens (1970)
  double sum = 0;
  for (int k = 1; k < 100; k++) sum += (k % 2 == 1 ? 2 : -2) * exp(-2.0 * k * k * scaled * scaled);
  return scaled < 0.2 ? 1 : sum;
}

#endif
