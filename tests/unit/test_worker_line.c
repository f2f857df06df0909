// Which worker gets the next job: the line of those with a free slot, in runs of a few jobs whose every step
// is known.
#include "metric_table.h"
#include "running.h"
#include "sim_run.h"

#define SECOND INT64_C(1000000000)

#define ONE_SLOT "'workers': 1, 'handles': {'a': [{'wait': '2200ms'}], 'x': [{'wait': '100ms'}]}"

static void begin(struct running *ran, const char *rows, const char *workers, const char *timeline) {
  va_list none;
  memset(&none, 0, sizeof none);
  static char text[4096];
  snprintf(
      text, sizeof text,
      "{'network': 'none', 'run': {'duration': '60s', 'warmup': '0s'}, "
      "'clients': {'c': {'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'jobs'}}, "
      "'components': {'jobs': {'type': 'queue', 'delivery': 'at-least-once'}, "
      "'worker': {'type': 'worker', 'consumes': 'jobs', %s, 'handles': {"
      "'a': [{'wait': '2200ms'}], 'b': [{'wait': '500ms'}], 'x': [{'wait': '100ms'}]}}}%s}",
      workers, timeline);
  running_load(ran, rows, text, none);
  if (ran->diagnostics.errors > 0) diagnostics_print(&ran->diagnostics, stderr);
  cr_assert_not_null(ran->plan);
  struct sim_settings settings = {.seed = 1,
                                  .load = 1,
                                  .duration = 60 * SECOND,
                                  .requests = INT64_MAX,
                                  .drain = SECOND,
                                  .window = SECOND};
  cr_assert(sim_init(&ran->sim, ran->plan, &settings));
}

// Jobs inside the instances 0, 1, … at a time of the trace, which begins at its second 1.
static void expect_inside(struct running *ran, double at, const char *jobs) {
  engine_run(&ran->sim.engine, (int64_t)((at - 1) * 1e9));
  for (uint32_t i = 0; jobs[i] != '\0'; i++) {
    int64_t inside = running_instance(ran, "worker", i)->inside;
    cr_expect_eq(inside, jobs[i] - '0', "at %g s %lld in %u, expected %s", at, (long long)inside, i, jobs);
  }
}

Test(worker_line, who_has_been_idle_longest_is_next) {
  struct running ran;
  begin(&ran, "time,request\n1,a\n2,b\n3,x\n4,b\n5,b\n6,b\n", "'instances': 3, 'workers': 1", "");
  expect_inside(&ran, 1.01, "100");
  expect_inside(&ran, 2.01, "110");
  expect_inside(&ran, 3.01, "101");
  expect_inside(&ran, 4.01, "010"); // free since 2.5, the others since 3.1 and 3.2
  expect_inside(&ran, 5.01, "001");
  expect_inside(&ran, 6.01, "100");
  running_drop(&ran);
}

Test(worker_line, slots_are_filled_in_turn) {
  struct running ran;
  begin(&ran, "time,request\n1,a\n1.1,a\n1.2,x\n1.25,a\n1.31,a\n1.4,b\n", "'instances': 2, 'workers': 2", "");
  expect_inside(&ran, 1.05, "10");
  expect_inside(&ran, 1.15, "11");
  expect_inside(&ran, 1.22, "21");
  expect_inside(&ran, 1.27, "22");
  expect_inside(&ran, 1.305, "12");
  expect_inside(&ran, 1.35, "22");
  expect_inside(&ran, 1.45, "22"); // the last one waits
  expect_inside(&ran, 3.205, "22");
  running_drop(&ran);
}

// The second is dead when it is first in line, and is back at its end.
Test(worker_line, who_dies_leaves_the_line) {
  struct running ran;
  begin(&ran, "time,request\n1,a\n2,x\n3,x\n4,x\n", "'instances': 3, 'workers': 1",
        ", 'timeline': [{'at': '0.5s', 'for': '1s', 'fail': 'worker/main/1'}]");
  expect_inside(&ran, 1.01, "100");
  expect_inside(&ran, 2.01, "101");
  expect_inside(&ran, 3.01, "101"); // free since 2.1, the second since 2.5
  expect_inside(&ran, 4.01, "010");
  running_drop(&ran);
}

// Of several components that consume one queue each has its turn; whose turn it is and who is busy is passed
// over for the next.
Test(worker_line, consumers_take_turns) {
  struct running ran;
  running_run(
      &ran, "time,request\n1,a\n1.1,x\n1.3,x\n1.5,a\n",
      "{'network': 'none', 'run': {'duration': '1s', 'warmup': '0s', 'drain': '0s'}, 'clients': {'c': {"
      "'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'jobs'}}, 'components': {"
      "'jobs': {'type': 'queue'}, 'first': {'type': 'worker', 'consumes': 'jobs', %s}, "
      "'second': {'type': 'worker', 'consumes': 'jobs', %s}, 'third': {'type': 'worker', 'consumes': "
      "'jobs', %s}}}",
      ONE_SLOT, ONE_SLOT, ONE_SLOT);
  static const struct {
    const char *worker;
    int64_t inside;
  } expected[] = {{"first", 1}, {"second", 1}, {"third", 0}};
  for (size_t i = 0; i < 3; i++) {
    const struct instance *worker = running_instance(&ran, expected[i].worker, 0);
    cr_expect_eq(worker->inside, expected[i].inside, "%s has %lld", expected[i].worker,
                 (long long)worker->inside);
  }
  running_drop(&ran);
}

// Both slots have jobs from the first second on, but while the worker is down, for two of twelve seconds:
// then it has no slots, and what was busy before is not forgotten.
Test(worker_line, slots_of_the_dead_are_not_there) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{'network': 'none', 'run': {'duration': '12s', 'warmup': '0s', 'drain': '1s'}, 'clients': {'c': {"
      "'arrivals': {'constant': {'rate': '4/s'}}, 'entry': 'jobs'}}, 'components': {"
      "'jobs': {'type': 'queue'}, 'worker': {'type': 'worker', 'consumes': 'jobs', 'workers': 2, "
      "'handles': {'*': [{'wait': '1s'}]}}}, "
      "'timeline': [{'at': '5s', 'for': '2s', 'fail': 'worker'}]}");
  const struct component *worker = plan_component(ran.plan, "worker");
  size_t row = metric_find(worker->model, "utilization.workers");
  const struct metric_raw *slots = &ran.sim.metrics.components[worker->number][row];
  cr_expect_eq(slots->bottom, 2 * 10 * (double)SECOND, "%g slots were there", slots->bottom / 1e9);
  cr_expect(slots->top <= slots->bottom && slots->top > 2 * 9 * (double)SECOND, "%g slot seconds were busy",
            slots->top / 1e9);
  struct model_tokens tokens;
  cr_assert(worker->model->tokens(running_instance(&ran, "worker", 0), &tokens));
  cr_expect_eq((double)tokens.taken, slots->top);
  running_drop(&ran);
}
