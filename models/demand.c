#include "demand.h"

#include "model.h"

#include <math.h>
#include <string.h>

// One kind of visit causes another, so many times on average.
struct edge {
  uint32_t to;
  double times;
  const struct policy *policy; // of the call; NULL: none
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
  uint32_t *queue; // pairs in the order in which they were reached
  uint32_t queue_count;
  uint32_t *circle_of; // of each pair; UINT32_MAX: none yet
  uint32_t *members;   // of all circles, callees before callers
  uint32_t member_count;
  uint32_t *circle_ends; // in `members`
  uint32_t circle_count;
  uint32_t *place; // of a pair in its circle
  double *residue;
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
  solver->edges[solver->edge_count++] = (struct edge){to, times, site->policy};
  reach(solver, to);
}

// An error, where a request reaches a component that has no program for it.
static bool handled(struct solver *solver, const struct component *component) {
  if (component->model->forwards || component->programs[solver->request] != NULL) return true;
  const struct node *handles = node_find(component->node, "handles");
  diagnostic_error(solver->context->diagnostics, handles != NULL ? handles : component->node,
                   "request `%s` reaches `%s`, which does not handle it",
                   solver->plan->requests[solver->request].name, component->name);
  solver->wrong = true;
  return false;
}

static void reach_only(void *context, const struct call_site *site, double times) {
  (void)times;
  add_edge(context, site, 0);
}

// What a place overrides calls others, too: rates are those of the component without, but whoever is reached
// must handle it.
static void examine_variants(struct solver *solver, const struct component *component) {
  for (uint16_t s = 0; s < component->share_count; s++) {
    const struct component *variant = component->shares[s].variant;
    struct model_demand demand;
    if (variant != NULL && handled(solver, variant))
      component->model->demand(variant, solver->request, &demand, reach_only, solver);
  }
}

static void examine(struct solver *solver, uint32_t pair) {
  const struct plan *plan = solver->plan;
  const struct component *component = &plan->components[pair / plan->request_count];
  struct model_demand demand;
  solver->request = (uint16_t)(pair % plan->request_count);
  solver->first[pair] = solver->edge_count;
  if (!component->wrong && handled(solver, component)) {
    component->model->demand(component, solver->request, &demand, add_edge, solver);
    examine_variants(solver, component);
  }
  solver->last[pair] = solver->edge_count;
}

// ---- Rates of clients ----

double demand_group_rate(const struct client_group *group) {
  double rate = group->process->rate(group->process_parameters);
  return group->batch != NULL ? rate * distribution_mean(group->batch) : rate;
}

static double share_of(const struct client_group *group, uint16_t mix) {
  return group->mix_cumulative[mix] - (mix > 0 ? group->mix_cumulative[mix - 1] : 0);
}

// Where there is a mix beside a trace that names its requests, it counts for all of them.
static void add_group(const struct client_group *group, double rate, const struct plan *plan, double *into) {
  for (uint16_t m = 0; m < group->mix_count; m++) {
    uint16_t request = group->mix_requests[m];
    const struct component *entry = group->entries[request].callee;
    if (entry != NULL) into[pair_of(plan, entry, request)] += rate * share_of(group, m);
  }
}

// ---- Circles ----

// Pairs of which each causes the others form a circle (Tarjan 1972, without recursion). Callees come before
// callers.
struct search {
  struct solver *solver;
  uint32_t *number; // in the order of finding, from 1; 0: not found yet
  uint32_t *low;    // the least number that is reached from here within the circle
  uint32_t *edge;   // to be followed next
  uint32_t *path;
  uint32_t *open; // found, and not yet in a circle
  uint32_t path_count, open_count, found;
};

static void find_pair(struct search *search, uint32_t pair) {
  search->number[pair] = search->low[pair] = ++search->found;
  search->edge[pair] = search->solver->first[pair];
  search->path[search->path_count++] = pair;
  search->open[search->open_count++] = pair;
}

// The pair is done: it closes a circle, or belongs to that of its caller.
static void leave_pair(struct search *search, uint32_t pair) {
  struct solver *solver = search->solver;
  search->path_count--;
  if (search->low[pair] == search->number[pair]) {
    uint32_t member;
    do {
      member = search->open[--search->open_count];
      solver->circle_of[member] = solver->circle_count;
      solver->members[solver->member_count++] = member;
    } while (member != pair);
    solver->circle_ends[solver->circle_count++] = solver->member_count;
  }
  if (search->path_count == 0) return;
  uint32_t caller = search->path[search->path_count - 1];
  if (search->low[pair] < search->low[caller]) search->low[caller] = search->low[pair];
}

static void follow(struct search *search) {
  struct solver *solver = search->solver;
  uint32_t pair = search->path[search->path_count - 1];
  if (search->edge[pair] == solver->last[pair]) {
    leave_pair(search, pair);
    return;
  }
  uint32_t to = solver->edges[search->edge[pair]++].to;
  if (search->number[to] == 0) {
    find_pair(search, to);
  } else if (solver->circle_of[to] == UINT32_MAX && search->number[to] < search->low[pair]) {
    search->low[pair] = search->number[to];
  }
}

static bool find_circles(struct solver *solver, uint32_t pairs) {
  struct arena *arena = solver->context->arena;
  struct search search = {.solver = solver,
                          .number = arena_array(arena, pairs, sizeof(uint32_t)),
                          .low = arena_array(arena, pairs, sizeof(uint32_t)),
                          .edge = arena_array(arena, pairs, sizeof(uint32_t)),
                          .path = arena_array(arena, pairs, sizeof(uint32_t)),
                          .open = arena_array(arena, pairs, sizeof(uint32_t))};
  solver->circle_of = arena_array(arena, pairs, sizeof(uint32_t));
  solver->members = arena_array(arena, pairs, sizeof(uint32_t));
  solver->circle_ends = arena_array(arena, pairs, sizeof(uint32_t));
  if (search.number == NULL || search.low == NULL || search.edge == NULL || search.path == NULL ||
      search.open == NULL || solver->circle_of == NULL || solver->members == NULL ||
      solver->circle_ends == NULL)
    return false;
  memset(solver->circle_of, 0xFF, pairs * sizeof(uint32_t));
  for (uint32_t i = 0; i < solver->queue_count; i++) {
    if (search.number[solver->queue[i]] == 0) find_pair(&search, solver->queue[i]);
    while (search.path_count > 0) follow(&search);
  }
  return true;
}

static uint32_t circle_begin(const struct solver *solver, uint32_t circle) {
  return circle == 0 ? 0 : solver->circle_ends[circle - 1];
}

static const struct component *component_of(const struct solver *solver, uint32_t pair) {
  return &solver->plan->components[pair / solver->plan->request_count];
}

static bool is_circle(const struct solver *solver, uint32_t circle) {
  uint32_t begin = circle_begin(solver, circle), pair = solver->members[begin];
  if (solver->circle_ends[circle] - begin > 1) return true;
  for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
    if (solver->edges[e].to == pair) return true;
  }
  return false;
}

// "a, b, c, …": of the circle, each once.
static const char *circle_text(const struct solver *solver, uint32_t circle) {
  enum { SHOWN = 6 };
  const char *text = "";
  const struct component *before = NULL;
  uint32_t shown = 0;
  for (uint32_t m = solver->circle_ends[circle]; m-- > circle_begin(solver, circle);) {
    const struct component *component = component_of(solver, solver->members[m]);
    if (component == before) continue;
    before = component;
    if (shown == SHOWN) return arena_format(solver->context->arena, "%s, …", text);
    text = arena_format(solver->context->arena, "%s%s%s", text, shown++ > 0 ? ", " : "", component->name);
  }
  return text;
}

static void report_circle(const struct solver *solver, uint32_t circle, const char *why) {
  const struct component *component = component_of(solver, solver->members[circle_begin(solver, circle)]);
  diagnostic_error(solver->context->diagnostics, component->node, "`%s` is in a circle of calls (%s) %s",
                   component->name, circle_text(solver, circle), why);
}

// What is handed on in a circle, without a step of a program in between, may never come to rest.
static bool only_forwards(const struct solver *solver, uint32_t circle) {
  for (uint32_t m = circle_begin(solver, circle); m < solver->circle_ends[circle]; m++) {
    if (!component_of(solver, solver->members[m])->model->forwards) return false;
  }
  return is_circle(solver, circle);
}

// ---- Spreading ----

// Within a circle, visits v fulfil v = b + P v, where P[i][j] is how often j causes i and b comes from
// outside. Elimination without pivots has positive ones exactly if the spectral radius of P is below 1
// (I - P is then an M-matrix; Berman & Plemmons 1994): else a request causes others without end.
enum { CIRCLE_DENSE_MOST = 512, CIRCLE_SWEEPS = 20000 };
static const double least_pivot = 1e-12;
static const double visits_most = 1e300;

static bool eliminate(double *matrix, double *vector, uint32_t count) {
  for (uint32_t k = 0; k < count; k++) {
    double pivot = matrix[(size_t)k * count + k];
    if (pivot < least_pivot) return false;
    for (uint32_t i = k + 1; i < count; i++) {
      double factor = matrix[(size_t)i * count + k] / pivot;
      if (factor == 0) continue;
      for (uint32_t j = k; j < count; j++)
        matrix[(size_t)i * count + j] -= factor * matrix[(size_t)k * count + j];
      vector[i] -= factor * vector[k];
    }
  }
  for (uint32_t k = count; k-- > 0;) {
    for (uint32_t j = k + 1; j < count; j++) vector[k] -= matrix[(size_t)k * count + j] * vector[j];
    vector[k] /= matrix[(size_t)k * count + k];
  }
  return true;
}

static bool solve_dense(struct solver *solver, uint32_t circle, double *visits) {
  uint32_t begin = circle_begin(solver, circle), count = solver->circle_ends[circle] - begin;
  double *matrix = arena_array(solver->context->arena, (size_t)count * count, sizeof *matrix);
  double *vector = arena_array(solver->context->arena, count, sizeof *vector);
  if (matrix == NULL || vector == NULL) return false;
  for (uint32_t i = 0; i < count; i++) solver->place[solver->members[begin + i]] = i;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t pair = solver->members[begin + i];
    vector[i] = visits[pair];
    matrix[(size_t)i * count + i] += 1;
    for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
      const struct edge *edge = &solver->edges[e];
      if (solver->circle_of[edge->to] == circle)
        matrix[(size_t)solver->place[edge->to] * count + i] -= edge->times;
    }
  }
  if (!eliminate(matrix, vector, count)) return false;
  for (uint32_t i = 0; i < count; i++) visits[solver->members[begin + i]] = vector[i];
  return true;
}

// Larger circles are gone round until next to nothing is left.
static bool solve_by_sweeps(struct solver *solver, uint32_t circle, double *visits) {
  uint32_t begin = circle_begin(solver, circle), end = solver->circle_ends[circle];
  double total = 0, left = 0;
  for (uint32_t m = begin; m < end; m++) {
    solver->residue[solver->members[m]] = visits[solver->members[m]];
    total += visits[solver->members[m]];
    visits[solver->members[m]] = 0;
  }
  for (int sweep = 0; sweep < CIRCLE_SWEEPS; sweep++) {
    left = 0;
    for (uint32_t m = end; m-- > begin;) {
      uint32_t pair = solver->members[m];
      double moved = solver->residue[pair];
      solver->residue[pair] = 0;
      visits[pair] += moved;
      left += moved;
      for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
        const struct edge *edge = &solver->edges[e];
        if (solver->circle_of[edge->to] == circle) solver->residue[edge->to] += moved * edge->times;
      }
    }
    if (left <= total * 1e-13) return true;
  }
  return false;
}

static void pass_on(const struct solver *solver, uint32_t circle, double *visits) {
  for (uint32_t m = circle_begin(solver, circle); m < solver->circle_ends[circle]; m++) {
    uint32_t pair = solver->members[m];
    for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
      const struct edge *edge = &solver->edges[e];
      if (edge->times <= 0 || solver->circle_of[edge->to] == circle) continue;
      visits[edge->to] = fmin(visits[edge->to] + visits[pair] * edge->times, visits_most);
    }
  }
}

// From callers to callees, circle by circle. False: memory ran out, or one was reported.
static bool spread(struct solver *solver, const double *arrivals, double *visits, uint32_t pairs) {
  memcpy(visits, arrivals, pairs * sizeof *visits);
  for (uint32_t circle = solver->circle_count; circle-- > 0;) {
    uint32_t count = solver->circle_ends[circle] - circle_begin(solver, circle);
    bool solved =
        !is_circle(solver, circle) || (count <= CIRCLE_DENSE_MOST ? solve_dense(solver, circle, visits)
                                                                  : solve_by_sweeps(solver, circle, visits));
    if (!solved) {
      report_circle(solver, circle,
                    "that causes a mean of one or more further calls: a request would never end");
      return false;
    }
    pass_on(solver, circle, visits);
  }
  return true;
}

// ---- What is done twice ----

// By pair: whether a visit may write, itself or through others.
static bool *find_writers(const struct solver *solver, uint32_t pairs) {
  const struct plan *plan = solver->plan;
  bool *writes = arena_array(solver->context->arena, pairs, sizeof *writes);
  for (uint32_t circle = 0; writes != NULL && circle < solver->circle_count; circle++) {
    bool found = false;
    for (uint32_t m = circle_begin(solver, circle); m < solver->circle_ends[circle]; m++) {
      uint32_t pair = solver->members[m];
      found |= plan->requests[pair % plan->request_count].operation == OPERATION_WRITE;
      for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++)
        found |= writes[solver->edges[e].to];
    }
    for (uint32_t m = circle_begin(solver, circle); m < solver->circle_ends[circle]; m++)
      writes[solver->members[m]] = found;
  }
  return writes;
}

// A call that may be made more than once, on behalf of `request`.
static void judge_call(struct solver *solver, const struct policy *policy, const struct node *node,
                       uint16_t request, bool writes) {
  const struct request_type *type = &solver->plan->requests[request];
  if (policy == NULL || !policy_repeats(policy) || type->operation != OPERATION_PLAIN) return;
  if (type->repeatable || !(writes || type->unrepeatable)) return;
  diagnostic_error(solver->context->diagnostics, node,
                   "`%s` %s, and is retried or hedged here: it might be done twice; under `requests`, say "
                   "`idempotent` if that does no harm, else `retry_unsafe`",
                   type->name, writes ? "writes" : "is not idempotent");
  solver->wrong = true;
}

// An operation on items is done on behalf of the request of the visit that asks for it.
static void judge_calls_of(struct solver *solver, uint32_t pair, const bool *writes) {
  const struct plan *plan = solver->plan;
  for (uint32_t e = solver->first[pair]; e < solver->last[pair]; e++) {
    const struct edge *edge = &solver->edges[e];
    uint16_t asked = (uint16_t)(edge->to % plan->request_count);
    bool plain = plan->requests[asked].operation == OPERATION_PLAIN;
    uint16_t request = (uint16_t)(plain ? asked : pair % plan->request_count);
    judge_call(solver, edge->policy, component_of(solver, pair)->node, request, writes[edge->to]);
    if (solver->wrong) return; // once for each component and request
  }
}

static bool judge_repetition(struct solver *solver, const bool *writes) {
  const struct plan *plan = solver->plan;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    for (uint16_t r = 0; !group->wrong && r < plan->request_count; r++) {
      const struct call_site *site = &group->entries[r];
      if (site->callee == NULL) continue;
      const struct node *retries = node_find(group->node, "retries");
      judge_call(solver, site->policy, retries != NULL ? retries : group->node, r,
                 writes[pair_of(plan, site->callee, r)]);
    }
  }
  bool wrong = solver->wrong;
  for (uint32_t i = 0; i < solver->queue_count; i++) {
    solver->wrong = false;
    judge_calls_of(solver, solver->queue[i], writes);
    wrong |= solver->wrong;
  }
  return !wrong;
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
  solver.place = arena_array(context->arena, pairs, sizeof *solver.place);
  solver.residue = arena_array(context->arena, pairs, sizeof *solver.residue);
  if (solver.place == NULL || solver.residue == NULL || !find_circles(&solver, pairs)) return false;
  demand->writes = find_writers(&solver, pairs);
  if (demand->writes == NULL || !judge_repetition(&solver, demand->writes)) return false;
  for (uint32_t circle = 0; circle < solver.circle_count; circle++) {
    if (!only_forwards(&solver, circle)) continue;
    report_circle(&solver, circle, "that only hand requests on: they might never come to rest");
    return false;
  }
  return spread(&solver, one, demand->one_group, pairs) && spread(&solver, known, demand->visits, pairs);
}
