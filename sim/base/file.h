// Files: replaced whole or not at all, read whole or refused.
#ifndef HEADROOM_FILE_H
#define HEADROOM_FILE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

// What went wrong, as a whole sentence for people, safe on a terminal: "cannot write out/results.json: No
// space left on device". Empty: nothing.
struct file_error {
  char message[1024];
};

// A file being written. Its content goes to a temporary beside it; file_finish() makes it durable and renames
// it over `path`, so that a reader sees the old content or the new. A link is followed; a device or a FIFO
// that exists at `path` is written directly. Errors are kept: calls after the first one do nothing, and
// file_finish() reports it. The signals of the process are not touched; EINTR and short writes are retried.
// What a process that was killed has left beside the same `path` is taken away by the next one that writes
// it.
struct file_output {
  int descriptor;  // -1: not open
  char *target;    // the resolved path; malloc
  char *temporary; // malloc; NULL when written directly
  char *pending;   // malloc; not yet handed to the system
  size_t pending_length;
  struct file_error error;
};

// Starts; `path`'s folder must exist. Always followed by file_finish() or file_abandon().
void file_begin(struct file_output *output, const char *path);
void file_write(struct file_output *output, const void *bytes, size_t length);

// Writes out what is pending, makes it durable and takes the place of the old file. False: nothing of it is
// left behind, the old file (if any) is untouched, and output->error says why.
bool file_finish(struct file_output *output);

// Gives up: nothing is left behind. Harmless after file_finish().
void file_abandon(struct file_output *output);

// All of this in one call. `error` may be NULL.
bool file_replace(const char *path, const void *bytes, size_t length, struct file_error *error);

// Reads a regular file of at most `limit` bytes into the arena; a zero is added behind the content. A FIFO, a
// device and a folder are refused without blocking. NULL: `error` says why. `length` may be NULL.
char *file_read(const char *path, size_t limit, struct arena *arena, size_t *length,
                struct file_error *error);

// The same from an open descriptor of any kind (standard input) until its end. `name` is for messages.
char *file_read_descriptor(int descriptor, const char *name, size_t limit, struct arena *arena,
                           size_t *length, struct file_error *error);

// The real path (links resolved) of `path`, taken relative to the folder `root` unless it is absolute, if it
// lies inside `root`; else NULL and `error` says so. In the arena.
char *file_inside(const char *root, const char *path, struct arena *arena, struct file_error *error);

// Makes a folder and those above it that are missing. A folder that exists is no error.
bool file_make_directories(const char *path, struct file_error *error);

#endif
