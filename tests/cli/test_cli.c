// The program from outside: exit codes, what goes to which stream, the same bytes for any number of threads.
#define _XOPEN_SOURCE 700 // posix_openpt
#include "starting.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MOST = 32, KEPT_MOST = 4096 };

// What a test has allocated, given back at its end.
static void *kept[KEPT_MOST];
static cJSON *parsed[KEPT_MOST];
static size_t kept_count, parsed_count;

static char *keep(char *text) {
  cr_assert_lt(kept_count, KEPT_MOST);
  kept[kept_count++] = text;
  return text;
}

static char *copy(const char *text) {
  return keep(strdup(text));
}

static cJSON *parse(const char *text) {
  cJSON *root = cJSON_Parse(text);
  cr_assert_not_null(root, "this is no JSON: %.200s", text);
  cr_assert_lt(parsed_count, KEPT_MOST);
  return parsed[parsed_count++] = root;
}

static char folder[] = "cli-XXXXXX";

static const char mm1[] =
    "{ \"name\": \"M/M/1\", \"network\": \"none\", \"run\": { \"requests\": 3000, \"replications\": 3 },\n"
    "  \"clients\": { \"jobs\": { \"arrivals\": { \"poisson\": { \"rate\": \"60/s\" } }, \"entry\": "
    "\"station\" } },\n"
    "  \"hosts\": { \"one\": { \"cores\": 1, \"discipline\": \"fcfs\" } },\n"
    "  \"components\": { \"station\": { \"type\": \"server\", \"on\": \"one\",\n"
    "    \"handles\": { \"*\": [ { \"cpu\": { \"exponential\": { \"mean\": \"10ms\" } } } ] } } } }\n";

// The same with its keys in another order.
static const char shuffled[] =
    "{ \"components\": { \"station\": {\n"
    "    \"handles\": { \"*\": [ { \"cpu\": { \"exponential\": { \"mean\": \"10ms\" } } } ] }, \"on\": "
    "\"one\", \"type\": \"server\" } },\n"
    "  \"hosts\": { \"one\": { \"discipline\": \"fcfs\", \"cores\": 1 } }, \"network\": \"none\",\n"
    "  \"clients\": { \"jobs\": { \"entry\": \"station\", \"arrivals\": { \"poisson\": { \"rate\": \"60/s\" "
    "} } } },\n"
    "  \"run\": { \"replications\": 3, \"requests\": 3000 }, \"name\": \"M/M/1\" }\n";

static const char unused[] =
    "{ \"extends\": \"mm1.json\", \"components\": { \"another\": { \"type\": \"server\",\n"
    "    \"handles\": { \"*\": [ { \"wait\": \"1s\" } ] } } } }\n";

static const char pair[] =
    "{ \"extends\": \"mm1.json\", \"name\": \"pair\", \"clients\": { \"jobs\": { \"entry\": \"balancer\" } "
    "},\n"
    "  \"hosts\": { \"one\": null, \"many\": { \"cores\": 1, \"discipline\": \"fcfs\", \"count\": 4 } },\n"
    "  \"components\": { \"balancer\": { \"type\": \"load-balancer\", \"targets\": [\"station\"] },\n"
    "    \"station\": { \"on\": \"many\", \"instances\": 4 } } }\n";

static void set_up(void) {
  starting_enter(folder);
  starting_put("mm1.json", mm1);
  starting_put("shuffled.json", shuffled);
  starting_put("unused.json", unused);
  starting_put("pair.json", pair);
}

static void tear_down(void) {
  while (kept_count > 0) free(kept[--kept_count]);
  while (parsed_count > 0) cJSON_Delete(parsed[--parsed_count]);
  starting_leave(folder);
}

TestSuite(cli, .init = set_up, .fini = tear_down, .timeout = 120);

// ---- Starting the program ---------------------------------------------------------------------------------

struct ending {
  int status; // 128 + the signal's number if one ended it
  char *out;
  char *err;
};

static char *contents(const char *name) {
  FILE *file = fopen(name, "r");
  cr_assert_not_null(file, "%s: %s", name, strerror(errno));
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  char *text = keep(malloc(size + 1));
  cr_assert_eq(fread(text, 1, size, file), size);
  text[size] = '\0';
  fclose(file);
  return text;
}

// The words end with NULL.
static struct ending headroom(const char *first, ...) {
  char *arguments[ARGUMENTS_MOST] = {getenv("HEADROOM_BIN"), copy(first)};
  va_list words;
  va_start(words, first);
  int count = 2;
  for (const char *word = va_arg(words, const char *); word != NULL; word = va_arg(words, const char *)) {
    cr_assert_lt(count, ARGUMENTS_MOST - 1);
    arguments[count++] = copy(word);
  }
  va_end(words);
  struct ending ending = {.status = starting_await(starting_go("out", arguments))};
  ending.out = contents("out");
  ending.err = contents("err");
  return ending;
}

#define HEADROOM(...) headroom(__VA_ARGS__, (const char *)NULL)

static bool says(const char *text, const char *what) {
  return strstr(text, what) != NULL;
}

static const cJSON *at(const cJSON *root, const char *path) {
  char keys[256];
  snprintf(keys, sizeof keys, "%s", path);
  char *rest = NULL;
  for (char *key = strtok_r(keys, "/", &rest); key != NULL && root != NULL;
       key = strtok_r(NULL, "/", &rest)) {
    root = cJSON_GetObjectItemCaseSensitive(root, key);
  }
  return root;
}

// ---- Usage ------------------------------------------------------------------------------------------------

Test(cli, wrong_usage) {
  struct ending ending = HEADROOM("rn", "mm1.json");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "did you mean run?"), "%s", ending.err);
  ending = HEADROOM("run", "mm1.json", "--seeed", "5");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "did you mean --seed?"), "%s", ending.err);
  cr_assert_eq(HEADROOM("run").status, 2);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--jobs", "0").status, 2);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--jobs", "two").status, 2);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--out").status, 2);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--json=yes").status, 2);
  cr_assert_eq(HEADROOM("run", "nowhere.json").status, 2);
  cr_assert_eq(HEADROOM("compare", "mm1.json").status, 2);
  struct ending twice = HEADROOM("compare", "-", "-");
  cr_assert_eq(twice.status, 2);
  cr_assert(says(twice.err, "can be read once"), "%s", twice.err);
  static const char *const loads[] = {"1,x", "1,1", "2,1,2.0", "1,", ",1", "0", "1e-300"};
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
    cr_assert_eq(HEADROOM("compare", "mm1.json", "pair.json", "--load", loads[i]).status, 2, "%s", loads[i]);
  cr_assert_eq(HEADROOM("check", "mm1.json", "--set", "run.load=1e-300").status, 2);
}

Test(cli, help_comes_from_the_tables) {
  struct ending ending = HEADROOM("--help");
  cr_assert_eq(ending.status, 0);
  cr_assert(says(ending.out, "compare") && says(ending.out, "run"));
  ending = HEADROOM("run", "--help");
  cr_assert_eq(ending.status, 0);
  static const char *const options[] = {"--set",  "--seed",  "--replications", "--jobs",  "--out",
                                        "--json", "--quiet", "--no-color",     "--trace", "--max-wall"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    cr_assert(says(ending.out, options[i]), "%s", options[i]);
  cr_assert(says(HEADROOM("compare", "--help").out, "--traffic"));
}

Test(cli, a_wrong_scenario) {
  struct ending ending = HEADROOM("run", "mm1.json", "--set", "run.requsts=5");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "did you mean `requests`?"), "%s", ending.err);
  cr_assert(says(ending.err, "--set run.requsts=5:1:"), "%s", ending.err);
  cr_assert_str_eq(ending.out, "");
  cr_assert_eq(HEADROOM("run", "mm1.json", "--set", "run.requests").status, 2);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--seed", "five").status, 2);
  ending = HEADROOM("run", "mm1.json", "--set", "slo=[\"p99 < 500\"]");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "slo[0]"), "%s", ending.err);
}

// ---- Results ----------------------------------------------------------------------------------------------

Test(cli, json_is_json_and_complete) {
  struct ending ending = HEADROOM("run", "mm1.json", "--json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cJSON *root = parse(ending.out);
  cr_assert_not_null(root);
  static const char *const paths[] = {"headroom",
                                      "scenario/hash",
                                      "scenario/resolved/clients/jobs",
                                      "fingerprint",
                                      "simulated/warmup_s",
                                      "requests/all/latency_s/p99.9/method",
                                      "requests/request/errors/ci95",
                                      "clients/jobs/latency_all_s/mean/value",
                                      "requests/all/failed/unfinished",
                                      "components/station/utilization/cpu/hottest/value",
                                      "components/station/wait_s/p95/n",
                                      "components/station/queue/max",
                                      "bottleneck/why",
                                      "slo",
                                      "audit/identities",
                                      "audit/laws"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
    cr_assert_not_null(at(root, paths[i]), "%s", paths[i]);
  cr_assert_eq(at(root, "replications")->valueint, 3);
  double load = at(root, "components/station/utilization/cpu/mean/value")->valuedouble;
  cr_assert(load > 0.5 && load < 0.7, "%g", load); // 0.6; some 7 standard errors
  // 30 slower than p99 in each replication are too few for an interval.
  cr_assert(cJSON_IsNull(at(root, "requests/all/latency_s/p99/ci95")));
}

// Without a mix nothing else is sent; a row of the trace without a name takes one of the others'.
Test(cli, a_trace_names_its_requests) {
  starting_put("trace.csv", "time,request\n0,view\n0.1,view\n0.2,\n0.3,buy\n");
  struct ending ran = HEADROOM("run", "mm1.json", "--json", "--set",
                               "clients.jobs.arrivals={\"trace\":{\"file\":\"trace.csv\",\"format\":\"csv\","
                               "\"columns\":{\"request\":\"request\"}}}",
                               "--set", "run.requests=4");
  cr_assert_eq(ran.status, 0, "%s", ran.err);
  const cJSON *requests = at(parse(ran.out), "requests");
  cr_expect_eq(cJSON_GetArraySize(requests), 3);
  double offered = at(requests, "view/offered_per_s/value")->valuedouble +
                   at(requests, "buy/offered_per_s/value")->valuedouble;
  cr_expect_float_eq(offered, at(requests, "all/offered_per_s/value")->valuedouble, 1e-9);
}

Test(cli, the_same_bytes_for_any_number_of_threads) {
  char *one = HEADROOM("run", "mm1.json", "--json", "--jobs", "1").out;
  char *two = HEADROOM("run", "mm1.json", "--json", "--jobs", "2").out;
  char *four = HEADROOM("run", "mm1.json", "--json", "--jobs", "4").out;
  cr_assert_str_eq(one, two);
  cr_assert_str_eq(one, four);
  char *other = HEADROOM("run", "mm1.json", "--json", "--seed", "2").out;
  cr_assert_str_neq(one, other);
  setenv("HEADROOM_SEED", "2", 1);
  cJSON *by_flag = parse(other);
  cJSON *by_environment = parse(HEADROOM("run", "mm1.json", "--json").out);
  cr_assert_str_eq(at(by_flag, "fingerprint")->valuestring, at(by_environment, "fingerprint")->valuestring);
  cr_assert_str_eq(HEADROOM("run", "mm1.json", "--json", "--seed", "1").out,
                   HEADROOM("run", "mm1.json", "--json", "--set", "run.seed=1").out);
}

Test(cli, the_order_of_keys_decides_nothing) {
  cr_assert_str_eq(HEADROOM("run", "mm1.json", "--json").out, HEADROOM("run", "shuffled.json", "--json").out);
}

Test(cli, what_nobody_uses_changes_nothing) {
  cJSON *first = parse(HEADROOM("run", "mm1.json", "--json").out);
  cJSON *second = parse(HEADROOM("run", "unused.json", "--json").out);
  static const char *const paths[] = {"fingerprint", "requests", "clients", "components/station"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
    cr_assert(cJSON_Compare(at(first, paths[i]), at(second, paths[i]), true), "%s", paths[i]);
  }
}

Test(cli, standard_input) {
  fflush(NULL);
  int saved = dup(STDIN_FILENO);
  int file = open("mm1.json", O_RDONLY);
  dup2(file, STDIN_FILENO);
  struct ending ending = HEADROOM("run", "-", "--json");
  dup2(saved, STDIN_FILENO);
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_str_eq(ending.out, HEADROOM("run", "mm1.json", "--json").out);
}

Test(cli, a_folder_of_results) {
  struct ending ending = HEADROOM("run", "mm1.json", "--quiet", "--out", "deep/er");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_str_eq(ending.out, "");
  static const char *const names[] = {"results.json", "engine.json", "series.csv", "distribution.csv",
                                      "manifest.json"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[64];
    snprintf(path, sizeof path, "deep/er/%s", names[i]);
    cr_assert_gt(strlen(contents(path)), 10, "%s", path);
  }
  cr_assert_str_eq(contents("deep/er/results.json"), HEADROOM("run", "mm1.json", "--json").out);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--out", "mm1.json/no").status, 1);
}

Test(cli, scenarios_of_one_name_have_folders_of_their_own) {
  struct ending ending =
      HEADROOM("run", "mm1.json", "shuffled.json", "mm1.json", "--quiet", "--out", "three");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  struct stat status;
  cr_assert_eq(stat("three/m-m-1/results.json", &status), 0);
  cr_assert_eq(stat("three/m-m-1-2/results.json", &status), 0);
  cr_assert_eq(stat("three/m-m-1-3/results.json", &status), 0);
}

Test(cli, several_scenarios_are_one_document) {
  struct ending ending = HEADROOM("run", "mm1.json", "pair.json", "--json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  const char *rest = NULL;
  cJSON *root = cJSON_ParseWithOpts(ending.out, &rest, true); // true: nothing behind it
  cr_assert_not_null(root, "%.200s", ending.out);
  cr_assert_eq(cJSON_GetArraySize(root), 2);
  cJSON *alone = parse(HEADROOM("run", "pair.json", "--json").out);
  cr_assert(cJSON_Compare(cJSON_GetArrayItem(root, 1), alone, true));
  cJSON_Delete(root);
  // A scenario that is wrong leaves the document whole.
  ending = HEADROOM("run", "nowhere.json", "mm1.json", "--json");
  cr_assert_eq(ending.status, 2);
  cr_assert_eq(cJSON_GetArraySize(parse(ending.out)), 1);
}

Test(cli, a_trace_is_of_one_scenario) {
  struct ending ending = HEADROOM("run", "mm1.json", "pair.json", "--trace", "requests.jsonl");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "--trace takes one scenario"), "%s", ending.err);
  struct stat status;
  cr_assert_neq(stat("requests.jsonl", &status), 0, "nothing was begun");
  ending = HEADROOM("run", "mm1.json", "--quiet", "--trace", "/dev/full");
  cr_assert_eq(ending.status, 1);
  cr_assert(says(ending.err, "cannot write /dev/full: No space left on device"), "%s", ending.err);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--trace", "requests.jsonl").status, 0);
  const char *lines = contents("requests.jsonl");
  size_t count = 0;
  for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
    cJSON *line = cJSON_ParseWithLength(lines, (size_t)(end - lines));
    cr_assert_not_null(at(line, "outcome"), "%.*s", (int)(end - lines), lines);
    cJSON_Delete(line);
    count++;
  }
  cr_assert_geq(count, 3000);
  cr_assert_eq(*lines, '\0');
}

// Of 40,000 requests, by a rate of 1000/s at a load of 4, some 10,000 are traced.
Test(cli, a_trace_of_many_requests_is_of_some) {
  starting_put(
      "many.json",
      "{\"run\": {\"duration\": \"10s\", \"warmup\": \"0s\", \"replications\": 1}, \"network\": \"none\", "
      "\"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"1000/s\"}}, \"entry\": \"s\"}}, "
      "\"components\": {\"s\": {\"type\": \"server\", \"handles\": {\"*\": [{\"cpu\": \"1ms\"}]}}}}");
  cr_assert_eq(HEADROOM("run", "many.json", "--quiet", "--set", "run.load=4", "--trace", "some.jsonl").status,
               0);
  size_t count = 0;
  for (const char *lines = contents("some.jsonl"); (lines = strchr(lines, '\n')) != NULL; lines++) count++;
  cr_assert(count > 5000 && count < 11000, "%zu", count);
}

Test(cli, objectives_decide_the_status) {
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--set", "slo=[\"mean < 10s\"]").status, 0);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--set", "slo=[\"mean < 1ms\"]").status, 99);
  // No error in 9,000 requests may be up to 3 in 9,000: undecided.
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--set", "slo=[\"errors < 0.01%\"]").status, 0);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--strict", "--set", "slo=[\"errors < 0.01%\"]").status,
               99);
  // And none above 10 s decides about a percentile that has no interval.
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--strict", "--set", "slo=[\"p99.9 < 10s\"]").status,
               0);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--set", "slo=[\"p99.9 < 1ms\"]").status, 99);
}

// Of the longest line, in columns.
static size_t width(const char *text) {
  size_t most = 0;
  while (*text != '\0') {
    size_t columns = 0;
    for (; *text != '\n' && *text != '\0'; text++) columns += ((unsigned char)*text & 0xc0) != 0x80;
    if (columns > most) most = columns;
    text += *text == '\n';
  }
  return most;
}

static bool fits(const char *text) {
  return width(text) <= 80;
}

Test(cli, the_table_fits_and_has_no_colours_in_a_file) {
  struct ending ending = HEADROOM("run", "mm1.json");
  cr_assert_eq(ending.status, 0);
  cr_assert(!says(ending.out, "\033"));
  cr_assert(fits(ending.out), "%s", ending.out);
  cr_assert(says(ending.out, "bottleneck") && says(ending.out, "station") &&
            says(ending.out, "identities hold"));
  cr_assert_str_eq(ending.err, "");
  ending = HEADROOM("compare", "mm1.json", "pair.json", "--load", "0.5,1.5");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert(fits(ending.out), "%s", ending.out);
}

static const char long_names[] =
    "{ \"extends\": \"mm1.json\", \"name\": \"a scenario with a name of more columns\",\n"
    "  \"components\": { \"a-component-with-a-name-of-many-columns\": { \"type\": \"server\", \"handles\": "
    "{\n"
    "    \"*\": [] } } }, \"slo\": [\"mean < 10s\"] }";

static void expect_columns(const char *columns, size_t most, bool whole_names) {
  static const char *const name = "a-component-with-a-name-of-many-columns";
  starting_put("long.json", long_names);
  if (columns != NULL) setenv("COLUMNS", columns, 1);
  const char *run = HEADROOM("run", "long.json").out;
  const char *check = HEADROOM("check", "long.json").out;
  const char *compare = HEADROOM("compare", "mm1.json", "long.json").out;
  cr_assert_eq(says(run, name), whole_names, "COLUMNS=%s: %s", columns, run);
  cr_assert_eq(says(check, name), whole_names, "COLUMNS=%s: %s", columns, check);
  const char *row = strstr(compare, "a scenario with a name of more columns  ");
  cr_assert_eq(row != NULL, whole_names, "COLUMNS=%s: %s", columns, compare);
  cr_assert_leq(width(run), most, "COLUMNS=%s: %s", columns, run);
  cr_assert_leq(width(check), most, "COLUMNS=%s: %s", columns, check);
  cr_assert_leq(width(compare), most, "COLUMNS=%s: %s", columns, compare);
}

// Names that begin alike, a component whose name is longer than a line, and many of them.
Test(cli, a_comparison_of_long_names_fits) {
  enum { COMPONENTS = 30 };
  static const char *const files[] = {"first.json", "second.json"};
  for (int i = 0; i < 2; i++) {
    char text[8192];
    int used = snprintf(text, sizeof text,
                        "{ \"extends\": \"mm1.json\", \"name\": \"one of the scenarios whose names go on "
                        "until they end in %d\", \"components\": {",
                        i + 1);
    for (int c = 0; c < COMPONENTS; c++) {
      used += snprintf(
          text + used, sizeof text - (size_t)used,
          "%s \"component-%d-whose-name-is-a-little-longer-than-all-the-columns-of-a-table-are-and-"
          "on\": { \"type\": \"server\", \"on\": \"one\", \"handles\": { \"*\": [ { \"cpu\": \"1ms\" } ] } }",
          c == 0 ? "" : ",", c);
    }
    snprintf(
        text + used, sizeof text - (size_t)used,
        "}, \"clients\": { \"jobs\": { \"entry\": "
        "\"component-7-whose-name-is-a-little-longer-than-all-the-columns-of-a-table-are-and-on\" } } }");
    starting_put(files[i], text);
  }
  struct ending ending = HEADROOM("compare", files[0], files[1], "--load", "0.5,1");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert(fits(ending.out), "%s", ending.out);
  cr_assert(says(ending.out, "2: one of the scenarios whose names go on until they end in 2\n"), "%s",
            ending.out);
  cr_assert(says(ending.out, "\n1: one of the scena  "), "%s", ending.out);
  cr_assert(says(ending.out, "component-7-"), "%s", ending.out);
}

Test(cli, tables_are_as_wide_as_asked) {
  expect_columns(NULL, 80, false);
  expect_columns("120", 120, true);
  expect_columns("40", 80, false);
  expect_columns("wide", 80, false);
  expect_columns("-120", 80, false);
  expect_columns("99999999999999999999", 200, true);
}

// A terminal of 120 columns, of which COLUMNS says nothing.
Test(cli, tables_are_as_wide_as_the_terminal) {
  int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
  int inner = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  cr_assert_geq(inner, 0);
  struct winsize size = {.ws_row = 24, .ws_col = 120};
  cr_assert_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
  starting_put("long.json", long_names);
  char *arguments[] = {getenv("HEADROOM_BIN"), copy("check"), copy("long.json"), copy("--no-color"), NULL};
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(inner, STDOUT_FILENO);
    starting_redirect("err", STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(127);
  }
  cr_assert_eq(starting_await(child), 0); // what a terminal holds is more than this table
  char text[4096] = "";
  ssize_t length = read(terminal, text, sizeof text - 1);
  for (ssize_t more = length; more > 0 && !says(text, "memory");) {
    more = read(terminal, text + length, sizeof text - 1 - (size_t)length);
    length += more;
  }
  cr_assert(says(text, "a-component-with-a-name-of-many-columns"), "%s", text);
  close(inner);
  close(terminal);
}

Test(cli, escapes_in_names_stay_harmless) {
  struct ending ending = HEADROOM("run", "mm1.json", "--set", "name=\"a\\u001b[2Jb\"");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert(!says(ending.out, "\033"));
}

// ---- Comparing --------------------------------------------------------------------------------------------

Test(cli, compare_pairs_and_writes) {
  struct ending ending =
      HEADROOM("compare", "mm1.json", "pair.json", "--load", "0.5,1", "--out", "both", "--json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_str_eq(ending.out, contents("both/comparison.json"));
  cJSON *root = parse(ending.out);
  cr_assert_not_null(root);
  cr_assert(cJSON_IsTrue(at(root, "paired")));
  const cJSON *mean = cJSON_GetArrayItem(at(root, "differences"), 0);
  cr_assert_str_eq(at(mean, "metric")->valuestring, "mean");
  cr_assert(at(mean, "difference/value")->valuedouble < 0);
  struct stat status;
  cr_assert_eq(stat("both/m-m-1/load-0.5/results.json", &status), 0);
  cr_assert_eq(stat("both/pair/load-1/series.csv", &status), 0);
  // The same scenario twice differs by nothing.
  root = parse(HEADROOM("compare", "mm1.json", "shuffled.json", "--json").out);
  mean = cJSON_GetArrayItem(at(root, "differences"), 0);
  cr_assert_eq(at(mean, "difference/value")->valuedouble, 0);
}

// A machine of $0.10 and two of $0.25 an hour: 40 cents more, in every replication.
Test(cli, compare_tells_what_more_costs) {
  starting_put("cheap.json",
               "{ \"extends\": \"mm1.json\", \"name\": \"cheap\", \"hosts\": { \"one\": { \"price\": "
               "\"$0.10/h\" } } }");
  starting_put("dear.json",
               "{ \"extends\": \"mm1.json\", \"name\": \"dear\", \"hosts\": { \"one\": { \"count\": 2, "
               "\"price\": \"$0.25/h\" } } }");
  struct ending ending = HEADROOM("compare", "cheap.json", "dear.json", "--json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  const cJSON *each, *cost = NULL;
  cJSON_ArrayForEach(each, at(parse(ending.out), "differences")) {
    if (strcmp(at(each, "metric")->valuestring, "cost_per_hour") == 0) cost = each;
  }
  cr_assert_not_null(cost);
  cr_expect_float_eq(at(cost, "difference/value")->valuedouble, 0.4, 1e-9);
}

Test(cli, compare_says_what_is_unpaired) {
  starting_put("busier.json",
               "{ \"extends\": \"mm1.json\", \"name\": \"busier\", \"clients\": { \"jobs\": { \"arrivals\": "
               "{ \"poisson\": { \"rate\": \"70/s\" } } } } }");
  struct ending ending = HEADROOM("compare", "mm1.json", "busier.json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert(says(ending.out, "unpaired: arrivals of jobs differ"), "%s", ending.out);
  ending = HEADROOM("compare", "mm1.json", "busier.json", "--traffic", "mm1.json", "--json");
  cJSON *root = parse(ending.out);
  cr_assert(cJSON_IsTrue(at(root, "paired")));
  cr_assert_eq(at(cJSON_GetArrayItem(at(root, "differences"), 0), "difference/value")->valuedouble, 0);
}

// A group of the traffic that a scenario does not know enters where all of the scenario's own do; where these
// differ, that is an error that names the scenario.
Test(cli, foreign_traffic_enters_somewhere) {
  starting_put("two.json",
               "{ \"extends\": \"mm1.json\", \"name\": \"two\", \"clients\": { \"jobs\": null, \"a\": { "
               "\"arrivals\": { "
               "\"poisson\": { \"rate\": \"1/s\" } }, \"entry\": \"station\" }, \"b\": { \"arrivals\": { "
               "\"poisson\": { "
               "\"rate\": \"1/s\" } }, \"entry\": \"station\" } } }");
  struct ending ending = HEADROOM("compare", "mm1.json", "two.json", "--traffic", "pair.json", "--json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cJSON *root = parse(ending.out);
  cr_assert_eq(at(cJSON_GetArrayItem(at(root, "differences"), 0), "difference/value")->valuedouble, 0);
  starting_put("three.json",
               "{ \"extends\": \"two.json\", \"clients\": { \"b\": { \"entry\": \"other\" } },\n"
               "  \"components\": { \"other\": { \"type\": \"server\", \"handles\": { \"*\": [] } } } }");
  ending = HEADROOM("compare", "mm1.json", "three.json", "--traffic", "pair.json");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "pair.json:1:"), "%s", ending.err);
  cr_assert(says(ending.err, "error: clients.jobs.entry: three.json has no component `balancer`"), "%s",
            ending.err);
  cr_assert(says(ending.err, "name one of its client groups `jobs`"), "%s", ending.err);
}

Test(cli, compare_gates_on_request) {
  cr_assert_eq(
      HEADROOM("compare", "mm1.json", "pair.json", "--quiet", "--set", "slo=[\"mean < 1ms\"]").status, 0);
  cr_assert_eq(
      HEADROOM("compare", "mm1.json", "pair.json", "--quiet", "--gate", "--set", "slo=[\"mean < 1ms\"]")
          .status,
      99);
}

// ---- What the machine does to it --------------------------------------------------------------------------

Test(cli, a_full_disk_is_an_error) {
  char *arguments[] = {getenv("HEADROOM_BIN"), copy("run"), copy("mm1.json"), NULL};
  cr_assert_eq(starting_await(starting_go("/dev/full", arguments)), 1);
  cr_assert(says(contents("err"), "No space left"), "%s", contents("err"));
}

Test(cli, a_closed_pipe_ends_quietly) {
  fflush(NULL);
  int ends[2];
  cr_assert_eq(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    starting_redirect("err", STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    sleep(1); // until nobody reads
    execl(getenv("HEADROOM_BIN"), "headroom", "run", "mm1.json", "--json", (const char *)NULL);
    _exit(127);
  }
  close(ends[0]);
  close(ends[1]);
  cr_assert_eq(starting_await(child), 1);
  cr_assert_str_eq(contents("err"), "");
}

// From the results alone; what was overridden then is part of them.
Test(cli, a_run_is_repeated_from_its_results) {
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--seed", "7", "--out", "first").status, 0);
  struct ending ending = HEADROOM("run", "--from", "first/results.json", "--quiet", "--out", "second");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_str_eq(ending.err, "");
  cr_assert_str_eq(contents("first/results.json"), contents("second/results.json"));
  ending = HEADROOM("run", "--from", "first/results.json", "--json", "--seed", "8");
  cr_assert_str_eq(ending.err, "", "another seed gives other figures: %s", ending.err);
  cr_assert_eq(at(parse(ending.out), "seed")->valueint, 8);
}

// Nothing is no part of anything.
Test(cli, who_answers_nobody_any_more_answers_less_by_all) {
  starting_put(
      "all.json",
      "{\"network\": \"none\", \"run\": {\"duration\": \"20s\", \"warmup\": \"0s\", \"replications\": 3},"
      " \"clients\": {\"c\": {\"arrivals\": {\"poisson\": {\"rate\": \"20/s\"}}, \"entry\": \"web\"}},"
      " \"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"fail\": 0}]}}}}");
  starting_put(
      "none.json",
      "{\"extends\": \"all.json\", \"components\": {\"web\": {\"handles\": {\"*\": [{\"fail\": 1}]}}}}");
  struct ending ending = HEADROOM("compare", "all.json", "none.json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_not_null(strstr(ending.out, " -100.0%*   +100pp*"), "%s", ending.out);
}

// One without a name is called by its file, also when that is not there any more.
Test(cli, a_repeated_run_keeps_its_name) {
  cr_assert_eq(system("sed 's/\"name\": *\"[^\"]*\",//' mm1.json > nameless.json"), 0);
  cr_assert_eq(HEADROOM("run", "nameless.json", "--quiet", "--out", "first").status, 0);
  cr_assert_eq(HEADROOM("run", "--from", "first/results.json", "--quiet", "--out", "second").status, 0);
  const char *first = contents("first/results.json");
  cr_assert_not_null(strstr(first, "\"nameless.json\""), "%s", first);
  cr_assert_str_eq(first, contents("second/results.json"));
}

// Of compare, with the load that it was at.
Test(cli, a_repeated_run_has_the_load_of_its_results) {
  struct ending ending =
      HEADROOM("compare", "mm1.json", "pair.json", "--load", "0.5", "--quiet", "--out", "both");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_eq(system("cp $(find both -name results.json | head -n 1) half.json"), 0);
  ending = HEADROOM("run", "--json", "--from", "half.json");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_eq(at(at(parse(ending.out), "simulated"), "load")->valuedouble, 0.5);
}

Test(cli, what_cannot_be_repeated_is_said) {
  struct ending ending = HEADROOM("run", "--from", "mm1.json");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "mm1.json is no results.json"), "%s", ending.err);
  ending = HEADROOM("run", "--from", "mm1.json", "mm1.json");
  cr_assert_eq(ending.status, 2);
  cr_assert(says(ending.err, "no SCENARIO"), "%s", ending.err);
  cr_assert_eq(HEADROOM("run", "mm1.json", "--quiet", "--out", "changed").status, 0);
  cr_assert_eq(system("sed -i 's/\"fingerprint\": \"/&0/' changed/results.json"), 0);
  ending = HEADROOM("run", "--from", "changed/results.json", "--quiet");
  cr_assert_eq(ending.status, 0);
  cr_assert(says(ending.err, "the figures differ"), "%s", ending.err);
}

Test(cli, a_file_that_may_not_grow_is_an_error) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};
    starting_redirect("err", STDERR_FILENO);
    setrlimit(RLIMIT_FSIZE, &limit);
    execl(getenv("HEADROOM_BIN"), "headroom", "run", "mm1.json", "--quiet", "--out", "small",
          (const char *)NULL);
    _exit(127);
  }
  cr_assert_eq(starting_await(child), 1);
  cr_assert(says(contents("err"), "cannot write"), "%s", contents("err"));
  cr_assert_neq(access("small/results.json", F_OK), 0, "a file is there whole or not at all");
}

static void interrupt_with(int number) {
  const char *change = "run={\"requests\": 20000, \"replications\": 10000, \"warmup\": \"0s\"}";
  char *arguments[] = {getenv("HEADROOM_BIN"), copy("run"), copy("mm1.json"), copy("--json"), copy("--set"),
                       copy(change),           NULL};
  pid_t child = starting_go("out", arguments);
  sleep(3);
  kill(child, number);
  nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
  kill(child, number); // as timeout(1) does: once more, to the group
  cr_assert_eq(starting_await(child), 130);
  cJSON *root = parse(contents("out"));
  cr_assert_not_null(root, "what was finished is kept");
  cr_assert(cJSON_IsTrue(at(root, "interrupted")));
  cr_assert(at(root, "replications")->valueint > 0);
  cr_assert(says(contents("err"), "interrupted"));
}

Test(cli, a_signal_keeps_what_was_finished) {
  interrupt_with(SIGINT);
  interrupt_with(SIGTERM);
}

Test(cli, a_limit_of_time) {
  struct ending ending =
      HEADROOM("run", "mm1.json", "--quiet", "--max-wall", "200ms", "--set", "run.requests=2000000000");
  cr_assert_eq(ending.status, 130, "%s", ending.err);
  ending = HEADROOM("compare", "mm1.json", "pair.json", "--load", "1,2", "--max-wall", "1ns");
  cr_assert_eq(ending.status, 130, "%s", ending.err);
  cr_assert(!says(ending.out, "load 1"), "nothing was finished, so there is nothing to show: %s", ending.out);
}
