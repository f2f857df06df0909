#include "memory.h"

#include "assertion.h"

#include <stdlib.h>
#include <string.h>

static size_t rounded(size_t size) {
  return (size + 63U) & ~(size_t)63U;
}

// Small blocks come by the thousand, and go: what malloc() takes back serves the next of their size, what
// aligned_alloc() has cut out of a larger block does not.
static void *allocate(size_t size) {
  return size < MEMORY_ALIGNED_FROM ? malloc(size) : aligned_alloc(64, size);
}

void memory_total_init(struct memory_total *total, size_t limit) {
  atomic_init(&total->used, 0);
  atomic_init(&total->exhausted, false);
  total->limit = limit;
}

static bool total_grants(struct memory_total *total, size_t size) {
  if (total == NULL) return true;
  size_t used = atomic_load(&total->used);
  do {
    if (used > total->limit || size > total->limit - used) {
      atomic_store(&total->exhausted, true);
      return false;
    }
  } while (!atomic_compare_exchange_weak(&total->used, &used, used + size));
  return true;
}

static void total_gets_back(struct memory_total *total, size_t size) {
  if (total != NULL) atomic_fetch_sub(&total->used, size);
}

void memory_budget_init(struct memory_budget *budget) {
  *budget = (struct memory_budget){.limit = SIZE_MAX};
}

void *memory_take(struct memory_budget *budget, size_t size) {
  struct memory_budget none;
  if (budget == NULL) {
    memory_budget_init(&none);
    budget = &none;
  }
  budget->requests++;
  bool refused = size > SIZE_MAX - 64U || budget->used > budget->limit ||
                 rounded(size) > budget->limit - budget->used || budget->requests == budget->fail_at;
  void *block = NULL;
  if (!refused && total_grants(budget->total, rounded(size))) {
    block = allocate(rounded(size));
    if (block == NULL) total_gets_back(budget->total, rounded(size));
  }
  if (block == NULL) {
    budget->exhausted = true;
    return NULL;
  }
  memset(block, 0, rounded(size));
  budget->used += rounded(size);
  if (budget->used > budget->peak) budget->peak = budget->used;
  return block;
}

void memory_give(struct memory_budget *budget, void *block, size_t size) {
  if (block == NULL) return;
  if (budget != NULL) {
    budget->used -= rounded(size);
    total_gets_back(budget->total, rounded(size));
  }
  free(block);
}

bool memory_pass(struct memory_budget *from, struct memory_budget *to, size_t size) {
  ASSERT(from->total == to->total, "a block passes between budgets of one total");
  if (to->used > to->limit || rounded(size) > to->limit - to->used) {
    to->exhausted = true;
    return false;
  }
  from->used -= rounded(size);
  to->used += rounded(size);
  if (to->used > to->peak) to->peak = to->used;
  return true;
}

bool memory_room(struct memory_budget *budget, void **array, uint32_t count, uint32_t *room, size_t size) {
  if (count < *room) return true;
  uint32_t wider = *room == 0 ? 8 : *room * 2;
  void *block = memory_take(budget, wider * size);
  if (block == NULL) return false;
  if (count > 0) memcpy(block, *array, count * size);
  memory_give(budget, *array, *room * size);
  *array = block;
  *room = wider;
  return true;
}
