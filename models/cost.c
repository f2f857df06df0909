#include "cost.h"

#include "sim.h"

static const double HOUR = 3600e9; // ns

// ---- What it has used -------------------------------------------------------------------------------------

// Since it was ordered.
static double life_of(const struct instance *instance, int64_t now) {
  return (double)((instance->gone >= 0 ? instance->gone : now) - instance->ordered);
}

static double machine_life(const struct machine *machine, int64_t now) {
  return (double)(machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0));
}

static double host_hours(const struct sim *sim, const struct host *host) {
  return (double)sim->engine.now / HOUR * (double)host->count / (double)host->components;
}

// What any service has used; its model may know better.
static struct price_use use_of(const struct sim *sim, const struct component *component) {
  struct price_use use = {0};
  const struct service *service = &sim->services[component->number];
  for (const struct instance *instance = service->first; instance != NULL; instance = instance->sibling)
    use.hours += life_of(instance, sim->engine.now) / HOUR;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    use.uses += (double)service->fleets[f].measure.entered;
    use.bytes_out += (double)service->fleets[f].measure.bytes_out;
  }
  if (component->model->used != NULL) component->model->used(sim, component, &use);
  return use;
}

// ---- Traffic ----------------------------------------------------------------------------------------------

// Who charges for bytes itself (a CDN) charges for those that it sends to clients, too.
static bool pays_traffic(const struct plan *plan, const struct component *component) {
  return plan->traffic_out.given && component->price.per_gb == 0;
}

// Edges stand outside of all data centers.
static double bytes_to_clients(const struct sim *sim, const struct component *component) {
  const struct service *service = &sim->services[component->number];
  double bytes = 0;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    const struct fleet *fleet = &service->fleets[f];
    if (!sim->plan->places[fleet->place].edge) bytes += (double)fleet->measure.bytes_to_clients;
  }
  return bytes;
}

// ---- Money ------------------------------------------------------------------------------------------------

static const struct machine_type *machines_of(const struct component *component) {
  return component->host != NULL ? component->host->type : component->machine;
}

static double price_of_machines(const struct plan *plan, const struct machine_type *type, double hours) {
  struct price_use use = {.hours = hours};
  return price_total(&plan->prices, &type->price, &use);
}

// In one place they may be others than elsewhere.
static double cost_of_machines(const struct sim *sim, const struct component *component) {
  const struct host *host = component->host;
  double money = 0;
  if (host != NULL) return price_of_machines(sim->plan, host->type, host_hours(sim, host));
  const struct instance *instance = sim->services[component->number].first;
  for (; instance != NULL; instance = instance->sibling) {
    const struct machine_type *type = instance->component->machine;
    if (type == NULL) continue;
    money += price_of_machines(sim->plan, type, machine_life(instance->machine, sim->engine.now) / HOUR);
  }
  return money;
}

static double cost_of_service(const struct sim *sim, const struct component *component) {
  if (!component->price.given) return 0;
  struct price_use use = use_of(sim, component);
  return price_total(&sim->plan->prices, &component->price, &use);
}

static double cost_of_traffic(const struct sim *sim, const struct component *component) {
  if (!pays_traffic(sim->plan, component)) return 0;
  struct price_use use = {.bytes_out = bytes_to_clients(sim, component)};
  return price_total(&sim->plan->prices, &sim->plan->traffic_out, &use);
}

double cost_so_far(const struct sim *sim, const struct component *component) {
  return cost_of_machines(sim, component) + cost_of_service(sim, component) + cost_of_traffic(sim, component);
}

// ---- What is known ----------------------------------------------------------------------------------------

static bool has_priced_machines(const struct component *component) {
  const struct machine_type *type = machines_of(component);
  return type != NULL && type->price.given;
}

bool cost_is_known(const struct plan *plan, const struct component *component) {
  for (uint16_t s = 0; s < component->share_count; s++) {
    const struct component *variant = component->shares[s].variant;
    if (variant != NULL && has_priced_machines(variant)) return true;
  }
  return has_priced_machines(component) || component->price.given || pays_traffic(plan, component);
}

static bool is_priced(const struct component *component) {
  return machines_of(component) != NULL ? has_priced_machines(component) : component->price.given;
}

bool cost_is_complete(const struct component *component) {
  for (uint16_t s = 0; s < component->share_count; s++) {
    const struct component *variant = component->shares[s].variant;
    if (variant != NULL && !is_priced(variant)) return false;
  }
  return is_priced(component);
}

double cost_of_idle_host(const struct plan *plan, const struct host *host) {
  if (host->components > 0 || !host->type->price.given) return 0;
  struct price_use use = {.hours = (double)host->count};
  return price_total(&plan->prices, &host->type->price, &use);
}

double cost_of_idle_hosts(const struct plan *plan) {
  double money = 0;
  for (uint16_t h = 0; h < plan->host_count; h++) money += cost_of_idle_host(plan, &plan->hosts[h]);
  return money;
}

bool cost_is_any_known(const struct plan *plan) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (cost_is_known(plan, &plan->components[c])) return true;
  }
  return cost_of_idle_hosts(plan) > 0;
}
