// The commands of the program: one file each, listed in command.c.
//
// A command says what it takes in a struct command; main.c reads the command line by it, so that `--help`,
// "did you mean" and the environment are the same everywhere. To add one: a file app/NAME.c with one `const
// struct command NAME_command`, its line below and in the list of command.c.
#ifndef HEADROOM_COMMAND_H
#define HEADROOM_COMMAND_H

#include <stddef.h>

struct option;
struct options;

// How the program ends.
enum exit_status {
  STATUS_DONE = 0,         // and no objective failed
  STATUS_FAILED = 1,       // something failed while running, or an identity of the audit is broken
  STATUS_WRONG = 2,        // wrong usage or a wrong scenario
  STATUS_OBJECTIVE = 99,   // an objective failed
  STATUS_INTERRUPTED = 130 // by SIGINT or SIGTERM; what was finished is kept
};

struct command {
  const char *name;
  const char *arguments; // as the usage line shows them: "SCENARIO…"
  const char *summary;   // one line, at most 60 columns
  const char *details;   // further lines of its --help, or NULL
  unsigned common;       // bits of enum option_group: which of the common options it takes
  // Its own options: rows whose offsets count in a record of own_size bytes (zeroed before reading), which
  // options->own points to. Ended by a row without a name; NULL: none.
  const struct option *options;
  size_t own_size;
  int least; // arguments that are not options
  int most;  // -1: any number
  // Returns an enum exit_status. Standard output is flushed and checked after it.
  int (*run)(const struct options *options);
};

extern const struct command run_command;
extern const struct command compare_command;
extern const struct command sweep_command;
extern const struct command plot_command;
extern const struct command check_command;
extern const struct command doc_command;
extern const struct command schema_command;
extern const struct command init_command;

// All of them, ended by NULL; in command.c.
extern const struct command *const commands[];

#endif
