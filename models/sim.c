// A run from its first event to its last: warming up, measuring a window, draining what arrived in it.
#include "sim.h"

#include "client.h"
#include "flow.h"
#include "instance.h"
#include "journey.h"
#include "machine.h"
#include "timeline.h"
#include "visit.h"
#include "visit_trace.h"
#include "way.h"

#include <string.h>

struct control_frame {
  struct frame frame;
  enum control control;
  uint32_t subject;
};

struct random_stream sim_stream(const struct sim *sim, const char *name, const char *purpose) {
  // Pilots have streams of their own, so that what decides the warm-up is never reported.
  uint32_t replication = sim->settings.replication | (sim->settings.pilot ? UINT32_C(1) << 31 : 0);
  return random_named(sim->settings.seed, replication, name, purpose);
}

bool sim_after(struct sim *sim, int64_t delay, enum control control, uint32_t subject) {
  struct control_frame *frame = slab_take(&sim->engine.frames, FRAME_CONTROL);
  if (frame == NULL) return false;
  frame->control = control;
  frame->subject = subject;
  bool failure = control >= CONTROL_BOOTED;
  engine_arm(&sim->engine, &frame->frame, sim->engine.now + delay, failure ? EVENT_FAILURE : EVENT_CONTROL);
  return true;
}

// ---- Windows of the series ----

// Once there are too many windows, two become one: a long run has coarser ones.
static void merge_windows(struct sim *sim) {
  for (uint32_t i = 0; i < SIM_WINDOWS_MOST / 2; i++) {
    struct window_measure *into = &sim->windows[i];
    *into = sim->windows[2 * i];
    const struct window_measure *other = &sim->windows[2 * i + 1];
    into->offered += other->offered;
    into->further += other->further;
    into->answered += other->answered;
    into->failed += other->failed;
    for (int k = 0; k < OUTCOMES; k++) into->failures[k] += other->failures[k];
    into->latency.sum += other->latency.sum;
    if (other->latency.largest > into->latency.largest) into->latency.largest = other->latency.largest;
  }
  memset(&sim->windows[SIM_WINDOWS_MOST / 2], 0, SIM_WINDOWS_MOST / 2 * sizeof *sim->windows);
  sim->window_count = SIM_WINDOWS_MOST / 2;
  sim->window_length *= 2;
}

// Windows stand at multiples of their length from the start of the run, warm-up included. Merging keeps it
// so.
static void next_window(struct sim *sim) {
  if (client_exhausted(sim)) sim_close_window(sim);
  if (sim->series != NULL && !metric_series_next(sim->series, sim)) sim->budget.exhausted = true;
  if (sim->window_count == SIM_WINDOWS_MOST) merge_windows(sim);
  sim->window = &sim->windows[sim->window_count++];
  sim_after(sim, sim->window_length, CONTROL_WINDOW, 0);
}

// ---- Phases ----

static void restart_measure(struct component_measure *measure) {
  struct component_measure fresh = {.inside = measure->inside,
                                    .entered = measure->entered,
                                    .left = measure->left,
                                    .bytes_out = measure->bytes_out,
                                    .bytes_to_clients = measure->bytes_to_clients,
                                    .sojourn_histogram = measure->sojourn_histogram,
                                    .wait_histogram = measure->wait_histogram};
  histogram_clear(&fresh.sojourn_histogram);
  histogram_clear(&fresh.wait_histogram);
  level_restart_peak(&fresh.inside);
  *measure = fresh;
}

static void note_areas(struct sim *sim, bool from) {
  int64_t now = sim->engine.now;
  for (uint32_t i = 0; i < sim->machine_count; i++) {
    struct machine *machine = sim->machines[i];
    struct machine_areas *areas = from ? &machine->from : &machine->until;
    areas->busy = level_area(&machine->cores.busy, now);
    areas->queued = level_area(&machine->cores.queued, now);
    areas->alive = machine->alive + (machine->alive_since >= 0 ? now - machine->alive_since : 0);
    if (from) level_restart_peak(&machine->cores.queued);
  }
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++) {
      struct fleet *fleet = &sim->services[c].fleets[f];
      struct fleet_areas *areas = from ? &fleet->from : &fleet->until;
      areas->inside = level_area(&fleet->measure.inside, now);
      areas->serving = level_area(&fleet->serving_level, now);
    }
  }
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    struct instance *instance = sim->instances[i];
    if (instance->model->note != NULL) instance->model->note(sim, instance, from);
  }
}

// What clears or completes the counters of components stands between these two.
static void pause_series(struct sim *sim) {
  if (sim->series != NULL && !metric_series_note(sim->series, sim)) sim->budget.exhausted = true;
}

static void resume_series(struct sim *sim) {
  if (sim->series != NULL && !metric_series_restart(sim->series, sim)) sim->budget.exhausted = true;
}

static void begin_window(struct sim *sim) {
  pause_series(sim);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++)
      restart_measure(&sim->services[c].fleets[f].measure);
  }
  sim->phase = SIM_MEASURING;
  sim->measuring = true;
  sim->books_once = !sim->journeys && sim->trace == NULL;
  sim->measure_from = sim->engine.now;
  note_areas(sim, true);
  metric_begin_window(sim);
  resume_series(sim);
  if (sim->settings.duration != INT64_MAX) sim_after(sim, sim->settings.duration, CONTROL_CLOSE, 0);
}

// Visits that are still inside: the part of their stay that lies in the window.
static void count_inside(struct sim *sim) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct visit *visit = slab_at(&sim->engine.frames, index);
    const struct frame *frame = &visit->strand.job.frame;
    if (frame->kind != FRAME_VISIT || (frame->flags & FLAG_ENTERED) == 0) continue;
    int64_t from = visit->entered > sim->measure_from ? visit->entered : sim->measure_from;
    visit->instance->fleet->measure.sojourn_sum += sim->engine.now - from;
  }
}

static void settle_sole_visits(struct sole_visits *sole, struct request_measure *client) {
  if (sole->sojourn.count == 0) return;
  struct component_measure *component = &sole->fleet->measure;
  client->answers += sole->sojourn.count;
  client->answered += sole->sojourn.count;
  tally_merge(&client->latency, &sole->sojourn);
  histogram_merge(&client->latency_histogram, &sole->histogram);
  component->outcomes[OUTCOME_DONE] += sole->sojourn.count;
  tally_merge(&component->sojourn, &sole->sojourn);
  histogram_merge(&component->sojourn_histogram, &sole->histogram);
  sole->sojourn = (struct tally){0};
  histogram_clear(&sole->histogram);
}

// A request that needs no call makes one attempt.
void sim_settle(struct sim *sim) {
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    struct client_run *client = &sim->clients[c];
    for (uint16_t r = 0; r < sim->plan->request_count; r++) {
      if (client->group->entries[r].policy == NULL)
        client->measures[r].attempts = client->measures[r].offered;
      settle_sole_visits(&client->soles[r], &client->measures[r]);
    }
  }
}

static void complete_measures(struct sim *sim) {
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++) {
      visit_complete_measure(&sim->services[c].fleets[f].measure);
    }
  }
}

// What is still inside when the drain's time is over stays unfinished.
static void finish(struct sim *sim) {
  sim->phase = SIM_OVER;
  engine_stop(&sim->engine);
}

void sim_requests_over(struct sim *sim) {
  if (sim->phase == SIM_DRAINING) finish(sim);
}

void sim_close_window(struct sim *sim) {
  if (sim->phase != SIM_MEASURING) return;
  sim_settle(sim);
  pause_series(sim);
  count_inside(sim);
  metric_end_window(sim);
  complete_measures(sim);
  note_areas(sim, false);
  sim->phase = SIM_DRAINING;
  sim->measuring = false;
  sim->books_once = false;
  resume_series(sim);
  sim->measured_sent = (uint64_t)sim->settings.requests - sim->measured_to_come;
  sim->measure_until = sim->engine.now;
  sim_after(sim, sim->settings.drain, CONTROL_DRAINED, 0);
  if (sim->measured_ended == sim->measured_sent) sim_requests_over(sim);
}

void sim_control(struct sim *sim, struct frame *frame) {
  const struct control_frame control = *(const struct control_frame *)(const void *)frame;
  slab_give(&sim->engine.frames, frame);
  switch (control.control) {
  case CONTROL_MEASURE:
    begin_window(sim);
    break;
  case CONTROL_WINDOW:
    next_window(sim);
    break;
  case CONTROL_CLOSE:
    sim_close_window(sim);
    break;
  case CONTROL_DRAINED:
    finish(sim);
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
  sim->windows = memory_take(&sim->budget, SIM_WINDOWS_MOST * sizeof *sim->windows);
  sim->sites = memory_take(&sim->budget, (plan->site_count + 1U) * sizeof *sim->sites);
  sim->datasets = arena_array(&sim->arena, plan->dataset_count + 1U, sizeof *sim->datasets);
  if (sim->windows == NULL || sim->sites == NULL || sim->datasets == NULL) return false;
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
  next_window(sim);
  if (sim->settings.warmup > 0) return sim_after(sim, sim->settings.warmup, CONTROL_MEASURE, 0);
  begin_window(sim);
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
  memory_give(&sim->budget, sim->windows, SIM_WINDOWS_MOST * sizeof *sim->windows);
  memory_give(&sim->budget, sim->balanced, sim->balanced_room * sizeof *sim->balanced);
  way_drop(sim);
  engine_drop(&sim->engine);
  arena_drop(&sim->arena);
}
