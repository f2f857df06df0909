// What theory says of a scenario before it runs: how often each component is visited, the load that this
// offers to its cores and workers, how long visits wait where a closed form is exact, what fills up first,
// and what a run will cost.
//
// Exact means: the assumptions of the law follow from the plan. Visits count as a Poisson stream where they
// come from Poisson clients through stations whose departures are Poisson again (Burke 1956; Muntz 1973:
// M/M/c, processor sharing and unlimited servers); where they can come back, product form remains (Jackson
// 1963; Baskett, Chandy, Muntz & Palacios 1975). Everything else is left open, and `why` says so.
#ifndef HEADROOM_PREDICT_H
#define HEADROOM_PREDICT_H

#include "prediction.h"

#include <stdbool.h>

struct arena;

// Speaks of `plan` under `load` times the rates and populations that are written in it: plan->run.load, or
// another factor. False when memory runs out. Lives in `arena`.
bool predict(struct prediction *prediction, const struct plan *plan, double load, struct arena *arena);

#endif
