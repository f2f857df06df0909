// Which tiers a picture of utilization shows, where there is not room for all.
#ifndef HEADROOM_PLOT_TIERS_H
#define HEADROOM_PLOT_TIERS_H

#include "plot_data.h"

#include <stddef.h>

// Names into `names`, at most `most` of them, and their number: the fullest of each component, the fullest
// first, and then what else is fullest. What counts is where it is fullest among the runs. Memory is shown
// only where more than half is held.
size_t plot_tiers_choose(const struct plot_run *const *runs, size_t count, size_t most, const char **names,
                         struct arena *arena);

// The tier of that name of a run; NULL: it has none.
const struct plot_tier *plot_tiers_find(const struct plot_run *run, const char *name);

#endif
