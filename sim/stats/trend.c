#include "trend.h"

#include "moments.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

enum { BATCHES = 16, LEAST_FOR_BIAS = 4 * BATCHES, LEAST_FOR_GROWTH = 2 * BATCHES, LEAST_OVER = 8 };

static const struct trend no_trend = {0, 0, 1};

static double mean_of(const double *series, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += series[i];
  return sum / (double)count;
}

// Student's t of `value` with standard error `error`, two-sided or in its upper tail.
static struct trend student(double value, double error, double freedom, bool two_sided) {
  if (!(error > 0)) {
    if (value == 0 || isnan(value)) return no_trend;
    return (struct trend){copysign(INFINITY, value), freedom, two_sided || value > 0 ? 0 : 1};
  }
  double t = value / error;
  double p_value = two_sided ? 2 * gsl_cdf_tdist_Q(fabs(t), freedom) : gsl_cdf_tdist_Q(t, freedom);
  return (struct trend){t, freedom, p_value};
}

static struct trend student_over(const struct moments *values, bool two_sided) {
  if (values->count < 2) return no_trend;
  double error = sqrt(moments_variance(values) / (double)values->count);
  return student(values->mean, error, (double)values->count - 1, two_sided);
}

// The sum over k of (1 - k/n) k (mean of all - mean of the first k).
static double bias_functional(const double *series, size_t count) {
  double mean = mean_of(series, count);
  double excess = 0; // k (mean of all - mean of the first k)
  double sum = 0;
  for (size_t k = 1; k <= count; k++) {
    excess += mean - series[k - 1];
    sum += (1 - (double)k / (double)count) * excess;
  }
  return sum;
}

static struct moments batch_moments(const double *series, size_t length) {
  struct moments moments = {0};
  for (size_t i = 0; i < BATCHES; i++) moments_add(&moments, mean_of(series + i * length, length));
  return moments;
}

struct trend trend_initial_bias(const double *series, size_t count) {
  if (count < LEAST_FOR_BIAS) return no_trend;
  // The latter half is the least biased; its batch means tell the variance of a mean over one window.
  size_t length = count / 2 / BATCHES;
  struct moments batches = batch_moments(series + (count - length * BATCHES), length);
  double sigma = sqrt(moments_variance(&batches) * (double)length);
  double n = (double)count;
  return student(bias_functional(series, count), n * sqrt(n / 45) * sigma, BATCHES - 1, true);
}

struct trend trend_initial_bias_over(const double *const *series, size_t replications, size_t count) {
  struct moments values = {0};
  if (count < LEAST_OVER) return no_trend;
  for (size_t r = 0; r < replications; r++) moments_add(&values, bias_functional(series[r], count));
  return student_over(&values, true);
}

// A least-squares line through equally spaced values.
struct line {
  double slope;     // per step
  double residuals; // sum of squares
  double spread;    // of the positions: sum of squares about their mean
};

static struct line fit_line(const double *values, size_t count) {
  double mean = mean_of(values, count);
  double middle = ((double)count - 1) / 2;
  double products = 0;
  struct line line = {0, 0, 0};
  for (size_t i = 0; i < count; i++) {
    products += ((double)i - middle) * (values[i] - mean);
    line.spread += ((double)i - middle) * ((double)i - middle);
  }
  line.slope = products / line.spread;
  for (size_t i = 0; i < count; i++) {
    double residual = values[i] - mean - line.slope * ((double)i - middle);
    line.residuals += residual * residual;
  }
  return line;
}

struct trend trend_growth(const double *series, size_t count) {
  if (count < LEAST_FOR_GROWTH) return no_trend;
  size_t length = count / BATCHES;
  const double *start = series + (count - length * BATCHES);
  double means[BATCHES];
  for (size_t i = 0; i < BATCHES; i++) means[i] = mean_of(start + i * length, length);
  struct line line = fit_line(means, BATCHES);
  double error = sqrt(line.residuals / (BATCHES - 2) / line.spread);
  return student(line.slope, error, BATCHES - 2, false);
}

struct trend trend_growth_over(const double *const *series, size_t replications, size_t count) {
  struct moments slopes = {0};
  if (count < LEAST_OVER) return no_trend;
  for (size_t r = 0; r < replications; r++) moments_add(&slopes, fit_line(series[r], count).slope);
  return student_over(&slopes, false);
}
