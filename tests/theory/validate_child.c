#include "validate_child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct collected {
  char *text;
  size_t length, room;
};

static bool collect(struct collected *all, const char *bytes, size_t count) {
  if (all->length + count + 1 > all->room) {
    size_t room = (all->length + count + 1) * 2;
    char *larger = realloc(all->text, room);
    if (!larger) return false;
    all->text = larger;
    all->room = room;
  }
  memcpy(all->text + all->length, bytes, count);
  all->length += count;
  all->text[all->length] = '\0';
  return true;
}

static int left_until(const struct timespec *deadline) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long left =
      (long long)(deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
  return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

// Reads to the end; NULL or why it was broken off.
static const char *read_all(int source, struct collected *all, int limit) {
  struct timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += limit;
  char bytes[1 << 15];
  for (;;) {
    struct pollfd watched = {.fd = source, .events = POLLIN};
    int ready = poll(&watched, 1, left_until(&deadline));
    if (ready == 0) return "took longer than its limit";
    if (ready < 0 && errno == EINTR) continue;
    ssize_t count = ready < 0 ? -1 : read(source, bytes, sizeof bytes);
    if (count == 0) return NULL;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return "could not be read from";
    if (!collect(all, bytes, (size_t)count)) return "printed more than there is memory";
  }
}

static void become(char *const argv[], const int ends[2]) {
  dup2(ends[1], STDOUT_FILENO);
  close(ends[0]);
  close(ends[1]);
  execv(argv[0], argv);
  perror(argv[0]);
  _exit(127);
}

static void await(pid_t child, struct child_end *end) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (end->why) return;
  end->exited = WIFEXITED(status);
  end->status = end->exited ? WEXITSTATUS(status) : 0;
  if (!end->exited) end->why = "was ended by a signal";
}

struct child_end child_run(char *const argv[], int limit) {
  struct child_end end = {0};
  struct collected all = {0};
  int ends[2];
  if (!collect(&all, "", 0) || pipe(ends) != 0) {
    end.why = "could not be started";
    end.output = all.text;
    return end;
  }
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) become(argv, ends);
  close(ends[1]);
  end.why = child < 0 ? "could not be started" : read_all(ends[0], &all, limit);
  if (child > 0 && end.why) kill(child, SIGKILL);
  close(ends[0]);
  if (child > 0) await(child, &end);
  end.output = all.text;
  return end;
}
