// The command line: options in tables, environment variables, help.
#ifndef HEADROOM_OPTIONS_H
#define HEADROOM_OPTIONS_H

#include "arena.h"
#include "scenario_file.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct command;

enum option_kind {
  OPTION_FLAG,     // bool
  OPTION_TEXT,     // const char *; NULL: not given
  OPTION_COUNT,    // int64_t: a whole number >= 1; 0: not given
  OPTION_DURATION, // int64_t, ns ("30s"); 0: not given
  OPTION_TEXTS     // struct option_texts: may be given several times
};

// Which of the common options a command takes.
enum option_group {
  OPTIONS_SCENARIO = 1 << 0, // --set, --seed, --replications, --root
  OPTIONS_RUNNING = 1 << 1,  // --jobs, --max-wall, --strict
  OPTIONS_OUTPUT = 1 << 2,   // --out, --json
  OPTIONS_TABLE = 1 << 3,    // --quiet, --no-color
  OPTIONS_TRACE = 1 << 4,    // --trace
  OPTIONS_REPEAT = 1 << 5    // --from
};

struct option {
  const char *name;  // without the dashes; NULL ends a table
  const char *value; // what the help calls its value ("DIR"); NULL for flags
  const char *doc;
  enum option_kind kind;
  size_t offset; // of the value in its record
  unsigned group;
};

struct option_texts {
  const char **texts;
  size_t count;
};

// What the command line said. Texts live as long as the process's arguments; arrays in `arena`.
struct options {
  const struct command *command;
  struct option_texts set;
  const char *seed;         // text of a number: it goes into the scenario as run.seed
  const char *replications; // the same, as run.replications
  const char *root;
  int64_t jobs;     // threads: as given, by HEADROOM_JOBS, or the processors there are; >= 1
  int64_t max_wall; // ns; 0: no limit
  bool strict;      // an undecided objective counts as failed
  const char *out;
  bool json;
  bool quiet;
  bool no_color;
  bool color; // standard output is a terminal, and nobody asked for none
  const char *trace;
  const char *from; // a results.json, whose scenario is repeated: then the only one of `paths`
  bool help;
  const char **paths; // arguments that are not options
  size_t path_count;
  void *own;                    // the command's own record
  const atomic_bool *interrupt; // set by SIGINT and SIGTERM
  struct arena *arena;

  // --set and what stands for it (HEADROOM_SEED, --seed, …), in the order in which they are to be applied.
  struct scenario_override *overrides;
  size_t override_count;
};

// Reads the arguments behind the command's name. `options->arena` and `interrupt` are set before. False: an
// error was printed to standard error (exit 2).
bool options_read(struct options *options, const struct command *command, int count, char *const *arguments);

// The help of a command, made from the tables.
void options_help(const struct command *command, FILE *stream);

// The help of the program: its commands.
void options_overview(FILE *stream);

#endif
