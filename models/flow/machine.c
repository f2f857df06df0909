#include "machine.h"

#include "control.h"
#include "flow.h"
#include "ziggurat.h"

#include <math.h>

// Its disk and its network interface, where its type limits them.
static bool add_devices(struct sim *sim, struct machine *machine) {
  const struct machine_type *type = machine->type;
  if (type->disk != NULL) {
    machine->disk = arena_take(&sim->arena, sizeof *machine->disk);
    if (machine->disk == NULL) return false;
    disk_init(machine->disk, &sim->engine, type->disk);
  }
  if (!isfinite(type->nic)) return true;
  machine->nic = arena_take(&sim->arena, sizeof *machine->nic);
  return machine->nic != NULL &&
         nic_init(machine->nic, &sim->engine, type->nic, FRAME_STATION, machine->number, MACHINE_OUT);
}

struct machine *machine_add(struct sim *sim, const struct machine_type *type, uint16_t place, uint16_t zone) {
  void *array = sim->machines;
  if (!memory_room(&sim->budget, &array, sim->machine_count, &sim->machine_room, sizeof *sim->machines))
    return NULL;
  sim->machines = array;
  struct machine *machine = arena_take(&sim->arena, sizeof *machine);
  if (machine == NULL) return NULL;
  *machine = (struct machine){.type = type,
                              .slow = 1,
                              .number = sim->machine_count,
                              .place = place,
                              .zone = zone,
                              .component = UINT16_MAX,
                              .alive_since = sim->engine.now};
  memory_pressure_init(&machine->memory, type->memory);
  if (!station_init(&machine->cores, &sim->engine, type->discipline, type->cores, type->speed,
                    FRAME_STATION)) {
    return NULL;
  }
  if (machine->cores.timer != NULL) machine->cores.timer->link = machine->number;
  machine->cores.started = flow_started;
  sim->machines[sim->machine_count++] = machine;
  return add_devices(sim, machine) ? machine : NULL;
}

void machine_drop(struct sim *sim, struct machine *machine) {
  station_drop(&machine->cores, &sim->engine);
  if (machine->disk != NULL) disk_drop(machine->disk, &sim->engine);
  if (machine->nic != NULL) nic_drop(machine->nic, &sim->engine);
}

// ---- Speed ----

static void freeze(struct sim *sim, struct machine *machine, bool frozen) {
  if (frozen == machine->frozen) return;
  machine->frozen = frozen;
  double factor = frozen ? 0 : 1;
  if (machine->disk != NULL) disk_set_speed(machine->disk, &sim->engine, factor);
  if (machine->nic != NULL) nic_set_speed(machine->nic, &sim->engine, factor);
}

void machine_set_speed(struct sim *sim, struct machine *machine) {
  bool frozen = machine->paused > 0 && machine->paused == machine->instances;
  freeze(sim, machine, frozen);
  double speed = machine->type->speed * machine->slow * memory_pressure_speed(&machine->memory);
  if (frozen) speed = 0;
  if (speed != machine->cores.speed) station_set_speed(&machine->cores, &sim->engine, speed);
}

void machine_slow(struct sim *sim, struct machine *machine, double factor) {
  machine->slow = factor;
  machine_set_speed(sim, machine);
}

// ---- Memory ----

void machine_hold_memory(struct sim *sim, struct instance *instance, int64_t bytes) {
  struct machine *machine = instance->machine;
  int64_t now = sim->engine.now;
  bool swapped = memory_pressure_swaps(&machine->memory);
  if (bytes >= 0) {
    memory_pressure_take(&machine->memory, &instance->memory, bytes, now);
  } else {
    memory_pressure_give(&machine->memory, &instance->memory, -bytes, now);
  }
  if (swapped || memory_pressure_swaps(&machine->memory)) machine_set_speed(sim, machine);
  if (!memory_pressure_exceeded(&machine->memory) || machine->relieving) return;
  machine->relieving = true; // not here: the process may be in the midst of a step
  control_after(sim, 0, CONTROL_MEMORY, machine->number);
}

void machine_free_memory(struct sim *sim, struct instance *instance) {
  if (instance->memory == 0) return;
  memory_pressure_end(&instance->machine->memory, &instance->memory, sim->engine.now);
  machine_set_speed(sim, instance->machine);
}

// ---- Failures of its own ----

static const char *name_of(const struct sim *sim, const struct machine *machine) {
  return machine->host != NULL ? machine->host->name : sim->plan->components[machine->component].name;
}

// Draws with a stream of its own, so that its failures are the same whatever else happens.
static bool arm_failure(struct sim *sim, struct machine *machine, double mean, enum control control) {
  struct random_stream stream = sim_stream(sim, name_of(sim, machine), "failures");
  stream = random_split(random_split(stream, machine->identity), ++machine->draws);
  return control_after(sim, distribution_round(mean * ziggurat_exponential(&stream)), control,
                       machine->number);
}

bool machine_await_failure(struct sim *sim, struct machine *machine) {
  if (machine->type->mtbf == MACHINE_NEVER) return true;
  return arm_failure(sim, machine, (double)machine->type->mtbf, CONTROL_MACHINE_FAILS);
}

bool machine_await_repair(struct sim *sim, struct machine *machine) {
  return arm_failure(sim, machine, (double)machine->type->mttr, CONTROL_MACHINE_REPAIRED);
}
