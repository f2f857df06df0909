// Laws: the closed forms of predict.h, compared only where the plan proves their assumptions. A verdict says
// `unusual`, never `broken`: one in ten thousand runs is unusual without any mistake.
#include "audit.h"

#include "console.h"
#include "demand.h"
#include "estimates.h"
#include "model.h"
#include "predict.h"
#include "score.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static const double LEVEL = 1e-4; // that all comparisons of a usual run are usual, less this

struct court {
  const struct experiment *experiment;
  struct audit_laws *found;
  struct arena *arena;
};

// ---- Verdicts ---------------------------------------------------------------------------------------------

static void add_law(const struct court *court, const char *law, const char *where, double expected,
                    const struct estimate *estimate) {
  size_t count = court->experiment->count;
  if (!estimate->has_interval || count < 2 || !isfinite(expected)) return;
  double error = estimate_half_width(estimate) / estimate_student(0.95, (double)count - 1);
  if (!(error > 0)) return;
  double z = score_from_t((estimate->value - expected) / error, (double)count - 1);
  court->found->laws[court->found->count++] =
      (struct audit_law){law, where, expected, estimate->value, z, AUDIT_USUAL};
}

static void judge(struct audit_laws *found) {
  if (found->count == 0) return;
  double threshold = gsl_cdf_ugaussian_Qinv(LEVEL / 2 / (double)found->count);
  for (size_t i = 0; i < found->count; i++) {
    if (!(fabs(found->laws[i].z) <= threshold)) found->laws[i].verdict = AUDIT_UNUSUAL;
  }
}

// ---- Stations ---------------------------------------------------------------------------------------------

// The machines of a component, where no other component before it has had them compared.
static bool first_there(const struct plan *plan, const struct component *component) {
  for (uint16_t c = 0; c < component->number; c++) {
    if (component->host != NULL && plan->components[c].host == component->host) return false;
  }
  return true;
}

static bool one_machine(const struct component *component) {
  return component->host != NULL ? component->host->count == 1 : component_instances(component) == 1;
}

static void check_utilization(const struct court *court, const struct component_scope *scope,
                              const struct component *component,
                              const struct predicted_component *predicted) {
  bool known = predicted->doubt == NULL && predicted->utilization < 1 &&
               (one_machine(component) || predicted->law != NULL);
  if (!known || !first_there(court->experiment->plan, component)) return;
  struct estimate estimate = component_scope_estimate(scope, part_named(NULL, "utilization.cpu.mean"), 0.95);
  add_law(court, "utilization = work offered / cores", component->name, predicted->utilization, &estimate);
}

static void check_part(const struct court *court, const struct component_scope *scope, const char *name,
                       const char *law, struct part part, double expected) {
  struct estimate estimate = component_scope_estimate(scope, part, 0.95);
  if (estimate.value > 0) add_law(court, law, name, expected, &estimate);
}

// Copies of a call that lost may be cancelled while they are served: the law of a visit that stays says
// nothing of these. Where visits are turned away, the time of those that are let in is not kept apart. Of
// those who give up it is, by Erlang A, too.
static void check_station(const struct court *court, const struct component_scope *scope,
                          const struct component *component, const struct predicted_component *predicted) {
  const char *name = component->name;
  check_utilization(court, scope, component, predicted);
  if (predicted->law == NULL) return;
  bool lossy = isfinite(predicted->lost);
  bool impatient = lossy && strstr(predicted->law, "+M") != NULL;
  if (lossy) {
    check_part(court, scope, name, arena_format(court->arena, "%s share lost", predicted->law),
               part_named(NULL, "errors"), predicted->lost);
  }
  if (impatient) {
    check_part(court, scope, name, arena_format(court->arena, "%s mean wait", predicted->law),
               part_named(NULL, "wait_s"), predicted->wait);
  }
  if (!lossy && predicted->doubt == NULL) {
    check_part(court, scope, name, arena_format(court->arena, "%s mean residence", predicted->law),
               part_named(NULL, "residence_s"), predicted->residence);
  }
}

// Little: the mean number inside and the sojourns of those who left differ by what the edges of the window
// cut. Work of the component's own is inside as well, and nobody's sojourn.
static void check_little(const struct court *court, const struct component_scope *scope, const char *name) {
  double *differences = arena_array(court->arena, scope->count, sizeof *differences);
  double inside = 0;
  for (size_t i = 0; i < scope->count; i++) {
    const struct component_kept *kept = scope->each[i];
    double within = component_scope_value(scope, i, part_named(NULL, "in_system"));
    if (kept->measure.internal > 0) return;
    differences[i] = (double)kept->measure.sojourn.sum * 1e-9 / scope->seconds[i] - within;
    inside += within / (double)scope->count;
  }
  struct estimate difference = estimate_mean(differences, scope->count, 0.95);
  difference.value += inside;
  difference.low += inside;
  difference.high += inside;
  add_law(court, "Little: inside = throughput x sojourn", name, inside, &difference);
}

static bool poisson(const struct client_group *group) {
  return group->process->drive == ARRIVAL_OPEN && group->process->law == ARRIVAL_POISSON &&
         group->shape == NULL && group->batch == NULL;
}

static void check_rate(const struct court *court, uint16_t client) {
  const struct plan *plan = court->experiment->plan;
  const struct client_group *group = &plan->clients[client];
  if (!poisson(group)) return;
  struct scope scope;
  scope_open(&scope, court->experiment, client, SCOPE_ALL);
  struct estimate estimate = scope_estimate(&scope, (struct figure){FIGURE_OFFERED, 0}, 0.95);
  scope_close(&scope);
  add_law(court, "Poisson arrival rate", group->name,
          demand_group_rate(group) * plan->run.load * court->experiment->load, &estimate);
}

// A closed network that was solved.
static void check_interactions(const struct court *court, const struct prediction *prediction) {
  if (isnan(prediction->response)) return;
  struct scope scope;
  scope_open(&scope, court->experiment, 0, SCOPE_ALL);
  struct estimate estimate = scope_estimate(&scope, (struct figure){FIGURE_OFFERED, 0}, 0.95);
  scope_close(&scope);
  add_law(court, "closed network (product form) throughput", court->experiment->plan->clients[0].name,
          prediction->offered, &estimate);
}

enum { LAWS_OF_A_COMPONENT = 4, LAWS_OF_A_GROUP = 2 };

void audit_laws(const struct experiment *experiment, struct audit_laws *found, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  struct prediction prediction;
  *found = (struct audit_laws){.count = 0};
  if (!plan->run.audit || plan->terminating || experiment->no_steady_state || experiment->count < 2) return;
  if (!predict(&prediction, plan, plan->run.load * experiment->load, arena)) console_out_of_memory(NULL);
  struct court court = {experiment, found, arena};
  found->laws = arena_array(arena,
                            (size_t)plan->component_count * LAWS_OF_A_COMPONENT +
                                (size_t)plan->client_count * LAWS_OF_A_GROUP,
                            sizeof *found->laws);
  for (uint16_t c = 0; c < plan->client_count; c++) check_rate(&court, c);
  if (experiment->settled) check_interactions(&court, &prediction);
  for (uint16_t c = 0; c < plan->component_count; c++) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, c);
    if (scope.used && experiment->settled) {
      check_station(&court, &scope, &plan->components[c], &prediction.components[c]);
      check_little(&court, &scope, plan->components[c].name);
    }
    component_scope_close(&scope);
  }
  judge(found);
}
