// Names and their numbers: each name gets the next number when it is added. A hash table with open addressing
// (FNV-1a, at most half full); nothing is ever taken out.
#ifndef HEADROOM_NAME_INDEX_H
#define HEADROOM_NAME_INDEX_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

#define NAME_INDEX_NONE UINT32_MAX

struct name_index {
  struct arena *arena;
  const char **names; // by number; the caller's texts, which must live as long
  uint32_t count;
  uint32_t room;
  uint32_t *slots; // number + 1; 0: free; twice `room`, a power of two
};

// Empty; grows in the arena.
void name_index_init(struct name_index *index, struct arena *arena);

// The number of a name, which is added if it is new. NAME_INDEX_NONE: memory ran out.
uint32_t name_index_add(struct name_index *index, const char *name);

// The number of a name; NAME_INDEX_NONE: there is none.
uint32_t name_index_find(const struct name_index *index, const char *name);

#endif
