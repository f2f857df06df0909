#include "census.h"

#include "repetition.h"
#include "transfer.h"
#include "visit.h"

#include <string.h>

static bool waits_for_client(const struct sim *sim, struct frame_reference caller) {
  if (caller.index == 0) return true;
  const struct frame *frame = slab_find(&sim->engine.frames, caller);
  return frame != NULL && frame->kind == FRAME_USER;
}

// What a process held before it died is not its memory any more.
static void count_holding(struct census *census, const struct holding *holding) {
  struct census_instance *of = &census->instances[holding->instance->index];
  if (holding->kind == HOLDING_MEMORY) {
    of->memory += holding->lives == holding->instance->lives ? holding->amount : 0;
  } else if (holding->instance->model->forwards) {
    census->balanced[holding->subject]++;
  } else {
    of->held++;
  }
}

static void count_extensions(const struct sim *sim, const struct strand *strand, struct census *census) {
  for (uint32_t index = strand->extension; index != 0;) {
    const struct extension *extension = slab_at(&sim->engine.frames, index);
    census->extended++;
    census->repeated += extension->repetition != 0;
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      if (extension->holdings[i].instance != NULL) count_holding(census, &extension->holdings[i]);
    }
    index = extension->next;
  }
}

static void count_visit(const struct sim *sim, const struct visit *visit, struct census *census) {
  const struct frame *frame = &visit->strand.job.frame;
  struct census_instance *at = &census->instances[visit->instance->index];
  bool granted = visit->strand.job.standing == JOB_GRANTED;
  at->inside += (frame->flags & FLAG_ENTERED) != 0;
  at->workers += (frame->flags & FLAG_WORKER) != 0 || granted;
  at->asking += visit->strand.job.standing == JOB_ASKING;
  if ((frame->flags & FLAG_BALANCED) != 0) census->balanced[frame->link]++;
  if ((frame->flags & FLAG_RESPONDED) == 0 && waits_for_client(sim, visit->caller))
    census->roots[visit->origin]++;
  count_extensions(sim, &visit->strand, census);
}

// Every transfer is one of its parcel's, which is on its way.
static void count_transfer(const struct sim *sim, const struct transfer *transfer, struct census *census) {
  const struct frame *parcel = &transfer->parcel->frame;
  bool carried = parcel->kind == FRAME_VISIT || parcel->kind == FRAME_REPLY || parcel->kind == FRAME_MESSAGE;
  uint32_t index = carried && (parcel->flags & FLAG_SENDING) != 0 ? transfer->parcel->place : 0;
  while (index != 0 && index != transfer->job.frame.index)
    index = ((const struct transfer *)slab_at(&sim->engine.frames, index))->next;
  census->under_way += (uint64_t)transfer->bytes;
  census->astray += index == 0;
}

static void count_frame(const struct sim *sim, const struct frame *frame, struct census *census) {
  const void *whole = frame;
  if (frame->kind == FRAME_VISIT) {
    count_visit(sim, whole, census);
  } else if (frame->kind == FRAME_BRANCH) {
    count_extensions(sim, &((const struct branch *)whole)->strand, census);
  } else if (frame->kind == FRAME_EXTENSION) {
    census->extensions++;
  } else if (frame->kind == FRAME_REPLY) {
    const struct visit *carrier = whole;
    if (waits_for_client(sim, carrier->caller)) census->roots[carrier->origin]++;
  } else if (frame->kind == FRAME_CALL) {
    const struct call *call = whole;
    if (waits_for_client(sim, call->caller)) census->roots[call->origin]++;
    census->repeated += frame->link != 0;
  } else if (frame->kind == FRAME_TRANSFER) {
    count_transfer(sim, whole, census);
  } else if (frame->kind == FRAME_REPETITION) {
    census->claimed += ((const struct repetition *)whole)->holders;
  }
}

bool census_take(struct census *census, const struct sim *sim) {
  memset(census, 0, sizeof *census);
  arena_init(&census->arena, NULL);
  census->instances = arena_array(&census->arena, sim->instance_count + 1U, sizeof *census->instances);
  census->balanced = arena_array(&census->arena, sim->balanced_count + 1U, sizeof *census->balanced);
  census->roots = arena_array(&census->arena, sim->plan->client_count + 1U, sizeof *census->roots);
  if (census->instances == NULL || census->balanced == NULL || census->roots == NULL) return false;
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct frame *frame = slab_at(&sim->engine.frames, index);
    if (frame->kind != FRAME_FREE) count_frame(sim, frame, census);
  }
  return true;
}

void census_drop(struct census *census) {
  arena_drop(&census->arena);
}
