// The death of everything in a run, and what must be left of it: nothing.
#ifndef HEADROOM_KILLING_H
#define HEADROOM_KILLING_H

#include "sim.h"

enum { KILLING_TEXT_BYTES = 400 };

// What is wrong with a run that stands still between two events, after the audit's identities; NULL: nothing.
// `text` has room for KILLING_TEXT_BYTES.
const char *killing_fault(struct sim *sim, char *text);

// Ends every instance that there is, whatever it does. `silent`: nobody is told.
void killing_all(struct sim *sim, bool silent);

// What is left after killing_all() that should not be: strands, jobs at a station, tokens, memory, or a book
// that is not right. What is still on its way, as visit or as reply, may be. NULL: nothing.
const char *killing_leftover(struct sim *sim, char *text);

#endif
