#include "name_index.h"

#include <string.h>

static uint32_t hash_of(const char *name) {
  uint32_t hash = UINT32_C(2166136261);
  for (; *name != '\0'; name++) hash = (hash ^ (unsigned char)*name) * UINT32_C(16777619);
  return hash;
}

// Where the name stands, or the free slot where it would.
static uint32_t *slot_of(const struct name_index *index, const char *name) {
  uint32_t mask = 2 * index->room - 1;
  uint32_t at = hash_of(name) & mask;
  while (index->slots[at] != 0 && strcmp(index->names[index->slots[at] - 1], name) != 0) at = (at + 1) & mask;
  return &index->slots[at];
}

void name_index_init(struct name_index *index, struct arena *arena) {
  *index = (struct name_index){.arena = arena};
}

static bool grow(struct name_index *index) {
  struct name_index next = {.arena = index->arena, .room = index->room == 0 ? 8 : 2 * index->room};
  next.names = arena_array(index->arena, next.room, sizeof *next.names);
  next.slots = arena_array(index->arena, 2 * (size_t)next.room, sizeof *next.slots);
  if (next.names == NULL || next.slots == NULL) return false;
  for (; next.count < index->count; next.count++) {
    next.names[next.count] = index->names[next.count];
    *slot_of(&next, next.names[next.count]) = next.count + 1;
  }
  *index = next;
  return true;
}

uint32_t name_index_find(const struct name_index *index, const char *name) {
  return index->count == 0 ? NAME_INDEX_NONE : *slot_of(index, name) - 1;
}

uint32_t name_index_add(struct name_index *index, const char *name) {
  uint32_t found = name_index_find(index, name);
  if (found != NAME_INDEX_NONE) return found;
  if (index->count == index->room && !grow(index)) return NAME_INDEX_NONE;
  index->names[index->count++] = name;
  *slot_of(index, name) = index->count;
  return index->count - 1;
}
