// Predictions: against the published and proved answers of tests/theory, against the closed forms, and
// against examples worked out by hand; and that nothing is claimed where an assumption is missing.
#include "predict.h"

#include "json.h"
#include "mg1.h"
#include "mmc.h"
#include "scenario.h"
#include "scenario_file.h"
#include "sim.h"
#include "sim_run.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
  struct field_context context; // first: the reader of files finds the rest from it
  struct arena arena;
  struct diagnostics diagnostics;
  struct scenario_file file;
  struct prediction prediction;
};

static bool read_side_file(const struct node *name, struct field_context *context, const char **text,
                           size_t *length) {
  struct reading *reading = (struct reading *)(void *)context;
  *text = scenario_file_read(&reading->file, name, 1 << 24, length, &reading->diagnostics, &reading->arena);
  return *text != NULL;
}

static void begin(struct reading *reading) {
  memset(reading, 0, sizeof *reading);
  arena_init(&reading->arena, NULL);
  diagnostics_init(&reading->diagnostics, &reading->arena);
  reading->context = (struct field_context){
      .arena = &reading->arena, .diagnostics = &reading->diagnostics, .read_file = read_side_file};
}

static void finish(struct reading *reading, const struct node *document, double load, const char *what) {
  const struct plan *plan = scenario_compile(document, &reading->context);
  if (plan == NULL) diagnostics_print(&reading->diagnostics, stderr);
  cr_assert_not_null(plan, "%s is wrong", what);
  cr_assert(predict(&reading->prediction, plan, plan->run.load * load, &reading->arena));
}

static void read_path(struct reading *reading, const char *path) {
  begin(reading);
  struct scenario_request request = {.path = path, .rules = &scenario_merge_rules};
  bool right = scenario_file_load(&reading->file, &request, &reading->diagnostics, &reading->arena);
  if (!right) diagnostics_print(&reading->diagnostics, stderr);
  cr_assert(right, "%s does not load", path);
  finish(reading, reading->file.document, 1, path);
}

// Scenarios are written with ' for ".
static void read_text_at(struct reading *reading, const char *text, double load) {
  begin(reading);
  char *copy = arena_text(&reading->arena, text, strlen(text));
  for (char *at = copy; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  const struct node *root = json_read(copy, strlen(copy), "s.json", &reading->diagnostics, &reading->arena);
  if (root == NULL) diagnostics_print(&reading->diagnostics, stderr);
  cr_assert_not_null(root);
  finish(reading, root, load, text);
}

static void read_text(struct reading *reading, const char *text) {
  read_text_at(reading, text, 1);
}

static const struct predicted_component *at(const struct reading *reading, const char *name) {
  const struct component *component = plan_component(reading->prediction.plan, name);
  cr_assert_not_null(component, "no component %s", name);
  return &reading->prediction.components[component->number];
}

static void end(struct reading *reading) {
  arena_drop(&reading->arena);
}

static void expect_near(double value, double expected, const char *what) {
  cr_expect(value == expected || fabs(value - expected) <= 1e-9 * fabs(expected) + 1e-15,
            "%s: %.12g instead of %.12g", what, value, expected);
}

// ---- The cases of tests/theory ----------------------------------------------------------------------------

// The prediction that answers a path of results; NAN: none does.
static double answer(const struct reading *reading, const char *path) {
  char name[64], figure[64];
  if (strcmp(path, "requests.all.latency_s.mean") == 0) return reading->prediction.response;
  if (sscanf(path, "components.%63[^.].%63s", name, figure) != 2) return NAN;
  const struct predicted_component *component = at(reading, name);
  if (component->law == NULL) return NAN;
  if (strcmp(figure, "wait_s.mean") == 0) return component->wait;
  if (strcmp(figure, "residence_s.mean") == 0) return component->residence;
  if (strcmp(figure, "errors") == 0) return component->lost;
  // What is offered and what is carried differ where visits are lost.
  if (strcmp(figure, "utilization.cpu.mean") == 0 && isnan(component->lost)) return component->utilization;
  return NAN;
}

// A case whose scenario is that of others changes it.
static unsigned compare_case(const cJSON *entry, const char *folder) {
  const char *id = cJSON_GetObjectItemCaseSensitive(entry, "id")->valuestring;
  const cJSON *runs = cJSON_GetObjectItemCaseSensitive(entry, "runs");
  bool own = cJSON_GetObjectItemCaseSensitive(entry, "scenario") == NULL && cJSON_GetArraySize(runs) == 1;
  if (!own || !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(entry, "exact"))) return 0;
  char path[4096];
  snprintf(path, sizeof path, "%s/tests/theory/cases/%s.json", folder, id);
  struct reading *reading = malloc(sizeof *reading);
  read_path(reading, path);
  unsigned compared = 0;
  const cJSON *figure = NULL;
  cJSON_ArrayForEach(figure, cJSON_GetObjectItemCaseSensitive(runs->child, "figures")) {
    const char *of = cJSON_GetObjectItemCaseSensitive(figure, "path")->valuestring;
    double expected = cJSON_GetObjectItemCaseSensitive(figure, "expected")->valuedouble;
    double value = answer(reading, of);
    if (isnan(value)) continue;
    compared++;
    cr_expect(fabs(value - expected) <= 1e-4 * fabs(expected) + 1e-9, "%s %s: %.9g instead of %.9g", id, of,
              value, expected);
  }
  end(reading);
  free(reading);
  return compared;
}

Test(predict, agrees_with_the_references) {
  const char *folder = getenv("HEADROOM_SOURCE");
  cr_assert_not_null(folder, "HEADROOM_SOURCE names the tree");
  char path[4096];
  snprintf(path, sizeof path, "%s/tests/theory/expected.json", folder);
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file);
  static char text[1 << 20];
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = '\0';
  cJSON *root = cJSON_Parse(text);
  cr_assert_not_null(root);
  unsigned compared = 0;
  const cJSON *entry = NULL;
  cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(root, "cases")) {
    compared += compare_case(entry, folder);
  }
  cJSON_Delete(root);
  // A prediction that says nothing agrees with everything.
  cr_assert_geq(compared, 70, "only %u figures were predicted", compared);
}

// ---- Laws -------------------------------------------------------------------------------------------------

#define CLIENTS(arrivals_)    "'clients': {'jobs': {'arrivals': {" arrivals_ "}, 'entry': 'a'}}, "
#define OPEN(rate_)           CLIENTS("'poisson': {'rate': '" rate_ "'}")
#define EXPONENTIAL(mean_)    "{'cpu': {'exponential': {'mean': '" mean_ "'}}}"
#define LOGNORMAL(mean_)      "{'cpu': {'lognormal': {'mean': '" mean_ "', 'cv': 2}}}"
#define SERVER(more_, steps_) "{'type': 'server', " more_ " 'handles': {'*': [" steps_ "]}}"

struct claim {
  const char *what;
  const char *text;
  const char *component;
  const char *law; // NULL: none may be claimed
  double wait;     // s; NAN: none is said
  double residence;
};

static void expect_claim(const struct claim *claim) {
  struct reading *reading = malloc(sizeof *reading);
  read_text(reading, claim->text);
  const struct predicted_component *found = at(reading, claim->component);
  if (claim->law == NULL) {
    cr_expect_null(found->law, "%s: claims %s", claim->what, found->law);
    cr_expect_not_null(found->why, "%s: does not say why", claim->what);
  } else if (found->law == NULL) {
    cr_expect_fail("%s: no law, for %s", claim->what, found->why);
  } else {
    cr_expect_str_eq(found->law, claim->law, "%s: %s", claim->what, found->law);
    cr_expect(isnan(claim->wait) == isnan(found->wait), "%s: wait %g", claim->what, found->wait);
    if (!isnan(claim->wait)) expect_near(found->wait, claim->wait, claim->what);
    expect_near(found->residence, claim->residence, claim->what);
  }
  end(reading);
  free(reading);
}

#define HOST(discipline_, cores_) "'hosts': {'h': {'cores': " cores_ ", 'discipline': '" discipline_ "'}}, "
#define ONE(discipline_, cores_, more_, steps_)                                                              \
  "{'network': 'none', " OPEN("80/s")                                                                        \
      HOST(discipline_, cores_) "'components': {'a': " SERVER("'on': 'h'," more_, steps_) "}}"
#define TWO(first_, second_, discipline_)                                                                    \
  "{'network': 'none', " OPEN("80/s") "'machines': {'m': {'cores': 1, 'discipline': '" discipline_           \
                                      "'}}, 'components': {'a': " SERVER(                                    \
                                          "'machine': 'm',",                                                 \
                                          first_ ", {'call': 'b'}") ", 'b': " SERVER("'machine': 'm',",      \
                                                                                     second_) "}}"
#define FARM(balancer_)                                                                                      \
  "{'network': 'none', " OPEN(                                                                               \
      "160/s") "'machines': {'m': {'cores': 1, 'discipline': 'fcfs'}}, "                                     \
               "'components': {'a': {'type': 'load-balancer', 'targets': ['b']" balancer_                    \
               "}, 'b': " SERVER("'machine': 'm', 'instances': 2,", EXPONENTIAL("10ms")) "}}"

Test(predict, laws_are_claimed_where_they_hold) {
  const double second = 5 * 1e-4; // E[S^2] of a cv of 2 and a mean of 10 ms
  const double vacation = mg1_wait_mean(80, 0.01, second);
  const struct claim claims[] = {
      {"M/M/1", ONE("fcfs", "1", "", EXPONENTIAL("10ms")), "a", "M/M/1", 0.04, 0.05},
      {"any order", ONE("lifo", "1", "", EXPONENTIAL("10ms")), "a", "M/M/1", 0.04, 0.05},
      {"one priority", ONE("priority", "1", "", EXPONENTIAL("10ms")), "a", "M/M/1", 0.04, 0.05},
      {"M/M/2", ONE("fcfs", "2", "", EXPONENTIAL("10ms")), "a", "M/M/2", mmc_wait_mean(80, 100, 2),
       mmc_wait_mean(80, 100, 2) + 0.01},
      {"M/G/1", ONE("fcfs", "1", "", LOGNORMAL("10ms")), "a", "M/G/1", vacation, vacation + 0.01},
      {"sharing", ONE("ps", "1", "", LOGNORMAL("10ms")), "a", "M/G/1-PS", NAN, 0.05},
      {"sharing two", ONE("ps", "2", "", LOGNORMAL("10ms")), "a", "M/G/2-PS", NAN,
       mmc_sojourn_mean(80, 100, 2)},
      {"no law for M/G/2", ONE("fcfs", "2", "", LOGNORMAL("10ms")), "a", NULL, NAN, NAN},
      {"workers as servers", ONE("fcfs", "4", "'workers': 1,", EXPONENTIAL("10ms")), "a", "M/M/1", 0.04,
       0.05},
      {"workers before cores", ONE("fcfs", "1", "'workers': 8,", LOGNORMAL("10ms")), "a", "M/G/1", vacation,
       vacation + 0.01},
      {"workers before shared cores", ONE("ps", "1", "'workers': 8,", EXPONENTIAL("10ms")), "a", "M/M/1", NAN,
       0.05},
      {"few share", ONE("ps", "1", "'workers': 8,", LOGNORMAL("10ms")), "a", NULL, NAN, NAN},
      {"workers who wait", ONE("fcfs", "4", "'workers': 1,", EXPONENTIAL("5ms") ", {'wait': '1ms'}"), "a",
       NULL, NAN, NAN},
      {"no cores",
       "{'network': 'none', " OPEN("80/s") "'components': {'a': " SERVER(
           "", LOGNORMAL("3ms") ", {'wait': '2ms'}") "}}",
       "a", "no queue", 0, 0.005},
      {"overload", ONE("fcfs", "1", "", EXPONENTIAL("20ms")), "a", "overloaded", INFINITY, INFINITY},
      {"speed",
       "{'network': 'none', " OPEN("80/s") "'hosts': {'h': {'cores': 1, 'speed': 2, 'discipline': 'fcfs'}}, "
                                           "'components': {'a': " SERVER("'on': 'h',",
                                                                         EXPONENTIAL("20ms")) "}}",
       "a", "M/M/1", 0.04, 0.05},
      {"Burke", TWO(EXPONENTIAL("10ms"), LOGNORMAL("10ms"), "fcfs"), "b", "M/G/1", vacation, vacation + 0.01},
      {"departures of M/G/1", TWO(LOGNORMAL("10ms"), EXPONENTIAL("10ms"), "fcfs"), "b", NULL, NAN, NAN},
      {"departures of sharing", TWO(LOGNORMAL("10ms"), LOGNORMAL("10ms"), "ps"), "b", "M/G/1-PS", NAN, 0.05},
      {"behind an overload", TWO(EXPONENTIAL("20ms"), EXPONENTIAL("5ms"), "fcfs"), "b", NULL, NAN, NAN},
      {"coming back",
       TWO(EXPONENTIAL("10ms"), EXPONENTIAL("5ms") ", {'choose': [[0.1, [{'call': 'b'}]], [0.9, []]]}",
           "fcfs"),
       "b", "M/M/1", 80 / 0.9 * 0.005 * 0.005 / (1 - 80 / 0.9 * 0.005), 0.005 / (1 - 80 / 0.9 * 0.005)},
      {"coming back, not exponential",
       TWO(EXPONENTIAL("10ms"), LOGNORMAL("5ms") ", {'choose': [[0.1, [{'call': 'b'}]], [0.9, []]]}", "fcfs"),
       "b", NULL, NAN, NAN},
      {"twice in a row", TWO(EXPONENTIAL("10ms"), EXPONENTIAL("5ms"), "fcfs"), "b", "M/M/1",
       0.005 * 0.4 / 0.6, 0.005 / 0.6},
      {"by lot", FARM(", 'algorithm': 'random'"), "b", "M/M/1", 0.04, 0.05},
      {"in turn", FARM(""), "b", "E2/M/1", NAN, NAN},
      {"by load", FARM(", 'algorithm': 'least-connections'"), "b", NULL, NAN, NAN},
      {"two rows of turns", FARM(", 'instances': 2"), "b", NULL, NAN, NAN},
  };
  for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
    if (strcmp(claims[i].what, "in turn") != 0) expect_claim(&claims[i]);
  }
}

// E_2/M/1: sigma solves sigma = (r / (1 + r - sigma ... ))^2; here by fixed point, not by the library's
// bisection. Gaps are the sum of two exponential ones of rate 160/s; service 100/s.
Test(predict, instances_in_turn) {
  double sigma = 0.5;
  for (int i = 0; i < 10000; i++) {
    double one = 160 / (160 + 100 * (1 - sigma));
    sigma = one * one;
  }
  struct reading reading;
  read_text(&reading, FARM(""));
  const struct predicted_component *found = at(&reading, "b");
  cr_assert_str_eq(found->law, "E2/M/1");
  cr_expect_float_eq(found->residence, 0.01 / (1 - sigma), 1e-9);
  cr_expect_float_eq(found->wait, 0.01 * sigma / (1 - sigma), 1e-9);
  end(&reading);
}

#define WITH(clients_, more_)                                                                                \
  "{'network': 'none', 'clients': {'jobs': {" clients_ ", 'entry': 'a'}}, " HOST("fcfs", "1") more_          \
      "'components': {'a': " SERVER("'on': 'h',", EXPONENTIAL("10ms")) "}}"
#define POISSON "'arrivals': {'poisson': {'rate': '80/s'}}"

Test(predict, nothing_is_claimed_without_its_assumptions) {
  static const char *const texts[] = {
      WITH("'arrivals': {'constant': {'rate': '80/s'}}", ""),
      WITH("'arrivals': {'renewal': {'gap': {'gamma': {'mean': '12ms', 'cv': 2}}}}", ""),
      WITH("'arrivals': {'mmpp': {'rates': ['50/s', '90/s'], 'dwell': ['1s', '1s']}}", ""),
      WITH(POISSON ", 'batch': 2", ""),
      WITH(POISSON
           ", 'shape': {'spike': {'at': '1min', 'factor': 2, 'rise': '1s', 'hold': '9s', 'fall': '1s'}}",
           ""),
      WITH(POISSON ", 'retries': {'max': 1}", ""),
      WITH(POISSON ", 'hedge': {'after': '1s'}", ""),
      WITH(POISSON ", 'timeout': '20ms', 'on_timeout': 'cancel'", ""),
      WITH(POISSON, "'timeline': [{'at': '10s', 'slow': 'a', 'factor': 2}], "),
      "{'network': 'none', " OPEN("80/s") HOST("fcfs", "1") "'components': {'a': " SERVER(
          "'on': 'h', 'workers': 1, 'patience': {'uniform': {'min': '0s', 'max': '1s'}},",
          EXPONENTIAL("10ms")) "}}",
      "{'network': 'none', " OPEN("80/s") HOST("fcfs", "1") "'components': {'a': " SERVER(
          "'on': 'h', 'workers': 1, 'backlog': 3,", LOGNORMAL("10ms")) "}}",
      "{'network': 'none', " OPEN("80/s") HOST("fcfs", "1") "'components': {'a': " SERVER(
          "'on': 'h',", "{'parallel': 2, 'do': [" EXPONENTIAL("1ms") "]}") "}}",
      "{'network': 'none', 'requests': {'x': {'priority': 1}}, 'clients': {'jobs': {" POISSON
      ", 'mix': {'x': 1, 'y': 1}, 'entry': 'a'}}, " HOST("priority", "1") "'components': {'a': " SERVER(
          "'on': 'h',", EXPONENTIAL("10ms")) "}}",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct claim claim = {.what = texts[i], .text = texts[i], .component = "a"};
    expect_claim(&claim);
  }
  // A client that gives up leaves the server's work as it was.
  struct claim claim = {"abandon", WITH(POISSON ", 'timeout': '20ms'", ""), "a", "M/M/1", 0.04, 0.05};
  expect_claim(&claim);
}

// ---- Loads and what fills up ------------------------------------------------------------------------------

// A host of 2 cores: a brings 50/s x 10 ms and calls b three times a visit, 4 ms each: 0.5 and 0.6 erlangs.
#define SHARED                                                                                               \
  "{'network': 'none', " OPEN("50/s") HOST("ps", "2") "'components': {'a': " SERVER(                         \
      "'on': 'h',",                                                                                          \
      EXPONENTIAL("10ms") ", {'repeat': 3, 'do': [{'call': 'b'}]}") ", 'b': " SERVER("'on': 'h',",           \
                                                                                     EXPONENTIAL(            \
                                                                                         "4ms")) "}}"

Test(predict, components_of_a_host_add_up) {
  struct reading reading;
  read_text(&reading, SHARED);
  expect_near(reading.prediction.offered, 50, "offered");
  expect_near(at(&reading, "a")->load, 0.5, "load of a");
  expect_near(at(&reading, "b")->load, 0.6, "load of b");
  expect_near(at(&reading, "b")->visits, 150, "visits of b");
  expect_near(at(&reading, "a")->utilization, 0.55, "utilization by a");
  expect_near(at(&reading, "b")->utilization, 0.55, "utilization by b");
  const struct predicted_bottleneck *found = &reading.prediction.bottleneck;
  cr_expect(found->certain);
  cr_expect_str_eq(found->component->name, "b"); // it uses more of them
  cr_expect_str_eq(found->resource, "cores");
  expect_near(found->load, 1 / 0.55, "full at");
  expect_near(found->rate, 50 / 0.55, "full at a rate of");
  end(&reading);
  // Under another load everything scales, and the rate that fills it does not move.
  read_text_at(&reading, SHARED, 1.5);
  expect_near(at(&reading, "a")->utilization, 0.825, "utilization at load 1.5");
  expect_near(reading.prediction.bottleneck.load, 1 / 0.55, "full at, from load 1.5");
  expect_near(reading.prediction.bottleneck.rate, 50 / 0.55, "full at a rate of, from load 1.5");
  end(&reading);
}

// Both kinds of visits share the cores by 0.55; processor sharing stretches each alike (Cohen 1979): M/M/2 at
// 1.1 erlangs stays 1 / (1 - 0.55^2) times its service.
Test(predict, sharing_stretches_all_work_alike) {
  struct reading reading;
  read_text(&reading, SHARED);
  double stretch = 1 / (1 - 0.55 * 0.55);
  expect_near(at(&reading, "a")->residence, 0.01 * stretch, "a");
  expect_near(at(&reading, "b")->residence, 0.004 * stretch, "b");
  end(&reading);
}

Test(predict, uneven_hosts_fill_where_most_stand) {
  struct reading reading;
  read_text(&reading,
            "{'network': 'none', " OPEN("90/s") "'hosts': {'h': {'cores': 1, 'count': 2}}, "
                                                "'components': {'a': " SERVER("'on': 'h', 'instances': 3,",
                                                                              EXPONENTIAL("10ms")) "}}");
  // Instances 0 and 2 stand on the first: 60/s of 90/s.
  expect_near(at(&reading, "a")->utilization, 0.6, "the busier host");
  cr_expect_null(at(&reading, "a")->law);
  end(&reading);
}

Test(predict, workers_are_held_while_others_work) {
  struct reading reading;
  read_text(
      &reading,
      "{'network': 'none', " OPEN("50/s") "'machines': {'m': {'cores': 1}}, 'components': {'a': " SERVER(
          "'machine': 'm', 'workers': 4,",
          EXPONENTIAL("2ms") ", {'wait': '10ms'}, {'call': 'b'}") ", 'b': " SERVER("'machine': 'm',",
                                                                                   EXPONENTIAL("8ms")) "}}");
  expect_near(at(&reading, "a")->workers, 50 * 0.020 / 4, "workers");
  cr_expect(at(&reading, "a")->workers_least, "waits for b are left out");
  cr_expect_str_eq(reading.prediction.bottleneck.component->name, "b");
  expect_near(reading.prediction.bottleneck.rate, 125, "b is full at");
  end(&reading);
}

struct doubt {
  const char *text;
  const char *word; // of the reason
};

Test(predict, a_bottleneck_in_doubt_says_why) {
  static const struct doubt doubts[] = {
      {WITH(POISSON ", 'retries': {'max': 1}", ""), "retries"},
      {WITH(POISSON ", 'hedge': {'after': '1s'}", ""), "hedges"},
      {"{'network': 'none', " OPEN("80/s") HOST("fcfs", "1") "'components': {'a': " SERVER(
           "'on': 'h', 'workers': 1, 'backlog': 3,", EXPONENTIAL("10ms")) "}}",
       "backlog"},
      {"{'network': 'none', " OPEN("80/s") HOST("fcfs", "1") "'components': {'a': " SERVER(
           "'on': 'h', 'workers': 1, 'patience': '1s',", EXPONENTIAL("10ms")) "}}",
       "give up"},
      {TWO(EXPONENTIAL("1ms") ", {'call': 'b', 'retries': {}}", EXPONENTIAL("5ms"), "fcfs"), "retries"},
  };
  for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++) {
    struct reading *reading = malloc(sizeof *reading);
    read_text(reading, doubts[i].text);
    cr_expect_not(reading->prediction.bottleneck.certain, "%s", doubts[i].text);
    cr_assert_not_null(reading->prediction.bottleneck.why, "%s", doubts[i].text);
    cr_expect_not_null(strstr(reading->prediction.bottleneck.why, doubts[i].word), "%s: %s", doubts[i].text,
                       reading->prediction.bottleneck.why);
    end(reading);
    free(reading);
  }
}

// Two stations of demands 30 and 40 ms and thinking of 1 s: N* = 1.07 / 0.04; and for one user nobody waits.
#define CLOSED(users_, entry_more_)                                                                          \
  "{'network': 'none', 'clients': {'staff': {'arrivals': {'closed': {'users': " users_                       \
  ", 'think': '1s'}}, 'entry': 'a'" entry_more_                                                              \
  "}}, 'machines': {'m': {'cores': 1}}, 'components': {'a': " SERVER(                                        \
      "'machine': 'm',", EXPONENTIAL("30ms") ", {'call': 'b'}") ", 'b': " SERVER("'machine': 'm',",          \
                                                                                 EXPONENTIAL("40ms")) "}}"

Test(predict, closed_groups) {
  struct reading reading;
  read_text(&reading, CLOSED("1", ""));
  cr_expect_float_eq(reading.prediction.offered, 1 / 1.07, 1e-9);
  cr_expect_float_eq(reading.prediction.response, 0.07, 1e-9);
  cr_expect_float_eq(reading.prediction.bottleneck.users, 1.07 / 0.04, 1e-4);
  cr_expect_str_eq(reading.prediction.bottleneck.component->name, "b");
  end(&reading);
  // Two users, by hand (Reiser and Lavenberg): with one, Q is 0.03/1.07 and 0.04/1.07.
  read_text(&reading, CLOSED("2", ""));
  double one = 0.03 * (1 + 0.03 / 1.07), other = 0.04 * (1 + 0.04 / 1.07);
  cr_expect_float_eq(reading.prediction.response, one + other, 1e-7);
  cr_expect_float_eq(reading.prediction.offered, 2 / (1 + one + other), 1e-7);
  cr_expect_float_eq(at(&reading, "a")->residence, one, 1e-7);
  cr_expect_float_eq(at(&reading, "b")->residence, other, 1e-7);
  end(&reading);
  read_text(&reading, CLOSED("2", ", 'retries': {}"));
  cr_expect(isnan(reading.prediction.offered), "retries break the product form");
  cr_expect_not_null(reading.prediction.rate_why);
  end(&reading);
}

// ---- Costs ------------------------------------------------------------------------------------------------

Test(predict, costs_follow_the_scenario) {
  struct reading small, large;
  read_text(&small, ONE("fcfs", "1", "", EXPONENTIAL("10ms")));
  cr_expect_float_eq(small.prediction.cost.events_per_request, 2, 1e-9); // it comes, it is done
  cr_expect_float_eq(small.prediction.cost.in_flight, 4, 1e-6);          // Little: 80/s for 50 ms
  end(&small);
  read_text(&large,
            "{'network': 'none', 'run': {'requests': 1000},\n" OPEN("80/s") "\n'components': {'a': " SERVER(
                "'instances': 90000,", EXPONENTIAL("10ms")) "}}");
  cr_assert_not_null(large.prediction.cost.dearest);
  cr_expect_eq(large.prediction.cost.dearest->at.line, 3);
  cr_expect_gt(large.prediction.cost.memory, 90000 * 200.0);
  cr_expect_not_null(strstr(large.prediction.cost.dearest_what, "90000 instances"));
  end(&large);
}

// Two cores at 0.8 each, as M/M/2 has it; and a core that is offered twice what it can do: of 200 a second, a
// hundred stay.
Test(predict, visits_inside_are_those_of_the_station) {
  struct reading reading;
  read_text(&reading,
            "{'network': 'none', " OPEN("160/s") "'machines': {'m': {'cores': 2, 'discipline': 'fcfs'}},"
                                                 "'components': {'a': {'type': 'server', 'machine': 'm', "
                                                 "'handles': {'*': [{'cpu': {'exponential': "
                                                 "{'mean': '10ms'}}}]}}}}");
  cr_expect_float_eq(reading.prediction.cost.in_flight, 1.6 / (1 - 0.64), 1e-6, "%g",
                     reading.prediction.cost.in_flight);
  end(&reading);
  read_text(&reading, "{'network': 'none', 'run': {'duration': '100s'}, " OPEN(
                          "200/s") "'machines': {'m': {'cores': 1}}, 'components': {'a': {'type': 'server', "
                                   "'machine': 'm', 'handles': "
                                   "{'*': [{'cpu': {'exponential': {'mean': '10ms'}}}]}}}}");
  double inside = reading.prediction.cost.in_flight; // after the run and its drain of a minute
  cr_expect(inside > 16000 && inside < 18000, "%g", inside);
  end(&reading);
}

// It arrives, travels there and back, and computes; so does its call; for both a timeout is armed.
Test(predict, a_call_costs_its_ways_and_its_timeout) {
  struct reading reading;
  read_text(&reading,
            "{" OPEN("10/s") "'components': {'a': {'type': 'server', 'handles': {'*': [{'cpu': '1ms'}, "
                             "{'call': 'b', 'timeout': '1s'}]}}, 'b': {'type': 'server', 'handles': {'*': "
                             "[{'cpu': '1ms'}]}}}}");
  cr_expect_float_eq(reading.prediction.cost.events_per_request, 1 + (2 + 1) + 1 + (2 + 1) + 1, 1e-9, "%g",
                     reading.prediction.cost.events_per_request);
  end(&reading);
}

// What a run of so long takes indeed.
static double memory_of_a_run(const struct plan *plan, int64_t duration) {
  struct sim sim;
  struct sim_settings settings = {.seed = 1,
                                  .load = 1,
                                  .duration = duration,
                                  .requests = INT64_MAX,
                                  .drain = plan->run.drain,
                                  .window = plan->run.window};
  cr_assert(sim_init(&sim, plan, &settings));
  enum engine_outcome outcome = sim_run(&sim);
  cr_assert(outcome == ENGINE_STOPPED || outcome == ENGINE_UNTIL, "%d", outcome);
  double peak = (double)sim.budget.peak;
  sim_drop(&sim);
  return peak;
}

#define KEYED(cache)                                                                                         \
  "{'run': {'duration': '20s', 'warmup': '0s'},"                                                             \
  "'datasets': {'d': {'items': 200000, 'item_size': '1KB', 'popularity': {'zipf': {'s': 0.8}}}},"            \
  "'clients': {'c': {'arrivals': {'poisson': {'rate': '2000/s'}}, 'entry': 'web', 'users': 200000}},"        \
  "'components': {'db': {'type': 'database', 'holds': ['d']}," cache                                         \
  "'web': {'type': 'server', 'handles': {'*': [{'read': 'd', 'from': 'x'}]}}}}"

// Stores cold and warm, bounded by items, by bytes and not at all, shared and each for itself; beside them
// the connections of many users; and a queue that grows. Within a factor of two, as predict_cost.c promises.
Test(predict, memory_is_that_of_a_run) {
  static const char *const scenarios[] = {
      KEYED("'x': {'type': 'cache', 'origin': 'db', 'strategy': 'read-through'},"),
      KEYED("'x': {'type': 'cache', 'origin': 'db', 'strategy': 'read-through', 'start': 'warm'},"),
      KEYED("'x': {'type': 'cache', 'origin': 'db', 'strategy': 'read-through', 'start': 'warm',"
            "'ttl': '1h', 'capacity': {'items': 30000}, 'instances': 3},"),
      KEYED("'x': {'type': 'cache', 'origin': 'db', 'strategy': 'read-through', 'start': 'warm',"
            "'level': 'local', 'capacity': '30MB', 'eviction': 'lfu', 'instances': 3},"),
      KEYED(
          "'x': {'type': 'database', 'holds': ['d'], 'buffer': '60MB', 'start': 'warm', 'shards': {'count': "
          "2}},"),
      "{'network': 'none', 'clients': {'c': {'arrivals': {'poisson': {'rate': '4000/s'}}, 'entry': 'a'}},"
      "'machines': {'m': {'cores': 1}}, 'run': {'duration': '20s', 'warmup': '0s'}, "
      "'components': {'a': {"
      "'type': 'server', 'machine': 'm', 'handles': {'*': [{'cpu': '1ms'}]}}}}",
  };
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    struct reading reading;
    read_text(&reading, scenarios[i]);
    double peak = memory_of_a_run(reading.prediction.plan, INT64_C(20000000000));
    double ratio = reading.prediction.cost.memory / peak;
    cr_expect(ratio > 0.5 && ratio < 2, "%zu: %.0f predicted, %.0f taken", i, reading.prediction.cost.memory,
              peak);
    end(&reading);
  }
}

// Images of 250 KB and pages of 20 KB, 40 a second each, from a host with an interface of 12.5 MB/s and a
// disk of 200 operations a second; each page asks two others, of which one stands on the same host. Requests
// have 1000 bytes.
Test(predict, disks_and_interfaces_are_offered_what_goes_through_them) {
  static const char text[] =
      "{'run': {'duration': '60s'},"
      "'hosts': {'box': {'cores': 8, 'disk': {'iops': 200, 'bandwidth': 'unlimited'}, 'nic': '100Mbps'}},"
      "'machines': {'m': {'cores': 2, 'nic': '100Mbps', 'disk': {'iops': 'unlimited', 'bandwidth': "
      "'80Mbps'}}},"
      "'clients': {'c': {'arrivals': {'poisson': {'rate': '80/s'}}, 'entry': 'lb', 'mix': {'image': 1, "
      "'page': 1}}},"
      "'components': {'lb': {'type': 'load-balancer', 'targets': ['web']},"
      "'web': {'type': 'server', 'on': 'box', 'handles': {'image': [{'disk': 2}, {'respond': '250KB'}],"
      "'page': [{'cpu': '3ms'}, {'call': 'api'}, {'call': 'local'}, {'respond': '20KB'}]}},"
      "'local': {'type': 'server', 'on': 'box', 'handles': {'*': [{'respond': '50KB'}]}},"
      "'api': {'type': 'server', 'machine': 'm', 'instances': 2,"
      "'handles': {'*': [{'disk': '100KB'}, {'respond': '40KB'}]}}}}";
  struct reading reading;
  read_text(&reading, text);
  const struct predicted_component *api = &reading.prediction.components[0];
  const struct predicted_component *web = &reading.prediction.components[3];
  cr_expect_float_eq(web->disk, 80.0 / 200, 1e-9);
  cr_expect_float_eq(web->nic, (40 * 250e3 + 40 * 20e3 + 40 * 1e3) / 12.5e6, 1e-9);
  cr_expect_float_eq(web->nic_in, (80 * 1e3 + 40 * 40e3) / 12.5e6, 1e-9);
  cr_expect_str_eq(web->sends, "answers to `image`");
  cr_expect_float_eq(api->disk, 20 * 100e3 / 10e6, 1e-9);
  cr_expect_float_eq(api->nic, 20 * 40e3 / 12.5e6, 1e-9);
  cr_expect_float_eq(api->nic_in, 20 * 1e3 / 12.5e6, 1e-9);
  cr_expect_null(api->law); // none is known of what waits for a disk
  cr_expect_str_eq(reading.prediction.bottleneck.resource, "nic");
  cr_expect_float_eq(reading.prediction.bottleneck.load, 1 / web->nic, 1e-9);
  end(&reading);
}

// A balancer's answers are those of its targets, as often as each is asked: a third of 30 KB and two of 60.
// They pass it unless they return directly; the large ones come from its own machine, and are not sent to it.
static void passes_balancer(const char *how, double to, double from, double large) {
  static const char pattern[] =
      "{'run': {'duration': '60s'}, 'machines': {'m': {'cores': 2, 'nic': '100Mbps'}},"
      "'hosts': {'box': {'cores': 2, 'nic': '100Mbps'}},"
      "'clients': {'c': {'arrivals': {'poisson': {'rate': '30/s'}}, 'entry': 'web'}},"
      "'components': {'web': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'call': 'lb'}]}},"
      "'lb': {'type': 'load-balancer', 'on': 'box', 'algorithm': 'weighted-round-robin', %s "
      "'targets': {'small': 1, 'large': 2}},"
      "'small': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'respond': '30KB'}]}},"
      "'large': {'type': 'server', 'on': 'box', 'handles': {'*': [{'respond': '60KB'}]}}}}";
  char text[2000];
  snprintf(text, sizeof text, pattern, how);
  struct reading reading;
  read_text(&reading, text);
  // By name: large, lb, small, web.
  const struct predicted_component *components = reading.prediction.components;
  double answers = 10 * 30e3 + 20 * 60e3, requests = 30 * 1e3;
  cr_expect_float_eq(components[3].nic_in, (answers + requests) / 12.5e6, 1e-9);
  cr_expect_float_eq(components[2].nic, 10 * 30e3 / 12.5e6, 1e-9);
  cr_expect_float_eq(components[1].received, to, 1e-6, "%s: %g", how, components[1].received);
  cr_expect_float_eq(components[1].sent, from, 1e-6, "%s: %g", how, components[1].sent);
  cr_expect_float_eq(components[0].sent, large, 1e-6, "%s: %g", how, components[0].sent);
  cr_expect_float_eq(components[1].nic, (from + large) / 12.5e6, 1e-9, "%s: all that stand there", how);
  end(&reading);
}

Test(predict, answers_of_a_balancer_are_those_of_its_targets) {
  double answers = 10 * 30e3 + 20 * 60e3, requests = 30 * 1e3;
  passes_balancer("", requests + 10 * 30e3, 10 * 1e3 + answers, 0);
  passes_balancer("'direct_return': true,", requests, 10 * 1e3, 20 * 60e3);
}

// A queue hands a worker what it has a slot for: nobody waits there, and no law of arrivals fits.
Test(predict, workers_of_a_queue_get_no_stream_of_arrivals) {
  struct reading reading;
  read_text_at(&reading,
               "{'network': 'none', 'clients': {'c': {'arrivals': {'poisson': {'rate': '100/s'}}, 'entry': "
               "'q'}}, 'components': {'q': {'type': 'queue'}, 'w': {'type': 'worker', 'consumes': 'q', "
               "'workers': 1, 'handles': {'*': [{'wait': '5ms'}]}}}}",
               1);
  // By number, and so by name: `q` is the first.
  cr_expect_null(reading.prediction.components[1].law);
  cr_expect_not_null(reading.prediction.components[1].why);
  end(&reading);
}

// Two tiers of 50 and 200 of 2000 items: moved about as lists (test_hit_ratio.c) they find 29.26% and 29.29%,
// where the law of all requests has the second find half. In whichever order they are written.
Test(predict, a_second_tier_gets_what_the_first_has_missed) {
  static const char *const names[][2] = {{"a", "b"}, {"b", "a"}};
  for (int i = 0; i < 2; i++) {
    struct reading reading;
    char text[1024];
    snprintf(text, sizeof text,
             "{'requests': {'view': {'reads': 'pictures'}}, 'network': {},"
             "'datasets': {'pictures': {'items': 2000, 'popularity': {'zipf': {'s': 0.9}}}},"
             "'datacenters': {'virginia': {'region': 'us-east'}},"
             "'clients': {'c': {'from': 'us-east', 'arrivals': {'poisson': {'rate': '200/s'}},"
             "'mix': {'view': 1}, 'entry': '%s'}}, 'components': {"
             "'a': {'type': 'cdn', 'origin': '%s', 'edges': ['us-east'], 'capacity': {'items': %d}},"
             "'b': {'type': 'cdn', 'origin': '%s', 'edges': ['us-east'], 'capacity': {'items': %d}},"
             "'store': {'type': 'object-store', 'holds': ['pictures']}}}",
             names[i][0], i == 0 ? "b" : "store", i == 0 ? 50 : 200, i == 0 ? "store" : "a",
             i == 0 ? 200 : 50);
    read_text(&reading, text);
    cr_expect_float_eq(at(&reading, names[i][1])->visits, 200 * (1 - 0.2926), 0.5);
    cr_expect_float_eq(at(&reading, "store")->visits, 200 * (1 - 0.2926) * (1 - 0.2929), 200 * 0.02);
    end(&reading);
  }
}
