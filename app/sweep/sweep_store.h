// Where a sweep keeps what it has finished: a folder for each point, named by a hash of what was simulated,
// so that a sweep that is repeated, widened or interrupted goes on where it stood.
//
//   STORE/points/HASH/results.json   (with --full, what else run writes beside it, manifest.json last)
//   STORE/manifest.json  the points of the last sweep, for plots
//   STORE/sweep.csv      its table, or where --out said
#ifndef HEADROOM_SWEEP_STORE_H
#define HEADROOM_SWEEP_STORE_H

#include "results.h"
#include "sweep_table.h"

struct sweep_store {
  const char *folder; // NULL: nothing is kept
  const char *table;  // path of the CSV
};

// For `--out DIR` DIR and DIR/sweep.csv; for `--out FILE.csv` FILE.points and that file; for NULL nothing.
// Neither need exist.
void sweep_store_find(struct sweep_store *store, const char *out, struct arena *arena);

// What a point is known by: version, resolved scenario without its notes, the content of the files that it
// names, seed and replications.
void sweep_store_key(const struct subject *subject, char key[CANONICAL_HASH_BYTES]);

// Folder of a point, relative to the store ("points/KEY").
const char *sweep_store_place(const char *key, struct arena *arena);

// Whether a point is there; `full`: with its series and its distribution.
bool sweep_store_has(const struct sweep_store *store, const char *key, bool full, struct arena *arena);

// Keeps a point. False: `error` says why.
bool sweep_store_save(const struct sweep_store *store, const char *key, const struct results *results,
                      bool full, struct arena *arena, struct file_error *error);

// Its results.json. NULL after an error was printed.
const struct node *sweep_store_read(const struct sweep_store *store, const char *key, struct arena *arena);

// Events per second of one processor, as the last sweep into this store took them; NAN: there was none.
double sweep_store_speed(const struct sweep_store *store, struct arena *arena);

#endif
