// How often the intervals that `headroom run` prints hold the truth: many runs of systems whose figures
// theory knows, each with another seed, counted. What is claimed (docs/statistics.md): 95% of means and
// percentiles over ten replications; 94 to 96.5% in one long run; of shares, what the wider of two intervals
// gives. What chance alone may do in so many runs, three standard errors of a binomial, is allowed on top.
// What five replications give is shown as measured.
//
//   coverage PROGRAM FOLDER RUNS [DOCUMENT]
//
// FOLDER is where scenarios are written; DOCUMENT, if given, gets the table as Markdown.
#include "validate_child.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct figure {
  const char *path[6]; // in results.json, NULL at the end
  const char *name;
  double truth;
};

enum { FIGURES_MOST = 8 };

struct claim {
  double low, high; // 0: nothing is claimed
};

struct system {
  const char *name;
  const char *clients; // JSON of the group's arrivals
  const char *service; // and of the steps
  int replications;
  struct claim claim;
  struct figure figures[FIGURES_MOST];
};

#define LATENCY(figure_, truth_)                                                                             \
  { {"requests", "all", "latency_s", figure_}, figure_, truth_ }
#define POISSON(rate_)     "{\"poisson\": {\"rate\": \"" rate_ "/s\"}}"
#define EXPONENTIAL(mean_) "[{\"cpu\": {\"exponential\": {\"mean\": \"" mean_ "\"}}}]"

#define PLAIN                                                                                                \
  { 0.95, 0.95 }
#define LONG_RUN                                                                                             \
  { 0.94, 0.965 }
#define WIDER                                                                                                \
  { -1, -1 }
#define NOTHING                                                                                              \
  { 0, 0 }

// M/M/1: sojourns are exponential with mean 1 / (mu - lambda), so p50 is ln 2 and p95 is ln 20 times that.
#define MM1(name_, rate_, mean_, replications_, claim_)                                                      \
  {                                                                                                          \
    name_, POISSON(rate_), EXPONENTIAL("10ms"), replications_, claim_, {                                     \
      LATENCY("mean", mean_), LATENCY("p50", 0.693147180559945 * (mean_)),                                   \
          LATENCY("p95", 2.995732273553991 * (mean_))                                                        \
    }                                                                                                        \
  }

// The bursty queue is theory.json's mmpp2_m1_a: L = 3.4697958 and lambda = 0.9, so T = 3.8553286.
#define BURSTY "{\"mmpp\": {\"rates\": [\"1.6/s\", \"0.2/s\"], \"dwell\": [\"10s\", \"10s\"]}}"

// One long run of M/M/1, with what its station reports. The mean wait is that of the sojourn less the
// service.
#define LONG(name_, rate_, mean_, load_, wait99_)                                                            \
  {                                                                                                          \
    name_, POISSON(rate_), EXPONENTIAL("10ms"), 1, LONG_RUN, {                                               \
      LATENCY("mean", mean_), LATENCY("p50", 0.693147180559945 * (mean_)),                                   \
          LATENCY("p95", 2.995732273553991 * (mean_)), LATENCY("p99", 4.605170185988091 * (mean_)),          \
          LATENCY("std", mean_), STATION("utilization", "cpu", "mean", "utilization", load_),                \
          STATION("wait_s", "mean", NULL, "mean wait", (mean_)-0.01),                                        \
          STATION("wait_s", "p99", NULL, "p99 of waits", (mean_) * (wait99_))                                \
    }                                                                                                        \
  }
#define STATION(a_, b_, c_, name_, truth_)                                                                   \
  { {"components", "station", a_, b_, c_}, name_, truth_ }
static const struct system systems[] = {
    MM1("M/M/1 at 0.5, 10 replications", "50", 0.02, 10, PLAIN),
    MM1("M/M/1 at 0.8, 10 replications", "80", 0.05, 10, PLAIN),
    MM1("M/M/1 at 0.9, 10 replications", "90", 0.1, 10, PLAIN),
    {"MMPP/M/1, 10 replications",
     BURSTY,
     EXPONENTIAL("666666667ns"),
     10,
     PLAIN,
     {LATENCY("mean", 3.8553286)}},
    {"one request in a hundred fails, 10 replications",
     POISSON("50"),
     "[{\"fail\": 0.01}]",
     10,
     WIDER,
     {{{"requests", "all", "errors"}, "errors", 0.01}}},
    MM1("M/M/1 at 0.5, 5 replications", "50", 0.02, 5, NOTHING),
    MM1("M/M/1 at 0.8, 5 replications", "80", 0.05, 5, NOTHING),
    LONG("M/M/1 at 0.8, one long run", "80", 0.05, 0.8, 4.382026634673881),
    LONG("M/M/1 at 0.9, one long run", "90", 0.1, 0.9, 4.499809670330265),
};
enum { SYSTEMS = sizeof systems / sizeof *systems };

static void write_scenario(const struct system *system, const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  int requests = system->replications == 1 ? 200000 : 20000;
  fprintf(
      file,
      "{\"name\": \"coverage\", \"network\": \"none\", \"run\": {\"requests\": %d, \"replications\": %d},\n"
      " \"clients\": {\"jobs\": {\"arrivals\": %s, \"entry\": \"station\"}},\n"
      " \"hosts\": {\"one\": {\"cores\": 1, \"discipline\": \"fcfs\"}},\n"
      " \"components\": {\"station\": {\"type\": \"server\", \"on\": \"one\", \"handles\": {\"*\": %s}}}}\n",
      requests, system->replications, system->clients, system->service);
  fclose(file);
}

struct count {
  long held;
  long given;   // intervals
  long missing; // null: too few samples, or too short
};

static void judge(const cJSON *results, const struct figure *figure, struct count *count) {
  const cJSON *node = results;
  for (int i = 0; i < 6 && figure->path[i] != NULL; i++)
    node = cJSON_GetObjectItemCaseSensitive(node, figure->path[i]);
  const cJSON *interval = cJSON_GetObjectItemCaseSensitive(node, "ci95");
  if (!cJSON_IsArray(interval)) {
    count->missing++;
    return;
  }
  double low = cJSON_GetArrayItem(interval, 0)->valuedouble;
  double high = cJSON_GetArrayItem(interval, 1)->valuedouble;
  count->given++;
  count->held += low <= figure->truth && figure->truth <= high;
}

static bool run_once(const char *program, const char *scenario, long seed, const struct system *system,
                     struct count *counts) {
  char number[32];
  snprintf(number, sizeof number, "%ld", seed);
  char *argv[] = {(char *)program, "run", (char *)scenario, "--json", "--quiet", "--seed", number, NULL};
  struct child_end end = child_run(argv, 300);
  cJSON *results = end.exited && end.status == 0 ? cJSON_Parse(end.output) : NULL;
  free(end.output);
  if (results == NULL) {
    fprintf(stderr, "seed %ld: the program failed (status %d)\n", seed, end.status);
    return false;
  }
  for (int f = 0; f < FIGURES_MOST && system->figures[f].name != NULL; f++)
    judge(results, &system->figures[f], &counts[f]);
  cJSON_Delete(results);
  return true;
}

static double chance(double share, long runs) {
  return 3 * sqrt(share * (1 - share) / (double)runs);
}

static double normal_within(double z) {
  return erf(z / sqrt(2));
}

// How often the wider of a normal interval whose spread is known (Clopper & Pearson's, of many independent
// hits) and Student's t holds the truth: the spread that t estimates has a chi distribution.
static struct claim wider_of_two(int replications) {
  double freedom = replications - 1, sum = 0, weights = 0;
  double student = replications == 10 ? 2.262157162740992 : NAN; // 97.5%
  for (double s = 0.0005; s < 5; s += 0.001) {
    double weight = exp((freedom - 1) * log(s) - freedom * s * s / 2);
    weights += weight;
    sum += weight * normal_within(fmax(1.959963984540054, student * s));
  }
  return (struct claim){sum / weights, sum / weights};
}

static bool measure(const char *program, const char *folder, const struct system *system, long runs,
                    FILE *document, long *passed, long *failed) {
  char scenario[4096];
  snprintf(scenario, sizeof scenario, "%s/coverage.json", folder);
  write_scenario(system, scenario);
  struct count counts[FIGURES_MOST] = {{0}};
  for (long seed = 1; seed <= runs; seed++) {
    if (!run_once(program, scenario, seed, system, counts)) return false;
  }
  for (int f = 0; f < FIGURES_MOST && system->figures[f].name != NULL; f++) {
    double share = counts[f].given > 0 ? (double)counts[f].held / (double)counts[f].given : 0;
    struct claim claim = system->claim.low < 0 ? wider_of_two(system->replications) : system->claim;
    bool judged = claim.low > 0;
    bool seldom = share < claim.low - chance(claim.low, counts[f].given);
    bool often = share > claim.high + chance(claim.high, counts[f].given);
    if (judged) ++*(seldom || often ? failed : passed);
    const char *verdict = !judged ? "" : seldom ? "too seldom" : often ? "too often" : "as claimed";
    printf("%-50s %-7s %6.1f%% of %ld (%ld without interval) %s\n", system->name, system->figures[f].name,
           100 * share, counts[f].given, counts[f].missing, verdict);
    if (document != NULL) {
      fprintf(document, "| %s | %s | %.1f%% | %ld | %ld | %s |\n", system->name, system->figures[f].name,
              100 * share, counts[f].given, counts[f].missing, verdict);
    }
    fflush(stdout);
  }
  return true;
}

int main(int count, char **arguments) {
  long runs = count >= 4 ? strtol(arguments[3], NULL, 10) : 0;
  if (runs < 1) {
    fprintf(stderr, "usage: coverage PROGRAM FOLDER RUNS [DOCUMENT]\n");
    return 2;
  }
  FILE *document = count > 4 ? fopen(arguments[4], "w") : NULL;
  if (document != NULL) {
    fprintf(document,
            "# How often intervals hold the truth\n\nMade by `tests/long/run`: %ld runs of each system, "
            "20,000 requests a "
            "replication (200,000 of the\nlong run). Nominal: 95%%. Claimed: 95%% over ten replications, 94 "
            "to 96.5%% "
            "in one long run, %.1f%%\nof shares (the wider of two intervals); three standard errors of "
            "chance are "
            "allowed on top.\n\n| system | figure | held | intervals | none given | |\n"
            "|---|---|---|---|---|---|\n",
            runs, 100 * wider_of_two(10).low);
  }
  long passed = 0, failed = 0;
  for (int i = 0; i < SYSTEMS; i++) {
    if (!measure(arguments[1], arguments[2], &systems[i], runs, document, &passed, &failed)) failed++;
  }
  if (document != NULL) fclose(document);
  printf("%ld passed, %ld failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
