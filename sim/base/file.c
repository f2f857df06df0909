#define _XOPEN_SOURCE 700 // realpath

#include "file.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h> // flock: not POSIX, but wherever this runs
#include <sys/stat.h>
#include <unistd.h>

// A temporary beside FOLDER/NAME is FOLDER/.NAME.PID-NUMBER.part, NAME cut to NAME_BYTES.
enum { PENDING_BYTES = 64 * 1024, TEMPORARY_NAMES = 1000, NAME_BYTES = 64 };

// Keeps the first error: "cannot VERB PATH: REASON".
static void set_error(struct file_error *error, const char *verb, const char *path, const char *reason) {
  if (error == NULL || error->message[0] != '\0') return;
  char safe[sizeof error->message - 128];
  text_escape(safe, sizeof safe, path, strlen(path));
  snprintf(error->message, sizeof error->message, "cannot %s %s: %.90s", verb, safe, reason);
}

static void set_system_error(struct file_error *error, const char *verb, const char *path, int number) {
  char reason[90];
  if (strerror_r(number, reason, sizeof reason) != 0) snprintf(reason, sizeof reason, "error %d", number);
  set_error(error, verb, path, reason);
}

static bool broken(const struct file_output *output) {
  return output->error.message[0] != '\0';
}

static char *copy_of(const char *text, size_t length) {
  char *copy = malloc(length + 1);
  if (copy == NULL) return NULL;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return copy;
}

static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

// The process that made the temporary, if that is what `name` is the name of; else 0.
static pid_t maker_of(const char *name, const char *target) {
  char start[NAME_BYTES + 3];
  long maker = 0;
  int end = 0, number = 0;
  int length = snprintf(start, sizeof start, ".%.*s.", NAME_BYTES, target);
  if (strncmp(name, start, (size_t)length) != 0) return 0;
  name += length;
  if (*name < '1' || *name > '9' || strlen(name) > 32) return 0;
  if (sscanf(name, "%ld-%d.part%n", &maker, &number, &end) != 2 || end == 0 || name[end] != '\0') return 0;
  return (pid_t)maker;
}

// Whether nobody will ever finish it: its maker is gone, or only has this process's number (as the first
// process of each container does), and nobody holds its lock (a maker whose number is not known here).
static bool is_abandoned(int folder, const char *name, pid_t maker) {
  if (maker != getpid() && (kill(maker, 0) == 0 || errno != ESRCH)) return false;
  int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;
  if (descriptor < 0) return false;
  bool abandoned =
      fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  close(descriptor);
  return abandoned;
}

// Takes away what processes that were killed have left of this target. What cannot be seen or removed stays.
static void remove_abandoned(const char *target) {
  size_t length = folder_length(target);
  char *folder = length == 0 ? copy_of(".", 1) : copy_of(target, length);
  DIR *listing = folder == NULL ? NULL : opendir(folder);
  free(folder);
  if (listing == NULL) return;
  for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    pid_t maker = maker_of(entry->d_name, target + length);
    if (maker > 0 && is_abandoned(dirfd(listing), entry->d_name, maker)) {
      (void)unlinkat(dirfd(listing), entry->d_name, 0);
    }
  }
  closedir(listing);
}

// Opens a new hidden file in the folder of output->target, under a name that nobody has.
static int open_temporary(struct file_output *output, mode_t mode) {
  size_t size = strlen(output->target) + 64, folder = folder_length(output->target);
  output->temporary = malloc(size);
  if (output->temporary == NULL) return -1;
  for (int number = 0; number < TEMPORARY_NAMES; number++) {
    snprintf(output->temporary, size, "%.*s.%.*s.%ld-%d.part", (int)folder, output->target, NAME_BYTES,
             output->target + folder, (long)getpid(), number);
    int descriptor = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) continue;
    if (descriptor < 0) break;
    (void)flock(descriptor, LOCK_EX | LOCK_NB); // says that somebody is still writing it
    if (mode != 0) (void)fchmod(descriptor, mode);
    return descriptor;
  }
  int number = errno;
  free(output->temporary); // nothing was made under this name
  output->temporary = NULL;
  errno = number;
  return -1;
}

// The path itself, or where a link leads if it leads to something.
static char *target_of(const char *path) {
  char *real = realpath(path, NULL);
  return real != NULL ? real : copy_of(path, strlen(path));
}

void file_begin(struct file_output *output, const char *path) {
  *output = (struct file_output){.descriptor = -1};
  output->target = target_of(path);
  output->pending = malloc(PENDING_BYTES);
  struct stat status = {0};
  errno = ENOMEM;
  if (output->target == NULL || output->pending == NULL) {
    set_system_error(&output->error, "write", path, errno);
    return;
  }
  bool exists = stat(output->target, &status) == 0;
  bool regular = exists && S_ISREG(status.st_mode);
  if (exists && !regular) {
    output->descriptor = open(output->target, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  } else {
    remove_abandoned(output->target);
    output->descriptor = open_temporary(output, regular ? status.st_mode & 0777 : 0);
  }
  if (output->descriptor < 0) set_system_error(&output->error, "write", path, errno);
}

static void write_all(struct file_output *output, const char *bytes, size_t length) {
  while (length > 0 && !broken(output)) {
    ssize_t written = write(output->descriptor, bytes, length);
    if (written > 0) {
      bytes += written;
      length -= (size_t)written;
    } else if (written == 0 || errno != EINTR) {
      set_system_error(&output->error, "write", output->target, written == 0 ? EIO : errno);
    }
  }
}

static void flush(struct file_output *output) {
  write_all(output, output->pending, output->pending_length);
  output->pending_length = 0;
}

void file_write(struct file_output *output, const void *bytes, size_t length) {
  if (broken(output)) return;
  if (length > PENDING_BYTES - output->pending_length) flush(output);
  if (length > PENDING_BYTES) {
    write_all(output, bytes, length);
  } else if (length > 0) {
    memcpy(output->pending + output->pending_length, bytes, length);
    output->pending_length += length;
  }
}

// Makes a file's content or a folder's names durable. Devices, FIFOs and some file systems cannot, and need
// not.
static int make_durable(int descriptor) {
  int status = 0;
  do {
    status = fsync(descriptor);
  } while (status != 0 && errno == EINTR);
  return status != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS ? -1 : 0;
}

// The rename is done when this runs: the new content is in place whatever comes of it.
static void make_folder_durable(struct file_output *output) {
  size_t length = folder_length(output->target);
  char *folder = length == 0 ? copy_of(".", 1) : copy_of(output->target, length);
  int descriptor = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    if (make_durable(descriptor) != 0) set_system_error(&output->error, "make durable", folder, errno);
    close(descriptor);
  }
  free(folder);
}

static void close_output(struct file_output *output) {
  if (output->descriptor < 0) return;
  int status = close(output->descriptor); // also after EINTR the descriptor is gone
  output->descriptor = -1;
  if (status != 0 && errno != EINTR) set_system_error(&output->error, "write", output->target, errno);
}

static void release(struct file_output *output) {
  if (output->temporary != NULL) unlink(output->temporary);
  free(output->temporary);
  free(output->target);
  free(output->pending);
  output->temporary = output->target = output->pending = NULL;
  output->pending_length = 0;
}

bool file_finish(struct file_output *output) {
  flush(output);
  if (!broken(output) && make_durable(output->descriptor) != 0) {
    set_system_error(&output->error, "write", output->target, errno);
  }
  close_output(output);
  if (!broken(output) && output->temporary != NULL) {
    if (rename(output->temporary, output->target) != 0) {
      set_system_error(&output->error, "replace", output->target, errno);
    } else {
      free(output->temporary);
      output->temporary = NULL;
      make_folder_durable(output);
    }
  }
  release(output);
  return !broken(output);
}

void file_abandon(struct file_output *output) {
  if (output->descriptor >= 0) close(output->descriptor);
  output->descriptor = -1;
  release(output);
}

bool file_replace(const char *path, const void *bytes, size_t length, struct file_error *error) {
  struct file_output output;
  file_begin(&output, path);
  file_write(&output, bytes, length);
  bool done = file_finish(&output);
  if (error != NULL) *error = output.error;
  return done;
}

// A text that grows in the arena; what it outgrows stays there until the arena is dropped.
struct growing {
  struct arena *arena;
  char *bytes;
  size_t length;
  size_t capacity; // without the zero behind the content
};

static bool grow(struct growing *text, size_t capacity) {
  char *bytes = capacity == SIZE_MAX ? NULL : arena_take(text->arena, capacity + 1);
  if (bytes == NULL) return false;
  if (text->length > 0) memcpy(bytes, text->bytes, text->length);
  text->bytes = bytes;
  text->capacity = capacity;
  return true;
}

static void set_too_large(struct file_error *error, const char *name, size_t limit) {
  char reason[80];
  snprintf(reason, sizeof reason, "it has more than %zu bytes, which is the limit", limit);
  set_error(error, "read", name, reason);
}

// Reads to the end. One byte more than the limit is asked for, to see that there is none.
static bool read_all(int descriptor, const char *name, size_t limit, struct growing *text,
                     struct file_error *error) {
  for (;;) {
    if (text->length == text->capacity) {
      size_t wanted = text->capacity > limit / 2 ? limit + 1 : text->capacity * 2;
      if (!grow(text, wanted)) return set_system_error(error, "read", name, ENOMEM), false;
    }
    ssize_t got = read(descriptor, text->bytes + text->length, text->capacity - text->length);
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return set_system_error(error, "read", name, errno), false;
    text->length += (size_t)got;
    if (text->length > limit) return set_too_large(error, name, limit), false;
  }
}

static char *read_to_end(int descriptor, const char *name, size_t hint, size_t limit, struct arena *arena,
                         size_t *length, struct file_error *error) {
  struct growing text = {.arena = arena};
  if (limit > SIZE_MAX / 4) limit = SIZE_MAX / 4;
  if (!grow(&text, hint < limit ? hint + 1 : limit + 1)) {
    set_system_error(error, "read", name, ENOMEM);
    return NULL;
  }
  if (!read_all(descriptor, name, limit, &text, error)) return NULL;
  text.bytes[text.length] = '\0';
  if (length != NULL) *length = text.length;
  return text.bytes;
}

char *file_read_descriptor(int descriptor, const char *name, size_t limit, struct arena *arena,
                           size_t *length, struct file_error *error) {
  if (error != NULL) error->message[0] = '\0';
  return read_to_end(descriptor, name, 4096, limit, arena, length, error);
}

static const char *kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a folder";
  if (S_ISFIFO(mode)) return "it is a pipe, not a regular file";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "it is a device, not a regular file";
  return "it is not a regular file";
}

char *file_read(const char *path, size_t limit, struct arena *arena, size_t *length,
                struct file_error *error) {
  if (error != NULL) error->message[0] = '\0';
  // O_NONBLOCK: opening a FIFO does not wait for a writer. A regular file does not mind.
  int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat status;
  char *bytes = NULL;
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    set_system_error(error, "read", path, errno);
  } else if (!S_ISREG(status.st_mode)) {
    set_error(error, "read", path, kind_of(status.st_mode));
  } else if (status.st_size > 0 && (uintmax_t)status.st_size > limit) {
    set_too_large(error, path, limit);
  } else {
    // What the system calls empty may have content (/proc).
    size_t hint = status.st_size > 0 ? (size_t)status.st_size : 4096;
    bytes = read_to_end(descriptor, path, hint, limit, arena, length, error);
  }
  if (descriptor >= 0) close(descriptor);
  return bytes;
}

static bool lies_inside(const char *root, const char *path) {
  size_t length = strlen(root);
  if (strncmp(path, root, length) != 0) return false;
  return root[length - 1] == '/' || path[length] == '/' || path[length] == '\0';
}

// Joins unless `path` is absolute; malloc.
static char *join(const char *root, const char *path) {
  if (*path == '/') return copy_of(path, strlen(path));
  size_t size = strlen(root) + strlen(path) + 2;
  char *joined = malloc(size);
  if (joined != NULL) snprintf(joined, size, "%s/%s", root, path);
  return joined;
}

char *file_inside(const char *root, const char *path, struct arena *arena, struct file_error *error) {
  if (error != NULL) error->message[0] = '\0';
  char *found = NULL;
  char *joined = join(*root == '\0' ? "." : root, path);
  char *real_root = realpath(*root == '\0' ? "." : root, NULL);
  int number = errno;
  char *real = joined == NULL ? NULL : realpath(joined, NULL);
  if (real_root == NULL) {
    set_system_error(error, "look into", root, number);
  } else if (real == NULL) {
    set_system_error(error, "read", path, joined == NULL ? ENOMEM : errno);
  } else if (!lies_inside(real_root, real)) {
    set_error(error, "read", path, "it lies outside the scenario's folder (--root DIR allows another)");
  } else {
    found = arena_text(arena, real, strlen(real));
    if (found == NULL) set_system_error(error, "read", path, ENOMEM);
  }
  free(real);
  free(real_root);
  free(joined);
  return found;
}

static bool is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool make_one(const char *path, struct file_error *error) {
  if (mkdir(path, 0777) == 0) return true;
  int number = errno;
  if (is_folder(path)) return true;
  set_system_error(error, "make the folder", path, number);
  return false;
}

bool file_make_directories(const char *path, struct file_error *error) {
  if (error != NULL) error->message[0] = '\0';
  char *copy = copy_of(path, strlen(path));
  if (copy == NULL) return set_system_error(error, "make the folder", path, ENOMEM), false;
  bool made = true;
  for (char *slash = copy; made && *slash != '\0' && (slash = strchr(slash + 1, '/')) != NULL;) {
    *slash = '\0';
    made = make_one(copy, error);
    *slash = '/';
  }
  made = made && make_one(copy, error);
  free(copy);
  return made;
}
