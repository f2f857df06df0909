#include "measures.h"

#include <string.h>

void request_measure_init(struct request_measure *measure, struct memory_budget *budget) {
  memset(measure, 0, sizeof *measure);
  histogram_init(&measure->latency_histogram, budget);
}

void request_measure_merge_counts(struct request_measure *into, const struct request_measure *other) {
  into->offered += other->offered;
  into->attempts += other->attempts;
  into->answered += other->answered;
  into->degraded += other->degraded;
  into->duplicates += other->duplicates;
  into->answers += other->answers;
  for (int i = 0; i < OUTCOMES; i++) into->failed[i] += other->failed[i];
  tally_merge(&into->latency, &other->latency);
}

bool request_measure_merge(struct request_measure *into, const struct request_measure *other) {
  request_measure_merge_counts(into, other);
  return histogram_merge(&into->latency_histogram, &other->latency_histogram);
}

void request_measure_subtract_counts(struct request_measure *from, const struct request_measure *other) {
  from->offered -= other->offered;
  from->attempts -= other->attempts;
  from->answered -= other->answered;
  from->degraded -= other->degraded;
  from->duplicates -= other->duplicates;
  from->answers -= other->answers;
  for (int i = 0; i < OUTCOMES; i++) from->failed[i] -= other->failed[i];
  tally_subtract(&from->latency, &other->latency);
}

void request_measure_subtract(struct request_measure *from, const struct request_measure *other) {
  request_measure_subtract_counts(from, other);
  histogram_subtract(&from->latency_histogram, &other->latency_histogram);
}

void request_measure_drop(struct request_measure *measure) {
  histogram_free(&measure->latency_histogram);
}

uint64_t request_measure_failed(const struct request_measure *measure) {
  uint64_t failed = 0;
  for (int i = 0; i < OUTCOMES; i++) failed += measure->failed[i];
  return failed;
}

void component_measure_merge(struct component_measure *into, const struct component_measure *other) {
  into->entered += other->entered;
  into->left += other->left;
  into->internal += other->internal;
  into->sojourn_sum += other->sojourn_sum;
  for (int i = 0; i < OUTCOMES; i++) into->outcomes[i] += other->outcomes[i];
  tally_merge(&into->sojourn, &other->sojourn);
  tally_merge(&into->wait, &other->wait);
  tally_merge(&into->service, &other->service);
  tally_merge(&into->residence, &other->residence);
  into->waited += other->waited;
  into->slowdown += other->slowdown;
  into->slowdown_count += other->slowdown_count;
  into->device_time += other->device_time;
  into->bytes_out += other->bytes_out;
  into->bytes_to_clients += other->bytes_to_clients;
  into->duplicates += other->duplicates;
}
