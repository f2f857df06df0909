// The buffer cache of a node: by items and by LRU, so that its misses come out of keys. Where it is as large
// as the data of a node there is nothing to miss, and there is none.
#include "database.h"
#include "keyed_store.h"

#include <math.h>

enum { BUFFER_SIZE, BUFFER_SHARE };

// ---- Compiling ----

static double data_of_node(const struct plan *plan, const struct database_plan *compiled) {
  double bytes = 0;
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (compiled->holds[d]) bytes += (double)plan->datasets[d].items * dataset_mean_bytes(&plan->datasets[d]);
  }
  return bytes / compiled->shards;
}

static bool size_of(const struct component *component, struct field_context *context, int64_t *bytes) {
  const struct database *database = component->parameters;
  const struct machine_type *machine = component->host != NULL ? component->host->type : component->machine;
  if (database->buffer.index == BUFFER_SIZE) {
    *bytes = *(const int64_t *)database->buffer.value;
    return true;
  }
  if (machine == NULL || machine->memory == INT64_MAX) {
    diagnostic_error(context->diagnostics, node_find(component->node, "buffer"),
                     "the memory of its machine has no limit that this could be a share of; give a size");
    return false;
  }
  *bytes = (int64_t)(*(const double *)database->buffer.value * (double)machine->memory);
  return true;
}

static double expected_misses(const struct plan *plan, const struct database_plan *compiled, int64_t bytes) {
  struct keyed_settings settings = {
      .capacity = {.alternative = keyed_capacity_forms[0], .index = 0, .value = &bytes},
      .eviction = {.alternative = &eviction_lru}};
  return 1 - keyed_expected_hits(&settings, NULL, plan, compiled->holds, compiled->shards);
}

bool database_buffer_compile(const struct component *component, const struct plan *plan,
                             struct database_plan *compiled, struct field_context *context) {
  const struct database *database = component->parameters;
  int64_t bytes;
  compiled->misses = 1;
  if (database->buffer.alternative == NULL) return true;
  if (!size_of(component, context, &bytes)) return false;
  double data = data_of_node(plan, compiled);
  compiled->memory += (double)bytes < data ? bytes : (int64_t)data;
  compiled->buffered = (double)bytes < data;
  compiled->misses = compiled->buffered ? expected_misses(plan, compiled, bytes) : 0;
  compiled->warm = database->start == KEYED_WARM;
  compiled->buffer =
      (struct store_settings){.eviction = eviction_lru.user, .items = STORE_UNLIMITED, .bytes = bytes};
  return true;
}

double database_buffer_memory(const struct component *component, const struct plan *plan, double visits) {
  const struct database_plan *compiled = component->compiled;
  if (!compiled->buffered) return 0;
  return keyed_expected_memory(&compiled->buffer, compiled->warm, plan, compiled->holds,
                               (double)component_instances(component), compiled->shards, visits);
}

// ---- In a run ----

static uint64_t mixed(uint16_t dataset, uint64_t key) {
  return key ^ (uint64_t)dataset << DATASET_KEY_BITS;
}

static void put(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key) {
  int64_t bytes = dataset_item_bytes(&sim->plan->datasets[dataset], key);
  store_put(&database_node_of(instance)->buffer, mixed(dataset, key), bytes, sim->engine.now, STORE_FOREVER,
            0);
  if (sim->budget.exhausted) engine_stop(&sim->engine);
}

bool database_buffer_read(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key) {
  struct database_account *account = database_account_of(instance);
  struct store *buffer = &database_node_of(instance)->buffer;
  account->looked++;
  if (store_get(buffer, mixed(dataset, key), sim->engine.now) != STORE_NOTHING) {
    account->found++;
    return true;
  }
  put(sim, instance, dataset, key);
  return false;
}

void database_buffer_write(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key) {
  if (database_plan_of(instance)->buffered) put(sim, instance, dataset, key);
}

// ---- Warm at the start ----

struct warmth {
  struct sim *sim;
  struct instance *instance;
  uint32_t shard;
  int64_t items, bytes;
};

// Whether an item of that rank is one of this node's; its key.
static bool is_own(const struct warmth *warmth, uint16_t number, uint64_t rank, uint64_t *key) {
  const struct database_plan *plan = database_plan_of(warmth->instance);
  const struct dataset *dataset = &warmth->sim->plan->datasets[number];
  if (!plan->holds[number] || rank >= (uint64_t)dataset->items) return false;
  *key = dataset_key(dataset, rank);
  return database_shard_of(plan, number, *key) == warmth->shard;
}

// How many ranks fit, over all datasets alike.
static uint64_t ranks_that_fit(struct warmth *warmth) {
  const struct plan *plan = warmth->sim->plan;
  int64_t room = database_plan_of(warmth->instance)->buffer.bytes;
  uint64_t longest = 0, rank = 0, key;
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (database_plan_of(warmth->instance)->holds[d] && (uint64_t)plan->datasets[d].items > longest)
      longest = (uint64_t)plan->datasets[d].items;
  }
  for (; rank < longest && warmth->bytes <= room && warmth->items <= KEYED_WARM_MOST; rank++) {
    for (uint16_t d = 0; d < plan->dataset_count; d++) {
      if (!is_own(warmth, d, rank, &key)) continue;
      warmth->items++;
      warmth->bytes += dataset_item_bytes(&plan->datasets[d], key);
    }
  }
  return rank;
}

// The most popular come last, so that they are the last to go.
static void warm(struct sim *sim, struct instance *instance) {
  struct warmth warmth = {.sim = sim, .instance = instance, .shard = database_shard_at(instance)};
  uint64_t key;
  for (uint64_t rank = ranks_that_fit(&warmth); rank-- > 0;) {
    for (uint16_t d = 0; d < sim->plan->dataset_count; d++) {
      if (is_own(&warmth, d, rank, &key)) put(sim, instance, d, key);
    }
  }
}

bool database_buffer_start(struct sim *sim, struct instance *instance) {
  const struct database_plan *plan = database_plan_of(instance);
  if (!plan->buffered) return true;
  if (!store_init(&database_node_of(instance)->buffer, &plan->buffer, &sim->budget)) return false;
  if (plan->warm && sim->engine.now == 0) warm(sim, instance);
  return true;
}

void database_buffer_drop(struct instance *instance) {
  struct store *buffer = &database_node_of(instance)->buffer;
  if (buffer->budget != NULL) store_drop(buffer);
}
