// Estimates from one long run, by batches of its slices.
//
// 32 batches for means, rates and shares; 16 for percentiles, whose batches must be long enough to have their
// own; 8 for those with less than 5% beyond them and for deviations; half as many where von Neumann's test
// finds neighbours still alike or a batch has too few samples. What fails then, too, is too short and has no
// interval. The interval is that of N-Skart, batch_interval(), or batch_interval_of_spread().
#ifndef HEADROOM_BATCHES_H
#define HEADROOM_BATCHES_H

#include "estimate.h"
#include "figure.h"
#include "part.h"
#include "replication.h"
#include "slices.h"

// Adds up the measures (client c's request r at c * plan->request_count + r) of one client group, or of all
// but attackers (SCOPE_ALL), and of one request or all. False when memory runs out.
bool batches_gather(struct request_measure *into, const struct plan *plan,
                    const struct request_measure *measures, int client, int request);

// Whether a run has slices that tell these apart.
bool batches_possible(const struct replication *kept, int client, int request);

// The interval about `value`, the figure of the whole run.
struct estimate batches_estimate(const struct slices *slices, int client, int request, struct figure figure,
                                 double value, double confidence);

// The same of what a component reports. What is known of the whole alone has none.
struct estimate batches_estimate_part(const struct slices *slices, uint16_t component, struct part part,
                                      double value, double confidence);

// The same of any ratio of sums, of which `fraction` says what one slice adds to either side.
typedef void batches_fraction(const struct slices *slices, unsigned slice, double seconds, double *top,
                              double *bottom, const void *context);
struct estimate batches_estimate_ratio(const struct slices *slices, batches_fraction *fraction,
                                       const void *context, double value, double confidence);

#endif
