// Pilots: short runs from which the warm-up of an experiment is found (MSER-5 on their average; White, Cobb &
// Spratt 2000), made longer while that seems to reach past half of them.
#ifndef HEADROOM_PILOTS_H
#define HEADROOM_PILOTS_H

#include "experiment.h"

// Fixes `warmup`, `warmup_method` and `settled` of all experiments: by pilots, where their scenarios neither
// say it nor change while they run.
void pilots_run(const struct runner *runner, struct experiment *experiments, size_t count,
                struct arena *arena);

#endif
