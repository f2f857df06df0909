#include "estimates.h"

#include "batches.h"
#include "console.h"
#include "measures.h"
#include "metric_book.h"
#include "metric_table.h"

#include <math.h>

// ---- Opening ----------------------------------------------------------------------------------------------

static void prepare(struct arena *arena, struct memory_budget *budget) {
  memory_budget_init(budget);
  arena_init(arena, budget);
  arena->on_exhausted = console_out_of_memory;
}

void scope_open(struct scope *scope, const struct experiment *experiment, int client, int request) {
  *scope = (struct scope){
      .count = experiment->count, .experiment = experiment, .client = client, .request = request};
  prepare(&scope->arena, &scope->budget);
  scope->each = arena_array(&scope->arena, scope->count, sizeof *scope->each);
  scope->seconds = arena_array(&scope->arena, scope->count, sizeof(double));
  if (scope->count == 1 && batches_possible(experiment->replications[0], client, request))
    scope->slices = experiment->replications[0]->slices;
  request_measure_init(&scope->pooled, &scope->budget);
  bool complete = true;
  for (size_t i = 0; i < scope->count; i++) {
    const struct replication *kept = experiment->replications[i];
    request_measure_init(&scope->each[i], &scope->budget);
    complete = batches_gather(&scope->each[i], kept->plan, kept->requests, client, request) && complete;
    complete = request_measure_merge(&scope->pooled, &scope->each[i]) && complete;
    scope->seconds[i] = replication_seconds(kept);
  }
  if (!complete) console_out_of_memory(NULL);
}

void scope_close(struct scope *scope) {
  for (size_t i = 0; i < scope->count; i++) request_measure_drop(&scope->each[i]);
  request_measure_drop(&scope->pooled);
  arena_drop(&scope->arena);
}

// ---- Estimates of requests -------------------------------------------------------------------------------

static const double NANOSECOND = 1e-9;

double scope_value(const struct scope *scope, size_t replication, struct figure figure) {
  return figure_value(&scope->each[replication], scope->seconds[replication], figure);
}

static struct estimate plain(double value, uint64_t n, const char *method) {
  return (struct estimate){value, value, value, false, n, method};
}

static struct estimate share_of(const struct scope *scope, struct figure figure, double confidence,
                                struct arena *arena) {
  uint64_t *top = arena_array(arena, scope->count, sizeof *top);
  uint64_t *bottom = arena_array(arena, scope->count, sizeof *bottom);
  for (size_t i = 0; i < scope->count; i++) {
    top[i] = figure_hits(&scope->each[i], figure);
    bottom[i] = figure_trials(&scope->each[i], figure);
  }
  return estimate_proportion(top, bottom, scope->count, confidence);
}

static struct estimate rate_of(const struct scope *scope, struct figure figure, double confidence,
                               struct arena *arena) {
  double *top = arena_array(arena, scope->count, sizeof *top);
  for (size_t i = 0; i < scope->count; i++) top[i] = (double)figure_hits(&scope->each[i], figure);
  return estimate_ratio(top, scope->seconds, scope->count, confidence);
}

static struct estimate mean_of(const struct scope *scope, double confidence, struct arena *arena) {
  double *top = arena_array(arena, scope->count, sizeof *top);
  double *bottom = arena_array(arena, scope->count, sizeof *bottom);
  for (size_t i = 0; i < scope->count; i++) {
    top[i] = (double)scope->each[i].latency.sum * NANOSECOND;
    bottom[i] = (double)scope->each[i].latency.count;
  }
  return estimate_ratio(top, bottom, scope->count, confidence);
}

// The pooled estimate and the spread of the replications' own about it. `fewest` as estimate_percentile() has
// it.
static struct estimate section(const struct scope *scope, struct figure figure, double q, uint64_t fewest,
                               double confidence, struct arena *arena) {
  double *own = arena_array(arena, scope->count, sizeof *own);
  double seconds = 0;
  for (size_t i = 0; i < scope->count; i++) {
    own[i] = scope_value(scope, i, figure);
    seconds += scope->seconds[i];
    if (isnan(own[i]))
      return plain(figure_value(&scope->pooled, seconds, figure), scope->count,
                   "nothing observed in some replication");
  }
  return estimate_percentile(figure_value(&scope->pooled, seconds, figure), own, scope->count, q, fewest,
                             confidence);
}

static uint64_t fewest_samples(const struct scope *scope, struct figure figure) {
  if (figure.kind == FIGURE_DEVIATION || figure.kind == FIGURE_DEVIATION_ALL) return UINT64_MAX;
  uint64_t fewest = UINT64_MAX;
  for (size_t i = 0; i < scope->count; i++) {
    uint64_t samples = figure_samples(&scope->each[i], figure);
    if (samples < fewest) fewest = samples;
  }
  return fewest;
}

static struct estimate estimate_figure(const struct scope *scope, struct figure figure, double confidence,
                                       struct arena *arena) {
  if (scope->slices != NULL) {
    return batches_estimate(scope->slices, scope->client, scope->request, figure,
                            scope_value(scope, 0, figure), confidence);
  }
  if (figure_is_share(figure)) return share_of(scope, figure, confidence, arena);
  if (figure_is_rate(figure)) return rate_of(scope, figure, confidence, arena);
  if (figure.kind == FIGURE_MEAN) return mean_of(scope, confidence, arena);
  if (figure.kind == FIGURE_MEAN_ALL) {
    return scope->pooled.answered < scope->pooled.offered
               ? plain(INFINITY, scope->count, "infinite: some failed")
               : mean_of(scope, confidence, arena);
  }
  double q = figure.kind == FIGURE_PERCENTILE || figure.kind == FIGURE_PERCENTILE_ALL ? figure.argument : 0.5;
  return section(scope, figure, q, fewest_samples(scope, figure), confidence, arena);
}

// Without a steady state there is no figure in the long run to be near to.
static struct estimate say_of_what(struct estimate estimate, const struct experiment *experiment) {
  if (estimate.has_interval && experiment->no_steady_state)
    estimate.method = "no steady state: of the measured time only";
  return estimate;
}

struct estimate scope_estimate(const struct scope *scope, struct figure figure, double confidence) {
  if (scope->count == 0) return plain(NAN, 0, "nothing observed");
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct estimate estimate = estimate_figure(scope, figure, confidence, &arena);
  arena_drop(&arena);
  return say_of_what(estimate, scope->experiment);
}

// ---- Components -------------------------------------------------------------------------------------------

static const struct metric *metric_of(const struct component_scope *scope, struct part part) {
  return metric_at(scope->model, part.row);
}

void component_scope_open(struct component_scope *scope, const struct experiment *experiment,
                          uint16_t component) {
  *scope = (struct component_scope){.count = experiment->count,
                                    .experiment = experiment,
                                    .model = experiment->plan->components[component].model,
                                    .component = component};
  prepare(&scope->arena, &scope->budget);
  scope->each = arena_array(&scope->arena, scope->count, sizeof *scope->each);
  scope->seconds = arena_array(&scope->arena, scope->count, sizeof(double));
  scope->rows = metric_rows_open(scope->model, true, &scope->arena, &scope->budget);
  if (scope->count == 1 && experiment->replications[0]->slices != NULL &&
      experiment->replications[0]->slices->components)
    scope->slices = experiment->replications[0]->slices;
  bool complete = true;
  for (size_t i = 0; i < scope->count; i++) {
    const struct replication *kept = experiment->replications[i];
    scope->each[i] = &kept->components[component];
    scope->seconds[i] = replication_seconds(kept);
    component_measure_merge(&scope->pooled, &scope->each[i]->measure);
    complete = metric_rows_merge(scope->rows, scope->each[i]->rows, scope->model, true) && complete;
    scope->used = scope->used || scope->each[i]->used > 0;
  }
  if (!complete) console_out_of_memory(NULL);
}

void component_scope_close(struct component_scope *scope) {
  metric_rows_drop(scope->rows, scope->model);
  arena_drop(&scope->arena);
}

double component_scope_value(const struct component_scope *scope, size_t replication, struct part part) {
  if (part.row == SIZE_MAX) return NAN;
  return part_value(metric_of(scope, part), part, &scope->each[replication]->rows[part.row],
                    scope->seconds[replication]);
}

static struct estimate share_of_visits(const struct component_scope *scope, struct part part,
                                       double confidence, struct arena *arena) {
  uint64_t *top = arena_array(arena, scope->count, sizeof *top);
  uint64_t *bottom = arena_array(arena, scope->count, sizeof *bottom);
  for (size_t i = 0; i < scope->count; i++) {
    top[i] = (uint64_t)scope->each[i]->rows[part.row].top;
    bottom[i] = (uint64_t)scope->each[i]->rows[part.row].bottom;
  }
  return estimate_proportion(top, bottom, scope->count, confidence);
}

static struct estimate ratio_of(const struct component_scope *scope, struct part part, double confidence,
                                struct arena *arena) {
  double *top = arena_array(arena, scope->count, sizeof *top);
  double *bottom = arena_array(arena, scope->count, sizeof *bottom);
  for (size_t i = 0; i < scope->count; i++) {
    part_fraction(metric_of(scope, part), part, &scope->each[i]->rows[part.row], scope->seconds[i], &top[i],
                  &bottom[i]);
  }
  return estimate_ratio(top, bottom, scope->count, confidence);
}

static struct estimate level_of(const struct component_scope *scope, struct part part, double confidence,
                                struct arena *arena) {
  double *values = arena_array(arena, scope->count, sizeof *values);
  for (size_t i = 0; i < scope->count; i++) values[i] = component_scope_value(scope, i, part);
  return estimate_mean(values, scope->count, confidence);
}

static struct estimate section_part(const struct component_scope *scope, struct part part, double confidence,
                                    struct arena *arena) {
  double *own = arena_array(arena, scope->count, sizeof *own);
  uint64_t fewest = UINT64_MAX;
  double pooled = part_value(metric_of(scope, part), part, &scope->rows[part.row], 0);
  for (size_t i = 0; i < scope->count; i++) {
    own[i] = component_scope_value(scope, i, part);
    uint64_t samples = scope->each[i]->rows[part.row].times->count;
    if (samples < fewest) fewest = samples;
    if (isnan(own[i])) return plain(pooled, scope->count, "nothing observed in some replication");
  }
  bool percentile = part.aspect == PART_PERCENTILE;
  return estimate_percentile(pooled, own, scope->count, percentile ? part.argument : 0.5,
                             percentile ? fewest : UINT64_MAX, confidence);
}

static struct estimate estimate_part(const struct component_scope *scope, struct part part, double confidence,
                                     struct arena *arena) {
  const struct metric *metric = metric_of(scope, part);
  if (scope->slices != NULL) {
    return batches_estimate_part(scope->slices, scope->component, part, component_scope_value(scope, 0, part),
                                 confidence);
  }
  switch (metric->kind) {
  case METRIC_SHARE:
    return share_of_visits(scope, part, confidence, arena);
  case METRIC_RATE:
  case METRIC_RATIO:
    return ratio_of(scope, part, confidence, arena);
  case METRIC_LEVEL:
  case METRIC_WHOLE:
    return level_of(scope, part, confidence, arena);
  case METRIC_TIMES:
    return part.aspect == PART_VALUE ? ratio_of(scope, part, confidence, arena)
                                     : section_part(scope, part, confidence, arena);
  case METRIC_TOTAL:
  case METRIC_PEAK:
    break;
  }
  return plain(part_value(metric, part, &scope->rows[part.row], 0), scope->count, "counted");
}

struct estimate component_scope_estimate(const struct component_scope *scope, struct part part,
                                         double confidence) {
  if (scope->count == 0) return plain(NAN, 0, "nothing observed");
  if (part.row == SIZE_MAX) return plain(NAN, 0, "it reports no such thing");
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct estimate estimate = estimate_part(scope, part, confidence, &arena);
  arena_drop(&arena);
  return say_of_what(estimate, scope->experiment);
}
