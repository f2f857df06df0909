#include "bottleneck.h"

#include "units.h"

#include <math.h>

struct candidate {
  uint16_t component;
  bool workers;
  double utilization;
  double own; // its own part of cores that it shares
};

static double mean_over(const struct component_scope *scope, const char *name) {
  double sum = 0;
  struct part part = part_named(scope->model, name);
  for (size_t i = 0; i < scope->count; i++)
    sum += component_scope_value(scope, i, part) / (double)scope->count;
  return sum;
}

static double hottest_workers(const struct component_scope *scope) {
  double sum = 0;
  for (size_t i = 0; i < scope->count; i++) sum += scope->each[i]->workers_hottest / (double)scope->count;
  return sum;
}

// Cores go before workers that are as busy: a worker that computes is busy because of them.
static bool better(const struct candidate *candidate, const struct candidate *best) {
  if (isnan(candidate->utilization)) return false;
  if (candidate->utilization > best->utilization + 0.005) return true;
  bool level = candidate->utilization > best->utilization - 0.005;
  return level && candidate->workers == best->workers && candidate->own > best->own;
}

static struct candidate busiest(const struct experiment *experiment) {
  struct candidate best = {.utilization = 0};
  bool found = false;
  for (int workers = 0; workers <= 1; workers++) {
    for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
      struct candidate candidate = {.component = c, .workers = workers == 1};
      struct component_scope scope;
      component_scope_open(&scope, experiment, c);
      candidate.utilization =
          workers == 1 ? hottest_workers(&scope) : mean_over(&scope, "utilization.cpu.hottest");
      candidate.own = mean_over(&scope, "utilization.cpu.own");
      component_scope_close(&scope);
      if (isnan(candidate.utilization)) continue;
      if (!found || better(&candidate, &best)) best = candidate;
      found = true;
    }
  }
  if (!found) best.utilization = NAN;
  return best;
}

static double rejected_share(const struct component_measure *measure) {
  uint64_t visits = 0;
  for (int i = 0; i < OUTCOMES; i++) visits += measure->outcomes[i];
  return visits > 0 ? (double)measure->outcomes[OUTCOME_REJECTED] / (double)visits : 0;
}

// What its visits pay for its being busy: waiting, or under processor sharing going slower.
static const char *price(const struct component_measure *measure, struct arena *arena) {
  double service = tally_mean(&measure->service);
  double wait = tally_mean(&measure->wait);
  double share = measure->wait.count > 0 ? (double)measure->waited / (double)measure->wait.count : 0;
  double stretched = (tally_mean(&measure->residence) - wait) / service;
  if (share > 0.01 && wait >= service / 100) {
    return arena_format(arena, "%s of its visits wait, %s on average", units_show_share(share).text,
                        units_show_duration(wait).text);
  }
  if (stretched > 1.1 && service > 0) {
    return arena_format(arena, "its visits take %.1f times as long as they would alone", stretched);
  }
  return "with room left";
}

// Workers with room for nobody to wait, which are all taken now and then: cores are as busy as the workers
// let them be.
static bool turns_away(const struct component_scope *scope) {
  return rejected_share(&scope->pooled) > 0 &&
         !isnan(component_scope_value(scope, 0, part_named(scope->model, "utilization.workers")));
}

static const char *explain_rejections(const struct component_scope *scope, struct arena *arena) {
  return arena_format(arena, "turns away %s of what arrives: its workers are taken and its backlog is full",
                      units_show_share(rejected_share(&scope->pooled)).text);
}

static const char *explain(const struct candidate *best, const struct component_scope *scope,
                           const struct plan *plan, struct arena *arena) {
  const struct component_measure *measure = &scope->pooled;
  double wait = tally_mean(&measure->wait);
  double service = tally_mean(&measure->service);
  double away = tally_mean(&measure->sojourn) - tally_mean(&measure->residence);
  const char *paid = price(measure, arena);
  if (turns_away(scope)) return explain_rejections(scope, arena);
  if (best->workers && away > service && away > wait) {
    return arena_format(arena, "its workers are held while waiting for callees, %s of a visit",
                        units_show_duration(away).text);
  }
  const char *what = best->workers ? "workers" : "cores";
  if (best->utilization > 1 - 1e-9)
    return arena_format(arena, "saturated: its %s were never idle; %s", what, paid);
  if (best->utilization > 0.98) return arena_format(arena, "its %s are hardly ever idle; %s", what, paid);
  const struct host *host = plan->components[best->component].host;
  if (!best->workers && host != NULL && best->own < best->utilization - 0.02) {
    return arena_format(arena, "the busiest of those that share the host %s: %s", host->name, paid);
  }
  return arena_format(arena, "the busiest: %s", paid);
}

struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena) {
  struct bottleneck bottleneck = {.utilization = NAN};
  if (experiment->count == 0) return bottleneck;
  struct candidate best = busiest(experiment);
  if (isnan(best.utilization)) return bottleneck;
  struct component_scope scope;
  component_scope_open(&scope, experiment, best.component);
  bottleneck.component = experiment->plan->components[best.component].name;
  best.workers = best.workers || turns_away(&scope);
  bottleneck.resource = best.workers ? "workers" : "cpu";
  bottleneck.utilization = best.workers ? hottest_workers(&scope) : best.utilization;
  bottleneck.why = explain(&best, &scope, experiment->plan, arena);
  component_scope_close(&scope);
  return bottleneck;
}
