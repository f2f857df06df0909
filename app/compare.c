// headroom compare: the same traffic through several architectures, and how sure the differences are.
#include "command.h"
#include "compare_parts.h"
#include "console.h"
#include "file.h"
#include "options.h"
#include "runner.h"
#include "writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCENARIOS_MOST = 16 };

static const double LOAD_LEAST = 1e-9; // as `run.load` has it

// ---- Loads ------------------------------------------------------------------------------------------------

static bool read_loads(struct match *match) {
  const char *text = match->own->load != NULL ? match->own->load : "1";
  while (*text != '\0') {
    char *end = NULL;
    double load = strtod(text, &end);
    bool number = text[0] >= '0' && text[0] <= '9' && end != text && (*end == ',' || *end == '\0');
    if (!number || !(load >= LOAD_LEAST) || load > 1e9 || match->load_count == LOADS_MOST) {
      console_error(
          "--load takes factors from 1e-9 to 1e9 with commas between (1,5,20), at most %d, not \"%s\"",
          LOADS_MOST, match->own->load);
      return false;
    }
    for (size_t i = 0; i < match->load_count; i++) {
      if (match->loads[i] != load) continue;
      console_error("--load names the factor %.*s twice in \"%s\"", (int)(end - text), text,
                    match->own->load);
      return false;
    }
    match->loads[match->load_count++] = load;
    text = *end == ',' && end[1] != '\0' ? end + 1 : end + strlen(end);
    if (*end == ',' && end[1] == '\0') {
      console_error("--load ends with a comma: \"%s\"", match->own->load);
      return false;
    }
  }
  return match->load_count > 0;
}

// ---- Scenarios --------------------------------------------------------------------------------------------

static bool open_all(struct match *match) {
  const struct options *options = match->options;
  bool right = true;
  const char *path = match->own->traffic;
  if (path != NULL) right = subject_open(&match->traffic, path, options);
  match->subjects = arena_array(&match->arena, options->path_count, sizeof *match->subjects);
  match->slugs = arena_array(&match->arena, options->path_count, sizeof *match->slugs);
  for (size_t i = 0; i < options->path_count && (path == NULL || right); i++) {
    struct subject *subject = &match->subjects[match->count++];
    bool opened = path != NULL
                      ? subject_open_with_traffic(subject, options->paths[i], &match->traffic, options)
                      : subject_open(subject, options->paths[i], options);
    right = right && opened;
    if (right) match->slugs[i] = subject_free_slug(subject, match->slugs, i, &match->arena);
  }
  return right;
}

// ---- Is the traffic the same? -----------------------------------------------------------------------------

static const char *differing_part(const struct node *first, const struct node *second, struct arena *arena) {
  static const char *const parts[] = {"arrivals", "shape", "batch", "mix", "users", "kind"};
  const struct node *ours = node_find(first, "clients");
  const struct node *theirs = node_find(second, "clients");
  if (ours->count != theirs->count) return "the client groups";
  for (const struct node *group = ours->first; group != NULL; group = group->next) {
    if (strcmp(group->key, "note") == 0) continue;
    const struct node *other = node_find(theirs, group->key);
    if (other == NULL) return "the client groups";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
      if (!canonical_same(node_find(group, parts[i]), node_find(other, parts[i]))) {
        return arena_format(arena, "%s of %s", parts[i], group->key);
      }
    }
  }
  return canonical_same(node_find(first, "datasets"), node_find(second, "datasets")) ? NULL : "the datasets";
}

static bool same_run(const struct run_settings *first, const struct run_settings *second) {
  return first->seed == second->seed && first->duration == second->duration &&
         first->requests == second->requests && first->load == second->load && first->precision <= 0 &&
         second->precision <= 0;
}

static void check_pairing(struct match *match) {
  match->paired = true;
  for (size_t i = 1; i < match->count && match->paired; i++) {
    const char *part =
        differing_part(match->subjects[0].file.document, match->subjects[i].file.document, &match->arena);
    if (part == NULL && !same_run(&match->subjects[0].plan->run, &match->subjects[i].plan->run))
      part = "seed, length or load of the run";
    match->paired = part == NULL;
    match->unpaired_why = part;
  }
}

// ---- Running ----------------------------------------------------------------------------------------------

static bool simulate(struct match *match) {
  const struct options *options = match->options;
  struct runner runner = {.jobs = options->jobs,
                          .deadline = options->max_wall > 0 ? match->started + options->max_wall : INT64_MAX,
                          .progress = !options->quiet && isatty(STDERR_FILENO),
                          .interrupt = options->interrupt,
                          .arena = &match->arena};
  bool fine = true;
  match->experiments =
      arena_array(&match->arena, match->count * match->load_count, sizeof *match->experiments);
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      *match_experiment(match, l, s) = (struct experiment){.plan = match->subjects[s].plan,
                                                           .load = match->loads[l],
                                                           .series = match->options->out != NULL,
                                                           .objectives = &match->subjects[s].objectives,
                                                           .name = subject_name(&match->subjects[s])};
    }
    bool ran = runner_run(&runner, match_experiment(match, l, 0), match->count, match->paired);
    fine = fine && ran;
  }
  return fine;
}

// ---- All of it --------------------------------------------------------------------------------------------

static void gather(struct match *match) {
  size_t count = match->count * match->load_count;
  match->results = arena_array(&match->arena, count, sizeof *match->results);
  for (size_t i = 0; i < count; i++) {
    if (match->experiments[i].count == 0) continue;
    results_gather(&match->results[i], &match->subjects[i % match->count], &match->experiments[i],
                   &match->arena);
  }
}

static int status_of(const struct match *match) {
  int status = STATUS_DONE;
  for (size_t i = 0; i < match->count * match->load_count; i++) {
    const struct experiment *experiment = &match->experiments[i];
    if (experiment->failed) {
      console_error("%s", experiment->failure);
      return STATUS_FAILED;
    }
    if (experiment->interrupted) status = STATUS_INTERRUPTED;
    if (experiment->count == 0 || status == STATUS_INTERRUPTED) continue;
    const struct results *results = &match->results[i];
    if (results->broken != NULL) {
      console_error("an identity of the audit is broken: %s", results->broken->identities.what);
      return STATUS_FAILED;
    }
    int own = match->own->gate ? results_status(results, match->options->strict) : STATUS_DONE;
    if (own != STATUS_DONE) status = own;
  }
  return status;
}

static void print_json(const struct match *match, const struct differences *all) {
  struct writer writer;
  writer_init(&writer, NULL);
  compare_write(match, all, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  fwrite(writer.bytes, 1, writer.length, stdout);
  writer_drop(&writer);
}

static int report(struct match *match) {
  const struct options *options = match->options;
  gather(match);
  int status = status_of(match);
  if (status == STATUS_INTERRUPTED) console_error("interrupted: what was finished is kept");
  struct differences all = compare_differences(match, &match->arena);
  if (options->out != NULL && !compare_save(match, &all, options->out, &match->arena)) status = STATUS_FAILED;
  if (options->json) {
    print_json(match, &all);
  } else if (!options->quiet) {
    compare_print(match, &all, &match->arena);
  }
  return status;
}

static int compare(const struct options *options) {
  struct match match = {.options = options, .own = options->own, .started = console_wall_time()};
  arena_init(&match.arena, NULL);
  match.arena.on_exhausted = console_out_of_memory;
  int status = STATUS_WRONG;
  struct file_error error = {""};
  if (options->out != NULL && !file_make_directories(options->out, &error)) {
    console_error("%s", error.message);
    status = STATUS_FAILED;
  } else if (read_loads(&match) && open_all(&match)) {
    check_pairing(&match);
    simulate(&match);
    status = report(&match);
  }
  for (size_t i = 0; match.experiments != NULL && i < match.count * match.load_count; i++) {
    experiment_drop(&match.experiments[i]);
  }
  for (size_t i = 0; i < match.count; i++) subject_close(&match.subjects[i]);
  if (match.own->traffic != NULL) subject_close(&match.traffic); // the others share its texts
  arena_drop(&match.arena);
  return status;
}

static const struct option own_options[] = {
    {.name = "traffic",
     .value = "FILE",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct compare_options, traffic),
     .doc = "puts all under the clients of this scenario"},
    {.name = "load",
     .value = "LIST",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct compare_options, load),
     .doc = "factors on the traffic, as 1,5,20 (default: 1)"},
    {.name = "gate",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct compare_options, gate),
     .doc = "a failed objective ends with status 99"},
    {.name = NULL},
};

const struct command compare_command = {
    .name = "compare",
    .arguments = "A.json B.json…",
    .summary = "compares scenarios under the same traffic",
    .details = "Differences are paired where the clients are the same; --out gets a folder for each scenario "
               "and load.",
    .common = OPTIONS_SCENARIO | OPTIONS_RUNNING | OPTIONS_OUTPUT | OPTIONS_TABLE,
    .options = own_options,
    .own_size = sizeof(struct compare_options),
    .least = 2,
    .most = SCENARIOS_MOST,
    .run = compare,
};
