// Lists and maps.
#include "field_decoder.h"

#include <stdlib.h>
#include <string.h>

static bool is_length_allowed(const struct field *field, const struct node *node, size_t count,
                              struct field_context *context) {
  double most = field->maximum > 0 ? field->maximum : FIELD_ITEMS_LIMIT;
  if ((double)count >= field->minimum && (double)count <= most) return true;
  const char *range = field_range_text(field, context->arena);
  if (*range == '\0') range = arena_format(context->arena, "0 to %d", FIELD_ITEMS_LIMIT);
  diagnostic_error(context->diagnostics, node, "found %zu; allowed is %s", count, range);
  return false;
}

bool field_decode_list(const struct field *field, const struct node *node, void *value,
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

bool field_decode_map(const struct field *field, const struct node *node, void *value,
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
