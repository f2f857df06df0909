#include "estimate.h"
#include "nearly.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

static bool covers(struct estimate estimate, double truth) {
  return estimate.has_interval && estimate.low <= truth && truth <= estimate.high;
}

// Whether `covered` of `runs` is within four standard errors of the nominal coverage.
static bool as_promised(int covered, int runs, double confidence) {
  return fabs(covered / (double)runs - confidence) < 4 * sqrt(confidence * (1 - confidence) / runs);
}

Test(estimate, mean_covers_as_promised) {
  enum { RUNS = 20000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  const double confidences[] = {0.8, 0.95, 0.99};
  for (int c = 0; c < 3; c++)
    for (size_t count = 2; count <= 10; count += 4) {
      int covered = 0;
      for (int run = 0; run < RUNS; run++) {
        double means[10];
        for (size_t i = 0; i < count; i++) means[i] = 7 + gsl_ran_gaussian(random, 3);
        covered += covers(estimate_mean(means, count, confidences[c]), 7);
      }
      cr_assert(as_promised(covered, RUNS, confidences[c]), "%d of %d at %g", covered, RUNS, confidences[c]);
    }
  gsl_rng_free(random);
}

Test(estimate, mean_without_interval_says_why) {
  const double one = 5, infinite[] = {1, INFINITY, 2};
  cr_assert(isnan(estimate_mean(NULL, 0, 0.95).value));
  struct estimate estimate = estimate_mean(&one, 1, 0.95);
  cr_assert(!estimate.has_interval && estimate.value == 5 && estimate.low == 5);
  cr_assert(isinf(estimate_half_width(&estimate)));
  estimate = estimate_mean(infinite, 3, 0.95);
  cr_assert(!estimate.has_interval && isinf(estimate.value));
}

// Ratio of means of an exponential cost over a correlated count: truth 2, pooled estimate biased at 10
// replications. The jackknife removes most of the bias and covers.
Test(estimate, ratio_covers_as_promised) {
  enum { RUNS = 10000, COUNT = 10 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0;
  double bias = 0, pooled_bias = 0;
  for (int run = 0; run < RUNS; run++) {
    double tops[COUNT], bottoms[COUNT], top = 0, bottom = 0;
    for (int i = 0; i < COUNT; i++) {
      bottoms[i] = gsl_ran_gamma(random, 8, 1.0 / 8);
      tops[i] = 2 + gsl_ran_gaussian(random, 0.2);
      top += tops[i];
      bottom += bottoms[i];
    }
    struct estimate estimate = estimate_ratio(tops, bottoms, COUNT, 0.95);
    covered += covers(estimate, 2);
    bias += estimate.value - 2;
    pooled_bias += top / bottom - 2;
  }
  cr_assert(covered > 0.93 * RUNS && covered < 0.97 * RUNS, "%d of %d", covered, RUNS);
  cr_assert(fabs(bias) < 0.3 * fabs(pooled_bias), "%g against %g", bias / RUNS, pooled_bias / RUNS);
  gsl_rng_free(random);
}

Test(estimate, ratio_refuses_to_divide_by_nothing) {
  const double tops[] = {0, 3, 0}, none[] = {0, 0, 0}, single[] = {0, 4, 0};
  cr_assert(isnan(estimate_ratio(tops, none, 3, 0.95).value));
  struct estimate estimate = estimate_ratio(tops, single, 3, 0.95);
  cr_assert(!estimate.has_interval && estimate.value == 0.75);
}

// p99 of exponential replications of 20,000: truth log(100).
Test(estimate, percentile_covers_as_promised) {
  enum { RUNS = 400, COUNT = 10, REQUESTS = 20000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0;
  for (int run = 0; run < RUNS; run++) {
    double own[COUNT], pooled = 0;
    for (int r = 0; r < COUNT; r++) {
      // The 200th largest of 20,000 exponentials, by its own law: -log of a beta variable.
      own[r] = -log(gsl_ran_beta(random, 200, REQUESTS - 199));
      pooled += own[r] / COUNT;
    }
    covered += covers(estimate_percentile(pooled, own, COUNT, 0.99, REQUESTS, 0.95), log(100));
  }
  cr_assert(as_promised(covered, RUNS, 0.95), "%d of %d", covered, RUNS);
  gsl_rng_free(random);
}

Test(estimate, percentile_without_interval_says_why) {
  const double own[] = {1, 2, 3}, some[] = {1, INFINITY, 3}, all[] = {INFINITY, INFINITY, INFINITY};
  cr_assert(estimate_percentile(2, own, 3, 0.9, 1000, 0.95).has_interval);
  cr_assert_not(estimate_percentile(2, own, 3, 0.9, 999, 0.95).has_interval);
  cr_assert_not(estimate_percentile(2, own, 3, 0.01, 9999, 0.95).has_interval);
  cr_assert_not(estimate_percentile(2, own, 1, 0.9, 1000, 0.95).has_interval);
  cr_assert_not(estimate_percentile(2, some, 3, 0.9, 1000, 0.95).has_interval);
  cr_assert_not(estimate_percentile(NAN, own, 0, 0.9, 0, 0.95).has_interval);
  struct estimate estimate = estimate_percentile(INFINITY, all, 3, 0.9, 1000, 0.95);
  cr_assert(estimate.has_interval && isinf(estimate.low) && estimate_half_width(&estimate) == 0);
}

// Its definition: at the lower bound so many hits or more have a chance of 2.5%, at the upper so many or
// fewer.
Test(estimate, clopper_pearson_inverts_the_binomial) {
  for (unsigned trials = 2; trials < 3000; trials = trials * 3 / 2 + 1)
    for (unsigned hits = 1; hits < trials; hits += 1 + trials / 9) {
      struct estimate estimate = estimate_binomial(hits, trials, 0.95);
      assert_nearly(gsl_cdf_binomial_Q(hits - 1, estimate.low, trials), 0.025, 1e-8);
      assert_nearly(gsl_cdf_binomial_P(hits, estimate.high, trials), 0.025, 1e-8);
      assert_nearly(estimate.low, gsl_cdf_beta_Pinv(0.025, hits, trials - hits + 1.0), 1e-7);
    }
}

// Where GSL's beta function gives up: the Poisson limit (gamma quantiles) and the normal limit.
Test(estimate, clopper_pearson_reaches_a_thousand_million_trials) {
  struct estimate few = estimate_binomial(7, 1000000000, 0.95);
  assert_nearly(few.low * 1e9, gsl_cdf_gamma_Pinv(0.025, 7, 1), 1e-6);
  assert_nearly(few.high * 1e9, gsl_cdf_gamma_Pinv(0.975, 8, 1), 1e-6);
  struct estimate many = estimate_binomial(400000000, 1000000000, 0.95);
  double half = gsl_cdf_ugaussian_Pinv(0.975) * sqrt(0.4 * 0.6 / 1e9);
  assert_nearly(many.high - 0.4, half, 1e-3);
  assert_nearly(0.4 - many.low, half, 1e-3);
}

Test(estimate, nothing_seen_is_at_most_three_in_n) {
  struct estimate none = estimate_binomial(0, 600, 0.95);
  assert_nearly(none.high, 3.0 / 600, 1e-12);
  cr_assert(none.low == 0 && none.value == 0);
  struct estimate all = estimate_binomial(600, 600, 0.95);
  assert_nearly(1 - all.low, 3.0 / 600, 1e-12);
  cr_assert_eq(estimate_binomial(0, 2, 0.95).high, 1);
  cr_assert(isnan(estimate_binomial(0, 0, 0.95).value));
  for (double confidence = 0.5; confidence < 0.9999; confidence += 0.037) // bounds the exact one-sided bound
    cr_assert(estimate_binomial(0, 1000, confidence).high >= 1 - pow(1 - confidence, 1.0 / 1000));
}

Test(estimate, proportion_takes_the_wider_interval) {
  const uint64_t trials[] = {1000, 1000, 1000, 1000}, even[] = {50, 50, 50, 50}, uneven[] = {0, 0, 0, 200};
  struct estimate narrow = estimate_proportion(even, trials, 4, 0.95);
  struct estimate exact = estimate_binomial(200, 4000, 0.95);
  cr_assert(narrow.low == exact.low && narrow.high == exact.high);
  struct estimate wide = estimate_proportion(uneven, trials, 4, 0.95);
  cr_assert(wide.low == 0 && wide.high > 0.15);
  assert_nearly(wide.value, 0.05, 1e-12);
  // t over the four proportions: 0.05 + 3.182446 * 0.1 / 2 (Student's table)
  assert_nearly(wide.high, 0.05 + 3.182446305 * 0.05, 1e-8);
  const uint64_t none[] = {0, 0, 0, 0};
  assert_nearly(estimate_proportion(none, trials, 4, 0.95).high, 3.0 / 4000, 1e-12);
  cr_assert(isnan(estimate_proportion(none, none, 4, 0.95).value));
}

// Independent trials in replications of uneven length: never below nominal, and not far above.
Test(estimate, proportion_covers) {
  enum { RUNS = 4000, COUNT = 10 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0;
  for (int run = 0; run < RUNS; run++) {
    uint64_t hits[COUNT], trials[COUNT];
    for (int i = 0; i < COUNT; i++) {
      trials[i] = 500 + gsl_rng_uniform_int(random, 500);
      hits[i] = gsl_ran_binomial(random, 0.02, (unsigned)trials[i]);
    }
    covered += covers(estimate_proportion(hits, trials, COUNT, 0.95), 0.02);
  }
  cr_assert(covered > (0.95 - 4 * sqrt(0.05 * 0.95 / RUNS)) * RUNS && covered < 0.99 * RUNS, "%d", covered);
  gsl_rng_free(random);
}

// 0.1 and 5 with weights of 100 and 1: the jackknife's correction alone would make it -2.25.
Test(estimate, ratio_is_among_those_of_the_replications) {
  const double tops[] = {10, 5}, bottoms[] = {100, 1};
  struct estimate estimate = estimate_ratio(tops, bottoms, 2, 0.95);
  cr_assert_geq(estimate.value, 0.1, "%g", estimate.value);
  cr_assert_leq(estimate.value, 5);
  cr_assert(estimate.low <= estimate.value && estimate.value <= estimate.high);
}
