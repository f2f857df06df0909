#include "batch.h"

#include "assertion.h"
#include "moments.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double independence_level = 0.1;

struct batch_independence batch_test(const double *means, unsigned count) {
  struct moments moments = {0};
  double successive = 0;
  for (unsigned i = 0; i < count; i++) {
    moments_add(&moments, means[i]);
    if (i > 0) successive += (means[i] - means[i - 1]) * (means[i] - means[i - 1]);
  }
  if (!(moments.deviations > 0)) return (struct batch_independence){0, 0.5};
  double n = count;
  double statistic = sqrt((n * n - 1) / (n - 2)) * (1 - successive / (2 * moments.deviations));
  return (struct batch_independence){statistic, gsl_cdf_ugaussian_Q(statistic)};
}

struct batch_shape {
  double spread;      // variance about the centre
  double correlation; // of neighbours, at least 0
  double skewness;
};

static struct batch_shape shape_of(double value, const double *own, unsigned count) {
  struct moments moments = {0};
  double n = count;
  double squares = 0, products = 0, cubes = 0;
  for (unsigned i = 0; i < count; i++) moments_add(&moments, own[i]);
  for (unsigned i = 0; i < count; i++) {
    double deviation = own[i] - moments.mean;
    squares += (own[i] - value) * (own[i] - value);
    cubes += deviation * deviation * deviation;
    if (i > 0) products += deviation * (own[i - 1] - moments.mean);
  }
  struct batch_shape shape = {.spread = squares / (n - 1)};
  if (!(moments.deviations > 0)) return shape;
  shape.correlation = fmin(0.9, fmax(0, products / moments.deviations));
  shape.skewness = cubes * n / ((n - 1) * (n - 2)) / pow(moments_variance(&moments), 1.5);
  return shape;
}

// Willink's G: where on the scale of the mean a quantile of Student's t lies under that skewness.
static double willink(double t, double skewness, double n) {
  double beta = skewness / (6 * sqrt(n));
  return fabs(beta) < 1e-6 ? t : (cbrt(1 + 6 * beta * (t - beta)) - 1) / (2 * beta);
}

static double standard_error(const struct batch_shape *shape, unsigned count) {
  return sqrt(shape->spread / (double)count * (1 + shape->correlation) / (1 - shape->correlation));
}

struct estimate batch_interval(double value, const double *own, unsigned count, double confidence) {
  struct estimate estimate = {value, value, value, false, count, "not finite in some batch of one run"};
  for (unsigned i = 0; i < count; i++) {
    if (!isfinite(own[i])) return estimate;
  }
  estimate.method = "too short: batches of one run are still correlated";
  if (!isfinite(value) || batch_test(own, count).p_value < independence_level) return estimate;
  struct batch_shape shape = shape_of(value, own, count);
  double error = standard_error(&shape, count);
  double t = estimate_student(confidence, (double)count - 1);
  double upper = willink(t, shape.skewness, count), lower = willink(-t, shape.skewness, count);
  return (struct estimate){value, value - upper * error, value - lower * error, true,
                           count, "batches of one run"};
}

static bool all_above_zero(double value, const struct batch_values *values) {
  bool above = value > 0;
  for (unsigned i = 0; i < values->count; i++) above = above && values->own[i] > 0;
  return above;
}

// Half the width of an interval about the value on a scale, and back from there.
typedef double scale(double value);

static double as_it_is(double value) {
  return value;
}

static double reciprocal(double value) {
  return 1 / value;
}

static double half_width(double value, const struct batch_values *values, scale *scaled, double confidence) {
  double own[BATCH_MOST], total = 0, n = values->count, centre = scaled(value);
  for (unsigned i = 0; values->lengths != NULL && i < values->count; i++) total += values->lengths[i];
  for (unsigned i = 0; i < values->count; i++) {
    double share = values->lengths == NULL ? 1 : values->lengths[i] * n / total;
    own[i] = centre + (scaled(values->own[i]) - centre) * sqrt(share);
  }
  struct batch_shape shape = shape_of(centre, own, values->count);
  double freedom = 2 / (2 / (n - 1) + values->excess / n);
  return estimate_student(confidence, freedom) * standard_error(&shape, values->count);
}

struct estimate batch_interval_of_spread(double value, const struct batch_values *values, double confidence) {
  ASSERT(values->count <= BATCH_MOST, "more batches than there are");
  struct estimate estimate =
      batch_interval(value, values->own, values->count, confidence); // for its refusals
  if (!estimate.has_interval) return estimate;
  if (!all_above_zero(value, values)) {
    double half = half_width(value, values, as_it_is, confidence);
    estimate.low = value - half;
    estimate.high = value + half;
    return estimate;
  }
  double half = half_width(value, values, reciprocal, confidence) * value;
  estimate.low = value / (1 + half);
  estimate.high = value / (1 - half);
  if (half <= 0.5) return estimate;
  half = half_width(value, values, log, confidence);
  estimate.low = value * exp(-half);
  estimate.high = value * exp(half);
  return estimate;
}
