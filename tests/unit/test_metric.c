// What a component of one's own reports: a type with counters, a level and durations beside its visits, run,
// and found in results, objectives and intervals without a line elsewhere.
#include "deployment.h"
#include "experimenting.h"
#include "flow.h"
#include "metric_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- A type -----------------------------------------------------------------------------------------------

// Answers at once. Each visit is a look-up; the fourth of each four hits. It holds one item more after each
// visit up to ITEMS, and n visits after the last hit the hit is n ms old.
struct toy {
  struct deployment deployment;
};

struct toy_account {
  uint64_t lookups;
  uint64_t hits;
  struct level items;
  struct tally ages;
  struct histogram age_histogram;
};

enum { ITEMS = 10 };

static const struct field toy_fields[] = {
    FIELD_SPREAD(struct toy, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
};
static const struct field_table toy_table = FIELD_TABLE("toy-cache", struct toy, toy_fields, .doc = "A toy.");

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  (void)component, (void)plan, (void)context;
  return true;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  struct toy_account *account = visit->instance->durable_state;
  int64_t age = (int64_t)(account->lookups++ % 4) * 1000000;
  account->hits += age == 3000000;
  tally_add(&account->ages, age);
  histogram_record(&account->age_histogram, age);
  if (account->items.inside < ITEMS) level_up(&account->items, sim->engine.now);
  return VERDICT_REPLY;
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  (void)component, (void)request, (void)visitor, (void)context;
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
}

static const struct metric toy_metrics[] = {
    {.key = "hit_ratio",
     .slo = "hit_ratio",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct toy_account, hits),
     .bottom = METRIC_COUNTER(struct toy_account, lookups),
     .doc = "look-ups that hit"},
    {.key = "held.items",
     .slo = "items",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct toy_account, items),
     .doc = "items that it holds"},
    {.key = "held.most",
     .kind = METRIC_PEAK,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct toy_account, items),
     .doc = "the most"},
    {.key = "hits",
     .kind = METRIC_TOTAL,
     .unit = METRIC_NUMBER,
     .top = METRIC_COUNTER(struct toy_account, hits),
     .doc = "look-ups that hit"},
    {.key = "age_s",
     .slo = "age",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct toy_account, ages),
     .bottom = METRIC_HISTOGRAM_OF(struct toy_account, age_histogram),
     .doc = "age of a hit"},
};

static const struct model toy_model = {
    .form = {.name = "toy-cache", .doc = "a toy", .table = &toy_table, .user = &toy_model},
    .forwards = true,
    .durable_size = sizeof(struct toy_account),
    .metrics = toy_metrics,
    .metric_count = sizeof toy_metrics / sizeof *toy_metrics,
    .compile = compile,
    .enter = enter,
    .demand = demand,
};

extern const struct model load_balancer_model, server_model;
const struct model *const models[] = {&load_balancer_model, &server_model, &toy_model, NULL};

const struct model *model_find(const char *type) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (strcmp(models[i]->form.name, type) == 0) return models[i];
  }
  return NULL;
}

// ---- What becomes of its figures --------------------------------------------------------------------------

static struct experimenting e;

static const cJSON *run(int replications, const char *more) {
  char text[1024];
  snprintf(text, sizeof text,
           "{ 'network': 'none', 'run': { 'requests': 20000, 'warmup': '10s', 'replications': %d },\n"
           "  'clients': { 'people': { 'arrivals': { 'poisson': { 'rate': '100/s' } }, 'entry': 'toy' } },\n"
           "  'components': { 'toy': { 'type': 'toy-cache' } }%s }",
           replications, more);
  experimenting_run(&e, text);
  return experimenting_at(experimenting_json(&e), "components/toy");
}

static double value(const cJSON *toy, const char *path) {
  return experimenting_at(experimenting_at(toy, path), "value")->valuedouble;
}

static void expect_interval(const cJSON *toy, const char *path) {
  const cJSON *figure = experimenting_at(toy, path);
  cr_assert(cJSON_IsArray(experimenting_at(figure, "ci95")), "%s: %s", path,
            experimenting_at(figure, "method")->valuestring);
}

// Only the window counts, though the counters run from the start.
Test(metric, figures_of_a_type_of_ones_own) {
  static const int replications[] = {1, 5};
  for (int i = 0; i < 2; i++) {
    const cJSON *toy = run(replications[i], "");
    cr_assert(fabs(value(toy, "hit_ratio") - 0.25) < 1e-4);
    cr_assert(fabs(value(toy, "held/items") - ITEMS) < 1e-9); // full long before the window
    cr_assert(fabs(value(toy, "age_s/mean") - 1.5e-3) < 1e-6);
    cr_assert(fabs(value(toy, "age_s/std") - sqrt(1.25) * 1e-3) < 1e-6);
    cr_assert(fabs(value(toy, "age_s/p90") - 3e-3) < 3e-3 / 128);
    cr_assert_eq(experimenting_at(toy, "age_s/max")->valuedouble, 3e-3);
    cr_assert_eq(experimenting_at(toy, "held/most")->valuedouble, ITEMS);
    cr_assert(fabs(experimenting_at(toy, "hits")->valuedouble - 5000.0 * replications[i]) < 2 * 5);
    static const char *const paths[] = {"hit_ratio", "held/items", "age_s/mean", "throughput_per_s",
                                        "errors"};
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) expect_interval(toy, paths[p]);
    experimenting_drop(&e);
  }
}

Test(metric, objectives_about_them) {
  run(5, ", 'slo': [ 'toy.hit_ratio > 20%', 'toy.items < 9', 'toy.age < 1s' ]");
  cr_assert_eq(e.results.objectives[0].verdict, OBJECTIVE_PASSED);
  cr_assert_eq(e.results.objectives[1].verdict, OBJECTIVE_FAILED);
  cr_assert_eq(e.results.objectives[2].verdict, OBJECTIVE_PASSED);
  experimenting_drop(&e);
}

// Of what dies nothing is forgotten, and of what comes later nothing is left out.
Test(metric, instances_that_come_and_go) {
  const cJSON *toy = run(2, ", 'timeline': [ { 'at': '20s', 'for': '20s', 'fail': 'toy' },\n"
                            "  { 'at': '60s', 'scale': 'toy', 'to': 3 } ]");
  double offered =
      experimenting_at(experimenting_at(e.json, "requests/all/offered_per_s"), "value")->valuedouble;
  double seconds = experimenting_at(e.json, "simulated/duration_s")->valuedouble;
  double failed = experimenting_at(e.json, "requests/all/failed/unavailable")->valuedouble;
  double hits = experimenting_at(toy, "hits")->valuedouble;
  cr_assert(failed > 0);
  cr_assert(fabs(hits - (2 * offered * seconds - failed) / 4) < 2 * 4 + 1, "%g hits", hits);
  experimenting_drop(&e);
}

Test(metric, every_row_is_well_formed) {
  for (size_t m = 0; models[m] != NULL; m++) {
    for (size_t row = 0; row < metric_count(models[m]); row++) {
      const struct metric *metric = metric_at(models[m], row);
      cr_assert(metric->key != NULL && metric->doc != NULL && metric->top.place != METRIC_NOWHERE);
      cr_assert_eq(metric_find(models[m], metric->key), row, "%s twice", metric->key);
      bool divides = metric->kind == METRIC_SHARE || metric->kind == METRIC_RATIO || metric->optional;
      cr_assert(!divides || metric->bottom.place != METRIC_NOWHERE, "%s", metric->key);
      if (metric->slo != NULL) cr_assert_eq(metric_find_word(models[m], metric->slo), row, "%s", metric->slo);
    }
  }
}

// Five at once for one worker: four wait. On a core that takes one at a time it is the machine's queue.
Test(metric, the_longest_queue_is_that_of_workers_or_cores) {
  static const char *const parts[] = {"'workers': 1, 'handles': {'*': [{'wait': '10ms'}]}",
                                      "'handles': {'*': [{'cpu': '10ms'}]}"};
  for (int i = 0; i < 2; i++) {
    char text[1024];
    snprintf(text, sizeof text,
             "{'network': 'none', 'run': {'duration': '20s', 'warmup': '1s', 'replications': 2}, "
             "'clients': {'c': {'arrivals': {'constant': {'rate': '5/s'}}, 'batch': 5, 'entry': 'web'}}, "
             "'machines': {'m': {'cores': 1, 'discipline': 'fcfs'}}, "
             "'components': {'web': {'type': 'server', 'machine': 'm', %s}}}",
             parts[i]);
    experimenting_run(&e, text);
    const cJSON *queue = experimenting_at(experimenting_json(&e), "components/web/queue");
    cr_expect_eq(experimenting_at(queue, "max")->valuedouble, 4, "%d: %g", i,
                 experimenting_at(queue, "max")->valuedouble);
    // Of a batch's, 40 + 30 + 20 + 10 ms are waited; five batches a second.
    double mean = experimenting_at(queue, "mean/value")->valuedouble;
    cr_expect_float_eq(mean, 0.5, 0.01, "%g", mean);
    experimenting_drop(&e);
  }
}
