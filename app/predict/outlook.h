// What prediction warns of before anything is simulated: a run that takes far too long, and events of the
// timeline that cannot come because the requests of the run will have ended by then.
#ifndef HEADROOM_OUTLOOK_H
#define HEADROOM_OUTLOOK_H

#include "diagnostic.h"
#include "plan.h"

// Warns at the nodes of `plan`, which must be right. Says nothing where rates are not known. What it needs
// lies in `arena`.
void outlook_judge(const struct plan *plan, struct diagnostics *diagnostics, struct arena *arena);

#endif
