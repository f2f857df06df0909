#define _XOPEN_SOURCE 700 // mkdtemp
#include "starting.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void starting_enter(char *folder) {
  static const char *const heeded[] = {"NO_COLOR", "COLUMNS", "HEADROOM_SEED", "HEADROOM_JOBS",
                                       "HEADROOM_REPLICATIONS"};
  cr_assert_not_null(getenv("HEADROOM_BIN"), "HEADROOM_BIN names the program to test");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
  for (size_t i = 0; i < sizeof heeded / sizeof *heeded; i++) unsetenv(heeded[i]);
}

void starting_leave(const char *folder) {
  char command[64];
  cr_assert_eq(chdir(".."), 0);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

void starting_put(const char *name, const char *text) {
  FILE *file = fopen(name, "w");
  cr_assert_not_null(file);
  fputs(text, file);
  fclose(file);
}

void starting_redirect(const char *name, int to) {
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(file, to);
  close(file);
}

pid_t starting_go(const char *out, char *const *arguments) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    starting_redirect(out, STDOUT_FILENO);
    starting_redirect("err", STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(127);
  }
  return child;
}

int starting_await(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
