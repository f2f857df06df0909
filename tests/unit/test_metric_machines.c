// What a component reports of its machines is the sum over all of them: three, each of which does a third of
// what is easily added up by hand.
#include "metric_table.h"
#include "running.h"

#include <math.h>

// Nine requests about the same time, twice a second: three for each machine.
static const char three[] =
    "{'clients': {'c': {'arrivals': {'constant': {'rate': '2/s'}}, 'batch': 9, 'entry': 'web'}},"
    " 'requests': {'request': {'size': '20KB'}},"
    " 'machines': {'m': {'cores': 2, 'discipline': 'fcfs', 'disk': {'iops': 100}, 'nic': '80Mbps',"
    "   'memory': '1GB'}},"
    " 'components': {'web': {'type': 'server', 'machine': 'm', 'instances': 3, 'handles': {"
    "   '*': [{'cpu': '30ms'}, {'disk': 2}, {'memory': '50MB'}, {'wait': '100ms'}, {'respond': '100KB'}]}}},"
    " 'run': {'duration': '100s', 'warmup': '0s'}}";

static const double SECONDS = 100, VISITS = 1800, MACHINES = 3;

static void expect(const struct running *running, const char *key, double top, double bottom) {
  const struct component *web = plan_component(running->plan, "web");
  const struct metric_raw *raw = &running->sim.metrics.components[web->number][metric_find(web->model, key)];
  cr_expect_float_eq(raw->top, top * 1e9, 0.006 * top * 1e9, "%s: %g, and by hand %g", key, raw->top / 1e9,
                     top);
  cr_expect_float_eq(raw->bottom, bottom * 1e9, 1e-9 * bottom * 1e9, "%s, below: %g, and by hand %g", key,
                     raw->bottom / 1e9, bottom);
}

// In seconds; but for the last requests, which are not through by the end.
Test(metric_machines, what_they_do_is_added_up) {
  struct running running;
  running_run(&running, NULL, "%s", three);
  double time = MACHINES * SECONDS;
  expect(&running, "utilization.cpu.mean", VISITS * 0.03, 2 * time);
  expect(&running, "utilization.cpu.own", VISITS * 0.03, 2 * time);
  expect(&running, "utilization.disk", VISITS * 2 / 100, time);
  expect(&running, "utilization.nic", VISITS * 100e3 / 10e6, time);
  expect(&running, "utilization.nic_in", VISITS * 20e3 / 10e6, time);
  expect(&running, "utilization.memory", VISITS * 50e6 * 0.1, 1e9 * time);
  const struct component *web = plan_component(running.plan, "web");
  const struct metric_raw *raw = running.sim.metrics.components[web->number];
  size_t hottest = metric_find(web->model, "utilization.cpu.hottest");
  cr_expect_float_eq(raw[hottest].top, VISITS * 0.03 / (2 * time), 0.001, "%g", raw[hottest].top);
  running_drop(&running);
}

// One is taken away, and the others do it all.
Test(metric_machines, those_that_are_gone_are_not_there) {
  struct running running;
  char text[2000];
  snprintf(text, sizeof text, "%.*s, 'timeline': [{'at': '50.4s', 'scale': 'web', 'to': 2}]}",
           (int)strlen(three) - 1, three);
  running_run(&running, NULL, "%s", text);
  double time = MACHINES * 50.4 + (MACHINES - 1) * (SECONDS - 50.4);
  expect(&running, "utilization.cpu.mean", VISITS * 0.03, 2 * time);
  expect(&running, "utilization.disk", VISITS * 2 / 100, time);
  running_drop(&running);
}

// At the same instant: the two cores of each machine leave one of its three waiting.
Test(metric_machines, their_queues_are_added_up) {
  struct running running;
  running_run(
      &running, NULL,
      "{'network': 'none', 'clients': {'c': {'arrivals': {'constant': {'rate': '2/s'}}, 'batch': 9, "
      "'entry': 'web'}}, 'machines': {'m': {'cores': 2, 'discipline': 'fcfs'}}, 'components': {'web': {"
      "'type': 'server', 'machine': 'm', 'instances': 3, 'handles': {'*': [{'cpu': '30ms'}]}}},"
      "'run': {'duration': '100s', 'warmup': '0s'}}");
  expect(&running, "queue.mean", VISITS / 3 * 0.03, 0);
  const struct component *web = plan_component(running.plan, "web");
  cr_expect_eq(running.sim.metrics.components[web->number][metric_find(web->model, "queue.max")].top, 1);
  running_drop(&running);
}

// A disk that nothing limits is not there to be used.
Test(metric_machines, whatever_limits_a_disk_makes_it_one) {
  static const struct {
    const char *disk;
    bool is_one;
  } cases[] = {{"100, 'depth': 'unlimited', 'bandwidth': 'unlimited'", true},
               {"'unlimited', 'depth': 4, 'bandwidth': 'unlimited'", true},
               {"'unlimited', 'depth': 'unlimited', 'bandwidth': '1Gbps'", true},
               {"'unlimited', 'depth': 'unlimited', 'bandwidth': 'unlimited'", false}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running running;
    running_run(
        &running, NULL,
        "{'network': 'none', 'clients': {'c': {'arrivals': {'constant': {'rate': '2/s'}}, 'entry': "
        "'web'}}, 'machines': {'m': {'disk': {'iops': %s}}}, 'components': {'web': {'type': 'server', "
        "'machine': 'm', 'handles': {'*': [{'disk': 1}]}}}, 'run': {'duration': '10s', 'warmup': "
        "'0s'}}",
        cases[i].disk);
    const struct component *web = plan_component(running.plan, "web");
    size_t row = metric_find(web->model, "utilization.disk");
    double there = running.sim.metrics.components[web->number][row].bottom;
    cr_expect_eq(there, cases[i].is_one ? 10e9 : 0, "%s: %g", cases[i].disk, there);
    running_drop(&running);
  }
}
