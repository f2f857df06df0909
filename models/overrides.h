// What a component is in one place: `"overrides": {"ireland": {patch}}`. The patched component is compiled
// like any other, and the fleet in that place follows it; its number, its name and its figures stay the same.
//
// Leaves out: predictions follow the component as it is elsewhere; where its instances stand cannot be
// overridden, for that says which places there are.
#ifndef HEADROOM_OVERRIDES_H
#define HEADROOM_OVERRIDES_H

#include "plan.h"

// Compiles the overrides of a compiled component into its shares. False after an error was reported.
bool overrides_compile(struct component *component, struct plan *plan, struct field_context *context);

#endif
