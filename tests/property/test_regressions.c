// What was once wrong, one small scenario each; the expected numbers are worked out by hand. All runs are
// deterministic, without a network unless it is the subject.
#include "scenario_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>

struct regression {
  struct loaded loaded;
  struct sim sim;
};

static void load(struct regression *regression, const char *text) {
  gsl_set_error_handler_off();
  loaded_text(&regression->loaded, text);
  if (regression->loaded.plan == NULL) diagnostics_print(&regression->loaded.diagnostics, stderr);
  cr_assert_not_null(regression->loaded.plan);
}

// Runs to the end, looking at all ledgers now and then.
static void run(struct regression *regression, const char *text) {
  char fault[RUN_FAULT_BYTES];
  load(regression, text);
  struct sim *sim = &regression->sim;
  struct sim_settings settings = loaded_settings(&regression->loaded);
  cr_assert(sim_init(sim, regression->loaded.plan, &settings));
  while (sim->phase != SIM_OVER) {
    enum engine_outcome outcome = loaded_step(sim, 997);
    cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED, "ended with %d", (int)outcome);
    const char *wrong = run_fault(sim, fault);
    cr_assert_null(wrong, "event %" PRIu64 ": %s", sim->engine.events, wrong);
  }
  const char *wrong = run_end_fault(sim, fault);
  cr_assert_null(wrong, "%s", wrong);
}

static void drop(struct regression *regression) {
  sim_drop(&regression->sim);
  loaded_drop(&regression->loaded);
}

static const struct fleet *fleet_of(const struct regression *regression, const char *name) {
  const struct component *component = plan_component(regression->loaded.plan, name);
  cr_assert_not_null(component);
  return regression->sim.services[component->number].fleets;
}

// Visits that left a component in the window.
static uint64_t visits(const struct regression *regression, const char *name) {
  return fleet_of(regression, name)->measure.sojourn.count;
}

static const struct request_measure *measure(const struct regression *regression) {
  return regression->sim.clients[0].measures;
}

static uint64_t failures(const struct regression *regression) {
  uint64_t sum = 0;
  for (int o = 0; o < OUTCOMES; o++) sum += measure(regression)->failed[o];
  return sum;
}

#define RUN(duration_)                                                                                       \
  "\"network\": \"none\", \"run\": {\"warmup\": \"0s\", \"duration\": \"" duration_ "\"}, "
#define CLIENT(rate_, rest_)                                                                                 \
  "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"" rate_ "\"}}, " rest_ "}}, "
#define SERVER(steps_) "{\"type\": \"server\", \"handles\": {\"*\": [" steps_ "]}}"

// Two copies wait behind the first for one core. When it has answered, both are cancelled: the first of them
// gives the core up, which would go to the second; but that is gone too. 10 of 100 s are one request's each.
Test(regressions, cancelled_copies_do_not_take_the_core_from_each_other) {
  struct regression r;
  run(&r,
      "{" RUN("100s")
          CLIENT("1/s", "\"entry\": \"web\"") "\"hosts\": {\"h\": {\"cores\": 1, \"discipline\": \"fcfs\"}}, "
                                              "\"components\": {\"web\": " SERVER(
                                                  "{\"call\": \"db\", \"hedge\": {\"after\": \"1ms\", "
                                                  "\"copies\": 2, \"cancel\": true}}") ", \"db\": {\"type\": "
                                                                                       "\"server\", \"on\": "
                                                                                       "\"h\", \"handles\": "
                                                                                       "{\"*\": [{\"cpu\": "
                                                                                       "\"100ms\"}]}}}}");
  const struct machine *machine = r.sim.machines[0];
  double busy = (double)(machine->until.busy - machine->from.busy) / 1e9;
  cr_assert_leq(busy, 10.0001, "busy for %g s", busy);
  cr_assert_geq(busy, 9.8, "busy for %g s", busy);
  drop(&r);
}

// What a cancelled branch has itself branched into ends with it: the visit is over after 10 ms.
Test(regressions, a_cancelled_branch_cancels_its_own_branches) {
  struct regression r;
  run(&r, "{" RUN("100s") CLIENT("1/s", "\"entry\": \"web\"") "\"components\": {\"web\": " SERVER(
              "{\"parallel\": [[{\"wait\": \"10ms\"}], [{\"parallel\": [[{\"wait\": \"500ms\"}], [{\"wait\": "
              "\"600ms\"}]]}]], \"wait_for\": \"any\", \"cancel\": true}") "}}");
  cr_assert_eq(fleet_of(&r, "web")->measure.sojourn.largest, 10000000);
  drop(&r);
}
