// Which instance a call goes to.
#ifndef HEADROOM_ROUTE_H
#define HEADROOM_ROUTE_H

#include "sim.h"
#include "visit.h"

// The next healthy instance of a component, round robin, in the caller's place, else in the nearest that has
// one; those that `call` (NULL: none) has tried are avoided while another is left. Where nobody is healthy, a
// dead one, which refuses or is silent. NULL: none is deployed.
struct instance *route_instance_slowly(struct sim *sim, const struct component *callee,
                                       const struct network_end *from, const struct call *call);

static inline struct instance *route_next(struct fleet *fleet) {
  if (fleet->healthy_count == 1) return fleet->healthy[0]; // most textbook models
  if (++fleet->cursor >= fleet->healthy_count) fleet->cursor = 0;
  return fleet->healthy[fleet->cursor];
}

static inline struct instance *route_instance(struct sim *sim, const struct component *callee,
                                              const struct network_end *from, const struct call *call) {
  struct service *service = &sim->services[callee->number];
  if (service->fleet_count == 1 && (call == NULL || call->made <= 1) && service->fleets->healthy_count > 0) {
    return route_next(service->fleets);
  }
  return route_instance_slowly(sim, callee, from, call);
}

// The one instance of a component that has no other, whether it serves or is dead; NULL: there is something
// to choose, or nobody yet.
static inline struct instance *route_sole(const struct sim *sim, const struct component *callee) {
  const struct service *service = &sim->services[callee->number];
  if (service->fleet_count != 1 || service->fleets->listed_count != 1) return NULL;
  struct instance *instance = service->fleets->listed[0];
  return instance->life == LIFE_ORDERED ? NULL : instance;
}

// The next of a fleet that is healthy, else a dead one; NULL: none is deployed.
struct instance *route_within(struct fleet *fleet);

// The same for a visit that is made already: a model that chooses looks at what it is about.
static inline struct instance *route_visit(struct sim *sim, struct visit *visit,
                                           const struct component *callee, const struct network_end *from,
                                           const struct call *call) {
  if (callee->model->route != NULL) return callee->model->route(sim, visit, callee, from, call);
  return route_instance(sim, callee, from, call);
}

// Whether the call has tried the instance.
bool route_tried(const struct call *call, const struct instance *instance);

// Instances of a fleet that have ever served: what is still booting is no target, what is dead is.
uint32_t route_deployed(const struct fleet *fleet);

// How far a fleet is from callers at `from`, one way, ns; -1: in the same place.
int64_t route_distance(const struct sim *sim, const struct network_end *from, const struct fleet *fleet);

// The fleet that serves callers at `from`: the nearest of those for which `counts` says yes.
struct fleet *route_fleet(struct sim *sim, const struct component *callee, const struct network_end *from,
                          uint32_t (*counts)(const struct fleet *fleet));

#endif
