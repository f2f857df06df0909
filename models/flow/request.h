// The way of a request from its client, in line.
#ifndef HEADROOM_REQUEST_H
#define HEADROOM_REQUEST_H

#include "client_account.h"
#include "rarely.h"
#include "strand_path.h"
#include "visit_path.h"

// Parts of request_send(): where policies ask for a call, where no instance can be reached, where the way to
// it is no plain one, and where the model does not say NEXT.
void request_by_call(struct sim *sim, const struct flow_request *request);
void request_to_nobody(struct sim *sim, const struct flow_request *request);
void request_travels(struct sim *sim, struct visit *visit, const struct network_end *from,
                     struct instance *target);
void request_follows(struct sim *sim, struct visit *visit, enum verdict verdict);

// The same, handed over in registers: else every request would be laid out in memory.
struct request_tag {
  uint32_t serial;
  uint32_t user;
  uint16_t request;
  uint16_t origin;
  bool measured;
};

static ASIDE void request_otherwise(struct sim *sim, const struct call_site *site,
                                    struct frame_reference caller, struct random_stream luck,
                                    struct request_tag tag) {
  struct flow_request request = {.site = site,
                                 .caller = caller,
                                 .luck = luck,
                                 .serial = tag.serial,
                                 .user = tag.user,
                                 .request = tag.request,
                                 .origin = tag.origin,
                                 .measured = tag.measured};
  if (site->policy != NULL) {
    request_by_call(sim, &request);
  } else {
    request_to_nobody(sim, &request);
  }
}

// Sends it off now. Its end is told by client_finished(), perhaps before this returns.
static IN_LINE void request_send(struct sim *sim, struct client_run *client, const struct call_site *site,
                                 struct frame_reference caller, struct random_stream luck,
                                 struct request_tag tag) {
  const struct network_end *from = &client->end;
  struct network_end own;
  if (__builtin_expect(client->group->region_count > 1, 0)) {
    own = client_end_of(client, tag.user);
    from = &own;
  }
  struct instance *target = NULL;
  if (__builtin_expect(site->policy == NULL, 1)) target = route_instance(sim, site->callee, from, NULL);
  if (__builtin_expect(target == NULL, 0)) {
    request_otherwise(sim, site, caller, luck, tag);
    return;
  }
  // The first attempt carries the request's own luck, here as where a call with policies stands between.
  struct visit *visit = visit_make(sim, caller, luck, tag.request, tag.origin);
  if (visit == NULL) return;
  visit->born = sim->engine.now;
  visit->serial = tag.serial;
  visit->user = tag.user;
  visit_frame(visit)->flags = FLAG_CLIENTS | (tag.measured ? FLAG_MEASURED : 0);
  bool there = !sim->journeys && instance_serves(target) && !target->model->forwards;
  if (__builtin_expect(!there, 0)) {
    request_travels(sim, visit, from, target);
    return;
  }
  visit->instance = target;
  visit_count_in(sim, visit);
  enum verdict verdict = target->open ? VERDICT_NEXT : target->model->enter(sim, visit);
  if (__builtin_expect(verdict == VERDICT_NEXT, 1)) {
    strand_begin(sim, visit, target);
  } else {
    request_follows(sim, visit, verdict);
  }
}

#endif
