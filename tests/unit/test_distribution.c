// Every sampler, moment and cdf against GSL's distribution functions, or a formula written here anew.
#include "distribution.h"

#include "goodness.h"
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <string.h>

#define MILLISECOND 1e6
#define YEAR        3.15576e16

// A case: how the language would make it, and the law that it should have, in GSL's parameters.
struct law {
  const char *name;
  bool (*make)(struct distribution *result, struct arena *arena, const char **why);
  double (*cdf)(double x);
  double reach;       // moments are integrated up to here
  bool fourth_exists; // so that the variance of a sample has a standard error
};

#define MAKE(name, call)                                                                                     \
  static bool make_##name(struct distribution *result, struct arena *arena, const char **why) {              \
    (void)arena;                                                                                             \
    return call;                                                                                             \
  }
#define CDF(name, expression)                                                                                \
  static double cdf_##name(double x) {                                                                       \
    return x <= 0 ? 0 : (expression);                                                                        \
  }

MAKE(exponential, distribution_exponential(result, 10 * MILLISECOND, why))
CDF(exponential, gsl_cdf_exponential_P(x, 10 * MILLISECOND))

// The logarithm's mean and sd from mean and cv: σ² = ln(1 + cv²), ζ = ln mean - σ² / 2.
static double lognormal(double x, double mean, double cv) {
  double square = log(1 + cv * cv);
  return gsl_cdf_lognormal_P(x, log(mean) - square / 2, sqrt(square));
}
MAKE(lognormal, distribution_lognormal(result, 10 * MILLISECOND, 1.5, why))
CDF(lognormal, lognormal(x, 10 * MILLISECOND, 1.5))
MAKE(lognormal_narrow, distribution_lognormal(result, 10 * MILLISECOND, 1e-3, why))
CDF(lognormal_narrow, lognormal(x, 10 * MILLISECOND, 1e-3))
MAKE(lognormal_wide, distribution_lognormal(result, 10 * MILLISECOND, 10, why))
CDF(lognormal_wide, lognormal(x, 10 * MILLISECOND, 10))
MAKE(lognormal_percentiles,
     distribution_lognormal_percentiles(result, 8 * MILLISECOND, 90 * MILLISECOND, why))
CDF(lognormal_percentiles,
    gsl_cdf_lognormal_P(x, log(8 * MILLISECOND), log(90.0 / 8) / gsl_cdf_ugaussian_Pinv(0.99)))

static double gamma_law(double x, double mean, double cv) {
  return gsl_cdf_gamma_P(x, 1 / (cv * cv), mean * cv * cv);
}
MAKE(gamma_regular, distribution_gamma(result, 10 * MILLISECOND, 0.4, why))
CDF(gamma_regular, gamma_law(x, 10 * MILLISECOND, 0.4))
MAKE(gamma_wide, distribution_gamma(result, 10 * MILLISECOND, 1.7, why))
CDF(gamma_wide, gamma_law(x, 10 * MILLISECOND, 1.7))
MAKE(gamma_narrow, distribution_gamma(result, 10 * MILLISECOND, 0.01, why))
CDF(gamma_narrow, gamma_law(x, 10 * MILLISECOND, 0.01))
MAKE(erlang, distribution_erlang(result, 10 * MILLISECOND, 4, why))
CDF(erlang, gsl_cdf_gamma_P(x, 4, 2.5 * MILLISECOND))
MAKE(erlang_many, distribution_erlang(result, 10 * MILLISECOND, 20, why))
CDF(erlang_many, gsl_cdf_gamma_P(x, 20, 0.5 * MILLISECOND))

// Scale from mean: mean / Γ(1 + 1 / shape).
MAKE(weibull_heavy, distribution_weibull(result, 10 * MILLISECOND, 0.7, why))
CDF(weibull_heavy, gsl_cdf_weibull_P(x, 10 * MILLISECOND / tgamma(1 + 1 / 0.7), 0.7))
MAKE(weibull_light, distribution_weibull(result, 10 * MILLISECOND, 3.5, why))
CDF(weibull_light, gsl_cdf_weibull_P(x, 10 * MILLISECOND / tgamma(1 + 1 / 3.5), 3.5))

MAKE(pareto, distribution_pareto(result, 2 * MILLISECOND, 4.5, INFINITY, why))
CDF(pareto, gsl_cdf_pareto_P(x, 4.5, 2 * MILLISECOND))
MAKE(pareto_bounded, distribution_pareto(result, 2 * MILLISECOND, 1.1, 500 * MILLISECOND, why))
CDF(pareto_bounded, fmin(1, gsl_cdf_pareto_P(x, 1.1, 2 * MILLISECOND) /
                                gsl_cdf_pareto_P(500 * MILLISECOND, 1.1, 2 * MILLISECOND)))
MAKE(pareto_whole, distribution_pareto(result, 2 * MILLISECOND, 2, 80 * MILLISECOND, why))
CDF(pareto_whole,
    fmin(1, gsl_cdf_pareto_P(x, 2, 2 * MILLISECOND) / gsl_cdf_pareto_P(80 * MILLISECOND, 2, 2 * MILLISECOND)))
MAKE(uniform, distribution_uniform(result, 3 * MILLISECOND, 17 * MILLISECOND, why))
CDF(uniform, gsl_cdf_flat_P(x, 3 * MILLISECOND, 17 * MILLISECOND))

// Conditioned on being positive.
static double truncated(double x, double mean, double sd) {
  double cut = gsl_cdf_gaussian_P(-mean, sd);
  return (gsl_cdf_gaussian_P(x - mean, sd) - cut) / (1 - cut);
}
MAKE(normal, distribution_normal(result, 10 * MILLISECOND, 2 * MILLISECOND, why))
CDF(normal, truncated(x, 10 * MILLISECOND, 2 * MILLISECOND))
MAKE(normal_cut, distribution_normal(result, 10 * MILLISECOND, 12 * MILLISECOND, why))
CDF(normal_cut, truncated(x, 10 * MILLISECOND, 12 * MILLISECOND))
MAKE(normal_half, distribution_normal(result, 0, 12 * MILLISECOND, why))
CDF(normal_half, truncated(x, 0, 12 * MILLISECOND))

// Balanced means: p = (1 + √((c² - 1) / (c² + 1))) / 2 at rate 2 p / mean, else 2 (1 - p) / mean.
static double hyperexponential(double x, double mean, double cv) {
  double p = (1 + sqrt((cv * cv - 1) / (cv * cv + 1))) / 2;
  return p * gsl_cdf_exponential_P(x, mean / (2 * p)) +
         (1 - p) * gsl_cdf_exponential_P(x, mean / (2 * (1 - p)));
}
MAKE(hyperexponential, distribution_hyperexponential(result, 10 * MILLISECOND, 2.5, why))
CDF(hyperexponential, hyperexponential(x, 10 * MILLISECOND, 2.5))

static const double fractions[] = {0, 0.5, 0.9, 0.99, 1};
static const double marks[] = {1 * MILLISECOND, 5 * MILLISECOND, 20 * MILLISECOND, 20.5 * MILLISECOND,
                               400 * MILLISECOND};
MAKE(quantiles, distribution_quantiles(result, arena, fractions, marks, 5, why))
static double cdf_quantiles(double x) {
  if (x < marks[0]) return 0;
  for (int i = 0; i < 4; i++)
    if (x < marks[i + 1])
      return fractions[i] +
             (fractions[i + 1] - fractions[i]) * log(x / marks[i]) / log(marks[i + 1] / marks[i]);
  return 1;
}

static bool make_mixture(struct distribution *result, struct arena *arena, const char **why) {
  struct distribution parts[3];
  return distribution_exponential(&parts[0], 2 * MILLISECOND, why) &&
         distribution_uniform(&parts[1], 10 * MILLISECOND, 20 * MILLISECOND, why) &&
         distribution_lognormal(&parts[2], 80 * MILLISECOND, 0.5, why) &&
         distribution_mixture(result, arena, (double[]){6, 3, 1}, parts, 3, why);
}
CDF(mixture, 0.6 * gsl_cdf_exponential_P(x, 2 * MILLISECOND) +
                 0.3 * gsl_cdf_flat_P(x, 10 * MILLISECOND, 20 * MILLISECOND) +
                 0.1 * lognormal(x, 80 * MILLISECOND, 0.5))

#define LAW(name, reach, fourth)                                                                             \
  { #name, make_##name, cdf_##name, reach, fourth }
static const struct law laws[] = {
    LAW(exponential, 1e10, true),
    LAW(lognormal, 1e14, false),
    LAW(lognormal_narrow, 2e7, true),
    LAW(lognormal_wide, 1e17, false),
    LAW(lognormal_percentiles, 1e13, false),
    LAW(gamma_regular, 1e9, true),
    LAW(gamma_wide, 1e10, true),
    LAW(gamma_narrow, 2e7, true),
    LAW(erlang, 1e9, true),
    LAW(erlang_many, 1e9, true),
    LAW(weibull_heavy, 1e11, true),
    LAW(weibull_light, 1e9, true),
    LAW(pareto, 1e14, false),
    LAW(pareto_bounded, 5e8, true),
    LAW(pareto_whole, 8e7, true),
    LAW(uniform, 2e7, true),
    LAW(normal, 1e9, true),
    LAW(normal_cut, 1e9, true),
    LAW(normal_half, 1e9, true),
    LAW(hyperexponential, 1e11, true),
    LAW(quantiles, 4e8, true),
    LAW(mixture, 1e11, true),
};
enum { LAWS = sizeof laws / sizeof *laws };

static struct distribution make(const struct law *law, struct arena *arena) {
  struct distribution made;
  const char *why = NULL;
  cr_assert(law->make(&made, arena, &why), "%s: %s", law->name, why);
  return made;
}

enum { SAMPLES = 300000, CELLS = 500 };

// Kolmogorov-Smirnov for the whole, chi-square over 500 equally likely cells for the detail. A draw is spread
// over the ns that it was rounded from, which the narrow laws would show.
static void check_fit(const struct law *law, const struct distribution *distribution, uint32_t number) {
  static double units[SAMPLES];
  static uint64_t seen[CELLS];
  memset(seen, 0, sizeof seen);
  struct random_stream stream = random_named(1, number, law->name, "fit");
  struct random_stream spread = random_named(1, number, law->name, "spread");
  for (int i = 0; i < SAMPLES; i++) {
    int64_t sample = distribution_sample(distribution, &stream);
    cr_assert(sample >= 0 && sample <= (int64_t)1 << 60);
    units[i] = law->cdf((double)sample - 0.5 + random_unit(&spread));
    seen[(int)fmin(units[i] * CELLS, CELLS - 1)]++;
  }
  cr_assert_gt(goodness_uniform(seen, CELLS), GOODNESS_LEVEL, "%s: chi-square", law->name);
  cr_assert_gt(goodness_kolmogorov(units, SAMPLES), GOODNESS_LEVEL, "%s: Kolmogorov-Smirnov", law->name);
}

Test(distribution, samples_follow_gsl) {
  struct arena arena;
  arena_init(&arena, NULL);
  for (uint32_t i = 0; i < LAWS; i++) {
    struct distribution distribution = make(&laws[i], &arena);
    check_fit(&laws[i], &distribution, i);
  }
  arena_drop(&arena);
}

// In u = ln x: E[X^n] = ∫ n x^n P(X > x) du.
struct integrand {
  const struct law *law;
  int order;
};

static double tail_times_power(double logarithm, void *context) {
  const struct integrand *integrand = context;
  double x = exp(logarithm);
  return integrand->order * pow(x, integrand->order) * (1 - integrand->law->cdf(x));
}

static double integrated_moment(const struct law *law, int order) {
  gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
  struct integrand integrand = {law, order};
  gsl_function function = {tail_times_power, &integrand};
  double sum = 0;
  double step = 0.25;
  for (double low = log(1e-3); low < log(law->reach); low += step) {
    double part, error;
    double high = fmin(low + step, log(law->reach));
    gsl_integration_qag(&function, low, high, 0, 1e-9, 1000, GSL_INTEG_GAUSS31, workspace, &part, &error);
    sum += part;
  }
  gsl_integration_workspace_free(workspace);
  return sum;
}

static void check_moment(const struct law *law, double value, int order, double tolerance) {
  double integral = integrated_moment(law, order);
  cr_assert_lt(fabs(value / integral - 1), tolerance, "%s: moment %d is %.12g, by integration %.12g",
               law->name, order, value, integral);
}

// A cdf of 16 digits leaves a relative error of 1e-16 reach^n / E[X^n] in the integral of the tail.
static double tolerance_at(const struct law *law, double value, int order) {
  double lost = 1e-15 * pow(law->reach, order) / value;
  return lost < 1e-4 ? fmax(1e-7, lost) : NAN;
}

Test(distribution, moments_are_the_integrals_of_the_tail) {
  gsl_set_error_handler_off();
  struct arena arena;
  arena_init(&arena, NULL);
  int checked = 0;
  for (int i = 0; i < LAWS; i++) {
    struct distribution made = make(&laws[i], &arena);
    double moments[] = {distribution_mean(&made), distribution_second_moment(&made),
                        distribution_third_moment(&made)};
    // (both sides are ours: the variance against the moments that are integrated below)
    cr_assert_lt(fabs(distribution_variance(&made) / (moments[1] - moments[0] * moments[0]) - 1), 1e-6, "%s",
                 laws[i].name);
    for (int order = 1; order <= 3; order++) {
      double tolerance = tolerance_at(&laws[i], moments[order - 1], order);
      if (isnan(tolerance)) continue;
      check_moment(&laws[i], moments[order - 1], order, tolerance);
      checked++;
    }
  }
  cr_assert_geq(checked, 45, "%d", checked);
  arena_drop(&arena);
}

// Mean and variance of samples within five standard errors.
static void check_sample_moments(const struct law *law, const struct distribution *made, uint32_t number) {
  struct random_stream stream = random_named(2, number, law->name, "moments");
  double mean = distribution_mean(made);
  double variance = distribution_variance(made);
  double first = 0, second = 0, fourth = 0;
  for (int i = 0; i < SAMPLES; i++) {
    double off = (distribution_draw(made, &stream) - mean) / sqrt(variance);
    first += off;
    second += off * off;
    fourth += off * off * off * off;
  }
  cr_assert_lt(fabs(first / SAMPLES), 5 / sqrt(SAMPLES), "%s: mean off by %g sd", law->name, first / SAMPLES);
  if (!law->fourth_exists) return;
  double error = sqrt((fourth / SAMPLES - 1) / SAMPLES);
  cr_assert_lt(fabs(second / SAMPLES - 1), 5 * error, "%s: variance ratio %g", law->name, second / SAMPLES);
}

Test(distribution, sample_means_and_variances_are_those_stated) {
  struct arena arena;
  arena_init(&arena, NULL);
  for (uint32_t i = 0; i < LAWS; i++) {
    struct distribution distribution = make(&laws[i], &arena);
    check_sample_moments(&laws[i], &distribution, i);
  }
  arena_drop(&arena);
}

Test(distribution, cdfs_are_those_of_gsl_and_quantiles_invert_them) {
  struct arena arena;
  arena_init(&arena, NULL);
  for (int i = 0; i < LAWS; i++) {
    struct distribution made = make(&laws[i], &arena);
    for (double x = 1; x < 1e13; x *= 1.07)
      cr_assert_lt(fabs(distribution_cdf(&made, x) - laws[i].cdf(x)), 1e-11, "%s at %g: %.15g, GSL %.15g",
                   laws[i].name, x, distribution_cdf(&made, x), laws[i].cdf(x));
    cr_assert_eq(distribution_cdf(&made, -1), 0);
    cr_assert_eq(distribution_cdf(&made, INFINITY), 1);
    for (double fraction = 0.001; fraction < 1; fraction += 0.0173)
      cr_assert_lt(fabs(laws[i].cdf(distribution_quantile(&made, fraction)) - fraction), 1e-10, "%s",
                   laws[i].name);
  }
  arena_drop(&arena);
}

Test(distribution, closed_moments_known_by_heart) {
  struct distribution made;
  const char *why;
  cr_assert(distribution_exponential(&made, 3, &why));
  cr_assert_float_eq(distribution_third_moment(&made), 6 * 27, 1e-9);
  cr_assert(distribution_lognormal(&made, 7, 1.5, &why));
  cr_assert_float_eq(distribution_mean(&made), 7, 1e-12);
  cr_assert_float_eq(distribution_variance(&made), 1.5 * 1.5 * 49, 1e-9);
  cr_assert_float_eq(distribution_third_moment(&made), 343 * pow(1 + 2.25, 3), 1e-8);
  cr_assert(distribution_gamma(&made, 7, 2, &why));
  cr_assert_float_eq(distribution_variance(&made), 4 * 49, 1e-9);
  cr_assert(distribution_hyperexponential(&made, 7, 3, &why));
  cr_assert_float_eq(distribution_mean(&made), 7, 1e-12);
  cr_assert_float_eq(distribution_variance(&made), 9 * 49, 1e-9);
  cr_assert(distribution_weibull(&made, 7, 0.5, &why)); // scale 3.5: E[X²] = 3.5² Γ(5)
  cr_assert_float_eq(distribution_second_moment(&made), 3.5 * 3.5 * 24, 1e-9);
  cr_assert(distribution_pareto(&made, 2, 3.5, INFINITY, &why));
  cr_assert_float_eq(distribution_mean(&made), 3.5 * 2 / 2.5, 1e-12);
  cr_assert_float_eq(distribution_third_moment(&made), 3.5 * 8 / 0.5, 1e-9);
  cr_assert(distribution_normal(&made, 0, 1, &why)); // half-normal
  cr_assert_float_eq(distribution_mean(&made), sqrt(2 / acos(-1)), 1e-12);
  cr_assert_float_eq(distribution_variance(&made), 1 - 2 / acos(-1), 1e-12);
  cr_assert(distribution_uniform(&made, 2, 8, &why));
  cr_assert_float_eq(distribution_variance(&made), 3, 1e-12);
  cr_assert_float_eq(distribution_third_moment(&made), (4096.0 - 16) / 24, 1e-9);
}

Test(distribution, a_narrow_law_keeps_its_variance) {
  struct distribution made;
  const char *why;
  cr_assert(distribution_lognormal(&made, 1e9, 1e-6, &why));
  cr_assert_float_eq(distribution_variance(&made) / 1e6, 1, 1e-9);
  cr_assert(distribution_normal(&made, 1e9, 1e3, &why));
  cr_assert_float_eq(distribution_variance(&made) / 1e6, 1, 1e-9);
  cr_assert(distribution_gamma(&made, 1e9, 1e-6, &why));
  cr_assert_float_eq(distribution_variance(&made) / 1e6, 1, 1e-9);
}

Test(distribution, heavy_pareto_has_infinite_moments_and_stays_within_the_limit) {
  struct distribution made;
  const char *why;
  cr_assert(distribution_pareto(&made, 1000, 1.1, INFINITY, &why));
  cr_assert_float_eq(distribution_mean(&made), 11000, 1e-6);
  cr_assert_eq(distribution_variance(&made), INFINITY);
  cr_assert_eq(distribution_third_moment(&made), INFINITY);
  cr_assert_eq(distribution_maximum(&made), INFINITY);
  cr_assert(distribution_pareto(&made, 1000, 0.05, INFINITY, &why));
  cr_assert_eq(distribution_mean(&made), INFINITY);
  cr_assert_eq(distribution_variance(&made), INFINITY);
  struct random_stream stream = random_named(3, 0, "pareto", "test");
  int capped = 0;
  for (int i = 0; i < 10000; i++) {
    int64_t sample = distribution_sample(&made, &stream);
    cr_assert(sample >= 1000 && sample <= (int64_t)1 << 60);
    capped += sample == (int64_t)1 << 60;
  }
  double expected = 10000 * pow(1000 / DISTRIBUTION_LIMIT, 0.05);
  cr_assert_lt(fabs(capped - expected), 5 * sqrt(expected), "%d capped, %g expected", capped, expected);
}

// What GSL says of P(N = n).
static double geometric_chance(unsigned n, double mean) {
  return gsl_ran_geometric_pdf(n + 1, 1 / (1 + mean));
}
static double poisson_chance(unsigned n, double mean) {
  return gsl_ran_poisson_pdf(n, mean);
}

enum { COUNTS = 20000 };

static void check_counts(const struct distribution *made, double (*chance)(unsigned n, double mean),
                         double mean, const char *name) {
  static uint64_t seen[COUNTS];
  static double expected[COUNTS];
  memset(seen, 0, sizeof seen);
  struct random_stream stream = random_named(4, (uint32_t)(mean * 10), name, "counts");
  double sum = 0;
  for (int i = 0; i < SAMPLES; i++) {
    int64_t sample = distribution_sample(made, &stream);
    cr_assert(sample >= 0 && sample < COUNTS);
    seen[sample]++;
    sum += (double)sample;
  }
  double below = 0;
  for (unsigned n = 0; n < COUNTS; n++) {
    expected[n] = SAMPLES * chance(n, mean);
    below += expected[n] / SAMPLES;
    cr_assert_lt(fabs(distribution_cdf(made, n + 0.5) - below), 1e-9, "%s %g: cdf at %u", name, mean, n);
  }
  cr_assert_gt(goodness_chi_square(seen, expected, COUNTS), GOODNESS_LEVEL, "%s of mean %g", name, mean);
  double error = sqrt(distribution_variance(made) / SAMPLES);
  cr_assert_lt(fabs(sum / SAMPLES - mean), 5 * error, "%s of mean %g: %g", name, mean, sum / SAMPLES);
}

static void check_count_moments(const struct distribution *made, double (*chance)(unsigned n, double mean),
                                double mean) {
  double moments[4] = {0};
  for (unsigned n = 0; n < COUNTS; n++)
    for (int order = 1; order <= 3; order++) moments[order] += pow(n, order) * chance(n, mean);
  cr_assert_lt(fabs(distribution_mean(made) / moments[1] - 1), 1e-9);
  cr_assert_lt(fabs(distribution_second_moment(made) / moments[2] - 1), 1e-9);
  cr_assert_lt(fabs(distribution_third_moment(made) / moments[3] - 1), 1e-9);
  cr_assert_lt(fabs(distribution_variance(made) / (moments[2] - moments[1] * moments[1]) - 1), 1e-6);
}

Test(distribution, counts_follow_gsl) {
  gsl_set_error_handler_off();
  const double means[] = {0.05, 0.7, 3, 9.9, 10, 12.5, 30, 300};
  for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
    struct distribution made;
    const char *why;
    cr_assert(distribution_geometric(&made, means[i], &why));
    check_counts(&made, geometric_chance, means[i], "geometric");
    check_count_moments(&made, geometric_chance, means[i]);
    cr_assert(distribution_poisson(&made, means[i], &why));
    check_counts(&made, poisson_chance, means[i], "poisson");
    check_count_moments(&made, poisson_chance, means[i]);
  }
}

// Large enough, a Poisson count is normal: the central limit theorem's error, 0.13 / √mean, is below what
// these samples show.
Test(distribution, poisson_of_large_mean_is_normal) {
  static double units[SAMPLES];
  for (double mean = 1e8; mean <= 1e12; mean *= 100) {
    struct distribution made;
    const char *why;
    cr_assert(distribution_poisson(&made, mean, &why));
    struct random_stream stream = random_named(5, 0, "poisson", "large");
    for (int i = 0; i < SAMPLES; i++) {
      double sample = (double)distribution_sample(&made, &stream) + random_unit(&stream) - 0.5;
      units[i] = gsl_cdf_ugaussian_P((sample - mean) / sqrt(mean));
    }
    cr_assert_gt(goodness_kolmogorov(units, SAMPLES), GOODNESS_LEVEL, "mean %g", mean);
  }
}

Test(distribution, empirical_draws_each_sample_alike) {
  struct arena arena;
  arena_init(&arena, NULL);
  double samples[100];
  for (int i = 0; i < 100; i++) samples[i] = 1000 + (i * 37) % 100;
  samples[3] = samples[4] = 5000;
  struct distribution made;
  const char *why;
  cr_assert(distribution_empirical(&made, &arena, samples, 100, &why));
  double mean = 0, second = 0, third = 0;
  for (int i = 0; i < 100; i++) {
    mean += samples[i] / 100;
    second += pow(samples[i], 2) / 100;
    third += pow(samples[i], 3) / 100;
  }
  cr_assert_lt(fabs(distribution_mean(&made) / mean - 1), 1e-12);
  cr_assert_lt(fabs(distribution_second_moment(&made) / second - 1), 1e-12);
  cr_assert_lt(fabs(distribution_third_moment(&made) / third - 1), 1e-12);
  cr_assert_lt(fabs(distribution_variance(&made) / (second - mean * mean) - 1), 1e-8);
  cr_assert_float_eq(distribution_cdf(&made, 4999), 0.98, 1e-12);
  cr_assert_eq(distribution_cdf(&made, 5000), 1);
  cr_assert_eq(distribution_cdf(&made, 999), 0);
  cr_assert_eq(distribution_minimum(&made), 1000);
  cr_assert_eq(distribution_maximum(&made), 5000);
  cr_assert_eq(distribution_quantile(&made, 1), 5000);
  uint64_t seen[5001] = {0};
  double expected[5001] = {0};
  for (int i = 0; i < 100; i++) expected[(int)samples[i]] += SAMPLES / 100.0;
  struct random_stream stream = random_named(6, 0, "empirical", "test");
  for (int i = 0; i < SAMPLES; i++) seen[distribution_sample(&made, &stream)]++;
  double statistic = 0;
  for (int i = 0; i < 5001; i++) {
    if (expected[i] == 0)
      cr_assert_eq(seen[i], 0);
    else
      statistic += pow((double)seen[i] - expected[i], 2) / expected[i];
  }
  cr_assert_gt(gsl_cdf_chisq_Q(statistic, 98), GOODNESS_LEVEL);
  arena_drop(&arena);
}

Test(distribution, quantiles_may_begin_at_zero_and_end_below_p100) {
  struct arena arena;
  arena_init(&arena, NULL);
  struct distribution made;
  const char *why;
  const double at[] = {0, 0.5, 0.99};
  const double values[] = {0, 1000, 8000};
  cr_assert(distribution_quantiles(&made, &arena, at, values, 3, &why));
  cr_assert_float_eq(distribution_cdf(&made, 250), 0.125, 1e-12);
  cr_assert_float_eq(distribution_cdf(&made, 4000), 0.5 + 0.49 * 2 / 3, 1e-12);
  cr_assert_eq(distribution_cdf(&made, 8000), 1);
  // Half of a uniform below 1000, 0.49 of a log-uniform with mean 7000 / ln 8, 0.01 at 8000.
  cr_assert_float_eq(distribution_mean(&made), 0.5 * 500 + 0.49 * 7000 / log(8) + 80, 1e-8);
  struct random_stream stream = random_named(7, 0, "quantiles", "test");
  int top = 0;
  double sum = 0;
  for (int i = 0; i < SAMPLES; i++) {
    int64_t sample = distribution_sample(&made, &stream);
    cr_assert(sample >= 0 && sample <= 8000);
    top += sample == 8000;
    sum += (double)sample;
  }
  cr_assert_lt(fabs(top - 0.01 * SAMPLES), 5 * sqrt(0.01 * SAMPLES) + 0.49 * SAMPLES / 8000);
  cr_assert_lt(fabs(sum / SAMPLES - distribution_mean(&made)),
               5 * sqrt(distribution_variance(&made) / SAMPLES));
  arena_drop(&arena);
}

// A step (two percentiles with one value) has its mass there.
Test(distribution, quantiles_with_a_step) {
  struct arena arena;
  arena_init(&arena, NULL);
  struct distribution made;
  const char *why;
  const double at[] = {0, 0.25, 0.75, 1};
  const double values[] = {100, 1000, 1000, 9000};
  cr_assert(distribution_quantiles(&made, &arena, at, values, 4, &why));
  cr_assert_float_eq(distribution_cdf(&made, 999.999999), 0.25, 1e-6);
  cr_assert_float_eq(distribution_cdf(&made, 1000), 0.75, 1e-12);
  cr_assert_float_eq(distribution_mean(&made), 0.25 * 900 / log(10) + 500 + 0.25 * 8000 / log(9), 1e-8);
  struct random_stream stream = random_named(8, 0, "step", "test");
  int there = 0;
  for (int i = 0; i < SAMPLES; i++) there += distribution_draw(&made, &stream) == 1000;
  cr_assert_lt(fabs(there - 0.5 * SAMPLES), 5 * sqrt(0.25 * SAMPLES));
  arena_drop(&arena);
}

Test(distribution, a_mixture_of_mixtures_is_one_mixture) {
  struct arena arena;
  arena_init(&arena, NULL);
  const char *why;
  struct distribution leaves[2], inner, scaled, outer;
  cr_assert(distribution_constant(&leaves[0], 10, &why));
  cr_assert(distribution_exponential(&leaves[1], 100, &why));
  cr_assert(distribution_mixture(&inner, &arena, (double[]){1, 3}, leaves, 2, &why));
  scaled = distribution_scale(&inner, 5);
  cr_assert_float_eq(distribution_mean(&scaled), 5 * (2.5 + 75), 1e-9);
  struct distribution parts[] = {scaled, leaves[1], leaves[0]};
  cr_assert(distribution_mixture(&outer, &arena, (double[]){2, 8, 0}, parts, 3, &why));
  cr_assert_eq(outer.table.count, 3);
  // 0.05 constant 50, 0.15 exponential 500, 0.8 exponential 100
  cr_assert_float_eq(distribution_mean(&outer), 2.5 + 75 + 80, 1e-9);
  double second = 0.05 * 2500 + 0.15 * 2 * 250000 + 0.8 * 2 * 10000;
  cr_assert_float_eq(distribution_second_moment(&outer), second, 1e-6);
  cr_assert_float_eq(distribution_variance(&outer), second - 157.5 * 157.5, 1e-6);
  cr_assert_float_eq(distribution_cdf(&outer, 60), 0.05 + 0.15 * -expm1(-0.12) + 0.8 * -expm1(-0.6), 1e-12);
  struct random_stream stream = random_named(9, 0, "mixture", "test");
  int constant = 0;
  for (int i = 0; i < SAMPLES; i++) constant += distribution_draw(&outer, &stream) == 50;
  cr_assert_lt(fabs(constant - 0.05 * SAMPLES), 5 * sqrt(0.05 * 0.95 * SAMPLES));
  cr_assert(distribution_mixture(&outer, &arena, (double[]){0, 4}, leaves, 2, &why));
  cr_assert(distribution_is_exponential(&outer), "a single part needs no mixture");
  arena_drop(&arena);
}

Test(distribution, scaling_is_scaling) {
  struct arena arena;
  arena_init(&arena, NULL);
  for (int i = 0; i < LAWS; i++) {
    struct distribution made = make(&laws[i], &arena);
    struct distribution scaled = distribution_scale(&made, 0.37);
    struct random_stream left = random_named(10, 0, laws[i].name, "test");
    struct random_stream right = left;
    for (int n = 0; n < 100; n++) {
      double draw = distribution_draw(&made, &left);
      double other = distribution_draw(&scaled, &right);
      cr_assert_float_eq(other, 0.37 * draw, 1e-12 * draw);
    }
    cr_assert_lt(fabs(distribution_mean(&scaled) / distribution_mean(&made) / 0.37 - 1), 1e-12);
    cr_assert_lt(fabs(distribution_variance(&scaled) / distribution_variance(&made) / (0.37 * 0.37) - 1),
                 1e-9);
    cr_assert_float_eq(distribution_cdf(&scaled, 3.7e6), distribution_cdf(&made, 1e7), 1e-12);
    scaled = distribution_scale(&made, 0);
    cr_assert(distribution_is_constant(&scaled) && distribution_mean(&scaled) == 0);
  }
  arena_drop(&arena);
}

// 4 million draws over 4096 cells: their sizes are spread as the law says, and neighbours are uncorrelated.
static void check_ziggurat(double (*draw)(struct random_stream *stream), double (*above)(double x),
                           double start, const char *name) {
  enum { MANY = 4000000, FINE = 4096 };
  static uint64_t seen[FINE];
  memset(seen, 0, sizeof seen);
  struct random_stream stream = random_named(11, 0, name, "test");
  uint64_t beyond = 0;
  double before = 0, products = 0;
  for (int i = 0; i < MANY; i++) {
    double survival = above(fabs(draw(&stream)));
    seen[(int)fmin(survival * FINE, FINE - 1)]++;
    beyond += survival < above(start);
    products += (survival - 0.5) * before;
    before = survival - 0.5;
  }
  cr_assert_gt(goodness_uniform(seen, FINE), GOODNESS_LEVEL, "%s", name);
  double expected = MANY * above(start);
  cr_assert_lt(fabs((double)beyond - expected), 5 * sqrt(expected), "%s: in the tail", name);
  cr_assert_lt(fabs(products * 12 / MANY), 5 / sqrt(MANY), "%s: neighbours are correlated", name);
}

// The tail alone: the last position of the base layer lies in it.
static void check_tail(double (*edge)(struct random_stream *stream, unsigned layer, uint64_t position),
                       double (*above)(double x), double start, const char *name) {
  static double units[SAMPLES];
  struct random_stream stream = random_named(11, 1, name, "tail");
  for (int i = 0; i < SAMPLES; i++)
    units[i] = above(edge(&stream, 0, (UINT64_C(1) << 53) - 1)) / above(start);
  cr_assert_gt(goodness_kolmogorov(units, SAMPLES), GOODNESS_LEVEL, "%s: tail", name);
}

static double exponential_above(double x) {
  return exp(-x);
}
static double normal_above(double x) {
  return erfc(x / sqrt(2));
} // of the size
static double draw_exponential(struct random_stream *stream) {
  return ziggurat_exponential(stream);
}
static double draw_normal(struct random_stream *stream) {
  return ziggurat_normal(stream);
}

Test(distribution, ziggurats_are_exact_in_detail_and_in_the_tail) {
  double start = ziggurat_exponential_layers[1].width * 0x1p53;
  check_ziggurat(draw_exponential, exponential_above, start, "exponential");
  check_tail(ziggurat_exponential_edge, exponential_above, start, "exponential");
  start = ziggurat_normal_layers[1].width * 0x1p53;
  check_ziggurat(draw_normal, normal_above, start, "normal");
  check_tail(ziggurat_normal_edge, normal_above, start, "normal");
  struct random_stream stream = random_named(12, 0, "sign", "test");
  int positive = 0;
  for (int i = 0; i < SAMPLES; i++) positive += ziggurat_normal(&stream) > 0;
  cr_assert_lt(fabs(positive - SAMPLES / 2.0), 5 * sqrt(SAMPLES / 4.0));
}

// The tables recomputed from what defines them: all layers have one area, the base with its tail too, and the
// last one reaches the top.
static void check_tables(const struct ziggurat_layer *layers, const double *densities,
                         double (*density)(double x), double tail) {
  double x[ZIGGURAT_LAYERS + 1] = {0};
  for (int i = 0; i < ZIGGURAT_LAYERS; i++) x[i] = layers[i].width * 0x1p53;
  double area = x[1] * density(x[1]) + tail;
  cr_assert_lt(fabs(x[0] * density(x[1]) / area - 1), 1e-14);
  for (int i = 1; i <= ZIGGURAT_LAYERS; i++) cr_assert_lt(fabs(densities[i] / density(x[i]) - 1), 1e-14);
  for (int i = 1; i < ZIGGURAT_LAYERS; i++)
    cr_assert_lt(fabs(x[i] * (densities[i + 1] - densities[i]) / area - 1), 2e-12, "layer %d", i);
  for (int i = 0; i < ZIGGURAT_LAYERS; i++)
    cr_assert_lt(fabs((double)layers[i].inside * 0x1p-53 - x[i + 1] / x[i]), 1e-15);
  cr_assert_eq(densities[ZIGGURAT_LAYERS], 1);
}

static double normal_density(double x) {
  return exp(-0.5 * x * x);
}

Test(distribution, ziggurat_tables_are_what_defines_them) {
  double start = ziggurat_exponential_layers[1].width * 0x1p53;
  check_tables(ziggurat_exponential_layers, ziggurat_exponential_densities, exponential_above, exp(-start));
  cr_assert_float_eq(start, 7.69711747013104972, 1e-14); // Marsaglia & Tsang (2000), as refined by Doornik
  start = ziggurat_normal_layers[1].width * 0x1p53;
  check_tables(ziggurat_normal_layers, ziggurat_normal_densities, normal_density,
               sqrt(acos(-1) / 2) * erfc(start / sqrt(2)));
  cr_assert_float_eq(start, 3.6541528853610088, 1e-14);
}

static void check_sane(const struct distribution *made, const char *what, double mean, double second) {
  struct random_stream stream = random_named(13, 0, what, "extreme");
  double least = floor(distribution_minimum(made));
  double greatest = fmin(ceil(distribution_maximum(made)), DISTRIBUTION_LIMIT);
  for (int i = 0; i < 300; i++) {
    int64_t sample = distribution_sample(made, &stream);
    cr_assert((double)sample >= least && (double)sample <= greatest, "%s(%g, %g) drew %lld", what, mean,
              second, (long long)sample);
    cr_assert_geq(distribution_draw(made, &stream), 0);
  }
  cr_assert(distribution_mean(made) > 0 && distribution_variance(made) >= 0, "%s(%g, %g)", what, mean,
            second);
  cr_assert_not(isnan(distribution_third_moment(made)));
  double before = 0;
  for (double fraction = 0.01; fraction < 1; fraction += 0.07) {
    double quantile = distribution_quantile(made, fraction);
    cr_assert(quantile >= before, "%s(%g, %g) at %g: %g", what, mean, second, fraction, quantile);
    cr_assert_geq(distribution_cdf(made, quantile), fraction);
    before = quantile;
  }
}

Test(distribution, extreme_parameters_neither_crash_nor_overflow) {
  gsl_set_error_handler_off();
  const double means[] = {1e-3, 1, 1e3, 10 * YEAR, DISTRIBUTION_LIMIT};
  const double shapes[] = {1e-6, 1e-3, 0.3, 1, 1.1, 10, 1000};
  for (size_t m = 0; m < sizeof means / sizeof *means; m++)
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      double mean = means[m], shape = shapes[s];
      struct distribution made;
      const char *why;
      cr_assert(distribution_exponential(&made, mean, &why));
      check_sane(&made, "exponential", mean, 0);
      cr_assert(distribution_lognormal(&made, mean, shape, &why));
      check_sane(&made, "lognormal", mean, shape);
      cr_assert(distribution_gamma(&made, mean, shape, &why));
      check_sane(&made, "gamma", mean, shape);
      if (distribution_weibull(&made, mean, shape, &why)) check_sane(&made, "weibull", mean, shape);
      if (distribution_hyperexponential(&made, mean, shape, &why)) check_sane(&made, "hyper", mean, shape);
      if (distribution_pareto(&made, mean, shape, INFINITY, &why)) check_sane(&made, "pareto", mean, shape);
      if (distribution_pareto(&made, mean, shape, mean * 1.5, &why))
        check_sane(&made, "bounded", mean, shape);
      if (distribution_pareto(&made, mean, shape, DISTRIBUTION_LIMIT, &why))
        check_sane(&made, "bounded", mean, shape);
      if (distribution_normal(&made, mean, mean * shape, &why)) check_sane(&made, "normal", mean, shape);
      if (distribution_erlang(&made, mean, ceil(shape * 1000), &why))
        check_sane(&made, "erlang", mean, shape);
      if (distribution_geometric(&made, mean, &why)) check_sane(&made, "geometric", mean, 0);
      if (distribution_poisson(&made, fmin(mean, 1e12), &why)) check_sane(&made, "poisson", mean, 0);
    }
}

Test(distribution, rounding_is_to_the_nearest_and_saturates) {
  cr_assert_eq(distribution_round(0), 0);
  cr_assert_eq(distribution_round(0.49), 0);
  cr_assert_eq(distribution_round(0.5), 1);
  cr_assert_eq(distribution_round(1e15 + 0.4), (int64_t)1e15);
  cr_assert_eq(distribution_round(0x1p60), (int64_t)1 << 60);
  cr_assert_eq(distribution_round(1e300), (int64_t)1 << 60);
  cr_assert_eq(distribution_round(INFINITY), (int64_t)1 << 60);
  struct distribution made;
  const char *why;
  struct random_stream stream = {0};
  cr_assert(distribution_constant(&made, 10 * YEAR, &why));
  cr_assert_eq(distribution_sample(&made, &stream), (int64_t)(10 * YEAR));
}

Test(distribution, limiting_cases_are_the_simpler_kind) {
  struct arena arena;
  arena_init(&arena, NULL);
  struct distribution made;
  const char *why;
  cr_assert(distribution_lognormal(&made, 5, 0, &why) && distribution_is_constant(&made));
  cr_assert(distribution_gamma(&made, 5, 0, &why) && distribution_is_constant(&made));
  cr_assert(distribution_normal(&made, 5, 0, &why) && distribution_is_constant(&made));
  cr_assert(distribution_uniform(&made, 5, 5, &why) && distribution_is_constant(&made));
  cr_assert(distribution_lognormal_percentiles(&made, 5, 5, &why) && distribution_is_constant(&made));
  cr_assert_eq(distribution_mean(&made), 5);
  cr_assert(distribution_erlang(&made, 5, 1, &why) && distribution_is_exponential(&made));
  cr_assert(distribution_gamma(&made, 5, 1, &why) && distribution_is_exponential(&made));
  cr_assert(distribution_weibull(&made, 5, 1, &why) && distribution_is_exponential(&made));
  cr_assert(distribution_hyperexponential(&made, 5, 1, &why) && distribution_is_exponential(&made));
  cr_assert_eq(distribution_mean(&made), 5);
  cr_assert(distribution_poisson(&made, 0, &why) && distribution_is_constant(&made));
  cr_assert(distribution_geometric(&made, 0, &why) && distribution_is_constant(&made));
  cr_assert_eq(distribution_mean(&made), 0);
  cr_assert(distribution_empirical(&made, &arena, (double[]){7, 7, 7}, 3, &why));
  cr_assert(distribution_is_constant(&made) && distribution_mean(&made) == 7);
  cr_assert_str_eq(distribution_name(DISTRIBUTION_POISSON), "poisson");
  cr_assert_str_eq(distribution_name(DISTRIBUTION_CONSTANT), "constant");
  arena_drop(&arena);
}

// `call` must refuse, name the parameter, and leave the result alone.
#define REFUSED(call, parameter)                                                                             \
  do {                                                                                                       \
    why = NULL;                                                                                              \
    made = untouched;                                                                                        \
    cr_assert_not(call, "%s", #call);                                                                        \
    cr_assert(why != NULL && strstr(why, parameter) != NULL, "%s: %s", #call, why);                          \
    cr_assert_eq(made.scale, untouched.scale);                                                               \
    cr_assert_eq(made.kind, untouched.kind);                                                                 \
  } while (0)

Test(distribution, impossible_parameters_are_refused_by_name) {
  struct arena arena;
  arena_init(&arena, NULL);
  const struct distribution untouched = {.kind = DISTRIBUTION_ERLANG, .scale = 12.25, .shape = 3};
  struct distribution made;
  const char *why;
  const double wrong[] = {-1, -1e-9, NAN, INFINITY, -INFINITY, 2 * DISTRIBUTION_LIMIT};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    double x = wrong[i];
    REFUSED(distribution_constant(&made, x, &why), "value");
    REFUSED(distribution_exponential(&made, x, &why), "mean");
    REFUSED(distribution_lognormal(&made, x, 1.5, &why), "mean");
    REFUSED(distribution_lognormal(&made, 7, x, &why), "cv");
    REFUSED(distribution_lognormal_percentiles(&made, x, 9, &why), "median");
    REFUSED(distribution_lognormal_percentiles(&made, 7, x, &why), "p99");
    REFUSED(distribution_gamma(&made, x, 1.5, &why), "mean");
    REFUSED(distribution_gamma(&made, 7, x, &why), "cv");
    REFUSED(distribution_erlang(&made, x, 3, &why), "mean");
    REFUSED(distribution_erlang(&made, 7, x, &why), "k");
    REFUSED(distribution_weibull(&made, x, 1.5, &why), "mean");
    REFUSED(distribution_weibull(&made, 7, x, &why), "shape");
    REFUSED(distribution_pareto(&made, x, 1.5, INFINITY, &why), "min");
    REFUSED(distribution_pareto(&made, 7, x, INFINITY, &why), "alpha");
    if (x != INFINITY) REFUSED(distribution_pareto(&made, 7, 1.5, x, &why), "max");
    REFUSED(distribution_uniform(&made, x, 9, &why), "min");
    REFUSED(distribution_uniform(&made, 7, x, &why), "max");
    REFUSED(distribution_normal(&made, x, 3, &why), "mean");
    REFUSED(distribution_normal(&made, 7, x, &why), "sd");
    REFUSED(distribution_hyperexponential(&made, x, 1.5, &why), "mean");
    REFUSED(distribution_hyperexponential(&made, 7, x, &why), "cv");
    REFUSED(distribution_geometric(&made, x, &why), "mean");
    REFUSED(distribution_poisson(&made, x, &why), "mean");
    REFUSED(distribution_empirical(&made, &arena, (double[]){3, x, 5}, 3, &why), "sample");
    REFUSED(distribution_quantiles(&made, &arena, (double[]){0, 0.5}, (double[]){3, x}, 2, &why), "quantile");
    REFUSED(distribution_quantiles(&made, &arena, (double[]){0, x}, (double[]){3, 5}, 2, &why), "percentile");
    REFUSED(distribution_mixture(&made, &arena, (double[]){3, x},
                                 (struct distribution[]){untouched, untouched}, 2, &why),
            "weight");
  }
  REFUSED(distribution_exponential(&made, 0, &why), "mean");
  REFUSED(distribution_hyperexponential(&made, 7, 0.9, &why), "cv");
  REFUSED(distribution_erlang(&made, 7, 2.5, &why), "k");
  REFUSED(distribution_erlang(&made, 7, 0, &why), "k");
  REFUSED(distribution_pareto(&made, 7, 1.5, 7, &why), "max");
  REFUSED(distribution_uniform(&made, 9, 7, &why), "max");
  REFUSED(distribution_lognormal_percentiles(&made, 9, 7, &why), "p99");
  REFUSED(distribution_empirical(&made, &arena, NULL, 0, &why), "sample");
  REFUSED(distribution_quantiles(&made, &arena, (double[]){0}, (double[]){3}, 1, &why), "quantiles");
  REFUSED(distribution_quantiles(&made, &arena, (double[]){0.1, 1}, (double[]){3, 5}, 2, &why), "p0");
  REFUSED(distribution_quantiles(&made, &arena, (double[]){0, 0.5, 0.5}, (double[]){3, 5, 6}, 3, &why),
          "differ");
  REFUSED(distribution_quantiles(&made, &arena, (double[]){0, 0.5}, (double[]){5, 3}, 2, &why), "below");
  REFUSED(distribution_mixture(&made, &arena, (double[]){0}, &untouched, 1, &why), "weight");
  REFUSED(distribution_mixture(&made, &arena, NULL, NULL, 0, &why), "weight");
  arena_drop(&arena);
}

static bool make_under(const struct law *law, uint64_t fail_at, const char **why) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.fail_at = fail_at;
  struct arena arena;
  arena_init(&arena, &budget);
  struct distribution made;
  bool done = law->make(&made, &arena, why);
  arena_drop(&arena);
  return done;
}

Test(distribution, running_out_of_memory_is_no_fault_of_the_user) {
  for (int i = 0; i < LAWS; i++) {
    if (strcmp(laws[i].name, "quantiles") != 0 && strcmp(laws[i].name, "mixture") != 0) continue;
    const char *why = "unset";
    cr_assert_not(make_under(&laws[i], 1, &why));
    cr_assert_null(why);
    cr_assert(make_under(&laws[i], 0, &why));
  }
}

// The arrays are the distribution's own.
Test(distribution, what_is_given_is_copied) {
  struct arena arena;
  arena_init(&arena, NULL);
  double samples[] = {3, 1, 2};
  struct distribution made;
  const char *why;
  cr_assert(distribution_empirical(&made, &arena, samples, 3, &why));
  samples[0] = samples[1] = samples[2] = 99;
  cr_assert_eq(distribution_maximum(&made), 3);
  cr_assert_float_eq(distribution_mean(&made), 2, 1e-12);
  arena_drop(&arena);
}
