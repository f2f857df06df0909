// What was once wrong, one small scenario each; the expected numbers are worked out by hand. All runs are
// deterministic, without a network unless it is the subject.
#include "scenario_run.h"
#include "sim_run.h"
#include "worker_pool.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

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

// 32768 rounds leave as many branches behind; by then the numbers of parallel steps have started anew. None
// of those that are left, which end after 500 ms, is taken for the one of 10 s.
Test(regressions, branches_left_behind_are_not_taken_for_later_ones) {
  struct regression r;
  run(&r, "{" RUN("3s") CLIENT("0.5/s", "\"entry\": \"web\"") "\"components\": {\"web\": " SERVER(
              "{\"repeat\": 32768, \"do\": [{\"parallel\": [[{\"wait\": \"500ms\"}], []], \"wait_for\": "
              "\"any\"}]}, {\"parallel\": [[{\"wait\": \"10s\"}]]}") "}}");
  cr_assert_eq(measure(&r)->answered, 1);
  cr_assert_eq(measure(&r)->latency.largest, INT64_C(10000000000));
  drop(&r);
}

// The visit fails at once and a branch goes on: it leaves later, and still has failed.
Test(regressions, a_failed_visit_whose_branches_go_on_has_failed) {
  struct regression r;
  run(&r, "{" RUN("10s") CLIENT("1/s", "\"entry\": \"web\"") "\"components\": {\"web\": " SERVER(
              "{\"parallel\": [[], [{\"wait\": \"100ms\"}]], \"wait_for\": \"any\"}, {\"fail\": 1}") "}}");
  cr_assert_eq(fleet_of(&r, "web")->measure.outcomes[OUTCOME_ERROR], 9);
  cr_assert_eq(fleet_of(&r, "web")->measure.outcomes[OUTCOME_DONE], 0);
  drop(&r);
}

// The client gives up after 100 ms; what web goes on to ask for after 200 ms is under the same deadline.
Test(regressions, abandoned_work_keeps_its_deadline) {
  struct regression r;
  run(&r, "{" RUN("10s") CLIENT(
              "1/s",
              "\"entry\": \"web\", \"deadline\": \"100ms\", \"propagate\": true") "\"components\": "
                                                                                  "{\"web\":"
                                                                                  " " SERVER(
                                                                                      "{\"wa"
                                                                                      "it\":"
                                                                                      " \"20"
                                                                                      "0ms\""
                                                                                      "}, "
                                                                                      "{\"ca"
                                                                                      "ll\":"
                                                                                      " \"db"
                                                                                      "\"}") ", "
                                                                                             "\"db\":"
                                                                                             " " SERVER(
                                                                                                 "{\"w"
                                                                                                 "ait"
                                                                                                 "\": "
                                                                                                 "\"10"
                                                                                                 "ms\""
                                                                                                 "}") "}}");
  cr_assert_eq(visits(&r, "web"), 9);
  cr_assert_eq(visits(&r, "db"), 0);
  drop(&r);
}

// Web is bound by 10 s and binds its own call by 50 ms without handing that on: app may still call after 100.
Test(regressions, a_deadline_that_is_not_handed_on_binds_its_call_alone) {
  struct regression r;
  run(&r,
      "{" RUN("10s") CLIENT(
          "1/s",
          "\"entry\": \"web\", \"deadline\": \"10s\", \"propagate\": true") "\"components\""
                                                                            ": "
                                                                            "{\"web\":"
                                                                            " " SERVER(
                                                                                "{\""
                                                                                "cal"
                                                                                "l\""
                                                                                ": "
                                                                                "\"a"
                                                                                "pp"
                                                                                "\","
                                                                                " \""
                                                                                "dea"
                                                                                "dli"
                                                                                "ne"
                                                                                "\":"
                                                                                " \""
                                                                                "50m"
                                                                                "s\""
                                                                                "}") ", "
                                                                                     "\"app\":"
                                                                                     " " SERVER(
                                                                                         "{\"w"
                                                                                         "ait"
                                                                                         "\":"
                                                                                         " \"1"
                                                                                         "00ms"
                                                                                         "\""
                                                                                         "}, "
                                                                                         "{\"c"
                                                                                         "all"
                                                                                         "\":"
                                                                                         " \"d"
                                                                                         "b\""
                                                                                         "}") ", "
                                                                                              "\"db\":"
                                                                                              " " SERVER(
                                                                                                  "") "}}");
  cr_assert_eq(visits(&r, "app"), 9);
  cr_assert_eq(visits(&r, "db"), 9);
  drop(&r);
}

// While one is out at the slow target (1 s), the nine that follow go to the fast one.
Test(regressions, a_balancer_behind_a_balancer_counts_for_itself) {
  struct regression r;
  run(&r,
      "{" RUN("100s") CLIENT(
          "9.5/s", "\"entry\": \"outer\"") "\"components\": {\"outer\": {\"type\": \"load-balancer\", "
                                           "\"targets\": [\"inner\"], \"algorithm\": "
                                           "\"least-connections\"}, \"inner\": {\"type\": \"load-balancer\", "
                                           "\"targets\": [\"fast\", \"slow\"], "
                                           "\"algorithm\": \"least-connections\"}, \"fast\": " SERVER(
                                               "{\"wait\": \"10ms\"}") ", \"slow\": " SERVER("{\"wait\": "
                                                                                             "\"1s\"}") "}}");
  cr_assert_lt(visits(&r, "slow"), 101);
  cr_assert_gt(visits(&r, "slow"), 85);
  drop(&r);
}

// What goes on after its answer is not outstanding: both get the same.
Test(regressions, an_answered_request_is_not_outstanding) {
  struct regression r;
  run(&r,
      "{" RUN("100s") CLIENT(
          "10/s",
          "\"entry\": \"balancer\"") "\"components\": {\"balancer\": {\"type\": \"load-balancer\", "
                                     "\"targets\": [\"plain\", \"busy\"], "
                                     "\"algorithm\": \"least-connections\"}, \"plain\": " SERVER(
                                         "{\"wait\": \"10ms\"}") ", \"busy\": " SERVER("{\"wait\": "
                                                                                       "\"10ms\"}, "
                                                                                       "{\"respond\": "
                                                                                       "\"1KB\"}, {\"wait\": "
                                                                                       "\"1s\"}") "}}");
  cr_assert_leq(llabs((long long)visits(&r, "plain") - (long long)visits(&r, "busy")), 11);
  drop(&r);
}

// Three copies leave before the first attempt has reached the balancer, 5 ms away: all four go to different
// targets, though the algorithm would always choose the same.
Test(regressions, copies_know_what_attempts_on_their_way_have_tried) {
  struct regression r;
  run(&r,
      "{\"run\": {\"warmup\": \"0s\", \"duration\": \"10s\"}, " CLIENT(
          "1/s", "\"users\": 1, \"entry\": "
                 "\"balancer\", \"hedge\": "
                 "{\"after\": \"1ms\", \"copies\": "
                 "3}") "\"components\": "
                       "{\"balancer\": {\"type\": "
                       "\"load-balancer\", "
                       "\"targets\": [\"a\", "
                       "\"b\", \"c\", "
                       "\"d\"], \"algorithm\": "
                       "\"ip-hash\"}, "
                       "\"a\": " SERVER(
                           "{\"wait\":"
                           " \"100ms\""
                           "}") ", "
                                "\"b\""
                                ":"
                                " " SERVER("{\"wait\": \"100ms\"}") ", \"c\": " SERVER(
                                    "{"
                                    "\"wait\": \"100ms\"}") ", \"d\": " SERVER("{\"wait\": \"100ms\"}") "}}");
  cr_assert_eq(visits(&r, "a"), 9);
  cr_assert_eq(visits(&r, "b"), 9);
  cr_assert_eq(visits(&r, "c"), 9);
  cr_assert_eq(visits(&r, "d"), 9);
  drop(&r);
}

// Of three requests two are in service when the first machine dies, and copies of the third wait at both. The
// dying one must not claim it for itself: one request fails, the third is served by the other machine.
Test(regressions, a_dying_instance_claims_no_tied_copy) {
  struct regression r;
  run(&r,
      "{" RUN("3.5s")
          CLIENT("1/s", "\"entry\": \"web\"") "\"machines\": {\"m\": {\"cores\": 1, \"discipline\": "
                                              "\"fcfs\"}}, \"components\": {\"web\": " SERVER(
                                                  "{\"call\": \"db\", \"hedge\": {\"after\": \"1ms\", "
                                                  "\"tied\": true}}") ", \"db\": {\"type\": \"server\", "
                                                                      "\"machine\": \"m\", \"instances\": 2, "
                                                                      "\"handles\": {\"*\": "
                                                                      "[{\"cpu\": \"10s\"}]}}}, "
                                                                      "\"timeline\": [{\"at\": \"5s\", "
                                                                      "\"fail\": \"db/main/0\"}]}");
  cr_assert_eq(measure(&r)->offered, 3);
  cr_assert_eq(failures(&r), 1);
  cr_assert_eq(measure(&r)->answered, 2);
  drop(&r);
}

// The host stands still while all that stand on it are paused; a new instance on it is not.
Test(regressions, a_new_instance_works_beside_a_paused_one) {
  struct regression r;
  run(&r, "{" RUN("20s")
              CLIENT("10/s", "\"entry\": \"web\"") "\"hosts\": {\"h\": {\"cores\": 4}}, \"components\": "
                                                   "{\"web\": {\"type\": \"server\", \"on\": \"h\", "
                                                   "\"handles\": {\"*\": [{\"cpu\": \"10ms\"}]}}}, "
                                                   "\"timeline\": [{\"at\": \"1s\", \"fail\": "
                                                   "\"web/main/0\", \"mode\": \"pause\"}, {\"at\": \"2s\", "
                                                   "\"scale\": \"web\", \"to\": 2}]}");
  cr_assert_geq(visits(&r, "web"), 9 + 88); // of the first second, and every second one of 18 s
  drop(&r);
}

// Sessions go on after the last has come: ten of 20 requests, 5 s apart.
Test(regressions, a_run_is_not_over_while_sessions_think) {
  struct regression r;
  run(&r,
      "{" RUN("1000s") "\"clients\": {\"c\": {\"arrivals\": {\"sessions\": {\"rate\": \"1/s\", \"length\": "
                       "20, \"think\": "
                       "\"5s\"}}, \"shape\": {\"steps\": [[\"0s\", 1], [\"10s\", 0]]}, \"entry\": \"web\"}}, "
                       "\"components\": {\"web\": " SERVER("{\"wait\": \"1ms\"}") "}}");
  cr_assert_gt(r.sim.clients[0].sessions, 0);
  cr_assert_eq(measure(&r)->answered, 20 * r.sim.clients[0].sessions);
  drop(&r);
}

// Nobody stands behind the balancer at first: what those who come later do not handle is an error all the
// same.
Test(regressions, what_a_balancer_may_reach_must_be_handled) {
  struct loaded loaded;
  gsl_set_error_handler_off();
  loaded_text(
      &loaded,
      "{" RUN("10s") CLIENT(
          "10/s",
          "\"mix\": {\"view\": 1}, \"entry\": \"balancer\"") "\"components\": {\"balancer\": {\"type\": "
                                                             "\"load-balancer\", \"targets\": [\"web\"]}, "
                                                             "\"web\": {\"type\": \"server\", \"instances\": "
                                                             "0, \"handles\": {\"buy\": [{\"wait\": "
                                                             "\"1ms\"}]}}}, \"timeline\": [{\"at\": \"1s\", "
                                                             "\"scale\": \"web\", \"to\": 1}]}");
  cr_assert_null(loaded.plan);
  loaded_drop(&loaded);
}

// A chain of balancers that hand on without delay needs no stack.
Test(regressions, a_long_chain_of_balancers_needs_no_stack) {
  enum { LENGTH = 9000, BYTES = 90 };
  char *text = malloc(LENGTH * BYTES);
  cr_assert_not_null(text);
  size_t at = (size_t)sprintf(text, "{" RUN("2s") CLIENT("1/s", "\"entry\": \"c0\"") "\"components\": {");
  for (int i = 0; i < LENGTH; i++) {
    at += (size_t)sprintf(text + at, "\"c%d\": {\"type\": \"load-balancer\", \"targets\": [\"c%d\"]}, ", i,
                          i + 1);
  }
  sprintf(text + at, "\"c%d\": " SERVER("{\"wait\": \"1ms\"}") "}}", LENGTH);
  struct rlimit before, small = {.rlim_cur = 512 * 1024};
  cr_assert_eq(getrlimit(RLIMIT_STACK, &before), 0);
  small.rlim_max = before.rlim_max;
  cr_assert_eq(setrlimit(RLIMIT_STACK, &small), 0);
  struct regression r;
  run(&r, text);
  cr_assert_gt(measure(&r)->offered, 0);
  cr_assert_eq(measure(&r)->answered, measure(&r)->offered);
  drop(&r);
  free(text);
}

// Which way reads and writes go is compiled into the callers, for all places: a place where the cache would
// have them go another way made half of all requests fail, of nothing.
Test(regressions, a_place_does_not_override_how_a_cache_is_asked) {
  static const char *const patches[] = {"\"strategy\": \"cache-aside\"",
                                        "\"level\": \"local\"",
                                        "\"invalidate_on_write\": false",
                                        "\"origin\": \"db\"",
                                        "\"holds\": [\"d\"]",
                                        "\"capacity\": {\"items\": 5}"};
  for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
    char text[2000];
    struct loaded loaded;
    gsl_set_error_handler_off();
    snprintf(
        text, sizeof text,
        "{" RUN("10s") CLIENT(
            "10/s",
            "\"entry\": \"web\"") "\"datasets\": {\"d\": {\"items\": 10}}, "
                                  "\"components\": {\"web\": " SERVER(
                                      "{\"read\": \"d\"}") ", \"db\": {\"type\": \"database\", "
                                                           "\"holds\": [\"d\"]}, \"cache\": {\"type\": "
                                                           "\"cache\", \"origin\": \"db\", \"strategy\": "
                                                           "\"read-through\", \"overrides\": {\"main\": "
                                                           "{%s}}}}}",
        patches[i]);
    loaded_text(&loaded, text);
    cr_expect_eq(loaded.plan == NULL, i + 1 < sizeof patches / sizeof *patches, "%s", patches[i]);
    loaded_drop(&loaded);
  }
}

// What steps of an override call, read and publish is known before anything is compiled, and who is reached
// from one place alone must handle it, too.
Test(regressions, a_place_may_call_what_others_do_not) {
  static const char *const steps[] = {"{\"call\": \"other\", \"request\": \"fresh\"}", "{\"read\": \"d\"}",
                                      "{\"write\": \"d\", \"key\": \"new\"}",
                                      "{\"publish\": \"job\", \"to\": \"queue\"}",
                                      "{\"call\": \"other\", \"request\": \"unknown\"}"};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    char text[2000];
    gsl_set_error_handler_off();
    snprintf(text, sizeof text,
             "{" RUN("10s") CLIENT(
                 "10/s", "\"entry\": \"web\"") "\"datasets\": {\"d\": {\"items\": 10}}, "
                                               "\"components\": {\"web\": {\"type\": \"server\", "
                                               "\"handles\": {\"*\": [{\"wait\": \"1ms\"}]}, "
                                               "\"overrides\": {\"main\": {\"handles\": {\"*\": [%s]}}}}, "
                                               "\"other\": {\"type\": \"server\", \"handles\": {\"fresh\": "
                                               "[{\"wait\": \"1ms\"}]}}, "
                                               "\"db\": {\"type\": \"database\", \"holds\": [\"d\"]}, "
                                               "\"cache\": {\"type\": \"cache\", \"origin\": \"db\"}, "
                                               "\"queue\": {\"type\": \"queue\"}, "
                                               "\"worker\": {\"type\": \"worker\", \"consumes\": \"queue\", "
                                               "\"handles\": {\"job\": "
                                               "[{\"wait\": \"1ms\"}]}}}}",
             steps[i]);
    if (i + 1 < sizeof steps / sizeof *steps) {
      struct regression r;
      run(&r, text);
      cr_expect_gt(measure(&r)->answered, 0, "%s", steps[i]);
      cr_expect_eq(measure(&r)->answered, measure(&r)->offered, "%s", steps[i]);
      drop(&r);
    } else {
      struct loaded loaded;
      loaded_text(&loaded, text);
      cr_expect_null(loaded.plan, "%s", steps[i]);
      loaded_drop(&loaded);
    }
  }
}

// Who hangs keeps silent: where nobody else is there it is sent to all the same, and callers time out; who
// has died refuses.
Test(regressions, all_that_hang_are_waited_for) {
  static const char *const modes[] = {"hang", "reset"};
  for (int i = 0; i < 2; i++) {
    char text[1000];
    snprintf(
        text, sizeof text,
        "{" RUN("20s") CLIENT(
            "1/s",
            "\"entry\": \"web\", \"timeout\": \"500ms\"") "\"components\": "
                                                          "{\"web\": {\"type\": \"server\", \"instances\": "
                                                          "2, \"handles\": {\"*\": [{\"wait\": "
                                                          "\"1ms\"}]}}}, \"timeline\": [{\"at\": \"5500ms\", "
                                                          "\"for\": \"10s\", \"fail\": \"web\", "
                                                          "\"mode\": \"%s\"}]}",
        modes[i]);
    struct regression r;
    run(&r, text);
    cr_expect_eq(measure(&r)->failed[OUTCOME_TIMEOUT], i == 0 ? 10 : 0, "%s: %d time out", modes[i],
                 (int)measure(&r)->failed[OUTCOME_TIMEOUT]);
    cr_expect_eq(measure(&r)->failed[OUTCOME_UNAVAILABLE], i == 0 ? 0 : 10);
    cr_expect_eq(failures(&r), 10);
    drop(&r);
  }
}

// Two at once for one worker, 10 ms each: one of them waits. While it is down nobody is there; what was
// before is not forgotten.
Test(regressions, workers_of_a_former_life_count) {
  struct regression r;
  run(&r,
      "{" RUN("30500ms")
          CLIENT("1/s", "\"batch\": 2, \"entry\": \"web\"") "\"components\": {\"web\": "
                                                            "{\"type\": \"server\", \"workers\": 1, "
                                                            "\"handles\": {\"*\": [{\"wait\": \"10ms\"}]}}}, "
                                                            "\"timeline\": [{\"at\": \"10500ms\", \"for\": "
                                                            "\"10s\", \"fail\": \"web\"}]}");
  const struct instance *web = r.sim.instances[0];
  cr_expect_eq(measure(&r)->answered, 40);
  cr_expect_eq(failures(&r), 20);
  cr_expect_float_eq(worker_pool_taken(&r.sim, web), 40 * 10e6, 0.5);
  cr_expect_float_eq(worker_pool_queued(&r.sim, web), 20 * 10e6, 0.5);
  drop(&r);
}

// Keys stay with an instance that is dead: what is said to the memory on the way there is about no store.
Test(regressions, a_read_is_sent_to_a_dead_cache) {
  struct regression r;
  run(&r,
      "{\"run\": {\"warmup\": \"0s\", \"duration\": \"10s\"}, " CLIENT(
          "10/s",
          "\"entry\": \"web\"") "\"datasets\": {\"d\": {\"items\": 40}}, "
                                "\"components\": {\"web\": " SERVER(
                                    "{\"read\": \"d\"}") ", \"cache\": {\"type\": \"cache\", \"origin\": "
                                                         "\"store\", \"instances\": 2, \"strategy\": "
                                                         "\"read-through\", \"capacity\": {\"items\": 9}}, "
                                                         "\"store\": {\"type\": \"object-store\", \"holds\": "
                                                         "[\"d\"]}}, "
                                                         "\"timeline\": [{\"at\": \"2s\", \"fail\": "
                                                         "\"cache/main/0\"}]}");
  cr_expect_gt(failures(&r), 10);
  cr_expect_lt(failures(&r), 90);
  drop(&r);
}
