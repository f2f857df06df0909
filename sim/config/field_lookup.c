// What a table says, whatever the document: its rows, their alternatives, and which of these is meant.
#include "field_decoder.h"

#include <string.h>

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

const char *field_tag(const struct field *field) {
  return field->tag != NULL ? field->tag : "type";
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
