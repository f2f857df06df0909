// What is kept of a run that has ended: its measures in memory of its own, so that the run itself can be
// dropped.
#ifndef HEADROOM_REPLICATION_H
#define HEADROOM_REPLICATION_H

#include "audit.h"
#include "metric_series.h"
#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

// What its instances in one data center report: as `rows` of the whole, without histograms.
struct place_kept {
  uint16_t place;
  struct metric_raw *rows;
};

// What a component has done in the window, over all its places and instances.
struct component_kept {
  struct component_measure measure; // its levels and histograms are not used: they are in `rows`
  struct metric_raw *rows;          // what it reports, by row; in the replication's memory
  uint64_t used;                    // visits that entered since the start of the run
  double workers_hottest; // share of the workers of the instance where most are taken; NAN: unlimited
  uint16_t place_count;
  struct place_kept *places; // in the replication's memory
};

struct replication {
  struct memory_budget budget;
  struct arena arena; // under that budget
  const struct plan *plan;
  uint64_t seed;
  uint32_t number;
  enum engine_outcome outcome;
  int64_t from, until; // the window, ns from the start
  int64_t ended;       // when the last measured request had ended, or the drain was over
  uint64_t events;
  uint64_t issued;                   // requests in all, warm-up and drain included
  int64_t cpu_time;                  // of the thread that ran it, ns
  size_t memory_peak;                // of the run, bytes
  struct request_measure *requests;  // of client c and request r: requests[c * plan->request_count + r]
  struct component_kept *components; // by component number
  struct metric_book metrics;        // of the window
  struct window_measure *windows;    // from the start of the run
  uint32_t window_count, window_room;
  int64_t window_length;       // ns
  struct metric_series series; // of components over these windows; `count` 0: none was taken
  struct slices *slices;       // of one long run; NULL: none were taken
  struct watch *watch;         // objectives by windows; NULL: there are none
  struct phase_notes *phases;  // between the events of the timeline; NULL: there are none
  struct audit_identities identities;
  bool complete; // memory sufficed
};

// One that has nothing of a run yet, and whose memory counts in `total`, which must outlive it (NULL: nowhere
// else). NULL: out of memory.
struct replication *replication_open(struct memory_total *total);
void replication_drop(struct replication *kept); // NULL is allowed

// Takes over what a finished run has measured; its windows and its series go with it. False: out of memory.
bool replication_keep(struct replication *kept, struct sim *sim);

// Seconds of the window.
double replication_seconds(const struct replication *kept);

// Requests inside at the end of each window, from the run's start: `values` has kept->window_count entries.
void replication_inside(const struct replication *kept, double *values);

static inline const struct request_measure *replication_request(const struct replication *kept,
                                                                uint16_t client, uint16_t request) {
  return &kept->requests[(size_t)client * kept->plan->request_count + request];
}

#endif
