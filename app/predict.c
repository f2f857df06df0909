#include "predict.h"

#include "closed.h"
#include "pool.h"
#include "predict_laws.h"
#include "predict_parts.h"

#include <math.h>
#include <string.h>

static const double nanosecond = 1e-9;

// ---- Small questions --------------------------------------------------------------------------------------

struct predict_visit *predict_visit_at(const struct predictor *predictor, uint32_t pair) {
  uint32_t at = predictor->visit_of[pair];
  return at == UINT32_MAX ? NULL : &predictor->visits[at];
}

const char *predict_choice(const struct component *component, const char *name) {
  struct field_place place;
  if (!field_find(component->model->form.table, name, &place)) return NULL;
  const void *value = (const char *)component->parameters + place.offset;
  if (place.field->kind == FIELD_KIND_VARIANT) {
    const struct variant *variant = value;
    return variant->alternative != NULL ? variant->alternative->name : NULL;
  }
  if (place.field->kind != FIELD_KIND_WORD || place.field->pointer) return NULL;
  return place.field->words[*(const int *)value];
}

static uint32_t station_of(const struct predictor *predictor, const struct component *component) {
  const struct plan *plan = predictor->plan;
  if (component->host != NULL) return (uint32_t)(component->host - plan->hosts);
  return plan->host_count + component->number;
}

static double speed_of(const struct predict_station *station) {
  return station->type != NULL ? station->type->speed : 1;
}

static bool changes(const struct plan *plan) {
  return plan->terminating || plan->timeline_count > 0;
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

static struct network_end end_of(const struct plan *plan, const struct component *component) {
  uint16_t place = component->share_count > 0 ? component->shares[0].place : 0;
  const void *machine = component->host != NULL ? (const void *)component->host : component;
  return (struct network_end){.region = plan->places[place].region_number,
                              .place = component->model->everywhere ? NETWORK_EVERYWHERE : place,
                              .machine = machine};
}

double predict_hop(const struct plan *plan, const struct component *from, const struct component *to) {
  struct network_end one = end_of(plan, from), other = end_of(plan, to);
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
  double stretch = 1 / speed_of(&predictor->stations[station_of(predictor, component)]);
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

// ---- Components -------------------------------------------------------------------------------------------

// `weight` visits of one kind join those that are there.
static void add_program(struct predict_part *part, double *weights, double weight,
                        const struct predict_program *does) {
  struct predict_program *all = &part->does;
  bool first = all->computes == 0;
  if (does->computes > 0) {
    all->alike = all->alike && does->alike && (first || does->mean == all->mean);
    all->exponential = all->exponential && does->exponential;
    if (first) all->mean = does->mean;
  }
  all->computes += weight * does->computes;
  all->work += weight * does->work;
  all->work_square += weight * does->work_square;
  all->waits += weight * does->waits;
  all->waited += weight * does->waited;
  part->calls += weight * does->calls;
  all->again = all->again || does->again;
  all->parallel = all->parallel || does->parallel;
  all->fails = all->fails || does->fails;
  all->decides = all->decides || does->decides;
  all->shakes = all->shakes || does->shakes;
  *weights += weight;
}

static void finish_program(struct predict_part *part, double weights) {
  struct predict_program *all = &part->does;
  double each = weights > 0 ? 1 / weights : 0;
  all->computes *= each;
  all->work *= each;
  all->work_square *= each;
  all->waits *= each;
  all->waited *= each;
  part->calls *= each;
}

static double weight_of(const struct predictor *predictor, const struct predict_visit *visit) {
  return predictor->open_why == NULL && !predictor->closed ? visit->rate : visit->one;
}

static bool make_parts(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  predictor->parts = arena_array(predictor->arena, plan->component_count, sizeof *predictor->parts);
  double *weights = arena_array(predictor->arena, plan->component_count, sizeof *weights);
  if (predictor->parts == NULL || weights == NULL) return false;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    struct predict_part *part = &predictor->parts[c];
    part->component = &plan->components[c];
    part->node = station_of(predictor, part->component);
    part->instances = (double)component_instances(part->component);
    part->does = (struct predict_program){.exponential = true, .alike = true};
    part->demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    uint32_t number = visit->pair / plan->request_count;
    struct predict_part *part = &predictor->parts[number];
    if (part->visit_end == 0) part->visit_first = v;
    part->visit_end = v + 1;
    part->component->model->demand(part->component, (uint16_t)(visit->pair % plan->request_count),
                                   &part->demand, NULL, NULL);
    add_program(part, &weights[number], weight_of(predictor, visit), &visit->does);
  }
  for (uint16_t c = 0; c < plan->component_count; c++) finish_program(&predictor->parts[c], weights[c]);
  return true;
}

// Callers without a balancer share one row of turns.
static enum predict_split split_by(const struct predictor *predictor, const struct predict_visit *visit) {
  const struct component *caller = &predictor->plan->components[visit->pair / predictor->plan->request_count];
  if (!caller->model->forwards) return SPLIT_TURNS;
  const char *algorithm = predict_choice(caller, "algorithm");
  if (algorithm != NULL && strcmp(algorithm, "random") == 0) return SPLIT_RANDOM;
  bool alone = component_instances(caller) == 1 && visit->call_count == 1;
  bool turns = algorithm != NULL && strcmp(algorithm, "round-robin") == 0;
  return alone && turns ? SPLIT_TURNS : SPLIT_OTHER;
}

// One row of turns is as good as another, but two are not: `source` is who keeps the row, 0 nobody yet.
static void add_split(struct predict_part *part, uint32_t *source, uint32_t who, enum predict_split split) {
  bool same =
      part->split == SPLIT_NONE || (part->split == split && (split == SPLIT_RANDOM || *source == who));
  part->split = same ? split : SPLIT_OTHER;
  *source = who;
}

static bool find_splits(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  enum { DIRECT = 1, BALANCERS };
  uint32_t *sources = arena_array(predictor->arena, plan->component_count, sizeof *sources);
  if (sources == NULL) return false;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    for (uint16_t r = 0; r < plan->request_count; r++) {
      const struct component *entry = plan->clients[c].entries[r].callee;
      if (entry == NULL) continue;
      add_split(&predictor->parts[entry->number], &sources[entry->number], DIRECT, SPLIT_TURNS);
    }
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    uint32_t caller = visit->pair / plan->request_count;
    enum predict_split split = split_by(predictor, visit);
    for (uint32_t i = 0; i < visit->call_count; i++) {
      uint32_t callee = visit->calls[i].to / plan->request_count;
      bool forwards = plan->components[caller].model->forwards;
      add_split(&predictor->parts[callee], &sources[callee], forwards ? BALANCERS + caller : DIRECT, split);
    }
  }
  for (uint16_t c = 0; c < plan->component_count; c++) { // by their keys
    if (plan->components[c].model->route != NULL) predictor->parts[c].split = SPLIT_OTHER;
  }
  return true;
}

// ---- Stations ---------------------------------------------------------------------------------------------

static bool make_stations(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  predictor->station_count = (uint32_t)plan->host_count + plan->component_count;
  predictor->stations = arena_array(predictor->arena, predictor->station_count, sizeof *predictor->stations);
  if (predictor->stations == NULL) return false;
  for (uint32_t s = 0; s < predictor->station_count; s++) {
    struct predict_station *station = &predictor->stations[s];
    bool host = s < plan->host_count;
    const struct component *component = host ? NULL : &plan->components[s - plan->host_count];
    *station = (struct predict_station){.type = host ? plan->hosts[s].type : component->machine,
                                        .machines = host ? (double)plan->hosts[s].count
                                                         : (double)component_instances(component),
                                        .alike = true,
                                        .exponential = true,
                                        .even = true,
                                        .urgency = -1};
  }
  return true;
}

// What machines of each kind have to do, where a model says that they differ; erlangs at speed 1.
static double busiest_kind(const struct predictor *predictor, const struct predict_part *part) {
  double most = 0;
  for (int kind = 0; kind < MODEL_KINDS; kind++) {
    double load = 0;
    for (uint32_t v = part->visit_first; v < part->visit_end; v++)
      load += predictor->visits[v].rate * predictor->visits[v].busiest[kind] * nanosecond;
    most = fmax(most, load);
  }
  return most;
}

double predict_busiest_share(const struct predictor *predictor, const struct predict_station *station,
                             const struct predict_part *part) {
  double most = busiest_kind(predictor, part);
  if (part->component->host == NULL && most > 0 && part->load > 0)
    return most / (part->load * speed_of(station));
  if (part->component->host == NULL) return 1 / part->instances;
  return ceil(part->instances / station->machines) / part->instances;
}

static void load_station(struct predictor *predictor, struct predict_part *part, double rate) {
  struct predict_station *station = &predictor->stations[part->node];
  const struct predict_program *does = &part->does;
  double speed = speed_of(station);
  double work = does->work * nanosecond / speed;
  part->load = rate * work;
  if (does->computes <= 0 || part->instances < 1) return;
  double mean = does->mean * nanosecond / speed;
  station->alike = station->alike && does->alike && (station->components == 0 || mean == station->mean);
  station->exponential = station->exponential && does->exponential;
  station->mean = mean;
  station->components++;
  if (part->component->host != NULL && fmod(part->instances, station->machines) != 0) station->even = false;
  if (station->machines > 1 && station->components > 1) station->even = false;
  if (part->component->share_count > 1) station->even = false;
  station->load += part->load * predict_busiest_share(predictor, station, part);
  station->rate += rate * does->computes;
  station->work += part->load;
  station->square += rate * does->work_square * nanosecond * nanosecond / (speed * speed);
}

static void note_urgency(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    uint32_t pair = predictor->visits[v].pair;
    struct predict_station *station = &predictor->stations[predictor->parts[pair / plan->request_count].node];
    int urgency = plan->requests[pair % plan->request_count].priority;
    if (station->urgency == -1) station->urgency = urgency;
    if (station->urgency != urgency) station->urgency = -2;
  }
}

static bool load_stations(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  double *rates = arena_array(predictor->arena, plan->component_count, sizeof *rates);
  for (uint32_t v = 0; v < predictor->visit_count; v++)
    rates[predictor->visits[v].pair / plan->request_count] += predictor->visits[v].rate;
  for (uint16_t c = 0; c < plan->component_count; c++)
    load_station(predictor, &predictor->parts[c], rates[c]);
  note_urgency(predictor);
  return predict_devices(predictor);
}

// ---- Closed groups ----------------------------------------------------------------------------------------

int64_t predict_users(const struct predictor *predictor) {
  return arrival_users(predictor->plan->clients[0].process_parameters, predictor->load);
}

// A closed network: every station of the plan with what one interaction brings there.
struct closed_network {
  struct closed_station stations[CLOSED_STATIONS];
  uint32_t of[CLOSED_STATIONS]; // the station of the plan
  size_t count;
  double think;
};

static double think_of(const struct predictor *predictor) {
  const struct arrival_closed *closed = predictor->plan->clients[0].process_parameters;
  double think = distribution_mean(&closed->think) * nanosecond;
  const struct plan *plan = predictor->plan;
  const struct client_group *group = &plan->clients[0];
  for (uint16_t m = 0; m < group->mix_count; m++) {
    double share = group->mix_cumulative[m] - (m > 0 ? group->mix_cumulative[m - 1] : 0);
    const struct component *entry = group->entries[group->mix_requests[m]].callee;
    if (entry == NULL) continue;
    struct network_end to = end_of(plan, entry);
    struct network_end from = {.region = group->region_number, .place = UINT16_MAX, .access = group->access};
    think += share * 2 * (double)network_delay(&plan->network, &from, &to) * nanosecond;
  }
  return think;
}

// What takes time without a queue is thinking. False: there are too many stations.
static bool gather(const struct predictor *predictor, struct closed_network *network, double interactions) {
  *network = (struct closed_network){.think = think_of(predictor)};
  const struct plan *plan = predictor->plan;
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    const struct component *component = &plan->components[visit->pair / plan->request_count];
    const struct predict_station *station = &predictor->stations[station_of(predictor, component)];
    double each = visit->one / interactions;
    bool queues = station->type != NULL && station->type->cores != STATION_UNLIMITED;
    double freely = visit->does.waited + (queues ? 0 : visit->does.work / speed_of(station));
    for (uint32_t i = 0; i < visit->call_count; i++)
      freely += visit->calls[i].times * 2 * predict_hop(plan, component, visit->calls[i].site->callee);
    network->think += each * freely * nanosecond;
  }
  for (uint32_t s = 0; s < predictor->station_count; s++) {
    const struct predict_station *station = &predictor->stations[s];
    bool queues = station->type != NULL && station->type->cores != STATION_UNLIMITED;
    if (!queues || station->components == 0) continue;
    if (network->count == CLOSED_STATIONS || station->type->cores > UINT16_MAX) return false;
    network->of[network->count] = s;
    network->stations[network->count++] = (struct closed_station){.demand = station->load / interactions,
                                                                  .servers = (unsigned)station->type->cores};
  }
  return true;
}

// Why the network has no product form; NULL where it has.
static const char *no_product(const struct predictor *predictor) {
  for (uint32_t c = 0; c < predictor->plan->component_count; c++) {
    const struct predict_part *part = &predictor->parts[c];
    const struct predict_station *station = &predictor->stations[part->node];
    if (part->demand.workers != POOL_UNLIMITED)
      return arena_format(predictor->arena, "`%s` has a limited number of workers", part->component->name);
    if (part->does.computes <= 0) continue;
    if (part->stream == STREAM_UNKNOWN) return part->stream_why;
    if (station->machines > 1)
      return arena_format(predictor->arena, "`%s` has several machines", part->component->name);
  }
  return NULL;
}

// Speeds and thinking in interactions, then everything per second. `interactions`: what demand_solve() took
// for one (a millionth more for each entry).
static bool solve_closed(struct predictor *predictor, struct prediction *prediction,
                         struct closed_network *network, double interactions) {
  if (!gather(predictor, network, interactions)) {
    predictor->open_why = "a closed network of so many stations is not solved";
    return true;
  }
  int64_t users = predict_users(predictor);
  if (network->count > 0)
    prediction->bottleneck.users = closed_saturation(network->stations, network->count, network->think);
  const char *why = changes(predictor->plan) ? "the run changes while it lasts" : no_product(predictor);
  if (why == NULL && users > CLOSED_USERS) why = "there are more users than are worth solving for";
  if (why != NULL) {
    predictor->open_why = arena_format(predictor->arena, "a closed network without product form: %s", why);
    return predictor->open_why != NULL;
  }
  struct memory_budget budget;
  memory_budget_init(&budget);
  budget.limit = (size_t)1 << 30;
  struct closed_result result =
      closed_solve(network->stations, network->count, network->think, (unsigned)users, &budget);
  if (network->count == 0) {
    result = (struct closed_result){(double)users / network->think, 0, network->think > 0};
  }
  if (!result.solved) {
    predictor->open_why = "the closed network is too large to be solved";
    return true;
  }
  prediction->response = result.response;
  prediction->offered = result.throughput;
  for (uint32_t v = 0; v < predictor->visit_count; v++)
    predictor->visits[v].rate = result.throughput * predictor->visits[v].one / interactions;
  return true;
}

// ---- The figures ------------------------------------------------------------------------------------------

static const char *unknown_rates(const struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    if (!isfinite(demand_group_rate(group)))
      return arena_format(predictor->arena, "the rate of `%s` follows from its answers", group->name);
  }
  return NULL;
}

static double offered_rate(const struct predictor *predictor) {
  double offered = 0;
  for (uint16_t c = 0; c < predictor->plan->client_count; c++)
    offered += demand_group_rate(&predictor->plan->clients[c]) * predictor->load;
  return offered;
}

static void worker_load(const struct predictor *predictor, const struct predict_part *part,
                        struct predicted_component *predicted) {
  const struct predict_station *station = &predictor->stations[part->node];
  double held = 0;
  if (part->demand.workers == POOL_UNLIMITED || part->instances < 1) return;
  for (uint32_t v = part->visit_first; v < part->visit_end; v++)
    held += predictor->visits[v].rate * predictor->visits[v].stay;
  predicted->workers = held / (part->instances * (double)part->demand.workers);
  bool alone = station->type == NULL || station->type->cores == STATION_UNLIMITED ||
               (station->components == 1 && station->machines == part->instances &&
                part->demand.workers <= station->type->cores);
  predicted->workers_least = part->calls > 0 || !alone;
}

// Whoever shares its cores makes them as doubtful.
static void share_doubts(struct predictor *predictor) {
  for (uint16_t c = 0; c < predictor->plan->component_count; c++) {
    struct predict_station *station = &predictor->stations[predictor->parts[c].node];
    if (station->doubt == NULL) station->doubt = predictor->parts[c].doubt;
  }
}

static double offered_to(double load, double own) {
  return own > 0 && isfinite(load) && load > 0 ? load : NAN;
}

static void figure_devices(const struct predictor *predictor, const struct predict_part *part,
                           struct predicted_component *predicted) {
  const struct predict_station *station = &predictor->stations[part->node];
  bool known = predictor->open_why == NULL;
  predicted->operations = known ? part->operations : NAN;
  predicted->sent = known ? part->bytes[NIC_OUT] : NAN;
  predicted->received = known ? part->bytes[NIC_IN] : NAN;
  predicted->disk = known ? offered_to(station->disk, part->device + part->slots) : NAN;
  predicted->nic = known ? offered_to(station->nic[NIC_OUT], part->bytes[NIC_OUT]) : NAN;
  predicted->nic_in = known ? offered_to(station->nic[NIC_IN], part->bytes[NIC_IN]) : NAN;
  predicted->sends = part->moves[NIC_OUT];
  predicted->receives = part->moves[NIC_IN];
}

static void figure(const struct predictor *predictor, const struct predict_part *part,
                   struct predicted_component *predicted) {
  const struct predict_station *station = &predictor->stations[part->node];
  *predicted = (struct predicted_component){.computes = part->does.computes,
                                            .work = part->does.work * nanosecond / speed_of(station),
                                            .load = part->load,
                                            .utilization = NAN,
                                            .workers = NAN,
                                            .wait = NAN,
                                            .residence = NAN,
                                            .lost = NAN};
  for (uint32_t v = part->visit_first; v < part->visit_end; v++)
    predicted->visits += predictor->visits[v].rate;
  predicted->doubt = station->doubt;
  if (station->type != NULL && station->type->cores != STATION_UNLIMITED && part->does.computes > 0)
    predicted->utilization = station->load / (double)station->type->cores;
  worker_load(predictor, part, predicted);
  figure_devices(predictor, part, predicted);
  if (predictor->open_why != NULL) {
    predicted->visits = predicted->load = predicted->utilization = predicted->workers = NAN;
    predicted->why = part->component->model->forwards ? NULL : predictor->open_why;
    return;
  }
  if (!predictor->closed || isnan(predicted->utilization)) predict_law(predictor, part, predicted);
}

// From the solution: every cpu step at a station waits alike; shared cores stretch all work alike.
static void figure_closed(const struct predictor *predictor, const struct closed_network *network,
                          const struct prediction *prediction) {
  const char *law = network->count == 1 ? "closed" : "MVA";
  for (size_t i = 0; i < network->count; i++) {
    const struct closed_station *solved = &network->stations[i];
    const struct predict_station *station = &predictor->stations[network->of[i]];
    double steps = station->rate / prediction->offered;
    for (uint32_t c = 0; c < predictor->plan->component_count; c++) {
      const struct predict_part *part = &predictor->parts[c];
      struct predicted_component *predicted = &prediction->components[c];
      if (part->node != network->of[i] || part->does.computes <= 0) continue;
      predicted->shares = station->type->discipline == STATION_PS;
      double waited = part->does.waited * nanosecond;
      predicted->law = law;
      if (predicted->shares) {
        predicted->residence = predicted->work * solved->residence / solved->demand + waited;
        continue;
      }
      double waits = fmax(0, solved->residence - solved->demand); // rounding, where nobody ever waits
      predicted->wait = part->does.computes * waits / steps;
      predicted->residence = predicted->work + predicted->wait + waited;
    }
  }
}

// ---- The bottleneck ---------------------------------------------------------------------------------------

// Of those who share the busiest cores, the one who uses them most.
static void offer_bottleneck(struct prediction *prediction, double *most, const struct component *component,
                             const char *resource, double utilization) {
  struct predicted_bottleneck *found = &prediction->bottleneck;
  if (!(utilization >= *most) || !(utilization > 0)) return;
  if (utilization == *most && found->component != NULL) {
    bool together = found->component->host != NULL && found->component->host == component->host;
    double own = prediction->components[component->number].load;
    if (!together || !(own > prediction->components[found->component->number].load)) return;
  }
  *most = utilization;
  prediction->bottleneck.component = component;
  prediction->bottleneck.resource = resource;
}

// In the order in which they are named where they are as full.
enum predicted_resource { PREDICTED_CORES, PREDICTED_DISK, PREDICTED_OUT, PREDICTED_IN, PREDICTED_WORKERS };
enum { PREDICTED_RESOURCES = PREDICTED_WORKERS + 1 };
static const char *const resources[] = {"cores", "disk", "nic", "nic_in", "workers"};

static double offered_of(const struct predicted_component *predicted, int resource) {
  const double offered[] = {[PREDICTED_CORES] = predicted->utilization,
                            [PREDICTED_DISK] = predicted->disk,
                            [PREDICTED_OUT] = predicted->nic,
                            [PREDICTED_IN] = predicted->nic_in,
                            [PREDICTED_WORKERS] = predicted->workers};
  return offered[resource];
}

static void find_bottleneck(const struct predictor *predictor, struct prediction *prediction) {
  struct predicted_bottleneck *found = &prediction->bottleneck;
  double most = 0;
  for (int r = 0; r < PREDICTED_RESOURCES; r++) {
    for (uint16_t c = 0; c < predictor->plan->component_count; c++) {
      offer_bottleneck(prediction, &most, &predictor->plan->components[c], resources[r],
                       offered_of(&prediction->components[c], r));
    }
  }
  found->load = found->rate = NAN;
  if (found->component == NULL) return;
  const struct predicted_component *predicted = &prediction->components[found->component->number];
  found->why = predictor->parts[found->component->number].doubt;
  if (found->why == NULL && *found->resource == 'w' && predicted->workers_least) {
    found->why = arena_format(predictor->arena, "workers of `%s` are also held while their visits wait",
                              found->component->name);
  }
  found->certain = found->why == NULL;
  if (predictor->closed) {
    found->load = predictor->load * found->users / (double)predict_users(predictor);
    return;
  }
  found->load = predictor->load / most;
  found->rate = prediction->offered / most;
}

// A closed network without a solution still tells which station fills first.
static void find_closed_bottleneck(const struct predictor *predictor, struct prediction *prediction,
                                   const struct closed_network *network) {
  struct predicted_bottleneck *found = &prediction->bottleneck;
  double most = 0;
  for (size_t i = 0; i < network->count; i++) {
    for (uint16_t c = 0; c < predictor->plan->component_count; c++) {
      const struct predict_part *part = &predictor->parts[c];
      if (part->node == network->of[i] && part->does.computes > 0) {
        offer_bottleneck(prediction, &most, part->component, "cores",
                         network->stations[i].demand / network->stations[i].servers);
      }
    }
  }
  found->load = found->rate = NAN;
  if (found->component == NULL) return;
  found->load = predictor->load * found->users / (double)predict_users(predictor);
  found->why = predictor->open_why;
}

// ---- The whole --------------------------------------------------------------------------------------------

static void say_of_rates(const struct predictor *predictor, struct prediction *prediction) {
  const struct plan *plan = predictor->plan;
  prediction->rate_why = predictor->open_why;
  for (uint16_t c = 0; c < plan->client_count && prediction->rate_why == NULL; c++) {
    if (plan->clients[c].shape != NULL)
      prediction->rate_why = "rates are those without the shape, which changes them over time";
    if (plan->clients[c].process->requests != NULL)
      prediction->rate_why = "the rate of a trace is its mean, and its names are left out";
  }
}

static bool prepare(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, predictor->arena);
  struct field_context context = {.arena = predictor->arena, .diagnostics = &diagnostics};
  if (!demand_solve(plan, &context, &predictor->demand)) return false;
  predictor->changes = changes(plan);
  predictor->closed = plan->client_count == 1 && plan->clients[0].process->drive == ARRIVAL_CLOSED;
  if (!predictor->closed) predictor->open_why = unknown_rates(predictor);
  if (!collect_visits(predictor) || !order_visits(predictor) || !make_stations(predictor)) return false;
  time_visits(predictor);
  if (!make_parts(predictor)) return false;
  return find_splits(predictor);
}

// Rates stand for one interaction until the network is solved.
static bool follow_closed(struct predictor *predictor, struct prediction *prediction,
                          struct closed_network *network) {
  double interactions = 1;
  for (uint16_t r = 0; r < predictor->plan->request_count; r++) {
    if (predictor->plan->clients[0].entries[r].callee != NULL) interactions += 1e-6;
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++) predictor->visits[v].rate = predictor->visits[v].one;
  if (!load_stations(predictor) || !predict_streams(predictor) ||
      !solve_closed(predictor, prediction, network, interactions))
    return false;
  if (predictor->open_why != NULL) return true;
  return make_stations(predictor) && load_stations(predictor);
}

bool predict(struct prediction *prediction, const struct plan *plan, double load, struct arena *arena) {
  struct predictor predictor = {.plan = plan, .load = load, .arena = arena};
  struct closed_network *network = arena_take(arena, sizeof *network);
  *prediction = (struct prediction){.plan = plan, .load = load, .offered = NAN, .response = NAN};
  prediction->bottleneck.users = prediction->bottleneck.load = prediction->bottleneck.rate = NAN;
  prediction->components = arena_array(arena, plan->component_count, sizeof *prediction->components);
  if (network == NULL || prediction->components == NULL || !prepare(&predictor)) return false;
  if (predictor.closed) {
    if (!follow_closed(&predictor, prediction, network)) return false;
  } else {
    if (!load_stations(&predictor)) return false;
    if (predictor.open_why == NULL) prediction->offered = offered_rate(&predictor);
    if (!predict_streams(&predictor)) return false;
  }
  share_doubts(&predictor);
  for (uint16_t c = 0; c < plan->component_count; c++)
    figure(&predictor, &predictor.parts[c], &prediction->components[c]);
  if (predictor.closed && predictor.open_why == NULL) figure_closed(&predictor, network, prediction);
  if (predictor.closed && predictor.open_why != NULL) {
    find_closed_bottleneck(&predictor, prediction, network);
  } else if (predictor.open_why == NULL) {
    find_bottleneck(&predictor, prediction);
  }
  say_of_rates(&predictor, prediction);
  predict_network(&predictor, &prediction->network);
  return predict_cost(&predictor, prediction);
}
