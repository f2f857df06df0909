// Building and changing trees of nodes. Texts and keys are shared between a tree and its copies, never
// copied: an arena that holds them must live as long as every tree that was made from them.
#ifndef HEADROOM_NODE_EDIT_H
#define HEADROOM_NODE_EDIT_H

#include "node.h"

// A node without parent, key and children; NULL only where the arena gives NULL, as with all below.
struct node *node_make(struct arena *arena, enum node_kind kind, struct position at);

// Names a node that is to become the child of an object.
void node_name(struct node *node, const char *key, struct position key_at);

// Makes `child` (that has no parent) the last child. In an object it has a key that none of its siblings has;
// in an array it gets its index, and its key is forgotten.
void node_append(struct node *parent, struct node *child);

// Takes a child out of its parent; in an array those behind it move up. Costs time in the number of siblings.
void node_remove(struct node *child);

// Puts `fresh` (that has no parent) into the place of `old`, whose key and key position it takes over; `old`
// then has no parent.
void node_replace(struct node *old, struct node *fresh);

// A deep copy without parent; positions, key and text are those of the original.
struct node *node_copy(const struct node *node, struct arena *arena);

// node_find() for a tree that is being changed.
struct node *node_child(struct node *object, const char *key);

// The children in the order of their keys (as bytes), those of one key in the order written: an array of
// object->count in the arena.
const struct node **node_sorted(const struct node *object, struct arena *arena);

// The child of that key in an array from node_sorted(), by bisection; NULL: there is none.
const struct node *node_sorted_find(const struct node **sorted, size_t count, const char *key);

// The levels of a tree: 1 for a scalar and an empty object.
size_t node_depth(const struct node *node);

#endif
