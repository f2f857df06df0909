// Kinds of visits: what each does, whom it calls, and how long it stays where nobody waits.
#include "predict_parts.h"

#include <string.h>

static const double nanosecond = 1e-9;

struct predict_visit *predict_visit_at(const struct predictor *predictor, uint32_t pair) {
  uint32_t at = predictor->visit_of[pair];
  return at == UINT32_MAX ? NULL : &predictor->visits[at];
}

// ---- Kinds of visits --------------------------------------------------------------------------------------

struct collector {
  struct predictor *predictor;
  struct predict_visit *visit;
  uint16_t request;
  uint32_t room;
  bool failed;
};

static void collect_call(void *context, const struct call_site *site, double times) {
  struct collector *collector = context;
  struct predict_visit *visit = collector->visit;
  if (site->callee == NULL || !(times > 0)) return;
  if (visit->call_count == collector->room) {
    uint32_t room = collector->room == 0 ? 4 : collector->room * 2;
    struct predict_call *wider = arena_array(collector->predictor->arena, room, sizeof *wider);
    if (wider == NULL) {
      collector->failed = true;
      return;
    }
    if (visit->call_count > 0) memcpy(wider, visit->calls, visit->call_count * sizeof *wider);
    visit->calls = wider;
    collector->room = room;
  }
  uint16_t request = site->request == PROGRAM_SAME_REQUEST ? collector->request : site->request;
  uint32_t to = (uint32_t)site->callee->number * collector->predictor->plan->request_count + request;
  visit->calls[visit->call_count++] = (struct predict_call){to, times, site};
}

// What it causes at other instances is load on the component's cores as its own work is, and no law's.
static void add_background(const struct component *component, uint16_t request, struct predict_visit *visit) {
  struct model_demand demand = {0};
  component->model->demand(component, request, &demand, NULL, NULL);
  memcpy(visit->busiest, demand.busiest, sizeof visit->busiest);
  if (demand.background <= 0) return;
  visit->does.work += demand.background;
  visit->does.exponential = visit->does.alike = false;
}

// Models without programs say what they do by themselves, and so do those whose calls are on nobody's path.
static bool read_own(struct predictor *predictor, struct predict_visit *visit) {
  const struct plan *plan = predictor->plan;
  const struct component *component = &plan->components[visit->pair / plan->request_count];
  uint16_t request = (uint16_t)(visit->pair % plan->request_count);
  struct collector collector = {.predictor = predictor, .visit = visit, .request = request};
  bool says = component->programs != NULL && !component->model->postpones;
  if (says && component->programs[request] != NULL) {
    visit->does = predict_program(plan, component->programs[request], collect_call, &collector);
    add_background(component, request, visit);
    return !collector.failed;
  }
  struct model_demand demand = {0};
  component->model->demand(component, request, &demand, collect_call, &collector);
  const struct program_demand *does = &demand.program;
  visit->does = (struct predict_program){.computes = does->cpu > 0 ? 1 : 0,
                                         .work = does->cpu,
                                         .work_square = does->cpu > 0 ? does->cpu_square : 0,
                                         .waits = does->wait > 0 ? 1 : 0,
                                         .waited = does->wait,
                                         .sent_of = UINT16_MAX,
                                         .exponential = does->cpu <= 0 || does->one_exponential_cpu,
                                         .alike = true,
                                         .mean = does->cpu};
  return !collector.failed;
}

// Handshakes come on top of what a visit does.
static bool read_visit(struct predictor *predictor, struct predict_visit *visit) {
  double work = predictor->handshakes[visit->pair];
  if (!read_own(predictor, visit)) return false;
  if (work <= 0) return true;
  struct predict_program *does = &visit->does;
  does->again = does->again || does->computes > 0;
  does->exponential = does->alike = false;
  does->shakes = true;
  does->computes += 1;
  does->work += work;
  does->work_square += work * work;
  return true;
}

static bool collect_visits(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  uint32_t pairs = (uint32_t)plan->component_count * plan->request_count;
  predictor->visit_of = arena_array(predictor->arena, pairs, sizeof *predictor->visit_of);
  predictor->handshakes = predict_handshakes(predictor);
  if (predictor->visit_of == NULL || predictor->handshakes == NULL) return false;
  for (uint32_t pair = 0; pair < pairs; pair++) {
    bool reached = predictor->demand.one_group[pair] > 0;
    predictor->visit_of[pair] = reached ? predictor->visit_count++ : UINT32_MAX;
  }
  predictor->visits = arena_array(predictor->arena, predictor->visit_count, sizeof *predictor->visits);
  if (predictor->visits == NULL) return false;
  for (uint32_t pair = 0; pair < pairs; pair++) {
    struct predict_visit *visit = predict_visit_at(predictor, pair);
    if (visit == NULL) continue;
    visit->pair = pair;
    visit->one = predictor->demand.one_group[pair];
    visit->rate = predictor->demand.visits[pair] * predictor->load;
    if (!read_visit(predictor, visit)) return false;
  }
  return true;
}

// ---- Callees before callers -------------------------------------------------------------------------------

// Depth first, without recursion: a visit is written down when all that it calls has been.
static bool order_visits(struct predictor *predictor) {
  uint32_t count = predictor->visit_count, placed = 0, depth = 0;
  struct arena *arena = predictor->arena;
  uint32_t *stack = arena_array(arena, count, sizeof *stack);
  uint32_t *next = arena_array(arena, count, sizeof *next); // 0: not met; else 1 + calls looked at
  predictor->ascending = arena_array(arena, count, sizeof *predictor->ascending);
  if (stack == NULL || next == NULL || predictor->ascending == NULL) return false;
  for (uint32_t root = 0; root < count; root++) {
    if (next[root] != 0) continue;
    stack[depth++] = root;
    next[root] = 1;
    while (depth > 0) {
      uint32_t at = stack[depth - 1];
      const struct predict_visit *visit = &predictor->visits[at];
      if (next[at] > visit->call_count) {
        predictor->ascending[placed++] = at;
        depth--;
        continue;
      }
      uint32_t callee = predictor->visit_of[visit->calls[next[at]++ - 1].to];
      if (callee == UINT32_MAX || next[callee] != 0) continue;
      next[callee] = 1;
      stack[depth++] = callee;
    }
  }
  return true;
}

// ---- Undisturbed times ------------------------------------------------------------------------------------

struct stay {
  const struct predictor *predictor;
  uint16_t request;
  uint16_t component;
};

struct network_end predict_end_of(const struct plan *plan, const struct component *component) {
  uint16_t place = component->share_count > 0 ? component->shares[0].place : 0;
  const void *machine = component->host != NULL ? (const void *)component->host : component;
  return (struct network_end){.region = plan->places[place].region_number,
                              .place = component->model->everywhere ? NETWORK_EVERYWHERE : place,
                              .machine = machine};
}

double predict_hop(const struct plan *plan, const struct component *from, const struct component *to) {
  struct network_end one = predict_end_of(plan, from), other = predict_end_of(plan, to);
  return (double)network_delay(&plan->network, &one, &other);
}

// ns, there and back included.
static double call_time(void *context, const struct call_site *site) {
  const struct stay *stay = context;
  const struct plan *plan = stay->predictor->plan;
  uint16_t request = site->request == PROGRAM_SAME_REQUEST ? stay->request : site->request;
  const struct predict_visit *callee =
      predict_visit_at(stay->predictor, (uint32_t)site->callee->number * plan->request_count + request);
  double way = 2 * predict_hop(plan, &plan->components[stay->component], site->callee);
  return way + (callee != NULL ? callee->stay / nanosecond : 0);
}

static void time_visit(struct predictor *predictor, struct predict_visit *visit) {
  const struct plan *plan = predictor->plan;
  const struct component *component = &plan->components[visit->pair / plan->request_count];
  struct stay stay = {predictor, (uint16_t)(visit->pair % plan->request_count), component->number};
  double stretch = 1 / predict_speed(&predictor->stations[predict_station_of(predictor, component)]);
  double time = visit->does.work * stretch + visit->does.waited;
  if (component->programs != NULL && component->programs[stay.request] != NULL) {
    time = predict_program_time(component->programs[stay.request], stretch, call_time, &stay);
  } else {
    for (uint32_t i = 0; i < visit->call_count; i++)
      time += visit->calls[i].times * call_time(&stay, visit->calls[i].site);
  }
  visit->stay = time * nanosecond;
}

// Circles are gone round a few times: what is left out shrinks with each.
static void time_visits(struct predictor *predictor) {
  for (int round = 0; round < 8; round++) {
    for (uint32_t i = 0; i < predictor->visit_count; i++)
      time_visit(predictor, &predictor->visits[predictor->ascending[i]]);
  }
}

bool predict_visits(struct predictor *predictor) {
  if (!collect_visits(predictor) || !order_visits(predictor)) return false;
  time_visits(predictor);
  return true;
}
