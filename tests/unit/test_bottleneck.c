// What holds a system back, and in which words.
#include "experimenting.h"

static struct experimenting e;

static struct bottleneck of(const char *server, const char *rate) {
  char text[1024];
  snprintf(text, sizeof text,
           "{ 'network': 'none', 'run': { 'requests': 20000, 'warmup': '5s', 'replications': 2 },\n"
           "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '%s' } }, 'entry': 'station' } },\n"
           "  'hosts': { 'one': { 'cores': 2 } },\n"
           "  'components': { 'station': { 'type': 'server', 'on': 'one'%s,\n"
           "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }",
           rate, server);
  experimenting_run(&e, text);
  return e.results.bottleneck;
}

static void expect(const char *server, const char *rate, const char *resource, const char *word) {
  struct bottleneck found = of(server, rate);
  cr_assert_str_eq(found.component, "station");
  cr_assert_str_eq(found.resource, resource, "%s: %s", server, found.why);
  cr_assert(strstr(found.why, word) != NULL, "%s: %s", server, found.why);
  experimenting_drop(&e);
}

Test(bottleneck, a_loss_system_lacks_workers_not_cores) {
  expect(", 'workers': 2, 'backlog': 0", "150/s", "workers", "turns away");
  expect(", 'workers': 2, 'backlog': 3", "190/s", "workers", "backlog is full");
  expect("", "150/s", "cpu", "the busiest");
  // Cores that are full turn away with however many workers: half of 400/s.
  expect(", 'workers': 20, 'backlog': 20", "400/s", "cpu", "station turns away");
}

// A queue at a load of 0.99 is idle now and then; one at 1.5 never was.
Test(bottleneck, never_means_never) {
  expect("", "198/s", "cpu", "hardly ever idle");
  expect("", "300/s", "cpu", "never idle");
}

// Slots of a worker that have always a job cost its visits nothing, for jobs wait in the queue; they leave no
// room for all that.
Test(bottleneck, who_is_full_has_no_room_left) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '20s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '150/s' } }, 'mix': { 'job': 1 },\n"
          "    'entry': 'line' } },\n"
          "  'components': { 'line': { 'type': 'queue' },\n"
          "    'painter': { 'type': 'worker', 'consumes': 'line', 'workers': 1,\n"
          "      'handles': { 'job': [ { 'wait': '10ms' } ] } } } }");
  struct bottleneck found = e.results.bottleneck;
  cr_assert_str_eq(found.component, "painter");
  cr_assert_str_eq(found.resource, "workers");
  cr_expect(strstr(found.why, "idle") != NULL, "%s", found.why);
  cr_expect(strstr(found.why, "room") == NULL, "%s", found.why);
  experimenting_drop(&e);
}

// Sixteen slots, each busy for 200 ms a job: the cores are at 0.94 then, and jobs wait in their queue.
Test(bottleneck, who_has_no_slot_free_has_no_room_left) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '20s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '100/s' } }, 'mix': { 'job': 1 },\n"
          "    'entry': 'line' } },\n"
          "  'machines': { 'm': { 'cores': 4, 'discipline': 'fcfs' } },\n"
          "  'components': { 'line': { 'type': 'queue' },\n"
          "    'painter': { 'type': 'worker', 'machine': 'm', 'consumes': 'line', 'workers': 16,\n"
          "      'handles': { 'job': [ { 'cpu': '47ms' }, { 'wait': '152ms' } ] } } } }");
  struct bottleneck found = e.results.bottleneck;
  cr_expect_str_eq(found.resource, "cpu");
  cr_expect_float_eq(found.utilization, 0.94, 0.01);
  cr_expect_str_eq(found.why, "the busiest: its workers are hardly ever free");
  experimenting_drop(&e);
}

// At 60/s the cores are busy for 0.3 of the time; then half as much again comes as they can do, for a fifth
// of the time. All workers are taken meanwhile, for want of cores.
Test(bottleneck, a_crowd_that_comes_and_goes) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '100s', 'warmup': '0s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'web',\n"
          "    'shape': { 'spike': { 'at': '40s', 'factor': 5, 'rise': '1s', 'hold': '20s', 'fall': '1s' } } "
          "} },\n"
          "  'hosts': { 'one': { 'cores': 2 } },\n"
          "  'components': { 'web': { 'type': 'server', 'on': 'one', 'workers': 32, 'backlog': 32,\n"
          "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }");
  struct bottleneck found = e.results.bottleneck;
  cr_expect_str_eq(found.resource, "cpu", "%s", found.why);
  cr_expect(strstr(found.why, "web turns away") != NULL, "%s", found.why);
  experimenting_drop(&e);
}

Test(bottleneck, what_nobody_uses_is_none) {
  cr_expect_null(of(", 'instances': 0", "150/s").component);
  experimenting_drop(&e);
}

// One component on a machine, with what is full there.
static void fills(const char *machine, const char *steps, const char *rate, const char *resource,
                  const char *word) {
  char text[1024];
  snprintf(text, sizeof text,
           "{ 'run': { 'duration': '40s', 'warmup': '5s', 'replications': 2 },\n"
           "  'requests': { 'view': { 'size': '100KB' } },\n"
           "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '%s' } }, 'mix': { 'view': 1 },\n"
           "    'entry': 'web' } },\n"
           "  'machines': { 'm': { 'cores': 2, %s } },\n"
           "  'components': { 'web': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ %s ] } } } }",
           rate, machine, steps);
  experimenting_run(&e, text);
  cr_expect_str_eq(e.results.bottleneck.resource, resource, "%s: %s", machine, e.results.bottleneck.why);
  cr_expect(strstr(e.results.bottleneck.why, word) != NULL, "%s: %s", machine, e.results.bottleneck.why);
}

// 45 × 250 KB are 90% of 100 Mbps, and 110 × 100 KB 88%; 45 × 2 operations 90% of 100; 45 × 36 ms 81% of two
// cores, where 45 operations are 45%.
Test(bottleneck, disks_and_interfaces_are_resources) {
  fills("'nic': '100Mbps'", "{ 'cpu': '2ms' }, { 'respond': '250KB' }", "45/s", "nic", "% of the time");
  cr_expect(strstr(e.results.bottleneck.why, "mostly answers to `view`") != NULL, "%s",
            e.results.bottleneck.why);
  cr_expect_float_eq(e.results.bottleneck.utilization, 0.9, 0.06);
  experimenting_drop(&e);
  fills("'nic': '100Mbps'", "{ 'cpu': '2ms' }, { 'respond': '1KB' }", "110/s", "nic_in",
        "mostly requests `view`");
  cr_expect_float_eq(e.results.bottleneck.utilization, 0.88, 0.04);
  experimenting_drop(&e);
  fills("'disk': { 'iops': 100 }", "{ 'cpu': '2ms' }, { 'disk': 2 }", "45/s", "disk", "the busiest");
  cr_expect_float_eq(e.results.bottleneck.utilization, 0.9, 0.06);
  experimenting_drop(&e);
  fills("'disk': { 'iops': 100 }, 'nic': '1Gbps'", "{ 'cpu': '36ms' }, { 'disk': 1 }", "45/s", "cpu",
        "the busiest");
  experimenting_drop(&e);
}

// Two servers could send 100 Mbps each, their balancer can for both: 90 × 125 KB.
Test(bottleneck, answers_fill_the_interface_of_their_balancer) {
  experimenting_run(
      &e, "{ 'run': { 'duration': '40s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '90/s' } }, 'entry': 'front' } },\n"
          "  'machines': { 'm': { 'cores': 2, 'nic': '100Mbps' } },\n"
          "  'components': { 'front': { 'type': 'load-balancer', 'machine': 'm', 'targets': ['web'] },\n"
          "    'web': { 'type': 'server', 'machine': 'm', 'instances': 2,\n"
          "      'handles': { '*': [ { 'cpu': '2ms' }, { 'respond': '125KB' } ] } } } }");
  struct bottleneck found = e.results.bottleneck;
  cr_expect_str_eq(found.component, "front");
  cr_expect(strncmp(found.resource, "nic", 3) == 0, "%s", found.resource);
  cr_expect(strstr(found.why, "mostly answers to") != NULL, "%s", found.why);
  cr_expect_float_eq(found.utilization, 0.9, 0.06, "%g", found.utilization);
  experimenting_drop(&e);
}

// A device of 10,000 operations a second is hardly touched by 90, of which each needs one of two places for
// 20 ms: 90%. An interface whose answers queue up has no room left, though its visits end at once.
Test(bottleneck, a_disk_is_as_full_as_its_queue_and_an_interface_as_its_transfers) {
  fills("'disk': { 'iops': 10000, 'latency': '20ms', 'depth': 2 }", "{ 'cpu': '2ms' }, { 'disk': 1 }", "90/s",
        "disk", "the busiest");
  cr_expect_float_eq(e.results.bottleneck.utilization, 0.9, 0.02);
  experimenting_drop(&e);
  fills("'nic': '100Mbps'", "{ 'cpu': '2ms' }, { 'respond': '250KB' }", "45/s", "nic",
        "slow each other down");
  cr_expect_null(strstr(e.results.bottleneck.why, "room left"), "%s", e.results.bottleneck.why);
  experimenting_drop(&e);
  fills("'nic': '100Mbps'", "{ 'cpu': '2ms' }, { 'respond': '250KB' }", "60/s", "nic", "pile up");
  experimenting_drop(&e);
}

// A hundred requests inside hold 10 MB each, on 0.95 GB; on half of that, processes end.
Test(bottleneck, a_machine_that_swaps_comes_first) {
  static const char steps[] = "{ 'memory': '10MB' }, { 'wait': '1s' }, { 'cpu': '1ms' }";
  fills("'memory': '950MB'", steps, "100/s", "memory", "swap");
  cr_expect_gt(e.results.bottleneck.utilization, 1);
  cr_expect_float_eq(e.results.bottleneck.utilization, 1000.0 / 950, 0.1, "%g",
                     e.results.bottleneck.utilization);
  experimenting_drop(&e);
  fills("'memory': '450MB'", steps, "100/s", "memory", "for want of memory");
  experimenting_drop(&e);
}

// What passes on purpose is no sign of a full processor.
Test(bottleneck, waiting_on_purpose_stretches_nothing) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'requests': 5000, 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '10/s' } }, 'entry': 'web' } },\n"
          "  'hosts': { 'one': { 'cores': 2 } },\n"
          "  'components': { 'web': { 'type': 'server', 'on': 'one',\n"
          "    'handles': { '*': [ { 'cpu': '5ms' }, { 'wait': '50ms' } ] } } } }");
  cr_expect_null(strstr(e.results.bottleneck.why, "as they would alone"), "%s", e.results.bottleneck.why);
  experimenting_drop(&e);
}

static double mean_own(const char *name) {
  double sum = 0;
  for (uint16_t c = 0; c < e.experiment.plan->component_count; c++) {
    struct component_scope scope;
    if (strcmp(e.experiment.plan->components[c].name, name) != 0) continue;
    component_scope_open(&scope, &e.experiment, c);
    struct part part = part_named(scope.model, "utilization.cpu.own");
    for (size_t i = 0; i < scope.count; i++)
      sum += component_scope_value(&scope, i, part) / (double)scope.count;
    component_scope_close(&scope);
  }
  return sum;
}

// Two that share a host: what cores do for each is known by its work, the disk's apart. 40/s of 10 ms and 20
// ms on four cores.
Test(bottleneck, the_disk_is_no_core) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '500s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '40/s' } }, 'entry': 'web' } },\n"
          "  'hosts': { 'one': { 'cores': 4, 'disk': { 'iops': 1000, 'latency': '3ms' } } },\n"
          "  'components': { 'web': { 'type': 'server', 'on': 'one',\n"
          "    'handles': { '*': [ { 'cpu': '10ms' }, { 'disk': 5 }, { 'call': 'db' } ] } },\n"
          "    'db': { 'type': 'server', 'on': 'one', 'handles': { '*': [ { 'cpu': '20ms' }, { 'disk': 2 } ] "
          "} } } }");
  double web = mean_own("web"), db = mean_own("db");
  cr_expect_float_eq(web, 0.1, 0.001, "%g", web);
  cr_expect_float_eq(db, 0.2, 0.001, "%g", db);
  experimenting_drop(&e);
}

// Both arrive at once every 20 ms and take 5 ms: one of two waits, for 5 ms. What those who wait wait is what
// is told, not what all of them do on average; sharing the core, both take twice as long.
Test(bottleneck, the_price_is_paid_by_those_who_wait) {
  static const char *const disciplines[] = {"fcfs", "ps"};
  static const char *const prices[] = {"50.0% of its visits wait, 5.00 ms on average",
                                       "its visits take 2.0 times as long as they would alone"};
  for (int i = 0; i < 2; i++) {
    char text[1024];
    snprintf(text, sizeof text,
             "{ 'network': 'none', 'run': { 'duration': '100s', 'warmup': '5s', 'replications': 2 },\n"
             "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '50/s' } }, 'batch': 2,\n"
             "    'entry': 'station' } },\n"
             "  'hosts': { 'one': { 'cores': 1, 'discipline': '%s' } },\n"
             "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
             "    'handles': { '*': [ { 'cpu': '5ms' } ] } } } }",
             disciplines[i]);
    experimenting_run(&e, text);
    cr_expect(strstr(e.results.bottleneck.why, prices[i]) != NULL, "%s", e.results.bottleneck.why);
    cr_expect_float_eq(e.results.bottleneck.utilization, 0.5, 0.001);
    experimenting_drop(&e);
  }
}

// Of two that share a host it is the one whose cores do more, wherever it stands in the alphabet; a host that
// is used by one alone is not called shared.
Test(bottleneck, who_shares_a_host_is_told_apart) {
  for (int i = 0; i < 3; i++) {
    char text[1024];
    snprintf(text, sizeof text,
             "{ 'network': 'none', 'run': { 'duration': '100s', 'warmup': '5s', 'replications': 2 },\n"
             "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '40/s' } }, 'entry': 'a' } },\n"
             "  'hosts': { 'one': { 'cores': 2 }, 'two': { 'cores': 64 } },\n"
             "  'components': { 'a': { 'type': 'server', 'on': 'one',\n"
             "      'handles': { '*': [ { 'cpu': '%dms' }, { 'call': 'b' } ] } },\n"
             "    'b': { 'type': 'server', 'on': '%s', 'handles': { '*': [ { 'cpu': '%dms' } ] } } } }",
             i == 0 ? 5 : 20, i == 2 ? "two" : "one", i == 0 ? 20 : 5);
    experimenting_run(&e, text);
    cr_expect_str_eq(e.results.bottleneck.component, i == 0 ? "b" : "a");
    cr_expect_str_eq(e.results.bottleneck.resource, "cpu");
    cr_expect_eq(strstr(e.results.bottleneck.why, "share the host one") != NULL, i < 2, "%s",
                 e.results.bottleneck.why);
    cr_expect_float_eq(e.results.bottleneck.utilization, i == 2 ? 0.4 : 0.5, 0.005);
    experimenting_drop(&e);
  }
}

// The busiest machine of a fleet counts, not the mean of all: after the death of one of two the other has
// 0.8.
Test(bottleneck, the_hottest_machine_counts) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '200s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '40/s' } }, 'entry': 'db' } },\n"
          "  'machines': { 'm': { 'cores': 1 } },\n"
          "  'components': { 'db': { 'type': 'server', 'machine': 'm', 'instances': 2,\n"
          "    'handles': { '*': [ { 'cpu': '20ms' }, { 'call': 'far' } ] } },\n"
          "    'far': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ { 'cpu': '15ms' } ] } } },\n"
          "  'timeline': [ { 'at': '1s', 'fail': 'db/main/1' } ] }");
  cr_expect_str_eq(e.results.bottleneck.component, "db");
  cr_expect_float_eq(e.results.bottleneck.utilization, 0.8, 0.01);
  experimenting_drop(&e);
}

// Four workers of which each is held for 50 ms by a callee that has cores enough: 60 a second hold three.
Test(bottleneck, workers_that_wait_for_others_are_held) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'duration': '200s', 'warmup': '5s', 'replications': 2 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'constant': { 'rate': '60/s' } }, 'entry': 'web' } },\n"
          "  'machines': { 'm': { 'cores': 8 } },\n"
          "  'components': { 'web': { 'type': 'server', 'machine': 'm', 'workers': 4,\n"
          "      'handles': { '*': [ { 'cpu': '1ms' }, { 'call': 'far' } ] } },\n"
          "    'far': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ { 'wait': '50ms' } ] } } } }");
  cr_expect_str_eq(e.results.bottleneck.component, "web");
  cr_expect_str_eq(e.results.bottleneck.resource, "workers");
  cr_expect_float_eq(e.results.bottleneck.utilization, 60 * 0.051 / 4, 0.005);
  cr_expect(strstr(e.results.bottleneck.why, "held while waiting for far, 50.0 ms of a visit") != NULL, "%s",
            e.results.bottleneck.why);
  experimenting_drop(&e);
}

// ---- What is behind a pool -------------------------------------------------------------------------------

// Clients that wait for their answers ask `web` as fast as these come; all components stand on machines of
// their own, of type m (8 cores) or as they say.
static void runs(const char *clients, const char *components) {
  char text[2048];
  snprintf(
      text, sizeof text,
      "{ 'network': 'none', 'run': { 'duration': '100s', 'warmup': '5s', 'replications': 2 },\n"
      "  'datasets': { 'items': { 'items': 100000 } },\n"
      "  'machines': { 'm': { 'cores': 8 }, 'one': { 'cores': 1 },\n"
      "    'shared': { 'cores': 1, 'discipline': 'ps' }, 'slow': { 'cores': 8, 'disk': { 'iops': 100 } },\n"
      "    'far': { 'cores': 8, 'disk': { 'latency': '20ms' } } },\n"
      "  'clients': { %s },\n  'components': { %s } }",
      clients, components);
  experimenting_run(&e, text);
}

static const char people[] = "'people': { 'arrivals': { 'closed': { 'users': 40, 'think': '1ms' } },"
                             "  'entry': 'web' }";

static void limits(const char *component, const char *resource, double least, double most,
                   const char *words) {
  const struct bottleneck *found = &e.results.bottleneck;
  cr_expect_str_eq(found->component, component, "%s: %s", found->resource, found->why);
  cr_expect_str_eq(found->resource, resource, "%s", found->why);
  cr_expect(found->utilization >= least && found->utilization <= most, "%g", found->utilization);
  cr_expect(strstr(found->why, words) != NULL, "%s", found->why);
  experimenting_drop(&e);
}

// Four connections and one core, which is shared evenly: each query takes four times as long as it would
// alone, and that is why others wait for a connection.
Test(bottleneck, cores_behind_few_connections) {
  runs("'people': { 'arrivals': { 'constant': { 'rate': '200/s' } }, 'entry': 'web' }",
       "'web': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ { 'read': 'items', 'from': 'db' } ] } "
       "},"
       "'db': { 'type': 'database', 'holds': ['items'], 'machine': 'shared', 'connections': 4,"
       "  'read': { 'cpu': '10ms' } }");
  limits("db", "cpu", 0.999, 1,
         "its visits take 4.0 times as long as they would alone, once its connections");
}

// Two connections, each held for 20 ms of latency and 1 ms on one of eight cores: these have room.
Test(bottleneck, connections_alone_where_what_is_behind_has_room) {
  runs(people, "'web': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ { 'read': 'items', 'from': "
               "'db' } ] } },"
               "'db': { 'type': 'database', 'holds': ['items'], 'machine': 'far', 'connections': 2, 'read': "
               "{ 'cpu': '1ms', 'disk': 1 } }");
  limits("db", "connections", 0.999, 1, "its connections were never idle");
}

// Three workers compute 7 ms on cores of their own and 10 ms on the one of their callee, which is idle while
// all three do the first: a repairman of three machines, n of them broken with a probability in proportion to
// 3! / (3 - n)! (10 / 7)^n, so 0.971 of the time some are.
Test(bottleneck, workers_are_held_by_the_cores_of_their_callee) {
  runs(people,
       "'web': { 'type': 'server', 'machine': 'm', 'workers': 3,"
       "  'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '7ms' } } }, { 'call': 'db' } ] } },"
       "'db': { 'type': 'server', 'machine': 'one',"
       "  'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } }");
  limits("db", "cpu", 0.961, 0.981, "the workers of web are held meanwhile");
}

// The same with a quarter of the work there: both have room, and three workers are too few.
Test(bottleneck, workers_are_too_few_where_their_callee_has_room) {
  runs(people, "'web': { 'type': 'server', 'machine': 'm', 'workers': 3, 'handles': { '*': ["
               "  { 'cpu': { 'exponential': { 'mean': '7ms' } } }, { 'call': 'balancer' } ] } },"
               "'balancer': { 'type': 'load-balancer', 'targets': ['db'] },"
               "'db': { 'type': 'server', 'machine': 'one', 'instances': 4,"
               "  'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } }");
  limits("web", "workers", 0.99, 1, "held while waiting for db");
}

// Three connections at a disk of a hundred operations a second, behind two pools whose own cores are idle.
Test(bottleneck, a_disk_at_the_end_of_a_chain_of_three) {
  runs(people, "'web': { 'type': 'server', 'machine': 'm', 'workers': 8,"
               "  'handles': { '*': [ { 'cpu': '1ms' }, { 'call': 'balancer' } ] } },"
               "'balancer': { 'type': 'load-balancer', 'targets': ['app'] },"
               "'app': { 'type': 'server', 'machine': 'm', 'workers': 5,"
               "  'handles': { '*': [ { 'cpu': '1ms' }, { 'read': 'items', 'from': 'db' } ] } },"
               "'db': { 'type': 'database', 'holds': ['items'], 'machine': 'slow', 'connections': 3,"
               "  'read': { 'cpu': { 'exponential': { 'mean': '7ms' } }, 'disk': 1 } }");
  // A hundred a second pass three connections, so each is held for 30 ms, where 17.5 would do (10 of the
  // disk's turn, 0.5 of latency, 7 on a core).
  cr_expect(strstr(e.results.bottleneck.why, "1.7 times as long") != NULL, "%s", e.results.bottleneck.why);
  limits("db", "disk", 0.95, 0.995, "the workers of web are held meanwhile");
}

// Nobody waits for what somebody else has filled: web asks `logs` once in a hundred visits.
Test(bottleneck, what_holders_hardly_use_does_not_hold_them) {
  runs("'people': { 'arrivals': { 'closed': { 'users': 40, 'think': '1ms' } }, 'entry': 'web' },"
       "'crowd': { 'arrivals': { 'constant': { 'rate': '93/s' } }, 'entry': 'logs' }",
       "'web': { 'type': 'server', 'machine': 'm', 'workers': 3, 'handles': { '*': ["
       "  { 'wait': '50ms' }, { 'choose': [ [0.01, [ { 'call': 'logs' } ]], [0.99, []] ] } ] } },"
       "'logs': { 'type': 'server', 'machine': 'one', 'handles': { '*': [ { 'cpu': '10ms' } ] } }");
  limits("web", "workers", 0.99, 1, "its workers were never idle");
}

// All is read from the primary, for 0.6 of the time; its replica has nothing to do.
Test(bottleneck, the_hottest_and_the_mean_are_told_apart) {
  runs("'people': { 'arrivals': { 'constant': { 'rate': '60/s' } }, 'entry': 'web' }",
       "'web': { 'type': 'server', 'machine': 'm', 'handles': { '*': [ { 'read': 'items', 'from': 'db' } ] } "
       "},"
       "'db': { 'type': 'database', 'holds': ['items'], 'machine': 'one', 'read': { 'cpu': '10ms' },"
       "  'replication': { 'mode': 'async', 'replicas': { 'main': 1 }, 'reads_from': 'primary' } }");
  limits("db", "cpu", 0.59, 0.61, "hottest instance 60.0%, mean 30.0%");
}
