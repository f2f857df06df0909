#include "store.h"

#include "eviction.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct memory_budget budget;
static struct store store;

static const struct eviction *policy_named(const char *name) {
  for (size_t i = 0; eviction_alternative(i) != NULL; i++)
    if (strcmp(eviction_alternative(i)->name, name) == 0) return eviction_alternative(i)->user;
  cr_assert_fail("no policy %s", name);
  return NULL;
}

static void make(const char *policy, int64_t items, int64_t bytes) {
  struct store_settings settings = {
      .eviction = policy_named(policy), .items = items, .bytes = bytes, .expires = true, .stamps = true};
  memory_budget_init(&budget);
  cr_assert(store_init(&store, &settings, &budget));
}

static void drop(void) {
  store_drop(&store);
  cr_assert_eq(budget.used, 0, "%zu bytes are left", budget.used);
}

static uint32_t put(uint64_t key, int64_t bytes) {
  return store_put(&store, key, bytes, 0, STORE_FOREVER, key + 1000);
}

static bool has(uint64_t key) {
  return store_peek(&store, key, 0) != STORE_NOTHING;
}

// ---- Against stores that look at everything they hold, each time ----

enum { SLOW_MOST = 400 };

struct slow_entry {
  uint64_t key, stamp;
  int64_t bytes, expiry;
  uint64_t came, used, uses;
  bool second_chance;
};

// The entries stand in the order of a clock's ring, whose hand points at the one to be looked at next.
struct slow {
  char policy;
  struct slow_entry entries[SLOW_MOST];
  size_t count, hand;
  int64_t items, bytes, held;
  uint64_t steps;
  struct store_counters counters;
};

static size_t slow_find(const struct slow *slow, uint64_t key) {
  size_t i = 0;
  while (i < slow->count && slow->entries[i].key != key) i++;
  return i;
}

static void slow_erase(struct slow *slow, size_t at) {
  slow->held -= slow->entries[at].bytes;
  slow->count--;
  for (size_t i = at; i < slow->count; i++) slow->entries[i] = slow->entries[i + 1];
  if (slow->hand > at) slow->hand--;
  if (slow->hand >= slow->count) slow->hand = 0;
}

static bool slow_goes_before(const struct slow *slow, const struct slow_entry *a,
                             const struct slow_entry *b) {
  if (slow->policy == 'l') return a->used < b->used;
  if (slow->policy == 'f') return a->came < b->came;
  return a->uses != b->uses ? a->uses < b->uses : a->used < b->used;
}

static size_t slow_victim(struct slow *slow) {
  size_t victim = 0;
  if (slow->policy != 'c') {
    for (size_t i = 1; i < slow->count; i++)
      if (slow_goes_before(slow, &slow->entries[i], &slow->entries[victim])) victim = i;
    return victim;
  }
  for (; slow->entries[slow->hand].second_chance; slow->hand = (slow->hand + 1) % slow->count)
    slow->entries[slow->hand].second_chance = false;
  return slow->hand;
}

static void slow_touch(struct slow *slow, size_t at) {
  slow->entries[at].used = ++slow->steps;
  slow->entries[at].uses++;
  slow->entries[at].second_chance = true;
}

static bool slow_get(struct slow *slow, uint64_t key, int64_t now, uint64_t *stamp) {
  size_t at = slow_find(slow, key);
  bool there = at < slow->count, alive = there && now < slow->entries[at].expiry;
  if (alive) {
    slow->counters.hits++;
    slow_touch(slow, at);
    *stamp = slow->entries[at].stamp;
    return true;
  }
  slow->counters.misses++;
  slow->counters.expired += there;
  if (there) slow_erase(slow, at);
  return false;
}

static bool slow_replace(struct slow *slow, size_t at, struct slow_entry new) {
  struct slow_entry *entry = &slow->entries[at];
  slow->held += new.bytes - entry->bytes;
  entry->bytes = new.bytes;
  entry->expiry = new.expiry;
  entry->stamp = new.stamp;
  slow_touch(slow, at);
  while (slow->held > slow->bytes) {
    slow_erase(slow, slow_victim(slow));
    slow->counters.evictions++;
  }
  return slow_find(slow, new.key) < slow->count;
}

static bool slow_put(struct slow *slow, struct slow_entry new, int64_t now) {
  size_t at = slow_find(slow, new.key);
  if (at < slow->count && now >= slow->entries[at].expiry) {
    slow->counters.expired++;
    slow_erase(slow, at);
    at = slow->count;
  }
  if (new.bytes > slow->bytes || slow->items == 0) {
    slow->counters.refused++;
    if (at < slow->count) slow_erase(slow, at);
    return false;
  }
  if (at < slow->count) return slow_replace(slow, at, new);
  while ((int64_t)slow->count >= slow->items || slow->held + new.bytes > slow->bytes) {
    slow_erase(slow, slow_victim(slow));
    slow->counters.evictions++;
  }
  cr_assert_lt(slow->count, SLOW_MOST);
  // Directly behind the hand: it comes there last.
  for (size_t i = slow->count++; i > slow->hand; i--) slow->entries[i] = slow->entries[i - 1];
  new.came = new.used = ++slow->steps;
  new.uses = 1;
  slow->entries[slow->hand] = new;
  slow->hand = (slow->hand + 1) % slow->count;
  slow->held += new.bytes;
  slow->counters.inserted++;
  return true;
}

static void compare(struct slow *slow, int64_t now, const uint64_t *keys, size_t count) {
  cr_assert_eq((size_t)store.items, slow->count);
  cr_assert_eq(store.bytes, slow->held);
  cr_assert_eq(memcmp(&store.counters, &slow->counters, sizeof store.counters), 0);
  for (size_t i = 0; i < count; i++) {
    size_t at = slow_find(slow, keys[i]);
    bool alive = at < slow->count && now < slow->entries[at].expiry;
    uint32_t entry = store_peek(&store, keys[i], now);
    cr_assert_eq(entry != STORE_NOTHING, alive, "key %zu", i);
    if (!alive) continue;
    cr_assert_eq(store_key(&store, entry), keys[i]);
    cr_assert_eq(store_entry_bytes(&store, entry), slow->entries[at].bytes);
    cr_assert_eq(store_expiry(&store, entry), slow->entries[at].expiry);
    cr_assert_eq(store_stamp(&store, entry), slow->entries[at].stamp);
  }
}

enum { KEYS = 300, STEPS = 6000 };

// A step of a random life; time goes on, and one put in four has an end.
static void step(struct slow *slow, const uint64_t *keys, int64_t *now, struct random_stream *luck) {
  uint64_t what = random_below(luck, 100), a = random_below(luck, KEYS), b = random_below(luck, KEYS);
  uint64_t key = keys[a < b ? a : b], stamp = 0;
  *now += (int64_t)random_below(luck, 3);
  if (what < 55) {
    uint32_t entry = store_get(&store, key, *now);
    cr_assert_eq(entry != STORE_NOTHING, slow_get(slow, key, *now, &stamp));
    if (entry != STORE_NOTHING) cr_assert_eq(store_stamp(&store, entry), stamp);
  } else if (what < 95) {
    struct slow_entry new = {.key = key,
                             .stamp = random_bits(luck),
                             .bytes = (int64_t)random_below(luck, 40),
                             .expiry = random_below(luck, 4) == 0 ? *now + (int64_t)random_below(luck, 400)
                                                                  : STORE_FOREVER};
    uint32_t entry = store_put(&store, key, new.bytes, *now, new.expiry, new.stamp);
    cr_assert_eq(entry != STORE_NOTHING, slow_put(slow, new, *now));
  } else if (what < 99 || random_below(luck, 20) > 0) {
    size_t at = slow_find(slow, key);
    cr_assert_eq(store_remove(&store, key), at < slow->count);
    if (at < slow->count) slow_erase(slow, at);
  } else if (random_below(luck, 2) == 0) {
    uint64_t mask = random_below(luck, 8), bits = random_bits(luck) & mask;
    store_remove_all(&store, mask, bits);
    for (size_t at = slow->count; at-- > 0;) {
      if ((slow->entries[at].key & mask) == bits) slow_erase(slow, at);
    }
  } else {
    store_clear(&store);
    slow->count = slow->hand = 0;
    slow->held = 0;
  }
}

static void live(const char *policy, int64_t items, int64_t bytes, const uint64_t *keys, uint64_t seed) {
  static struct slow slow;
  slow =
      (struct slow){.policy = strcmp(policy, "lfu") == 0 ? 'q' : policy[0], .items = items, .bytes = bytes};
  struct random_stream luck = random_named(seed, 0, policy, "store");
  int64_t now = 0;
  make(policy, items, bytes);
  for (int i = 0; i < STEPS; i++) {
    step(&slow, keys, &now, &luck);
    if (i % 50 == 0) compare(&slow, now, keys, KEYS);
  }
  drop();
}

static const char *const policy_list[] = {"lru", "lfu", "fifo", "clock"};

Test(store, every_policy_agrees_with_one_that_looks_at_all) {
  uint64_t keys[KEYS];
  for (uint64_t i = 0; i < KEYS; i++) keys[i] = i * i * i;
  const int64_t capacities[][2] = {
      {60, STORE_UNLIMITED}, {STORE_UNLIMITED, 700}, {30, 600}, {1, 39}, {0, 100}, {100, 0}, {2, 20}};
  for (size_t p = 0; p < 4; p++)
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++)
      live(policy_list[p], capacities[c][0], capacities[c][1], keys, c);
}

// Keys that all begin their search at the same slot (the last, so that it goes on at the first): longer ways
// than a slot has room to say.
Test(store, keys_of_one_slot_are_kept_apart) {
  uint64_t keys[KEYS], inverse = 1;
  for (int i = 0; i < 6; i++) inverse *= 2 - RANDOM_INCREMENT * inverse; // Newton, modulo 2^64
  cr_assert_eq(inverse * RANDOM_INCREMENT, 1);
  for (uint64_t i = 0; i < KEYS; i++) {
    uint64_t folded = (UINT64_C(0xFFFFFFFF00000000) + i * 9999991) * inverse;
    keys[i] = folded ^ folded >> 32;
    cr_assert_eq(store_hash(keys[i]) >> 32, UINT64_C(0xFFFFFFFF));
  }
  for (size_t p = 0; p < 4; p++) {
    live(policy_list[p], 80, STORE_UNLIMITED, keys, 1);
    live(policy_list[p], STORE_UNLIMITED, 900, keys, 2);
  }
}

// ---- Rules that are easy to get wrong ----

Test(store, an_entry_lives_while_now_is_before_its_end) {
  make("lru", 10, STORE_UNLIMITED);
  store_put(&store, 1, 5, 100, 200, 7);
  cr_assert_neq(store_get(&store, 1, 199), STORE_NOTHING);
  cr_assert_eq(store_peek(&store, 1, 200), STORE_NOTHING);
  cr_assert_eq(store.items, 1, "whoever only looks removes nothing");
  cr_assert_eq(store_get(&store, 1, 200), STORE_NOTHING);
  cr_assert_eq(store.items, 0);
  cr_assert_eq(store.bytes, 0);
  cr_assert_eq(store.counters.expired, 1);
  cr_assert_eq(store.counters.misses, 1);
  cr_assert_eq(store_get(&store, 1, 100), STORE_NOTHING);
  cr_assert_eq(store.counters.expired, 1);
  drop();
}

Test(store, what_is_larger_than_the_store_is_not_kept) {
  make("lru", 10, 100);
  cr_assert_neq(put(1, 60), STORE_NOTHING);
  cr_assert_eq(put(2, 101), STORE_NOTHING);
  cr_assert(has(1), "nothing was evicted for it");
  cr_assert_eq(put(1, 101), STORE_NOTHING);
  cr_assert(!has(1), "what was there before would be wrong");
  cr_assert_eq(store.counters.refused, 2);
  cr_assert_eq(store.counters.evictions, 0);
  cr_assert_neq(put(3, 100), STORE_NOTHING);
  cr_assert_eq(store.bytes, 100);
  drop();
}

Test(store, an_entry_that_grows_pushes_others_out) {
  make("fifo", 10, 100);
  put(1, 30);
  put(2, 30);
  put(3, 30);
  cr_assert_neq(put(2, 60), STORE_NOTHING);
  cr_assert(!has(1) && has(2) && has(3));
  cr_assert_eq(put(2, 80), STORE_NOTHING, "it was the first to go");
  cr_assert(!has(2) && has(3));
  cr_assert_eq(store.bytes, 30);
  drop();
}

Test(store, sizes_beyond_2_gib_are_in_pages) {
  const int64_t gib = INT64_C(1) << 30, tib = gib << 10;
  make("lru", 10, 20 * tib);
  cr_assert_eq(store_entry_bytes(&store, put(1, 2 * gib - 1)), 2 * gib - 1);
  cr_assert_eq(store_entry_bytes(&store, put(2, 3 * gib)), 3 * gib);
  cr_assert_eq(store_entry_bytes(&store, put(3, 3 * gib + 1)), 3 * gib + 4096);
  cr_assert_eq(store.bytes, 8 * gib - 1 + 4096);
  cr_assert_eq(store_entry_bytes(&store, put(4, 8 * tib - 4096)), 8 * tib - 4096);
  cr_assert_eq(put(5, 8 * tib), STORE_NOTHING);
  cr_assert_eq(put(6, INT64_MAX), STORE_NOTHING);
  for (uint64_t key = 1; key <= 4; key++) cr_assert(store_remove(&store, key));
  cr_assert_eq(store.bytes, 0);
  drop();
}

Test(store, what_is_not_asked_for_is_not_there) {
  struct store_settings settings = {
      .eviction = policy_named("lru"), .items = 10, .bytes = STORE_UNLIMITED, .expires = false};
  memory_budget_init(&budget);
  cr_assert(store_init(&store, &settings, &budget));
  uint32_t entry = put(1, 10);
  cr_assert_eq(store_stamp(&store, entry), 0);
  cr_assert_eq(store_expiry(&store, entry), STORE_FOREVER);
  cr_assert_neq(store_get(&store, 1, INT64_MAX - 1), STORE_NOTHING);
  drop();
}

// ---- Memory ----

Test(store, an_object_costs_at_most_48_bytes) {
  for (size_t p = 0; p < 4; p++) {
    double most = p == 0 || p == 2 ? 48 : 50;
    make(policy_list[p], 100000, STORE_UNLIMITED);
    for (uint64_t key = 0; key < 100000; key++) put(random_mix(key), 1);
    cr_assert_eq(store.items, 100000);
    cr_expect_leq((double)budget.used / 100000, 48, "%s: %zu", policy_list[p], budget.used);
    cr_expect_leq((double)store_memory(&store), (double)budget.used);
    cr_expect_geq((double)store_memory(&store), (double)budget.used - 6 * 64);
    drop();
    make(policy_list[p], STORE_UNLIMITED, STORE_UNLIMITED);
    for (uint64_t key = 1; key <= 200000; key++) {
      put(random_mix(key), 1);
      if (key > 10000)
        cr_assert_leq((double)budget.used / (double)key, most, "%s: %zu for %llu", policy_list[p],
                      budget.used, (unsigned long long)key);
    }
    for (uint64_t key = 1; key <= 200000; key++) cr_assert(has(random_mix(key)));
    drop();
  }
}

Test(store, room_can_be_made_beforehand) {
  make("lru", 5000, STORE_UNLIMITED);
  cr_assert(store_reserve(&store, 1000000));
  uint64_t requests = budget.requests;
  for (uint64_t key = 0; key < 20000; key++) put(key, 1);
  cr_assert_eq(budget.requests, requests);
  cr_assert_eq(store.items, 5000);
  drop();
}

// Each request for memory is refused once: what was inside stays or is gone, but the store is whole.
Test(store, memory_that_runs_out_is_said) {
  for (size_t p = 0; p < 4; p++) {
    for (uint64_t fail = 1; fail < 40; fail++) {
      struct store_settings settings = {.eviction = policy_named(policy_list[p]),
                                        .items = STORE_UNLIMITED,
                                        .bytes = STORE_UNLIMITED,
                                        .expires = true,
                                        .stamps = true};
      memory_budget_init(&budget);
      budget.fail_at = fail;
      if (store_init(&store, &settings, &budget)) {
        uint64_t kept = 0;
        for (uint64_t key = 0; key < 300; key++) {
          kept += put(key, 1) != STORE_NOTHING;
          for (uint64_t use = 0; use < key; use++) store_get(&store, key, 0);
        }
        cr_assert_eq((uint64_t)store.items, kept);
        cr_assert(kept == 300 || budget.exhausted);
        for (uint64_t key = 0, found = 0; key < 300; key++) {
          found += has(key);
          if (key == 299) cr_assert_eq(found, kept);
        }
      } else {
        cr_assert(budget.exhausted);
      }
      drop();
    }
  }
}

Test(store, is_usable_after_clear) {
  for (size_t p = 0; p < 4; p++) {
    make(policy_list[p], 50, STORE_UNLIMITED);
    store_clear(&store);
    for (int round = 0; round < 3; round++) {
      for (uint64_t key = 0; key < 100; key++) {
        put(key, 3);
        store_get(&store, key / 2, 0);
      }
      cr_assert_eq(store.items, 50);
      cr_assert_eq(store.bytes, 150);
      store_clear(&store);
      cr_assert_eq(store.items, 0);
      cr_assert(!has(99));
    }
    drop();
  }
}
