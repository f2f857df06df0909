#include "batch.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

// The batches are exactly the consecutive stretches that they claim to be, whatever the length.
Test(batch, sums_are_those_of_consecutive_stretches) {
  for (int64_t count = 1; count < 3000; count += 41) {
    struct batch batch;
    batch_init(&batch);
    for (int64_t i = 0; i < count; i++) batch_add(&batch, i * i);
    cr_assert_eq(batch.full * batch.size + batch.filled, (uint64_t)count);
    if (count >= BATCH_LEAST) cr_assert(batch.full >= BATCH_LEAST && batch.full < BATCH_MOST);
    int64_t next = 0;
    for (unsigned b = 0; b < batch.full; b++) {
      int128 sum = 0;
      for (uint64_t i = 0; i < batch.size; i++, next++) sum += next * next;
      cr_assert(batch.sums[b] == sum);
    }
  }
}

// Over independent normal samples the statistic is nearly standard normal: mean 0 +- 4/sqrt(20000), variance
// 1
// +- 4 sqrt(2/20000).
Test(batch, von_neumann_statistic_is_standard_normal) {
  enum { SAMPLES = 20000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double sum = 0, squares = 0;
  int rejected = 0;
  for (int s = 0; s < SAMPLES; s++) {
    double means[BATCH_LEAST];
    for (int i = 0; i < BATCH_LEAST; i++) means[i] = 5 + gsl_ran_gaussian(random, 1);
    struct batch_independence test = batch_test(means, BATCH_LEAST);
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

// M/M/1 at 0.5: 60,000 requests are plenty, mean sojourn 2; at 0.99: 1,000 are not.
Test(batch, covers_the_mean_of_a_queue_and_says_when_it_is_too_short) {
  enum { RUNS = 300 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int covered = 0, intervals = 0, refused = 0;
  for (int run = 0; run < RUNS; run++) {
    struct batch batch;
    double wait = 0;
    batch_init(&batch);
    for (int i = 0; i < 60000; i++) batch_add(&batch, (int64_t)(1e6 * sojourn_of(random, 0.5, &wait)));
    struct estimate estimate = batch_estimate(&batch, 0.95);
    intervals += estimate.has_interval;
    covered += estimate.has_interval && estimate.low <= 2e6 && 2e6 <= estimate.high;
    batch_init(&batch);
    wait = 0;
    for (int i = 0; i < 1000; i++) batch_add(&batch, (int64_t)(1e6 * sojourn_of(random, 0.99, &wait)));
    refused += !batch_estimate(&batch, 0.95).has_interval;
  }
  cr_assert(intervals > 0.8 * RUNS, "%d intervals", intervals);
  cr_assert(fabs(covered / (double)intervals - 0.95) < 4 * sqrt(0.95 * 0.05 / intervals), "%d of %d", covered,
            intervals);
  cr_assert(refused > 0.99 * RUNS, "%d refused", refused);
  gsl_rng_free(random);
}

Test(batch, constant_and_short_runs) {
  struct batch batch;
  batch_init(&batch);
  cr_assert(isnan(batch_estimate(&batch, 0.95).value));
  for (int i = 0; i < 31; i++) batch_add(&batch, 12);
  struct estimate estimate = batch_estimate(&batch, 0.95);
  cr_assert_not(estimate.has_interval);
  cr_assert_eq(estimate.value, 12);
  for (int i = 0; i < 1000; i++) batch_add(&batch, 12);
  estimate = batch_estimate(&batch, 0.95);
  cr_assert(estimate.has_interval && estimate.low == 12 && estimate.high == 12);
}
