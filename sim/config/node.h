// A scenario as it was written: nodes that know where they came from. The JSON library's tree is turned into
// these at once; merging and overrides make nodes of the same kind, so that an error found at any later time
// can still say in which file, line and column the value stands.
#ifndef HEADROOM_NODE_H
#define HEADROOM_NODE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum node_kind { NODE_NULL, NODE_BOOLEAN, NODE_NUMBER, NODE_STRING, NODE_ARRAY, NODE_OBJECT };

// Where a value stands. `file` is the path as the user gave it, "standard input", or the text of an override
// ("--set run.seed=5"; line and column then count in that text). Lines and columns count from 1; a column
// is a byte's.
struct position {
  const char *file;
  uint32_t line;
  uint32_t column;
};

// Nodes live in the arena of their scenario and never move. Children form a list in the order written; no
// order of keys ever decides anything.
struct node {
  enum node_kind kind;
  bool truth;         // NODE_BOOLEAN
  double number;      // NODE_NUMBER
  const char *text;   // NODE_STRING: the value, UTF-8, no zero inside; NODE_NUMBER: as written
  const char *key;    // in an object: the key; else NULL
  struct position at; // of the value
  struct position key_at;
  struct node *parent; // NULL at the root
  struct node *first;  // children of an array or object
  struct node *last;
  struct node *next;
  size_t count; // children
  size_t index; // in an array: the place, from 0
};

// The child of that key (compared exactly), or NULL; NULL too when `object` is NULL or no object.
const struct node *node_find(const struct node *object, const char *key);

// The path inside the document, as errors and overrides write it: "components.web.handles.view[2].from".
const char *node_path(const struct node *node, struct arena *arena);

// What a node is, in a user's words: "an object", "the number 5", "the text \"fast\"" (shortened).
const char *node_describe(const struct node *node, struct arena *arena);

#endif
