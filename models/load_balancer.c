// A load balancer: sends each request on to one of its targets.
//
// Models: a view of the targets' instances that knows at once what is deployed, scaled and drained, but never
// learns of a death (a balancer without health checks goes on sending to the dead); targets in its own place
// first, else in the nearest place that has any. Every instance of it counts for itself. Forwarding takes no
// time of its own, and the visit leaves the balancer at once; the answer comes back through it, as a proxy's
// does, unless it has the targets answer directly (direct server return; IPVS calls it direct routing).
// Leaves out: health checks, sticky sessions, connection limits, capacity; when its process ends, the
// requests that it has forwarded are not cut.
#include "balance.h"
#include "flow.h"
#include "rarely.h"
#include "route.h"

#include <string.h>

struct load_balancer {
  struct deployment deployment;
  struct variant algorithm;
  struct variant targets;
  bool direct_return;
};

static const struct field_alternative *const target_forms[] = {
    ALTERNATIVE("list", .row = ITEM_LIST(ITEM_REFERENCE("component"), .minimum = 1), .doc = "components"),
    ALTERNATIVE("weights",
                .row = ITEM_MAP(ITEM_NUMBER(.above = true, .maximum = 1e6), .to = "component", .minimum = 1),
                .doc = "{component: weight of each of its instances}"),
    NULL};

static const struct field load_balancer_fields[] = {
    FIELD_SPREAD(struct load_balancer, deployment, struct deployment, &deployment_table,
                 .doc = "where it stands"),
    FIELD_VARIANT(struct load_balancer, algorithm, .each = balance_alternative, .standard = "\"round-robin\"",
                  .doc = "how it chooses"),
    FIELD_EITHER(struct load_balancer, targets, .alternatives = target_forms, .required = true,
                 .doc = "where requests go"),
    FIELD_BOOLEAN(struct load_balancer, direct_return, .standard = "false",
                  .doc = "answers go from the targets straight to who asked, not through the balancer"),
};
static const struct field_table load_balancer_table =
    FIELD_TABLE("load-balancer", struct load_balancer, load_balancer_fields,
                .doc = "Sends each request on to one of its targets.");

// Compiled targets.
struct targets {
  uint32_t count;
  struct call_site *sites;
  double *weights;
  bool weighted; // the algorithm heeds them
  uint64_t
      luck; // what the balancer splits a request's luck by: of its name, so that no other component counts
};

struct balancer_state {
  uint32_t version; // of the view; 0: none yet
  uint32_t count;
  uint32_t room;
  uint32_t cursor;
  uint32_t newest; // the greatest index of these instances
  struct instance **instances;
  double *weights;
  const uint32_t **outstanding;
  uint32_t *slots;
  struct instance **spare_instances; // for the next view
  uint32_t *spare_slots;
  double *credit;
  bool *tried;
  const uint32_t *slots_at; // where the run's counts lay when `outstanding` was set
  struct balance_view view; // of all that
};

// ---- Compiling ----

static void add_target(struct targets *targets, struct component *callee, double weight, struct plan *plan) {
  targets->sites[targets->count] =
      (struct call_site){.callee = callee, .request = PROGRAM_SAME_REQUEST, .number = plan_site(plan)};
  targets->weights[targets->count++] = weight;
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct load_balancer *balancer = component->parameters;
  struct targets *targets = arena_take(plan->arena, sizeof *targets);
  if (balancer->algorithm.alternative == NULL || balancer->targets.value == NULL)
    return false; // was reported
  targets->luck = random_named(0, 0, component->name, "balance").state;
  bool weighted = balancer->targets.index == 1;
  targets->weighted = ((const struct balance_algorithm *)balancer->algorithm.alternative->user)->weighted;
  if (weighted && !targets->weighted && !component->wrong) {
    diagnostic_warning(context->diagnostics, node_find(component->node, "targets"),
                       "`%s` does not heed weights", balancer->algorithm.alternative->name);
  }
  if (balancer->direct_return && balancer->deployment.tls != NULL && !component->wrong) {
    diagnostic_warning(context->diagnostics, node_find(component->node, "direct_return"),
                       "who ends the encryption (`tls`) must see the answers, too");
  }
  const struct list *list = balancer->targets.value;
  const struct map *map = balancer->targets.value;
  size_t count = weighted ? map->count : list->count;
  targets->sites = arena_array(plan->arena, count, sizeof *targets->sites);
  targets->weights = arena_array(plan->arena, count, sizeof *targets->weights);
  bool right = true;
  for (size_t i = 0; i < count; i++) {
    const char *name = weighted ? map->entries[i].name : ((const struct reference *)list->items)[i].name;
    struct component *callee = plan_component(plan, name);
    right &= callee != NULL;
    if (callee != NULL)
      add_target(targets, callee, weighted ? *(const double *)map->entries[i].value : 1, plan);
  }
  component->compiled = targets;
  component->answers_pass = !balancer->direct_return;
  return right;
}

// ---- The view ----

// Where a known instance has its count, or a new place. Both lists are in the order in which instances were
// added, so that the search goes on where the last one ended, and whoever is newer than all that are known is
// not searched for: a view is renewed in linear time.
static uint32_t slot_for(struct sim *sim, const struct balancer_state *state, const struct instance *instance,
                         uint32_t *from) {
  bool known = state->count > 0 && instance->index <= state->newest;
  for (uint32_t step = 0; known && step < state->count; step++) {
    uint32_t i = *from + step < state->count ? *from + step : *from + step - state->count;
    if (state->instances[i] != instance) continue;
    *from = i + 1 < state->count ? i + 1 : 0;
    return state->slots[i];
  }
  if (sim->balanced_count == sim->balanced_room) return UINT32_MAX;
  return sim->balanced_count++;
}

// Room for `room` targets in every array, and for as many further slots. The old arrays stay in the arena: a
// view grows by doubling.
static bool view_room(struct sim *sim, struct balancer_state *state, uint32_t room) {
  if (room <= state->room) return true;
  struct balancer_state wider = *state;
  wider.room = room > 2 * state->room ? room : 2 * state->room;
  wider.instances = arena_array(&sim->arena, wider.room, sizeof(struct instance *));
  wider.weights = arena_array(&sim->arena, wider.room, sizeof(double));
  wider.outstanding = arena_array(&sim->arena, wider.room, sizeof(uint32_t *));
  wider.slots = arena_array(&sim->arena, wider.room, sizeof(uint32_t));
  wider.spare_instances = arena_array(&sim->arena, wider.room, sizeof(struct instance *));
  wider.spare_slots = arena_array(&sim->arena, wider.room, sizeof(uint32_t));
  wider.credit = arena_array(&sim->arena, wider.room, sizeof(double));
  wider.tried = arena_array(&sim->arena, wider.room, sizeof(bool));
  if (sim->budget.exhausted) return false;
  if (state->count == 0) {
    *state = wider;
    return true;
  }
  memcpy(wider.instances, state->instances, state->count * sizeof(struct instance *));
  memcpy(wider.slots, state->slots, state->count * sizeof(uint32_t));
  *state = wider;
  return true;
}

static bool slot_room(struct sim *sim, uint32_t further) {
  uint32_t needed = sim->balanced_count + further;
  if (needed <= sim->balanced_room) return true;
  uint32_t room = needed > 2 * sim->balanced_room ? needed : 2 * sim->balanced_room;
  uint32_t *slots = memory_take(&sim->budget, room * sizeof *slots);
  if (slots == NULL) return false;
  if (sim->balanced_count > 0) memcpy(slots, sim->balanced, sim->balanced_count * sizeof *slots);
  memory_give(&sim->budget, sim->balanced, sim->balanced_room * sizeof *slots);
  sim->balanced = slots;
  sim->balanced_room = room;
  return true;
}

// The instances of a target that the balancer uses: those of its own place, else of the nearest with any.
static const struct fleet *seen_fleet(struct sim *sim, const struct call_site *site,
                                      const struct instance *self) {
  return route_fleet(sim, site->callee, &self->end, route_deployed);
}

static bool refresh(struct sim *sim, const struct instance *self, struct balancer_state *state) {
  const struct targets *targets = self->component->compiled;
  uint32_t count = 0;
  for (uint32_t t = 0; t < targets->count; t++) {
    const struct fleet *fleet = seen_fleet(sim, &targets->sites[t], self);
    count += fleet == NULL ? 0 : route_deployed(fleet);
  }
  if (!view_room(sim, state, count) || !slot_room(sim, count)) return false;
  struct balancer_state next = *state;
  uint32_t from = 0;
  next.count = 0;
  next.newest = 0;
  next.instances = state->spare_instances;
  next.spare_instances = state->instances;
  next.slots = state->spare_slots;
  next.spare_slots = state->slots;
  for (uint32_t t = 0; t < targets->count; t++) {
    const struct fleet *fleet = seen_fleet(sim, &targets->sites[t], self);
    for (uint32_t i = 0; fleet != NULL && i < fleet->listed_count; i++) {
      const struct instance *instance = fleet->listed[i];
      if (instance->life == LIFE_ORDERED) continue;
      next.instances[next.count] = fleet->listed[i];
      next.slots[next.count] = slot_for(sim, state, instance, &from);
      next.weights[next.count++] = targets->weights[t];
      if (instance->index > next.newest) next.newest = instance->index;
    }
  }
  if (count > 0) memset(next.credit, 0, count * sizeof *next.credit);
  next.version = sim->view_version;
  next.slots_at = NULL;
  if (next.cursor >= count) next.cursor = count > 0 ? count - 1 : 0;
  *state = next;
  return true;
}

// The counts lie in one dense array of the run, which may have moved since.
static void point_at_counts(struct sim *sim, struct balancer_state *state) {
  for (uint32_t i = 0; i < state->count; i++) state->outstanding[i] = &sim->balanced[state->slots[i]];
  state->slots_at = sim->balanced;
  state->view = (struct balance_view){.count = state->count,
                                      .weights = state->weights,
                                      .outstanding = state->outstanding,
                                      .cursor = &state->cursor,
                                      .credit = state->credit};
}

static bool is_present(const struct sim *sim, const struct balancer_state *state) {
  return state->version == sim->view_version && state->slots_at == sim->balanced;
}

static ASIDE bool renew(struct sim *sim, const struct instance *self, struct balancer_state *state) {
  if (state->version != sim->view_version && !refresh(sim, self, state)) return false;
  point_at_counts(sim, state);
  return true;
}

// ---- Balancing ----

static const bool *mark_tried(const struct sim *sim, const struct visit *visit,
                              struct balancer_state *state) {
  if (visit->caller.index == 0 || !flow_tries_again(sim, visit)) return NULL;
  for (uint32_t i = 0; i < state->count; i++) state->tried[i] = flow_tried(sim, visit, state->instances[i]);
  return state->tried;
}

// A stream of this balancer's own: the luck of the request goes on to the target untouched.
static ASIDE uint32_t pick_by_luck(const struct load_balancer *balancer, const struct balancer_state *state,
                                   const struct visit *visit) {
  const struct balance_algorithm *algorithm = balancer->algorithm.alternative->user;
  const struct targets *targets = visit->instance->component->compiled;
  struct random_stream luck = random_split(visit->strand.luck, targets->luck);
  return algorithm->pick(balancer->algorithm.value, &state->view, &luck);
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const struct instance *self = visit->instance;
  const struct load_balancer *balancer = self->parameters;
  struct balancer_state *state = self->volatile_state;
  if (!is_present(sim, state) && !renew(sim, self, state)) return VERDICT_WAIT;
  if (state->count == 0) {
    flow_fail(sim, OUTCOME_UNAVAILABLE);
    return VERDICT_FAIL;
  }
  const struct balance_algorithm *algorithm = balancer->algorithm.alternative->user;
  state->view.tried = mark_tried(sim, visit, state);
  state->view.client = visit->user;
  uint32_t target = algorithm->draws ? pick_by_luck(balancer, state, visit)
                                     : algorithm->pick(balancer->algorithm.value, &state->view, NULL);
  flow_forward(sim, visit, state->instances[target], state->slots[target]);
  return VERDICT_FORWARD;
}

// What an algorithm makes of the weight that is written.
static double weight_of(const struct targets *targets, uint32_t target) {
  return targets->weighted ? targets->weights[target] : 1;
}

// It stood behind another balancer, and its count was a holding.
static void release(struct sim *sim, struct instance *instance, const struct holding *holding) {
  (void)instance;
  sim->balanced[holding->subject]--;
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct targets *targets = component->compiled;
  (void)request;
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  double sum = 0;
  for (uint32_t i = 0; i < targets->count; i++)
    sum += weight_of(targets, i) * (double)component_instances(targets->sites[i].callee);
  // A target without instances may get some while it runs: what it must handle counts, if not how often.
  for (uint32_t i = 0; i < targets->count && visitor != NULL; i++) {
    double share = weight_of(targets, i) * (double)component_instances(targets->sites[i].callee);
    visitor(context, &targets->sites[i], sum > 0 ? share / sum : 0);
  }
}

const struct model load_balancer_model = {
    .form = {.name = "load-balancer",
             .doc = "sends each request on to one of its targets",
             .table = &load_balancer_table,
             .user = &load_balancer_model},
    .volatile_size = sizeof(struct balancer_state),
    .compile = compile,
    .enter = enter,
    .release = release,
    .demand = demand,
    .forwards = true,
};
