// The phases of a run: the window that is measured, what comes before it and what drains after it; and the
// windows of the series, into which all of it is divided.
#include "window.h"

#include "control.h"
#include "measure.h"
#include "metric_book.h"
#include "metric_series.h"
#include "visit.h"

#include <string.h>

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

static bool make_window(struct sim *sim) {
  void *windows = sim->windows;
  if (!memory_room(&sim->budget, &windows, sim->window_count, &sim->window_room, sizeof *sim->windows))
    return false;
  sim->windows = windows;
  sim->window = &sim->windows[sim->window_count++];
  return true;
}

// Windows stand at multiples of their length from the start of the run, warm-up included. Merging keeps it
// so. Without memory for another one the run is over, as wherever memory runs out.
void window_next(struct sim *sim) {
  if (sim->series != NULL && !metric_series_next(sim->series, sim)) sim->budget.exhausted = true;
  if (sim->window_count == SIM_WINDOWS_MOST) merge_windows(sim);
  if (!make_window(sim)) return;
  control_after(sim, sim->window_length, CONTROL_WINDOW, 0);
}

// ---- Phases ----

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

void window_begin(struct sim *sim) {
  pause_series(sim);
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++)
      measure_restart(&sim->services[c].fleets[f].measure);
  }
  sim->phase = SIM_MEASURING;
  sim->measuring = true;
  sim->books_once = !sim->journeys && sim->trace == NULL;
  sim->measure_from = sim->engine.now;
  note_areas(sim, true);
  metric_begin_window(sim);
  resume_series(sim);
  if (sim->settings.duration != INT64_MAX) control_after(sim, sim->settings.duration, CONTROL_CLOSE, 0);
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

static void complete_measures(struct sim *sim) {
  for (uint16_t c = 0; c < sim->plan->component_count; c++) {
    for (uint16_t f = 0; f < sim->services[c].fleet_count; f++) {
      measure_complete(&sim->services[c].fleets[f].measure);
    }
  }
}

// What is still inside when the drain's time is over stays unfinished.
void window_drained(struct sim *sim) {
  sim->phase = SIM_OVER;
  engine_stop(&sim->engine);
}

void window_requests_over(struct sim *sim) {
  if (sim->phase == SIM_DRAINING) window_drained(sim);
}

void window_close(struct sim *sim) {
  if (sim->phase != SIM_MEASURING) return;
  measure_settle(sim);
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
  control_after(sim, sim->settings.drain, CONTROL_DRAINED, 0);
  if (sim->measured_ended == sim->measured_sent) window_requests_over(sim);
}
