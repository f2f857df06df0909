// A database as it is written: its tables, and what is not there yet.
#include "database.h"

#include "keyed_store.h"

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
const struct field_table database_table = FIELD_TABLE("database", struct database, database_fields,
                                                      .doc = "Holds items for good, and answers for them.");

// ---- What rows cannot say ----

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

bool database_check(const struct component *component, struct field_context *context) {
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
