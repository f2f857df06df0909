#include "repetition.h"

#include "passage.h"

// What a `write` step asks for is done on behalf of the request that has the step.
static bool does_harm(const struct sim *sim, const struct call *call, uint16_t asker) {
  const struct plan *plan = sim->plan;
  const struct request_type *asked = &plan->requests[call->request];
  if (asked->operation != OPERATION_PLAIN)
    return asked->operation == OPERATION_WRITE && plan->requests[asker].twice != TWICE_UNCOUNTED;
  if (asked->twice != TWICE_WHERE_IT_WRITES) return asked->twice == TWICE_EVERYWHERE;
  return plan->writes[(size_t)call->site->callee->number * plan->request_count + call->request];
}

uint32_t repetition_open(struct sim *sim, const struct call *call, uint16_t asker) {
  if (!policy_repeats(call_policy(call)) || !does_harm(sim, call, asker)) return 0;
  struct repetition *repetition = slab_take(&sim->engine.frames, FRAME_REPETITION);
  if (repetition == NULL) return 0;
  repetition->frame.flags = call->frame.flags & FLAG_MEASURED;
  if (call->from == 0) repetition->frame.flags |= FLAG_CLIENTS;
  repetition->holders = 1;
  repetition->done = 0;
  return repetition->frame.index;
}

bool repetition_join(struct sim *sim, const struct call *call, struct visit *visit) {
  struct extension *extension = strand_extension(sim, &visit->strand);
  if (extension == NULL) return false;
  extension->repetition = call->frame.link;
  struct repetition *repetition = slab_at(&sim->engine.frames, call->frame.link);
  repetition->holders++;
  return true;
}

void repetition_leave(struct sim *sim, uint32_t index) {
  struct repetition *repetition = slab_at(&sim->engine.frames, index);
  if (--repetition->holders == 0) slab_give(&sim->engine.frames, &repetition->frame);
}

void repetition_done(struct sim *sim, const struct visit *visit, uint32_t index) {
  struct repetition *repetition = slab_at(&sim->engine.frames, index);
  uint16_t flags = repetition->frame.flags;
  if (repetition->done++ == 0) return;
  if (sim->measuring) visit->instance->fleet->measure.duplicates++;
  if ((flags & FLAG_MEASURED) != 0 && (flags & FLAG_CLIENTS) != 0)
    sim->clients[visit->origin].measures[visit->request].duplicates++;
}
