// What tests of what users write share: memory, diagnostics and JSON in single quotes.
#ifndef HEADROOM_READING_H
#define HEADROOM_READING_H

#include "field.h"
#include "node.h"

// Opens all three, the first without a budget; arena_drop() gives everything back.
void reading_begin(struct arena *arena, struct diagnostics *diagnostics, struct field_context *context);

// The nodes of a text whose single quotes stand for double ones, in context->arena. A text that is no JSON
// fails the test.
const struct node *reading_nodes(const struct field_context *context, const char *text);

#endif
