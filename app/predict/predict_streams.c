// Which streams of visits are Poisson, which keep product form, and which loads are in doubt.
//
// A graph: one node for each station, one for the end of each component's visits; an edge leads from where a
// visit was before to where it goes next. A station passes on what it gets when its departures are Poisson
// again; whatever lies on a circle can be visited again and keeps product form at best.
#include "pool.h"
#include "predict_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A timeout of more than so many undisturbed calls is taken never to strike.
static const double PATIENT = 20;

struct edge {
  uint32_t from, to;
  enum predict_stream least;
  const char *why;
};

struct graph {
  struct predictor *predictor;
  uint32_t count; // of nodes
  struct edge *edges;
  uint32_t edge_count, edge_room;
  uint32_t *first; // edges of a node, after sorting
  enum predict_stream *streams;
  const char **why;
  bool failed;
};

static uint32_t end_node(const struct predictor *predictor, uint32_t component) {
  return predictor->station_count + component;
}

static void add_edge(struct graph *graph, uint32_t from, uint32_t to, enum predict_stream least,
                     const char *why) {
  if (graph->edge_count == graph->edge_room) {
    uint32_t room = graph->edge_room == 0 ? 64 : graph->edge_room * 2;
    struct edge *wider = arena_array(graph->predictor->arena, room, sizeof *wider);
    if (wider == NULL) {
      graph->failed = true;
      return;
    }
    if (graph->edge_count > 0) memcpy(wider, graph->edges, graph->edge_count * sizeof *wider);
    graph->edges = wider;
    graph->edge_room = room;
  }
  graph->edges[graph->edge_count++] = (struct edge){from, to, least, why};
}

// ---- Edges ------------------------------------------------------------------------------------------------

static bool impatient(const struct policy *policy, double stay) {
  int64_t limit = policy->timeout < policy->deadline ? policy->timeout : policy->deadline;
  return limit != POLICY_NEVER && !((double)limit * 1e-9 >= PATIENT * stay);
}

// Why a call may be given up; NULL where it may not.
static const char *hurry(const struct predictor *predictor, const struct policy *policy, const char *who,
                         double stay) {
  if (policy == NULL || !impatient(policy, stay)) return NULL;
  return arena_format(predictor->arena, "timeouts of `%s` may strike", who);
}

// Why a call may not happen just once, to its end; NULL where it does.
static const char *disturbance(const struct predictor *predictor, const struct policy *policy,
                               const char *who, bool client, double stay) {
  struct arena *arena = predictor->arena;
  if (policy == NULL) return NULL;
  if (policy->retries > 0) return arena_format(arena, "`%s` retries", who);
  if (policy->hedge_after != POLICY_NEVER || policy->hedge_percentile > 0)
    return arena_format(arena, "`%s` hedges its calls", who);
  return policy->cancel || !client ? hurry(predictor, policy, who, stay) : NULL;
}

// Why a component does not let everyone in at once; NULL where it does.
static const char *doorkeeper(const struct predictor *predictor, const struct predict_part *part) {
  struct arena *arena = predictor->arena;
  const char *name = part->component->name;
  if (part->demand.has_patience) return arena_format(arena, "visits of `%s` give up waiting", name);
  if (part->demand.uncertain)
    return arena_format(arena, "`%s` may hand on what it takes more than once, or not at all", name);
  if (part->demand.workers == POOL_UNLIMITED) return NULL;
  if (part->demand.backlog != POOL_UNLIMITED)
    return arena_format(arena, "`%s` turns visits away when its backlog is full", name);
  return NULL;
}

// Why the visits that leave a component are not what came in; NULL where its doors are open, or where workers
// are just the servers of a queue whose departures are Poisson.
static const char *holder(const struct predictor *predictor, const struct predict_part *part) {
  struct arena *arena = predictor->arena;
  const char *name = part->component->name;
  const char *closed = doorkeeper(predictor, part);
  if (closed != NULL || part->demand.workers == POOL_UNLIMITED) return closed;
  if (part->calls > 0 || part->does.waits > 0)
    return arena_format(arena, "visits of `%s` hold a worker while they call or wait", name);
  if (!part->does.exponential || !part->does.alike)
    return arena_format(arena, "departures of `%s` are not Poisson", name);
  if (!predictor->closed && !(part->load < part->instances * (double)part->demand.workers))
    return arena_format(arena, "`%s` is overloaded", name);
  if (part->instances > 1 && part->split != SPLIT_RANDOM)
    return arena_format(arena, "the instances of `%s` do not get their visits at random", name);
  return NULL;
}

static void connect_calls(struct graph *graph, const struct predict_visit *visit,
                          const struct predict_part *part, const char *held) {
  const struct predictor *predictor = graph->predictor;
  const uint32_t requests = predictor->plan->request_count;
  const char *name = part->component->name;
  const char *parallel =
      part->component->model->postpones ? arena_format(predictor->arena, "jobs wait in `%s`", name)
      : visit->does.parallel ? arena_format(predictor->arena, "`%s` calls in parallel branches", name)
      : visit->does.decides  ? arena_format(predictor->arena, "whom `%s` calls depends on what it did", name)
                             : NULL;
  for (uint32_t i = 0; i < visit->call_count; i++) {
    const struct predict_call *call = &visit->calls[i];
    uint32_t callee = call->to / requests;
    uint32_t to = predictor->parts[callee].node;
    const char *why = held != NULL ? held : parallel;
    const struct predict_visit *called = predict_visit_at(predictor, call->to);
    double stay = called != NULL ? called->stay : 0;
    if (why == NULL) why = disturbance(predictor, call->site->policy, name, false, stay);
    enum predict_stream least = why != NULL ? STREAM_UNKNOWN : STREAM_POISSON;
    add_edge(graph, part->node, to, least, why);
    add_edge(graph, end_node(predictor, callee), end_node(predictor, part->component->number), least, why);
    if (i > 0 && !part->component->model->forwards) {
      uint32_t before = visit->calls[i - 1].to / requests;
      add_edge(graph, end_node(predictor, before), to, least, why);
    }
  }
  if (visit->call_count == 0) return;
  uint32_t last = end_node(predictor, visit->calls[visit->call_count - 1].to / requests);
  if (visit->does.loops)
    add_edge(graph, last, predictor->parts[visit->calls[0].to / requests].node, STREAM_POISSON, NULL);
  if (visit->does.computes_after) add_edge(graph, last, part->node, STREAM_POISSON, NULL);
}

static void connect_component(struct graph *graph, const struct predict_part *part) {
  const struct predictor *predictor = graph->predictor;
  const char *held = holder(predictor, part);
  if (held == NULL && part->does.fails)
    held = arena_format(predictor->arena, "visits of `%s` may fail", part->component->name);
  if (held == NULL && part->does.decides)
    held = arena_format(predictor->arena, "what `%s` does depends on what it did", part->component->name);
  add_edge(graph, part->node, end_node(predictor, part->component->number),
           held != NULL ? STREAM_UNKNOWN : STREAM_POISSON, held);
  if (part->does.again) add_edge(graph, part->node, part->node, STREAM_POISSON, NULL);
  if (part->does.parallel && part->does.computes > 0) {
    add_edge(graph, part->node, part->node, STREAM_UNKNOWN,
             arena_format(predictor->arena, "`%s` computes in parallel branches", part->component->name));
  }
}

// ---- Clients ----------------------------------------------------------------------------------------------

static void lift(struct graph *graph, uint32_t node, enum predict_stream stream, const char *why) {
  if (stream <= graph->streams[node]) return;
  graph->streams[node] = stream;
  graph->why[node] = why;
}

static enum predict_stream group_stream(const struct predictor *predictor, const struct client_group *group,
                                        const char **why) {
  const struct arrival_process *process = group->process;
  *why = arena_format(predictor->arena, "arrivals of `%s` are not Poisson", group->name);
  if (group->batch != NULL) return STREAM_UNKNOWN;
  if (process->drive == ARRIVAL_CLOSED) return predictor->closed ? STREAM_PRODUCT : STREAM_UNKNOWN;
  if (process->law != ARRIVAL_POISSON || group->shape != NULL) return STREAM_UNKNOWN;
  return process->drive == ARRIVAL_SESSIONS ? STREAM_PRODUCT : STREAM_POISSON;
}

static void connect_clients(struct graph *graph) {
  struct predictor *predictor = graph->predictor;
  const struct plan *plan = predictor->plan;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    const char *why = NULL;
    enum predict_stream stream = group_stream(predictor, group, &why);
    for (uint16_t r = 0; r < plan->request_count; r++) {
      const struct call_site *entry = &group->entries[r];
      if (entry->callee == NULL) continue;
      struct predict_part *part = &predictor->parts[entry->callee->number];
      const struct predict_visit *visit =
          predict_visit_at(predictor, (uint32_t)entry->callee->number * plan->request_count + r);
      bool waits = group->process->drive != ARRIVAL_OPEN;
      const char *disturbed =
          disturbance(predictor, entry->policy, group->name, !waits, visit != NULL ? visit->stay : 0);
      if (disturbed != NULL && part->doubt == NULL) part->doubt = disturbed;
      lift(graph, part->node, disturbed != NULL ? STREAM_UNKNOWN : stream,
           disturbed != NULL ? disturbed : why);
      if (waits) add_edge(graph, end_node(predictor, part->component->number), part->node, stream, why);
    }
  }
}

// ---- What stations pass on --------------------------------------------------------------------------------

// Why the departures of a station are not Poisson when its arrivals are; NULL where they are.
static const char *spoils(const struct predictor *predictor, uint32_t node) {
  const struct predict_station *station = &predictor->stations[node];
  const struct plan *plan = predictor->plan;
  const char *name =
      node < plan->host_count ? plan->hosts[node].name : plan->components[node - plan->host_count].name;
  if (station->type == NULL || station->components == 0) return NULL;
  if (!predictor->closed && !(station->load < (double)station->type->cores))
    return arena_format(predictor->arena, "`%s` is overloaded", name);
  bool one = station->machines <= 1;
  for (uint32_t c = 0; c < plan->component_count && !one; c++) {
    if (predictor->parts[c].node == node && predictor->parts[c].split != SPLIT_RANDOM)
      return arena_format(predictor->arena, "the instances of `%s` do not get their visits at random", name);
  }
  if (station->type->discipline == STATION_PS) return NULL;
  bool urgent = station->type->discipline >= STATION_PRIORITY && station->urgency == -2;
  if (station->exponential && station->alike && !urgent) return NULL;
  return arena_format(predictor->arena, "departures of `%s` are not Poisson", name);
}

// ---- Circles ----------------------------------------------------------------------------------------------

static int by_from(const void *a, const void *b) {
  const struct edge *one = a, *other = b;
  return one->from < other->from ? -1 : one->from > other->from;
}
static int by_to(const void *a, const void *b) {
  const struct edge *one = a, *other = b;
  return one->to < other->to ? -1 : one->to > other->to;
}

static void sort_edges(struct graph *graph, int (*order)(const void *, const void *), bool from) {
  qsort(graph->edges, graph->edge_count, sizeof *graph->edges, order);
  memset(graph->first, 0, (graph->count + 1U) * sizeof *graph->first);
  for (uint32_t e = 0; e < graph->edge_count; e++)
    graph->first[(from ? graph->edges[e].from : graph->edges[e].to) + 1]++;
  for (uint32_t n = 0; n < graph->count; n++) graph->first[n + 1] += graph->first[n];
}

// Takes away, again and again, the nodes that nothing leads to (edges sorted by `from`) or that lead nowhere
// (sorted by `to`), among those that are `left`.
static void peel(const struct graph *graph, bool *left, uint32_t *degree, uint32_t *queue, bool forward) {
  uint32_t count = 0;
  memset(degree, 0, graph->count * sizeof *degree);
  for (uint32_t e = 0; e < graph->edge_count; e++) {
    const struct edge *edge = &graph->edges[e];
    if (left[edge->from] && left[edge->to]) degree[forward ? edge->to : edge->from]++;
  }
  for (uint32_t n = 0; n < graph->count; n++) {
    if (left[n] && degree[n] == 0) queue[count++] = n;
  }
  for (uint32_t at = 0; at < count; at++) {
    uint32_t node = queue[at];
    left[node] = false;
    for (uint32_t e = graph->first[node]; e < graph->first[node + 1]; e++) {
      uint32_t other = forward ? graph->edges[e].to : graph->edges[e].from;
      if (left[other] && --degree[other] == 0) queue[count++] = other;
    }
  }
}

static bool mark_circles(struct graph *graph) {
  struct arena *arena = graph->predictor->arena;
  bool *left = arena_array(arena, graph->count, sizeof *left);
  uint32_t *degree = arena_array(arena, graph->count, sizeof *degree);
  uint32_t *queue = arena_array(arena, graph->count, sizeof *queue);
  if (left == NULL || degree == NULL || queue == NULL) return false;
  memset(left, true, graph->count * sizeof *left);
  sort_edges(graph, by_from, true);
  peel(graph, left, degree, queue, true);
  sort_edges(graph, by_to, false);
  peel(graph, left, degree, queue, false);
  for (uint32_t n = 0; n < graph->count; n++) {
    if (left[n]) lift(graph, n, STREAM_PRODUCT, NULL);
  }
  return true;
}

// ---- Spreading --------------------------------------------------------------------------------------------

static bool spread(struct graph *graph) {
  const struct predictor *predictor = graph->predictor;
  uint32_t *queue = arena_array(predictor->arena, (size_t)graph->count * 4, sizeof *queue);
  const char **spoiled = arena_array(predictor->arena, graph->count, sizeof *spoiled);
  if (queue == NULL || spoiled == NULL) return false;
  uint32_t count = 0;
  for (uint32_t n = 0; n < graph->count; n++) {
    queue[count++] = n;
    spoiled[n] = n < predictor->station_count ? spoils(predictor, n) : NULL;
  }
  sort_edges(graph, by_from, true);
  // Each node is raised twice at most.
  for (uint32_t at = 0; at < count; at++) {
    uint32_t node = queue[at];
    for (uint32_t e = graph->first[node]; e < graph->first[node + 1]; e++) {
      const struct edge *edge = &graph->edges[e];
      enum predict_stream before = graph->streams[edge->to];
      bool circle = edge->to == node && edge->least != STREAM_UNKNOWN;
      if (spoiled[node] != NULL && !circle) lift(graph, edge->to, STREAM_UNKNOWN, spoiled[node]);
      lift(graph, edge->to, edge->least, edge->why);
      lift(graph, edge->to, graph->streams[node], graph->why[node]);
      if (graph->streams[edge->to] != before) queue[count++] = edge->to;
    }
  }
  return true;
}

// ---- Doubts -----------------------------------------------------------------------------------------------

static const char *own_failure(const struct predictor *predictor, const struct predict_visit *visit,
                               const struct predict_part *part) {
  const char *closed = doorkeeper(predictor, part);
  if (closed != NULL || !visit->does.fails) return closed;
  return arena_format(predictor->arena, "visits of `%s` may fail", part->component->name);
}

// Why one of a visit's calls may fail; NULL: none does.
static const char *failing_call(const struct predictor *predictor, const struct predict_visit *visit,
                                const struct predict_part *part) {
  const char *why = NULL;
  for (uint32_t k = 0; k < visit->call_count && why == NULL; k++) {
    const struct predict_call *call = &visit->calls[k];
    const struct predict_visit *called = predict_visit_at(predictor, call->to);
    if (called == NULL) continue;
    why = called->fails;
    if (why == NULL) why = hurry(predictor, call->site->policy, part->component->name, called->stay);
  }
  return why;
}

// A call that fails ends its caller, or has it do something else: what would have come after is in doubt.
// Callees come before callers in `ascending`.
static void doubt_what_follows(struct predictor *predictor) {
  for (int round = 0; round < 2; round++) {
    for (uint32_t i = 0; i < predictor->visit_count; i++) {
      struct predict_visit *visit = &predictor->visits[predictor->ascending[i]];
      struct predict_part *part = &predictor->parts[visit->pair / predictor->plan->request_count];
      const char *failing = failing_call(predictor, visit, part);
      if (part->doubt == NULL && visit->does.depends) part->doubt = failing;
      if (part->doubt == NULL && visit->does.breaks_off)
        part->doubt =
            arena_format(predictor->arena, "`%s` may break off what it does", part->component->name);
      if (visit->fails == NULL) visit->fails = failing;
      if (visit->fails == NULL) visit->fails = own_failure(predictor, visit, part);
    }
  }
}

// What a component does not let in, or its callers ask for again, changes the load of all behind it. Callers
// come before callees from the end of `ascending`.
static void doubt(struct predictor *predictor) {
  const uint32_t requests = predictor->plan->request_count;
  for (uint32_t c = 0; c < predictor->plan->component_count; c++) {
    struct predict_part *part = &predictor->parts[c];
    const char *closed = doorkeeper(predictor, part);
    if (part->doubt == NULL) part->doubt = closed;
  }
  doubt_what_follows(predictor);
  for (int round = 0; round < 2; round++) {
    for (uint32_t i = predictor->visit_count; i-- > 0;) {
      const struct predict_visit *visit = &predictor->visits[predictor->ascending[i]];
      const struct predict_part *part = &predictor->parts[visit->pair / requests];
      for (uint32_t k = 0; k < visit->call_count; k++) {
        const struct predict_call *call = &visit->calls[k];
        struct predict_part *callee = &predictor->parts[call->to / requests];
        const struct predict_visit *called = predict_visit_at(predictor, call->to);
        if (callee->doubt != NULL) continue;
        callee->doubt = part->doubt;
        if (callee->doubt == NULL) {
          callee->doubt = disturbance(predictor, call->site->policy, part->component->name, false,
                                      called != NULL ? called->stay : 0);
        }
      }
    }
  }
}

// What follows from an estimate of how often users connect anew is none of the plan's certainties.
static void doubt_handshakes(struct predictor *predictor) {
  for (uint32_t c = 0; c < predictor->plan->component_count; c++) {
    struct predict_part *part = &predictor->parts[c];
    if (part->doubt != NULL || !part->does.shakes) continue;
    part->doubt = arena_format(predictor->arena, "how often users of `%s` connect anew is an estimate",
                               part->component->name);
  }
}

bool predict_streams(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  struct arena *arena = predictor->arena;
  struct graph graph = {.predictor = predictor, .count = predictor->station_count + plan->component_count};
  graph.first = arena_array(arena, graph.count + 2U, sizeof *graph.first);
  graph.streams = arena_array(arena, graph.count, sizeof *graph.streams);
  graph.why = arena_array(arena, graph.count, sizeof *graph.why);
  if (graph.first == NULL || graph.streams == NULL || graph.why == NULL) return false;
  connect_clients(&graph);
  for (uint32_t c = 0; c < plan->component_count; c++) connect_component(&graph, &predictor->parts[c]);
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    const struct predict_part *part = &predictor->parts[visit->pair / plan->request_count];
    connect_calls(&graph, visit, part, holder(predictor, part));
  }
  if (graph.failed || !mark_circles(&graph) || !spread(&graph)) return false;
  for (uint32_t c = 0; c < plan->component_count; c++) {
    struct predict_part *part = &predictor->parts[c];
    part->stream = graph.streams[part->node];
    part->stream_why = graph.why[part->node];
  }
  for (uint32_t s = 0; s < predictor->station_count; s++) predictor->stations[s].stream = graph.streams[s];
  doubt(predictor);
  doubt_handshakes(predictor);
  return true;
}
