// What a sweep is to simulate: the command line, the points, and that all of them are right.
#include "command.h"
#include "console.h"
#include "predict.h"
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_SHOWN = 100 }; // of each severity: as many as diagnostics keep

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
const char *sweep_point_text(const struct sweep *sweep, const struct sweep_point *point, size_t but,
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
struct options sweep_point_options(const struct sweep *sweep, const struct sweep_point *point,
                                   struct arena *arena) {
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

static void foresee(struct sweep_point *point, const struct subject *subject, struct arena *arena) {
  struct prediction prediction;
  point->events = NAN;
  point->seconds = NAN;
  if (!predict(&prediction, subject->plan, subject->plan->run.load, arena)) return;
  point->events = prediction.cost.events;
  point->seconds = prediction.cost.cpu_seconds;
}

// Opens a point's scenario and forgets it again, all but what is said of it.
static bool check_point(struct sweep *sweep, struct sweep_point *point, struct diagnostics *told) {
  struct subject subject;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct options options = sweep_point_options(sweep, point, &arena);
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
  const struct sweep_point *a = *(const struct sweep_point *const *)one,
                           *b = *(const struct sweep_point *const *)other;
  int order = strcmp(a->key, b->key);
  return order != 0 ? order : a < b ? -1 : 1;
}

static void find_twins(struct sweep *sweep) {
  struct sweep_point **sorted = arena_array(sweep->arena, sweep->count, sizeof *sorted);
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
    if (sweep->options->interrupt != NULL && atomic_load(sweep->options->interrupt))
      sweep->interrupted = true;
    if (sweep->interrupted) break;
    bool fine = check_point(sweep, &sweep->points[i], &told);
    right = right && fine;
  }
  diagnostics_print(&told, stderr);
  if (right) find_twins(sweep);
  return right;
}

bool sweep_point_is_open(const struct sweep *sweep, const struct sweep_point *point) {
  return &sweep->points[point->twin] == point && point->state == SWEEP_OPEN;
}

bool sweep_point_is_finished(const struct sweep_point *point) {
  return point->state == SWEEP_STORED || point->state == SWEEP_DONE;
}

bool sweep_prepare(struct sweep *sweep) {
  bool right = check_usage(sweep);
  right = read_sample(sweep) && right;
  if (sweep->own->vary.count <= SWEEP_DIMENSIONS_MOST) right = read_dimensions(sweep) && right;
  if (!right || !make_points(sweep) || !check_points(sweep)) return false;
  find_axis(sweep);
  return !sweep->interrupted;
}
