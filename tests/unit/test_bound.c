#include "bound.h"
#include "gm1.h"
#include "mg1.h"
#include "mmc.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

Test(bound, allen_cunneen_is_exact_where_it_should_be) {
  assert_nearly(bound_wait_allen_cunneen(160, 100, 2, 1, 1), mmc_wait_mean(160, 100, 2), 1e-12);
  assert_nearly(bound_wait_allen_cunneen(80, 100, 1, 1, 4), mg1_wait_mean(80, 0.01, 5e-4), 1e-12);
}

Test(bound, kingman_lies_above_exact_waits) {
  for (double load = 0.1; load < 1; load += 0.1) {
    struct gm1_deterministic regular = {1 / load};
    double exact = gm1_wait_mean(gm1_root(gm1_transform_deterministic, &regular, load, 1), 1);
    cr_assert(bound_wait_kingman(load, 0, 1, 1) > exact);
    cr_assert(bound_wait_kingman(load, 1 / load / load, 1, 1) > mmc_wait_mean(load, 1, 1));
  }
  // and is tight in heavy traffic
  assert_nearly(bound_wait_kingman(0.999, 1 / 0.999 / 0.999, 1, 1), mmc_wait_mean(0.999, 1, 1), 0.002);
}

// The mean of n sojourns in replication, started in steady state, by Lindley's recursion. The variance of
// 3,000 such means has a standard error of 2.6%; finite n takes off some 1%.
Test(bound, asymptotic_variance_is_what_a_simulation_shows) {
  enum { REPLICATIONS = 3000, REQUESTS = 4000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  gsl_rng_set(random, 20261122);
  double sum = 0, squares = 0;
  for (int r = 0; r < REPLICATIONS; r++) {
    double wait = gsl_rng_uniform(random) < 0.5 ? 0 : gsl_ran_exponential(random, 2);
    double mean = 0;
    for (int i = 0; i < REQUESTS; i++) {
      double sojourn = wait + gsl_ran_exponential(random, 1);
      mean += sojourn / REQUESTS;
      wait = fmax(0, sojourn - gsl_ran_exponential(random, 2));
    }
    sum += mean;
    squares += (mean - 2) * (mean - 2);
  }
  gsl_rng_free(random);
  assert_nearly(sum / REPLICATIONS, 2, 4 * 6 / sqrt((double)REPLICATIONS * REQUESTS) / 2);
  assert_nearly(squares / REPLICATIONS * REQUESTS, bound_mm1_asymptotic_variance(0.5, 1), 0.11);
}
