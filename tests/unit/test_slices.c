// One long run: slices change nothing of it, add up to it, and give intervals that hold the truth.
#include "batches.h"
#include "experimenting.h"
#include "measures.h"
#include "metric_table.h"

#include <math.h>
#include <stdio.h>

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'requests': %d, 'warmup': '20s', 'replications': %d, 'seed': %d },\n"
    "  'clients': { 'jobs': { 'arrivals': { %s }, 'entry': 'station' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } }, { 'fail': 0.02 } ] } } } }";

static const char poisson[] = "'poisson': { 'rate': '50/s' }";
static const char closed[] = "'closed': { 'users': 10, 'think': { 'exponential': { 'mean': '100ms' } } }";

static const char *text_of(int requests, int replications, int seed, const char *arrivals) {
  static char text[1024];
  snprintf(text, sizeof text, scenario, requests, replications, seed, arrivals);
  return text;
}

static struct experimenting e, other;

static void sums(const struct slices *slices, unsigned from_slice, unsigned until,
                 struct request_measure *all) {
  for (unsigned i = from_slice; i < until; i++) {
    cr_assert(batches_gather(all, slices->plan, slices->list[i].measures, SCOPE_ALL, SCOPE_ALL));
    int64_t from = i == 0 ? slices->from : slices->list[i - 1].until;
    cr_assert_eq(slices->list[i].until - from, slices->length);
  }
}

// A run whose length is known beforehand, and one whose slices must grow with it.
Test(slices, add_up_to_a_run_that_they_do_not_change) {
  static const char *const arrivals[] = {poisson, closed};
  for (int i = 0; i < 2; i++) {
    experimenting_run(&e, text_of(20000, 1, 5, arrivals[i]));
    experimenting_run(&other, text_of(20000, 2, 5, arrivals[i]));
    const struct replication *kept = e.experiment.replications[0];
    const struct replication *plain = other.experiment.replications[0];
    cr_assert_not_null(kept->slices);
    cr_assert_null(plain->slices);
    cr_assert_eq(kept->events, plain->events);
    cr_assert_eq(kept->until, plain->until);
    cr_assert_eq(kept->requests[0].latency.sum, plain->requests[0].latency.sum);
    cr_assert(kept->slices->count >= 64 && kept->slices->count < SLICES_MOST, "%u", kept->slices->count);
    struct memory_budget budget;
    struct request_measure all;
    memory_budget_init(&budget);
    request_measure_init(&all, &budget);
    unsigned spread = kept->slices->count / SLICES_SPREAD * SLICES_SPREAD;
    sums(kept->slices, 0, spread, &all);
    cr_assert_eq(histogram_count(&all.latency_histogram), all.answered);
    cr_assert(spread > 0 && all.answered > 0);
    sums(kept->slices, spread, kept->slices->count, &all); // these have no histogram
    // What is left over is shorter than a slice.
    double least = 1 - 2.0 / kept->slices->count;
    cr_assert(all.answered <= kept->requests[0].answered);
    cr_assert_gt((double)all.answered, least * (double)kept->requests[0].answered);
    cr_assert(fabs((double)all.latency.sum / (double)all.answered / tally_mean(&plain->requests[0].latency) -
                   1) < 0.05);
    request_measure_drop(&all);
    experimenting_drop(&e);
    experimenting_drop(&other);
  }
}

// The slices of what a component reports add up to what it reports of the window, but for what is left over.
Test(slices, components_add_up) {
  experimenting_run(&e, text_of(20000, 1, 5, poisson));
  const struct replication *kept = e.experiment.replications[0];
  const struct slices *slices = kept->slices;
  const struct model *model = e.subject.plan->components[0].model;
  size_t wait = metric_find(model, "wait_s"), throughput = metric_find(model, "throughput_per_s");
  size_t cpu = metric_find(model, "utilization.cpu.mean");
  double done = 0, busy = 0, there = 0;
  uint64_t waits = 0, spread = 0;
  int64_t waited = 0;
  for (unsigned i = 0; i < slices->count; i++) {
    const struct metric_raw *rows = slices->list[i].components.components[0];
    done += rows[throughput].top;
    busy += rows[cpu].top;
    there += rows[cpu].bottom;
    waits += rows[wait].times->count;
    waited += (int64_t)rows[wait].times->sum;
    uint64_t here = rows[wait].histogram != NULL ? histogram_count(rows[wait].histogram) : 0;
    spread += here;
    cr_assert((i + 1) % SLICES_SPREAD == 0 ? here > 0 : here == 0, "slice %u: %lu", i, here);
    cr_assert((i + 1) % SLICES_SPREAD == 0 || rows[wait].histogram == NULL, "slice %u has idle bins", i);
    // A slice is a stretch of time like any other: its core can be busy in all of it at most.
    cr_assert(rows[cpu].top >= 0 && rows[cpu].top <= rows[cpu].bottom);
    cr_assert(fabs(rows[cpu].bottom - (double)slices->length) < 1e-6 * (double)slices->length);
  }
  const struct metric_raw *whole = kept->components[0].rows;
  double least = 1 - 2.0 / slices->count;
  cr_assert(done <= whole[throughput].top && done > least * whole[throughput].top);
  cr_assert(waits <= whole[wait].times->count && (double)waits > least * (double)whole[wait].times->count);
  cr_assert(spread <= waits && (double)spread > (1 - 5.0 / slices->count) * (double)waits);
  cr_assert(waited <= (int64_t)whole[wait].times->sum);
  cr_assert(fabs(busy / there - 0.5) < 0.03, "%g", busy / there); // 50/s of 10 ms
  experimenting_drop(&e);
}

Test(slices, every_figure_of_a_component_has_an_interval) {
  experimenting_run(&e, text_of(100000, 1, 3, poisson));
  const cJSON *station = experimenting_at(experimenting_json(&e), "components/station");
  static const struct {
    const char *path;
    double truth;                          // M/M/1 at load 1/2 with mean service 10 ms
  } figures[] = {{"throughput_per_s", 49}, // two in a hundred fail
                 {"errors", 0.02},
                 {"utilization/cpu/mean", 0.5},
                 {"in_system", 1},
                 {"queue/mean", 0.5},
                 {"waited", 0.5},
                 {"wait_s/mean", 0.01},
                 {"service_s/mean", 0.01},
                 {"service_s/std", 0.01},
                 {"sojourn_s/mean", 0.02},
                 {"sojourn_s/p50", 0.0138629436112},
                 {"sojourn_s/p90", 0.0460517018599}};
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
    const cJSON *figure = experimenting_at(station, figures[i].path);
    const cJSON *interval = experimenting_at(figure, "ci95");
    cr_assert(cJSON_IsArray(interval), "%s: %s", figures[i].path,
              experimenting_at(figure, "method")->valuestring);
    double low = experimenting_at(interval, "0")->valuedouble;
    double high = experimenting_at(interval, "1")->valuedouble;
    double room = high - low; // twice the nominal width: 4 standard errors
    cr_assert(low - room / 2 < figures[i].truth && figures[i].truth < high + room / 2, "%s: %g to %g",
              figures[i].path, low, high);
    cr_assert(room < 0.2 * figures[i].truth, "%s: %g to %g", figures[i].path, low, high);
  }
  experimenting_drop(&e);
}

Test(slices, every_figure_of_requests_has_an_interval) {
  experimenting_run(&e, text_of(100000, 1, 3, poisson));
  const cJSON *all = experimenting_at(experimenting_json(&e), "requests/all");
  static const char *const paths[] = {
      "offered_per_s",  "attempts_per_s", "throughput_per_s", "goodput_per_s", "errors",
      "latency_s/mean", "latency_s/std",  "latency_s/p50",    "latency_s/p95", "latency_all_s/p90"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    const cJSON *figure = experimenting_at(all, paths[i]);
    const cJSON *interval = experimenting_at(figure, "ci95");
    cr_assert(cJSON_IsArray(interval), "%s: %s", paths[i], experimenting_at(figure, "method")->valuestring);
    double value = experimenting_at(figure, "value")->valuedouble;
    cr_assert_leq(experimenting_at(interval, "0")->valuedouble, value, "%s", paths[i]);
    cr_assert_geq(experimenting_at(interval, "1")->valuedouble, value, "%s", paths[i]);
  }
  // Failures are independent of each other here: about a binomial's interval, for 2% of 100,000.
  const cJSON *errors = experimenting_at(all, "errors/ci95");
  double width = experimenting_at(errors, "1")->valuedouble - experimenting_at(errors, "0")->valuedouble;
  double binomial = 2 * 1.96 * sqrt(0.02 * 0.98 / 100000);
  cr_assert(width > 0.9 * binomial && width < 1.6 * binomial, "%g %g", width, binomial);
  experimenting_drop(&e);
}

// M/M/1 at 0.5: sojourns are exponential with a mean of 20 ms. Of 60 intervals that hold with 95%, fewer than
// 50 do so once in ten thousand times.
Test(slices, intervals_hold_the_truth) {
  static const double truth[] = {0.02, 0.02 * 0.693147180559945, 0.02 * 2.995732273553991};
  static const char *const paths[] = {"latency_s/mean", "latency_s/p50", "latency_s/p95"};
  int held[3] = {0}, given[3] = {0};
  for (int seed = 1; seed <= 60; seed++) {
    experimenting_run(&e, text_of(40000, 1, seed, poisson));
    const cJSON *all = experimenting_at(experimenting_json(&e), "requests/all");
    for (int i = 0; i < 3; i++) {
      const cJSON *interval = experimenting_at(experimenting_at(all, paths[i]), "ci95");
      if (!cJSON_IsArray(interval)) continue;
      given[i]++;
      held[i] += experimenting_at(interval, "0")->valuedouble <= truth[i] &&
                 truth[i] <= experimenting_at(interval, "1")->valuedouble;
    }
    experimenting_drop(&e);
  }
  for (int i = 0; i < 3; i++) {
    cr_assert_geq(given[i], 50, "%s: %d intervals", paths[i], given[i]);
    cr_assert_geq(held[i], given[i] - 10, "%s: %d of %d", paths[i], held[i], given[i]);
  }
}

// Requests that came in one batch and ended in the next are neither failures nor too many answers.
Test(slices, whoever_is_inside_at_the_end_of_a_batch_has_not_failed) {
  char text[1024];
  snprintf(text, sizeof text, "%s", text_of(20000, 1, 4, closed));
  char *fail = strstr(text, "0.02");
  memcpy(fail, "0.00", 4);
  experimenting_run(&e, text);
  const cJSON *all = experimenting_at(experimenting_json(&e), "requests/all");
  const cJSON *errors = experimenting_at(all, "errors/ci95");
  cr_assert_eq(experimenting_at(errors, "0")->valuedouble, 0);
  double most = experimenting_at(errors, "1")->valuedouble;
  cr_assert(most > 2.9 / 20000 && most < 3.1 / 19000, "%g", most); // three in n
  cr_assert(cJSON_IsArray(experimenting_at(all, "latency_all_s/p90/ci95")));
  experimenting_drop(&e);
}

Test(slices, a_short_run_says_so) {
  experimenting_run(&e, text_of(200, 1, 1, poisson));
  const cJSON *all = experimenting_at(experimenting_json(&e), "requests/all");
  const cJSON *figure = experimenting_at(all, "latency_s/p99");
  cr_assert(cJSON_IsNull(experimenting_at(figure, "ci95")));
  experimenting_drop(&e);
}
