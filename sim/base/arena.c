#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct arena_chunk {
  struct arena_chunk *older;
  size_t size; // of the whole block, header included
  size_t used; // header included
};

// Chunks are cleared, so all of one is in use from its first byte on; of many small arenas most is the rest.
enum { CHUNK_BYTES = 16 * 1024, HEADER_BYTES = 64 };
_Static_assert((int)CHUNK_BYTES >= (int)MEMORY_ALIGNED_FROM, "chunks begin at a cache line");

void arena_init(struct arena *arena, struct memory_budget *budget) {
  *arena = (struct arena){.budget = budget};
  memory_budget_init(&arena->own);
}

static struct memory_budget *budget_of(struct arena *arena) {
  return arena->budget != NULL ? arena->budget : &arena->own;
}

static void *refuse(struct arena *arena) {
  if (arena->on_exhausted != NULL) arena->on_exhausted(arena->context);
  return NULL;
}

static struct arena_chunk *grow(struct arena *arena, size_t size) {
  if (size > SIZE_MAX - HEADER_BYTES) return NULL;
  size_t wanted = size + HEADER_BYTES > CHUNK_BYTES ? size + HEADER_BYTES : CHUNK_BYTES;
  struct arena_chunk *chunk = memory_take(budget_of(arena), wanted);
  if (chunk == NULL) return NULL;
  *chunk = (struct arena_chunk){.older = arena->newest, .size = wanted, .used = HEADER_BYTES};
  arena->newest = chunk;
  return chunk;
}

void *arena_take(struct arena *arena, size_t size) {
  size_t alignment = size >= 64 ? 64 : 16;
  struct arena_chunk *chunk = arena->newest;
  size_t start = chunk != NULL ? (chunk->used + alignment - 1) & ~(alignment - 1) : 0;
  if (chunk == NULL || start > chunk->size || size > chunk->size - start) {
    chunk = grow(arena, size);
    if (chunk == NULL) return refuse(arena);
    start = chunk->used;
  }
  chunk->used = start + size;
  return (char *)chunk + start;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return refuse(arena);
  return arena_take(arena, count * size);
}

char *arena_text(struct arena *arena, const char *text, size_t length) {
  char *copy = arena_take(arena, length + 1);
  if (copy != NULL) memcpy(copy, text, length);
  return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *text = length < 0 ? NULL : arena_take(arena, (size_t)length + 1);
  if (text != NULL) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

void arena_drop(struct arena *arena) {
  while (arena->newest != NULL) {
    struct arena_chunk *chunk = arena->newest;
    arena->newest = chunk->older;
    memory_give(budget_of(arena), chunk, chunk->size);
  }
}
