// Rows by their paths: what may change while a scenario runs.
#include "field_decoder.h"

#include "text.h"

#include <string.h>

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
  if (!field_is_embedded(field) || !field_find(field->table, path + length + 1, place)) return false;
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
    } else if (field_is_embedded(field)) {
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
  const char *names = count > 0 ? text_join(live, count, "", SIZE_MAX, context->arena) : "nothing";
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
  if (fresh == NULL || !field_decode_member(place.field, value, fresh, context)) return false;
  memcpy((char *)record + place.offset, fresh, size);
  return true;
}
