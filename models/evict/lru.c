// Least recently used: the order is that of the last use.
#include "eviction.h"

static void touched(struct store *store, uint32_t entry) {
  eviction_unlink(store, entry);
  eviction_link_front(store, entry);
}

static const struct eviction eviction = {.touched = touched};
const struct field_alternative eviction_lru = {
    .name = "lru", .doc = "the least recently used goes first", .user = &eviction};
