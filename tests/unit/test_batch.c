#include "batch.h"
#include "nearly.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { BATCHES = 32 };

// Over independent normal samples the statistic is nearly standard normal: mean 0 +- 4/sqrt(20000), variance
// 1
// +- 4 sqrt(2/20000).
Test(batch, von_neumann_statistic_is_standard_normal) {
  enum { SAMPLES = 20000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double sum = 0, squares = 0;
  int rejected = 0;
  for (int s = 0; s < SAMPLES; s++) {
    double means[BATCHES];
    for (int i = 0; i < BATCHES; i++) means[i] = 5 + gsl_ran_gaussian(random, 1);
    struct batch_independence test = batch_test(means, BATCHES);
    sum += test.statistic;
    squares += test.statistic * test.statistic;
    rejected += test.p_value < 0.1;
  }
  cr_assert(fabs(sum / SAMPLES) < 4 / sqrt(SAMPLES));
  cr_assert(fabs(squares / SAMPLES - 1) < 4 * sqrt(2.0 / SAMPLES));
  cr_assert(fabs(rejected / (double)SAMPLES - 0.1) < 4 * sqrt(0.09 / SAMPLES));
  gsl_rng_free(random);
}

static double sojourn_of(gsl_rng *random, double load, double *wait) {
  double sojourn = *wait + gsl_ran_exponential(random, 1);
  *wait = fmax(0, sojourn - gsl_ran_exponential(random, 1 / load));
  return sojourn;
}

// The mean sojourn of that many requests of M/M/1, in services, and its interval from 32 batches.
static struct estimate queue_interval(gsl_rng *random, double load, int requests) {
  double own[BATCHES], mean = 0, wait = 0;
  for (int b = 0; b < BATCHES; b++) {
    double sum = 0;
    for (int i = 0; i < requests / BATCHES; i++) sum += sojourn_of(random, load, &wait);
    own[b] = sum / (requests / BATCHES);
    mean += own[b] / BATCHES;
  }
  return batch_interval(mean, own, BATCHES, 0.95);
}

// M/M/1 at 0.5: 60,000 requests are plenty, mean sojourn 2; at 0.99: 1,000 are not.
Test(batch, covers_the_mean_of_a_queue_and_says_when_it_is_too_short) {
  enum { RUNS = 300 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0, intervals = 0, refused = 0;
  for (int run = 0; run < RUNS; run++) {
    struct estimate estimate = queue_interval(random, 0.5, 60000);
    intervals += estimate.has_interval;
    covered += estimate.has_interval && estimate.low <= 2 && 2 <= estimate.high;
    refused += !queue_interval(random, 0.99, 1000).has_interval;
  }
  cr_assert(intervals > 0.8 * RUNS, "%d intervals", intervals);
  cr_assert(fabs(covered / (double)intervals - 0.95) < 4 * sqrt(0.95 * 0.05 / intervals), "%d of %d", covered,
            intervals);
  cr_assert(refused > 0.98 * RUNS, "%d refused", refused);
  gsl_rng_free(random);
}

// 32 values in the order of a walk that leaves no correlation of neighbours: a lag-one sum of products below
// zero.
static void alternate(double *own, double left, double right) {
  for (int i = 0; i < 32; i++) own[i] = i % 2 == 0 ? 10 - left - i * 1e-3 : 10 + right + i * 1e-3;
}

Test(batch, an_interval_is_students_where_nothing_is_skewed_or_correlated) {
  double own[32];
  alternate(own, 1, 1);
  double mean = 0, squares = 0;
  for (int i = 0; i < 32; i++) mean += own[i] / 32;
  for (int i = 0; i < 32; i++) squares += (own[i] - mean) * (own[i] - mean);
  struct estimate estimate = batch_interval(mean, own, 32, 0.95);
  double half = gsl_cdf_tdist_Pinv(0.975, 31) * sqrt(squares / 31 / 32);
  cr_assert(estimate.has_interval);
  cr_assert(fabs(estimate.high - mean - half) < 1e-3 * half, "%g %g", estimate.high - mean, half);
  cr_assert(fabs(mean - estimate.low - half) < 1e-3 * half);
  // About another centre the spread is larger by the square of the distance.
  estimate = batch_interval(mean + 1, own, 32, 0.95);
  half = gsl_cdf_tdist_Pinv(0.975, 31) * sqrt((squares + 32) / 31 / 32);
  cr_assert(fabs(estimate.high - mean - 1 - half) < 1e-3 * half);
}

Test(batch, an_interval_leans_to_the_side_of_the_skewness) {
  double own[32];
  for (int i = 0; i < 32; i++) own[i] = i % 8 == 3 ? 8 : 1 + (i % 2) * 0.01; // a few far above the others
  struct estimate estimate = batch_interval(15.0 / 8, own, 32, 0.95);
  cr_assert(estimate.has_interval);
  cr_assert_gt(estimate.high - estimate.value, 1.1 * (estimate.value - estimate.low));
  for (int i = 0; i < 32; i++) own[i] = -own[i];
  struct estimate mirrored = batch_interval(-15.0 / 8, own, 32, 0.95);
  cr_assert(fabs(mirrored.low + estimate.high) < 1e-9 && fabs(mirrored.high + estimate.low) < 1e-9);
}

Test(batch, what_correlation_remains_makes_an_interval_wider) {
  // Neighbours in pairs of ++--, with a lag-one correlation of about 1/31 and no skewness.
  double own[32];
  for (int i = 0; i < 32; i++) own[i] = (i / 2) % 2 == 0 ? 1 : -1;
  double products = 0;
  for (int i = 1; i < 32; i++) products += own[i] * own[i - 1];
  double r = products / 32;
  cr_assert_gt(r, 0.02);
  struct estimate estimate = batch_interval(0, own, 32, 0.95);
  double half = gsl_cdf_tdist_Pinv(0.975, 31) * sqrt(1.0 / 31 * (1 + r) / (1 - r));
  cr_assert(estimate.has_interval);
  cr_assert(fabs(estimate.high - half) < 1e-9, "%g %g", estimate.high, half);
}

Test(batch, no_interval_of_rising_or_infinite_batches) {
  double own[32];
  for (int i = 0; i < 32; i++) own[i] = i;
  cr_assert_not(batch_interval(15.5, own, 32, 0.95).has_interval);
  alternate(own, 1, 1);
  own[7] = INFINITY;
  cr_assert_not(batch_interval(10, own, 32, 0.95).has_interval);
}

// On the scale of logarithms: the interval of the values' powers is that of the values, raised to that power.
static struct estimate of_spread(double value, const double *own, const double *lengths, double excess) {
  struct batch_values values = {own, lengths, 8, excess};
  return batch_interval_of_spread(value, &values, 0.95);
}

// Neighbours here are not alike, so nothing is added.
static const double uneven[] = {1.1, 0.9, 1.3, 0.8, 1.0, 1.2, 0.7, 1.05};

Test(batch, spreads_are_judged_by_their_reciprocals) {
  double reciprocals[8], mirrored[8], squares = 0;
  for (int i = 0; i < 8; i++) {
    reciprocals[i] = 1 / uneven[i];
    mirrored[i] = uneven[i] - 1; // not all above 0
    squares += (uneven[i] - 1) * (uneven[i] - 1);
  }
  // Student's t with 2 / (2/7 + 1/8) degrees of freedom, or with 7.
  for (int excess = 0; excess < 2; excess++) {
    double half = gsl_cdf_tdist_Pinv(0.975, 2 / (2.0 / 7 + excess / 8.0)) * sqrt(squares / 7 / 8);
    struct estimate estimate = of_spread(1, reciprocals, NULL, excess);
    cr_assert(estimate.has_interval);
    cr_assert_float_eq(1 / estimate.low, 1 + half, 1e-9);
    cr_assert_float_eq(1 / estimate.high, 1 - half, 1e-9);
    struct estimate shifted = of_spread(0, mirrored, NULL, excess);
    cr_assert_float_eq(shifted.high, half, 1e-9);
    cr_assert_float_eq(shifted.low, -half, 1e-9);
  }
  static const double rising[] = {1, 2, 3, 4, 5, 6, 7, 8};
  cr_assert(!of_spread(4, rising, NULL, 1).has_interval);
}

Test(batch, spreads_that_are_wide_are_judged_by_their_ratios) {
  double own[8], cubes[8];
  for (int i = 0; i < 8; i++) {
    own[i] = pow(uneven[i], 4);
    cubes[i] = pow(uneven[i], 12);
  }
  struct estimate plain = of_spread(1, own, NULL, 1), cubed = of_spread(1, cubes, NULL, 1);
  cr_assert(plain.has_interval && cubed.has_interval);
  cr_assert_gt(plain.high, 1.5);
  cr_assert_float_eq(log(cubed.high), 3 * log(plain.high), 1e-9);
  cr_assert_float_eq(log(cubed.low), 3 * log(plain.low), 1e-9);
}

// The mean of the squared standard errors that it finds for means of independent draws, in batches of two
// lengths.
static double mean_error(gsl_rng *random, double even, double odd) {
  enum { RUNS = 6000 };
  double lengths[8], own[8], squares = 0;
  for (int run = 0; run < RUNS;) {
    double total = 0, sum = 0;
    for (int b = 0; b < 8; b++) {
      lengths[b] = b % 2 == 0 ? even : odd;
      own[b] = gsl_ran_gaussian(random, 1 / sqrt(lengths[b])) - 100; // below 0: on the scale as it is
      total += lengths[b];
      sum += own[b] * lengths[b];
    }
    struct estimate estimate = of_spread(sum / total, own, lengths, 0);
    if (!estimate.has_interval) continue;
    double error = (estimate.high - estimate.low) / 2 / gsl_cdf_tdist_Pinv(0.975, 7);
    squares += error * error / RUNS;
    run++;
  }
  return squares;
}

// The same number of draws in all: the same error, with batches of 1 and 3 as with those of 2. If all batches
// counted alike it would be a third larger. The chance of 12,000 variances of eight values is about 1%.
Test(batch, unequal_lengths_make_no_interval_wider) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double equal = mean_error(random, 2, 2), unequal = mean_error(random, 1, 3);
  gsl_rng_free(random);
  cr_expect_float_eq(unequal / equal, 1, 0.06);
}
