// Queues with their workers as a whole: against Erlang's formula, and what the notes of the lesson say.
#include "demand.h"
#include "experimenting.h"
#include "mmc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// A scenario of this tree, loaded with what it extends, and run by so many threads.
static const cJSON *run_file(struct experimenting *e, const char *name, unsigned jobs) {
  char path[4096];
  const char *source = getenv("HEADROOM_SOURCE");
  snprintf(path, sizeof path, "%s/scenarios/%s", source != NULL ? source : ".", name);
  memset(e, 0, sizeof *e);
  arena_init(&e->arena, NULL);
  struct options options;
  memset(&options, 0, sizeof options);
  bool right = subject_read(&e->subject, arena_text(&e->arena, path, strlen(path)), &options);
  if (!right) diagnostics_print(&e->subject.diagnostics, stderr);
  cr_assert(right, "%s", path);
  e->experiment = (struct experiment){
      .plan = e->subject.plan, .load = 1, .name = "scenario", .objectives = &e->subject.objectives};
  e->runner = (struct runner){.jobs = jobs, .deadline = INT64_MAX, .arena = &e->arena};
  cr_assert(runner_run(&e->runner, &e->experiment, 1, false), "%s", e->experiment.failure);
  results_gather(&e->results, &e->subject, &e->experiment, &e->arena);
  return experimenting_json(e);
}

static double value(const cJSON *results, const char *path) {
  const cJSON *at = experimenting_at(results, path);
  if (!cJSON_IsNumber(at)) at = experimenting_at(at, "value");
  return at->valuedouble;
}

// Within 4.5 standard errors, of ten replications: Student's 97.5% of nine degrees is 2.262.
static void expect_law(const cJSON *results, const char *path, double expected) {
  char low[100], high[100];
  snprintf(low, sizeof low, "%s/ci95/0", path);
  snprintf(high, sizeof high, "%s/ci95/1", path);
  double error = (value(results, high) - value(results, low)) / 2 / 2.262;
  cr_expect(error > 0 && error < 0.1 * expected, "%s: %g is too uncertain", path, error);
  cr_expect_float_eq(value(results, path), expected, 4.5 * error, "%s: %.5g instead of %.5g, error %.2g",
                     path, value(results, path), expected, error);
}

Test(queue_system, slots_of_workers_are_the_servers_of_one_queue) {
  struct experimenting e;
  const cJSON *results = run_file(&e, "theory/queue.json", 2);
  double wait = mmc_wait_mean(64, 10, 8);
  expect_law(results, "components/jobs/waiting_s/mean", wait);
  expect_law(results, "components/jobs/waiting_s/p95", mmc_wait_quantile(64, 10, 8, 0.95));
  expect_law(results, "components/jobs/job_s/mean", wait + 0.1);
  expect_law(results, "components/jobs/depth/mean", 64 * wait);
  expect_law(results, "components/jobs/in_flight", 6.4);
  expect_law(results, "components/painter/utilization/workers", 0.8);
  cr_expect_eq(value(results, "requests/all/latency_s/max"), 0);
  experimenting_drop(&e);
}

Test(queue_system, what_is_published_is_expected_at_the_workers) {
  struct experimenting e;
  struct demand demand;
  run_file(&e, "theory/queue.json", 1);
  const struct plan *plan = e.subject.plan;
  cr_assert(demand_solve(plan, &e.subject.context, &demand));
  double visits = demand_visits(&demand, plan_component(plan, "painter"), plan_request(plan, "job"));
  cr_expect_float_eq(visits, 64, 1e-4);
  experimenting_drop(&e);
}

Test(queue_system, any_number_of_threads_gives_the_same_bytes) {
  char *texts[2];
  for (unsigned i = 0; i < 2; i++) {
    struct experimenting e;
    run_file(&e, "lessons/spike-queue.json", i + 1);
    texts[i] = cJSON_PrintUnformatted(e.json);
    experimenting_drop(&e);
  }
  cr_expect_str_eq(texts[0], texts[1]);
  free(texts[0]);
  free(texts[1]);
}

// The spike brings (300 - 160) x 10 s = 1400 more than is done meanwhile; the last of these waits 1400 / 160
// s.
Test(queue_system, a_queue_absorbs_the_spike_that_a_call_does_not) {
  struct experimenting e;
  const cJSON *results = run_file(&e, "lessons/spike-call.json", 1);
  cr_expect_gt(value(results, "requests/all/errors"), 0.2);
  cr_expect_gt(value(results, "requests/all/latency_s/p95"), 0.5);
  experimenting_drop(&e);
  results = run_file(&e, "lessons/spike-queue.json", 1);
  cr_expect_eq(value(results, "requests/all/errors"), 0);
  cr_expect_lt(value(results, "requests/all/latency_s/p99"), 0.2);
  double most = value(results, "components/jobs/depth/max"),
         longest = value(results, "components/jobs/job_s/max");
  cr_expect(most > 1200 && most < 1650, "%g", most);
  cr_expect(longest > 7.5 && longest < 10.5, "%g", longest);
  cr_expect_eq(value(results, "components/jobs/messages/lost"), 0);
  cr_expect_eq(value(results, "components/jobs/messages/redelivered"), 0);
  experimenting_drop(&e);
}

// One job is done and one waits; whoever comes then is rejected, under that name.
Test(queue_system, a_full_queue_rejects) {
  struct experimenting e;
  experimenting_run(
      &e, "{'network': 'none', 'run': {'duration': '5s', 'warmup': '0s', 'drain': '0s', "
          "'replications': 1}, 'clients': {'c': {'arrivals': {'constant': {'rate': '2/s'}}, "
          "'entry': 'jobs'}}, 'components': {'jobs': {'type': 'queue', 'capacity': {'messages': 1}, "
          "'when_full': 'reject'}, 'worker': {'type': 'worker', 'consumes': 'jobs', 'workers': 1, "
          "'handles': {'*': [{'wait': '10s'}]}}}}");
  const cJSON *results = experimenting_json(&e);
  double offered = value(results, "requests/all/offered_per_s") * 5;
  cr_expect_eq(value(results, "components/jobs/failed/rejected"), offered - 2, "of %g", offered);
  cr_expect_eq(value(results, "requests/all/failed/rejected"), offered - 2, "of %g", offered);
  experimenting_drop(&e);
}

// Whether jobs can ever be done is seen before the run: else it would stand at the instant of the first.
Test(queue_system, jobs_that_never_succeed_are_found_when_loaded) {
  enum { FINE, WARNED, REFUSED };
  static const struct {
    const char *network, *queue, *steps;
    int verdict;
  } cases[] = {
      {"'none'", "", "{ 'fail': 1 }", REFUSED},
      {"'none'", "", "{ 'cpu': '0s' }, { 'fail': 1 }, { 'respond': '1KB' }", REFUSED},
      {"'none'", "", "{ 'choose': [ [0.5, [ { 'fail': 1 } ]], [0.5, [ { 'fail': 1 } ]] ] }", REFUSED},
      {"'none'", "", "{ 'repeat': 2, 'do': [ { 'fail': 1 } ] }", REFUSED},
      {"'none'", "", "{ 'parallel': [ [ { 'fail': 1 } ], [ { 'wait': '0s' } ] ] }", REFUSED},
      {"'none'", "", "{ 'choose': [ [0.5, [ { 'fail': 1 } ]], [0.5, []] ] }", FINE},
      {"'none'", "", "{ 'fail': 0.9 }", FINE},
      {"'none'", "", "{ 'respond': '1KB' }, { 'fail': 1 }", FINE},
      {"'none'", "", "{ 'cpu': '1ms' }, { 'fail': 1 }", WARNED},
      {"{}", "", "{ 'fail': 1 }", WARNED},
      {"'none'", ", 'dead_letter': { 'after': 3 }", "{ 'fail': 1 }", FINE},
      {"'none'", ", 'delivery': 'at-most-once'", "{ 'fail': 1 }", FINE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct experimenting e;
    char text[1024];
    snprintf(text, sizeof text,
             "{ 'network': %s, 'run': { 'duration': '1s' }, 'requests': { 'job': {}, 'rest': {} },\n"
             "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '1/s' } },\n"
             "    'mix': { 'job': 1, 'rest': 1 }, 'entry': 'line' } },\n"
             "  'components': { 'line': { 'type': 'queue'%s },\n"
             "    'painter': { 'type': 'worker', 'consumes': 'line', 'handles': {\n"
             "'*': [ %s ] } } } }",
             cases[i].network, cases[i].queue, cases[i].steps);
    experimenting_load(&e, text);
    const struct diagnostics *said = &e.subject.diagnostics;
    cr_expect_eq(said->errors, cases[i].verdict == REFUSED, "%s", cases[i].steps);
    cr_expect_eq(said->first != NULL, cases[i].verdict != FINE, "%s: %s", cases[i].steps,
                 said->first != NULL ? said->first->message : "");
    if (said->first != NULL) {
      cr_expect_not_null(strstr(said->first->message, "without end"), "%s", said->first->message);
      cr_expect_eq(said->first->at.line, 6);
      cr_expect_null(said->first->next, "told once");
    }
    experimenting_drop(&e);
  }
}
