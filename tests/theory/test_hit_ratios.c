// Stores against what others have published: exact counts of misses on real traces, which the folder that
// HEADROOM_REFERENCE names holds (theory.json there says where they and the counts come from), and hit ratios
// under the independent reference model.
#include "dataset.h"
#include "eviction.h"
#include "file.h"
#include "store.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum policy { LRU, FIFO, CLOCK, LFU, POLICIES };
static const char *const policy_names[] = {"lru", "fifo", "clock", "lfu"};

static const struct eviction *policy_of(enum policy policy) {
  const struct field_alternative *all[] = {&eviction_lru, &eviction_fifo, &eviction_clock, &eviction_lfu};
  return all[policy]->user;
}

static struct store make_store(enum policy policy, int64_t items, int64_t bytes,
                               struct memory_budget *budget) {
  struct store store;
  struct store_settings settings = {.eviction = policy_of(policy), .items = items, .bytes = bytes};
  memory_budget_init(budget);
  cr_assert(store_init(&store, &settings, budget));
  return store;
}

// ---- Traces ----

struct request {
  uint64_t key;
  int64_t size;
};

struct replayed {
  uint64_t misses;
  uint64_t miss_bytes;
};

// What misses after the first `uncounted` requests. An item keeps its size while it is inside.
static struct replayed replay(enum policy policy, int64_t items, int64_t bytes,
                              const struct request *requests, size_t count, size_t uncounted) {
  struct replayed replayed = {0};
  struct memory_budget budget;
  struct store store = make_store(policy, items, bytes, &budget);
  for (size_t i = 0; i < count; i++) {
    if (store_get(&store, requests[i].key, 0) != STORE_NOTHING) continue;
    store_put(&store, requests[i].key, requests[i].size, 0, STORE_FOREVER, 0);
    if (i < uncounted) continue;
    replayed.misses++;
    replayed.miss_bytes += (uint64_t)requests[i].size;
  }
  cr_assert(!budget.exhausted);
  store_drop(&store);
  cr_assert_eq(budget.used, 0);
  return replayed;
}

enum { BYTES_MOST = 32 << 20 };

// The bytes of a file, unpacked by the program for its suffix; NULL, with a word on why: they are not here.
static char *read_reference(const char *name, size_t *length) {
  const char *folder = getenv("HEADROOM_REFERENCE");
  if (folder == NULL) {
    fprintf(stderr, "HEADROOM_REFERENCE is not set: %s is skipped\n", name);
    return NULL;
  }
  const char *suffix = strrchr(name, '.');
  const char *reader = strcmp(suffix, ".xz") == 0   ? "xz -dc"
                       : strcmp(suffix, ".gz") == 0 ? "gzip -dc"
                                                    : "cat";
  char command[4096];
  snprintf(command, sizeof command, "%s '%s/%s'", reader, folder, name);
  FILE *pipe = popen(command, "r");
  cr_assert_not_null(pipe);
  char *bytes = malloc(BYTES_MOST + 1);
  cr_assert_not_null(bytes);
  *length = fread(bytes, 1, BYTES_MOST, pipe);
  bytes[*length] = '\0';
  int status = pclose(pipe);
  if (status == 0) return bytes;
  free(bytes);
  cr_assert_eq(WEXITSTATUS(status), 127, "%s failed", command);
  fprintf(stderr, "%s is not here: %s is skipped\n", reader, name);
  return NULL;
}

enum form { LINES, INTEGERS, SIZED_LINES, COMMAS, RECORDS };
enum { REQUESTS_MOST = 5000000 };

static uint64_t big_endian(const unsigned char *bytes) {
  return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 | bytes[3];
}

// A line of text; false: it is no request.
static bool parse_line(const char *line, enum form form, struct request *request) {
  unsigned long long key = 0, size = 1;
  bool right = false;
  if (form == LINES) right = sscanf(line, "%llu", &key) == 1;
  if (form == SIZED_LINES) right = sscanf(line, "%*u %llu %llu", &key, &size) == 2;
  if (form == COMMAS) right = sscanf(line, "%*u,%*u,%*[^,],%llu,%llu", &size, &key) == 2;
  *request = (struct request){key, (int64_t)size};
  return right;
}

static size_t parse(char *bytes, size_t length, enum form form, struct request *requests) {
  size_t count = 0;
  if (form == INTEGERS) {
    for (; count < length / 4; count++)
      requests[count] = (struct request){big_endian((const unsigned char *)bytes + 4 * count), 1};
  } else if (form == RECORDS) {
    for (; count < length / 24; count++) {
      uint32_t size;
      memcpy(&requests[count].key, bytes + 24 * count + 4, 8);
      memcpy(&size, bytes + 24 * count + 12, 4);
      requests[count].size = size;
    }
  } else {
    for (char *next, *line = strtok_r(bytes, "\n", &next); line != NULL; line = strtok_r(NULL, "\n", &next))
      count += parse_line(line, form, &requests[count]);
  }
  return count;
}

// NULL: skipped.
static struct request *read_requests(const char *name, enum form form, size_t *count) {
  size_t length;
  char *bytes = read_reference(name, &length);
  if (bytes == NULL) return NULL;
  struct request *requests = malloc(REQUESTS_MOST * sizeof *requests);
  cr_assert_not_null(requests);
  *count = parse(bytes, length, form, requests);
  free(bytes);
  return requests;
}

enum { CAPACITIES_MOST = 8 };

struct unit_trace {
  const char *file;
  enum form form;
  size_t requests, distinct, count;
  int64_t capacities[CAPACITIES_MOST];
  uint64_t misses[POLICIES][CAPACITIES_MOST];
};

static const struct unit_trace unit_traces[] = {
    {.file = "cache/lirs_cpp.trace.gz",
     .form = LINES,
     .requests = 9047,
     .distinct = 1223,
     .count = 8,
     .capacities = {20, 35, 50, 80, 100, 300, 500, 600},
     .misses = {[LRU] = {8991, 8969, 8209, 5045, 2740, 1494, 1377, 1282},
                [FIFO] = {8986, 8969, 8078, 5209, 4086, 1878, 1620, 1524},
                [CLOCK] = {8991, 8956, 8125, 4283, 2591, 1450, 1303, 1288},
                [LFU] = {8278, 7509, 5039, 3268, 2762, 1309, 1286, 1271}}},
    {.file = "cache/lirs_cs.trace.gz",
     .form = LINES,
     .requests = 6781,
     .distinct = 1409,
     .count = 8,
     .capacities = {100, 200, 400, 600, 800, 1000, 1100, 1200},
     .misses = {[LRU] = {6657, 6657, 6657, 6657, 6657, 6657, 6657, 6657},
                [FIFO] = {6657, 6657, 6657, 6657, 6657, 6657, 6657, 6657},
                [CLOCK] = {6657, 6657, 6657, 6657, 6657, 6657, 6657, 6657},
                [LFU] = {6657, 6657, 6657, 6657, 6657, 6657, 6657, 6657}}},
    {.file = "cache/lirs_gli.trace.gz",
     .form = LINES,
     .requests = 6015,
     .distinct = 2529,
     .count = 8,
     .capacities = {25, 50, 75, 100, 125, 150, 175, 200},
     .misses = {[LRU] = {5961, 5960, 5960, 5960, 5960, 5960, 5960, 5960},
                [FIFO] = {5961, 5960, 5960, 5960, 5960, 5960, 5960, 5960},
                [CLOCK] = {5961, 5960, 5960, 5960, 5960, 5960, 5960, 5960},
                [LFU] = {5934, 5932, 5932, 5932, 5932, 5932, 5932, 5932}}},
    {.file = "cache/lirs_multi1.trace.gz",
     .form = LINES,
     .requests = 15858,
     .distinct = 2606,
     .count = 8,
     .capacities = {600, 800, 1000, 1200, 1400, 1600, 1800, 2000},
     .misses = {[LRU] = {8398, 8283, 8210, 8173, 8161, 6826, 2795, 2662},
                [FIFO] = {9188, 8944, 8755, 8628, 8542, 5918, 4218, 4135},
                [CLOCK] = {8335, 8230, 8154, 8132, 8113, 7544, 2748, 2670},
                [LFU] = {8017, 7992, 7970, 7958, 7954, 5833, 2684, 2659}}},
    {.file = "cache/lirs_multi3.trace.gz",
     .form = LINES,
     .requests = 30241,
     .distinct = 7454,
     .count = 6,
     .capacities = {600, 1000, 1400, 1800, 2200, 2600},
     .misses = {[LRU] = {20066, 18840, 16915, 16788, 16532, 16336},
                [FIFO] = {22134, 20270, 18953, 18575, 17967, 16030},
                [CLOCK] = {19795, 18817, 16723, 16603, 16439, 16118},
                [LFU] = {20134, 18399, 16210, 16165, 16084, 16051}}},
    {.file = "cache/lirs_2_pools.trace.gz",
     .form = LINES,
     .requests = 100000,
     .distinct = 9939,
     .count = 5,
     .capacities = {50, 100, 200, 350, 450},
     .misses = {[LRU] = {88196, 78054, 63206, 52486, 49726},
                [FIFO] = {88970, 80621, 69924, 61713, 58480},
                [CLOCK] = {87638, 76134, 59458, 50318, 48791},
                [LFU] = {76087, 53135, 49656, 48890, 48402}}},
    {.file = "cache/cache2k_web07.trace.xz",
     .form = INTEGERS,
     .requests = 76118,
     .distinct = 20484,
     .count = 4,
     .capacities = {256, 512, 1024, 2048},
     .misses = {[LRU] = {45087, 41305, 37631, 33747},
                [FIFO] = {47318, 43436, 39675, 35686},
                [CLOCK] = {44578, 40875, 37175, 33310},
                [LFU] = {51019, 46637, 41715, 36810}}},
    {.file = "cache/cache2k_orm-busy.trace.xz",
     .form = INTEGERS,
     .requests = 5000000,
     .distinct = 76349,
     .count = 4,
     .capacities = {500, 1000, 2000, 5000},
     .misses = {[LRU] = {1535794, 1061057, 930459, 726938},
                [FIFO] = {1639479, 1108195, 978765, 785583},
                [CLOCK] = {1544653, 1071211, 933185, 732469}}},
    {.file = "cache/cache2k_orm-night.trace.xz",
     .form = INTEGERS,
     .requests = 5000000,
     .distinct = 86466,
     .count = 4,
     .capacities = {500, 1000, 2000, 5000},
     .misses = {[LRU] = {1952292, 1634220, 1511713, 607587},
                [FIFO] = {2009028, 1649501, 1526924, 801177},
                [CLOCK] = {1830227, 1641567, 1482604, 636757}}},
};

static uint64_t count_distinct(const struct request *requests, size_t count) {
  return replay(LRU, STORE_UNLIMITED, STORE_UNLIMITED, requests, count, 0).misses;
}

static void check_units(const struct unit_trace *trace, const struct request *requests, enum policy policy) {
  for (size_t c = 0; c < trace->count; c++) {
    uint64_t misses =
        replay(policy, trace->capacities[c], STORE_UNLIMITED, requests, trace->requests, 0).misses;
    uint64_t expected = trace->misses[policy][c];
    if (expected == 0) continue; // not known
    cr_expect(misses == expected, "%s, %s, capacity %lld: %llu, not %llu", trace->file, policy_names[policy],
              (long long)trace->capacities[c], (unsigned long long)misses, (unsigned long long)expected);
  }
}

Test(hit_ratios, misses_on_traces_of_equal_sizes) {
  for (size_t t = 0; t < sizeof unit_traces / sizeof *unit_traces; t++) {
    const struct unit_trace *trace = &unit_traces[t];
    size_t count;
    struct request *requests = read_requests(trace->file, trace->form, &count);
    if (requests == NULL) continue;
    cr_assert_eq(count, trace->requests, "%s: %zu requests", trace->file, count);
    cr_expect_eq(count_distinct(requests, count), trace->distinct, "%s", trace->file);
    for (enum policy policy = 0; policy < POLICIES; policy++) check_units(trace, requests, policy);
    free(requests);
  }
}

struct sized_trace {
  const char *file;
  enum form form;
  enum policy policy;
  size_t requests, uncounted, count;
  int64_t capacities[CAPACITIES_MOST];
  uint64_t misses[CAPACITIES_MOST];
  uint64_t miss_bytes[CAPACITIES_MOST];
};

#define EIGHTHS_OF_A_GIBIBYTE                                                                                \
  { 134217728, 268435456, 402653184, 536870912, 671088640, 805306368, 939524096, 1073741824 }
#define MEBIBYTES                                                                                            \
  { 1048576, 10485760, 52428800, 104857600 }

static const struct sized_trace sized_traces[] = {
    {"cache/cloudPhysicsIO.oracleGeneral.bin",
     RECORDS,
     LRU,
     113872,
     0,
     8,
     EIGHTHS_OF_A_GIBIBYTE,
     {93374, 89783, 83572, 81722, 72494, 72104, 71972, 71704},
     {4214303232, 4061242368, 3778040320, 3660569600, 3100927488, 3078128640, 3075403776, 3061662720}},
    {"cache/cloudPhysicsIO.oracleGeneral.bin",
     RECORDS,
     FIFO,
     113872,
     0,
     8,
     EIGHTHS_OF_A_GIBIBYTE,
     {93403, 89386, 84387, 84025, 72498, 72228, 72182, 72140},
     {4213112832, 4052646400, 3829170176, 3807412736, 3093146112, 3079525888, 3079210496, 3077547520}},
    {"cache/cloudPhysicsIO.csv",
     COMMAS,
     LRU,
     113872,
     0,
     8,
     EIGHTHS_OF_A_GIBIBYTE,
     {93151, 87793, 83135, 81609, 72481, 72106, 71973, 71702},
     {4035348480, 3841399808, 3660518400, 3613104640, 3087721984, 3080147456, 3075377664, 3059534336}},
    {"cache/cloudPhysicsIO.csv",
     COMMAS,
     LRU,
     113872,
     22774,
     8,
     EIGHTHS_OF_A_GIBIBYTE,
     {75018, 69709, 65274, 63750, 57484, 57124, 56991, 56720},
     {3035036672, 2842572288, 2672791552, 2625385984, 2269361664, 2261869056, 2257099264, 2241255936}},
    {"cache/adaptsize_request.trace.xz",
     SIZED_LINES,
     LRU,
     66987,
     0,
     4,
     MEBIBYTES,
     {53248, 46834, 41406, 38973},
     {369374960, 330462675, 301527828, 289124771}},
    {"cache/adaptsize_request.trace.xz",
     SIZED_LINES,
     FIFO,
     66987,
     0,
     4,
     MEBIBYTES,
     {53868, 47899, 42681, 40236},
     {375815275, 336803071, 308806757, 295081272}},
    {"cache/adaptsize_request.trace.xz",
     SIZED_LINES,
     CLOCK,
     66987,
     0,
     4,
     MEBIBYTES,
     {52959, 46552, 40829, 38618},
     {367127921, 328873630, 298903631, 287221018}},
};

Test(hit_ratios, misses_on_traces_with_sizes) {
  for (size_t t = 0; t < sizeof sized_traces / sizeof *sized_traces; t++) {
    const struct sized_trace *trace = &sized_traces[t];
    size_t count;
    struct request *requests = read_requests(trace->file, trace->form, &count);
    if (requests == NULL) continue;
    cr_assert_eq(count, trace->requests, "%s: %zu requests", trace->file, count);
    for (size_t c = 0; c < trace->count; c++) {
      struct replayed replayed =
          replay(trace->policy, STORE_UNLIMITED, trace->capacities[c], requests, count, trace->uncounted);
      cr_expect_eq(replayed.misses, trace->misses[c], "%s, %s, %lld bytes: %llu, not %llu", trace->file,
                   policy_names[trace->policy], (long long)trace->capacities[c],
                   (unsigned long long)replayed.misses, (unsigned long long)trace->misses[c]);
      cr_expect_eq(replayed.miss_bytes, trace->miss_bytes[c],
                   "%s, %s, %lld bytes: %llu bytes missed, not %llu", trace->file,
                   policy_names[trace->policy], (long long)trace->capacities[c],
                   (unsigned long long)replayed.miss_bytes, (unsigned long long)trace->miss_bytes[c]);
    }
    free(requests);
  }
}

Test(hit_ratios, misses_of_small_stores) {
  const int64_t capacities[] = {0, 1, 2, 3, 4, 5, 20};
  const double ratios[] = {1, 0.976421, 0.970607, 0.965681, 0.959024, 0.956934, 0.927015};
  const int64_t larger[] = {128, 256, 384, 512, 640, 768, 896, 1024};
  const uint64_t misses[] = {99411, 96397, 95652, 95370, 95182, 94997, 94891, 94816};
  size_t count;
  struct request *requests = read_requests("cache/cloudPhysicsIO.txt", LINES, &count);
  if (requests == NULL) return;
  cr_assert_eq(count, 113872);
  for (size_t c = 0; c < sizeof ratios / sizeof *ratios; c++) {
    double missed = (double)replay(LRU, capacities[c], STORE_UNLIMITED, requests, count, 0).misses;
    cr_expect_float_eq(missed / (double)count, ratios[c], 1e-4);
  }
  for (size_t c = 0; c < sizeof larger / sizeof *larger; c++)
    cr_expect_eq(replay(LRU, larger[c], STORE_UNLIMITED, requests, count, 0).misses, misses[c]);
  free(requests);
}

// ---- The independent reference model ----

enum { COUNTED = 2500000 };

// After as many requests that are not counted as a quarter of those that are.
static double simulate(enum policy policy, double exponent, int64_t objects, int64_t capacity) {
  struct memory_budget budget;
  struct store store = make_store(policy, capacity, STORE_UNLIMITED, &budget);
  struct dataset dataset = {.items = objects, .popularity = DATASET_ZIPF};
  dataset_scatter(&dataset, 99);
  struct random_stream luck = random_named(7, 0, policy_names[policy], "reference");
  zipf_init(&dataset.zipf, exponent, (uint64_t)objects);
  uint64_t before = 0;
  for (int i = -COUNTED / 4; i < COUNTED; i++) {
    if (i == 0) before = store.counters.hits;
    uint64_t key = dataset_draw(&dataset, &luck);
    if (store_get(&store, key, 0) == STORE_NOTHING) store_put(&store, key, 1, 0, STORE_FOREVER, 0);
  }
  uint64_t hits = store.counters.hits - before;
  store_drop(&store);
  return (double)hits / COUNTED;
}

// Simulated by others, 40 to 60 million requests each. `best`: the sum of the largest probabilities.
static const struct reference_model {
  double exponent;
  int64_t objects, capacity;
  double lru, fifo, clock, best;
} models[] = {
    {1.2, 1000, 300, 0.88436, 0.851859, 0, 0.92122821},
    {0.8, 10000, 100, 0.156606, 0.133811, 0, 0.30004585},
    {0.8, 10000, 1000, 0.436673, 0.394245, 0.449719, 0.57061759},
    {0.8, 10000, 2000, 0.567668, 0.522242, 0, 0.67976464},
    {0.8, 10000, 5000, 0.791555, 0.753085, 0, 0.84937208},
    {1, 10000, 100, 0.390509, 0.342793, 0, 0.52999452},
    {1, 10000, 500, 0.586839, 0.539566, 0, 0.69402297},
    {1, 10000, 1000, 0.675738, 0.631053, 0, 0.76479078},
    {1, 10000, 5000, 0.898614, 0.871622, 0, 0.92918624},
    {0.9, 100000, 1000, 0.342121, 0.30637, 0, 0.47418822},
    {0.9, 100000, 10000, 0.605297, 0.563775, 0, 0.70693927},
};

Test(hit_ratios, of_the_independent_reference_model) {
  const double tolerance = 0.003;
  for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
    const struct reference_model *model = &models[m];
    double lru = simulate(LRU, model->exponent, model->objects, model->capacity);
    double fifo = simulate(FIFO, model->exponent, model->objects, model->capacity);
    double lfu = simulate(LFU, model->exponent, model->objects, model->capacity);
    cr_expect_float_eq(lru, model->lru, tolerance, "zipf %g, %lld of %lld: lru %.6f, not %.6f",
                       model->exponent, (long long)model->capacity, (long long)model->objects, lru,
                       model->lru);
    cr_expect_float_eq(fifo, model->fifo, tolerance, "zipf %g, %lld of %lld: fifo %.6f, not %.6f",
                       model->exponent, (long long)model->capacity, (long long)model->objects, fifo,
                       model->fifo);
    cr_expect(lfu > lru && lfu < model->best + tolerance, "zipf %g, %lld of %lld: lfu %.6f, best %.6f",
              model->exponent, (long long)model->capacity, (long long)model->objects, lfu, model->best);
    if (model->clock == 0) continue;
    double clock = simulate(CLOCK, model->exponent, model->objects, model->capacity);
    cr_expect_float_eq(clock, model->clock, tolerance, "zipf %g, %lld of %lld: clock %.6f, not %.6f",
                       model->exponent, (long long)model->capacity, (long long)model->objects, clock,
                       model->clock);
  }
}

// Exact: King (1971) for LRU, Gelenbe (1973) for FIFO. The last is LINE's example of random replacement,
// whose hit ratio is FIFO's.
Test(hit_ratios, of_small_stores_are_the_exact_ones) {
  const double tolerance = 0.003;
  cr_expect_float_eq(simulate(LRU, 1, 10, 3), 0.47066419, tolerance);
  cr_expect_float_eq(simulate(FIFO, 1, 10, 3), 0.44510446, tolerance);
  cr_expect_float_eq(simulate(CLOCK, 1, 10, 3), 0.476047, tolerance);
  cr_expect_float_eq(simulate(LRU, 0.8, 8, 4), 0.60904148, tolerance);
  cr_expect_float_eq(simulate(FIFO, 0.8, 8, 4), 0.58465386, tolerance);
  cr_expect_float_eq(simulate(LRU, 1.4, 5, 2), 0.61662673, tolerance);
  cr_expect_float_eq(simulate(FIFO, 1.4, 5, 2), 0.590396, tolerance);
}
