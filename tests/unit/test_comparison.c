#include "comparison.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

// Student's own sleep data (Biometrika 6, 1908); the figures are those that textbooks and R print.
static const double first[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double second[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

Test(comparison, paired_agrees_with_published_figures) {
  struct comparison result = comparison_paired(first, second, 10, 0.95);
  assert_nearly(result.difference.value, 1.58, 1e-12);
  assert_nearly(result.statistic, 4.0621, 2e-5);
  assert_nearly(result.p_value, 0.002833, 2e-4);
  assert_nearly(result.difference.low, 0.7001142, 1e-6);
  assert_nearly(result.difference.high, 2.4598858, 1e-6);
  assert_nearly(result.correlation, 0.7951702, 1e-6);
  cr_assert_eq(result.freedom, 9);
  cr_assert(result.saving < 0.25);
}

Test(comparison, independent_agrees_with_published_figures) {
  struct comparison result = comparison_independent(first, 10, second, 10, 0.95);
  assert_nearly(result.statistic, 1.8608, 3e-5);
  assert_nearly(result.freedom, 17.776, 3e-5);
  assert_nearly(result.p_value, 0.07939, 1e-4);
  assert_nearly(result.difference.low, -0.2054832, 1e-6);
  assert_nearly(result.difference.high, 3.3654832, 1e-6);
  cr_assert(isnan(result.correlation));
}

Test(comparison, holm_agrees_with_published_figures) {
  const double p_values[] = {0.03, 0.01, NAN, 0.04, 0.02};
  double adjusted[5];
  comparison_holm(p_values, adjusted, 5);
  assert_nearly(adjusted[1], 0.04, 1e-12);
  assert_nearly(adjusted[4], 0.06, 1e-12);
  assert_nearly(adjusted[0], 0.06, 1e-12);
  assert_nearly(adjusted[3], 0.06, 1e-12);
  cr_assert(isnan(adjusted[2]));
  const double large[] = {0.9, 0.9, 0.0001};
  comparison_holm(large, adjusted, 3);
  cr_assert(adjusted[0] == 1 && adjusted[1] == 1);
  assert_nearly(adjusted[2], 0.0003, 1e-12);
}

// Five true hypotheses: at least one falsely rejected in at most 5% of families.
Test(comparison, holm_bounds_the_family) {
  enum { FAMILIES = 20000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int wrong = 0;
  for (int f = 0; f < FAMILIES; f++) {
    double p_values[5], adjusted[5];
    for (int i = 0; i < 5; i++) p_values[i] = gsl_rng_uniform(random);
    comparison_holm(p_values, adjusted, 5);
    bool any = false;
    for (int i = 0; i < 5; i++) any = any || adjusted[i] <= 0.05;
    wrong += any;
  }
  // Independent: exactly 1 - 0.99^5
  cr_assert(fabs(wrong / (double)FAMILIES - 0.04901) < 4 * sqrt(0.049 * 0.951 / FAMILIES), "%d", wrong);
  gsl_rng_free(random);
}

Test(comparison, common_luck_narrows_and_still_covers) {
  enum { RUNS = 10000, COUNT = 8 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0, welch = 0;
  double correlation = 0, saving = 0;
  for (int run = 0; run < RUNS; run++) {
    double a[COUNT], b[COUNT], c[5];
    for (int i = 0; i < COUNT; i++) {
      double luck = gsl_ran_gaussian(random, 5);
      a[i] = 10 + luck + gsl_ran_gaussian(random, 1);
      b[i] = 13 + luck + gsl_ran_gaussian(random, 1);
    }
    for (int i = 0; i < 5; i++) c[i] = 13 + gsl_ran_gaussian(random, 1);
    struct comparison pair = comparison_paired(a, b, COUNT, 0.9);
    covered += pair.difference.low <= 3 && 3 <= pair.difference.high;
    struct comparison apart = comparison_independent(a, COUNT, c, 5, 0.9);
    welch += apart.difference.low <= 3 && 3 <= apart.difference.high;
    correlation += pair.correlation / RUNS;
    saving += pair.saving / RUNS;
  }
  cr_assert(fabs(covered / (double)RUNS - 0.9) < 4 * sqrt(0.09 / RUNS), "%d", covered);
  // Variance 25 in common, 1 apart: correlation 25/26, saving 2/52.
  cr_assert(correlation > 0.94 && correlation < 25.0 / 26, "%g", correlation);
  cr_assert(saving > 2.0 / 52 && saving < 0.06, "%g", saving);
  cr_assert(fabs(welch / (double)RUNS - 0.9) < 0.01 + 4 * sqrt(0.09 / RUNS), "%d", welch);
  gsl_rng_free(random);
}

Test(comparison, degenerate_samples) {
  const double same[] = {2, 2, 2}, more[] = {3, 3, 3}, one = 1;
  struct comparison equal = comparison_paired(same, same, 3, 0.95);
  cr_assert(equal.p_value == 1 && equal.difference.low == 0 && equal.difference.has_interval);
  cr_assert_eq(equal.statistic, 0);
  struct comparison differ = comparison_paired(same, more, 3, 0.95);
  cr_assert(differ.p_value == 0 && differ.difference.low == 1 && differ.statistic == INFINITY);
  cr_assert_eq(comparison_paired(more, same, 3, 0.95).statistic, -INFINITY);
  cr_assert_eq(comparison_independent(same, 3, more, 3, 0.95).p_value, 0);
  struct comparison single = comparison_paired(&one, &one, 1, 0.95);
  cr_assert(!single.difference.has_interval && isnan(single.p_value) && single.freedom == 0);
  cr_assert_not(comparison_paired(NULL, NULL, 0, 0.95).difference.has_interval);
  struct estimate change = comparison_change(same, more, 3, 0.95);
  assert_nearly(change.value, 0.5, 1e-12);
  cr_assert(fabs(change.high - change.low) < 1e-12);
}
