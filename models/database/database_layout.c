// Which instance is which node. In each place the nodes of shard 0 come first, then those of shard 1, …; in
// the primary's place the primary is the first of its shard. Instances go round the zones of a place, so that
// nodes of one shard stand in different ones as far as there are any.
#include "database.h"

#include <stdlib.h>
#include <string.h>

// ---- Compiling ----

static bool refuse(struct field_context *context, const struct node *node, const char *text,
                   const char *name) {
  diagnostic_error(context->diagnostics, node, text, name);
  return false;
}

static bool check_place(const struct component *component, const struct node *node, uint16_t place,
                        const struct plan *plan, struct field_context *context) {
  if (component->host == NULL || component->host->place == place) return true;
  diagnostic_error(context->diagnostics, node, "its host `%s` stands in `%s` alone", component->host->name,
                   plan->places[component->host->place].name);
  return false;
}

// Where the component stands unless `primary` says.
static bool find_primary(const struct component *component, const struct plan *plan,
                         struct field_context *context, uint16_t *place) {
  const struct database *database = component->parameters;
  const struct node *in = node_find(component->node, "in");
  const struct node *at = node_find(node_find(component->node, "replication"), "primary");
  *place = component->share_count > 0 ? component->shares[0].place : 0;
  if (database->deployment.in.count > 1)
    return refuse(context, in,
                  "the primaries of `%s` stand in one place; say in `replication` where replicas do",
                  component->name);
  if (database->replication == NULL || database->replication->primary == NULL) return true;
  uint16_t primary = plan_place(plan, database->replication->primary);
  if (primary == UINT16_MAX) return false; // was reported
  if (database->deployment.in.count == 1 && primary != *place)
    return refuse(context, at, "`in` says that the primaries of `%s` stand elsewhere", component->name);
  *place = primary;
  return check_place(component, at, primary, plan, context);
}

struct layout {
  struct deployment_share *shares;
  uint32_t *nodes_at;
  uint16_t count;
};

static void add_nodes(struct layout *layout, uint16_t place, int64_t nodes) {
  uint16_t i = 0;
  while (i < layout->count && layout->shares[i].place != place) i++;
  if (i == layout->count) layout->shares[layout->count++] = (struct deployment_share){.place = place};
  layout->nodes_at[i] += (uint32_t)nodes;
}

static bool add_replicas(const struct component *component, const struct plan *plan, struct layout *layout,
                         struct field_context *context) {
  const struct map *replicas = &((const struct database *)component->parameters)->replication->replicas;
  bool right = true;
  for (size_t i = 0; i < replicas->count; i++) {
    uint16_t place = plan_place(plan, replicas->entries[i].name);
    int64_t nodes = *(const int64_t *)replicas->entries[i].value;
    if (place == UINT16_MAX) return false; // was reported
    right &= check_place(component, replicas->entries[i].node, place, plan, context);
    if (nodes > 0) add_nodes(layout, place, nodes);
  }
  return right;
}

bool database_lay_out(struct component *component, const struct plan *plan, struct database_plan *compiled,
                      struct field_context *context) {
  const struct database *database = component->parameters;
  const struct node *instances = node_find(component->node, "instances");
  size_t most = 1 + (database->replication != NULL ? database->replication->replicas.count : 0);
  struct layout layout = {.shares = arena_array(plan->arena, most, sizeof *layout.shares),
                          .nodes_at = arena_array(plan->arena, most, sizeof *layout.nodes_at)};
  uint16_t primary;
  if (layout.shares == NULL || layout.nodes_at == NULL) return false;
  if (instances != NULL)
    return refuse(context, instances,
                  "the instances of `%s` follow from `shards` and `replication`: one for each shard and copy",
                  component->name);
  if (!find_primary(component, plan, context, &primary)) return false;
  add_nodes(&layout, primary, 1);
  if (database->replication != NULL && !add_replicas(component, plan, &layout, context)) return false;
  compiled->shards = (uint32_t)database->shards.count;
  for (uint16_t i = 0; i < layout.count; i++) {
    compiled->nodes += layout.nodes_at[i];
    layout.shares[i].count = database->shards.count * layout.nodes_at[i];
  }
  compiled->nodes_at = layout.nodes_at;
  component->shares = layout.shares;
  component->share_count = layout.count;
  if (component_instances(component) <= DEPLOYMENT_INSTANCES_MOST) return true;
  return refuse(context, component->node, "`%s` has too many nodes", component->name);
}

// ---- Shards ----

uint32_t database_shard_of(const struct database_plan *plan, uint16_t dataset, uint64_t key) {
  if (plan->shards == 1) return 0;
  uint64_t hash = random_mix(key ^ (uint64_t)dataset << DATASET_KEY_BITS) >> 32;
  return (uint32_t)(hash * plan->shards >> 32);
}

// So many ranks of a dataset are looked at one by one.
static const uint64_t ranks_looked_at = 20000;

// Adds each shard's share of a dataset's traffic.
static void add_shares(const struct database_plan *plan, const struct dataset *dataset, double *shares) {
  uint64_t ranks = plan->shards == 1 ? 0 : ranks_looked_at;
  if ((uint64_t)dataset->items < ranks) ranks = (uint64_t)dataset->items;
  for (uint64_t rank = 0; rank < ranks; rank++)
    shares[database_shard_of(plan, dataset->number, dataset_key(dataset, rank))] +=
        dataset_probability(dataset, rank);
  double rest = 1 - dataset_below(dataset, ranks);
  for (uint32_t shard = 0; shard < plan->shards; shard++) shares[shard] += rest / plan->shards;
}

// The busiest is the one that gets most if each dataset has as much traffic as the others.
bool database_expect_shards(const struct plan *plan, struct database_plan *compiled) {
  double *hottest = arena_array(plan->arena, plan->dataset_count + 1U, sizeof *hottest);
  double *sums = arena_array(plan->arena, compiled->shards, sizeof *sums);
  double *shares =
      arena_array(plan->arena, (size_t)compiled->shards * (plan->dataset_count + 1U), sizeof *shares);
  if (hottest == NULL || sums == NULL || shares == NULL) return false;
  for (uint16_t d = 0; d < plan->dataset_count; d++) {
    if (!compiled->holds[d]) continue;
    double *own = shares + (size_t)d * compiled->shards;
    add_shares(compiled, &plan->datasets[d], own);
    for (uint32_t shard = 0; shard < compiled->shards; shard++) sums[shard] += own[shard];
  }
  uint32_t most = 0;
  for (uint32_t shard = 1; shard < compiled->shards; shard++) most = sums[shard] > sums[most] ? shard : most;
  for (uint16_t d = 0; d < plan->dataset_count; d++) hottest[d] = shares[(size_t)d * compiled->shards + most];
  compiled->hottest = hottest;
  return true;
}

// ---- Nodes ----

static uint32_t nodes_at(const struct component *component, uint16_t place) {
  const struct database_plan *plan = component->compiled;
  for (uint16_t i = 0; i < component->share_count; i++) {
    if (component->shares[i].place == place) return plan->nodes_at[i];
  }
  return 0;
}

uint32_t database_shard_at(const struct instance *instance) {
  return instance->number / nodes_at(instance->component, instance->fleet->place);
}

bool database_is_primary(const struct instance *instance) {
  const struct component *component = instance->component;
  const struct database_plan *plan = component->compiled;
  return instance->fleet->place == component->shares[0].place && instance->number % plan->nodes_at[0] == 0;
}

// ---- Names ----

// Takes a word with a number off the front ("shard12"), up to the next slash; false if it is another word.
static bool take_number(const char **text, const char *word, int64_t *number) {
  size_t length = strlen(word);
  const char *digits = *text + length;
  char *end;
  if (strncmp(*text, word, length) != 0 || *digits < '0' || *digits > '9') return false;
  *number = strtoll(digits, &end, 10);
  if (*end != '\0' && *end != '/') return false;
  *text = *end == '/' ? end + 1 : end;
  return true;
}

bool database_called(const struct component *component, uint16_t place, int64_t number, const char *words) {
  int64_t nodes = nodes_at(component, place), shard, replica;
  if (nodes == 0) return false;
  bool primary_here = place == component->shares[0].place;
  int64_t node = number % nodes; // the primary is 0 where it is
  bool primary = primary_here && node == 0;
  if (take_number(&words, "shard", &shard)) {
    if (number / nodes != shard) return false;
    if (*words == '\0') return words[-1] != '/';
  }
  if (strcmp(words, "primary") == 0) return primary;
  if (strcmp(words, "replica") == 0) return !primary;
  if (!take_number(&words, "replica", &replica) || *words != '\0' || words[-1] == '/') return false;
  return !primary && node - primary_here == replica;
}

// ---- In a run ----

enum { SESSION_PLACES = 1 << 14 };

static bool gather_shard(struct sim *sim, const struct component *component, struct database_shard *shard,
                         uint32_t number) {
  const struct database_plan *plan = component->compiled;
  const struct service *service = &sim->services[component->number];
  uint32_t count = 0;
  shard->nodes = arena_array(&sim->arena, plan->nodes, sizeof *shard->nodes);
  shard->turns = arena_array(&sim->arena, plan->nodes, sizeof *shard->turns);
  if (shard->nodes == NULL || shard->turns == NULL) return false;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    for (uint32_t i = 0; i < plan->nodes_at[f]; i++)
      shard->nodes[count++] = service->fleets[f].listed[number * plan->nodes_at[f] + i];
  }
  if (plan->source != READS_OWN_WRITES || plan->nodes == 1) return true;
  shard->sessions = arena_array(&sim->arena, SESSION_PLACES, sizeof *shard->sessions);
  return shard->sessions != NULL;
}

struct database_shard *database_shards(struct sim *sim, const struct component *component) {
  const struct database_plan *plan = component->compiled;
  struct fleet *fleet = &sim->services[component->number].fleets[0];
  if (fleet->routing != NULL) return fleet->routing;
  struct database_shard *shards = arena_array(&sim->arena, plan->shards, sizeof *shards);
  for (uint32_t i = 0; shards != NULL && i < plan->shards; i++) {
    if (!gather_shard(sim, component, &shards[i], i)) shards = NULL;
  }
  if (shards == NULL) engine_stop(&sim->engine);
  fleet->routing = shards;
  return shards;
}
