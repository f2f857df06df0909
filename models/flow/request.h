// The way of a request from its client, in line.
#ifndef HEADROOM_REQUEST_H
#define HEADROOM_REQUEST_H

#include "client_account.h"
#include "rarely.h"
#include "strand_path.h"
#include "visit_path.h"

// Parts of request_send(): where policies ask for a call, and where no instance can be reached.
void request_by_call(struct sim *sim, const struct flow_request *request);
void request_to_nobody(struct sim *sim, const struct flow_request *request);

// The same of a copy, which is made only here: else every request would be laid out in memory.
static ASIDE void request_otherwise(struct sim *sim, struct flow_request request) {
  if (request.site->policy != NULL) {
    request_by_call(sim, &request);
  } else {
    request_to_nobody(sim, &request);
  }
}

// Sends it off now. Its end is told by client_finished(), perhaps before this returns.
static IN_LINE void request_send(struct sim *sim, struct client_run *client, struct flow_request request) {
  if (__builtin_expect(request.site->policy != NULL, 0)) {
    request_otherwise(sim, request);
    return;
  }
  const struct network_end *from = &client->end;
  struct network_end own;
  if (__builtin_expect(client->group->region_count > 1, 0)) {
    own = client_end_of(client, request.user);
    from = &own;
  }
  client_attempted(sim, client, request.request, request.measured);
  struct instance *target = route_instance(sim, request.site->callee, from, NULL);
  if (__builtin_expect(target == NULL, 0)) {
    request_otherwise(sim, request);
    return;
  }
  // The first attempt carries the request's own luck, here as where a call with policies stands between.
  struct visit *visit = visit_make(sim, request.caller, request.luck, request.request, request.origin);
  if (visit == NULL) return;
  visit->born = sim->engine.now;
  visit->serial = request.serial;
  visit->user = request.user;
  visit_frame(visit)->flags = FLAG_CLIENTS | (request.measured ? FLAG_MEASURED : 0);
  struct strand *strand = visit_send(sim, visit, from, target);
  if (strand != NULL) strand_go(sim, strand);
}

#endif
