// An arena: allocations that live together and are dropped together.
#ifndef HEADROOM_ARENA_H
#define HEADROOM_ARENA_H

#include "memory.h"

#include <stddef.h>

struct arena_chunk;

// Grows by chunks under a budget of its own or another's. Not for the loop: what the loop needs is taken
// from slabs. When memory runs out, `arena_take` returns NULL unless `on_exhausted` is set.
struct arena {
  struct arena_chunk *newest;
  struct memory_budget *budget;
  struct memory_budget own;
  // Called instead of returning NULL; must not return (it longjmps or exits). NULL: return NULL.
  void (*on_exhausted)(void *context);
  void *context;
};

// `budget` NULL: the arena keeps an unlimited one of its own.
void arena_init(struct arena *arena, struct memory_budget *budget);

// Zeroed memory aligned to 16 bytes (64 when size is 64 or more), valid until arena_drop(). `size` may be 0.
void *arena_take(struct arena *arena, size_t size);

// An array of `count` elements; refuses products that overflow like memory that is not there.
void *arena_array(struct arena *arena, size_t count, size_t size);

// A copy of `length` bytes of `text` with a terminating zero.
char *arena_text(struct arena *arena, const char *text, size_t length);

// printf into the arena.
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Gives everything back; the arena may be used again.
void arena_drop(struct arena *arena);

#endif
