#include "score.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

double score_from_t(double t, double freedom) {
  double tail = fmax(gsl_cdf_tdist_Q(fabs(t), freedom), DBL_MIN);
  return copysign(gsl_cdf_ugaussian_Qinv(tail), t);
}

double score_threshold(double level, size_t comparisons) {
  return gsl_cdf_ugaussian_Qinv(level / 2 / (double)comparisons);
}

// Coefficients from the lowest power up.
static double polynomial(const double *coefficients, size_t count, double x) {
  double value = 0;
  while (count-- > 0) value = value * x + coefficients[count];
  return value;
}

double score_anderson_darling_limit(double statistic) {
  static const double small[] = {2.00012, 0.247105, -0.0649821, 0.0347962, -0.0116720, 0.00168691};
  static const double large[] = {1.0776, -2.30695, 0.43424, -0.082433, 0.008056, -0.0003146};
  double z = statistic;
  if (!(z > 0)) return 0;
  if (z < 2) return exp(-1.2337141 / z) / sqrt(z) * polynomial(small, 6, z);
  if (z > 30) return 1; // the tail falls like exp(-z): below anything the polynomial still follows
  return exp(-exp(polynomial(large, 6, z)));
}

// What the distribution at a finite count differs from the limit, at the limit's value `x`.
static double finite_correction(double count, double x) {
  static const double upper[] = {-130.2137, 745.2337, -1705.091, 1950.646, -1116.360, 255.7844};
  static const double middle[] = {-0.00022633, 6.54034, -14.6538, 14.458, -8.259, 1.91864};
  if (x > 0.8) return polynomial(upper, 6, x) / count;
  double edge = 0.01265 + 0.1757 / count;
  if (x < edge) {
    double t = x / edge;
    double shape = sqrt(t) * (1 - t) * (49 * t - 102);
    return shape * (0.0037 / (count * count) + 0.00078 / count + 0.00006) / count;
  }
  double shape = polynomial(middle, 6, (x - edge) / (0.8 - edge));
  return shape * (0.04213 + 0.01365 / count) / count;
}

static int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

struct score_fit score_anderson_darling(const double *scores, size_t count, double *workspace) {
  if (count == 0) return (struct score_fit){0, 1};
  for (size_t i = 0; i < count; i++) workspace[i] = scores[i];
  qsort(workspace, count, sizeof *workspace, compare_doubles);
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    double below = fmax(gsl_cdf_ugaussian_P(workspace[i]), DBL_MIN);
    double above = fmax(gsl_cdf_ugaussian_Q(workspace[count - 1 - i]), DBL_MIN);
    sum += (2 * (double)i + 1) * (log(below) + log(above));
  }
  double n = (double)count;
  double statistic = -n - sum / n;
  double limit = score_anderson_darling_limit(statistic);
  double below = limit + finite_correction(n, limit);
  return (struct score_fit){statistic, fmin(1, fmax(0, 1 - below))};
}
