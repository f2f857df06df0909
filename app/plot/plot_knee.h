// The knee of a hockey stick: the load up to which more work costs little time, and beyond which it costs
// much.
//
// Here it is the load of the largest power: goodput divided by the 99th percentile of latency. Kleinrock
// ("Power and deterministic rules of thumb for probabilistic problems in computer communications", ICC 1979)
// divides throughput by the mean delay, and Jain ("The Art of Computer Systems Performance Analysis",
// 1991, 3.3) calls the load where this is largest the knee capacity; goodput and the percentile over all
// offered requests are in their place, so that what fails does not count and the slowest do. It needs no
// threshold and does not depend on how far the loads go. For M/M/1 it is a utilization of one half, at which
// p99 is twice that of an idle one.
#ifndef HEADROOM_PLOT_KNEE_H
#define HEADROOM_PLOT_KNEE_H

#include "plot_data.h"

#include <stddef.h>

enum { PLOT_KNEE_NONE = -1 };

// Its number among `count` runs of one scenario in the order of their loads, or PLOT_KNEE_NONE: power is
// largest at the first or the last load, so that the knee may lie outside of what was looked at, or less than
// three runs have a power.
int plot_knee(const struct plot_run *const *runs, size_t count);

#endif
