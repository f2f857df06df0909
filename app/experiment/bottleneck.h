// What limits a system: the fullest of its cores, disks, network interfaces and pools, what holds the tokens
// of a pool that is taken, or memory that swaps; and why that is said.
#ifndef HEADROOM_BOTTLENECK_H
#define HEADROOM_BOTTLENECK_H

#include "estimates.h"

struct bottleneck {
  const char *component; // NULL: nothing is limited
  const char *resource;  // "cpu", "disk", "nic", "nic_in", "memory", or of a pool "workers", "connections"
  double utilization;    // of the busiest instance (of disks and interfaces the mean over machines)
  const char *why;       // a sentence; in the arena
};

// The limit among the resources of all components, over the replications (one at least); texts live in
// `arena`.
struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena);

#endif
