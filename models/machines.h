// The machines of a scenario: its own types, the built-in ones, and the hosts.
#ifndef HEADROOM_MACHINES_H
#define HEADROOM_MACHINES_H

#include "plan.h"

// Compiles `machines` and `hosts` into the plan; its places must be there. False when memory runs out.
bool machines_compile(const struct map *machines, const struct map *hosts, struct plan *plan);

// Takes note of the prices of all machines that are used, once the components are compiled.
void machines_note_uses(struct plan *plan);

// The type of that name, the scenario's own or a built-in one, which is made in the plan's arena. NULL when
// there is none (which decoding reports), or memory runs out. `name` may be NULL.
const struct machine_type *machines_find(const struct plan *plan, const char *name);

#endif
