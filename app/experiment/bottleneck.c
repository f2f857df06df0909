#include "bottleneck.h"

#include "bottleneck_parts.h"
#include "predict.h"

#include <math.h>
#include <string.h>

const double bottleneck_full = 0.9;

// ---- Memory -----------------------------------------------------------------------------------------------

// A machine that swaps has slow cores, and whatever else is full is so because of it: where more than all
// memory was held, on average, or processes ended for want of it, that comes before all others.
static bool find_memory(const struct finding *finding, struct bottleneck *found) {
  double most = 1;
  for (uint16_t c = 0; c < finding->experiment->plan->component_count; c++) {
    const struct usage *usage = &finding->usage[c];
    bool ends = usage->kills > 0 && found->component == NULL;
    if (!(usage->memory > most) && !ends) continue;
    most = fmax(most, usage->memory);
    *found = (struct bottleneck){
        .component = usage->component->name, .resource = "memory", .utilization = usage->memory};
    found->why =
        usage->kills > 0
            ? arena_format(finding->arena, "processes ended for want of memory, %.0f times", usage->kills)
            : "its machines swap, and their cores wait for it";
  }
  return found->component != NULL;
}

// ---- The fullest ------------------------------------------------------------------------------------------

static const double level = 0.005; // who is less full than another by no more than this is as full

struct candidates {
  struct candidate *list;
  size_t count;
};

// Room for each resource of each component.
static struct candidates no_candidates(const struct finding *finding) {
  size_t most = (size_t)finding->experiment->plan->component_count * RESOURCES;
  return (struct candidates){arena_array(finding->arena, most, sizeof(struct candidate)), 0};
}

static double fullness(const struct finding *finding, struct candidate candidate) {
  return finding->usage[candidate.component].full[candidate.resource];
}

// What nobody uses holds nobody back.
static void offer(const struct finding *finding, struct candidates *candidates, struct candidate candidate) {
  if (fullness(finding, candidate) > 0) candidates->list[candidates->count++] = candidate;
}

// Of two that are as full: a worker that computes is busy because of the cores, cores that several use
// because of who uses them most; and a pool whose tokens are held for longer stands before those that it
// waits for.
static bool preferred(const struct finding *finding, struct candidate one, struct candidate other) {
  const struct usage *first = &finding->usage[one.component], *second = &finding->usage[other.component];
  if (one.resource != other.resource) return one.resource < other.resource;
  bool pools = one.resource == RESOURCE_POOL;
  double most = pools ? first->held : first->own, least = pools ? second->held : second->own;
  if (most > least || least > most) return most > least;
  return strcmp(first->component->name, second->component->name) < 0;
}

// There must be one.
static struct candidate fullest(const struct finding *finding, const struct candidates *candidates) {
  double most = 0;
  for (size_t i = 0; i < candidates->count; i++) most = fmax(most, fullness(finding, candidates->list[i]));
  const struct candidate *best = NULL;
  for (size_t i = 0; i < candidates->count; i++) {
    const struct candidate *candidate = &candidates->list[i];
    if (fullness(finding, *candidate) < most - level) continue;
    if (best == NULL || preferred(finding, *candidate, *best)) best = candidate;
  }
  return *best;
}

// ---- Behind a pool ----------------------------------------------------------------------------------------

// What takes less of a visit's time than this share cannot be why its token is held.
static const double negligible = 0.1;

double bottleneck_stay(const struct finding *finding, uint16_t component) {
  const struct usage *usage = &finding->usage[component];
  double *stay = &finding->stays[component];
  if (!usage->component->model->forwards) return usage->sojourn;
  if (!isnan(*stay)) return *stay;
  *stay = 0; // should balancers hand on in a circle
  double sum = 0;
  const struct predicted_component *predicted = &finding->prediction->components[component];
  for (uint32_t i = 0; i < predicted->call_count; i++)
    sum += predicted->calls[i].times * bottleneck_stay(finding, predicted->calls[i].callee);
  return *stay = sum;
}

// Components that are found to hold those who wait for them, nearer ones first.
struct search {
  const struct finding *finding;
  uint16_t *reached;
  uint32_t count;
  bool *known;
};

static void reach(struct search *search, uint16_t component) {
  if (search->known[component]) return;
  search->known[component] = true;
  search->reached[search->count++] = component;
}

// Callees at which a visit spends its time, or may: what no callee accounts for passes on the way to them.
static void reach_callees(struct search *search, uint16_t component) {
  const struct finding *finding = search->finding;
  const struct predicted_component *predicted = &finding->prediction->components[component];
  const struct usage *usage = &finding->usage[component];
  double way = usage->away;
  for (uint32_t i = 0; i < predicted->call_count; i++)
    way -= predicted->calls[i].times * bottleneck_stay(finding, predicted->calls[i].callee);
  for (uint32_t i = 0; i < predicted->call_count; i++) {
    const struct predicted_call *call = &predicted->calls[i];
    double spent = call->times * bottleneck_stay(finding, call->callee) + fmax(way, 0);
    if (usage->component->model->forwards || !(spent < negligible * usage->held)) reach(search, call->callee);
  }
}

// Whoever sends has given its token back.
static bool holds(const struct search *search, struct candidate candidate) {
  const struct usage *usage = &search->finding->usage[candidate.component];
  bool first = candidate.component == search->reached[0];
  if (candidate.resource >= RESOURCE_NIC) return !first;
  return usage->held - usage->away >= negligible * usage->held;
}

// Why all tokens of a pool are taken: the fullest device at which their holders spend their time, there or
// further on; where each has room, the last pool on the way of which all are taken, too.
static struct candidate behind(const struct finding *finding, uint16_t component) {
  uint16_t count = finding->experiment->plan->component_count;
  struct search search = {.finding = finding,
                          .reached = arena_array(finding->arena, count, sizeof(uint16_t)),
                          .known = arena_array(finding->arena, count, sizeof(bool))};
  struct candidate pool = {component, RESOURCE_POOL};
  struct candidates full = no_candidates(finding);
  reach(&search, component);
  for (uint32_t i = 0; i < search.count; i++) {
    if (bottleneck_taken(&finding->usage[search.reached[i]])) pool.component = search.reached[i];
    for (int resource = 0; resource < RESOURCE_POOL; resource++) {
      struct candidate device = {search.reached[i], (enum resource)resource};
      if (fullness(finding, device) >= bottleneck_full && holds(&search, device))
        offer(finding, &full, device);
    }
    reach_callees(&search, search.reached[i]);
  }
  return full.count > 0 ? fullest(finding, &full) : pool;
}

// ---- All of it --------------------------------------------------------------------------------------------

// Tokens are held for twice the work and more: the cores were full while visits were turned away, however
// idle they are at other times.
static bool cores_hold(const struct usage *usage) {
  return !usage->pauses && usage->held - usage->away > 2 * usage->service;
}

// Cores are as busy as workers let them be where visits are turned away for want of these.
static bool lacks_workers(const struct usage *usage) {
  return usage->rejected > 0 && !isnan(usage->full[RESOURCE_POOL]) &&
         !(usage->full[RESOURCE_CPU] >= bottleneck_full) && !cores_hold(usage);
}

static void find_limit(struct finding *finding, const struct candidates *all,
                       const struct candidates *pools) {
  struct candidate *limit = &finding->limit;
  *limit = fullest(finding, all);
  struct candidate pool = pools->count > 0 ? fullest(finding, pools) : *limit;
  const struct usage *holder = &finding->usage[pool.component];
  if (bottleneck_taken(holder) && fullness(finding, pool) >= fullness(finding, *limit) - level) {
    struct candidate cause = behind(finding, pool.component);
    if (cause.resource != RESOURCE_POOL) finding->holder = holder;
    if (limit->resource == RESOURCE_POOL || finding->holder != NULL) *limit = cause;
  }
  if (limit->resource == RESOURCE_CPU && lacks_workers(&finding->usage[limit->component]))
    limit->resource = RESOURCE_POOL;
}

static struct candidates all_from(const struct finding *finding, enum resource first) {
  struct candidates all = no_candidates(finding);
  for (uint16_t c = 0; c < finding->experiment->plan->component_count; c++) {
    for (int resource = (int)first; resource < RESOURCES; resource++)
      offer(finding, &all, (struct candidate){c, (enum resource)resource});
  }
  return all;
}

static double *unknown_stays(const struct finding *finding) {
  uint16_t count = finding->experiment->plan->component_count;
  double *stays = arena_array(finding->arena, count, sizeof *stays);
  for (uint16_t c = 0; c < count; c++) stays[c] = NAN;
  return stays;
}

struct bottleneck bottleneck_find(const struct experiment *experiment, struct arena *arena) {
  struct bottleneck found = {.utilization = NAN};
  const struct plan *plan = experiment->plan;
  if (experiment->count == 0 || plan->component_count == 0) return found;
  struct prediction prediction;
  struct finding finding = {.experiment = experiment,
                            .usage = bottleneck_usage(experiment, arena),
                            .prediction = &prediction,
                            .arena = arena};
  finding.stays = unknown_stays(&finding);
  if (find_memory(&finding, &found)) return found;
  if (!predict(&prediction, plan, plan->run.load * experiment->load, arena)) return found;
  struct candidates all = all_from(&finding, RESOURCE_CPU), pools = all_from(&finding, RESOURCE_POOL);
  if (all.count == 0) return found;
  find_limit(&finding, &all, &pools);
  const struct usage *usage = &finding.usage[finding.limit.component];
  found.component = usage->component->name;
  found.resource = bottleneck_resource(usage, finding.limit.resource);
  found.utilization = fullness(&finding, finding.limit);
  found.why = bottleneck_explain(&finding);
  return found;
}
