// Closed forms: moments, cdf, quantiles. Used when a scenario is loaded and judged, never in the loop.
#include "distribution.h"

#include "ascending.h"
#include "elementary.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

// E[X^order] of the standard variable (scale 1), for order 1 to 3.
static double raw_moment(const struct distribution *distribution, int order);

static double power(double base, int exponent) {
  double product = 1;
  for (int i = 0; i < exponent; i++) product *= base;
  return product;
}

// Γ(shape + order) / Γ(shape).
static double gamma_moment(double shape, int order) {
  double product = 1;
  for (int i = 0; i < order; i++) product *= shape + i;
  return product;
}

// With a maximum, the integrals of x^(order - alpha - 1) and x^(-alpha - 1) from 1 to span, divided; each is
// ln span times a growth.
static double pareto_moment(const struct distribution *distribution, int order) {
  double alpha = distribution->pareto.alpha;
  if (distribution->pareto.span == INFINITY) return alpha > order ? alpha / (alpha - order) : INFINITY;
  double logarithm = elementary_log(distribution->pareto.span);
  return elementary_growth((order - alpha) * logarithm) / elementary_growth(-alpha * logarithm);
}

static double uniform_moment(double min, double max, int order) {
  double sum = 0;
  for (int i = 0; i <= order; i++) sum += power(min, i) * power(max, order - i);
  return sum / (order + 1);
}

static double normal_chance_below(double z) {
  return 0.5 * erfc(-z * 0.7071067811865476);
}

// φ / Φ at mean / sd: by how many sd truncation at 0 lifts the mean.
static double normal_lift(const struct distribution *distribution) {
  double z = distribution->normal.mean / distribution->normal.sd;
  return 0.3989422804014327 * exp(-0.5 * z * z) / normal_chance_below(z);
}

// E[X^n] = mean E[X^(n-1)] + (n - 1) sd² E[X^(n-2)] for n above 1, by integration by parts.
static double normal_moment(const struct distribution *distribution, int order) {
  double mean = distribution->normal.mean;
  double variance = distribution->normal.sd * distribution->normal.sd;
  double before = 1;
  double moment = mean + distribution->normal.sd * normal_lift(distribution);
  for (int n = 2; n <= order; n++) {
    double next = mean * moment + (n - 1) * variance * before;
    before = moment;
    moment = next;
  }
  return moment;
}

static double hyperexponential_moment(const struct distribution *distribution, int order) {
  double chance = distribution->hyperexponential.chance;
  return gamma_moment(1, order) * (chance * power(distribution->hyperexponential.first, order) +
                                   (1 - chance) * power(distribution->hyperexponential.second, order));
}

static double quantiles_moment(const struct distribution *distribution, int order) {
  const double *below = distribution->table.below;
  const double *values = distribution->table.values;
  size_t last = distribution->table.count - 1;
  double sum = (1 - below[last]) * power(values[last], order);
  for (size_t i = 0; i < last; i++) {
    double mean = values[i] > 0
                      ? power(values[i], order) * elementary_growth(order * distribution->table.rises[i])
                      : power(values[i + 1], order) / (order + 1);
    sum += (below[i + 1] - below[i]) * mean;
  }
  return sum;
}

static double empirical_moment(const struct distribution *distribution, int order) {
  double sum = 0;
  for (size_t i = 0; i < distribution->table.count; i++) sum += power(distribution->table.values[i], order);
  return sum / (double)distribution->table.count;
}

static double weight_of(const struct distribution *distribution, size_t part) {
  return distribution->table.below[part] - (part > 0 ? distribution->table.below[part - 1] : 0);
}

static double mixture_moment(const struct distribution *distribution, int order) {
  double sum = 0;
  for (size_t i = 0; i < distribution->table.count; i++) {
    const struct distribution *part = &distribution->table.parts[i];
    sum += weight_of(distribution, i) * power(part->scale, order) * raw_moment(part, order);
  }
  return sum;
}

// By the factorial moments E[N], E[N (N - 1)], E[N (N - 1) (N - 2)].
static double count_moment(double first, double second, double third, int order) {
  return order == 1 ? first : order == 2 ? second + first : third + 3 * second + first;
}

static double raw_moment(const struct distribution *distribution, int order) {
  double mean = distribution->mean;
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
    return 1;
  case DISTRIBUTION_EXPONENTIAL:
    return gamma_moment(1, order);
  case DISTRIBUTION_LOGNORMAL:
    return elementary_exp(0.5 * order * order * distribution->sigma * distribution->sigma);
  case DISTRIBUTION_GAMMA:
  case DISTRIBUTION_ERLANG:
    return gamma_moment(distribution->shape, order);
  case DISTRIBUTION_WEIBULL:
    return elementary_exp(elementary_log_gamma(1 + order / distribution->shape));
  case DISTRIBUTION_PARETO:
    return pareto_moment(distribution, order);
  case DISTRIBUTION_UNIFORM:
    return uniform_moment(distribution->uniform.min, distribution->uniform.max, order);
  case DISTRIBUTION_NORMAL:
    return normal_moment(distribution, order);
  case DISTRIBUTION_HYPEREXPONENTIAL:
    return hyperexponential_moment(distribution, order);
  case DISTRIBUTION_QUANTILES:
    return quantiles_moment(distribution, order);
  case DISTRIBUTION_EMPIRICAL:
    return empirical_moment(distribution, order);
  case DISTRIBUTION_MIXTURE:
    return mixture_moment(distribution, order);
  case DISTRIBUTION_GEOMETRIC:
    return count_moment(mean, 2 * power(mean, 2), 6 * power(mean, 3), order);
  case DISTRIBUTION_POISSON:
    return count_moment(mean, power(mean, 2), power(mean, 3), order);
  }
  return NAN;
}

double distribution_mean(const struct distribution *distribution) {
  return distribution->scale * raw_moment(distribution, 1);
}

double distribution_second_moment(const struct distribution *distribution) {
  return power(distribution->scale, 2) * raw_moment(distribution, 2);
}

double distribution_third_moment(const struct distribution *distribution) {
  return power(distribution->scale, 3) * raw_moment(distribution, 3);
}

static double empirical_variance(const struct distribution *distribution) {
  double mean = raw_moment(distribution, 1);
  double sum = 0;
  for (size_t i = 0; i < distribution->table.count; i++)
    sum += power(distribution->table.values[i] - mean, 2);
  return sum / (double)distribution->table.count;
}

static double mixture_variance(const struct distribution *distribution) {
  double mean = raw_moment(distribution, 1);
  if (mean == INFINITY) return INFINITY;
  double sum = 0;
  for (size_t i = 0; i < distribution->table.count; i++) {
    const struct distribution *part = &distribution->table.parts[i];
    sum +=
        weight_of(distribution, i) * (distribution_variance(part) + power(distribution_mean(part) - mean, 2));
  }
  return sum;
}

// Of the standard variable; in a form without cancellation where a small cv matters.
static double variance(const struct distribution *distribution) {
  double lift;
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
    return 0;
  case DISTRIBUTION_LOGNORMAL: {
    double square = distribution->sigma * distribution->sigma;
    return elementary_exp(square) * square * elementary_growth(square);
  }
  case DISTRIBUTION_GAMMA:
  case DISTRIBUTION_ERLANG:
    return distribution->shape;
  case DISTRIBUTION_UNIFORM:
    return power(distribution->uniform.max - distribution->uniform.min, 2) / 12;
  case DISTRIBUTION_NORMAL:
    lift = normal_lift(distribution);
    return power(distribution->normal.sd, 2) *
           (1 - lift * (lift + distribution->normal.mean / distribution->normal.sd));
  case DISTRIBUTION_EMPIRICAL:
    return empirical_variance(distribution);
  case DISTRIBUTION_MIXTURE:
    return mixture_variance(distribution);
  case DISTRIBUTION_GEOMETRIC:
    return distribution->mean * (1 + distribution->mean);
  case DISTRIBUTION_POISSON:
    return distribution->mean;
  default:
    break;
  }
  double mean = raw_moment(distribution, 1);
  return mean == INFINITY ? INFINITY : fmax(0, raw_moment(distribution, 2) - mean * mean);
}

double distribution_variance(const struct distribution *distribution) {
  return power(distribution->scale, 2) * variance(distribution);
}

// The regularised incomplete gamma functions: P(G <= x), P(G > x) for a gamma G of that shape.
static double gamma_chance_below(double shape, double x) {
  gsl_sf_result result;
  return gsl_sf_gamma_inc_P_e(shape, x, &result) == 0 ? result.val : NAN;
}

static double gamma_chance_above(double shape, double x) {
  gsl_sf_result result;
  return gsl_sf_gamma_inc_Q_e(shape, x, &result) == 0 ? result.val : NAN;
}

static double pareto_cdf(const struct distribution *distribution, double x) {
  if (x <= 1) return 0;
  if (x >= distribution->pareto.span) return 1;
  double alpha = distribution->pareto.alpha;
  double below = -expm1(-alpha * log(x));
  return fmin(1, below / (1 - distribution->pareto.tail));
}

static double normal_cdf(double mean, double sd, double x) {
  double cut = normal_chance_below(-mean / sd);
  return (normal_chance_below((x - mean) / sd) - cut) / (1 - cut);
}

static double hyperexponential_cdf(const struct distribution *distribution, double x) {
  double chance = distribution->hyperexponential.chance;
  return -chance * expm1(-x / distribution->hyperexponential.first) -
         (1 - chance) * expm1(-x / distribution->hyperexponential.second);
}

static double quantiles_cdf(const struct distribution *distribution, double x) {
  const double *below = distribution->table.below;
  const double *values = distribution->table.values;
  size_t last = distribution->table.count - 1;
  if (x < values[0]) return 0;
  if (x >= values[last]) return 1;
  size_t i = ascending_count(values, last, x) - 1;
  double share = values[i] > 0 ? log(x / values[i]) / distribution->table.rises[i] : x / values[i + 1];
  return below[i] + share * (below[i + 1] - below[i]);
}

static double empirical_cdf(const struct distribution *distribution, double x) {
  size_t count = distribution->table.count;
  return (double)ascending_count(distribution->table.values, count, x) / (double)count;
}

static double mixture_cdf(const struct distribution *distribution, double x) {
  double sum = 0;
  for (size_t i = 0; i < distribution->table.count; i++)
    sum += weight_of(distribution, i) * distribution_cdf(&distribution->table.parts[i], x);
  return fmin(1, sum);
}

// Of the standard variable, at x >= 0.
static double cdf(const struct distribution *distribution, double x) {
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
    return x >= 1 ? 1 : 0;
  case DISTRIBUTION_EXPONENTIAL:
    return -expm1(-x);
  case DISTRIBUTION_LOGNORMAL:
    return x > 0 ? normal_chance_below(log(x) / distribution->sigma) : 0;
  case DISTRIBUTION_GAMMA:
  case DISTRIBUTION_ERLANG:
    return gamma_chance_below(distribution->shape, x);
  case DISTRIBUTION_WEIBULL:
    return -expm1(-pow(x, distribution->shape));
  case DISTRIBUTION_PARETO:
    return pareto_cdf(distribution, x);
  case DISTRIBUTION_UNIFORM:
    return fmin(1, fmax(0, (x - distribution->uniform.min) /
                               (distribution->uniform.max - distribution->uniform.min)));
  case DISTRIBUTION_NORMAL:
    return normal_cdf(distribution->normal.mean, distribution->normal.sd, x);
  case DISTRIBUTION_HYPEREXPONENTIAL:
    return hyperexponential_cdf(distribution, x);
  case DISTRIBUTION_QUANTILES:
    return quantiles_cdf(distribution, x);
  case DISTRIBUTION_EMPIRICAL:
    return empirical_cdf(distribution, x);
  case DISTRIBUTION_MIXTURE:
    return mixture_cdf(distribution, x);
  case DISTRIBUTION_GEOMETRIC:
    return -expm1(-(floor(x) + 1) * log1p(1 / distribution->mean));
  case DISTRIBUTION_POISSON:
    return gamma_chance_above(floor(x) + 1, distribution->mean);
  }
  return NAN;
}

double distribution_cdf(const struct distribution *distribution, double x) {
  if (!(x >= 0)) return x < 0 ? 0 : NAN;
  if (x == INFINITY) return 1;
  if (distribution->kind == DISTRIBUTION_CONSTANT) return x >= distribution->scale ? 1 : 0;
  return cdf(distribution, x / distribution->scale);
}

double distribution_minimum(const struct distribution *distribution) {
  double least = distribution->kind == DISTRIBUTION_MIXTURE ? INFINITY : 0;
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
  case DISTRIBUTION_PARETO:
    return distribution->scale;
  case DISTRIBUTION_UNIFORM:
    return distribution->scale * distribution->uniform.min;
  case DISTRIBUTION_QUANTILES:
  case DISTRIBUTION_EMPIRICAL:
    return distribution->scale * distribution->table.values[0];
  case DISTRIBUTION_MIXTURE:
    for (size_t i = 0; i < distribution->table.count; i++)
      least = fmin(least, distribution_minimum(&distribution->table.parts[i]));
    return distribution->scale * least;
  default:
    return 0;
  }
}

double distribution_maximum(const struct distribution *distribution) {
  double greatest = 0;
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
    return distribution->scale;
  case DISTRIBUTION_PARETO:
    return distribution->scale * distribution->pareto.span;
  case DISTRIBUTION_UNIFORM:
    return distribution->scale * distribution->uniform.max;
  case DISTRIBUTION_QUANTILES:
  case DISTRIBUTION_EMPIRICAL:
    return distribution->scale * distribution->table.values[distribution->table.count - 1];
  case DISTRIBUTION_MIXTURE:
    for (size_t i = 0; i < distribution->table.count; i++)
      greatest = fmax(greatest, distribution_maximum(&distribution->table.parts[i]));
    return distribution->scale * greatest;
  default:
    return INFINITY;
  }
}

// A value at which the cdf has reached `fraction`, by doubling; INFINITY where none is finite.
static double reach(const struct distribution *distribution, double fraction) {
  double high = distribution_maximum(distribution);
  if (high < INFINITY || fraction >= 1) return high;
  for (high = distribution->scale; high < INFINITY; high *= 2)
    if (distribution_cdf(distribution, high) >= fraction) return high;
  return INFINITY;
}

double distribution_quantile(const struct distribution *distribution, double fraction) {
  double low = distribution_minimum(distribution);
  if (distribution_cdf(distribution, low) >= fraction) return low;
  double high = reach(distribution, fraction);
  if (high == INFINITY) return high;
  for (double middle = low + (high - low) / 2; low < middle && middle < high;
       middle = low + (high - low) / 2) {
    if (distribution_cdf(distribution, middle) >= fraction)
      high = middle;
    else
      low = middle;
  }
  return high;
}
