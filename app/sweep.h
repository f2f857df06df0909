// What the parts of headroom sweep share: sweep_grid.c reads the command line and checks all points,
// sweep_cost.c says what they will cost, sweep.c simulates them, sweep_report.c writes and shows them.
#ifndef HEADROOM_SWEEP_H
#define HEADROOM_SWEEP_H

#include "options.h"
#include "sweep_store.h"
#include "sweep_values.h"

#include <stdbool.h>
#include <stdint.h>

struct sweep_options {
  struct option_texts vary;
  bool zip;
  const char *sample;
  bool dry_run;
  bool full;
  bool fresh;
};

enum sweep_state { SWEEP_OPEN, SWEEP_STORED, SWEEP_DONE, SWEEP_FAILED };

struct sweep_point {
  size_t scenario;
  const char **values; // of all dimensions
  char key[CANONICAL_HASH_BYTES];
  size_t twin; // the first point of the same key: this one, mostly
  enum sweep_state state;
  const char *failure;       // SWEEP_FAILED
  const struct node *result; // where nothing is stored
  double events, seconds;    // predicted; NAN
  const char *name;          // of the scenario
};

struct sweep {
  const struct options *options;
  const struct sweep_options *own;
  struct arena *arena;
  struct sweep_dimension *dimensions;
  size_t dimension_count;
  size_t samples; // 0: none are drawn
  size_t axis;    // the dimension that plots are drawn against; SIZE_MAX: none
  struct sweep_point *points;
  size_t count;
  struct sweep_store store;
  int64_t started;
  int status;
  bool interrupted;
  double events, cpu_seconds; // simulated this time
};
// Reads the command line, makes the points and opens each once. False: it is wrong, and all errors were
// printed; or an interrupt came (sweep->interrupted).
bool sweep_prepare(struct sweep *sweep);

// The command line's options with a point's values behind all other overrides; in the arena.
struct options sweep_point_options(const struct sweep *sweep, const struct sweep_point *point,
                                   struct arena *arena);

// "run.load=4, components.web.instances=2", without the dimension `but` (SIZE_MAX: with all). In the arena.
const char *sweep_point_text(const struct sweep *sweep, const struct sweep_point *point, size_t but,
                             struct arena *arena);

// Has yet to be simulated; has results.
bool sweep_point_is_open(const struct sweep *sweep, const struct sweep_point *point);
bool sweep_point_is_finished(const struct sweep_point *point);

// What the open points will take.
struct sweep_outlook {
  size_t open;
  double seconds; // of one processor; points of which it is not known count as the mean of the others
  double unknown; // how many these are
};
struct sweep_outlook sweep_look_ahead(const struct sweep *sweep);

// Lists the points and what they will cost. Returns an enum exit_status.
int sweep_dry_run(const struct sweep *sweep);

// Writes the table and the manifest, and shows what is asked for. Returns an enum exit_status.
int sweep_report(struct sweep *sweep);

#endif
