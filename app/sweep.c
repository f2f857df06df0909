// headroom sweep: scenarios over a grid of values, or over points drawn evenly from ranges.
//
// Points are simulated in batches of enough work to keep all threads busy, and each is on the disk before the
// next batch begins. What a point gives does not depend on its batch.
#include "sweep.h"
#include "command.h"
#include "console.h"
#include "json.h"
#include "options.h"
#include "runner.h"
#include "units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_MOST = 64, BATCH_LEAST_PER_JOB = 2 };
static const double BATCH_SECONDS = 0.5; // of processor time for each thread, as predicted

static void find_stored(struct sweep *sweep) {
  for (size_t i = 0; i < sweep->count && !sweep->own->fresh; i++) {
    struct sweep_point *point = &sweep->points[i];
    if (point->twin == i && sweep_store_has(&sweep->store, point->key, sweep->own->full, sweep->arena))
      point->state = SWEEP_STORED;
  }
}

// ---- Simulating -------------------------------------------------------------------------------------------

struct batch {
  size_t points[BATCH_MOST];
  size_t count;
  struct subject *subjects;
  struct experiment *experiments;
  struct arena arena;
};

// The next open points in order: enough for BATCH_SECONDS of all threads, and so many that all of them have
// something to do until near its end.
static void fill(const struct sweep *sweep, struct batch *batch) {
  double seconds = 0;
  size_t jobs = (size_t)sweep->options->jobs;
  for (size_t i = 0; i < sweep->count && batch->count < BATCH_MOST; i++) {
    bool full = batch->count >= BATCH_LEAST_PER_JOB * jobs && seconds > BATCH_SECONDS * (double)jobs;
    if (full) break;
    if (!sweep_point_is_open(sweep, &sweep->points[i])) continue;
    batch->points[batch->count++] = i;
    double own = sweep->points[i].seconds;
    seconds += isfinite(own) ? own : BATCH_SECONDS / BATCH_LEAST_PER_JOB;
  }
}

static bool changed(const struct sweep *sweep, const struct sweep_point *point) {
  console_error("%s has changed since the sweep began: start it again",
                sweep->options->paths[point->scenario]);
  return false;
}

static bool open_batch(const struct sweep *sweep, struct batch *batch) {
  batch->subjects = arena_array(&batch->arena, batch->count, sizeof *batch->subjects);
  batch->experiments = arena_array(&batch->arena, batch->count, sizeof *batch->experiments);
  for (size_t i = 0; i < batch->count; i++) {
    const struct sweep_point *point = &sweep->points[batch->points[i]];
    struct subject *subject = &batch->subjects[i];
    struct options options = sweep_point_options(sweep, point, &batch->arena);
    char key[CANONICAL_HASH_BYTES];
    bool same = subject_read(subject, sweep->options->paths[point->scenario], &options);
    if (same) sweep_store_key(subject, key);
    if (!same || strcmp(key, point->key) != 0) {
      for (size_t opened = 0; opened <= i; opened++) subject_close(&batch->subjects[opened]);
      batch->count = 0;
      return changed(sweep, point);
    }
    batch->experiments[i] = (struct experiment){.series = sweep->own->full,
                                                .plan = subject->plan,
                                                .load = 1,
                                                .objectives = &subject->objectives,
                                                .name = subject_name(subject)};
  }
  return true;
}

static void close_batch(struct batch *batch) {
  for (size_t i = 0; i < batch->count; i++) {
    experiment_drop(&batch->experiments[i]);
    subject_close(&batch->subjects[i]);
  }
  arena_drop(&batch->arena);
}

static void fail_point(struct sweep *sweep, struct sweep_point *point, const char *why) {
  point->state = SWEEP_FAILED;
  point->failure = arena_text(sweep->arena, why, strlen(why));
  sweep->status = STATUS_FAILED;
  console_error("%s: %s", sweep_point_text(sweep, point, SIZE_MAX, sweep->arena), why);
}

static bool keep_results(struct sweep *sweep, struct sweep_point *point, const struct results *results) {
  if (sweep->store.folder != NULL) {
    struct file_error error = {""};
    bool saved = sweep_store_save(&sweep->store, point->key, results, sweep->own->full, sweep->arena, &error);
    if (!saved) console_error("%s", error.message);
    return saved;
  }
  struct writer writer;
  struct diagnostics diagnostics;
  writer_init(&writer, NULL);
  diagnostics_init(&diagnostics, sweep->arena);
  results_write(results, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  point->result = json_read(writer.bytes, writer.length, "results", &diagnostics, sweep->arena);
  writer_drop(&writer);
  diagnostics_print(&diagnostics, stderr);
  return point->result != NULL;
}

// What is finished is kept, whatever became of the others. False: the disk did not take it.
static bool settle(struct sweep *sweep, struct batch *batch, size_t i) {
  struct sweep_point *point = &sweep->points[batch->points[i]];
  const struct experiment *experiment = &batch->experiments[i];
  sweep->events += (double)experiment->events;
  sweep->cpu_seconds += (double)experiment->cpu_time * 1e-9;
  if (experiment->failed) return fail_point(sweep, point, experiment->failure), true;
  if (experiment->interrupted || experiment->count == 0) return sweep->interrupted = true, true;
  struct results results;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  results_gather(&results, &batch->subjects[i], experiment, &arena);
  bool kept = true;
  if (results.broken != NULL) {
    const char *what = results.broken->identities.what;
    fail_point(sweep, point, arena_format(&arena, "an identity of the audit is broken: %s", what));
  } else {
    kept = keep_results(sweep, point, &results);
    if (kept) point->state = SWEEP_DONE;
  }
  arena_drop(&arena);
  return kept;
}

static const char *heading(const struct sweep *sweep, double done_seconds, struct arena *arena) {
  struct sweep_outlook outlook = sweep_look_ahead(sweep);
  size_t all = 0;
  for (size_t i = 0; i < sweep->count; i++) all += sweep->points[i].twin == i;
  const char *text = arena_format(arena, "point %zu of %zu", all - outlook.open, all);
  double elapsed = (double)(console_wall_time() - sweep->started) * 1e-9;
  double left = done_seconds > 0 ? elapsed / done_seconds * outlook.seconds : (double)NAN;
  if (!isfinite(left)) return arena_format(arena, "%s; ", text);
  return arena_format(arena, "%s, about %s left; ", text, units_show_duration(ceil(left) * 1e9).text);
}

static bool run_batch(struct sweep *sweep, struct batch *batch, double done_seconds) {
  const struct options *options = sweep->options;
  struct runner runner = {.jobs = options->jobs,
                          .deadline = options->max_wall > 0 ? sweep->started + options->max_wall : INT64_MAX,
                          .progress = !options->quiet && isatty(STDERR_FILENO),
                          .heading = heading(sweep, done_seconds, &batch->arena),
                          .interrupt = options->interrupt,
                          .arena = &batch->arena};
  runner_run(&runner, batch->experiments, batch->count, false);
  bool kept = true;
  for (size_t i = 0; i < batch->count && kept; i++) kept = settle(sweep, batch, i);
  return kept;
}

static void simulate(struct sweep *sweep) {
  double before = sweep_look_ahead(sweep).seconds;
  bool fine = true;
  while (fine && !sweep->interrupted) {
    struct batch batch = {.count = 0};
    arena_init(&batch.arena, NULL);
    batch.arena.on_exhausted = console_out_of_memory;
    fill(sweep, &batch);
    bool more = batch.count > 0;
    fine = open_batch(sweep, &batch);
    if (fine && more) fine = run_batch(sweep, &batch, before - sweep_look_ahead(sweep).seconds);
    close_batch(&batch);
    if (!more) break;
  }
  if (!fine) sweep->status = STATUS_FAILED;
}

// ---- All of it --------------------------------------------------------------------------------------------

static int sweep_over(const struct options *options) {
  struct sweep sweep = {.options = options,
                        .own = options->own,
                        .arena = options->arena,
                        .started = console_wall_time(),
                        .status = STATUS_DONE};
  struct file_error error = {""};
  if (!sweep_prepare(&sweep)) return sweep.interrupted ? STATUS_INTERRUPTED : STATUS_WRONG;
  sweep_store_find(&sweep.store, options->out, options->arena);
  find_stored(&sweep);
  if (sweep.own->dry_run) return sweep_dry_run(&sweep);
  if (sweep.store.folder != NULL && !file_make_directories(sweep.store.folder, &error)) {
    console_error("%s", error.message);
    return STATUS_FAILED;
  }
  simulate(&sweep);
  return sweep_report(&sweep);
}

static const struct option own_options[] = {
    {.name = "vary",
     .value = "PATH=VALUES",
     .kind = OPTION_TEXTS,
     .offset = offsetof(struct sweep_options, vary),
     .doc = "what is varied, and over what; may be repeated"},
    {.name = "zip",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct sweep_options, zip),
     .doc = "pairs the values of all --vary instead of combining them"},
    {.name = "sample",
     .value = "sobol:N",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct sweep_options, sample),
     .doc = "N points spread evenly over the ranges instead of all"},
    {.name = "dry-run",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct sweep_options, dry_run),
     .doc = "lists the points and what they will cost, and ends"},
    {.name = "full",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct sweep_options, full),
     .doc = "keeps each point's series and distribution, too, for plots"},
    {.name = "fresh",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct sweep_options, fresh),
     .doc = "simulates again what --out already holds"},
    {.name = NULL},
};

const struct command sweep_command = {
    .name = "sweep",
    .arguments = "SCENARIO…",
    .summary = "simulates scenarios over a grid of values, to a table",
    .details =
        "  headroom sweep shop.json --vary run.load=1..8 --out out\n"
        "  headroom sweep a.json b.json --vary run.load=1..64*2 --out loads.csv\n"
        "  headroom sweep shop.json --vary hosts.box.cores=2,4,8 --vary run.load=0.5..3:0.5 --out out\n"
        "  headroom sweep shop.json --vary components.web.workers=16..128*2 \\\n"
        "    --vary components.web.backlog=32..256*2 --zip --out out\n"
        "  headroom sweep shop.json --vary run.load=0.5..8* --vary hosts.box.cores=1..16 \\\n"
        "    --sample sobol:200 --out out\n"
        "\n"
        "VALUES is a list of values, as --set takes them, and of ranges: 1..16; 0.1..0.9:0.1 by steps;\n"
        "1..64*2 by factors; 5ms..50ms:5ms with units. With --sample a range without a step is drawn\n"
        "from evenly, with * behind it on a logarithmic scale. The table has a row a point; without\n"
        "--out it goes to standard output. A sweep into the same --out goes on where it stopped.",
    .common = OPTIONS_SCENARIO | OPTIONS_RUNNING | OPTIONS_OUTPUT | OPTIONS_TABLE,
    .options = own_options,
    .own_size = sizeof(struct sweep_options),
    .least = 1,
    .most = -1,
    .run = sweep_over,
};
