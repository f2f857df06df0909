// Machines that fail by themselves, against the theory of alternating renewal processes.
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <math.h>

// 400 machines that fail after a minute on average and are repaired in half of that.
static const char text[] =
    "{\"network\": \"none\", \"run\": {\"duration\": \"1000s\"},"
    "\"machines\": {\"m\": {\"cores\": 1, \"mtbf\": \"60s\", \"mttr\": \"30s\"}},"
    "\"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
    "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"m\", \"instances\": 400, "
    "\"handles\": {\"*\": [{\"cpu\": \"1us\"}]}}%s}}";

static double failures;

// Machine-seconds of service, and how often machines failed.
static double up_time(const char *more) {
  struct loaded loaded;
  struct sim sim;
  char scenario[2000];
  snprintf(scenario, sizeof scenario, text, more);
  loaded_text(&loaded, scenario);
  if (loaded.plan == NULL) diagnostics_print(&loaded.diagnostics, stderr);
  cr_assert_not_null(loaded.plan);
  cr_assert(loaded.plan->terminating);
  struct sim_settings settings = loaded_settings(&loaded);
  settings.warmup = 0;
  cr_assert(sim_init(&sim, loaded.plan, &settings));
  engine_run(&sim.engine, INT64_C(1000000000000));
  failures = 0;
  for (uint32_t m = 0; m < sim.machine_count; m++) failures += (double)sim.machines[m]->failures;
  double served = 0;
  for (uint16_t c = 0; c < sim.plan->component_count; c++) {
    if (strcmp(sim.plan->components[c].name, "web") != 0) continue;
    served = (double)level_area(&sim.services[c].fleets[0].serving_level, sim.engine.now) * 1e-9;
  }
  sim_drop(&sim);
  loaded_drop(&loaded);
  return served;
}

// Up with the chance P(t) = a + (1 - a) exp(-t / b) at t, where a = mtbf / (mtbf + mttr) and
// 1 / b = 1 / mtbf + 1 / mttr (Cox, Renewal Theory, 1962, 7.4): its integral is the expected time of service.
// The variance of the time in service of one machine in the long run is 2 u² d² / (u + d)³ t.
Test(failing, machines_serve_as_long_as_renewal_theory_says) {
  double u = 60, d = 30, t = 1000, machines = 400;
  double a = u / (u + d), b = u * d / (u + d);
  double expected = machines * (a * t + (1 - a) * b);
  double deviation = sqrt(machines * 2 * u * u * d * d / pow(u + d, 3) * t);
  double served = up_time("");
  cr_expect_float_eq(served, expected, 4 * deviation, "%g instead of %g ± %g", served, expected, deviation);
  double expected_failures = served / u;
  cr_expect_float_eq(failures, expected_failures, 4 * sqrt(expected_failures), "%g instead of %g", failures,
                     expected_failures);
}

Test(failing, the_luck_of_a_machine_is_its_own) {
  double alone = up_time("");
  double beside =
      up_time(", \"another\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": []}}");
  cr_expect_eq(alone, beside);
}
