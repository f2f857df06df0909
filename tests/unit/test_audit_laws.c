// Laws: which are compared where, that a right run is usual, and that a wrong one is not.
#include "experimenting.h"
#include "metric_table.h"

#include <stdio.h>

static struct experimenting e;

static const char *const stations[] = {
    // M/M/1 in a row with M/M/2: Burke, Jackson
    "{ 'network': 'none', 'run': { 'requests': 20000, 'warmup': '20s', 'replications': 8 },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'first' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' }, 'two': { 'cores': 2, 'discipline': 'fcfs' } "
    "},\n"
    "  'components': {\n"
    "    'first': { 'type': 'server', 'on': 'one', 'handles': { '*': [\n"
    "      { 'cpu': { 'exponential': { 'mean': '10ms' } } }, { 'call': 'second' } ] } },\n"
    "    'second': { 'type': 'server', 'on': 'two', 'handles': { '*': [\n"
    "      { 'cpu': { 'exponential': { 'mean': '20ms' } } } ] } } } }",
    // a closed network of two stations
    "{ 'network': 'none', 'run': { 'requests': 20000, 'warmup': '20s', 'replications': 8 },\n"
    "  'clients': { 'staff': { 'arrivals': { 'closed': { 'users': 12, 'think': { 'exponential': { 'mean': "
    "'100ms' } } } }, 'entry': 'web' } },\n"
    "  'hosts': { 'one': { 'cores': 1 }, 'two': { 'cores': 2, 'discipline': 'fcfs' } },\n"
    "  'components': {\n"
    "    'web': { 'type': 'server', 'on': 'one', 'handles': { '*': [\n"
    "      { 'cpu': { 'exponential': { 'mean': '10ms' } } }, { 'call': 'db' } ] } },\n"
    "    'db': { 'type': 'server', 'on': 'two', 'handles': { '*': [\n"
    "      { 'cpu': { 'exponential': { 'mean': '15ms' } } } ] } } } }",
    // exponential patience
    "{ 'network': 'none', 'run': { 'requests': 20000, 'warmup': '20s', 'replications': 8 },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '110/s' } }, 'entry': 'desk' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'desk': { 'type': 'server', 'workers': 1, 'on': 'one',\n"
    "    'patience': { 'exponential': { 'mean': '50ms' } },\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }"};

static const struct audit_law *find(const char *law, const char *where) {
  for (size_t i = 0; i < e.results.laws.count; i++) {
    const struct audit_law *found = &e.results.laws.laws[i];
    if (strstr(found->law, law) != NULL && strcmp(found->where, where) == 0) return found;
  }
  return NULL;
}

static void expect_usual(const char *law, const char *where, double expected, double tolerance) {
  const struct audit_law *found = find(law, where);
  cr_assert_not_null(found, "%s at %s", law, where);
  cr_assert(found->verdict == AUDIT_USUAL, "%s: expected %g, observed %g, z %g", law, found->expected,
            found->observed, found->z);
  cr_assert(found->expected > expected * (1 - tolerance) && found->expected < expected * (1 + tolerance),
            "%s at %s: %.9g", law, where, found->expected);
}

Test(audit_laws, stations_in_a_row) {
  experimenting_run(&e, stations[0]);
  expect_usual("Poisson arrival rate", "jobs", 60, 1e-9);
  expect_usual("M/M/1 mean residence", "first", 0.025, 1e-9); // 1 / (100 - 60)
  // M/M/2 at 0.6: 1 / (mu (1 - rho^2))
  expect_usual("M/M/2 mean residence", "second", 0.02 / (1 - 0.36), 1e-9);
  expect_usual("utilization", "first", 0.6, 1e-9);
  expect_usual("utilization", "second", 0.6, 1e-9);
  cr_assert_not_null(find("Little", "second"));
  experimenting_drop(&e);
}

// Twelve users: mean value analysis over one processor-sharing core and two fcfs ones, by the recursion on
// the probabilities of the second, written out.
static double throughput_of_closed(double *web_residence) {
  double inside = 0, rate = 0;
  double spread[2][64] = {{0}}; // of the number at the second station, for one user less and for these
  spread[0][0] = 1;
  for (int n = 1; n <= 12; n++) {
    double web = 0.01 * (1 + inside);
    double db = 0;
    const double *before = spread[(n - 1) % 2];
    double *after = spread[n % 2];
    for (int j = 1; j <= n; j++) db += j * 0.015 / (j < 2 ? j : 2) * before[j - 1];
    rate = n / (0.1 + web + db);
    double others = 0;
    for (int j = 1; j <= n; j++) others += after[j] = rate * 0.015 / (j < 2 ? j : 2) * before[j - 1];
    after[0] = 1 - others;
    inside = rate * web;
    *web_residence = web;
  }
  return rate;
}

Test(audit_laws, a_closed_network) {
  double web = 0;
  double rate = throughput_of_closed(&web);
  experimenting_run(&e, stations[1]);
  expect_usual("closed network (product form) throughput", "staff", rate, 1e-6);
  expect_usual("MVA mean residence", "web", web, 1e-6);
  expect_usual("utilization", "web", rate * 0.01, 1e-6);
  expect_usual("utilization", "db", rate * 0.015 / 2, 1e-6);
  experimenting_drop(&e);
}

// M/M/1+M by its birth and death chain: death rates mu + k theta.
Test(audit_laws, exponential_patience) {
  double probability = 1, all = 1, waiting = 0;
  for (int n = 1; n < 200; n++) {
    probability *= 110 / (100 + (n - 1) * 20.0);
    all += probability;
    waiting += (n - 1) * probability;
  }
  experimenting_run(&e, stations[2]);
  expect_usual("M/M/1+M share lost", "desk", 20 * waiting / all / 110, 1e-6);
  expect_usual("M/M/1+M mean wait", "desk", waiting / all / 110, 1e-6);
  experimenting_drop(&e);
}

// A run that does not do what the plan says is found out: its service times, as it measured them, doubled.
Test(audit_laws, a_wrong_run_is_unusual) {
  experimenting_run(&e, stations[0]);
  for (size_t i = 0; i < e.experiment.count; i++) {
    const struct component_kept *kept = &e.experiment.replications[i]->components[0];
    kept->rows[metric_find(NULL, "residence_s")].times->sum *= 2;
  }
  results_gather(&e.results, &e.subject, &e.experiment, &e.arena);
  cr_assert_eq(find("M/M/1 mean residence", "first")->verdict, AUDIT_UNUSUAL);
  cr_assert_eq(find("M/M/2 mean residence", "second")->verdict, AUDIT_USUAL);
  experimenting_drop(&e);
}

// Nothing is claimed of retries, nor of what changes, nor without a steady state.
Test(audit_laws, silent_where_nothing_is_proved) {
  experimenting_run(&e,
                    "{ 'network': 'none', 'run': { 'requests': 3000, 'warmup': '1s', 'replications': 3 },\n"
                    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': "
                    "'station', 'timeout': '20ms', 'on_timeout': 'cancel', 'retries': { 'max': 1 } } },\n"
                    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
                    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
                    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }");
  cr_assert_null(find("utilization", "station"));
  cr_assert_null(find("mean residence", "station"));
  cr_assert_not_null(find("Little", "station"));
  experimenting_drop(&e);
}

// Hedged calls whose loser is cancelled: nobody queues, yet many visits do not stay as long as the plan says.
Test(audit_laws, cancelled_copies_are_not_judged) {
  experimenting_run(
      &e, "{ 'network': 'none', 'run': { 'requests': 5000, 'warmup': '1s', 'replications': 5 },\n"
          "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '60/s' } }, 'entry': 'web' } },\n"
          "  'components': { 'web': { 'type': 'server', 'handles': { '*': [ { 'call': 'replica',\n"
          "    'hedge': { 'after': '10ms', 'cancel': true } } ] } },\n"
          "    'replica': { 'type': 'server', 'instances': 2, 'handles': { '*': [\n"
          "      { 'wait': { 'exponential': { 'mean': '20ms' } } } ] } } } }");
  cr_assert_null(find("mean residence", "replica"));
  experimenting_drop(&e);
}

struct breaking {
  const char *steps; // of `web`, between two that compute
  const char *low;   // the component that is called
  const char *where; // whose load is not what the plan adds up
};

// What comes after a call that fails does not happen, or something else does: nothing is claimed of that
// load. Of calls that always succeed it is.
Test(audit_laws, what_depends_on_the_success_of_a_call_is_not_judged) {
  static const struct breaking cases[] = {
      {"{'call': 'low'}", "'workers': 1, 'backlog': 1, 'handles': {'*': [{'cpu': '15ms'}]}", "web"},
      {"{'call': 'low'}", "'handles': {'*': [{'cpu': '5ms'}, {'fail': 0.3}]}", "web"},
      {"{'call': 'low', 'timeout': '6ms'}", "'handles': {'*': [{'cpu': '5ms'}]}", "web"},
      {"{'call': 'low', 'fallback': [{'cpu': '5ms'}]}", "'handles': {'*': [{'cpu': '5ms'}, {'fail': 0.3}]}",
       "web"},
      {"{'choose': [[0.5, [{'fail': 1}]], [0.5, []]]}", "'handles': {'*': []}", "web"},
      {"{'parallel': [[{'call': 'low'}], [{'wait': '1ms'}]], 'wait_for': 'any', 'cancel': true}",
       "'handles': {'*': [{'cpu': '5ms'}]}", "low"},
      {"{'call': 'low'}", "'handles': {'*': [{'cpu': '5ms'}]}", NULL},
      {"{'fail': 0.3}, {'call': 'low'}", "'handles': {'*': [{'cpu': '5ms'}]}", NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[1024];
    snprintf(text, sizeof text,
             "{'network': 'none', 'run': {'requests': 3000, 'warmup': '1s', 'replications': 4}, "
             "'clients': {'jobs': {'arrivals': {'poisson': {'rate': '40/s'}}, 'entry': 'web'}}, "
             "'machines': {'m': {'cores': 1}}, "
             "'components': {'web': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'cpu': '1ms'}, %s, "
             "{'cpu': '5ms'}]}}, 'low': {'type': 'server', 'machine': 'm', %s}}}",
             cases[i].steps, cases[i].low);
    experimenting_run(&e, text);
    if (cases[i].where != NULL) {
      cr_expect_null(find("utilization", cases[i].where), "%s", cases[i].steps);
    } else {
      cr_assert_not_null(find("utilization", "web"), "%s", cases[i].steps);
      cr_expect_eq(find("utilization", "web")->verdict, AUDIT_USUAL);
    }
    experimenting_drop(&e);
  }
}
