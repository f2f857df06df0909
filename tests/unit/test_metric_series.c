// What components report over time, against what they report of the whole and against the levels beneath.
#include "metric_series.h"
#include "metric_table.h"
#include "running.h"

#include <inttypes.h>
#include <math.h>

static const char shop[] =
    "{'name': 'shop',"
    " 'clients': {'people': {'arrivals': {'poisson': {'rate': '200/s'}}, 'mix': {'view': 3, 'buy': 1},"
    "   'entry': 'web'}},"
    " 'requests': {'view': {}, 'buy': {}, 'mail': {}},"
    " 'datasets': {'products': {'items': 1000, 'item_size': '1KB', 'popularity': {'zipf': {'s': 0.9}}}},"
    " 'datacenters': {'virginia': {'region': 'us-east'}}, 'machines': {'pair': {'cores': 2}}, 'components': {"
    "  'web': {'type': 'server', 'instances': 2, 'workers': 8, 'machine': 'pair', 'handles': {"
    "    'view': [{'cpu': {'exponential': {'mean': '4ms'}}}, {'read': 'products'}],"
    "    'buy': [{'cpu': '2ms'}, {'publish': 'mail', 'to': 'jobs'}]}},"
    "  'shelf': {'type': 'cache', 'holds': ['products'], 'capacity': '100KB', 'origin': 'db'},"
    "  'db': {'type': 'database', 'holds': ['products'], 'machine': 'pair'},"
    "  'jobs': {'type': 'queue'},"
    "  'mailer': {'type': 'worker', 'consumes': 'jobs', 'workers': 2, 'machine': 'pair', 'handles': {"
    "    'mail': [{'cpu': {'exponential': {'mean': '20ms'}}}]}}},"
    " 'timeline': [{'at': '3s', 'for': '2s', 'fail': 'web/virginia/1'}],"
    " 'run': {'duration': '%s', 'warmup': '%s', 'window': '%s', 'seed': 7}}";

static void run(struct running *running, bool series, const char *duration, const char *warmup,
                const char *window) {
  running_only_load(running, shop, duration, warmup, window);
  running_simulate(running, series);
}

struct metric_sum {
  double top, bottom;
};

// Sums over the windows from `from` to before `until`.
static struct metric_sum sum(const struct metric_series *series, size_t column, int64_t from, int64_t until) {
  struct metric_sum sum = {0, 0};
  for (int64_t w = from; w < until; w++) {
    const struct metric_cell *cell = &metric_series_cells(series, (uint32_t)w)[column];
    sum.top += cell->top;
    sum.bottom += cell->bottom;
  }
  return sum;
}

static bool close_to(double got, double want) {
  return fabs(got - want) <= 1e-6 * fabs(want);
}

static const struct metric *metric_of(const struct running *running, const struct metric_column *column) {
  return metric_at(running->plan->components[column->component].model, column->row);
}

// The windows of the measured time add up to what the run as a whole reports of it, row by row.
static void expect_whole(const struct running *running) {
  const struct sim *sim = &running->sim;
  const struct metric_series *series = sim->series;
  int64_t from = sim->measure_from / sim->window_length, until = sim->measure_until / sim->window_length;
  cr_assert_eq(sim->measure_from % sim->window_length, 0);
  cr_assert_eq(sim->measure_until % sim->window_length, 0);
  cr_assert_gt(series->count, 50);
  for (size_t i = 0; i < series->count; i++) {
    const struct metric_column *column = &series->columns[i];
    const struct metric_raw *whole = &sim->metrics.components[column->component][column->row];
    struct metric_sum parts = sum(series, i, from, until);
    double top = whole->times != NULL ? (double)whole->times->sum : whole->top;
    double bottom = whole->times != NULL ? (double)whole->times->count : whole->bottom;
    const char *key = metric_of(running, column)->key;
    cr_expect(close_to(parts.top, top), "%s: %.17g, %.17g", key, parts.top, top);
    cr_expect(close_to(parts.bottom, bottom), "%s, below: %.17g, %.17g", key, parts.bottom, bottom);
  }
}

Test(metric_series, windows_add_up_to_the_whole) {
  struct running running;
  run(&running, true, "10s", "0s", "100ms");
  expect_whole(&running);
  running_drop(&running);
  run(&running, true, "10s", "2s", "250ms");
  expect_whole(&running);
  running_drop(&running);
}

// 5,000 windows of 2 ms become 1,250 of 8 ms.
Test(metric_series, at_most_two_thousand_windows_are_kept) {
  struct running running;
  run(&running, true, "9s", "1s", "2ms");
  cr_expect_leq(running.sim.series->windows, SIM_WINDOWS_MOST);
  cr_expect_eq(running.sim.series->windows, running.sim.window_count);
  cr_expect_eq(running.sim.window_length, 8000000);
  expect_whole(&running);
  running_drop(&running);
}

static size_t column_of(const struct running *running, const char *component, const char *key) {
  const struct metric_series *series = running->sim.series;
  for (size_t i = 0; i < series->count; i++) {
    const struct metric_column *column = &series->columns[i];
    const char *name = running->plan->components[column->component].name;
    if (strcmp(name, component) == 0 && strcmp(metric_of(running, column)->key, key) == 0) return i;
  }
  cr_assert_fail("no %s of %s", key, component);
  return 0;
}

// The measured time begins and ends in the middle of windows, where counters of visits are cleared: levels go
// on as if nothing had happened, and visits are counted once.
Test(metric_series, a_window_that_is_cut_loses_nothing) {
  struct running running;
  run(&running, true, "7.3s", "1.55s", "1s");
  struct sim *sim = &running.sim;
  const struct metric_series *series = sim->series;
  const struct fleet *web = &sim->services[plan_component(running.plan, "web")->number].fleets[0];
  cr_assert(metric_series_note(sim->series, sim)); // of the last window, which was cut short
  size_t done = column_of(&running, "web", "throughput_per_s");
  const struct metric_raw *whole =
      &sim->metrics.components[series->columns[done].component][series->columns[done].row];
  cr_expect_eq(sum(series, done, 0, series->windows).top, whole->top);
  cr_expect_eq(sum(series, done, 0, 1).top, 0);
  cr_expect_gt(sum(series, done, 1, 2).top, 0);
  size_t inside = column_of(&running, "web", "in_system");
  double area = (double)level_area(&web->measure.inside, sim->engine.now);
  cr_expect_gt(sum(series, inside, 0, 1).top, 0);
  cr_expect(close_to(sum(series, inside, 0, series->windows).top, area));
  running_drop(&running);
}

// An instance is down for two seconds: windows of that time alone say so.
Test(metric_series, a_window_says_what_happened_in_it) {
  struct running running;
  run(&running, true, "8s", "0s", "1s");
  size_t serving = column_of(&running, "web", "instances");
  for (int64_t w = 0; w < 8; w++) {
    double expected = w == 3 || w == 4 ? 1 : 2;
    cr_expect(close_to(sum(running.sim.series, serving, w, w + 1).top, expected * 1e9), "window %" PRId64, w);
  }
  running_drop(&running);
}

// Whether it is taken or not changes nothing of a run.
Test(metric_series, taking_it_changes_nothing) {
  struct running with, without;
  run(&with, true, "5s", "500ms", "10ms");
  run(&without, false, "5s", "500ms", "10ms");
  cr_expect_null(without.sim.series);
  cr_expect_eq(with.sim.engine.events, without.sim.engine.events);
  for (uint16_t c = 0; c < with.plan->component_count; c++) {
    for (size_t row = 0; row < metric_count(with.plan->components[c].model); row++) {
      const struct metric_raw *one = &with.sim.metrics.components[c][row];
      const struct metric_raw *other = &without.sim.metrics.components[c][row];
      cr_expect(memcmp(&one->top, &other->top, sizeof one->top) == 0 && one->bottom == other->bottom);
    }
  }
  running_drop(&with);
  running_drop(&without);
}

// Whoever keeps it has room for so many of its blocks only. Whether it could be kept: where not, that is
// said, and nothing is lost between the two.
static bool is_kept(size_t room) {
  struct running running;
  struct arena arena;
  struct memory_budget budget;
  struct metric_series kept = {.count = 0};
  run(&running, true, "3s", "0s", "10ms");
  struct metric_series *series = running.sim.series;
  cr_assert_gt(series->windows, 3 * METRIC_BLOCK);
  memory_budget_init(&budget);
  arena_init(&arena, &budget);
  cr_assert_not_null(arena_take(&arena, 1)); // its chunk has room for the columns
  size_t before = budget.used;
  budget.limit = before + room * METRIC_BLOCK * series->count * sizeof **series->blocks;
  bool moved = metric_series_move(&kept, series, &arena, &budget);
  cr_expect_eq(budget.exhausted, !moved);
  cr_expect_leq(budget.used, budget.limit);
  metric_series_drop(&kept);
  arena_drop(&arena);
  cr_expect_eq(budget.used, 0, "%zu bytes are not given back", budget.used);
  running_drop(&running);
  return moved;
}

Test(metric_series, keeping_it_without_memory_is_reported) {
  size_t room = 0;
  while (!is_kept(room)) room++;
  cr_expect_gt(room, 3);
}
