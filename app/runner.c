#include "runner.h"

#include "console.h"
#include "estimates.h"
#include "looks.h"
#include "memory_limit.h"
#include "mser.h"
#include "precision.h"
#include "slices.h"
#include "trend.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
  PILOTS = 5,
  PILOT_REQUESTS = 100000, // a pilot is at least this long, or as long as the run
  PILOT_LENGTHENINGS = 4,  // doublings
  PRECISION_LENGTHENINGS = 6
};

static const double WARMUP_LEAST = 0.1; // of the run
static const double GROWTH_LEVEL = 1e-4;

// ---- Tasks over threads -----------------------------------------------------------------------------------

struct task {
  struct experiment *experiment;
  struct sim_settings settings;
  int64_t slice;              // ns of a slice to begin with; 0: none are taken
  struct replication *result; // NULL: not finished
  enum engine_outcome outcome;
  bool tried;
  char failure[512];
};

struct crew {
  struct task *tasks;
  size_t count;
  size_t next; // guarded by `lock`, as is `done`
  size_t done;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  atomic_bool stop;
};

// A tenth is left to what is not simulation.
static size_t run_memory(int64_t jobs) {
  return memory_limit() / (size_t)jobs / 10 * 9;
}

static void describe_failure(struct task *task, const struct sim *sim) {
  const char *why = "memory ran out";
  if (task->outcome == ENGINE_UNTIL)
    why = "time ran out before the window closed: nobody sends any more, and what was sent never ends";
  if (task->outcome == ENGINE_LIVELOCK)
    why = "more steps at one instant than can be meant: a circle without delay";
  char circle[128] = "";
  for (uint16_t i = 0; i < sim->circle_count; i++) {
    size_t used = strlen(circle);
    snprintf(circle + used, sizeof circle - used, "%s%s", i == 0 ? " through " : ", ",
             sim->plan->components[sim->circle[i]].name);
  }
  snprintf(task->failure, sizeof task->failure,
           "%s: %s%s (seed %" PRIu64 ", replication %" PRIu32 ", time %.9g s, event %" PRIu64 ")",
           task->experiment->name, why, circle, sim->settings.seed, sim->settings.replication,
           (double)sim->engine.now * 1e-9, sim->engine.events);
}

// Runs it, and keeps what it has measured. Whether it came to its end.
static bool simulate(struct task *task, struct sim *sim, struct replication *kept) {
  const struct objectives *objectives = task->settings.pilot ? NULL : task->experiment->objectives;
  if (!sim_init(sim, task->experiment->plan, &task->settings)) return false;
  assertion_set_context(&sim->where);
  task->outcome = looks_run(kept, sim, task->slice, objectives);
  if (task->outcome == ENGINE_UNTIL && sim->budget.exhausted) task->outcome = ENGINE_EXHAUSTED;
  if (task->outcome != ENGINE_UNTIL || sim->phase != SIM_OVER) return false;
  kept->outcome = task->outcome;
  if (replication_keep(kept, sim)) return true;
  task->outcome = ENGINE_EXHAUSTED;
  return false;
}

static void perform(struct task *task) {
  int64_t started = console_thread_time();
  struct sim *sim = memory_take(NULL, sizeof *sim);
  struct replication *kept = replication_open();
  task->tried = true;
  task->outcome = ENGINE_EXHAUSTED;
  if (sim == NULL || kept == NULL) {
    snprintf(task->failure, sizeof task->failure, "memory ran out");
  } else {
    if (simulate(task, sim, kept)) {
      kept->cpu_time = console_thread_time() - started;
      task->result = kept;
    } else if (task->outcome != ENGINE_INTERRUPTED) {
      describe_failure(task, sim);
    }
    sim_drop(sim);
    assertion_set_context(NULL);
  }
  if (task->result == NULL) replication_drop(kept);
  memory_give(NULL, sim, sizeof *sim);
}

static struct task *take_task(struct crew *crew) {
  pthread_mutex_lock(&crew->lock);
  struct task *task =
      crew->next < crew->count && !atomic_load(&crew->stop) ? &crew->tasks[crew->next++] : NULL;
  pthread_mutex_unlock(&crew->lock);
  return task;
}

static void *work(void *context) {
  struct crew *crew = context;
  for (struct task *task = take_task(crew); task != NULL; task = take_task(crew)) {
    perform(task);
    pthread_mutex_lock(&crew->lock);
    crew->done++;
    pthread_cond_signal(&crew->changed);
    pthread_mutex_unlock(&crew->lock);
  }
  return NULL;
}

// ---- Progress and the end ---------------------------------------------------------------------------------

static void show_progress(const struct runner *runner, const struct crew *crew, const char *what,
                          int64_t started) {
  double elapsed = (double)(console_wall_time() - started) / 1e9;
  fprintf(stderr, "\r\033[K%s%s: %zu of %zu", runner->heading != NULL ? runner->heading : "", what,
          crew->done, crew->count);
  if (runner->heading == NULL && crew->done > 0 && crew->done < crew->count) {
    double left = elapsed / (double)crew->done * (double)(crew->count - crew->done);
    fprintf(stderr, ", about %s left", units_show_duration(ceil(left) * 1e9).text);
  }
  fflush(stderr);
}

static bool must_stop(const struct runner *runner) {
  return (runner->interrupt != NULL && atomic_load(runner->interrupt)) ||
         console_wall_time() >= runner->deadline;
}

// The main thread watches the clock, the signals and the progress while the others work.
static void watch(const struct runner *runner, struct crew *crew, const char *what) {
  int64_t started = console_wall_time();
  pthread_mutex_lock(&crew->lock);
  while (crew->done < crew->next || (crew->next < crew->count && !atomic_load(&crew->stop))) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&crew->changed, &crew->lock, &until);
    if (must_stop(runner)) atomic_store(&crew->stop, true);
    if (runner->progress && console_wall_time() - started > 500000000)
      show_progress(runner, crew, what, started);
  }
  pthread_mutex_unlock(&crew->lock);
  if (runner->progress) fputs("\r\033[K", stderr);
}

enum { THREADS_MOST = 1024 };

static int start_thread(const struct runner *runner, pthread_t *thread, struct crew *crew) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  if (runner->stack > 0) error = pthread_attr_setstacksize(&attributes, runner->stack);
  if (error == 0) error = pthread_create(thread, &attributes, work, crew);
  pthread_attr_destroy(&attributes);
  return error;
}

// Not a single thread could be started: fewer than asked for would do.
static void refuse(struct task *tasks, size_t count, int error) {
  for (size_t i = 0; i < count; i++) {
    tasks[i].tried = true;
    tasks[i].outcome = ENGINE_EXHAUSTED;
    snprintf(tasks[i].failure, sizeof tasks[i].failure, "%s: cannot start a thread: %s",
             tasks[i].experiment->name, strerror(error));
  }
}

// Carries out all tasks, or as many as are finished before it must stop.
static void run_tasks(const struct runner *runner, struct task *tasks, size_t count, const char *what) {
  struct crew crew = {.tasks = tasks, .count = count};
  pthread_t threads[THREADS_MOST];
  size_t wanted = (size_t)runner->jobs < count ? (size_t)runner->jobs : count;
  size_t hired = 0;
  if (count == 0) return;
  atomic_init(&crew.stop, must_stop(runner));
  pthread_mutex_init(&crew.lock, NULL);
  pthread_cond_init(&crew.changed, NULL);
  for (size_t i = 0; i < count; i++) tasks[i].settings.interrupt = &crew.stop;
  int error = 0;
  while (hired < wanted && hired < THREADS_MOST && error == 0) {
    error = start_thread(runner, &threads[hired], &crew);
    hired += error == 0;
  }
  if (hired == 0) refuse(tasks, count, error);
  if (hired > 0) watch(runner, &crew, what);
  for (size_t i = 0; i < hired; i++) pthread_join(threads[i], NULL);
  pthread_cond_destroy(&crew.changed);
  pthread_mutex_destroy(&crew.lock);
}

static void account(struct experiment *experiment, const struct replication *kept) {
  experiment->events += kept->events;
  experiment->issued += kept->issued;
  experiment->cpu_time += kept->cpu_time;
}

// What did not come to its end makes its experiment end, too.
static void judge_task(const struct task *task) {
  struct experiment *experiment = task->experiment;
  if (task->result != NULL) {
    account(experiment, task->result);
  } else if (!task->tried || task->outcome == ENGINE_INTERRUPTED) {
    experiment->interrupted = true;
  } else if (!experiment->failed) {
    experiment->failed = true;
    memcpy(experiment->failure, task->failure, sizeof experiment->failure);
  }
}

static bool over(const struct experiment *experiment) {
  return experiment->interrupted || experiment->failed;
}

// ---- What a run is told -----------------------------------------------------------------------------------

static int64_t scaled(int64_t value, double factor) {
  if (value == INT64_MAX) return value;
  double product = (double)value * factor;
  return product < 1 ? 1 : product < 4e18 ? (int64_t)product : INT64_MAX - 1;
}

static struct sim_settings settings_of(const struct runner *runner, const struct experiment *experiment,
                                       double length) {
  const struct run_settings *run = &experiment->plan->run;
  return (struct sim_settings){.seed = run->seed,
                               .load = experiment->load,
                               .warmup = experiment->warmup,
                               .duration = scaled(run->duration, length),
                               .requests = scaled(run->requests, length),
                               .drain = run->drain,
                               .window = run->window,
                               .memory_limit = run_memory(runner->jobs)};
}

// ---- Pilots -----------------------------------------------------------------------------------------------

void runner_inside_series(const struct replication *kept, double *values) {
  double inside = 0;
  for (uint32_t i = 0; i < kept->window_count; i++) {
    const struct window_measure *window = &kept->windows[i];
    inside += (double)window->offered - (double)window->answered - (double)window->failed;
    values[i] = inside;
  }
}

// The series of an experiment's pilots, brought to windows of one length.
struct series {
  int64_t length;  // ns of a window
  size_t count;    // windows that all pilots have in full
  double *latency; // mean over the pilots
  double *inside;  // the same
  double **each;   // inside, by pilot
  size_t pilots;
};

static int64_t longest_window(const struct task *tasks, size_t count) {
  int64_t longest = 0;
  for (size_t i = 0; i < count; i++) {
    if (tasks[i].result->window_length > longest) longest = tasks[i].result->window_length;
  }
  return longest;
}

static size_t full_windows(const struct task *tasks, size_t count, int64_t length) {
  size_t fewest = SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    size_t full = (size_t)(tasks[i].result->until / length);
    size_t there = tasks[i].result->window_count * (size_t)tasks[i].result->window_length / (size_t)length;
    if (there < full) full = there;
    if (full < fewest) fewest = full;
  }
  return fewest;
}

// Adds a pilot's sums of latencies and answers to each window; windows are doubled, so one length divides the
// other.
static void add_pilot(struct series *series, const struct replication *kept, double *sums, double *counts,
                      size_t pilot, struct arena *arena) {
  size_t factor = (size_t)(series->length / kept->window_length);
  double *fine = arena_array(arena, kept->window_count, sizeof *fine);
  runner_inside_series(kept, fine);
  for (size_t i = 0; i < series->count; i++) {
    for (size_t j = i * factor; j < (i + 1) * factor; j++) {
      sums[i] += (double)kept->windows[j].latency.sum;
      counts[i] += (double)kept->windows[j].answered;
    }
    series->each[pilot][i] = fine[(i + 1) * factor - 1];
    series->inside[i] += series->each[pilot][i] / (double)series->pilots;
  }
}

static struct series pilot_series(const struct task *tasks, size_t count, struct arena *arena) {
  struct series series = {.length = longest_window(tasks, count), .pilots = count};
  series.count = full_windows(tasks, count, series.length);
  series.latency = arena_array(arena, series.count, sizeof(double));
  series.inside = arena_array(arena, series.count, sizeof(double));
  series.each = arena_array(arena, count, sizeof *series.each);
  double *counts = arena_array(arena, series.count, sizeof(double));
  for (size_t p = 0; p < count; p++) {
    series.each[p] = arena_array(arena, series.count, sizeof(double));
    add_pilot(&series, tasks[p].result, series.latency, counts, p, arena);
  }
  double before = 0;
  for (size_t i = 0; i < series.count; i++) { // a window without answers repeats the one before
    if (counts[i] > 0) before = series.latency[i] / counts[i];
    series.latency[i] = before;
  }
  return series;
}

struct pilot {
  struct experiment *experiment;
  double length; // of a pilot, in runs
  unsigned rounds;
  bool open;   // wants another round
  int64_t run; // ns that a run lasts, as the pilots had it
};

// Requests per second; NAN where clients wait for answers.
static double expected_rate(const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  double rate = 0;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    const struct client_group *group = &plan->clients[c];
    rate += group->process->drive == ARRIVAL_OPEN ? group->process->rate(group->process_parameters) : NAN;
  }
  return rate * plan->run.load * experiment->load;
}

static double expected_requests(const struct experiment *experiment) {
  const struct run_settings *run = &experiment->plan->run;
  if (run->requests != INT64_MAX) return (double)run->requests;
  return expected_rate(experiment) * (double)run->duration * 1e-9;
}

// Long runs get shorter pilots: a fifth of the run, but not under so many requests.
static double first_length(const struct experiment *experiment) {
  double requests = expected_requests(experiment);
  if (!isfinite(requests) || requests <= PILOT_REQUESTS) return 1;
  return fmin(1, fmax(0.2, PILOT_REQUESTS / requests));
}

static bool grows(const struct series *series) {
  if (series->count < 32) return false;
  size_t half = series->count / 2;
  const double *later[PILOTS];
  for (size_t p = 0; p < series->pilots && p < PILOTS; p++) later[p] = series->each[p] + half;
  struct trend trend = trend_growth_over(later, series->pilots, series->count - half);
  return trend.freedom > 0 && trend.p_value < GROWTH_LEVEL;
}

// Reads the pilots. Open again while the cut falls past half and lengthening may still help: what goes on
// growing over a whole run is not warming up.
static void judge_pilot(struct pilot *pilot, const struct task *tasks, struct arena *arena) {
  struct experiment *experiment = pilot->experiment;
  struct series series = pilot_series(tasks, PILOTS, arena);
  struct mser latency = mser_cut(series.latency, series.count);
  struct mser inside = mser_cut(series.inside, series.count);
  size_t cut = latency.cut > inside.cut ? latency.cut : inside.cut;
  bool past_half = latency.past_half || inside.past_half;
  int64_t run = 0;
  for (size_t p = 0; p < PILOTS; p++) run += (tasks[p].result->until - tasks[p].result->from) / PILOTS;
  pilot->run = (int64_t)((double)run / pilot->length);
  bool may_help =
      pilot->rounds < PILOT_LENGTHENINGS && (pilot->length < 1 || (pilot->length < 2 && !grows(&series)));
  pilot->open = past_half && may_help;
  experiment->settled = !past_half;
  int64_t least = (int64_t)((double)pilot->run * WARMUP_LEAST);
  experiment->warmup = past_half ? least : (int64_t)cut * series.length;
  experiment->warmup_method = "MSER-5 on the average of pilots";
  if (past_half) experiment->warmup_method = "10% of the run: MSER-5 found no end of the warm-up";
  if (!past_half && experiment->warmup < least) {
    experiment->warmup = least;
    experiment->warmup_method = "10% of the run: MSER-5 on the average of pilots cut less";
  }
  pilot->length *= 2;
  pilot->rounds++;
}

static size_t plan_pilots(const struct runner *runner, struct pilot *pilots, size_t count,
                          struct task *tasks) {
  size_t planned = 0;
  for (size_t i = 0; i < count; i++) {
    if (!pilots[i].open) continue;
    for (uint32_t p = 0; p < PILOTS; p++) {
      struct sim_settings settings = settings_of(runner, pilots[i].experiment, pilots[i].length);
      settings.pilot = true;
      settings.warmup = 0;
      settings.replication = p + PILOTS * pilots[i].rounds;
      settings.window = 1000; // doubled by the run as it goes, so that any length has 1,000 to 2,000 windows
      tasks[planned++] = (struct task){.experiment = pilots[i].experiment, .settings = settings};
    }
  }
  return planned;
}

static bool read_pilots(struct pilot *pilots, size_t count, struct task *tasks) {
  bool open = false;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  for (size_t i = 0; i < count; i++) {
    struct pilot *pilot = &pilots[i];
    if (!pilot->open) continue;
    for (size_t p = 0; p < PILOTS; p++) judge_task(&tasks[p]);
    pilot->experiment->pilots += PILOTS;
    if (over(pilot->experiment)) {
      pilot->open = false;
    } else {
      judge_pilot(pilot, tasks, &arena);
    }
    open = open || pilot->open;
    for (size_t p = 0; p < PILOTS; p++) replication_drop(tasks[p].result);
    tasks += PILOTS;
  }
  arena_drop(&arena);
  return open;
}

static bool needs_pilots(struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  experiment->settled = true;
  experiment->warmup = 0;
  if (plan->run.warmup_kind == WARMUP_FIXED) {
    experiment->warmup = plan->run.warmup;
    experiment->warmup_method = "fixed";
    return false;
  }
  experiment->warmup_method = "none: the scenario changes while it runs";
  return !plan->terminating;
}

static void run_pilots(const struct runner *runner, struct experiment *experiments, size_t count,
                       struct arena *arena) {
  struct pilot *pilots = arena_array(arena, count, sizeof *pilots);
  struct task *tasks = arena_array(arena, count * PILOTS, sizeof *tasks);
  bool open = false;
  for (size_t i = 0; i < count; i++) {
    pilots[i] = (struct pilot){.experiment = &experiments[i], .open = needs_pilots(&experiments[i])};
    pilots[i].length = first_length(&experiments[i]);
    open = open || pilots[i].open;
  }
  while (open) {
    size_t planned = plan_pilots(runner, pilots, count, tasks);
    run_tasks(runner, tasks, planned, "pilots");
    open = read_pilots(pilots, count, tasks);
  }
}

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
  if (run->duration == INT64_MAX) length = 1e9 * (double)run->requests / expected_rate(experiment);
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
    if (over(experiment)) continue;
    for (size_t r = experiment->count; r < wanted[i]; r++) {
      struct sim_settings settings = settings_of(runner, experiment, experiment->lengthening);
      settings.replication = (uint32_t)r;
      settings.trace = r == 0 ? experiment->trace : NULL;
      settings.fail_at = r > 0 ? runner->fail_at : 0;
      tasks[task++] = (struct task){
          .experiment = experiment, .settings = settings, .slice = first_slice(experiment, wanted[i])};
    }
  }
  run_tasks(runner, tasks, task, "replications");
  for (size_t i = 0; i < task; i++) {
    judge_task(&tasks[i]);
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
  while (!over(experiment)) {
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

bool runner_run(struct runner *runner, struct experiment *experiments, size_t count, bool together) {
  size_t *wanted = arena_array(runner->arena, count, sizeof *wanted);
  for (size_t i = 0; i < count; i++) {
    experiments[i].lengthening = 1;
    wanted[i] = first_replications(&experiments[i]);
  }
  run_pilots(runner, experiments, count, runner->arena);
  if (together) share_warmup(experiments, count);
  run_replications(runner, experiments, wanted, count, runner->arena);
  bool fine = true;
  for (size_t i = 0; i < count; i++) {
    bool asked = experiments[i].plan->run.precision > 0;
    if (asked && !over(&experiments[i])) reach_precision(runner, &experiments[i], runner->arena);
    look_for_steadiness(&experiments[i], runner->arena);
    fine = fine && !over(&experiments[i]);
  }
  return fine;
}

void experiment_drop(struct experiment *experiment) {
  for (size_t i = 0; i < experiment->count; i++) replication_drop(experiment->replications[i]);
  experiment->count = 0;
}
