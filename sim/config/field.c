#include "field_decoder.h"

#include "ahead.h"
#include "assertion.h"
#include "json.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_NAMES = 12, ERRORS_EXPLAINED = 100 };

const char *field_key(const struct field *field) {
  if (field->key != NULL) return field->key;
  return field->member != NULL ? field->member : "value";
}

bool field_is_given(const struct node *child) {
  return child->kind != NODE_NULL && (child->key == NULL || strcmp(child->key, "note") != 0);
}

const struct node *field_only_child(const struct node *object, size_t *count) {
  const struct node *only = NULL;
  size_t given = 0;
  if (object->kind == NODE_OBJECT) {
    for (const struct node *child = object->first; child != NULL; child = child->next) {
      if (!field_is_given(child)) continue;
      if (given++ == 0) only = child;
    }
  }
  if (count != NULL) *count = given;
  return given == 1 ? only : NULL;
}

void *field_take(const struct node *node, size_t count, size_t size, struct field_context *context) {
  void *memory = arena_array(context->arena, count, size);
  if (memory == NULL) diagnostic_error(context->diagnostics, node, "there is no memory left for this");
  return memory;
}

bool field_wrong(const struct field *field, const struct node *node, struct field_context *context) {
  diagnostic_error(context->diagnostics, node, "found %s; allowed is %s", node_describe(node, context->arena),
                   field_allowed(field, context->of, context->arena));
  return false;
}

bool field_resolves(const struct field *field, const char *name, const struct node *node, bool at_key,
                    struct field_context *context) {
  if (field->to == NULL || context->names == NULL) return true;
  return names_check(context->names, field->to, name, node, at_key, context->diagnostics);
}

// Alternatives.

const struct field_alternative *field_alternative_at(const struct field *field, size_t index) {
  if (field->each != NULL) return field->each(index);
  return field->alternatives != NULL ? field->alternatives[index] : NULL;
}

const struct field_alternative *field_alternative_named(const struct field *field, const char *name,
                                                        size_t *index) {
  const struct field_alternative *alternative = NULL;
  for (size_t i = 0; (alternative = field_alternative_at(field, i)) != NULL; i++) {
    if (strcmp(alternative->name, name) != 0) continue;
    if (index != NULL) *index = i;
    return alternative;
  }
  return NULL;
}

const char *const *field_alternative_names(const struct field *field, struct arena *arena, size_t *count) {
  size_t total = 0;
  while (field_alternative_at(field, total) != NULL) total++;
  const char **names = arena_array(arena, total + 1, sizeof *names);
  *count = names != NULL ? total : 0;
  for (size_t i = 0; i < *count; i++) names[i] = field_alternative_at(field, i)->name;
  return names;
}

struct field field_alternative_row(const struct field_alternative *alternative) {
  if (alternative->row != NULL) return *alternative->row;
  if (alternative->table == NULL) return (struct field){.kind = FIELD_KIND_RAW};
  return (struct field){
      .kind = FIELD_KIND_RECORD, .table = alternative->table, .size = alternative->table->size};
}

// Rows of a table, spreads included.

const struct field *field_row(const struct field_table *table, const char *key, size_t *offset) {
  for (size_t i = 0; i < table->count; i++) {
    const struct field *field = &table->fields[i];
    if (field->kind == FIELD_KIND_SPREAD) {
      const struct field *inner = field_row(field->table, key, offset);
      if (inner == NULL) continue;
      if (offset != NULL) *offset += field->offset;
      return inner;
    }
    if (strcmp(field_key(field), key) != 0) continue;
    if (offset != NULL) *offset = field->offset;
    return field;
  }
  return NULL;
}

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
  if (diagnostics->errors < ERRORS_EXPLAINED) keys = arena_array(context->arena, count + 1, sizeof *keys);
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
                         field_join(keys, count, "", SHOWN_NAMES, context->arena));
  }
}

// Defaults.

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

// Records.

static bool decode_rows(const struct field_table *table, const struct node *object, char *record,
                        struct field_context *context);

// Reads into the member, or into memory of its own where the member is a pointer.
static bool decode_member(const struct field *field, const struct node *node, char *member,
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
  return decode_member(field, node, member, context);
}

static bool is_embedded(const struct field *field) {
  return field->kind == FIELD_KIND_RECORD && !field->pointer;
}

// What is left when the user says nothing.
static bool decode_absent(const struct field *field, const struct node *object, char *member,
                          struct field_context *context) {
  clear_member(field, member);
  if (field->standard != NULL) return decode_standard(field, object, member, context);
  if (!is_embedded(field)) return true;
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
    if (decode_member(field, node, member, context)) return true;
    if (keeps_part(field, node, member)) return false;
    clear_member(field, member);
    if (!field->required || is_embedded(field)) decode_instead(field, object, member, context);
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

// `tag`: a key that the table does not have, but the object may; or NULL.
static bool decode_object(const struct field_table *table, const struct node *object, const char *tag,
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

static bool decode_record(const struct field *field, const struct node *node, void *value,
                          struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  return decode_object(field->table, node, NULL, value, context);
}

static bool decode_tuple(const struct field *field, const struct node *node, void *value,
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
    if (!decode_member(row, child, (char *)value + row->offset, context)) right = false;
  }
  return right && run_check(table, node, value, context);
}

// Lists and maps.

static bool is_length_allowed(const struct field *field, const struct node *node, size_t count,
                              struct field_context *context) {
  double most = field->maximum > 0 ? field->maximum : FIELD_ITEMS_LIMIT;
  if ((double)count >= field->minimum && (double)count <= most) return true;
  const char *range = field_range_text(field, context->arena);
  if (*range == '\0') range = arena_format(context->arena, "0 to %d", FIELD_ITEMS_LIMIT);
  diagnostic_error(context->diagnostics, node, "found %zu; allowed is %s", count, range);
  return false;
}

static bool decode_list(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (node->kind != NODE_ARRAY) return field_wrong(field, node, context);
  if (!is_length_allowed(field, node, node->count, context)) return false;
  size_t size = field->item->size;
  char *items = field_take(node, node->count, size, context);
  if (items == NULL) return false;
  bool right = true;
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    if (!field_decode_value(field->item, child, items + child->index * size, context)) right = false;
  }
  *(struct list *)value = (struct list){.items = items, .count = node->count};
  return right;
}

static bool is_key_allowed(const struct field *field, const struct node *child,
                           struct field_context *context) {
  if (field->star && strcmp(child->key, "*") == 0) return true;
  if (field->any_key) return field_resolves(field, child->key, child, true, context);
  struct node name = {.kind = NODE_STRING, .text = child->key};
  struct field row = {.kind = FIELD_KIND_NAME};
  if (field_fits(&row, &name, context->of) && strlen(child->key) <= FIELD_NAME_LIMIT)
    return field_resolves(field, child->key, child, true, context);
  diagnostic_key_error(context->diagnostics, child, "found the key \"%.40s\"; allowed is %s%s", child->key,
                       field_allowed(&row, context->of, context->arena), field->star ? ", or \"*\"" : "");
  return false;
}

static int compare_entries(const void *left, const void *right) {
  return strcmp(((const struct map_entry *)left)->name, ((const struct map_entry *)right)->name);
}

static bool decode_entries(const struct field *field, const struct node *node, struct map *map, char *values,
                           struct field_context *context) {
  bool right = true;
  size_t size = field->item->size;
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    if (!field_is_given(child)) continue;
    struct map_entry *entry = &map->entries[map->count];
    *entry = (struct map_entry){.name = child->key, .node = child, .value = values + map->count * size};
    entry->wrong = !is_key_allowed(field, child, context);
    if (!field_decode_value(field->item, child, entry->value, context)) entry->wrong = true;
    if (entry->wrong) right = false;
    map->count++;
  }
  return right;
}

static bool decode_map(const struct field *field, const struct node *node, void *value,
                       struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  size_t count = 0;
  field_only_child(node, &count);
  if (!is_length_allowed(field, node, count, context)) return false;
  struct map map = {.entries = field_take(node, count, sizeof *map.entries, context)};
  char *values = field_take(node, count, field->item->size, context);
  if (map.entries == NULL || values == NULL) return false;
  bool right = decode_entries(field, node, &map, values, context);
  if (map.count > 1) qsort(map.entries, map.count, sizeof *map.entries, compare_entries);
  *(struct map *)value = map;
  return right;
}

// Choices.

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
  variant->wrong = tagged ? !decode_object(row.table, node, tag, variant->value, context)
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
  const char *allowed = field_join(names, count, "", SHOWN_NAMES, context->arena);
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
                   count == 0 ? "no" : "several", field_join(names, total, "", SHOWN_NAMES, context->arena));
  return false;
}

static bool decode_variant(const struct field *field, const struct node *node, void *value,
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

const char *field_tag(const struct field *field) {
  return field->tag != NULL ? field->tag : "type";
}

static bool decode_typed(const struct field *field, const struct node *node, void *value,
                         struct field_context *context) {
  if (node->kind != NODE_OBJECT) return field_wrong(field, node, context);
  const struct node *tag = node_find(node, field_tag(field));
  size_t index = 0;
  if (tag == NULL || tag->kind != NODE_STRING) {
    size_t count = 0;
    const char *const *names = field_alternative_names(field, context->arena, &count);
    const char *allowed = field_join(names, count, "\"", SIZE_MAX, context->arena);
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

// Whether the table of the head has a row for every other head key of the object.
static bool has_other_heads(const struct field *field, const struct field_alternative *head,
                            const struct node *object) {
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (!field_is_given(child) || field_alternative_named(field, child->key, NULL) == NULL) continue;
    if (head->table == NULL || field_row(head->table, child->key, NULL) == NULL) return false;
  }
  return true;
}

const struct node *field_head(const struct field *field, const struct node *object, size_t *found) {
  const struct node *head = NULL;
  size_t heads = 0;
  size_t fitting = 0;
  if (object->kind == NODE_OBJECT) {
    for (const struct node *child = object->first; child != NULL; child = child->next) {
      if (!field_is_given(child)) continue;
      const struct field_alternative *alternative = field_alternative_named(field, child->key, NULL);
      if (alternative == NULL) continue;
      heads++;
      if (!has_other_heads(field, alternative, object)) continue;
      fitting++;
      head = child;
    }
  }
  if (found != NULL) *found = heads;
  return fitting == 1 ? head : NULL;
}

// The first key that is near to a head, for an object that has none.
static const char *nearest_head(const struct node *object, const char *const *names, size_t count,
                                struct field_context *context) {
  for (const struct node *child = object->first; child != NULL; child = child->next) {
    if (!field_is_given(child) || context->diagnostics->errors >= ERRORS_EXPLAINED) continue;
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
  const char *allowed = field_join(names, count, "", SIZE_MAX, context->arena);
  const char *near = found == 0 ? nearest_head(node, names, count, context) : "";
  diagnostic_error(context->diagnostics, node, "%s of the keys that say what it is; allowed is one of %s%s",
                   found == 0 ? "has none" : "has several", allowed, near != NULL ? near : "");
  return false;
}

static bool decode_headed(const struct field *field, const struct node *node, void *value,
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

static bool decode_either(const struct field *field, const struct node *node, void *value,
                          struct field_context *context) {
  size_t index = 0;
  const struct field_alternative *alternative = choose_form(field, node, context->of, &index);
  if (alternative != NULL) return decode_alternative(alternative, index, node, NULL, value, context);
  return field_wrong(field, node, context);
}

static bool decode_raw(const struct field *field, const struct node *node, void *value,
                       struct field_context *context) {
  (void)field, (void)context;
  *(const struct node **)value = node;
  return true;
}

static field_decoder *decoder_of(enum field_kind kind) {
  switch (kind) {
  case FIELD_KIND_DISTRIBUTION:
    return field_decode_distribution;
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
    return decode_record;
  case FIELD_KIND_TUPLE:
    return decode_tuple;
  case FIELD_KIND_LIST:
    return decode_list;
  case FIELD_KIND_MAP:
    return decode_map;
  case FIELD_KIND_VARIANT:
    return decode_variant;
  case FIELD_KIND_TYPED:
    return decode_typed;
  case FIELD_KIND_HEADED:
    return decode_headed;
  case FIELD_KIND_EITHER:
    return decode_either;
  case FIELD_KIND_RAW:
    return decode_raw;
  default:
    return field_decode_scalar;
  }
}

bool field_decode_value(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (context->depth >= FIELD_DEPTH_LIMIT) {
    diagnostic_error(context->diagnostics, node, "more than %d values inside each other", FIELD_DEPTH_LIMIT);
    return false;
  }
  context->depth++;
  bool right = decoder_of(field->kind)(field, node, value, context);
  context->depth--;
  return right;
}

bool field_decode(const struct field_table *table, const struct node *object, void *record,
                  struct field_context *context) {
  const struct field row = {.kind = FIELD_KIND_RECORD, .table = table, .size = table->size};
  memset(record, 0, table->size);
  return field_decode_value(&row, object, record, context);
}

void field_defaults(const struct field_table *table, void *record, struct field_context *context) {
  const struct node empty = {.kind = NODE_OBJECT, .at = {.file = "default"}};
  bool silent = context->silent;
  struct node *object = arena_take(context->arena, sizeof *object);
  if (object == NULL) return;
  *object = empty;
  context->silent = true;
  field_decode(table, object, record, context);
  context->silent = silent;
}

// Live rows.

bool field_find(const struct field_table *table, const char *path, struct field_place *place) {
  size_t length = strcspn(path, ".");
  char key[FIELD_NAME_LIMIT + 1];
  size_t offset = 0;
  if (length > FIELD_NAME_LIMIT) return false;
  memcpy(key, path, length);
  key[length] = '\0';
  const struct field *field = field_row(table, key, &offset);
  if (field == NULL) return false;
  if (path[length] == '\0') {
    *place = (struct field_place){.field = field, .offset = offset};
    return true;
  }
  if (!is_embedded(field) || !field_find(field->table, path + length + 1, place)) return false;
  place->offset += offset;
  return true;
}

// Lists the live rows, as far as a path can reach them.
static size_t list_live(const struct field_table *table, const char *before, const char **target, size_t room,
                        struct arena *arena) {
  size_t count = 0;
  for (size_t i = 0; i < table->count && count < room; i++) {
    const struct field *field = &table->fields[i];
    const char *name = arena_format(arena, "%s%s", before, field_key(field));
    if (name == NULL) break;
    if (field->live) target[count++] = name;
    if (field->kind == FIELD_KIND_SPREAD) {
      count += list_live(field->table, before, target + count, room - count, arena);
    } else if (is_embedded(field)) {
      name = arena_format(arena, "%s.", name);
      if (name != NULL) count += list_live(field->table, name, target + count, room - count, arena);
    }
  }
  return count;
}

static bool refuse_path(const struct field_table *table, const char *path, bool exists,
                        const struct node *value, struct field_context *context) {
  const char *live[64];
  size_t count = list_live(table, "", live, sizeof live / sizeof live[0], context->arena);
  const char *names = count > 0 ? field_join(live, count, "", SIZE_MAX, context->arena) : "nothing";
  const char *near = exists ? "" : diagnostic_nearest(context->diagnostics, path, live, count);
  diagnostic_key_error(context->diagnostics, value, "%s%s `%s`%s; what may change while running: %s%s",
                       table->name, exists ? "'s" : " has no", path,
                       exists ? " cannot change while running" : "", names, near);
  return false;
}

bool field_assign(const struct field_table *table, const char *path, const struct node *value, void *record,
                  struct field_context *context) {
  struct field_place place;
  bool exists = field_find(table, path, &place);
  if (!exists || !place.field->live) return refuse_path(table, path, exists, value, context);
  size_t size = place.field->pointer ? sizeof(void *) : place.field->size;
  char *fresh = field_take(value, 1, size, context);
  if (fresh == NULL || !decode_member(place.field, value, fresh, context)) return false;
  memcpy((char *)record + place.offset, fresh, size);
  return true;
}
