// A content delivery network: edges in regions that answer clients' requests with copies of what an origin
// has.
//
// Models: an edge in each region, apart from the data centers, with a store of its own (keyed_store.h) and
// all the hardware that it needs; clients reach the nearest edge that works. The item of a request is the one
// that it is about (item_of_request()), of the dataset that `requests.….reads` names, else of the only one
// that the origin holds; a request about none is passed on to the origin. With a shield, the other edges ask
// that one instead of the origin (Huang et al., SOSP 2013, call it the origin cache). What is old is not
// known to an edge before its time to live has passed: writes do not reach it.
// Leaves out: invalidation by writes, the path between edges, conditional requests, ranges.
#include "deployment.h"
#include "flow.h"
#include "keyed_store.h"
#include "program_build.h"
#include "program_keyed.h"
#include "route.h"
#include "storage.h"

#include <string.h>

extern const struct model cdn_model;

enum on_outage { OUTAGE_FAIL, OUTAGE_STALE, OUTAGE_ORIGIN };
static const char *const outages[] = {"fail", "stale", "origin", NULL};

struct cdn {
  struct deployment deployment;
  struct reference origin;
  struct list edges;
  const char *shield;
  struct keyed_settings kept;
  int on_outage;
};

// 24 hours: CloudFront's default time to live (AWS, CloudFront developer guide, 2023).
static const struct field kept_fields[] = {KEYED_SETTINGS_ROWS("\"1d\"")};
static const struct field_table kept_table =
    FIELD_TABLE("cdn store", struct keyed_settings, kept_fields, .doc = "What an edge keeps.");

static const struct field cdn_fields[] = {
    FIELD_SPREAD(struct cdn, deployment, struct deployment, &deployment_table,
                 .doc = "instances of each edge, and their machines"),
    FIELD_REFERENCE(struct cdn, origin, "component", .required = true, .doc = "who has what the edges lack"),
    FIELD_LIST(struct cdn, edges, ITEM_NAME(.to = "region"),
               .doc = "regions with an edge; all that there are unless given"),
    FIELD_NAME(struct cdn, shield, .to = "region",
               .doc = "the edge that the others ask before the origin; none unless given"),
    FIELD_SPREAD(struct cdn, kept, struct keyed_settings, &kept_table,
                 .doc = "what an edge keeps, and for how long"),
    FIELD_WORD(struct cdn, on_outage, outages, .standard = "\"fail\"",
               .doc =
                   "origin: clients go to the origin while no edge works; stale: where the origin does not "
                   "answer, a copy that has expired is served; fail: neither"),
};
static const struct field_table cdn_table =
    FIELD_TABLE("cdn", struct cdn, cdn_fields, .doc = "Copies of what an origin has, near clients.");

// Compiled.
struct cdn_plan {
  struct keyed_plan kept; // first: keyed_store.h
  struct component *origin;
  uint16_t *datasets;         // by request: whose item it is about; UINT16_MAX: none
  bool by_item;               // what it says so of it is asked for by item; else with the request as it came
  uint16_t shield;            // place; UINT16_MAX: none
  struct call_site to_origin; // a request as it came
};

struct cdn_account {
  struct keyed_account kept;
  uint64_t bytes;
};

static const struct cdn_plan *plan_of(const struct instance *instance) {
  return instance->component->compiled;
}

// ---- Where it stands ----

static const struct list *edges(const void *parameters) {
  return &((const struct cdn *)parameters)->edges;
}

static uint16_t edge_at(const struct plan *plan, const char *region) {
  for (uint16_t p = 0; p < plan->place_count; p++) {
    if (plan->places[p].edge && strcmp(plan->places[p].region, region) == 0) return p;
  }
  return UINT16_MAX;
}

static bool place_edges(struct component *component, const struct plan *plan, struct field_context *context) {
  const struct cdn *cdn = component->parameters;
  const struct deployment *deployment = &cdn->deployment;
  bool all = cdn->edges.count == 0;
  size_t count = all ? plan->network.region_count : cdn->edges.count;
  const char *const *regions = all ? plan->network.regions : cdn->edges.items;
  if (component->host != NULL || deployment->in.count > 0 || deployment->instances.index == 1) {
    diagnostic_error(context->diagnostics, component->node,
                     "`%s` stands at its edges: it takes no `on`, no `in` and no `instances` by place",
                     component->name);
    return false;
  }
  struct deployment_share *shares = arena_array(plan->arena, count, sizeof *shares);
  for (size_t i = 0; shares != NULL && i < count; i++) {
    shares[i] = (struct deployment_share){.place = edge_at(plan, regions[i]),
                                          .count = *(const int64_t *)deployment->instances.value};
    if (shares[i].place == UINT16_MAX) return false;
    for (size_t j = 0; j < i; j++) {
      if (shares[j].place != shares[i].place) continue;
      diagnostic_error(context->diagnostics, node_find(component->node, "edges"), "`%s` stands there twice",
                       regions[i]);
      return false;
    }
  }
  component->shares = shares;
  component->share_count = (uint16_t)count;
  return shares != NULL;
}

static bool find_shield(const struct component *component, const struct plan *plan, struct cdn_plan *compiled,
                        struct field_context *context) {
  const struct cdn *cdn = component->parameters;
  compiled->shield = UINT16_MAX;
  if (cdn->shield == NULL) return true;
  uint16_t place = edge_at(plan, cdn->shield);
  for (uint16_t i = 0; i < component->share_count; i++) {
    if (component->shares[i].place == place) compiled->shield = place;
  }
  if (compiled->shield != UINT16_MAX) return true;
  diagnostic_error(context->diagnostics, node_find(component->node, "shield"),
                   "there is no edge in `%s`: the shield is one of `edges`", cdn->shield);
  return false;
}

// ---- Which items ----

static uint16_t only_dataset(const struct plan *plan, const bool *holds) {
  uint16_t found = UINT16_MAX;
  for (uint16_t d = 0; holds != NULL && d < plan->dataset_count; d++) {
    if (!holds[d]) continue;
    if (found != UINT16_MAX) return UINT16_MAX;
    found = d;
  }
  return found;
}

// The origin, over any number of tiers; NULL: it is not known, or there is none, since they go round.
static const struct component *last_origin(const struct cdn *cdn, const struct plan *plan) {
  const struct component *origin = plan_component(plan, cdn->origin.name);
  for (uint16_t tiers = 0; origin != NULL && origin->model == &cdn_model; tiers++) {
    if (origin->wrong || tiers == plan->component_count) return NULL;
    origin = plan_component(plan, ((const struct cdn *)origin->parameters)->origin.name);
  }
  return origin;
}

// Whether each tier on the way tells as of when its answers are: where clients may go past one, the origin
// answers them as it does clients.
static bool all_tiers_tell(const struct component *origin, const struct plan *plan) {
  while (origin->model == &cdn_model) {
    const struct cdn *tier = origin->parameters;
    if (tier->on_outage == OUTAGE_ORIGIN) return false;
    origin = plan_component(plan, tier->origin.name);
  }
  return true;
}

// A cdn whose origin this one is, of several the first by name; NULL: there is none.
static const struct component *asked_before(const struct component *component, const struct plan *plan) {
  const struct component *first = NULL;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *other = &plan->components[c];
    if (other->wrong || other->model != &cdn_model) continue;
    const struct cdn *cdn = other->parameters;
    if (plan_component(plan, cdn->origin.name) != component) continue;
    if (first == NULL || strcmp(other->name, first->name) < 0) first = other;
  }
  return first;
}

// What its edges find, as if each stood behind one edge of every tier before.
static double expected_hits(const struct component *component, const struct plan *plan, const bool *holds) {
  struct keyed_tier tiers[KEYED_TIERS_MOST];
  size_t count = 0;
  for (const struct component *tier = component; tier != NULL && count < KEYED_TIERS_MOST; count++) {
    const struct cdn *cdn = tier->parameters;
    tiers[KEYED_TIERS_MOST - 1 - count] = (struct keyed_tier){&cdn->kept, &cdn->deployment};
    tier = asked_before(tier, plan);
  }
  return keyed_expected_hits_behind(tiers + KEYED_TIERS_MOST - count, count, plan, holds);
}

static bool refuse_circle(const struct component *component, const struct plan *plan,
                          struct field_context *context) {
  const struct cdn *cdn = component->parameters;
  const struct component *tier = plan_component(plan, cdn->origin.name);
  for (uint16_t tiers = 0; tier != NULL && tiers <= plan->component_count; tiers++) {
    if (tier == component) {
      diagnostic_error(context->diagnostics, cdn->origin.node,
                       "`%s` is its own origin%s%s%s: somebody must have "
                       "what the others lack",
                       component->name, tiers > 0 ? ", over `" : "", tiers > 0 ? cdn->origin.name : "",
                       tiers > 0 ? "`" : "");
      return false;
    }
    if (tier->wrong || tier->model != &cdn_model) return true;
    tier = plan_component(plan, ((const struct cdn *)tier->parameters)->origin.name);
  }
  return true;
}

static void collect(const void *parameters, struct plan *plan) {
  const struct cdn *cdn = parameters;
  const struct component *origin = last_origin(cdn, plan);
  const bool *holds = origin == NULL ? NULL : plan->storages[origin->number].holds;
  for (uint16_t d = 0; holds != NULL && d < plan->dataset_count; d++) {
    if (!holds[d]) continue;
    plan_add_operation(plan, OPERATION_READ, d);
    plan_add_operation(plan, OPERATION_SET, d);
  }
}

static bool find_datasets(const struct component *component, const struct plan *plan,
                          struct cdn_plan *compiled) {
  const struct component *last = last_origin(component->parameters, plan);
  if (last == NULL) return false;
  const bool *held = plan->storages[last->number].holds;
  compiled->datasets = arena_array(plan->arena, plan->request_count, sizeof *compiled->datasets);
  bool *holds = arena_array(plan->arena, plan->dataset_count + 1U, sizeof *holds);
  bool *tells = arena_array(plan->arena, plan->dataset_count + 1U, sizeof *tells);
  if (compiled->datasets == NULL || holds == NULL || tells == NULL) return false;
  compiled->kept.holds = holds;
  compiled->kept.tells = tells;
  compiled->by_item = last == compiled->origin;
  bool told = compiled->by_item || all_tiers_tell(compiled->origin, plan);
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct request_type *request = &plan->requests[r];
    uint16_t dataset = request->dataset != UINT16_MAX ? request->dataset : only_dataset(plan, held);
    bool served = request->operation == OPERATION_PLAIN && dataset != UINT16_MAX;
    compiled->datasets[r] = served ? dataset : UINT16_MAX;
    if (!served) continue;
    holds[dataset] = true;
    tells[dataset] = told && held != NULL && held[dataset];
  }
  return true;
}

// ---- Programs ----

enum { STEP_LOOK, STEP_JOIN, STEP_LANDED, STEP_SHIELDED, STEP_FETCHED, STEP_LOST, STEP_ANSWER };

struct compiler {
  struct component *component;
  struct plan *plan;
  const struct cdn_plan *compiled;
  struct program_builder builder;
  uint16_t request;
  uint16_t dataset;
  bool falls_back;
};

static void emit_lost(void *builder) {
  program_emit_model(builder, STEP_LOST, 0);
}

// The request goes on as it came.
static void emit_pass(struct compiler *compiler, struct component *callee) {
  struct call_site *site = arena_take(compiler->plan->arena, sizeof *site);
  uint32_t head = compiler->builder.count;
  struct step *step = program_emit(&compiler->builder, STEP_CALL);
  if (site == NULL) return;
  *site = (struct call_site){
      .callee = callee, .request = PROGRAM_SAME_REQUEST, .number = plan_site(compiler->plan)};
  step->call = site;
  if (!compiler->falls_back) return;
  uint32_t jump = program_turn_failed(&compiler->builder, head);
  emit_lost(&compiler->builder);
  program_join(&compiler->builder, jump);
}

static void emit_fetch(struct compiler *compiler) {
  if (!compiler->compiled->by_item || !compiler->compiled->kept.tells[compiler->dataset]) {
    emit_pass(compiler, compiler->compiled->origin);
    return;
  }
  struct program_keyed keyed = {.plan = compiler->plan,
                                .builder = &compiler->builder,
                                .dataset = compiler->dataset,
                                .self = compiler->component,
                                .fallback = compiler->falls_back ? emit_lost : NULL,
                                .context = &compiler->builder};
  program_read(&keyed, compiler->compiled->origin, KEY_REQUEST);
}

static void emit_shielded_fetch(struct compiler *compiler) {
  if (compiler->compiled->shield == UINT16_MAX) {
    emit_fetch(compiler);
    return;
  }
  double others = 1 - 1 / (double)compiler->component->share_count;
  uint32_t head = program_emit_model(&compiler->builder, STEP_SHIELDED, others);
  emit_pass(compiler, compiler->component);
  uint32_t jump = program_turn(&compiler->builder, head);
  emit_fetch(compiler);
  program_join(&compiler->builder, jump);
}

static void emit_missed(struct compiler *compiler, bool coalesce) {
  struct program_builder *builder = &compiler->builder;
  uint32_t landed = 0;
  if (coalesce) {
    program_emit_model(builder, STEP_JOIN, 0);
    landed = program_emit_model(builder, STEP_LANDED, 1);
  }
  emit_shielded_fetch(compiler);
  program_emit_model(builder, STEP_FETCHED, 0);
  if (coalesce) program_join(builder, program_turn(builder, landed));
}

static void emit_request(struct compiler *compiler) {
  const struct cdn *cdn = compiler->component->parameters;
  if (compiler->dataset == UINT16_MAX) {
    emit_pass(compiler, compiler->compiled->origin);
    return;
  }
  compiler->falls_back = cdn->kept.coalesce || cdn->on_outage == OUTAGE_STALE;
  double hits = expected_hits(compiler->component, compiler->plan, compiler->compiled->kept.holds);
  uint32_t look = program_emit_model(&compiler->builder, STEP_LOOK, 1 - hits);
  emit_missed(compiler, cdn->kept.coalesce);
  program_join(&compiler->builder, program_turn(&compiler->builder, look));
  program_emit_model(&compiler->builder, STEP_ANSWER, 0);
  program_emit_item(&compiler->builder, compiler->dataset);
}

static bool compile_programs(struct component *component, struct plan *plan,
                             const struct cdn_plan *compiled) {
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  for (uint16_t r = 0; programs != NULL && r < plan->request_count; r++) {
    if (plan->requests[r].operation != OPERATION_PLAIN) continue;
    struct compiler compiler = {.component = component,
                                .plan = plan,
                                .compiled = compiled,
                                .builder = {.arena = plan->arena},
                                .request = r,
                                .dataset = compiled->datasets[r]};
    emit_request(&compiler);
    programs[r] = program_finish_new(&compiler.builder);
    if (programs[r] == NULL) return false;
  }
  component->programs = programs;
  return programs != NULL;
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct cdn *cdn = component->parameters;
  struct cdn_plan *compiled = arena_take(plan->arena, sizeof *compiled);
  component->compiled = compiled;
  if (compiled == NULL || component->wrong) return false;
  compiled->origin = plan_component(plan, cdn->origin.name);
  if (compiled->origin == NULL) return false;
  if (!refuse_circle(component, plan, context)) return false;
  compiled->to_origin = (struct call_site){
      .callee = compiled->origin, .request = PROGRAM_SAME_REQUEST, .number = plan_site(plan)};
  if (!place_edges(component, plan, context) || !find_shield(component, plan, compiled, context) ||
      !find_datasets(component, plan, compiled))
    return false;
  keyed_plan_init(&compiled->kept, &cdn->kept, &cdn->deployment, plan);
  compiled->kept.serves_stale = cdn->on_outage == OUTAGE_STALE;
  return compile_programs(component, plan, compiled);
}

// ---- Which edge ----

static uint32_t healthy(const struct fleet *fleet) {
  return fleet->healthy_count;
}

static struct fleet *shield_of(struct sim *sim, const struct component *component) {
  const struct cdn_plan *compiled = component->compiled;
  struct service *service = &sim->services[component->number];
  for (uint16_t f = 0; compiled->shield != UINT16_MAX && f < service->fleet_count; f++) {
    if (service->fleets[f].place == compiled->shield && service->fleets[f].healthy_count > 0)
      return &service->fleets[f];
  }
  return NULL;
}

// An edge asks the shield; whoever else, the nearest edge that works.
static struct instance *route(struct sim *sim, struct visit *visit, const struct component *component,
                              const struct network_end *from, const struct call *call) {
  const struct cdn *cdn = component->parameters;
  const struct machine *machine = from->machine;
  bool from_edge = machine != NULL && machine->component == component->number;
  struct fleet *shield = from_edge ? shield_of(sim, component) : NULL;
  if (shield != NULL) return route_next(shield);
  if (cdn->on_outage != OUTAGE_ORIGIN || route_fleet(sim, component, from, healthy) != NULL)
    return route_instance(sim, component, from, call);
  const struct cdn_plan *compiled = component->compiled;
  return route_visit(sim, visit, compiled->origin, from, call);
}

// ---- Serving ----

// Whether the shield is to be asked.
static enum verdict shielded(struct sim *sim, const struct instance *instance) {
  const struct fleet *shield = shield_of(sim, instance->component);
  return shield != NULL && shield != instance->fleet ? VERDICT_NEXT : VERDICT_BRANCH;
}

// A strand that makes do with an old copy passes the end of its fetch all the same.
enum { MAKES_DO = UINT16_MAX };

static enum verdict fetched(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  bool makes_do = strand->awaited == MAKES_DO;
  strand->awaited = 0;
  return makes_do ? VERDICT_NEXT : keyed_store_fetched(sim, strand, dataset, key);
}

// An old copy is better than none, where that is wanted.
static bool makes_do(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  const struct cdn_plan *compiled = plan_of(strand->visit->instance);
  return compiled->kept.serves_stale && keyed_store_saves(sim, strand, dataset, key);
}

static enum verdict lost(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  enum verdict verdict = keyed_store_lost(sim, strand, dataset, key);
  if (!makes_do(sim, strand, dataset, key)) return verdict;
  strand->awaited = MAKES_DO;
  return VERDICT_NEXT;
}

static enum verdict landed(struct sim *sim, struct strand *strand, uint16_t dataset, uint64_t key) {
  enum verdict verdict = keyed_store_landed(sim, strand);
  return verdict == VERDICT_FAIL && makes_do(sim, strand, dataset, key) ? VERDICT_BRANCH : verdict;
}

static enum verdict answer(const struct sim *sim, const struct visit *visit, uint16_t dataset, uint64_t key) {
  struct cdn_account *account = visit->instance->durable_state;
  if ((visit->strand.job.frame.flags & FLAG_CLIENTS) != 0)
    account->bytes += (uint64_t)item_bytes(sim, visit, dataset, key);
  return VERDICT_NEXT;
}

static enum verdict step(struct sim *sim, struct strand *strand, int32_t number) {
  struct visit *visit = strand->visit;
  uint16_t dataset = plan_of(visit->instance)->datasets[visit->request];
  uint64_t key = item_of_request(sim, visit, dataset);
  switch (number) {
  case STEP_LOOK:
    return keyed_store_look(sim, strand, dataset, key);
  case STEP_JOIN:
    return keyed_store_join(sim, strand, dataset, key);
  case STEP_LANDED:
    return landed(sim, strand, dataset, key);
  case STEP_SHIELDED:
    return shielded(sim, visit->instance);
  case STEP_FETCHED:
    return fetched(sim, strand, dataset, key);
  case STEP_LOST:
    return lost(sim, strand, dataset, key);
  case STEP_ANSWER:
    return answer(sim, visit, dataset, key);
  default:
    ASSERT(false, "no such step");
    return VERDICT_NEXT;
  }
}

// Where clients may go past it, its origin must handle what they send.
static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct cdn *cdn = component->parameters;
  const struct cdn_plan *compiled = component->compiled;
  const struct program *program = component->programs[request];
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  if (program == NULL) return;
  demand->program = program_demand(program);
  if (visitor == NULL) return;
  program_calls(program, visitor, context);
  if (cdn->on_outage == OUTAGE_ORIGIN) visitor(context, &compiled->to_origin, 0);
}

static double memory(const struct component *component, const struct plan *plan, double visits) {
  const struct cdn *cdn = component->parameters;
  const struct keyed_plan *kept = component->compiled;
  return keyed_expected_memory(&kept->store, cdn->kept.start == KEYED_WARM, plan, kept->holds,
                               (double)component_instances(component), 1, visits);
}

// It charges for what it sends to clients, not for what edges send to each other.
static void used(const struct sim *sim, const struct component *component, struct price_use *use) {
  const struct instance *instance = sim->services[component->number].first;
  use->bytes_out = 0;
  for (; instance != NULL; instance = instance->sibling)
    use->bytes_out += (double)((const struct cdn_account *)instance->durable_state)->bytes;
}

static const struct metric cdn_metrics[] = {
    KEYED_STORE_METRICS,
    {.key = "saved",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = METRIC_COUNTER(struct keyed_account, saved),
     .doc = "reads answered with an expired copy, since the origin did not answer"},
    {.key = "bytes_per_s",
     .slo = "bytes_per_s",
     .head = "sent",
     .kind = METRIC_RATE,
     .unit = METRIC_BYTES,
     .top = METRIC_COUNTER(struct cdn_account, bytes),
     .doc = "bytes of items that edges have answered clients with"},
};

const struct model cdn_model = {
    .form = {.name = "cdn",
             .doc = "copies of what an origin has, near clients",
             .table = &cdn_table,
             .user = &cdn_model},
    .one_of_a_kind = true,
    .volatile_size = sizeof(struct keyed_store),
    .durable_size = sizeof(struct cdn_account),
    .metrics = cdn_metrics,
    .metric_count = sizeof cdn_metrics / sizeof *cdn_metrics,
    .collect = collect,
    .compile = compile,
    .enter = keyed_store_enter,
    .step = step,
    .route = route,
    .edges = edges,
    .start = keyed_store_start,
    .stop = keyed_store_stop,
    .drop = keyed_store_drop,
    .memory = memory,
    .ledger = keyed_store_ledger,
    .keeps = keyed_store_keeps,
    .flush = keyed_store_flush,
    .release = keyed_store_release,
    .used = used,
    .demand = demand,
};
