#include "sim_run.h"

#include "client.h"
#include "control.h"
#include "flow.h"
#include "instance.h"
#include "journey.h"
#include "machine_failure.h"
#include "metric_book.h"
#include "metric_series.h"
#include "timeline.h"
#include "visit_trace.h"
#include "way.h"
#include "window.h"

#include <string.h>

void sim_control(struct sim *sim, struct frame *frame) {
  const struct control_frame control = *(const struct control_frame *)(const void *)frame;
  slab_give(&sim->engine.frames, frame);
  switch (control.control) {
  case CONTROL_MEASURE:
    window_begin(sim);
    break;
  case CONTROL_WINDOW:
    if (client_exhausted(sim)) window_close(sim);
    window_next(sim);
    break;
  case CONTROL_CLOSE:
    window_close(sim);
    break;
  case CONTROL_DRAINED:
    window_drained(sim);
    break;
  case CONTROL_BOOTED:
    instance_booted(sim, sim->instances[control.subject]);
    break;
  case CONTROL_MEMORY:
    machine_relieve(sim, sim->machines[control.subject]);
    break;
  case CONTROL_MACHINE_FAILS:
    machine_fail(sim, sim->machines[control.subject]);
    break;
  case CONTROL_MACHINE_REPAIRED:
    machine_repair(sim, sim->machines[control.subject]);
    break;
  case CONTROL_RESTARTED:
    instance_relent(sim, sim->instances[control.subject]);
    break;
  case CONTROL_TIMELINE:
    timeline_begin(sim, control.subject);
    break;
  case CONTROL_TIMELINE_END:
    timeline_end(sim, control.subject);
    break;
  }
}

// ---- A run ----

static bool open_series(struct sim *sim) {
  sim->series = arena_take(&sim->arena, sizeof *sim->series);
  return sim->series != NULL && metric_series_open(sim->series, sim);
}

static bool prepare(struct sim *sim) {
  const struct plan *plan = sim->plan;
  sim->sites = memory_take(&sim->budget, (plan->site_count + 1U) * sizeof *sim->sites);
  sim->datasets = arena_array(&sim->arena, plan->dataset_count + 1U, sizeof *sim->datasets);
  if (sim->sites == NULL || sim->datasets == NULL) return false;
  if (!metric_book_open(&sim->metrics_from, plan, false, &sim->arena, &sim->budget) ||
      !metric_book_open(&sim->metrics, plan, true, &sim->arena, &sim->budget) ||
      !metric_places_open(&sim->places_from, plan, &sim->arena, &sim->budget) ||
      !metric_places_open(&sim->places, plan, &sim->arena, &sim->budget))
    return false;
  for (uint32_t i = 0; i < plan->site_count; i++) histogram_init(&sim->sites[i].latency, &sim->budget);
  if (sim->settings.trace != NULL && (sim->trace = visit_trace_open(sim)) == NULL) return false;
  sim->journeys = journey_needed(plan);
  sim->inherits_deadlines = plan->propagates;
  if (!instance_deploy_all(sim) || !client_start_all(sim) || !timeline_start(sim)) return false;
  if (sim->settings.series && !open_series(sim)) return false;
  window_next(sim);
  if (sim->window == NULL) return false;
  if (sim->settings.warmup > 0) return control_after(sim, sim->settings.warmup, CONTROL_MEASURE, 0);
  window_begin(sim);
  return !sim->budget.exhausted;
}

bool sim_init(struct sim *sim, const struct plan *plan, const struct sim_settings *settings) {
  memset(sim, 0, sizeof *sim);
  sim->plan = plan;
  sim->settings = *settings;
  sim->where = (struct assertion_context){.now = &sim->engine.now,
                                          .event = &sim->engine.events,
                                          .seed = settings->seed,
                                          .replication = settings->replication};
  memory_budget_init(&sim->budget);
  if (settings->memory_limit > 0) sim->budget.limit = settings->memory_limit;
  sim->budget.total = settings->memory;
  sim->budget.fail_at = settings->fail_at;
  arena_init(&sim->arena, &sim->budget);
  engine_init(&sim->engine, &sim->budget, flow_handlers, sim);
  sim->engine.interrupt = settings->interrupt;
  sim->measured_to_come = (uint64_t)settings->requests;
  sim->measured_sent = UINT64_MAX;
  sim->window_length = settings->window;
  return prepare(sim);
}

enum engine_outcome sim_run(struct sim *sim) {
  enum engine_outcome outcome = engine_run(&sim->engine, EVENT_TIME_MOST - 1);
  return outcome == ENGINE_STOPPED ? ENGINE_UNTIL : outcome;
}

void sim_drop(struct sim *sim) {
  visit_trace_close(sim);
  if (sim->series != NULL) metric_series_drop(sim->series);
  metric_drop_instances(sim);
  metric_book_drop(&sim->metrics);
  instance_drop_all(sim);
  client_drop_all(sim);
  for (uint32_t i = 0; sim->sites != NULL && i < sim->plan->site_count; i++)
    histogram_free(&sim->sites[i].latency);
  memory_give(&sim->budget, sim->sites, (sim->plan->site_count + 1U) * sizeof *sim->sites);
  memory_give(&sim->budget, sim->windows, sim->window_room * sizeof *sim->windows);
  memory_give(&sim->budget, sim->balanced, sim->balanced_room * sizeof *sim->balanced);
  way_drop(sim);
  engine_drop(&sim->engine);
  arena_drop(&sim->arena);
}
