#include "replication.h"

#include "measures.h"
#include "metric_book.h"
#include "metric_series.h"
#include "phase_notes.h"
#include "slices.h"
#include "watch.h"

#include <math.h>
#include <string.h>

// ---- Requests ---------------------------------------------------------------------------------------------

// A measured request that has no end yet is unfinished.
static bool keep_requests(struct replication *kept, const struct sim *sim) {
  const struct plan *plan = sim->plan;
  kept->requests =
      arena_array(&kept->arena, (size_t)plan->client_count * plan->request_count, sizeof *kept->requests);
  if (kept->requests == NULL) return false;
  bool complete = true;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    kept->issued += sim->clients[c].arrived;
    for (uint16_t r = 0; r < plan->request_count; r++) {
      struct request_measure *measure = &kept->requests[(size_t)c * plan->request_count + r];
      request_measure_init(measure, &kept->budget);
      complete = request_measure_merge(measure, &sim->clients[c].measures[r]) && complete;
      measure->failed[OUTCOME_UNFINISHED] +=
          measure->offered - measure->answered - request_measure_failed(measure);
    }
  }
  return complete;
}

// ---- Components -------------------------------------------------------------------------------------------

static double hottest_workers(const struct sim *sim, const struct component *component, double span) {
  double hottest = NAN;
  const struct instance *instance = sim->services[component->number].first;
  for (; instance != NULL; instance = instance->sibling) {
    struct model_tokens tokens = {0};
    if (instance->model->tokens == NULL) continue;
    if (!instance->model->tokens(instance, &tokens)) continue;
    hottest = fmax(hottest, (double)tokens.taken / (span * (double)tokens.pool->tokens));
  }
  return hottest;
}

static bool keep_places(struct component_kept *kept, struct replication *run, const struct sim *sim,
                        uint16_t number) {
  const struct service *service = &sim->services[number];
  const struct model *model = service->component->model;
  struct metric_raw *const *rows = sim->places.components[number];
  if (rows == NULL) return true;
  kept->places = arena_array(&run->arena, service->fleet_count, sizeof *kept->places);
  if (kept->places == NULL) return false;
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    struct metric_raw *own = metric_rows_open(model, false, &run->arena, &run->budget);
    if (own == NULL || !metric_rows_merge(own, rows[f], model, false)) return false;
    kept->places[kept->place_count++] = (struct place_kept){service->fleets[f].place, own};
  }
  return true;
}

static bool keep_component(struct component_kept *kept, struct replication *run, const struct sim *sim,
                           uint16_t number) {
  const struct service *service = &sim->services[number];
  double span = (double)(sim->measure_until - sim->measure_from);
  kept->rows = run->metrics.components[number];
  bool complete = keep_places(kept, run, sim, number);
  for (uint16_t f = 0; f < service->fleet_count; f++) {
    component_measure_merge(&kept->measure, &service->fleets[f].measure);
  }
  kept->used = kept->measure.entered;
  kept->workers_hottest = hottest_workers(sim, service->component, span);
  return complete;
}

static bool keep_components(struct replication *kept, const struct sim *sim) {
  uint16_t count = sim->plan->component_count;
  kept->components = arena_array(&kept->arena, count, sizeof *kept->components);
  if (kept->components == NULL) return false;
  if (!metric_book_open(&kept->metrics, sim->plan, true, &kept->arena, &kept->budget)) return false;
  bool complete = metric_book_merge(&kept->metrics, &sim->metrics);
  for (uint16_t c = 0; c < count; c++)
    complete = keep_component(&kept->components[c], kept, sim, c) && complete;
  return complete;
}

// ---- All of it --------------------------------------------------------------------------------------------

static bool keep_windows(struct replication *kept, struct sim *sim) {
  if (!memory_pass(&sim->budget, &kept->budget, sim->window_room * sizeof *sim->windows)) return false;
  kept->windows = sim->windows;
  kept->window_count = sim->window_count;
  kept->window_room = sim->window_room;
  kept->window_length = sim->window_length;
  sim->windows = sim->window = NULL;
  sim->window_count = sim->window_room = 0;
  return true;
}

static bool keep_series(struct replication *kept, struct sim *sim) {
  if (sim->series == NULL || sim->series->count == 0) return true;
  return metric_series_move(&kept->series, sim->series, &kept->arena, &kept->budget);
}

struct replication *replication_open(struct memory_total *total) {
  struct replication *kept = memory_take(NULL, sizeof *kept);
  if (kept == NULL) return NULL;
  memory_budget_init(&kept->budget);
  kept->budget.total = total;
  arena_init(&kept->arena, &kept->budget);
  return kept;
}

bool replication_keep(struct replication *kept, struct sim *sim) {
  kept->plan = sim->plan;
  kept->seed = sim->settings.seed;
  kept->number = sim->settings.replication;
  kept->from = sim->measure_from;
  kept->until = sim->measure_until;
  kept->ended = sim->engine.now;
  kept->events = sim->engine.events;
  kept->memory_peak = sim->budget.peak;
  bool complete = keep_requests(kept, sim);
  complete = complete && keep_components(kept, sim);
  complete = complete && keep_windows(kept, sim) && keep_series(kept, sim);
  if (complete && sim->plan->run.audit) audit_identities(sim, &kept->identities);
  kept->complete = complete;
  return complete;
}

void replication_drop(struct replication *kept) {
  if (kept == NULL) return;
  size_t requests = kept->requests == NULL ? 0 : (size_t)kept->plan->client_count * kept->plan->request_count;
  for (size_t i = 0; i < requests; i++) request_measure_drop(&kept->requests[i]);
  slices_drop(kept->slices);
  watch_close(kept->watch);
  phase_notes_drop(kept->phases);
  metric_book_drop(&kept->metrics);
  metric_series_drop(&kept->series);
  memory_give(&kept->budget, kept->windows, kept->window_room * sizeof *kept->windows);
  arena_drop(&kept->arena);
  memory_give(NULL, kept, sizeof *kept);
}

double replication_seconds(const struct replication *kept) {
  return (double)(kept->until - kept->from) * 1e-9;
}

void replication_inside(const struct replication *kept, double *values) {
  double inside = 0;
  for (uint32_t i = 0; i < kept->window_count; i++) {
    const struct window_measure *window = &kept->windows[i];
    inside += (double)window->offered - (double)window->answered - (double)window->failed;
    values[i] = inside;
  }
}
