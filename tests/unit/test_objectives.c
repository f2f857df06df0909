// Objectives: every form that may be written, what is wrong with the others, and verdicts.
#include "measures.h"
#include "metric_table.h"
#include "objective_result.h"
#include "objectives.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { RUNS = 10 };

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct client_group clients[] = {{.name = "europe"}, {.name = "asia", .number = 1}};
static struct request_type requests[] = {{.name = "view"}, {.name = "db"}, {.name = "buy"}};
extern const struct model server_model;
static const struct machine_type machine = {.cores = 2};
static struct component components[] = {
    {.name = "db", .number = 0, .model = &server_model, .machine = &machine},
    {.name = "web", .number = 1, .model = &server_model}};
static struct plan plan = {.client_count = 2,
                           .clients = clients,
                           .request_count = 3,
                           .requests = requests,
                           .component_count = 2,
                           .components = components};
static struct node node = {.kind = NODE_STRING, .at = {.file = "scenario.json", .line = 7, .column = 3}};

static struct names names;

static void set_up(void) {
  arena_init(&arena, NULL);
  names_init(&names, &arena);
  for (int i = 0; i < 2; i++) {
    name_index_add(&names_of(&names, "client group")->index, clients[i].name);
    name_index_add(&names_of(&names, "component")->index, components[i].name);
  }
  for (int i = 0; i < 3; i++) name_index_add(&names_of(&names, "request")->index, requests[i].name);
  plan.names = &names;
  diagnostics_init(&diagnostics, &arena);
  context = (struct field_context){.arena = &arena, .diagnostics = &diagnostics};
}

static void tear_down(void) {
  arena_drop(&arena);
}

TestSuite(objectives, .init = set_up, .fini = tear_down);

static bool reads(const char *text, struct objective *objective) {
  return objective_compile(objective, text, &node, &plan, &context);
}

static bool is_at(double got, double want) {
  return fabs(got - want) <= 1e-12 * fabs(want);
}

Test(objectives, forms) {
  static const struct {
    const char *text;
    int client, request, component;
    enum figure_kind figure;
    const char *part;
    double argument;
    enum objective_sense sense;
    double limit;
  } cases[] = {
      {"p99 < 500ms", -1, -1, -1, FIGURE_PERCENTILE_ALL, NULL, 0.99, OBJECTIVE_BELOW, 0.5},
      {"p99<500ms", -1, -1, -1, FIGURE_PERCENTILE_ALL, NULL, 0.99, OBJECTIVE_BELOW, 0.5},
      {"p99.9 <= 2s", -1, -1, -1, FIGURE_PERCENTILE_ALL, NULL, 0.999, OBJECTIVE_AT_MOST, 2},
      {"view.p95 < 200ms", -1, 0, -1, FIGURE_PERCENTILE_ALL, NULL, 0.95, OBJECTIVE_BELOW, 0.2},
      {"view.p99.9 < 1min", -1, 0, -1, FIGURE_PERCENTILE_ALL, NULL, 0.999, OBJECTIVE_BELOW, 60},
      {"all.mean < 1us", -1, -1, -1, FIGURE_MEAN, NULL, 0, OBJECTIVE_BELOW, 1e-6},
      {"within 500ms > 99%", -1, -1, -1, FIGURE_WITHIN, NULL, 5e8, OBJECTIVE_ABOVE, 0.99},
      {"buy.within 1s >= 0.5", -1, 2, -1, FIGURE_WITHIN, NULL, 1e9, OBJECTIVE_AT_LEAST, 0.5},
      {"errors < 0.1%", -1, -1, -1, FIGURE_ERRORS, NULL, 0, OBJECTIVE_BELOW, 0.001},
      {"availability > 99.95%", -1, -1, -1, FIGURE_AVAILABILITY, NULL, 0, OBJECTIVE_ABOVE, 0.9995},
      {"throughput > 900/s", -1, -1, -1, FIGURE_THROUGHPUT, NULL, 0, OBJECTIVE_ABOVE, 900},
      {"throughput > 60/min", -1, -1, -1, FIGURE_THROUGHPUT, NULL, 0, OBJECTIVE_ABOVE, 1},
      {"europe:p99 < 1s", 0, -1, -1, FIGURE_PERCENTILE_ALL, NULL, 0.99, OBJECTIVE_BELOW, 1},
      {"asia:view.errors < 1%", 1, 0, -1, FIGURE_ERRORS, NULL, 0, OBJECTIVE_BELOW, 0.01},
      {"db.cpu < 80%", -1, -1, 0, 0, "utilization.cpu.mean", 0, OBJECTIVE_BELOW,
       0.8}, // a request of that name has no cpu
      {"web.p99 < 5ms", -1, -1, 1, FIGURE_PERCENTILE_ALL, "sojourn_s", 0.99, OBJECTIVE_BELOW, 0.005},
      {"web.queue < 10", -1, -1, 1, 0, "queue.mean", 0, OBJECTIVE_BELOW, 10},
      {"db.availability > 99%", -1, 1, -1, FIGURE_AVAILABILITY, NULL, 0, OBJECTIVE_ABOVE, 0.99},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct objective objective;
    cr_assert(reads(cases[i].text, &objective), "%s", cases[i].text);
    cr_assert_eq(objective.client, cases[i].client, "%s", cases[i].text);
    cr_assert_eq(objective.request, cases[i].request, "%s", cases[i].text);
    cr_assert_eq(objective.component, cases[i].component, "%s", cases[i].text);
    cr_assert_eq(objective.sense, cases[i].sense, "%s", cases[i].text);
    cr_assert(is_at(objective.limit, cases[i].limit), "%s: %.17g", cases[i].text, objective.limit);
    double argument = objective.component >= 0 ? objective.part.argument : objective.figure.argument;
    cr_assert(is_at(argument, cases[i].argument), "%s: %.17g", cases[i].text, argument);
    if (objective.component >= 0) {
      cr_assert_eq(objective.part.row, metric_find(&server_model, cases[i].part), "%s", cases[i].text);
    } else {
      cr_assert_eq(objective.figure.kind, cases[i].figure, "%s", cases[i].text);
    }
  }
  cr_assert_eq(diagnostics.errors, 0);
}

Test(objectives, what_is_wrong_is_said) {
  static const struct {
    const char *text;
    const char *says;
  } cases[] = {
      {"", "is nothing"},
      {"p99", "compares"},
      {"p99 = 5ms", "compares"},
      {"p99 < 500", "500ms"},
      {"p99 < 500 ms", "has no unit"},
      {"p99 < 500ms often", "does not end"},
      {"p99 < 500ms in 99 of 1min", "expected"},
      {"p99 < 500ms in 99% per 1min", "windows are written as"},
      {"p99 < 500ms in 99% of 1", "expected"},
      {"p99 < 500ms in 99% of 1us", "at least 1ms"},
      {"p99 < 500ms in 99% of 1min often", "does not end"},
      {"db.cpu < 80% in 99% of 1min", "not kept by window"},
      {"p99 <", "does not begin"},
      {"througput > 5/s", "did you mean `throughput`"},
      {"veiw.p95 < 1s", "did you mean `view`"},
      {"euorpe:p99 < 1s", "did you mean `europe`"},
      {"view.cpu < 80%", "which has no `cpu`"},
      {"web.availability > 9%", "which has no `availability`"},
      {"db.errors < 1%", "a request and a component"},
      {"cpu < 80%", "COMPONENT.cpu"},
      {"cost < $100/month", "nothing here has a price"},
      {"db.stale_reads < 1%", "which has no `stale_reads`"},
      {"db.lost_writes < 1", "not available yet"},
      {"errors < 5ms", "expected"},
      {"throughput > 900", "/s"},
      {"europe:db.cpu < 80%", "by client group"},
      {"within soon > 99%", "expected"},
      {"web.cpu < 80%", "its cores are unlimited"},
      {"cpus < 80%", "did you mean `cpu`"},
      {"web.queue < many", "no number"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct objective objective;
    diagnostics_init(&diagnostics, &arena);
    cr_assert(!reads(cases[i].text, &objective), "%s", cases[i].text);
    cr_assert_eq(diagnostics.errors, 1, "%s: %zu errors", cases[i].text, diagnostics.errors);
    const char *message = diagnostics.first->message;
    cr_assert(strstr(message, cases[i].says) != NULL, "%s: %s", cases[i].text, message);
    cr_assert_eq(diagnostics.first->at.line, 7);
  }
}

Test(objectives, absurd_lengths_are_harmless) {
  char text[5000];
  memset(text, 'p', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  struct objective objective;
  cr_assert(!reads(text, &objective));
  memcpy(text + 300, ":view.p99 < 5ms", 16);
  cr_assert(!reads(text, &objective));
}

// ---- Verdicts ---------------------------------------------------------------------------------------------

static struct memory_budget budget;
static struct replication runs[RUNS];
static struct request_measure measures[RUNS][6];
static struct replication *list[RUNS];
static struct experiment experiment;

// 20,000 requests in each run, evenly spread up to `slowest` ms, and shifted by the run; `lost` of them fail.
static void fill(int64_t slowest, int lost) {
  memory_budget_init(&budget);
  for (int i = 0; i < RUNS; i++) {
    for (int m = 0; m < 6; m++) request_measure_init(&measures[i][m], &budget);
    struct request_measure *measure = &measures[i][0];
    measure->offered = 20000 + (uint64_t)lost;
    measure->answered = 20000;
    measure->failed[OUTCOME_TIMEOUT] = (uint64_t)lost;
    for (int64_t n = 1; n <= 20000; n++) {
      histogram_record(&measure->latency_histogram, n * slowest * 50 + i * 10000);
      tally_add(&measure->latency, n * slowest * 50 + i * 10000);
    }
    runs[i] = (struct replication){
        .plan = &plan, .requests = measures[i], .until = INT64_C(100000000000), .number = (uint32_t)i};
    list[i] = &runs[i];
  }
  experiment = (struct experiment){.plan = &plan, .load = 1, .replications = list, .count = RUNS};
}

static void empty(void) {
  for (int i = 0; i < RUNS; i++) {
    for (int m = 0; m < 6; m++) request_measure_drop(&measures[i][m]);
  }
}

static const struct objective_result *result_of(const char *text) {
  struct objective *objective = arena_take(&arena, sizeof *objective);
  cr_assert(reads(text, objective), "%s", text);
  struct objectives objectives = {objective, 1};
  return objectives_judge(&objectives, &experiment, &arena);
}

static enum objective_verdict judge(const char *text) {
  return result_of(text)->verdict;
}

Test(objectives, verdicts) {
  fill(1000, 0);
  cr_assert_eq(judge("p99 < 995ms"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("p99 < 985ms"), OBJECTIVE_FAILED);
  cr_assert_eq(judge("p99 > 985ms"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("within 500ms > 49%"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("within 500ms > 51%"), OBJECTIVE_FAILED);
  cr_assert_eq(judge("within 500ms > 50.0%"), OBJECTIVE_UNDECIDED);
  cr_assert_eq(judge("throughput > 1/s"), OBJECTIVE_FAILED); // no entry gave an answer
  // Twenty requests of a run are slower than its p99.9, too few for an interval. But of 200,000 all take less
  // than 2 s, and half less than 500 ms.
  cr_assert_eq(judge("p99.9 < 2s"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("p99.9 > 2s"), OBJECTIVE_FAILED);
  cr_assert_eq(judge("p99.9 < 500ms"), OBJECTIVE_FAILED);
  cr_assert_eq(judge("p99.9 > 500ms"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("errors < 0.1%"), OBJECTIVE_PASSED); // 0 of 200,000 is at most 3 in 200,000
  cr_assert_eq(judge("errors < 0.001%"), OBJECTIVE_UNDECIDED);
  empty();
  fill(1000, 20); // one in a thousand is lost
  cr_assert_eq(judge("p99.9 < 2s"), OBJECTIVE_UNDECIDED);
  empty();
}

// The reason why a percentile has no interval is its own, also where its share decides.
Test(objectives, a_percentile_judged_by_its_share_says_why) {
  fill(1000, 0);
  cr_assert_str_eq(result_of("p99.9 < 2s")->estimate.method,
                   "too few samples: a percentile needs 100 beyond it; judged by the share within the limit");
  measures[0][0].offered += 3000; // more than one in ten, of one run
  measures[0][0].failed[OUTCOME_TIMEOUT] += 3000;
  cr_assert_str_eq(result_of("p90 < 1h")->estimate.method,
                   "infinite in some replication; judged by the share within the limit");
  empty();
}

// Those that were answered are quick. A system that collapses cannot pass.
Test(objectives, survivors_do_not_speak_for_the_dead) {
  fill(10, 1000);
  cr_assert_eq(judge("p90 < 1s"), OBJECTIVE_PASSED);
  cr_assert_eq(judge("p99 < 1000s"), OBJECTIVE_FAILED);
  cr_assert_eq(judge("within 1h > 99%"), OBJECTIVE_FAILED);
  empty();
}

// More rules make each interval wider.
Test(objectives, rules_share_the_risk) {
  fill(1000, 0);
  struct objective many[40];
  for (int i = 0; i < 40; i++) cr_assert(reads("p99 < 1s", &many[i]));
  struct objectives one = {many, 1};
  struct objectives all = {many, 40};
  struct estimate alone = objectives_judge(&one, &experiment, &arena)->estimate;
  struct estimate among = objectives_judge(&all, &experiment, &arena)->estimate;
  double wider = estimate_half_width(&among) / estimate_half_width(&alone);
  double expected = estimate_student(1 - 0.05 / 40, RUNS - 1) / estimate_student(0.95, RUNS - 1);
  cr_assert(fabs(wider - expected) < 1e-9, "%g, %g", wider, expected);
  empty();
}
