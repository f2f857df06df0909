// A database: holds items for good, and answers reads and writes of them by key.
//
// Models: connections, of which a query holds one from entry to answer, and the queue for them; the cores and
// the disk of each node; a buffer cache by keys, so that reads go to the disk as often as they miss it;
// shards by a hash of the key; a primary with asynchronous replicas (replication_async.c), whose lag follows
// from what they have to apply and with what; reads from them, the stale ones by the positions of the log
// (item.h). A write has taken effect when it is in the log of its primary; the disk operations of that come
// before. What is committed survives a crash; the buffer does not.
//
// Leaves out: transactions and locks, queries over many items, indexes, checkpoints and vacuum (their disk
// operations), commits that share a flush, failover and modes of replication that wait for replicas (both
// refused: not yet), resharding, the bytes of the log on the network, connections as such (TCP, handshakes).
#include "database.h"

#include "keyed_store.h"
#include "machine.h"
#include "storage.h"

#include <string.h>

// ---- Compiling ----

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct database *database = component->parameters;
  struct database_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  if (compiled == NULL || component->wrong) return false;
  *compiled = (struct database_plan){.engine = &database_engines[database->engine],
                                     .holds = plan->storages[component->number].holds};
  if (!database_check(component, context) || !database_lay_out(component, plan, compiled, context))
    return false;
  component->compiled = compiled;
  database_compile_costs(component, plan, compiled);
  return database_buffer_compile(component, plan, compiled, context) &&
         database_expect_shards(plan, compiled) && database_compile_programs(component, plan, compiled);
}

static void storage(const void *parameters, struct storage_form *form) {
  *form = (struct storage_form){.holds = &((const struct database *)parameters)->holds};
}

// ---- Life ----

// `connections` may have been set since.
static struct worker_settings settings_of(const struct instance *instance) {
  const struct database *database = instance->parameters;
  return (struct worker_settings){.places = database->connections != NULL
                                                ? *database->connections
                                                : database_plan_of(instance)->connections,
                                  .backlog = POOL_UNLIMITED,
                                  .order = POOL_FIFO,
                                  .patience = database->wait};
}

// What a node knows of its own whatever becomes of it.
static bool prepare(struct sim *sim, struct instance *instance) {
  const struct database_plan *plan = database_plan_of(instance);
  struct database_account *account = database_account_of(instance);
  if (plan->mode == NULL || database_is_primary(instance) || account->positions != NULL) return true;
  account->positions = arena_array(&sim->arena, plan->dataset_count + 1U, sizeof *account->positions);
  account->applying = arena_array(&sim->arena, (size_t)plan->threads, sizeof *account->applying);
  return account->positions != NULL && account->applying != NULL;
}

static bool start(struct sim *sim, struct instance *instance) {
  const struct database_plan *plan = database_plan_of(instance);
  struct worker_settings settings = settings_of(instance);
  worker_pool_start(sim, instance, &settings);
  if (!prepare(sim, instance) || !database_buffer_start(sim, instance)) return false;
  if (plan->mode != NULL) plan->mode->started(sim, instance);
  if (plan->memory > 0) machine_hold_memory(sim, instance, plan->memory);
  return true;
}

static void recover(struct sim *sim, struct instance *instance) {
  const struct replication_mode *mode = database_plan_of(instance)->mode;
  if (mode != NULL) mode->recovered(sim, instance);
}

static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  worker_pool_stop(sim, instance, reason);
  database_buffer_drop(instance);
}

static void drop(struct sim *sim, struct instance *instance) {
  database_buffer_drop(instance);
  replication_log_drop(&database_account_of(instance)->log, &sim->budget);
}

static void changed(struct sim *sim, struct instance *instance) {
  struct worker_settings settings = settings_of(instance);
  worker_pool_changed(sim, instance, &settings);
}

static void note(struct sim *sim, struct instance *instance, bool from) {
  struct database_account *account = database_account_of(instance);
  worker_pool_note(sim, instance, from);
  if (from) account->served_before = account->reads + account->writes;
}

static void message(struct sim *sim, struct instance *instance, const void *content) {
  database_plan_of(instance)->mode->message(sim, instance, content);
}

// ---- Serving ----

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const struct database *database = visit->instance->parameters;
  const struct pool *connections = instance_workers(visit->instance);
  if (connections->tokens == POOL_UNLIMITED) return VERDICT_NEXT;
  return worker_pool_enter(sim, visit, database->wait);
}

// The state that a node shows: a primary's is the whole log's.
static uint64_t position_at(const struct sim *sim, const struct instance *instance, uint16_t dataset) {
  const struct database_account *account = database_account_of(instance);
  return account->positions != NULL ? account->positions[dataset] : item_position(sim, dataset);
}

// A read sees the state at its beginning; it began, for whoever asked, when it came in.
static void judge_age(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t position) {
  struct database_account *account = database_account_of(visit->instance);
  uint64_t newest;
  int64_t acknowledged;
  if (account->positions == NULL) return;
  if (!item_newest(sim, dataset, visit->key, visit->entered, &newest, &acknowledged)) return;
  if (position >= newest) return;
  account->stale++;
  tally_add(&account->stale_ages, sim->engine.now - acknowledged);
  histogram_record(&account->stale_age_histogram, sim->engine.now - acknowledged);
}

static enum verdict read_item(struct sim *sim, const struct visit *visit, uint16_t dataset) {
  struct instance *instance = visit->instance;
  uint64_t position = position_at(sim, instance, dataset);
  database_account_of(instance)->reads++;
  database_account_of(instance)->judged += database_plan_of(instance)->mode != NULL;
  judge_age(sim, visit, dataset, position);
  item_tell(sim, visit, position);
  if (!database_plan_of(instance)->buffered) return VERDICT_NEXT;
  return database_buffer_read(sim, instance, dataset, visit->key) ? VERDICT_BRANCH : VERDICT_NEXT;
}

// The entry's number in the log; 0 where nobody follows it, or memory ran out.
static uint64_t log_write(struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t position) {
  if (database_plan_of(visit->instance)->mode == NULL) return 0;
  struct log_entry entry = {
      .key = visit->key, .position = position, .committed = sim->engine.now, .dataset = dataset};
  uint64_t number = replication_log_add(&database_account_of(visit->instance)->log, entry, &sim->budget);
  if (number == 0) engine_stop(&sim->engine);
  return number;
}

static enum verdict commit(struct sim *sim, const struct visit *visit, uint16_t dataset) {
  struct instance *primary = visit->instance;
  uint64_t position = item_write(sim, dataset);
  database_account_of(primary)->writes++;
  item_tell(sim, visit, position);
  item_written(sim, visit, dataset, visit->key, position);
  database_buffer_write(sim, primary, dataset, visit->key);
  uint64_t number = log_write(sim, visit, dataset, position);
  struct database_shard *shards = number == 0 ? NULL : database_shards(sim, primary->component);
  if (shards == NULL) return VERDICT_NEXT;
  database_remember_session(sim, visit, &shards[database_shard_at(primary)], number);
  database_plan_of(primary)->mode->committed(sim, primary, number);
  return VERDICT_NEXT;
}

static enum verdict step(struct sim *sim, struct strand *strand, int32_t number) {
  const struct visit *visit = strand->visit;
  uint16_t dataset = sim->plan->requests[visit->request].dataset;
  switch (number) {
  case DATABASE_READ:
    return read_item(sim, visit, dataset);
  case DATABASE_COMMIT:
    return commit(sim, visit, dataset);
  case DATABASE_APPLIED:
    database_plan_of(visit->instance)->mode->applied(sim, visit->instance, visit->key);
    return VERDICT_NEXT;
  default:
    ASSERT(false, "no such step");
    return VERDICT_NEXT;
  }
}

// ---- Predictions ----

enum { KIND_PRIMARY, KIND_REPLICA };

// Of reads that take turns in the nearest place, as if all were in one.
static void divide(const struct database_plan *plan, uint16_t request, struct model_demand *demand) {
  double work = demand->program.cpu, share = plan->hottest_of[request];
  uint32_t replicas = plan->nodes - 1;
  if (plan->is_write[request]) {
    demand->busiest[KIND_PRIMARY] = share * work;
    demand->busiest[KIND_REPLICA] = replicas > 0 ? share * plan->apply_work : 0;
  } else if (replicas == 0 || plan->source == READS_FROM_PRIMARY) {
    demand->busiest[KIND_PRIMARY] = share * work;
  } else if (plan->source == READS_FROM_NEAREST) {
    demand->busiest[KIND_PRIMARY] = demand->busiest[KIND_REPLICA] = share * work / plan->nodes;
  } else {
    demand->busiest[KIND_REPLICA] = share * work / replicas;
  }
}

// What its replicas have to apply is no part of the write's own program, but of the load that it makes.
static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct database *database = component->parameters;
  const struct database_plan *plan = component->compiled;
  const struct program *program = component->programs[request];
  *demand = (struct model_demand){
      .workers = plan->connections, .backlog = POOL_UNLIMITED, .has_patience = database->wait != NULL};
  if (program == NULL) return;
  demand->program = program_demand(program);
  if (plan->shards * plan->nodes > 1) divide(plan, request, demand);
  if (plan->is_write[request]) demand->background = (plan->nodes - 1) * plan->apply_work;
  if (visitor != NULL) program_calls(program, visitor, context);
}

static bool tokens(const struct instance *instance, struct model_tokens *tokens) {
  return worker_pool_tokens(instance, "connections", tokens);
}

const struct model database_model = {
    .form = {.name = "database",
             .doc = "holds items for good",
             .table = &database_table,
             .user = &database_model},
    .volatile_size = sizeof(struct database_node),
    .durable_size = sizeof(struct database_account),
    .metrics = database_metrics,
    .metric_count = DATABASE_METRICS,
    .compile = compile,
    .enter = enter,
    .resume = worker_pool_resume,
    .step = step,
    .route = database_route,
    .called = database_called,
    .called_as = "a number, shard0, shard0/primary, shard0/replica, shard0/replica0, primary or replica",
    .storage = storage,
    .start = start,
    .stop = stop,
    .recover = recover,
    .drop = drop,
    .message = message,
    .changed = changed,
    .note = note,
    .tokens = tokens,
    .queued = worker_pool_queued,
    .memory = database_buffer_memory,
    .demand = demand,
};
