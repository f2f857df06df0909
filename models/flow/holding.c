// Holdings: what a visit has taken of components beyond a worker and a place in the count of a balancer.
#include "machine.h"
#include "passage.h"
#include "repetition.h"

// Of a strand's extensions the first remains the first, and the second is the newest: there is what was taken
// last.
static struct extension *newest(const struct sim *sim, struct extension *first) {
  return first->next == 0 ? first : slab_at(&sim->engine.frames, first->next);
}

// Behind all that it holds there.
static struct holding *holding_room(struct sim *sim, struct visit *visit) {
  struct extension *first = strand_extension(sim, &visit->strand);
  if (first == NULL) return NULL;
  struct extension *extension = newest(sim, first);
  int used = EXTENSION_HOLDINGS;
  while (used > 0 && extension->holdings[used - 1].instance == NULL) used--;
  if (used < EXTENSION_HOLDINGS) return &extension->holdings[used];
  struct strand further = {.extension = 0};
  struct extension *added = strand_extension(sim, &further);
  if (added == NULL) return NULL;
  added->next = first->next;
  first->next = further.extension;
  return &added->holdings[0];
}

bool flow_hold(struct sim *sim, struct visit *visit, struct holding holding) {
  struct holding *room = holding_room(sim, visit);
  if (room == NULL) return false;
  *room = holding;
  room->lives = holding.instance->lives;
  return true;
}

bool flow_keep(struct sim *sim, struct visit *visit, uint32_t kind, uint32_t subject, struct holding *kept) {
  for (uint32_t index = visit->strand.extension; index != 0;) {
    struct extension *extension = slab_at(&sim->engine.frames, index);
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      struct holding *holding = &extension->holdings[i];
      if (holding->instance == NULL || holding->kind != kind || holding->subject != subject) continue;
      *kept = *holding;
      holding->instance = NULL;
      return true;
    }
    index = extension->next;
  }
  return false;
}

// Memory of a process that has ended since is free already.
static void release(struct sim *sim, const struct holding *holding) {
  struct instance *instance = holding->instance;
  if (holding->kind != HOLDING_MEMORY) {
    instance->model->release(sim, instance, holding);
  } else if (holding->lives == instance->lives) {
    machine_hold_memory(sim, instance, -holding->amount);
  }
}

void strand_give_extension(struct sim *sim, struct strand *strand) {
  while (strand->extension != 0) {
    struct extension *first = slab_at(&sim->engine.frames, strand->extension);
    struct extension *extension = newest(sim, first);
    for (int i = EXTENSION_HOLDINGS; i-- > 0;) {
      struct holding holding = extension->holdings[i];
      extension->holdings[i].instance = NULL;
      if (holding.instance != NULL) release(sim, &holding);
    }
    *(extension == first ? &strand->extension : &first->next) = extension->next;
    if (extension->repetition != 0) repetition_leave(sim, extension->repetition);
    slab_give(&sim->engine.frames, &extension->frame);
  }
}
