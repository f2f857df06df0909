// Runs the reference cases of tests/theory/cases through the program and judges what it says.
//
// statistics.md's rule: one z a case where the reference is exact, turned into a normal score through its t
// distribution; all scores together by Anderson and Darling's test against N(0, 1); everything else by
// tolerances that exceed four standard errors of the run.

#include "validate_child.h"
#include "validate_judge.h"
#include "validate_report.h"
#include "validate_trace.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, SECONDS_MAX = 1800, NAMES_MAX = 256 };
static const double LEAST_LIKELY =
    0.001; // p of the scores together, below which they are not standard normal

struct options {
  bool full, list;
  const char *program, *folder, *page, *tap, *jobs;
  const char *only[NAMES_MAX]; // ids, or names of runs; none: all
  size_t only_count;
};

static int usage(void) {
  fputs(
      "usage: validate [--full] [--program HEADROOM] [--folder tests/theory] [--write PAGE] [--tap FILE]\n"
      "                [--jobs N] [--list] [CASE…]\n"
      "Runs the reference cases: small ones in small sizes, or with --full all in theirs. HEADROOM_BIN and\n"
      "HEADROOM_SOURCE stand in for --program and the tree that --folder is in.\n",
      stderr);
  return 2;
}

static bool wanted(const struct options *options, const struct trial *trial) {
  if (!options->full && !trial->in_quick) return false;
  for (size_t i = 0; i < options->only_count; i++) {
    if (strcmp(options->only[i], trial->name) == 0 || strcmp(options->only[i], trial->id) == 0) return true;
  }
  return options->only_count == 0;
}

// The value of an option written `--name value` or `--name=value`; NULL if this is not it.
static const char *value_of(const char *name, char **argv, int *at) {
  size_t length = strlen(name);
  if (strncmp(argv[*at], name, length) != 0) return NULL;
  if (argv[*at][length] == '=') return argv[*at] + length + 1;
  return argv[*at][length] == '\0' && argv[*at + 1] ? argv[++*at] : NULL;
}

static bool take(struct options *options, char **argv, int *at) {
  const struct {
    const char *name, **place;
  } texts[] = {{"--program", &options->program},
               {"--folder", &options->folder},
               {"--write", &options->page},
               {"--tap", &options->tap},
               {"--jobs", &options->jobs}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    const char *value = value_of(texts[i].name, argv, at);
    if (value) return *texts[i].place = value, true;
  }
  if (strcmp(argv[*at], "--full") == 0) return options->full = true;
  if (strcmp(argv[*at], "--list") == 0) return options->list = true;
  if (argv[*at][0] == '-' || options->only_count == NAMES_MAX) return false;
  return options->only[options->only_count++] = argv[*at], true;
}

// argv of the program for one trial; the numbers in it stand in `texts`.
struct command {
  char *argv[ARGUMENTS_MAX];
  int count;
  char seed[32], requests[64], replay[256];
};

static void say(struct command *command, const char *word) {
  if (command->count < ARGUMENTS_MAX - 1) command->argv[command->count++] = (char *)(uintptr_t)word;
}

static void compose(struct command *command, const struct options *options, const struct outcome *outcome,
                    const char *scenario, const char *replayed, const char *trace) {
  const struct trial *trial = outcome->trial;
  snprintf(command->seed, sizeof command->seed, "%" PRIu64, outcome->seed);
  const char *const fixed[] = {options->program, "run",    scenario,     "--json",
                               "--quiet",        "--seed", command->seed};
  for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) say(command, fixed[i]);
  if (trial->full > 0) {
    snprintf(command->requests, sizeof command->requests, "run.requests=%" PRIu64,
             outcome->requests / trial->replications);
    say(command, "--set");
    say(command, command->requests);
  }
  const cJSON *change = NULL;
  cJSON_ArrayForEach(change, trial->set) {
    say(command, "--set");
    say(command, change->valuestring);
  }
  if (replayed) {
    snprintf(command->replay, sizeof command->replay, "clients.readers.arrivals.trace.file=\"%s\"", replayed);
    say(command, "--set");
    say(command, command->replay);
    say(command, "--root"); // the trace is not in the scenario's folder
    say(command, "/");
  }
  if (trace) {
    say(command, "--trace");
    say(command, trace);
  }
  if (options->jobs) {
    say(command, "--jobs");
    say(command, options->jobs);
  }
}

// Exit 99 is an SLO's, of which these scenarios have none.
static void judge_end(struct outcome *outcome, const struct child_end *end, const char *trace) {
  if (!end->exited) {
    snprintf(outcome->problem, sizeof outcome->problem, "headroom %s", end->why);
    return;
  }
  if (end->status != 0) {
    snprintf(outcome->problem, sizeof outcome->problem, "headroom ended with status %d", end->status);
    return;
  }
  cJSON *results = cJSON_Parse(end->output);
  if (results)
    judge(outcome, results, trace);
  else
    snprintf(outcome->problem, sizeof outcome->problem, "what headroom printed is not JSON");
  cJSON_Delete(results);
}

// A new file of this name, whose last six characters are an X each. False: none, or none is wanted.
static bool make_file(char *name, bool wanted) {
  int file = wanted ? mkstemp(name) : -1;
  if (file >= 0) close(file);
  return file >= 0;
}

static void run_prepared(const struct options *options, struct outcome *outcome, const char *replayed) {
  char trace[] = "validate-XXXXXX";
  bool traced = make_file(trace, outcome->trial->timetable_count > 0);
  char *scenario = table_scenario(options->folder, outcome->trial->scenario);
  struct command command = {0};
  compose(&command, options, outcome, scenario, replayed, traced ? trace : NULL);
  struct child_end end = child_run(command.argv, SECONDS_MAX);
  char *lines = traced ? table_file(trace) : NULL;
  judge_end(outcome, &end, lines);
  if (traced) remove(trace);
  free(lines);
  free(end.output);
  free(scenario);
}

static void run_trial(const struct options *options, struct outcome *outcome) {
  const struct trial *trial = outcome->trial;
  outcome->seed = judge_seed(trial->name);
  outcome->requests = options->full || trial->full < trial->quick ? trial->full : trial->quick;
  char folder[4096] = "", replayed[4096] = "/tmp/validate-XXXXXX";
  if (!trial->trace_file) {
    run_prepared(options, outcome, NULL);
    return;
  }
  if (getcwd(folder, sizeof folder - 32)) snprintf(replayed, sizeof replayed, "%s/validate-XXXXXX", folder);
  bool made = make_file(replayed, true);
  enum trace_state state =
      made ? trace_prepare(trial, replayed, outcome->problem, sizeof outcome->problem) : TRACE_BROKEN;
  outcome->absent = state == TRACE_ABSENT;
  if (state == TRACE_READY) {
    outcome->problem[0] = '\0';
    run_prepared(options, outcome, replayed);
  }
  if (made) remove(replayed);
}

static struct together judge_together(const struct outcome *outcomes, size_t count) {
  double *scores = calloc(2 * count + 1, sizeof *scores);
  struct together together = {.passed = true};
  for (size_t i = 0; scores && i < count; i++) {
    for (size_t j = 0; j < outcomes[i].trial->figure_count; j++) {
      const struct finding *finding = &outcomes[i].findings[j];
      if (!finding->figure || isnan(finding->score)) continue;
      scores[together.count++] = finding->score;
      break; // one a run
    }
  }
  if (scores) together.fit = score_anderson_darling(scores, together.count, scores + count);
  together.passed = scores && together.fit.p_value >= LEAST_LIKELY;
  free(scores);
  return together;
}

static size_t run_all(const struct options *options, const struct table *table, struct outcome *outcomes) {
  size_t count = 0;
  for (size_t i = 0; i < table->count; i++) {
    const struct trial *trial = &table->trials[i];
    if (!wanted(options, trial)) continue;
    struct outcome *outcome = &outcomes[count++];
    outcome->trial = trial;
    outcome->findings = calloc(trial->figure_count + 1, sizeof *outcome->findings);
    if (!outcome->findings) continue;
    run_trial(options, outcome);
    report_outcome(outcome);
  }
  return count;
}

static int conclude(const struct options *options, const struct table *table, const struct outcome *outcomes,
                    size_t count) {
  struct together together = judge_together(outcomes, count);
  size_t judged = count + (together.count > 0), passed = together.count > 0 && together.passed;
  for (size_t i = 0; i < count; i++) {
    passed += outcomes[i].passed;
    judged -= outcomes[i].absent;
  }
  size_t failed = judged - passed;
  if (together.count > 0) report_together(&together);
  bool written = !options->page || report_page(options->page, table, outcomes, count, &together);
  written = (!options->tap || report_tap(options->tap, outcomes, count, &together)) && written;
  printf("%zu passed, %zu failed\n", passed, failed);
  return failed > 0 || count == 0 || !written;
}

static int list(const struct options *options, const struct table *table) {
  for (size_t i = 0; i < table->count; i++) {
    const struct trial *trial = &table->trials[i];
    if (wanted(options, trial)) printf("%-38s seed %" PRIu64 "\n", trial->name, judge_seed(trial->name));
  }
  return 0;
}

static int validate(const struct options *options, const struct table *table) {
  if (options->list) return list(options, table);
  struct outcome *outcomes = calloc(table->count, sizeof *outcomes);
  if (!outcomes) return 1;
  size_t count = run_all(options, table, outcomes);
  int status = conclude(options, table, outcomes, count);
  for (size_t i = 0; i < count; i++) free(outcomes[i].findings);
  free(outcomes);
  return status;
}

int main(int argc, char **argv) {
  struct options options = {.program = getenv("HEADROOM_BIN")};
  const char *source = getenv("HEADROOM_SOURCE");
  char folder[4096];
  snprintf(folder, sizeof folder, "%s/tests/theory", source ? source : ".");
  options.folder = folder;
  for (int at = 1; at < argc; at++) {
    if (!take(&options, argv, &at)) return usage();
  }
  if (!options.program) return usage();
  struct table table;
  int status = table_read(&table, options.folder) ? validate(&options, &table) : 1;
  table_release(&table);
  return status;
}
