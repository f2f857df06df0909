#include "objective_result.h"

#include "bill.h"
#include "watch.h"

static struct estimate estimate_for(const struct objective *objective, const struct experiment *experiment,
                                    double confidence) {
  struct estimate estimate;
  if (objective->bill) {
    estimate = bill_estimate(experiment, confidence);
  } else if (objective->component >= 0) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, (uint16_t)objective->component);
    estimate = component_scope_estimate(&scope, objective->part, confidence);
    component_scope_close(&scope);
  } else {
    struct scope scope;
    scope_open(&scope, experiment, objective->client, objective->request);
    estimate = scope_estimate(&scope, objective->figure, confidence);
    scope_close(&scope);
  }
  return estimate;
}

// The share of windows in which it held. Windows of one run are alike, so one run tells no interval.
static struct estimate estimate_windows(size_t number, const struct experiment *experiment, double confidence,
                                        struct arena *arena) {
  uint64_t *held = arena_array(arena, experiment->count, sizeof *held);
  uint64_t *windows = arena_array(arena, experiment->count, sizeof *windows);
  for (size_t i = 0; i < experiment->count; i++) {
    struct watched watched = watch_result(experiment->replications[i]->watch, number);
    held[i] = watched.held;
    windows[i] = watched.windows;
  }
  struct estimate estimate = estimate_proportion(held, windows, experiment->count, confidence);
  if (experiment->count >= 2 || !estimate.has_interval) return estimate;
  return (struct estimate){estimate.value,
                           estimate.value,
                           estimate.value,
                           false,
                           1,
                           "a single replication: its windows are alike"};
}

// A percentile says the same as a share: p99 < 1s, that more than 99% are answered within 1s. The share often
// has an interval where the percentile has none, as when too few samples lie beyond it; its method goes on to
// say why.
static struct objective_result judge_by_share(const struct objective *objective,
                                              const struct experiment *experiment, struct estimate percentile,
                                              double confidence, struct arena *arena) {
  static const enum objective_sense senses[] = {[OBJECTIVE_BELOW] = OBJECTIVE_AT_LEAST,
                                                [OBJECTIVE_AT_MOST] = OBJECTIVE_AT_LEAST,
                                                [OBJECTIVE_ABOVE] = OBJECTIVE_BELOW,
                                                [OBJECTIVE_AT_LEAST] = OBJECTIVE_BELOW};
  struct objective share = *objective;
  share.figure = (struct figure){FIGURE_WITHIN, objective->limit * 1e9};
  struct estimate within = estimate_for(&share, experiment, confidence);
  enum objective_verdict verdict =
      objective_judge(&within, senses[objective->sense], objective->figure.argument);
  if (verdict != OBJECTIVE_UNDECIDED)
    percentile.method = arena_format(arena, "%s; judged by the share within the limit", percentile.method);
  return (struct objective_result){objective, percentile, verdict};
}

static struct objective_result judge(const struct objective *objective, size_t number,
                                     const struct experiment *experiment, double confidence,
                                     struct arena *arena) {
  bool windows = objective->window > 0;
  struct estimate estimate = windows ? estimate_windows(number, experiment, confidence, arena)
                                     : estimate_for(objective, experiment, confidence);
  bool of_requests = objective->component < 0 && !objective->bill;
  if (!windows && of_requests && !estimate.has_interval && objective->figure.kind == FIGURE_PERCENTILE_ALL)
    return judge_by_share(objective, experiment, estimate, confidence, arena);
  enum objective_sense sense = windows ? OBJECTIVE_AT_LEAST : objective->sense;
  double limit = windows ? objective->share : objective->limit;
  return (struct objective_result){objective, estimate, objective_judge(&estimate, sense, limit)};
}

struct objective_result *objectives_judge(const struct objectives *objectives,
                                          const struct experiment *experiment, struct arena *arena) {
  struct objective_result *results = arena_array(arena, objectives->count, sizeof *results);
  double confidence = objective_confidence(0.95, objectives->count > 0 ? objectives->count : 1);
  for (size_t i = 0; i < objectives->count; i++) {
    results[i] = judge(&objectives->list[i], i, experiment, confidence, arena);
  }
  return results;
}

const char *objective_verdict_name(enum objective_verdict verdict) {
  static const char *const names[] = {
      [OBJECTIVE_PASSED] = "passed", [OBJECTIVE_FAILED] = "failed", [OBJECTIVE_UNDECIDED] = "undecided"};
  return names[verdict];
}

struct units_text objective_show(const struct objective *objective, double value) {
  if (objective->window > 0) return units_show_share(value);
  switch (objective->unit) {
  case OBJECTIVE_TIME:
    return units_show_duration(value * 1e9);
  case OBJECTIVE_SHARE:
    return units_show_share(value);
  case OBJECTIVE_RATE:
    return units_show_rate(value);
  case OBJECTIVE_SIZE:
    return units_show_size(value);
  case OBJECTIVE_MONEY:
    return bill_show(objective->currency, value);
  case OBJECTIVE_NUMBER:
    return units_show_count(value);
  }
  return units_show_count(value);
}
