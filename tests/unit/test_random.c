#include "random.h"

#include "goodness.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { DRAWS = 1000000, CELLS = 1000 };

// The first outputs of SplitMix64 for the seed 1234567, as published with it on Rosetta Code.
Test(random, bits_are_splitmix64) {
  struct random_stream stream = {1234567};
  cr_assert_eq(random_bits(&stream), UINT64_C(6457827717110365317));
  cr_assert_eq(random_bits(&stream), UINT64_C(3203168211198807973));
  cr_assert_eq(random_bits(&stream), UINT64_C(9817491932198370423));
  cr_assert_eq(random_bits(&stream), UINT64_C(4593380528125082431));
  cr_assert_eq(random_bits(&stream), UINT64_C(16408922859458223821));
}

Test(random, units_are_uniform_and_never_an_end) {
  static uint64_t seen[CELLS];
  struct random_stream stream = random_named(1, 0, "units", "test");
  double before = 0;
  double products = 0;
  for (int i = 0; i < DRAWS; i++) {
    double unit = random_unit(&stream);
    cr_assert(unit > 0 && unit < 1);
    seen[(int)(unit * CELLS)]++;
    products += (unit - 0.5) * before;
    before = unit - 0.5;
  }
  cr_assert_gt(goodness_uniform(seen, CELLS), GOODNESS_LEVEL);
  cr_assert_lt(fabs(products * 12 / DRAWS), 5 / sqrt(DRAWS), "neighbours are correlated");
}

Test(random, below_is_uniform_for_any_bound) {
  const uint64_t bounds[] = {1, 2, 3, 7, 10, 64, 1000};
  for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
    static uint64_t seen[CELLS];
    for (int i = 0; i < CELLS; i++) seen[i] = 0;
    struct random_stream stream = random_named(2, (uint32_t)b, "below", "test");
    for (int i = 0; i < DRAWS / 4; i++) {
      uint64_t number = random_below(&stream, bounds[b]);
      cr_assert_lt(number, bounds[b]);
      seen[number]++;
    }
    if (bounds[b] > 1) cr_assert_gt(goodness_uniform(seen, bounds[b]), GOODNESS_LEVEL);
  }
}

Test(random, below_reaches_over_the_largest_bounds) {
  struct random_stream stream = random_named(3, 0, "below", "test");
  uint64_t seen[16] = {0};
  const uint64_t bound = UINT64_C(0xF000000000000000);
  for (int i = 0; i < DRAWS; i++) {
    uint64_t number = random_below(&stream, bound);
    cr_assert_lt(number, bound);
    seen[number >> 60]++;
  }
  cr_assert_gt(goodness_uniform(seen, 15), GOODNESS_LEVEL);
}

// First draws of children 0, 1, 2, …: uniform, each bit fair, neighbours differing in 32 ± 4 bits, and
// uncorrelated with each other and with the parent's own draws.
static void check_children(struct random_stream parent, uint64_t stride) {
  static uint64_t seen[CELLS];
  for (int i = 0; i < CELLS; i++) seen[i] = 0;
  uint64_t ones[64] = {0};
  uint64_t before = 0;
  double distance = 0;
  double with_neighbour = 0;
  double with_parent = 0;
  struct random_stream own = parent;
  for (uint64_t i = 0; i < DRAWS; i++) {
    struct random_stream child = random_split(parent, i * stride);
    uint64_t bits = random_bits(&child);
    double centred = (double)(bits >> 11) * 0x1p-53 - 0.5;
    seen[(int)((centred + 0.5) * CELLS)]++;
    for (int bit = 0; bit < 64; bit++) ones[bit] += bits >> bit & 1;
    if (i > 0) {
      distance += __builtin_popcountll(bits ^ before);
      with_neighbour += centred * ((double)(before >> 11) * 0x1p-53 - 0.5);
    }
    with_parent += centred * (random_unit(&own) - 0.5);
    before = bits;
  }
  cr_assert_gt(goodness_uniform(seen, CELLS), GOODNESS_LEVEL);
  for (int bit = 0; bit < 64; bit++)
    cr_assert_lt(fabs((double)ones[bit] - DRAWS / 2.0), 5.5 * sqrt(DRAWS / 4.0), "bit %d", bit);
  cr_assert_lt(fabs(distance / (DRAWS - 1) - 32), 5 * 4 / sqrt(DRAWS));
  cr_assert_lt(fabs(with_neighbour * 12 / DRAWS), 5 / sqrt(DRAWS));
  cr_assert_lt(fabs(with_parent * 12 / DRAWS), 5 / sqrt(DRAWS));
}

Test(random, children_of_consecutive_numbers_are_independent) {
  check_children(random_named(4, 0, "parent", "test"), 1);
  check_children((struct random_stream){0}, 1);
  check_children((struct random_stream){1}, RANDOM_INCREMENT);
  check_children((struct random_stream){UINT64_MAX}, UINT64_C(1) << 40);
}

// Second and later draws of one child against those of the next, as two strands would use them.
Test(random, streams_of_siblings_are_uncorrelated) {
  struct random_stream parent = random_named(5, 1, "parent", "test");
  for (uint64_t number = 0; number < 20; number++) {
    struct random_stream left = random_split(parent, number);
    struct random_stream right = random_split(parent, number + 1);
    double products = 0;
    for (int i = 0; i < DRAWS / 10; i++) products += (random_unit(&left) - 0.5) * (random_unit(&right) - 0.5);
    cr_assert_lt(fabs(products * 12 / (DRAWS / 10)), 5 / sqrt(DRAWS / 10));
  }
}

Test(random, splitting_draws_nothing_and_repeats) {
  struct random_stream parent = random_named(6, 0, "parent", "test");
  struct random_stream untouched = parent;
  struct random_stream once = random_split(parent, 99);
  struct random_stream twice = random_split(parent, 99);
  cr_assert_eq(parent.state, untouched.state);
  cr_assert_eq(once.state, twice.state);
  cr_assert_neq(random_split(parent, 98).state, once.state);
}

static int compare(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left;
  uint64_t b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

// 400,000 streams: two that are equal would be chance once in 2 * 10^8.
Test(random, streams_differ_by_seed_replication_name_and_purpose) {
  static uint64_t states[20 * 20 * 100 * 10];
  size_t count = 0;
  for (uint64_t seed = 0; seed < 20; seed++)
    for (uint32_t replication = 0; replication < 20; replication++)
      for (int name = 0; name < 100; name++)
        for (int purpose = 0; purpose < 10; purpose++) {
          char words[2][32];
          snprintf(words[0], sizeof words[0], "web/%d", name);
          snprintf(words[1], sizeof words[1], "%d", purpose);
          states[count++] = random_named(seed, replication, words[0], words[1]).state;
        }
  qsort(states, count, sizeof *states, compare);
  uint64_t ones[64] = {0};
  for (size_t i = 0; i < count; i++) {
    if (i > 0) cr_assert_neq(states[i], states[i - 1]);
    for (int bit = 0; bit < 64; bit++) ones[bit] += states[i] >> bit & 1;
  }
  for (int bit = 0; bit < 64; bit++)
    cr_assert_lt(fabs((double)ones[bit] - (double)count / 2), 5.5 * sqrt((double)count / 4));
}

Test(random, where_a_name_ends_matters) {
  uint64_t whole = random_named(1, 1, "ab", "c").state;
  cr_assert_neq(whole, random_named(1, 1, "a", "bc").state);
  cr_assert_neq(whole, random_named(1, 1, "abc", "").state);
  cr_assert_neq(whole, random_named(1, 1, "", "abc").state);
  cr_assert_neq(whole, random_named(1, 1, "c", "ab").state);
  cr_assert_eq(whole, random_named(1, 1, "ab", "c").state);
}

// Seeds and replications that people choose (1, 2, 3, …) give streams without correlation.
Test(random, neighbouring_seeds_and_replications_are_uncorrelated) {
  double products = 0;
  enum { PAIRS = 100000 };
  for (uint32_t i = 0; i < PAIRS; i++) {
    struct random_stream here = random_named(i, 0, "shoppers", "arrivals");
    struct random_stream next = random_named(i + 1, 0, "shoppers", "arrivals");
    products += (random_unit(&here) - 0.5) * (random_unit(&next) - 0.5);
    here = random_named(1, i, "shoppers", "arrivals");
    next = random_named(1, i + 1, "shoppers", "arrivals");
    products += (random_unit(&here) - 0.5) * (random_unit(&next) - 0.5);
  }
  cr_assert_lt(fabs(products * 12 / (2 * PAIRS)), 5 / sqrt(2 * PAIRS));
}
