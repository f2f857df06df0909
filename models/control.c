#include "control.h"

bool control_after(struct sim *sim, int64_t delay, enum control control, uint32_t subject) {
  struct control_frame *frame = slab_take(&sim->engine.frames, FRAME_CONTROL);
  if (frame == NULL) return false;
  frame->control = control;
  frame->subject = subject;
  bool failure = control >= CONTROL_BOOTED;
  engine_arm(&sim->engine, &frame->frame, sim->engine.now + delay, failure ? EVENT_FAILURE : EVENT_CONTROL);
  return true;
}
