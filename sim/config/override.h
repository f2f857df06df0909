// Overrides from outside a file (--set path=value) and the paths in which they and all errors speak:
// components.web.handles.view[2].from. A key that is not plain (empty, or with a space, a control character
// or one of . [ ] = " \) stands in brackets as a JSON string: quantiles["p99.9"]. Lists are addressed by an
// index from 0.
#ifndef HEADROOM_OVERRIDE_H
#define HEADROOM_OVERRIDE_H

#include "diagnostic.h"
#include "merge.h"
#include "node.h"

// One step of a path: a key, or an index where `key` is NULL.
struct override_step {
  const char *key;
  size_t index;
  struct position at;
};

struct override_path {
  struct override_step *steps;
  size_t count; // 1 to JSON_DEPTH_MAX - 1
};

// Reads the path at the start of `text`, up to its end or to a `=` outside of quotes. `at` is the position of
// its first byte. The path lives in the arena; `*used` (unless NULL) is the number of its bytes. NULL: there
// is an error, or memory ran out.
const struct override_path *override_read_path(const char *text, size_t length, struct position at,
                                               size_t *used, struct diagnostics *diagnostics,
                                               struct arena *arena);

// The node at a path, or NULL. Never an error.
const struct node *override_find(const struct node *root, const struct override_path *path);

// A value as a person types it: JSON where it is JSON, else the text as it stands (5ms). What begins with a
// quote, a bracket or a brace must be JSON. Empty is an error. NULL: an error, or memory ran out.
struct node *override_read_value(const char *text, size_t length, struct position at,
                                 struct diagnostics *diagnostics, struct arena *arena);

// Sets what `text` says, "path=value", which is not kept, in the object `root`, which is changed in place:
// copy it first (node_copy) where the original is still wanted. A JSON null takes away what stands there (in
// a list, those behind it move up), and it is an error when nothing does. Objects that are missing on the way
// are made; a scalar on the way becomes an object, and another alternative of a choice (by `rules`, may be
// NULL) is replaced, as in a merge. A list is never made, extended or replaced on the way: its index must
// exist. Objects made on the way to an error stay. Positions speak of the file "FLAG TEXT" ("--set
// run.seed=5") and count in all of that, so that the path begins in column 7. False: an error, or memory ran
// out.
bool override_apply(struct node *root, const char *flag, const char *text, const struct merge_rules *rules,
                    struct diagnostics *diagnostics, struct arena *arena);

#endif
