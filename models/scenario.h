// A scenario: its top-level table, and how it becomes a plan.
#ifndef HEADROOM_SCENARIO_H
#define HEADROOM_SCENARIO_H

#include "merge.h"
#include "plan.h"

// The whole language, for decoding, documentation and the schema.
extern const struct field_table scenario_table;

// Which places of a scenario hold choices, for merging.
extern const struct merge_rules scenario_merge_rules;

// Compiles a resolved document. NULL after errors were reported in context->diagnostics (or memory ran out).
// The plan lives in context->arena, and so must the document.
const struct plan *scenario_compile(const struct node *root, struct field_context *context);

// The same, but gives the plan also after errors, as far as it could be built: for looking up names in it, so
// that all errors are reported at once, and for nothing else. NULL only if memory ran out or `root` is no
// object.
const struct plan *scenario_draft(const struct node *root, struct field_context *context);

#endif
