// Runs experiments: pilots, which fix the warm-up; replications, over threads; more of them until a precision
// is reached. Results do not depend on the number of threads: they are taken in the order of the tasks.
#ifndef HEADROOM_RUNNER_H
#define HEADROOM_RUNNER_H

#include "experiment.h"

#include <stdbool.h>
#include <stddef.h>

// Runs all of them. `together`: all measure after the longest warm-up among them, so that the same requests
// are measured in each (comparisons). False: interrupted, or some failed.
bool runner_run(struct runner *runner, struct experiment *experiments, size_t count, bool together);

#endif
