#include "memory_pressure.h"

#include "assertion.h"

void memory_pressure_init(struct memory_pressure *pressure, int64_t size) {
  *pressure = (struct memory_pressure){.size = size, .limit = size};
  double limit = (double)size * (1 + MEMORY_SWAP_SHARE);
  if (size < MEMORY_UNLIMITED && limit < (double)INT64_MAX) pressure->limit = (int64_t)limit;
}

void memory_pressure_take(struct memory_pressure *pressure, int64_t *held, int64_t bytes, int64_t now) {
  DEBUG_ASSERT(bytes >= 0, "less than no memory is taken");
  level_change(&pressure->used, bytes, now);
  if (held != NULL) *held += bytes;
}

void memory_pressure_give(struct memory_pressure *pressure, int64_t *held, int64_t bytes, int64_t now) {
  DEBUG_ASSERT(bytes >= 0 && bytes <= pressure->used.inside, "more memory is given back than was taken");
  level_change(&pressure->used, -bytes, now);
  if (held == NULL) return;
  DEBUG_ASSERT(bytes <= *held, "a process gives back more than it holds");
  *held -= bytes;
}

void memory_pressure_end(struct memory_pressure *pressure, int64_t *held, int64_t now) {
  memory_pressure_give(pressure, held, *held, now);
}

double memory_pressure_speed(const struct memory_pressure *pressure) {
  if (!memory_pressure_swaps(pressure)) return 1;
  double used = (double)pressure->used.inside;
  return 1 / (1 + MEMORY_SWAP_COST * (used - (double)pressure->size) / used);
}

int128 memory_pressure_area(const struct memory_pressure *pressure, int64_t now) {
  return level_area(&pressure->used, now);
}

double memory_pressure_utilization(const struct memory_pressure *pressure, int128 from, int128 until,
                                   int64_t span) {
  if (pressure->size == MEMORY_UNLIMITED) return 0;
  return level_mean(until - from, span) / (double)pressure->size;
}
