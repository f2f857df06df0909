// All memory of headroom comes through here, so that one place counts it, limits it, and can be told to
// fail at the n-th request (tests of allocation failure).
#ifndef HEADROOM_MEMORY_H
#define HEADROOM_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What several budgets, of any threads, take together: bytes granted now and at most.
struct memory_total {
  atomic_size_t used;
  size_t limit;
  atomic_bool exhausted; // a request would have passed the limit
};

// Nothing is taken yet.
void memory_total_init(struct memory_total *total, size_t limit);

// A budget: bytes granted so far and at most; shared by everything that one run or one scenario allocates.
// When a request would pass the limit, or the system has none left, `exhausted` is set and NULL is returned;
// whoever owns the budget reports it as an error of the machine.
struct memory_budget {
  size_t used;
  size_t peak;
  size_t limit;      // SIZE_MAX: none
  uint64_t requests; // so far
  uint64_t fail_at;  // the number of the request that is refused on purpose, 0 for none
  bool exhausted;
  struct memory_total *total; // what it takes counts there, too; NULL: nowhere else
};

// Initialises a budget without a limit, of no total.
void memory_budget_init(struct memory_budget *budget);

enum { MEMORY_ALIGNED_FROM = 4096 };

// Zeroed memory of `size` > 0 bytes, aligned to 64 from MEMORY_ALIGNED_FROM bytes on and to 16 below, or NULL
// (budget->exhausted is then set). `budget` NULL, here and when it is given back: under none.
void *memory_take(struct memory_budget *budget, size_t size);

// Gives back what memory_take() returned for `size`; NULL is allowed.
void memory_give(struct memory_budget *budget, void *block, size_t size);

// A block of `size` that was taken under one budget counts under another from now on, whose total is the
// same. False where that would pass its limit: it counts where it did.
bool memory_pass(struct memory_budget *from, struct memory_budget *to, size_t size);

// Makes room for one more entry of `size` bytes in an array that has `count` of `*room`: by doubling, from 8.
// False when there is no memory: the array is then as it was.
bool memory_room(struct memory_budget *budget, void **array, uint32_t count, uint32_t *room, size_t size);

#endif
