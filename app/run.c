// headroom run: simulates scenarios, one after the other.
#include "command.h"
#include "console.h"
#include "options.h"
#include "repeat.h"
#include "results.h"
#include "runner.h"
#include "table_results.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// All scenarios of one command line.
struct session {
  const struct options *options;
  FILE *trace;
  const char **folders; // of results, below --out
  size_t folder_count;
  struct writer json;      // of all that --json prints: one document
  const char *title;       // of a repeated run, or NULL
  const char *fingerprint; // what it should come to, or NULL
};

static void report_failure(const struct experiment *experiment) {
  if (experiment->failed) console_error("%s", experiment->failure);
  if (!experiment->interrupted) return;
  console_error("interrupted: %zu replication%s of \"%s\" %s finished", experiment->count,
                experiment->count == 1 ? "" : "s", experiment->name, experiment->count == 1 ? "was" : "were");
}

static int status_of(const struct results *results, bool strict) {
  const struct experiment *experiment = results->experiment;
  if (results->broken != NULL) {
    console_error("an identity of the audit is broken: %s: %s",
                  identity_names[results->broken->identities.which], results->broken->identities.what);
  }
  int status = results_status(results, strict);
  if (experiment->failed || status == STATUS_FAILED) return STATUS_FAILED;
  return experiment->interrupted ? STATUS_INTERRUPTED : status;
}

static int save(const struct options *options, const struct results *results, const char *folder,
                int64_t started) {
  struct engine_report engine = {.wall = console_wall_time() - started,
                                 .own_time = results->experiment->cpu_time};
  if (options->path_count == 1) engine.own_time = console_process_time();
  struct file_error error = {""};
  if (results_save(results, &engine, folder, &error)) return STATUS_DONE;
  console_error("%s", error.message);
  return STATUS_FAILED;
}

// The results of one scenario, or an array of those of several, whatever became of some.
static bool is_array(const struct options *options) {
  return options->json && options->path_count > 1;
}

static void begin_json(struct session *session) {
  writer_init(&session->json, NULL);
  if (is_array(session->options)) writer_array(&session->json, NULL);
}

static void end_json(struct session *session) {
  struct writer *writer = &session->json;
  if (is_array(session->options)) writer_end(writer);
  if (writer->failed) console_out_of_memory(NULL);
  if (writer->length > 0) fwrite(writer->bytes, 1, writer->length, stdout);
  writer_drop(writer);
}

// Scenarios may have the same name; their results must not have the same folder.
static const char *folder_for(struct session *session, const struct subject *subject) {
  const struct options *options = session->options;
  if (options->path_count == 1) return options->out;
  const char *folder = subject_free_slug(subject, session->folders, session->folder_count, options->arena);
  session->folders[session->folder_count++] = folder;
  return arena_format(options->arena, "%s/%s", options->out, folder);
}

static void compare_with_first(const struct session *session, const struct results *results) {
  if (session->fingerprint == NULL || results->experiment->interrupted) return;
  if (strcmp(session->fingerprint, results->fingerprint) == 0) return;
  console_error("the figures differ from those of %s: another headroom wrote it, files that it names have "
                "changed, or compare, where scenarios share a warm-up",
                session->options->from);
}

static int show(struct session *session, const struct subject *subject, const struct experiment *experiment,
                int64_t started) {
  const struct options *options = session->options;
  struct arena arena;
  struct results results;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  results_gather(&results, subject, experiment, &arena);
  int status = status_of(&results, options->strict);
  compare_with_first(session, &results);
  if (options->out != NULL) {
    int saved = save(options, &results, folder_for(session, subject), started);
    if (saved != STATUS_DONE) status = saved;
  }
  if (options->json) {
    results_write(&results, &session->json);
  } else if (!options->quiet) {
    struct table table = table_on(stdout, options->color);
    table_print(&table, &results);
  }
  arena_drop(&arena);
  return status;
}

static int simulate(struct session *session, const struct subject *subject) {
  const struct options *options = session->options;
  int64_t started = console_wall_time();
  struct experiment experiment = {.plan = subject->plan,
                                  .load = 1,
                                  .trace = session->trace,
                                  .name = subject_name(subject),
                                  .series = options->out != NULL,
                                  .objectives = &subject->objectives};
  struct runner runner = {.jobs = options->jobs,
                          .deadline = options->max_wall > 0 ? started + options->max_wall : INT64_MAX,
                          .progress = !options->quiet && isatty(STDERR_FILENO),
                          .interrupt = options->interrupt,
                          .arena = options->arena};
  runner_run(&runner, &experiment, 1, false);
  report_failure(&experiment);
  int status = experiment.failed ? STATUS_FAILED : STATUS_INTERRUPTED;
  if (experiment.count > 0) status = show(session, subject, &experiment, started);
  experiment_drop(&experiment);
  return status;
}

static int run_one(struct session *session, const char *path) {
  struct subject subject;
  int status = STATUS_WRONG;
  bool right = subject_open(&subject, path, session->options);
  subject.title = session->title;
  if (right) status = simulate(session, &subject);
  subject_close(&subject);
  return status;
}

static bool close_trace(FILE *trace, const char *path) {
  if (trace == NULL) return true;
  errno = 0;
  bool written = fflush(trace) == 0 && !ferror(trace);
  int reason = errno != 0 ? errno : EIO; // of a write long ago nobody knows it any more
  if (fclose(trace) != 0 && written) {
    written = false;
    reason = errno;
  }
  if (!written) console_error("cannot write %s: %s", path, strerror(reason));
  return written;
}

// Before anything is simulated, rather than after all of it.
static bool can_write(const struct options *options) {
  struct file_error error = {""};
  if (options->out == NULL || file_make_directories(options->out, &error)) return true;
  console_error("%s", error.message);
  return false;
}

// The options by which the run that wrote options->from is repeated: its load goes before what they say.
static bool repeated(struct options *options, struct session *session) {
  struct repeat repeat;
  if (!repeat_read(&repeat, options->from, options->arena)) return false;
  session->title = repeat.name;
  if (options->override_count == 0) session->fingerprint = repeat.fingerprint;
  if (!repeat.raised) return true;
  size_t count = options->override_count;
  struct scenario_override *overrides = arena_array(options->arena, count + 1, sizeof *overrides);
  overrides[0].flag = "--from";
  overrides[0].text = arena_format(options->arena, "run.load=%.17g", repeat.load);
  if (count > 0) memcpy(&overrides[1], options->overrides, count * sizeof *overrides);
  options->overrides = overrides;
  options->override_count = count + 1;
  return true;
}

static int run(const struct options *given) {
  struct options copy = *given;
  const struct options *options = &copy;
  struct session session = {.options = options};
  if (copy.from != NULL && !repeated(&copy, &session)) return STATUS_WRONG;
  int worst = STATUS_DONE;
  if (options->trace != NULL && options->path_count > 1) {
    console_error("--trace takes one scenario: the requests of several cannot be told apart in one file");
    return STATUS_WRONG;
  }
  if (!can_write(options)) return STATUS_FAILED;
  if (options->trace != NULL && (session.trace = fopen(options->trace, "w")) == NULL) {
    console_error("cannot write %s: %s", options->trace, strerror(errno));
    return STATUS_FAILED;
  }
  session.folders = arena_array(options->arena, options->path_count, sizeof *session.folders);
  begin_json(&session);
  for (size_t i = 0; i < options->path_count && worst != STATUS_INTERRUPTED; i++) {
    if (i > 0 && !options->quiet && !options->json) fputc('\n', stdout);
    int status = run_one(&session, options->paths[i]);
    if (worst == STATUS_DONE || (worst == STATUS_OBJECTIVE && status != STATUS_DONE)) worst = status;
  }
  end_json(&session);
  if (!close_trace(session.trace, options->trace) && worst == STATUS_DONE) worst = STATUS_FAILED;
  return worst;
}

const struct command run_command = {
    .name = "run",
    .arguments = "SCENARIO…",
    .summary = "simulates and shows a table, the bottleneck, and the objectives",
    .details =
        "A SCENARIO is a JSON file, or - for standard input. With several, --out gets a folder for "
        "each, and\n"
        "--json prints one array. With --from, --root says where the files lie that the scenario names.",
    .common =
        OPTIONS_SCENARIO | OPTIONS_RUNNING | OPTIONS_OUTPUT | OPTIONS_TABLE | OPTIONS_TRACE | OPTIONS_REPEAT,
    .least = 1,
    .most = -1,
    .run = run,
};
