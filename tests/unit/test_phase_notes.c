// Phases of a run: each against M/M/1, whose response times are exponential with the rate mu - lambda, and
// all of them together against the whole run.
#include "experimenting.h"
#include "measures.h"
#include "phase_notes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The station works at half its speed from 1,000 s on, so that two M/M/1 follow each other, of 30% and of
// 60%; each forgets where it began within seconds. Attackers, who are slow, are served elsewhere.
static const char two_loads[] =
    "{ 'network': 'none', 'run': { 'duration': '2000s', 'replications': 6 },\n"
    "  'requests': { 'ask': {}, 'flood': {} },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '30/s' } }, 'entry': 'station',\n"
    "      'mix': { 'ask': 1 } },\n"
    "    'bots': { 'kind': 'attacker', 'arrivals': { 'poisson': { 'rate': '20/s' } }, 'entry': 'other',\n"
    "      'mix': { 'flood': 1 } } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' }, 'two': { 'cores': 64 } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "      'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } },\n"
    "    'other': { 'type': 'server', 'on': 'two', 'handles': { '*': [ { 'cpu': '1s' } ] } } },\n"
    "  'timeline': [ { 'at': '1000s', 'slow': 'station', 'factor': 2 } ] }";

// A quantile of n observations varies by sqrt(q (1 - q) / n) / density; those of a queue depend on each
// other, and stand for (1 - rho)^2 / (1 + rho) times as many, at most. Four deviations.
static double tolerance(double q, double rate, double load, double observations) {
  double independent = observations * (1 - load) * (1 - load) / (1 + load);
  return 4 * sqrt(q * (1 - q) / independent) / (rate * (1 - q));
}

static void expect_response(const cJSON *latency, double lambda, double mu) {
  static const struct {
    const char *key;
    double q;
  } quantiles[] = {{"p50/value", 0.5}, {"p95/value", 0.95}, {"p99/value", 0.99}};
  for (int i = 0; i < 3; i++) {
    double q = quantiles[i].q, rate = mu - lambda;
    double got = experimenting_at(latency, quantiles[i].key)->valuedouble;
    double want = -log(1 - q) / rate;
    double most = tolerance(q, rate, lambda / mu, lambda * 1000 * 6) + want / 128;
    cr_expect(fabs(got - want) <= most, "%s: %g, not %g within %g", quantiles[i].key, got, want, most);
  }
}

Test(phase_notes, each_phase_is_a_queue_of_its_own) {
  static struct experimenting e;
  experimenting_run(&e, two_loads);
  const cJSON *root = experimenting_json(&e);
  cr_assert_eq(cJSON_GetArraySize(experimenting_at(root, "phases")), 2);
  expect_response(experimenting_at(root, "phases/0/requests/all/latency_s"), 30, 100);
  expect_response(experimenting_at(root, "phases/1/requests/all/latency_s"), 30, 50);
  cr_expect(cJSON_IsArray(experimenting_at(root, "phases/0/requests/all/latency_s/p95/ci95")));
  for (int p = 0; p < 2; p++) {
    const cJSON *phase = cJSON_GetArrayItem(experimenting_at(root, "phases"), p);
    double offered = experimenting_at(phase, "requests/all/offered_per_s/value")->valuedouble;
    cr_expect(fabs(offered - 30) < 4 * sqrt(30.0 / 6000), "%g", offered); // without the attackers
  }
  experimenting_drop(&e);
}

Test(phase_notes, a_change_of_a_parameter_names_its_phase) {
  static struct experimenting e;
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '20s', 'replications': 1 },\n"
          "  'clients': { 'c': { 'arrivals': { 'poisson': { 'rate': '30/s' } }, 'entry': 'web' } },\n"
          "  'components': { 'web': { 'type': 'server', 'handles': { '*': [ { 'cpu': '1ms' } ] } } },\n"
          "  'timeline': [ { 'at': '10s', 'set': { 'components.web.workers': 7 } } ] }");
  const cJSON *root = experimenting_json(&e);
  cr_expect_str_eq(experimenting_at(root, "phases/1/name")->valuestring, "set web.workers");
  cr_expect_str_eq(experimenting_at(root, "timeline/0/event")->valuestring, "set web.workers");
  experimenting_drop(&e);
}

// Rejections, timeouts and what never ends among them, and events that overlap: no request is lost or counted
// twice, and no observation of a histogram.
Test(phase_notes, phases_add_up_to_the_whole) {
  static struct experimenting e;
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '50s', 'replications': 2, 'drain': '100ms' },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '90/s' } }, 'entry': 'station',\n"
          "    'timeout': '500ms', 'retries': { 'max': 1 } } },\n"
          "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
          "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
          "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } },\n"
          "  'timeline': [ { 'at': '10s', 'slow': 'station', 'factor': 3, 'for': '20s' },\n"
          "    { 'at': '20s', 'fail': 'station', 'for': '10s' },\n"
          "    { 'at': '40s', 'slow': 'station', 'factor': 3 } ] }");
  size_t count = 0;
  const struct phase *phases = estimates_phases(&e.experiment, &count, &e.arena);
  cr_assert_eq(count, 5);
  for (size_t r = 0; r < e.experiment.count; r++) {
    const struct replication *kept = e.experiment.replications[r];
    struct request_measure sum;
    request_measure_init(&sum, kept->phases->budget);
    for (size_t p = 0; p < count; p++) {
      const struct request_measure *noted = phase_notes_find(kept->phases, phases[p].from);
      cr_assert_not_null(noted);
      cr_assert(request_measure_merge(&sum, noted));
      cr_expect_eq(histogram_count(&noted->latency_histogram), noted->answered);
    }
    const struct request_measure *whole = replication_request(kept, 0, 0);
    cr_expect_eq(sum.offered, whole->offered);
    cr_expect_eq(sum.attempts, whole->attempts);
    cr_expect_eq(sum.answered, whole->answered);
    cr_expect(sum.latency.sum == whole->latency.sum);
    for (int k = 0; k < OUTCOMES; k++) cr_expect_eq(sum.failed[k], whole->failed[k]);
    cr_expect_gt(whole->failed[OUTCOME_UNFINISHED], 0);
    for (int i = 1; i < 20; i++) {
      cr_expect_eq(histogram_quantile(&sum.latency_histogram, i / 20.0, 0),
                   histogram_quantile(&whole->latency_histogram, i / 20.0, 0));
    }
    request_measure_drop(&sum);
  }
  experimenting_drop(&e);
}

Test(phase_notes, runs_without_phases_keep_none) {
  static struct experimenting e;
  experimenting_run(&e, "{ 'network': 'none', 'run': { 'duration': '5s', 'replications': 2 },\n"
                        "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '9/s' } }, 'entry': "
                        "'station' } },\n"
                        "  'hosts': { 'one': { 'cores': 1 } },\n"
                        "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
                        "    'handles': { '*': [ { 'cpu': '10ms' } ] } } } }");
  cr_expect_null(e.experiment.replications[0]->phases);
  experimenting_drop(&e);
}

// A second each, in which a constant rate brings ten requests of 1 ms, or of 2 ms after an event.
static char *many_phases(int events) {
  char *text = malloc((size_t)events * 64 + 1024);
  int length = sprintf(text,
                       "{ 'network': 'none', 'run': { 'duration': '%ds', 'replications': 2 },\n"
                       "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '10/s' } },\n"
                       "    'entry': 'station' } },\n"
                       "  'components': { 'station': { 'type': 'server',\n"
                       "    'handles': { '*': [ { 'cpu': '1ms' } ] } } }, 'timeline': [\n",
                       events + 1);
  for (int i = 1; i <= events; i++)
    length += sprintf(text + length, "%s{ 'at': '%ds', 'slow': 'station', 'factor': %d }", i > 1 ? ",\n" : "",
                      i, i % 2 + 1);
  sprintf(text + length, " ] }");
  return text;
}

Test(phase_notes, hundreds_of_phases_have_percentiles) {
  static struct experimenting e;
  char *text = many_phases(300);
  experimenting_run(&e, text);
  const cJSON *phases = experimenting_at(experimenting_json(&e), "phases");
  cr_assert_eq(cJSON_GetArraySize(phases), 301);
  for (int p = 0; p < 301; p++) {
    const cJSON *phase = cJSON_GetArrayItem(phases, p);
    double median = experimenting_at(phase, "requests/all/latency_s/p50/value")->valuedouble;
    cr_expect_float_eq(median, p % 2 == 1 ? 0.002 : 0.001, 0.002 / 128, "phase %d: %g", p, median);
  }
  experimenting_drop(&e);
  free(text);
}

Test(phase_notes, a_thousand_events_are_too_many_and_that_is_said) {
  static struct experimenting e;
  for (int events = 999; events <= 1000; events++) {
    char *text = many_phases(events);
    experimenting_run(&e, text);
    char *warnings = cJSON_PrintUnformatted(experimenting_at(experimenting_json(&e), "warnings"));
    cr_expect_eq(strstr(warnings, "more than 1000 phases") != NULL, events == 1000, "%d: %s", events,
                 warnings);
    free(warnings);
    experimenting_drop(&e);
    free(text);
  }
}
