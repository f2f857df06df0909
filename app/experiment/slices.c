#include "slices.h"

#include "measures.h"
#include "metric_book.h"

#include <string.h>

static size_t measure_count(const struct slices *slices) {
  return slices->kinds ? (size_t)slices->plan->client_count * slices->plan->request_count : 1;
}

// Whether histograms stand in a slice, which are large.
static bool is_spread(unsigned slice) {
  return (slice + 1) % SLICES_SPREAD == 0;
}

struct slices *slices_open(const struct sim *sim, int64_t first, struct memory_budget *budget) {
  struct slices *slices = memory_take(budget, sizeof *slices);
  if (slices == NULL) return NULL;
  slices->budget = budget;
  arena_init(&slices->arena, budget);
  slices->plan = sim->plan;
  slices->from = sim->measure_from;
  slices->length = first;
  uint64_t work = (uint64_t)sim->plan->component_count * (sim->instance_count + sim->machine_count);
  slices->components = work <= SLICES_WORK_MOST;
  slices->spreads = slices->components && sim->plan->component_count <= SLICES_SPREADS_MOST;
  slices->kinds = (uint32_t)sim->plan->client_count * sim->plan->request_count <= SLICES_KINDS_MOST;
  size_t measures = measure_count(slices);
  for (unsigned i = 0; i < SLICES_MOST; i++) {
    slices->list[i].measures = arena_array(&slices->arena, measures, sizeof *slices->list[i].measures);
    bool made = slices->list[i].measures != NULL;
    if (made && slices->components) {
      bool spread = slices->spreads && is_spread(i);
      made = metric_book_open(&slices->list[i].components, sim->plan, spread, &slices->arena, budget);
    }
    if (!made) {
      slices->list[i].measures = NULL;
      slices_drop(slices);
      return NULL;
    }
    for (size_t m = 0; m < measures; m++) request_measure_init(&slices->list[i].measures[m], budget);
  }
  return slices;
}

void slices_drop(struct slices *slices) {
  if (slices == NULL) return;
  for (unsigned i = 0; i < SLICES_MOST && slices->list[i].measures != NULL; i++) {
    for (size_t m = 0; m < measure_count(slices); m++) request_measure_drop(&slices->list[i].measures[m]);
    metric_book_drop(&slices->list[i].components);
  }
  arena_drop(&slices->arena);
  memory_give(slices->budget, slices, sizeof *slices);
}

// Notes down all that has been measured since the start of the window.
static bool note(struct slices *slices, const struct sim *sim) {
  const struct plan *plan = sim->plan;
  struct slice *slice = &slices->list[slices->count++];
  bool complete = true;
  bool spread = slices->count % SLICES_SPREAD == 0;
  if (slices->components) complete = metric_book_read(&slice->components, sim, slices->spreads && spread);
  slice->until = sim->engine.now;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    if (!slices->kinds && plan->clients[c].attacker) continue;
    for (uint16_t r = 0; r < plan->request_count; r++) {
      size_t at = slices->kinds ? (size_t)c * plan->request_count + r : 0;
      const struct request_measure *measured = &sim->clients[c].measures[r];
      if (spread) {
        complete = request_measure_merge(&slice->measures[at], measured) && complete;
      } else {
        request_measure_merge_counts(&slice->measures[at], measured);
      }
    }
  }
  return complete;
}

static void drop_spreads(const struct slices *slices, struct slice *slice) {
  for (size_t m = 0; m < measure_count(slices); m++) histogram_free(&slice->measures[m].latency_histogram);
  if (slices->components) metric_book_clear_spreads(&slice->components);
}

// Books that were made with histograms have gone to slices that have none: those that need some get theirs.
static void return_spreads(struct slices *slices) {
  unsigned giver = 0;
  for (unsigned i = SLICES_SPREAD - 1; i < SLICES_MOST; i += SLICES_SPREAD) {
    struct metric_book *book = &slices->list[i].components;
    if (metric_book_has_spreads(book)) continue;
    while (is_spread(giver) || !metric_book_has_spreads(&slices->list[giver].components)) giver++;
    metric_book_swap_spreads(book, &slices->list[giver].components);
  }
}

// Every second note is left out, so that those that stay are twice as far from each other.
static void merge_pairs(struct slices *slices) {
  size_t measures = measure_count(slices);
  for (unsigned i = 0; i < SLICES_MOST / 2; i++) {
    struct slice left_out = slices->list[2 * i];
    slices->list[2 * i] = slices->list[i];
    slices->list[i] = slices->list[2 * i + 1];
    slices->list[2 * i + 1] = left_out;
    for (size_t m = 0; m < measures; m++) {
      request_measure_drop(&left_out.measures[m]);
      request_measure_init(&left_out.measures[m], slices->budget);
    }
    if (slices->components) metric_book_clear(&left_out.components);
    if (!is_spread(i)) drop_spreads(slices, &slices->list[i]);
  }
  if (slices->spreads) return_spreads(slices);
  slices->count = SLICES_MOST / 2;
  slices->length *= 2;
}

int64_t slices_next(const struct slices *slices) {
  return slices == NULL ? INT64_MAX : slices->from + (int64_t)(slices->count + 1) * slices->length;
}

bool slices_look(struct slices *slices, const struct sim *sim) {
  bool complete = note(slices, sim);
  if (slices->count == SLICES_MOST) merge_pairs(slices);
  return complete;
}

// From what was noted since the start of the window to what each slice has seen itself.
void slices_end(struct slices *slices, const struct sim *sim) {
  if (slices == NULL) return;
  for (unsigned i = slices->count; i-- > 1;) {
    for (size_t m = 0; m < measure_count(slices); m++) {
      struct request_measure *measure = &slices->list[i].measures[m];
      request_measure_subtract_counts(measure, &slices->list[i - 1].measures[m]);
      if (i < SLICES_SPREAD || (i + 1) % SLICES_SPREAD != 0) continue;
      histogram_subtract(&measure->latency_histogram,
                         &slices->list[i - SLICES_SPREAD].measures[m].latency_histogram);
    }
  }
  for (unsigned i = slices->count; slices->components && i-- > 0;) {
    struct metric_book *book = &slices->list[i].components;
    metric_book_subtract(book, i > 0 ? &slices->list[i - 1].components : &sim->metrics_from);
    if (i >= SLICES_SPREAD && (i + 1) % SLICES_SPREAD == 0)
      metric_book_subtract_spreads(book, &slices->list[i - SLICES_SPREAD].components);
  }
}
