// Datasets: what requests read and write, as keys with sizes and popularities. A dataset is part of the plan
// and never changes; it has no memory for its items, however many there are.
//
// A key is a number from 0 to items - 1 (keys of items that are inserted while a scenario runs come after
// these). Its rank, also from 0, says how popular it is: rank 0 is drawn most. Which key has which rank is a
// fixed bijection (scattered), or the same number (ranked, for a hot range). The same item has the same size
// always, in every replication and under every seed.
#ifndef HEADROOM_DATASET_H
#define HEADROOM_DATASET_H

#include "alias.h"
#include "distribution.h"
#include "field.h"
#include "random.h"
#include "zipf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATASET_ITEMS_MOST ZIPF_RANKS_MOST

// Every key is below 2^48, also those of items that are inserted or that a trace names: what holds items of
// several datasets tells them apart by the bits above.
enum { DATASET_KEY_BITS = 48 };

// As it is written; dataset_table reads it.
struct dataset_settings {
  const int64_t *items; // NULL: not given
  struct distribution item_size;
  struct variant popularity;
  int order;
  const int *per; // NULL: not given; else per user
};

extern const struct field_table dataset_table;

enum dataset_popularity {
  DATASET_UNIFORM,
  DATASET_ZIPF,
  DATASET_HOTSET,
  DATASET_TRACE,
};

// How ranks are scattered over the keys: the constants of a bijection.
enum { DATASET_ROUNDS = 3 };
struct dataset_order {
  uint64_t first;
  uint64_t mask;
  uint64_t factors[DATASET_ROUNDS];
  uint64_t sums[DATASET_ROUNDS];
  uint8_t half; // of the bits
};

// Others read the first members and ask the functions below.
struct dataset {
  const char *name;
  uint16_t number; // in the plan
  bool per_user;   // item u is user u's
  bool recalled;   // somebody asks what a user wrote last; the plan's to set
  bool ranked;     // key = rank
  enum dataset_popularity popularity;
  int64_t items; // at the start
  struct distribution item_size;
  uint64_t salt; // of the name: which key has which rank and size; dataset_scatter() sets it
  struct dataset_order order;
  struct zipf zipf;
  struct {
    int64_t items;
    double traffic; // their share of it
  } hotset;
  struct {
    struct alias alias;
    const double *shares; // by rank, falling
  } trace;
};

// Makes a dataset of what is written at `node`; `name` must live as long. `users`: of whom there is one item
// each where it is per user. User errors are reported; false: there were some, or memory ran out.
bool dataset_compile(struct dataset *dataset, const char *name, uint16_t number,
                     const struct dataset_settings *written, const struct node *node, int64_t users,
                     struct field_context *context);

// Says which key has which rank, once `items` and `ranked` stand.
void dataset_scatter(struct dataset *dataset, uint64_t salt);

// A key by popularity. Takes one draw, seldom more, from `luck`.
uint64_t dataset_draw(const struct dataset *dataset, struct random_stream *luck);

// The key of a rank below items.
uint64_t dataset_key(const struct dataset *dataset, uint64_t rank);

// Bytes of an item, as the law of sizes gives them to this key; of any key, also of one that was inserted.
int64_t dataset_drawn_bytes(const struct dataset *dataset, uint64_t key);
static inline int64_t dataset_item_bytes(const struct dataset *dataset, uint64_t key) {
  if (distribution_is_constant(&dataset->item_size)) return distribution_round(dataset->item_size.scale);
  return dataset_drawn_bytes(dataset, key);
}

// Mean over the items (sizes do not depend on popularity).
double dataset_mean_bytes(const struct dataset *dataset);

// P(a draw has this rank), and P(it has a rank below this one); 0 beyond items, and 1.
double dataset_probability(const struct dataset *dataset, uint64_t rank);
double dataset_below(const struct dataset *dataset, uint64_t rank);

// The law in few numbers, for predictions: counts[i] items have about probability probabilities[i] each, in
// order of rank. The first ranks stand alone, later ones in blocks of a rank's thousandth part. Returns how
// many groups there are, at most DATASET_GROUPS_MOST, and writes as many of them as `room` allows.
enum { DATASET_GROUPS_MOST = 40000 };
size_t dataset_groups(const struct dataset *dataset, double *probabilities, double *counts, size_t room);

#endif
