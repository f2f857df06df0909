#include "documenting.h"
#include "json.h"
#include "node_edit.h"
#include "override.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;

static void start(void) {
  documenting_begin(&arena, &diagnostics);
}

static void finish(void) {
  documenting_end(&arena);
}

TestSuite(override, .init = start, .fini = finish);

static const char document[] = "{\"run\": {\"seed\": 1, \"load\": 1}, \"clients\": {\"c\": {\"arrivals\": "
                               "{\"poisson\": {\"rate\": 1}}}},"
                               " \"components\": {\"web-1\": {\"handles\": {\"*\": [{\"cpu\": \"5ms\"}, "
                               "{\"wait\": {\"quantiles\": {\"p99.9\": 1}}}]}}}}";

static struct node *read(const char *text) {
  return documenting_read(text, "a.json", &diagnostics, &arena);
}

static const char *text_of(const struct node *node) {
  return documenting_text(node, &arena);
}

static const struct override_path *path_of(const char *text) {
  return override_read_path(text, strlen(text), (struct position){"p", 1, 1}, NULL, &diagnostics, &arena);
}

static const struct node *find(const struct node *root, const char *text) {
  const struct override_path *path = path_of(text);
  cr_assert_not_null(path, "%s", text);
  return override_find(root, path);
}

// Applies to a document and compares the whole with what a merge patch or a person would write.
struct change {
  const char *before, *override, *after;
};

static const struct change changes[] = {
    {"{\"a\":{\"b\":1}}", "a.b=2", "{\"a\":{\"b\":2}}"},
    {"{\"a\":{\"b\":1}}", "a.c=5ms", "{\"a\":{\"b\":1,\"c\":\"5ms\"}}"},
    {"{}", "a.b.c=true", "{\"a\":{\"b\":{\"c\":true}}}"},
    {"{\"a\":1}", "a={\"x\": [1, null]}", "{\"a\":{\"x\":[1,null]}}"},
    {"{\"a\":[1,[2,3]]}", "a[1][0]=9", "{\"a\":[1,[9,3]]}"},
    {"{\"a\":[{\"b\":1}]}", "a[0].c= \"x\" ", "{\"a\":[{\"b\":1,\"c\":\"x\"}]}"},
    {"{\"a\":[1]}", "a=[]", "{\"a\":[]}"},
    // a scalar on the way becomes an object
    {"{\"cpu\":\"5ms\"}", "cpu.exponential.mean=5ms", "{\"cpu\":{\"exponential\":{\"mean\":\"5ms\"}}}"},
    {"{\"a\":[7]}", "a[0].b=1", "{\"a\":[{\"b\":1}]}"},
    // null takes away
    {"{\"a\":{\"b\":1,\"c\":2}}", "a.b=null", "{\"a\":{\"c\":2}}"},
    {"{\"a\":[1,2,3]}", "a[1]=null", "{\"a\":[1,3]}"},
    {"{\"a\":[1,2,3]}", "a[0]=null", "{\"a\":[2,3]}"},
    {"{\"a\":[1,2,3]}", "a[2]=null", "{\"a\":[1,2]}"},
    {"{\"a\":1}", "a=null", "{}"},
    // keys
    {"{}", "web-1.*=1", "{\"web-1\":{\"*\":1}}"},
    {"{\"q\":{\"p99.9\":1}}", "q[\"p99.9\"]=2", "{\"q\":{\"p99.9\":2}}"},
    {"{}", "[\"a=\\\"b\\u0041\"].c=1", "{\"a=\\\"bA\":{\"c\":1}}"},
    {"{}", "a[\"\"]=1", "{\"a\":{\"\":1}}"},
    {"{}", "\xC3\xA4.b=1", "{\"\xC3\xA4\":{\"b\":1}}"},
    // values
    {"{}", "a=007", "{\"a\":\"007\"}"},
    {"{}", "a=5.", "{\"a\":\"5.\"}"},
    {"{}", "a=1e3", "{\"a\":1000}"},
    {"{}", "a=\"\"", "{\"a\":\"\"}"},
    {"{}", "a=x=y", "{\"a\":\"x=y\"}"},
    {"{}",
     "a=\xE2\x82\xAC"
     "5/month",
     "{\"a\":\"\xE2\x82\xAC"
     "5/month\"}"},
    {"{}", "a= ", "{\"a\":\" \"}"},
    {"{}", "a=null ", "null"}, // an error: nothing to take away
};

Test(override, sets) {
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct node *root = read(changes[i].before);
    bool is_set = override_apply(root, "--set", changes[i].override, NULL, &diagnostics, &arena);
    cr_assert_eq(is_set, strcmp(changes[i].after, "null") != 0, "%s", changes[i].override);
    if (is_set) cr_assert_str_eq(text_of(root), text_of(read(changes[i].after)), "%s", changes[i].override);
  }
  cr_assert_eq(diagnostics.errors, 1);
}

Test(override, counts_what_is_left) {
  struct node *root = read("{\"a\": [0, 1, 2, 3]}");
  cr_assert(override_apply(root, "--set", "a[1]=null", NULL, &diagnostics, &arena));
  cr_assert(override_apply(root, "--set", "a[2]=null", NULL, &diagnostics, &arena));
  const struct node *list = node_find(root, "a");
  cr_assert_eq(list->count, 2);
  cr_assert_str_eq(node_path(list->first, &arena), "a[0]");
  cr_assert_str_eq(node_path(list->last, &arena), "a[1]");
  cr_assert_eq(list->last->number, 2);
  cr_assert(override_apply(root, "--set", "a[0]=null", NULL, &diagnostics, &arena));
  cr_assert_str_eq(node_path(list->first, &arena), "a[0]");
}

Test(override, later_ones_win) {
  struct node *root = read(document);
  cr_assert(override_apply(root, "HEADROOM_SEED", "run.seed=5", NULL, &diagnostics, &arena));
  cr_assert(override_apply(root, "--set", "run.seed=6", NULL, &diagnostics, &arena));
  cr_assert(override_apply(root, "--set", "run.load=2", NULL, &diagnostics, &arena));
  cr_assert_eq(find(root, "run.seed")->number, 6);
  cr_assert_eq(find(root, "run.load")->number, 2);
  cr_assert_eq(node_find(root, "run")->count, 2);
}

static void expect_at(const struct position *position, const char *file, uint32_t line, uint32_t column) {
  cr_assert_str_eq(position->file, file);
  cr_assert(position->line == line && position->column == column, "%u:%u, expected %u:%u in %s",
            position->line, position->column, line, column, file);
}

Test(override, knows_where_it_came_from) {
  struct node *root = read(document);
  cr_assert(
      override_apply(root, "--set", "components.db.handles={\"x\":\n [1]}", NULL, &diagnostics, &arena));
  const char *file = "--set components.db.handles={\"x\":\n [1]}";
  expect_at(&find(root, "components")->at, "a.json", 1, 105);
  expect_at(&find(root, "components.db")->key_at, file, 1, 18);
  expect_at(&find(root, "components.db")->at, file, 1, 18);
  expect_at(&find(root, "components.db.handles")->key_at, file, 1, 21);
  expect_at(&find(root, "components.db.handles")->at, file, 1, 29);
  expect_at(&find(root, "components.db.handles.x")->key_at, file, 1, 30);
  expect_at(&find(root, "components.db.handles.x[0]")->at, file, 2, 3);
  cr_assert(override_apply(root, "--vary", "run.seed=bare", NULL, &diagnostics, &arena));
  expect_at(&find(root, "run.seed")->at, "--vary run.seed=bare", 1, 17);
  expect_at(&find(root, "run.seed")->key_at, "--vary run.seed=bare", 1, 12);
}

Test(override, leaves_another_alternative) {
  struct node *root = read(document);
  cr_assert(override_apply(root, "--set", "clients.c.arrivals.constant.rate=2/s", &merge_rules_by_name,
                           &diagnostics, &arena));
  cr_assert_str_eq(text_of(find(root, "clients.c")), "{\"arrivals\":{\"constant\":{\"rate\":\"2/s\"}}}");
  cr_assert(override_apply(root, "--set", "clients.c.arrivals.constant.batch=2", &merge_rules_by_name,
                           &diagnostics, &arena));
  cr_assert_str_eq(text_of(find(root, "clients.c")),
                   "{\"arrivals\":{\"constant\":{\"batch\":2,\"rate\":\"2/s\"}}}");
  cr_assert(override_apply(root, "--set", "clients.c.arrivals.note=why", &merge_rules_by_name, &diagnostics,
                           &arena));
  cr_assert(
      override_apply(root, "--set", "clients.c.entry=web-1", &merge_rules_by_name, &diagnostics, &arena));
  cr_assert_str_eq(
      text_of(find(root, "clients.c")),
      "{\"arrivals\":{\"constant\":{\"batch\":2,\"rate\":\"2/s\"},\"note\":\"why\"},\"entry\":\"web-1\"}");
}

struct fault {
  const char *override;
  uint32_t line, column; // with "--set " in front
  const char *says;
};

static const struct fault faults[] = {
    {"", 1, 7, "key is missing"},
    {"=5", 1, 7, "key is missing"},
    {"run", 1, 10, "`=` and a value"},
    {"run.seed", 1, 15, "`=` and a value"},
    {"run.=5", 1, 11, "key is missing"},
    {"run..seed=5", 1, 11, "key is missing"},
    {".run=5", 1, 7, "key is missing"},
    {"run seed=5", 1, 10, "expected `.`"},
    {"run\"seed=5", 1, 10, "expected `.`"},
    {"run.seed=", 1, 16, "value is missing"},
    {"run[=5", 1, 11, "brackets hold"},
    {"run[-1]=5", 1, 11, "brackets hold"},
    {"run[1=5", 1, 12, "`]` is missing"},
    {"run[99999999999999999999]=5", 1, 11, "larger than any list"},
    {"run[\"a]=5", 1, 11, "closing quote"},
    {"run[\"a\\", 1, 11, "closing quote"},
    {"run[\"a\\q\"]=5", 1, 13, "unknown escape"},
    {"run[\"a\"x]=5", 1, 14, "`]` is missing"},
    {"run.\xFF=5", 1, 11, "not UTF-8"},
    {"run.seed=\xFFx", 1, 16, "not UTF-8"},
    {"run.seed={\"a\": 01}", 1, 22, "leading zeros"},
    {"run.seed=[1,\n 2", 2, 3, "the text ends inside"},
    {"run.seed=\"x", 1, 16, "closing quote"},
    // where the document is another
    {"components.web-1.handles.*[2].cpu=5", 1, 33, "has no [2]: it is a list of 2"},
    {"components.web-1.handles.*.cpu=5", 1, 34, "components.web-1.handles.* is a list"},
    {"run[0]=5", 1, 10, "run is an object and has no index"},
    {"run.seed[0]=5", 1, 15, "run.seed is the number 1 and has no index"},
    {"new[0]=5", 1, 10, "new has nothing yet that an index could name: give the whole list, new=[...]"},
    {"[0]=5", 1, 7, "the scenario is an object"},
    {"run.sed=null", 1, 11, "run has no `sed`"},
    {"components.web-1.handles.*[2]=null", 1, 33, "has no [2]"},
};

Test(override, refuses_with_position) {
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    diagnostics_init(&diagnostics, &arena);
    struct node *root = read(document);
    cr_assert_not(override_apply(root, "--set", faults[i].override, NULL, &diagnostics, &arena), "%s",
                  faults[i].override);
    cr_assert_eq(diagnostics.errors, 1, "%s", faults[i].override);
    const struct diagnostic *found = diagnostics.first;
    expect_at(&found->at, arena_format(&arena, "--set %s", faults[i].override), faults[i].line,
              faults[i].column);
    cr_assert_not_null(strstr(found->message, faults[i].says), "%s: %s", faults[i].override, found->message);
  }
}

Test(override, limits_depth) {
  char text[400] = "a";
  for (int i = 1; i < 63; i++) strcat(text, ".a");
  size_t length = strlen(text);
  struct node *root = read("{}");
  cr_assert(override_apply(root, "--set", strcat(text, "=1"), NULL, &diagnostics, &arena));
  cr_assert_eq(node_depth(root), JSON_DEPTH_MAX);
  const char *written = text_of(root);
  cr_assert_not_null(json_read(written, strlen(written), "again", &diagnostics, &arena));
  strcpy(text + length, "={\"b\":1}");
  cr_assert_not(override_apply(root, "--set", text, NULL, &diagnostics, &arena));
  strcpy(text + length, ".a=1");
  cr_assert_not(override_apply(root, "--set", text, NULL, &diagnostics, &arena));
  cr_assert_eq(diagnostics.errors, 2);
}

Test(override, survives_missing_memory) {
  bool is_refused = true;
  uint64_t refused = 2;
  for (; is_refused; refused++) {
    struct memory_budget budget;
    struct arena small;
    struct diagnostics some;
    memory_budget_init(&budget);
    budget.fail_at = refused;
    arena_init(&small, &budget);
    diagnostics_init(&some, &small);
    struct node *root = json_read(document, strlen(document), "a.json", &some, &small);
    bool is_set = root != NULL;
    for (int i = 0; i < 100 && is_set; i++) {
      is_set = override_apply(root, "--set", "components.x[\"y.z\"]={\"a\":[1,2,3]}", NULL, &some, &small);
    }
    is_refused = budget.exhausted;
    cr_assert_eq(is_set, !is_refused);
    cr_assert_eq(some.errors, 0);
    arena_drop(&small);
  }
  cr_assert_gt(refused, 5);
}
