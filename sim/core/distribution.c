// Constructors: they validate, and turn the parameters of the language into those of the samplers.
#include "distribution.h"

#include "assertion.h"
#include "elementary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *distribution_name(enum distribution_kind kind) {
  static const char *const names[] = {
      [DISTRIBUTION_CONSTANT] = "constant",   [DISTRIBUTION_EXPONENTIAL] = "exponential",
      [DISTRIBUTION_LOGNORMAL] = "lognormal", [DISTRIBUTION_GAMMA] = "gamma",
      [DISTRIBUTION_ERLANG] = "erlang",       [DISTRIBUTION_WEIBULL] = "weibull",
      [DISTRIBUTION_PARETO] = "pareto",       [DISTRIBUTION_UNIFORM] = "uniform",
      [DISTRIBUTION_NORMAL] = "normal",       [DISTRIBUTION_HYPEREXPONENTIAL] = "hyperexponential",
      [DISTRIBUTION_QUANTILES] = "quantiles", [DISTRIBUTION_EMPIRICAL] = "empirical",
      [DISTRIBUTION_MIXTURE] = "mixture",     [DISTRIBUTION_GEOMETRIC] = "geometric",
      [DISTRIBUTION_POISSON] = "poisson",
  };
  return names[kind];
}

static bool refuse(const char **why, const char *reason) {
  *why = reason;
  return false;
}

static bool accept(struct distribution *result, struct distribution made) {
  *result = made;
  return true;
}

// The comparisons are written so that NaN fails them.
static bool within(double value, double low, double high) {
  return value >= low && value <= high;
}

// A parameter in base units that must be positive.
static bool positive(double value) {
  return value > 0 && value <= DISTRIBUTION_LIMIT;
}

#define MEAN_RULE "mean must be more than 0 and at most 2^60 (36 years in ns)"
#define CV_RULE   "cv must be from 0 to 1000"

bool distribution_constant(struct distribution *result, double value, const char **why) {
  if (!within(value, 0, DISTRIBUTION_LIMIT))
    return refuse(why, "a value must be from 0 to 2^60 (36 years in ns)");
  return accept(result, (struct distribution){.kind = DISTRIBUTION_CONSTANT, .scale = value});
}

bool distribution_exponential(struct distribution *result, double mean, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  return accept(result, (struct distribution){.kind = DISTRIBUTION_EXPONENTIAL, .scale = mean});
}

bool distribution_lognormal(struct distribution *result, double mean, double cv, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  if (!within(cv, 0, 1000)) return refuse(why, CV_RULE);
  if (cv == 0) return distribution_constant(result, mean, why);
  return accept(result, (struct distribution){.kind = DISTRIBUTION_LOGNORMAL,
                                              .scale = mean / sqrt(1 + cv * cv),
                                              .sigma = sqrt(elementary_log1p(cv * cv))});
}

bool distribution_lognormal_percentiles(struct distribution *result, double median, double p99,
                                        const char **why) {
  const double normal_p99 = 2.3263478740408411; // the 0.99 quantile of the standard normal
  if (!positive(median)) return refuse(why, "median must be more than 0 and at most 2^60 (36 years in ns)");
  if (!within(p99, median, DISTRIBUTION_LIMIT))
    return refuse(why, "p99 must not be below median, and at most 2^60 (36 years in ns)");
  if (p99 == median) return distribution_constant(result, median, why);
  double sigma = elementary_log1p((p99 - median) / median) / normal_p99;
  return accept(result,
                (struct distribution){.kind = DISTRIBUTION_LOGNORMAL, .scale = median, .sigma = sigma});
}

bool distribution_gamma(struct distribution *result, double mean, double cv, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  if (!within(cv, 0, 1000)) return refuse(why, CV_RULE);
  if (cv < 1e-9) return distribution_constant(result, mean, why);
  if (cv == 1) return distribution_exponential(result, mean, why);
  double square = cv * cv;
  return accept(
      result, (struct distribution){.kind = DISTRIBUTION_GAMMA, .scale = mean * square, .shape = 1 / square});
}

bool distribution_erlang(struct distribution *result, double mean, double k, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  if (!within(k, 1, 1e6) || k != floor(k)) return refuse(why, "k must be a whole number from 1 to 1000000");
  if (k == 1) return distribution_exponential(result, mean, why);
  return accept(result, (struct distribution){.kind = DISTRIBUTION_ERLANG, .scale = mean / k, .shape = k});
}

bool distribution_weibull(struct distribution *result, double mean, double shape, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  if (!within(shape, 0.1, 1000)) return refuse(why, "shape must be from 0.1 to 1000");
  if (shape == 1) return distribution_exponential(result, mean, why);
  double scale = mean * elementary_exp(-elementary_log_gamma(1 + 1 / shape));
  return accept(result, (struct distribution){.kind = DISTRIBUTION_WEIBULL, .scale = scale, .shape = shape});
}

bool distribution_pareto(struct distribution *result, double min, double alpha, double max,
                         const char **why) {
  if (!positive(min)) return refuse(why, "min must be more than 0 and at most 2^60 (36 years in ns)");
  if (!within(alpha, 0.01, 1000)) return refuse(why, "alpha must be from 0.01 to 1000");
  if (!(max > min)) return refuse(why, "max must be more than min");
  if (max != INFINITY && max > DISTRIBUTION_LIMIT)
    return refuse(why, "max must be at most 2^60 (36 years in ns)");
  double span = max / min;
  double tail = elementary_exp(-alpha * elementary_log(span));
  if (max == INFINITY) tail = 0;
  return accept(result, (struct distribution){.kind = DISTRIBUTION_PARETO,
                                              .scale = min,
                                              .pareto = {.alpha = alpha, .span = span, .tail = tail}});
}

bool distribution_uniform(struct distribution *result, double min, double max, const char **why) {
  if (!within(min, 0, DISTRIBUTION_LIMIT)) return refuse(why, "min must be from 0 to 2^60 (36 years in ns)");
  if (!within(max, min, DISTRIBUTION_LIMIT))
    return refuse(why, "max must not be below min, and at most 2^60 (36 years in ns)");
  if (min == max) return distribution_constant(result, min, why);
  return accept(result, (struct distribution){
                            .kind = DISTRIBUTION_UNIFORM, .scale = 1, .uniform = {.min = min, .max = max}});
}

bool distribution_normal(struct distribution *result, double mean, double sd, const char **why) {
  if (!within(mean, 0, DISTRIBUTION_LIMIT))
    return refuse(why, "mean must be from 0 to 2^60 (36 years in ns)");
  if (!within(sd, 0, DISTRIBUTION_LIMIT)) return refuse(why, "sd must be from 0 to 2^60 (36 years in ns)");
  if (sd == 0) return distribution_constant(result, mean, why);
  return accept(result, (struct distribution){
                            .kind = DISTRIBUTION_NORMAL, .scale = 1, .normal = {.mean = mean, .sd = sd}});
}

// Morse (1958): chances p and 1 - p with p * first = (1 - p) * second = half of the mean.
bool distribution_hyperexponential(struct distribution *result, double mean, double cv, const char **why) {
  if (!positive(mean)) return refuse(why, MEAN_RULE);
  if (!within(cv, 1, 1000)) return refuse(why, "cv must be from 1 to 1000");
  if (cv == 1) return distribution_exponential(result, mean, why);
  double square = cv * cv;
  double skew = sqrt((square - 1) / (square + 1));
  double rare = 1 / ((square + 1) * (1 + skew)); // (1 - skew) / 2 without cancellation
  struct distribution made = {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .scale = mean};
  made.hyperexponential.chance = 1 - rare;
  made.hyperexponential.first = 0.5 / (1 - rare);
  made.hyperexponential.second = 0.5 / rare;
  return accept(result, made);
}

static const char *fault_of_quantiles(const double *fractions, const double *values, size_t count) {
  if (count < 2) return "at least two quantiles are needed";
  if (fractions[0] != 0) return "p0, the least value, is needed";
  for (size_t i = 0; i < count; i++) {
    if (!within(fractions[i], 0, 1)) return "a percentile must be from p0 to p100";
    if (!within(values[i], 0, DISTRIBUTION_LIMIT))
      return "a quantile must be from 0 to 2^60 (36 years in ns)";
    if (i > 0 && fractions[i] <= fractions[i - 1])
      return "percentiles must differ, from the lowest to the highest";
    if (i > 0 && values[i] < values[i - 1]) return "a quantile must not be below a lower percentile's";
  }
  return NULL;
}

static double *copy(struct arena *arena, const double *values, size_t count) {
  double *mine = arena_array(arena, count, sizeof *mine);
  if (mine != NULL) memcpy(mine, values, count * sizeof *mine);
  return mine;
}

bool distribution_quantiles(struct distribution *result, struct arena *arena, const double *fractions,
                            const double *values, size_t count, const char **why) {
  const char *fault = fault_of_quantiles(fractions, values, count);
  if (fault != NULL) return refuse(why, fault);
  if (values[0] == values[count - 1]) return distribution_constant(result, values[0], why);
  double *below = copy(arena, fractions, count);
  double *mine = copy(arena, values, count);
  double *rises = arena_array(arena, count, sizeof *rises);
  if (below == NULL || mine == NULL || rises == NULL) return refuse(why, NULL);
  for (size_t i = 0; i + 1 < count; i++)
    rises[i] = values[i] > 0 ? elementary_log1p((values[i + 1] - values[i]) / values[i]) : 0;
  struct distribution made = {.kind = DISTRIBUTION_QUANTILES, .scale = 1};
  made.table.below = below;
  made.table.values = mine;
  made.table.rises = rises;
  made.table.count = count;
  return accept(result, made);
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

bool distribution_empirical(struct distribution *result, struct arena *arena, const double *samples,
                            size_t count, const char **why) {
  if (count == 0) return refuse(why, "at least one sample is needed");
  for (size_t i = 0; i < count; i++)
    if (!within(samples[i], 0, DISTRIBUTION_LIMIT))
      return refuse(why, "a sample must be from 0 to 2^60 (36 years in ns)");
  double *sorted = copy(arena, samples, count);
  if (sorted == NULL) return refuse(why, NULL);
  qsort(sorted, count, sizeof *sorted, compare);
  if (sorted[0] == sorted[count - 1]) return distribution_constant(result, sorted[0], why);
  struct distribution made = {.kind = DISTRIBUTION_EMPIRICAL, .scale = 1};
  made.table.values = sorted;
  made.table.count = count;
  return accept(result, made);
}

// How many parts there are once the mixtures among them are dissolved.
static size_t count_leaves(const double *weights, const struct distribution *parts, size_t count) {
  size_t leaves = 0;
  for (size_t i = 0; i < count; i++)
    if (weights[i] > 0) leaves += parts[i].kind == DISTRIBUTION_MIXTURE ? parts[i].table.count : 1;
  return leaves;
}

// Appends a part, or those of which it is mixed; returns the number after them. `below` receives weights.
static size_t append(struct distribution *leaves, double *below, size_t at, const struct distribution *part,
                     double weight) {
  if (part->kind != DISTRIBUTION_MIXTURE) {
    leaves[at] = *part;
    below[at] = weight;
    return at + 1;
  }
  double before = 0;
  for (size_t i = 0; i < part->table.count; i++) {
    leaves[at + i] = distribution_scale(&part->table.parts[i], part->scale);
    below[at + i] = weight * (part->table.below[i] - before);
    before = part->table.below[i];
  }
  return at + part->table.count;
}

static void accumulate(double *weights, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) weights[i] = sum += weights[i];
  for (size_t i = 0; i < count; i++) weights[i] /= sum;
}

bool distribution_mixture(struct distribution *result, struct arena *arena, const double *weights,
                          const struct distribution *parts, size_t count, const char **why) {
  for (size_t i = 0; i < count; i++)
    if (!within(weights[i], 0, 1e18)) return refuse(why, "a weight must be from 0 to 1e18");
  size_t leaves = count_leaves(weights, parts, count);
  if (leaves == 0) return refuse(why, "at least one weight must be more than 0");
  struct distribution *mine = arena_array(arena, leaves, sizeof *mine);
  double *below = arena_array(arena, leaves, sizeof *below);
  if (mine == NULL || below == NULL) return refuse(why, NULL);
  size_t at = 0;
  for (size_t i = 0; i < count; i++)
    if (weights[i] > 0) at = append(mine, below, at, &parts[i], weights[i]);
  ASSERT(at == leaves, "each leaf of a mixture has its place");
  if (leaves == 1) return accept(result, mine[0]);
  accumulate(below, leaves);
  struct distribution made = {.kind = DISTRIBUTION_MIXTURE, .scale = 1};
  made.table.below = below;
  made.table.parts = mine;
  made.table.count = leaves;
  return accept(result, made);
}

bool distribution_geometric(struct distribution *result, double mean, const char **why) {
  if (!within(mean, 0, DISTRIBUTION_LIMIT)) return refuse(why, "mean must be from 0 to 2^60");
  if (mean == 0) return distribution_constant(result, 0, why);
  return accept(result, (struct distribution){.kind = DISTRIBUTION_GEOMETRIC, .scale = 1, .mean = mean});
}

bool distribution_poisson(struct distribution *result, double mean, const char **why) {
  if (!within(mean, 0, 1e12)) return refuse(why, "mean must be from 0 to 10^12");
  if (mean == 0) return distribution_constant(result, 0, why);
  return accept(result, (struct distribution){.kind = DISTRIBUTION_POISSON, .scale = 1, .mean = mean});
}

struct distribution distribution_scale(const struct distribution *distribution, double factor) {
  ASSERT(factor >= 0 && factor < INFINITY, "a distribution is scaled by a finite factor of at least 0");
  struct distribution scaled = *distribution;
  scaled.scale *= factor;
  if (scaled.scale > 0) return scaled;
  return (struct distribution){.kind = DISTRIBUTION_CONSTANT};
}
