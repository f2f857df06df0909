// The identity of work where doubles are coarse: jobs of years that share cores, and a loss among them.
#include "experimenting.h"
#include "sim_run.h"

#include <math.h>

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'duration': '1s', 'warmup': '0s', 'replications': 1, 'drain': '1s' },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '%s' } }, 'entry': 'station' } },\n"
    "  'hosts': { 'one': { 'cores': 2, 'discipline': 'ps' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "    'handles': { '*': [ { 'choose': [ [0.5, [ { 'cpu': '13000d' } ]],\n"
    "                                      [0.5, [ { 'cpu': { 'exponential': { 'mean': '1ms' } } } ]] ] } ] "
    "} } } }";

static struct experimenting e;
static struct sim sim;

static struct audit_identities run_once(uint64_t seed) {
  struct sim_settings settings = {.seed = seed,
                                  .load = 1,
                                  .duration = 1000000000,
                                  .requests = INT64_MAX,
                                  .drain = 1000000000,
                                  .window = 100000000};
  struct audit_identities found;
  cr_assert(sim_init(&sim, e.subject.plan, &settings));
  cr_assert_eq(sim_run(&sim), ENGINE_UNTIL);
  audit_identities(&sim, &found);
  return found;
}

Test(audit_identities, jobs_of_years_break_nothing_and_hide_no_loss) {
  static const char *const rates[] = {"5/s", "50/s", "2000/s"};
  unsigned coarse = 0;
  for (int r = 0; r < 3; r++) {
    char text[1024];
    snprintf(text, sizeof text, scenario, rates[r]);
    cr_assert(experimenting_load(&e, text));
    for (uint64_t seed = 1; seed <= 20; seed++) {
      struct audit_identities found = run_once(seed);
      cr_assert(!found.broken, "%s, seed %lu: %s", rates[r], seed, found.what);
      struct station *cores = &sim.machines[0]->cores;
      double apart = fabs(station_given(cores, sim.engine.now) - station_received(cores, sim.engine.now));
      coarse += apart > (double)cores->changes + (double)cores->busy.inside + 2; // ticks alone would not do
      // A hundred milliseconds that nobody received, among years.
      cores->received -= 100000000;
      audit_identities(&sim, &found);
      cr_assert(found.broken && found.which == IDENTITY_WORK, "%s, seed %lu", rates[r], seed);
      sim_drop(&sim);
    }
    experimenting_drop(&e);
  }
  cr_assert_gt(coarse, 0, "the test shows nothing");
}
