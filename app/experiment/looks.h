// A run that is looked at while its measured time lasts, when a slice is full, a window over that an
// objective is about, or an event of the timeline begins or ends.
#ifndef HEADROOM_LOOKS_H
#define HEADROOM_LOOKS_H

#include "replication.h"

struct objectives;

// Runs `sim` to its end like sim_run(), and takes slices of it, if `first` > 0, ns of a slice to begin with;
// the windows of those among `objectives` (NULL: none) that are about windows; and notes of the phases
// between events. They stand in `kept`, which is open, and are whole where the run came to its end.
enum engine_outcome looks_run(struct replication *kept, struct sim *sim, int64_t first,
                              const struct objectives *objectives);

#endif
