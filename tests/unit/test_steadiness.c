// Evidence against a steady state, from runs of systems that have one and of others that do not.
#include "experimenting.h"

#include <stdio.h>

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'requests': %d, 'seed': %d, 'warmup': '%s', 'window': '100ms', "
    "'replications': %d },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '%d/s' } }, 'entry': 'station' %s } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one' %s,\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }";

struct system {
  int requests, seed;
  const char *warmup;
  int replications, rate;
  const char *clients, *station;
};

static struct experimenting e;

static void run(const struct system *s) {
  static char text[2048];
  snprintf(text, sizeof text, scenario, s->requests, s->seed, s->warmup, s->replications, s->rate,
           s->clients != NULL ? s->clients : "", s->station != NULL ? s->station : "");
  experimenting_run(&e, text);
}

Test(steadiness, an_overloaded_station_is_known_beforehand) {
  run(&(struct system){2000, 1, "1s", 3, 120, NULL, NULL});
  cr_assert(e.experiment.no_steady_state);
  cr_assert(strstr(e.experiment.unsteady, "`station` is offered 1.2 times") != NULL, "%s",
            e.experiment.unsteady);
  const cJSON *root = experimenting_json(&e);
  cr_assert_str_eq(experimenting_at(root, "simulated/steady_state")->valuestring, "none");
  cr_assert_str_eq(experimenting_at(root, "warnings/0")->valuestring, e.experiment.unsteady);
  const cJSON *mean = experimenting_at(root, "requests/all/latency_s/mean");
  cr_assert(cJSON_IsArray(experimenting_at(mean, "ci95")));
  cr_assert(strstr(experimenting_at(mean, "method")->valuestring, "no steady state") != NULL);
  mean = experimenting_at(root, "components/station/sojourn_s/mean");
  cr_assert(strstr(experimenting_at(mean, "method")->valuestring, "no steady state") != NULL);
  experimenting_drop(&e);
}

// Where visits are turned away, give up or are asked for again, the plan does not say what load remains.
Test(steadiness, a_load_above_one_proves_nothing_where_visits_do_not_stay) {
  static const struct system systems[] = {
      {20000, 1, "50s", 3, 120, NULL, ", 'workers': 1, 'backlog': 20"},
      {20000, 1, "50s", 3, 120, NULL, ", 'workers': 1, 'patience': { 'exponential': { 'mean': '50ms' } }"},
      {20000, 1, "50s", 3, 120, ", 'timeout': '100ms', 'on_timeout': 'cancel'", NULL}};
  for (int i = 0; i < 3; i++) {
    run(&systems[i]);
    cr_assert_null(e.experiment.unsteady, "%d: %s", i, e.experiment.unsteady);
    cr_assert_str_eq(experimenting_at(experimenting_json(&e), "simulated/steady_state")->valuestring, "yes");
    experimenting_drop(&e);
  }
}

// Retries, which may come or not, leave the load in doubt; growth is seen after the fact, though the drain's
// length, and so that of the windows, differs between the replications.
Test(steadiness, growth_is_seen_where_the_plan_does_not_tell) {
  run(&(struct system){20000, 1, "1s", 5, 130, ", 'retries': { 'max': 1 }", NULL});
  cr_assert(e.experiment.no_steady_state, "%s", e.experiment.unsteady);
  cr_assert(strstr(e.experiment.unsteady, "goes on growing") != NULL, "%s", e.experiment.unsteady);
  experimenting_drop(&e);
}

// From empty at a load of 0.95 without any warm-up. One replication tells little of it, many do.
Test(steadiness, a_beginning_that_was_not_cut_is_seen) {
  for (int seed = 1; seed <= 3; seed++) {
    run(&(struct system){1500, seed, "0s", 150, 95, NULL, NULL});
    cr_assert_not_null(e.experiment.unsteady);
    experimenting_drop(&e);
  }
}

// At a level of 0.001 for each of two tests, two of 100 healthy experiments are too many.
Test(steadiness, a_healthy_queue_is_rarely_suspected) {
  int suspected = 0;
  for (int seed = 1; seed <= 100; seed++) {
    run(&(struct system){5000, seed, "20s", 5, 70, NULL, NULL});
    suspected += e.experiment.unsteady != NULL;
    experimenting_drop(&e);
  }
  cr_assert_leq(suspected, 2, "%d of 100", suspected);
}
