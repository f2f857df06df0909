// Components and the stations where they compute: what all kinds of visits together bring there.
#include "pool.h"
#include "predict_parts.h"

#include <math.h>
#include <string.h>

static const double nanosecond = 1e-9;

// ---- Small questions --------------------------------------------------------------------------------------

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

uint32_t predict_station_of(const struct predictor *predictor, const struct component *component) {
  const struct plan *plan = predictor->plan;
  if (component->host != NULL) return (uint32_t)(component->host - plan->hosts);
  return plan->host_count + component->number;
}

double predict_speed(const struct predict_station *station) {
  return station->type != NULL ? station->type->speed : 1;
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
    part->node = predict_station_of(predictor, part->component);
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

// Whom visits of a component wait for: sums over their kinds. `times` is scratch, by component, all 0.
static bool list_calls(const struct predictor *predictor, const struct predict_part *part, double *times,
                       struct predicted_component *predicted) {
  const struct plan *plan = predictor->plan;
  uint32_t most = 0;
  double weights = 0;
  for (uint32_t v = part->visit_first; v < part->visit_end; v++) {
    most += predictor->visits[v].call_count;
    weights += weight_of(predictor, &predictor->visits[v]);
  }
  if (part->component->model->postpones || !(weights > 0)) return true;
  predicted->calls = arena_array(predictor->arena, most, sizeof *predicted->calls);
  if (predicted->calls == NULL) return false;
  for (uint32_t v = part->visit_first; v < part->visit_end; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    for (uint32_t i = 0; i < visit->call_count; i++) {
      uint16_t callee = (uint16_t)(visit->calls[i].to / plan->request_count);
      if (times[callee] == 0) predicted->calls[predicted->call_count++].callee = callee;
      times[callee] += weight_of(predictor, visit) * visit->calls[i].times / weights;
    }
  }
  for (uint32_t i = 0; i < predicted->call_count; i++) {
    struct predicted_call *call = &predicted->calls[i];
    call->times = times[call->callee];
    times[call->callee] = 0;
  }
  return true;
}

bool predict_calls(const struct predictor *predictor, struct prediction *prediction) {
  uint16_t count = predictor->plan->component_count;
  double *times = arena_array(predictor->arena, count, sizeof *times);
  for (uint16_t c = 0; c < count && times != NULL; c++) {
    if (!list_calls(predictor, &predictor->parts[c], times, &prediction->components[c])) return false;
  }
  return times != NULL;
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

bool predict_components(struct predictor *predictor) {
  return make_parts(predictor) && find_splits(predictor);
}

// ---- Stations ---------------------------------------------------------------------------------------------

bool predict_stations(struct predictor *predictor) {
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
    return most / (part->load * predict_speed(station));
  if (part->component->host == NULL) return 1 / part->instances;
  return ceil(part->instances / station->machines) / part->instances;
}

static void load_station(struct predictor *predictor, struct predict_part *part, double rate) {
  struct predict_station *station = &predictor->stations[part->node];
  const struct predict_program *does = &part->does;
  double speed = predict_speed(station);
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

bool predict_load(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  double *rates = arena_array(predictor->arena, plan->component_count, sizeof *rates);
  for (uint32_t v = 0; v < predictor->visit_count; v++)
    rates[predictor->visits[v].pair / plan->request_count] += predictor->visits[v].rate;
  for (uint16_t c = 0; c < plan->component_count; c++)
    load_station(predictor, &predictor->parts[c], rates[c]);
  note_urgency(predictor);
  return predict_devices(predictor);
}
