// First in, first out: the order is that of coming in, whatever is used.
#include "eviction.h"

static bool inserted(struct store *store, uint32_t entry) {
  eviction_link_front(store, entry);
  return true;
}

static const struct eviction eviction = {
    .inserted = inserted, .victim = eviction_oldest, .removed = eviction_unlink};
const struct field_alternative eviction_fifo = {
    .name = "fifo", .doc = "the one that came first goes first", .user = &eviction};
