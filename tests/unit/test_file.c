#define _XOPEN_SOURCE 700 // setitimer, symlink, mkdtemp, seteuid

#include "file.h"
#include "text.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// Every test runs in a process and a folder of its own.
static void enter_folder(void) {
  const char *above = getenv("TMPDIR");
  char folder[4096];
  snprintf(folder, sizeof folder, "%s/headroom-file-XXXXXX", above != NULL ? above : "/tmp");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
}

// Removes the folder that enter_folder() made, with what the test has left at its top.
static void leave_folder(void) {
  char folder[4096];
  cr_assert_not_null(getcwd(folder, sizeof folder));
  DIR *listing = opendir(".");
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    if (unlink(entry->d_name) != 0) (void)rmdir(entry->d_name);
  }
  closedir(listing);
  (void)rmdir(folder);
}

static size_t names_here(void) {
  size_t count = 0;
  DIR *listing = opendir(".");
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  }
  closedir(listing);
  return count;
}

static void put(const char *path, const char *content) {
  FILE *stream = fopen(path, "w");
  cr_assert_not_null(stream);
  fputs(content, stream);
  fclose(stream);
}

static void expect_content(const char *path, const char *expected) {
  char content[256] = "";
  FILE *stream = fopen(path, "r");
  cr_assert_not_null(stream, "%s", path);
  content[fread(content, 1, sizeof content - 1, stream)] = '\0';
  fclose(stream);
  cr_expect_str_eq(content, expected);
}

Test(file, replaces) {
  enter_folder();
  struct file_error error;
  cr_assert(file_replace("new", "one", 3, &error));
  cr_assert_str_eq(error.message, "");
  expect_content("new", "one");
  cr_assert_eq(chmod("new", 0640), 0);
  cr_assert(file_replace("new", "two", 3, NULL));
  expect_content("new", "two");
  struct stat status;
  cr_assert_eq(stat("new", &status), 0);
  cr_expect_eq(status.st_mode & 0777, 0640, "the mode is kept");
  cr_assert_eq(symlink("new", "link"), 0);
  cr_assert(file_replace("link", "three", 5, NULL));
  cr_assert_eq(lstat("link", &status), 0);
  cr_expect(S_ISLNK(status.st_mode), "a link stays one");
  expect_content("new", "three");
  cr_assert(file_replace("empty", NULL, 0, NULL));
  expect_content("empty", "");
  cr_expect_eq(names_here(), 3);
  leave_folder();
}

// A reader that opened the old file goes on seeing it whole; until the end, the name shows the old one.
Test(file, old_content_until_the_end) {
  enter_folder();
  put("results", "old");
  struct file_output output;
  file_begin(&output, "results");
  file_write(&output, "new", 3);
  expect_content("results", "old");
  cr_expect_eq(names_here(), 2);
  FILE *reader = fopen("results", "r");
  cr_assert(file_finish(&output));
  cr_expect_eq(fgetc(reader), 'o');
  fclose(reader);
  expect_content("results", "new");
  cr_expect_eq(names_here(), 1);
  file_abandon(&output);
  file_begin(&output, "results");
  file_write(&output, "other", 5);
  file_abandon(&output);
  file_abandon(&output);
  expect_content("results", "new");
  cr_expect_eq(names_here(), 1);
  leave_folder();
}

static bool is_here(const char *name) {
  return access(name, F_OK) == 0;
}

// A process that has begun to write "result": it waits, or has been killed.
static pid_t begin_elsewhere(bool killed, char name[64]) {
  int ends[2];
  char byte = 0;
  cr_assert_eq(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    struct file_output output;
    file_begin(&output, "result");
    file_write(&output, "half", 4);
    (void)!write(ends[1], "x", 1);
    for (;;) pause();
  }
  cr_assert_eq(read(ends[0], &byte, 1), 1);
  if (killed) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  snprintf(name, 64, ".result.%ld-0.part", (long)child);
  cr_assert(is_here(name), "%s", name);
  return child;
}

Test(file, takes_away_what_the_killed_have_left) {
  enter_folder();
  char dead[64], alive[64], mine[64], others[64], number[64], link[64], locked[64];
  long gone = (long)begin_elsewhere(true, dead);
  pid_t child = begin_elsewhere(false, alive);
  struct file_output output;
  file_begin(&output, "result");
  cr_expect(!is_here(dead));
  cr_expect(is_here(alive), "its process lives");
  snprintf(mine, sizeof mine, ".result.%ld-1.part", (long)getpid()); // of a process that had our number
  put(mine, "");
  snprintf(others, sizeof others, ".other.%ld-0.part", gone);
  put(others, "");
  snprintf(number, sizeof number, ".result.%ld-0.part2", gone);
  put(number, "");
  snprintf(link, sizeof link, ".result.%ld-1.part", gone);
  cr_assert_eq(symlink("elsewhere", link), 0);
  snprintf(locked, sizeof locked, ".result.%ld-2.part", gone); // of a process whose number is not known here
  put(locked, "");
  int lock = open(locked, O_RDONLY);
  cr_assert_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
  put(".result.-0.part", "");
  put(".result.0-0.part", "");
  put("result.1-0.part", "");
  cr_assert(file_replace("result", "two", 3, NULL));
  cr_expect(!is_here(mine));
  cr_expect(is_here(output.temporary), "what this process is writing itself");
  file_write(&output, "one", 3);
  cr_expect(file_finish(&output));
  expect_content("result", "one");
  cr_expect(is_here(alive) && is_here(others) && is_here(number) && is_here(locked));
  struct stat status;
  cr_expect_eq(lstat(link, &status), 0);
  cr_expect(is_here(".result.-0.part") && is_here(".result.0-0.part") && is_here("result.1-0.part"));
  close(lock);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  leave_folder();
}

Test(file, large_and_small_writes) {
  enter_folder();
  struct file_output output;
  file_begin(&output, "large");
  char block[100000];
  size_t total = 0;
  for (size_t i = 0; i < 300; i++) {
    size_t length = (i * 7919) % sizeof block;
    memset(block, (int)('a' + i % 26), length);
    file_write(&output, block, length);
    total += length;
  }
  cr_assert(file_finish(&output));
  struct arena arena;
  arena_init(&arena, NULL);
  size_t length = 0;
  struct file_error error;
  const char *content = file_read("large", total, &arena, &length, &error);
  cr_assert_not_null(content, "%s", error.message);
  cr_assert_eq(length, total);
  for (size_t i = 0; i < 300; i++) {
    for (size_t k = (i * 7919) % sizeof block; k > 0; k--) cr_assert(*content++ == (char)('a' + i % 26));
  }
  cr_assert_null(file_read("large", total - 1, &arena, &length, &error));
  cr_expect_not_null(strstr(error.message, "limit"));
  arena_drop(&arena);
  leave_folder();
}

static void expect_failure(const char *path, const char *reason) {
  struct file_error error;
  size_t before = names_here();
  cr_expect_not(file_replace(path, "x", 1, &error));
  cr_expect_not_null(strstr(error.message, reason), "%s: %s", path, error.message);
  cr_expect_not_null(strstr(error.message, path), "%s", error.message);
  cr_expect_eq(names_here(), before);
}

Test(file, errors_are_told) {
  enter_folder();
  mkdir("folder", 0777);
  expect_failure("missing/file", "No such file");
  expect_failure("folder", "Is a directory");
  put("plain", "");
  expect_failure("plain/file", "Not a directory");
  struct file_error error;
  cr_expect_not(file_replace("miss\x1b[2Jing/x", "x", 1, &error));
  cr_expect_not_null(strstr(error.message, "miss\\x1b[2Jing/x"));
  char longest[5000];
  memset(longest, 'n', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  cr_expect_not(file_replace(longest, "x", 1, &error));
  cr_expect_not_null(strstr(error.message, "too long"));
  longest[250] = '\0';
  cr_expect(file_replace(longest, "x", 1, &error), "%s", error.message);
  leave_folder();
}

// A limit on file sizes stands for a full disk: a short write first, then an error.
Test(file, full_disk_leaves_the_old_file) {
  enter_folder();
  put("results", "old");
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
  cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  static char block[300000];
  struct file_error error;
  bool done = file_replace("results", block, sizeof block, &error);
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  cr_assert_not(done);
  cr_expect_not_null(strstr(error.message, "too large"), "%s", error.message);
  expect_content("results", "old");
  cr_expect_eq(names_here(), 1);
  leave_folder();
}

// Root may write everywhere, so root becomes somebody else (65534 is nobody) for as long as it takes.
Test(file, folder_that_may_not_be_written) {
  enter_folder();
  put("results", "old");
  chmod(".", 0500);
  bool root = geteuid() == 0;
  if (root) cr_assert(chown(".", 65534, 65534) == 0 && seteuid(65534) == 0);
  expect_failure("results", "Permission denied");
  if (root) cr_assert_eq(seteuid(0), 0);
  chmod(".", 0700);
  expect_content("results", "old");
  leave_folder();
}

// As somebody who could not replace the device if the code under test tried to.
Test(file, a_full_device) {
  if (access("/dev/full", W_OK) != 0) cr_skip_test("there is no /dev/full");
  bool root = geteuid() == 0;
  if (root) cr_assert_eq(seteuid(65534), 0);
  struct file_error error;
  bool done = file_replace("/dev/full", "x", 1, &error);
  if (root) cr_assert_eq(seteuid(0), 0);
  cr_expect_not(done);
  cr_expect_str_eq(error.message, "cannot write /dev/full: No space left on device");
}

// What is no regular file stays what it is.
Test(file, a_pipe_is_not_replaced) {
  enter_folder();
  cr_assert_eq(mkfifo("pipe", 0600), 0);
  int reader = open("pipe", O_RDONLY | O_NONBLOCK);
  cr_expect(file_replace("pipe", "content", 7, NULL));
  char content[8] = "";
  cr_expect_eq(read(reader, content, 7), 7);
  cr_expect_str_eq(content, "content");
  close(reader);
  struct stat status;
  cr_assert_eq(stat("pipe", &status), 0);
  cr_expect(S_ISFIFO(status.st_mode));
  leave_folder();
}

static void on_alarm(int number) {
  (void)number;
}

struct slow_reader {
  size_t total;
  bool right;
};

// Reads the FIFO slowly, and checks that every byte is where it belongs.
static void *read_slowly(void *context) {
  struct slow_reader *reader = context;
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  int descriptor = open("pipe", O_RDONLY);
  reader->right = descriptor >= 0;
  unsigned char bytes[5000];
  for (ssize_t got; (got = read(descriptor, bytes, sizeof bytes)) > 0;) {
    for (ssize_t i = 0; i < got; i++) {
      reader->right = reader->right && bytes[i] == (unsigned char)((reader->total + (size_t)i) % 251);
    }
    reader->total += (size_t)got;
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
  }
  close(descriptor);
  return NULL;
}

// Signals without SA_RESTART interrupt writes to a pipe that is full: EINTR and short writes in plenty.
Test(file, interrupted_and_short_writes) {
  enter_folder();
  cr_assert_eq(mkfifo("pipe", 0600), 0);
  struct slow_reader reader = {0};
  pthread_t thread;
  cr_assert_eq(pthread_create(&thread, NULL, read_slowly, &reader), 0);
  struct file_output output;
  file_begin(&output, "pipe");
  sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL);
  struct itimerval often = {.it_interval = {.tv_usec = 300}, .it_value = {.tv_usec = 300}};
  setitimer(ITIMER_REAL, &often, NULL);
  static unsigned char bytes[3000000];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i % 251);
  for (size_t at = 0; at < sizeof bytes; at += 150000) file_write(&output, bytes + at, 150000);
  bool done = file_finish(&output);
  setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
  pthread_join(thread, NULL);
  cr_expect(done, "%s", output.error.message);
  cr_expect_eq(reader.total, sizeof bytes);
  cr_expect(reader.right);
  leave_folder();
}

Test(file, reader_gone) {
  enter_folder();
  cr_assert_eq(mkfifo("pipe", 0600), 0);
  signal(SIGPIPE, SIG_IGN);
  int reader = open("pipe", O_RDONLY | O_NONBLOCK);
  struct file_output output;
  file_begin(&output, "pipe");
  close(reader);
  file_write(&output, "x", 1);
  cr_expect_not(file_finish(&output));
  cr_expect_not_null(strstr(output.error.message, "Broken pipe"), "%s", output.error.message);
  cr_expect_eq(names_here(), 1);
  leave_folder();
}

Test(file, reads_regular_files_only) {
  enter_folder();
  struct arena arena;
  arena_init(&arena, NULL);
  struct file_error error;
  size_t length = 99;
  put("plain", "content");
  const char *content = file_read("plain", 7, &arena, &length, &error);
  cr_assert_not_null(content, "%s", error.message);
  cr_expect_str_eq(content, "content");
  cr_expect_eq(length, 7);
  cr_expect_null(file_read("plain", 6, &arena, &length, &error));
  put("empty", "");
  content = file_read("empty", 0, &arena, &length, &error);
  cr_assert_not_null(content);
  cr_expect_eq(length, 0);
  mkfifo("pipe", 0600);
  mkdir("folder", 0777);
  static const struct {
    const char *path, *reason;
  } refused[] = {{"pipe", "pipe"},        {"folder", "folder"},   {"/dev/zero", "device"},
                 {"/dev/null", "device"}, {"missing", "No such"}, {"", "No such"}};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    cr_expect_null(file_read(refused[i].path, 100, &arena, &length, &error));
    cr_expect_not_null(strstr(error.message, refused[i].reason), "%s", error.message);
  }
  // The kernel says that this file is empty, and it is not.
  content = file_read("/proc/self/status", 1 << 20, &arena, &length, &error);
  if (content != NULL) cr_expect_not_null(strstr(content, "VmSize"));
  arena.own.fail_at = arena.own.requests + 1;
  put("large", "");
  cr_assert_eq(truncate("large", 1 << 20), 0);
  cr_expect_null(file_read("large", 1 << 21, &arena, &length, &error));
  cr_expect_not_null(strstr(error.message, "memory"), "%s", error.message);
  arena_drop(&arena);
  leave_folder();
}

static void *feed(void *context) {
  int descriptor = *(int *)context;
  for (int i = 0; i < 3000; i++) {
    char line[16];
    snprintf(line, sizeof line, "%09d\n", i);
    if (write(descriptor, line, 10) != 10) break;
  }
  close(descriptor);
  return NULL;
}

Test(file, reads_a_pipe_to_its_end) {
  signal(SIGPIPE, SIG_IGN);
  for (size_t limit = 29999; limit <= 30000; limit++) {
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pthread_t thread;
    pthread_create(&thread, NULL, feed, &ends[1]);
    struct arena arena;
    arena_init(&arena, NULL);
    struct file_error error;
    size_t length = 0;
    const char *content = file_read_descriptor(ends[0], "-", limit, &arena, &length, &error);
    close(ends[0]);
    pthread_join(thread, NULL);
    cr_expect_eq(content != NULL, limit == 30000, "%s", error.message);
    if (content != NULL) cr_expect_eq(atoi(content + 29990), 2999);
    arena_drop(&arena);
  }
}

Test(file, inside_its_folder) {
  enter_folder();
  struct arena arena;
  arena_init(&arena, NULL);
  struct file_error error;
  cr_assert(file_make_directories("root/deep", &error));
  cr_assert(file_make_directories("rooted", &error));
  put("root/deep/trace.csv", "x");
  put("outside", "x");
  put("rooted/other", "x");
  cr_assert_eq(symlink("../outside", "root/escape"), 0);
  cr_assert_eq(symlink("deep/trace.csv", "root/alias"), 0);
  const char *found = file_inside("root", "deep/trace.csv", &arena, &error);
  cr_assert_not_null(found, "%s", error.message);
  expect_content(found, "x");
  cr_expect_not_null(file_inside("root", "alias", &arena, &error));
  cr_expect_not_null(file_inside("root", "deep/../deep/trace.csv", &arena, &error));
  cr_expect_not_null(file_inside("root", found, &arena, &error), "an absolute path inside");
  cr_expect_not_null(file_inside("", "outside", &arena, &error));
  cr_expect_not_null(file_inside("/", "/dev/null", &arena, &error));
  static const char *const outside[] = {"../outside", "escape", "../rooted/other", "/dev/null",
                                        "deep/../../outside"};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
    cr_expect_null(file_inside("root", outside[i], &arena, &error), "%s", outside[i]);
    cr_expect_not_null(strstr(error.message, "outside"), "%s", error.message);
  }
  cr_expect_null(file_inside("root", "missing", &arena, &error));
  cr_expect_not_null(strstr(error.message, "No such"));
  arena_drop(&arena);
  unlink("root/deep/trace.csv");
  unlink("root/escape");
  unlink("root/alias");
  unlink("rooted/other");
  rmdir("root/deep");
  leave_folder();
}

Test(file, makes_folders) {
  enter_folder();
  struct file_error error;
  cr_expect(file_make_directories("a/b//c/", &error), "%s", error.message);
  cr_expect(file_make_directories("a/b/c", &error));
  cr_expect(file_make_directories(".", &error));
  cr_expect(file_make_directories("/", &error));
  struct stat status;
  cr_expect_eq(stat("a/b/c", &status), 0);
  put("plain", "");
  cr_expect_not(file_make_directories("plain", &error));
  cr_expect_not_null(strstr(error.message, "File exists"), "%s", error.message);
  cr_expect_not(file_make_directories("plain/below", &error));
  cr_expect_not(file_make_directories("", &error));
  rmdir("a/b/c");
  rmdir("a/b");
  leave_folder();
}
