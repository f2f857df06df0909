#include "histogram.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

static int compare(const void *left, const void *right) {
  int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

// The order statistic that the q-quantile of a sorted array is, in whole numbers: q = per mille / 1000.
static int64_t sorted_quantile(const int64_t *values, uint64_t count, uint64_t per_mille) {
  uint64_t rank = (count * per_mille + 999) / 1000;
  return values[rank == 0 ? 0 : rank - 1];
}

enum { COUNT = 20000 };

static void fill(int64_t *values, double scale, double spread, unsigned long seed) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(random, seed);
  for (int i = 0; i < COUNT; i++) values[i] = (int64_t)gsl_ran_lognormal(random, log(scale), spread);
  gsl_rng_free(random);
}

static void check_against_sorted(int64_t *values) {
  struct memory_budget budget;
  struct histogram histogram;
  memory_budget_init(&budget);
  histogram_init(&histogram, &budget);
  for (int i = 0; i < COUNT; i++) histogram_record(&histogram, values[i]);
  qsort(values, COUNT, sizeof *values, compare);
  cr_assert_eq(histogram_count(&histogram), COUNT);
  for (uint64_t per_mille = 0; per_mille <= 1000; per_mille++) {
    double want = (double)sorted_quantile(values, COUNT, per_mille);
    double got = histogram_quantile(&histogram, (double)per_mille / 1000, 0);
    cr_assert(fabs(got - want) <= want / 128, "quantile %g: %g instead of %g", (double)per_mille / 1000, got,
              want);
    if (want < 256) cr_assert_eq(got, want);
  }
  cr_assert_eq(histogram_bytes(&histogram), sizeof histogram + budget.used);
  histogram_free(&histogram);
  cr_assert_eq(budget.used, 0);
}

Test(histogram, quantiles_are_within_a_128th_of_the_sorted_sample) {
  int64_t *values = malloc(COUNT * sizeof *values);
  const double scales[] = {30, 300, 5e4, 1e7, 3e12};
  for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
    fill(values, scales[i], 0.3, 11 + i);
    check_against_sorted(values);
    fill(values, scales[i], 2, 77 + i);
    check_against_sorted(values);
  }
  free(values);
}

// Every value lies in its own bin, bins are contiguous, and none is wider than 1/128 of where it begins.
Test(histogram, bins_tile_the_whole_range) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int64_t expected = 0;
  struct histogram histogram;
  histogram_init(&histogram, &budget);
  for (;;) {
    struct histogram_bin bin;
    unsigned cursor = 0;
    histogram_record(&histogram, expected);
    cr_assert(histogram_next(&histogram, &cursor, &bin));
    cr_assert_eq(bin.lower, expected);
    cr_assert_eq(bin.count, 1);
    cr_assert(bin.upper == bin.lower || (bin.upper - bin.lower) <= bin.lower / 128);
    histogram_clear(&histogram);
    int64_t within = bin.lower + (int64_t)(gsl_rng_uniform(random) * (double)(bin.upper - bin.lower));
    histogram_record(&histogram, within);
    histogram_record(&histogram, bin.upper);
    struct histogram_bin again;
    cursor = 0;
    cr_assert(histogram_next(&histogram, &cursor, &again));
    cr_assert_eq(again.count, 2);
    cr_assert_eq(again.lower, bin.lower);
    cr_assert_not(histogram_next(&histogram, &cursor, &again));
    histogram_clear(&histogram);
    if (bin.upper == INT64_MAX) break;
    expected = bin.upper + 1;
  }
  histogram_free(&histogram);
  gsl_rng_free(random);
}

Test(histogram, failed_requests_are_infinitely_slow) {
  struct memory_budget budget;
  struct histogram histogram;
  memory_budget_init(&budget);
  histogram_init(&histogram, &budget);
  cr_assert(isnan(histogram_quantile(&histogram, 0.5, 0)));
  cr_assert(isinf(histogram_quantile(&histogram, 0.5, 1)));
  for (int64_t value = 1; value <= 90; value++) histogram_record(&histogram, value);
  cr_assert_eq(histogram_quantile(&histogram, 0.5, 10), 50);
  cr_assert_eq(histogram_quantile(&histogram, 0.9, 10), 90);
  cr_assert(isinf(histogram_quantile(&histogram, 0.91, 10)));
  cr_assert_eq(histogram_quantile(&histogram, 0.07, 10), 7); // 0.07 * 100 is above 7 in binary
  cr_assert_eq(histogram_quantile(&histogram, 1, 0), 90);
  cr_assert_eq(histogram_quantile(&histogram, 0, 0), 1);
  cr_assert_eq(histogram_above(&histogram, 80), 10);
  cr_assert_eq(histogram_above(&histogram, 0), 90);
  cr_assert_eq(histogram_above(&histogram, INT64_MAX), 0);
  histogram_free(&histogram);
}

Test(histogram, counts_above_agree_with_the_sorted_sample) {
  int64_t *values = malloc(COUNT * sizeof *values);
  struct memory_budget budget;
  struct histogram histogram;
  memory_budget_init(&budget);
  histogram_init(&histogram, &budget);
  fill(values, 1e6, 1, 5);
  for (int i = 0; i < COUNT; i++) histogram_record(&histogram, values[i]);
  for (int64_t at = 1000; at < 100000000; at += at / 7) {
    double want = 0, near = 0;
    for (int i = 0; i < COUNT; i++) {
      want += values[i] > at;
      near += fabs((double)(values[i] - at)) <= (double)at / 128;
    }
    cr_assert(fabs(histogram_above(&histogram, at) - want) <= near);
  }
  histogram_free(&histogram);
  free(values);
}

Test(histogram, merging_is_recording_together) {
  int64_t *values = malloc(COUNT * sizeof *values);
  struct memory_budget budget;
  struct histogram parts[2], whole;
  memory_budget_init(&budget);
  histogram_init(&parts[0], &budget);
  histogram_init(&parts[1], &budget);
  histogram_init(&whole, &budget);
  fill(values, 1e5, 3, 9);
  for (int i = 0; i < COUNT; i++) {
    histogram_record(&parts[values[i] > 200000], values[i]);
    histogram_record(&whole, values[i]);
  }
  cr_assert(histogram_merge(&parts[0], &parts[1]));
  struct histogram_bin a, b;
  unsigned cursor_a = 0, cursor_b = 0;
  while (histogram_next(&whole, &cursor_a, &a)) {
    cr_assert(histogram_next(&parts[0], &cursor_b, &b));
    cr_assert(a.lower == b.lower && a.upper == b.upper && a.count == b.count);
  }
  cr_assert_not(histogram_next(&parts[0], &cursor_b, &b));
  histogram_free(&parts[0]);
  histogram_free(&parts[1]);
  histogram_free(&whole);
  cr_assert_eq(budget.used, 0);
  free(values);
}

Test(histogram, survives_refused_memory) {
  struct memory_budget budget, plenty;
  struct histogram histogram, other;
  memory_budget_init(&budget);
  memory_budget_init(&plenty);
  budget.fail_at = 2;
  histogram_init(&histogram, &budget);
  histogram_init(&other, &plenty);
  histogram_record(&histogram, 10);
  histogram_record(&histogram, 1000);
  cr_assert(budget.exhausted);
  cr_assert_eq(histogram.missed, 1);
  cr_assert_eq(histogram_count(&histogram), 1);
  for (int i = 0; i < 5; i++) histogram_record(&other, 5000);
  budget.fail_at = budget.requests + 1;
  cr_assert_not(histogram_merge(&histogram, &other));
  cr_assert_eq(histogram.missed, 6);
  histogram_free(&histogram);
  histogram_free(&other);
}

// A negative duration is an error elsewhere; it must not write outside.
Test(histogram, negative_values_stay_inside) {
  struct memory_budget budget;
  struct histogram histogram;
  memory_budget_init(&budget);
  histogram_init(&histogram, &budget);
  histogram_record(&histogram, -1);
  histogram_record(&histogram, INT64_MIN);
  cr_assert_eq(histogram_count(&histogram), 2);
  histogram_free(&histogram);
}

Test(histogram, what_is_taken_away_was_never_there) {
  struct memory_budget budget;
  struct histogram all, before, after;
  memory_budget_init(&budget);
  histogram_init(&all, &budget);
  histogram_init(&before, &budget);
  histogram_init(&after, &budget);
  for (int64_t value = 1; value < 1000000; value += value / 7 + 1) {
    histogram_record_times(&before, value, 3);
    histogram_record(&after, value * 5);
  }
  cr_assert(histogram_merge(&all, &before) && histogram_merge(&all, &after));
  histogram_subtract(&all, &before);
  cr_assert_eq(histogram_count(&all), histogram_count(&after));
  for (int i = 1; i < 20; i++)
    cr_assert_eq(histogram_quantile(&all, i / 20.0, 0), histogram_quantile(&after, i / 20.0, 0));
  histogram_free(&all);
  histogram_free(&before);
  histogram_free(&after);
  cr_assert_eq(budget.used, 0);
}
