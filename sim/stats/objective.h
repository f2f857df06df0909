// Judging a service level objective by an interval, not by a number.
#ifndef HEADROOM_OBJECTIVE_H
#define HEADROOM_OBJECTIVE_H

#include "estimate.h"

#include <stddef.h>

enum objective_verdict {
  OBJECTIVE_PASSED,
  OBJECTIVE_FAILED,
  OBJECTIVE_UNDECIDED // the interval contains the limit, or there is no interval
};

enum objective_sense {
  OBJECTIVE_AT_MOST,  // the estimate must be <= limit
  OBJECTIVE_BELOW,    // <
  OBJECTIVE_AT_LEAST, // >=
  OBJECTIVE_ABOVE     // >
};

// Passed or failed only when the whole interval lies on one side of `limit` (same unit as the estimate).
enum objective_verdict objective_judge(const struct estimate *estimate, enum objective_sense sense,
                                       double limit);

// The confidence at which each of `rules` >= 1 intervals must be taken so that all hold together with
// `confidence`: 1 - (1 - confidence) / rules (Bonferroni).
double objective_confidence(double confidence, size_t rules);

#endif
