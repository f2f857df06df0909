#include "bottleneck.h"

#include "predict.h"
#include "units.h"

#include <math.h>

// In the order in which they are named where they are as full: a worker that computes is busy because of the
// cores, one that sends because of the interface.
enum resource { RESOURCE_CPU, RESOURCE_DISK, RESOURCE_NIC, RESOURCE_NIC_IN, RESOURCE_WORKERS };
enum { RESOURCES = RESOURCE_WORKERS + 1 };

static const struct {
  const char *name; // in results
  const char *row;  // as part_named() reads it; NULL: of the instance where most are taken
  const char *were; // "its … never idle"
  const char *are;
} kinds[RESOURCES] = {
    [RESOURCE_CPU] = {"cpu", "utilization.cpu.hottest", "cores were", "cores are"},
    [RESOURCE_DISK] = {"disk", "utilization.disk", "disk was", "disk is"},
    [RESOURCE_NIC] = {"nic", "utilization.nic", NULL, NULL},
    [RESOURCE_NIC_IN] = {"nic_in", "utilization.nic_in", NULL, NULL},
    [RESOURCE_WORKERS] = {"workers", NULL, "workers were", "workers are"},
};

struct candidate {
  uint16_t component;
  enum resource resource;
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

static double fullness(const struct component_scope *scope, enum resource resource) {
  return kinds[resource].row != NULL ? mean_over(scope, kinds[resource].row) : hottest_workers(scope);
}

static bool better(const struct candidate *candidate, const struct candidate *best) {
  if (isnan(candidate->utilization)) return false;
  if (candidate->utilization > best->utilization + 0.005) return true;
  bool level = candidate->utilization > best->utilization - 0.005;
  return level && candidate->resource == best->resource && candidate->own > best->own;
}

static struct candidate busiest(const struct experiment *experiment) {
  struct candidate best = {.utilization = 0};
  bool found = false;
  for (int resource = 0; resource < RESOURCES; resource++) {
    for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
      struct candidate candidate = {.component = c, .resource = (enum resource)resource};
      struct component_scope scope;
      component_scope_open(&scope, experiment, c);
      candidate.utilization = fullness(&scope, candidate.resource);
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

// ---- Memory -----------------------------------------------------------------------------------------------

// A machine that swaps has slow cores, and whatever else is full is so because of it: where more than all
// memory was held, on average, or processes ended for want of it, that comes before all others.
static bool find_memory(const struct experiment *experiment, struct bottleneck *found, struct arena *arena) {
  double most = 1;
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, c);
    double used = mean_over(&scope, "utilization.memory");
    double kills = scope.rows[part_named(scope.model, "memory_kills").row].top;
    component_scope_close(&scope);
    bool ends = kills > 0 && found->component == NULL;
    if (!(used > most) && !ends) continue;
    most = fmax(most, used);
    *found = (struct bottleneck){
        .component = experiment->plan->components[c].name, .resource = "memory", .utilization = used};
    found->why = kills > 0 ? arena_format(arena, "processes ended for want of memory, %.0f times", kills)
                           : "its machines swap, and their cores wait for it";
  }
  return found->component != NULL;
}

// ---- Words ------------------------------------------------------------------------------------------------

// What passes the interface, as the plan tells.
static const char *passes(const struct experiment *experiment, const struct candidate *best,
                          struct arena *arena) {
  struct prediction prediction;
  const struct plan *plan = experiment->plan;
  if (!predict(&prediction, plan, plan->run.load * experiment->load, arena)) return "";
  const struct predicted_component *predicted = &prediction.components[best->component];
  const char *what = best->resource == RESOURCE_NIC ? predicted->sends : predicted->receives;
  return what == NULL ? "" : arena_format(arena, ", mostly %s", what);
}

static double rejected_share(const struct component_measure *measure) {
  uint64_t visits = 0;
  for (int i = 0; i < OUTCOMES; i++) visits += measure->outcomes[i];
  return visits > 0 ? (double)measure->outcomes[OUTCOME_REJECTED] / (double)visits : 0;
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

// What its visits pay for its being busy: waiting, or under processor sharing going slower; NULL: nothing.
static const char *price(const struct component_measure *measure, const struct component *component,
                         const struct plan *plan, struct arena *arena) {
  double service = tally_mean(&measure->service);
  double wait = tally_mean(&measure->wait);
  double share = measure->wait.count > 0 ? (double)measure->waited / (double)measure->wait.count : 0;
  double stretched = (tally_mean(&measure->residence) - wait) / service;
  if (share > 0.01 && wait >= service / 100) {
    // What those wait that do, not what all do on average: a few may wait for long.
    return arena_format(arena, "%s of its visits wait, %s on average", units_show_share(share).text,
                        units_show_duration(wait / share).text);
  }
  if (stretched > 1.1 && service > 0 && !waits_on_purpose(component, plan)) {
    return arena_format(arena, "its visits take %.1f times as long as they would alone", stretched);
  }
  return NULL;
}

static const double NEARLY_FULL = 0.98; // from there on a part is hardly ever idle

// The wait for an interface is not in the visits' own times: transfers go on after them.
static const char *price_of_sending(double utilization, const char *paid) {
  if (utilization > NEARLY_FULL) return "transfers pile up before it";
  return utilization > 0.7 ? "transfers slow each other down" : paid;
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

static const char *joined(const char *reason, const char *paid, struct arena *arena) {
  return paid == NULL ? reason : arena_format(arena, "%s; %s", reason, paid);
}

static const char *explain(const struct candidate *best, const struct component_scope *scope,
                           const struct experiment *experiment, struct arena *arena) {
  const struct component_measure *measure = &scope->pooled;
  double wait = tally_mean(&measure->wait);
  double service = tally_mean(&measure->service);
  double away = tally_mean(&measure->sojourn) - tally_mean(&measure->residence);
  const struct component *component = &experiment->plan->components[best->component];
  const char *paid = price(measure, component, experiment->plan, arena);
  // Who is hardly ever idle has no room left even where its visits pay nothing: jobs wait in their queue.
  if (paid == NULL && best->utilization <= NEARLY_FULL) paid = "with room left";
  if (best->resource == RESOURCE_WORKERS && turns_away(scope)) return explain_rejections(scope, arena);
  if (best->resource == RESOURCE_WORKERS && away > service && away > wait) {
    return arena_format(arena, "its workers are held while waiting for callees, %s of a visit",
                        units_show_duration(away).text);
  }
  if (best->resource == RESOURCE_NIC || best->resource == RESOURCE_NIC_IN) {
    return arena_format(arena, "its network interface %s %s of the time%s; %s",
                        best->resource == RESOURCE_NIC ? "sends" : "receives",
                        units_show_share(best->utilization).text, passes(experiment, best, arena),
                        price_of_sending(best->utilization, paid));
  }
  if (best->utilization > 1 - 1e-9)
    return joined(arena_format(arena, "saturated: its %s never idle", kinds[best->resource].were), paid,
                  arena);
  if (best->utilization > NEARLY_FULL)
    return joined(arena_format(arena, "its %s hardly ever idle", kinds[best->resource].are), paid, arena);
  const struct host *host = component->host;
  if (best->resource == RESOURCE_CPU && host != NULL && best->own < best->utilization - 0.02) {
    return arena_format(arena, "the busiest of those that share the host %s: %s", host->name, paid);
  }
  return arena_format(arena, "the busiest: %s", paid);
}

struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena) {
  struct bottleneck bottleneck = {.utilization = NAN};
  if (experiment->count == 0 || find_memory(experiment, &bottleneck, arena)) return bottleneck;
  struct candidate best = busiest(experiment);
  if (isnan(best.utilization)) return bottleneck;
  struct component_scope scope;
  component_scope_open(&scope, experiment, best.component);
  bottleneck.component = experiment->plan->components[best.component].name;
  if (best.resource == RESOURCE_CPU && turns_away(&scope)) {
    best.resource = RESOURCE_WORKERS;
    best.utilization = hottest_workers(&scope);
  }
  bottleneck.resource = kinds[best.resource].name;
  bottleneck.utilization = best.utilization;
  bottleneck.why = explain(&best, &scope, experiment, arena);
  component_scope_close(&scope);
  return bottleneck;
}
