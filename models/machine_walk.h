// The machines that a component stands on.
#ifndef HEADROOM_MACHINE_WALK_H
#define HEADROOM_MACHINE_WALK_H

#include "sim.h"

// The machines of a component, one by one: those of its host, or each of its instances' own.
struct machine_walk {
  const struct fleet *fleet;       // whose machines alone; NULL: all
  const struct instance *instance; // whose machine is next
  struct machine *const *next;     // of the host's
  struct machine *const *end;
};

// `fleet` NULL: of all fleets.
static inline struct machine_walk machine_walk(const struct sim *sim, const struct component *component,
                                               const struct fleet *fleet) {
  const struct host *host = component->host;
  if (host == NULL)
    return (struct machine_walk){.fleet = fleet, .instance = sim->services[component->number].first};
  struct machine *const *first = &sim->host_machines[sim->host_first[host - sim->plan->hosts]];
  return (struct machine_walk){.fleet = fleet, .next = first, .end = first + host->count};
}

// NULL: there is none left.
static inline const struct machine *machine_walk_next(struct machine_walk *walk) {
  for (; walk->next != walk->end; walk->next++) {
    if (walk->fleet == NULL || (*walk->next)->place == walk->fleet->place) return *walk->next++;
  }
  while (walk->instance != NULL) {
    const struct instance *instance = walk->instance;
    walk->instance = instance->sibling;
    if (walk->fleet == NULL || instance->fleet == walk->fleet) return instance->machine;
  }
  return NULL;
}

#endif
