#include "dataset.h"

#include "assertion.h"

#include <stdlib.h>
#include <string.h>

// ---- As it is written ----

struct zipf_settings {
  double s;
};
static const struct field zipf_fields[] = {
    FIELD_NUMBER(struct zipf_settings, s, .required = true, .minimum = 0, .maximum = 100,
                 .doc = "the exponent: rank k is drawn in proportion to k^-s"),
};
static const struct field_table zipf_table =
    FIELD_TABLE("zipf", struct zipf_settings, zipf_fields, .doc = "Few items get much of the traffic.");

struct hotset_settings {
  int64_t items;
  double traffic;
};
static const struct field hotset_fields[] = {
    FIELD_COUNT(struct hotset_settings, items, .required = true, .minimum = 1, .maximum = 1e12,
                .doc = "how many are hot"),
    FIELD_FRACTION(struct hotset_settings, traffic, .required = true, .doc = "share of the draws they get"),
};
static const struct field_table hotset_table =
    FIELD_TABLE("hotset", struct hotset_settings, hotset_fields, .doc = "Some items are hot, alike.");

struct trace_settings {
  const char *file;
};
static const struct field trace_fields[] = {
    FIELD_TEXT(struct trace_settings, file, .required = true,
               .doc = "one key a line, in the scenario's folder; how often each stands there counts"),
};
static const struct field_table trace_table = FIELD_TABLE(
    "trace", struct trace_settings, trace_fields, .doc = "As often as keys stand in a file, in any order.");

// In the order of enum dataset_popularity.
static const struct field_alternative *const popularities[] = {
    ALTERNATIVE("uniform", .doc = "all alike"),
    ALTERNATIVE("zipf", .table = &zipf_table, .doc = "in proportion to a power of the rank"),
    ALTERNATIVE("hotset", .table = &hotset_table, .doc = "some hot items share some of the traffic"),
    ALTERNATIVE("trace", .table = &trace_table, .doc = "the frequencies of keys in a file"), NULL};

static const char *const orders[] = {"scattered", "ranked", NULL};
static const char *const per_words[] = {"user", NULL};

static const struct field dataset_fields[] = {
    FIELD_COUNT(struct dataset_settings, items, .minimum = 1, .maximum = 1e12,
                .doc = "how many there are at the start; of a trace as many as it names unless given"),
    FIELD_DISTRIBUTION(struct dataset_settings, item_size, SIZE, .standard = "\"1KB\"",
                       .doc = "of each item, always the same, whatever the seed (1KB is assumed)"),
    FIELD_VARIANT(struct dataset_settings, popularity, .alternatives = popularities, .to = "popularity",
                  .standard = "\"uniform\"", .doc = "which items are drawn how often"),
    FIELD_WORD(struct dataset_settings, order, orders, .standard = "\"scattered\"",
               .doc = "hot items lie anywhere among the keys, or at their start"),
    FIELD_WORD(struct dataset_settings, per, per_words, .doc = "one item for each, instead of `items`"),
};
const struct field_table dataset_table =
    FIELD_TABLE("dataset", struct dataset_settings, dataset_fields, .doc = "A set of keyed items.");

// ---- Traces of keys ----

struct line {
  const char *text;
  size_t length;
};

static int compare_lines(const void *left, const void *right) {
  const struct line *a = left, *b = right;
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_falling(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a < b) - (a > b);
}

// Lines that are not empty, up to `room` of them; a carriage return at the end is not part of one. Returns
// how many there are.
static size_t split_lines(const char *text, size_t length, struct line *lines, size_t room) {
  size_t count = 0;
  for (const char *line = text, *end = text + length; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (stop == NULL) stop = end;
    size_t bytes = (size_t)(stop - line);
    if (bytes > 0 && line[bytes - 1] == '\r') bytes--;
    if (bytes > 0 && count++ < room) lines[count - 1] = (struct line){line, bytes};
    line = stop + 1;
  }
  return count;
}

// How often each of the keys occurs, falling. Sorts the lines. Returns how many keys there are.
static size_t count_keys(struct line *lines, size_t count, double *shares) {
  size_t keys = 0;
  qsort(lines, count, sizeof *lines, compare_lines);
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || compare_lines(&lines[i - 1], &lines[i]) != 0) shares[keys++] = 0;
    shares[keys - 1] += 1.0 / (double)count;
  }
  qsort(shares, keys, sizeof *shares, compare_falling);
  return keys;
}

// As many keys as the table of aliases can number.
#define LINES_MOST ((size_t)UINT32_MAX)

// Sets `*keys` to the number of different ones. False: no memory. The scenario's arena is asked first, since
// it may not return.
static bool read_keys(struct dataset *dataset, const char *text, size_t length, size_t count, size_t *keys,
                      struct arena *arena) {
  double *shares = arena_array(arena, count, sizeof *shares);
  struct arena scratch;
  arena_init(&scratch, arena->budget);
  struct line *lines = arena_array(&scratch, count, sizeof *lines);
  bool room = shares != NULL && lines != NULL;
  if (room) {
    split_lines(text, length, lines, count);
    *keys = count_keys(lines, count, shares);
  }
  arena_drop(&scratch);
  dataset->trace.shares = shares;
  return room && alias_build(&dataset->trace.alias, arena, shares, (uint32_t)*keys);
}

static bool compile_trace(struct dataset *dataset, const struct node *node, struct field_context *context) {
  const struct node *popularity = node_find(node, "popularity");
  const struct node *trace = node_find(popularity, "trace");
  const struct node *file = node_find(trace, "file");
  if (file == NULL) file = trace;
  const char *text = NULL;
  size_t length = 0, keys = 0;
  if (context->read_file == NULL) {
    diagnostic_error(context->diagnostics, file, "files are not read here");
    return false;
  }
  if (!context->read_file(file, context, &text, &length)) return false;
  size_t count = split_lines(text, length, NULL, 0);
  if (count == 0 || count > LINES_MOST) {
    diagnostic_error(context->diagnostics, file, "the file has %s keys; allowed is one a line",
                     count == 0 ? "no" : "too many");
    return false;
  }
  if (!read_keys(dataset, text, length, count, &keys, context->arena)) {
    if (context->arena->on_exhausted != NULL) context->arena->on_exhausted(context->arena->context);
    return false;
  }
  if (dataset->items == 0) dataset->items = (int64_t)keys;
  if ((int64_t)keys <= dataset->items) return true;
  diagnostic_error(context->diagnostics, file, "the file has %zu different keys, the dataset %lld items",
                   keys, (long long)dataset->items);
  return false;
}

// ---- From what is written to a dataset ----

// 0: a trace will say.
static bool count_items(const struct dataset_settings *written, const struct node *node, int64_t users,
                        struct field_context *context, int64_t *items) {
  const struct node *per = node_find(node, "per");
  if (written->per != NULL && written->items != NULL) {
    diagnostic_error(context->diagnostics, per, "stands instead of `items`: only one of them may be given");
    return false;
  }
  *items = written->per != NULL ? users : written->items != NULL ? *written->items : 0;
  if (*items > 0 || written->popularity.index == DATASET_TRACE) return true;
  diagnostic_error(context->diagnostics, written->per != NULL ? per : node,
                   written->per != NULL ? "there are no users to have an item each"
                                        : "`items` is missing (or \"per\": \"user\")");
  return false;
}

static bool compile_hotset(struct dataset *dataset, const struct hotset_settings *written,
                           const struct node *node, struct field_context *context) {
  dataset->hotset.items = written->items;
  dataset->hotset.traffic = written->traffic;
  if (written->items < dataset->items) return true;
  diagnostic_error(context->diagnostics, node_find(node, "popularity"),
                   "%lld hot items of %lld; there must be others", (long long)written->items,
                   (long long)dataset->items);
  return false;
}

static bool compile_popularity(struct dataset *dataset, const struct dataset_settings *written,
                               const struct node *node, struct field_context *context) {
  switch (dataset->popularity) {
  case DATASET_UNIFORM:
    return true;
  case DATASET_ZIPF: {
    const struct zipf_settings *zipf = written->popularity.value;
    zipf_init(&dataset->zipf, zipf->s, (uint64_t)dataset->items);
    return true;
  }
  case DATASET_HOTSET:
    return compile_hotset(dataset, written->popularity.value, node, context);
  case DATASET_TRACE:
    return compile_trace(dataset, node, context);
  }
  return false;
}

bool dataset_compile(struct dataset *dataset, const char *name, uint16_t number,
                     const struct dataset_settings *written, const struct node *node, int64_t users,
                     struct field_context *context) {
  *dataset = (struct dataset){
      .name = name,
      .number = number,
      .per_user = written->per != NULL,
      .ranked = written->order == 1,
      .popularity = (enum dataset_popularity)written->popularity.index,
      .item_size = written->item_size,
  };
  if (!count_items(written, node, users, context, &dataset->items)) return false;
  if (!compile_popularity(dataset, written, node, context)) return false;
  // A trace has said by now how many items there are.
  dataset_scatter(dataset, random_named(0, 0, name, "keys").state);
  return true;
}

// ---- Keys ----

static uint64_t draw_hotset(const struct dataset *dataset, struct random_stream *luck) {
  uint64_t hot = (uint64_t)dataset->hotset.items;
  if (random_unit(luck) < dataset->hotset.traffic) return random_below(luck, hot);
  return hot + random_below(luck, (uint64_t)dataset->items - hot);
}

static uint64_t draw_rank(const struct dataset *dataset, struct random_stream *luck) {
  switch (dataset->popularity) {
  case DATASET_ZIPF:
    return zipf_draw(&dataset->zipf, luck);
  case DATASET_HOTSET:
    return draw_hotset(dataset, luck);
  case DATASET_TRACE:
    return alias_draw(&dataset->trace.alias, luck);
  default:
    return random_below(luck, (uint64_t)dataset->items);
  }
}

void dataset_scatter(struct dataset *dataset, uint64_t salt) {
  struct dataset_order *order = &dataset->order;
  dataset->salt = order->first = salt;
  if (dataset->ranked || dataset->items < 2) return;
  unsigned bits = 64U - (unsigned)__builtin_clzll((uint64_t)dataset->items - 1);
  order->mask = (UINT64_C(2) << (bits - 1)) - 1;
  order->half = (uint8_t)((bits + 1) / 2);
  for (int round = 0; round < DATASET_ROUNDS; round++) {
    salt = salt * RANDOM_INCREMENT + 1;
    order->factors[round] = salt >> 20 | 1;
    order->sums[round] = salt >> 40;
  }
}

// A bijection of the numbers up to the mask: each step (a shifted exclusive or, an odd factor, a sum) is one.
static inline uint64_t permute(const struct dataset_order *order, uint64_t x) {
  uint64_t mask = order->mask;
  unsigned half = order->half;
  x = (x + order->first) & mask;
  for (int round = 0; round < DATASET_ROUNDS; round++) {
    x ^= x >> half;
    x = (x * order->factors[round] + order->sums[round]) & mask;
  }
  return x ^ x >> half;
}

// Numbers that are no key are walked past (Black & Rogaway 2002): fewer than one of two is none.
uint64_t dataset_key(const struct dataset *dataset, uint64_t rank) {
  uint64_t items = (uint64_t)dataset->items;
  DEBUG_ASSERT(rank < items, "a rank beyond the last");
  if (dataset->ranked || items < 2) return rank;
  do rank = permute(&dataset->order, rank);
  while (rank >= items);
  return rank;
}

// Where all are alike, their order is nothing that could be seen.
uint64_t dataset_draw(const struct dataset *dataset, struct random_stream *luck) {
  uint64_t rank = draw_rank(dataset, luck);
  return dataset->popularity == DATASET_UNIFORM ? rank : dataset_key(dataset, rank);
}

int64_t dataset_drawn_bytes(const struct dataset *dataset, uint64_t key) {
  struct random_stream luck = random_split((struct random_stream){dataset->salt}, key);
  return distribution_sample(&dataset->item_size, &luck);
}

double dataset_mean_bytes(const struct dataset *dataset) {
  return distribution_mean(&dataset->item_size);
}

// ---- The law ----

double dataset_probability(const struct dataset *dataset, uint64_t rank) {
  if (rank >= (uint64_t)dataset->items) return 0;
  double items = (double)dataset->items, hot = (double)dataset->hotset.items;
  switch (dataset->popularity) {
  case DATASET_ZIPF:
    return zipf_probability(&dataset->zipf, rank);
  case DATASET_HOTSET:
    return (double)rank < hot ? dataset->hotset.traffic / hot : (1 - dataset->hotset.traffic) / (items - hot);
  case DATASET_TRACE:
    return rank < dataset->trace.alias.count ? dataset->trace.shares[rank] : 0;
  default:
    return 1 / items;
  }
}

static double trace_below(const struct dataset *dataset, uint64_t rank) {
  double sum = 0;
  for (uint64_t i = 0; i < rank && i < dataset->trace.alias.count; i++) sum += dataset->trace.shares[i];
  return sum;
}

double dataset_below(const struct dataset *dataset, uint64_t rank) {
  if (rank >= (uint64_t)dataset->items) return 1;
  double hot = (double)dataset->hotset.items, least = (double)rank < hot ? (double)rank : hot;
  switch (dataset->popularity) {
  case DATASET_ZIPF:
    return zipf_below(&dataset->zipf, rank);
  case DATASET_HOTSET:
    return least * dataset_probability(dataset, 0) +
           ((double)rank - least) * dataset_probability(dataset, (uint64_t)hot);
  case DATASET_TRACE:
    return trace_below(dataset, rank);
  default:
    return (double)rank / (double)dataset->items;
  }
}

// The rank at which a group that begins at `rank` ends, exclusive.
static uint64_t group_end(const struct dataset *dataset, uint64_t rank) {
  uint64_t items = (uint64_t)dataset->items, hot = (uint64_t)dataset->hotset.items;
  uint64_t end = rank + 1 + rank / 1000;
  switch (dataset->popularity) {
  case DATASET_UNIFORM:
    end = items;
    break;
  case DATASET_HOTSET:
    end = rank < hot ? hot : items;
    break;
  case DATASET_TRACE:
    if (rank >= dataset->trace.alias.count)
      end = items;
    else if (end > dataset->trace.alias.count)
      end = dataset->trace.alias.count;
    break;
  case DATASET_ZIPF:
    break;
  }
  return end < items ? end : items;
}

// Over the ranks of a group. x^-s in a block so narrow is the mean of its ends, but for a relative s (s + 1)
// / 12 * 1e-6.
static double group_mean(const struct dataset *dataset, uint64_t rank, uint64_t end) {
  double first = dataset_probability(dataset, rank);
  if (dataset->popularity == DATASET_ZIPF) return (first + dataset_probability(dataset, end - 1)) / 2;
  if (dataset->popularity != DATASET_TRACE) return first;
  double sum = 0;
  for (uint64_t i = rank; i < end; i++) sum += dataset_probability(dataset, i);
  return sum / (double)(end - rank);
}

size_t dataset_groups(const struct dataset *dataset, double *probabilities, double *counts, size_t room) {
  size_t groups = 0;
  for (uint64_t rank = 0, end; rank < (uint64_t)dataset->items; rank = end, groups++) {
    end = group_end(dataset, rank);
    if (groups >= room) continue;
    probabilities[groups] = group_mean(dataset, rank, end);
    counts[groups] = (double)(end - rank);
  }
  return groups;
}
