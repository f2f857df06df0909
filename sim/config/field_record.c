// Records and tuples: unknown keys, what is left out, and what is wrong.
#include "field_decoder.h"

#include "ahead.h"
#include "assertion.h"
#include "json.h"
#include "text.h"

#include <string.h>

// ---- Unknown keys ----

static size_t count_rows(const struct field_table *table) {
  size_t count = 0;
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    count += field->kind == FIELD_KIND_SPREAD ? count_rows(field->table) : 1;
  }
  return count;
}

static const char **list_keys(const struct field_table *table, const char **target) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      target = list_keys(field->table, target);
    } else {
      *target++ = field_key(field);
    }
  }
  return target;
}

// Reports a key that no row has.
static void report_unknown(const struct field_table *table, const struct node *child,
                           struct field_context *context) {
  struct diagnostics *diagnostics = context->diagnostics;
  if (ahead_has(table->name, child->key)) {
    diagnostic_key_error(diagnostics, child, "`%s` is not there yet", child->key);
    return;
  }
  size_t count = count_rows(table);
  const char **keys = NULL;
  if (diagnostics->errors < FIELD_ERRORS_EXPLAINED)
    keys = arena_array(context->arena, count + 1, sizeof *keys);
  if (keys == NULL) {
    diagnostic_key_error(diagnostics, child, "unknown key");
    return;
  }
  list_keys(table, keys);
  const char *near = diagnostic_nearest(diagnostics, child->key, keys, count);
  if (*near != '\0') {
    diagnostic_key_error(diagnostics, child, "unknown key `%s`%s", child->key, near);
  } else if (count == 0) {
    diagnostic_key_error(diagnostics, child, "unknown key `%s`; nothing is allowed here", child->key);
  } else {
    diagnostic_key_error(diagnostics, child, "unknown key `%s`; allowed are %s", child->key,
                         text_join(keys, count, "", FIELD_NAMES_SHOWN, context->arena));
  }
}

// ---- Defaults ----

static bool is_json(const char *text) {
  if (*text != '\0' && strchr("{[\"", *text) != NULL) return true;
  if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) return true;
  bool begins = (*text >= '0' && *text <= '9') || *text == '-';
  return begins && strspn(text, "0123456789+-.eE") == strlen(text);
}

// Gives a tree that stands in for what the user left out the place of the object around it.
static void place_all(struct node *node, const struct node *object) {
  node->at = object->at;
  node->key_at = object->at;
  for (struct node *child = node->first; child != NULL; child = child->next) place_all(child, object);
}

static struct node *stand_in(struct node *node, const struct field *field, const struct node *object) {
  place_all(node, object);
  // The tree itself does not change: the child that was left out only knows its parent.
  node->parent = (struct node *)(uintptr_t)object;
  node->key = field_key(field);
  return node;
}

const struct node *field_standard_node(const struct field *field, const struct node *object,
                                       struct arena *arena) {
  struct diagnostics diagnostics;
  struct node *node = NULL;
  diagnostics_init(&diagnostics, arena);
  if (is_json(field->standard)) {
    node = json_read(field->standard, strlen(field->standard), "default", &diagnostics, arena);
    ASSERT(diagnostics.errors == 0, "a default is no JSON");
  } else if ((node = arena_take(arena, sizeof *node)) != NULL) {
    *node = (struct node){.kind = NODE_STRING, .text = field->standard};
  }
  return node != NULL ? stand_in(node, field, object) : NULL;
}

// ---- Records ----

static bool decode_rows(const struct field_table *table, const struct node *object, char *record,
                        struct field_context *context);

bool field_decode_member(const struct field *field, const struct node *node, char *member,
                         struct field_context *context) {
  if (!field->pointer) return field_decode_value(field, node, member, context);
  void *value = field_take(node, 1, field->size, context);
  if (value == NULL || !field_decode_value(field, node, value, context)) return false;
  memcpy(member, &value, sizeof value);
  return true;
}

static void clear_member(const struct field *field, char *member) {
  memset(member, 0, field->pointer ? sizeof(void *) : field->size);
}

static bool decode_standard(const struct field *field, const struct node *object, char *member,
                            struct field_context *context) {
  const struct node *node = field_standard_node(field, object, context->arena);
  if (node == NULL) return false;
  return field_decode_member(field, node, member, context);
}

bool field_is_embedded(const struct field *field) {
  return field->kind == FIELD_KIND_RECORD && !field->pointer;
}

// What is left when the user says nothing.
static bool decode_absent(const struct field *field, const struct node *object, char *member,
                          struct field_context *context) {
  clear_member(field, member);
  if (field->standard != NULL) return decode_standard(field, object, member, context);
  if (!field_is_embedded(field)) return true;
  struct node *empty = field_take(object, 1, sizeof *empty, context);
  if (empty == NULL) return false;
  *empty = (struct node){.kind = NODE_OBJECT};
  return field_decode_value(field, stand_in(empty, field, object), member, context);
}

static bool report_missing(const struct field *field, const struct node *object,
                           struct field_context *context) {
  if (context->silent) return false;
  diagnostic_error(context->diagnostics, object, "`%s` is missing: %s", field_key(field),
                   field_allowed(field, context->of, context->arena));
  return false;
}

// What stands in for a wrong value. What is required in it is not missing beside that.
static void decode_instead(const struct field *field, const struct node *object, char *member,
                           struct field_context *context) {
  bool silent = context->silent;
  context->silent = true;
  decode_absent(field, object, member, context);
  context->silent = silent;
}

// Whether what is left of a wrong value stays: whatever was right of a container.
static bool keeps_part(const struct field *field, const struct node *node, const char *member) {
  switch (field->pointer ? FIELD_KIND_RAW : field->kind) {
  case FIELD_KIND_LIST:
    return ((const struct list *)(const void *)member)->count > 0;
  case FIELD_KIND_MAP:
    return ((const struct map *)(const void *)member)->count > 0;
  case FIELD_KIND_VARIANT:
  case FIELD_KIND_TYPED:
  case FIELD_KIND_HEADED:
  case FIELD_KIND_EITHER:
    return ((const struct variant *)(const void *)member)->value != NULL;
  case FIELD_KIND_RECORD:
    return node->kind == NODE_OBJECT;
  default:
    return false;
  }
}

static bool decode_row(const struct field *field, const struct node *object, char *record,
                       struct field_context *context) {
  char *member = record + field->offset;
  if (field->kind == FIELD_KIND_SPREAD) return decode_rows(field->table, object, member, context);
  const struct node *node = node_find(object, field_key(field));
  if (node != NULL && node->kind != NODE_NULL) {
    if (field_decode_member(field, node, member, context)) return true;
    if (keeps_part(field, node, member)) return false;
    clear_member(field, member);
    if (!field->required || field_is_embedded(field)) decode_instead(field, object, member, context);
    return false;
  }
  if (!field->required) return decode_absent(field, object, member, context);
  clear_member(field, member);
  return report_missing(field, object, context);
}

static bool run_check(const struct field_table *table, const struct node *object, char *record,
                      struct field_context *context) {
  if (table->check == NULL) return true;
  size_t before = context->diagnostics->errors;
  table->check(record, object, context);
  return context->diagnostics->errors == before;
}

static bool decode_rows(const struct field_table *table, const struct node *object, char *record,
                        struct field_context *context) {
  bool right = true;
  for (size_t i = 0; i < table->count; i++) {
    if (!decode_row(&table->fields[i], object, record, context)) right = false;
  }
  return right && run_check(table, object, record, context);
}

bool field_decode_object(const struct field_table *table, const struct node *object, const char *tag,
                         void *record, struct field_context *context) {
  bool right = true;
  memset(record, 0, table->size);
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (strcmp(child->key, "note") == 0 || field_row(table, child->key, NULL) != NULL) continue;
    if (tag != NULL && strcmp(child->key, tag) == 0) continue;
    report_unknown(table, child, context);
    right = false;
  }
  return decode_rows(table, object, record, context) && right;
}

bool field_decode_record(const struct field *field, const struct node *node, void *value,
                         struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  return field_decode_object(field->table, node, NULL, value, context);
}

bool field_decode_tuple(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  const struct field_table *table = field->table;
  if (node->kind != NODE_ARRAY) return field_wrong(field, node, context);
  if (node->count != table->count) {
    diagnostic_error(context->diagnostics, node, "found a list of %zu; allowed is %s", node->count,
                     field_allowed(field, context->of, context->arena));
    return false;
  }
  bool right = true;
  size_t place = 0;
  for (const struct node *child = node->first; child != NULL; child = child->next, place++) {
    const struct field *row = &table->fields[place];
    if (!field_decode_member(row, child, (char *)value + row->offset, context)) right = false;
  }
  return right && run_check(table, node, value, context);
}
