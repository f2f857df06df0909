// headroom sweep from outside: what stands in its table, that threads, kills and repeats change no byte of
// it, and that its figures are those of theory.
#include "plot_table.h"
#include "starting.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS_MOST = 32 };

static struct arena kept; // what a test has read
static char folder[] = "sweep-XXXXXX";

static const char mm1[] =
    "{ \"name\": \"M/M/1\", \"network\": \"none\", \"run\": { \"requests\": 3000, \"replications\": 3 },\n"
    "  \"clients\": { \"jobs\": { \"arrivals\": { \"poisson\": { \"rate\": \"100/s\" } }, \"entry\": "
    "\"station\" } },\n"
    "  \"hosts\": { \"one\": { \"cores\": 1, \"discipline\": \"fcfs\" } },\n"
    "  \"components\": { \"station\": { \"type\": \"server\", \"on\": \"one\",\n"
    "    \"handles\": { \"*\": [ { \"cpu\": { \"exponential\": { \"mean\": \"10ms\" } } } ] } } } }\n";

// Another component behind, and a name that a spreadsheet would compute.
static const char behind[] = "{ \"extends\": \"mm1.json\", \"name\": \"=HYPERLINK(1)\",\n"
                             "  \"clients\": { \"jobs\": { \"entry\": \"front\" } },\n"
                             "  \"components\": { \"front\": { \"type\": \"server\", \"handles\": { \"*\": [ "
                             "{ \"call\": \"station\" } "
                             "] } } } }\n";

// Its one user waits for ever once the station hangs.
static const char stuck[] =
    "{ \"name\": \"stuck\", \"network\": \"none\",\n"
    "  \"run\": { \"requests\": 500, \"replications\": 2, \"warmup\": \"0s\" },\n"
    "  \"clients\": { \"jobs\": { \"arrivals\": { \"closed\": { \"users\": 1, \"think\": \"1ms\" } }, "
    "\"entry\": \"station\" } },\n"
    "  \"components\": { \"station\": { \"type\": \"server\", \"handles\": { \"*\": [ { \"wait\": \"1ms\" } "
    "] "
    "} } },\n"
    "  \"timeline\": [ { \"at\": \"50ms\", \"fail\": \"station\", \"mode\": \"hang\" } ] }\n";

static void set_up(void) {
  starting_enter(folder);
  arena_init(&kept, NULL);
  starting_put("mm1.json", mm1);
  starting_put("behind.json", behind);
  starting_put("stuck.json", stuck);
}

static void tear_down(void) {
  arena_drop(&kept);
  starting_leave(folder);
}

TestSuite(sweep, .init = set_up, .fini = tear_down, .timeout = 180);

// ---- Starting the program ---------------------------------------------------------------------------------

struct ending {
  int status; // 128 + the signal's number if one ended it
  const char *out;
  const char *err;
};

static const char *contents(const char *name) {
  struct file_error error = {""};
  const char *text = file_read(name, 1 << 26, &kept, NULL, &error);
  cr_assert_not_null(text, "%s", error.message);
  return text;
}

static struct ending await(pid_t child) {
  int status = starting_await(child);
  return (struct ending){status, contents("out"), contents("err")};
}

static void collect(char **arguments, va_list words) {
  int count = 2;
  arguments[0] = getenv("HEADROOM_BIN");
  arguments[1] = arena_text(&kept, "sweep", 5);
  for (const char *word = va_arg(words, const char *); word != NULL; word = va_arg(words, const char *)) {
    cr_assert_lt(count, ARGUMENTS_MOST - 1);
    arguments[count++] = arena_text(&kept, word, strlen(word));
  }
  arguments[count] = NULL;
}

static pid_t begin(int first, ...) {
  char *arguments[ARGUMENTS_MOST];
  va_list words;
  va_start(words, first);
  collect(arguments, words);
  va_end(words);
  return starting_go("out", arguments);
}

// Words in between; both end with NULL by themselves.
#define BEGIN(...) begin(0, __VA_ARGS__, (const char *)NULL)
#define SWEEP(...) await(BEGIN(__VA_ARGS__))

static bool says(const char *text, const char *what) {
  return strstr(text, what) != NULL;
}

static bool is_there(const char *path) {
  struct stat status;
  return stat(path, &status) == 0;
}

// ---- Reading its table ------------------------------------------------------------------------------------

static struct plot_table table_of(const char *csv) {
  struct plot_table table;
  struct file_error error = {""};
  starting_put("table.csv", csv);
  cr_assert(plot_table_read(&table, "table.csv", &kept, &error), "%s", error.message);
  return table;
}

static double number(const struct plot_table *table, size_t row, const char *head) {
  int column = plot_table_column(table, head);
  cr_assert_neq(column, PLOT_TABLE_NONE, "no column %s", head);
  return plot_table_number(table, row, column);
}

static const char *text(const struct plot_table *table, size_t row, const char *head) {
  int column = plot_table_column(table, head);
  cr_assert_neq(column, PLOT_TABLE_NONE, "no column %s", head);
  return plot_table_text(table, row, column);
}

// ---- The table --------------------------------------------------------------------------------------------

Test(sweep, a_row_a_point_and_a_column_a_figure) {
  struct ending ending =
      SWEEP("mm1.json", "behind.json", "--vary", "run.load=0.2..0.6:0.2", "--vary", "hosts.one.cores=1,2");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  struct plot_table table = table_of(ending.out);
  cr_assert_eq(table.rows, 12);
  static const double loads[] = {0.2, 0.2, 0.4, 0.4, 0.6, 0.6};
  for (size_t i = 0; i < table.rows; i++) {
    cr_assert_str_eq(text(&table, i, "scenario"), i < 6 ? "M/M/1" : "'=HYPERLINK(1)");
    cr_assert_eq(number(&table, i, "run.load"), loads[i % 6]); // written as 0.6, not as 0.6000000000000001
    cr_assert_eq(number(&table, i, "hosts.one.cores"), (double)(i % 2 + 1));
    cr_assert_str_eq(text(&table, i, "status"), "done");
    // Arrivals at 100 times the load; the utilization is that over 100 and the cores. 3 x 3000 requests: 1%.
    double expected = 100 * loads[i % 6];
    cr_assert_float_eq(number(&table, i, "offered_per_s"), expected, 0.05 * expected);
    double busy = number(&table, i, "components.station.utilization.cpu.mean");
    cr_assert_float_eq(busy, loads[i % 6] / (double)(i % 2 + 1), 0.07 * busy);
    cr_assert_eq(isnan(number(&table, i, "components.front.throughput_per_s")), i < 6);
  }
  static const char *const figures[] = {
      "throughput_per_s", "goodput_per_s",      "errors",
      "latency_s.mean",   "latency_s.p50",      "latency_s.p90",
      "latency_s.p95",    "latency_all_s.mean", "components.station.waited"};
  for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
    char low[64], high[64];
    snprintf(low, sizeof low, "%s.lo", figures[f]);
    snprintf(high, sizeof high, "%s.hi", figures[f]);
    for (size_t i = 0; i < table.rows; i++) {
      double value = number(&table, i, figures[f]);
      cr_assert(number(&table, i, low) <= value && value <= number(&table, i, high), "%s", figures[f]);
    }
  }
  cr_assert_neq(plot_table_column(&table, "latency_s.p99"), PLOT_TABLE_NONE);
  cr_assert_neq(plot_table_column(&table, "latency_s.p99.9"), PLOT_TABLE_NONE);
}

// The mean time in the system is 1/(mu - lambda) (Kleinrock 1975). Twenty replications: intervals by t with
// 19 degrees of freedom, 2.093; 4.9 standard errors leave one in ten thousand of a sweep of six outside.
Test(sweep, a_queue_over_its_load_is_that_of_theory) {
  struct ending ending = SWEEP("mm1.json", "--replications", "20", "--set", "run.requests=20000", "--vary",
                               "clients.jobs.arrivals.poisson.rate=30/s..80/s:10/s");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  struct plot_table table = table_of(ending.out);
  cr_assert_eq(table.rows, 6);
  for (size_t i = 0; i < table.rows; i++) {
    double rate = 30 + 10 * (double)i, value = number(&table, i, "latency_s.mean");
    double half = (number(&table, i, "latency_s.mean.hi") - number(&table, i, "latency_s.mean.lo")) / 2;
    cr_assert_lt(fabs(value - 1 / (100 - rate)) / (half / 2.093), 4.9, "at %g/s: %g ± %g", rate, value, half);
    cr_assert_lt(half, 0.1 * value, "an interval that would hold anything");
    double offered = number(&table, i, "components.station.utilization.cpu.mean");
    cr_assert_float_eq(offered, rate / 100, 0.02 * offered);
  }
}

Test(sweep, latencies_without_end_are_said) {
  starting_put("lost.json",
               "{ \"extends\": \"mm1.json\", \"components\": { \"station\": { \"handles\": { \"*\": [ { "
               "\"fail\": 0.2 } ] } } } }");
  struct plot_table table = table_of(SWEEP("lost.json", "--vary", "run.seed=1,2").out);
  for (size_t i = 0; i < 2; i++) {
    cr_assert_str_eq(text(&table, i, "latency_all_s.p99"), "inf");
    cr_assert_str_eq(text(&table, i, "latency_all_s.p99.hi"), "");
    cr_assert(number(&table, i, "latency_all_s.p50") >= 0);
    cr_assert(number(&table, i, "latency_s.p99") >= 0);
  }
}

Test(sweep, pairs_and_samples) {
  struct plot_table table = table_of(
      SWEEP("mm1.json", "--vary", "run.load=0.1,0.3", "--vary", "hosts.one.cores=1..2", "--zip").out);
  cr_assert_eq(table.rows, 2);
  cr_assert(number(&table, 0, "run.load") == 0.1 && number(&table, 0, "hosts.one.cores") == 1);
  cr_assert(number(&table, 1, "run.load") == 0.3 && number(&table, 1, "hosts.one.cores") == 2);
  // The first coordinate of Sobol's sequence is van der Corput's in base 2, in the order of Antonov and
  // Saleev: 1/2, 3/4, 1/4.
  table = table_of(SWEEP("mm1.json", "--vary", "run.load=0.2..0.6", "--vary", "hosts.one.cores=1..4",
                         "--sample", "sobol:3")
                       .out);
  static const double loads[] = {0.4, 0.5, 0.3};
  cr_assert_eq(table.rows, 3);
  for (size_t i = 0; i < 3; i++) cr_assert_float_eq(number(&table, i, "run.load"), loads[i], 1e-9);
}

Test(sweep, json_holds_the_same) {
  const char *json = SWEEP("mm1.json", "--vary", "run.load=0.2,0.4", "--json").out;
  cr_assert(json[0] == '[' && says(json, "\"run.load\": 0.4") && says(json, "\"latency_s.p50.lo\": "));
}

// ---- The same bytes ---------------------------------------------------------------------------------------

static const char *const grid = "run.load=0.1..0.8:0.1";

Test(sweep, the_same_bytes_for_any_number_of_threads) {
  const char *one = SWEEP("mm1.json", "--vary", grid, "--vary", "hosts.one.cores=1,2", "--jobs", "1").out;
  const char *two = SWEEP("mm1.json", "--vary", grid, "--vary", "hosts.one.cores=1,2", "--jobs", "2").out;
  const char *five = SWEEP("mm1.json", "--vary", grid, "--vary", "hosts.one.cores=1,2", "--jobs", "5").out;
  cr_assert_gt(strlen(one), 16 * 500);
  cr_assert_str_eq(one, two);
  cr_assert_str_eq(one, five);
  cr_assert_eq(SWEEP("mm1.json", "--vary", grid, "--vary", "hosts.one.cores=1,2", "--jobs", "3", "--quiet",
                     "--out", "store")
                   .status,
               0);
  cr_assert_str_eq(one, contents("store/sweep.csv"));
  cr_assert_eq(
      SWEEP("mm1.json", "--vary", grid, "--vary", "hosts.one.cores=1,2", "--quiet", "--out", "some.csv")
          .status,
      0);
  cr_assert_str_eq(one, contents("some.csv"));
}

Test(sweep, a_point_is_what_a_run_is) {
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.7", "--quiet", "--out", "store").status, 0);
  char command[512];
  snprintf(command, sizeof command, "'%s' run mm1.json --set run.load=0.7 --quiet --out run",
           getenv("HEADROOM_BIN"));
  cr_assert_eq(system(command), 0);
  cr_assert_eq(system("cmp run/results.json store/points/*/results.json"), 0);
}

// ---- Going on ---------------------------------------------------------------------------------------------

static int wanted(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

// Files of all finished points, by the time at which they were written.
struct stored {
  size_t count;
  struct timespec times[64];
  char paths[64][128];
};

static bool same_time(struct timespec one, struct timespec other) {
  return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

static struct stored look(const char *store) {
  struct stored stored = {0};
  struct dirent **entries = NULL;
  char points[64];
  snprintf(points, sizeof points, "%s/points", store);
  int count = scandir(points, &entries, wanted, alphasort);
  for (int i = 0; i < count; i++) {
    char done[512];
    struct stat status;
    snprintf(done, sizeof done, "%s/%s/results.json", points, entries[i]->d_name);
    if (stat(done, &status) == 0 && stored.count < 64) {
      snprintf(stored.paths[stored.count], sizeof *stored.paths, "%s/%.40s", points, entries[i]->d_name);
      stored.times[stored.count++] = status.st_mtim;
    }
    free(entries[i]);
  }
  free(entries);
  return stored;
}

static void check_kept(const struct stored *before) {
  for (size_t i = 0; i < before->count; i++) {
    char done[160];
    struct stat status;
    snprintf(done, sizeof done, "%s/results.json", before->paths[i]);
    cr_assert_eq(stat(done, &status), 0);
    cr_assert(same_time(status.st_mtim, before->times[i]), "%s was simulated again", before->paths[i]);
  }
}

// Ends it by the signal once some points are stored and none was added for a while, so that it is amid
// others.
static struct ending stop_in_the_middle(pid_t child, const char *store, int signal, struct stored *stored) {
  const struct timespec while_longer = {0, 5000000};
  for (size_t quiet = 0; quiet < 10 && waitpid(child, NULL, WNOHANG) == 0; quiet++) {
    size_t before = stored->count;
    nanosleep(&while_longer, NULL);
    *stored = look(store);
    if (stored->count == 0 || stored->count != before) quiet = 0;
  }
  cr_assert_eq(kill(child, signal), 0, "it had ended before");
  struct ending ending = await(child);
  *stored = look(store);
  return ending;
}

// Without pilots, so that a point is mostly amid its replications.
#define LONG_SWEEP                                                                                           \
  "mm1.json", "--set", "run.requests=60000", "--set", "run.warmup=1s", "--replications", "8", "--vary",      \
      "run.load=0.03..0.72:0.03", "--quiet"

Test(sweep, goes_on_after_a_kill) {
  struct stored stored = {0};
  struct ending ending =
      stop_in_the_middle(BEGIN(LONG_SWEEP, "--jobs", "1", "--out", "store"), "store", SIGKILL, &stored);
  cr_assert_eq(ending.status, 128 + SIGKILL);
  cr_assert(stored.count > 0 && stored.count < 24, "%zu points", stored.count);
  cr_assert_eq(SWEEP(LONG_SWEEP, "--out", "store").status, 0);
  check_kept(&stored);
  cr_assert_eq(SWEEP(LONG_SWEEP, "--out", "whole").status, 0);
  cr_assert_str_eq(contents("store/sweep.csv"), contents("whole/sweep.csv"));
}

Test(sweep, keeps_what_is_finished_when_interrupted) {
  struct stored stored = {0};
  struct ending ending =
      stop_in_the_middle(BEGIN(LONG_SWEEP, "--jobs", "1", "--out", "store"), "store", SIGINT, &stored);
  cr_assert_eq(ending.status, 130);
  cr_assert(says(ending.err, "goes on from there"), "%s", ending.err);
  cr_assert(says(ending.err, "of 24 points are finished"), "%s", ending.err);
  struct plot_table table = table_of(contents("store/sweep.csv"));
  size_t done = 0;
  cr_assert_eq(table.rows, 24);
  for (size_t i = 0; i < 24; i++) {
    bool finished = strcmp(text(&table, i, "status"), "done") == 0;
    done += finished;
    cr_assert_eq(finished, number(&table, i, "offered_per_s") > 0);
    cr_assert(!finished || number(&table, i, "replications") == 8, "a point that was not finished");
    if (!finished) cr_assert_str_eq(text(&table, i, "status"), "not run");
  }
  cr_assert(done == stored.count && done > 0 && done < 24, "%zu of %zu", done, stored.count);
  cr_assert_eq(SWEEP(LONG_SWEEP, "--out", "store").status, 0);
  check_kept(&stored);
  cr_assert_eq(SWEEP(LONG_SWEEP, "--out", "whole").status, 0);
  cr_assert_str_eq(contents("store/sweep.csv"), contents("whole/sweep.csv"));
}

Test(sweep, a_repeat_simulates_nothing_and_a_wider_one_only_what_is_new) {
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1,0.2,0.2", "--quiet", "--out", "store").status, 0);
  struct stored stored = look("store");
  cr_assert_eq(stored.count, 2, "a value that stands there twice is simulated once");
  const char *csv = contents("store/sweep.csv");
  cr_assert_eq(table_of(csv).rows, 3);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1,0.2,0.2", "--quiet", "--out", "store").status, 0);
  check_kept(&stored);
  cr_assert_str_eq(csv, contents("store/sweep.csv"));
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1,0.2,0.3", "--quiet", "--out", "store").status, 0);
  check_kept(&stored);
  cr_assert_eq(look("store").count, 3);
  // Another seed, other replications and another file are other points.
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1", "--seed", "2", "--quiet", "--out", "store").status,
               0);
  cr_assert_eq(
      SWEEP("mm1.json", "--vary", "run.load=0.1", "--replications", "4", "--quiet", "--out", "store").status,
      0);
  cr_assert_eq(look("store").count, 5);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1,0.2", "--fresh", "--quiet", "--out", "store").status,
               0);
  struct stored fresh = look("store");
  size_t same = 0;
  for (size_t i = 0; i < stored.count; i++) {
    for (size_t j = 0; j < fresh.count; j++) same += same_time(stored.times[i], fresh.times[j]);
  }
  cr_assert_eq(same, 0);
}

// Results depend on what is in a trace, not only on its name.
Test(sweep, another_trace_is_another_point) {
  starting_put("traced.json",
               "{ \"extends\": \"mm1.json\", \"run\": { \"requests\": null, \"duration\": \"3s\" },\n"
               "  \"clients\": { \"jobs\": { \"arrivals\": { \"trace\": { \"file\": \"trace.csv\", "
               "\"format\": \"csv\" } } } } }");
  starting_put("trace.csv", "time\n0.5\n1.0\n1.5\n");
  cr_assert_eq(SWEEP("traced.json", "--vary", "run.seed=1", "--quiet", "--out", "store").status, 0);
  cr_assert_eq(look("store").count, 1);
  starting_put("trace.csv", "time\n0.5\n1.0\n1.6\n");
  cr_assert_eq(SWEEP("traced.json", "--vary", "run.seed=1", "--quiet", "--out", "store").status, 0);
  cr_assert_eq(look("store").count, 2);
}

// ---- Before it runs ---------------------------------------------------------------------------------------

#define PLANNED "mm1.json", "--set", "run.warmup=1s", "--vary", "run.load=0.1,0.2", "--out", "store"

Test(sweep, a_dry_run_tells_and_writes_nothing) {
  struct ending ending = SWEEP(PLANNED, "--vary", "hosts.one.cores=1..3", "--dry-run");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert(!is_there("store"));
  cr_assert(says(ending.out, "run.load=0.2, hosts.one.cores=3\n"), "%s", ending.out);
  cr_assert(says(ending.out, "6 points, 6 to simulate"), "%s", ending.out);
  cr_assert_eq(SWEEP(PLANNED, "--vary", "hosts.one.cores=2", "--quiet").status, 0);
  ending = SWEEP(PLANNED, "--vary", "hosts.one.cores=1..3", "--dry-run");
  cr_assert(says(ending.out, "6 points, 4 to simulate, 2 stored"), "%s", ending.out);
  // What is foreseen of the first line's point, in thousands, and what another of this length took: within
  // the factor of two that is promised.
  cr_assert_eq(SWEEP(PLANNED, "--vary", "hosts.one.cores=3", "--quiet", "--full").status, 0);
  cr_assert_eq(system("cat store/points/*/engine.json >engine.json"), 0);
  double events = strtod(strstr(contents("engine.json"), "\"events\": ") + 10, NULL);
  const char *line = strstr(ending.out, "point\n");
  cr_assert_not_null(line);
  double foreseen = strtod(line + 6, NULL) * 1000;
  cr_assert(foreseen > events / 2 && foreseen < events * 2, "%g events, foreseen %g", events, foreseen);
}

static size_t occurrences(const char *of, const char *in) {
  size_t count = 0;
  for (; (in = strstr(in, of)) != NULL; in++) count++;
  return count;
}

// Seconds of the processor, in a plan of so many seconds or milliseconds.
static double planned_seconds(const char *plan) {
  const char *at = strstr(plan, "to simulate");
  const char *about = at == NULL ? NULL : strstr(at, ": about ");
  cr_assert_not_null(about, "%s", plan);
  char *unit;
  double number = strtod(about + strlen(": about "), &unit);
  return strncmp(unit, " ms ", 4) == 0 ? number / 1e3 : strncmp(unit, " s ", 3) == 0 ? number : NAN;
}

// A machine that an earlier sweep has found to be ten times as slow.
Test(sweep, what_is_foreseen_follows_what_was_measured) {
  struct ending ending = SWEEP(PLANNED, "--dry-run", "--jobs", "2");
  double unmeasured = planned_seconds(ending.out);
  cr_assert(says(ending.out, " on 2 threads\n"), "%s", ending.out);
  cr_assert_eq(SWEEP(PLANNED, "--quiet").status, 0);
  const char *speed = strstr(contents("store/manifest.json"), "\"events_per_cpu_s\": ");
  cr_assert_not_null(speed);
  double measured = strtod(strchr(speed, ':') + 1, NULL);
  cr_assert_gt(measured, 1e4);
  starting_put("store/manifest.json", "{\"events_per_cpu_s\": 2e6}"); // of 20 million, without a measurement
  ending = SWEEP("mm1.json", "--set", "run.warmup=1s", "--vary", "run.load=0.3,0.4", "--out", "store",
                 "--dry-run");
  double slow = planned_seconds(ending.out);
  cr_assert(fabs(slow / unmeasured - 10) < 0.2, "%g, then %g", unmeasured, slow);
}

Test(sweep, scenarios_values_and_the_axis_have_names) {
  struct ending ending = SWEEP("mm1.json", "behind.json", "--vary", "components.station.queue=fifo,lifo",
                               "--vary", "hosts.one.cores=2,3", "--dry-run");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_eq(occurrences("M/M/1: components.station.queue=fifo, hosts.one.cores=2\n", ending.out), 1);
  cr_assert_eq(occurrences("=HYPERLINK(1): components.station.queue=lifo, hosts.one.cores=3\n", ending.out),
               1);
  ending = SWEEP("mm1.json", "behind.json", "--vary", "components.station.queue=fifo,lifo", "--vary",
                 "hosts.one.cores=2,3", "--out", "store");
  cr_assert_eq(ending.status, 0, "%s", ending.err);
  cr_assert_eq(occurrences("M/M/1\n", ending.out), 1, "%s", ending.out);
  cr_assert_eq(occurrences("=HYPERLINK(1)\n", ending.out), 1, "%s", ending.out);
  const char *manifest = contents("store/manifest.json");
  cr_assert(says(manifest, "\"axis\": \"hosts.one.cores\""), "what is no number is no axis: %s", manifest);
  cr_assert_eq(occurrences("\"at\": 3", manifest), 4, "%s", manifest);
  struct plot_table table = table_of(contents("store/sweep.csv"));
  cr_assert_str_eq(text(&table, 0, "components.station.queue"), "fifo");
  cr_assert_str_eq(text(&table, 7, "components.station.queue"), "lifo");
  cr_assert_eq(number(&table, 7, "hosts.one.cores"), 3);
}

Test(sweep, groups_of_clients_have_columns) {
  starting_put("groups.json",
               "{ \"extends\": \"mm1.json\", \"clients\": { \"bots\": { \"arrivals\": { \"poisson\": { "
               "\"rate\": \"10/s\" } }, \"entry\": \"station\" } } }");
  cr_assert_eq(SWEEP("groups.json", "--vary", "run.load=0.1,0.2", "--quiet", "--out", "store").status, 0);
  struct plot_table table = table_of(contents("store/sweep.csv"));
  for (size_t i = 0; i < 2; i++) {
    double bots = number(&table, i, "clients.bots.offered_per_s"), all = number(&table, i, "offered_per_s");
    cr_assert(fabs(all / bots - 11) < 3, "%g of %g", bots, all);
    cr_assert_float_eq(bots + number(&table, i, "clients.jobs.offered_per_s"), all, 1e-9 * all);
  }
}

Test(sweep, who_comes_twice_is_run_once) {
  struct ending ending = SWEEP("mm1.json", "--vary", "run.load=0.1,0.1,0.2,0.1", "--dry-run");
  cr_assert_eq(occurrences("run.load=0.1 (as one above)\n", ending.out), 2, "%s", ending.out);
  cr_assert(says(ending.out, "4 points, 2 to simulate"), "%s", ending.out);
  ending = SWEEP("mm1.json", "--vary", "run.load=0.3,0.3", "--dry-run");
  cr_assert(says(ending.out, "2 points, 1 to simulate"), "%s", ending.out);
}

Test(sweep, all_errors_come_at_once_and_nothing_runs) {
  struct ending ending =
      SWEEP("mm1.json", "behind.json", "--vary", "run.laod=1..3", "--vary", "hosts.one.cores=1,0,many",
            "--vary", "components.front.workers=1,2", "--out", "store");
  cr_assert_eq(ending.status, 2);
  cr_assert(!is_there("store"));
  cr_assert_str_eq(ending.out, "");
  cr_assert(says(ending.err, "did you mean `load`?"), "%s", ending.err);
  cr_assert(says(ending.err, "found the number 0") && says(ending.err, "found the text \"many\""), "%s",
            ending.err);
  cr_assert(says(ending.err, "components.front: `type` is missing"), "%s", ending.err);
  const char *first = strstr(ending.err, "laod`");
  cr_assert(!says(first + 1, "laod`"), "the same is said twice: %s", ending.err);
}

Test(sweep, wrong_values_are_told_with_their_place) {
  struct ending ending =
      SWEEP("mm1.json", "--vary", "run.load=1..", "--vary", "a=", "--vary", "b=1ms..1s:1ms", "--vary",
            "c=0.1..0.5", "--vary", "d=8..1", "--vary", "e=[1,2", "--vary", "f=1..9*1");
  cr_assert_eq(ending.status, 2);
  static const char *const words[] = {"--vary run.load=1..:1:20: error: a range has two numbers",
                                      "--vary a=:1:10: error: a value is missing",
                                      "--vary b=1ms..1s:1ms:1:10: error: both ends",
                                      "--vary c=0.1..0.5:1:10: error: a range of other than whole numbers",
                                      "--vary d=8..1:1:10: error: a range goes from the less",
                                      "--vary e=[1,2:1:",
                                      "--vary f=1..9*1:1:15: error: a factor is"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    cr_assert(says(ending.err, words[i]), "%s not in: %s", words[i], ending.err);
}

Test(sweep, wrong_usage) {
  cr_assert_eq(SWEEP("mm1.json").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=1", "--vary", "run.load=2").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=1,2", "--vary", "run.seed=1,2,3", "--zip").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1..0.5", "--sample", "sobol:0").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1..0.5", "--sample", "lhs:9").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=1", "--zip", "--sample", "sobol:9").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.seed=1..1000", "--vary", "run.load=1..1000").status, 2);
  cr_assert_eq(SWEEP("-", "--vary", "run.load=1").status, 2);
  cr_assert_eq(SWEEP("nowhere.json", "--vary", "run.load=1").status, 2);
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.1", "--out", "mm1.json/no").status, 1);
}

Test(sweep, a_point_that_fails_leaves_the_others) {
  struct ending ending = SWEEP("stuck.json", "--vary", "timeline[0].mode=hang,reset", "--vary",
                               "timeline[0].at=50ms,5min", "--out", "store");
  cr_assert_eq(ending.status, 1);
  cr_assert(says(ending.err, "timeline[0].mode=hang, timeline[0].at=50ms"), "%s", ending.err);
  struct plot_table table = table_of(contents("store/sweep.csv"));
  static const char *const expected[] = {"failed", "done", "done", "done"};
  for (size_t i = 0; i < 4; i++) cr_assert_str_eq(text(&table, i, "status"), expected[i]);
  cr_assert(says(text(&table, 0, "failure"), "never ends"));
  cr_assert_eq(look("store").count, 3);
}

// Objectives there are none, and the tiers come from what is measured.
Test(sweep, is_drawn) {
  char command[512];
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.3,0.6", "--vary", "hosts.one.cores=1,2", "--quiet",
                     "--out", "drawn.csv")
                   .status,
               0);
  snprintf(command, sizeof command, "'%s' plot drawn.csv --format svg >plots.txt", getenv("HEADROOM_BIN"));
  cr_assert_eq(system(command), 0);
  const char *picture = contents("drawn.points/plots/utilization-against-load-2.svg");
  cr_assert(says(picture, "M/M/1, hosts.one.cores=2") && says(picture, "station cpu"));
  picture = contents("drawn.points/plots/latency-against-load.svg");
  cr_assert(says(picture, "hosts.one.cores=1") && says(picture, "offered load, requests/s"));
  picture = contents("drawn.points/plots/utilization-load-0.3.svg");
  cr_assert(says(picture, "30.") && says(picture, "station") && says(picture, "cpu")); // in two lines
  cr_assert(!is_there("drawn.points/plots/latency-over-time-load-0.3.svg"));
  cr_assert_eq(SWEEP("mm1.json", "--vary", "run.load=0.3", "--full", "--quiet", "--out", "full").status, 0);
  cr_assert_eq(system("test -s full/points/*/series.csv && test -s full/points/*/distribution.csv"), 0);
}

Test(sweep, help_has_examples) {
  struct ending ending = SWEEP("--help");
  cr_assert_eq(ending.status, 0);
  cr_assert(says(ending.out, "--vary run.load=1..8") && says(ending.out, "--sample sobol:200"), "%s",
            ending.out);
}
