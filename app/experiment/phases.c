// Runs whose law changes: estimates by phase, from what was noted between the events of the timeline, or from
// the windows of the series.
#include "estimates.h"
#include "phase_notes.h"

#include "console.h"
#include "measures.h"
#include "replication.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t run_end(const struct experiment *experiment) {
  int64_t end = 0;
  for (size_t i = 0; i < experiment->count; i++) {
    if (experiment->replications[i]->until > end) end = experiment->replications[i]->until;
  }
  return end;
}

// The timeline as instants: what ends there first, then what begins, in the order of the scenario.
struct change {
  int64_t at;
  const struct timeline_event *event;
  bool ends;
};

static int by_time(const void *a, const void *b) {
  const struct change *first = a;
  const struct change *second = b;
  if (first->at != second->at) return first->at < second->at ? -1 : 1;
  if (first->ends != second->ends) return first->ends ? -1 : 1;
  return (first->event > second->event) - (first->event < second->event);
}

static size_t collect(const struct plan *plan, int64_t end, struct change *changes) {
  size_t count = 0;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    const struct timeline_event *event = &plan->timeline[i];
    if (event->at >= end) continue;
    changes[count++] = (struct change){event->at, event, false};
    if (event->length > 0 && event->at + event->length < end)
      changes[count++] = (struct change){event->at + event->length, event, true};
  }
  qsort(changes, count, sizeof *changes, by_time);
  return count;
}

// Events that have begun and will end, and those that begin at the present instant, as they came.
struct under_way {
  const struct timeline_event **events;
  size_t count;
};

static void change_one(struct under_way *under_way, const struct change *change) {
  size_t kept = 0;
  if (!change->ends) {
    under_way->events[under_way->count++] = change->event;
    return;
  }
  for (size_t i = 0; i < under_way->count; i++) {
    if (under_way->events[i] != change->event) under_way->events[kept++] = under_way->events[i];
  }
  under_way->count = kept;
}

// What has no end, as a new number of instances, is how things are from now on.
static void forget_lasting(struct under_way *under_way) {
  size_t kept = 0;
  for (size_t i = 0; i < under_way->count; i++) {
    if (under_way->events[i]->length > 0) under_way->events[kept++] = under_way->events[i];
  }
  under_way->count = kept;
}

enum { LABELS_MOST = 8 }; // in the name of a phase

// All that is under way in it: "fail web, flush cache".
static const char *name_of(const struct under_way *under_way, struct arena *arena) {
  const char *name = under_way->count == 0 ? "after" : under_way->events[0]->label;
  size_t shown = under_way->count < LABELS_MOST ? under_way->count : LABELS_MOST;
  for (size_t i = 1; i < shown; i++) name = arena_format(arena, "%s, %s", name, under_way->events[i]->label);
  return shown == under_way->count ? name
                                   : arena_format(arena, "%s and %zu more", name, under_way->count - shown);
}

// A name that has been there, as of an event that repeats itself, gets the number of its turn.
static const char *distinguish(const char *name, const char *const *names, size_t count,
                               struct arena *arena) {
  size_t turn = 1;
  for (size_t i = 0; i < count; i++) turn += strcmp(names[i], name) == 0 ? 1 : 0;
  return turn == 1 ? name : arena_format(arena, "%s (%zu)", name, turn);
}

static void distinguish_all(struct phase *phases, size_t count, struct arena *arena) {
  const char **names = arena_array(arena, count, sizeof *names);
  for (size_t i = 0; i < count; i++) {
    names[i] = phases[i].name;
    phases[i].name = distinguish(names[i], names, i, arena);
  }
}

static bool is_noted(const struct experiment *experiment) {
  for (size_t i = 0; i < experiment->count; i++) {
    if (experiment->replications[i]->phases == NULL) return false;
  }
  return true;
}

struct phase *estimates_phases(const struct experiment *experiment, size_t *count, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  int64_t end = run_end(experiment);
  *count = 0;
  if (plan->timeline_count == 0 || end == 0) return NULL;
  struct change *changes = arena_array(arena, (size_t)plan->timeline_count * 2, sizeof *changes);
  size_t changed = collect(plan, end, changes);
  struct phase *phases = arena_array(arena, changed + 1, sizeof *phases);
  struct phase phase = {.name = "before", .noted = is_noted(experiment)};
  struct under_way under_way = {.events = arena_array(arena, changed + 1, sizeof *under_way.events)};
  for (size_t i = 0; i < changed;) {
    int64_t now = phase.until = changes[i].at;
    if (phase.until > phase.from) phases[(*count)++] = phase;
    for (; i < changed && changes[i].at == now; i++) change_one(&under_way, &changes[i]);
    phase.name = name_of(&under_way, arena);
    phase.from = now;
    forget_lasting(&under_way);
  }
  phase.until = end;
  if (phase.until > phase.from) phases[(*count)++] = phase;
  distinguish_all(phases, *count, arena);
  return phases;
}

struct sums {
  double offered;
  double attempts;
  double answered;
  double degraded; // of these; by windows it is not known
  double failed;
  double latency; // s
  double seconds;
};

static bool is_in(const struct replication *kept, uint32_t window, const struct phase *phase) {
  int64_t middle = (int64_t)window * kept->window_length + kept->window_length / 2;
  return middle >= phase->from && middle < phase->until && middle < kept->until;
}

static double seconds_within(const struct replication *kept, const struct phase *phase) {
  int64_t from = phase->from > kept->from ? phase->from : kept->from;
  int64_t until = phase->until < kept->until ? phase->until : kept->until;
  return until > from ? (double)(until - from) * 1e-9 : 0;
}

static struct sums sum_notes(const struct replication *kept, const struct phase *phase) {
  const struct request_measure *measure = phase_notes_find(kept->phases, phase->from);
  if (measure == NULL) return (struct sums){0};
  return (struct sums){.offered = (double)measure->offered,
                       .attempts = (double)measure->attempts,
                       .answered = (double)measure->answered,
                       .degraded = (double)measure->degraded,
                       .failed = (double)request_measure_failed(measure),
                       .latency = (double)measure->latency.sum * 1e-9,
                       .seconds = seconds_within(kept, phase)};
}

static struct sums sum_phase(const struct replication *kept, const struct phase *phase) {
  struct sums sums = {0};
  if (phase->noted) return sum_notes(kept, phase);
  for (uint32_t i = 0; i < kept->window_count; i++) {
    if (!is_in(kept, i, phase)) continue;
    const struct window_measure *window = &kept->windows[i];
    sums.offered += (double)window->offered;
    sums.attempts += (double)window_attempts(window);
    sums.answered += (double)window->answered;
    sums.failed += (double)window->failed;
    sums.latency += (double)window->latency.sum * 1e-9;
    sums.seconds += (double)kept->window_length * 1e-9;
  }
  return sums;
}

static void fraction(const struct sums *sums, enum figure_kind kind, double *top, double *bottom) {
  *top = kind == FIGURE_OFFERED    ? sums->offered
         : kind == FIGURE_ATTEMPTS ? sums->attempts
         : kind == FIGURE_GOODPUT  ? sums->answered - sums->degraded
                                   : sums->latency;
  *bottom = kind == FIGURE_MEAN ? sums->answered : sums->seconds;
}

static struct estimate errors_in_phase(const struct experiment *experiment, const struct phase *phase,
                                       double confidence, struct arena *arena) {
  uint64_t *hits = arena_array(arena, experiment->count, sizeof *hits);
  uint64_t *trials = arena_array(arena, experiment->count, sizeof *trials);
  for (size_t i = 0; i < experiment->count; i++) {
    struct sums sums = sum_phase(experiment->replications[i], phase);
    hits[i] = (uint64_t)sums.failed;
    trials[i] = (uint64_t)(sums.answered + sums.failed);
  }
  return estimate_proportion(hits, trials, experiment->count, confidence);
}

// The pooled percentile, with the spread of the replications' own about it.
static struct estimate percentile_of_notes(const struct experiment *experiment, const struct phase *phase,
                                           double q, double confidence, struct arena *arena) {
  double *own = arena_array(arena, experiment->count, sizeof *own);
  uint64_t fewest = UINT64_MAX;
  bool everywhere = true, complete = true;
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct histogram pooled;
  histogram_init(&pooled, &budget);
  for (size_t i = 0; i < experiment->count; i++) {
    const struct request_measure *measure =
        phase_notes_find(experiment->replications[i]->phases, phase->from);
    uint64_t answered = measure == NULL ? 0 : measure->answered;
    if (answered < fewest) fewest = answered;
    everywhere = everywhere && answered > 0;
    if (answered == 0) continue;
    complete = histogram_merge(&pooled, &measure->latency_histogram) && complete;
    own[i] = histogram_quantile(&measure->latency_histogram, q, 0) * 1e-9;
  }
  double value = histogram_quantile(&pooled, q, 0) * 1e-9;
  histogram_free(&pooled);
  if (!complete) console_out_of_memory(NULL);
  if (!everywhere)
    return (struct estimate){
        value, value, value, false, experiment->count, "nothing observed in some replication"};
  return estimate_percentile(value, own, experiment->count, q, fewest, confidence);
}

struct estimate estimates_in_phase(const struct experiment *experiment, const struct phase *phase,
                                   struct figure figure, double confidence, struct arena *arena) {
  bool known = figure.kind == FIGURE_OFFERED || figure.kind == FIGURE_ATTEMPTS ||
               figure.kind == FIGURE_GOODPUT || figure.kind == FIGURE_ERRORS || figure.kind == FIGURE_MEAN;
  if (figure.kind == FIGURE_PERCENTILE && phase->noted && experiment->count > 0)
    return percentile_of_notes(experiment, phase, figure.argument, confidence, arena);
  if (!known) return (struct estimate){NAN, NAN, NAN, false, 0, "not kept by phase"};
  if (figure.kind == FIGURE_ERRORS) return errors_in_phase(experiment, phase, confidence, arena);
  double *tops = arena_array(arena, experiment->count, sizeof *tops);
  double *bottoms = arena_array(arena, experiment->count, sizeof *bottoms);
  for (size_t i = 0; i < experiment->count; i++) {
    struct sums sums = sum_phase(experiment->replications[i], phase);
    fraction(&sums, figure.kind, &tops[i], &bottoms[i]);
  }
  return estimate_ratio(tops, bottoms, experiment->count, confidence);
}

void estimates_count_in_phase(const struct experiment *experiment, const struct phase *phase,
                              struct phase_counts *counts) {
  *counts = (struct phase_counts){.largest = -1};
  for (size_t r = 0; r < experiment->count; r++) {
    const struct replication *kept = experiment->replications[r];
    const struct request_measure *noted = phase->noted ? phase_notes_find(kept->phases, phase->from) : NULL;
    for (int k = 0; k < OUTCOMES && noted != NULL; k++) counts->failed[k] += noted->failed[k];
    for (uint32_t i = 0; i < kept->window_count; i++) {
      const struct window_measure *window = &kept->windows[i];
      if (!is_in(kept, i, phase)) continue;
      for (int k = 0; k < OUTCOMES && !phase->noted; k++) counts->failed[k] += window->failures[k];
      if (window->answered > 0 && window->latency.largest > counts->largest)
        counts->largest = window->latency.largest;
    }
  }
}
