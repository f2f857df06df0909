// headroom plot from outside, on made-up results; and how gnuplot is started.
#include "gnuplot.h"
#include "plot_axis.h"
#include "plot_data.h"
#include "plot_table.h"
#include "plot_tiers.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- A folder of made-up results --------------------------------------------------------------------------

static char folder[] = "plot-XXXXXX";
static char usual_path[8192];

static void put(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(const char *name, const char *format, ...) {
  FILE *file = fopen(name, "w");
  cr_assert_not_null(file, "%s: %s", name, strerror(errno));
  va_list arguments;
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fclose(file);
}

// A run of 40 windows of 1 s, 10 of them before the measured time, with an exponential latency of that mean,
// s. `p99` is its text in results.json; `errors` the share that fails; `name` and `event` are JSON texts.
static void make_run(const char *path, const char *name, const char *event, double load, double mean,
                     const char *p99, double errors) {
  char command[256], file[256];
  snprintf(command, sizeof command, "mkdir -p %s", path);
  cr_assert_eq(system(command), 0);
  snprintf(file, sizeof file, "%s/results.json", path);
  put(file,
      "{\"scenario\": {\"name\": %s, \"hash\": \"0\"}, \"simulated\": {\"load\": %g, \"warmup_s\": 10},\n"
      "\"requests\": {\"all\": {\"offered_per_s\": {\"value\": %g, \"ci95\": null},\n"
      "\"goodput_per_s\": {\"value\": %g, \"ci95\": [%g, %g]}, \"errors\": {\"value\": %g, \"ci95\": null},\n"
      "\"latency_all_s\": {\"p50\": {\"value\": %g, \"ci95\": null}, \"p99\": {\"value\": %s, \"ci95\": "
      "null}}}},\n"
      "\"timeline\": [{\"event\": %s, \"at_s\": 20}],\n"
      "\"slo\": [{\"rule\": \"p99 < 500ms\"}, {\"rule\": \"availability > 99%%\"}, {\"rule\": 5}]}\n",
      name, load, 100 * load, 100 * load * (1 - errors), 90 * load, 100 * load, errors, 0.7 * mean, p99,
      event);
  snprintf(file, sizeof file, "%s/series.csv", path);
  FILE *series = fopen(file, "w");
  fputs("replication,from_s,to_s,offered,answered,failed,latency_mean_s,latency_max_s,inside,measured\n",
        series);
  for (int r = 0; r < 2; r++) {
    for (int i = 0; i < 40; i++) {
      fprintf(series, "%d,%d,%d,%g,%g,%g,%g,%g,3,%d\n", r, i, i + 1, 100 * load, 100 * load * (1 - errors),
              100 * load * errors, mean, 6 * mean, i >= 10);
    }
  }
  fclose(series);
  snprintf(file, sizeof file, "%s/distribution.csv", path);
  FILE *bins = fopen(file, "w");
  fputs("client,request,lower_s,upper_s,count\n", bins);
  for (int i = 0; i < 100; i++) {
    double lower = 0.1 * i * mean, upper = 0.1 * (i + 1) * mean;
    double count = floor(1e5 * (1 - errors) * (exp(-lower / mean) - exp(-upper / mean)));
    fprintf(bins, "all,all,%g,%g,%g\neveryone,\"a, \"\"b\"\"\",%g,%g,%g\n", lower, upper, count, lower, upper,
            count);
  }
  if (errors > 0) fprintf(bins, "all,all,,,%g\n", 1e5 * errors);
  fclose(bins);
}

static void make_comparison(void) {
  make_run("out/a/load-1", "\"one server\"", "\"fail web/main/1\"", 1, 0.02, "0.0921", 0);
  make_run("out/a/load-4", "\"one server\"", "\"fail web/main/1\"", 4, 0.2, "null", 0.5);
  make_run("out/b/load-1", "\"balanced farm\"", "\"fail web/main/1\"", 1, 0.01, "0.0461", 0);
  make_run("out/b/load-4", "\"balanced farm\"", "\"fail web/main/1\"", 4, 0.012, "0.0553", 0);
  make_run("out/old/load-9", "\"of an earlier comparison\"", "\"fail web/main/1\"", 9, 0.012, "0.0553", 0);
  put("out/manifest.json",
      "{\"kind\": \"comparison\", \"runs\": [{\"folder\": \"a/load-1\"}, "
      "{\"folder\": \"b/load-1\"}, {\"folder\": \"a/load-4\"}, {\"folder\": \"b/load-4\"}]}\n");
}

static void set_up(void) {
  cr_assert_not_null(getenv("HEADROOM_BIN"), "HEADROOM_BIN names the program to test");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
  snprintf(usual_path, sizeof usual_path, "%s", getenv("PATH"));
  cr_assert_eq(mkdir("temporary", 0700), 0);
  char here[2048], path[2100];
  cr_assert_not_null(getcwd(here, sizeof here));
  snprintf(path, sizeof path, "%s/temporary", here);
  setenv("TMPDIR", path, 1);
}

static int entries_of(const char *path) {
  int count = 0;
  DIR *directory = opendir(path);
  cr_assert_not_null(directory, "%s: %s", path, strerror(errno));
  while (readdir(directory) != NULL) count++;
  closedir(directory);
  return count - 2;
}

static void tear_down(void) {
  setenv("PATH", usual_path, 1);
  cr_assert_eq(entries_of("temporary"), 0, "something was left in the temporary folder");
  cr_assert_eq(chdir(".."), 0);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

TestSuite(plot, .init = set_up, .fini = tear_down, .timeout = 120);

// ---- Starting the program ---------------------------------------------------------------------------------

static char out[65536], err[65536];

static void contents(const char *name, char *text, size_t size) {
  FILE *file = fopen(name, "r");
  cr_assert_not_null(file, "%s: %s", name, strerror(errno));
  size_t length = fread(text, 1, size - 1, file);
  text[length] = '\0';
  fclose(file);
}

static void redirect(const char *name, int to) {
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(file, to);
  close(file);
}

// headroom plot with these words, ended by NULL; its output is then in `out` and `err`.
static int plot(const char *first, ...) {
  char *arguments[16] = {getenv("HEADROOM_BIN"), strdup("plot"), strdup(first)};
  int count = 3, status = 0;
  va_list words;
  va_start(words, first);
  for (const char *word = va_arg(words, const char *); word != NULL; word = va_arg(words, const char *)) {
    cr_assert_lt(count, 15);
    arguments[count++] = strdup(word);
  }
  va_end(words);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    redirect("out.txt", STDOUT_FILENO);
    redirect("err.txt", STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(127);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  for (int i = 1; i < count; i++) free(arguments[i]);
  contents("out.txt", out, sizeof out);
  contents("err.txt", err, sizeof err);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define PLOT(...) plot(__VA_ARGS__, (const char *)NULL)

static char picture[4 * 1024 * 1024];

// A picture of that name is there, and is listed.
static void look_at(const char *name) {
  contents(name, picture, sizeof picture);
  cr_assert_not_null(strstr(out, name), "%s is not named in: %s", name, out);
}

static bool exists(const char *name) {
  struct stat status;
  return stat(name, &status) == 0;
}

// ---- What is drawn ----------------------------------------------------------------------------------------

Test(plot, pictures_of_a_comparison) {
  static const char *const names[] = {"latency-against-load",        "throughput-against-load",
                                      "latency-distribution-load-1", "latency-over-time-load-1",
                                      "throughput-over-time-load-1", "latency-distribution-load-4",
                                      "latency-over-time-load-4",    "throughput-over-time-load-4",
                                      "comparison-load-1",           "comparison-load-4"};
  enum { NAMES = sizeof names / sizeof *names };
  make_comparison();
  cr_assert_eq(PLOT("out"), 0, "%s", err);
  cr_expect_str_empty(err);
  for (int i = 0; i < NAMES; i++) {
    char path[128];
    snprintf(path, sizeof path, "out/plots/%s.png", names[i]);
    look_at(path);
    cr_expect_eq(memcmp(picture, "\x89PNG\r\n\x1a\n", 8), 0, "%s is no PNG", path);
    cr_expect_eq(memcmp(picture + 16, "\0\0\x04\xb0", 4), 0, "%s is not 1200 wide", path);
  }
  cr_expect_eq(entries_of("out/plots"), NAMES);
  char first[sizeof out];
  strcpy(first, out);
  cr_assert_eq(PLOT("out"), 0, "its own pictures do not disturb it");
  cr_expect_str_eq(out, first);
}

Test(plot, words_in_the_pictures) {
  make_comparison();
  cr_assert_eq(PLOT("out", "--format", "svg", "--out", "drawn"), 0, "%s", err);
  look_at("drawn/latency-against-load.svg");
  cr_expect_not_null(strstr(picture, "one server"));
  cr_expect_not_null(strstr(picture, "balanced farm"));
  cr_expect_not_null(strstr(picture, "objective: p99 &lt; 500ms"));
  cr_expect_not_null(strstr(picture, "without end"), "half of the requests failed: there is no p99");
  cr_expect_null(strstr(picture, "of an earlier comparison"), "the manifest does not name it");
  look_at("drawn/throughput-against-load.svg");
  cr_expect_not_null(strstr(picture, "objective: availability > 99%"));
  cr_expect_null(strstr(picture, "without end"));
  look_at("drawn/latency-distribution-load-4.svg");
  cr_expect_not_null(strstr(picture, "one server   p50 140 ms   p90 ∞   p99 ∞"));
  cr_expect_not_null(strstr(picture, "p99 55.3 ms"));
  cr_expect_not_null(strstr(picture, "load × 4 (400 requests/s offered)"));
  look_at("drawn/latency-over-time-load-1.svg");
  cr_expect_not_null(strstr(picture, "a: fail web/main/1"));
  cr_expect_not_null(strstr(picture, "warm-up"));
  cr_expect_not(exists("out/plots"));
}

Test(plot, events_of_one_moment_stand_beside_each_other) {
  make_run("run", "\"r\"", "\"fail web\", \"at_s\": 20}, {\"event\": \"flush cache\"", 1, 0.02, "0.09", 0);
  cr_assert_eq(PLOT("run", "--format", "svg"), 0, "%s", err);
  look_at("run/plots/latency-over-time.svg");
  cr_expect_not_null(strstr(picture, "a: fail web    b: flush cache"));
  cr_expect_not_null(strstr(picture, ">ab<"));
  cr_expect_null(strstr(picture, ">b<"));
}

Test(plot, several_folders_are_drawn_together) {
  make_run("one", "\"same name\"", "\"x\"", 1, 0.02, "0.0921", 0);
  make_run("two", "\"same name\"", "\"x\"", 1, 0.01, "0.0461", 0);
  cr_assert_eq(PLOT("one", "two/", "--format=svg"), 0, "%s", err);
  look_at("one/plots/latency-distribution.svg");
  cr_expect_not_null(strstr(picture, "same name   p50"));
  cr_expect_not_null(strstr(picture, "same name (two)   p50"));
  cr_expect_not(exists("one/plots/latency-against-load.svg"), "there is only one load");
}

Test(plot, terminal) {
  make_comparison();
  cr_assert_eq(PLOT("out", "--terminal"), 0, "%s", err);
  cr_expect_not_null(strstr(out, "Latency against load"));
  cr_expect_not_null(strstr(out, "p99.9"));
  cr_expect_not(exists("out/plots"));
}

// A sweep as it writes itself: its table and the folder beside it.
static void make_sweep(void) {
  char name[64];
  cr_assert_eq(system("mkdir -p grid.points/points"), 0);
  for (int i = 1; i <= 4; i++) {
    snprintf(name, sizeof name, "grid.points/points/%d", i);
    make_run(name, "\"grown\"", "\"x\"", 1, 0.08 / i, "0.09", 0);
  }
  put("grid.points/manifest.json",
      "{\"kind\": \"sweep\", \"axis\": \"hosts.box.boot\", \"unit\": \"s\", \"runs\": ["
      "{\"folder\": \"points/1\", \"label\": \"policy=random\", \"at\": 0.005},"
      "{\"folder\": \"points/2\", \"label\": \"policy=random\", \"at\": 0.01},"
      "{\"folder\": \"points/3\", \"label\": \"policy=fair\", \"at\": 0.005},"
      "{\"folder\": \"points/4\", \"label\": \"policy=fair\", \"at\": 0.01}]}\n");
}

Test(plot, a_sweep_over_something_else_than_the_load) {
  make_sweep();
  cr_assert_eq(PLOT("grid.csv", "--format", "svg"), 0, "%s", err);
  look_at("grid.points/plots/latency-against-load.svg");
  cr_expect_not_null(strstr(picture, "grown, policy=random"));
  cr_expect_not_null(strstr(picture, "grown, policy=fair"));
  cr_expect_not_null(strstr(picture, "hosts.box.boot, s"));
  cr_expect_not_null(strstr(picture, "Latency against hosts.box.boot, with"));
  cr_expect_null(strstr(picture, "offered load"));
  cr_expect(exists("grid.points/plots/comparison-at-0.01.svg"));
}

Test(plot, a_sweep_of_one_scenario_has_its_percentiles) {
  for (int i = 1; i <= 5; i++) {
    char name[64], value[16];
    static const double slow[] = {0.05, 0.06, 0.08, 0.3, 0.9}; // goodput / p99 is largest at the third
    snprintf(name, sizeof name, "many/load-%d", i);
    snprintf(value, sizeof value, "%g", slow[i - 1]);
    make_run(name, "\"alone\"", "\"x\"", i, 0.02, value, 0);
  }
  cr_assert_eq(PLOT("many", "--format", "svg", "--out", "drawn"), 0, "%s", err);
  look_at("drawn/percentiles-against-load.svg");
  static const char *const words[] = {"p50",
                                      "p90",
                                      "p99.9",
                                      "alone",
                                      "objective: p99 &lt; 500ms",
                                      "knee (most goodput for each second of p99): 300/s"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    cr_expect_not_null(strstr(picture, words[i]), "%s", words[i]);
}

Test(plot, the_terminal_has_so_many_columns) {
  make_comparison();
  setenv("COLUMNS", "70", 1);
  cr_assert_eq(PLOT("out", "--terminal"), 0, "%s", err);
  unsetenv("COLUMNS");
  size_t column = 0, widest = 0;
  for (const char *at = out; *at != '\0'; at++) {
    if (((unsigned char)*at & 0xc0) == 0x80) continue; // of a character that began before
    column = *at == '\n' ? 0 : column + 1;
    if (column > widest) widest = column;
  }
  cr_expect(widest >= 60 && widest <= 70, "%zu", widest);
  cr_expect_not_null(strstr(out, "##> ∞"), "a bar without end");
}

// ---- What is read -----------------------------------------------------------------------------------------

Test(plot, figures_that_are_read) {
  struct arena arena;
  struct plot_set set;
  arena_init(&arena, NULL);
  make_comparison();
  cr_assert(plot_set_read(&set, (const char *[]){"out"}, 1, &arena));
  cr_assert_eq(set.count, 4);
  cr_assert_eq(set.name_count, 2);
  cr_expect_str_eq(set.names[0], "one server", "in the manifest's order");
  cr_assert_eq(set.load_count, 2);
  cr_expect_eq(set.loads[0], 1);
  cr_expect_eq(set.loads[1], 4);
  const struct plot_run *run = &set.runs[1];
  cr_expect_str_eq(run->folder, "out/a/load-4");
  cr_expect_eq(run->lost, 5e4);
  cr_expect(run->figures[PLOT_P99].infinite, "half of the requests failed");
  cr_expect_not(set.runs[0].figures[PLOT_P99].infinite);
  cr_expect_float_eq(set.runs[0].figures[PLOT_P99].value, 0.0921, 1e-12);
  cr_expect_float_eq(run->figures[PLOT_GOODPUT].low, 360, 1e-9);
  cr_expect_float_eq(run->figures[PLOT_GOODPUT].high, 400, 1e-9);
  cr_assert_eq(run->objective_count, 2, "the third is no rule");
  cr_expect_eq(run->objectives[1].figure, PLOT_ERRORS);
  cr_expect_float_eq(run->objectives[1].limit, 0.01, 1e-12);
  cr_assert_eq(run->window_count, 40);
  for (size_t i = 0; i < run->window_count; i++) {
    cr_expect_eq(run->windows[i].at, (double)i);
    cr_expect_float_eq(run->windows[i].offered, 400, 1e-9, "two replications are not twice the rate");
    cr_expect_float_eq(run->windows[i].failed, 200, 1e-9);
    cr_expect_float_eq(run->windows[i].mean, 0.2, 1e-12);
    cr_expect_float_eq(run->windows[i].largest, 1.2, 1e-12);
  }
  double answered = 0;
  for (size_t i = 0; i < run->bin_count; i++) answered += run->bins[i].count;
  cr_expect_float_eq(answered, 5e4, 100, "only the rows of all requests count");
  arena_drop(&arena);
}

// A run with three tiers: web's cores full from 20 s on, db's disk half full, db's memory little used.
static void make_tiers(const char *path) {
  char file[256];
  make_run(path, "\"shop\"", "\"x\"", 1, 0.02, "0.0921", 0);
  snprintf(file, sizeof file, "%s/results.json", path);
  put(file,
      "{\"scenario\": {\"name\": \"shop\", \"hash\": \"0\"}, \"simulated\": {\"load\": 1, \"warmup_s\": "
      "10},\n"
      "\"requests\": {\"all\": {\"offered_per_s\": {\"value\": 2345.6, \"ci95\": null}}},\n"
      "\"components\": {\"db\": {\"utilization\": {\"disk\": {\"value\": 0.5, \"ci95\": null},\n"
      "\"memory\": {\"value\": 0.06, \"ci95\": null}, \"nic_in\": {\"value\": 0.01, \"ci95\": null}}},\n"
      "\"web\": {\"utilization\": {\"cpu\": {\"mean\": {\"value\": 0.8, \"ci95\": [0.7, 0.9]}}}}}}\n");
  snprintf(file, sizeof file, "%s/series.csv", path);
  FILE *series = fopen(file, "w");
  fputs("replication,from_s,to_s,offered,measured,db.utilization.disk,web.utilization.cpu.mean\n", series);
  for (int i = 0; i < 40; i++)
    fprintf(series, "0,%d,%d,1,%d,0.5,%g\n", i, i + 1, i >= 10, i < 20 ? 0.5 : 1.0);
  for (int i = 0; i < 40; i++) fprintf(series, "1,%d,%d,1,%d,,%g\n", i, i + 1, i >= 10, i < 20 ? 0.7 : 1.0);
  fclose(series);
}

Test(plot, tiers_over_time_are_means_over_replications) {
  struct arena arena;
  struct plot_set set;
  arena_init(&arena, NULL);
  make_tiers("shop");
  cr_assert(plot_set_read(&set, (const char *[]){"shop"}, 1, &arena));
  const struct plot_run *run = set.runs;
  const char *names[8];
  cr_assert_eq(plot_tiers_choose(&run, 1, 8, names, &arena), 3, "memory that is not short is not shown");
  cr_expect_str_eq(names[0], "web cpu");
  cr_expect_str_eq(names[1], "db disk");
  cr_expect_str_eq(names[2], "db nic in");
  cr_expect_null(plot_tiers_find(run, "db nic in")->over_time, "there is no such column");
  const double *cpu = plot_tiers_find(run, "web cpu")->over_time;
  const double *disk = plot_tiers_find(run, "db disk")->over_time;
  cr_assert_eq(run->window_count, 40);
  for (int w = 0; w < 40; w++) {
    cr_expect_float_eq(cpu[w], w < 20 ? 0.6 : 1, 1e-12);
    cr_expect_float_eq(disk[w], 0.5, 1e-12, "a replication that says nothing does not count");
  }
  arena_drop(&arena);
}

// Three digits, or all before the point with commas; never with an exponent.
Test(plot, numbers_of_titles) {
  static const struct {
    double value;
    const char *text;
  } cases[] = {{99.96, "100"}, {999.4, "999"}, {999.6, "1,000"}, {1000, "1,000"}, {2345678, "2,345,678"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[PLOT_LABEL_BYTES];
    plot_number_text(cases[i].value, text);
    cr_expect_str_eq(text, cases[i].text);
  }
}

Test(plot, utilization_over_time) {
  make_tiers("shop");
  cr_assert_eq(PLOT("shop", "--format", "svg"), 0, "%s", err);
  look_at("shop/plots/utilization-over-time.svg");
  cr_expect_not_null(strstr(picture, "Utilization over time (2,346 requests/s offered)"));
  cr_expect_not_null(strstr(picture, "shop"));
  cr_expect_not_null(strstr(picture, "web cpu"));
  cr_expect_not_null(strstr(picture, "db disk"));
  cr_expect_not_null(strstr(picture, "warm-up"));
  cr_expect_null(strstr(picture, "db nic in"));
  cr_expect_not_null(strstr(picture, "100%"));
}

// 900 windows of 1 s, of which the last 300 are after the measured time: 300 of 2 s. Replications differ;
// means are weighted by answers.
Test(plot, long_series_are_grouped) {
  struct arena arena;
  struct plot_set set;
  arena_init(&arena, NULL);
  make_run("run", "\"x\"", "\"x\"", 1, 0.02, "0.0921", 0);
  FILE *series = fopen("run/series.csv", "w");
  fputs("from_s,to_s,offered,answered,failed,latency_mean_s,latency_max_s,measured\n", series);
  for (int i = 0; i < 900; i++) {
    bool odd = i % 2 != 0;
    fprintf(series, "%d,%d,%d,%d,0,%s,%s,%d\n", i, i + 1, odd ? 10 : 30, odd ? 10 : 30, odd ? "5" : "1",
            odd ? "7" : "2", i < 600);
  }
  fputs("10,11,0,0,0,,,1\n", series); // a second replication, of one window without requests
  fclose(series);
  cr_assert(plot_set_read(&set, (const char *[]){"run"}, 1, &arena));
  const struct plot_run *run = set.runs;
  cr_assert_eq(run->window_count, 300);
  for (size_t i = 0; i < 300; i++) {
    cr_expect_eq(run->windows[i].at, 2.0 * (double)i);
    cr_expect_float_eq(run->windows[i].offered, i == 5 ? 40.0 / 3 : 20, 1e-9);
    cr_expect_float_eq(run->windows[i].mean, 2, 1e-12);
    cr_expect_eq(run->windows[i].largest, 7);
  }
  arena_drop(&arena);
}

// ---- Names that mean harm ---------------------------------------------------------------------------------

Test(plot, names_stay_text) {
  static const char hostile[] =
      "\"<b>`touch harm1` $(touch harm2) '.system(\\\"touch harm3\\\").' ''''; !touch harm4\\n"
      "\\u001b[31m %d %s @x \\\\ {/Bold x}_y^z\"";
  make_run("run", hostile, hostile, 1, 0.02, "0.0921", 0);
  make_run("more/2", "\"'''' x '' y \\\\\"", hostile, 2, 0.02, "0.0921", 0);
  cr_assert_eq(PLOT("run", "more", "--format", "svg"), 0, "%s", err);
  look_at("run/plots/latency-over-time-load-1.svg");
  cr_expect_not_null(strstr(picture, "&lt;b>`touch harm1` $(touch harm2) ’.system(\"touch"),
                     "shortened, but as it is");
  cr_expect_null(strstr(picture, "\x1b"));
  look_at("run/plots/latency-over-time-load-2.svg");
  cr_expect_not_null(strstr(picture, "’’’’ x ’’ y \\"));
  cr_assert_eq(PLOT("run", "more", "--terminal"), 0, "%s", err);
  cr_expect_null(strstr(out, "\x1b"));
  cr_assert_eq(PLOT("run", "more"), 0, "%s", err);
  for (char i = '1'; i <= '4'; i++) cr_expect_not(exists((char[]){'h', 'a', 'r', 'm', i, '\0'}));
}

Test(plot, a_manifest_reaches_nothing_outside) {
  make_run("elsewhere", "\"x\"", "\"x\"", 1, 0.02, "0.0921", 0);
  cr_assert_eq(mkdir("out", 0700), 0);
  put("out/manifest.json", "{\"runs\": [{\"folder\": \"../elsewhere\"}]}");
  cr_expect_eq(PLOT("out"), 2);
  cr_expect_not_null(strstr(err, "manifest.json"));
}

// ---- What is missing or wrong -----------------------------------------------------------------------------

Test(plot, no_results) {
  cr_assert_eq(mkdir("empty", 0700), 0);
  cr_expect_eq(PLOT("empty"), 2);
  cr_expect_not_null(strstr(err, "empty holds no results"), "%s", err);
  cr_expect_eq(PLOT("absent"), 2);
  cr_expect_not_null(strstr(err, "cannot read the folder absent"), "%s", err);
  cr_expect_eq(PLOT("--format", "pgn", "empty"), 2);
  cr_expect_not_null(strstr(err, "did you mean png?"), "%s", err);
  cr_expect_not(exists("empty/plots"));
}

Test(plot, wrong_files) {
  make_run("run", "\"x\"", "\"x\"", 1, 0.02, "0.0921", 0);
  put("run/series.csv", "from_s,to_s\n0,1\n1\n");
  cr_expect_eq(PLOT("run"), 2);
  cr_expect_not_null(strstr(err, "series.csv:3: "), "%s", err);
  put("run/results.json", "{\"scenario\": ");
  cr_expect_eq(PLOT("run"), 2);
  cr_expect_not_null(strstr(err, "results.json:1:"), "%s", err);
  put("run/results.json", "{}");
  cr_expect_eq(PLOT("run"), 2);
  cr_expect_not_null(strstr(err, "holds no results of a run"), "%s", err);
}

// What is not there is not drawn; values of any size are.
Test(plot, strange_values) {
  make_run("run", "\"x\"", "\"x\"", 1e300, 1e-290, "1e308", 1);
  cr_expect_eq(PLOT("run"), 0, "%s", err);
  put("run/series.csv", "from_s,to_s,offered,answered,failed,latency_mean_s,latency_max_s\n"
                        "0,1e300,5,5,0,nan,inf\n-1,2,,,,,\n3,2,1,1,1,1,1\nx,y,z,,,,\n");
  put("run/distribution.csv", "lower_s,upper_s,count\n0,0,5\n1,inf,3\n2,1,4\n0.5,0.5,1e300\n");
  cr_expect_eq(PLOT("run"), 0, "%s", err);
  put("run/series.csv", "from_s,to_s\n");
  put("run/distribution.csv", "count\n");
  cr_expect_eq(PLOT("run"), 2);
  cr_expect_not_null(strstr(err, "nothing to draw"), "%s", err);
}

Test(plot, no_gnuplot) {
  make_comparison();
  setenv("PATH", "/nonexistent", 1);
  cr_expect_eq(PLOT("out"), 1);
  cr_expect_not_null(strstr(err, "no gnuplot"), "%s", err);
  cr_expect_not_null(strstr(err, "gnuplot-nox"), "%s", err);
  cr_expect_not(exists("out/plots"));
}

Test(plot, no_fonts) {
  make_run("run", "\"x\"", "\"x\"", 1, 0.02, "0.0921", 0);
  char here[2048], path[2100];
  cr_assert_not_null(getcwd(here, sizeof here));
  snprintf(path, sizeof path, "%s/fonts.conf", here);
  put("fonts.conf", "<fontconfig></fontconfig>\n");
  setenv("FONTCONFIG_FILE", path, 1);
  cr_expect_eq(PLOT("run"), 0);
  cr_expect_not_null(strstr(err, "no fonts"), "%s", err);
  cr_expect_not_null(strstr(err, "fonts-dejavu-core"), "%s", err);
}

// ---- gnuplot itself ---------------------------------------------------------------------------------------

// A program of that name that does this comes first in PATH.
static void pretend(const char *script) {
  char here[2048], path[2048 + sizeof usual_path];
  put("gnuplot", "#!/bin/sh\n%s\n", script);
  cr_assert_eq(chmod("gnuplot", 0700), 0);
  cr_assert_not_null(getcwd(here, sizeof here));
  snprintf(path, sizeof path, "%s:%s", here, usual_path);
  setenv("PATH", path, 1);
}

static struct file_error run_pretended(int64_t limit, const atomic_bool *interrupt) {
  struct gnuplot gnuplot;
  gnuplot_open(&gnuplot, limit, interrupt);
  gnuplot_run(&gnuplot, "plot.gp");
  struct file_error error = gnuplot.error;
  gnuplot_close(&gnuplot);
  return error;
}

Test(plot, gnuplot_that_fails) {
  pretend("echo first; echo '  it is \"broken\"' >&2; echo; exit 3");
  struct file_error error = run_pretended(INT64_C(10000000000), NULL);
  cr_expect_str_eq(error.message, "gnuplot failed: it is \"broken\"");
  pretend("kill -9 $$");
  error = run_pretended(INT64_C(10000000000), NULL);
  cr_expect_str_eq(error.message, "gnuplot was ended by signal 9");
  pretend("exit 0");
  error = run_pretended(INT64_C(10000000000), NULL);
  cr_expect_str_empty(error.message);
}

Test(plot, gnuplot_that_hangs) {
  pretend("echo thinking >&2; exec sleep 60");
  struct file_error error = run_pretended(300000000, NULL);
  cr_expect_not_null(strstr(error.message, "not done after 300 ms"), "%s", error.message);
  atomic_bool interrupt = true;
  error = run_pretended(INT64_C(60000000000), &interrupt);
  cr_expect_str_eq(error.message, "interrupted");
}

// ---- Tables and axes --------------------------------------------------------------------------------------

Test(plot, tables) {
  struct arena arena;
  struct plot_table table;
  struct file_error error;
  arena_init(&arena, NULL);
  put("table.csv", "a,\"b \"\"c\"\"\",d\r\n1,\"x,\ny\",\r\n-2.5e3,,nan");
  cr_assert(plot_table_read(&table, "table.csv", &arena, &error), "%s", error.message);
  cr_expect_eq(table.rows, 2);
  cr_expect_eq(plot_table_column(&table, "b \"c\""), 1);
  cr_expect_eq(plot_table_column(&table, "e"), PLOT_TABLE_NONE);
  cr_expect_eq(plot_table_number(&table, 0, 0), 1);
  cr_expect_str_eq(plot_table_text(&table, 0, 1), "x,\ny");
  cr_expect_eq(plot_table_number(&table, 1, 0), -2500);
  cr_expect(isnan(plot_table_number(&table, 0, 2)));
  put("table.csv", "a,b\n1,\"2\n");
  cr_expect_not(plot_table_read(&table, "table.csv", &arena, &error));
  cr_expect_str_eq(error.message, "table.csv:2: a quote is not closed");
  put("table.csv", "%s", "");
  cr_expect_not(plot_table_read(&table, "table.csv", &arena, &error));
  arena_drop(&arena);
}

static void expect_axis(double least, double largest, enum plot_unit unit, struct plot_axis expected) {
  struct plot_extent extent = plot_extent_empty();
  plot_extent_add(&extent, least);
  plot_extent_add(&extent, largest);
  plot_extent_add(&extent, (double)NAN);
  plot_extent_add(&extent, (double)INFINITY);
  struct plot_axis axis = plot_axis_fit(extent, unit);
  cr_expect_eq(axis.logarithmic, expected.logarithmic, "%g to %g", least, largest);
  cr_expect_eq(axis.foot, expected.foot, "%g to %g", least, largest);
  cr_expect_float_eq(axis.low, expected.low, expected.low * 1e-9, "%g to %g: from %g", least, largest,
                     axis.low);
  cr_expect_float_eq(axis.high, expected.high, expected.high * 1e-9, "%g to %g: to %g", least, largest,
                     axis.high);
}

Test(plot, axes) {
  expect_axis(0.3, 1, PLOT_SECONDS, (struct plot_axis){.low = 0, .high = 1.2});
  expect_axis(0.003, 0.9, PLOT_SECONDS, (struct plot_axis){.logarithmic = true, .low = 0.002, .high = 1});
  expect_axis(0.001, 1, PLOT_SECONDS, (struct plot_axis){.logarithmic = true, .low = 0.001, .high = 1});
  expect_axis(1, 540, PLOT_NUMBER, (struct plot_axis){.low = 0, .high = 600});
  expect_axis(0.0004, 0.5, PLOT_SHARE,
              (struct plot_axis){.logarithmic = true, .foot = true, .low = 1e-5, .high = 0.5});
  expect_axis(0, 0, PLOT_SHARE, (struct plot_axis){.low = 0, .high = 1});
  struct arena arena;
  arena_init(&arena, NULL);
  struct plot_axis axis = {.unit = PLOT_SECONDS, .logarithmic = true, .low = 0.0005, .high = 0.002};
  cr_expect_str_eq(plot_axis_ticks(&axis, &arena),
                   "(\"500 µs\" 0.0005 0, \"\" 0.0006 1, \"\" 0.0007 1, \"\" 0.0008 1, \"\" 0.0009 1, "
                   "\"1 ms\" 0.001 0, \"2 ms\" 0.002 0)");
  axis = (struct plot_axis){.unit = PLOT_NUMBER, .high = 20000};
  cr_expect_str_eq(
      plot_axis_ticks(&axis, &arena),
      "(\"0\" 0 0, \"5,000\" 5000 0, \"10,000\" 10000 0, \"15,000\" 15000 0, \"20,000\" 20000 0)");
  axis = (struct plot_axis){.unit = PLOT_NUMBER, .columns = 32, .high = 3000};
  cr_expect_str_eq(plot_axis_ticks(&axis, &arena),
                   "(\"0\" 0 0, \"\" 500 1, \"1,000\" 1000 0, \"\" 1500 1, \"2,000\" 2000 0, "
                   "\"\" 2500 1, \"3,000\" 3000 0)");
  // 500 and 1,000 stand four characters apart there, six here.
  axis = (struct plot_axis){.unit = PLOT_NUMBER, .logarithmic = true, .columns = 32, .low = 20, .high = 5000};
  cr_expect_null(strstr(plot_axis_ticks(&axis, &arena), "\"500\""));
  axis.columns = 50;
  cr_expect_not_null(strstr(plot_axis_ticks(&axis, &arena), "\"500\""));
  arena_drop(&arena);
}
