// What components report of each place: together it is what they report of the whole.
#include "metric_table.h"
#include "running.h"

#include <math.h>

static const char shop[] =
    "{'name': 'shop',"
    " 'clients': {"
    "  'americas': {'arrivals': {'poisson': {'rate': '300/s'}}, 'mix': {'view': 3, 'image': 1}, 'from': "
    "'us-east',"
    "   'entry': {'view': 'web', 'image': 'edge'}},"
    "  'europe': {'arrivals': {'poisson': {'rate': '100/s'}}, 'mix': {'view': 3, 'image': 1}, 'from': "
    "'eu-west',"
    "   'entry': {'view': 'web', 'image': 'edge'}}},"
    " 'requests': {'view': {}, 'image': {'reads': 'images'}},"
    " 'datasets': {'images': {'items': 5000, 'item_size': '10KB', 'popularity': {'zipf': {'s': 0.9}}}},"
    " 'datacenters': {'virginia': {'region': 'us-east'}, 'ireland': {'region': 'eu-west'}},"
    " 'machines': {'pair': {'cores': 2, 'price': '$0.1/h'}},"
    " 'components': {"
    "  'web': {'type': 'server', 'machine': 'pair', 'instances': {'virginia': 2, 'ireland': 1}, 'workers': "
    "8, 'handles': {"
    "    'view': [{'cpu': {'exponential': {'mean': '2ms'}}}, {'call': 'api', 'timeout': '1s'}]}},"
    "  'api': {'type': 'server', 'machine': 'pair', 'instances': {'virginia': 3, 'ireland': 2}, 'workers': "
    "4, 'handles': {"
    "    '*': [{'cpu': {'exponential': {'mean': '3ms'}}}]}},"
    "  'edge': {'type': 'cdn', 'origin': 'files', 'edges': ['us-east', 'eu-west'], 'capacity': '5MB'},"
    "  'files': {'type': 'object-store', 'holds': ['images'], 'in': ['virginia']}},"
    " 'run': {'duration': '20s', 'warmup': '1s', 'seed': 3}}";

// What has no parts: the largest of all, time itself, and what is paid.
static bool adds_up(const struct metric *metric) {
  return metric->kind != METRIC_PEAK && metric->kind != METRIC_WHOLE && metric->unit != METRIC_MONEY_PER_HOUR;
}

static void expect_near(double got, double want, const char *key) {
  cr_expect(fabs(got - want) <= 1e-9 * fabs(want), "%s: %.17g, %.17g", key, got, want);
}

static void expect_sums(const struct running *running, uint16_t component) {
  const struct sim *sim = &running->sim;
  struct metric_raw *const *places = sim->places.components[component];
  const struct model *model = running->plan->components[component].model;
  for (size_t row = 0; row < metric_count(model); row++) {
    const struct metric *metric = metric_at(model, row);
    const struct metric_raw *whole = &sim->metrics.components[component][row];
    if (metric->kind == METRIC_PEAK) cr_expect_eq(fmax(places[0][row].top, places[1][row].top), whole->top);
    if (!adds_up(metric)) continue;
    expect_near(places[0][row].top + places[1][row].top, whole->top, metric->key);
    expect_near(places[0][row].bottom + places[1][row].bottom, whole->bottom, metric->key);
    if (whole->times == NULL) continue;
    cr_expect_eq(places[0][row].times->count + places[1][row].times->count, whole->times->count);
    cr_expect(places[0][row].times->sum + places[1][row].times->sum == whole->times->sum);
  }
}

Test(metric_places, places_add_up_to_the_whole) {
  struct running running;
  running_run(&running, NULL, "%s", shop);
  static const char *const names[] = {"web", "api", "edge"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    uint16_t number = plan_component(running.plan, names[i])->number;
    cr_assert_not_null(running.sim.places.components[number], "%s", names[i]);
    expect_sums(&running, number);
  }
  uint16_t files = plan_component(running.plan, "files")->number;
  cr_expect_null(running.sim.places.components[files], "it stands in one place");
  running_drop(&running);
}

// Each place by itself: instances as deployed, cores as many as its machines have, and work where its clients
// are.
Test(metric_places, a_place_has_what_stands_in_it) {
  struct running running;
  running_run(&running, NULL, "%s", shop);
  const struct component *api = plan_component(running.plan, "api");
  struct metric_raw *const *places = running.sim.places.components[api->number];
  double seconds = (double)(running.sim.measure_until - running.sim.measure_from);
  for (uint16_t f = 0; f < 2; f++) {
    double instances = api->shares[f].count == 3 ? 3 : 2;
    cr_assert(api->shares[f].count == 3 || api->shares[f].count == 2);
    expect_near(places[f][metric_find(api->model, "instances")].top, instances * seconds, "instances");
    expect_near(places[f][metric_find(api->model, "utilization.cpu.mean")].bottom, 2 * instances * seconds,
                "cores");
  }
  running_drop(&running);
}
