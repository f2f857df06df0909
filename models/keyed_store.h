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

// Compiled: the same for all instances of a component.
struct keyed_plan {
  const struct keyed_settings *settings;
  struct store_settings store;
  bool serves_stale; // what has expired stays, for when the origin does not answer
  const bool *holds; // by dataset: what can be in it
};

// Fills it in; its `serves_stale` is the model's to set. `holds` says by dataset what can be in it.
void keyed_plan_init(struct keyed_plan *keyed, const struct keyed_settings *settings,
                     const struct deployment *deployment, const struct plan *plan, const bool *holds);

// The expected share of hits of a component's store, with `nodes` instances that share the keys: from the law
// of keys and the capacity (hit_ratio.h), each of the datasets that it holds as often as the others; what a
// time to live takes away is not in it.
double keyed_expected_hits(const struct keyed_settings *settings, const struct deployment *deployment,
                           const struct plan *plan, const bool *holds, double nodes);

// What an instance has done since the start: its durable state, or the beginning of it.
struct keyed_account {
  uint64_t asked; // reads
  uint64_t hits;
  uint64_t misses;
  uint64_t found;     // hits, by its store's own count
  uint64_t coalesced; // of the misses: waited for the fetch of another
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

// An instance begins to serve (empty, or at the start of the run to be warmed before it is first asked); it
// stops, or the run is over: nothing is left in it.
bool keyed_store_start(struct sim *sim, struct instance *instance, const struct keyed_plan *keyed);
void keyed_store_stop(struct sim *sim, struct instance *instance);
void keyed_store_drop(struct instance *instance);

// The instance of a fleet that is asked for an item, where keys are spread; NULL: nobody.
typedef struct instance *keyed_store_owner(struct sim *sim, struct fleet *fleet, uint64_t key);

// Brings in the most popular items that fit, at no cost, ages spread over the time to live: into this
// instance, which is asked for all of them, or where there is an `owner` into all of its fleet that are to be
// warmed. Called when it is first asked, so that all instances are there.
void keyed_store_warm(struct sim *sim, struct instance *instance, const struct keyed_plan *keyed,
                      const bool *holds, keyed_store_owner *owner);

// A read of an item is on its way to an instance, and has come there: asks the memory for what it will look
// at, which by then is there. Only hints.
void keyed_store_expect(const struct instance *instance, uint16_t dataset, uint64_t key);
void keyed_store_await(const struct instance *instance, uint16_t dataset, uint64_t key);

// A read of an item of a dataset: whether it is there. Counts.
bool keyed_store_read(struct sim *sim, struct strand *strand, const struct keyed_plan *keyed,
                      uint16_t dataset, uint64_t key);

// Brings one in, as of a position.
void keyed_store_put(struct sim *sim, struct strand *strand, const struct keyed_plan *keyed, uint16_t dataset,
                     uint64_t key, uint64_t position);

// The position that the strand's fetch is as of: what it was told, or the newest where its origin does not
// tell (a server that answers by itself).
uint64_t keyed_store_told(const struct sim *sim, const struct strand *strand, uint16_t dataset, bool tells);

// Forgets one item.
void keyed_store_remove(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key);

// Forgets all of a dataset, or all that there is (MODEL_ALL_DATASETS), of a store that is not to be warmed
// any more. What is on its way from the origin comes
// in all the same. Items of several datasets in one store are told apart where their numbers are below 2^48.
void keyed_store_flush(struct sim *sim, struct instance *instance, const struct keyed_plan *keyed,
                       uint16_t dataset);

// For a read that the origin could not answer: whether there is a copy, however old. Counts it.
bool keyed_store_saves(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// ---- Coalescing -------------------------------------------------------------------------------------------
//
// Steps of a program: JOIN, LANDED → what follows the fetch; the fetch; then flight_landed(). A strand whose
// program has these has no parallel steps, so that its count of awaited branches says what became of it.

enum { KEYED_HOLDING_FLIGHT = 1 };

// A read has missed: the first fetches (NEXT), the others wait for it (WAIT).
enum verdict keyed_store_join(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key);

// It goes on: NEXT, it is to fetch; BRANCH, it was answered; FAIL, the flight was lost with the outcome that
// flow_fail() got.
enum verdict keyed_store_landed(struct sim *sim, struct strand *strand);

// The fetch has ended: those who wait are answered, with the item as of `position`, or fail with `outcome`.
void keyed_store_land(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key,
                      enum outcome outcome, uint64_t position);

// A visit that fetches has vanished without an answer: the next who waits fetches. For release().
void keyed_store_relieve(struct sim *sim, struct instance *instance, const struct holding *holding);

// For a model's ledger(): reads = hits + misses, and hits as its store has counted them.
void keyed_store_ledger(const struct sim *sim, const struct instance *instance, model_ledger_check *check,
                        void *context);

#endif
