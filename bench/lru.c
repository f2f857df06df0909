// A keyed LRU by hand, and headroom's store, over the same keys in turn.
//
//   bench_lru [ROUNDS [KEYS-PER-ROUND]]
//
// Keys are Zipf(0.9) over 10^6, drawn beforehand; 10^5 objects fit. Each key is looked up, and put in if it
// is not there. The hand-written one (hand.h) searches once for both, keeps no sizes, ends of life or stamps,
// and counts hits alone. The store is asked and told apart (get, put), as a cache does whose misses take
// time, and keeps sizes; `full` has ends of life and stamps as well.
#include "dataset.h"
#include "eviction.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 1000000 };

#define HAND_OBJECTS 100000
#define HAND_BITS    18
#include "hand.h"

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double run_hand(struct hand *hand, const uint64_t *keys, size_t count) {
  double start = seconds();
  for (size_t i = 0; i < count; i++) hand_ask(hand, keys[i]);
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
                                    .items = HAND_OBJECTS,
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
  struct dataset dataset = {.items = KEYS, .popularity = DATASET_ZIPF};
  struct random_stream luck = {1};
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct hand *hand = must(calloc(1, sizeof *hand));
  struct store plain = make_store(false, &budget), full = make_store(true, &budget);
  dataset_scatter(&dataset, 1);
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
           (double)store_memory(&plain) / HAND_OBJECTS, (double)store_memory(&full) / HAND_OBJECTS);
  }
  store_drop(&plain);
  store_drop(&full);
  free(hand);
  free(keys);
  return budget.exhausted;
}
