// Keyed stores: what a cache, an edge of a CDN, a database's buffer or a resolver holds. A store knows keys,
// sizes, ends of life and a stamp of the owner's; the data themselves are not simulated.
//
// An entry is named by a number from 1 on, which is good until the next put, remove or clear, or a get of
// another key. An entry whose time has come stays, and takes room, until it is asked for, overwritten or
// evicted, as in memcached.
//
// Memory for an entry: 24 bytes of key, place in the order and index, 4 of size, 8 each where there are ends
// of life or stamps, 3 where the policy marks entries; it grows by sixteenths, never beyond the capacity in
// items, so that an entry never costs more than 48 bytes under lru and fifo, and 50 under any.
#ifndef HEADROOM_STORE_H
#define HEADROOM_STORE_H

#include "memory.h"
#include "random.h"

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

// An empty store; takes almost no memory. False when there is not even that (budget->exhausted is set).
bool store_init(struct store *store, const struct store_settings *settings, struct memory_budget *budget);

// Gives back all memory.
void store_drop(struct store *store);

// Makes room for so many entries at once, as far as the capacity in items allows. False: no memory.
bool store_reserve(struct store *store, int64_t items);

// The entry of a key at `now` (ns), or STORE_NOTHING; counts a hit or a miss, and tells the policy of a hit.
// An entry that has expired is removed: one lives while now < its expiry.
uint32_t store_get(struct store *store, uint64_t key, int64_t now);

// The same for somebody who only looks: nothing is counted, removed or told.
uint32_t store_peek(const struct store *store, uint64_t key, int64_t now);

// Puts an item of `bytes` >= 0 in, evicting others until it fits; returns its entry. Where the key is there
// and alive, its size, end of life and stamp are replaced, and the policy sees a hit. STORE_NOTHING: it is
// larger than the store (what was there under the key is removed), or memory ran out (budget->exhausted is
// set). `expiry`: an absolute time, or STORE_FOREVER. Sizes from 2 GiB on are rounded up to 4 KiB.
uint32_t store_put(struct store *store, uint64_t key, int64_t bytes, int64_t now, int64_t expiry,
                   uint64_t stamp);

// Takes a key out (an invalidation; no counter knows of it). Returns whether it was there.
bool store_remove(struct store *store, uint64_t key);

// Takes out all whose keys have these bits where the mask is set; a pass over all that is inside.
void store_remove_all(struct store *store, uint64_t mask, uint64_t bits);

// Takes all out; counters stay, and so does the memory.
void store_clear(struct store *store);

// Bytes of memory for each entry of one that is set up so.
double store_entry_memory(const struct store_settings *settings);

// Bytes of memory that it holds.
size_t store_memory(const struct store *store);

static inline uint64_t store_key(const struct store *store, uint32_t entry) {
  return store->links[entry].key;
}

// The size of its item, bytes; from 2 GiB on in whole pages of 4 KiB, rounded up.
int64_t store_entry_bytes(const struct store *store, uint32_t entry);

static inline int64_t store_expiry(const struct store *store, uint32_t entry) {
  return store->expiries == NULL ? STORE_FOREVER : store->expiries[entry];
}

static inline uint64_t store_stamp(const struct store *store, uint32_t entry) {
  return store->stamps == NULL ? 0 : store->stamps[entry];
}

// Only where the settings ask for stamps.
static inline void store_set_stamp(struct store *store, uint32_t entry, uint64_t stamp) {
  store->stamps[entry] = stamp;
}

// The hash of a key (multiplicative: Knuth, The Art of Computer Programming 3, 6.4, spreads keys in a row
// evenly): its upper half chooses the slot, the upper bits of its lower half are compared there first.
static inline uint64_t store_hash(uint64_t key) {
  return (key ^ key >> 32) * RANDOM_INCREMENT;
}

static inline uint32_t store_home(const struct store *store, uint64_t hash) {
  return (uint32_t)(((hash >> 32) * store->slot_count) >> 32);
}

// Asks the memory for what a get of the key will read first: worth it some ten others earlier.
static inline void store_prefetch(const struct store *store, uint64_t key) {
  __builtin_prefetch(&store->slots[store_home(store, store_hash(key))]);
}

// The same for what it will read next: when the first has come, and again some ten others earlier.
void store_prefetch_entry(const struct store *store, uint64_t key);

#endif
