// What a run costs. Events are those that the flow makes: an arrival, each hop that takes time, each use of
// cores, each wait. Memory is what stands inside at once, by Little's law, and what is kept about everything
// that can be measured. Rough on purpose: within a factor of two where the system is stable.
#include "connections.h"
#include "histogram.h"
#include "item.h"
#include "metric_series.h"
#include "mmc.h"
#include "pool.h"
#include "predict_parts.h"
#include "sim.h"

#include <math.h>

// Measured in Release on a machine of 2.5 GHz or so; M/M/1 costs 42 ns an event, a shop 60.
static const double EVENT_SECONDS = 50e-9;

enum {
  FRAME_WEIGHT = FRAME_BYTES + 24,   // and its event and its place in the ready ring
  HISTOGRAM_WEIGHT = 12 * (1 << 10), // a dozen octaves
  COMPONENT_HISTOGRAMS = 2,
  INSTANCE_WEIGHT = sizeof(struct instance) + sizeof(struct machine) + 64,
  VIEW_WEIGHT = 64, // of one target at one balancer
  PILOTS = 5,
  PILOT_REQUESTS = 100000
};
static const double DRAIN_SHARE = 0.1; // the least warm-up, and what goes on after the window

struct bill {
  const struct predictor *predictor;
  struct prediction *prediction;
};

static void charge(const struct bill *bill, double bytes, const struct node *node, const char *what) {
  struct predicted_cost *cost = &bill->prediction->cost;
  cost->memory += bytes;
  if (node == NULL || !(bytes > cost->dearest_memory)) return;
  cost->dearest = node;
  cost->dearest_what = what;
  cost->dearest_memory = bytes;
}

// ---- Events -----------------------------------------------------------------------------------------------

static double remote_hops(const struct plan *plan) {
  return plan->network.none ? 0 : 2;
}

// Of all visits that one second (or one interaction) brings.
static double visit_events(const struct predictor *predictor, bool rates) {
  double events = 0, hops = remote_hops(predictor->plan);
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    const struct predict_program *does = &visit->does;
    double each = does->computes + does->waits;
    for (uint32_t i = 0; i < visit->call_count; i++) {
      const struct predict_call *call = &visit->calls[i];
      each += call->times * (hops + (call->site->policy != NULL ? 1 : 0));
    }
    events += (rates ? visit->rate : visit->one) * each;
  }
  return events;
}

// Whether clients look after their requests: the answer then wakes that record first.
static double client_events(const struct plan *plan) {
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (plan->clients[0].entries[r].policy != NULL) return 1;
  }
  return 0;
}

static double events_per_request(const struct predictor *predictor, double offered) {
  bool rates = isfinite(offered) && offered > 0;
  double of = rates ? offered : (double)predictor->plan->client_count;
  return 1 + remote_hops(predictor->plan) + client_events(predictor->plan) +
         visit_events(predictor, rates) / of;
}

static double measured_requests(const struct predictor *predictor, double offered) {
  const struct run_settings *run = &predictor->plan->run;
  double requests = run->requests != INT64_MAX ? (double)run->requests : INFINITY;
  if (run->duration == INT64_MAX) return requests;
  double during = offered * (double)run->duration * 1e-9;
  return isfinite(during) ? fmin(requests, during) : requests;
}

static double all_requests(const struct predictor *predictor, double measured, double offered) {
  const struct plan *plan = predictor->plan;
  double replications = (double)plan->run.replications;
  if (plan->run.warmup_kind == WARMUP_FIXED)
    return replications * (measured + offered * (double)plan->run.warmup * 1e-9);
  if (plan->terminating) return replications * measured;
  return replications * measured * (1 + DRAIN_SHARE) + PILOTS * fmin(measured, PILOT_REQUESTS);
}

// ---- What stands inside at once ---------------------------------------------------------------------------

// How much longer a visit takes for waiting at the cores: exact or as in M/M/c; and what has piled up by the
// end of an overload.
static double stretch_of(const struct predict_station *station) {
  if (station->type == NULL || station->type->cores == STATION_UNLIMITED || station->components == 0)
    return 1;
  double cores = (double)station->type->cores;
  double use = station->load / cores;
  if (!(use < 0.999) || cores > 1e6) return 1;
  return fmin(1000, mmc_sojourn_mean(station->load, 1, (unsigned)cores));
}

static double run_seconds(const struct predictor *predictor, double measured, double offered) {
  const struct run_settings *run = &predictor->plan->run;
  if (run->duration != INT64_MAX) return (double)run->duration * 1e-9;
  return measured / offered;
}

// Visits inside a component, at most what its doors let in.
static double inside(const struct predictor *predictor, const struct predict_part *part, double seconds) {
  const struct predict_station *station = &predictor->stations[part->node];
  double stretch = stretch_of(station), number = 0, rate = 0;
  for (uint32_t v = part->visit_first; v < part->visit_end; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    number += visit->rate * visit->stay * stretch;
    rate += visit->rate;
  }
  double use = 0;
  if (station->type != NULL && station->type->cores != STATION_UNLIMITED && part->does.computes > 0)
    use = station->load / (double)station->type->cores;
  if (part->demand.workers != POOL_UNLIMITED && part->instances >= 1)
    use = fmax(use, number / (part->instances * (double)part->demand.workers));
  if (use > 1 && !part->demand.has_patience) number += rate * (1 - 1 / use) * seconds;
  bool doors = part->demand.workers != POOL_UNLIMITED && part->demand.backlog != POOL_UNLIMITED;
  double most = part->instances * ((double)part->demand.workers + (double)part->demand.backlog);
  return doors ? fmin(number, most) : number;
}

static void charge_visits(const struct bill *bill, double seconds) {
  const struct predictor *predictor = bill->predictor;
  double all = 0;
  for (uint32_t c = 0; c < predictor->plan->component_count; c++) {
    const struct predict_part *part = &predictor->parts[c];
    double number = inside(predictor, part, seconds);
    // A frame of its own, one of the call that waits for it, and what its branches need.
    double frames = 2 + (part->does.parallel ? part->calls : 0);
    if (!isfinite(number)) continue;
    all += number;
    charge(bill, number * frames * FRAME_WEIGHT, part->component->node,
           arena_format(predictor->arena, "about %.0f visits inside at once", number));
  }
  bill->prediction->cost.in_flight = all;
}

// ---- What is kept -----------------------------------------------------------------------------------------

static void charge_components(const struct bill *bill) {
  const struct predictor *predictor = bill->predictor;
  const struct plan *plan = predictor->plan;
  for (uint32_t c = 0; c < plan->component_count; c++) {
    const struct predict_part *part = &predictor->parts[c];
    const struct component *component = part->component;
    const struct node *node = node_find(component->node, "instances");
    double each = INSTANCE_WEIGHT + component->model->volatile_size + component->model->durable_size;
    charge(bill, part->instances * each, node != NULL ? node : component->node,
           arena_format(predictor->arena, "%.0f instances", part->instances));
    charge(bill,
           component->share_count * (double)(sizeof(struct fleet) + COMPONENT_HISTOGRAMS * HISTOGRAM_WEIGHT),
           component->node, "what is kept about it in each place");
  }
  for (uint32_t v = 0; v < predictor->visit_count; v++) {
    const struct predict_visit *visit = &predictor->visits[v];
    const struct predict_part *part = &predictor->parts[visit->pair / plan->request_count];
    if (!part->component->model->forwards || visit->pair % plan->request_count != 0) continue;
    double targets = 0;
    for (uint32_t i = 0; i < visit->call_count; i++)
      targets += predictor->parts[visit->calls[i].to / plan->request_count].instances;
    charge(bill, part->instances * targets * VIEW_WEIGHT, part->component->node,
           arena_format(predictor->arena, "%.0f balancers that each see %.0f targets", part->instances,
                        targets));
  }
}

// What components store, and what is remembered of writes.
static void charge_items(const struct bill *bill, double seconds) {
  const struct predictor *predictor = bill->predictor;
  const struct plan *plan = predictor->plan;
  for (uint32_t c = 0; c < plan->component_count; c++) {
    const struct predict_part *part = &predictor->parts[c];
    const struct component *component = part->component;
    double visits = 0;
    for (uint32_t v = part->visit_first; v < part->visit_end; v++)
      visits += predictor->visits[v].rate * seconds;
    if (component->model->memory == NULL || !isfinite(visits)) continue;
    charge(bill, component->model->memory(component, plan, visits), component->node, "the items in it");
  }
  const struct node *datasets = plan->dataset_count > 0 ? node_find(plan->root, "datasets") : NULL;
  for (uint16_t d = 0; d < plan->dataset_count; d++)
    charge(bill, (double)item_memory(plan, d), node_find(datasets, plan->datasets[d].name),
           "what is remembered of its writes");
}

static void charge_connections(const struct bill *bill, double requests) {
  const struct plan *plan = bill->predictor->plan;
  for (uint16_t c = 0; c < plan->client_count && !plan->network.none; c++) {
    const struct client_group *group = &plan->clients[c];
    double bytes = group->link_count * connections_memory((double)group->users, requests);
    if (isfinite(bytes)) charge(bill, bytes, group->node, "the connections of its users");
  }
}

static void charge_clients(const struct bill *bill) {
  const struct predictor *predictor = bill->predictor;
  const struct plan *plan = predictor->plan;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    double bytes = plan->request_count * (double)sizeof(struct request_measure);
    charge(bill, bytes + group->mix_count * (double)HISTOGRAM_WEIGHT, group->node,
           "what is kept about each of its requests");
    if (group->process->drive != ARRIVAL_CLOSED) continue;
    double users = (double)arrival_users(group->process_parameters, predictor->load);
    charge(bill, users * FRAME_WEIGHT, node_find(group->node, "arrivals"),
           arena_format(predictor->arena, "%.0f users", users));
  }
}

// Of each replication that is over: its windows, all there may be where its length is not known, and
// histograms of what clients and components saw.
static void keep(const struct predictor *predictor, struct predicted_cost *cost, double seconds) {
  const struct plan *plan = predictor->plan;
  double windows = fmin(SIM_WINDOWS_MOST, ceil(seconds * 1e9 / (double)plan->run.window));
  double histograms = COMPONENT_HISTOGRAMS * (double)plan->component_count;
  for (uint16_t c = 0; c < plan->client_count; c++) histograms += (double)plan->clients[c].mix_count;
  cost->kept = windows * (double)sizeof(struct window_measure) + histograms * HISTOGRAM_WEIGHT;
  cost->kept_series = windows * (double)(metric_series_columns(plan) * sizeof(struct metric_cell));
}

static void charge_run(const struct bill *bill) {
  const struct plan *plan = bill->predictor->plan;
  double machines = 0;
  for (uint16_t h = 0; h < plan->host_count; h++) machines += (double)plan->hosts[h].count;
  charge(bill, SIM_WINDOWS_MOST * (double)sizeof(struct window_measure), NULL, NULL);
  charge(bill, plan->site_count * (double)sizeof(struct site_run), NULL, NULL);
  charge(bill, machines * (double)sizeof(struct machine), NULL, NULL);
  charge(bill, (double)(sizeof(struct sim) + SLAB_CHUNK_FRAMES * FRAME_BYTES), NULL, NULL);
}

bool predict_cost(const struct predictor *predictor, struct prediction *prediction) {
  struct bill bill = {predictor, prediction};
  struct predicted_cost *cost = &prediction->cost;
  double offered = prediction->offered;
  double measured = measured_requests(predictor, offered);
  cost->events_per_request = events_per_request(predictor, offered);
  cost->requests = all_requests(predictor, measured, offered);
  if (!isfinite(cost->requests)) cost->requests = NAN;
  cost->events = cost->requests * cost->events_per_request;
  cost->cpu_seconds = cost->events * EVENT_SECONDS;
  charge_run(&bill);
  charge_components(&bill);
  charge_clients(&bill);
  cost->in_flight = NAN;
  double seconds = run_seconds(predictor, measured, offered) * (1 + DRAIN_SHARE);
  charge_items(&bill, seconds);
  keep(predictor, cost, seconds);
  charge_connections(&bill, measured * (1 + DRAIN_SHARE));
  // What is overloaded is so until the last measured request has ended, or the drain is over.
  double drain = (double)predictor->plan->run.drain * 1e-9;
  if (predictor->open_why == NULL) charge_visits(&bill, seconds + drain);
  return true;
}
