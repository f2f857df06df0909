#include "batch.h"

#include "moments.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double independence_level = 0.1;

void batch_init(struct batch *batch) {
  *batch = (struct batch){.size = 1};
}

static void merge_pairs(struct batch *batch) {
  for (unsigned i = 0; i < BATCH_MOST / 2; i++) batch->sums[i] = batch->sums[2 * i] + batch->sums[2 * i + 1];
  batch->full = BATCH_MOST / 2;
  batch->size *= 2;
}

void batch_close(struct batch *batch) {
  batch->sums[batch->full++] = batch->partial;
  batch->partial = 0;
  batch->filled = 0;
  if (batch->full == BATCH_MOST) merge_pairs(batch);
}

struct batch_independence batch_test(const double *means, unsigned count) {
  struct moments moments = {0};
  double successive = 0;
  for (unsigned i = 0; i < count; i++) {
    moments_add(&moments, means[i]);
    if (i > 0) successive += (means[i] - means[i - 1]) * (means[i] - means[i - 1]);
  }
  if (!(moments.deviations > 0)) return (struct batch_independence){0, 0.5};
  double n = count;
  double statistic = sqrt((n * n - 1) / (n - 2)) * (1 - successive / (2 * moments.deviations));
  return (struct batch_independence){statistic, gsl_cdf_ugaussian_Q(statistic)};
}

struct estimate batch_estimate(const struct batch *batch, double confidence) {
  double means[BATCH_MOST];
  for (unsigned i = 0; i < batch->full; i++) means[i] = (double)batch->sums[i] / (double)batch->size;
  struct estimate estimate = estimate_mean(means, batch->full, confidence);
  estimate.method = "t over batch means of one run";
  if (batch->full >= BATCH_LEAST && batch_test(means, batch->full).p_value >= independence_level)
    return estimate;
  estimate.low = estimate.high = estimate.value;
  estimate.has_interval = false;
  estimate.method = batch->full < BATCH_LEAST ? "too short: fewer than 32 requests"
                                              : "too short: batch means are still correlated";
  return estimate;
}
