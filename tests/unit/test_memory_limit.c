// Limits of control groups, read below a root that the test makes.
#include "memory_limit.h"

#include "file.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[] = "root-XXXXXX";

static void put(const char *path, const char *text) {
  char whole[256], folder[256];
  snprintf(whole, sizeof whole, "%s%s", root, path);
  snprintf(folder, sizeof folder, "%s", whole);
  *strrchr(folder, '/') = '\0';
  cr_assert(file_make_directories(folder, NULL));
  cr_assert(file_replace(whole, text, strlen(text), NULL));
}

static void set_up(void) {
  cr_assert_not_null(mkdtemp(root));
}

static void tear_down(void) {
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", root);
  cr_assert_eq(system(command), 0);
}

TestSuite(memory_limit, .init = set_up, .fini = tear_down);

#define GROUPS memory_limit_of_groups(root)

Test(memory_limit, nothing_there_is_no_limit) {
  cr_assert_eq(GROUPS, SIZE_MAX);
  put("/proc/self/cgroup", "0::/user.slice\n");
  cr_assert_eq(GROUPS, SIZE_MAX);
  put("/proc/self/cgroup", "");
  cr_assert_eq(GROUPS, SIZE_MAX);
}

Test(memory_limit, version_2_takes_the_least_on_the_way_up) {
  put("/proc/self/cgroup", "0::/user.slice/session.scope\n");
  put("/sys/fs/cgroup/user.slice/session.scope/memory.max", "max\n");
  cr_assert_eq(GROUPS, SIZE_MAX);
  put("/sys/fs/cgroup/user.slice/memory.max", "536870912\n");
  cr_assert_eq(GROUPS, (size_t)512 << 20);
  put("/sys/fs/cgroup/user.slice/session.scope/memory.max", "1073741824\n");
  cr_assert_eq(GROUPS, (size_t)512 << 20, "the group above holds too");
  put("/sys/fs/cgroup/user.slice/session.scope/memory.max", "4096\n");
  cr_assert_eq(GROUPS, 4096);
  put("/sys/fs/cgroup/another/memory.max", "1\n");
  cr_assert_eq(GROUPS, 4096, "a group that is not ours");
}

Test(memory_limit, a_container_sees_its_group_as_the_root) {
  put("/proc/self/cgroup", "0::/\n");
  put("/sys/fs/cgroup/memory.max", "268435456\n");
  cr_assert_eq(GROUPS, (size_t)256 << 20);
  put("/proc/self/cgroup", "0::/docker/0123456789abcdef"); // a path of the host's; no last newline
  cr_assert_eq(GROUPS, (size_t)256 << 20);
}

Test(memory_limit, version_1_has_a_hierarchy_for_memory) {
  put("/proc/self/cgroup", "11:cpu,cpuacct:/job\n10:memory:/job/one\n9:memoryless:/job\n0::/job\n");
  put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("/sys/fs/cgroup/memory/job/one/memory.limit_in_bytes", "9223372036854771712\n");
  cr_assert_eq(GROUPS, 9223372036854771712U);
  put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "134217728\n");
  cr_assert_eq(GROUPS, (size_t)128 << 20);
  put("/proc/self/cgroup", "4:cpu,memory,pids:/job\n");
  cr_assert_eq(GROUPS, (size_t)128 << 20, "one of several controllers");
  put("/proc/self/cgroup", "4:cpu,pids:/job\n");
  cr_assert_eq(GROUPS, SIZE_MAX, "the memory of this process is nobody's");
}

Test(memory_limit, what_makes_no_sense_is_no_limit) {
  static const char *const groups[] = {"0::/a\n", "0\n", ":\n", "0:memory\n", "\n\n0::/a\n"};
  static const char *const limits[] = {"", "\n", "-1\n", "many\n", "99999999999999999999999999\n"};
  for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
      put("/proc/self/cgroup", groups[g]);
      put("/sys/fs/cgroup/a/memory.max", limits[l]);
      cr_assert_eq(GROUPS, SIZE_MAX, "%s with %s", groups[g], limits[l]);
    }
  }
}

Test(memory_limit, the_machine_has_no_more_than_it_has) {
  size_t limit = memory_limit();
  cr_assert_gt(limit, 0);
  cr_assert_leq(limit / (size_t)sysconf(_SC_PAGESIZE), (size_t)sysconf(_SC_PHYS_PAGES));
}
