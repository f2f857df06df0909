#include "name_index.h"
#include "names.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

// Against a plain array: names of two letters' worth of collisions and of growing length, each looked up and
// added again; what was never added is not there.
Test(names, an_index_finds_what_was_added_and_nothing_else) {
  enum { NAMES = 5000 };
  struct arena arena;
  struct name_index index;
  arena_init(&arena, NULL);
  name_index_init(&index, &arena);
  cr_assert_eq(name_index_find(&index, "a"), NAME_INDEX_NONE, "an empty index has nothing");
  const char *names[NAMES];
  for (uint32_t i = 0; i < NAMES; i++) {
    names[i] = arena_format(&arena, "%c%u", 'a' + (int)(i % 26), i / 7 * 7 + i % 7);
    cr_assert_eq(name_index_add(&index, names[i]), i);
    cr_assert_eq(name_index_add(&index, arena_format(&arena, "%s", names[i])), i, "equal text, equal name");
  }
  for (uint32_t i = 0; i < NAMES; i++) {
    cr_assert_eq(name_index_find(&index, arena_format(&arena, "%s", names[i])), i);
    cr_assert_str_eq(index.names[i], names[i]);
    cr_assert_eq(name_index_find(&index, arena_format(&arena, "%s-", names[i])), NAME_INDEX_NONE);
  }
  cr_assert_eq(index.count, NAMES);
  arena_drop(&arena);
}

Test(names, without_memory_nothing_is_added) {
  struct memory_budget budget;
  struct arena arena;
  struct name_index index;
  memory_budget_init(&budget);
  budget.limit = 0;
  arena_init(&arena, &budget);
  name_index_init(&index, &arena);
  cr_assert_eq(name_index_add(&index, "a"), NAME_INDEX_NONE);
  cr_assert_eq(index.count, 0);
  arena_drop(&arena);
}

static struct arena arena;
static struct diagnostics diagnostics;
static struct names names;
static struct node node = {.kind = NODE_STRING};

static const char *said(const char *noun, const char *name) {
  diagnostics_init(&diagnostics, &arena);
  bool known = names_check(&names, noun, name, &node, false, &diagnostics);
  cr_assert_eq(known, diagnostics.errors == 0);
  return known ? "" : diagnostics.first->message;
}

Test(names, what_is_unknown_is_said_in_one_way) {
  arena_init(&arena, NULL);
  names_init(&names, &arena);
  name_index_add(&names_of(&names, "component")->index, "web");
  name_index_add(&names_of(&names, "component")->index, "box");
  name_index_add(&names_of(&names, "host")->index, "box");
  name_index_add(&names_of(&names, "host")->index, "boxes");
  names_of(&names, "machine")->open = true;
  cr_expect_str_eq(said("component", "web"), "");
  cr_expect_str_eq(said("host", "box"), "", "a name may stand for things of several kinds");
  cr_expect_str_eq(said("host", "bx"), "there is no host `bx` (did you mean `box`?)");
  cr_expect_str_eq(said("host", "web"), "`web` is a component, not a host");
  cr_expect_str_eq(said("component", "boxes"), "`boxes` is a host, not a component");
  cr_expect_str_eq(said("machine", "any"), "", "of what is open nothing is said");
  cr_expect_eq(names_find(&names, "host", "boxes"), 1);
  cr_expect_eq(names_find(&names, "host", NULL), NAME_INDEX_NONE);
  cr_expect_eq(names_find(&names, "zone", "a"), NAME_INDEX_NONE);
  arena_drop(&arena);
}
