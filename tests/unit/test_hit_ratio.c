#include "hit_ratio.h"

#include "dataset.h"
#include "eviction.h"
#include "nearly.h"
#include "random.h"
#include "store.h"

#include <criterion/criterion.h>

enum { ITEMS_MOST = 100000 };
static double probabilities[ITEMS_MOST], counts[ITEMS_MOST];

// Item by item.
static struct hit_ratio_law zipf_law(double exponent, size_t items) {
  double sum = 0;
  for (size_t i = 0; i < items; i++) sum += pow((double)i + 1, -exponent);
  for (size_t i = 0; i < items; i++) {
    probabilities[i] = pow((double)i + 1, -exponent) / sum;
    counts[i] = 1;
  }
  return (struct hit_ratio_law){probabilities, counts, items};
}

// Cases irm_* of the reference: Che's LRU with its time in requests, FIFO's fixed point, the most popular.
static const struct reference_case {
  double exponent;
  size_t objects;
  double capacity, lru, fifo, best, time;
} cases[] = {
    {1.2, 1000, 300, 0.88431356, 0.85170167, 0.92122821, 1547.1086},
    {0.8, 10000, 100, 0.15662464, 0.13362468, 0.30004585, 110.79085},
    {0.8, 10000, 1000, 0.43665972, 0.39417910, 0.57061759, 1472.4795},
    {0.8, 10000, 2000, 0.56770767, 0.52224900, 0.67976464, 3513.9136},
    {0.8, 10000, 5000, 0.79163072, 0.75312998, 0.84937208, 13660.131},
    {1, 10000, 100, 0.39052549, 0.34233210, 0.52999452, 141.23682},
    {1, 10000, 500, 0.58673638, 0.53939601, 0.69402297, 971.98047},
    {1, 10000, 1000, 0.67560179, 0.63090600, 0.76479078, 2352.1784},
    {1, 10000, 5000, 0.89862634, 0.87165170, 0.92918624, 26177.607},
    {0.9, 100000, 1000, 0.34206117, 0.30627754, 0.47418822, 1362.1534},
    {0.9, 100000, 10000, 0.60522954, 0.56371762, 0.70693927, 20172.18},
};

Test(hit_ratio, agrees_with_the_reference) {
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct hit_ratio_law law = zipf_law(cases[c].exponent, cases[c].objects);
    assert_nearly(hit_ratio_lru(&law, cases[c].capacity), cases[c].lru, EIGHT_DIGITS);
    assert_nearly(hit_ratio_fifo(&law, cases[c].capacity), cases[c].fifo, EIGHT_DIGITS);
    assert_nearly(hit_ratio_best(&law, cases[c].capacity), cases[c].best, EIGHT_DIGITS);
    assert_nearly(hit_ratio_lru_time(&law, cases[c].capacity), cases[c].time, EIGHT_DIGITS);
  }
}

Test(hit_ratio, of_limits) {
  struct hit_ratio_law law = zipf_law(1, 10);
  assert_nearly(hit_ratio_lru(&law, 3), 0.46572391, EIGHT_DIGITS);
  cr_assert_eq(hit_ratio_lru(&law, 0), 0);
  cr_assert_eq(hit_ratio_fifo(&law, 0), 0);
  assert_nearly(hit_ratio_lru(&law, 10), 1, 1e-12);
  assert_nearly(hit_ratio_fifo(&law, 11), 1, 1e-12);
  cr_assert(isinf(hit_ratio_lru_time(&law, 10)));
  law = zipf_law(0.8, 8);
  assert_nearly(hit_ratio_lru(&law, 4), 0.60813872, EIGHT_DIGITS);
  law = zipf_law(0, 1000); // all alike: the share that fits
  assert_nearly(hit_ratio_lru(&law, 250), 0.25, 1e-9);
  assert_nearly(hit_ratio_fifo(&law, 250), 0.25, 1e-9);
}

// Cases ttl_* of the reference: one name, lookups per second, seconds.
Test(hit_ratio, of_lives) {
  const double ttl_cases[][4] = {{0.1, 60, 0.85714286, 0.99752125},
                                 {1, 300, 0.99667774, 1},
                                 {0.005, 300, 0.6, 0.77686984},
                                 {0.3, 10, 0.75, 0.95021293}};
  struct hit_ratio_law law = zipf_law(0, 1);
  for (size_t c = 0; c < 4; c++) {
    assert_nearly(hit_ratio_ttl(&law, ttl_cases[c][0], ttl_cases[c][1]), ttl_cases[c][2], EIGHT_DIGITS);
    assert_nearly(hit_ratio_ttl_renewed(&law, ttl_cases[c][0], ttl_cases[c][1]), ttl_cases[c][3],
                  EIGHT_DIGITS);
  }
}

// Groups for items: the same figures within a millionth or so.
// Of n equally likely items all but (1 - 1/n)^r are met in r requests.
Test(hit_ratio, distinct_items) {
  const double probability = 1e-4, count = 1e4;
  const struct hit_ratio_law law = {&probability, &count, 1};
  const double requests[] = {1, 100, 1e4, 1e6};
  for (size_t i = 0; i < 4; i++) {
    double exact = count * (1 - pow(1 - probability, requests[i]));
    cr_expect_float_eq(hit_ratio_distinct(&law, requests[i]), exact, 1e-4 * exact);
  }
}

Test(hit_ratio, of_a_law_in_groups) {
  static double grouped[DATASET_GROUPS_MOST], sizes[DATASET_GROUPS_MOST];
  struct dataset dataset = {.items = 100000, .popularity = DATASET_ZIPF};
  zipf_init(&dataset.zipf, 0.9, 100000);
  size_t groups = dataset_groups(&dataset, grouped, sizes, DATASET_GROUPS_MOST);
  cr_assert_lt(groups, 10000);
  struct hit_ratio_law law = {grouped, sizes, groups};
  assert_nearly(hit_ratio_lru(&law, 10000), 0.60522954, 2e-6);
  assert_nearly(hit_ratio_fifo(&law, 10000), 0.56371762, 2e-6);
  assert_nearly(hit_ratio_best(&law, 10000), 0.70693927, 2e-6);
}

// Both limits: between the two that it takes away, and close to a simulated store with both.
Test(hit_ratio, of_lru_with_lives) {
  enum { ITEMS = 10000, COUNTED = 400000 };
  struct hit_ratio_law law = zipf_law(0.8, ITEMS);
  const double capacity = 1000, rate = 1000;
  double lru = hit_ratio_lru(&law, capacity);
  assert_nearly(hit_ratio_lru_ttl(&law, capacity, rate, INFINITY), lru, 1e-12);
  assert_nearly(hit_ratio_lru_ttl(&law, capacity, rate, 1e7), lru, 1e-3);
  assert_nearly(hit_ratio_lru_ttl(&law, ITEMS, rate, 3), hit_ratio_ttl(&law, rate, 3), 1e-12);
  const double ttls[] = {0.2, 1.5, 3, 10, 60};
  for (size_t t = 0; t < sizeof ttls / sizeof *ttls; t++) {
    struct memory_budget budget;
    struct store store;
    struct store_settings settings = {
        .eviction = eviction_lru.user, .items = (int64_t)capacity, .bytes = STORE_UNLIMITED, .expires = true};
    struct zipf zipf;
    struct random_stream luck = random_named(1, (uint32_t)t, "lives", "test");
    int64_t now = 0, ttl = (int64_t)(ttls[t] * 1e9);
    uint64_t before = 0;
    memory_budget_init(&budget);
    cr_assert(store_init(&store, &settings, &budget));
    zipf_init(&zipf, 0.8, ITEMS);
    for (int i = -COUNTED / 4; i < COUNTED; i++) {
      if (i == 0) before = store.counters.hits;
      now += (int64_t)(-log(random_unit(&luck)) * 1e9 / rate);
      uint64_t key = zipf_draw(&zipf, &luck);
      if (store_get(&store, key, now) == STORE_NOTHING) store_put(&store, key, 1, now, now + ttl, 0);
    }
    double simulated = (double)(store.counters.hits - before) / COUNTED;
    double expected = hit_ratio_lru_ttl(&law, capacity, rate, ttls[t]);
    cr_assert_lt(expected, fmin(lru, hit_ratio_ttl(&law, rate, ttls[t])) + 1e-9);
    cr_expect_float_eq(simulated, expected, 0.005, "ttl %g s: %.5f, not %.5f", ttls[t], simulated, expected);
    store_drop(&store);
  }
}

// ---- In a row ---------------------------------------------------------------------------------------------

enum { ROW_MOST = 3, ROW_CAPACITY_MOST = 400 };
struct row {
  uint32_t items[ROW_MOST][ROW_CAPACITY_MOST]; // the latest first
  size_t counts[ROW_MOST];
  double asked[ROW_MOST], hits[ROW_MOST];
};

// To the front, from where it is or from outside; the last one goes. Whether it was there.
static bool use(uint32_t *items, size_t *count, size_t capacity, uint32_t item) {
  size_t at = 0;
  while (at < *count && items[at] != item) at++;
  bool found = at < *count;
  if (!found && *count < capacity) ++*count;
  if (!found && at >= capacity) at = capacity - 1;
  memmove(items + 1, items, at * sizeof *items);
  items[0] = item;
  return found;
}

static void ask(struct row *row, const double *capacities, size_t tiers, uint32_t item, bool counted) {
  for (size_t t = 0; t < tiers; t++) {
    bool found = use(row->items[t], &row->counts[t], (size_t)capacities[t], item);
    if (counted) row->asked[t] += 1;
    if (counted && found) row->hits[t] += 1;
    if (found) return;
  }
}

// Lists that are moved about, asked one after the other: within two points of a hundred, where the law of all
// requests would be out by ten or more. One tier is plain LRU; nothing comes behind one that has everything;
// a second that is smaller than the first finds next to nothing.
Test(hit_ratio, of_caches_in_a_row) {
  static const double rows[][ROW_MOST] = {{50, 200, 400}, {100, 150, 200}, {20, 40, 400}, {100, 50, 200}};
  struct hit_ratio_law law = zipf_law(0.9, 2000);
  static double upto[2000];
  double sum = 0;
  for (size_t i = 0; i < law.count; i++) upto[i] = sum += probabilities[i];
  for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
    static struct row row;
    struct random_stream stream = random_named(7, 0, "row", "items");
    memset(&row, 0, sizeof row);
    for (int n = 0; n < 300000; n++) {
      double at = random_unit(&stream) * sum;
      size_t low = 0, high = law.count - 1;
      while (low < high) {
        size_t middle = (low + high) / 2;
        if (upto[middle] <= at)
          low = middle + 1;
        else
          high = middle;
      }
      ask(&row, rows[r], ROW_MOST, (uint32_t)low, n >= 50000);
    }
    for (size_t t = 0; t < ROW_MOST; t++) {
      double observed = row.hits[t] / row.asked[t], expected = hit_ratio_lru_chain(&law, rows[r], t + 1);
      cr_expect_float_eq(expected, observed, 0.02, "row %zu, tier %zu: %g, observed %g", r, t, expected,
                         observed);
    }
    assert_nearly(hit_ratio_lru_chain(&law, rows[r], 1), hit_ratio_lru(&law, rows[r][0]), 1e-9);
  }
  cr_expect_eq(hit_ratio_lru_chain(&law, (double[]){2000, 10}, 2), 1);
}
