// Machines over a run: cores, disk, network interface and memory, which all instances that stand on one
// share.
#ifndef HEADROOM_MACHINE_H
#define HEADROOM_MACHINE_H

#include "nic.h"
#include "sim.h"

// One more machine, numbered in sim->machines. NULL when memory runs out.
struct machine *machine_add(struct sim *sim, const struct machine_type *type, uint16_t place, uint16_t zone);
void machine_drop(struct sim *sim, struct machine *machine);

// Its cores have the speed that its type, its slowness, its memory and the pauses of its instances make.
// Where all instances are paused, its disk and its interface stand still, too; slowness is of the cores
// alone.
void machine_set_speed(struct sim *sim, struct machine *machine);

// Sets the factor on its speed (1: as built).
void machine_slow(struct sim *sim, struct machine *machine, double factor);

// An instance holds `bytes` more of its machine's memory (less, where they are negative). Beyond the memory
// the machine swaps; beyond the swap, too, its largest process ends at this instant and restarts
// (memory_pressure.h, machine_failure.h).
void machine_hold_memory(struct sim *sim, struct instance *instance, int64_t bytes);

// Its process has ended: what it held is free.
void machine_free_memory(struct sim *sim, struct instance *instance);

// Where its type has an mtbf: it fails after an exponential time with that mean, as a machine that hangs
// (what it held in memory is lost, and it is silent), is repaired after one with the mean mttr, and so on.
// Named after its host or its component, so that its luck is nobody else's. False when memory runs out.
bool machine_await_failure(struct sim *sim, struct machine *machine);
bool machine_await_repair(struct sim *sim, struct machine *machine);

static inline struct machine *machine_at(const struct sim *sim, uint32_t number) {
  return sim->machines[number];
}

static inline struct station *machine_station(struct machine *machine, enum machine_resource resource) {
  return resource == MACHINE_CORES ? &machine->cores : &machine->nic->ways[resource - MACHINE_OUT];
}

#endif
