// A cache: keeps copies of items of an origin, as many as fit, for as long as they live.
//
// Models: keys, sizes and capacities one by one, so that the hit ratio follows from the law of the keys, the
// capacity, the eviction policy and the time to live; three strategies:
//   cache-aside    the caller asks the cache, and where that has missed the origin, and brings what it found
//   read-through   the cache asks the origin itself; writes go past it, to the origin
//   write-through  the same, and writes go through it: it writes to its origin and keeps the item
//   write-around   as read-through: named after where its writes go
// A write that goes past it makes it forget the item (invalidate_on_write), by a call after that to the
// origin, so that a read between the two, or one that fetched before the write and brings its item after the
// call, leaves an old copy: the races of look-aside caches (Nishtala et al., NSDI 2013). Keys are spread over
// the instances of a place by consistent hashing (Karger et al., STOC 1997), 160 points each as in ketama; an
// instance that dies stays on the ring, as it does for clients without ejection: its keys are missed.
// Coalescing: the first who misses fetches, those who miss meanwhile wait and share its answer or its
// failure; where it vanishes without either (cancelled by its caller), the next in line fetches.
//
// Leaves out: replicas, write-back, connections, memory beyond the items themselves, negative entries.
#include "deployment.h"
#include "flow.h"
#include "hash_ring.h"
#include "keyed_store.h"
#include "program_build.h"
#include "program_keyed.h"
#include "route.h"
#include "storage.h"

#include <string.h>

enum strategy { CACHE_ASIDE, READ_THROUGH, WRITE_THROUGH, WRITE_AROUND };
static const char *const strategies[] = {"cache-aside", "read-through", "write-through", "write-around",
                                         NULL};

enum level_of_cache { LEVEL_DISTRIBUTED, LEVEL_LOCAL };
static const char *const levels[] = {"distributed", "local", NULL};

struct cache {
  struct deployment deployment;
  struct list holds;
  struct reference origin;
  struct keyed_settings kept;
  int strategy;
  bool invalidate_on_write;
  int level;
  struct distribution get;
  struct distribution set;
};

static const struct field kept_fields[] = {KEYED_SETTINGS_ROWS("\"none\"")};
static const struct field_table kept_table =
    FIELD_TABLE("cache store", struct keyed_settings, kept_fields, .doc = "What it keeps.");

// 72,000 operations per second without pipelines on the one core that Redis uses (redis-doc, benchmarks):
// 14 us each.
static const struct field cache_fields[] = {
    FIELD_SPREAD(struct cache, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    FIELD_LIST(struct cache, holds, ITEM_REFERENCE("dataset"),
               .doc = "datasets; those that its origin holds unless given"),
    FIELD_REFERENCE(struct cache, origin, "component", .required = true, .doc = "who has what it lacks"),
    FIELD_SPREAD(struct cache, kept, struct keyed_settings, &kept_table,
                 .doc = "what it keeps, and for how long"),
    FIELD_WORD(struct cache, strategy, strategies, .standard = "\"cache-aside\"",
               .doc = "who asks the origin, and which way writes go"),
    FIELD_BOOLEAN(struct cache, invalidate_on_write, .standard = "true",
                  .doc = "a write that goes past it makes it forget the item"),
    FIELD_WORD(struct cache, level, levels, .standard = "\"distributed\"",
               .doc =
                   "the instances of a place share the keys, or each of them is for all keys: the one on the "
                   "caller's machine, else in turn"),
    FIELD_DISTRIBUTION(struct cache, get, DURATION, .standard = "\"14us\"",
                       .doc = "on a core, for a read, found or not; none under \"network\": \"none\""),
    FIELD_DISTRIBUTION(struct cache, set, DURATION, .standard = "\"14us\"",
                       .doc = "on a core, to bring in or forget an item; none under \"network\": \"none\""),
};
static const struct field_table cache_table =
    FIELD_TABLE("cache", struct cache, cache_fields, .doc = "Keeps copies of items of an origin.");

// ---- What it holds ----

// So many instances share the keys, as they are written: of a place, on average.
static double nodes_of(const struct cache *cache) {
  const struct variant *instances = &cache->deployment.instances;
  if (cache->level == LEVEL_LOCAL) return 1;
  if (instances->index == 0) return (double)*(const int64_t *)instances->value;
  const struct map *map = instances->value;
  double sum = 0;
  for (size_t i = 0; i < map->count; i++) sum += (double)*(const int64_t *)map->entries[i].value;
  return map->count > 0 ? sum / (double)map->count : 1;
}

static double expected_hits(const void *parameters, const struct plan *plan, const bool *holds) {
  const struct cache *cache = parameters;
  return keyed_expected_hits(&cache->kept, &cache->deployment, plan, holds, nodes_of(cache));
}

static void storage(const void *parameters, struct storage_form *form) {
  const struct cache *cache = parameters;
  *form = (struct storage_form){.holds = &cache->holds,
                                .origin = &cache->origin,
                                .aside = cache->strategy == CACHE_ASIDE,
                                .through = cache->strategy == WRITE_THROUGH,
                                .invalidates = cache->invalidate_on_write,
                                .hits = expected_hits};
}

static double memory(const struct component *component, const struct plan *plan, double visits) {
  const struct keyed_plan *keyed = component->compiled;
  bool warm = keyed->settings->start == KEYED_WARM;
  return keyed_expected_memory(&keyed->store, warm, plan, keyed->holds,
                               (double)component_instances(component), nodes_of(component->parameters),
                               visits);
}

// ---- Where a key is ----

// The ring of a fleet, as its list of instances was at `version`.
struct cache_ring {
  struct hash_ring ring;
  struct instance **nodes; // by number
  uint32_t version;
};

enum { POINTS = 160 };

static void leave_ring(struct fleet *fleet) {
  struct cache_ring *ring = fleet->routing;
  if (ring != NULL) hash_ring_drop(&ring->ring);
  fleet->routing = NULL;
}

static bool join_ring(struct sim *sim, const struct fleet *fleet, struct cache_ring *ring) {
  hash_ring_init(&ring->ring, random_named(0, 0, fleet->component->name, "ring").state, &sim->budget);
  ring->nodes = arena_array(&sim->arena, fleet->next_number, sizeof *ring->nodes);
  if (ring->nodes == NULL) return false;
  for (uint32_t i = 0; i < fleet->listed_count; i++) {
    struct instance *instance = fleet->listed[i];
    if (instance->life == LIFE_ORDERED) continue;
    ring->nodes[instance->number] = instance;
    if (!hash_ring_add(&ring->ring, instance->number, POINTS)) return false;
  }
  return true;
}

// False: no memory.
static bool renew_ring(struct sim *sim, struct fleet *fleet) {
  struct cache_ring *ring = arena_take(&sim->arena, sizeof *ring);
  leave_ring(fleet);
  if (ring == NULL) return false;
  ring->version = sim->view_version;
  fleet->routing = ring;
  return join_ring(sim, fleet, ring);
}

static struct instance *node_of(struct sim *sim, struct fleet *fleet, uint64_t key) {
  const struct cache_ring *ring = fleet->routing;
  if (ring == NULL || ring->version != sim->view_version) {
    if (!renew_ring(sim, fleet)) {
      engine_stop(&sim->engine);
      return NULL;
    }
    ring = fleet->routing;
  }
  uint32_t node = hash_ring_find(&ring->ring, key);
  return node == HASH_RING_NOBODY ? NULL : ring->nodes[node];
}

static struct instance *on_machine(const struct sim *sim, const struct component *component,
                                   const struct network_end *from) {
  const struct service *service = &sim->services[component->number];
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    const struct fleet *fleet = &service->fleets[f];
    for (uint32_t i = 0; fleet->place == from->place && i < fleet->healthy_count; i++) {
      if (fleet->healthy[i]->machine == from->machine) return fleet->healthy[i];
    }
  }
  return NULL;
}

static struct instance *choose(struct sim *sim, const struct visit *visit, const struct component *component,
                               const struct network_end *from, const struct call *call) {
  const struct cache *cache = component->parameters;
  if (cache->level == LEVEL_DISTRIBUTED) {
    struct instance *sole = route_sole(sim, component);
    if (sole != NULL) return sole;
  } else {
    struct instance *near = from->machine == NULL ? NULL : on_machine(sim, component, from);
    return near != NULL ? near : route_instance(sim, component, from, call);
  }
  struct fleet *fleet = route_fleet(sim, component, from, route_deployed);
  if (fleet == NULL) return NULL;
  return fleet->listed_count == 1 ? fleet->listed[0] : node_of(sim, fleet, visit->key);
}

static struct instance *route(struct sim *sim, struct visit *visit, const struct component *component,
                              const struct network_end *from, const struct call *call) {
  struct instance *instance = choose(sim, visit, component, from, call);
  if (instance != NULL && sim->journeys)
    keyed_store_expect(instance, sim->plan->requests[visit->request].dataset, visit->key);
  return instance;
}

// ---- Programs ----

enum { STEP_LOOK, STEP_LOOK_ASIDE, STEP_JOIN, STEP_LANDED, STEP_FETCHED, STEP_LOST, STEP_SET, STEP_DROP };

struct compiler {
  struct component *component;
  struct plan *plan;
  struct program_builder builder;
  uint16_t dataset;
};

static void emit_cost(struct compiler *compiler, const char *key, const struct distribution *time) {
  bool free = compiler->plan->network.none && node_find(compiler->component->node, key) == NULL;
  if (!free && distribution_mean(time) > 0) program_emit(&compiler->builder, STEP_CPU)->time = time;
}

static struct program_keyed asked_of_origin(struct compiler *compiler) {
  return (struct program_keyed){.plan = compiler->plan,
                                .builder = &compiler->builder,
                                .dataset = compiler->dataset,
                                .self = compiler->component};
}

static void emit_lost(void *builder) {
  program_emit_model(builder, STEP_LOST, 0);
}

// The origin is asked, once for all who wait where they are coalesced.
static void emit_fetch(struct compiler *compiler, const struct cache *cache) {
  bool coalesce = cache->kept.coalesce;
  struct program_keyed keyed = asked_of_origin(compiler);
  struct component *origin = compiler->plan->storages[compiler->component->number].origin;
  struct program_builder *builder = &compiler->builder;
  uint32_t landed = 0;
  if (coalesce) {
    program_emit_model(builder, STEP_JOIN, 0);
    landed = program_emit_model(builder, STEP_LANDED, 1);
    keyed.fallback = emit_lost;
    keyed.context = builder;
  }
  program_read(&keyed, origin, KEY_SAME);
  emit_cost(compiler, "set", &cache->set);
  program_emit_model(builder, STEP_FETCHED, 0);
  if (coalesce) program_join(builder, program_turn(builder, landed));
}

static void emit_read(struct compiler *compiler) {
  const struct cache *cache = compiler->component->parameters;
  emit_cost(compiler, "get", &cache->get);
  if (cache->strategy == CACHE_ASIDE) {
    program_emit_model(&compiler->builder, STEP_LOOK_ASIDE, 0);
    program_emit_item(&compiler->builder, compiler->dataset);
    return;
  }
  double hits = compiler->plan->storages[compiler->component->number].hits;
  uint32_t look = program_emit_model(&compiler->builder, STEP_LOOK, 1 - hits);
  emit_fetch(compiler, cache);
  program_join(&compiler->builder, program_turn(&compiler->builder, look));
  program_emit_item(&compiler->builder, compiler->dataset);
}

static void emit_write(struct compiler *compiler) {
  const struct cache *cache = compiler->component->parameters;
  struct program_keyed keyed = asked_of_origin(compiler);
  program_write(&keyed, compiler->plan->storages[compiler->component->number].origin, KEY_SAME);
  emit_cost(compiler, "set", &cache->set);
  program_emit_model(&compiler->builder, STEP_FETCHED, 0);
}

static void emit_operation(struct compiler *compiler, enum operation operation) {
  const struct cache *cache = compiler->component->parameters;
  switch (operation) {
  case OPERATION_READ:
    emit_read(compiler);
    break;
  case OPERATION_WRITE:
    emit_write(compiler);
    break;
  case OPERATION_SET:
  case OPERATION_DROP:
    emit_cost(compiler, "set", &cache->set);
    program_emit_model(&compiler->builder, operation == OPERATION_SET ? STEP_SET : STEP_DROP, 0);
    break;
  case OPERATION_PLAIN:
    break;
  }
}

static bool check(const struct component *component, const struct keyed_plan *compiled,
                  const struct plan *plan, struct field_context *context) {
  const struct cache *cache = component->parameters;
  bool holds = false;
  for (uint16_t d = 0; d < plan->dataset_count; d++) holds |= compiled->holds[d];
  const struct component *origin = plan_component(plan, cache->origin.name);
  if (origin->model != NULL && origin->model->edges != NULL) {
    diagnostic_error(
        context->diagnostics, cache->origin.node,
        "`%s` answers clients' requests, not reads of items: take its origin, or whatever holds the "
        "items",
        origin->name);
    return false;
  }
  if (!holds) {
    diagnostic_error(context->diagnostics, component->node,
                     "`%s` holds nothing: say in `holds` which datasets, since its origin `%s` does not",
                     component->name, cache->origin.name);
    return false;
  }
  if (!cache->kept.coalesce || cache->strategy != CACHE_ASIDE) return true;
  diagnostic_error(context->diagnostics, node_find(component->node, "coalesce"),
                   "under cache-aside the callers ask the origin, and the cache sees no flight: use "
                   "read-through or write-through");
  return false;
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct cache *cache = component->parameters;
  struct keyed_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  if (compiled == NULL || programs == NULL || component->wrong) return false;
  compiled->holds = plan->storages[component->number].holds;
  const struct component *origin = plan->storages[component->number].origin;
  if (origin != NULL) compiled->tells = plan->storages[origin->number].holds;
  component->programs = programs;
  component->compiled = compiled;
  if (cache->origin.name == NULL || !check(component, compiled, plan, context)) return false;
  if (cache->level == LEVEL_DISTRIBUTED) compiled->owner = node_of;
  keyed_plan_init(compiled, &cache->kept, &cache->deployment, plan);
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct request_type *request = &plan->requests[r];
    if (request->operation == OPERATION_PLAIN || !compiled->holds[request->dataset]) continue;
    struct compiler compiler = {
        .component = component, .plan = plan, .builder = {.arena = plan->arena}, .dataset = request->dataset};
    emit_operation(&compiler, (enum operation)request->operation);
    programs[r] = program_finish_new(&compiler.builder);
    if (programs[r] == NULL) return false;
  }
  return true;
}

// ---- Serving ----

static void drop(struct sim *sim, struct instance *instance) {
  keyed_store_drop(sim, instance);
  leave_ring(instance->fleet);
}

// Nothing comes before the look: no hint could be early enough.
static bool is_asked_at_once(const struct visit *visit) {
  return visit->instance->component->programs[visit->request]->steps->operation == STEP_MODEL;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  enum verdict verdict = keyed_store_enter(sim, visit);
  if (!is_asked_at_once(visit))
    keyed_store_await(visit->instance, sim->plan->requests[visit->request].dataset, visit->key);
  return verdict;
}

static enum verdict look_aside(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  if (keyed_store_read(sim, strand, dataset, key)) return VERDICT_NEXT;
  flow_fail(sim, OUTCOME_MISSED);
  return VERDICT_FAIL;
}

static enum verdict step(struct sim *sim, struct strand *strand, int32_t number) {
  struct visit *visit = strand->visit;
  uint16_t dataset = sim->plan->requests[visit->request].dataset;
  switch (number) {
  case STEP_LOOK:
    return keyed_store_look(sim, strand, dataset, visit->key);
  case STEP_LOOK_ASIDE:
    return look_aside(sim, strand, dataset, visit->key);
  case STEP_JOIN:
    return keyed_store_join(sim, strand, dataset, visit->key);
  case STEP_LANDED:
    return keyed_store_landed(sim, strand);
  case STEP_FETCHED:
    return keyed_store_fetched(sim, strand, dataset, visit->key);
  case STEP_LOST:
    return keyed_store_lost(sim, strand, dataset, visit->key);
  case STEP_SET:
    keyed_store_put(sim, strand, dataset, visit->key, item_told_caller(sim, visit, dataset));
    return VERDICT_NEXT;
  case STEP_DROP:
    keyed_store_remove(sim, visit->instance, dataset, visit->key);
    return VERDICT_NEXT;
  default:
    ASSERT(false, "no such step");
    return VERDICT_NEXT;
  }
}

static const struct metric cache_metrics[] = {KEYED_STORE_METRICS};

// Callers' programs are compiled once, for all places.
static const char *const common[] = {"holds", "origin", "strategy", "invalidate_on_write", "level", NULL};

const struct model cache_model = {
    .form = {.name = "cache",
             .doc = "keeps copies of items of an origin",
             .table = &cache_table,
             .user = &cache_model},
    .common = common,
    .volatile_size = sizeof(struct keyed_store),
    .durable_size = sizeof(struct keyed_account),
    .metrics = cache_metrics,
    .metric_count = sizeof cache_metrics / sizeof *cache_metrics,
    .compile = compile,
    .enter = enter,
    .step = step,
    .route = route,
    .storage = storage,
    .start = keyed_store_start,
    .stop = keyed_store_stop,
    .drop = drop,
    .memory = memory,
    .ledger = keyed_store_ledger,
    .keeps = keyed_store_keeps,
    .flush = keyed_store_flush,
    .release = keyed_store_release,
    .demand = model_demand_of_program,
};
