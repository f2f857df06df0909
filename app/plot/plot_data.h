// What plots are drawn from: the results of runs, found in folders and read back from their files.
//
// A folder with results.json holds a run (series.csv and distribution.csv beside it give its plots over time
// and of the distribution; what is not there is not drawn). A comparison and a sweep say in manifest.json
// which folders are theirs; other folders are searched for such folders.
#ifndef HEADROOM_PLOT_DATA_H
#define HEADROOM_PLOT_DATA_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

// A figure with its interval; NaN: not known. `infinite`: a percentile over all offered requests of which
// more failed than it leaves out; `value` is then NaN.
struct plot_estimate {
  double value;
  double low;
  double high;
  bool infinite;
};

// All replications together, from `at` to `at + length`, s. Rates per second; times s, NaN without an answer.
struct plot_window {
  double at;
  double length;
  double offered;
  double answered;
  double failed;
  double mean;
  double largest;
};

// Answered requests between `lower` and `upper` s.
struct plot_bin {
  double lower;
  double upper;
  double count;
};

enum plot_figure {
  PLOT_P50,
  PLOT_P90,
  PLOT_P99,
  PLOT_P999,
  PLOT_OFFERED,
  PLOT_GOODPUT,
  PLOT_ERRORS,
  PLOT_FIGURES
};

// An objective that is a line in a plot against the load.
struct plot_objective {
  const char *rule;
  enum plot_figure figure;
  double limit; // s or share
};

struct plot_event {
  const char *name;
  double at; // s
};

// How full something of a component is: "web cpu", "db workers".
struct plot_tier {
  const char *name;
  const char *component;    // "web"
  const char *resource;     // "cpu", "nic out"
  const char *column;       // of series.csv
  struct plot_estimate use; // share
  double *over_time; // share in each window, NaN where it is not known; NULL: series.csv has no such column
};

struct plot_run {
  const char *folder;
  const char *name;   // the scenario's, safe to show
  const char *hash;   // of the scenario, "" where unknown
  size_t scenario;    // number in plot_set.names
  double load;        // factor, or where the set has an axis of its own the value there
  double warmup;      // s
  double until;       // end of the measured time, s; 0: not known
  bool time_complete; // latencies in `figures` are over all offered requests
  struct plot_estimate figures[PLOT_FIGURES];
  struct plot_window *windows;
  size_t window_count;
  struct plot_bin *bins;
  size_t bin_count;
  double lost; // offered requests that failed
  struct plot_objective *objectives;
  size_t objective_count;
  struct plot_event *events;
  size_t event_count;
  struct plot_tier *tiers; // of components in the order of their names
  size_t tier_count;
};

// Runs in the order of their scenarios, then of their loads.
struct plot_set {
  struct plot_run *runs;
  size_t count;
  const char **names; // scenarios, in the order in which they were found
  size_t name_count;
  double *loads; // all that occur, rising
  size_t load_count;
  const char *axis;       // what a sweep varied in place of the load; NULL: the load
  const char *axis_label; // with its unit
  bool swept;             // from a sweep
  bool scattered;         // its points are drawn from ranges, and lie on no line
  struct arena *arena;
  size_t room; // of `runs`
};

// Reads all runs in and under the folders. False after an error was printed: none was found, or a file is not
// what it should be.
bool plot_set_read(struct plot_set *set, const char *const *folders, size_t count, struct arena *arena);

#endif
