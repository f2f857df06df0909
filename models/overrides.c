#include "overrides.h"

#include "deployment.h"
#include "merge.h"
#include "node_edit.h"

#include <string.h>

// What a patch may not touch.
static const char *const fixed_keys[] = {"type", "instances", "in", "on", "price", "tags", "overrides", NULL};

static bool judge_keys(const char *const *keys, const struct node *patch, struct field_context *context) {
  bool right = true;
  for (; *keys != NULL; keys++) {
    const struct node *fixed = node_find(patch, *keys);
    if (fixed == NULL) continue;
    diagnostic_error(context->diagnostics, fixed, "`%s` is the same in all places", *keys);
    right = false;
  }
  return right;
}

static bool judge_patch(const struct model *model, const struct node *patch, struct field_context *context) {
  bool right = judge_keys(fixed_keys, patch, context);
  return model->common == NULL ? right : judge_keys(model->common, patch, context) && right;
}

static struct deployment_share *share_in(const struct component *component, const char *place,
                                         const struct plan *plan) {
  uint16_t number = plan_place(plan, place);
  for (uint16_t i = 0; i < component->share_count; i++) {
    if (component->shares[i].place == number) return (struct deployment_share *)&component->shares[i];
  }
  return NULL;
}

static void drop_key(struct node *object, const char *key) {
  struct node *child = node_child(object, key);
  if (child != NULL) node_remove(child);
}

// The component's parameters as they are written, with the patch.
static struct node *patched_node(const struct component *component, const struct node *patch,
                                 struct field_context *context) {
  struct node *base = node_copy(component->node, context->arena);
  drop_key(base, "overrides");
  drop_key(base, "type");
  const struct merge_rules rules = field_merge_rules(component->model->form.table); // whose root is the base
  struct node *merged = merge_patch(base, patch, &rules, context->diagnostics, context->arena);
  if (merged == NULL) return NULL;
  merged->parent = component->node->parent; // so that messages know the way to it
  merged->key = component->node->key;
  return merged;
}

static struct component *compile_variant(const struct component *component, const struct node *patch,
                                         struct plan *plan, struct field_context *context) {
  const struct field_table *table = component->model->form.table;
  struct component *variant = arena_take(plan->arena, sizeof *variant);
  void *parameters = arena_take(plan->arena, table->size);
  struct node *node = patched_node(component, patch, context);
  if (variant == NULL || parameters == NULL || node == NULL) return NULL;
  *variant = *component;
  variant->node = node;
  variant->parameters = parameters;
  if (!field_decode(table, node, parameters, context)) return NULL;
  if (!deployment_compile(variant, plan, context)) return NULL;
  variant->shares = component->shares;
  variant->share_count = component->share_count;
  return component->model->compile(variant, plan, context) ? variant : NULL;
}

static bool compile_override(struct component *component, const struct map_entry *entry, struct plan *plan,
                             struct field_context *context) {
  const struct node *patch = *(const struct node *const *)entry->value;
  struct deployment_share *share = share_in(component, entry->name, plan);
  if (share == NULL) {
    diagnostic_key_error(context->diagnostics, entry->node, "`%s` has no instances in `%s`", component->name,
                         entry->name);
    return false;
  }
  if (patch->kind != NODE_OBJECT) {
    diagnostic_error(context->diagnostics, patch, "is a patch: an object of what differs there");
    return false;
  }
  if (!judge_patch(component->model, patch, context)) return false;
  share->variant = compile_variant(component, patch, plan, context);
  return share->variant != NULL;
}

bool overrides_compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct deployment *deployment = component->parameters;
  bool right = true;
  if (deployment->overrides.count > 0 && component->model->one_of_a_kind) {
    diagnostic_error(context->diagnostics, node_find(component->node, "overrides"),
                     "a %s is the same in all places", component->model->form.name);
    return false;
  }
  for (size_t i = 0; i < deployment->overrides.count; i++)
    right &= compile_override(component, &deployment->overrides.entries[i], plan, context);
  return right;
}
