// What limits a system: the busiest of its cores and workers, and why that is said.
#ifndef HEADROOM_BOTTLENECK_H
#define HEADROOM_BOTTLENECK_H

#include "estimates.h"

struct bottleneck {
  const char *component; // NULL: nothing is limited
  const char *resource;  // "cpu" or "workers"
  double utilization;    // of the busiest instance, mean over the replications
  const char *why;       // a sentence; in the arena
};

struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena);

#endif
