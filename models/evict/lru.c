// Least recently used: the order is that of the last use.
#include "eviction.h"

static bool inserted(struct store *store, uint32_t entry) {
  eviction_link_front(store, entry);
  return true;
}

static void touched(struct store *store, uint32_t entry) {
  eviction_unlink(store, entry);
  eviction_link_front(store, entry);
}

static const struct eviction eviction = {
    .inserted = inserted, .touched = touched, .victim = eviction_oldest, .removed = eviction_unlink};
const struct field_alternative eviction_lru = {
    .name = "lru", .doc = "the least recently used goes first", .user = &eviction};
