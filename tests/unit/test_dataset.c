#include "dataset.h"

#include "goodness.h"
#include "nearly.h"
#include "reading.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct dataset dataset;

static const char *file_text;

static bool read_file(const struct node *name, struct field_context *in, const char **text, size_t *length) {
  if (file_text == NULL) {
    diagnostic_error(in->diagnostics, name, "there is no such file");
    return false;
  }
  *text = file_text;
  *length = strlen(file_text);
  return true;
}

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
  context.read_file = read_file;
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(dataset, .init = begin, .fini = end);

// Single quotes for double ones. 40 users.
static bool compile_as(const char *name, const char *written) {
  const struct node *node = reading_nodes(&context, written);
  struct dataset_settings settings;
  if (!field_decode(&dataset_table, node, &settings, &context)) return false;
  return dataset_compile(&dataset, name, 3, &settings, node, 40, &context);
}

static void compile(const char *written) {
  cr_assert(compile_as("products", written), "%s: %s", written,
            diagnostics.first != NULL ? diagnostics.first->message : "");
}

static void refuse(const char *written, const char *message) {
  diagnostics_init(&diagnostics, &arena);
  cr_assert(!compile_as("products", written), "%s", written);
  cr_assert_not_null(diagnostics.first, "%s", written);
  cr_assert_not_null(strstr(diagnostics.first->message, message), "%s: %s", written,
                     diagnostics.first->message);
}

Test(dataset, table_has_no_fault) {
  const char *fault = field_table_fault(&dataset_table, &arena);
  cr_assert_null(fault, "%s", fault);
}

Test(dataset, is_read_as_the_language_says) {
  compile("{'items': 2000000, 'item_size': '2KB', 'popularity': {'zipf': {'s': 0.9}}}");
  cr_assert_eq(dataset.items, 2000000);
  cr_assert_eq(dataset.number, 3);
  cr_assert_eq(dataset.popularity, DATASET_ZIPF);
  cr_assert_eq(dataset_item_bytes(&dataset, 77), 2000);
  cr_assert_eq(dataset_mean_bytes(&dataset), 2000);
  cr_assert(!dataset.ranked && !dataset.per_user);
  compile("{'per': 'user', 'item_size': '4KB', 'popularity': 'uniform', 'order': 'ranked'}");
  cr_assert_eq(dataset.items, 40);
  cr_assert(dataset.ranked && dataset.per_user);
  cr_assert_eq(dataset.popularity, DATASET_UNIFORM);
  compile("{'items': 5}");
  cr_assert_eq(dataset_mean_bytes(&dataset), 1000);
}

Test(dataset, refuses_what_cannot_be) {
  refuse("{}", "`items` is missing");
  refuse("{'items': 5, 'per': 'user'}", "stands instead of `items`");
  refuse("{'items': 0}", "");
  refuse("{'items': 5, 'popularity': {'hotset': {'items': 5, 'traffic': 0.9}}}", "there must be others");
  refuse("{'items': 5, 'popularity': {'zipf': {'s': -1}}}", "");
  refuse("{'items': 5, 'popularity': {'zipf': {}}}", "");
  refuse("{'items': 5, 'popularity': {'trace': {'file': 'keys'}}}", "there is no such file");
  file_text = "\n\n";
  refuse("{'items': 5, 'popularity': {'trace': {'file': 'keys'}}}", "the file has no keys");
  file_text = "a\nb\nc";
  refuse("{'items': 2, 'popularity': {'trace': {'file': 'keys'}}}", "3 different keys");
}

// Every rank has a key of its own, and no other.
Test(dataset, keys_are_a_bijection) {
  const int64_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100, 255, 257, 1000, 65536, 65537, 100000};
  static bool taken[100000];
  for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
    compile(arena_format(&arena, "{'items': %lld, 'popularity': {'zipf': {'s': 1}}}", (long long)counts[c]));
    memset(taken, 0, sizeof taken);
    for (int64_t rank = 0; rank < counts[c]; rank++) {
      uint64_t key = dataset_key(&dataset, (uint64_t)rank);
      cr_assert_lt(key, (uint64_t)counts[c]);
      cr_assert(!taken[key], "%lld items: key %llu twice", (long long)counts[c], (unsigned long long)key);
      taken[key] = true;
    }
  }
}

// The first ranks of many datasets fall on all parts of the keys alike, also at 10^12; and ranks that follow
// each other do not stay together.
Test(dataset, hot_keys_lie_anywhere) {
  enum { DATASETS = 20000, CELLS = 50 };
  const char *const written[] = {"{'items': 500}", "{'items': 100000}", "{'items': 1000000000000}"};
  for (size_t w = 0; w < 3; w++) {
    uint64_t seen[3][CELLS] = {0}, apart[CELLS] = {0};
    compile(written[w]);
    double items = (double)dataset.items;
    for (uint64_t d = 0; d < DATASETS; d++) {
      dataset_scatter(&dataset, random_mix(d));
      uint64_t keys[3] = {dataset_key(&dataset, 0), dataset_key(&dataset, 1), dataset_key(&dataset, 99)};
      for (int i = 0; i < 3; i++) seen[i][(int)((double)keys[i] / items * CELLS)]++;
      uint64_t between = (keys[1] + (uint64_t)dataset.items - keys[0]) % (uint64_t)dataset.items;
      apart[(int)((double)between / items * CELLS)]++;
    }
    for (int i = 0; i < 3; i++)
      cr_expect_gt(goodness_uniform(seen[i], CELLS), GOODNESS_LEVEL, "%zu %d", w, i);
    if (w > 0) cr_expect_gt(goodness_uniform(apart, CELLS), GOODNESS_LEVEL, "%zu", w);
  }
  compile("{'items': 1000, 'order': 'ranked', 'popularity': {'zipf': {'s': 1}}}");
  for (uint64_t rank = 0; rank < 1000; rank++) cr_assert_eq(dataset_key(&dataset, rank), rank);
}

// In one dataset, too, the keys of ranks in a row are unrelated.
Test(dataset, neighbours_in_rank_are_none_in_keys) {
  enum { RANKS = 20000, CELLS = 50 };
  const char *const written[] = {"{'items': 100000}", "{'items': 1048576}", "{'items': 1000000000000}"};
  for (size_t w = 0; w < 3; w++) {
    for (uint64_t salt = 1; salt <= 20; salt++) {
      uint64_t seen[CELLS] = {0}, apart[CELLS] = {0};
      compile(written[w]);
      dataset_scatter(&dataset, random_mix(salt));
      uint64_t items = (uint64_t)dataset.items, before = dataset_key(&dataset, RANKS);
      for (uint64_t rank = 0; rank < RANKS; rank++) {
        uint64_t key = dataset_key(&dataset, rank);
        seen[(int)((double)key / (double)items * CELLS)]++;
        apart[(int)((double)((key + items - before) % items) / (double)items * CELLS)]++;
        before = key;
      }
      cr_expect_gt(goodness_uniform(seen, CELLS), GOODNESS_LEVEL, "%s, salt %llu", written[w],
                   (unsigned long long)salt);
      cr_expect_gt(goodness_uniform(apart, CELLS), GOODNESS_LEVEL, "%s, salt %llu: neighbours", written[w],
                   (unsigned long long)salt);
    }
  }
}

// Draws against the probabilities of ranks, through the bijection, and those against their sum.
static void check_law(const char *written) {
  enum { ITEMS_MOST = 1000, DRAWS = 400000 };
  static uint64_t seen[ITEMS_MOST], by_rank[ITEMS_MOST];
  double expected[ITEMS_MOST], sum = 0;
  compile(written);
  size_t items = (size_t)dataset.items;
  struct random_stream luck = random_named(11, 0, written, "test");
  memset(seen, 0, sizeof seen);
  for (int i = 0; i < DRAWS; i++) {
    uint64_t key = dataset_draw(&dataset, &luck);
    cr_assert_lt(key, items);
    seen[key]++;
  }
  for (uint64_t rank = 0; rank < items; rank++) {
    assert_nearly(dataset_below(&dataset, rank) + 1, sum + 1, 1e-12);
    double p = dataset_probability(&dataset, rank);
    sum += p;
    expected[rank] = p * DRAWS;
    by_rank[rank] = seen[dataset_key(&dataset, rank)];
  }
  assert_nearly(sum, 1, 1e-12);
  assert_nearly(dataset_below(&dataset, items), 1, 1e-12);
  cr_assert_eq(dataset_probability(&dataset, items), 0);
  double level = goodness_chi_square(by_rank, expected, items);
  cr_assert_gt(level, GOODNESS_LEVEL, "%s: %g", written, level);
}

Test(dataset, draws_follow_the_popularity) {
  check_law("{'items': 1000}");
  check_law("{'items': 1000, 'popularity': {'zipf': {'s': 0.99}}}");
  check_law("{'items': 777, 'popularity': {'zipf': {'s': 0.5}}, 'order': 'ranked'}");
  check_law("{'items': 1000, 'popularity': {'hotset': {'items': 100, 'traffic': 0.9}}}");
  check_law("{'items': 1000, 'popularity': {'hotset': {'items': 1, 'traffic': '20%'}}}");
  check_law("{'per': 'user', 'popularity': {'zipf': {'s': 1}}}");
  file_text = "42\r\nproducts/7\n42\n\n42\nx\nproducts/7\n1e3\nx\n1e3x\n42";
  check_law("{'items': 1000, 'popularity': {'trace': {'file': 'keys'}}}");
  check_law("{'popularity': {'trace': {'file': 'keys'}}}");
  cr_assert_eq(dataset.items, 5);
  const double shares[] = {0.4, 0.2, 0.2, 0.1, 0.1};
  for (uint64_t i = 0; i < 5; i++) assert_nearly(dataset_probability(&dataset, i), shares[i], 1e-15);
}

// The sizes of the keys have the law; a key's own never changes; another dataset's are others.
Test(dataset, sizes_belong_to_keys) {
  enum { ITEMS = 200000 };
  static double units[ITEMS];
  static int64_t sizes[ITEMS];
  compile("{'items': 200000, 'item_size': {'lognormal': {'mean': '120KB', 'cv': 1.2}}}");
  for (uint64_t key = 0; key < ITEMS; key++) {
    sizes[key] = dataset_item_bytes(&dataset, key);
    units[key] = distribution_cdf(&dataset.item_size, (double)sizes[key]);
  }
  cr_assert_gt(goodness_kolmogorov(units, ITEMS), GOODNESS_LEVEL);
  for (uint64_t key = 0; key < ITEMS; key++) cr_assert_eq(dataset_item_bytes(&dataset, key), sizes[key]);
  assert_nearly(dataset_mean_bytes(&dataset), 120000, 1e-12);
  cr_assert(
      compile_as("images", "{'items': 200000, 'item_size': {'lognormal': {'mean': '120KB', 'cv': 1.2}}}"));
  int equal = 0;
  for (uint64_t key = 0; key < ITEMS; key++) equal += dataset_item_bytes(&dataset, key) == sizes[key];
  cr_assert_lt(equal, ITEMS / 1000);
}

// Sums over groups against sums over items; and a law too large for items.
Test(dataset, groups_sum_up) {
  static double probabilities[DATASET_GROUPS_MOST], counts[DATASET_GROUPS_MOST];
  const char *const written[] = {
      "{'items': 300000, 'popularity': {'zipf': {'s': 0.9}}}",
      "{'items': 300000}",
      "{'items': 300000, 'popularity': {'hotset': {'items': 100, 'traffic': 0.9}}}",
      "{'items': 300000, 'popularity': {'trace': {'file': 'keys'}}}",
      "{'items': 1000000000000, 'popularity': {'zipf': {'s': 1}}}",
      "{'items': 1000000000000, 'popularity': {'zipf': {'s': 0.5}}}"};
  file_text = "a\nb\nc\na\nb\na";
  for (size_t w = 0; w < sizeof written / sizeof *written; w++) {
    compile(written[w]);
    size_t groups = dataset_groups(&dataset, probabilities, counts, DATASET_GROUPS_MOST);
    cr_assert_leq(groups, DATASET_GROUPS_MOST);
    double items = 0, mass = 0, squares = 0, exact = 0;
    for (size_t g = 0; g < groups; g++) {
      items += counts[g];
      mass += counts[g] * probabilities[g];
      squares += counts[g] * probabilities[g] * probabilities[g];
    }
    assert_nearly(items, (double)dataset.items, 1e-15);
    assert_nearly(mass, 1, 1e-6);
    for (uint64_t rank = 0; rank < 300000; rank++) exact += pow(dataset_probability(&dataset, rank), 2);
    if (dataset.items == 300000) assert_nearly(squares, exact, 1e-6);
  }
  cr_assert_gt(dataset_groups(&dataset, probabilities, counts, 2), 2);
}
