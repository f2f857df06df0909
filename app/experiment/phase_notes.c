#include "phase_notes.h"

#include "measures.h"

#include <stdlib.h>

static int by_time(const void *a, const void *b) {
  int64_t first = *(const int64_t *)a;
  int64_t second = *(const int64_t *)b;
  return (first > second) - (first < second);
}

static size_t keep_distinct(int64_t *times, size_t count) {
  size_t distinct = 0;
  for (size_t i = 0; i < count; i++) {
    if (distinct == 0 || times[distinct - 1] != times[i]) times[distinct++] = times[i];
  }
  return distinct;
}

// All times at which an event begins or ends; `bounds` has room for twice as many as there are events.
// SIZE_MAX: too many.
static size_t find_bounds(const struct plan *plan, int64_t *bounds) {
  size_t count = 0;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    const struct timeline_event *event = &plan->timeline[i];
    if (event->at > 0) bounds[count++] = event->at;
    if (event->length > 0) bounds[count++] = event->at + event->length;
  }
  qsort(bounds, count, sizeof *bounds, by_time);
  count = keep_distinct(bounds, count);
  return count < PHASE_NOTES_MOST ? count : SIZE_MAX;
}

bool phase_notes_too_many(const struct plan *plan) {
  struct arena arena;
  arena_init(&arena, NULL);
  int64_t *bounds = arena_array(&arena, 2 * plan->timeline_count + 1, sizeof *bounds);
  bool many = bounds == NULL || find_bounds(plan, bounds) == SIZE_MAX;
  arena_drop(&arena);
  return many;
}

static void begin(struct phase_notes *notes, int64_t from) {
  struct phase_note *note = &notes->list[notes->count++];
  note->from = from;
  request_measure_init(&note->measure, notes->budget);
}

static void give_back(struct phase_notes *notes) {
  arena_drop(&notes->arena);
  memory_give(notes->budget, notes, sizeof *notes);
}

// NULL: memory ran out.
static struct phase_notes *make(const struct plan *plan, struct memory_budget *budget) {
  struct phase_notes *notes = memory_take(budget, sizeof *notes);
  if (notes == NULL) return NULL;
  notes->budget = budget;
  notes->plan = plan;
  arena_init(&notes->arena, budget);
  notes->bounds = arena_array(&notes->arena, 2 * plan->timeline_count, sizeof *notes->bounds);
  notes->bound_count = notes->bounds == NULL ? 0 : find_bounds(plan, notes->bounds);
  size_t phases = notes->bound_count == SIZE_MAX ? 1 : notes->bound_count + 1;
  notes->list = arena_array(&notes->arena, phases, sizeof *notes->list);
  if (notes->bounds != NULL && notes->list != NULL) return notes;
  give_back(notes);
  return NULL;
}

bool phase_notes_open(struct phase_notes **made, const struct sim *sim, struct memory_budget *budget) {
  *made = NULL;
  if (sim->plan->timeline_count == 0 || sim->settings.pilot) return true;
  struct phase_notes *notes = make(sim->plan, budget);
  if (notes == NULL) return false;
  if (notes->bound_count == SIZE_MAX) {
    give_back(notes);
    return true;
  }
  request_measure_init(&notes->before, budget);
  const int64_t *bounds = notes->bounds;
  while (notes->next < notes->bound_count && bounds[notes->next] <= sim->measure_from) notes->next++;
  begin(notes, notes->next > 0 ? bounds[notes->next - 1] : 0);
  *made = notes;
  return true;
}

void phase_notes_drop(struct phase_notes *notes) {
  if (notes == NULL) return;
  for (size_t i = 0; i < notes->count; i++) request_measure_drop(&notes->list[i].measure);
  request_measure_drop(&notes->before);
  give_back(notes);
}

int64_t phase_notes_next(const struct phase_notes *notes) {
  return notes != NULL && notes->next < notes->bound_count ? notes->bounds[notes->next] : INT64_MAX;
}

// What was measured since the last bound goes to the phase that is under way.
static bool note_difference(struct phase_notes *notes, const struct sim *sim) {
  struct request_measure *now = &notes->list[notes->count - 1].measure;
  bool complete = true;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    for (uint16_t r = 0; !sim->plan->clients[c].attacker && r < sim->plan->request_count; r++)
      complete = request_measure_merge(now, &sim->clients[c].measures[r]) && complete;
  }
  if (!complete) return false; // bins that are to be taken away may lack
  request_measure_subtract(now, &notes->before);
  return request_measure_merge(&notes->before, now);
}

bool phase_notes_look(struct phase_notes *notes, const struct sim *sim) {
  bool complete = note_difference(notes, sim);
  begin(notes, notes->bounds[notes->next++]);
  return complete;
}

bool phase_notes_end(struct phase_notes *notes, const struct sim *sim) {
  if (notes == NULL) return true;
  if (!note_difference(notes, sim)) return false;
  const struct request_measure *all = &notes->before;
  notes->list[notes->count - 1].measure.failed[OUTCOME_UNFINISHED] +=
      all->offered - all->answered - request_measure_failed(all);
  request_measure_drop(&notes->before);
  return true;
}

const struct request_measure *phase_notes_find(const struct phase_notes *notes, int64_t from) {
  size_t low = 0, high = notes->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (notes->list[middle].from < from) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < notes->count && notes->list[low].from == from ? &notes->list[low].measure : NULL;
}
