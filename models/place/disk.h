// The disk of a machine. An operation has its turn on the device, which does `iops` of them a second one
// after the other and moves `bandwidth` bytes a second on top of that; then its latency passes, of which
// `depth` operations at most are at it together. So an idle disk answers after 1/iops + bytes/bandwidth +
// latency, and a busy one gives the lesser of `iops` and depth over the mean latency, as Little's law has it.
// That is how volumes of clouds behave once their bursts are used up.
//
// Leaves out: seeks and the order of operations, reads against writes and their mix, merging and splitting of
// operations (a transfer is one, whatever its size), burst credits, wear, the page cache (a database's buffer
// is its own), what is stored.
#ifndef HEADROOM_DISK_H
#define HEADROOM_DISK_H

#include "distribution.h"
#include "field.h"
#include "station.h"

#include <stdint.h>

// As it is written: "disk": {"iops": 3000}.
struct disk_type {
  double iops;                 // INFINITY: unlimited
  struct distribution latency; // ns
  int64_t depth;               // STATION_UNLIMITED
  double bandwidth;            // bytes/s, INFINITY
};
extern const struct field_table disk_table;

struct disk {
  const struct disk_type *type;
  struct station device; // the turn
  struct station slots;  // the latency
  uint64_t operations;   // since the start
  uint64_t bytes;        // likewise
};

// The integrals of one moment, from time 0.
struct disk_areas {
  int128 device; // busy, ns
  int128 slots;  // operations in their latency, ns
  int128 queued; // operations waiting for either, ns
  uint64_t operations;
  uint64_t bytes;
};

// `type` must live as long. Takes no memory yet, and no frames: neither station shares.
void disk_init(struct disk *disk, struct engine *engine, const struct disk_type *type);
void disk_drop(struct disk *disk, struct engine *engine);

// The device's time for one operation of `bytes` ≥ 0, ns.
int64_t disk_turn(const struct disk_type *type, int64_t bytes);

// An operation in two steps, each of which may make the job wait. True: its frame is woken as JOB_SERVED, and
// station_finish() must be called, as at any station; station_remove() takes it out before. False: this step
// takes no time; go on with the next.
bool disk_submit(struct disk *disk, struct engine *engine, struct job *job, int64_t bytes);
bool disk_access(struct disk *disk, struct engine *engine, struct job *job, struct random_stream *stream);

// A factor on the speed of both steps, 1 as built, 0 freezes.
void disk_set_speed(struct disk *disk, struct engine *engine, double factor);

// Its integrals from the start of the run until `now`, ns.
void disk_note(const struct disk *disk, int64_t now, struct disk_areas *areas);

// Over a window of `span` > 0 ns: how much of what limits it was used, the device or (where there is a depth)
// the places in its queue, whichever was more; and the mean number of operations that waited.
double disk_utilization(const struct disk *disk, const struct disk_areas *from,
                        const struct disk_areas *until, int64_t span);
double disk_queue(const struct disk_areas *from, const struct disk_areas *until, int64_t span);

#endif
