// What becomes of an experiment when memory or threads cannot be had.
#include "experimenting.h"
#include "predict.h"

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'requests': 500, 'warmup': '1s', 'replications': 3 },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'station' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }";

static struct experimenting e;

// Every allocation of the second and third replication is refused in turn: those that need fewer are kept and
// marked, the first always.
Test(runner, what_was_finished_is_kept_when_memory_runs_out) {
  unsigned refused = 0;
  for (uint64_t n = 1; n < 10000; n++) {
    cr_assert(experimenting_load(&e, scenario));
    e.runner.fail_at = n;
    bool fine = runner_run(&e.runner, &e.experiment, 1, false);
    if (fine) { // there are no more than so many
      cr_assert_eq(e.experiment.count, 3);
      experimenting_drop(&e);
      break;
    }
    refused++;
    cr_assert(e.experiment.failed && !e.experiment.interrupted);
    cr_assert(strstr(e.experiment.failure, "memory ran out") != NULL, "%s", e.experiment.failure);
    cr_assert(e.experiment.count == 1 || e.experiment.count == 2, "%zu", e.experiment.count);
    results_gather(&e.results, &e.subject, &e.experiment, &e.arena);
    const cJSON *root = experimenting_json(&e);
    cr_assert_str_eq(experimenting_at(root, "failure")->valuestring, e.experiment.failure);
    cr_assert_eq(experimenting_at(root, "replications")->valueint, (int)e.experiment.count);
    cr_assert(strstr(experimenting_at(root, "warnings/0")->valuestring, "finished") != NULL);
    experimenting_drop(&e);
  }
  cr_assert_geq(refused, 10, "%u", refused);
}

Test(runner, no_thread_is_an_error) {
  cr_assert(experimenting_load(&e, scenario));
  e.runner.stack = SIZE_MAX / 4;
  cr_assert_not(runner_run(&e.runner, &e.experiment, 1, false));
  cr_assert(e.experiment.failed && !e.experiment.interrupted);
  cr_assert(strstr(e.experiment.failure, "cannot start a thread") != NULL, "%s", e.experiment.failure);
  cr_assert_eq(e.experiment.count, 0);
  experimenting_drop(&e);
}

enum { MANY = 40 };

static void load_many(size_t limit, struct memory_total *memory, int64_t jobs) {
  char text[sizeof scenario];
  memcpy(text, scenario, sizeof scenario);
  memcpy(strstr(text, "'replications': 3 "), "'replications': 40", strlen("'replications': 40"));
  cr_assert(experimenting_load(&e, text));
  memory_total_init(memory, limit);
  e.experiment.series = true;
  e.runner.memory = memory;
  e.runner.jobs = jobs;
}

// Within a factor of two, as predict_cost.c promises.
static void expect_predicted(double each) {
  struct prediction prediction;
  cr_assert(predict(&prediction, e.subject.plan, 1, &e.arena));
  double ratio = (prediction.cost.kept + prediction.cost.kept_series) / each;
  cr_expect(ratio > 0.5 && ratio < 2, "%g of %.0f bytes", ratio, each);
}

// What is kept of replications counts: of many there is no room for all, though each run alone has its share.
// All that is said of those that were finished is said, and nothing was taken beyond the limit.
Test(runner, what_is_kept_of_replications_is_limited) {
  struct memory_total memory;
  load_many(SIZE_MAX, &memory, 1);
  cr_assert(runner_run(&e.runner, &e.experiment, 1, false));
  size_t kept = atomic_load(&memory.used);
  expect_predicted((double)kept / MANY);
  experimenting_drop(&e);
  cr_assert_eq(atomic_load(&memory.used), 0);
  for (int64_t jobs = 1; jobs <= 3; jobs++) {
    load_many(kept, &memory, jobs);
    cr_assert_not(runner_run(&e.runner, &e.experiment, 1, false));
    cr_assert(e.experiment.failed && !e.experiment.interrupted);
    cr_assert(strstr(e.experiment.failure, "memory ran out: all runs together") != NULL, "%s",
              e.experiment.failure);
    cr_assert(e.experiment.count >= MANY / 2 && e.experiment.count < MANY, "%zu", e.experiment.count);
    cr_assert_leq(atomic_load(&memory.used), kept * e.experiment.count / MANY + kept / MANY);
    results_gather(&e.results, &e.subject, &e.experiment, &e.arena);
    cr_assert_eq(experimenting_at(experimenting_json(&e), "replications")->valueint, (int)e.experiment.count);
    experimenting_drop(&e);
    cr_assert_eq(atomic_load(&memory.used), 0);
  }
}
