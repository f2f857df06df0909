// A closed group of clients alone: the network of stations that its requests go round, solved where it has
// product form.
#include "closed.h"
#include "pool.h"
#include "predict_parts.h"

#include <math.h>

static const double nanosecond = 1e-9;

int64_t predict_users(const struct predictor *predictor) {
  return arrival_users(predictor->plan->clients[0].process_parameters, predictor->load);
}

// Every station of the plan that has a queue, with what one interaction brings there.
struct predict_circuit {
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
    struct network_end to = predict_end_of(plan, entry);
    struct network_end from = {.region = group->region_number, .place = UINT16_MAX, .access = group->access};
    think += share * 2 * (double)network_delay(&plan->network, &from, &to) * nanosecond;
  }
  return think;
}

// What takes time without a queue is thinking. False: there are too many stations.
static bool gather(const struct predictor *predictor, struct predict_circuit *network, double interactions) {
  *network = (struct predict_circuit){.think = think_of(predictor)};
  const struct plan *plan = predictor->plan;
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    const struct component *component = &plan->components[visit->pair / plan->request_count];
    const struct predict_station *station = &predictor->stations[predict_station_of(predictor, component)];
    double each = visit->one / interactions;
    bool queues = station->type != NULL && station->type->cores != STATION_UNLIMITED;
    double freely = visit->does.waited + (queues ? 0 : visit->does.work / predict_speed(station));
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
static bool solve(struct predictor *predictor, struct prediction *prediction, struct predict_circuit *network,
                  double interactions) {
  if (!gather(predictor, network, interactions)) {
    predictor->open_why = "a closed network of so many stations is not solved";
    return true;
  }
  int64_t users = predict_users(predictor);
  if (network->count > 0)
    prediction->bottleneck.users = closed_saturation(network->stations, network->count, network->think);
  const char *why = predictor->changes ? "the run changes while it lasts" : no_product(predictor);
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

// Rates stand for one interaction until the network is solved.
bool predict_closed(struct predictor *predictor, struct prediction *prediction) {
  predictor->circuit = arena_take(predictor->arena, sizeof *predictor->circuit);
  if (predictor->circuit == NULL) return false;
  double interactions = 1;
  for (uint16_t r = 0; r < predictor->plan->request_count; r++) {
    if (predictor->plan->clients[0].entries[r].callee != NULL) interactions += 1e-6;
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++) predictor->visits[v].rate = predictor->visits[v].one;
  if (!predict_load(predictor) || !predict_streams(predictor) ||
      !solve(predictor, prediction, predictor->circuit, interactions))
    return false;
  if (predictor->open_why != NULL) return true;
  return predict_stations(predictor) && predict_load(predictor);
}

// Every cpu step at a station waits alike; shared cores stretch all work alike.
void predict_closed_figures(const struct predictor *predictor, const struct prediction *prediction) {
  const struct predict_circuit *network = predictor->circuit;
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

void predict_closed_bottleneck(const struct predictor *predictor, struct prediction *prediction) {
  const struct predict_circuit *network = predictor->circuit;
  struct predicted_bottleneck *found = &prediction->bottleneck;
  double most = 0;
  for (size_t i = 0; i < network->count; i++) {
    for (uint16_t c = 0; c < predictor->plan->component_count; c++) {
      const struct predict_part *part = &predictor->parts[c];
      if (part->node == network->of[i] && part->does.computes > 0) {
        predict_offer_bottleneck(prediction, &most, part->component, "cores",
                                 network->stations[i].demand / network->stations[i].servers);
      }
    }
  }
  found->load = found->rate = NAN;
  if (found->component == NULL) return;
  found->load = predictor->load * found->users / (double)predict_users(predictor);
  found->why = predictor->open_why;
}
