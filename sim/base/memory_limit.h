// How much memory this process may use: the machine's, or less where a control group (a container, a service)
// is given less. Passing such a limit is no refused allocation but the end of the process, without a word, so
// it is looked at beforehand.
#ifndef HEADROOM_MEMORY_LIMIT_H
#define HEADROOM_MEMORY_LIMIT_H

#include <stddef.h>

// Bytes: the least of the machine's memory and of the limits of this process's control groups; 0 where
// nothing can be known.
size_t memory_limit(void);

// The limit that control groups set, bytes; SIZE_MAX: none. The group that /proc/self/cgroup names and all
// above it count: memory.max of version 2 (Linux, Documentation/admin-guide/cgroup-v2.rst) and
// memory.limit_in_bytes of version 1, below /sys/fs/cgroup, where both are mounted by custom. `root` stands
// before all these paths ("" but in tests). What cannot be read sets no limit.
size_t memory_limit_of_groups(const char *root);

#endif
