// One document as a patch over another: RFC 7396 with two deviations.
//
// As in the RFC, objects are merged key by key, null deletes, and everything else (lists too) is replaced
// whole. Deviations: where a form has exactly one key, a choice ({"poisson": ...}), a patch with another
// single key replaces the whole; and a patch that changes the `type` of a component replaces the component. A
// "note" does not count as a key of a choice.
#ifndef HEADROOM_MERGE_H
#define HEADROOM_MERGE_H

#include "diagnostic.h"
#include "node.h"

// What the merge cannot know by itself. The field tables know which places of a document hold a choice:
// is_choice() is asked about an object with one key, at its place (parents up to the root of the document
// that is patched; node_path() gives the path), before a patch with another key is applied to it.
struct merge_rules {
  bool (*is_choice)(const struct node *object, const void *context);
  const void *context;
};

// The rule where no table is at hand: an object is a choice when its only key names one of the alternatives
// of the language that may stand in many places (distributions, arrivals, shapes, popularity, backoff,
// algorithms) and it lies below the entries of the top-level maps, so that a component may be called
// "poisson".
extern const struct merge_rules merge_rules_by_name;

// `target` patched by `patch`, as a new tree without parent; neither is changed. Every value keeps the
// position where it was written; an object that both wrote, that of the target. A deletion of what is not
// there gets a warning, as it is likely misspelt (`diagnostics` NULL: none). `rules` NULL: no choices. Keys
// and texts are shared with both trees. NULL: memory ran out.
struct node *merge_patch(const struct node *target, const struct node *patch, const struct merge_rules *rules,
                         struct diagnostics *diagnostics, struct arena *arena);

// Whether `object` is a choice by `rules` (may be NULL) whose alternative is not `key`.
bool merge_is_other_choice(const struct node *object, const char *key, const struct merge_rules *rules);

#endif
