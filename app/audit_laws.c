// Laws: closed forms, compared only where the plan proves their assumptions. A verdict says `unusual`, never
// `broken`: one in ten thousand runs is unusual without any mistake.
#include "audit.h"

#include "demand.h"
#include "estimates.h"
#include "loss.h"
#include "mg1.h"
#include "mmc.h"
#include "model.h"
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

// ---- What the plan proves ---------------------------------------------------------------------------------

static void mark_callee(void *context, const struct call_site *site, double times) {
  bool *called = context;
  if (times > 0) called[site->callee->number] = true;
}

// Components that others call: their arrivals are not simply those of clients.
static void mark_called(const struct plan *plan, bool *called) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    for (uint16_t r = 0; r < plan->request_count; r++) {
      struct model_demand demand;
      if (component->model->demand != NULL)
        component->model->demand(component, r, &demand, mark_callee, called);
    }
  }
}

static bool plain_policy(const struct policy *policy) {
  return policy == NULL ||
         (policy->timeout == POLICY_NEVER && policy->deadline == POLICY_NEVER && policy->retries == 0 &&
          policy->hedge_after == POLICY_NEVER && policy->hedge_percentile <= 0);
}

static bool poisson(const struct client_group *group) {
  return group->process->drive == ARRIVAL_OPEN && group->process->law == ARRIVAL_POISSON &&
         group->shape == NULL && group->batch == NULL;
}

// A station fed by Poisson clients alone.
struct fed {
  double rate;   // arrivals per second
  double work;   // per second: the sum of rate * mean, s
  double square; // the sum of rate * second moment, s^2
  double mean;   // of the first request's service, s
  bool alike;    // every request has that mean
  bool one;      // every visit is one use of the cores
  bool exponential;
  bool proven;
};

static double mix_share(const struct client_group *group, uint16_t i) {
  return group->mix_cumulative[i] - (i > 0 ? group->mix_cumulative[i - 1] : 0);
}

static void feed(struct fed *fed, const struct component *component, uint16_t request, double rate) {
  struct model_demand demand;
  component->model->demand(component, request, &demand, NULL, NULL);
  double mean = demand.program.cpu * 1e-9;
  if (fed->rate == 0) fed->mean = mean;
  fed->alike = fed->alike && mean == fed->mean;
  fed->one = fed->one && demand.program.one_cpu;
  fed->exponential = fed->exponential && demand.program.one_exponential_cpu;
  fed->rate += rate;
  fed->work += rate * mean;
  fed->square += rate * demand.program.cpu_square * 1e-18;
}

static struct fed feed_of(const struct experiment *experiment, const struct component *component) {
  const struct plan *plan = experiment->plan;
  struct fed fed = {
      .alike = true, .one = true, .exponential = true, .proven = component->model->demand != NULL};
  for (uint16_t c = 0; c < plan->client_count && fed.proven; c++) {
    const struct client_group *group = &plan->clients[c];
    double rate = demand_group_rate(group) * plan->run.load * experiment->load;
    for (uint16_t i = 0; i < group->mix_count; i++) {
      const struct call_site *entry = &group->entries[group->mix_requests[i]];
      if (entry->callee != component) continue;
      fed.proven = fed.proven && poisson(group) && plain_policy(entry->policy);
      if (fed.proven) feed(&fed, component, group->mix_requests[i], rate * mix_share(group, i));
    }
  }
  fed.proven = fed.proven && fed.rate > 0 && isfinite(fed.rate);
  return fed;
}

static bool alone(const struct plan *plan, const struct component *component) {
  if (component->share_count != 1 || component->shares[0].count != 1) return false;
  if (component->host == NULL) return true;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (c != component->number && plan->components[c].host == component->host) return false;
  }
  return component->host->count == 1;
}

static const struct machine_type *machine_of(const struct component *component) {
  return component->host != NULL ? component->host->type : component->machine;
}

// ---- The laws ---------------------------------------------------------------------------------------------

static void check_utilization(const struct court *court, const struct component_scope *scope,
                              const char *name, double expected) {
  struct estimate estimate = component_scope_estimate(scope, (struct part){PART_CPU, 0}, 0.95);
  add_law(court, "utilization = arrival rate x service / cores", name, expected, &estimate);
}

static void check_sojourn(const struct court *court, const struct component_scope *scope, const char *name,
                          const char *law, double expected) {
  struct estimate estimate = component_scope_estimate(scope, (struct part){PART_SOJOURN, 0}, 0.95);
  add_law(court, law, name, expected, &estimate);
}

static void check_loss(const struct court *court, const struct component_scope *scope, const char *name,
                       const struct fed *fed, unsigned servers, int64_t backlog, double speed) {
  struct loss_state state = loss_mmck(fed->rate, speed / fed->mean, servers, servers + (unsigned)backlog);
  struct estimate estimate = component_scope_estimate(scope, (struct part){PART_ERRORS, 0}, 0.95);
  if (fed->rate > 0 && estimate.value > 0)
    add_law(court, "M/M/c/K share turned away", name, state.blocked, &estimate);
}

static void check_unlimited(const struct court *court, const struct component_scope *scope, const char *name,
                            const struct fed *fed, const struct machine_type *machine) {
  unsigned cores = (unsigned)machine->cores;
  double load = fed->work / machine->speed;
  bool in_turn = machine->discipline == STATION_FCFS || machine->discipline == STATION_LIFO;
  if (load >= cores) return;
  check_utilization(court, scope, name, load / cores);
  if (fed->exponential && fed->alike && (in_turn || machine->discipline == STATION_PS)) {
    check_sojourn(court, scope, name, "M/M/c mean sojourn",
                  mmc_sojourn_mean(fed->rate, machine->speed / fed->mean, cores));
  } else if (cores == 1 && machine->discipline == STATION_PS) {
    check_sojourn(court, scope, name, "M/G/1 processor sharing mean sojourn",
                  mg1_shared_sojourn_mean(fed->rate, load / fed->rate));
  } else if (cores == 1 && in_turn && isfinite(fed->square)) {
    double second = fed->square / fed->rate / (machine->speed * machine->speed);
    check_sojourn(court, scope, name, "M/G/1 mean sojourn",
                  mg1_sojourn_mean(fed->rate, load / fed->rate, second));
  }
}

enum { CORES_MOST = 100000, PLACES_MOST = 10000000 };

static void check_station(const struct court *court, const struct component_scope *scope,
                          const struct component *component) {
  const struct machine_type *machine = machine_of(component);
  struct fed fed = feed_of(court->experiment, component);
  if (!fed.proven || !fed.one || machine == NULL || machine->cores > CORES_MOST || !(fed.work > 0)) return;
  if (!alone(court->experiment->plan, component)) return;
  struct model_demand demand;
  component->model->demand(component, 0, &demand, NULL, NULL);
  if (demand.has_patience) return;
  if (demand.workers == POOL_UNLIMITED) {
    check_unlimited(court, scope, component->name, &fed, machine);
  } else if (demand.workers == machine->cores && demand.backlog < PLACES_MOST && fed.exponential &&
             fed.alike) {
    check_loss(court, scope, component->name, &fed, (unsigned)machine->cores, demand.backlog, machine->speed);
  }
}

// Little: the mean number inside and the sojourns of those who left differ by what the edges of the window
// cut.
static void check_little(const struct court *court, const struct component_scope *scope, const char *name) {
  double *differences = arena_array(court->arena, scope->count, sizeof *differences);
  double inside = 0;
  for (size_t i = 0; i < scope->count; i++) {
    const struct component_kept *kept = scope->each[i];
    differences[i] = (double)kept->measure.sojourn.sum * 1e-9 / scope->seconds[i] - kept->inside;
    inside += kept->inside / (double)scope->count;
  }
  struct estimate difference = estimate_mean(differences, scope->count, 0.95);
  difference.value += inside;
  difference.low += inside;
  difference.high += inside;
  add_law(court, "Little: inside = throughput x sojourn", name, inside, &difference);
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

void audit_laws(const struct experiment *experiment, struct audit_laws *found, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  *found = (struct audit_laws){.count = 0};
  if (!plan->run.audit || plan->terminating || experiment->no_steady_state || experiment->count < 2) return;
  struct court court = {experiment, found, arena};
  bool *called = arena_array(arena, plan->component_count, sizeof *called);
  found->laws =
      arena_array(arena, (size_t)plan->component_count * 3 + plan->client_count, sizeof *found->laws);
  mark_called(plan, called);
  for (uint16_t c = 0; c < plan->client_count; c++) check_rate(&court, c);
  for (uint16_t c = 0; c < plan->component_count; c++) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, c);
    if (scope.used && experiment->settled) {
      if (!called[c]) check_station(&court, &scope, &plan->components[c]);
      check_little(&court, &scope, plan->components[c].name);
    }
    component_scope_close(&scope);
  }
  judge(found);
}
