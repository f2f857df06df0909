// What stands under "run": what a precision may be of, and whether there is an audit.
#include "experimenting.h"

#include <stdio.h>

static const char scenario[] =
    "{ 'network': 'none', 'run': { 'requests': 2000%s },\n"
    "  'clients': { 'jobs': { 'arrivals': { 'poisson': { 'rate': '50/s' } }, 'entry': 'station' } },\n"
    "  'hosts': { 'one': { 'cores': 1, 'discipline': 'fcfs' } },\n"
    "  'components': { 'station': { 'type': 'server', 'on': 'one',\n"
    "    'handles': { '*': [ { 'cpu': { 'exponential': { 'mean': '10ms' } } } ] } } } }";

static struct experimenting e;

static const char *with(const char *settings) {
  static char text[1024];
  snprintf(text, sizeof text, scenario, settings);
  return text;
}

Test(run_settings, a_precision_is_of_a_figure) {
  static const char *const words[] = {"mean",  "p50",    "p90",        "p95",    "p99",
                                      "p99.9", "errors", "throughput", "goodput"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    char settings[128];
    struct figure figure;
    snprintf(settings, sizeof settings, ", 'replications': { 'precision': '5%%', 'of': '%s' }", words[i]);
    cr_assert(experimenting_load(&e, with(settings)), "%s", words[i]);
    cr_assert_str_eq(e.subject.plan->run.precision_of, words[i]);
    cr_assert(figure_read(e.subject.plan->run.precision_of, &figure));
    experimenting_drop(&e);
  }
}

Test(run_settings, and_of_nothing_else) {
  static const char *const words[] = {"", "p98", "median", "P99", "latency"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    char settings[128];
    snprintf(settings, sizeof settings, ", 'replications': { 'precision': '5%%', 'of': '%s' }", words[i]);
    cr_assert_not(experimenting_load(&e, with(settings)), "%s", words[i]);
    cr_assert_eq(e.subject.diagnostics.errors, 1);
    experimenting_drop(&e);
  }
}

Test(run_settings, an_audit_by_default) {
  experimenting_run(&e, with(", 'replications': 2"));
  const cJSON *audit = experimenting_at(experimenting_json(&e), "audit");
  cr_assert_eq(cJSON_GetArraySize(experimenting_at(audit, "identities")), IDENTITIES);
  cr_assert_gt(cJSON_GetArraySize(experimenting_at(audit, "laws")), 2);
  cr_assert_gt(e.experiment.replications[0]->identities.checked[IDENTITY_VISITS], 0);
  experimenting_drop(&e);
}

Test(run_settings, and_none_on_request) {
  experimenting_run(&e, with(", 'replications': 2, 'audit': false"));
  const cJSON *audit = experimenting_at(experimenting_json(&e), "audit");
  cr_assert_eq(cJSON_GetArraySize(experimenting_at(audit, "identities")), 0);
  cr_assert_eq(cJSON_GetArraySize(experimenting_at(audit, "laws")), 0);
  cr_assert_eq(e.experiment.replications[0]->identities.checked[IDENTITY_VISITS], 0);
  experimenting_drop(&e);
}
