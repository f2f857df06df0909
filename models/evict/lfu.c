// Least frequently used since it came in; of equals the least recently used goes first. Nothing is remembered
// of what has gone, and counts do not age.
//
// In constant time (after Shah, Mitra & Matani 2010): the order is by count, then by recency. Entries of
// equal count stand together and share a bucket, which knows the first of them; an entry's mark is its
// bucket. So the neighbours of an entry lead to the neighbours of its bucket, and buckets need no links of
// their own.
#include "eviction.h"

#include <string.h>

struct bucket {
  uint64_t uses;
  uint32_t first; // the most recent of them; while free: the next free bucket
  uint32_t count;
};

// Bucket 0 is none.
struct frequencies {
  struct bucket *buckets;
  uint32_t room;
  uint32_t fresh;
  uint32_t free;
};

enum { FIRST_ROOM = 64 };

static bool make_room(struct store *store, struct frequencies *frequencies) {
  uint32_t room = frequencies->room == 0 ? FIRST_ROOM : frequencies->room * 2;
  struct bucket *buckets = memory_take(store->budget, room * sizeof *buckets);
  if (buckets == NULL) return false;
  size_t size = frequencies->room * sizeof *buckets;
  if (size > 0) memcpy(buckets, frequencies->buckets, size);
  memory_give(store->budget, frequencies->buckets, size);
  frequencies->buckets = buckets;
  frequencies->room = room;
  if (frequencies->fresh == 0) frequencies->fresh = 1;
  return true;
}

// An empty bucket; 0: no memory.
static uint32_t take_bucket(struct store *store, uint64_t uses) {
  struct frequencies *frequencies = store->state;
  uint32_t number = frequencies->free;
  if (number != 0) {
    frequencies->free = frequencies->buckets[number].first;
  } else {
    if (frequencies->fresh == frequencies->room && !make_room(store, frequencies)) return 0;
    number = frequencies->fresh++;
  }
  frequencies->buckets[number] = (struct bucket){.uses = uses};
  return number;
}

// Takes an entry out of its bucket, not out of the order.
static void leave(struct store *store, uint32_t entry) {
  struct frequencies *frequencies = store->state;
  uint32_t number = store->marks[entry];
  struct bucket *bucket = &frequencies->buckets[number];
  if (--bucket->count == 0) {
    bucket->first = frequencies->free;
    frequencies->free = number;
  } else if (bucket->first == entry) {
    bucket->first = store->links[entry].after;
  }
}

// Puts an entry that is in no order at the head of a bucket, or, if that is empty, in front of `follower`.
static void join(struct store *store, uint32_t entry, uint32_t number, uint32_t follower) {
  struct bucket *bucket = &((struct frequencies *)store->state)->buckets[number];
  eviction_link(store, entry, bucket->count > 0 ? bucket->first : follower);
  bucket->first = entry;
  bucket->count++;
  store->marks[entry] = number;
}

// The bucket of an entry if it has so many uses, else 0; entry 0 is in none.
static uint32_t bucket_with(const struct store *store, uint32_t entry, uint64_t uses) {
  const struct frequencies *frequencies = store->state;
  if (entry == 0 || frequencies->buckets[store->marks[entry]].uses != uses) return 0;
  return store->marks[entry];
}

static bool inserted(struct store *store, uint32_t entry) {
  uint32_t number = bucket_with(store, eviction_back(store), 1);
  if (number == 0) number = take_bucket(store, 1);
  if (number == 0) return false;
  join(store, entry, number, 0);
  return true;
}

// When memory runs out the entry stays where it was: the run ends anyway.
static void touched(struct store *store, uint32_t entry) {
  struct frequencies *frequencies = store->state;
  struct bucket *bucket = &frequencies->buckets[store->marks[entry]];
  uint64_t uses = bucket->uses + 1;
  uint32_t number = bucket_with(store, store->links[bucket->first].before, uses);
  if (number == 0 && bucket->count == 1) {
    bucket->uses = uses;
    return;
  }
  uint32_t first = bucket->first;
  if (number == 0) number = take_bucket(store, uses);
  if (number == 0) return;
  if (first == entry) first = store->links[entry].after;
  leave(store, entry);
  eviction_unlink(store, entry);
  join(store, entry, number, first);
}

static void removed(struct store *store, uint32_t entry) {
  leave(store, entry);
  eviction_unlink(store, entry);
}

static void cleared(struct store *store) {
  struct frequencies *frequencies = store->state;
  frequencies->free = 0;
  frequencies->fresh = frequencies->room == 0 ? 0 : 1;
}

static void dropped(struct store *store) {
  struct frequencies *frequencies = store->state;
  memory_give(store->budget, frequencies->buckets, frequencies->room * sizeof *frequencies->buckets);
}

static size_t memory(const struct store *store) {
  return ((const struct frequencies *)store->state)->room * sizeof(struct bucket);
}

static const struct eviction eviction = {.inserted = inserted,
                                         .touched = touched,
                                         .removed = removed,
                                         .cleared = cleared,
                                         .dropped = dropped,
                                         .memory = memory,
                                         .state_size = sizeof(struct frequencies),
                                         .marks = true};
const struct field_alternative eviction_lfu = {
    .name = "lfu",
    .doc = "the least frequently used since it came in goes first, of equals the least recently used",
    .user = &eviction};
