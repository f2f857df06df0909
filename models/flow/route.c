#include "route.h"

bool route_tried(const struct call *call, const struct instance *instance) {
  for (int i = 0; i < CALL_TRIED_MOST; i++) {
    if (call->tried[i] == instance->index + 1) return true;
  }
  return false;
}

static uint32_t healthy(const struct fleet *fleet) {
  return fleet->healthy_count;
}

int64_t route_distance(const struct sim *sim, const struct network_end *from, const struct fleet *fleet) {
  if (from->place == fleet->place) return -1;
  const struct place *place = &sim->plan->places[fleet->place];
  struct network_end to = {.region = place->region_number, .place = fleet->place};
  return network_delay(&sim->plan->network, from, &to);
}

struct fleet *route_fleet(struct sim *sim, const struct component *callee, const struct network_end *from,
                          uint32_t (*counts)(const struct fleet *fleet)) {
  struct service *service = &sim->services[callee->number];
  struct fleet *nearest = NULL;
  int64_t least = INT64_MAX;
  for (uint16_t i = 0; i < service->fleet_count; i++) {
    struct fleet *fleet = &service->fleets[i];
    if (counts(fleet) == 0) continue;
    int64_t far = service->fleet_count == 1 ? 0 : route_distance(sim, from, fleet);
    if (nearest == NULL || far < least) {
      nearest = fleet;
      least = far;
    }
  }
  return nearest;
}

uint32_t route_deployed(const struct fleet *fleet) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < fleet->listed_count; i++) count += fleet->listed[i]->life != LIFE_ORDERED;
  return count;
}

struct instance *route_within(struct fleet *fleet) {
  if (fleet->healthy_count > 0) return route_next(fleet);
  if (route_deployed(fleet) == 0) return NULL;
  do {
    if (++fleet->cursor >= fleet->listed_count) fleet->cursor = 0;
  } while (fleet->listed[fleet->cursor]->life == LIFE_ORDERED);
  return fleet->listed[fleet->cursor];
}

struct instance *route_instance_slowly(struct sim *sim, const struct component *callee,
                                       const struct network_end *from, const struct call *call) {
  struct fleet *fleet = route_fleet(sim, callee, from, healthy);
  if (fleet == NULL) fleet = route_fleet(sim, callee, from, route_deployed);
  if (fleet == NULL) return NULL;
  if (fleet->healthy_count == 0) return route_within(fleet);
  if (call == NULL || call->made <= 1) return route_next(fleet);
  for (uint32_t i = 0; i < fleet->healthy_count; i++) {
    struct instance *instance = route_next(fleet);
    if (!route_tried(call, instance)) return instance;
  }
  return route_next(fleet);
}
