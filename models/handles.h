// The `handles` of servers and workers: what they do with each request, compiled into programs.
#ifndef HEADROOM_HANDLES_H
#define HEADROOM_HANDLES_H

#include "model.h"
#include "step_form.h"

// The row of a table whose record has a member `struct map handles`.
#define HANDLES_ROW(record_)                                                                                 \
  FIELD_MAP(record_, handles, ITEM_LIST(&program_step_item), .star = true, .required = true, .minimum = 1,   \
            .doc = "request (or \"*\"): steps, done in order; see `headroom doc steps`")

// Adds the requests that the steps send to the plan.
void handles_collect(const struct map *handles, struct plan *plan);

// Fills component->programs. False when an error was reported.
bool handles_compile(const struct map *handles, struct component *component, struct plan *plan,
                     struct field_context *context);

// What one visit does and calls, for the model's demand(): adds to `demand`.
void handles_demand(const struct component *component, uint16_t request, struct model_demand *demand,
                    program_call_visitor *visitor, void *context);

#endif
