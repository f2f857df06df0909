#include "way.h"

#include "visit.h"

// So many are kept for ever: looking for those that nobody goes by any more means to look at all frames.
enum { WAYS_KEPT = 4096 };

// ---- Those that nobody goes by any more -------------------------------------------------------------------

// An answer goes all its hops when it sets out, and has no use for its way from then on.
static void mark_taken(const struct sim *sim, bool *taken) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct visit *visit = slab_at(&sim->engine.frames, index);
    if (visit->strand.job.frame.kind != FRAME_VISIT) continue;
    for (uint16_t way = visit->way; way != WAY_STRAIGHT && !taken[way]; way = way_of(sim, way)->before)
      taken[way] = true;
  }
}

// How many there were.
static uint32_t free_others(struct sim *sim, const bool *taken) {
  uint32_t freed = 0;
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    uint16_t *link = &sim->instances[i]->ways;
    while (*link != WAY_STRAIGHT) {
      uint16_t number = *link;
      struct way *way = &sim->ways[number - 1];
      if (taken[number]) {
        link = &way->next;
        continue;
      }
      *link = way->next;
      way->next = sim->way_free;
      sim->way_free = number;
      freed++;
    }
  }
  return freed;
}

static uint32_t collect(struct sim *sim) {
  size_t size = (sim->way_count + 1U) * sizeof(bool);
  bool *taken = memory_take(&sim->budget, size);
  if (taken == NULL) return 0;
  mark_taken(sim, taken);
  uint32_t freed = free_others(sim, taken);
  memory_give(&sim->budget, taken, size);
  return freed;
}

// ---- New ones ---------------------------------------------------------------------------------------------

static bool extend(struct sim *sim) {
  void *array = sim->ways;
  if (sim->way_count == UINT16_MAX) sim->budget.exhausted = true;
  if (sim->budget.exhausted ||
      !memory_room(&sim->budget, &array, sim->way_count, &sim->way_room, sizeof *sim->ways))
    return false;
  sim->ways = array;
  return true;
}

// Once all are taken, those that nobody goes by any more are free again. Where these are few there will be
// twice as many, so that they are not looked for too often.
static uint16_t free_number(struct sim *sim) {
  bool most = sim->way_count == UINT16_MAX;
  bool full = sim->way_free == WAY_STRAIGHT && (most || sim->way_count == sim->way_room);
  if (full && sim->way_count >= WAYS_KEPT && collect(sim) < sim->way_count / 2 && !most && !extend(sim))
    return WAY_STRAIGHT;
  uint16_t number = sim->way_free;
  if (number == WAY_STRAIGHT) return extend(sim) ? (uint16_t)++sim->way_count : WAY_STRAIGHT;
  sim->way_free = way_of(sim, number)->next;
  return number;
}

uint16_t way_through(struct sim *sim, uint16_t before, struct instance *instance) {
  uint16_t number = instance->ways;
  while (number != WAY_STRAIGHT && way_of(sim, number)->before != before) number = way_of(sim, number)->next;
  if (number != WAY_STRAIGHT) return number;
  number = free_number(sim);
  if (number == WAY_STRAIGHT) return WAY_STRAIGHT;
  sim->ways[number - 1] = (struct way){.through = instance, .before = before, .next = instance->ways};
  return instance->ways = number;
}

void way_drop(struct sim *sim) {
  memory_give(&sim->budget, sim->ways, sim->way_room * sizeof *sim->ways);
}
