// run --from results.json: what such a file tells about the run that wrote it.
#ifndef HEADROOM_REPEAT_H
#define HEADROOM_REPEAT_H

#include "arena.h"

#include <stdbool.h>

// Where the scenario stands in it, as it was simulated: a path as those of overrides.
#define REPEAT_SCENARIO "scenario.resolved"

struct repeat {
  const char *name;        // of the scenario; of one without, its file's
  double load;             // on the whole
  bool raised;             // by compare, so that `run.load` of the scenario is another
  const char *fingerprint; // of the figures; NULL: that run was interrupted, so another need not repeat it
};

// Reads a results.json. Texts live in the arena. False: it is none, or it cannot be read; that has been
// printed to standard error (exit 2).
bool repeat_read(struct repeat *repeat, const char *path, struct arena *arena);

#endif
