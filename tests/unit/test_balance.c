#include "balance.h"
#include "goodness.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST = 100 };

static double weights[MOST];
static uint32_t outstanding[MOST];
static const uint32_t *pointers[MOST];
static bool tried[MOST];
static double credit[MOST];
static uint32_t cursor;
static struct balance_view view;
static struct random_stream luck;

static void begin(void) {
  for (int i = 0; i < MOST; i++) {
    weights[i] = 1;
    outstanding[i] = 0;
    pointers[i] = &outstanding[i];
    tried[i] = false;
    credit[i] = 0;
  }
  cursor = 0;
  luck = random_named(1, 0, "balance", "test");
  view =
      (struct balance_view){.weights = weights, .outstanding = pointers, .cursor = &cursor, .credit = credit};
}

TestSuite(balance, .init = begin);

static uint32_t pick_with(const struct field_alternative *alternative, const void *parameters) {
  uint32_t target = ((const struct balance_algorithm *)alternative->user)->pick(parameters, &view, &luck);
  cr_assert_lt(target, view.count, "%s", alternative->name);
  return target;
}

static uint32_t pick(const struct field_alternative *alternative) {
  return pick_with(alternative, NULL);
}

// As `{"choices": d}` is decoded: the one field of the table.
static uint32_t pick_of(int64_t choices) {
  cr_assert_eq(balance_power_of_d.table->size, sizeof choices);
  cr_assert_eq(balance_power_of_d.table->fields[0].offset, 0);
  return pick_with(&balance_power_of_d, &choices);
}

static void count_picks(const struct field_alternative *alternative, uint64_t *counts, int picks) {
  memset(counts, 0, MOST * sizeof *counts);
  for (int i = 0; i < picks; i++) counts[pick(alternative)]++;
}

Test(balance, the_list_has_every_algorithm_once) {
  const struct field_alternative *const all[] = {
      &balance_round_robin,
      &balance_weighted_round_robin,
      &balance_least_connections,
      &balance_weighted_least_connections,
      &balance_random,
      &balance_power_of_two,
      &balance_power_of_d,
      &balance_ip_hash,
  };
  const char *const names[] = {
      "round-robin", "weighted-round-robin", "least-connections", "weighted-least-connections",
      "random",      "power-of-two",         "power-of-d",        "ip-hash"};
  for (size_t i = 0; i < 8; i++) {
    cr_assert_eq(balance_alternative(i), all[i]);
    cr_assert_str_eq(all[i]->name, names[i]);
    cr_assert_not_null(all[i]->doc);
    const struct balance_algorithm *algorithm = all[i]->user;
    bool weighted = strstr(names[i], "weighted") != NULL || strcmp(names[i], "random") == 0;
    cr_assert_eq(algorithm->weighted, weighted, "%s", names[i]);
  }
  cr_assert_null(balance_alternative(8));
}

Test(balance, round_robin_goes_round) {
  for (view.count = 1; view.count < 9; view.count++) {
    uint32_t last = pick(&balance_round_robin);
    for (int i = 0; i < 50; i++) {
      uint32_t target = pick(&balance_round_robin);
      cr_assert_eq(target, (last + 1) % view.count);
      last = target;
    }
  }
}

Test(balance, smooth_weighted_round_robin_as_published) {
  // nginx, commit 52327e0627f4: { 5, 1, 1 } gives a, a, b, a, c, a, a.
  weights[0] = 5;
  view.count = 3;
  const char *const published = "aabacaa";
  for (int i = 0; i < 70; i++)
    cr_assert_eq(pick(&balance_weighted_round_robin), (uint32_t)(published[i % 7] - 'a'), "pick %d", i);
}

Test(balance, smooth_weighted_round_robin_is_exact_in_every_period) {
  struct random_stream sizes = random_named(2, 0, "balance", "weights");
  for (int round = 0; round < 200; round++) {
    begin();
    view.count = 1 + (uint32_t)random_below(&sizes, 12);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < view.count; i++) {
      weights[i] = (double)(1 + random_below(&sizes, 9));
      sum += (uint64_t)weights[i];
    }
    uint64_t counts[MOST];
    for (int period = 0; period < 3; period++) {
      count_picks(&balance_weighted_round_robin, counts, (int)sum);
      for (uint32_t i = 0; i < view.count; i++) {
        cr_assert_eq(counts[i], (uint64_t)weights[i]);
        cr_assert_eq(credit[i], 0, "a period ends where it began");
      }
    }
  }
}

Test(balance, weights_of_any_size_are_followed) {
  const double fractions[] = {0.1, 0.25, 3e6, 1e6};
  memcpy(weights, fractions, sizeof fractions);
  view.count = 4;
  uint64_t counts[MOST];
  count_picks(&balance_weighted_round_robin, counts, 400000);
  cr_assert(counts[2] >= 299998 && counts[2] <= 300002, "%lu", (unsigned long)counts[2]);
  cr_assert(counts[3] >= 99998 && counts[3] <= 100002, "%lu", (unsigned long)counts[3]);
}

Test(balance, least_connections_against_a_search) {
  struct random_stream loads = random_named(3, 0, "balance", "loads");
  for (int round = 0; round < 20000; round++) {
    view.count = 1 + (uint32_t)random_below(&loads, 20);
    bool weighted = round % 2 == 0;
    double least = INFINITY;
    for (uint32_t i = 0; i < view.count; i++) {
      outstanding[i] = (uint32_t)random_below(&loads, 6);
      weights[i] = 0.5 + (double)random_below(&loads, 4);
      double load = weighted ? outstanding[i] / weights[i] : outstanding[i];
      if (load < least) least = load;
    }
    uint32_t before = cursor;
    uint32_t target = pick(weighted ? &balance_weighted_least_connections : &balance_least_connections);
    double load = weighted ? outstanding[target] / weights[target] : outstanding[target];
    cr_assert_eq(load, least);
    // Among equals the first after the last one picked.
    uint32_t expected = before < view.count ? before : view.count - 1;
    do expected = (expected + 1) % view.count;
    while ((weighted ? outstanding[expected] / weights[expected] : outstanding[expected]) != least);
    cr_assert_eq(target, expected);
  }
}

Test(balance, equals_are_served_in_turn) {
  view.count = 7;
  uint64_t counts[MOST];
  count_picks(&balance_least_connections, counts, 700);
  for (uint32_t i = 0; i < 7; i++) cr_assert_eq(counts[i], 100);
  for (int i = 0; i < 70; i++) outstanding[pick(&balance_least_connections)]++;
  for (uint32_t i = 0; i < 7; i++) cr_assert_eq(outstanding[i], 10, "the load stays level");
}

Test(balance, weights_share_the_load) {
  view.count = 3;
  weights[0] = 1;
  weights[1] = 2;
  weights[2] = 4;
  for (int i = 0; i < 700; i++) outstanding[pick(&balance_weighted_least_connections)]++;
  cr_assert_eq(outstanding[0], 100);
  cr_assert_eq(outstanding[1], 200);
  cr_assert_eq(outstanding[2], 400);
}

Test(balance, random_follows_the_weights) {
  enum { PICKS = 200000 };
  uint64_t counts[MOST];
  view.count = 12;
  count_picks(&balance_random, counts, PICKS);
  cr_assert_gt(goodness_uniform(counts, view.count), GOODNESS_LEVEL);
  double sum = 0, expected[MOST];
  for (uint32_t i = 0; i < view.count; i++) sum += weights[i] = 0.3 + (double)(i * i % 7);
  for (uint32_t i = 0; i < view.count; i++) expected[i] = PICKS * weights[i] / sum;
  count_picks(&balance_random, counts, PICKS);
  cr_assert_gt(goodness_chi_square(counts, expected, view.count), GOODNESS_LEVEL);
  // With some of them tried, the others share by weight.
  view.tried = tried;
  sum = 0;
  for (uint32_t i = 0; i < view.count; i++) {
    tried[i] = i % 3 == 1;
    if (!tried[i]) sum += weights[i];
  }
  count_picks(&balance_random, counts, PICKS);
  uint64_t left[MOST];
  size_t cells = 0;
  for (uint32_t i = 0; i < view.count; i++) {
    if (tried[i]) continue;
    left[cells] = counts[i];
    expected[cells++] = PICKS * weights[i] / sum;
  }
  cr_assert_gt(goodness_chi_square(left, expected, cells), GOODNESS_LEVEL);
}

// ---- The best of some
// ----------------------------------------------------------------------------------------------

// With all loads different, the k-th best of n is picked if none better is among the d drawn:
// C(n - k - 1, d - 1) / C(n, d).
static void expect_best_of(int64_t choices, uint32_t count) {
  enum { PICKS = 100000 };
  view.count = count;
  for (uint32_t i = 0; i < count; i++) outstanding[(i * 7 + 3) % count] = i; // count is no multiple of 7
  double expected[MOST];
  double left = 1; // the chance that the better ones are all left out
  double d = (double)choices;
  for (uint32_t k = 0; k < count; k++) {
    double chance = d / (double)(count - k) > 1 ? 1 : d / (double)(count - k);
    expected[k] = PICKS * left * chance;
    left *= 1 - chance;
  }
  uint64_t counts[MOST] = {0};
  for (int i = 0; i < PICKS; i++) {
    uint32_t target = choices == 2 && i % 2 == 0 ? pick(&balance_power_of_two) : pick_of(choices);
    counts[outstanding[target]]++;
  }
  for (uint32_t k = 0; k < count; k++)
    if (expected[k] <= 0) cr_assert_eq(counts[k], 0, "%ld of %u: the %u. best", (long)choices, count, k);
  uint32_t cells = count;
  while (expected[cells - 1] <= 0) cells--;
  if (cells > 1)
    cr_assert_gt(goodness_chi_square(counts, expected, cells), GOODNESS_LEVEL, "%ld of %u", (long)choices,
                 count);
}

Test(balance, the_best_of_some_drawn_without_replacement) {
  expect_best_of(2, 2);
  expect_best_of(2, 3);
  expect_best_of(2, 16);
  expect_best_of(3, 16);
  expect_best_of(5, 20);
  expect_best_of(15, 16);
  expect_best_of(64, 16);
  expect_best_of(1, 16);
  expect_best_of(64, 99);
}

// Idle targets are equals, and none is preferred.
Test(balance, equals_are_picked_alike_whatever_is_drawn) {
  enum { PICKS = 60000 };
  for (uint32_t count = 2; count <= 12; count += 5) {
    for (int64_t choices = 1; choices <= (int64_t)count; choices++) {
      view.count = count;
      uint64_t counts[MOST] = {0};
      for (int i = 0; i < PICKS; i++) counts[pick_of(choices)]++;
      cr_assert_gt(goodness_uniform(counts, count), GOODNESS_LEVEL, "%ld of %u", (long)choices, count);
    }
  }
  view.count = 5;
  uint64_t counts[MOST];
  count_picks(&balance_power_of_two, counts, PICKS);
  cr_assert_gt(goodness_uniform(counts, 5), GOODNESS_LEVEL);
}

Test(balance, only_the_untried_are_drawn) {
  enum { PICKS = 60000 };
  view.count = 9;
  view.tried = tried;
  tried[0] = tried[4] = tried[5] = true;
  uint64_t counts[MOST], left[MOST];
  count_picks(&balance_power_of_two, counts, PICKS);
  cr_assert_eq(counts[0] + counts[4] + counts[5], 0);
  size_t cells = 0;
  for (int i = 0; i < 9; i++)
    if (!tried[i]) left[cells++] = counts[i];
  cr_assert_gt(goodness_uniform(left, cells), GOODNESS_LEVEL);
  // Of the two that are left, the better one, always.
  for (int i = 0; i < 9; i++) tried[i] = i != 2 && i != 7;
  outstanding[2] = 3;
  outstanding[7] = 1;
  for (int i = 0; i < 1000; i++) cr_assert_eq(pick(&balance_power_of_two), 7);
}

// ---- By client
// -----------------------------------------------------------------------------------------------

Test(balance, ip_hash_is_stable_and_spreads) {
  enum { CLIENTS = 50000 };
  view.count = 10;
  uint64_t counts[MOST] = {0};
  for (uint64_t client = 0; client < CLIENTS; client++) {
    view.client = client;
    uint32_t target = pick(&balance_ip_hash);
    counts[target]++;
    random_bits(&luck);
    cursor = (uint32_t)client;
    outstanding[target]++;
    cr_assert_eq(pick(&balance_ip_hash), target, "neither luck nor load nor turn matters");
  }
  cr_assert_gt(goodness_uniform(counts, 10), GOODNESS_LEVEL);
}

// ---- What has been tried
// ---------------------------------------------------------------------------------------------

Test(balance, what_was_tried_is_avoided_while_another_is_left) {
  struct random_stream luck_of_test = random_named(4, 0, "balance", "tried");
  view.tried = tried;
  for (int round = 0; round < 20000; round++) {
    view.count = 1 + (uint32_t)random_below(&luck_of_test, 9);
    view.client = random_bits(&luck_of_test);
    uint32_t untried = 0;
    for (uint32_t i = 0; i < view.count; i++) {
      tried[i] = random_below(&luck_of_test, 3) > 0;
      untried += !tried[i];
      outstanding[i] = (uint32_t)random_below(&luck_of_test, 4);
      weights[i] = 0.5 + (double)random_below(&luck_of_test, 3);
    }
    for (size_t a = 0; balance_alternative(a) != NULL; a++) {
      int64_t choices = 1 + (int64_t)random_below(&luck_of_test, 5);
      uint32_t target = pick_with(balance_alternative(a), &choices);
      cr_assert(!tried[target] || untried == 0, "%s", balance_alternative(a)->name);
    }
  }
}

Test(balance, the_next_untried_is_the_nearest_and_may_be_the_target_itself) {
  view.count = 6;
  for (uint32_t target = 0; target < 6; target++) cr_assert_eq(balance_untried_from(&view, target), target);
  view.tried = tried;
  tried[0] = tried[3] = tried[4] = tried[5] = true;
  const uint32_t expected[] = {1, 1, 2, 1, 1, 1};
  for (uint32_t target = 0; target < 6; target++)
    cr_assert_eq(balance_untried_from(&view, target), expected[target]);
  tried[1] = tried[2] = true;
  for (uint32_t target = 0; target < 6; target++) cr_assert_eq(balance_untried_from(&view, target), target);
}

Test(balance, a_view_that_shrinks_leaves_no_cursor_behind) {
  for (uint32_t before = 0; before < 20; before++) {
    view.count = 3;
    cursor = before;
    cr_assert_lt(pick(&balance_round_robin), 3);
    cr_assert_lt(cursor, 3);
    cursor = before;
    cr_assert_lt(pick(&balance_least_connections), 3);
    cr_assert_lt(cursor, 3);
  }
}
