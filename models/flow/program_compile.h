// Compiles the steps of a `handles` into a program.
#ifndef HEADROOM_PROGRAM_COMPILE_H
#define HEADROOM_PROGRAM_COMPILE_H

#include "program.h"

// Adds the names of the requests that decoded steps send to the plan.
void program_collect(const struct list *steps, struct plan *plan);

// Compiles decoded steps (a list of program_step_item), written at `node`. Errors are reported at the steps;
// returns false then.
bool program_compile(const struct list *steps, const struct node *node, struct plan *plan,
                     struct field_context *context, struct program *program);

#endif
