// Frames: everything that an event can wake stands in one of these equal slots, so that an event names its
// subject in 24 bits and a stale event is recognised in one comparison.
#ifndef HEADROOM_SLAB_H
#define HEADROOM_SLAB_H

#include "memory.h"

#include <stdint.h>
#include <string.h>

enum {
  FRAME_BYTES = 192, // three cache lines: a visit with all that it takes
  FRAME_INDEX_BITS = 24,
  FRAMES_MOST = 1 << FRAME_INDEX_BITS,
  SLAB_CHUNK_BITS = 9,
  SLAB_CHUNK_FRAMES = 1 << SLAB_CHUNK_BITS
};

// The head of every frame. A frame waits for at most one thing at a time: the event, or the place in the
// ready ring, whose order word is `armed`. Storing another word there, or 0, cancels it.
struct frame {
  uint64_t armed;
  uint32_t index;      // of this slot; from 1
  uint32_t generation; // raised each time that the slot is given back
  uint8_t kind;        // which handler wakes it; 0 while the slot is free
  uint8_t state;       // the owner's, as are the two below
  uint16_t flags;
  uint32_t link; // the owner's
};

struct free_frame {
  struct frame frame;
  struct free_frame *next;
};

// A weak reference: finds nothing once its frame has been given back, even when the slot is in use again.
struct frame_reference {
  uint32_t index; // 0: refers to nothing
  uint32_t generation;
};

// Frames by index. They never move; the slab grows by chunks and keeps them until it is dropped.
struct slab {
  struct memory_budget *budget;
  char **chunks;
  uint32_t chunk_count;
  uint32_t chunk_room;     // entries that `chunks` has room for
  struct free_frame *free; // the first; NULL: none
};

void slab_init(struct slab *slab, struct memory_budget *budget);
void slab_drop(struct slab *slab);

// How many frames are in use; looks at all of them, since no count is kept.
uint32_t slab_live(const struct slab *slab);

// Adds a chunk of free frames. False when memory, or the 2^24 slots, run out (budget->exhausted is set).
bool slab_grow(struct slab *slab);

static inline void *slab_at(const struct slab *slab, uint32_t index) {
  return slab->chunks[index >> SLAB_CHUNK_BITS] +
         (size_t)(index & (SLAB_CHUNK_FRAMES - 1)) * (size_t)FRAME_BYTES;
}

// A frame of this kind, its head set and the rest as its last user left it (the caller initialises it: most
// frames need a fraction of their bytes). NULL when memory runs out.
static inline void *slab_take(struct slab *slab, uint8_t kind) {
  if (__builtin_expect(slab->free == NULL, 0) && !slab_grow(slab)) return NULL;
  struct free_frame *taken = slab->free;
  struct frame *frame = &taken->frame;
  slab->free = taken->next;
  frame->armed = 0;
  frame->kind = kind;
  frame->state = 0;
  frame->flags = 0;
  return frame;
}

static inline void slab_give(struct slab *slab, struct frame *frame) {
  struct free_frame *given = (struct free_frame *)(void *)frame;
  frame->armed = 0;
  frame->kind = 0;
  frame->generation++;
  given->next = slab->free;
  slab->free = given;
}

static inline struct frame_reference frame_refer(const struct frame *frame) {
  return (struct frame_reference){frame->index, frame->generation};
}

// The frame, or NULL when it is gone.
static inline void *slab_find(const struct slab *slab, struct frame_reference reference) {
  if (reference.index == 0) return NULL;
  struct frame *frame = slab_at(slab, reference.index);
  return frame->generation == reference.generation && frame->kind != 0 ? frame : NULL;
}

#endif
