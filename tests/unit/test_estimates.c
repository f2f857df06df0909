// Estimates from made-up replications, against formulas written out here.
#include "batch.h"
#include "estimates.h"
#include "measures.h"
#include "metric_book.h"
#include "metric_table.h"
#include "results.h"
#include "slices.h"

#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

enum { RUNS = 6, CLIENTS = 2 };

static bool nearly(double got, double want, double relative) {
  return fabs(got - want) <= relative * fabs(want);
}

// An experiment of RUNS replications with two client groups (the second of attackers), one request and one
// component, whose measures a test fills in.
struct fixture {
  struct client_group clients[CLIENTS];
  struct request_type requests[1];
  struct component components[1];
  struct plan plan;
  struct memory_budget budget;
  struct arena arena;
  struct replication runs[RUNS];
  struct request_measure measures[RUNS][CLIENTS];
  struct component_kept kept[RUNS];
  struct window_measure windows[RUNS][256];
  struct replication *list[RUNS];
  struct experiment experiment;
};

static struct fixture fixture;

static void set_up(void) {
  struct fixture *f = &fixture;
  memory_budget_init(&f->budget);
  arena_init(&f->arena, NULL);
  f->clients[0] = (struct client_group){.name = "people"};
  f->clients[1] = (struct client_group){.name = "bots", .number = 1, .attacker = true};
  f->requests[0] = (struct request_type){.name = "view"};
  f->components[0] = (struct component){.name = "web"};
  f->plan = (struct plan){.client_count = CLIENTS,
                          .clients = f->clients,
                          .request_count = 1,
                          .requests = f->requests,
                          .component_count = 1,
                          .components = f->components};
  for (int i = 0; i < RUNS; i++) {
    struct replication *run = &f->runs[i];
    *run = (struct replication){.plan = &f->plan,
                                .number = (uint32_t)i,
                                .from = 2000000000,
                                .until = 12000000000,
                                .ended = 12000000000,
                                .requests = f->measures[i],
                                .components = &f->kept[i],
                                .windows = f->windows[i],
                                .window_length = 1000000000};
    for (int c = 0; c < CLIENTS; c++) request_measure_init(&f->measures[i][c], &f->budget);
    f->kept[i].rows = metric_rows_open(NULL, true, &f->arena, &f->budget);
    f->list[i] = run;
  }
  f->experiment = (struct experiment){.plan = &f->plan, .load = 1, .replications = f->list, .count = RUNS};
}

static void tear_down(void) {
  for (int i = 0; i < RUNS; i++) {
    for (int c = 0; c < CLIENTS; c++) request_measure_drop(&fixture.measures[i][c]);
    metric_rows_drop(fixture.kept[i].rows, NULL);
  }
  arena_drop(&fixture.arena);
}

TestSuite(estimates, .init = set_up, .fini = tear_down);

static void answer(int run, int client, int64_t latency) {
  struct request_measure *measure = &fixture.measures[run][client];
  measure->offered++;
  measure->attempts++;
  measure->answered++;
  measure->answers++;
  tally_add(&measure->latency, latency);
  histogram_record(&measure->latency_histogram, latency);
}

static void lose(int run, int client, enum outcome outcome) {
  struct request_measure *measure = &fixture.measures[run][client];
  measure->offered++;
  measure->attempts++;
  measure->failed[outcome]++;
}

static double student(double freedom) {
  return gsl_cdf_tdist_Pinv(0.975, freedom);
}

// 100 + i requests in run i, all of the same latency of (i + 1) ms.
static void fill_plainly(void) {
  for (int i = 0; i < RUNS; i++) {
    for (int n = 0; n < 100; n++) answer(i, 0, (i + 1) * INT64_C(1000000));
  }
}

static struct estimate estimate(enum figure_kind kind, double argument) {
  struct scope scope;
  scope_open(&scope, &fixture.experiment, SCOPE_ALL, SCOPE_ALL);
  struct estimate result = scope_estimate(&scope, (struct figure){kind, argument}, 0.95);
  scope_close(&scope);
  return result;
}

Test(estimates, mean_is_students_over_replications) {
  fill_plainly();
  struct estimate mean = estimate(FIGURE_MEAN, 0);
  // 1, 2, ..., 6 ms: mean 3.5 ms, variance 3.5 ms^2; equal sizes, so the jackknife changes nothing.
  double half = student(5) * sqrt(3.5 / 6);
  cr_assert(nearly(mean.value, 3.5e-3, 1e-12));
  cr_assert(mean.has_interval);
  cr_assert(nearly(mean.high - mean.low, 2e-3 * half, 1e-9), "%.12g", mean.high - mean.low);
  cr_assert_eq(mean.n, RUNS);
}

Test(estimates, attackers_are_left_out_of_all) {
  fill_plainly();
  for (int n = 0; n < 1000; n++) answer(0, 1, 77000000);
  cr_assert(nearly(estimate(FIGURE_MEAN, 0).value, 3.5e-3, 1e-12));
  struct scope bots;
  scope_open(&bots, &fixture.experiment, 1, SCOPE_ALL);
  cr_assert(nearly(scope_value(&bots, 0, (struct figure){FIGURE_MEAN, 0}), 77e-3, 1e-12));
  cr_assert(isnan(scope_value(&bots, 1, (struct figure){FIGURE_MEAN, 0})));
  scope_close(&bots);
}

Test(estimates, rates_are_counts_over_the_window) {
  fill_plainly();
  struct estimate offered = estimate(FIGURE_OFFERED, 0);
  cr_assert(nearly(offered.value, 10, 1e-12)); // 100 in 10 s
  cr_assert(offered.has_interval && offered.low == offered.high);
}

Test(estimates, failed_requests_are_infinitely_slow) {
  for (int i = 0; i < RUNS; i++) {
    for (int n = 1; n <= 30000; n++) {
      if (n % 50 == 0) {
        lose(i, 0, OUTCOME_TIMEOUT);
      } else {
        answer(i, 0, n * INT64_C(1000));
      }
    }
  }
  struct estimate errors = estimate(FIGURE_ERRORS, 0);
  cr_assert(nearly(errors.value, 0.02, 1e-12));
  // No spread between replications, so the exact interval is the wider one: its normal approximation is near.
  double deviation = sqrt(0.02 * 0.98 / (30000.0 * RUNS));
  cr_assert(fabs(errors.high - 0.02 - 1.96 * deviation) < 0.05 * deviation, "%g", errors.high);
  cr_assert(isinf(estimate(FIGURE_PERCENTILE_ALL, 0.99).value));
  cr_assert(estimate(FIGURE_PERCENTILE_ALL, 0.99).has_interval);
  // Of the 98% that were answered, evenly spread to 30 ms; the 95th of all is the 95/98th of them.
  double expected = 0.95 / 0.98 * 30e-3;
  cr_assert(fabs(estimate(FIGURE_PERCENTILE_ALL, 0.95).value - expected) < 30e-3 / 128);
  cr_assert(fabs(estimate(FIGURE_PERCENTILE, 0.95).value - 0.95 * 30e-3) < 30e-3 / 128);
  cr_assert(isinf(estimate(FIGURE_MEAN_ALL, 0).value));
  struct estimate within = estimate(FIGURE_WITHIN, 15e6);
  cr_assert(fabs(within.value - 0.49) < 0.002, "%g", within.value);
}

Test(estimates, too_few_samples_give_no_interval) {
  for (int i = 0; i < RUNS; i++) {
    for (int n = 0; n < 9000; n++) answer(i, 0, 1000 + n + i);
  }
  struct estimate p99 = estimate(FIGURE_PERCENTILE, 0.99);
  cr_assert(!p99.has_interval); // 90 beyond it in each
  cr_assert(estimate(FIGURE_PERCENTILE, 0.95).has_interval);
  cr_assert(!isnan(p99.value));
}

Test(estimates, nothing_observed_is_not_a_number) {
  cr_assert(isnan(estimate(FIGURE_MEAN, 0).value));
  cr_assert(isnan(estimate(FIGURE_ERRORS, 0).value));
  cr_assert(isnan(estimate(FIGURE_PERCENTILE, 0.5).value));
  cr_assert(!estimate(FIGURE_MEAN, 0).has_interval);
}

// One long run of 64 slices of 2 s with ten answers each, whose means swing about 5 ms, or rise.
static struct slices slices;

static void fill_slices(double swing, bool rising) {
  static struct request_measure measures[64];
  slices = (struct slices){.plan = &fixture.plan, .kinds = true, .length = 2000000000, .count = 64};
  fixture.plan.client_count = 1;
  fixture.experiment.count = 1;
  fixture.runs[0].slices = &slices;
  fixture.runs[0].from = 0;
  fixture.runs[0].until = INT64_C(128000000000);
  for (int i = 0; i < 64; i++) {
    slices.list[i] = (struct slice){.until = (i + 1) * INT64_C(2000000000), .measures = &measures[i]};
    request_measure_init(&measures[i], &fixture.budget);
    int64_t latency = (int64_t)(5e6 + swing * (rising ? i - 32 : ((i * 7919) % 13) - 6));
    for (int n = 0; n < 10; n++) answer(0, 0, latency);
    measures[i].offered = measures[i].answered = measures[i].attempts = 10;
    for (int n = 0; n < 10; n++) tally_add(&measures[i].latency, latency);
  }
}

Test(estimates, one_long_run_is_cut_into_batches) {
  fill_slices(1e4, false);
  struct estimate mean = estimate(FIGURE_MEAN, 0);
  cr_assert(mean.has_interval, "%s", mean.method);
  cr_assert_eq(mean.n, 32);
  double own[32]; // two slices each
  for (int b = 0; b < 32; b++) {
    own[b] = 0;
    for (int i = 2 * b; i < 2 * b + 2; i++)
      own[b] += (double)slices.list[i].measures[0].latency.sum * 1e-9 / 20;
  }
  struct estimate expected = batch_interval(mean.value, own, 32, 0.95);
  cr_assert(expected.has_interval);
  cr_assert(nearly(mean.low, expected.low, 1e-9) && nearly(mean.high, expected.high, 1e-9));
  struct estimate offered = estimate(FIGURE_OFFERED, 0);
  cr_assert(offered.has_interval && nearly(offered.low, offered.high, 1e-9), "%s", offered.method);
}

Test(estimates, correlated_batches_are_too_short) {
  fill_slices(1e4, true);
  struct estimate mean = estimate(FIGURE_MEAN, 0);
  cr_assert(!mean.has_interval);
  cr_assert(strstr(mean.method, "too short") != NULL, "%s", mean.method);
}

static struct metric_raw *row(int run, const char *key) {
  size_t number = metric_find(NULL, key);
  cr_assert_neq(number, SIZE_MAX, "%s", key);
  return &fixture.kept[run].rows[number];
}

static double part_estimate(const struct component_scope *scope, const char *name) {
  return component_scope_estimate(scope, part_named(NULL, name), 0.95).value;
}

Test(estimates, components_by_visits_and_levels) {
  for (int i = 0; i < RUNS; i++) {
    row(i, "in_system")->top = (4 + (i % 2)) * 1e10; // of 10 s
    row(i, "utilization.cpu.mean")->top = 1e9;       // of cores without number: nothing to divide by
    row(i, "errors")->top = 10;
    row(i, "errors")->bottom = 200;
    row(i, "throughput_per_s")->top = 90;
    row(i, "waited")->top = 100;
    row(i, "waited")->bottom = 200;
    struct metric_raw *wait = row(i, "wait_s");
    for (int n = 0; n < 200; n++) {
      tally_add(wait->times, n % 2 == 0 ? 0 : 2000000);
      histogram_record(wait->histogram, n % 2 == 0 ? 0 : 2000000);
    }
  }
  struct component_scope scope;
  component_scope_open(&scope, &fixture.experiment, 0);
  struct estimate inside = component_scope_estimate(&scope, part_named(NULL, "in_system"), 0.95);
  cr_assert(nearly(inside.value, 4.5, 1e-12));
  cr_assert(nearly(inside.high - inside.low, 2 * student(5) * sqrt(0.3 / 6), 1e-9)); // variance 1.5 / 5
  cr_assert(isnan(component_scope_value(&scope, 0, part_named(NULL, "utilization.cpu.mean"))));
  cr_assert(isnan(component_scope_value(&scope, 0, part_named(NULL, "hit_ratio"))));
  cr_assert(nearly(part_estimate(&scope, "errors"), 0.05, 1e-12));
  cr_assert(nearly(part_estimate(&scope, "throughput_per_s"), 9, 1e-12));
  cr_assert(nearly(part_estimate(&scope, "wait_s"), 1e-3, 1e-12));
  cr_assert(nearly(part_estimate(&scope, "wait_s.std"), 1e-3 * sqrt(1200.0 / 1199), 1e-12));
  cr_assert(nearly(part_estimate(&scope, "wait_s.p75"), 2e-3, 1.0 / 128));
  cr_assert(nearly(part_estimate(&scope, "waited"), 0.5, 1e-12));
  component_scope_close(&scope);
}

Test(estimates, figures_by_name) {
  struct figure figure = {FIGURE_OFFERED, 0};
  cr_assert(figure_read("p99.9", &figure) && figure.kind == FIGURE_PERCENTILE &&
            nearly(figure.argument, 0.999, 1e-12));
  cr_assert(figure_read("errors", &figure) && figure.kind == FIGURE_ERRORS);
  const char *const wrong[] = {"p", "p0", "p100", "p-5", "p5x", "p1e1", "P99", "median", "", NULL};
  for (int i = 0; wrong[i] != NULL; i++) cr_assert(!figure_read(wrong[i], &figure), "%s", wrong[i]);
  cr_assert(!figure_read(NULL, &figure));
}

// One event, three times.
Test(estimates, phases_of_the_same_name_are_told_apart) {
  struct timeline_event events[3];
  for (int i = 0; i < 3; i++) {
    events[i] = (struct timeline_event){
        .at = (i + 1) * INT64_C(2000000000), .length = 1000000000, .label = "flush cache"};
  }
  struct arena arena;
  arena_init(&arena, NULL);
  fixture.plan.timeline = events;
  fixture.plan.timeline_count = 3;
  fixture.plan.terminating = true;
  size_t count = 0;
  const struct phase *phases = estimates_phases(&fixture.experiment, &count, &arena);
  static const char *const names[] = {"before",    "flush cache",     "after",    "flush cache (2)",
                                      "after (2)", "flush cache (3)", "after (3)"};
  cr_assert_eq(count, 7);
  for (size_t i = 0; i < count; i++) cr_assert_str_eq(phases[i].name, names[i]);
  arena_drop(&arena);
}

// What ends and what begins at one instant makes one phase, named by all that begins, as the scenario has it.
Test(estimates, events_at_one_instant_name_one_phase_together) {
  enum { SECOND = 1000000000 };
  struct timeline_event events[5] = {{.at = 4LL * SECOND, .length = 4LL * SECOND, .label = "slow db"},
                                     {.at = 2LL * SECOND, .length = 2LL * SECOND, .label = "fail web"},
                                     {.at = 4LL * SECOND, .length = 4LL * SECOND, .label = "flush cache"},
                                     {.at = 8LL * SECOND, .length = 1LL * SECOND, .label = "recover web"},
                                     {.at = 4LL * SECOND, .length = 4LL * SECOND, .label = "scale web"}};
  struct arena arena;
  arena_init(&arena, NULL);
  fixture.plan.timeline = events;
  fixture.plan.timeline_count = 5;
  fixture.plan.terminating = true;
  size_t count = 0;
  const struct phase *phases = estimates_phases(&fixture.experiment, &count, &arena);
  static const char *const names[] = {"before", "fail web", "slow db, flush cache, scale web", "recover web",
                                      "after"};
  static const int64_t from[] = {0, 2, 4, 8, 9};
  cr_assert_eq(count, 5);
  for (size_t i = 0; i < count; i++) {
    cr_expect_str_eq(phases[i].name, names[i]);
    cr_expect_eq(phases[i].from, from[i] * SECOND);
  }
  arena_drop(&arena);
}

// One event is over while another lasts; what has no end names the phase that it begins, and no other. Of
// many at once eight are named.
Test(estimates, phases_are_named_by_what_is_under_way) {
  enum { SECOND = 1000000000 };
  struct timeline_event events[14] = {{.at = 2LL * SECOND, .length = 6LL * SECOND, .label = "fail web"},
                                      {.at = 3LL * SECOND, .length = 2LL * SECOND, .label = "slow db"},
                                      {.at = 4LL * SECOND, .label = "set web.workers"}};
  for (int i = 3; i < 14; i++)
    events[i] = (struct timeline_event){.at = 9LL * SECOND, .length = SECOND, .label = "x"};
  struct arena arena;
  arena_init(&arena, NULL);
  fixture.plan.timeline = events;
  fixture.plan.timeline_count = 14;
  fixture.plan.terminating = true;
  size_t count = 0;
  const struct phase *phases = estimates_phases(&fixture.experiment, &count, &arena);
  static const char *const names[] = {"before",
                                      "fail web",
                                      "fail web, slow db",
                                      "fail web, slow db, set web.workers",
                                      "fail web (2)",
                                      "after",
                                      "x, x, x, x, x, x, x, x and 3 more",
                                      "after (2)"};
  static const int64_t from[] = {0, 2, 3, 4, 5, 8, 9, 10};
  cr_assert_eq(count, 8);
  for (size_t i = 0; i < count; i++) {
    cr_expect_str_eq(phases[i].name, names[i], "%s", phases[i].name);
    cr_expect_eq(phases[i].from, from[i] * SECOND);
  }
  arena_drop(&arena);
}

Test(estimates, phases_between_events) {
  struct timeline_event events[2] = {
      {.at = INT64_C(40) * 1000000000, .length = INT64_C(20) * 1000000000, .label = "fail web"},
      {.at = INT64_C(50) * 1000000000, .label = "scale web"}};
  struct arena arena;
  arena_init(&arena, NULL);
  fixture.experiment.count = 1;
  fixture.plan.timeline = events;
  fixture.plan.timeline_count = 2;
  fixture.plan.terminating = true;
  struct replication *run = &fixture.runs[0];
  run->from = 0;
  run->until = INT64_C(100) * 1000000000;
  run->window_count = 100;
  for (int w = 0; w < 100; w++) run->windows[w].offered = w < 40 ? 5 : 7;
  size_t count = 0;
  const struct phase *phases = estimates_phases(&fixture.experiment, &count, &arena);
  cr_assert_eq(count, 4);
  cr_assert_str_eq(phases[0].name, "before");
  cr_assert_str_eq(phases[1].name, "fail web");
  cr_assert_str_eq(phases[2].name, "fail web, scale web");
  cr_assert_eq(phases[2].until, INT64_C(60) * 1000000000);
  cr_assert_eq(phases[3].until, run->until);
  struct figure offered = {FIGURE_OFFERED, 0};
  cr_assert(
      nearly(estimates_in_phase(&fixture.experiment, &phases[0], offered, 0.95, &arena).value, 5, 1e-12));
  cr_assert(
      nearly(estimates_in_phase(&fixture.experiment, &phases[1], offered, 0.95, &arena).value, 7, 1e-12));
  arena_drop(&arena);
}

Test(estimates, growth_is_no_steady_state) {
  struct arena arena;
  arena_init(&arena, NULL);
  fixture.experiment.settled = true;
  for (int i = 0; i < RUNS; i++) {
    struct replication *run = &fixture.runs[i];
    run->from = 0;
    run->until = INT64_C(200) * 1000000000;
    run->window_count = 200;
    for (int w = 0; w < 200; w++) {
      int jitter = (w * 31 + i * 17) % 7;
      run->windows[w].offered = (uint64_t)(20 + jitter);
      run->windows[w].answered = (uint64_t)(18 + jitter);
    }
  }
  bool certain = false;
  cr_assert_not_null(estimates_unsteady(&fixture.experiment, &certain, &arena));
  cr_assert(certain);
  for (int i = 0; i < RUNS; i++) {
    for (int w = 0; w < 200; w++) {
      struct window_measure *window = &fixture.windows[i][w];
      window->answered =
          window->offered + (uint64_t)((w + i) % 2) - (w > 0 ? (uint64_t)((w - 1 + i) % 2) : 0);
    }
  }
  cr_assert_null(estimates_unsteady(&fixture.experiment, &certain, &arena));
  arena_drop(&arena);
}

// Within a bin of the histogram a percentile is interpolated, but nothing took longer than the longest.
Test(estimates, no_percentile_is_above_the_largest) {
  for (int i = 0; i < RUNS; i++) {
    for (int n = 0; n < 1000; n++) answer(i, 0, INT64_C(1048577)); // the least of its bin
  }
  cr_assert_leq(estimate(FIGURE_PERCENTILE, 0.999).value, 1048577e-9 * (1 + 1e-12));
  cr_assert_leq(estimate(FIGURE_PERCENTILE_ALL, 0.999).value, 1048577e-9 * (1 + 1e-12));
}
