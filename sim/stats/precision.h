// When to stop adding replications.
#ifndef HEADROOM_PRECISION_H
#define HEADROOM_PRECISION_H

#include "estimate.h"

#include <stdbool.h>
#include <stddef.h>

enum { PRECISION_LEAST = 10 }; // replications before the first look

// The number of replications at which to look next when `done` are finished: 10, then times 1.4 rounded up,
// at most `most`; 0 when `done` >= `most` and there is nothing more to look at. Few and growing looks keep
// the coverage: every look is another chance to stop too early (Singham & Schruben 2012).
size_t precision_next(size_t done, size_t most);

// Whether the interval is narrow enough for a relative error of at most `gamma` (> 0): half width at most
// gamma / (1 + gamma) of the estimate (Law, Simulation Modeling and Analysis, 9.4). A value of 0 with a width
// of 0 is reached.
bool precision_reached(const struct estimate *estimate, double gamma);

// The relative error that the interval does guarantee: the smallest gamma that precision_reached() would
// accept; INFINITY when there is none.
double precision_attained(const struct estimate *estimate);

#endif
