// Paused instances: what reaches one, or comes due there, waits for the end of its pause.
#include "passage.h"

void visit_park(struct strand *strand) {
  job_list_append(&strand->visit->instance->parked, &strand->job);
  strand->job.frame.flags |= FLAG_PARKED;
}

bool flow_defers(struct instance *instance, struct frame *call) {
  if (instance->life != LIFE_PAUSED) return false;
  call->flags |= FLAG_PARKED;
  instance->deferred = true;
  return true;
}

// What waits for a later moment by now is woken then.
static void wake_deferred(struct sim *sim, struct instance *instance) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  instance->deferred = false;
  for (uint32_t index = 1; index < frames; index++) {
    struct call *call = slab_at(&sim->engine.frames, index);
    struct frame *frame = &call->frame;
    if (frame->kind != FRAME_CALL || (frame->flags & FLAG_PARKED) == 0) continue;
    if (call->from != instance->index + 1) continue;
    frame->flags &= (uint16_t)~FLAG_PARKED;
    if (frame->armed == 0) engine_ready(&sim->engine, frame);
  }
}

void flow_unpark(struct sim *sim, struct instance *instance) {
  while (instance->parked.first != NULL) {
    struct job *job = instance->parked.first;
    job_list_remove(&instance->parked, job);
    job->frame.flags &= (uint16_t)~FLAG_PARKED;
    engine_ready(&sim->engine, &job->frame);
  }
  if (instance->deferred) wake_deferred(sim, instance);
}
