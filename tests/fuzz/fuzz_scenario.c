// A grammar that makes valid scenarios out of bytes, and runs them: every ledger and identity is looked at
// while they run, everything is killed at the end, and nothing may be left.
#include "assertion.h"
#include "random_scenario.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 211, EVENTS_MOST = 20000 };

static void expect(const char *fault, const char *text) {
  if (fault == NULL) return;
  fprintf(stderr, "%s\n%s\n", fault, text);
  abort();
}

static void run(const struct loaded *loaded, bool silent, const char *text) {
  struct sim sim;
  char fault[RUN_FAULT_BYTES];
  struct sim_settings settings = loaded_settings(loaded);
  ASSERT(sim_init(&sim, loaded->plan, &settings), "there is memory");
  sim.engine.livelock_limit = 1000000;
  while (sim.phase != SIM_OVER && sim.engine.events < EVENTS_MOST) {
    enum engine_outcome outcome = loaded_step(&sim, STEPS);
    if (outcome != ENGINE_UNTIL && outcome != ENGINE_STOPPED)
      expect("the run does not end as it should", text);
    expect(run_fault(&sim, fault), text);
  }
  expect(run_end_fault(&sim, fault), text);
  run_kill_all(&sim, silent);
  expect(run_leftover(&sim, silent, fault), text);
  sim_drop(&sim);
  if (sim.budget.used != 0) expect("memory is not given back", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct random_scenario_options options = {.time = 1, .tiny = true};
  if (size == 0 || size > 1000) return 0;
  gsl_set_error_handler_off();
  struct choices choices = choices_of_bytes(data + 1, size - 1);
  char *text = random_scenario(&choices, &options);
  if (text == NULL) return 0;
  struct loaded loaded;
  loaded_text(&loaded, text);
  if (loaded.plan == NULL) {
    diagnostics_print(&loaded.diagnostics, stderr);
    expect("a scenario of the grammar is not valid", text);
  }
  run(&loaded, (data[0] & 1) != 0, text);
  loaded_drop(&loaded);
  free(text);
  return 0;
}
