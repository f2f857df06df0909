// The memory of a machine: what requests, caches and connections hold on it. Above its size the machine
// swaps: a share of what its processes touch is not there, and the cores wait for it. Above size and swap
// together the operating system ends the process that holds most, whose memory counts with its swap, as Linux
// does (proc_pid_oom_score(5)); it restarts with nothing.
//
// The law of swapping: of memory that is held evenly, the share s = (used - size) / used is on the disk; a
// core that would have worked for a time t waits MEMORY_SWAP_COST × s × t besides, so that its speed is 1 /
// (1 + MEMORY_SWAP_COST × s). It is the two-level memory of Denning (The working set model for program
// behavior, 1968), with pages touched evenly. The cost, the swap and the restart are assumed.
//
// Leaves out: which pages are hot (an even touch is the worst case for a cache, not for idle connections),
// the swap's own disk operations, memory that is shared, fragmentation, the page cache.
#ifndef HEADROOM_MEMORY_PRESSURE_H
#define HEADROOM_MEMORY_PRESSURE_H

#include "level.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Assumed: with a tenth of what is held on the disk, a core does a quarter of its work.
#define MEMORY_SWAP_COST 30.0

// Assumed: the swap, as a share of the memory.
#define MEMORY_SWAP_SHARE 0.25

// Assumed: from being killed to serving again, ns.
#define MEMORY_RESTART_TIME INT64_C(5000000000)

#define MEMORY_UNLIMITED INT64_MAX

// Of one machine.
struct memory_pressure {
  int64_t size;      // bytes; MEMORY_UNLIMITED
  int64_t limit;     // size and swap
  struct level used; // bytes
};

// All of it free; `size` > 0 bytes, or MEMORY_UNLIMITED.
void memory_pressure_init(struct memory_pressure *pressure, int64_t size);

// A process on the machine takes or gives back `bytes` ≥ 0; `held`, unless NULL, is what it holds itself.
void memory_pressure_take(struct memory_pressure *pressure, int64_t *held, int64_t bytes, int64_t now);
void memory_pressure_give(struct memory_pressure *pressure, int64_t *held, int64_t bytes, int64_t now);

// A process ends: all that it holds is given back.
void memory_pressure_end(struct memory_pressure *pressure, int64_t *held, int64_t now);

// Whether the machine swaps, and whether a process has to be ended.
static inline bool memory_pressure_swaps(const struct memory_pressure *pressure) {
  return pressure->used.inside > pressure->size;
}
static inline bool memory_pressure_exceeded(const struct memory_pressure *pressure) {
  return pressure->used.inside > pressure->limit;
}

// The factor on the speed of the machine's cores: 1 where nothing is swapped.
double memory_pressure_speed(const struct memory_pressure *pressure);

// The integral of the bytes used from time 0, ns × bytes; and the mean share of the memory that was used over
// a window of `span` > 0 ns (more than 1 while it swaps; 0 where there is no limit).
int128 memory_pressure_area(const struct memory_pressure *pressure, int64_t now);
double memory_pressure_utilization(const struct memory_pressure *pressure, int128 from, int128 until,
                                   int64_t span);

#endif
