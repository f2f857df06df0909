#include "phase_notes.h"

#include "replication.h"

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

// All times at which an event begins or ends; SIZE_MAX: too many.
static size_t find_bounds(const struct plan *plan, int64_t *bounds) {
  size_t count = 0;
  if (plan->timeline_count > PHASE_NOTES_MOST) return SIZE_MAX;
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    const struct timeline_event *event = &plan->timeline[i];
    if (event->at > 0) bounds[count++] = event->at;
    if (event->length > 0) bounds[count++] = event->at + event->length;
  }
  qsort(bounds, count, sizeof *bounds, by_time);
  count = keep_distinct(bounds, count);
  return count < PHASE_NOTES_MOST ? count : SIZE_MAX;
}

static void begin(struct phase_notes *notes, int64_t from) {
  struct phase_note *note = &notes->list[notes->count++];
  note->from = from;
  request_measure_init(&note->measure, notes->budget);
}

bool phase_notes_open(struct phase_notes **made, const struct sim *sim, struct memory_budget *budget) {
  *made = NULL;
  int64_t bounds[2 * PHASE_NOTES_MOST];
  if (sim->plan->timeline_count == 0 || sim->settings.pilot) return true;
  size_t count = find_bounds(sim->plan, bounds);
  if (count == SIZE_MAX) return true;
  struct phase_notes *notes = memory_take(budget, sizeof *notes);
  if (notes == NULL) return false;
  *notes = (struct phase_notes){.budget = budget, .plan = sim->plan, .bound_count = count};
  for (size_t i = 0; i < count; i++) notes->bounds[i] = bounds[i];
  request_measure_init(&notes->before, budget);
  while (notes->next < count && bounds[notes->next] <= sim->measure_from) notes->next++;
  begin(notes, notes->next > 0 ? bounds[notes->next - 1] : 0);
  *made = notes;
  return true;
}

void phase_notes_drop(struct phase_notes *notes) {
  if (notes == NULL) return;
  for (size_t i = 0; i < notes->count; i++) request_measure_drop(&notes->list[i].measure);
  request_measure_drop(&notes->before);
  memory_give(notes->budget, notes, sizeof *notes);
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
  for (size_t i = 0; i < notes->count; i++) {
    if (notes->list[i].from == from) return &notes->list[i].measure;
  }
  return NULL;
}
