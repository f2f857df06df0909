// Choices: one of several, told by its name, its only key, its type, its head, or its form.
#include "field_decoder.h"

#include "ahead.h"
#include "text.h"

// Reads the value of an alternative that takes one.
static bool decode_alternative(const struct field_alternative *alternative, size_t index,
                               const struct node *node, const char *tag, void *value,
                               struct field_context *context) {
  struct field row = field_alternative_row(alternative);
  struct variant *variant = value;
  *variant = (struct variant){.alternative = alternative, .index = index};
  variant->wrong = true;
  if (row.kind == FIELD_KIND_RAW && row.size == 0) {
    variant->wrong = !(node->kind == NODE_NULL || (node->kind == NODE_OBJECT && node->count == 0));
    if (!variant->wrong) return true;
    diagnostic_error(context->diagnostics, node, "`%s` takes no parameters; write \"%s\" alone",
                     alternative->name, alternative->name);
    return false;
  }
  variant->value = field_take(node, 1, row.size, context);
  if (variant->value == NULL) return false;
  bool tagged = row.kind == FIELD_KIND_RECORD && tag != NULL;
  variant->wrong = tagged ? !field_decode_object(row.table, node, tag, variant->value, context)
                          : !field_decode_value(&row, node, variant->value, context);
  return !variant->wrong;
}

static bool report_alternative(const struct field *field, const struct node *node, const char *name,
                               bool at_key, struct field_context *context) {
  const char *where = field->kind == FIELD_KIND_TYPED ? field_tag(field) : field_key(field);
  if (ahead_has(where, name)) {
    (at_key ? diagnostic_key_error : diagnostic_error)(context->diagnostics, node, "`%s` is not there yet",
                                                       name);
    return false;
  }
  size_t count = 0;
  const char *const *names = field_alternative_names(field, context->arena, &count);
  const char *allowed = text_join(names, count, "", FIELD_NAMES_SHOWN, context->arena);
  const char *near = diagnostic_nearest(context->diagnostics, name, names, count);
  if (at_key) {
    diagnostic_key_error(context->diagnostics, node, "unknown key `%s`; allowed is one of %s%s", name,
                         allowed, near);
  } else {
    diagnostic_error(context->diagnostics, node, "found %s; allowed is one of %s%s",
                     node_describe(node, context->arena), allowed, near);
  }
  return false;
}

static bool needs_parameters(const struct field_alternative *alternative) {
  if (alternative->row != NULL) return true;
  for (size_t i = 0; alternative->table != NULL && i < alternative->table->count; i++) {
    if (alternative->table->fields[i].required) return true;
  }
  return false;
}

// A choice by its name alone, as if nothing stood behind it.
static bool decode_bare(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  size_t index = 0;
  const struct field_alternative *alternative = field_alternative_named(field, node->text, &index);
  if (alternative == NULL) return report_alternative(field, node, node->text, false, context);
  if (needs_parameters(alternative)) {
    struct field row = field_alternative_row(alternative);
    diagnostic_error(context->diagnostics, node, "`%s` needs parameters: {\"%s\": ...} with %s",
                     alternative->name, alternative->name, field_allowed(&row, context->of, context->arena));
    return false;
  }
  struct node *empty = field_take(node, 1, sizeof *empty, context);
  if (empty == NULL) return false;
  *empty = (struct node){.kind = NODE_OBJECT,
                         .at = node->at,
                         .key = node->key,
                         .parent = node->parent,
                         .key_at = node->key_at,
                         .index = node->index};
  return decode_alternative(alternative, index, empty, NULL, value, context);
}

static bool report_count(const struct field *field, const struct node *node, size_t count,
                         struct field_context *context) {
  size_t total = 0;
  const char *const *names = field_alternative_names(field, context->arena, &total);
  diagnostic_error(context->diagnostics, node, "found %s keys; allowed is exactly one of %s",
                   count == 0 ? "no" : "several",
                   text_join(names, total, "", FIELD_NAMES_SHOWN, context->arena));
  return false;
}

bool field_decode_variant(const struct field *field, const struct node *node, void *value,
                          struct field_context *context) {
  if (node->kind == NODE_STRING) return decode_bare(field, node, value, context);
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  size_t count = 0;
  size_t index = 0;
  const struct node *only = field_only_child(node, &count);
  if (only == NULL) return report_count(field, node, count, context);
  const struct field_alternative *alternative = field_alternative_named(field, only->key, &index);
  if (alternative == NULL) return report_alternative(field, only, only->key, true, context);
  return decode_alternative(alternative, index, only, NULL, value, context);
}

bool field_decode_typed(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  const struct node *tag = node_find(node, field_tag(field));
  size_t index = 0;
  if (tag == NULL || tag->kind != NODE_STRING) {
    size_t count = 0;
    const char *const *names = field_alternative_names(field, context->arena, &count);
    const char *allowed = text_join(names, count, "\"", SIZE_MAX, context->arena);
    if (tag != NULL) {
      diagnostic_error(context->diagnostics, tag, "found %s; allowed is %s",
                       node_describe(tag, context->arena), allowed);
    } else {
      diagnostic_error(context->diagnostics, node, "`%s` is missing: %s", field_tag(field), allowed);
    }
    return false;
  }
  const struct field_alternative *alternative = field_alternative_named(field, tag->text, &index);
  if (alternative == NULL) return report_alternative(field, tag, tag->text, false, context);
  return decode_alternative(alternative, index, node, field_tag(field), value, context);
}

// The first key that is near to a head, for an object that has none.
static const char *nearest_head(const struct node *object, const char *const *names, size_t count,
                                struct field_context *context) {
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (!field_is_given(child) || context->diagnostics->errors >= FIELD_ERRORS_EXPLAINED) continue;
    const char *near = diagnostic_nearest(context->diagnostics, child->key, names, count);
    if (*near != '\0') return arena_format(context->arena, "; found `%s`%s", child->key, near);
  }
  return "";
}

static bool report_head(const struct field *field, const struct node *node, size_t found,
                        struct field_context *context) {
  size_t count = 0;
  for (const struct node *child = node->first; found == 0 && child != NULL; child = child->next) {
    if (!field_is_given(child) || !ahead_has("timeline", child->key)) continue;
    diagnostic_key_error(context->diagnostics, child, "`%s` is not there yet", child->key);
    return false;
  }
  const char *const *names = field_alternative_names(field, context->arena, &count);
  const char *allowed = text_join(names, count, "", SIZE_MAX, context->arena);
  const char *near = found == 0 ? nearest_head(node, names, count, context) : "";
  diagnostic_error(context->diagnostics, node, "%s of the keys that say what it is; allowed is one of %s%s",
                   found == 0 ? "has none" : "has several", allowed, near != NULL ? near : "");
  return false;
}

bool field_decode_headed(const struct field *field, const struct node *node, void *value,
                         struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  size_t found = 0;
  size_t index = 0;
  const struct node *head = field_head(field, node, &found);
  if (head == NULL) return report_head(field, node, found, context);
  const struct field_alternative *alternative = field_alternative_named(field, head->key, &index);
  return decode_alternative(alternative, index, node, NULL, value, context);
}

// Whether an alternative takes values of that JSON type at all; where a unit is required, a bare number
// counts, so that the message can suggest the unit.
static bool takes_type(const struct field *row, enum node_kind kind) {
  switch (row->kind) {
  case FIELD_KIND_BOOLEAN:
    return kind == NODE_BOOLEAN;
  case FIELD_KIND_COUNT:
  case FIELD_KIND_NUMBER:
    return kind == NODE_NUMBER || (kind == NODE_STRING && (row->unlimited || row->none));
  case FIELD_KIND_TEXT:
  case FIELD_KIND_NAME:
  case FIELD_KIND_REFERENCE:
  case FIELD_KIND_WORD:
    return kind == NODE_STRING;
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
  case FIELD_KIND_MAP:
  case FIELD_KIND_TYPED:
  case FIELD_KIND_HEADED:
    return kind == NODE_OBJECT;
  case FIELD_KIND_VARIANT:
    return kind == NODE_OBJECT || kind == NODE_STRING;
  case FIELD_KIND_DISTRIBUTION:
    return kind == NODE_OBJECT || kind == NODE_STRING || kind == NODE_NUMBER;
  case FIELD_KIND_TUPLE:
  case FIELD_KIND_LIST:
    return kind == NODE_ARRAY;
  case FIELD_KIND_EITHER:
  case FIELD_KIND_RAW:
    return true;
  default:
    return kind == NODE_STRING || kind == NODE_NUMBER;
  }
}

// The alternative whose form fits; else, for the sake of its message, the only one of that JSON type.
static const struct field_alternative *choose_form(const struct field *field, const struct node *node,
                                                   enum field_kind of, size_t *index) {
  const struct field_alternative *alternative = NULL;
  const struct field_alternative *only = NULL;
  size_t candidates = 0;
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    struct field row = field_alternative_row(alternative);
    if (field_fits(&row, node, of)) {
      *index = i;
      return alternative;
    }
    if (!takes_type(&row, node->kind)) continue;
    candidates++;
    only = alternative;
    *index = i;
  }
  return candidates == 1 ? only : NULL;
}

bool field_decode_either(const struct field *field, const struct node *node, void *value,
                         struct field_context *context) {
  size_t index = 0;
  const struct field_alternative *alternative = choose_form(field, node, context->of, &index);
  if (alternative != NULL) return decode_alternative(alternative, index, node, NULL, value, context);
  return field_wrong(field, node, context);
}
