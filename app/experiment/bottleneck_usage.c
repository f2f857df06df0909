#include "bottleneck_parts.h"

#include "metric_table.h"

#include <math.h>

// The rows of what components report, as part_named() reads them; NULL: of the instance where most are taken.
static const struct {
  const char *full;
  const char *mean;
} rows[RESOURCES] = {[RESOURCE_CPU] = {"utilization.cpu.hottest", "utilization.cpu.mean"},
                     [RESOURCE_DISK] = {"utilization.disk", "utilization.disk"},
                     [RESOURCE_NIC] = {"utilization.nic", "utilization.nic"},
                     [RESOURCE_NIC_IN] = {"utilization.nic_in", "utilization.nic_in"},
                     [RESOURCE_POOL] = {NULL, "utilization.workers"}};

static double mean_over(const struct component_scope *scope, const char *name) {
  double sum = 0;
  struct part part = part_named(scope->model, name);
  for (size_t i = 0; i < scope->count; i++)
    sum += component_scope_value(scope, i, part) / (double)scope->count;
  return sum;
}

static double hottest_pool(const struct component_scope *scope) {
  double sum = 0;
  for (size_t i = 0; i < scope->count; i++) sum += scope->each[i]->workers_hottest / (double)scope->count;
  return sum;
}

// Visits that were let in, of those that ended.
static double admitted(const struct component_measure *measure, double *rejected) {
  double visits = 0;
  for (int i = 0; i < OUTCOMES; i++) visits += (double)measure->outcomes[i];
  *rejected = visits > 0 ? (double)measure->outcomes[OUTCOME_REJECTED] / visits : 0;
  return visits * (1 - *rejected);
}

// Where visits wait without end, those that have ended have waited less than those who came with them. What
// is held is limited: the time follows from how much was taken, by Little's law.
static double held_by_each(const struct component_scope *scope, double visits) {
  struct part part = part_named(scope->model, rows[RESOURCE_POOL].mean);
  bool pool = part.row != SIZE_MAX && visits > 0 && scope->rows[part.row].bottom > 0;
  return pool ? scope->rows[part.row].top / visits : tally_mean(&scope->pooled.sojourn);
}

static bool waits_on_purpose(const struct component *component, const struct plan *plan) {
  for (uint16_t r = 0; component->programs != NULL && r < plan->request_count; r++) {
    const struct program *program = component->programs[r];
    for (uint32_t i = 0; program != NULL && i < program->count; i++) {
      if (program->steps[i].operation == STEP_WAIT) return true;
    }
  }
  return false;
}

static void read_usage(struct usage *usage, const struct component_scope *scope) {
  const struct component_measure *measure = &scope->pooled;
  for (int resource = 0; resource < RESOURCES; resource++) {
    usage->mean[resource] = mean_over(scope, rows[resource].mean);
    usage->full[resource] =
        rows[resource].full != NULL ? mean_over(scope, rows[resource].full) : hottest_pool(scope);
  }
  struct part pool = part_named(scope->model, rows[RESOURCE_POOL].mean);
  usage->tokens = pool.row != SIZE_MAX ? metric_at(scope->model, pool.row)->slo : NULL;
  usage->own = mean_over(scope, "utilization.cpu.own");
  usage->memory = mean_over(scope, "utilization.memory");
  usage->kills = scope->rows[part_named(scope->model, "memory_kills").row].top;
  usage->held = held_by_each(scope, admitted(measure, &usage->rejected));
  usage->sojourn = tally_mean(&measure->sojourn);
  usage->away = usage->sojourn - tally_mean(&measure->residence);
  usage->wait = tally_mean(&measure->wait);
  usage->service = tally_mean(&measure->service);
  usage->waited = measure->wait.count > 0 ? (double)measure->waited / (double)measure->wait.count : 0;
}

struct usage *bottleneck_usage(const struct experiment *experiment, struct arena *arena) {
  uint16_t count = experiment->plan->component_count;
  struct usage *all = arena_array(arena, count, sizeof *all);
  for (uint16_t c = 0; c < count; c++) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, c);
    all[c].component = &experiment->plan->components[c];
    all[c].pauses = waits_on_purpose(all[c].component, experiment->plan);
    read_usage(&all[c], &scope);
    component_scope_close(&scope);
  }
  return all;
}
