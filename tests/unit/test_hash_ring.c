#include "hash_ring.h"

#include "goodness.h"
#include "nearly.h"
#include "random.h"

#include <criterion/criterion.h>
#include <string.h>

static struct memory_budget budget;

static void fill(struct hash_ring *ring, uint64_t seed, uint32_t nodes, uint32_t points) {
  hash_ring_init(ring, seed, &budget);
  for (uint32_t node = 0; node < nodes; node++) cr_assert(hash_ring_add(ring, node, points));
}

static void drop(struct hash_ring *ring) {
  hash_ring_drop(ring);
  cr_assert_eq(budget.used, 0);
}

// The owner by a look at all points: the first at or after the key's place is the one whose way from the
// place, round the ring, is the shortest.
static uint32_t slow_find(const struct hash_ring *ring, uint64_t key) {
  uint64_t place = random_mix(random_mix(key + RANDOM_INCREMENT) ^ ring->seed), least = UINT64_MAX;
  uint32_t node = HASH_RING_NOBODY;
  for (uint32_t i = 0; i < ring->count; i++) {
    uint64_t way = ring->points[i].place - place;
    if (way <= least) {
      least = way;
      node = ring->points[i].node;
    }
  }
  return node;
}

Test(hash_ring, finds_the_first_point_at_or_after_a_key) {
  struct hash_ring ring;
  memory_budget_init(&budget);
  hash_ring_init(&ring, 1, &budget);
  cr_assert_eq(hash_ring_find(&ring, 5), HASH_RING_NOBODY);
  for (uint32_t nodes = 1; nodes <= 12; nodes++) {
    cr_assert(hash_ring_add(&ring, nodes * 7, nodes % 4 * 5 + 1));
    for (uint64_t key = 0; key < 3000; key++) cr_assert_eq(hash_ring_find(&ring, key), slow_find(&ring, key));
  }
  drop(&ring);
}

// What only the keys of a node that comes or goes may do.
Test(hash_ring, moves_no_more_than_it_must) {
  enum { SAMPLES = 20000 };
  static uint32_t before[SAMPLES];
  struct hash_ring ring, other;
  memory_budget_init(&budget);
  fill(&ring, 9, 10, 100);
  for (uint64_t key = 0; key < SAMPLES; key++) before[key] = hash_ring_find(&ring, key);
  hash_ring_remove(&ring, 4);
  for (uint64_t key = 0; key < SAMPLES; key++) {
    uint32_t now = hash_ring_find(&ring, key);
    cr_assert_neq(now, 4);
    cr_assert(now == before[key] || before[key] == 4);
  }
  hash_ring_remove(&ring, 4);
  cr_assert_eq(ring.count, 900);
  cr_assert(hash_ring_add(&ring, 4, 100));
  for (uint64_t key = 0; key < SAMPLES; key++) cr_assert_eq(hash_ring_find(&ring, key), before[key]);
  // The order in which nodes come does not matter.
  hash_ring_init(&other, 9, &budget);
  for (uint32_t node = 10; node-- > 0;) cr_assert(hash_ring_add(&other, node, 100));
  for (uint64_t key = 0; key < SAMPLES; key++) cr_assert_eq(hash_ring_find(&other, key), before[key]);
  hash_ring_drop(&other);
  drop(&ring);
}

// Shares of the ring itself, without the noise of sampled keys.
static void measure_shares(const struct hash_ring *ring, double *shares, uint32_t nodes) {
  for (uint32_t node = 0; node < nodes; node++) shares[node] = 0;
  uint64_t before = ring->points[ring->count - 1].place;
  for (uint32_t i = 0; i < ring->count; i++) {
    shares[ring->points[i].node] += (double)(ring->points[i].place - before) * 0x1p-64;
    before = ring->points[i].place;
  }
}

// n nodes with v points: shares are Beta(v, v (n - 1)); of n times a share the deviation, the fractiles at
// 0.5% and 99.5%, and the part that moves to one node more (the cases chash_* of the reference).
static const struct fairness {
  uint32_t nodes, points;
  double deviation, low, high, moved;
} cases[] = {
    {10, 100, 0.094820931, 0.77099729, 1.259006, 0.090909091},
    {10, 1000, 0.0299985, 0.92423895, 1.0787658, 0.090909091},
    {50, 50, 0.13997201, 0.67562676, 1.3963286, 0.019607843},
};

Test(hash_ring, is_as_fair_as_chance_allows) {
  enum { SEEDS = 400, NODES_MOST = 51, SAMPLES = 4000 };
  static double fair[SEEDS * NODES_MOST];
  memory_budget_init(&budget);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    double shares[NODES_MOST], squares = 0, moved = 0, share_moved = 0;
    uint32_t nodes = cases[c].nodes;
    size_t count = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
      struct hash_ring ring;
      uint32_t before[SAMPLES];
      fill(&ring, random_mix(seed + 1), nodes, cases[c].points);
      measure_shares(&ring, shares, nodes);
      for (uint32_t node = 0; node < nodes; node++) {
        fair[count++] = shares[node] * nodes;
        squares += pow(shares[node] * nodes - 1, 2);
      }
      for (uint64_t key = 0; key < SAMPLES; key++) before[key] = hash_ring_find(&ring, key);
      cr_assert(hash_ring_add(&ring, nodes, cases[c].points));
      for (uint64_t key = 0; key < SAMPLES; key++) moved += hash_ring_find(&ring, key) != before[key];
      measure_shares(&ring, shares, nodes + 1);
      share_moved += shares[nodes];
      drop(&ring);
    }
    qsort(fair, count, sizeof *fair, goodness_compare);
    double deviation = sqrt(squares / (double)count);
    cr_expect_float_eq(deviation, cases[c].deviation, 0.05 * cases[c].deviation, "%g", deviation);
    cr_expect_float_eq(fair[count / 200], cases[c].low, 0.02, "%g", fair[count / 200]);
    cr_expect_float_eq(fair[count - 1 - count / 200], cases[c].high, 0.02, "%g",
                       fair[count - 1 - count / 200]);
    cr_expect_float_eq(moved / ((double)SAMPLES * SEEDS), cases[c].moved, 0.02 * cases[c].moved);
    cr_expect_float_eq(share_moved / SEEDS, cases[c].moved, 0.02 * cases[c].moved);
  }
}

// Keys in a row fall on the nodes as the ring divides them.
Test(hash_ring, keys_fall_by_share) {
  enum { NODES = 10, SAMPLES = 200000 };
  struct hash_ring ring;
  double expected[NODES];
  uint64_t seen[NODES] = {0};
  memory_budget_init(&budget);
  fill(&ring, 77, NODES, 100);
  measure_shares(&ring, expected, NODES);
  for (int i = 0; i < NODES; i++) expected[i] *= SAMPLES;
  for (uint64_t key = 0; key < SAMPLES; key++) seen[hash_ring_find(&ring, key)]++;
  cr_assert_gt(goodness_chi_square(seen, expected, NODES), GOODNESS_LEVEL);
  drop(&ring);
}

Test(hash_ring, memory_that_runs_out_changes_nothing) {
  for (uint64_t fail = 1; fail <= 12; fail++) {
    struct hash_ring ring;
    memory_budget_init(&budget);
    budget.fail_at = fail;
    hash_ring_init(&ring, 1, &budget);
    uint32_t added = 0;
    for (uint32_t node = 0; node < 4; node++) added += hash_ring_add(&ring, node, 10);
    cr_assert_eq(ring.count, added * 10);
    cr_assert(added == 4 || budget.exhausted);
    for (uint64_t key = 0; added > 0 && key < 100; key++)
      cr_assert_eq(hash_ring_find(&ring, key), slow_find(&ring, key));
    drop(&ring);
  }
}
