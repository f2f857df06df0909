#include "looks.h"

#include "measure.h"
#include "phase_notes.h"
#include "sim_run.h"
#include "slices.h"
#include "watch.h"

static bool look(struct replication *kept, struct sim *sim, int64_t now) {
  measure_settle(sim);
  bool complete = true;
  if (now == watch_next(kept->watch)) complete = watch_look(kept->watch, sim);
  if (now == phase_notes_next(kept->phases)) complete = phase_notes_look(kept->phases, sim) && complete;
  if (now == slices_next(kept->slices)) complete = slices_look(kept->slices, sim) && complete;
  return complete;
}

static int64_t next_look(const struct replication *kept) {
  int64_t slice = slices_next(kept->slices);
  int64_t window = watch_next(kept->watch);
  int64_t phase = phase_notes_next(kept->phases);
  int64_t next = slice < window ? slice : window;
  return next < phase ? next : phase;
}

// The window may close before the next look, which then does not count, or just at its time.
static enum engine_outcome run_window(struct replication *kept, struct sim *sim, bool *complete) {
  while (sim->phase == SIM_MEASURING) {
    int64_t until = next_look(kept);
    if (until > EVENT_TIME_MOST - 1) return ENGINE_UNTIL;
    enum engine_outcome outcome = engine_run(&sim->engine, until);
    bool whole = sim->phase == SIM_MEASURING || sim->measure_until == until;
    if (whole && (outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED))
      *complete = look(kept, sim, until) && *complete;
    if (outcome != ENGINE_UNTIL) return outcome;
  }
  return ENGINE_UNTIL;
}

static enum engine_outcome run_warmup(struct sim *sim) {
  return sim->phase == SIM_WARMING ? engine_run(&sim->engine, sim->settings.warmup) : ENGINE_UNTIL;
}

static bool open(struct replication *kept, const struct sim *sim, int64_t first,
                 const struct objectives *objectives) {
  if (sim->phase != SIM_MEASURING) return true; // the clients had nothing more to send
  if (first > 0 && (kept->slices = slices_open(sim, first, &kept->budget)) == NULL) return false;
  return watch_open(&kept->watch, sim, objectives, &kept->budget) &&
         phase_notes_open(&kept->phases, sim, &kept->budget);
}

enum engine_outcome looks_run(struct replication *kept, struct sim *sim, int64_t first,
                              const struct objectives *objectives) {
  enum engine_outcome outcome = run_warmup(sim);
  bool complete = outcome != ENGINE_UNTIL || open(kept, sim, first, objectives);
  if (outcome == ENGINE_UNTIL && complete) outcome = run_window(kept, sim, &complete);
  if (outcome == ENGINE_UNTIL && complete) outcome = sim_run(sim);
  if (outcome == ENGINE_STOPPED) outcome = ENGINE_UNTIL;
  if (outcome == ENGINE_UNTIL && complete) complete = phase_notes_end(kept->phases, sim);
  if (!complete) return ENGINE_EXHAUSTED;
  if (outcome == ENGINE_UNTIL) slices_end(kept->slices, sim);
  return outcome;
}
