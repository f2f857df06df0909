// What the components of a run cost, as it goes on: their machines and what they charge themselves.
//
// A machine is paid from the moment at which it is ordered until it is gone, whatever it does meanwhile:
// booting, serving, draining, failed. Those of a host are paid for the whole run, by the components that
// stand on it, in even parts: so the parts add up, and none depends on how much the others compute. A
// component's own price (`price`) for a time is for each of its instances.
#ifndef HEADROOM_COST_H
#define HEADROOM_COST_H

#include "price.h"

#include <stdbool.h>

struct sim;
struct plan;
struct component;
struct host;

// What a component has cost since the start of the run, in the currency of the plan's prices.
double cost_so_far(const struct sim *sim, const struct component *component);

// Whether anything of it has a price: its machines, itself, or (of what stands in a data center) the bytes
// that it sends to clients.
bool cost_is_known(const struct plan *plan, const struct component *component);

// Whether all of it has: its machines where it has any, itself where it is somebody else's service.
bool cost_is_complete(const struct component *component);

// What a host on which nothing stands costs an hour, all its machines together; others: 0.
double cost_of_idle_host(const struct plan *plan, const struct host *host);
double cost_of_idle_hosts(const struct plan *plan); // all of them

// Whether anything of a plan has a price.
bool cost_is_any_known(const struct plan *plan);

#endif
