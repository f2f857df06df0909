#include "demand.h"

#include "model.h"

#include <math.h>
#include <string.h>

// One kind of visit causes another, so many times on average.
struct edge {
  uint32_t to;
  double times;
};

struct solver {
  const struct plan *plan;
  struct field_context *context;
  struct edge *edges;
  uint32_t edge_count;
  uint32_t edge_room;
  uint32_t *first; // of a pair's edges
  uint32_t *last;
  bool *reached;
  uint32_t *queue; // pairs in the order in which they were reached, or hold a residue
  uint32_t queue_count;
  uint16_t request; // of the visit under examination
  bool exhausted;
  bool wrong;
};

static uint32_t pair_of(const struct plan *plan, const struct component *component, uint16_t request) {
  return (uint32_t)component->number * plan->request_count + request;
}

static void reach(struct solver *solver, uint32_t pair) {
  if (solver->reached[pair]) return;
  solver->reached[pair] = true;
  solver->queue[solver->queue_count++] = pair;
}

static void add_edge(void *context, const struct call_site *site, double times) {
  struct solver *solver = context;
  if (site->callee == NULL || solver->exhausted) return;
  if (solver->edge_count == solver->edge_room) {
    uint32_t room = solver->edge_room == 0 ? 64 : solver->edge_room * 2;
    struct edge *edges = arena_array(solver->context->arena, room, sizeof *edges);
    if (edges == NULL) {
      solver->exhausted = true;
      return;
    }
    if (solver->edge_count > 0) memcpy(edges, solver->edges, solver->edge_count * sizeof *edges);
    solver->edges = edges;
    solver->edge_room = room;
  }
  uint16_t request = site->request == PROGRAM_SAME_REQUEST ? solver->request : site->request;
  uint32_t to = pair_of(solver->plan, site->callee, request);
  solver->edges[solver->edge_count++] = (struct edge){to, times};
  reach(solver, to);
}

static void examine(struct solver *solver, uint32_t pair) {
  const struct plan *plan = solver->plan;
  const struct component *component = &plan->components[pair / plan->request_count];
  const struct model *model = component->model;
  solver->request = (uint16_t)(pair % plan->request_count);
  solver->first[pair] = solver->edge_count;
  if (component->wrong) {
    solver->last[pair] = solver->edge_count;
    return;
  }
  if (!model->forwards && component->programs[solver->request] == NULL) {
    diagnostic_error(solver->context->diagnostics, node_find(component->node, "handles"),
                     "request `%s` reaches `%s`, which does not handle it",
                     plan->requests[solver->request].name, component->name);
    solver->wrong = true;
  } else {
    struct model_demand demand;
    model->demand(component, solver->request, &demand, add_edge, solver);
  }
  solver->last[pair] = solver->edge_count;
}

// ---- Rates of clients ----

double demand_group_rate(const struct client_group *group) {
  double rate = group->process->rate(group->process_parameters);
  if (group->process->drive == ARRIVAL_SESSIONS) {
    rate *= distribution_mean(&((const struct arrival_sessions *)group->process_parameters)->length);
  }
  return group->batch != NULL ? rate * distribution_mean(group->batch) : rate;
}

static double share_of(const struct client_group *group, uint16_t mix) {
  return group->mix_cumulative[mix] - (mix > 0 ? group->mix_cumulative[mix - 1] : 0);
}

// What a trace says of its requests' names is not counted here: its mix, or each name alike.
static void add_group(const struct client_group *group, double rate, const struct plan *plan, double *into) {
  for (uint16_t m = 0; m < group->mix_count; m++) {
    uint16_t request = group->mix_requests[m];
    const struct component *entry = request == UINT16_MAX ? NULL : group->entries[request].callee;
    if (entry != NULL) into[pair_of(plan, entry, request)] += rate * share_of(group, m);
  }
}

// ---- Spreading ----

// Moves what has newly arrived at each pair on to what it causes, until next to nothing is left. In a circle
// whose mean is one or more, it never gets less.
static bool spread(struct solver *solver, const double *arrivals, double *visits, uint32_t pairs) {
  double *residue = arena_array(solver->context->arena, pairs, sizeof *residue);
  bool *waiting = arena_array(solver->context->arena, pairs, sizeof *waiting);
  uint32_t *ring = arena_array(solver->context->arena, pairs, sizeof *ring);
  if (residue == NULL || waiting == NULL || ring == NULL) return false;
  uint64_t head = 0, tail = 0;
  double total = 0;
  for (uint32_t i = 0; i < pairs; i++) {
    residue[i] = arrivals[i];
    total += arrivals[i];
    if (arrivals[i] <= 0) continue;
    ring[tail++ % pairs] = i;
    waiting[i] = true;
  }
  const uint64_t most = 2000000 + 100 * (uint64_t)pairs;
  while (head < tail) {
    uint32_t pair = ring[head++ % pairs];
    double moved = residue[pair];
    waiting[pair] = false;
    residue[pair] = 0;
    visits[pair] += moved;
    if (head > most) return false;
    for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
      const struct edge *edge = &solver->edges[e];
      residue[edge->to] += moved * edge->times;
      if (waiting[edge->to] || residue[edge->to] <= total * 1e-13) continue;
      waiting[edge->to] = true;
      ring[tail++ % pairs] = edge->to;
    }
  }
  return true;
}

static void report_circle(const struct solver *solver, const double *visits, uint32_t pairs) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < pairs; i++) most = visits[i] > visits[most] ? i : most;
  const struct component *component = &solver->plan->components[most / solver->plan->request_count];
  diagnostic_error(solver->context->diagnostics, component->node,
                   "`%s` is in a circle of calls that causes a mean of one or more further calls: a request "
                   "would never end",
                   component->name);
}

static bool build_edges(struct solver *solver, const double *arrivals, uint32_t pairs) {
  struct arena *arena = solver->context->arena;
  solver->first = arena_array(arena, pairs, sizeof *solver->first);
  solver->last = arena_array(arena, pairs, sizeof *solver->last);
  solver->reached = arena_array(arena, pairs, sizeof *solver->reached);
  solver->queue = arena_array(arena, pairs, sizeof *solver->queue);
  if (solver->first == NULL || solver->last == NULL || solver->reached == NULL || solver->queue == NULL)
    return false;
  for (uint32_t i = 0; i < pairs; i++) {
    if (arrivals[i] > 0) reach(solver, i);
  }
  for (uint32_t next = 0; next < solver->queue_count; next++) examine(solver, solver->queue[next]);
  return !solver->wrong && !solver->exhausted;
}

// What a trace's names reach, beside the mix.
static void add_trace(const struct client_group *group, const struct plan *plan, double *into) {
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct component *entry = group->entries[r].callee;
    if (entry != NULL) into[pair_of(plan, entry, r)] += 1e-6;
  }
}

bool demand_solve(const struct plan *plan, struct field_context *context, struct demand *demand) {
  uint32_t pairs = (uint32_t)plan->component_count * plan->request_count;
  *demand = (struct demand){.plan = plan, .rate_known = true};
  demand->visits = arena_array(context->arena, pairs, sizeof(double));
  demand->one_group = arena_array(context->arena, pairs, sizeof(double));
  double *known = arena_array(context->arena, pairs, sizeof(double));
  double *one = arena_array(context->arena, pairs, sizeof(double));
  if (demand->visits == NULL || demand->one_group == NULL || known == NULL || one == NULL) return false;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    if (group->wrong) continue;
    double rate = demand_group_rate(group);
    demand->rate_known &= isfinite(rate);
    add_group(group, 1, plan, one);
    add_trace(group, plan, one);
    if (isfinite(rate)) add_group(group, rate, plan, known);
  }
  struct solver solver = {.plan = plan, .context = context};
  if (!build_edges(&solver, one, pairs) || context->diagnostics->errors > 0) return false;
  if (!spread(&solver, one, demand->one_group, pairs)) {
    report_circle(&solver, demand->one_group, pairs);
    return false;
  }
  return spread(&solver, known, demand->visits, pairs);
}
