// What acts on the run itself rather than within it, at a moment of its own.
#ifndef HEADROOM_CONTROL_H
#define HEADROOM_CONTROL_H

#include "sim.h"

enum control {
  CONTROL_MEASURE,
  CONTROL_WINDOW,
  CONTROL_CLOSE,
  CONTROL_DRAINED,
  CONTROL_BOOTED,
  CONTROL_MEMORY,
  CONTROL_RESTARTED,
  CONTROL_MACHINE_FAILS,
  CONTROL_MACHINE_REPAIRED,
  CONTROL_TIMELINE,
  CONTROL_TIMELINE_END
};

struct control_frame {
  struct frame frame;
  enum control control;
  uint32_t subject; // the number of an instance, of a machine, or of a timeline event
};

// Has it happen after `delay` ns: failures and what ends them before all else of that instant, the rest
// after. False when memory runs out.
bool control_after(struct sim *sim, int64_t delay, enum control control, uint32_t subject);

#endif
