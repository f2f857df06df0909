// The trace: requests with their visits, one JSON object a line, for looking at single requests and for
// checking times exactly. In a large run only every so many requests of a group are traced.
#ifndef HEADROOM_VISIT_TRACE_H
#define HEADROOM_VISIT_TRACE_H

#include "sim.h"
#include "visit.h"

enum visit_moment {
  TRACE_ENTER, // inside its instance
  TRACE_START, // its program begins: it has its worker
  TRACE_LEAVE  // it has left
};

enum { TRACE_REQUESTS_MOST = 10000 }; // of each group, about

struct visit_trace;

// A trace of a run to settings.trace; NULL when memory runs out.
struct visit_trace *visit_trace_open(struct sim *sim);

// Writes what has not ended and gives everything back. NULL is allowed.
void visit_trace_close(struct sim *sim);

// A client sends a request; it has ended for its client.
void visit_trace_sent(struct sim *sim, uint16_t origin, uint16_t request, uint32_t serial);
void visit_trace_ended(struct sim *sim, uint16_t origin, uint32_t serial, enum outcome outcome);

// `outcome` is looked at when the visit leaves.
void visit_trace_moment(struct sim *sim, const struct visit *visit, enum visit_moment moment,
                        enum outcome outcome);

#endif
