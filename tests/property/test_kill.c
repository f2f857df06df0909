// A crash while others still work for the dead: what they answer must wake nobody.
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <inttypes.h>

// The client is tens of milliseconds away, so that the refusal is still on its way to it when the store
// answers the dead server.
static const char far_away[] =
    "{\"run\": {\"warmup\": \"0s\", \"duration\": \"2s\"},"
    "\"datacenters\": {\"main\": {\"region\": \"us-east\"}},"
    "\"clients\": {\"people\": {\"from\": \"eu-west\", \"arrivals\": {\"poisson\": {\"rate\": \"100/s\"}}, "
    "\"entry\": \"web\"}},"
    "\"components\": {"
    "\"web\": {\"type\": \"server\", \"workers\": 8, \"handles\": {\"*\": ["
    "{\"call\": \"store\", \"timeout\": \"none\"}]}},"
    "\"store\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"20ms\"}]}}},"
    "\"timeline\": [{\"at\": \"500ms\", \"for\": \"100ms\", \"fail\": \"web\"},"
    "{\"at\": \"900ms\", \"for\": \"1ms\", \"fail\": \"web\"}]}";

Test(kill, late_answers_to_the_dead_wake_nobody) {
  struct loaded loaded;
  struct sim sim;
  char text[RUN_FAULT_BYTES];
  cr_assert(loaded_begin(&loaded, &sim, far_away));
  const char *fault = NULL;
  while (fault == NULL && sim.phase != SIM_OVER) {
    enum engine_outcome outcome = loaded_step(&sim, 1);
    cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED);
    fault = run_fault(&sim, text);
  }
  cr_assert_null(fault, "event %" PRIu64 ": %s", sim.engine.events, fault);
  fault = run_end_fault(&sim, text);
  cr_assert_null(fault, "%s", fault);
  sim_drop(&sim);
  loaded_drop(&loaded);
}
