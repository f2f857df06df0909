// Objectives by windows: what is counted in a run agrees with what its trace says, window by window.
#include "experimenting.h"
#include "measures.h"
#include "watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'duration': '100s', 'warmup': '%s', 'replications': %d, 'seed': 3 },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'station',\n"
    "    'timeout': '%s' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } },\n"
    "  %s 'slo': [ '%s' ] }";

static struct experimenting e;

static void run(const char *warmup, int replications, const char *timeout, const char *more,
                const char *objective) {
  static char text[2048];
  snprintf(text, sizeof text, scenario, warmup, replications, timeout, more, objective);
  experimenting_run(&e, text);
}

static struct watched of(size_t replication) {
  return watch_result(e.experiment.replications[replication]->watch, 0);
}

static const struct objective_result *result(void) {
  return &e.results.objectives[0];
}

Test(watch, whole_windows_of_the_measured_time) {
  run("7s", 3, "none", "", "p50 < 1h in 90% of 3s");
  for (size_t i = 0; i < 3; i++) {
    cr_assert_eq(of(i).windows, 33);
    cr_assert_eq(of(i).held, 33);
  }
  cr_assert_eq(result()->verdict, OBJECTIVE_PASSED); // 99 of 99: at least 1 - 3/99
  experimenting_drop(&e);
  run("7s", 3, "none", "", "p50 > 1h in 1% of 3s");
  cr_assert_eq(of(0).held, 0);
  cr_assert_eq(result()->verdict, OBJECTIVE_UNDECIDED); // 0 of 99: at most 3/99
  experimenting_drop(&e);
  run("7s", 3, "none", "", "p50 < 1h in 90% of 2min");
  cr_assert_eq(of(0).windows, 0);
  cr_assert_eq(result()->verdict, OBJECTIVE_UNDECIDED);
  experimenting_drop(&e);
}

// The series counts the same by windows of its own, here of the same length and from the same start: rates of
// answers, and the mean of what was answered. Measured requests alone are watched; without a warm-up all are.
Test(watch, agrees_with_the_series) {
  run("0s", 2, "none", "", "throughput > 60/s in 50% of 1s");
  for (size_t i = 0; i < 2; i++) {
    uint64_t held = 0;
    for (int w = 0; w < 100; w++) held += e.experiment.replications[i]->windows[w].answered > 60;
    cr_assert_eq(of(i).windows, 100);
    cr_assert_eq(of(i).held, held);
    cr_assert(held > 30 && held < 70, "%d", (int)held);
  }
  double value = (double)(of(0).held + of(1).held) / 200;
  cr_assert(fabs(result()->estimate.value - value) < 1e-12);
  experimenting_drop(&e);
  run("0s", 2, "none", "", "mean < 20ms in 50% of 1s");
  uint64_t held = 0;
  for (int w = 0; w < 100; w++) {
    const struct window_measure *window = &e.experiment.replications[1]->windows[w];
    held += (double)window->latency.sum / (double)window->answered < 20e6;
  }
  cr_assert_eq(of(1).held, held);
  experimenting_drop(&e);
}

// A failed request is infinitely slow in its window, too.
Test(watch, failures_count_in_their_window) {
  static const char hang[] = "'timeline': [ { 'at': '20s', 'fail': 'station', 'for': '10s' } ],";
  run("0s", 2, "100ms", hang, "p90 < 100ms in 50% of 1s");
  for (size_t i = 0; i < 2; i++) {
    uint64_t good = 0;
    for (int w = 0; w < 100; w++) {
      const struct window_measure *window = &e.experiment.replications[i]->windows[w];
      good += (double)window->failed <= 0.1 * (double)(window->answered + window->failed);
    }
    cr_assert_eq(of(i).windows, 100);
    cr_assert(of(i).held <= 90 && of(i).held > 50, "%d", (int)of(i).held);
    // Where more than a tenth failed it cannot hold; all others are below 100 ms by the timeout.
    cr_assert_eq(of(i).held, good);
  }
  experimenting_drop(&e);
}

Test(watch, one_run_decides_nothing) {
  run("7s", 1, "none", "", "p50 < 1h in 90% of 3s");
  cr_assert_eq(of(0).held, 33);
  cr_assert_not_null(e.experiment.replications[0]->slices);
  cr_assert_eq(result()->verdict, OBJECTIVE_UNDECIDED);
  cr_assert(result()->estimate.value == 1);
  experimenting_drop(&e);
}

Test(watch, changes_nothing_of_a_run) {
  run("7s", 2, "none", "", "p50 < 1h in 90% of 3s");
  uint64_t events = e.experiment.replications[0]->events;
  int128 sum = e.experiment.replications[0]->requests[0].latency.sum;
  cr_assert_not_null(e.experiment.replications[0]->watch);
  experimenting_drop(&e);
  run("7s", 2, "none", "", "p50 < 1h");
  cr_assert_null(e.experiment.replications[0]->watch);
  cr_assert_eq(e.experiment.replications[0]->events, events);
  cr_assert(e.experiment.replications[0]->requests[0].latency.sum == sum);
  experimenting_drop(&e);
}

// A window whose measures do not fit: the run is told, and nothing is taken from bins that are not there.
Test(watch, memory_that_runs_out_is_told) {
  for (uint64_t refused = 1; refused <= 3; refused++) { // two octaves of the sum, then one of what was before
    struct memory_budget own, budget;
    memory_budget_init(&own);
    memory_budget_init(&budget);
    struct client_group group = {.name = "c"};
    struct plan plan = {.clients = &group, .client_count = 1, .request_count = 1};
    struct request_measure measure;
    struct client_run client = {.measures = &measure};
    struct sim sim = {.plan = &plan, .clients = &client};
    struct objective objective = {
        .client = SCOPE_ALL, .request = SCOPE_ALL, .window = 1000, .figure = {FIGURE_PERCENTILE, 0.5}};
    struct objectives objectives = {&objective, 1};
    struct watch *watch;
    request_measure_init(&measure, &own);
    cr_assert(watch_open(&watch, &sim, &objectives, &budget));
    histogram_record(&measure.latency_histogram, 1 << 10);
    measure.answered = 1;
    sim.engine.now = 1000;
    cr_assert(watch_look(watch, &sim));
    histogram_record(&measure.latency_histogram, 1 << 20);
    measure.answered = 2;
    sim.engine.now = 2000;
    budget.fail_at = budget.requests + refused;
    cr_expect_not(watch_look(watch, &sim), "allocation %" PRIu64, refused);
    budget.fail_at = 0;
    watch_close(watch);
    cr_expect_eq(budget.used, 0);
    request_measure_drop(&measure);
  }
}
