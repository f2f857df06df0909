// The distributions of the scenario language. One is built once, when a scenario is loaded, and never
// changes; it is drawn from through streams (random.h), so any number of threads may share it.
//
// Values are in base units: ns, bytes, or counts. Moments, cdf and quantiles are those of the real variable;
// distribution_sample() rounds it to the nearest integer. No sampler calls libm, so that the same stream
// gives the same bytes under any of them.
#ifndef HEADROOM_DISTRIBUTION_H
#define HEADROOM_DISTRIBUTION_H

#include "arena.h"
#include "random.h"
#include "ziggurat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum distribution_kind {
  DISTRIBUTION_CONSTANT,
  DISTRIBUTION_EXPONENTIAL,
  DISTRIBUTION_LOGNORMAL,
  DISTRIBUTION_GAMMA,
  DISTRIBUTION_ERLANG,
  DISTRIBUTION_WEIBULL,
  DISTRIBUTION_PARETO,
  DISTRIBUTION_UNIFORM,
  DISTRIBUTION_NORMAL,
  DISTRIBUTION_HYPEREXPONENTIAL,
  DISTRIBUTION_QUANTILES,
  DISTRIBUTION_EMPIRICAL,
  DISTRIBUTION_MIXTURE,
  DISTRIBUTION_GEOMETRIC,
  DISTRIBUTION_POISSON,
};

// The variable is `scale` times the standard one that the union describes. Others read `kind` and ask the
// functions below; the members are this module's.
struct distribution {
  enum distribution_kind kind;
  double scale; // constant: the value; exponential: the mean
  union {
    double sigma; // lognormal: of the logarithm; scale is the median
    double shape; // gamma, Erlang (whole), Weibull
    double mean;  // geometric, Poisson
    struct {
      double alpha;
      double span; // max / min, INFINITY where there is no max; scale is min
      double tail; // span^-alpha
    } pareto;
    struct {
      double min;
      double max;
    } uniform;
    struct {
      double mean; // of the normal before truncation
      double sd;
    } normal;
    struct {
      double chance; // of the first phase
      double first;  // means of the phases over the mean of all; scale is that mean
      double second;
    } hyperexponential;
    struct {
      const double *below;  // quantiles: fractions; mixture: cumulative weights, the last is 1
      const double *values; // quantiles; empirical: sorted
      const double *rises;  // quantiles: ln(values[i + 1] / values[i])
      const struct distribution *parts;
      size_t count;
    } table;
  };
};

// The largest value that is drawn, in ns 36.5 years; a parameter must not be larger.
#define DISTRIBUTION_LIMIT 0x1p60

// Constructors. Each fills `*result` and returns true; or leaves it alone, points `*why` to a static phrase
// that names the parameter at fault ("mean must be more than 0"), for the configuration to make a user's
// error of, and returns false. Where an arena is taken, what is given is copied into it, the distribution
// lives as long as the arena, and `*why` is NULL when its memory ran out.
//
// A limiting case becomes the simpler kind: cv 0 (gamma: below 1e-9), sd 0, min = max are constant; Erlang of
// one phase, gamma and hyperexponential of cv 1, Weibull of shape 1 are exponential.

// value >= 0.
bool distribution_constant(struct distribution *result, double value, const char **why);
// mean > 0.
bool distribution_exponential(struct distribution *result, double mean, const char **why);
// mean > 0, 0 <= cv <= 1000 (the coefficient of variation: standard deviation over mean).
bool distribution_lognormal(struct distribution *result, double mean, double cv, const char **why);
// 0 < median <= p99.
bool distribution_lognormal_percentiles(struct distribution *result, double median, double p99,
                                        const char **why);
// mean > 0, 0 <= cv <= 1000.
bool distribution_gamma(struct distribution *result, double mean, double cv, const char **why);
// The sum of k exponential phases; mean > 0 of the sum, k a whole number from 1 to a million.
bool distribution_erlang(struct distribution *result, double mean, double k, const char **why);
// mean > 0, 0.1 <= shape <= 1000; a shape below 1 is heavier than exponential.
bool distribution_weibull(struct distribution *result, double mean, double shape, const char **why);
// P(X > x) = (min / x)^alpha from min > 0 on; 0.01 <= alpha <= 1000. `max` INFINITY: none; else
// > min, and the law is conditioned on lying below it (no mass at max). Without max the mean is infinite for
// alpha <= 1, the variance for alpha <= 2; draws stop at DISTRIBUTION_LIMIT.
bool distribution_pareto(struct distribution *result, double min, double alpha, double max, const char **why);
// 0 <= min <= max.
bool distribution_uniform(struct distribution *result, double min, double max, const char **why);
// A normal of mean >= 0 and standard deviation sd >= 0 on condition that it is not negative, so that the mean
// of what is drawn lies above `mean` (by 0.06 sd where mean is 2 sd).
bool distribution_normal(struct distribution *result, double mean, double sd, const char **why);
// Two exponential phases with balanced means (each contributes half of the mean; Morse 1958); mean > 0,
// 1 <= cv <= 1000.
bool distribution_hyperexponential(struct distribution *result, double mean, double cv, const char **why);
// Through the points P(X <= values[i]) = fractions[i], and between them the logarithm of the value is linear
// in the fraction; from a value of 0 the value itself is. fractions[0] is 0 and they increase; values >= 0 do
// not decrease. If the last fraction is below 1, nothing lies above the last value, which has the mass left
// over: a scenario that cares for its tail says so with a higher quantile. At least 2 points.
bool distribution_quantiles(struct distribution *result, struct arena *arena, const double *fractions,
                            const double *values, size_t count, const char **why);
// One of the samples, each as likely; samples >= 0, at least one, in any order.
bool distribution_empirical(struct distribution *result, struct arena *arena, const double *samples,
                            size_t count, const char **why);
// parts[i] with probability weights[i] / their sum; weights >= 0, not all 0. A part that is a mixture is
// dissolved into this one.
bool distribution_mixture(struct distribution *result, struct arena *arena, const double *weights,
                          const struct distribution *parts, size_t count, const char **why);
// On 0, 1, 2, …: how often something is repeated that goes on with probability mean / (1 + mean) each time;
// mean >= 0, also below 1. A mean of m on 1, 2, … is 1 + geometric of m - 1.
bool distribution_geometric(struct distribution *result, double mean, const char **why);
// On 0, 1, 2, …; 0 <= mean <= 10^12.
bool distribution_poisson(struct distribution *result, double mean, const char **why);

// The same variable times `factor` >= 0 (0: constant 0); shares the arrays.
struct distribution distribution_scale(const struct distribution *distribution, double factor);

// A real draw, at least 0; may pass DISTRIBUTION_LIMIT where the tail is heavy. Takes one or more draws from
// the stream.
double distribution_draw(const struct distribution *distribution, struct random_stream *stream);

// A draw of 0 or more, to the nearest integer (a half goes up), at most DISTRIBUTION_LIMIT.
static inline int64_t distribution_round(double value) {
  return value < DISTRIBUTION_LIMIT ? (int64_t)(value + 0.5) : INT64_C(1) << 60;
}

// A draw as a whole number of ns, bytes or things: 0 to 2^60. The mean of what is drawn is that of the real
// variable but for a relative 1 / (24 mean²), which matters only below some ten units.
static inline int64_t distribution_sample(const struct distribution *distribution,
                                          struct random_stream *stream) {
  if (distribution->kind == DISTRIBUTION_EXPONENTIAL)
    return distribution_round(distribution->scale * ziggurat_exponential(stream));
  if (distribution->kind == DISTRIBUTION_CONSTANT) return distribution_round(distribution->scale);
  return distribution_round(distribution_draw(distribution, stream));
}

static inline bool distribution_is_constant(const struct distribution *distribution) {
  return distribution->kind == DISTRIBUTION_CONSTANT;
}

static inline bool distribution_is_exponential(const struct distribution *distribution) {
  return distribution->kind == DISTRIBUTION_EXPONENTIAL;
}

// The word of the language for a kind ("exponential").
const char *distribution_name(enum distribution_kind kind);

// Moments about zero, the variance about the mean; INFINITY where they are.
double distribution_mean(const struct distribution *distribution);
double distribution_variance(const struct distribution *distribution);
double distribution_second_moment(const struct distribution *distribution);
double distribution_third_moment(const struct distribution *distribution);

// P(X <= x).
double distribution_cdf(const struct distribution *distribution, double x);

// The smallest x with P(X <= x) >= fraction, by bisection on the cdf to about 1e-15 of x; 0 <= fraction <= 1.
// Where no finite x is, INFINITY.
double distribution_quantile(const struct distribution *distribution, double fraction);

// The least and the greatest value possible; INFINITY where there is no greatest.
double distribution_minimum(const struct distribution *distribution);
double distribution_maximum(const struct distribution *distribution);

#endif
