#include "options.h"

#include "command.h"
#include "console.h"
#include "text.h"
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOBS_MOST = 1024, ARGUMENTS_WIDTH = 16 };

#define COMMON(member, ...)                                                                                  \
  { .offset = offsetof(struct options, member), __VA_ARGS__ }

static const struct option common_options[] = {
    COMMON(set, .name = "set", .value = "PATH=VALUE", .kind = OPTION_TEXTS, .group = OPTIONS_SCENARIO,
           .doc = "changes one value of the scenario; may be repeated"),
    COMMON(seed, .name = "seed", .value = "N", .kind = OPTION_TEXT, .group = OPTIONS_SCENARIO,
           .doc = "the seed of all randomness (HEADROOM_SEED)"),
    COMMON(replications, .name = "replications", .value = "N", .kind = OPTION_TEXT, .group = OPTIONS_SCENARIO,
           .doc = "independent runs (HEADROOM_REPLICATIONS)"),
    COMMON(root, .name = "root", .value = "DIR", .kind = OPTION_TEXT, .group = OPTIONS_SCENARIO,
           .doc = "where files that a scenario names may lie (default: its own folder)"),
    COMMON(jobs, .name = "jobs", .value = "N", .kind = OPTION_COUNT, .group = OPTIONS_RUNNING,
           .doc = "threads (HEADROOM_JOBS; default: one a processor)"),
    COMMON(max_wall, .name = "max-wall", .value = "TIME", .kind = OPTION_DURATION, .group = OPTIONS_RUNNING,
           .doc = "stops after so long, keeping what was finished"),
    COMMON(strict, .name = "strict", .kind = OPTION_FLAG, .group = OPTIONS_RUNNING,
           .doc = "an undecided objective counts as failed"),
    COMMON(trace, .name = "trace", .value = "FILE", .kind = OPTION_TEXT, .group = OPTIONS_TRACE,
           .doc = "writes each request's way as JSON lines (of the first replication)"),
    COMMON(from, .name = "from", .value = "FILE", .kind = OPTION_TEXT, .group = OPTIONS_REPEAT,
           .doc = "repeats the run that wrote this results.json, instead of a SCENARIO"),
    COMMON(out, .name = "out", .value = "DIR", .kind = OPTION_TEXT, .group = OPTIONS_OUTPUT,
           .doc = "writes results, series and what plots need into a folder"),
    COMMON(json, .name = "json", .kind = OPTION_FLAG, .group = OPTIONS_OUTPUT,
           .doc = "prints the results as JSON instead of a table"),
    COMMON(quiet, .name = "quiet", .kind = OPTION_FLAG, .group = OPTIONS_TABLE,
           .doc = "prints no table and no progress"),
    COMMON(no_color, .name = "no-color", .kind = OPTION_FLAG, .group = OPTIONS_TABLE,
           .doc = "no colours (NO_COLOR)"),
    COMMON(help, .name = "help", .kind = OPTION_FLAG, .group = ~0U, .doc = "shows this help"),
    {.name = NULL},
};

// ---- Looking up -------------------------------------------------------------------------------------------

static bool takes(const struct command *command, const struct option *option) {
  return option->group == ~0U || (command->common & option->group) != 0;
}

static const struct option *find_in(const struct option *table, const char *name, size_t length) {
  for (; table != NULL && table->name != NULL; table++) {
    if (strlen(table->name) == length && memcmp(table->name, name, length) == 0) return table;
  }
  return NULL;
}

static const struct option *find(const struct command *command, const char *name, size_t length) {
  const struct option *own = find_in(command->options, name, length);
  if (own != NULL) return own;
  const struct option *common = find_in(common_options, name, length);
  return common != NULL && takes(command, common) ? common : NULL;
}

static void unknown_option(const struct command *command, const char *word, size_t length) {
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
  struct text_nearest nearest = text_nearest_to(name);
  for (const struct option *row = command->options; row != NULL && row->name != NULL; row++) {
    text_nearest_offer(&nearest, row->name);
  }
  for (const struct option *row = common_options; row->name != NULL; row++) {
    if (takes(command, row)) text_nearest_offer(&nearest, row->name);
  }
  const char *meant = text_nearest_found(&nearest);
  if (meant != NULL) {
    console_error("%s has no option --%s (did you mean --%s?)", command->name, name, meant);
  } else {
    console_error("%s has no option --%s; see headroom %s --help", command->name, name, command->name);
  }
}

// ---- Values -----------------------------------------------------------------------------------------------

static bool read_count(const char *shown, const char *text, int64_t *count) {
  char *end = NULL;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < 1) {
    console_error("%s takes a whole number from 1 on, not \"%s\"", shown, text);
    return false;
  }
  *count = number;
  return true;
}

static bool read_duration(const char *shown, const char *text, int64_t *duration) {
  enum units_result result = units_duration(text, duration);
  if (result == UNITS_OK && *duration > 0) return true;
  console_error("%s takes %s, not \"%s\"", shown, units_allowed(UNITS_DURATION), text);
  return false;
}

static void append(struct arena *arena, struct option_texts *texts, const char *text) {
  const char **wider = arena_array(arena, texts->count + 1, sizeof *wider);
  if (texts->count > 0) memcpy(wider, texts->texts, texts->count * sizeof *wider);
  wider[texts->count++] = text;
  texts->texts = wider;
}

static bool store(struct options *options, const struct option *option, const char *text) {
  bool own = find_in(common_options, option->name, strlen(option->name)) != option;
  void *place = (char *)(own ? options->own : (void *)options) + option->offset;
  char shown[80];
  snprintf(shown, sizeof shown, "--%s", option->name);
  switch (option->kind) {
  case OPTION_FLAG:
    *(bool *)place = true;
    return true;
  case OPTION_TEXT:
    *(const char **)place = text;
    return true;
  case OPTION_COUNT:
    return read_count(shown, text, place);
  case OPTION_DURATION:
    return read_duration(shown, text, place);
  case OPTION_TEXTS:
    append(options->arena, place, text);
    return true;
  }
  return false;
}

// One option at arguments[*at]; moves on past its value.
static bool read_option(struct options *options, int count, char *const *arguments, int *at) {
  const struct command *command = options->command;
  const char *word = arguments[*at] + 2;
  size_t length = strcspn(word, "=");
  const struct option *option = find(command, word, length);
  if (option == NULL) return unknown_option(command, word, length), false;
  bool joined = word[length] == '=';
  if (option->kind == OPTION_FLAG) {
    if (!joined) return store(options, option, NULL);
    console_error("--%s takes no value", option->name);
    return false;
  }
  if (!joined && *at + 1 >= count) {
    console_error("--%s needs a value: --%s %s", option->name, option->name, option->value);
    return false;
  }
  return store(options, option, joined ? word + length + 1 : arguments[++*at]);
}

static bool read_arguments(struct options *options, int count, char *const *arguments) {
  bool right = true;
  bool only_paths = false;
  options->paths = arena_array(options->arena, (size_t)count + 1, sizeof *options->paths);
  for (int i = 0; i < count; i++) {
    const char *word = arguments[i];
    if (!only_paths && strcmp(word, "--") == 0) {
      only_paths = true;
    } else if (!only_paths && strcmp(word, "-h") == 0) {
      options->help = true;
    } else if (!only_paths && word[0] == '-' && word[1] == '-') {
      right = read_option(options, count, arguments, &i) && right;
    } else if (!only_paths && word[0] == '-' && word[1] != '\0') {
      console_error("%s has no option %s; see headroom %s --help", options->command->name, word,
                    options->command->name);
      right = false;
    } else {
      options->paths[options->path_count++] = word;
    }
  }
  return right;
}

// ---- The environment and what follows from all ------------------------------------------------------------

static bool environment(const char *name, const char **value) {
  *value = getenv(name);
  return *value != NULL && **value != '\0';
}

static bool read_environment(struct options *options) {
  const char *value = NULL;
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  options->jobs = processors > 0 ? processors : 1;
  if ((options->command->common & OPTIONS_RUNNING) == 0 || !environment("HEADROOM_JOBS", &value)) return true;
  return read_count("HEADROOM_JOBS", value, &options->jobs);
}

static void override(struct options *options, const char *flag, const char *path, const char *value) {
  options->overrides[options->override_count++] =
      (struct scenario_override){flag, arena_format(options->arena, "%s=%s", path, value)};
}

// Default < scenario < environment < --set < --seed and --replications.
static void compose_overrides(struct options *options) {
  if ((options->command->common & OPTIONS_SCENARIO) == 0) return;
  options->overrides = arena_array(options->arena, options->set.count + 4, sizeof *options->overrides);
  const char *value = NULL;
  if (environment("HEADROOM_SEED", &value)) override(options, "HEADROOM_SEED", "run.seed", value);
  if (environment("HEADROOM_REPLICATIONS", &value)) {
    override(options, "HEADROOM_REPLICATIONS", "run.replications", value);
  }
  for (size_t i = 0; i < options->set.count; i++) {
    options->overrides[options->override_count++] =
        (struct scenario_override){"--set", options->set.texts[i]};
  }
  if (options->seed != NULL) override(options, "--seed", "run.seed", options->seed);
  if (options->replications != NULL)
    override(options, "--replications", "run.replications", options->replications);
}

// The file of --from stands for a scenario.
static bool take_from(struct options *options) {
  if (options->from == NULL) return true;
  if (options->path_count == 0) {
    options->paths[options->path_count++] = options->from;
    return true;
  }
  console_error("--from repeats one run: it takes no %s beside it", options->command->arguments);
  return false;
}

static bool enough_arguments(const struct options *options) {
  const struct command *command = options->command;
  int count = (int)options->path_count;
  if (count < command->least) {
    console_error("usage: headroom %s %s", command->name, command->arguments);
    return false;
  }
  if (command->most >= 0 && count > command->most) {
    console_error("%s does not know what to do with \"%s\"; see headroom %s --help", command->name,
                  options->paths[command->most], command->name);
    return false;
  }
  return true;
}

static bool reads_input_once(const struct options *options) {
  size_t count = 0;
  for (size_t i = 0; i < options->path_count; i++) count += strcmp(options->paths[i], "-") == 0;
  if (count <= 1) return true;
  console_error("standard input (-) can be read once, and is named %zu times", count);
  return false;
}

bool options_read(struct options *options, const struct command *command, int count, char *const *arguments) {
  const char *value = NULL;
  options->command = command;
  options->own = arena_take(options->arena, command->own_size);
  bool right = read_environment(options);
  right = read_arguments(options, count, arguments) && right;
  if (options->help) return true;
  if (options->jobs > JOBS_MOST) options->jobs = JOBS_MOST;
  options->color = !options->no_color && !environment("NO_COLOR", &value) && isatty(STDOUT_FILENO);
  compose_overrides(options);
  return right && take_from(options) && enough_arguments(options) && reads_input_once(options);
}

// ---- Help -------------------------------------------------------------------------------------------------

static void help_row(const struct option *option, FILE *stream) {
  char name[64];
  snprintf(name, sizeof name, "--%s %s", option->name, option->value != NULL ? option->value : "");
  fprintf(stream, "  %-22s %s\n", name, option->doc);
}

void options_help(const struct command *command, FILE *stream) {
  fprintf(stream, "usage: headroom %s %s\n%s.\n", command->name, command->arguments, command->summary);
  if (command->details != NULL) fprintf(stream, "\n%s\n", command->details);
  fputc('\n', stream);
  for (const struct option *row = command->options; row != NULL && row->name != NULL; row++) {
    help_row(row, stream);
  }
  for (const struct option *row = common_options; row->name != NULL; row++) {
    if (takes(command, row)) help_row(row, stream);
  }
}

void options_overview(FILE *stream) {
  fputs("usage: headroom COMMAND …\n\n", stream);
  for (const struct command *const *command = commands; *command != NULL; command++) {
    int gap = ARGUMENTS_WIDTH - (int)text_width((*command)->arguments);
    fprintf(stream, "  %-10s %s%*s %s\n", (*command)->name, (*command)->arguments, gap > 0 ? gap : 0, "",
            (*command)->summary);
  }
  fputs("\nheadroom COMMAND --help tells more. Exit status: 0 done; 1 something failed; 2 wrong usage or a\n"
        "wrong scenario; 99 an objective failed; 130 interrupted.\n",
        stream);
}
