// The trace: each request with its path and times, one JSON object a line.
#ifndef HEADROOM_VISIT_TRACE_H
#define HEADROOM_VISIT_TRACE_H

#include "sim.h"
#include "visit.h"

enum trace_moment { TRACE_ENTER, TRACE_LEAVE };

// Writes a visit when it leaves (settings.trace is not NULL): where it was, when it entered and left, how
// long it waited and was served. Times are simulated seconds.
void trace_visit(struct sim *sim, const struct visit *visit, enum trace_moment moment);

#endif
