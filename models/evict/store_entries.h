// The entries of a keyed store, as the store and its policy know them.
#ifndef HEADROOM_STORE_ENTRIES_H
#define HEADROOM_STORE_ENTRIES_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_NOTHING    0U                 // no entry
#define STORE_FOREVER    INT64_MAX          // an end of life that never comes
#define STORE_UNLIMITED  INT64_MAX          // of capacities
#define STORE_ITEMS_MOST INT64_C(0x7FFFFFF) // that one can hold, whatever its capacity

struct eviction;

// How one is set up; all of it stays as it is.
struct store_settings {
  const struct eviction *eviction;
  int64_t items; // capacities; both hold at once
  int64_t bytes;
  bool expires; // some entry may have an end of life
  bool stamps;  // entries have stamps; else they read as 0
};

struct store_counters {
  uint64_t hits;
  uint64_t misses;    // those of expired entries included
  uint64_t expired;   // entries found dead, by a get or a put
  uint64_t evictions; // entries that made room for others
  uint64_t inserted;  // entries that came in; those that replaced themselves are not
  uint64_t refused;   // puts of what is larger than the store
};

// A place in the order of the policy: a ring through entry 0, from whose `after` the order begins.
struct store_link {
  uint64_t key;
  uint32_t before;
  uint32_t after;
};

enum store_array { STORE_LINKS, STORE_SIZES, STORE_EXPIRIES, STORE_STAMPS, STORE_MARKS, STORE_ARRAYS };

// Owners read `counters`, `items` and `bytes`; policies use what eviction.h says; the rest is store.c's.
struct store {
  uint32_t *slots; // by hash: entries, and above them as many bits of the hash as there is room for
  struct store_link *links;
  const struct eviction *eviction;
  uint32_t slot_count;
  uint32_t entry_mask; // which bits of a slot are the entry
  int64_t *expiries;   // NULL: nothing expires
  struct store_counters counters;
  uint32_t free;  // the first entry given back, chained by `after`
  uint32_t fresh; // entries from here on have never been used
  uint32_t room;  // entries that the arrays have room for
  uint32_t *sizes;
  uint64_t *stamps;
  uint32_t *marks; // the policy's, one for each entry
  void *state;     // the policy's, for the whole
  int64_t items;   // inside now
  int64_t bytes;
  struct store_settings settings;
  struct memory_budget *budget;
  uint32_t rooms[STORE_ARRAYS]; // of each array
};

#endif
