#include "nearly.h"
#include "tally.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics.h>

// A spread of 3 ns on top of eleven days: sums of squares in doubles would keep no digit of it.
Test(tally, variance_survives_a_large_mean) {
  const int64_t offset = INT64_C(950400000000000);
  struct tally tally = {0};
  for (int i = 0; i < 1000; i++) tally_add(&tally, offset + i % 7);
  struct tally plain = {0};
  for (int i = 0; i < 1000; i++) tally_add(&plain, i % 7);
  cr_assert_eq(tally_variance(&tally), tally_variance(&plain));
  double small[1000];
  for (int i = 0; i < 1000; i++) small[i] = i % 7;
  assert_nearly(tally_variance(&plain), gsl_stats_variance(small, 1, 1000), 1e-12);
  assert_nearly(tally_mean(&tally) - (double)offset, tally_mean(&plain), 0.05);
  cr_assert_eq(tally.largest, offset + 6);
}

Test(tally, agrees_with_gsl_on_signed_values) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double values[3000];
  struct tally tally = {0};
  for (int i = 0; i < 3000; i++) {
    int64_t value = (int64_t)gsl_rng_uniform_int(random, 2000000000) - 700000000;
    values[i] = (double)value;
    tally_add(&tally, value);
    if (i == 0) cr_assert(isnan(tally_variance(&tally)));
    if (i > 0 && i % 97 == 0)
      assert_nearly(tally_variance(&tally), gsl_stats_variance(values, 1, (size_t)i + 1), 1e-12);
  }
  assert_nearly(tally_mean(&tally), gsl_stats_mean(values, 1, 3000), 1e-12);
  assert_nearly(tally_deviation(&tally), gsl_stats_sd(values, 1, 3000), 1e-12);
  gsl_rng_free(random);
}

Test(tally, merging_is_exact_in_any_order) {
  struct tally parts[3] = {{0}}, whole = {0};
  for (int64_t i = 0; i < 999; i++) {
    int64_t value = i * i * i * i * 98765;
    tally_add(&parts[i % 3], value);
    tally_add(&whole, value);
  }
  struct tally forward = {0}, backward = {0};
  for (int i = 0; i < 3; i++) {
    tally_merge(&forward, &parts[i]);
    tally_merge(&backward, &parts[2 - i]);
  }
  cr_assert(forward.squares == whole.squares && backward.squares == whole.squares);
  cr_assert(forward.sum == whole.sum && backward.sum == whole.sum);
  cr_assert_eq(forward.count, whole.count);
  cr_assert_eq(backward.largest, whole.largest);
}

// Squares that pass 128 bits: eight of the largest values and eight of 0 have variance m^2 / 4 * 16 / 15.
Test(tally, squares_may_pass_128_bits) {
  struct tally halves[2] = {{0}}, all = {0};
  for (int i = 0; i < 16; i++) {
    tally_add(&halves[i % 2], i < 8 ? INT64_MAX : 0);
    tally_add(&all, i < 8 ? INT64_MAX : 0);
  }
  tally_merge(&halves[0], &halves[1]);
  double m = (double)INT64_MAX;
  cr_assert(all.carry > 0 && halves[0].carry == all.carry && halves[0].squares == all.squares);
  assert_nearly(tally_variance(&all), m * m / 4 * 16 / 15, 1e-12);
  assert_nearly(tally_variance(&halves[0]), m * m / 4 * 16 / 15, 1e-12);
  struct tally empty = {0};
  cr_assert(isnan(tally_mean(&empty)));
}

Test(tally, what_is_taken_away_was_never_there) {
  struct tally all = {0}, first = {0}, second = {0};
  int64_t giant = INT64_C(1) << 62;
  for (int i = 0; i < 100; i++) {
    int64_t value = i % 3 == 0 ? giant - i : i * 1000;
    tally_add(&all, value);
    tally_add(i < 40 ? &first : &second, value);
  }
  cr_assert_gt(all.carry, first.carry);
  tally_subtract(&all, &first);
  cr_assert(all.sum == second.sum && all.squares == second.squares && all.carry == second.carry);
  cr_assert_eq(all.count, 60);
}
