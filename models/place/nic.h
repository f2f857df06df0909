// The network interface of a machine: bandwidth both ways at once (full duplex). Each way is a station of its
// own whose transfers share it evenly (processor sharing; Kleinrock 1967), which is what fair queueing and
// competing TCP streams come to on average.
//
// Work is written in ns that the transfer takes when it has the interface to itself, so that job->served
// stays a time; bytes are counted beside it.
//
// Leaves out: packets and their overhead, the ramp of a TCP stream (slow start), the switch behind it, bursts
// beyond the bandwidth that clouds allow for a while.
#ifndef HEADROOM_NIC_H
#define HEADROOM_NIC_H

#include "station.h"

#include <stdint.h>

enum nic_way { NIC_OUT, NIC_IN, NIC_WAYS };

struct nic {
  double bandwidth; // bytes/s each way, more than 0; INFINITY: transfers take no time
  struct station ways[NIC_WAYS];
  uint64_t bytes[NIC_WAYS];     // submitted since the start
  uint64_t transfers[NIC_WAYS]; // likewise
  uint64_t alone[NIC_WAYS];   // bytes of these to or from what has no interface; whoever submits counts them
  uint64_t through[NIC_WAYS]; // bytes of transfers that are through
  uint64_t broken_off[NIC_WAYS]; // bytes of those that never will be
};

// The integrals of one moment, from time 0; a window is the difference between two.
struct nic_areas {
  int128 busy[NIC_WAYS]; // ns
  uint64_t bytes[NIC_WAYS];
};

// The timers that wake the two ways are frames of kind `timer_kind`, with `owner` in frame.link and
// `first` + way in frame.state. False when memory runs out; nic_drop() must be called all the same.
bool nic_init(struct nic *nic, struct engine *engine, double bandwidth, uint8_t timer_kind, uint32_t owner,
              uint8_t first);
void nic_drop(struct nic *nic, struct engine *engine);

// What `bytes` ≥ 0 take when nothing else is under way, ns, rounded up.
int64_t nic_time(const struct nic *nic, int64_t bytes);

// Hands a transfer to one way. True: the job's frame is woken when it is through, and nic_finish() must be
// called then, or nic_break_off() before. False: it takes no time, the job is through already.
bool nic_submit(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes);
void nic_finish(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes);
void nic_break_off(struct nic *nic, struct engine *engine, enum nic_way way, struct job *job, int64_t bytes);

// A factor on the bandwidth, 1 as built, 0 cuts the cable; transfers under way keep what they have done.
void nic_set_speed(struct nic *nic, struct engine *engine, double factor);

// Its integrals from the start of the run until `now`, ns.
void nic_note(const struct nic *nic, int64_t now, struct nic_areas *areas);

// The share of a window of `span` > 0 ns in which this way was at work.
double nic_utilization(const struct nic_areas *from, const struct nic_areas *until, enum nic_way way,
                       int64_t span);

#endif
