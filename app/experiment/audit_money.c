// What a run has cost, added up by what is paid for: the other side of what models/cost.h says of components.
// There machines are paid by their own accounts and hosts in parts, here by the lives of those who stand on
// them and whole; there services by what came in, here by what is inside or has left.
#include "audit.h"

#include "sim.h"

static const double hour = 3600e9; // ns

static double lived(const struct instance *instance, int64_t now) {
  return (double)((instance->life == LIFE_GONE ? instance->gone : now) - instance->ordered) / hour;
}

static double of_own_machines(const struct sim *sim) {
  double money = 0;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    const struct machine_type *type = instance->component->machine;
    if (instance->component->host != NULL || type == NULL) continue;
    struct price_use use = {.hours = lived(instance, sim->engine.now)};
    money += price_total(&sim->plan->prices, &type->price, &use);
  }
  return money;
}

static double of_hosts(const struct sim *sim) {
  double money = 0;
  for (uint32_t m = 0; m < sim->machine_count; m++) {
    const struct host *host = sim->machines[m]->host;
    if (host == NULL || host->components == 0) continue;
    struct price_use use = {.hours = (double)sim->engine.now / hour};
    money += price_total(&sim->plan->prices, &host->type->price, &use);
  }
  return money;
}

// Whoever stands on a host has no account of its own there.
static double there_for(const struct instance *instance, int64_t now) {
  const struct machine *machine = instance->machine;
  if (machine->host != NULL) return lived(instance, now);
  return (double)(machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0)) / hour;
}

static double of_service(const struct sim *sim, const struct service *service) {
  const struct component *component = service->component;
  struct price_use use = {0};
  for (const struct instance *instance = service->first; instance != NULL; instance = instance->sibling)
    use.hours += there_for(instance, sim->engine.now);
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    const struct component_measure *measure = &service->fleets[f].measure;
    use.uses += (double)measure->left + (double)measure->inside.inside;
    use.bytes_out += (double)measure->bytes_out;
  }
  if (component->model->used != NULL) component->model->used(sim, component, &use);
  return price_total(&sim->plan->prices, &component->price, &use);
}

// What leaves data centers for clients, of those who do not charge for bytes themselves.
static double of_traffic(const struct sim *sim) {
  struct price_use use = {0};
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    const struct service *service = &sim->services[c];
    for (uint16_t f = 0; f < service->fleet_count && service->component->price.per_gb == 0; f++) {
      const struct fleet *fleet = &service->fleets[f];
      if (!sim->plan->places[fleet->place].edge) use.bytes_out += (double)fleet->measure.bytes_to_clients;
    }
  }
  return price_total(&sim->plan->prices, &sim->plan->traffic_out, &use);
}

double audit_money(const struct sim *sim) {
  double money = of_own_machines(sim) + of_hosts(sim) + of_traffic(sim);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) money += of_service(sim, &sim->services[c]);
  return money;
}
