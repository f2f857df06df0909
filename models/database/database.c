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
#include "program_build.h"
#include "program_keyed.h"
#include "storage.h"

#include <string.h>

static const struct field cost_fields[] = {
    FIELD_DISTRIBUTION(struct database_cost, cpu, DURATION,
                       .doc = "on a core; the engine's unless given, none under \"network\": \"none\""),
    FIELD_NUMBER(struct database_cost, disk, .minimum = 0, .maximum = 1e6,
                 .doc = "disk operations, the fraction is the chance of one more; the engine's unless given. "
                        "Of a read with a `buffer`: where its item is not in it"),
};
static const struct field_table cost_table =
    FIELD_TABLE("database cost", struct database_cost, cost_fields, .doc = "What a read or a write takes.");

static const struct field apply_fields[] = {
    FIELD_DISTRIBUTION(struct database_apply, cpu, DURATION,
                       .doc = "on a core of the replica, for each write; half the mean of `write.cpu` unless "
                              "given (assumed)"),
    FIELD_COUNT(struct database_apply, threads, .standard = "1", .minimum = 1, .maximum = 4096,
                .doc = "writes that a replica applies at a time (PostgreSQL: 1)"),
};
static const struct field_table apply_table =
    FIELD_TABLE("database apply", struct database_apply, apply_fields, .doc = "How replicas apply writes.");

static const struct field_alternative *const modes[] = {
    ALTERNATIVE("async", .user = &replication_async, .doc = "the primary waits for no replica"),
    ALTERNATIVE("semi-sync", .doc = "not yet"),
    ALTERNATIVE("sync", .doc = "not yet"),
    ALTERNATIVE("quorum", .row = ITEM_RAW(), .doc = "not yet"),
    ALTERNATIVE("raft", .doc = "not yet"),
    ALTERNATIVE("multi-primary", .doc = "not yet"),
    NULL};
static const char *const sources[] = {"primary", "replica", "nearest", "own-writes", NULL};

static const struct field replication_fields[] = {
    FIELD_NAME(struct database_replication, primary, .to = "data center",
               .doc = "where the primaries stand; where the component does unless given"),
    FIELD_MAP(struct database_replication, replicas, ITEM_COUNT(.minimum = 0, .maximum = 1000),
              .to = "data center", .required = true, .doc = "{place: replicas of each shard there}"),
    FIELD_VARIANT(struct database_replication, mode, .alternatives = modes, .standard = "\"async\"",
                  .doc = "how writes come to the replicas"),
    FIELD_RECORD(struct database_replication, apply, struct database_apply, &apply_table,
                 .doc = "how a replica applies them"),
    FIELD_WORD(struct database_replication, reads_from, sources, .standard = "\"primary\"",
               .doc = "which nodes are read from: the primary; the nearest replicas; the nearest nodes; the "
                      "nearest replicas that have the last write of the user who reads, else the primary"),
    FIELD_RAW(struct database_replication, failover, .doc = "not yet: leave it out, or set it to null"),
    FIELD_RAW(struct database_replication, conflicts, .doc = "not yet: of several primaries"),
};
static const struct field_table replication_table =
    FIELD_TABLE("database replication", struct database_replication, replication_fields,
                .doc = "Copies of every shard that follow its primary.");

enum { BY_HASH };
static const char *const divisions[] = {"hash", "range", "directory", NULL};
static const struct field shard_fields[] = {
    FIELD_COUNT(struct database_shards, count, .standard = "1", .minimum = 1, .maximum = 10000,
                .doc = "how many"),
    FIELD_WORD(struct database_shards, by, divisions, .standard = "\"hash\"",
               .doc = "which items are in which; not yet: range, directory"),
    FIELD_RAW(struct database_shards, rebalance, .doc = "not yet"),
};
static const struct field_table shards_table =
    FIELD_TABLE("database shards", struct database_shards, shard_fields, .doc = "The items are divided.");

static const struct field_alternative *const buffer_forms[] = {
    ALTERNATIVE("size", .row = ITEM_SIZE(.minimum = 1, .maximum = 1e15), .doc = "in bytes"),
    ALTERNATIVE("share", .row = ITEM_FRACTION(.above = true), .doc = "of the memory of its machine"), NULL};

static const struct field database_fields[] = {
    FIELD_SPREAD(struct database, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    FIELD_WORD(struct database, engine, database_engine_words, .standard = "\"relational\"",
               .doc = "what it costs where nothing else is said; not yet: all but relational and key-value"),
    FIELD_LIST(struct database, holds, ITEM_REFERENCE("dataset"), .required = true, .minimum = 1,
               .doc = "datasets"),
    FIELD_COUNT(struct database, connections, .unlimited = true, .minimum = 1, .maximum = 1e9, .live = true,
                .doc = "reads and writes inside at once, of each node; 100 for relational, 10000 for "
                       "key-value, unlimited under \"network\": \"none\", unless given"),
    FIELD_DISTRIBUTION(struct database, wait, DURATION,
                       .doc = "how long one waits for a connection before it gives up; without end unless "
                              "given"),
    FIELD_RECORD(struct database, read, struct database_cost, &cost_table, .doc = "what a read takes"),
    FIELD_RECORD(struct database, write, struct database_cost, &cost_table, .doc = "what a write takes"),
    FIELD_EITHER(struct database, buffer, .alternatives = buffer_forms,
                 .doc = "the buffer cache of each node; without one every read takes its disk operations"),
    FIELD_WORD(struct database, start, keyed_starts, .standard = "\"warm\"",
               .doc = "warm: at the start the buffer holds the most popular items; after a crash it is cold "
                      "all the same"),
    FIELD_RECORD(struct database, replication, struct database_replication, &replication_table,
                 .doc = "copies that follow"),
    FIELD_RECORD(struct database, shards, struct database_shards, &shards_table,
                 .doc = "how the items are divided; each shard has nodes of its own"),
};
static const struct field_table database_table = FIELD_TABLE(
    "database", struct database, database_fields, .doc = "Holds items for good, and answers for them.");

// ---- Compiling: what is not there yet ----

static bool refuse(const struct component *component, const char *path, const char *text,
                   struct field_context *context) {
  const struct node *node = component->node;
  char *key = arena_text(context->arena, path, strlen(path));
  for (char *rest = key; rest != NULL && node != NULL;) {
    char *dot = strchr(rest, '.');
    if (dot != NULL) *dot = '\0';
    node = node_find(node, rest);
    rest = dot == NULL ? NULL : dot + 1;
  }
  diagnostic_error(context->diagnostics, node, "%s", text);
  return false;
}

static bool check_replication(const struct component *component, struct field_context *context) {
  const struct database *database = component->parameters;
  const struct database_replication *replication = database->replication;
  bool right = true;
  if (replication == NULL) return true;
  if (replication->failover != NULL)
    right = refuse(component, "replication.failover",
                   "failover is not there yet: leave it out, or set it to null", context);
  if (replication->conflicts != NULL)
    right =
        refuse(component, "replication.conflicts",
               "several primaries are not there yet, and one alone has no conflicts: leave it out", context);
  const struct field_alternative *mode = replication->mode.alternative;
  if (mode == NULL || mode->user != NULL) return right;
  return refuse(component, "replication.mode",
                arena_format(context->arena, "`%s` is not there yet: `async` is", mode->name), context);
}

// What nodes of one place must have in common with the others; of `replication`, all but `apply`.
static bool check_override(const struct node *patch, struct field_context *context) {
  static const char *const common[] = {"engine", "holds", "shards"};
  const struct node *replication = node_find(patch, "replication");
  const struct node *wrong = NULL;
  for (size_t i = 0; i < sizeof common / sizeof *common && wrong == NULL; i++)
    wrong = node_find(patch, common[i]);
  const struct node *row = replication == NULL ? NULL : replication->first;
  for (; row != NULL && wrong == NULL; row = row->next) wrong = strcmp(row->key, "apply") == 0 ? NULL : row;
  if (wrong == NULL) return true;
  diagnostic_error(context->diagnostics, wrong, "`%s` is the same in all places", wrong->key);
  return false;
}

static bool check_overrides(const struct component *component, struct field_context *context) {
  const struct node *overrides = node_find(component->node, "overrides");
  bool right = true;
  if (overrides == NULL || overrides->kind != NODE_OBJECT) return true;
  for (const struct node *patch = overrides->first; patch != NULL; patch = patch->next) {
    if (patch->kind == NODE_OBJECT) right &= check_override(patch, context);
  }
  return right;
}

static bool check(const struct component *component, struct field_context *context) {
  const struct database *database = component->parameters;
  const struct database_engine *engine = &database_engines[database->engine];
  bool right = check_replication(component, context) && check_overrides(component, context);
  if (!engine->there)
    right = refuse(
        component, "engine",
        arena_format(context->arena, "`%s` is not there yet: `relational` and `key-value` are", engine->word),
        context);
  if (database->shards.by != BY_HASH)
    right = refuse(
        component, "shards.by",
        arena_format(context->arena, "`%s` is not there yet: `hash` is", divisions[database->shards.by]),
        context);
  if (database->shards.rebalance != NULL)
    right = refuse(component, "shards.rebalance", "rebalancing is not there yet: leave it out", context);
  return right;
}

// ---- Compiling: costs ----

// NULL: no memory, or no time at all.
static const struct distribution *constant(const struct plan *plan, double ns) {
  struct distribution *time = arena_take(plan->arena, sizeof *time);
  const char *why;
  return ns > 0 && time != NULL && distribution_constant(time, ns, &why) ? time : NULL;
}

static struct database_work work_of(const struct plan *plan, const struct database_cost *cost, double cpu,
                                    double disk) {
  bool free = plan->network.none;
  return (struct database_work){
      .cpu = cost->cpu != NULL ? cost->cpu : constant(plan, free ? 0 : cpu),
      .disk = cost->disk != NULL ? *cost->disk
              : free             ? 0
                                 : disk,
  };
}

static void compile_costs(const struct component *component, const struct plan *plan,
                          struct database_plan *compiled) {
  const struct database *database = component->parameters;
  const struct database_engine *engine = compiled->engine;
  bool buffered = database->buffer.alternative != NULL;
  compiled->read = work_of(plan, &database->read, engine->read_cpu, buffered ? engine->read_disk : 0);
  compiled->write = work_of(plan, &database->write, engine->write_cpu, engine->write_disk);
  compiled->connections = database->connections != NULL ? *database->connections
                          : plan->network.none          ? POOL_UNLIMITED
                                                        : engine->connections;
  if (compiled->connections != POOL_UNLIMITED && !plan->network.none)
    compiled->memory += compiled->connections * engine->connection_bytes;
}

// ---- Compiling: programs ----

static void emit_cpu(struct program_builder *builder, const struct distribution *cpu) {
  if (cpu != NULL) program_emit(builder, STEP_CPU)->time = cpu;
}

// READ → other; operations; JUMP → other; other: cpu; the item. Without a buffer the operations are always
// done.
static void emit_read(struct program_builder *builder, const struct database_plan *plan, uint16_t dataset) {
  uint32_t head = program_emit_model(builder, DATABASE_READ, plan->buffered ? plan->misses : 0);
  if (plan->buffered) {
    program_emit_operations(builder, plan->read.disk);
    program_join(builder, program_turn(builder, head));
  } else {
    program_emit_operations(builder, plan->misses * plan->read.disk); // all are in a buffer, or none
  }
  emit_cpu(builder, plan->read.cpu);
  program_emit_item(builder, dataset);
}

static void emit_write(struct program_builder *builder, const struct database_plan *plan) {
  emit_cpu(builder, plan->write.cpu);
  program_emit_operations(builder, plan->write.disk);
  program_emit_model(builder, DATABASE_COMMIT, 0);
}

static bool compile_programs(struct component *component, const struct plan *plan,
                             struct database_plan *compiled) {
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  bool *is_write = arena_array(plan->arena, plan->request_count, sizeof *is_write);
  double *hottest = arena_array(plan->arena, plan->request_count, sizeof *hottest);
  if (programs == NULL || is_write == NULL || hottest == NULL) return false;
  component->programs = programs;
  compiled->is_write = is_write;
  compiled->hottest_of = hottest;
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct request_type *request = &plan->requests[r];
    bool reads = request->operation == OPERATION_READ, writes = request->operation == OPERATION_WRITE;
    is_write[r] = writes;
    if (request->operation != OPERATION_PLAIN) hottest[r] = compiled->hottest[request->dataset];
    if ((!reads && !writes) || !compiled->holds[request->dataset]) continue;
    struct program_builder builder = {.arena = plan->arena};
    if (reads) emit_read(&builder, compiled, request->dataset);
    if (writes) emit_write(&builder, compiled);
    programs[r] = program_finish_new(&builder);
    if (programs[r] == NULL) return false;
  }
  return true;
}

static bool find_writers(const struct plan *plan, struct database_plan *compiled) {
  uint16_t *requests = arena_array(plan->arena, plan->dataset_count + 1U, sizeof *requests);
  if (requests == NULL) return false;
  for (uint16_t d = 0; d < plan->dataset_count; d++)
    requests[d] = program_operation(plan, OPERATION_WRITE, d);
  compiled->write_requests = requests;
  compiled->dataset_count = plan->dataset_count;
  return true;
}

static bool compile_replication(const struct component *component, const struct plan *plan,
                                struct database_plan *compiled) {
  const struct database_replication *replication =
      ((const struct database *)component->parameters)->replication;
  struct program_builder builder = {.arena = plan->arena};
  if (compiled->nodes == 1) return true;
  compiled->mode = replication->mode.alternative->user;
  compiled->source = (enum database_source)replication->reads_from;
  compiled->threads = replication->apply.threads;
  const struct distribution *cpu = replication->apply.cpu;
  if (cpu == NULL && compiled->write.cpu != NULL)
    cpu = constant(plan, distribution_mean(compiled->write.cpu) / 2);
  if (cpu != NULL) compiled->apply_work = distribution_mean(cpu);
  emit_cpu(&builder, cpu);
  program_emit_model(&builder, DATABASE_APPLIED, 0);
  return program_finish(&builder, &compiled->apply);
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct database *database = component->parameters;
  struct database_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  if (compiled == NULL || component->wrong) return false;
  *compiled = (struct database_plan){.engine = &database_engines[database->engine],
                                     .holds = plan->storages[component->number].holds};
  if (!check(component, context) || !database_lay_out(component, plan, compiled, context)) return false;
  component->compiled = compiled;
  compile_costs(component, plan, compiled);
  return database_buffer_compile(component, plan, compiled, context) && find_writers(plan, compiled) &&
         database_expect_shards(plan, compiled) && compile_replication(component, plan, compiled) &&
         compile_programs(component, plan, compiled);
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

// ---- Figures ----

static const char *no_connections(const struct component *component) {
  const struct database_plan *plan = component->compiled;
  return plan->connections == POOL_UNLIMITED ? "its connections are unlimited" : NULL;
}

static const char *no_replicas(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->mode == NULL ? "it has no replicas" : NULL;
}

static const char *no_buffer(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->buffered
             ? NULL
             : "it has no buffer that is smaller than its data";
}

static const char *no_shards(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->shards == 1 ? "it is one shard" : NULL;
}

static double served_by(const struct instance *instance) {
  const struct database_account *account = database_account_of(instance);
  return (double)(account->reads + account->writes - account->served_before);
}

// In the window, of the shard that gets most.
static double hottest_shard(const struct sim *sim, const struct component *component,
                            const struct fleet *fleet) {
  const struct database_plan *plan = component->compiled;
  const struct service *service = &sim->services[component->number];
  double all = 0, most = 0;
  (void)fleet;
  for (uint32_t shard = 0; shard < plan->shards; shard++) {
    double served = 0;
    for (uint16_t f = 0; f < service->fleet_count; f++) {
      for (uint32_t i = 0; i < plan->nodes_at[f]; i++)
        served += served_by(service->fleets[f].listed[shard * plan->nodes_at[f] + i]);
    }
    all += served;
    if (served > most) most = served;
  }
  return all > 0 ? most / all : 0;
}

// What there is to divide by, so that figures of what a database does not have are left out.
static double divided(const struct sim *sim, const struct component *component, const struct fleet *fleet) {
  (void)sim;
  return fleet == NULL && no_shards(component) == NULL;
}

static double replicated_time(const struct sim *sim, const struct component *component,
                              const struct fleet *fleet) {
  (void)fleet;
  return no_replicas(component) == NULL ? (double)sim->engine.now : 0;
}

static const struct metric database_metrics[] = {
    WORKER_POOL_METRIC("utilization.workers", "connections", struct database_account, connections,
                       no_connections,
                       "taken connections, of those of nodes that live; left out where they are unlimited"),
    {.key = "reads_per_s",
     .slo = "reads",
     .head = "reads",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct database_account, reads),
     .doc = "reads"},
    {.key = "writes_per_s",
     .slo = "writes",
     .head = "writes",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct database_account, writes),
     .doc = "writes that were committed"},
    {.key = "buffer_hit_ratio",
     .slo = "buffer_hit_ratio",
     .head = "in buffer",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct database_account, found),
     .bottom = METRIC_COUNTER(struct database_account, looked),
     .optional = true,
     .missing = no_buffer,
     .doc = "reads that found their item in the buffer of the node"},
    {.key = "stale_reads",
     .slo = "stale_reads",
     .head = "stale",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct database_account, stale),
     .bottom = METRIC_COUNTER(struct database_account, judged),
     .optional = true,
     .missing = no_replicas,
     .doc = "reads answered with an item older than its newest write that was acknowledged before"},
    {.key = "stale_age_s",
     .slo = "stale_age",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct database_account, stale_ages),
     .bottom = METRIC_HISTOGRAM_OF(struct database_account, stale_age_histogram),
     .optional = true,
     .missing = no_replicas,
     .doc = "of these, how long ago the write that they lack was acknowledged"},
    {.key = "lag_s",
     .slo = "lag",
     .head = "lag",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct database_account, lags),
     .bottom = METRIC_HISTOGRAM_OF(struct database_account, lag_histogram),
     .optional = true,
     .missing = no_replicas,
     .doc = "from the commit of a write until a replica shows it; of each write at each replica"},
    {.key = "log_length",
     .slo = "log_length",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct database_account, unapplied),
     .bottom = METRIC_READ_COMPONENT(replicated_time),
     .optional = true,
     .missing = no_replicas,
     .doc = "writes in the logs of all shards that some replica has not applied"},
    {.key = "hottest_shard",
     .slo = "hottest_shard",
     .head = "hot shard",
     .kind = METRIC_WHOLE,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_COMPONENT(hottest_shard),
     .bottom = METRIC_READ_COMPONENT(divided),
     .optional = true,
     .missing = no_shards,
     .doc = "of all reads and writes, those that went to the shard that got most"},
};

const struct model database_model = {
    .form = {.name = "database",
             .doc = "holds items for good",
             .table = &database_table,
             .user = &database_model},
    .volatile_size = sizeof(struct database_node),
    .durable_size = sizeof(struct database_account),
    .metrics = database_metrics,
    .metric_count = sizeof database_metrics / sizeof *database_metrics,
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
