#include "memory_limit.h"

#include "arena.h"
#include "file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GROUPS_MOST = 1 << 16, LIMIT_MOST = 64 }; // bytes of these files

// A version's limits: the file in each group's folder, below the folder that the hierarchy is mounted on.
struct hierarchy {
  const char *mount;
  const char *file;
};

static const struct hierarchy version_1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"};
static const struct hierarchy version_2 = {"/sys/fs/cgroup", "memory.max"};

static size_t smaller(size_t one, size_t other) {
  return one < other ? one : other;
}

// "max" is no number, and version 1 writes a number near 2^63 for no limit: above all memory there is.
static size_t read_limit(const char *path, struct arena *arena) {
  const char *text = file_read(path, LIMIT_MOST, arena, NULL, NULL);
  if (text == NULL || text[0] < '0' || text[0] > '9') return SIZE_MAX;
  errno = 0;
  unsigned long long limit = strtoull(text, NULL, 10);
  return errno != 0 || limit > SIZE_MAX ? SIZE_MAX : (size_t)limit;
}

// The least limit of a group and those above it. A container often sees its own group as "/", or is told a
// path whose folders it cannot see: these are missing, and the mount itself is what holds.
static size_t least_limit(const char *root, const struct hierarchy *hierarchy, const char *group,
                          size_t length, struct arena *arena) {
  size_t least = SIZE_MAX;
  for (;;) {
    while (length > 0 && group[length - 1] == '/') length--;
    const char *path =
        arena_format(arena, "%s%s%.*s/%s", root, hierarchy->mount, (int)length, group, hierarchy->file);
    if (path != NULL) least = smaller(least, read_limit(path, arena));
    if (length == 0) return least;
    while (length > 0 && group[length - 1] != '/') length--;
  }
}

// Whether "memory" is one of the controllers, which have commas between them.
static bool has_memory(const char *list, size_t length) {
  static const char name[] = "memory";
  while (length > 0) {
    const char *comma = memchr(list, ',', length);
    size_t word = comma == NULL ? length : (size_t)(comma - list);
    if (word == sizeof name - 1 && memcmp(list, name, word) == 0) return true;
    word = comma == NULL ? length : word + 1;
    list += word;
    length -= word;
  }
  return false;
}

// A line NUMBER:CONTROLLERS:GROUP. Version 2 has number 0 and no controllers.
static size_t limit_of_line(const char *root, const char *line, size_t length, struct arena *arena) {
  const char *end = line + length;
  const char *list = memchr(line, ':', length);
  const char *group = list == NULL ? NULL : memchr(list + 1, ':', (size_t)(end - list - 1));
  if (group == NULL) return SIZE_MAX;
  size_t listed = (size_t)(group - list - 1);
  size_t rest = (size_t)(end - group - 1);
  if (listed == 0) return least_limit(root, &version_2, group + 1, rest, arena);
  return has_memory(list + 1, listed) ? least_limit(root, &version_1, group + 1, rest, arena) : SIZE_MAX;
}

size_t memory_limit_of_groups(const char *root) {
  struct arena arena;
  size_t least = SIZE_MAX;
  arena_init(&arena, NULL);
  const char *path = arena_format(&arena, "%s/proc/self/cgroup", root);
  const char *line = path == NULL ? NULL : file_read(path, GROUPS_MOST, &arena, NULL, NULL);
  while (line != NULL && *line != '\0') {
    size_t length = strcspn(line, "\n");
    least = smaller(least, limit_of_line(root, line, length, &arena));
    line += length + (line[length] == '\n' ? 1 : 0);
  }
  arena_drop(&arena);
  return least;
}

static size_t machine_memory(void) {
  long pages = sysconf(_SC_PHYS_PAGES);
  long size = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || size <= 0) return SIZE_MAX;
  return (size_t)pages > SIZE_MAX / (size_t)size ? SIZE_MAX : (size_t)pages * (size_t)size;
}

size_t memory_limit(void) {
  size_t limit = smaller(machine_memory(), memory_limit_of_groups(""));
  return limit == SIZE_MAX ? 0 : limit;
}
