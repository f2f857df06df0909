// What asks for more than there can be ends the run, soon and with a reason, wherever it stands.
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>

#define SCENARIO(client, steps)                                                                              \
  "{\"network\": \"none\", \"run\": {\"warmup\": \"0s\", \"duration\": \"1s\"},"                             \
  "\"clients\": {\"people\": {\"arrivals\": {\"poisson\": {\"rate\": \"100/s\"}}, " client                   \
  "\"entry\": \"web\"}},"                                                                                    \
  "\"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [" steps "]}}}}"

static enum engine_outcome outcome_of(const char *text) {
  struct loaded loaded;
  struct sim sim;
  cr_assert(loaded_begin(&loaded, &sim, text));
  sim.engine.livelock_limit = 2000000;
  sim.budget.limit = sim.budget.used + ((size_t)64 << 20);
  enum engine_outcome outcome = sim_run(&sim);
  sim_drop(&sim);
  loaded_drop(&loaded);
  return outcome;
}

Test(excess, more_branches_than_a_visit_counts, .timeout = 60) {
  cr_assert_eq(outcome_of(SCENARIO("", "{\"parallel\": 10000, \"do\": [{\"parallel\": 10000, \"do\": []}]}")),
               ENGINE_EXHAUSTED);
  cr_assert_eq(outcome_of(SCENARIO("", "{\"parallel\": 10000, \"do\": [{\"parallel\": 10000, \"do\": "
                                       "[{\"cpu\": \"1us\"}]}]}")),
               ENGINE_EXHAUSTED);
}

Test(excess, a_batch_larger_than_memory, .timeout = 60) {
  cr_assert_eq(outcome_of(SCENARIO("\"batch\": 1000000000, ", "{\"wait\": \"1d\"}")), ENGINE_EXHAUSTED);
}

Test(excess, a_batch_larger_than_an_instant, .timeout = 60) {
  cr_assert_eq(outcome_of(SCENARIO("\"batch\": {\"geometric\": {\"mean\": 1e15}}, ", "")), ENGINE_LIVELOCK);
}
