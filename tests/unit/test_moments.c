#include "moments.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_statistics.h>

Test(moments, agrees_with_gsl_and_merges) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double values[2000];
  struct moments whole = {0}, left = {0}, right = {0}, empty = {0};
  for (int i = 0; i < 2000; i++) {
    values[i] = 1e6 + gsl_ran_gaussian(random, 0.5);
    moments_add(&whole, values[i]);
    moments_add(i < 300 ? &left : &right, values[i]);
  }
  moments_merge(&left, &right);
  moments_merge(&left, &empty);
  moments_merge(&empty, &left);
  assert_nearly(moments_variance(&whole), gsl_stats_variance(values, 1, 2000), 1e-9);
  assert_nearly(moments_variance(&empty), gsl_stats_variance(values, 1, 2000), 1e-9);
  assert_nearly(moments_deviation(&whole), gsl_stats_sd(values, 1, 2000), 1e-9);
  assert_nearly(empty.mean, gsl_stats_mean(values, 1, 2000), 1e-14);
  cr_assert_eq(empty.count, 2000);
  cr_assert_eq(empty.smallest, gsl_stats_min(values, 1, 2000));
  cr_assert_eq(empty.largest, gsl_stats_max(values, 1, 2000));
  gsl_rng_free(random);
}
