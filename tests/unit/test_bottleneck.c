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
}

// A queue at a load of 0.99 is idle now and then; one at 1.5 never was.
Test(bottleneck, never_means_never) {
  expect("", "198/s", "cpu", "hardly ever idle");
  expect("", "300/s", "cpu", "never idle");
}
