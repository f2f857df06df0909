// Where the instances of a component stand: the rows that all components share.
#ifndef HEADROOM_DEPLOYMENT_H
#define HEADROOM_DEPLOYMENT_H

#include "model.h"

// Compiles component->machine, host and shares from the deployment at the head of its parameters. False after
// an error was reported.
bool deployment_compile(struct component *component, struct plan *plan, struct field_context *context);

enum { DEPLOYMENT_INSTANCES_MOST = 100000 };

#endif
