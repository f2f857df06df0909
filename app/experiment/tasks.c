#include "tasks.h"

#include "console.h"
#include "looks.h"
#include "sim_run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

// ---- What a run is told -----------------------------------------------------------------------------------

static int64_t scaled(int64_t value, double factor) {
  if (value == INT64_MAX) return value;
  double product = (double)value * factor;
  return product < 1 ? 1 : product < 4e18 ? (int64_t)product : INT64_MAX - 1;
}

struct sim_settings task_settings(const struct runner *runner, const struct experiment *experiment,
                                  double length) {
  const struct run_settings *run = &experiment->plan->run;
  return (struct sim_settings){.seed = run->seed,
                               .load = experiment->load,
                               .warmup = experiment->warmup,
                               .duration = scaled(run->duration, length),
                               .requests = scaled(run->requests, length),
                               .drain = run->drain,
                               .window = run->window,
                               .memory_limit = runner->memory->limit / (size_t)runner->jobs,
                               .memory = runner->memory};
}

enum { MEMORY_WORDS = 128 };

// ---- A task -----------------------------------------------------------------------------------------------

// All runs together have used up what there is.
static bool is_full(const struct task *task) {
  return atomic_load(&task->settings.memory->exhausted);
}

static void describe_memory(const struct task *task, char text[static MEMORY_WORDS]) {
  snprintf(text, MEMORY_WORDS, "memory ran out");
  if (!is_full(task)) return;
  snprintf(text, MEMORY_WORDS,
           "memory ran out: all runs together, with what is kept of those that are over, may take %s",
           units_show_size((double)task->settings.memory->limit).text);
}

static void describe_failure(struct task *task, const struct sim *sim) {
  char memory[MEMORY_WORDS];
  const char *why = memory;
  describe_memory(task, memory);
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

// Not begun where there is no memory: it would come to the same end as those before it, after their time.
static void refuse_memory(struct task *task) {
  char memory[MEMORY_WORDS];
  describe_memory(task, memory);
  snprintf(task->failure, sizeof task->failure, "%s: %s", task->experiment->name, memory);
}

static void perform(struct task *task) {
  int64_t started = console_thread_time();
  struct sim *sim = memory_take(NULL, sizeof *sim);
  struct replication *kept = replication_open(task->settings.memory);
  task->tried = true;
  task->outcome = ENGINE_EXHAUSTED;
  if (sim == NULL || kept == NULL || is_full(task)) {
    refuse_memory(task);
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

static void account(struct experiment *experiment, const struct replication *kept) {
  experiment->events += kept->events;
  experiment->issued += kept->issued;
  experiment->cpu_time += kept->cpu_time;
}

void task_judge(const struct task *task) {
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

// ---- Over threads -----------------------------------------------------------------------------------------

struct crew {
  struct task *tasks;
  size_t count;
  size_t next; // guarded by `lock`, as is `done`
  size_t done;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  atomic_bool stop;
};

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
static void refuse_all(struct task *tasks, size_t count, int error) {
  for (size_t i = 0; i < count; i++) {
    tasks[i].tried = true;
    tasks[i].outcome = ENGINE_EXHAUSTED;
    snprintf(tasks[i].failure, sizeof tasks[i].failure, "%s: cannot start a thread: %s",
             tasks[i].experiment->name, strerror(error));
  }
}

void tasks_run(const struct runner *runner, struct task *tasks, size_t count, const char *what) {
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
  if (hired == 0) refuse_all(tasks, count, error);
  if (hired > 0) watch(runner, &crew, what);
  for (size_t i = 0; i < hired; i++) pthread_join(threads[i], NULL);
  pthread_cond_destroy(&crew.changed);
  pthread_mutex_destroy(&crew.lock);
}
