// How often the intervals that `headroom run` prints hold the truth: many runs of systems whose figures
// theory knows, each with another seed, counted. What is claimed (docs/statistics.md): 95% of means, ratios
// and percentiles over ten replications; 94 to 96.5% in one long run; of shares, from there to what the wider
// of two intervals gives. What chance alone may do in so many runs, three standard errors of a binomial, is
// allowed on top. What five replications give is shown as measured.
//
// And how often `headroom compare` finds a difference where there is none: two scenarios of one law, whose
// requests have luck of their own. Claimed: in at most 5% of comparisons is any figure of the family called
// significant.
//
//   coverage PROGRAM FOLDER RUNS [DOCUMENT [NAME…]]
//
// FOLDER is where scenarios are written; DOCUMENT, if given, gets the tables as Markdown; NAMEs, if given,
// are those of the systems to be measured.
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
  const char *service; // and of the steps; where there are no clients: the rest of the scenario
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
#define SHARE                                                                                                \
  { 0.95, -1 }
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
// Exact: King (1971), theory.json's irm_exact_M10_C3.
#define LEAST_RECENTLY_USED                                                                                  \
  "\"run\": {\"requests\": 20000, \"replications\": 10, \"warmup\": \"5s\"}, \"datasets\": {\"objects\": "   \
  "{\"items\": 10, \"popularity\": {\"zipf\": {\"s\": 1}}}}, \"clients\": {\"readers\": {\"arrivals\": "     \
  "{\"poisson\": {\"rate\": \"1000/s\"}}, \"entry\": \"web\"}}, \"components\": {\"web\": {\"type\": "       \
  "\"server\", \"handles\": {\"*\": [{\"read\": \"objects\"}]}}, \"memory\": {\"type\": \"cache\", "         \
  "\"origin\": \"disk\", \"strategy\": \"read-through\", \"capacity\": {\"items\": 3}}, \"disk\": "          \
  "{\"type\": \"object-store\", \"holds\": [\"objects\"]}}"

// A replica that applies writes one after the other: the lags are the sojourns of an M/M/1 queue, and a read
// of the one key misses its newest write while there is somebody in that queue.
#define REPLICA                                                                                              \
  "\"run\": {\"requests\": 20000, \"replications\": 10}, \"datasets\": {\"row\": {\"items\": 1}}, "          \
  "\"clients\": {\"writer\": {\"arrivals\": {\"poisson\": {\"rate\": \"0.5/s\"}}, \"mix\": {\"write\": 1}, " \
  "\"entry\": \"web\"}, \"reader\": {\"arrivals\": {\"poisson\": {\"rate\": \"2/s\"}}, \"mix\": {\"read\": " \
  "1}, \"entry\": \"web\"}}, \"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"write\": "     \
  "[{\"write\": \"row\"}], \"read\": [{\"read\": \"row\"}]}}, \"db\": {\"type\": \"database\", \"holds\": "  \
  "[\"row\"], \"replication\": {\"replicas\": {\"main\": 1}, \"reads_from\": \"replica\", \"apply\": "       \
  "{\"cpu\": {\"exponential\": {\"mean\": \"1s\"}}, \"threads\": 1}}}}"

// A dollar an hour for 100 requests a second.
#define PRICED                                                                                               \
  "\"run\": {\"duration\": \"200s\", \"replications\": 10}, \"clients\": {\"jobs\": {\"arrivals\": "         \
  "{\"poisson\": {\"rate\": \"100/s\"}}, \"entry\": \"station\"}}, \"machines\": {\"one\": {\"cores\": 1, "  \
  "\"price\": \"$1/h\"}}, \"components\": {\"station\": {\"type\": \"server\", \"machine\": \"one\", "       \
  "\"handles\": {\"*\": [{\"cpu\": \"1ms\"}]}}}"

// A queue of four messages before one worker as fast as they come: M/M/1/5, which loses one of six.
#define FULL_QUEUE                                                                                           \
  "\"run\": {\"requests\": 20000, \"replications\": 10}, \"clients\": {\"jobs\": {\"arrivals\": "            \
  "{\"poisson\": "                                                                                           \
  "{\"rate\": \"10/s\"}}, \"entry\": \"web\"}}, \"machines\": {\"one\": {\"cores\": 1, \"discipline\": "     \
  "\"fcfs\"}}, \"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"publish\": "        \
  "\"job\", "                                                                                                \
  "\"to\": \"jobs\"}]}}, \"jobs\": {\"type\": \"queue\", \"capacity\": {\"messages\": 4}, \"when_full\": "   \
  "\"reject\", \"delivery\": \"at-most-once\"}, \"worker\": {\"type\": \"worker\", \"machine\": \"one\", "   \
  "\"consumes\": \"jobs\", \"workers\": 1, \"handles\": {\"*\": [{\"cpu\": {\"exponential\": {\"mean\": "    \
  "\"100ms\"}}}]}}}"

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
    {"least recently used of 3 in 10, 10 replications",
     NULL,
     LEAST_RECENTLY_USED,
     10,
     SHARE,
     {{{"components", "memory", "hit_ratio"}, "hit ratio", 0.47066419}}},
    {"replica, 10 replications",
     NULL,
     REPLICA,
     10,
     SHARE,
     {{{"components", "db", "stale_reads"}, "stale reads", 0.5}}},
    {"replica, 10 replications",
     NULL,
     REPLICA,
     10,
     PLAIN,
     {{{"components", "db", "lag_s", "mean"}, "mean lag", 2}}},
    {"a priced machine, 10 replications",
     NULL,
     PRICED,
     10,
     PLAIN,
     {{{"cost", "per_million_requests"}, "cost of a million requests", 1e6 / 3600 / 100}}},
    {"full queue, 10 replications",
     NULL,
     FULL_QUEUE,
     10,
     SHARE,
     {{{"requests", "all", "errors"}, "lost messages", 1.0 / 6}}},
    LONG("M/M/1 at 0.5, one long run", "50", 0.02, 0.5, 3.912023005428146),
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
  if (system->clients == NULL) {
    fprintf(file, "{\"name\": \"coverage\", \"network\": \"none\", %s}\n", system->service);
    fclose(file);
    return;
  }
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

// What the program prints as JSON with this seed; NULL, with a word on standard error: it failed.
static cJSON *ask(char *argv[]) {
  struct child_end end = child_run(argv, 300);
  cJSON *results = end.exited && end.status == 0 ? cJSON_Parse(end.output) : NULL;
  free(end.output);
  if (results == NULL) fprintf(stderr, "%s %s: failed (status %d)\n", argv[0], argv[1], end.status);
  return results;
}

static bool run_once(const char *program, const char *scenario, long seed, const struct system *system,
                     struct count *counts) {
  char number[32];
  snprintf(number, sizeof number, "%ld", seed);
  char *argv[] = {(char *)program, "run", (char *)scenario, "--json", "--quiet", "--seed", number, NULL};
  cJSON *results = ask(argv);
  for (int f = 0; results != NULL && f < FIGURES_MOST && system->figures[f].name != NULL; f++)
    judge(results, &system->figures[f], &counts[f]);
  cJSON_Delete(results);
  return results != NULL;
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
    if (claim.high < 0) claim.high = wider_of_two(system->replications).high;
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

// ---- Comparisons of equals -------------------------------------------------------------------------------

// Two scenarios of one law: in the second a choice comes before the service, so that its requests have other
// luck there. `groups`: how the clients are called in each; where names differ there is no common luck.
struct equals {
  const char *name;
  const char *groups[2];
  bool paired;
};

static const struct equals equals[] = {
    {"M/M/1 at 0.7 with itself, common arrivals", {"jobs", "jobs"}, true},
    {"M/M/1 at 0.7 with itself, nothing in common", {"jobs", "others"}, false},
};
enum { EQUALS = sizeof equals / sizeof *equals };

#define CHOICE "{\"choose\": [[0.5, " EXPONENTIAL("10ms") "], [0.5, " EXPONENTIAL("10ms") "]]}"

static void write_equal(const char *path, const char *group, const char *steps) {
  FILE *file = fopen(path, "w");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  fprintf(
      file,
      "{\"name\": \"equal\", \"network\": \"none\", \"run\": {\"requests\": 5000, \"replications\": 10},\n"
      " \"clients\": {\"%s\": {\"arrivals\": %s, \"entry\": \"station\"}},\n"
      " \"hosts\": {\"one\": {\"cores\": 1, \"discipline\": \"fcfs\"}},\n"
      " \"components\": {\"station\": {\"type\": \"server\", \"on\": \"one\", \"handles\": {\"*\": %s}}}}\n",
      group, POISSON("70"), steps);
  fclose(file);
}

struct equals_count {
  long comparisons, families, means; // in which something, and in which the mean, was called different
  long correlations;
  double correlation; // of the means, the sum
};

// `significant` is at 5% after Holm's correction, p_value before.
static void judge_equals(const cJSON *results, struct equals_count *count) {
  const cJSON *difference = NULL;
  bool any = false;
  cJSON_ArrayForEach(difference, cJSON_GetObjectItemCaseSensitive(results, "differences")) {
    const char *metric = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(difference, "metric"));
    any = any || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(difference, "significant"));
    if (metric == NULL || strcmp(metric, "mean") != 0) continue;
    count->means += cJSON_GetObjectItemCaseSensitive(difference, "p_value")->valuedouble < 0.05;
    const cJSON *correlation = cJSON_GetObjectItemCaseSensitive(difference, "correlation");
    if (!cJSON_IsNumber(correlation)) continue;
    count->correlations++;
    count->correlation += correlation->valuedouble;
  }
  count->comparisons++;
  count->families += any;
}

// Pairs whose arrivals are the same have a correlation, and it is said; others have none.
static bool measure_equals(const char *program, const char *folder, const struct equals *pair, long runs,
                           FILE *document, long *passed, long *failed) {
  char paths[2][4096], number[32];
  struct equals_count count = {0};
  for (int i = 0; i < 2; i++) {
    snprintf(paths[i], sizeof paths[i], "%s/equal-%d.json", folder, i + 1);
    write_equal(paths[i], pair->groups[i], i == 0 ? EXPONENTIAL("10ms") : "[" CHOICE "]");
  }
  for (long seed = 1; seed <= runs; seed++) {
    snprintf(number, sizeof number, "%ld", seed);
    char *argv[] = {(char *)program, "compare", paths[0], paths[1], "--json",
                    "--quiet",       "--seed",  number,   NULL};
    cJSON *results = ask(argv);
    if (results == NULL) return false;
    judge_equals(results, &count);
    cJSON_Delete(results);
  }
  double family = (double)count.families / (double)runs, mean = (double)count.means / (double)runs;
  bool seldom = family <= 0.05 + chance(0.05, runs) && fabs(mean - 0.05) <= chance(0.05, runs);
  bool said = pair->paired ? count.correlations == runs && count.correlation > 0.1 * (double)runs
                           : count.correlations == 0;
  ++*(seldom && said ? passed : failed);
  const char *verdict = !said ? "correlation not as it must be" : seldom ? "as claimed" : "not as claimed";
  char correlation[32] = "none";
  if (count.correlations > 0)
    snprintf(correlation, sizeof correlation, "%.2f", count.correlation / (double)count.correlations);
  printf("%-50s any %.1f%%, mean %.1f%% of %ld, correlation %s: %s\n", pair->name, 100 * family, 100 * mean,
         runs, correlation, verdict);
  if (document != NULL) {
    fprintf(document, "| %s | %.1f%% | %.1f%% | %ld | %s | %s |\n", pair->name, 100 * family, 100 * mean,
            runs, correlation, verdict);
  }
  fflush(stdout);
  return true;
}

// ---- The document ----------------------------------------------------------------------------------------

static void begin_document(FILE *document, long runs) {
  fprintf(
      document,
      "# How often intervals hold the truth\n\nMade by `tests/long/run`: %ld runs of each system, 20,000 "
      "requests a replication (200,000 of the\nlong run). Nominal: 95%%. Claimed: 95%% over ten "
      "replications, 94 to 96.5%% in one long run, %.1f%%\nof shares whose hits are independent (the wider "
      "of two intervals) and from 95%% to there of others;\nthree standard errors of chance are allowed on "
      "top.\n\n| system | figure | held | intervals | none given | |\n|---|---|---|---|---|---|\n",
      runs, 100 * wider_of_two(10).low);
}

static void begin_comparisons(FILE *document) {
  fputs(
      "\n## Differences where there is none\n\nTwo scenarios of one law are compared, 5,000 requests in each "
      "of ten replications. Claimed: in at most\n5% of the comparisons any figure of the family is called "
      "different (Holm), and in 5% the mean would be\nif it stood alone.\n\n| comparison | any of the family "
      "| the mean alone | comparisons | correlation of means | |\n|---|---|---|---|---|---|\n",
      document);
}

static bool is_wanted(const char *name, char **names, int count) {
  for (int i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) return true;
  }
  return count <= 0;
}

int main(int count, char **arguments) {
  long runs = count >= 4 ? strtol(arguments[3], NULL, 10) : 0;
  if (runs < 1) {
    fprintf(stderr, "usage: coverage PROGRAM FOLDER RUNS [DOCUMENT [NAME…]]\n");
    return 2;
  }
  const char *program = arguments[1], *folder = arguments[2];
  char **names = arguments + 5;
  int named = count - 5;
  FILE *document = count > 4 ? fopen(arguments[4], "w") : NULL;
  long passed = 0, failed = 0;
  if (document != NULL) begin_document(document, runs);
  for (int i = 0; i < SYSTEMS; i++) {
    if (!is_wanted(systems[i].name, names, named)) continue;
    if (!measure(program, folder, &systems[i], runs, document, &passed, &failed)) failed++;
  }
  if (document != NULL) begin_comparisons(document);
  for (int i = 0; i < EQUALS; i++) {
    if (!is_wanted(equals[i].name, names, named)) continue;
    if (!measure_equals(program, folder, &equals[i], runs, document, &passed, &failed)) failed++;
  }
  if (document != NULL) fclose(document);
  printf("%ld passed, %ld failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
