#include "kill_each.h"

#include "console.h"
#include "memory_limit.h"
#include "sim_run.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// A tenth is left to what is not simulation.
static struct sim_settings short_run(const struct kill_each *all) {
  const struct run_settings *run = &all->plan->run;
  return (struct sim_settings){.seed = run->seed,
                               .load = 1,
                               .duration = run->duration,
                               .requests = run->requests,
                               .drain = run->drain,
                               .window = run->window,
                               .memory_limit = memory_limit() / 10 * 9,
                               .interrupt = all->interrupt};
}

static bool stop(struct kill_each *all, const char *why, bool failed) {
  all->stopped = why;
  all->failed = failed;
  return false;
}

// The run up to an event. False: it is not to be had, and all is over.
static bool run_to(struct kill_each *all, struct sim *sim, uint64_t event) {
  struct sim_settings settings = short_run(all);
  if (!sim_init(sim, all->plan, &settings)) return stop(all, "memory ran out", true);
  assertion_set_context(&sim->where);
  enum engine_outcome outcome = engine_run_some(&sim->engine, EVENT_TIME_MOST - 1, event);
  if (outcome == ENGINE_INTERRUPTED) return stop(all, "interrupted", false);
  if (outcome == ENGINE_LIVELOCK) return stop(all, "a circle without delay", true);
  if (sim->budget.exhausted || outcome == ENGINE_EXHAUSTED) return stop(all, "memory ran out", true);
  return true;
}

static void drop(struct sim *sim) {
  sim_drop(sim);
  assertion_set_context(NULL);
}

// ---- One death --------------------------------------------------------------------------------------------

static bool note(struct kill_each *all, const struct sim *sim, const char *how, const char *what) {
  if (what == NULL) return true;
  struct kill_finding *finding = &all->findings[all->finding_count++];
  *finding = (struct kill_finding){.event = sim->engine.events, .time = sim->engine.now, .how = how};
  snprintf(finding->what, sizeof finding->what, "%s", what);
  if (all->finding_count < KILL_FINDINGS_MOST) return true;
  return stop(all, "enough was found", false);
}

// What lives is looked at before the first of its deaths alone: it is the same before the second.
static bool die_at(struct kill_each *all, struct sim *sim, uint64_t event, bool silent) {
  char text[KILLING_TEXT_BYTES];
  const char *how = silent ? "hang" : "reset";
  bool go_on = run_to(all, sim, event);
  if (go_on && !silent) go_on = note(all, sim, "alive", killing_fault(sim, text));
  if (go_on) {
    killing_all(sim, silent);
    go_on = note(all, sim, how, killing_leftover(sim, text));
  }
  drop(sim);
  if (!go_on || sim->budget.used == 0) return go_on;
  snprintf(text, sizeof text, "%zu bytes of the run's memory are not given back", sim->budget.used);
  return note(all, sim, how, text);
}

// ---- All of them ------------------------------------------------------------------------------------------

static bool measure(struct kill_each *all, struct sim *sim) {
  bool right = run_to(all, sim, KILL_EVENTS_MOST);
  all->events = sim->engine.events;
  all->length = sim->engine.now;
  all->whole = sim->phase == SIM_OVER;
  drop(sim);
  all->moments = all->event > 0 ? 1 : all->events < KILL_MOMENTS_MOST ? all->events : KILL_MOMENTS_MOST;
  if (all->event > all->events) return stop(all, "its short run has no such event", true);
  return right;
}

static bool may_go_on(struct kill_each *all) {
  if (all->interrupt != NULL && atomic_load(all->interrupt)) return stop(all, "interrupted", false);
  if (console_wall_time() >= all->deadline) return stop(all, "its time ran out", false);
  return true;
}

static void show_progress(const struct kill_each *all, int64_t started) {
  double elapsed = (double)(console_wall_time() - started);
  fprintf(stderr, "\r\033[Kdeaths: %" PRIu64 " of %" PRIu64 " events", all->done, all->moments);
  if (all->done > 0) { // a later death takes longer: by as much as there is more to run before it
    double part = (double)all->done / (double)all->moments;
    double left = elapsed * (1 / (part * part) - 1);
    fprintf(stderr, ", at most about %s left", units_show_duration(ceil(left * 1e-9) * 1e9).text);
  }
  fflush(stderr);
}

void kill_each_run(struct kill_each *all) {
  struct sim *sim = memory_take(NULL, sizeof *sim);
  int64_t started = console_wall_time(), shown = started;
  bool go_on = sim != NULL ? measure(all, sim) : stop(all, "memory ran out", true);
  for (uint64_t moment = 1; go_on && moment <= all->moments; moment++) {
    uint64_t event = all->event > 0 ? all->event : moment * all->events / all->moments;
    go_on = may_go_on(all) && die_at(all, sim, event, false) && die_at(all, sim, event, true);
    all->done += go_on;
    if (!all->progress || console_wall_time() - shown < 200000000) continue;
    show_progress(all, started);
    shown = console_wall_time();
  }
  if (all->progress) fputs("\r\033[K", stderr);
  memory_give(NULL, sim, sizeof *sim);
}
