// How sure the differences between scenarios are: paired where they were run under the same luck.
#include "compare_parts.h"
#include "cost.h"

#include <math.h>
#include <string.h>

const struct compare_figure compare_figures[COMPARE_FIGURES] = {
    {"mean", "mean", {FIGURE_MEAN, 0}},
    {"p50", "p50", {FIGURE_PERCENTILE, 0.5}},
    {"p95", "p95", {FIGURE_PERCENTILE, 0.95}},
    {"p99", "p99", {FIGURE_PERCENTILE, 0.99}},
    {"throughput", "answers", {FIGURE_THROUGHPUT, 0}},
    {"errors", "errors", {FIGURE_ERRORS, 0}},
};

static bool finite_values(const double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) return false;
  }
  return true;
}

static struct estimate without_interval(double value, const char *method) {
  return (struct estimate){value, value, value, false, 0, method};
}

// The values of replications that both have, by number: an interrupted run may lack some in between.
struct pairs {
  double *first;
  double *second;
  size_t count;
};

static double value_of(const struct scope *scope, size_t i, const struct difference *difference) {
  return difference->bill ? bill_value(scope->experiment, i) : scope_value(scope, i, difference->figure);
}

static struct estimate estimate_of(const struct scope *scope, const struct difference *difference) {
  return difference->bill ? bill_estimate(scope->experiment, 0.95)
                          : scope_estimate(scope, difference->figure, 0.95);
}

static struct pairs pair_values(const struct scope *first, const struct scope *second,
                                const struct difference *difference, struct arena *arena) {
  struct pairs pairs = {arena_array(arena, first->count, sizeof(double)),
                        arena_array(arena, first->count, sizeof(double)), 0};
  size_t other = 0;
  for (size_t i = 0; i < first->count; i++) {
    uint32_t number = first->experiment->replications[i]->number;
    while (other < second->count && second->experiment->replications[other]->number < number) other++;
    if (other == second->count || second->experiment->replications[other]->number != number) continue;
    pairs.first[pairs.count] = value_of(first, i, difference);
    pairs.second[pairs.count++] = value_of(second, other, difference);
  }
  return pairs;
}

static double *all_values(const struct scope *scope, const struct difference *difference,
                          struct arena *arena) {
  double *values = arena_array(arena, scope->count, sizeof *values);
  for (size_t i = 0; i < scope->count; i++) values[i] = value_of(scope, i, difference);
  return values;
}

static void say_nothing_sure(struct difference *difference, const char *method) {
  double gap = difference->second.value - difference->first.value;
  difference->comparison.p_value = NAN;
  difference->comparison.correlation = NAN;
  difference->comparison.difference = without_interval(gap, method);
  difference->change = without_interval(gap / difference->first.value, method);
}

static void compare_pairs(struct difference *difference, const struct pairs *pairs) {
  say_nothing_sure(difference,
                   pairs->count < 2 ? "a single replication" : "not observed in every replication");
  if (pairs->count < 2 || !finite_values(pairs->first, pairs->count) ||
      !finite_values(pairs->second, pairs->count))
    return;
  difference->comparison = comparison_paired(pairs->first, pairs->second, pairs->count, 0.95);
  difference->change = comparison_change(pairs->first, pairs->second, pairs->count, 0.95);
}

static void compare_independent(struct difference *difference, const struct scope *first,
                                const struct scope *second, struct arena *arena) {
  const double *one = all_values(first, difference, arena);
  const double *other = all_values(second, difference, arena);
  bool enough = first->count >= 2 && second->count >= 2;
  say_nothing_sure(difference, enough ? "not observed in every replication" : "a single replication");
  if (!enough || !finite_values(one, first->count) || !finite_values(other, second->count)) return;
  difference->comparison = comparison_independent(one, first->count, other, second->count, 0.95);
  difference->change.method = "unpaired";
}

static void compare_values(struct difference *difference, const struct scope *first,
                           const struct scope *second, bool paired, struct arena *arena) {
  difference->first = estimate_of(first, difference);
  difference->second = estimate_of(second, difference);
  if (paired) {
    struct pairs pairs = pair_values(first, second, difference, arena);
    compare_pairs(difference, &pairs);
  } else {
    compare_independent(difference, first, second, arena);
  }
}

static int client_named(const struct plan *plan, const char *name) {
  for (uint16_t c = 0; c < plan->client_count; c++) {
    if (strcmp(plan->clients[c].name, name) == 0) return c;
  }
  return -2;
}

static void compare_scopes(const struct match *match, struct differences *all, size_t load, size_t scenario,
                           int client, struct arena *arena) {
  const struct experiment *base = match_experiment(match, load, 0);
  const struct experiment *other = match_experiment(match, load, scenario);
  int theirs = client == SCOPE_ALL ? SCOPE_ALL : client_named(other->plan, base->plan->clients[client].name);
  if (theirs == -2) return;
  struct scope first;
  struct scope second;
  scope_open(&first, base, client, SCOPE_ALL);
  scope_open(&second, other, theirs, SCOPE_ALL);
  for (int i = 0; i < COMPARE_FIGURES; i++) {
    struct difference *difference = &all->list[all->count++];
    *difference = (struct difference){.load = load,
                                      .scenario = scenario,
                                      .client = client,
                                      .metric = compare_figures[i].name,
                                      .figure = compare_figures[i].figure,
                                      .adjusted = NAN};
    compare_values(difference, &first, &second, match->paired, arena);
  }
  if (client == SCOPE_ALL && cost_is_any_known(base->plan) && cost_is_any_known(other->plan)) {
    struct difference *difference = &all->list[all->count++];
    *difference = (struct difference){.load = load,
                                      .scenario = scenario,
                                      .client = client,
                                      .metric = "cost_per_hour",
                                      .bill = true,
                                      .adjusted = NAN};
    compare_values(difference, &first, &second, match->paired, arena);
  }
  scope_close(&first);
  scope_close(&second);
}

struct differences compare_differences(const struct match *match, struct arena *arena) {
  const struct plan *plan = match->subjects[0].plan;
  size_t scopes = plan->client_count > 1 ? plan->client_count + 1U : 1U;
  size_t most = match->load_count * match->count * (scopes * COMPARE_FIGURES + 1);
  struct differences all = {.list = arena_array(arena, most, sizeof(struct difference))};
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 1; s < match->count; s++) {
      if (match_experiment(match, l, 0)->count == 0 || match_experiment(match, l, s)->count == 0) continue;
      compare_scopes(match, &all, l, s, SCOPE_ALL, arena);
      for (uint16_t c = 0; plan->client_count > 1 && c < plan->client_count; c++) {
        compare_scopes(match, &all, l, s, c, arena);
      }
    }
  }
  double *p_values = arena_array(arena, all.count, sizeof(double));
  double *adjusted = arena_array(arena, all.count, sizeof(double));
  for (size_t i = 0; i < all.count; i++) p_values[i] = all.list[i].comparison.p_value;
  comparison_holm(p_values, adjusted, all.count);
  for (size_t i = 0; i < all.count; i++) all.list[i].adjusted = adjusted[i];
  return all;
}
