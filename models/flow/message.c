// One-way messages between instances, and their timers.
#include "journey.h"
#include "passage.h"

#include <string.h>

static void arm_after(struct sim *sim, struct frame *frame, int64_t delay) {
  if (delay == 0) {
    engine_ready(&sim->engine, frame);
  } else {
    engine_arm(&sim->engine, frame, sim->engine.now + delay, EVENT_COMPLETION);
  }
}

bool flow_message(struct sim *sim, struct instance *from, struct instance *to, const void *content,
                  uint32_t size) {
  return flow_message_of(sim, from, to, content, size, FLOW_MESSAGE_STANDARD);
}

// Without a delay it is delivered from the ready ring: what a model sends in the midst of its work must not
// come back to it there.
bool flow_message_of(struct sim *sim, struct instance *from, struct instance *to, const void *content,
                     uint32_t size, int64_t bytes) {
  ASSERT(size <= FLOW_MESSAGE_BYTES, "a message is too large for its frame");
  if (from->silent) return true;
  struct message *message = slab_take(&sim->engine.frames, FRAME_MESSAGE);
  if (message == NULL) return false;
  job_reset(&message->job, 0);
  message->from = from;
  message->to = to;
  message->bytes = bytes;
  memcpy(message->content, content, size);
  enum journey_state state = sim->journeys ? journey_message(sim, message) : JOURNEY_OVER;
  if (state == JOURNEY_OVER) engine_ready(&sim->engine, &message->job.frame);
  if (state == JOURNEY_LOST) slab_give(&sim->engine.frames, &message->job.frame);
  return true;
}

// Nothing is delivered to a paused instance before it goes on.
static bool waits_for_pause(struct message *message) {
  if (message->to->life != LIFE_PAUSED) return false;
  job_list_append(&message->to->parked, &message->job);
  message->job.frame.flags |= FLAG_PARKED;
  return true;
}

void message_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  enum journey_state state =
      sim->journeys ? journey_message_woken(sim, (struct message *)(void *)frame) : JOURNEY_OVER;
  if (state == JOURNEY_LOST) slab_give(&sim->engine.frames, frame);
  if (state != JOURNEY_OVER || waits_for_pause((struct message *)(void *)frame)) return;
  struct message message = *(struct message *)(void *)frame;
  slab_give(&sim->engine.frames, frame);
  struct instance *to = message.to;
  if (to->life == LIFE_SERVING || to->life == LIFE_DRAINING) to->model->message(sim, to, message.content);
}

bool flow_timer(struct sim *sim, struct instance *instance, int64_t delay, uint64_t number) {
  struct message *timer = slab_take(&sim->engine.frames, FRAME_TIMER);
  if (timer == NULL) return false;
  job_reset(&timer->job, 0);
  timer->to = instance;
  timer->life = instance->lives;
  timer->number = number;
  arm_after(sim, &timer->job.frame, delay);
  return true;
}

void message_timer_due(void *context, struct frame *frame) {
  struct sim *sim = context;
  if (waits_for_pause((struct message *)(void *)frame)) return;
  const struct message *timer = (const struct message *)(void *)frame;
  struct instance *instance = timer->to;
  uint64_t number = timer->number;
  bool alive = timer->life == instance->lives && instance->life != LIFE_GONE && instance->life != LIFE_FAILED;
  slab_give(&sim->engine.frames, frame);
  if (alive) instance->model->timer(sim, instance, number);
}
