// What merging must know: whether the value at a place of a document is a choice. The place is found by going
// from the root down through the tables, along the keys; nothing is reported.
#include "field_decoder.h"

#include <string.h>

static bool step_record(const struct field_table *table, const struct node *child, struct field *result) {
  const struct field *row = child->key != NULL ? field_row(table, child->key, NULL) : NULL;
  if (row != NULL) *result = *row;
  return row != NULL;
}

static bool step_alternative(const struct field_alternative *alternative, struct field *result) {
  if (alternative != NULL) *result = field_alternative_row(alternative);
  return alternative != NULL;
}

static const struct field_alternative *distribution_named(const char *name) {
  const struct field_alternative *alternative = NULL;
  for (size_t i = 0; (alternative = field_distribution_at(i)) != NULL; i++) {
    if (strcmp(alternative->name, name) == 0) return alternative;
  }
  return NULL;
}

static const struct field_alternative *typed_as(const struct field *field, const struct node *node) {
  const struct node *tag = node_find(node, field_tag(field));
  if (tag == NULL || tag->kind != NODE_STRING) return NULL;
  return field_alternative_named(field, tag->text, NULL);
}

static const struct field_alternative *headed_as(const struct field *field, const struct node *node) {
  const struct node *head = field_head(field, node, NULL);
  return head != NULL ? field_alternative_named(field, head->key, NULL) : NULL;
}

static bool step_in_object(const struct field_alternative *alternative, const struct node *child,
                           struct field *result) {
  if (alternative == NULL || alternative->table == NULL) return false;
  return step_record(alternative->table, child, result);
}

// The row that reads the child of an object or list that `field` reads (`field` is no either); false where it
// cannot be told.
static bool step(const struct field *field, const struct node *node, const struct node *child,
                 struct field *result) {
  switch (field->kind) {
  case FIELD_KIND_RECORD:
    return step_record(field->table, child, result);
  case FIELD_KIND_TUPLE:
    if (child->key != NULL || child->index >= field->table->count) return false;
    *result = field->table->fields[child->index];
    return true;
  case FIELD_KIND_LIST:
  case FIELD_KIND_MAP:
    *result = *field->item;
    return true;
  case FIELD_KIND_VARIANT:
    return child->key != NULL && step_alternative(field_alternative_named(field, child->key, NULL), result);
  case FIELD_KIND_DISTRIBUTION:
    return child->key != NULL && step_alternative(distribution_named(child->key), result);
  case FIELD_KIND_TYPED:
    return step_in_object(typed_as(field, node), child, result);
  case FIELD_KIND_HEADED:
    return step_in_object(headed_as(field, node), child, result);
  default:
    return false;
  }
}

// Replaces a row of several forms by the form that the node has.
static bool resolve(struct field *field, const struct node *node) {
  while (field->kind == FIELD_KIND_EITHER) {
    const struct field_alternative *alternative = NULL;
    struct field row;
    bool found = false;
    for (size_t i = 0; !found && (alternative = field_alternative_at(field, i)) != NULL; i++) {
      row = field_alternative_row(alternative);
      found = field_fits(&row, node, FIELD_KIND_DURATION) || field_fits(&row, node, FIELD_KIND_COUNT);
    }
    if (!found) return false;
    *field = row;
  }
  return true;
}

static bool locate(const struct field_table *root, const struct node *node, struct field *field) {
  if (node->parent == NULL) {
    *field = (struct field){.kind = FIELD_KIND_RECORD, .table = root, .size = root->size};
    return true;
  }
  struct field around;
  if (!locate(root, node->parent, &around)) return false;
  return step(&around, node->parent, node, field) && resolve(field, node);
}

bool field_is_choice(const struct field_table *root, const struct node *node) {
  struct field field;
  if (node->kind != NODE_OBJECT || !locate(root, node, &field)) return false;
  return field.kind == FIELD_KIND_VARIANT || field.kind == FIELD_KIND_DISTRIBUTION;
}

bool field_is_typed(const struct field_table *root, const struct node *node, const char **tag) {
  struct field field;
  if (node->kind != NODE_OBJECT || !locate(root, node, &field)) return false;
  if (field.kind != FIELD_KIND_TYPED) return false;
  if (tag != NULL) *tag = field.tag != NULL ? field.tag : "type";
  return true;
}

bool field_choice_rule(const struct node *object, const void *root) {
  return field_is_choice(root, object);
}

struct merge_rules field_merge_rules(const struct field_table *root) {
  return (struct merge_rules){.is_choice = field_choice_rule, .context = root};
}
