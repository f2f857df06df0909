#include "memory.h"

#include <criterion/criterion.h>
#include <string.h>

static bool is_zero(const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != 0) return false;
  return true;
}

Test(memory, blocks_are_aligned_and_zeroed_even_when_used_before) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  for (size_t size = 1; size < 50000; size = size * 3 + 1) {
    for (int round = 0; round < 3; round++) {
      unsigned char *block = memory_take(&budget, size);
      cr_assert_not_null(block);
      cr_assert_eq((uintptr_t)block % (size < MEMORY_ALIGNED_FROM ? 16 : 64), 0);
      cr_assert(is_zero(block, size));
      memset(block, 0xA5, size);
      memory_give(&budget, block, size);
    }
  }
  cr_assert_eq(budget.used, 0);
}

Test(memory, counts_what_is_out_and_the_most_there_was) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  void *first = memory_take(&budget, 1);
  void *second = memory_take(&budget, 640);
  cr_assert_eq(budget.used, 64 + 640);
  memory_give(&budget, second, 640);
  cr_assert_eq(budget.used, 64);
  cr_assert_eq(budget.peak, 64 + 640);
  memory_give(&budget, first, 1);
  memory_give(&budget, NULL, 12345);
  cr_assert_eq(budget.used, 0);
  cr_assert_eq(budget.requests, 2);
  cr_assert_not(budget.exhausted);
}

Test(memory, the_limit_is_reached_exactly_and_never_passed) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.limit = 256;
  void *first = memory_take(&budget, 128);
  void *second = memory_take(&budget, 128);
  cr_assert_not_null(first);
  cr_assert_not_null(second);
  cr_assert_not(budget.exhausted);
  cr_assert_null(memory_take(&budget, 1));
  cr_assert(budget.exhausted);
  cr_assert_eq(budget.used, 256);
  memory_give(&budget, first, 128);
  first = memory_take(&budget, 100);
  cr_assert_not_null(first, "what was given back may be taken again");
  memory_give(&budget, first, 100);
  memory_give(&budget, second, 128);
}

Test(memory, the_limit_counts_what_rounding_adds) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.limit = 100;
  cr_assert_null(memory_take(&budget, 65));
  void *block = memory_take(&budget, 64);
  cr_assert_not_null(block);
  memory_give(&budget, block, 64);
}

Test(memory, absurd_sizes_are_refused_without_wrapping) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  for (size_t below = 0; below < 130; below++) {
    if (below == 64) budget.limit = SIZE_MAX / 2; // from here on it is the limit that must not wrap
    budget.exhausted = false;
    cr_assert_null(memory_take(&budget, SIZE_MAX - below));
    cr_assert(budget.exhausted);
  }
  cr_assert_eq(budget.used, 0);
  cr_assert_eq(budget.peak, 0);
}

Test(memory, a_limit_set_below_what_is_out_refuses) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  void *block = memory_take(&budget, 1000);
  budget.limit = 10;
  cr_assert_null(memory_take(&budget, 1));
  memory_give(&budget, block, 1000);
}

Test(memory, fails_at_the_chosen_request_alone) {
  for (uint64_t chosen = 1; chosen <= 5; chosen++) {
    struct memory_budget budget;
    memory_budget_init(&budget);
    budget.fail_at = chosen;
    for (uint64_t request = 1; request <= 5; request++) {
      void *block = memory_take(&budget, 100);
      cr_assert_eq(block == NULL, request == chosen);
      cr_assert_eq(budget.exhausted, request >= chosen);
      memory_give(&budget, block, 100);
    }
    cr_assert_eq(budget.used, 0);
  }
}

Test(memory, a_block_may_stand_under_no_budget) {
  unsigned char *block = memory_take(NULL, 1000);
  cr_assert_not_null(block);
  cr_assert(is_zero(block, 1000));
  memory_give(NULL, block, 1000);
  cr_assert_null(memory_take(NULL, SIZE_MAX - 10));
}

// 100 bytes count as 128.
Test(memory, a_block_passes_from_budget_to_budget) {
  struct memory_budget from, to;
  memory_budget_init(&from);
  memory_budget_init(&to);
  void *block = memory_take(&from, 100);
  to.limit = 127;
  cr_assert_not(memory_pass(&from, &to, 100));
  cr_assert(to.exhausted && to.used == 0 && from.used == 128);
  to.limit = 128;
  cr_assert(memory_pass(&from, &to, 100));
  cr_assert(from.used == 0 && from.peak == 128 && to.used == 128 && to.peak == 128);
  memory_give(&to, block, 100);
  cr_assert_eq(to.used, 0);
}
