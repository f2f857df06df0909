// What limits a system: the fullest of its cores, disks, network interfaces and workers, or
// memory that swaps, and why that is said.
#ifndef HEADROOM_BOTTLENECK_H
#define HEADROOM_BOTTLENECK_H

#include "estimates.h"

struct bottleneck {
  const char *component; // NULL: nothing is limited
  const char *resource;  // "cpu", "disk", "nic", "nic_in", "memory" or "workers"
  double utilization;    // of the busiest instance (of disks and interfaces the mean over machines)
  const char *why;       // a sentence; in the arena
};

// The fullest resource of all components, over the replications (one at least); texts live in `arena`.
struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena);

#endif
