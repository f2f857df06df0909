#include "arena.h"

#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct piece {
  unsigned char *bytes;
  size_t size;
};

// Each piece is filled with its own mark; in the end every mark must still stand.
Test(arena, pieces_are_aligned_zeroed_and_apart) {
  struct arena arena;
  arena_init(&arena, NULL);
  enum { PIECES = 2000 };
  static struct piece pieces[PIECES];
  uint64_t state = 7;
  for (int i = 0; i < PIECES; i++) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    size_t size = i % 97 == 0 ? (size_t)(state >> 33) % 200000 : (size_t)(state >> 33) % 300;
    unsigned char *bytes = arena_take(&arena, size);
    cr_assert_not_null(bytes);
    cr_assert_eq((uintptr_t)bytes % (size >= 64 ? 64 : 16), 0);
    for (size_t at = 0; at < size; at++) cr_assert_eq(bytes[at], 0);
    memset(bytes, i % 255 + 1, size);
    pieces[i] = (struct piece){bytes, size};
  }
  for (int i = 0; i < PIECES; i++)
    for (size_t at = 0; at < pieces[i].size; at++) cr_assert_eq(pieces[i].bytes[at], i % 255 + 1);
  arena_drop(&arena);
}

Test(arena, drop_gives_everything_back_to_the_budget_and_may_be_followed_by_more) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct arena arena;
  arena_init(&arena, &budget);
  for (int round = 0; round < 3; round++) {
    for (size_t size = 0; size < 300000; size = size * 2 + 1) cr_assert_not_null(arena_take(&arena, size));
    cr_assert_gt(budget.used, 300000);
    arena_drop(&arena);
    cr_assert_eq(budget.used, 0);
  }
}

Test(arena, without_a_budget_it_has_its_own) {
  struct arena arena;
  arena_init(&arena, NULL);
  cr_assert_not_null(arena_take(&arena, 10));
  cr_assert_gt(arena.own.used, 0);
  arena_drop(&arena);
  cr_assert_eq(arena.own.used, 0);
}

Test(arena, an_array_whose_size_overflows_is_refused) {
  struct arena arena;
  arena_init(&arena, NULL);
  cr_assert_null(arena_array(&arena, SIZE_MAX / 8 + 1, 8));
  cr_assert_null(arena_array(&arena, SIZE_MAX, SIZE_MAX));
  cr_assert_null(arena_array(&arena, ((size_t)1 << 32) + 1, (size_t)1 << 32));
  cr_assert_null(arena_array(&arena, SIZE_MAX, 1));
  cr_assert_null(arena_array(&arena, SIZE_MAX - 64, 1));
  cr_assert_not_null(arena_array(&arena, SIZE_MAX, 0));
  cr_assert_not_null(arena_array(&arena, 0, SIZE_MAX));
  double *numbers = arena_array(&arena, 1000, sizeof *numbers);
  for (int i = 0; i < 1000; i++) cr_assert_eq(numbers[i], 0);
  arena_drop(&arena);
}

Test(arena, a_limit_refuses_and_leaves_what_there_was) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.limit = 128 * 1024;
  struct arena arena;
  arena_init(&arena, &budget);
  char *text = arena_text(&arena, "kept", 4);
  cr_assert_null(arena_take(&arena, 1024 * 1024));
  cr_assert(budget.exhausted);
  cr_assert_str_eq(text, "kept");
  cr_assert_not_null(arena_take(&arena, 100), "the chunk at hand still serves");
  cr_assert_leq(budget.peak, budget.limit);
  arena_drop(&arena);
  cr_assert_eq(budget.used, 0);
}

struct escape {
  jmp_buf back;
  int calls;
};

static void leave(void *context) {
  struct escape *escape = context;
  escape->calls++;
  longjmp(escape->back, 1);
}

static void fail_at_chunk(uint64_t chosen) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.fail_at = chosen;
  struct arena arena;
  arena_init(&arena, &budget);
  struct escape escape = {.calls = 0};
  arena.on_exhausted = leave;
  arena.context = &escape;
  if (setjmp(escape.back) == 0)
    for (int i = 0; i < 4; i++) arena_take(&arena, 70000);
  cr_assert_eq(escape.calls, 1);
  cr_assert_eq(budget.requests, chosen);
  arena_drop(&arena);
  cr_assert_eq(budget.used, 0);
}

Test(arena, calls_out_when_the_chosen_chunk_fails) {
  for (uint64_t chosen = 1; chosen <= 4; chosen++) fail_at_chunk(chosen);
}

Test(arena, texts_are_copied_and_ended) {
  struct arena arena;
  arena_init(&arena, NULL);
  char source[] = "abcdef";
  char *text = arena_text(&arena, source, 3);
  source[0] = 'x';
  cr_assert_str_eq(text, "abc");
  cr_assert_str_eq(arena_text(&arena, "", 0), "");
  arena_drop(&arena);
}

Test(arena, formats_any_length) {
  struct arena arena;
  arena_init(&arena, NULL);
  cr_assert_str_eq(arena_format(&arena, "%s:%d:%5.2f", "name", 42, 3.14159), "name:42: 3.14");
  cr_assert_str_eq(arena_format(&arena, "%s", ""), "");
  char *padded = arena_format(&arena, "%100000d", 7);
  cr_assert_eq(strlen(padded), 100000);
  cr_assert_eq(padded[99999], '7');
  arena_drop(&arena);
}
