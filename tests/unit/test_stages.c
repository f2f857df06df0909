// What the notes of scenarios/stages/ say is so, at the loads that they name.
#include "experimenting.h"

#include <stdio.h>

enum { SETTINGS = 6 };

// Runs a scenario at a load, for so many seconds and replications; its results as JSON, in `e`.
static const cJSON *run(struct experimenting *e, const char *name, double load, int seconds,
                        int replications) {
  char settings[SETTINGS][64];
  struct scenario_override overrides[SETTINGS];
  struct options options = {.overrides = overrides};
  snprintf(settings[options.override_count++], sizeof *settings, "run.load=%g", load);
  snprintf(settings[options.override_count++], sizeof *settings, "run.duration=%ds", seconds);
  snprintf(settings[options.override_count++], sizeof *settings, "run.warmup=5s");
  snprintf(settings[options.override_count++], sizeof *settings, "run.replications=%d", replications);
  for (size_t i = 0; i < options.override_count; i++)
    overrides[i] = (struct scenario_override){.flag = "--set", .text = settings[i]};
  experimenting_run_file(e, name, &options);
  return experimenting_json(e);
}

// Half the width of the 95% interval. Where two figures are compared, both have one.
static double doubt(const cJSON *results, const char *path) {
  const cJSON *interval = experimenting_at(experimenting_at(results, path), "ci95");
  cr_assert(cJSON_IsArray(interval), "%s has no interval", path);
  return (cJSON_GetArrayItem(interval, 1)->valuedouble - cJSON_GetArrayItem(interval, 0)->valuedouble) / 2;
}

// The quotient of two figures lies between the bounds, or within its intervals of them.
static void expect_quotient(const cJSON *above, const cJSON *below, const char *path, double low,
                            double high) {
  double a = experimenting_value(above, path), b = experimenting_value(below, path), quotient = a / b;
  double slack = quotient * (doubt(above, path) / a + doubt(below, path) / b);
  cr_expect(slack < 0.3 * quotient, "%s: %g, but the intervals are wide: %g", path, quotient, slack);
  cr_expect(quotient > low - slack && quotient < high + slack, "%s: %g/%g is %g, not %g to %g", path, a, b,
            quotient, low, high);
}

// Two scenarios (or loads), compared by a quotient of the first over the second.
struct pair {
  struct experimenting a, b;
  const cJSON *first, *second;
};

static void pair_run(struct pair *pair, const char *first, double first_load, const char *second,
                     double second_load, int seconds) {
  pair->first = run(&pair->a, first, first_load, seconds, 3);
  pair->second = run(&pair->b, second, second_load, seconds, 3);
}

static void pair_drop(struct pair *pair) {
  experimenting_drop(&pair->a);
  experimenting_drop(&pair->b);
}

// That nobody is turned away, up to one in a thousand, or that more than one in a hundred is.
static void expect_carries(const cJSON *results, const char *name, bool carries) {
  double errors = experimenting_value(results, "requests/all/errors");
  cr_expect(carries ? errors < 0.001 : errors > 0.01, "%s: %g of the requests fail", name, errors);
}

static void expect_limit(const char *name, double below, double above, int seconds) {
  struct experimenting e;
  expect_carries(run(&e, name, below, seconds, 2), name, true);
  experimenting_drop(&e);
  expect_carries(run(&e, name, above, seconds, 2), name, false);
  experimenting_drop(&e);
}

// The mean time at a processor that is shared grows as 1 / (1 - utilization) and faster: about four times.
Test(stages, single_server, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/1-single-server", 4, "stages/1-single-server", 1, 240);
  expect_quotient(pair.first, pair.second, "components/web/sojourn_s/mean", 3, 5);
  expect_carries(pair.first, "load 4", true);
  pair_drop(&pair);
  pair_run(&pair, "stages/1-single-server", 6, "stages/1-single-server", 5, 40);
  expect_quotient(pair.first, pair.second, "requests/all/goodput_per_s", 0.97, 1.05);
  cr_expect_gt(experimenting_value(pair.second, "components/web/utilization/cpu/mean"), 0.98);
  expect_carries(pair.second, "load 5", false);
  pair_drop(&pair);
}

// Web computes 6.1 ms a request and the database 2.65: its share is 2.65 / 8.75 = 0.303.
Test(stages, separate_database, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/2-separate-database", 4, "stages/1-single-server", 4, 40);
  expect_quotient(pair.first, pair.second, "components/web/utilization/cpu/mean", 0.68, 0.72);
  cr_expect_lt(experimenting_value(pair.first, "components/db/utilization/cpu/mean"), 0.2);
  pair_drop(&pair);
  pair_run(&pair, "stages/2-separate-database", 1, "stages/1-single-server", 1, 40);
  expect_quotient(pair.first, pair.second, "requests/all/latency_s/mean", 0.98, 1.02);
  pair_drop(&pair);
  expect_limit("stages/2-separate-database", 5.5, 7.3, 30);
}

Test(stages, bigger_machine, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/3-bigger-machine", 6, "stages/2-separate-database", 6, 30);
  expect_quotient(pair.first, pair.second, "components/web/utilization/cpu/mean", 0.24, 0.26);
  pair_drop(&pair);
  struct experimenting e;
  const cJSON *results = run(&e, "stages/3-bigger-machine", 28, 10, 2);
  expect_carries(results, "load 28", false);
  double database = experimenting_value(results, "components/db/utilization/cpu/mean");
  cr_expect(database > 0.8 && database < 0.95, "%g", database);
  experimenting_drop(&e);
  expect_carries(run(&e, "stages/3-bigger-machine", 23, 10, 2), "load 23", true);
  experimenting_drop(&e);
}

Test(stages, load_balancer, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/4-load-balancer", 28, "stages/3-bigger-machine", 28, 10);
  expect_carries(pair.first, "two machines", true);
  expect_carries(pair.second, "one machine", false);
  double mean = experimenting_value(pair.first, "components/web/utilization/cpu/mean");
  double hottest = experimenting_value(pair.first, "components/web/utilization/cpu/hottest");
  cr_expect(hottest < 1.03 * mean && mean > 0.5 && mean < 0.56, "%g, %g", hottest, mean);
  cr_expect_gt(experimenting_value(pair.first, "components/db/utilization/cpu/mean"), 0.88);
  pair_drop(&pair);
}

// A request reads 0.65 sessions and 1.8 products: 0.265 of the reads go, but for a hundredth of the sessions.
Test(stages, stateless_web_tier, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/5-stateless-web-tier", 32, "stages/4-load-balancer", 32, 10);
  expect_carries(pair.first, "sessions beside the database", true);
  expect_carries(pair.second, "sessions in the database", false);
  pair_drop(&pair);
  pair_run(&pair, "stages/5-stateless-web-tier", 10, "stages/4-load-balancer", 10, 10);
  expect_quotient(pair.first, pair.second, "components/db/reads_per_s", 0.735, 0.75);
  pair_drop(&pair);
}

Test(stages, replication, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/6-replication", 36, "stages/5-stateless-web-tier", 36, 10);
  expect_quotient(pair.first, pair.second, "components/db/utilization/cpu/hottest", 0.45, 0.55);
  double stale = experimenting_value(pair.first, "components/db/stale_reads");
  double lag = experimenting_value(pair.first, "components/db/lag_s/mean");
  cr_expect(stale > 0.0001 && stale < 0.001, "%g", stale);
  cr_expect(lag > 0.0005 && lag < 0.003, "%g s", lag);
  pair_drop(&pair);
  struct experimenting e;
  const cJSON *little = run(&e, "stages/6-replication", 9, 20, 3);
  cr_expect_lt(experimenting_value(little, "components/db/stale_reads"), stale / 2);
  experimenting_drop(&e);
}

Test(stages, cache, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/7-cache", 36, "stages/6-replication", 36, 10);
  double ratio = experimenting_value(pair.first, "components/product-cache/hit_ratio");
  double stale = experimenting_value(pair.first, "components/product-cache/stale_reads");
  cr_expect(ratio > 0.67 && ratio < 0.76, "%g", ratio);
  cr_expect(stale > 0.004 && stale < 0.02, "%g", stale);
  expect_quotient(pair.first, pair.second, "components/db/reads_per_s", 0.98 - ratio, 1.03 - ratio);
  pair_drop(&pair);
}

Test(stages, cdn, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/8-cdn", 20, "stages/7-cache", 20, 15);
  expect_quotient(pair.first, pair.second, "requests/image/latency_s/mean", 0.48, 0.67);
  expect_quotient(pair.first, pair.second, "components/web/utilization/nic", 0.45, 0.52);
  cr_expect_gt(experimenting_value(pair.first, "cost/per_month"),
               2 * experimenting_value(pair.second, "cost/per_month"));
  pair_drop(&pair);
}

// Of 6.0 ms at the web servers for each image-less request, 2.0 went into bills.
Test(stages, queue, .timeout = 300) {
  struct pair pair;
  pair_run(&pair, "stages/9-queue", 20, "stages/8-cdn", 20, 15);
  double saved = experimenting_value(pair.second, "requests/buy/latency_s/mean") -
                 experimenting_value(pair.first, "requests/buy/latency_s/mean");
  cr_expect(saved > 0.037 && saved < 0.05, "%g s", saved);
  expect_quotient(pair.first, pair.second, "components/web/utilization/cpu/mean", 0.645, 0.69);
  pair_drop(&pair);
  pair_run(&pair, "stages/9-queue", 45, "stages/9-queue", 20, 15);
  cr_expect_gt(experimenting_value(pair.first, "components/jobs/depth/mean"), 50);
  cr_expect_lt(experimenting_value(pair.second, "components/jobs/depth/mean"), 1);
  expect_quotient(pair.first, pair.second, "requests/buy/latency_s/mean", 0.9, 1.03);
  pair_drop(&pair);
}

static bool meets_objectives(const cJSON *results) {
  const cJSON *verdict;
  cJSON_ArrayForEach(verdict, experimenting_at(results, "slo")) {
    if (strcmp(experimenting_at(verdict, "verdict")->valuestring, "failed") == 0) return false;
  }
  return true;
}

// Six times the first load is too much for one server, and 40 times as much not for the other.
Test(stages, scaled_out, .timeout = 300) {
  struct experimenting e;
  cr_expect(!meets_objectives(run(&e, "single-server", 6, 20, 3)));
  experimenting_drop(&e);
  const cJSON *results = run(&e, "scaled-out", 200, 5, 1);
  cr_expect(meets_objectives(results));
  expect_carries(results, "load 200", true);
  experimenting_drop(&e);
}
