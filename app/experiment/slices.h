// One long run in slices of time, so that batches can tell how sure its figures are. What its clients have
// measured is noted down at equal distances; nothing is added to what a request costs.
#ifndef HEADROOM_SLICES_H
#define HEADROOM_SLICES_H

#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  SLICES_MOST = 128,         // when so many are full, neighbours are merged and slices become twice as long
  SLICES_SPREAD = 4,         // so many slices have one set of histograms
  SLICES_WORK_MOST = 100000, // components times instances and machines; beyond, components are not sliced
  SLICES_SPREADS_MOST = 8,   // components; beyond, their histograms are not sliced
  SLICES_KINDS_MOST = 16     // client groups times requests; beyond, only all of them together are sliced
};

struct slice {
  int64_t until; // ns from the start of the run
  // Histograms stand in each SLICES_SPREAD-th slice, and are of it and those before it up to the last such.
  struct request_measure *measures; // of requests that ended in the slice
  struct metric_book components;    // what components report of it
};

struct slices {
  struct memory_budget *budget; // borrowed
  struct arena arena;
  const struct plan *plan;
  bool components; // are sliced, too
  bool spreads;    // and their histograms
  bool kinds;      // measures by client and request, as a replication's; false: one, of all but attackers
  int64_t from;
  int64_t length; // ns
  unsigned count; // after the run between 64 and 127 of a run that was long enough
  struct slice list[SLICES_MOST];
};

// At the start of the measured time: slices of `first` > 0 ns to begin with, in memory of `budget`. NULL when
// that ran out.
struct slices *slices_open(const struct sim *sim, int64_t first, struct memory_budget *budget);
void slices_drop(struct slices *slices);

// The time, ns from the start of the run, at which the next slice is full; INT64_MAX for NULL.
int64_t slices_next(const struct slices *slices);

// A slice is full now. False when memory ran out.
bool slices_look(struct slices *slices, const struct sim *sim);

// The measured time is over. What is left over at its end, shorter than a slice, and what ends in the drain
// is in no slice.
void slices_end(struct slices *slices, const struct sim *sim);

#endif
