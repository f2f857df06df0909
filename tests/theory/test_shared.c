// Interfaces, disks and shared hosts against queueing theory, through scenarios and the program's own loader.
// Each mean over replications is within 4.5 of its own standard errors of the law.
#include "dataset.h"
#include "json.h"
#include "nic.h"
#include "scenario.h"
#include "sim.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { RUNS = 16 };

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct sim sim;

static const struct plan *load(const char *text) {
  gsl_set_error_handler_off();
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
  context = (struct field_context){.arena = &arena, .diagnostics = &diagnostics};
  struct node *root = json_read(text, strlen(text), "text", &diagnostics, &arena);
  const struct plan *plan = root == NULL ? NULL : scenario_compile(root, &context);
  if (plan == NULL) diagnostics_print(&diagnostics, stderr);
  cr_assert_not_null(plan);
  return plan;
}

// Mean latency of a client group, s.
static double latency(uint16_t group) {
  struct tally all = {0};
  for (uint16_t r = 0; r < sim.plan->request_count; r++)
    tally_merge(&all, &sim.clients[group].measures[r].latency);
  return (double)all.sum / (double)all.count / 1e9;
}

struct figure {
  const char *name;
  double expected;
  double observed[RUNS];
};

static void replicate(const struct plan *plan, void (*read)(struct figure *, int), struct figure *figures) {
  for (int run = 0; run < RUNS; run++) {
    struct sim_settings settings = {.seed = 11,
                                    .replication = (uint32_t)run,
                                    .load = 1,
                                    .warmup = INT64_C(30000000000),
                                    .duration = INT64_C(1200000000000),
                                    .requests = INT64_MAX,
                                    .drain = INT64_C(60000000000),
                                    .window = INT64_C(10000000000)};
    cr_assert(sim_init(&sim, plan, &settings));
    sim_run(&sim);
    read(figures, run);
    sim_drop(&sim);
  }
  arena_drop(&arena);
}

static void judge(const struct figure *figure) {
  double mean = 0, squares = 0;
  for (int i = 0; i < RUNS; i++) mean += figure->observed[i] / RUNS;
  for (int i = 0; i < RUNS; i++) squares += pow(figure->observed[i] - mean, 2);
  double error = sqrt(squares / (RUNS - 1) / RUNS);
  cr_expect_lt(error, 0.015 * figure->expected, "%s: the runs are too short", figure->name);
  cr_expect_lt(fabs(mean - figure->expected), 4.5 * error, "%s: %g, expected %g, standard error %g",
               figure->name, mean, figure->expected, error);
}

// ---- An interface: M/G/1-PS, whose mean depends on the mean size alone (Kleinrock 1967) ----

static void read_interface(struct figure *figures, int run) {
  const struct station *out = &sim.machines[0]->nic->ways[NIC_OUT];
  figures[0].observed[run] = latency(0);
  figures[1].observed[run] = (double)level_area(&out->busy, sim.engine.now) / (double)sim.engine.now;
}

Test(shared, an_interface_is_shared_by_its_transfers) {
  const struct plan *plan = load(
      "{\"network\": \"none\", \"requests\": {\"image\": {\"size\": \"0B\"}}, \"datasets\": {\"images\": "
      "{\"items\": 5000, \"item_size\": {\"exponential\": {\"mean\": \"1MB\"}}}},"
      "\"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"56/s\"}}, \"mix\": {\"image\": 1}, "
      "\"entry\": \"web\"}}, \"machines\": {\"m\": {\"nic\": \"640Mbps\"}},"
      "\"components\": {\"web\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": "
      "[{\"respond\": \"images\"}]}}}}");
  double bytes = 0;
  for (uint64_t key = 0; key < 5000; key++)
    bytes += (double)dataset_item_bytes(&plan->datasets[0], key) / 5000;
  double service = bytes / 80e6, load_of = 56 * service;
  struct figure figures[] = {{.name = "transfer, s", .expected = service / (1 - load_of)},
                             {.name = "utilization", .expected = load_of}};
  replicate(plan, read_interface, figures);
  judge(&figures[0]);
  judge(&figures[1]);
}

// ---- A disk: M/D/1, and its latency ----

static void read_disk(struct figure *figures, int run) {
  figures[0].observed[run] = latency(0);
}

Test(shared, a_disk_takes_turns_and_then_its_latency) {
  const struct plan *plan = load(
      "{\"network\": \"none\", \"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"70/s\"}}, "
      "\"entry\": \"db\"}}, \"machines\": {\"m\": {\"disk\": {\"iops\": 100, \"bandwidth\": \"unlimited\", "
      "\"latency\": {\"exponential\": {\"mean\": \"3ms\"}}}}}, \"components\": {\"db\": {\"type\": "
      "\"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"disk\": 1}]}}}}");
  struct figure figure = {.name = "operation, s", .expected = 0.01 + 0.7 * 0.01 / (2 * 0.3) + 0.003};
  replicate(plan, read_disk, &figure);
  judge(&figure);
}

// ---- A host that two components share ----

static void read_both(struct figure *figures, int run) {
  figures[0].observed[run] = latency(0);
  figures[1].observed[run] = latency(1);
}

#define TWO(host, first, first_work, second, second_work)                                                    \
  "{\"network\": \"none\", \"clients\": {\"a\": {\"arrivals\": {\"poisson\": {\"rate\": \"" first            \
  "/s\"}}, \"entry\": \"web\"}, \"b\": {\"arrivals\": {\"poisson\": {\"rate\": \"" second                    \
  "/s\"}}, \"entry\": \"db\"}}, \"hosts\": {\"box\": {" host "}}, \"components\": {\"web\": {\"type\": "     \
  "\"server\", \"on\": \"box\", \"handles\": {\"*\": [{\"cpu\": " first_work                                 \
  "}]}}, \"db\": {\"type\": \"server\", \"on\": \"box\", \"handles\": {\"*\": [{\"cpu\": " second_work       \
  "}]}}}}"

// Each class is slowed by the load of both, whatever the laws of their work.
Test(shared, two_tiers_on_one_core_slow_each_other) {
  const struct plan *plan = load(TWO("\"cores\": 1, \"discipline\": \"ps\"", "30",
                                     "{\"exponential\": {\"mean\": \"10ms\"}}", "20", "\"20ms\""));
  struct figure figures[] = {{.name = "web, s", .expected = 0.01 / 0.3},
                             {.name = "db, s", .expected = 0.02 / 0.3}};
  replicate(plan, read_both, figures);
  judge(&figures[0]);
  judge(&figures[1]);
}

// M/M/2 with both streams: Erlang's C for 1.4 is 0.98/0.3 / (1 + 1.4 + 0.98/0.3).
Test(shared, two_tiers_wait_in_one_queue) {
  const struct plan *plan =
      load(TWO("\"cores\": 2, \"discipline\": \"fcfs\"", "90", "{\"exponential\": {\"mean\": \"10ms\"}}",
               "50", "{\"exponential\": {\"mean\": \"10ms\"}}"));
  double waits = 0.98 / 0.3 / (2.4 + 0.98 / 0.3);
  double expected = 0.01 + waits / (200 - 140);
  struct figure figures[] = {{.name = "web, s", .expected = expected},
                             {.name = "db, s", .expected = expected}};
  replicate(plan, read_both, figures);
  judge(&figures[0]);
  judge(&figures[1]);
}
