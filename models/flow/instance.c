#include "instance.h"

#include "control.h"
#include "flow.h"
#include "journey.h"
#include "machine.h"
#include "metric_book.h"

#include <string.h>

// ---- Fleets ----

// Both arrays lie in one block, so that neither is ever larger than `room` says.
static bool fleet_room(struct sim *sim, struct fleet *fleet) {
  if (fleet->listed_count < fleet->room) return true;
  uint32_t wider = fleet->room == 0 ? 8 : fleet->room * 2;
  struct instance **block = memory_take(&sim->budget, 2 * (size_t)wider * sizeof *block);
  if (block == NULL) return false;
  if (fleet->room > 0) {
    memcpy(block, fleet->listed, fleet->listed_count * sizeof *block);
    memcpy(block + wider, fleet->healthy, fleet->healthy_count * sizeof *block);
  }
  memory_give(&sim->budget, fleet->listed, 2 * (size_t)fleet->room * sizeof *block);
  fleet->listed = block;
  fleet->healthy = block + wider;
  fleet->room = wider;
  return true;
}

// The order stays. Searched from the end: what is scaled down goes from there.
static void list_remove(struct instance **list, uint32_t *count, const struct instance *instance) {
  for (uint32_t i = *count; i-- > 0;) {
    if (list[i] != instance) continue;
    memmove(&list[i], &list[i + 1], (*count - i - 1) * sizeof *list);
    --*count;
    return;
  }
}

static void begin_serving(struct sim *sim, struct instance *instance) {
  struct fleet *fleet = instance->fleet;
  instance->life = LIFE_SERVING;
  instance->silent = false;
  fleet->healthy[fleet->healthy_count++] = instance;
  level_up(&fleet->serving_level, sim->engine.now);
}

static void stop_serving(struct sim *sim, struct instance *instance) {
  struct fleet *fleet = instance->fleet;
  list_remove(fleet->healthy, &fleet->healthy_count, instance);
  if (fleet->healthy_count == 0) fleet->broken = sim->engine.now + 1;
  level_down(&fleet->serving_level, sim->engine.now);
}

static bool start_model(struct sim *sim, struct instance *instance) {
  if (instance->model->volatile_size > 0) memset(instance->volatile_state, 0, instance->model->volatile_size);
  return instance->model->start == NULL || instance->model->start(sim, instance);
}

static struct machine *machine_for(struct sim *sim, const struct component *component, uint32_t number,
                                   uint16_t place, uint16_t zone) {
  const struct host *host = component->host;
  if (host != NULL) {
    return sim->host_machines[sim->host_first[host - sim->plan->hosts] + number % (uint32_t)host->count];
  }
  const struct machine_type *type = component->machine != NULL ? component->machine : &machine_unlimited;
  struct machine *machine = machine_add(sim, type, place, zone);
  if (machine == NULL) return NULL;
  machine->component = component->number;
  machine->identity = (uint64_t)place << 32 | number;
  return machine_await_failure(sim, machine) ? machine : NULL;
}

// What a place overrides does not change while it runs.
static const void *parameters_of(const struct sim *sim, const struct component *component) {
  const struct service *service = &sim->services[component->number];
  return service->component == component ? service->parameters : component->parameters;
}

static bool fill_instance(struct sim *sim, struct instance *instance, struct fleet *fleet) {
  const struct component *component = fleet->component;
  const struct model *model = component->model;
  const struct place *place = &sim->plan->places[fleet->place];
  uint16_t zone = (uint16_t)(fleet->next_number % place->zones);
  *instance = (struct instance){.model = model,
                                .component = component,
                                .parameters = parameters_of(sim, component),
                                .fleet = fleet,
                                .life = LIFE_ORDERED,
                                .ordered = sim->engine.now,
                                .gone = -1,
                                .number = fleet->next_number,
                                .index = sim->instance_count};
  instance->machine = machine_for(sim, component, fleet->next_number, fleet->place, zone);
  instance->volatile_state = arena_take(&sim->arena, model->volatile_size);
  instance->durable_state = arena_take(&sim->arena, model->durable_size);
  if (instance->machine == NULL || instance->volatile_state == NULL || instance->durable_state == NULL)
    return false;
  metric_prepare_instance(sim, instance);
  instance->machine->instances++;
  machine_set_speed(sim, instance->machine);
  instance->end = (struct network_end){.region = place->region_number,
                                       .place = model->everywhere ? NETWORK_EVERYWHERE : fleet->place,
                                       .zone = instance->machine->zone,
                                       .machine = instance->machine};
  return true;
}

static void add_sibling(struct service *service, struct instance *instance) {
  if (service->last == NULL) {
    service->first = instance;
  } else {
    service->last->sibling = instance;
  }
  service->last = instance;
}

// One more instance in a fleet: it serves once its machine has booted (at once when `now` is true). NULL when
// memory runs out.
static struct instance *add_instance(struct sim *sim, struct fleet *fleet, bool now) {
  void *array = sim->instances;
  if (!memory_room(&sim->budget, &array, sim->instance_count, &sim->instance_room, sizeof *sim->instances))
    return NULL;
  sim->instances = array;
  struct instance *instance = arena_take(&sim->arena, sizeof *instance);
  if (instance == NULL || !fleet_room(sim, fleet) || !fill_instance(sim, instance, fleet)) return NULL;
  fleet->next_number++;
  sim->instances[sim->instance_count++] = instance;
  add_sibling(&sim->services[instance->component->number], instance);
  fleet->listed[fleet->listed_count++] = instance;
  sim->view_version++;
  if (now) {
    instance_booted(sim, instance);
    return instance;
  }
  struct random_stream stream = random_split(sim_stream(sim, fleet->component->name, "boot"),
                                             (uint64_t)fleet->place << 32 | instance->number);
  const struct machine_type *type = instance->machine->type;
  int64_t boot = distribution_sample(&type->boot, &stream) + distribution_sample(&type->warm, &stream);
  return control_after(sim, boot, CONTROL_BOOTED, instance->index) ? instance : NULL;
}

void instance_booted(struct sim *sim, struct instance *instance) {
  if (instance->life != LIFE_ORDERED) return;
  begin_serving(sim, instance);
  sim->view_version++;
  start_model(sim, instance);
  if (instance->machine->down) instance_hang(sim, instance);
}

void instance_gone(struct sim *sim, struct instance *instance) {
  instance->life = LIFE_GONE;
  instance->gone = sim->engine.now;
  instance->machine->instances--;
  machine_set_speed(sim, instance->machine);
  instance->lives++;
  if (instance->model->stop != NULL) instance->model->stop(sim, instance, STOP_REMOVED);
  machine_free_memory(sim, instance);
  if (instance->component->host == NULL) {
    instance->machine->alive += sim->engine.now - instance->machine->alive_since;
    instance->machine->alive_since = -1;
  }
}

static void drain(struct sim *sim, struct instance *instance) {
  if (instance->life == LIFE_PAUSED) instance_recover(sim, instance);
  struct fleet *fleet = instance->fleet;
  bool serving = instance->life == LIFE_SERVING;
  list_remove(fleet->listed, &fleet->listed_count, instance);
  sim->view_version++;
  if (serving) stop_serving(sim, instance);
  instance->life = LIFE_DRAINING;
  if (instance->inside == 0) instance_gone(sim, instance);
}

void instance_scale(struct sim *sim, struct fleet *fleet, int64_t count) {
  while (fleet->listed_count > count) drain(sim, fleet->listed[fleet->listed_count - 1]);
  while (fleet->listed_count < count) {
    if (add_instance(sim, fleet, false) == NULL) return;
  }
}

// ---- Failures ----

// Nobody notices a pause: it goes on being sent to. A machine stands still when all its instances do; a pause
// of some of them leaves their jobs that are at its cores to finish.
static void pause(struct sim *sim, struct instance *instance) {
  instance->life = LIFE_PAUSED;
  instance->machine->paused++;
  machine_set_speed(sim, instance->machine);
}

static void resume(struct sim *sim, struct instance *instance) {
  instance->life = LIFE_SERVING;
  instance->machine->paused--;
  machine_set_speed(sim, instance->machine);
  flow_unpark(sim, instance);
}

void instance_fail(struct sim *sim, struct instance *instance, enum failure_mode mode) {
  if (mode != FAILURE_PAUSE && instance->life == LIFE_PAUSED) resume(sim, instance);
  if (mode != FAILURE_PAUSE && instance->life == LIFE_DRAINING) {
    if (mode == FAILURE_HANG) journey_silence(sim, instance);
    flow_kill_all(sim, instance, mode == FAILURE_HANG); // it is gone with its last visit
    return;
  }
  if (instance->life != LIFE_SERVING) return;
  if (mode == FAILURE_PAUSE) {
    pause(sim, instance);
    return;
  }
  stop_serving(sim, instance);
  instance->life = LIFE_FAILED;
  instance->silent = mode == FAILURE_HANG;
  instance->lives++;
  if (instance->model->stop != NULL) instance->model->stop(sim, instance, STOP_CRASH);
  if (instance->silent) journey_silence(sim, instance);
  flow_kill_all(sim, instance, instance->silent);
  machine_free_memory(sim, instance);
}

void instance_recover(struct sim *sim, struct instance *instance) {
  if (instance->life == LIFE_PAUSED) {
    resume(sim, instance);
  } else if (instance->life == LIFE_FAILED) {
    begin_serving(sim, instance);
    if (!start_model(sim, instance)) return;
    if (instance->model->recover != NULL) instance->model->recover(sim, instance);
  }
}

void instance_relent(struct sim *sim, struct instance *instance) {
  if (instance->failures > 0 && --instance->failures == 0) instance_recover(sim, instance);
}

// ---- The start ----

void instance_hang(struct sim *sim, struct instance *instance) {
  instance->failures++;
  instance_fail(sim, instance, FAILURE_HANG);
}

static bool build_hosts(struct sim *sim) {
  const struct plan *plan = sim->plan;
  uint32_t machines = 0;
  sim->host_first = arena_array(&sim->arena, plan->host_count, sizeof *sim->host_first);
  if (sim->host_first == NULL) return false;
  for (uint16_t h = 0; h < plan->host_count; h++) {
    sim->host_first[h] = machines;
    machines += (uint32_t)plan->hosts[h].count;
  }
  sim->host_machines = arena_array(&sim->arena, machines, sizeof(struct machine *));
  if (sim->host_machines == NULL) return false;
  for (uint16_t h = 0; h < plan->host_count; h++) {
    const struct host *host = &plan->hosts[h];
    for (int64_t i = 0; i < host->count; i++) {
      uint16_t zone = (uint16_t)(i % plan->places[host->place].zones);
      struct machine *machine = machine_add(sim, host->type, host->place, zone);
      if (machine == NULL) return false;
      machine->host = host;
      machine->identity = (uint64_t)i;
      if (!machine_await_failure(sim, machine)) return false;
      sim->host_machines[sim->host_first[h] + (uint32_t)i] = machine;
    }
  }
  return true;
}

static bool build_service(struct sim *sim, struct service *service, const struct component *component) {
  service->component = component;
  service->parameters = component->parameters;
  service->messages = sim_stream(sim, component->name, "messages");
  service->fleets = arena_array(&sim->arena, component->share_count, sizeof *service->fleets);
  if (service->fleets == NULL) return false;
  service->fleet_count = component->share_count;
  for (uint16_t i = 0; i < component->share_count; i++) {
    struct fleet *fleet = &service->fleets[i];
    const struct component *variant = component->shares[i].variant;
    fleet->component = variant != NULL ? variant : component;
    fleet->place = component->shares[i].place;
    histogram_init(&fleet->measure.sojourn_histogram, &sim->budget);
    histogram_init(&fleet->measure.wait_histogram, &sim->budget);
  }
  return true;
}

bool instance_deploy_all(struct sim *sim) {
  const struct plan *plan = sim->plan;
  sim->services = arena_array(&sim->arena, plan->component_count, sizeof *sim->services);
  if (sim->services == NULL || !build_hosts(sim)) return false;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (!build_service(sim, &sim->services[c], &plan->components[c])) return false;
  }
  for (uint16_t c = 0; c < plan->component_count; c++) {
    for (uint16_t i = 0; i < sim->services[c].fleet_count; i++) {
      for (int64_t n = 0; n < plan->components[c].shares[i].count; n++) {
        if (add_instance(sim, &sim->services[c].fleets[i], true) == NULL) return false;
      }
    }
  }
  return true;
}

void instance_drop_all(struct sim *sim) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (sim->instances[i]->model->drop != NULL) sim->instances[i]->model->drop(sim, sim->instances[i]);
  }
  for (uint32_t i = 0; i < sim->machine_count; i++) machine_drop(sim, sim->machines[i]);
  for (uint16_t c = 0; sim->services != NULL && c < sim->plan->component_count; c++) {
    for (uint16_t i = 0; i < sim->services[c].fleet_count; i++) {
      struct fleet *fleet = &sim->services[c].fleets[i];
      histogram_free(&fleet->measure.sojourn_histogram);
      histogram_free(&fleet->measure.wait_histogram);
      memory_give(&sim->budget, fleet->listed, 2 * (size_t)fleet->room * sizeof *fleet->listed);
    }
  }
  memory_give(&sim->budget, sim->machines, sim->machine_room * sizeof *sim->machines);
  memory_give(&sim->budget, sim->instances, sim->instance_room * sizeof *sim->instances);
}
