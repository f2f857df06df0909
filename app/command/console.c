#include "console.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void console_error(const char *format, ...) {
  char message[2048];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  fputs("headroom: ", stderr);
  text_print(stderr, message);
  fputc('\n', stderr);
}

_Noreturn void console_out_of_memory(void *context) {
  (void)context;
  console_error("out of memory");
  exit(1);
}

// Where the stream has forgotten the cause, one more byte tells it.
bool console_flush(void) {
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout)) return true;
  if (errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1) errno = 0;
  if (errno != EPIPE)
    console_error("cannot write standard output: %s", errno != 0 ? strerror(errno) : "an error");
  return false;
}

static int64_t read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t console_wall_time(void) {
  return read_clock(CLOCK_MONOTONIC);
}

int64_t console_process_time(void) {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t console_thread_time(void) {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
