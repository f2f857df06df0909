// The program: finds the command and lets it run.
#include "command.h"
#include "console.h"
#include "options.h"
#include "text.h"

#include <gsl/gsl_errno.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

// The only globals that change: SIGINT or SIGTERM has come, and when (monotonic, ns).
static atomic_bool interrupted;
static atomic_llong interrupted_at;

// How long a second signal is taken for the first one: timeout(1) sends its own to the process and to the
// group.
static const long long same_signal = 1000000000;

// The first signal ends the run with what is finished, a second one the process.
static void interrupt(int number) {
  long long first = 0;
  long long now = console_wall_time();
  if (atomic_compare_exchange_strong(&interrupted_at, &first, now)) {
    atomic_store(&interrupted, true);
  } else if (now - first > same_signal) {
    signal(number, SIG_DFL);
    raise(number);
  }
}

static void prepare_process(void) {
  setlocale(LC_ALL, "");
  setlocale(LC_NUMERIC, "C");
  gsl_set_error_handler_off();
  signal(SIGPIPE, SIG_IGN); // writing to a closed pipe is an error that is looked at
  signal(SIGXFSZ, SIG_IGN); // and so is a file that may not grow any further
  struct sigaction action = {.sa_handler = interrupt};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static const struct command *find(const char *name) {
  struct text_nearest nearest = text_nearest_to(name);
  for (const struct command *const *command = commands; *command != NULL; command++) {
    if (strcmp((*command)->name, name) == 0) return *command;
    text_nearest_offer(&nearest, (*command)->name);
  }
  const char *meant = text_nearest_found(&nearest);
  if (meant != NULL) {
    console_error("there is no command \"%s\" (did you mean %s?)", name, meant);
  } else {
    console_error("there is no command \"%s\"; see headroom --help", name);
  }
  return NULL;
}

static int carry_out(int count, char **arguments, struct arena *arena) {
  const struct command *command = find(arguments[1]);
  if (command == NULL) return STATUS_WRONG;
  struct options options = {.arena = arena, .interrupt = &interrupted};
  if (!options_read(&options, command, count - 2, arguments + 2)) return STATUS_WRONG;
  if (!options.help) return command->run(&options);
  options_help(command, stdout);
  return STATUS_DONE;
}

int main(int count, char **arguments) {
  prepare_process();
  if (count < 2) {
    options_overview(stderr);
    return STATUS_WRONG;
  }
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  int status = STATUS_DONE;
  if (strcmp(arguments[1], "--version") == 0) {
    puts("headroom " HEADROOM_VERSION);
  } else if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0 ||
             strcmp(arguments[1], "help") == 0) {
    options_overview(stdout);
  } else {
    status = carry_out(count, arguments, &arena);
  }
  arena_drop(&arena);
  if (!console_flush() && status == STATUS_DONE) status = STATUS_FAILED;
  return status;
}
