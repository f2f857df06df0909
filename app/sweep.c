// headroom sweep: scenarios over a grid of values, or over points drawn evenly from ranges.
//
// Points are simulated in batches of enough work to keep all threads busy, and each is on the disk before the
// next batch begins. What a point gives does not depend on its batch.
#include "command.h"
#include "console.h"
#include "json.h"
#include "predict.h"
#include "sweep_store.h"
#include "sweep_values.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  BATCH_MOST = 64,
  BATCH_LEAST_PER_JOB = 2,
  ERRORS_SHOWN = 100 // of each severity: as many as diagnostics keep
};
static const double BATCH_SECONDS = 5; // of processor time for each thread, as predicted
static const double EVENT_SECONDS = 50e-9;

struct sweep_options {
  struct option_texts vary;
  bool zip;
  const char *sample;
  bool dry_run;
  bool fresh;
};

enum point_state { POINT_OPEN, POINT_STORED, POINT_DONE, POINT_FAILED };

struct point {
  size_t scenario;
  const char **values; // of all dimensions
  char key[CANONICAL_HASH_BYTES];
  size_t twin; // the first point of the same key: this one, mostly
  enum point_state state;
  const char *failure;       // POINT_FAILED
  const struct node *result; // where nothing is stored
  double events, seconds;    // predicted; NAN
  const char *name;          // of the scenario
};

struct sweep {
  const struct options *options;
  const struct sweep_options *own;
  struct arena *arena;
  struct sweep_dimension *dimensions;
  size_t dimension_count;
  size_t samples; // 0: none are drawn
  size_t axis;    // the dimension that plots are drawn against; SIZE_MAX: none
  struct point *points;
  size_t count;
  struct sweep_store store;
  int64_t started;
  int status;
  bool interrupted;
};

// ---- The command line -------------------------------------------------------------------------------------

static bool read_sample(struct sweep *sweep) {
  const char *text = sweep->own->sample;
  if (text == NULL) return true;
  char *end = NULL;
  bool sobol = strncmp(text, "sobol:", 6) == 0 && text[6] >= '1' && text[6] <= '9';
  unsigned long samples = sobol ? strtoul(text + 6, &end, 10) : 0;
  if (samples >= 1 && samples <= SWEEP_POINTS_MOST && *end == '\0') {
    sweep->samples = samples;
    return true;
  }
  console_error("--sample takes sobol:N with N from 1 to 100,000, not \"%s\"", text);
  return false;
}

static bool check_usage(const struct sweep *sweep) {
  bool right = true;
  if (sweep->own->vary.count == 0) {
    console_error(
        "a sweep varies something: --vary run.load=1..8, or --vary components.NAME.instances=1,2,4");
    right = false;
  }
  if (sweep->own->vary.count > SWEEP_DIMENSIONS_MOST) {
    console_error("--vary may be given %d times at most", SWEEP_DIMENSIONS_MOST);
    right = false;
  }
  if (sweep->own->zip && sweep->own->sample != NULL) {
    console_error("--zip and --sample exclude each other");
    right = false;
  }
  for (size_t i = 0; i < sweep->options->path_count; i++) {
    if (strcmp(sweep->options->paths[i], "-") != 0) continue;
    console_error("a sweep reads its scenarios more than once, and so not from standard input");
    right = false;
  }
  return right;
}

static bool refuse_twice(const struct sweep *sweep) {
  bool right = true;
  for (size_t i = 0; i < sweep->dimension_count; i++) {
    for (size_t j = 0; j < i; j++) {
      const char *path = sweep->dimensions[i].path;
      if (path == NULL || sweep->dimensions[j].path == NULL || strcmp(path, sweep->dimensions[j].path) != 0)
        continue;
      console_error("%s is varied twice: give all its values in one --vary", path);
      right = false;
    }
  }
  return right;
}

static bool read_dimensions(struct sweep *sweep) {
  struct diagnostics diagnostics;
  diagnostics_init(&diagnostics, sweep->arena);
  sweep->dimension_count = sweep->own->vary.count;
  sweep->dimensions = arena_array(sweep->arena, sweep->dimension_count, sizeof *sweep->dimensions);
  bool right = true;
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    bool read = sweep_dimension_read(&sweep->dimensions[d], sweep->own->vary.texts[d],
                                     sweep->own->sample != NULL, &diagnostics, sweep->arena);
    right = right && read;
  }
  diagnostics_print(&diagnostics, stderr);
  return refuse_twice(sweep) && right;
}

// ---- Points -----------------------------------------------------------------------------------------------

static bool too_many(void) {
  console_error("these are more than %d points", SWEEP_POINTS_MOST);
  return false;
}

static bool unequal(const struct sweep *sweep) {
  char text[1024] = "";
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s%s has %zu", d > 0 ? ", " : "", sweep->dimensions[d].path,
             sweep->dimensions[d].count);
  }
  console_error("--zip pairs values, so each --vary must have as many as the others: %s", text);
  return false;
}

static bool combine(const struct sweep *sweep, struct sweep_points *points) {
  const struct sweep_dimension *dimensions = sweep->dimensions;
  size_t count = sweep->dimension_count;
  if (sweep->samples > 0) {
    if (sweep_points_sobol(points, dimensions, count, sweep->samples, sweep->arena)) return true;
    console_out_of_memory(NULL);
  }
  if (sweep->own->zip) return sweep_points_zip(points, dimensions, count, sweep->arena) || unequal(sweep);
  return sweep_points_cross(points, dimensions, count, sweep->arena) || too_many();
}

// Scenarios are the outermost dimension.
static bool make_points(struct sweep *sweep) {
  struct sweep_points points;
  if (!combine(sweep, &points)) return false;
  size_t scenarios = sweep->options->path_count;
  if (points.count > SWEEP_POINTS_MOST / scenarios) return too_many();
  sweep->count = scenarios * points.count;
  sweep->points = arena_array(sweep->arena, sweep->count, sizeof *sweep->points);
  for (size_t i = 0; i < sweep->count; i++) {
    sweep->points[i].scenario = i / points.count;
    sweep->points[i].values = points.values + i % points.count * sweep->dimension_count;
  }
  return true;
}

// The load where it is varied; else the first dimension whose values are all numbers.
static bool is_axis(const struct sweep *sweep, size_t dimension) {
  const char *unit = "", *first = NULL;
  for (size_t i = 0; i < sweep->count; i++) {
    if (isnan(sweep_value_number(sweep->points[i].values[dimension], &unit))) return false;
    if (first == NULL) first = unit;
    if (strcmp(unit, first) != 0) return false;
  }
  return true;
}

static void find_axis(struct sweep *sweep) {
  sweep->axis = SIZE_MAX;
  for (size_t d = sweep->dimension_count; d-- > 0;) {
    if (is_axis(sweep, d)) sweep->axis = d;
  }
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    if (strcmp(sweep->dimensions[d].path, "run.load") == 0) sweep->axis = d;
  }
}

// "run.load=4, components.web.instances=2", without the dimension `but`.
static const char *describe(const struct sweep *sweep, const struct point *point, size_t but,
                            struct arena *arena) {
  const char *text = "";
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    if (d == but) continue;
    text = arena_format(arena, "%s%s%s=%s", text, text[0] != '\0' ? ", " : "", sweep->dimensions[d].path,
                        point->values[d]);
  }
  return text;
}

// ---- Checking ---------------------------------------------------------------------------------------------

// The command line's options with the point's values behind all other overrides.
static struct options options_of(const struct sweep *sweep, const struct point *point, struct arena *arena) {
  struct options options = *sweep->options;
  size_t before = options.override_count;
  struct scenario_override *overrides =
      arena_array(arena, before + sweep->dimension_count, sizeof *overrides);
  if (before > 0) memcpy(overrides, options.overrides, before * sizeof *overrides);
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    overrides[before + d] = (struct scenario_override){
        "--vary", arena_format(arena, "%s=%s", sweep->dimensions[d].path, point->values[d])};
  }
  options.overrides = overrides;
  options.override_count = before + sweep->dimension_count;
  return options;
}

static const char *keep(const char *text, struct arena *arena) {
  return text != NULL ? arena_text(arena, text, strlen(text)) : NULL;
}

static bool same_text(const char *one, const char *other) {
  return strcmp(one != NULL ? one : "", other != NULL ? other : "") == 0;
}

// One that says the same of another point is not told again.
static bool is_told(const struct diagnostics *told, const struct diagnostic *one) {
  for (const struct diagnostic *other = told->first; other != NULL; other = other->next) {
    if (one->severity == other->severity && same_text(one->path, other->path) &&
        same_text(one->message, other->message))
      return true;
  }
  return false;
}

static void tell(struct diagnostics *told, const struct diagnostics *said) {
  for (const struct diagnostic *one = said->first; one != NULL; one = one->next) {
    size_t *count = one->severity == DIAGNOSTIC_ERROR ? &told->errors : &told->warnings;
    if (is_told(told, one)) continue;
    if ((*count)++ >= ERRORS_SHOWN) continue;
    struct diagnostic *copy = arena_take(told->arena, sizeof *copy);
    *copy = *one;
    copy->at.file = keep(one->at.file, told->arena);
    copy->path = keep(one->path, told->arena);
    copy->message = keep(one->message, told->arena);
    copy->next = told->first;
    told->first = copy;
  }
}

static void foresee(struct point *point, const struct subject *subject, struct arena *arena) {
  struct prediction prediction;
  point->events = NAN;
  point->seconds = NAN;
  if (!predict(&prediction, subject->plan, subject->plan->run.load, arena)) return;
  point->events = prediction.cost.events;
  point->seconds = prediction.cost.cpu_seconds;
}

// Opens a point's scenario and forgets it again, all but what is said of it.
static bool check_point(struct sweep *sweep, struct point *point, struct diagnostics *told) {
  struct subject subject;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct options options = options_of(sweep, point, &arena);
  bool right = subject_read(&subject, sweep->options->paths[point->scenario], &options);
  if (!right && subject.diagnostics.errors == 0) console_out_of_memory(NULL);
  tell(told, &subject.diagnostics);
  if (right) {
    sweep_store_key(&subject, point->key);
    foresee(point, &subject, &arena);
    point->name = keep(subject_name(&subject), sweep->arena);
  }
  subject_close(&subject);
  arena_drop(&arena);
  return right;
}

static int by_key(const void *one, const void *other) {
  const struct point *a = *(const struct point *const *)one, *b = *(const struct point *const *)other;
  int order = strcmp(a->key, b->key);
  return order != 0 ? order : a < b ? -1 : 1;
}

static void find_twins(struct sweep *sweep) {
  struct point **sorted = arena_array(sweep->arena, sweep->count, sizeof *sorted);
  for (size_t i = 0; i < sweep->count; i++) sorted[i] = &sweep->points[i];
  qsort(sorted, sweep->count, sizeof *sorted, by_key);
  for (size_t i = 0; i < sweep->count; i++) {
    bool same = i > 0 && strcmp(sorted[i]->key, sorted[i - 1]->key) == 0;
    sorted[i]->twin = same ? sorted[i - 1]->twin : (size_t)(sorted[i] - sweep->points);
  }
}

static bool check_points(struct sweep *sweep) {
  struct diagnostics told;
  diagnostics_init(&told, sweep->arena);
  bool right = true;
  for (size_t i = 0; i < sweep->count && told.errors < ERRORS_SHOWN; i++) {
    if (sweep->options->interrupt != NULL && atomic_load(sweep->options->interrupt)) break;
    bool fine = check_point(sweep, &sweep->points[i], &told);
    right = right && fine;
  }
  diagnostics_print(&told, stderr);
  if (right) find_twins(sweep);
  return right;
}

static void find_stored(struct sweep *sweep) {
  for (size_t i = 0; i < sweep->count && !sweep->own->fresh; i++) {
    struct point *point = &sweep->points[i];
    if (point->twin == i && sweep_store_has(&sweep->store, point->key, sweep->arena))
      point->state = POINT_STORED;
  }
}

// ---- What it will cost ------------------------------------------------------------------------------------

static bool is_open(const struct sweep *sweep, size_t point) {
  return sweep->points[point].twin == point && sweep->points[point].state == POINT_OPEN;
}

struct outlook {
  size_t open;    // points that are still to be simulated
  double seconds; // of one processor; those of which it is not known count as the mean of the others
  double unknown; // how many these are
};

static struct outlook look_ahead(const struct sweep *sweep) {
  struct outlook outlook = {0};
  for (size_t i = 0; i < sweep->count; i++) {
    if (!is_open(sweep, i)) continue;
    outlook.open++;
    if (isfinite(sweep->points[i].seconds)) {
      outlook.seconds += sweep->points[i].seconds;
    } else {
      outlook.unknown++;
    }
  }
  double known = (double)outlook.open - outlook.unknown;
  if (known > 0) outlook.seconds *= (double)outlook.open / known;
  return outlook;
}

// Seconds of a processor for a predicted one, as the points that are stored have it; 1 where there are none.
static double measured_factor(const struct sweep *sweep) {
  const char **keys = arena_array(sweep->arena, sweep->count, sizeof *keys);
  size_t count = 0;
  for (size_t i = 0; i < sweep->count; i++) {
    if (sweep->points[i].twin == i && sweep->points[i].state == POINT_STORED)
      keys[count++] = sweep->points[i].key;
  }
  double speed = sweep_store_speed(&sweep->store, keys, count, sweep->arena);
  return isfinite(speed) ? 1 / (speed * EVENT_SECONDS) : 1;
}

static struct units_text foreseen(double value, struct units_text (*show_value)(double)) {
  return isfinite(value) ? show_value(value) : (struct units_text){"unknown"};
}

static void print_planned(const struct sweep *sweep, const struct point *point, double factor) {
  const struct point *first = &sweep->points[point->twin];
  if (first->state == POINT_STORED) {
    printf("%10s %10s  ", "stored", "-");
  } else {
    printf("%10s %10s  ", foreseen(point->events, units_show_count).text,
           foreseen(point->seconds * factor * 1e9, units_show_duration).text);
  }
  if (sweep->options->path_count > 1) {
    text_print(stdout, point->name);
    fputs(": ", stdout);
  }
  text_print(stdout, describe(sweep, point, SIZE_MAX, sweep->arena));
  fputs(point == first ? "\n" : " (as one above)\n", stdout);
}

static int dry_run(struct sweep *sweep) {
  double factor = measured_factor(sweep);
  struct outlook outlook = look_ahead(sweep);
  printf("%10s %10s  point\n", "events", "processor");
  for (size_t i = 0; i < sweep->count; i++) print_planned(sweep, &sweep->points[i], factor);
  size_t stored = 0;
  for (size_t i = 0; i < sweep->count; i++) stored += sweep->points[i].state == POINT_STORED;
  printf("\n%zu point%s, %zu to simulate", sweep->count, sweep->count == 1 ? "" : "s", outlook.open);
  if (stored > 0) printf(", %zu stored", stored);
  if (outlook.open > 0 && outlook.unknown < (double)outlook.open) {
    double seconds = outlook.seconds * factor;
    double wall = seconds / fmin((double)sweep->options->jobs, (double)outlook.open);
    printf(": about %s of processor time", units_show_duration(seconds * 1e9).text);
    printf(", %s on %lld thread%s", units_show_duration(wall * 1e9).text, (long long)sweep->options->jobs,
           sweep->options->jobs == 1 ? "" : "s");
  }
  printf("\n");
  return STATUS_DONE;
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
    if (!is_open(sweep, i)) continue;
    batch->points[batch->count++] = i;
    double own = sweep->points[i].seconds;
    seconds += isfinite(own) ? own : BATCH_SECONDS / BATCH_LEAST_PER_JOB;
  }
}

static bool changed(const struct sweep *sweep, const struct point *point) {
  console_error("%s has changed since the sweep began: start it again",
                sweep->options->paths[point->scenario]);
  return false;
}

static bool open_batch(const struct sweep *sweep, struct batch *batch) {
  batch->subjects = arena_array(&batch->arena, batch->count, sizeof *batch->subjects);
  batch->experiments = arena_array(&batch->arena, batch->count, sizeof *batch->experiments);
  for (size_t i = 0; i < batch->count; i++) {
    const struct point *point = &sweep->points[batch->points[i]];
    struct subject *subject = &batch->subjects[i];
    struct options options = options_of(sweep, point, &batch->arena);
    char key[CANONICAL_HASH_BYTES];
    bool same = subject_read(subject, sweep->options->paths[point->scenario], &options);
    if (same) sweep_store_key(subject, key);
    if (!same || strcmp(key, point->key) != 0) {
      for (size_t opened = 0; opened <= i; opened++) subject_close(&batch->subjects[opened]);
      batch->count = 0;
      return changed(sweep, point);
    }
    batch->experiments[i] = (struct experiment){
        .plan = subject->plan, .load = 1, .objectives = &subject->objectives, .name = subject_name(subject)};
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

static void fail_point(struct sweep *sweep, struct point *point, const char *why) {
  point->state = POINT_FAILED;
  point->failure = keep(why, sweep->arena);
  sweep->status = STATUS_FAILED;
  console_error("%s: %s", describe(sweep, point, SIZE_MAX, sweep->arena), why);
}

static bool keep_results(struct sweep *sweep, struct point *point, const struct results *results) {
  if (sweep->store.folder != NULL) {
    struct engine_report engine = {.wall = results->experiment->cpu_time,
                                   .own_time = results->experiment->cpu_time};
    struct file_error error = {""};
    const char *place = sweep_store_place(point->key, sweep->arena);
    if (results_save(results, &engine, arena_format(sweep->arena, "%s/%s", sweep->store.folder, place),
                     &error))
      return true;
    console_error("%s", error.message);
    return false;
  }
  struct writer writer;
  struct diagnostics diagnostics;
  writer_init(&writer, NULL);
  diagnostics_init(&diagnostics, sweep->arena);
  results_write(results, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  point->result = json_read(writer.bytes, writer.length, "results", &diagnostics, sweep->arena);
  writer_drop(&writer);
  return point->result != NULL;
}

// What is finished is kept, whatever became of the others. False: the disk did not take it.
static bool settle(struct sweep *sweep, struct batch *batch, size_t i) {
  struct point *point = &sweep->points[batch->points[i]];
  const struct experiment *experiment = &batch->experiments[i];
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
    if (kept) point->state = POINT_DONE;
  }
  arena_drop(&arena);
  return kept;
}

static const char *heading(const struct sweep *sweep, double done_seconds, struct arena *arena) {
  struct outlook outlook = look_ahead(sweep);
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
  double before = look_ahead(sweep).seconds;
  bool fine = true;
  while (fine && !sweep->interrupted) {
    struct batch batch = {.count = 0};
    arena_init(&batch.arena, NULL);
    batch.arena.on_exhausted = console_out_of_memory;
    fill(sweep, &batch);
    bool more = batch.count > 0;
    fine = open_batch(sweep, &batch);
    if (fine && more) fine = run_batch(sweep, &batch, before - look_ahead(sweep).seconds);
    close_batch(&batch);
    if (!more) break;
  }
  if (!fine) sweep->status = STATUS_FAILED;
}

// ---- The table --------------------------------------------------------------------------------------------

static const char *const states[] = {
    [POINT_OPEN] = "not run", [POINT_STORED] = "done", [POINT_DONE] = "done", [POINT_FAILED] = "failed"};

static bool is_finished(const struct point *point) {
  return point->state == POINT_STORED || point->state == POINT_DONE;
}

static void add_value(struct sweep_table *table, const char *path, const char *value) {
  const char *unit;
  char *end = NULL;
  double number = strtod(value, &end);
  bool plain = *end == '\0' && !isnan(sweep_value_number(value, &unit));
  if (plain) {
    sweep_table_number(table, path, number);
  } else {
    sweep_table_text(table, path, value);
  }
}

static bool add_row(const struct sweep *sweep, struct sweep_table *table, const struct point *point) {
  const struct point *first = &sweep->points[point->twin];
  sweep_table_begin(table);
  sweep_table_text(table, "scenario", point->name);
  for (size_t d = 0; d < sweep->dimension_count; d++)
    add_value(table, sweep->dimensions[d].path, point->values[d]);
  sweep_table_text(table, "status", states[first->state]);
  if (first->failure != NULL) sweep_table_text(table, "failure", first->failure);
  if (!is_finished(first)) return true;
  const struct node *result = first->result;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  if (result == NULL) result = sweep_store_read(&sweep->store, first->key, &arena);
  if (result != NULL) sweep_table_results(table, result);
  arena_drop(&arena);
  return result != NULL;
}

static bool gather(const struct sweep *sweep, struct sweep_table *table) {
  bool right = true;
  sweep_table_init(table, sweep->arena);
  for (size_t i = 0; i < sweep->count; i++) {
    bool read = add_row(sweep, table, &sweep->points[i]);
    right = right && read;
  }
  return right;
}

// ---- Files ------------------------------------------------------------------------------------------------

static void write_run(const struct sweep *sweep, const struct point *point, struct writer *writer) {
  const char *unit = "";
  writer_flat_object(writer, NULL);
  writer_text(writer, "folder", sweep_store_place(point->key, sweep->arena));
  writer_text(writer, "scenario", point->name);
  if (sweep->samples == 0) writer_text(writer, "label", describe(sweep, point, sweep->axis, sweep->arena));
  if (sweep->axis != SIZE_MAX)
    writer_number(writer, "at", sweep_value_number(point->values[sweep->axis], &unit));
  writer_flat_object(writer, "values");
  for (size_t d = 0; d < sweep->dimension_count; d++)
    writer_text(writer, sweep->dimensions[d].path, point->values[d]);
  writer_end(writer);
  writer_end(writer);
}

static void write_manifest(const struct sweep *sweep, struct writer *writer) {
  const char *unit = "";
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_text(writer, "kind", "sweep");
  if (sweep->axis != SIZE_MAX) {
    sweep_value_number(sweep->points[0].values[sweep->axis], &unit);
    writer_text(writer, "axis", sweep->dimensions[sweep->axis].path);
    writer_text(writer, "unit", unit);
  }
  writer_natural(writer, "points", sweep->count);
  writer_array(writer, "runs");
  for (size_t i = 0; i < sweep->count; i++) {
    const struct point *point = &sweep->points[i];
    if (point->twin == i && is_finished(point)) write_run(sweep, point, writer);
  }
  writer_end(writer);
  writer_end(writer);
}

static bool save(const struct sweep *sweep, const struct sweep_table *table) {
  struct file_error error = {""};
  struct writer writer;
  writer_init(&writer, NULL);
  sweep_table_write_csv(table, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  bool saved = file_replace(sweep->store.table, writer.bytes, writer.length, &error);
  writer_clear(&writer);
  write_manifest(sweep, &writer);
  saved = saved && results_save_file(sweep->store.folder, "manifest.json", &writer, &error);
  writer_drop(&writer);
  if (!saved) console_error("%s", error.message);
  return saved;
}

// ---- For people -------------------------------------------------------------------------------------------

enum { POINT_WIDTH = 26, CELL_WIDTH = 9 };

static const struct {
  const char *head;
  const char *column;
  char unit; // r: rate, t: time, s: share
} shown[] = {{"offered", "offered_per_s", 'r'},
             {"goodput", "goodput_per_s", 'r'},
             {"p50", "latency_all_s.p50", 't'},
             {"p99", "latency_all_s.p99", 't'},
             {"errors", "errors", 's'}};
enum { SHOWN = sizeof shown / sizeof *shown };

static struct units_text show(const struct sweep_cell *cell, char unit) {
  if (cell == NULL) return (struct units_text){"-"};
  if (cell->kind == SWEEP_TEXT) return (struct units_text){"∞"};
  if (unit == 'r') return units_show_rate(cell->number);
  if (unit == 's') return units_show_share(cell->number);
  return units_show_duration(cell->number * 1e9);
}

// "load=4 cores=2": the last word of each path is enough for a table.
static const char *brief(const struct sweep *sweep, const struct point *point, struct arena *arena) {
  const char *text = "";
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    const char *dot = strrchr(sweep->dimensions[d].path, '.');
    text = arena_format(arena, "%s%s%s=%s", text, text[0] != '\0' ? " " : "",
                        dot != NULL ? dot + 1 : sweep->dimensions[d].path, point->values[d]);
  }
  return text;
}

static void print_point(const struct sweep *sweep, const struct sweep_table *cells, size_t i,
                        const struct table *table) {
  const struct point *point = &sweep->points[i];
  const char *text = brief(sweep, point, sweep->arena);
  bool first = i == 0 || point->scenario != sweep->points[i - 1].scenario;
  if (first && sweep->options->path_count > 1) {
    table_cell(table, -79, TABLE_BOLD, point->name);
    fputc('\n', table->stream);
  }
  table_cell(table, -table->names, TABLE_PLAIN, text);
  if (!is_finished(&sweep->points[point->twin])) {
    table_say(table, TABLE_BAD, "  %s\n", states[sweep->points[point->twin].state]);
    return;
  }
  for (int c = 0; c < SHOWN; c++) {
    struct units_text cell = show(sweep_table_find(cells, i, shown[c].column), shown[c].unit);
    table_cell(table, CELL_WIDTH, TABLE_PLAIN, cell.text);
  }
  const struct sweep_cell *bottleneck = sweep_table_find(cells, i, "bottleneck.component");
  fputs("  ", table->stream);
  table_cell(table, -8, TABLE_DIM, bottleneck != NULL ? bottleneck->text : "");
  fputc('\n', table->stream);
}

static void print_table(const struct sweep *sweep, const struct sweep_table *cells) {
  struct table table = table_on(stdout, sweep->options->color);
  for (size_t i = 0; i < sweep->count; i++)
    table_fit_name(&table, POINT_WIDTH, brief(sweep, &sweep->points[i], sweep->arena));
  table_cell(&table, -table.names, TABLE_BOLD, "");
  for (int c = 0; c < SHOWN; c++) table_cell(&table, CELL_WIDTH, TABLE_BOLD, shown[c].head);
  table_say(&table, TABLE_BOLD, "  fullest\n");
  for (size_t i = 0; i < sweep->count; i++) print_point(sweep, cells, i, &table);
}

static void print_bytes(const struct sweep_table *table,
                        void (*write)(const struct sweep_table *, struct writer *)) {
  struct writer writer;
  writer_init(&writer, NULL);
  write(table, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  fwrite(writer.bytes, 1, writer.length, stdout);
  writer_drop(&writer);
}

static void say_interrupted(const struct sweep *sweep) {
  size_t all = 0, finished = 0;
  for (size_t i = 0; i < sweep->count; i++) {
    all += sweep->points[i].twin == i;
    finished += sweep->points[i].twin == i && is_finished(&sweep->points[i]);
  }
  console_error("interrupted: %zu of %zu points are finished%s", finished, all,
                sweep->store.folder != NULL ? "; the same command goes on from there" : "");
}

static int report(struct sweep *sweep) {
  struct sweep_table table;
  if (!gather(sweep, &table)) sweep->status = STATUS_FAILED;
  if (sweep->store.folder != NULL && !save(sweep, &table)) sweep->status = STATUS_FAILED;
  if (sweep->options->json) {
    print_bytes(&table, sweep_table_write_json);
  } else if (sweep->store.folder == NULL) {
    print_bytes(&table, sweep_table_write_csv);
  } else if (!sweep->options->quiet) {
    print_table(sweep, &table);
  }
  if (sweep->interrupted) say_interrupted(sweep);
  if (sweep->status != STATUS_DONE) return sweep->status;
  return sweep->interrupted ? STATUS_INTERRUPTED : STATUS_DONE;
}

// ---- All of it --------------------------------------------------------------------------------------------

static bool prepare(struct sweep *sweep) {
  bool right = check_usage(sweep);
  right = read_sample(sweep) && right;
  if (sweep->own->vary.count <= SWEEP_DIMENSIONS_MOST) right = read_dimensions(sweep) && right;
  return right && make_points(sweep) && check_points(sweep);
}

static int sweep_over(const struct options *options) {
  struct sweep sweep = {.options = options,
                        .own = options->own,
                        .arena = options->arena,
                        .started = console_wall_time(),
                        .status = STATUS_DONE};
  struct file_error error = {""};
  if (!prepare(&sweep)) return STATUS_WRONG;
  if (options->interrupt != NULL && atomic_load(options->interrupt)) return STATUS_INTERRUPTED;
  sweep_store_find(&sweep.store, options->out, options->arena);
  find_axis(&sweep);
  find_stored(&sweep);
  if (sweep.own->dry_run) return dry_run(&sweep);
  if (sweep.store.folder != NULL && !file_make_directories(sweep.store.folder, &error)) {
    console_error("%s", error.message);
    return STATUS_FAILED;
  }
  simulate(&sweep);
  return report(&sweep);
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
