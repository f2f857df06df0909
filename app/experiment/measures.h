// Sums of what requests and components have measured.
#ifndef HEADROOM_MEASURES_H
#define HEADROOM_MEASURES_H

#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

// Starts one at zero with its bins in `budget`; adds another, or all of it but the histogram; gives the bins
// back.
void request_measure_init(struct request_measure *measure, struct memory_budget *budget);
bool request_measure_merge(struct request_measure *into, const struct request_measure *other);
void request_measure_merge_counts(struct request_measure *into, const struct request_measure *other);
void request_measure_drop(struct request_measure *measure);

// Takes away an earlier state of it. The largest latency stays.
void request_measure_subtract(struct request_measure *from, const struct request_measure *other);
void request_measure_subtract_counts(struct request_measure *from, const struct request_measure *other);

// Adds all but levels and histograms.
void component_measure_merge(struct component_measure *into, const struct component_measure *other);

// Requests that ended without an answer.
uint64_t request_measure_failed(const struct request_measure *measure);

#endif
