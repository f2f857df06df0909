// Second chance, as the hand of a clock that passes over what has been used since it last came by (Corbato, A
// Paging Experiment with the Multics System, 1968). The mark says that an entry has been used; one that comes
// in has not.
#include "eviction.h"

static void touched(struct store *store, uint32_t entry) {
  store->marks[entry] = 1;
}

// The hand stands at the back; what it passes over it will meet last.
static uint32_t victim(struct store *store) {
  for (;;) {
    uint32_t entry = eviction_back(store);
    if (store->marks[entry] == 0) return entry;
    store->marks[entry] = 0;
    eviction_unlink(store, entry);
    eviction_link_front(store, entry);
  }
}

static const struct eviction eviction = {.touched = touched, .victim = victim, .marks = true};
const struct field_alternative eviction_clock = {
    .name = "clock", .doc = "as fifo, but what was used gets a second chance", .user = &eviction};
