#include "runner.h"

#include "estimates.h"
#include "memory_limit.h"
#include "pilots.h"
#include "precision.h"
#include "slices.h"
#include "tasks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PRECISION_LENGTHENINGS = 6 };

// ---- Replications -----------------------------------------------------------------------------------------

static void append(struct experiment *experiment, struct replication *kept, struct arena *arena) {
  if (experiment->count == experiment->room) {
    size_t room = experiment->room == 0 ? 16 : experiment->room * 2;
    struct replication **wider = arena_array(arena, room, sizeof *wider);
    if (experiment->count > 0) memcpy(wider, experiment->replications, experiment->count * sizeof *wider);
    experiment->replications = wider;
    experiment->room = room;
  }
  experiment->replications[experiment->count++] = kept;
}

static size_t first_replications(const struct experiment *experiment) {
  const struct run_settings *run = &experiment->plan->run;
  if (run->precision <= 0) return (size_t)run->replications;
  size_t first = precision_next(0, (size_t)run->replications_most);
  return first > 0 ? first : 1;
}

enum { SLICES_AT_FIRST = SLICES_MOST * 3 / 4, SLICE_LEAST = 1000 };

// Slices of a run that stands alone: as many as there is room for, where its length is known in advance; they
// grow with the run where it is not.
static int64_t first_slice(const struct experiment *experiment, size_t wanted) {
  const struct run_settings *run = &experiment->plan->run;
  if (wanted != 1 || run->precision > 0 || experiment->plan->terminating) return 0;
  double length = (double)run->duration;
  if (run->duration == INT64_MAX) length = 1e9 * (double)run->requests / experiment_rate(experiment);
  double slice = length / SLICES_AT_FIRST;
  return slice >= SLICE_LEAST && slice < 1e18 ? (int64_t)slice : SLICE_LEAST;
}

// Brings each experiment to `wanted[i]` replications.
static void run_replications(const struct runner *runner, struct experiment *experiments,
                             const size_t *wanted, size_t count, struct arena *arena) {
  size_t planned = 0;
  for (size_t i = 0; i < count; i++) {
    if (wanted[i] > experiments[i].count) planned += wanted[i] - experiments[i].count;
  }
  struct task *tasks = arena_array(arena, planned, sizeof *tasks);
  size_t task = 0;
  for (size_t i = 0; i < count; i++) {
    struct experiment *experiment = &experiments[i];
    if (experiment_is_over(experiment)) continue;
    for (size_t r = experiment->count; r < wanted[i]; r++) {
      struct sim_settings settings = task_settings(runner, experiment, experiment->lengthening);
      settings.replication = (uint32_t)r;
      settings.series = experiment->series;
      settings.trace = r == 0 ? experiment->trace : NULL;
      settings.fail_at = r > 0 ? runner->fail_at : 0;
      tasks[task++] = (struct task){
          .experiment = experiment, .settings = settings, .slice = first_slice(experiment, wanted[i])};
    }
  }
  tasks_run(runner, tasks, task, "replications");
  for (size_t i = 0; i < task; i++) {
    task_judge(&tasks[i]);
    if (tasks[i].result != NULL) append(tasks[i].experiment, tasks[i].result, arena);
  }
}

// ---- Precision --------------------------------------------------------------------------------------------

static void restart_longer(struct experiment *experiment) {
  for (size_t i = 0; i < experiment->count; i++) replication_drop(experiment->replications[i]);
  experiment->count = 0;
  experiment->lengthening *= 2;
}

// Whether replications alone may do: a percentile with too few samples gets no interval from more of them,
// and the width falls with the root of their number.
static bool replications_do(const struct estimate *estimate, size_t count, const struct run_settings *run) {
  if (isnan(estimate->value) || isinf(estimate->value)) return true;
  if (!estimate->has_interval) return false;
  double ratio = precision_attained(estimate) / run->precision;
  return !isfinite(ratio) || (double)count * ratio * ratio <= (double)run->replications_most;
}

static const char *describe_precision(const struct estimate *estimate, const struct experiment *experiment,
                                      bool reached, struct arena *arena) {
  char lengthened[64] = "";
  if (experiment->lengthening > 1)
    snprintf(lengthened, sizeof lengthened, ", runs made %g times longer", experiment->lengthening);
  return arena_format(arena, "%s: ±%.2g%% after %zu replications%s", reached ? "reached" : "not reached",
                      100 * precision_attained(estimate), experiment->count, lengthened);
}

static struct estimate look(const struct experiment *experiment, struct figure figure) {
  struct scope scope;
  scope_open(&scope, experiment, SCOPE_ALL, SCOPE_ALL);
  struct estimate estimate = scope_estimate(&scope, figure, 0.95);
  scope_close(&scope);
  return estimate;
}

// Adds replications until the interval is narrow enough, looking at growing numbers; where the first look
// says that the most allowed would not do, the runs become longer instead.
static void reach_precision(const struct runner *runner, struct experiment *experiment, struct arena *arena) {
  const struct run_settings *run = &experiment->plan->run;
  struct figure figure = {FIGURE_MEAN, 0};
  figure_read(run->precision_of, &figure);
  while (!experiment_is_over(experiment)) {
    struct estimate estimate = look(experiment, figure);
    size_t next = precision_next(experiment->count, (size_t)run->replications_most);
    bool reached = precision_reached(&estimate, run->precision);
    bool longer = !reached && experiment->count == first_replications(experiment) &&
                  experiment->lengthening < (1 << PRECISION_LENGTHENINGS) &&
                  !replications_do(&estimate, experiment->count, run);
    if (longer) {
      restart_longer(experiment);
      next = first_replications(experiment);
    }
    if (reached || next == 0) {
      experiment->precision = describe_precision(&estimate, experiment, reached, arena);
      return;
    }
    run_replications(runner, experiment, &next, 1, arena);
  }
}

// ---- All of it --------------------------------------------------------------------------------------------

static void share_warmup(struct experiment *experiments, size_t count) {
  int64_t longest = 0;
  for (size_t i = 0; i < count; i++) {
    if (experiments[i].warmup > longest) longest = experiments[i].warmup;
  }
  for (size_t i = 0; i < count; i++) {
    if (experiments[i].plan->terminating || experiments[i].plan->run.warmup_kind == WARMUP_FIXED) continue;
    if (experiments[i].warmup == longest) continue;
    experiments[i].warmup = longest;
    experiments[i].warmup_method = "that of the scenario compared with, which is longer";
  }
}

static void look_for_steadiness(struct experiment *experiment, struct arena *arena) {
  experiment->unsteady = estimates_overload(experiment, arena);
  experiment->no_steady_state = experiment->unsteady != NULL;
  if (experiment->unsteady == NULL)
    experiment->unsteady = estimates_unsteady(experiment, &experiment->no_steady_state, arena);
}

// A tenth is left to what is not simulation.
static struct memory_total *all_memory(struct arena *arena) {
  struct memory_total *memory = arena_take(arena, sizeof *memory);
  size_t limit = memory_limit();
  memory_total_init(memory, limit == 0 ? SIZE_MAX : limit / 10 * 9);
  return memory;
}

bool runner_run(struct runner *runner, struct experiment *experiments, size_t count, bool together) {
  size_t *wanted = arena_array(runner->arena, count, sizeof *wanted);
  if (runner->memory == NULL) runner->memory = all_memory(runner->arena);
  for (size_t i = 0; i < count; i++) {
    experiments[i].lengthening = 1;
    wanted[i] = first_replications(&experiments[i]);
  }
  pilots_run(runner, experiments, count, runner->arena);
  if (together) share_warmup(experiments, count);
  run_replications(runner, experiments, wanted, count, runner->arena);
  bool fine = true;
  for (size_t i = 0; i < count; i++) {
    bool asked = experiments[i].plan->run.precision > 0;
    if (asked && !experiment_is_over(&experiments[i]))
      reach_precision(runner, &experiments[i], runner->arena);
    look_for_steadiness(&experiments[i], runner->arena);
    fine = fine && !experiment_is_over(&experiments[i]);
  }
  return fine;
}
