// A run from its first event to its last (sim.h).
#ifndef HEADROOM_SIM_RUN_H
#define HEADROOM_SIM_RUN_H

#include "sim.h"

// Prepares a run: memory, machines, instances, clocks. NULL settings fields mean what their comments say.
// False when memory runs out; sim_drop() must be called all the same.
bool sim_init(struct sim *sim, const struct plan *plan, const struct sim_settings *settings);

// Runs warm-up, window and drain. What ended it; ENGINE_UNTIL or ENGINE_STOPPED is the regular end.
enum engine_outcome sim_run(struct sim *sim);

void sim_drop(struct sim *sim);

// A frame of kind FRAME_CONTROL has come due (control.h).
void sim_control(struct sim *sim, struct frame *frame);

#endif
