#include "gnuplot.h"

#include "console.h"
#include "text.h"
#include "units.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// What gnuplot says goes there.
static const char SAID[] = "said.txt";

enum { PATH_BYTES = 640, SAID_BYTES = 1024 * 1024, POLL_NANOSECONDS = 2000000 };

static bool fail(struct gnuplot *gnuplot, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct gnuplot *gnuplot, const char *format, ...) {
  char message[sizeof gnuplot->error.message];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  text_escape(gnuplot->error.message, sizeof gnuplot->error.message, message, strlen(message));
  return false;
}

static bool failed(const struct gnuplot *gnuplot) {
  return gnuplot->error.message[0] != '\0';
}

static void path_of(const struct gnuplot *gnuplot, const char *name, char path[PATH_BYTES]) {
  snprintf(path, PATH_BYTES, "%s/%s", gnuplot->folder, name);
}

void gnuplot_open(struct gnuplot *gnuplot, int64_t limit, const atomic_bool *interrupt) {
  *gnuplot = (struct gnuplot){.limit = limit, .interrupt = interrupt};
  const char *root = getenv("TMPDIR");
  if (root == NULL || root[0] != '/') root = "/tmp";
  int length = snprintf(gnuplot->folder, sizeof gnuplot->folder, "%s/headroom-plot-XXXXXX", root);
  if (length < 0 || (size_t)length >= sizeof gnuplot->folder || mkdtemp(gnuplot->folder) == NULL) {
    gnuplot->folder[0] = '\0';
    fail(gnuplot, "cannot make a temporary folder in %s: %s", root, strerror(errno));
  }
}

bool gnuplot_put(struct gnuplot *gnuplot, const char *name, const struct writer *content) {
  if (failed(gnuplot)) return false;
  if (content->failed) return fail(gnuplot, "out of memory");
  char path[PATH_BYTES];
  path_of(gnuplot, name, path);
  FILE *file = fopen(path, "wb");
  if (file == NULL) return fail(gnuplot, "cannot write %s: %s", path, strerror(errno));
  bool whole = fwrite(content->bytes, 1, content->length, file) == content->length;
  whole = fclose(file) == 0 && whole;
  return whole || fail(gnuplot, "cannot write %s: %s", path, strerror(errno));
}

char *gnuplot_take(struct gnuplot *gnuplot, const char *name, struct arena *arena, size_t *length) {
  if (failed(gnuplot)) return NULL;
  char path[PATH_BYTES];
  path_of(gnuplot, name, path);
  return file_read(path, (size_t)256 * 1024 * 1024, arena, length, &gnuplot->error);
}

// ---- The process ------------------------------------------------------------------------------------------

// In the child: only what is allowed between fork() and exec(), apart from setenv(), which is safe here
// because the program has a single thread when it plots. On failure, errno goes up the pipe.
static _Noreturn void become_gnuplot(const struct gnuplot *gnuplot, const char *script, int report) {
  static const char *const program = "gnuplot";
  char *const arguments[] = {(char *)(uintptr_t)program, (char[]){"-d"}, (char *)(uintptr_t)script, NULL};
  signal(SIGPIPE, SIG_DFL);
  int said = -1;
  int nothing = open("/dev/null", O_RDONLY);
  bool ready = chdir(gnuplot->folder) == 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
               (said = open(SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600)) >= 0 &&
               dup2(said, STDOUT_FILENO) >= 0 && dup2(said, STDERR_FILENO) >= 0 &&
               setenv("LC_ALL", "C", 1) == 0 && unsetenv("GNUTERM") == 0;
  if (ready) execvp(program, arguments);
  int reason = errno;
  ssize_t written = write(report, &reason, sizeof reason);
  _exit(written < 0 ? 126 : 127);
}

// Waits for the child, at most until the limit. Returns its status, or -1 after it had to be killed.
static int wait_for(struct gnuplot *gnuplot, pid_t child) {
  int64_t end = console_wall_time() + gnuplot->limit;
  const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
  int status = 0;
  for (;;) {
    pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return -1;
    bool interrupted = gnuplot->interrupt != NULL && atomic_load(gnuplot->interrupt);
    if (interrupted || console_wall_time() > end) break;
    nanosleep(&pause, NULL);
  }
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return -1;
}

// The last line of what gnuplot said that is not empty, or "".
static void last_words(const struct gnuplot *gnuplot, char *words, size_t size) {
  struct arena arena;
  arena_init(&arena, NULL);
  char path[PATH_BYTES];
  path_of(gnuplot, SAID, path);
  words[0] = '\0';
  char *said = file_read(path, SAID_BYTES, &arena, NULL, NULL);
  for (char *line = said != NULL ? strtok(said, "\n") : NULL; line != NULL; line = strtok(NULL, "\n")) {
    if (line[strspn(line, " \t\r")] != '\0') snprintf(words, size, "%s", line + strspn(line, " \t"));
  }
  arena_drop(&arena);
}

static bool judge(struct gnuplot *gnuplot, int status, int reason) {
  if (reason == ENOENT) {
    gnuplot->missing = true;
    return fail(gnuplot,
                "there is no gnuplot here, which draws the plots; install it (Debian and Ubuntu: apt-get "
                "install gnuplot-nox fonts-dejavu-core)");
  }
  if (reason != 0) return fail(gnuplot, "cannot start gnuplot: %s", strerror(reason));
  if (status == 0) return true;
  char words[512];
  last_words(gnuplot, words, sizeof words);
  const char *between = words[0] != '\0' ? ": " : "";
  if (gnuplot->interrupt != NULL && atomic_load(gnuplot->interrupt)) return fail(gnuplot, "interrupted");
  if (status == -1) {
    return fail(gnuplot, "gnuplot was not done after %s%s%s",
                units_show_duration((double)gnuplot->limit).text, between, words);
  }
  if (WIFSIGNALED(status)) {
    return fail(gnuplot, "gnuplot was ended by signal %d%s%s", WTERMSIG(status), between, words);
  }
  return fail(gnuplot, "gnuplot failed%s%s", between, words);
}

// A pipe that closes when gnuplot has been started, or brings the reason why it could not be.
static bool open_report(int report[2]) {
  if (pipe(report) != 0) return false;
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  return true;
}

bool gnuplot_run(struct gnuplot *gnuplot, const char *name) {
  if (failed(gnuplot)) return false;
  int report[2];
  if (!open_report(report)) return fail(gnuplot, "cannot start gnuplot: %s", strerror(errno));
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) become_gnuplot(gnuplot, name, report[1]);
  int reason = child < 0 ? errno : 0;
  close(report[1]);
  if (child > 0) {
    ssize_t length = 0;
    do {
      length = read(report[0], &reason, sizeof reason);
    } while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof reason) reason = 0;
  }
  close(report[0]);
  return judge(gnuplot, child > 0 ? wait_for(gnuplot, child) : 0, reason);
}

// ---- The end ----------------------------------------------------------------------------------------------

void gnuplot_close(struct gnuplot *gnuplot) {
  if (gnuplot->folder[0] == '\0') return;
  DIR *folder = opendir(gnuplot->folder);
  for (struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL;
       entry = readdir(folder)) {
    unlinkat(dirfd(folder), entry->d_name, 0);
  }
  if (folder != NULL) closedir(folder);
  rmdir(gnuplot->folder);
  gnuplot->folder[0] = '\0';
}

void gnuplot_quote(struct writer *script, const char *text) {
  struct arena arena;
  arena_init(&arena, NULL);
  const char *safe = text_safe(&arena, text);
  if (safe == NULL) {
    script->failed = true;
    return;
  }
  writer_bytes(script, "'", 1);
  for (const char *at = safe; *at != '\0'; at++) {
    const char *piece = *at == '\'' ? "’" : at;
    writer_bytes(script, piece, *at == '\'' ? strlen(piece) : 1);
  }
  writer_bytes(script, "'", 1);
  arena_drop(&arena);
}
