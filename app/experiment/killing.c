#include "killing.h"

#include "audit_parts.h"
#include "disk.h"
#include "flow.h"
#include "instance.h"
#include "measure.h"

#include <inttypes.h>
#include <stdarg.h>

const char *killing_fault(struct sim *sim, char *text) {
  struct audit_identities found;
  measure_settle(sim);
  audit_identities(sim, &found);
  if (!found.broken) return NULL;
  snprintf(text, KILLING_TEXT_BYTES, "%s: %s", identity_names[found.which], found.what);
  return text;
}

// One that drains is not failed again, but ended with its visits.
void killing_all(struct sim *sim, bool silent) {
  for (uint32_t i = 0; i < sim->instance_count; i++)
    instance_fail(sim, sim->instances[i], silent ? FAILURE_HANG : FAILURE_RESET);
}

// ---- What is left -----------------------------------------------------------------------------------------

__attribute__((format(printf, 3, 4))) static bool say(bool wrong, char *text, const char *format, ...) {
  if (!wrong) return false;
  va_list rest;
  va_start(rest, format);
  vsnprintf(text, KILLING_TEXT_BYTES, format, rest);
  va_end(rest);
  return true;
}

// A visit that is still on its way may carry a deadline.
static bool lives(const struct frame *frame) {
  return frame->state != STRAND_TRAVELLING || (frame->flags & (FLAG_ENTERED | FLAG_PARKED)) != 0;
}

static const struct instance *where_left(const struct frame *frame) {
  const void *whole = frame;
  if (frame->kind == FRAME_BRANCH) return ((const struct branch *)whole)->strand.visit->instance;
  if (frame->kind == FRAME_VISIT && lives(frame)) return ((const struct visit *)whole)->instance;
  return NULL;
}

static bool strands_left(const struct sim *sim, char *text) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct frame *frame = slab_at(&sim->engine.frames, index);
    const struct instance *at = where_left(frame);
    if (at == NULL) continue;
    return say(true, text, "%s/%" PRIu32 ": a %s is left (state %d, flags %#x)", at->component->name,
               at->number, frame->kind == FRAME_VISIT ? "visit" : "branch", frame->state,
               (unsigned)frame->flags);
  }
  return false;
}

static bool stands(const struct station *station) {
  return station->busy.inside + station->queued.inside + station->heap_count != 0;
}

static bool machine_left(const struct sim *sim, const struct machine *machine, char *text) {
  const char *name = audit_machine_name(sim, machine);
  const struct disk *disk = machine->disk;
  return say(stands(&machine->cores), text, "%s: its cores are not empty", name) ||
         say(disk != NULL && (stands(&disk->device) || stands(&disk->slots)), text,
             "%s: its disk is not empty", name) ||
         say(machine->memory.used.inside != 0, text, "%s: %" PRId64 " bytes of memory are not back", name,
             machine->memory.used.inside);
}

static bool pool_left(const struct instance *instance, char *text) {
  if (instance->model->tokens == NULL || instance->life == LIFE_ORDERED) return false;
  const struct pool *pool = instance_workers(instance);
  return say(pool->taken.inside + pool->queued.inside != 0, text,
             "%s/%" PRIu32 ": %" PRId64 " workers are not back, %" PRId64 " wait for one",
             instance->component->name, instance->number, pool->taken.inside, pool->queued.inside);
}

const char *killing_leftover(struct sim *sim, char *text) {
  bool left = strands_left(sim, text);
  for (uint32_t m = 0; !left && m < sim->machine_count; m++) left = machine_left(sim, sim->machines[m], text);
  for (uint32_t i = 0; !left && i < sim->instance_count; i++) left = pool_left(sim->instances[i], text);
  return left ? text : killing_fault(sim, text);
}
