// Phases and the end of what an event has disturbed: from made-up windows, and from a run.
#include "experimenting.h"
#include "recovery.h"

#include <math.h>

enum { WINDOWS = 100, RUNS = 2 };

static struct timeline_event events[2];
static struct plan plan;
static struct window_measure windows[RUNS][WINDOWS];
static struct replication runs[RUNS];
static struct replication *list[RUNS];
static struct experiment experiment;
static struct arena arena;

static const int64_t SECOND = 1000000000;

// Each window: ten answers of 20 ms, or 21 ms in odd ones.
static void set_up(void) {
  arena_init(&arena, NULL);
  plan = (struct plan){.timeline = events, .timeline_count = 1, .terminating = true};
  events[0] = (struct timeline_event){.at = 40 * SECOND, .label = "fail web"};
  for (int r = 0; r < RUNS; r++) {
    for (int w = 0; w < WINDOWS; w++) {
      windows[r][w] = (struct window_measure){.offered = 10, .answered = 10};
      windows[r][w].latency.sum = (w % 2 == 0 ? 200 : 210) * INT64_C(1000000);
    }
    runs[r] = (struct replication){.plan = &plan,
                                   .until = WINDOWS * SECOND,
                                   .windows = windows[r],
                                   .window_count = WINDOWS,
                                   .window_length = SECOND};
    list[r] = &runs[r];
  }
  experiment = (struct experiment){.plan = &plan, .replications = list, .count = RUNS};
}

static void tear_down(void) {
  arena_drop(&arena);
}

TestSuite(recovery, .init = set_up, .fini = tear_down);

static void disturb(int first, int end, int64_t milliseconds, uint64_t failed) {
  for (int r = 0; r < RUNS; r++) {
    for (int w = first; w < end; w++) {
      windows[r][w].latency.sum = milliseconds * 10 * INT64_C(1000000);
      windows[r][w].failed = windows[r][w].failures[OUTCOME_TIMEOUT] = failed;
    }
  }
}

static struct recovery first(void) {
  return recoveries(&experiment, &arena)[0];
}

Test(recovery, what_disturbs_nothing_is_over_at_once) {
  cr_assert(!first().left);
  cr_assert_eq(first().at, 40 * SECOND);
}

Test(recovery, latency_and_errors_must_both_be_as_before) {
  disturb(45, 60, 80, 0);
  cr_assert(first().left);
  cr_assert_eq(first().at, 60 * SECOND);
  disturb(60, 70, 20, 1);
  cr_assert_eq(first().at, 70 * SECOND);
  // Failed: 10 of 30 * 10 + 10 in each, from the event to the end of it.
  cr_assert(fabs(first().errors.value - 10.0 / 310) < 1e-12, "%g", first().errors.value);
}

Test(recovery, two_good_windows_are_not_enough) {
  disturb(45, 50, 80, 0);
  disturb(52, 55, 80, 0);
  cr_assert_eq(first().at, 55 * SECOND);
}

Test(recovery, silence_is_not_health) {
  for (int r = 0; r < RUNS; r++) {
    for (int w = 41; w < 50; w++) windows[r][w] = (struct window_measure){.offered = 10};
  }
  cr_assert_eq(first().at, 50 * SECOND);
  for (int r = 0; r < RUNS; r++) {
    for (int w = 41; w < 50; w++) windows[r][w].offered = 0; // nobody came
  }
  cr_assert(!first().left);
}

Test(recovery, never) {
  disturb(45, WINDOWS, 80, 2);
  cr_assert(first().left);
  cr_assert_eq(first().at, -1);
  disturb(WINDOWS - 2, WINDOWS, 20, 0);
  cr_assert_eq(first().at, -1);
}

// The windows of a run whose drain was longer are twice as long.
Test(recovery, windows_of_two_lengths) {
  disturb(45, 60, 80, 0);
  for (int w = 0; w < WINDOWS / 2; w++) {
    struct window_measure sum = windows[1][2 * w];
    sum.answered += windows[1][2 * w + 1].answered;
    sum.offered += windows[1][2 * w + 1].offered;
    sum.latency.sum += windows[1][2 * w + 1].latency.sum;
    windows[1][w] = sum;
  }
  runs[1].window_length = 2 * SECOND;
  runs[1].window_count = WINDOWS / 2;
  cr_assert_eq(first().at, 60 * SECOND);
}

Test(recovery, phases_know_attempts_outcomes_and_the_largest) {
  disturb(45, 60, 80, 3);
  windows[0][50].further = 60;
  windows[1][51].failures[OUTCOME_REJECTED] = 5;
  windows[0][47].latency.largest = 123456;
  struct phase phase = {.name = "fail web", .from = 40 * SECOND, .until = 60 * SECOND};
  struct phase_counts counts;
  estimates_count_in_phase(&experiment, &phase, &counts);
  cr_assert_eq(counts.failed[OUTCOME_TIMEOUT], 2 * 15 * 3);
  cr_assert_eq(counts.failed[OUTCOME_REJECTED], 5);
  cr_assert_eq(counts.largest, 123456);
  struct estimate attempts =
      estimates_in_phase(&experiment, &phase, (struct figure){FIGURE_ATTEMPTS, 0}, 0.95, &arena);
  cr_assert(fabs(attempts.value - (10 + 60.0 / 40)) < 1e-9, "%g", attempts.value);
  phase = (struct phase){.name = "before", .until = 40 * SECOND};
  struct estimate errors =
      estimates_in_phase(&experiment, &phase, (struct figure){FIGURE_ERRORS, 0}, 0.95, &arena);
  cr_assert(errors.value == 0 && errors.has_interval);
  cr_assert(fabs(errors.high - 3.0 / 800) < 1e-12); // none of 800 is not [0, 0]
}

// A retry storm: ten slow seconds leave a server with more attempts than it can answer in time, until it is
// started anew.
Test(recovery, a_storm_that_only_a_restart_ends) {
  static struct experimenting e;
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '150s', 'replications': 3 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'station',\n"
          "    'timeout': '2s', 'retries': { 'max': 2 } } },\n"
          "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
          "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
          "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } },\n"
          "  'timeline': [ { 'at': '50s', 'slow': 'station', 'factor': 3, 'for': '10s' },\n"
          "    { 'at': '100s', 'fail': 'station', 'for': '5s' } ] }");
  const cJSON *root = experimenting_json(&e);
  for (int i = 0; i < 2; i++) {
    const cJSON *event = cJSON_GetArrayItem(experimenting_at(root, "timeline"), i);
    double recovered = experimenting_at(event, "recovered_s")->valuedouble;
    cr_assert(recovered >= 104 && recovered <= 112, "%g", recovered);
    cr_assert_gt(experimenting_at(event, "errors/value")->valuedouble, 0.5);
  }
  const cJSON *storm = experimenting_at(root, "phases/2/requests/all");
  cr_assert_gt(experimenting_at(storm, "attempts_per_s/value")->valuedouble, 150);
  cr_assert_gt(experimenting_at(storm, "failed/timeout")->valuedouble, 0);
  cr_assert_gt(experimenting_at(root, "phases/4/requests/all/latency_s/max")->valuedouble, 0.01);
  // All attempts of the series are those that the clients have counted.
  const struct replication *kept = e.experiment.replications[0];
  uint64_t attempts = 0, failed = 0, timeouts = 0;
  for (uint32_t w = 0; w < kept->window_count; w++) {
    attempts += window_attempts(&kept->windows[w]);
    failed += kept->windows[w].failed;
    for (int k = 0; k < OUTCOMES; k++) timeouts += kept->windows[w].failures[k];
  }
  cr_assert_geq(attempts, kept->requests[0].attempts);
  cr_assert_lt((double)attempts,
               1.2 * (double)kept->requests[0].attempts); // those of the drain are not measured
  cr_assert_eq(failed, timeouts);
  experimenting_drop(&e);
}
