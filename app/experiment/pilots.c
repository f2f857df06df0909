#include "pilots.h"

#include "console.h"
#include "mser.h"
#include "tasks.h"
#include "trend.h"

#include <math.h>

enum {
  PILOTS = 5,
  PILOT_REQUESTS = 100000, // a pilot is at least this long, or as long as the run
  PILOT_LENGTHENINGS = 4   // doublings
};

static const double WARMUP_LEAST = 0.1; // of the run
static const double GROWTH_LEVEL = 1e-4;

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
  replication_inside(kept, fine);
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

static double expected_requests(const struct experiment *experiment) {
  const struct run_settings *run = &experiment->plan->run;
  if (run->requests != INT64_MAX) return (double)run->requests;
  return experiment_rate(experiment) * (double)run->duration * 1e-9;
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
      struct sim_settings settings = task_settings(runner, pilots[i].experiment, pilots[i].length);
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
    for (size_t p = 0; p < PILOTS; p++) task_judge(&tasks[p]);
    pilot->experiment->pilots += PILOTS;
    if (experiment_is_over(pilot->experiment)) {
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

void pilots_run(const struct runner *runner, struct experiment *experiments, size_t count,
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
    tasks_run(runner, tasks, planned, "pilots");
    open = read_pilots(pilots, count, tasks);
  }
}
