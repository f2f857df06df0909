// The timeline: failures, recoveries, slowdowns, scaling and changes of parameters, at their times.
#ifndef HEADROOM_TIMELINE_H
#define HEADROOM_TIMELINE_H

#include "sim.h"

// The item of the `timeline` list.
extern const struct field timeline_item;

// Compiles a decoded timeline, written at `node`, into plan->timeline. False after an error was reported.
bool timeline_compile(const struct list *written, const struct node *node, struct plan *plan,
                      struct field_context *context);

// Schedules the first occurrence of every event. False when memory runs out.
bool timeline_start(struct sim *sim);

// Event number `number` happens; what it did for a time ends.
void timeline_begin(struct sim *sim, uint32_t number);
void timeline_end(struct sim *sim, uint32_t number);

#endif
