// A keyed LRU by hand, and headroom's store, over the same keys in turn.
//
//   bench_lru [ROUNDS [KEYS-PER-ROUND]]
//
// Keys are Zipf(0.9) over 10^6, drawn beforehand; 10^5 objects fit. Each key is looked up, and put in if it
// is not there. The hand-written one is what somebody would write who wants speed: nodes of 16 bytes, a table
// of their numbers with linear probing at most half full, and one search for look-up and insertion. It keeps
// no sizes, ends of life or stamps, and counts hits alone. The store is asked and told apart (get, put), as a
// cache does whose misses take time, and keeps sizes; `full` has ends of life and stamps as well.
#include "dataset.h"
#include "eviction.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 1000000, OBJECTS = 100000, SLOTS = 1 << 18 };

struct hand_node {
  uint64_t key;
  uint32_t newer;
  uint32_t older;
};

struct hand {
  uint32_t slots[SLOTS];
  struct hand_node nodes[OBJECTS + 1]; // 0 is the ends of the list
  uint32_t count;
  uint64_t hits;
};

static inline uint32_t home_of(uint64_t key) {
  return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 46);
}

static inline void push(struct hand_node *nodes, uint32_t number) {
  uint32_t newest = nodes[0].older;
  nodes[number].newer = 0;
  nodes[number].older = newest;
  nodes[newest].newer = number;
  nodes[0].older = number;
}

static inline void pull(struct hand_node *nodes, uint32_t number) {
  uint32_t newer = nodes[number].newer, older = nodes[number].older;
  nodes[newer].older = older;
  nodes[older].newer = newer;
}

static void take_out(struct hand *hand, uint64_t key) {
  uint32_t slot = home_of(key);
  while (hand->nodes[hand->slots[slot]].key != key) slot = (slot + 1) & (SLOTS - 1);
  uint32_t hole = slot;
  for (;;) {
    slot = (slot + 1) & (SLOTS - 1);
    if (hand->slots[slot] == 0) break;
    uint32_t home = home_of(hand->nodes[hand->slots[slot]].key);
    if (((slot - home) & (SLOTS - 1)) < ((slot - hole) & (SLOTS - 1))) continue;
    hand->slots[hole] = hand->slots[slot];
    hole = slot;
  }
  hand->slots[hole] = 0;
}

static void ask(struct hand *hand, uint64_t key) {
  struct hand_node *nodes = hand->nodes;
  uint32_t slot = home_of(key), number;
  for (; (number = hand->slots[slot]) != 0; slot = (slot + 1) & (SLOTS - 1)) {
    if (nodes[number].key != key) continue;
    hand->hits++;
    pull(nodes, number);
    push(nodes, number);
    return;
  }
  if (hand->count < OBJECTS) {
    number = ++hand->count;
  } else {
    number = nodes[0].newer;
    take_out(hand, nodes[number].key);
    pull(nodes, number);
    slot = home_of(key);
    while (hand->slots[slot] != 0) slot = (slot + 1) & (SLOTS - 1);
  }
  nodes[number].key = key;
  hand->slots[slot] = number;
  push(nodes, number);
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double run_hand(struct hand *hand, const uint64_t *keys, size_t count) {
  double start = seconds();
  for (size_t i = 0; i < count; i++) ask(hand, keys[i]);
  return seconds() - start;
}

static double run_store(struct store *store, const uint64_t *keys, size_t count, int64_t expiry) {
  double start = seconds();
  for (size_t i = 0; i < count; i++)
    if (store_get(store, keys[i], 0) == STORE_NOTHING) store_put(store, keys[i], 1000, 0, expiry, i);
  return seconds() - start;
}

static void *must(void *memory) {
  if (memory == NULL) {
    fputs("bench_lru: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

static struct store make_store(bool full, struct memory_budget *budget) {
  struct store store;
  struct store_settings settings = {.eviction = eviction_lru.user,
                                    .items = OBJECTS,
                                    .bytes = STORE_UNLIMITED,
                                    .expires = full,
                                    .stamps = full};
  if (!store_init(&store, &settings, budget)) must(NULL);
  return store;
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 5;
  size_t length = count > 2 ? (size_t)atoll(arguments[2]) : 10000000;
  if (rounds < 1 || length < 1) {
    fputs("usage: bench_lru [ROUNDS [KEYS-PER-ROUND]]\n", stderr);
    return 2;
  }
  uint64_t *keys = must(malloc(length * sizeof *keys));
  struct dataset dataset = {.items = KEYS, .popularity = DATASET_ZIPF, .salt = 1};
  struct random_stream luck = {1};
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct hand *hand = must(calloc(1, sizeof *hand));
  struct store plain = make_store(false, &budget), full = make_store(true, &budget);
  zipf_init(&dataset.zipf, 0.9, KEYS);
  for (int round = 0; round <= rounds; round++) {
    double start = seconds();
    for (size_t i = 0; i < length; i++) keys[i] = dataset_draw(&dataset, &luck);
    double drawing = seconds() - start;
    double by_hand = run_hand(hand, keys, length);
    double by_store = run_store(&plain, keys, length, STORE_FOREVER);
    double by_full = run_store(&full, keys, length, 1);
    if (hand->hits != plain.counters.hits || hand->hits != full.counters.hits) {
      fputs("bench_lru: they are not the same cache\n", stderr);
      return 1;
    }
    if (round == 0) continue; // filling
    double scale = (double)length * 1e-6;
    printf("%.2f %.2f %.2f %.2f %.4f %.1f %.1f\n", scale / drawing, scale / by_hand, scale / by_store,
           scale / by_full, (double)hand->hits / ((double)length * (round + 1)),
           (double)store_memory(&plain) / OBJECTS, (double)store_memory(&full) / OBJECTS);
  }
  store_drop(&plain);
  store_drop(&full);
  free(hand);
  free(keys);
  return budget.exhausted;
}
