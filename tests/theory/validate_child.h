// Runs a program and keeps what it prints.
#ifndef HEADROOM_VALIDATE_CHILD_H
#define HEADROOM_VALIDATE_CHILD_H

#include <stdbool.h>

struct child_end {
  char *output; // all of standard output, terminated; the caller's to free
  bool exited;  // by itself, with `status`; otherwise `why` says what happened
  int status;
  const char *why;
};

// Starts argv[0] with `argv` (NULL at the end), without a shell; standard error stays ours. After `limit`
// seconds it is killed.
struct child_end child_run(char *const argv[], int limit);

#endif
