#include "merge.h"

#include "node_edit.h"

#include <string.h>

struct merge {
  const struct merge_rules *rules;
  struct diagnostics *diagnostics;
  struct arena *arena;
};

static const char *const alternatives[] = {
    // distributions
    "exponential", "lognormal", "gamma", "erlang", "weibull", "pareto", "uniform", "normal",
    "hyperexponential", "quantiles", "empirical", "mixture", "geometric",
    // arrivals, and their shapes
    "poisson", "constant", "renewal", "mmpp", "closed", "sessions", "population", "trace", "piecewise",
    "steps", "diurnal", "ramp", "spike", "growth",
    // popularity, backoff, balancing
    "zipf", "hotset", "growing", "power-of-d", "bounded-hash"};

// components.web is on level 2; a choice stands below that, on level 3 at least.
static bool is_below_entries(const struct node *node) {
  size_t level = 0;
  for (; node->parent != NULL; node = node->parent) level++;
  return level >= 3;
}

// The only key of an object, notes not counted; NULL when it has none or several, or is no object.
static const struct node *only_key(const struct node *object) {
  const struct node *only = NULL;
  if (object == NULL || object->kind != NODE_OBJECT) return NULL;
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (strcmp(child->key, "note") == 0) continue;
    if (only != NULL) return NULL;
    only = child;
  }
  return only;
}

static bool is_choice_by_name(const struct node *object, const void *context) {
  (void)context;
  const struct node *only = only_key(object);
  if (only == NULL || !is_below_entries(object)) return false;
  for (size_t i = 0; i < sizeof alternatives / sizeof *alternatives; i++) {
    if (strcmp(only->key, alternatives[i]) == 0) return true;
  }
  return false;
}

const struct merge_rules merge_rules_by_name = {.is_choice = is_choice_by_name};

bool merge_is_other_choice(const struct node *object, const char *key, const struct merge_rules *rules) {
  const struct node *only = only_key(object);
  if (rules == NULL || rules->is_choice == NULL || only == NULL || strcmp(only->key, key) == 0) return false;
  return rules->is_choice(object, rules->context);
}

static bool is_component(const struct node *node) {
  const struct node *map = node->parent;
  return map != NULL && map->key != NULL && strcmp(map->key, "components") == 0 && map->parent != NULL &&
         map->parent->parent == NULL;
}

static bool is_other_type(const struct node *target, const struct node *patch) {
  const struct node *old = node_find(target, "type");
  const struct node *fresh = node_find(patch, "type");
  return is_component(target) && old != NULL && old->kind == NODE_STRING && fresh != NULL &&
         fresh->kind == NODE_STRING && strcmp(old->text, fresh->text) != 0;
}

// Whether `patch` (an object) takes the place of `target` instead of being merged into it.
static bool replaces(const struct merge *merge, const struct node *target, const struct node *patch) {
  if (target == NULL || target->kind != NODE_OBJECT) return true;
  const struct node *only = only_key(patch);
  bool names_other = only != NULL && only->kind != NODE_NULL;
  return is_other_type(target, patch) ||
         (names_other && merge_is_other_choice(target, only->key, merge->rules));
}

static struct node *apply(const struct merge *merge, const struct node *target, const struct node *patch);

static bool append(struct node *result, struct node *child, const struct node *named) {
  if (child == NULL) return false;
  node_name(child, named->key, named->key_at);
  node_append(result, child);
  return true;
}

static void warn_of_nothing(const struct merge *merge, const struct node *target, const struct node *patch) {
  if (merge->diagnostics == NULL) return;
  const char **names =
      arena_array(merge->diagnostics->arena, target != NULL ? target->count : 0, sizeof *names);
  if (names == NULL) return;
  size_t count = 0;
  const struct node *child = target != NULL && target->kind == NODE_OBJECT ? target->first : NULL;
  for (; child != NULL; child = child->next) names[count++] = child->key;
  diagnostic_warning(merge->diagnostics, patch, "null deletes nothing here: there is no `%s` to delete%s",
                     patch->key, diagnostic_nearest(merge->diagnostics, patch->key, names, count));
}

// The members that only the patch has.
static bool append_new(const struct merge *merge, struct node *result, const struct node *target,
                       const struct node *patch, const struct node **old, size_t old_count) {
  for (const struct node *child = patch->first; child != NULL; child = child->next) {
    if (node_sorted_find(old, old_count, child->key) != NULL) continue;
    if (child->kind == NODE_NULL)
      warn_of_nothing(merge, target, child);
    else if (!append(result, apply(merge, NULL, child), child))
      return false;
  }
  return true;
}

// The members of the target, each patched, deleted or as it was.
static bool append_old(const struct merge *merge, struct node *result, const struct node *target,
                       const struct node **fresh, size_t fresh_count) {
  for (const struct node *child = target->first; child != NULL; child = child->next) {
    const struct node *patch = node_sorted_find(fresh, fresh_count, child->key);
    if (patch == NULL) {
      if (!append(result, node_copy(child, merge->arena), child)) return false;
    } else if (patch->kind != NODE_NULL) {
      bool is_merged = patch->kind == NODE_OBJECT && !replaces(merge, child, patch);
      if (!append(result, apply(merge, child, patch), is_merged ? child : patch)) return false;
    }
  }
  return true;
}

static struct node *merge_objects(const struct merge *merge, const struct node *target,
                                  const struct node *patch) {
  const struct node **old = node_sorted(target, merge->arena);
  const struct node **fresh = node_sorted(patch, merge->arena);
  struct node *result = node_make(merge->arena, NODE_OBJECT, target->at);
  if (old == NULL || fresh == NULL || result == NULL) return NULL;
  if (!append_old(merge, result, target, fresh, patch->count)) return NULL;
  return append_new(merge, result, target, patch, old, target->count) ? result : NULL;
}

// A patch where there was nothing: what it would delete is not there.
static struct node *without_nulls(const struct merge *merge, const struct node *patch) {
  struct node *result = node_make(merge->arena, NODE_OBJECT, patch->at);
  if (result == NULL) return NULL;
  return append_new(merge, result, NULL, patch, NULL, 0) ? result : NULL;
}

static struct node *apply(const struct merge *merge, const struct node *target, const struct node *patch) {
  if (patch->kind != NODE_OBJECT) return node_copy(patch, merge->arena);
  if (replaces(merge, target, patch)) return without_nulls(merge, patch);
  return merge_objects(merge, target, patch);
}

struct node *merge_patch(const struct node *target, const struct node *patch, const struct merge_rules *rules,
                         struct diagnostics *diagnostics, struct arena *arena) {
  const struct merge merge = {.rules = rules, .diagnostics = diagnostics, .arena = arena};
  return apply(&merge, target, patch);
}
