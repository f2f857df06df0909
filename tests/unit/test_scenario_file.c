#define _XOPEN_SOURCE 700 // mkdtemp, symlink

#include "documenting.h"
#include "override.h"
#include "scenario_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct scenario_file file;
static char folder[4096];

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *level) {
  (void)status, (void)kind, (void)level;
  return remove(path);
}

static void start(void) {
  const char *above = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/headroom-scenario-XXXXXX", above != NULL ? above : "/tmp");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
  cr_assert_eq(mkdir("inner", 0777), 0);
  cr_assert_eq(mkdir("inner/deep", 0777), 0);
  documenting_begin(&arena, &diagnostics);
}

static void finish(void) {
  documenting_end(&arena);
  cr_assert_eq(chdir("/"), 0);
  nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(scenario_file, .init = start, .fini = finish);

static void write_file(const char *path, const char *text) {
  FILE *stream = fopen(path, "w");
  cr_assert_not_null(stream, "%s", path);
  fputs(text, stream);
  cr_assert_eq(fclose(stream), 0);
}

static bool load_with(const struct scenario_request *request) {
  diagnostics_init(&diagnostics, &arena);
  bool is_loaded = scenario_file_load(&file, request, &diagnostics, &arena);
  cr_assert_eq(is_loaded, diagnostics.errors == 0);
  return is_loaded;
}

static bool load(const char *path) {
  return load_with(&(struct scenario_request){.path = path, .rules = &merge_rules_by_name});
}

static const char *document(void) {
  return documenting_text(file.document, &arena);
}

static const struct node *find(const char *text) {
  const struct override_path *path =
      override_read_path(text, strlen(text), (struct position){"p", 1, 1}, NULL, &diagnostics, &arena);
  const struct node *node = override_find(file.document, path);
  cr_assert_not_null(node, "%s", text);
  return node;
}

static void expect_error(const char *name, uint32_t line, uint32_t column, const char *says) {
  cr_assert_eq(diagnostics.errors, 1);
  const struct diagnostic *found = diagnostics.first;
  cr_assert_str_eq(found->at.file, name);
  cr_assert(found->at.line == line && found->at.column == column, "%u:%u: %s", found->at.line,
            found->at.column, found->message);
  cr_assert_not_null(strstr(found->message, says), "%s", found->message);
}

static void expect_at(const char *path, const char *name, uint32_t line, uint32_t column) {
  const struct position *at = &find(path)->at;
  cr_assert_str_eq(at->file, name, "%s", path);
  cr_assert(at->line == line && at->column == column, "%s at %u:%u", path, at->line, at->column);
}

Test(scenario_file, loads_one_file) {
  write_file("a.json", "{\"name\": \"x\", \"run\": {\"seed\": 1}}");
  cr_assert(load("a.json"));
  cr_assert_str_eq(document(), "{\"name\":\"x\",\"run\":{\"seed\":1}}");
  expect_at("run.seed", "a.json", 1, 31);
  cr_assert(load("./inner/../a.json"));
  expect_at("run.seed", "./inner/../a.json", 1, 31);
}

Test(scenario_file, resolves_a_chain) {
  write_file("base.json", "{\"name\": \"base\", \"a\": 1, \"b\": {\"c\": 1, \"d\": [1, 2]}, \"e\": 1}");
  write_file("inner/middle.json",
             "{\"extends\": \"../base.json\",\n \"name\": \"middle\", \"b\": {\"c\": 2}, \"e\": null}");
  write_file("inner/deep/top.json", "{\"a\": 3,\n\"extends\": \"../middle.json\"}");
  write_file("whole.json", "{\"b\": {\"d\": [0]}, \"extends\": \"inner/deep/top.json\"}");
  cr_assert(load("whole.json"));
  cr_assert_str_eq(document(), "{\"a\":3,\"b\":{\"c\":2,\"d\":[0]},\"name\":\"middle\"}");
  cr_assert_eq(file.source_count, 4);
  expect_at("a", "inner/deep/top.json", 1, 7);
  expect_at("name", "inner/deep/../middle.json", 2, 10);
  expect_at("b", "inner/deep/../../base.json", 1, 31);
  expect_at("b.d", "whole.json", 1, 13);
}

Test(scenario_file, applies_overrides_in_order) {
  write_file("base.json",
             "{\"run\": {\"seed\": 1}, \"c\": {\"x\": {\"arrivals\": {\"poisson\": {\"rate\": 1}}}}}");
  write_file("a.json", "{\"extends\": \"base.json\", \"run\": {\"seed\": 2}}");
  const struct scenario_override overrides[] = {{"HEADROOM_SEED", "run.seed=3"},
                                                {"--set", "run.seed=4"},
                                                {"--set", "c.x.arrivals.closed.users=5"},
                                                {"--set", "run.window=1s"}};
  struct scenario_request request = {
      .path = "a.json", .overrides = overrides, .override_count = 4, .rules = &merge_rules_by_name};
  cr_assert(load_with(&request));
  cr_assert_str_eq(
      document(),
      "{\"c\":{\"x\":{\"arrivals\":{\"closed\":{\"users\":5}}}},\"run\":{\"seed\":4,\"window\":\"1s\"}}");
  request.override_count = 1;
  cr_assert(load_with(&request));
  expect_at("run.seed", "HEADROOM_SEED run.seed=3", 1, 24);
  const struct scenario_override wrong[] = {{"--set", "run"}, {"--set", "run[0]=1"}};
  request.overrides = wrong;
  request.override_count = 2;
  cr_assert_not(load_with(&request));
  cr_assert_eq(diagnostics.errors, 2, "the errors of all are reported");
  const struct scenario_override extends[] = {{"--set", "extends=base.json"}};
  request.overrides = extends;
  request.override_count = 1;
  cr_assert_not(load_with(&request));
  expect_error("--set extends=base.json", 1, 7, "cannot make a scenario extend");
}

Test(scenario_file, reads_standard_input) {
  write_file("base.json", "{\"a\": 1}");
  write_file("input", "{\"extends\": \"base.json\",\n \"b\": 2}");
  int input = open("input", O_RDONLY);
  cr_assert_geq(input, 0);
  cr_assert_eq(dup2(input, 0), 0);
  cr_assert(load("-"));
  cr_assert_str_eq(document(), "{\"a\":1,\"b\":2}");
  expect_at("a", "base.json", 1, 7);
  expect_at("b", "standard input", 2, 7);
  close(input);
  close(0);
}

Test(scenario_file, names_a_circle) {
  write_file("self.json", "{\n\"extends\": \"self.json\"}");
  cr_assert_not(load("self.json"));
  expect_error("self.json", 2, 12, "in a circle: self.json -> self.json");
  write_file("a.json", "{\"extends\": \"inner/b.json\"}");
  write_file("inner/b.json", "{\"extends\": \"c.json\"}");
  write_file("inner/c.json", "{\"extends\": \"../inner/b.json\"}");
  cr_assert_not(load("a.json"));
  expect_error("inner/c.json", 1, 13, "in a circle: inner/b.json -> inner/c.json -> inner/b.json");
  cr_assert_eq(symlink("a.json", "link.json"), 0);
  write_file("inner/c.json", "{\"extends\": \"../a.json\"}");
  cr_assert_not(load("link.json"));
  expect_error("inner/c.json", 1, 13, "in a circle: link.json -> inner/b.json -> inner/c.json -> link.json");
}

Test(scenario_file, limits_the_chain) {
  char name[32], text[64];
  for (int i = 0; i <= SCENARIO_CHAIN_MAX; i++) {
    snprintf(name, sizeof name, "%d.json", i);
    snprintf(text, sizeof text, "{\"extends\": \"%d.json\"}", i + 1);
    write_file(name, i == SCENARIO_CHAIN_MAX ? "{}" : text);
  }
  cr_assert(load("1.json"));
  cr_assert_not(load("0.json"));
  snprintf(name, sizeof name, "%d.json", SCENARIO_CHAIN_MAX - 1);
  expect_error(name, 1, 13, "more than 32 files");
}

Test(scenario_file, stays_in_its_folder) {
  write_file("outside.json", "{}");
  write_file("inner/a.json", "{\"extends\": \"../outside.json\"}");
  cr_assert_not(load("inner/a.json"));
  expect_error("inner/a.json", 1, 13, "outside");
  const struct scenario_request wider = {.path = "inner/a.json", .root = "."};
  cr_assert(load_with(&wider));
  const struct scenario_request narrower = {.path = "inner/a.json", .root = "inner/deep"};
  cr_assert_not(load_with(&narrower));
  cr_assert_eq(symlink("../outside.json", "inner/link.json"), 0);
  write_file("inner/a.json", "{\"extends\": \"link.json\"}");
  cr_assert_not(load("inner/a.json"));
  expect_error("inner/a.json", 1, 13, "outside");
  cr_assert_eq(symlink("deep/b.json", "inner/fine.json"), 0);
  write_file("inner/deep/b.json", "{\"b\": 1}");
  write_file("inner/a.json", "{\"extends\": \"fine.json\"}");
  cr_assert(load("inner/a.json"));
  cr_assert_str_eq(document(), "{\"b\":1}");
  const char *absolute[] = {"/etc/passwd", "/dev/zero", "/"};
  for (size_t i = 0; i < 3; i++) {
    write_file("a.json", arena_format(&arena, "{\"extends\": \"%s\"}", absolute[i]));
    cr_assert_not(load("a.json"));
    expect_error("a.json", 1, 13, "outside");
  }
  write_file("a.json", arena_format(&arena, "{\"extends\": \"%s/outside.json\"}", folder));
  cr_assert(load("a.json"));
}

Test(scenario_file, refuses_what_is_no_scenario) {
  cr_assert_eq(mkfifo("fifo", 0666), 0);
  cr_assert_eq(symlink("/dev/zero", "zero.json"), 0);
  write_file("list.json", " [1]");
  write_file("broken.json", "{\"a\": 01}");
  const struct {
    const char *extends, *file;
    uint32_t line, column;
    const char *says;
  } cases[] = {{"\"fifo\"", "a.json", 1, 13, "fifo"},
               {"\"inner\"", "a.json", 1, 13, "inner"},
               {"\"zero.json\"", "a.json", 1, 13, "outside"},
               {"\"none.json\"", "a.json", 1, 13, "No such file"},
               {"5", "a.json", 1, 13, "the number 5"},
               {"\"\"", "a.json", 1, 13, "`extends` is the name"},
               {"null", "a.json", 1, 13, "not null"},
               {"\"list.json\"", "list.json", 1, 2, "found a list"},
               {"\"broken.json\"", "broken.json", 1, 7, "leading zeros"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    write_file("a.json", arena_format(&arena, "{\"extends\": %s}", cases[i].extends));
    cr_assert_not(load("a.json"));
    expect_error(cases[i].file, cases[i].line, cases[i].column, cases[i].says);
  }
  const char *first[] = {"fifo", "inner", "zero.json", "none.json", "none/none.json", "/dev/null", ""};
  for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
    cr_assert_not(load(first[i]), "%s", first[i]);
    cr_assert_eq(diagnostics.errors, 1);
    cr_assert_str_eq(diagnostics.first->at.file, first[i]);
  }
  const struct scenario_request rootless = {.path = "list.json", .root = "none"};
  cr_assert_not(load_with(&rootless));
}

Test(scenario_file, finds_the_files_that_it_names) {
  write_file("inner/base.json", "{\"samples\": \"deep/s.txt\"}");
  write_file("inner/deep/s.txt", "of base");
  write_file("t.txt", "of top");
  write_file("a.json", "{\"extends\": \"inner/base.json\", \"trace\": \"t.txt\"}");
  const struct scenario_override overrides[] = {{"--set", "other=inner/deep/s.txt"}, {"--set", "gone=../x"}};
  cr_assert(
      load_with(&(struct scenario_request){.path = "a.json", .overrides = overrides, .override_count = 2}));
  size_t length = 0;
  cr_assert_str_eq(scenario_file_read(&file, find("samples"), 100, &length, &diagnostics, &arena), "of base");
  cr_assert_eq(length, 7);
  cr_assert_str_eq(scenario_file_read(&file, find("other"), 7, NULL, &diagnostics, &arena), "of base");
  cr_assert_str_eq(scenario_file_read(&file, find("trace"), 100, NULL, &diagnostics, &arena), "of top");
  cr_assert_eq(diagnostics.errors, 0);
  cr_assert_null(scenario_file_read(&file, find("trace"), 5, NULL, &diagnostics, &arena), "a limit");
  cr_assert_null(scenario_file_find(&file, find("gone"), &diagnostics, &arena));
  cr_assert_eq(diagnostics.errors, 2);
  cr_assert_str_eq(diagnostics.first->at.file, "--set gone=../x");
}
