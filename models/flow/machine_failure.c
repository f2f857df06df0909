#include "machine_failure.h"

#include "control.h"
#include "instance.h"
#include "machine.h"

// ---- Memory ----

static struct instance *largest_process(const struct sim *sim, const struct machine *machine) {
  struct instance *largest = NULL;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    struct instance *instance = sim->instances[i];
    if (instance->machine != machine || instance->memory == 0) continue;
    if (largest == NULL || instance->memory > largest->memory) largest = instance;
  }
  return largest;
}

// What drains ends for good.
static void kill(struct sim *sim, struct instance *victim) {
  bool restarts = victim->life != LIFE_DRAINING;
  victim->failures += restarts;
  instance_fail(sim, victim, FAILURE_RESET);
  if (restarts) control_after(sim, MEMORY_RESTART_TIME, CONTROL_RESTARTED, victim->index);
}

void machine_relieve(struct sim *sim, struct machine *machine) {
  machine->relieving = false;
  while (memory_pressure_exceeded(&machine->memory)) {
    struct instance *victim = largest_process(sim, machine);
    if (victim == NULL) return;
    machine->memory_kills++;
    kill(sim, victim);
  }
}

// ---- Failures of its own ----

void machine_fail(struct sim *sim, struct machine *machine) {
  if (machine->alive_since < 0) return; // nobody has it any more
  machine->down = true;
  machine->failures++;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    struct instance *instance = sim->instances[i];
    if (instance->machine == machine && instance->life != LIFE_ORDERED && instance->life != LIFE_GONE)
      instance_hang(sim, instance);
  }
  machine_await_repair(sim, machine);
}

void machine_repair(struct sim *sim, struct machine *machine) {
  machine->down = false;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    if (sim->instances[i]->machine == machine) instance_relent(sim, sim->instances[i]);
  }
  machine_await_failure(sim, machine);
}
