#include "watch.h"

#include "measures.h"
#include "objectives.h"

#include <math.h>

struct watch {
  struct memory_budget *budget; // borrowed
  struct arena arena;
  const struct objectives *objectives;
  struct request_measure *before; // by objective: all that was measured up to the last end of a window
  int64_t *next;                  // INT64_MAX: it is not about windows
  struct watched *results;
};

static bool is_any(const struct objectives *objectives) {
  for (size_t i = 0; objectives != NULL && i < objectives->count; i++) {
    if (objectives->list[i].window > 0) return true;
  }
  return false;
}

static struct watch *make(const struct objectives *objectives, struct memory_budget *budget) {
  struct watch *watch = memory_take(budget, sizeof *watch);
  if (watch == NULL) return NULL;
  watch->budget = budget;
  arena_init(&watch->arena, budget);
  watch->objectives = objectives;
  watch->before = arena_array(&watch->arena, objectives->count, sizeof *watch->before);
  watch->next = arena_array(&watch->arena, objectives->count, sizeof *watch->next);
  watch->results = arena_array(&watch->arena, objectives->count, sizeof *watch->results);
  for (size_t i = 0; watch->before != NULL && i < objectives->count; i++)
    request_measure_init(&watch->before[i], budget);
  return watch;
}

bool watch_open(struct watch **made, const struct sim *sim, const struct objectives *objectives,
                struct memory_budget *budget) {
  *made = NULL;
  if (!is_any(objectives)) return true;
  struct watch *watch = make(objectives, budget);
  if (watch == NULL) return false;
  if (budget->exhausted) {
    watch_close(watch);
    return false;
  }
  for (size_t i = 0; i < objectives->count; i++) {
    int64_t window = objectives->list[i].window;
    watch->next[i] = window > 0 ? sim->measure_from + window : INT64_MAX;
  }
  *made = watch;
  return true;
}

void watch_close(struct watch *watch) {
  if (watch == NULL) return;
  for (size_t i = 0; watch->before != NULL && i < watch->objectives->count; i++)
    request_measure_drop(&watch->before[i]);
  arena_drop(&watch->arena);
  memory_give(watch->budget, watch, sizeof *watch);
}

int64_t watch_next(const struct watch *watch) {
  int64_t next = INT64_MAX;
  for (size_t i = 0; watch != NULL && i < watch->objectives->count; i++) {
    if (watch->next[i] < next) next = watch->next[i];
  }
  return next;
}

static bool gather_now(struct request_measure *into, const struct sim *sim,
                       const struct objective *objective) {
  bool complete = true;
  for (uint16_t c = 0; c < sim->plan->client_count; c++) {
    bool whose = objective->client == SCOPE_ALL ? !sim->plan->clients[c].attacker : objective->client == c;
    for (uint16_t r = 0; whose && r < sim->plan->request_count; r++) {
      if (objective->request == SCOPE_ALL || objective->request == r)
        complete = request_measure_merge(into, &sim->clients[c].measures[r]) && complete;
    }
  }
  return complete;
}

// Shares and percentiles are of the requests that ended in the window. Where none did, only rates are known.
static void judge_window(struct watched *watched, const struct objective *objective,
                         struct request_measure *measure) {
  if (objective->figure.kind != FIGURE_OFFERED)
    measure->offered = measure->answered + request_measure_failed(measure);
  double value = figure_value(measure, (double)objective->window * 1e-9, objective->figure);
  if (isnan(value)) return;
  watched->windows++;
  watched->held += objective_holds(objective, value);
}

// Where a measure is not complete, bins lack that would be taken away.
static bool look_at(struct watch *watch, size_t i, const struct sim *sim) {
  const struct objective *objective = &watch->objectives->list[i];
  struct request_measure now;
  request_measure_init(&now, watch->budget);
  bool complete = gather_now(&now, sim, objective);
  if (complete) {
    request_measure_subtract(&now, &watch->before[i]);
    judge_window(&watch->results[i], objective, &now);
    complete = request_measure_merge(&watch->before[i], &now);
  }
  request_measure_drop(&now);
  watch->next[i] += objective->window;
  return complete;
}

bool watch_look(struct watch *watch, const struct sim *sim) {
  bool complete = true;
  for (size_t i = 0; i < watch->objectives->count; i++) {
    if (watch->next[i] == sim->engine.now) complete = look_at(watch, i, sim) && complete;
  }
  return complete;
}

struct watched watch_result(const struct watch *watch, size_t objective) {
  return watch != NULL ? watch->results[objective] : (struct watched){0};
}
