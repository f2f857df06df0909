#include "node_edit.h"

#include "assertion.h"

#include <stdlib.h>
#include <string.h>

struct node *node_make(struct arena *arena, enum node_kind kind, struct position at) {
  struct node *node = arena_take(arena, sizeof *node);
  if (node != NULL) *node = (struct node){.kind = kind, .at = at};
  return node;
}

void node_name(struct node *node, const char *key, struct position key_at) {
  node->key = key;
  node->key_at = key_at;
}

void node_append(struct node *parent, struct node *child) {
  ASSERT(child->parent == NULL, "a node is a child of one node only");
  ASSERT(parent->kind == NODE_ARRAY || (parent->kind == NODE_OBJECT && child->key != NULL),
         "a child of an object has a key");
  if (parent->kind == NODE_ARRAY) child->key = NULL;
  child->parent = parent;
  child->index = parent->kind == NODE_ARRAY ? parent->count : 0;
  child->next = NULL;
  if (parent->last != NULL)
    parent->last->next = child;
  else
    parent->first = child;
  parent->last = child;
  parent->count++;
}

// The link that points at `child`, and the sibling before it (NULL: none).
static struct node **find_link(struct node *child, struct node **before) {
  struct node **link = &child->parent->first;
  *before = NULL;
  while (*link != child) {
    *before = *link;
    link = &(*link)->next;
  }
  return link;
}

static void detach(struct node *child) {
  child->parent = NULL;
  child->next = NULL;
  child->index = 0;
}

void node_remove(struct node *child) {
  struct node *parent = child->parent;
  struct node *before = NULL;
  *find_link(child, &before) = child->next;
  if (parent->last == child) parent->last = before;
  parent->count--;
  if (parent->kind == NODE_ARRAY) {
    for (struct node *behind = child->next; behind != NULL; behind = behind->next) behind->index--;
  }
  detach(child);
}

void node_replace(struct node *old, struct node *fresh) {
  ASSERT(fresh->parent == NULL, "a node is a child of one node only");
  struct node *before = NULL;
  *find_link(old, &before) = fresh;
  fresh->parent = old->parent;
  fresh->next = old->next;
  fresh->index = old->index;
  node_name(fresh, old->key, old->key_at);
  if (old->parent->last == old) old->parent->last = fresh;
  detach(old);
}

struct node *node_copy(const struct node *node, struct arena *arena) {
  struct node *copy = arena_take(arena, sizeof *copy);
  if (copy == NULL) return NULL;
  *copy = *node;
  copy->parent = copy->first = copy->last = copy->next = NULL;
  copy->count = copy->index = 0;
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    struct node *inner = node_copy(child, arena);
    if (inner == NULL) return NULL;
    node_append(copy, inner);
  }
  return copy;
}

struct node *node_child(struct node *object, const char *key) {
  if (object->kind != NODE_OBJECT) return NULL;
  struct node *child = object->first;
  while (child != NULL && strcmp(child->key, key) != 0) child = child->next;
  return child;
}

// While node_sorted() sorts, an entry keeps the place in which it was written, as qsort() is not stable.
struct entry {
  const struct node *node;
  size_t place;
};

static int compare_entries(const void *left, const void *right) {
  const struct entry *one = left;
  const struct entry *other = right;
  int order = strcmp(one->node->key, other->node->key);
  if (order != 0) return order;
  return one->place < other->place ? -1 : one->place > other->place;
}

const struct node **node_sorted(const struct node *object, struct arena *arena) {
  struct entry *entries = arena_array(arena, object->count, sizeof *entries);
  const struct node **sorted = arena_array(arena, object->count, sizeof *sorted);
  if (entries == NULL || sorted == NULL) return NULL;
  size_t count = 0;
  for (const struct node *child = object->first; child != NULL; child = child->next, count++) {
    entries[count] = (struct entry){.node = child, .place = count};
  }
  if (count > 1) qsort(entries, count, sizeof *entries, compare_entries);
  for (size_t i = 0; i < count; i++) sorted[i] = entries[i].node;
  return sorted;
}

const struct node *node_sorted_find(const struct node **sorted, size_t count, const char *key) {
  size_t low = 0;
  while (low < count) {
    size_t middle = low + (count - low) / 2;
    int order = strcmp(sorted[middle]->key, key);
    if (order == 0) return sorted[middle];
    if (order < 0)
      low = middle + 1;
    else
      count = middle;
  }
  return NULL;
}

size_t node_depth(const struct node *node) {
  size_t deepest = 0;
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    size_t depth = node_depth(child);
    if (depth > deepest) deepest = depth;
  }
  return deepest + 1;
}
