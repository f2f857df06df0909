#include "way.h"

static uint16_t add(struct sim *sim, struct way way) {
  void *array = sim->ways;
  if (sim->way_count == UINT16_MAX) sim->budget.exhausted = true;
  if (sim->budget.exhausted ||
      !memory_room(&sim->budget, &array, sim->way_count, &sim->way_room, sizeof *sim->ways))
    return WAY_STRAIGHT;
  sim->ways = array;
  sim->ways[sim->way_count] = way;
  return (uint16_t)++sim->way_count;
}

uint16_t way_through(struct sim *sim, uint16_t before, struct instance *instance) {
  uint16_t number = instance->ways;
  while (number != WAY_STRAIGHT && way_of(sim, number)->before != before) number = way_of(sim, number)->next;
  if (number != WAY_STRAIGHT) return number;
  number = add(sim, (struct way){.through = instance, .before = before, .next = instance->ways});
  if (number != WAY_STRAIGHT) instance->ways = number;
  return number;
}

void way_drop(struct sim *sim) {
  memory_give(&sim->budget, sim->ways, sim->way_room * sizeof *sim->ways);
}
