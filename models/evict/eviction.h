// Eviction policies: who has to go when a store is full. One file a policy; eviction.c holds the list.
//
// A policy keeps the entries of a store in an order, by the links that every entry has, from the front (what
// it will keep longest, as far as it knows) to the back. What else it must know of an entry is one mark of 32
// bits, and of the whole a state.
#ifndef HEADROOM_EVICTION_H
#define HEADROOM_EVICTION_H

#include "field.h"
#include "store_entries.h"

// What a policy leaves out is done as by the simplest, fifo.
struct eviction {
  // An entry has come in, and is in no order yet. NULL: it goes to the front. False: no memory
  // (budget->exhausted is set); it is then as if it had not come.
  bool (*inserted)(struct store *store, uint32_t entry);
  // An entry has been found or replaced. NULL: nothing.
  void (*touched)(struct store *store, uint32_t entry);
  // Who goes next; there is somebody. Does not take it out. NULL: the one at the back.
  uint32_t (*victim)(struct store *store);
  // An entry goes, whatever for, and must be taken out of the order. NULL: that is all.
  void (*removed)(struct store *store, uint32_t entry);
  // All have gone, and the order is empty. NULL: nothing.
  void (*cleared)(struct store *store);
  // Gives back the memory that the state refers to (not the state itself), and says how much there is of it.
  // NULL: none.
  void (*dropped)(struct store *store);
  size_t (*memory)(const struct store *store);
  size_t state_size;
  bool marks; // it uses them; they are 0 when an entry comes in
};

// The list, for FIELD_VARIANT(…, .each = eviction_alternative); the policy is the alternative's `user`.
const struct field_alternative *eviction_alternative(size_t index);

// ---- For policies: the order ----

static inline uint32_t eviction_front(const struct store *store) {
  return store->links[0].after;
}

static inline uint32_t eviction_back(const struct store *store) {
  return store->links[0].before;
}

// Puts an entry directly in front of another; in front of 0 is at the back, behind 0 is the front.
static inline void eviction_link(struct store *store, uint32_t entry, uint32_t follower) {
  struct store_link *links = store->links;
  uint32_t before = links[follower].before;
  links[entry].before = before;
  links[entry].after = follower;
  links[before].after = entry;
  links[follower].before = entry;
}

static inline void eviction_unlink(struct store *store, uint32_t entry) {
  struct store_link *links = store->links;
  uint32_t before = links[entry].before, after = links[entry].after;
  links[before].after = after;
  links[after].before = before;
}

static inline void eviction_link_front(struct store *store, uint32_t entry) {
  eviction_link(store, entry, eviction_front(store));
}

extern const struct field_alternative eviction_lru;
extern const struct field_alternative eviction_lfu;
extern const struct field_alternative eviction_fifo;
extern const struct field_alternative eviction_clock;

#endif
