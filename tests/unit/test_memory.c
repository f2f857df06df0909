#include "memory.h"

#include <criterion/criterion.h>
#include <pthread.h>
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

Test(memory, budgets_of_a_total_share_its_limit) {
  struct memory_total total;
  struct memory_budget first, second;
  memory_total_init(&total, 256);
  memory_budget_init(&first);
  memory_budget_init(&second);
  first.total = second.total = &total;
  void *one = memory_take(&first, 100);
  void *other = memory_take(&second, 128);
  cr_assert(one != NULL && other != NULL && !atomic_load(&total.exhausted));
  cr_assert_null(memory_take(&second, 1));
  cr_assert_null(memory_take(&first, SIZE_MAX / 2), "sums do not wrap");
  cr_assert(atomic_load(&total.exhausted) && first.exhausted && second.exhausted);
  cr_assert(memory_pass(&first, &second, 100), "what passes is in the total already");
  cr_assert(first.used == 0 && second.used == 256 && atomic_load(&total.used) == 256);
  memory_give(&second, one, 100);
  one = memory_take(&first, 128);
  cr_assert_not_null(one, "what one has given back another may take");
  memory_give(&first, one, 128);
  memory_give(&second, other, 128);
  cr_assert_eq(atomic_load(&total.used), 0);
}

static void *take_and_give(void *context) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.total = context;
  for (int i = 0; i < 20000; i++) {
    void *blocks[3] = {memory_take(&budget, 64), memory_take(&budget, 64), memory_take(&budget, 64)};
    cr_assert_leq(atomic_load(&budget.total->used), budget.total->limit);
    for (int b = 0; b < 3; b++) memory_give(&budget, blocks[b], 64);
  }
  return NULL;
}

Test(memory, a_total_is_never_passed_by_threads) {
  struct memory_total total;
  pthread_t threads[4];
  memory_total_init(&total, 5 * 64);
  for (int i = 0; i < 4; i++) cr_assert_eq(pthread_create(&threads[i], NULL, take_and_give, &total), 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  cr_assert_eq(atomic_load(&total.used), 0);
}
