// A component that differs in one place: its fleet there follows the patch, all others the component.
#include "loss.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <math.h>

// Ireland has one worker and no backlog, and works eight milliseconds a request at a rate of 80 a second:
// Erlang's loss system.
static const char text[] =
    "{\"run\": {\"duration\": \"1000s\"},"
    "\"datacenters\": {\"virginia\": {\"region\": \"us-east\"}, \"ireland\": {\"region\": \"eu-west\"}},"
    "\"machines\": {\"small\": {\"cores\": 2}, \"large\": {\"cores\": 8}},"
    "\"clients\": {\"a\": {\"from\": \"us-east\", \"arrivals\": {\"poisson\": {\"rate\": \"80/s\"}}, "
    "\"entry\": \"web\"},"
    "\"e\": {\"from\": \"eu-west\", \"arrivals\": {\"poisson\": {\"rate\": \"80/s\"}}, \"entry\": \"web\"}},"
    "\"timeline\": [{\"at\": \"1s\", \"set\": {\"components.web.workers\": 63}}],"
    "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"small\", \"in\": [\"virginia\", "
    "\"ireland\"], \"workers\": 64, \"handles\": {\"*\": [{\"cpu\": \"1us\"}]},"
    "\"overrides\": {\"ireland\": {\"workers\": 1, \"backlog\": 0, \"machine\": \"large\", \"handles\": "
    "{\"*\": [{\"cpu\": {\"exponential\": {\"mean\": \"8ms\"}}}]}}}}}}";

static const struct instance *in_place(const struct sim *sim, const char *name) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    if (strcmp(sim->plan->places[instance->fleet->place].name, name) == 0) return instance;
  }
  return NULL;
}

static int64_t workers_of(const struct instance *instance) {
  struct field_place place;
  cr_assert(field_find(instance->model->form.table, "workers", &place));
  return *(const int64_t *)(const void *)((const char *)instance->parameters + place.offset);
}

Test(overrides, a_fleet_follows_the_patch_of_its_place) {
  struct loaded loaded;
  struct sim sim;
  cr_assert(loaded_begin(&loaded, &sim, text));
  sim_run(&sim);
  const struct instance *virginia = in_place(&sim, "virginia"), *ireland = in_place(&sim, "ireland");
  cr_assert_eq(virginia->machine->type->cores, 2);
  cr_assert_eq(ireland->machine->type->cores, 8);
  cr_expect_eq(workers_of(virginia), 63); // what changes while it runs changes the component,
  cr_expect_eq(workers_of(ireland), 1);   // not what a place overrides
  const struct component_measure *measure = &ireland->fleet->measure;
  double done = (double)measure->outcomes[OUTCOME_DONE], lost = (double)measure->outcomes[OUTCOME_REJECTED];
  double expected = loss_erlang_b(0.64, 1);
  // Losses of a loss system are a little less than independent: five standard errors of independent ones.
  double error = sqrt(expected * (1 - expected) / (done + lost));
  cr_expect_float_eq(lost / (done + lost), expected, 5 * error, "%g", lost / (done + lost));
  cr_expect_eq(virginia->fleet->measure.outcomes[OUTCOME_REJECTED], 0);
  sim_drop(&sim);
  loaded_drop(&loaded);
}

// The patch of `place` is told to be wrong, with these words.
// What fails a component fails it in the place that overrides it, too.
Test(overrides, an_address_of_the_component_means_all_places) {
  struct loaded loaded;
  struct sim sim;
  loaded_text(
      &loaded,
      "{\"run\": {\"duration\": \"3s\", \"warmup\": \"0s\"},"
      "\"datacenters\": {\"virginia\": {\"region\": \"us-east\"}, \"ireland\": {\"region\": \"eu-west\"}},"
      "\"clients\": {\"a\": {\"arrivals\": {\"poisson\": {\"rate\": \"80/s\"}}, \"entry\": \"web\"}},"
      "\"timeline\": [{\"at\": \"1s\", \"fail\": \"web\"}],"
      "\"components\": {\"web\": {\"type\": \"server\", \"in\": [\"virginia\", \"ireland\"], "
      "\"handles\": {\"*\": []}, \"overrides\": {\"ireland\": {\"workers\": 1}}}}}");
  cr_assert_not_null(loaded.plan);
  struct sim_settings settings = loaded_settings(&loaded);
  cr_assert(sim_init(&sim, loaded.plan, &settings));
  sim_run(&sim);
  cr_expect_eq(in_place(&sim, "virginia")->life, LIFE_FAILED);
  cr_expect_eq(in_place(&sim, "ireland")->life, LIFE_FAILED);
  sim_drop(&sim);
  loaded_drop(&loaded);
}

static void refused(const char *place, const char *patch, const char *words) {
  struct loaded loaded;
  char scenario[2000];
  snprintf(scenario, sizeof scenario,
           "{\"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
           "\"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": []}, "
           "\"overrides\": {\"%s\": %s}}}}",
           place, patch);
  loaded_text(&loaded, scenario);
  cr_assert_null(loaded.plan, "%s", patch);
  char *report = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&report, &length);
  diagnostics_print(&loaded.diagnostics, stream);
  fclose(stream);
  cr_expect_not_null(strstr(report, words), "%s", report);
  free(report);
  loaded_drop(&loaded);
}

Test(overrides, wrong_patches_are_refused) {
  refused("man", "{}", "did you mean `main`");
  refused("main", "7", "is a patch");
  refused("main", "{\"in\": [\"main\"]}", "is the same in all places");
  refused("main", "{\"price\": {\"per_hour\": 1}}", "`price` is the same in all places");
  refused("main", "{\"tags\": [\"edge\"]}", "`tags` is the same in all places");
  refused("main", "{\"workerz\": 1}", "did you mean `workers`");
  refused("main", "{\"workers\": 0}", "1 to 1000000000");
}

// The tags of the whole are those of the place, once; the place is no second component on the host; and where
// the component has one choice, the patch may have another.
Test(overrides, what_is_not_patched_stays_as_it_was) {
  struct loaded loaded;
  loaded_text(
      &loaded,
      "{\"clients\": {\"a\": {\"arrivals\": {\"poisson\": {\"rate\": \"80/s\"}}, \"entry\": \"web\"}},"
      "\"hosts\": {\"box\": {\"cores\": 2}},"
      "\"components\": {\"web\": {\"type\": \"server\", \"on\": \"box\", \"tags\": [\"blue\", \"old\"], "
      "\"patience\": {\"exponential\": {\"mean\": \"5ms\"}}, \"handles\": {\"*\": []}, "
      "\"overrides\": {\"main\": {\"patience\": {\"erlang\": {\"mean\": \"8ms\", \"k\": 2}}}}}}}");
  if (loaded.plan == NULL) diagnostics_print(&loaded.diagnostics, stderr);
  cr_assert_not_null(loaded.plan);
  const struct component *web = plan_component(loaded.plan, "web");
  const struct component *variant = web->shares[0].variant;
  cr_expect_eq(web->tag_count, 2);
  cr_assert_eq(variant->tag_count, 2);
  cr_expect_str_eq(variant->tags[0], "blue");
  cr_expect_str_eq(variant->tags[1], "old");
  cr_expect_eq(loaded.plan->hosts[0].components, 1);
  loaded_drop(&loaded);
}
