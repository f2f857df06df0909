// How often every component is visited with every request, as the plan says: the traffic equations. For
// predictions, for the audit's laws, and to refuse circles that would never end.
#ifndef HEADROOM_DEMAND_H
#define HEADROOM_DEMAND_H

#include "plan.h"

// Visits by component and request: [component * request_count + request].
struct demand {
  const struct plan *plan;
  double *visits;     // per second at load 1, over all client groups whose rate is known
  double *one_group;  // the same for one request per second of each group's mix: for the check of circles
  const bool *writes; // whether it writes, there or further on
  bool rate_known;    // every group's rate is
};

// Follows all calls from the clients on. False, after an error was reported, when a circle of calls has a
// mean of one or more further calls, so that one request causes without end; or when memory runs out.
bool demand_solve(const struct plan *plan, struct field_context *context, struct demand *demand);

static inline double demand_visits(const struct demand *demand, const struct component *component,
                                   uint16_t request) {
  return demand->visits[(size_t)component->number * demand->plan->request_count + request];
}

// The mean rate of a group's requests per second at load 1, batches and sessions included; NAN where its
// users' waiting decides it.
double demand_group_rate(const struct client_group *group);

#endif
