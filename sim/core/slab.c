#include "slab.h"

enum { CHUNK_BYTES = SLAB_CHUNK_FRAMES * FRAME_BYTES, FIRST_ROOM = 64 };

void slab_init(struct slab *slab, struct memory_budget *budget) {
  *slab = (struct slab){.budget = budget};
}

void slab_drop(struct slab *slab) {
  for (uint32_t i = 0; i < slab->chunk_count; i++) memory_give(slab->budget, slab->chunks[i], CHUNK_BYTES);
  memory_give(slab->budget, slab->chunks, slab->chunk_room * sizeof *slab->chunks);
  *slab = (struct slab){.budget = slab->budget};
}

uint32_t slab_live(const struct slab *slab) {
  uint32_t live = 0;
  for (uint32_t index = 1; index < slab->chunk_count << SLAB_CHUNK_BITS; index++) {
    live += ((const struct frame *)slab_at(slab, index))->kind != 0;
  }
  return live;
}

static bool make_room(struct slab *slab) {
  if (slab->chunk_count < slab->chunk_room) return true;
  uint32_t room = slab->chunk_room == 0 ? FIRST_ROOM : slab->chunk_room * 2;
  char **chunks = memory_take(slab->budget, room * sizeof *chunks);
  if (chunks == NULL) return false;
  if (slab->chunk_count > 0) memcpy(chunks, slab->chunks, slab->chunk_count * sizeof *chunks);
  memory_give(slab->budget, slab->chunks, slab->chunk_room * sizeof *chunks);
  slab->chunks = chunks;
  slab->chunk_room = room;
  return true;
}

// Links the new frames so that low indexes are handed out first; index 0 stays unused.
static void link_chunk(struct slab *slab, uint32_t chunk) {
  uint32_t first = chunk << SLAB_CHUNK_BITS;
  for (uint32_t i = SLAB_CHUNK_FRAMES; i-- > 0;) {
    if (first + i == 0) continue;
    struct free_frame *added = slab_at(slab, first + i);
    added->frame.index = first + i;
    added->next = slab->free;
    slab->free = added;
  }
}

bool slab_grow(struct slab *slab) {
  if (slab->chunk_count >= FRAMES_MOST / SLAB_CHUNK_FRAMES || !make_room(slab)) {
    slab->budget->exhausted = true;
    return false;
  }
  char *block = memory_take(slab->budget, CHUNK_BYTES);
  if (block == NULL) return false;
  slab->chunks[slab->chunk_count++] = block;
  link_chunk(slab, slab->chunk_count - 1);
  return true;
}
