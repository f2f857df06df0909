// Changes of a timeline that overlap: the latest to have begun counts, and what ends goes back to what was
// before.
#include "scenario_run.h"
#include "sim_run.h"
#include "timeline.h"

#include <criterion/criterion.h>

// Workers are 8 as written.
static const char text[] =
    "{\"network\": \"none\", \"run\": {\"duration\": \"20s\"},"
    "\"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
    "\"machines\": {\"m\": {\"cores\": 1}},"
    "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"m\", \"workers\": 8, \"handles\": "
    "{\"*\": "
    "[{\"cpu\": \"1us\"}]}}},"
    "\"timeline\": ["
    "{\"at\": \"1s\", \"for\": \"4s\", \"slow\": \"web\", \"factor\": 2},"
    "{\"at\": \"2s\", \"for\": \"1s\", \"slow\": \"web\", \"factor\": 4},"
    "{\"at\": \"4s\", \"for\": \"3s\", \"slow\": \"web\", \"factor\": 5},"
    "{\"at\": \"8s\", \"slow\": \"web\", \"factor\": 10},"
    "{\"at\": \"9s\", \"for\": \"1s\", \"slow\": \"web\", \"factor\": 2},"
    "{\"at\": \"1s\", \"for\": \"4s\", \"set\": {\"components.web.workers\": 3}},"
    "{\"at\": \"2s\", \"for\": \"1s\", \"set\": {\"components.web.workers\": 4, \"components.web.backlog\": "
    "7}},"
    "{\"at\": \"4s\", \"for\": \"3s\", \"set\": {\"components.web.workers\": 5}},"
    "{\"at\": \"8s\", \"set\": {\"components.web.workers\": 6}},"
    "{\"at\": \"9s\", \"for\": \"1500ms\", \"every\": \"1s\", \"set\": {\"components.web.workers\": 2}}]}";

Test(timeline, overlapping_changes_go_back_to_what_was_before) {
  static const struct {
    double at; // s
    double slow;
    int64_t workers, backlog;
  } cases[] = {{0.5, 1, 8, INT64_MAX},   {1.5, 2, 3, INT64_MAX},  {2.5, 4, 4, 7},
               {3.5, 2, 3, INT64_MAX},   {4.5, 5, 5, INT64_MAX},  {5.5, 5, 5, INT64_MAX},
               {7.5, 1, 8, INT64_MAX},   {8.5, 10, 6, INT64_MAX}, {9.2, 2, 2, INT64_MAX},
               {10.2, 10, 2, INT64_MAX}, {10.7, 10, 2, INT64_MAX}};
  struct loaded loaded;
  struct sim sim;
  cr_assert(loaded_begin(&loaded, &sim, text));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    engine_run(&sim.engine, (int64_t)(cases[i].at * 1e9));
    const struct instance *web = sim.instances[0];
    const struct field_table *table = web->model->form.table;
    struct field_place workers, backlog;
    cr_assert(field_find(table, "workers", &workers) && field_find(table, "backlog", &backlog));
    const char *parameters = web->parameters;
    cr_expect_float_eq(web->machine->slow, 1 / cases[i].slow, 1e-12, "at %g s: %g", cases[i].at,
                       1 / web->machine->slow);
    cr_expect_eq(*(const int64_t *)(const void *)(parameters + workers.offset), cases[i].workers, "at %g s",
                 cases[i].at);
    cr_expect_eq(*(const int64_t *)(const void *)(parameters + backlog.offset), cases[i].backlog, "at %g s",
                 cases[i].at);
  }
  sim_drop(&sim);
  loaded_drop(&loaded);
}
