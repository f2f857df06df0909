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

#include "random.h"
#include "store_entries.h"

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
