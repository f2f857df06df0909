#include "keyed_store.h"

#include "flow.h"
#include "hit_ratio.h"
#include "machine.h"
#include "machines.h"
#include "passage.h"
#include "program_keyed.h"

#include <math.h>
#include <string.h>

// ---- As it is written ----

static const struct field keyed_capacity_fields[] = {
    FIELD_COUNT(struct keyed_capacity, items, .required = true, .minimum = 1, .maximum = 1e12,
                .doc = "so many items, whatever their sizes"),
};
static const struct field_table keyed_capacity_table =
    FIELD_TABLE("capacity", struct keyed_capacity, keyed_capacity_fields, .doc = "In items.");

enum { CAPACITY_BYTES, CAPACITY_ITEMS };
const struct field_alternative *const keyed_capacity_forms[] = {
    [CAPACITY_BYTES] =
        ALTERNATIVE("size", .row = ITEM_SIZE(.minimum = 1, .maximum = 1e15), .doc = "in bytes"),
    [CAPACITY_ITEMS] = ALTERNATIVE("items", .table = &keyed_capacity_table, .doc = "in items"),
    NULL};

const char *const keyed_starts[] = {"cold", "warm", NULL};

// ---- Compiled ----

static bool is_written(const struct plan *plan, const bool *holds) {
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (holds[d] && program_operation(plan, OPERATION_WRITE, d) != UINT16_MAX) return true;
  }
  return false;
}

// A machine that keeps nothing else leaves so much for items.
static const double share_of_memory = 0.75;

static int64_t bytes_of_machine(const struct deployment *deployment, const struct plan *plan) {
  const struct host *host = plan_host(plan, deployment->on.name);
  const struct machine_type *type = host != NULL ? host->type
                                    : deployment->machine.name != NULL
                                        ? machines_find(plan, deployment->machine.name)
                                        : NULL;
  if (type == NULL || type->memory == INT64_MAX) return STORE_UNLIMITED;
  return (int64_t)(share_of_memory * (double)type->memory);
}

struct limits {
  int64_t items;
  int64_t bytes;
};

static struct limits limits_of(const struct keyed_settings *settings, const struct deployment *deployment,
                               const struct plan *plan) {
  const struct variant *capacity = &settings->capacity;
  if (capacity->alternative == NULL)
    return (struct limits){STORE_UNLIMITED, bytes_of_machine(deployment, plan)};
  if (capacity->index == CAPACITY_BYTES)
    return (struct limits){STORE_UNLIMITED, *(const int64_t *)capacity->value};
  return (struct limits){((const struct keyed_capacity *)capacity->value)->items, STORE_UNLIMITED};
}

void keyed_plan_init(struct keyed_plan *keyed, const struct keyed_settings *settings,
                     const struct deployment *deployment, const struct plan *plan) {
  struct limits limits = limits_of(settings, deployment, plan);
  keyed->settings = settings;
  keyed->store = (struct store_settings){.eviction = settings->eviction.alternative->user,
                                         .items = limits.items,
                                         .bytes = limits.bytes,
                                         .expires = settings->ttl != INT64_MAX,
                                         .stamps = is_written(plan, keyed->holds)};
}

static const struct keyed_plan *plan_of(const struct instance *instance) {
  return instance->component->compiled;
}

bool keyed_store_keeps(const struct component *component, uint16_t dataset) {
  const struct keyed_plan *keyed = component->compiled;
  return keyed->holds[dataset];
}

// ---- Predictions ----

// What the datasets that a component holds come to, each asked for as often as the others.
struct mixture {
  struct hit_ratio_law law; // in falling order within each dataset alone
  double *probabilities;
  double *counts;
  size_t room; // of each array
  double mean_bytes;
  double items;
  uint16_t datasets;
};

static void unmix(struct mixture *mixture) {
  memory_give(NULL, mixture->probabilities, mixture->room * sizeof(double));
  memory_give(NULL, mixture->counts, mixture->room * sizeof(double));
}

static void mix_in(struct mixture *mixture, const struct dataset *dataset) {
  size_t first = mixture->law.count, room = mixture->room - first;
  size_t count = dataset_groups(dataset, mixture->probabilities + first, mixture->counts + first, room);
  for (size_t i = first; i < first + count; i++) {
    mixture->probabilities[i] /= mixture->datasets;
    mixture->items += mixture->counts[i];
  }
  mixture->law.count += count;
  mixture->mean_bytes += dataset_mean_bytes(dataset) / mixture->datasets;
}

// unmix() must be called all the same where this is false: no dataset, or no memory.
static bool mix(struct mixture *mixture, const struct plan *plan, const bool *holds) {
  *mixture = (struct mixture){0};
  for (uint16_t d = 0; d < plan->dataset_count; d++) mixture->datasets += holds[d];
  if (mixture->datasets == 0) return false;
  mixture->room = (size_t)mixture->datasets * DATASET_GROUPS_MOST;
  mixture->probabilities = memory_take(NULL, mixture->room * sizeof(double));
  mixture->counts = memory_take(NULL, mixture->room * sizeof(double));
  if (mixture->probabilities == NULL || mixture->counts == NULL) return false;
  mixture->law = (struct hit_ratio_law){mixture->probabilities, mixture->counts, 0};
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (holds[d]) mix_in(mixture, &plan->datasets[d]);
  }
  return mixture->law.count > 0;
}

// In items of the mean size, of all nodes together.
static double capacity_of(const struct mixture *mixture, int64_t items, int64_t bytes, double nodes) {
  double capacity = items != STORE_UNLIMITED ? (double)items : INFINITY;
  if (bytes != STORE_UNLIMITED) capacity = fmin(capacity, (double)bytes / mixture->mean_bytes);
  return capacity * nodes;
}

static double hits_of(const struct mixture *mixture, const struct eviction *eviction, double capacity) {
  if (capacity >= mixture->items) return 1;
  if (eviction == eviction_fifo.user) return hit_ratio_fifo(&mixture->law, capacity);
  if (eviction == eviction_lfu.user && mixture->datasets == 1) return hit_ratio_best(&mixture->law, capacity);
  return hit_ratio_lru(&mixture->law, capacity);
}

double keyed_expected_hits(const struct keyed_settings *settings, const struct deployment *deployment,
                           const struct plan *plan, const bool *holds, double nodes) {
  struct mixture mixture;
  struct limits limits = limits_of(settings, deployment, plan);
  if (limits.items == STORE_UNLIMITED && limits.bytes == STORE_UNLIMITED) return 1;
  double hits = 0;
  if (mix(&mixture, plan, holds))
    hits = hits_of(&mixture, settings->eviction.alternative->user,
                   capacity_of(&mixture, limits.items, limits.bytes, nodes));
  unmix(&mixture);
  return hits;
}

_Static_assert((int)KEYED_TIERS_MOST == (int)HIT_RATIO_TIERS_MOST, "theory knows as many tiers");

double keyed_expected_hits_behind(const struct keyed_tier *tiers, size_t count, const struct plan *plan,
                                  const bool *holds) {
  const struct keyed_tier *last = &tiers[count - 1];
  if (count == 1) return keyed_expected_hits(last->settings, last->deployment, plan, holds, 1);
  struct mixture mixture;
  double capacities[KEYED_TIERS_MOST], hits = 0;
  if (mix(&mixture, plan, holds)) {
    for (size_t i = 0; i < count; i++) {
      struct limits limits = limits_of(tiers[i].settings, tiers[i].deployment, plan);
      capacities[i] = capacity_of(&mixture, limits.items, limits.bytes, 1);
    }
    hits = hit_ratio_lru_chain(&mixture.law, capacities, count);
  }
  unmix(&mixture);
  return hits;
}

double keyed_expected_memory(const struct store_settings *store, bool warm, const struct plan *plan,
                             const bool *holds, double instances, double nodes, double reads) {
  struct mixture mixture;
  double sets = instances / nodes, entries = 0; // of nodes that share the keys
  if (mix(&mixture, plan, holds)) {
    double at_start = warm ? fmin(mixture.items, nodes * (double)KEYED_WARM_MOST) : 0;
    entries = fmin(fmax(at_start, hit_ratio_distinct(&mixture.law, reads / sets)),
                   capacity_of(&mixture, store->items, store->bytes, nodes));
  }
  unmix(&mixture);
  return sets * entries * store_entry_memory(store);
}

// ---- Life ----

static struct keyed_store *kept_of(const struct instance *instance) {
  return instance->volatile_state;
}

static struct keyed_account *account_of(const struct instance *instance) {
  return instance->durable_state;
}

// Items fill the memory of the machine that they lie on as they come, and leave it as they go.
static void hold(struct sim *sim, struct instance *instance, int64_t bytes) {
  const struct machine *machine = instance->machine;
  if (machine != NULL && machine->memory.size != MEMORY_UNLIMITED) machine_keep_memory(sim, instance, bytes);
}

// What the store has counted meanwhile, and what is in it now, goes to the account.
static void book(struct sim *sim, struct instance *instance) {
  struct keyed_store *kept = kept_of(instance);
  struct keyed_account *account = account_of(instance);
  const struct store_counters *counters = &kept->store.counters;
  int64_t now = sim->engine.now;
  account->evictions += counters->evictions - kept->booked.evictions;
  account->expired += counters->expired - kept->booked.expired;
  account->found += counters->hits - kept->booked.hits;
  kept->booked = *counters;
  if (kept->store.items != account->items.inside)
    level_change(&account->items, kept->store.items - account->items.inside, now);
  int64_t bytes = kept->store.bytes - account->bytes.inside;
  if (bytes == 0) return;
  level_change(&account->bytes, bytes, now);
  hold(sim, instance, bytes);
}

bool keyed_store_start(struct sim *sim, struct instance *instance) {
  const struct keyed_plan *keyed = plan_of(instance);
  struct keyed_store *kept = kept_of(instance);
  kept->to_warm = keyed->settings->start == KEYED_WARM && sim->engine.now == 0;
  return store_init(&kept->store, &keyed->store, &sim->budget) && flights_init(&kept->flights, &sim->budget);
}

void keyed_store_drop(struct sim *sim, struct instance *instance) {
  struct keyed_store *kept = kept_of(instance);
  (void)sim;
  if (kept->store.budget == NULL) return;
  store_drop(&kept->store);
  flights_drop(&kept->flights);
  kept->booked = (struct store_counters){0};
  kept->to_warm = false;
}

void keyed_store_stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  struct keyed_store *kept = kept_of(instance);
  (void)reason;
  account_of(instance)->found += kept->store.counters.hits - kept->booked.hits;
  kept->booked.hits = kept->store.counters.hits;
  keyed_store_drop(sim, instance);
  book(sim, instance);
}

// ---- Keys and ends of life ----

// Items of several datasets stand in one store; those of the first keep their numbers.
static uint64_t mixed(uint16_t dataset, uint64_t key) {
  return key ^ (uint64_t)dataset << DATASET_KEY_BITS;
}

enum { LUCK_TTL = 0x7474 };

static int64_t expiry(const struct keyed_settings *settings, int64_t now, struct random_stream luck) {
  if (settings->ttl == INT64_MAX) return STORE_FOREVER;
  double factor = 1;
  if (settings->ttl_jitter > 0) {
    luck = random_split(luck, LUCK_TTL);
    factor += settings->ttl_jitter * (2 * random_unit(&luck) - 1);
  }
  double ttl = (double)settings->ttl * factor;
  return ttl >= (double)(INT64_MAX - now) ? STORE_FOREVER : now + distribution_round(ttl);
}

// ---- Hints ----

void keyed_store_expect(const struct instance *instance, uint16_t dataset, uint64_t key) {
  const struct store *store = &kept_of(instance)->store;
  if (store->slots != NULL) store_prefetch(store, mixed(dataset, key)); // the dead have none
}

void keyed_store_await(const struct instance *instance, uint16_t dataset, uint64_t key) {
  store_prefetch_entry(&kept_of(instance)->store, mixed(dataset, key));
}

// ---- Warm at the start ----

// One of the instances that are warmed together. The most popular items that fit are brought in, the most
// popular last, so that they are the last to go.
struct warming {
  struct instance *instance;
  struct random_stream luck;
  int64_t items, bytes; // that would be brought in
  uint64_t ranks;       // those below fit, over all datasets alike
  bool full;
};

// An item on its way in, while the memory fetches its place in the store.
struct coming {
  struct warming *warming; // NULL: none
  const struct dataset *dataset;
  uint64_t key;
};

enum { COMING = 16 };

struct warmth {
  struct sim *sim;
  struct instance *first; // the one that is asked
  const struct keyed_plan *keyed;
  keyed_store_owner *owner;
  struct warming
      *warmings; // by the number of the instance, if there is an owner; else that of the first alone
  uint32_t count;
  uint32_t open; // that are not full
  struct coming coming[COMING];
  uint32_t next; // of these
};

static void add_warming(struct warmth *warmth, struct warming *warming, struct instance *instance) {
  *warming = (struct warming){
      .instance = instance,
      .luck = random_split(sim_stream(warmth->sim, instance->component->name, "warm"),
                           (uint64_t)instance->fleet->place << 32 | instance->number),
      .ranks = UINT64_MAX,
  };
  kept_of(instance)->to_warm = false;
  warmth->open++;
}

static bool open_warmth(struct warmth *warmth) {
  const struct fleet *fleet = warmth->first->fleet;
  warmth->count = warmth->owner == NULL ? 1 : fleet->next_number;
  warmth->warmings = memory_take(&warmth->sim->budget, warmth->count * sizeof *warmth->warmings);
  if (warmth->warmings == NULL) return false;
  memset(warmth->warmings, 0, warmth->count * sizeof *warmth->warmings);
  if (warmth->owner == NULL) add_warming(warmth, warmth->warmings, warmth->first);
  for (uint32_t i = 0; warmth->owner != NULL && i < fleet->listed_count; i++) {
    struct instance *instance = fleet->listed[i];
    if (kept_of(instance) != NULL && kept_of(instance)->to_warm)
      add_warming(warmth, &warmth->warmings[instance->number], instance);
  }
  return true;
}

// Whose the key is; NULL: nobody's that is warmed.
static struct warming *warming_of(const struct warmth *warmth, uint64_t key) {
  if (warmth->owner == NULL) return warmth->warmings;
  const struct instance *instance = warmth->owner(warmth->sim, warmth->first->fleet, key);
  struct warming *warming = instance == NULL ? NULL : &warmth->warmings[instance->number];
  return warming == NULL || warming->instance == NULL ? NULL : warming;
}

static void count_rank(struct warmth *warmth, const struct dataset *dataset, uint64_t rank) {
  const struct store_settings *store = &warmth->keyed->store;
  uint64_t key = dataset_key(dataset, rank);
  struct warming *warming = warming_of(warmth, key);
  if (warming == NULL || warming->full) return;
  warming->items++;
  if (store->bytes != STORE_UNLIMITED) warming->bytes += dataset_item_bytes(dataset, key);
  if (warming->items <= store->items && warming->bytes <= store->bytes && warming->items <= KEYED_WARM_MOST)
    return;
  warming->full = true;
  warming->ranks = rank;
  warmth->open--;
}

static void bring(const struct warmth *warmth, const struct coming *coming) {
  struct warming *warming = coming->warming;
  const struct keyed_settings *settings = warmth->keyed->settings;
  if (warming == NULL) return;
  int64_t now = warmth->sim->engine.now, until = STORE_FOREVER;
  if (settings->ttl != INT64_MAX) until = 1 + (int64_t)(random_unit(&warming->luck) * (double)settings->ttl);
  if (until > now)
    store_put(&kept_of(warming->instance)->store, mixed(coming->dataset->number, coming->key),
              dataset_item_bytes(coming->dataset, coming->key), now, until, 0);
}

// Brings in the one that has come for as many as are on their way, and sets another on its way.
static void bring_next(struct warmth *warmth, struct coming coming) {
  struct coming *place = &warmth->coming[warmth->next++ % COMING];
  bring(warmth, place);
  *place = coming;
  if (coming.warming != NULL)
    keyed_store_expect(coming.warming->instance, coming.dataset->number, coming.key);
}

static void bring_rank(struct warmth *warmth, const struct dataset *dataset, uint64_t rank) {
  uint64_t key = dataset_key(dataset, rank);
  struct warming *warming = warming_of(warmth, key);
  if (warming != NULL && rank < warming->ranks) bring_next(warmth, (struct coming){warming, dataset, key});
}

// Counts what fits, rank by rank, until all are full or nothing is left: returns the rank of the end.
static uint64_t count_what_fits(struct warmth *warmth) {
  const struct plan *plan = warmth->sim->plan;
  uint64_t longest = 0, rank = 0;
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    uint64_t items = (uint64_t)plan->datasets[d].items;
    if (warmth->keyed->holds[d] && items > longest) longest = items;
  }
  for (; rank < longest && warmth->open > 0; rank++) {
    for (uint16_t d = 0; d < plan->dataset_count; d++) {
      if (warmth->keyed->holds[d] && rank < (uint64_t)plan->datasets[d].items)
        count_rank(warmth, &plan->datasets[d], rank);
    }
  }
  return rank;
}

static void bring_what_fits(struct warmth *warmth, uint64_t ranks) {
  const struct plan *plan = warmth->sim->plan;
  for (uint32_t i = 0; i < warmth->count; i++) {
    const struct warming *warming = &warmth->warmings[i];
    if (warming->instance != NULL) store_reserve(&kept_of(warming->instance)->store, warming->items);
  }
  for (uint64_t rank = ranks; rank-- > 0;) {
    for (uint16_t d = 0; d < plan->dataset_count; d++) {
      if (warmth->keyed->holds[d] && rank < (uint64_t)plan->datasets[d].items)
        bring_rank(warmth, &plan->datasets[d], rank);
    }
  }
  for (int i = 0; i < COMING; i++) bring_next(warmth, (struct coming){NULL, NULL, 0});
  for (uint32_t i = 0; i < warmth->count; i++) {
    if (warmth->warmings[i].instance != NULL) book(warmth->sim, warmth->warmings[i].instance);
  }
}

static void warm(struct sim *sim, struct instance *instance) {
  const struct keyed_plan *keyed = plan_of(instance);
  struct warmth warmth = {.sim = sim,
                          .first = instance,
                          .keyed = keyed,
                          .owner = instance->fleet->listed_count > 1 ? keyed->owner : NULL};
  if (open_warmth(&warmth)) bring_what_fits(&warmth, count_what_fits(&warmth));
  if (warmth.warmings != NULL)
    memory_give(&sim->budget, warmth.warmings, warmth.count * sizeof *warmth.warmings);
  if (sim->budget.exhausted) engine_stop(&sim->engine);
}

enum verdict keyed_store_enter(struct sim *sim, struct visit *visit) {
  if (kept_of(visit->instance)->to_warm) warm(sim, visit->instance);
  return VERDICT_NEXT;
}

// ---- Flushing ----

static bool holds_others(const struct sim *sim, const struct keyed_plan *keyed, uint16_t dataset) {
  for (uint16_t d = 0; d < sim->plan->dataset_count; d++) {
    if (d != dataset && keyed->holds[d]) return true;
  }
  return false;
}

// What is still to be warmed is so first: what it keeps beside the dataset was there from the start.
void keyed_store_flush(struct sim *sim, struct instance *instance, uint16_t dataset) {
  struct keyed_store *kept = kept_of(instance);
  if (kept->to_warm) warm(sim, instance);
  if (dataset == MODEL_ALL_DATASETS || !holds_others(sim, plan_of(instance), dataset)) {
    store_clear(&kept->store);
  } else {
    store_remove_all(&kept->store, ~UINT64_C(0) << DATASET_KEY_BITS, mixed(dataset, 0));
  }
  book(sim, instance);
}

// ---- Reading and bringing in ----

// A copy as of `position` answers a read that came in at `at`: is it older than what was acknowledged by
// then?
static void judge_age(struct sim *sim, struct instance *instance, uint64_t position, uint16_t dataset,
                      uint64_t key, int64_t at) {
  struct keyed_account *account = account_of(instance);
  uint64_t newest;
  int64_t acknowledged;
  if (!kept_of(instance)->store.settings.stamps) return;
  if (!item_newest(sim, dataset, key, at, &newest, &acknowledged) || position >= newest) return;
  account->stale++;
  tally_add(&account->stale_ages, sim->engine.now - acknowledged);
  histogram_record(&account->stale_age_histogram, sim->engine.now - acknowledged);
}

static void answer(struct sim *sim, struct strand *strand, uint32_t entry, uint16_t dataset, uint64_t key) {
  struct visit *visit = strand->visit;
  uint64_t position = store_stamp(&kept_of(visit->instance)->store, entry);
  judge_age(sim, visit->instance, position, dataset, key, visit->entered);
  item_tell(sim, visit, position);
}

// An item past its time that is to stay is there for a look that knows no time.
static uint32_t find(struct sim *sim, struct instance *instance, uint64_t key) {
  struct store *store = &kept_of(instance)->store;
  int64_t now = sim->engine.now;
  if (plan_of(instance)->serves_stale) {
    uint32_t entry = store_peek(store, key, INT64_MIN);
    if (entry != STORE_NOTHING && store_expiry(store, entry) <= now) return STORE_NOTHING;
  }
  return store_get(store, key, now);
}

bool keyed_store_read(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  struct instance *instance = strand->visit->instance;
  struct keyed_account *account = account_of(instance);
  uint32_t entry = find(sim, instance, mixed(dataset, key));
  account->asked++;
  if (entry == STORE_NOTHING) {
    account->misses++;
    book(sim, instance);
    return false;
  }
  account->hits++;
  answer(sim, strand, entry, dataset, key);
  return true;
}

void keyed_store_put(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key,
                     uint64_t position) {
  struct instance *instance = strand->visit->instance;
  int64_t now = sim->engine.now;
  int64_t bytes = item_bytes(sim, strand->visit, dataset, key);
  account_of(instance)->brought += (uint64_t)bytes;
  store_put(&kept_of(instance)->store, mixed(dataset, key), bytes, now,
            expiry(plan_of(instance)->settings, now, strand->luck), position);
  if (sim->budget.exhausted) engine_stop(&sim->engine);
  book(sim, instance);
}

void keyed_store_remove(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key) {
  store_remove(&kept_of(instance)->store, mixed(dataset, key));
  book(sim, instance);
}

bool keyed_store_saves(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  struct instance *instance = strand->visit->instance;
  uint32_t entry = store_peek(&kept_of(instance)->store, mixed(dataset, key), INT64_MIN);
  if (entry == STORE_NOTHING) return false;
  account_of(instance)->saved++;
  visit_frame(strand->visit)->flags |= FLAG_DEGRADED;
  answer(sim, strand, entry, dataset, key);
  return true;
}

// ---- Steps of programs ----

enum verdict keyed_store_look(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  const struct instance *instance = strand->visit->instance;
  if (keyed_store_read(sim, strand, dataset, key)) return VERDICT_BRANCH;
  if (!plan_of(instance)->settings->coalesce) account_of(instance)->fetches++;
  return VERDICT_NEXT;
}

enum { HOLDING_FLIGHT = 1 };

// What became of one who waits, in strand->awaited: 0 while it does not wait.
enum { WAITS = 1, ANSWERED, FETCHES, INHERITS, LOST };

static enum verdict fetch(struct sim *sim, struct strand *strand, uint32_t flight, uint16_t fate) {
  struct visit *visit = strand->visit;
  strand->awaited = fate;
  struct holding holding = {.instance = visit->instance, .kind = HOLDING_FLIGHT, .subject = flight};
  return flow_hold(sim, visit, holding) ? VERDICT_NEXT : VERDICT_WAIT; // no memory: the run ends
}

enum verdict keyed_store_join(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  struct instance *instance = strand->visit->instance;
  struct flights *flights = &kept_of(instance)->flights;
  uint32_t flight = flights_find(flights, mixed(dataset, key));
  if (flight == FLIGHT_NONE) {
    flight = flights_open(flights, mixed(dataset, key));
    return flight == FLIGHT_NONE ? VERDICT_WAIT : fetch(sim, strand, flight, FETCHES);
  }
  account_of(instance)->coalesced++;
  strand->awaited = WAITS;
  flights_join(flights, flight, frame_refer(&strand->job.frame));
  return VERDICT_WAIT;
}

enum verdict keyed_store_landed(struct sim *sim, struct strand *strand) {
  uint16_t fate = strand->awaited;
  strand->awaited = 0;
  if (fate == ANSWERED) return VERDICT_BRANCH;
  if (fate == FETCHES || fate == INHERITS) {
    struct keyed_account *account = account_of(strand->visit->instance);
    account->fetches++;
    account->inherited += fate == INHERITS;
    return VERDICT_NEXT;
  }
  ASSERT(fate >= LOST, "who waits is told what became of it");
  flow_fail(sim, (enum outcome)(fate - LOST));
  return VERDICT_FAIL;
}

// The next who waits and is still there; NULL: nobody.
static struct strand *next_waiter(struct sim *sim, struct flights *flights, uint32_t flight) {
  struct frame_reference who;
  while (flights_take(flights, flight, &who)) {
    struct frame *frame = slab_find(&sim->engine.frames, who);
    if (frame != NULL && (frame->flags & FLAG_CANCELLED) == 0) return (struct strand *)(void *)frame;
  }
  return NULL;
}

static void wake(struct sim *sim, struct strand *strand, uint16_t fate) {
  strand->awaited = fate;
  flow_wake_strand(sim, frame_refer(&strand->job.frame));
}

static void share(struct sim *sim, struct strand *waiter, uint64_t told, uint16_t dataset, uint64_t key) {
  struct visit *visit = waiter->visit;
  judge_age(sim, visit->instance, told, dataset, key, visit->entered);
  item_tell(sim, visit, told);
  wake(sim, waiter, ANSWERED);
}

// The fetch has ended: those who wait are answered, with the item as of `position`, or fail with `outcome`.
static void land(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key, enum outcome outcome,
                 uint64_t position) {
  struct visit *visit = strand->visit;
  struct flights *flights = &kept_of(visit->instance)->flights;
  struct holding held;
  uint32_t flight = flights_find(flights, mixed(dataset, key));
  if (flight == FLIGHT_NONE || !flow_keep(sim, visit, HOLDING_FLIGHT, flight, &held)) return;
  for (struct strand *waiter; (waiter = next_waiter(sim, flights, flight)) != NULL;) {
    if (outcome == OUTCOME_DONE) {
      share(sim, waiter, position, dataset, key);
    } else {
      wake(sim, waiter, (uint16_t)(LOST + outcome));
    }
  }
  flights_close(flights, flight);
}

enum verdict keyed_store_fetched(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  const bool *tells = plan_of(strand->visit->instance)->tells;
  bool told = tells != NULL && tells[dataset];
  uint64_t position = told ? item_told(sim, strand) : item_position(sim, dataset);
  item_tell(sim, strand->visit, position);
  keyed_store_put(sim, strand, dataset, key, position);
  land(sim, strand, dataset, key, OUTCOME_DONE, position);
  return VERDICT_NEXT;
}

// It was no degraded answer, but none.
enum verdict keyed_store_lost(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  enum outcome outcome = sim->failure;
  visit_frame(strand->visit)->flags &= (uint16_t)~FLAG_DEGRADED;
  land(sim, strand, dataset, key, outcome, 0);
  flow_fail(sim, outcome);
  return VERDICT_FAIL;
}

void keyed_store_release(struct sim *sim, struct instance *instance, const struct holding *holding) {
  if (holding->lives < instance->lives) return; // a crash has taken the flights as well
  struct flights *flights = &kept_of(instance)->flights;
  struct strand *waiter = next_waiter(sim, flights, holding->subject);
  if (waiter == NULL) {
    flights_close(flights, holding->subject);
  } else if (fetch(sim, waiter, holding->subject, INHERITS) == VERDICT_NEXT) {
    flow_wake_strand(sim, frame_refer(&waiter->job.frame));
  }
}

// ---- Identities -------------------------------------------------------------------------------------------

void keyed_store_ledger(const struct instance *instance, uint64_t held, model_ledger_check *check,
                        void *context) {
  const struct keyed_store *kept = instance->volatile_state;
  const struct keyed_account *account = instance->durable_state;
  (void)held;
  check(context, "reads = hits + misses", account->asked, account->hits + account->misses);
  if (plan_of(instance)->settings->coalesce)
    check(context, "misses + inherited = fetches + coalesced", account->misses + account->inherited,
          account->fetches + account->coalesced);
  check(context, "hits = items found", account->hits,
        account->found + kept->store.counters.hits - kept->booked.hits);
  check(context, "items = those in the store", (uint64_t)account->items.inside, (uint64_t)kept->store.items);
  check(context, "bytes = those in the store", (uint64_t)account->bytes.inside, (uint64_t)kept->store.bytes);
}
