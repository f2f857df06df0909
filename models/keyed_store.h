// What components that keep copies of items share (a cache, the edge of a CDN): a store with its life and
// times to live, an account, flights, and the steps of programs that look items up and bring them in.
//
// A copy knows the position in its dataset's log that it is as of (item.h), so that a read that it answers is
// known to be stale.
#ifndef HEADROOM_KEYED_STORE_H
#define HEADROOM_KEYED_STORE_H

#include "deployment.h"
#include "eviction.h"
#include "field.h"
#include "flights.h"
#include "item.h"
#include "metric.h"
#include "model.h"

#include <stdint.h>

// The rows that they share.
struct keyed_capacity {
  int64_t items;
};
struct keyed_settings {
  struct variant capacity; // a size, or {items}
  struct variant eviction;
  int64_t ttl;       // ns; INT64_MAX: none
  double ttl_jitter; // share of the ttl, up or down
  bool coalesce;
  int start; // enum keyed_start
};
enum keyed_start { KEYED_COLD, KEYED_WARM };
extern const struct field_alternative *const keyed_capacity_forms[];
extern const char *const keyed_starts[];

// For a table of struct keyed_settings, with the ttl that is written where the user gives none.
#define KEYED_SETTINGS_ROWS(ttl_)                                                                            \
  FIELD_EITHER(struct keyed_settings, capacity, .alternatives = keyed_capacity_forms,                        \
               .doc = "of each instance, in bytes of items or in items; three quarters of its machine's "    \
                      "memory unless given, unlimited where that is"),                                       \
      FIELD_VARIANT(struct keyed_settings, eviction, .each = eviction_alternative, .standard = "\"lru\"",    \
                    .doc = "which item makes room for another"),                                             \
      FIELD_DURATION(struct keyed_settings, ttl, .standard = ttl_, .none = true, .minimum = 1,               \
                     .doc = "how long an item may be served after it came in; a hit does not renew it"),     \
      FIELD_FRACTION(struct keyed_settings, ttl_jitter, .standard = "0",                                     \
                     .doc = "each item's own time to live lies so far around it, evenly, so that what came " \
                            "in together does not end together"),                                            \
      FIELD_BOOLEAN(struct keyed_settings, coalesce, .standard = "false",                                    \
                    .doc = "those who miss an item while it is being fetched wait for it instead of "        \
                           "fetching it as well"),                                                           \
      FIELD_WORD(struct keyed_settings, start, keyed_starts, .standard = "\"cold\"",                         \
                 .doc = "warm: at the start it holds the most popular items, ages spread over the time to "  \
                        "live; after a crash it is cold all the same")

// The instance of a fleet that is asked for an item, where keys are spread; NULL: nobody.
typedef struct instance *keyed_store_owner(struct sim *sim, struct fleet *fleet, uint64_t key);

// What a component's `compiled` points at, or the beginning of it: the same for all its instances. Its arrays
// are the plan's arena's.
struct keyed_plan {
  // Of the settings, by keyed_plan_init().
  const struct keyed_settings *settings;
  struct store_settings store;
  // The model's.
  const bool *holds;        // by dataset: what can be in it; there before keyed_plan_init()
  const bool *tells;        // by dataset: the origin says what position its answers are as of; NULL: of none
  bool serves_stale;        // what has expired stays, for when the origin does not answer
  keyed_store_owner *owner; // NULL: each instance is asked for all items
};

// Fills in what follows from the settings, which are borrowed.
void keyed_plan_init(struct keyed_plan *keyed, const struct keyed_settings *settings,
                     const struct deployment *deployment, const struct plan *plan);

// The expected share of hits of a component's store, with `nodes` instances that share the keys: from the law
// of keys and the capacity (hit_ratio.h), each of the datasets that it holds as often as the others; what a
// time to live takes away is not in it.
double keyed_expected_hits(const struct keyed_settings *settings, const struct deployment *deployment,
                           const struct plan *plan, const bool *holds, double nodes);

// The same of a component that is asked for what others before it have missed: `tiers` from the one that is
// asked first up to itself, KEYED_TIERS_MOST at most. Beyond one, all count as LRU, with an instance each.
enum { KEYED_TIERS_MOST = 8 };
struct keyed_tier {
  const struct keyed_settings *settings;
  const struct deployment *deployment;
};
double keyed_expected_hits_behind(const struct keyed_tier *tiers, size_t count, const struct plan *plan,
                                  const bool *holds);

// At the start, one that is warm gets so many items at most: more would take longer than the run.
#define KEYED_WARM_MOST INT64_C(5000000)

// Bytes of memory of the stores of `instances`, of which `nodes` each share the keys, once so many reads have
// come to them together.
double keyed_expected_memory(const struct store_settings *store, bool warm, const struct plan *plan,
                             const bool *holds, double instances, double nodes, double reads);

// What an instance has done since the start: its durable state, or the beginning of it.
struct keyed_account {
  uint64_t asked; // reads
  uint64_t hits;
  uint64_t misses;
  uint64_t found;     // hits, by its store's own count
  uint64_t coalesced; // of the misses: waited for the fetch of another
  uint64_t inherited; // of these: fetched all the same, since the other had vanished
  uint64_t fetches;   // reads sent to the origin
  uint64_t brought;   // bytes of the items that were to come in
  uint64_t evictions;
  uint64_t expired;
  uint64_t stale; // reads that were answered with a copy that was known to be old
  uint64_t saved; // of these: with one that had expired, since the origin did not answer
  struct level items, bytes;
  struct tally stale_ages; // ns since the write that it lacks was acknowledged
  struct histogram stale_age_histogram;
};

// What it holds: its volatile state, or the beginning of it.
struct keyed_store {
  struct store store;
  struct store_counters booked; // what the account has of the store's counters
  struct flights flights;
  bool to_warm; // before it is first asked
};

// The account's rows, for a table of metrics of a model whose durable state begins with a struct
// keyed_account.
#define KEYED_STORE_METRICS                                                                                  \
  {.key = "hit_ratio",                                                                                       \
   .slo = "hit_ratio",                                                                                       \
   .head = "hits",                                                                                           \
   .kind = METRIC_SHARE,                                                                                     \
   .unit = METRIC_FRACTION,                                                                                  \
   .top = METRIC_COUNTER(struct keyed_account, hits),                                                        \
   .bottom = METRIC_COUNTER(struct keyed_account, asked),                                                    \
   .doc = "reads that found their item, alive"},                                                             \
      {.key = "misses",                                                                                      \
       .kind = METRIC_TOTAL,                                                                                 \
       .unit = METRIC_NUMBER,                                                                                \
       .top = METRIC_COUNTER(struct keyed_account, misses),                                                  \
       .doc = "reads that did not"},                                                                         \
      {.key = "coalesced",                                                                                   \
       .kind = METRIC_TOTAL,                                                                                 \
       .unit = METRIC_NUMBER,                                                                                \
       .top = METRIC_COUNTER(struct keyed_account, coalesced),                                               \
       .doc = "of these, those that waited for the fetch of another"},                                       \
      {.key = "origin_fetches_per_s",                                                                        \
       .slo = "origin_fetches",                                                                              \
       .head = "fetches",                                                                                    \
       .kind = METRIC_RATE,                                                                                  \
       .unit = METRIC_PER_SECOND,                                                                            \
       .top = METRIC_COUNTER(struct keyed_account, fetches),                                                 \
       .doc = "items that it asked its origin for"},                                                         \
      {.key = "brought_bytes",                                                                               \
       .kind = METRIC_TOTAL,                                                                                 \
       .unit = METRIC_BYTES,                                                                                 \
       .top = METRIC_COUNTER(struct keyed_account, brought),                                                 \
       .doc = "of the items that were brought to it, those too large for it, too"},                          \
      {.key = "evictions",                                                                                   \
       .kind = METRIC_TOTAL,                                                                                 \
       .unit = METRIC_NUMBER,                                                                                \
       .top = METRIC_COUNTER(struct keyed_account, evictions),                                               \
       .doc = "items that made room for others"},                                                            \
      {.key = "expired",                                                                                     \
       .kind = METRIC_TOTAL,                                                                                 \
       .unit = METRIC_NUMBER,                                                                                \
       .top = METRIC_COUNTER(struct keyed_account, expired),                                                 \
       .doc = "items found past their time to live"},                                                        \
      {.key = "items",                                                                                       \
       .slo = "items",                                                                                       \
       .head = "items",                                                                                      \
       .kind = METRIC_LEVEL,                                                                                 \
       .unit = METRIC_NUMBER,                                                                                \
       .top = METRIC_LEVEL_OF(struct keyed_account, items),                                                  \
       .doc = "items in all its instances, those past their time included until somebody asks"},             \
      {.key = "bytes",                                                                                       \
       .slo = "bytes",                                                                                       \
       .head = "bytes",                                                                                      \
       .kind = METRIC_LEVEL,                                                                                 \
       .unit = METRIC_BYTES,                                                                                 \
       .top = METRIC_LEVEL_OF(struct keyed_account, bytes),                                                  \
       .doc = "their bytes"},                                                                                \
      {.key = "stale_reads",                                                                                 \
       .slo = "stale_reads",                                                                                 \
       .head = "stale",                                                                                      \
       .kind = METRIC_SHARE,                                                                                 \
       .unit = METRIC_FRACTION,                                                                              \
       .top = METRIC_COUNTER(struct keyed_account, stale),                                                   \
       .bottom = METRIC_COUNTER(struct keyed_account, asked),                                                \
       .doc = "reads answered with an item older than its newest write that was acknowledged before"},       \
  {                                                                                                          \
    .key = "stale_age_s", .slo = "stale_age", .kind = METRIC_TIMES, .unit = METRIC_SECONDS,                  \
    .top = METRIC_TALLY_OF(struct keyed_account, stale_ages),                                                \
    .bottom = METRIC_HISTOGRAM_OF(struct keyed_account, stale_age_histogram), .optional = true,              \
    .doc = "of these, how long ago the write that they lack was acknowledged"                                \
  }

// ---- For the model's table (model.h) ----

// An instance begins to serve (empty, or at the start of the run to be warmed before it is first asked); it
// stops, or the run is over: nothing is left in it. False: no memory.
bool keyed_store_start(struct sim *sim, struct instance *instance);
void keyed_store_stop(struct sim *sim, struct instance *instance, enum stop_reason reason);
void keyed_store_drop(struct sim *sim, struct instance *instance);

// A visit has come. Before the first, an instance that is to be warm gets the most popular items that fit, at
// no cost, ages spread over the time to live; where keys are spread over its fleet, all of that do, so that
// all instances are there by then.
enum verdict keyed_store_enter(struct sim *sim, struct visit *visit);

// Whether items of the dataset can be in it.
bool keyed_store_keeps(const struct component *component, uint16_t dataset);

// What is on its way from the origin comes in all the same.
void keyed_store_flush(struct sim *sim, struct instance *instance, uint16_t dataset);

// A visit that fetches has vanished without an answer: the next who waits fetches.
void keyed_store_release(struct sim *sim, struct instance *instance, const struct holding *holding);

// Reads = hits + misses, and hits as its store has counted them; who misses fetches or waits for who does.
void keyed_store_ledger(const struct instance *instance, uint64_t held, model_ledger_check *check,
                        void *context);

// ---- Reading and bringing in ----

// A read of an item is on its way to an instance, and has come there: asks the memory for what it will look
// at, which by then is there. Only hints.
void keyed_store_expect(const struct instance *instance, uint16_t dataset, uint64_t key);
void keyed_store_await(const struct instance *instance, uint16_t dataset, uint64_t key);

// A read of an item of a dataset: whether it is there. Counts.
bool keyed_store_read(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// Brings one in, as of a position of its dataset's log.
void keyed_store_put(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key,
                     uint64_t position);

// Forgets one item.
void keyed_store_remove(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key);

// For a read that the origin could not answer: whether there is a copy, however old. Counts it.
bool keyed_store_saves(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// ---- Steps of programs ----
//
// LOOK → hit; JOIN, LANDED → hit; the fetch, and where it fails LOST; FETCHED; hit: what follows. Without
// coalescing there is no JOIN and no LANDED. A strand whose program has JOIN has no parallel steps, so that
// its count of awaited branches says what became of it.

// A read: BRANCH where the item is there, NEXT where it is to be fetched.
enum verdict keyed_store_look(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// A read has missed: the first fetches (NEXT), the others wait for it (WAIT).
enum verdict keyed_store_join(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// It goes on: NEXT, it is to fetch; BRANCH, it was answered; FAIL, the flight was lost with the outcome that
// flow_fail() got.
enum verdict keyed_store_landed(struct sim *sim, struct strand *strand);

// The item has come: it is brought in, as of the position that the origin told or else the newest, and those
// who wait are answered. NEXT.
enum verdict keyed_store_fetched(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// The fetch has failed, with the outcome that is the present one: those who wait fail likewise. FAIL.
enum verdict keyed_store_lost(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

#endif
