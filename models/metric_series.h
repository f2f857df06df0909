// What components report over time: their rows (metric.h) over each window of the series, as differences of
// two readings of the counters beneath them. Nothing is added to what a run does between the ends of two
// windows.
#ifndef HEADROOM_METRIC_SERIES_H
#define HEADROOM_METRIC_SERIES_H

#include "metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  METRIC_COLUMNS_MOST = 1000, // beyond, components have no series
  METRIC_WORK_MOST = 100000,  // components times instances and machines, which a reading looks at; the same
  METRIC_BLOCK = 50,          // windows that get their memory at once
  METRIC_BLOCKS_MOST = 40
};

// A row of a component. Rows that say something of a part of the time have one: all but totals, peaks and
// what is known of the whole alone.
struct metric_column {
  uint16_t component;
  size_t row;
  bool measured; // counted in the measured time alone
};

// The two sides of a figure in one window, as in struct metric_raw; of times their sum, ns, and their number.
// In single precision, seven digits: there are two thousand windows of some dozens of these.
struct metric_cell {
  float top;
  float bottom;
};

struct metric_series {
  const struct plan *plan;
  const struct metric_column *columns;
  size_t count;                                   // of them; 0: components have no series
  struct metric_cell *blocks[METRIC_BLOCKS_MOST]; // of METRIC_BLOCK windows each, as far as there are windows
  uint32_t windows;
  struct memory_budget *budget; // of the blocks
  struct metric_book now, before;
};

// The cells of a window that there is, one for each column.
static inline struct metric_cell *metric_series_cells(const struct metric_series *series, uint32_t window) {
  return &series->blocks[window / METRIC_BLOCK][window % METRIC_BLOCK * series->count];
}

// Columns that the series of a plan's runs have.
size_t metric_series_columns(const struct plan *plan);

// Prepares the series of a run, in its arena and under its budget, once its instances stand. False when
// memory runs out. Both are the run's.
bool metric_series_open(struct metric_series *series, struct sim *sim);
void metric_series_drop(struct metric_series *series);

// Hands the windows of a run that is over to a series that was zeroed, with columns in `arena` and blocks
// under `budget`; nothing of them is there twice. False when memory runs out; both are dropped as before.
bool metric_series_move(struct metric_series *into, struct metric_series *series, struct arena *arena,
                        struct memory_budget *budget);

// The next window begins at this instant. After SIM_WINDOWS_MOST, every two become one.
bool metric_series_next(struct metric_series *series, struct sim *sim);

// Around what clears or completes counters: what they say before it belongs to the present window, and later
// readings are compared with what they say after it.
bool metric_series_note(struct metric_series *series, struct sim *sim);
bool metric_series_restart(struct metric_series *series, const struct sim *sim);

#endif
