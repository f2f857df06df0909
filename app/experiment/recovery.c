#include "recovery.h"

#include "moments.h"

#include <math.h>

// Windows of all replications together.
struct course {
  const struct experiment *experiment;
  int64_t length; // ns
  uint32_t count; // windows that all replications have
  struct window_measure *windows;
};

// Lengths divide each other: windows are doubled as a run goes on.
static void add_replication(struct course *course, const struct replication *kept) {
  uint32_t factor = (uint32_t)(course->length / kept->window_length);
  for (uint32_t i = 0; i < course->count * factor; i++) {
    const struct window_measure *window = &kept->windows[i];
    struct window_measure *into = &course->windows[i / factor];
    into->offered += window->offered;
    into->answered += window->answered;
    into->failed += window->failed;
    into->latency.sum += window->latency.sum;
  }
}

static struct course course_of(const struct experiment *experiment, struct arena *arena) {
  struct course course = {.experiment = experiment, .length = 1, .count = UINT32_MAX};
  for (size_t r = 0; r < experiment->count; r++) {
    if (experiment->replications[r]->window_length > course.length)
      course.length = experiment->replications[r]->window_length;
  }
  for (size_t r = 0; r < experiment->count; r++) {
    const struct replication *kept = experiment->replications[r];
    uint32_t whole = (uint32_t)(kept->until / course.length);
    uint32_t there = (uint32_t)((int64_t)kept->window_count * kept->window_length / course.length);
    if (there < whole) whole = there;
    if (whole < course.count) course.count = whole;
  }
  if (experiment->count == 0) course.count = 0;
  course.windows = arena_array(arena, course.count, sizeof *course.windows);
  for (size_t r = 0; r < experiment->count; r++) add_replication(&course, experiment->replications[r]);
  return course;
}

static double latency_of(const struct window_measure *window) {
  return (double)window->latency.sum / (double)window->answered;
}

static double errors_of(const struct window_measure *window) {
  return (double)window->failed / (double)(window->answered + window->failed);
}

struct band {
  double latency; // ns, at most
  double errors;
  bool known;
};

static double edge(const struct moments *moments) {
  if (moments->count == 0) return 0;
  double spread = moments->count < 2 ? 0 : 3 * moments_deviation(moments);
  return fmax(moments->largest, moments->mean + spread);
}

static int64_t first_event(const struct plan *plan) {
  int64_t first = INT64_MAX;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    if (plan->timeline[i].at < first) first = plan->timeline[i].at;
  }
  return first;
}

static struct band band_before(const struct course *course) {
  uint32_t end = (uint32_t)(first_event(course->experiment->plan) / course->length);
  struct moments latency = {0}, errors = {0};
  if (end > course->count) end = course->count;
  for (uint32_t i = end / 2; i < end; i++) {
    const struct window_measure *window = &course->windows[i];
    if (window->answered > 0) moments_add(&latency, latency_of(window));
    if (window->answered + window->failed > 0) moments_add(&errors, errors_of(window));
  }
  return (struct band){edge(&latency), edge(&errors), errors.count > 0};
}

static bool as_before(const struct window_measure *window, const struct band *band) {
  if (window->answered + window->failed == 0) return window->offered == 0;
  if (errors_of(window) > band->errors) return false;
  return window->answered == 0 || latency_of(window) <= band->latency;
}

static struct recovery recovery_of(const struct course *course, const struct band *band, int64_t begin,
                                   struct arena *arena) {
  struct recovery recovery = {.at = -1};
  uint32_t quiet = 0;
  for (uint32_t i = (uint32_t)(begin / course->length); band->known && i < course->count; i++) {
    bool good = as_before(&course->windows[i], band);
    recovery.left = recovery.left || !good;
    quiet = good && recovery.left ? quiet + 1 : 0;
    if (quiet < RECOVERY_WINDOWS) continue;
    recovery.at = (int64_t)(i + 1 - RECOVERY_WINDOWS) * course->length;
    break;
  }
  bool met = begin / course->length < course->count;
  if (band->known && met && !recovery.left) recovery.at = begin;
  struct phase during = {.name = "", .from = begin, .until = recovery.at > begin ? recovery.at : INT64_MAX};
  recovery.errors =
      estimates_in_phase(course->experiment, &during, (struct figure){FIGURE_ERRORS, 0}, 0.95, arena);
  return recovery;
}

struct recovery *recoveries(const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  if (plan->timeline_count == 0) return NULL;
  struct course course = course_of(experiment, arena);
  struct band band = band_before(&course);
  struct recovery *list = arena_array(arena, plan->timeline_count, sizeof *list);
  struct arena scratch;
  arena_init(&scratch, NULL);
  scratch.on_exhausted = arena->on_exhausted;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    list[i] = recovery_of(&course, &band, plan->timeline[i].at, &scratch);
    arena_drop(&scratch);
  }
  return list;
}
