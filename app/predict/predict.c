#include "predict.h"

#include "pool.h"
#include "predict_laws.h"
#include "predict_parts.h"

#include <math.h>

static const double nanosecond = 1e-9;

// ---- What clients offer -----------------------------------------------------------------------------------

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

// ---- The figures ------------------------------------------------------------------------------------------

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
                                            .work = part->does.work * nanosecond / predict_speed(station),
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

// ---- The whole --------------------------------------------------------------------------------------------

static void say_of_rates(const struct predictor *predictor, struct prediction *prediction) {
  const struct plan *plan = predictor->plan;
  prediction->rate_why = predictor->open_why;
  for (uint16_t c = 0; c < plan->client_count && prediction->rate_why == NULL; c++) {
    if (plan->clients[c].shape != NULL)
      prediction->rate_why = "rates are those without the shape, which changes them over time";
    if (plan->clients[c].process->requests != NULL)
      prediction->rate_why = "the rate of a trace is its mean; a mix beside its names counts for them";
  }
}

static bool prepare(struct predictor *predictor) {
  const struct plan *plan = predictor->plan;
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, predictor->arena);
  struct field_context context = {.arena = predictor->arena, .diagnostics = &diagnostics};
  if (!demand_solve(plan, &context, &predictor->demand)) return false;
  predictor->changes = plan->terminating || plan->timeline_count > 0;
  predictor->closed = plan->client_count == 1 && plan->clients[0].process->drive == ARRIVAL_CLOSED;
  if (!predictor->closed) predictor->open_why = unknown_rates(predictor);
  return predict_stations(predictor) && predict_visits(predictor) && predict_components(predictor);
}

static bool follow_open(struct predictor *predictor, struct prediction *prediction) {
  if (!predict_load(predictor)) return false;
  if (predictor->open_why == NULL) prediction->offered = offered_rate(predictor);
  return predict_streams(predictor);
}

bool predict(struct prediction *prediction, const struct plan *plan, double load, struct arena *arena) {
  struct predictor predictor = {.plan = plan, .load = load, .arena = arena};
  *prediction = (struct prediction){.plan = plan, .load = load, .offered = NAN, .response = NAN};
  prediction->bottleneck.users = prediction->bottleneck.load = prediction->bottleneck.rate = NAN;
  prediction->components = arena_array(arena, plan->component_count, sizeof *prediction->components);
  if (prediction->components == NULL || !prepare(&predictor)) return false;
  if (!(predictor.closed ? predict_closed : follow_open)(&predictor, prediction)) return false;
  share_doubts(&predictor);
  for (uint16_t c = 0; c < plan->component_count; c++)
    figure(&predictor, &predictor.parts[c], &prediction->components[c]);
  if (!predict_calls(&predictor, prediction)) return false;
  bool solved = predictor.open_why == NULL;
  if (predictor.closed && solved) predict_closed_figures(&predictor, prediction);
  if (solved) predict_bottleneck(&predictor, prediction);
  if (predictor.closed && !solved) predict_closed_bottleneck(&predictor, prediction);
  say_of_rates(&predictor, prediction);
  predict_network(&predictor, &prediction->network);
  return predict_cost(&predictor, prediction);
}
