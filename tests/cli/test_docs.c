// The documents: their examples are right, their commands and files exist, their links lead somewhere.
//
// A block marked `json` is a whole scenario. It, and one marked `jsonc`, may have a line in front of it that
// says what it is a part of:
//
//   <!-- example: patch of FILE -->           members that FILE, a scenario of this tree, is patched with
//   <!-- example: patch of FILE at PATH -->   the same, deeper inside
//   <!-- example: PATH of FILE -->            the value of that path
//   <!-- no example: REASON -->               not looked at
//
// A fragment (`jsonc`) must have one of them.
#define _XOPEN_SOURCE 700 // nftw, mkdtemp

#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES_MOST = 256, TEXT_BYTES = 1 << 20, PATH_BYTES = 512, BLOCK_BYTES = 1 << 16, WORDS_MOST = 32 };

static char folder[] = "docs-XXXXXX";
static const char *source, *program;
static char pages[PAGES_MOST][PATH_BYTES]; // below the source
static size_t page_count;
static char text[TEXT_BYTES], said[TEXT_BYTES];

// ---- The pages --------------------------------------------------------------------------------------------

static void get(const char *path, char *into) {
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s: %s", path, strerror(errno));
  size_t length = fread(into, 1, TEXT_BYTES - 1, file);
  cr_assert_lt(length, TEXT_BYTES - 1, "%s is too long", path);
  into[length] = '\0';
  fclose(file);
}

static const char *in_source(const char *path) {
  static char whole[2 * PATH_BYTES];
  cr_assert_lt(snprintf(whole, sizeof whole, "%s/%s", source, path), (int)sizeof whole);
  return whole;
}

static void add_page(const char *path) {
  cr_assert_lt(page_count, PAGES_MOST);
  snprintf(pages[page_count++], PATH_BYTES, "%s", path);
}

static int visit(const char *path, const struct stat *status, int kind, struct FTW *where) {
  (void)status;
  (void)where;
  size_t length = strlen(path);
  if (kind == FTW_F && length > 3 && strcmp(path + length - 3, ".md") == 0)
    add_page(path + strlen(source) + 1);
  return 0;
}

static void set_up(void) {
  char command[4 * PATH_BYTES];
  source = getenv("HEADROOM_SOURCE");
  program = getenv("HEADROOM_BIN");
  cr_assert(source != NULL && program != NULL,
            "HEADROOM_SOURCE and HEADROOM_BIN name the tree and the program");
  cr_assert_not_null(mkdtemp(folder));
  cr_assert_eq(chdir(folder), 0);
  // Beside the scenarios, an example may extend them.
  snprintf(command, sizeof command, "cp -r '%s/scenarios' . && mkdir -p tests && cp -r '%s/tests/cli' tests",
           source, source);
  cr_assert_eq(system(command), 0);
  unsetenv("HEADROOM_SEED");
  unsetenv("HEADROOM_REPLICATIONS");
  cr_assert_eq(nftw(in_source("docs"), visit, 16, FTW_PHYS), 0);
  add_page("README.md");
  add_page("CONTRIBUTING.md");
  add_page("bench/README.md");
}

static void tear_down(void) {
  char command[64];
  cr_assert_eq(chdir(".."), 0);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  cr_assert_eq(system(command), 0);
}

TestSuite(docs, .init = set_up, .fini = tear_down, .timeout = 600);

// ---- The program ------------------------------------------------------------------------------------------

// The words end with NULL. What was said on standard error is in `said`.
static int start(const char *const *words) {
  char *arguments[WORDS_MOST + 2] = {0};
  int status = 0;
  arguments[0] = strdup(program);
  for (size_t i = 0; words[i] != NULL; i++) {
    cr_assert_lt(i, WORDS_MOST);
    arguments[i + 1] = strdup(words[i]);
  }
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    int nowhere = open("/dev/null", O_RDWR), errors = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(arguments[0], arguments);
    _exit(127);
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  for (size_t i = 0; arguments[i] != NULL; i++) free(arguments[i]);
  get("err", said);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Checks and runs a scenario, with one change unless it is NULL.
static void expect_right(const char *place, const char *file, const char *change) {
  const char *set = change != NULL ? "--set" : NULL;
  int status = start((const char *[]){"check", file, set, change, NULL});
  cr_expect_eq(status, 0, "%s: headroom check ends with %d: %s", place, status, said);
  if (status != 0) return;
  status = start((const char *[]){"run", file, "--quiet", "--replications", "1", set, change, NULL});
  cr_expect(status == 0 || status == 99, "%s: headroom run ends with %d: %s", place, status, said);
}

// ---- Blocks -----------------------------------------------------------------------------------------------

struct block {
  char place[PATH_BYTES + 16]; // page:line
  char language[32];
  char marker[PATH_BYTES]; // the comment in front of it, or ""
  char content[BLOCK_BYTES];
};

static char *line_of(char **rest) {
  char *line = *rest, *end = strchr(line, '\n');
  if (*line == '\0') return NULL;
  *rest = end == NULL ? line + strlen(line) : end + 1;
  if (end != NULL) *end = '\0';
  return line;
}

// Calls `each` for every block between ``` of a page.
static void each_block(const char *page, void (*each)(const struct block *block)) {
  static struct block block;
  bool inside = false;
  size_t number = 0, used = 0;
  char *rest = text;
  get(in_source(page), text);
  memset(&block, 0, sizeof block);
  for (char *line; (line = line_of(&rest)) != NULL;) {
    const char *start_of = line + strspn(line, " ");
    number++;
    bool fence = strncmp(start_of, "```", 3) == 0;
    if (fence && inside) {
      each(&block);
      memset(&block, 0, sizeof block);
    } else if (fence) {
      snprintf(block.language, sizeof block.language, "%s", start_of + 3);
      int length = snprintf(block.place, sizeof block.place, "%s:%zu", page, number);
      cr_assert_lt(length, (int)sizeof block.place);
      used = 0;
    } else if (inside) {
      int length = snprintf(block.content + used, sizeof block.content - used, "%s\n", line);
      used += (size_t)length;
      cr_assert_lt(used, sizeof block.content, "%s is too long", block.place);
    } else if (*start_of != '\0') {
      bool comment = strncmp(start_of, "<!-- ", 5) == 0;
      snprintf(block.marker, sizeof block.marker, "%s", comment ? start_of : "");
    }
    inside = inside != fence;
  }
  cr_expect(!inside, "%s: a block is not closed", page);
}

// ---- Examples ---------------------------------------------------------------------------------------------

static size_t examples;

static void put(const char *path, const char *format, ...) {
  FILE *file = fopen(path, "w");
  va_list arguments;
  cr_assert_not_null(file, "%s", path);
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fclose(file);
}

// Members may stand without the braces around them.
static const char *braced(const char *content) {
  static char whole[BLOCK_BYTES + 8];
  bool object = content[strspn(content, " \n")] == '{';
  snprintf(whole, sizeof whole, object ? "%s" : "{%s}", content);
  return whole;
}

// A patch over a scenario, in a file beside it: {"extends": …, CONTENT} or {"extends": …, "a": {"b":
// CONTENT}}.
static void expect_patch(const struct block *block, const char *base, const char *at) {
  char file[PATH_BYTES], keys[PATH_BYTES], before[2 * PATH_BYTES] = "", behind[PATH_BYTES] = "", *rest = NULL;
  const char *slash = strrchr(base, '/');
  int above = slash == NULL ? 0 : (int)(slash - base) + 1;
  snprintf(file, sizeof file, "%.*sexample.json", above, base);
  snprintf(keys, sizeof keys, "%s", at);
  for (char *key = strtok_r(keys, ".", &rest); key != NULL; key = strtok_r(NULL, ".", &rest)) {
    snprintf(before + strlen(before), sizeof before - strlen(before), "\"%s\": {", key);
    strcat(behind, "}");
  }
  const char *content = braced(block->content);
  content = strchr(content, '{') + 1;
  put(file, "{ \"extends\": \"%s\", %s%s%s", base + above, before, content, behind);
  expect_right(block->place, file, NULL);
}

static void expect_value(const struct block *block, const char *base, const char *path) {
  static char change[BLOCK_BYTES + PATH_BYTES];
  snprintf(change, sizeof change, "%s=%s", path, block->content);
  expect_right(block->place, base, change);
}

static void expect_part(const struct block *block) {
  char what[PATH_BYTES] = "", base[PATH_BYTES] = "", at[PATH_BYTES] = "", end[8] = "";
  int parts = sscanf(block->marker, "<!-- example: %511s of %511s at %511s %7s", what, base, at, end);
  if (parts < 4) {
    at[0] = '\0';
    parts = sscanf(block->marker, "<!-- example: %511s of %511s %7s", what, base, end);
    cr_expect(parts == 3 && strcmp(end, "-->") == 0, "%s: what does \"%s\" mean?", block->place,
              block->marker);
    if (parts != 3) return;
  }
  if (strcmp(what, "patch") == 0) {
    expect_patch(block, base, at);
  } else {
    expect_value(block, base, what);
  }
}

static void look_at_example(const struct block *block) {
  bool whole = strcmp(block->language, "json") == 0;
  if (!whole && strcmp(block->language, "jsonc") != 0) return;
  examples++;
  if (strncmp(block->marker, "<!-- no example: ", 17) == 0) {
    cr_expect_gt(strlen(block->marker), strlen("<!-- no example:  -->"), "%s: no reason", block->place);
  } else if (strncmp(block->marker, "<!-- example: ", 14) == 0) {
    expect_part(block);
  } else if (whole) {
    put("scenarios/example.json", "%s", block->content);
    expect_right(block->place, "scenarios/example.json", NULL);
  } else {
    cr_expect_fail("%s: a fragment must say what it is a part of: <!-- example: patch of FILE -->",
                   block->place);
  }
}

Test(docs, examples_are_right) {
  for (size_t i = 0; i < page_count; i++) each_block(pages[i], look_at_example);
  cr_assert_geq(examples, 20, "only %zu examples were found", examples);
}

// ---- Sources ----------------------------------------------------------------------------------------------

static size_t sources;

// A file of C, as a reader is told to write it, must compile with the headers of the tree.
static void look_at_source(const struct block *block) {
  if (strcmp(block->language, "c") != 0 || strstr(block->content, "#include") == NULL) return;
  sources++;
  put("example.c", "%s", block->content);
  int status =
      system("cd \"$HEADROOM_SOURCE\" && here=$OLDPWD && "
             "${CC:-cc} -fsyntax-only -std=c17 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror "
             "$(find sim models theory -type d | sed 's/^/-I/') \"$here/example.c\" 2>\"$here/err\"");
  get("err", said);
  cr_expect_eq(status, 0, "%s does not compile: %s", block->place, said);
}

Test(docs, sources_compile) {
  for (size_t i = 0; i < page_count; i++) each_block(pages[i], look_at_source);
  cr_assert_geq(sources, 3, "only %zu sources were found", sources);
}

// ---- Commands ---------------------------------------------------------------------------------------------

static size_t commands;

static bool exists(const char *path) {
  return access(in_source(path), F_OK) == 0;
}

// What a document calls a file of the reader's own, or of a run's.
static bool is_placeholder(const char *word) {
  static const char *const names[] = {"scenario.json", "a.json", "b.json", "shop.json"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(names[i], word) == 0) return true;
  }
  return false;
}

static bool ends_with(const char *word, const char *end) {
  size_t length = strlen(word), tail = strlen(end);
  return length >= tail && strcmp(word + length - tail, end) == 0;
}

// With --help behind it, the program reads a whole command line, and only that.
static void look_at_headroom(const char *place, char *line) {
  const char *words[WORDS_MOST + 1] = {0};
  char *rest = NULL;
  size_t count = 0;
  for (char *word = strtok_r(line, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
    cr_assert_lt(count, WORDS_MOST - 1, "%s", place);
    words[count++] = word;
    if (ends_with(word, ".json") && !is_placeholder(word))
      cr_expect(exists(word), "%s: there is no %s", place, word);
  }
  if (count == 0 || strcmp(words[0], "COMMAND") == 0) return;
  words[count] = "--help";
  int status = start(words);
  cr_expect(status == 0 && said[0] == '\0', "%s: headroom %s: %s", place, words[0], said);
  commands++;
}

// Two spaces, or a #, begin a remark.
static void look_at_line(const char *place, char *line) {
  char *remark = strstr(line, "  ");
  if (remark != NULL) *remark = '\0';
  if ((remark = strstr(line, " #")) != NULL) *remark = '\0';
  if (strncmp(line, "$ ", 2) == 0) line += 2;
  if (strncmp(line, "build/release/", 14) == 0) line += 14;
  if (strncmp(line, "headroom ", 9) == 0) {
    look_at_headroom(place, line + 9);
  } else if (strncmp(line, "./", 2) == 0 || strncmp(line, "bench/", 6) == 0 ||
             strncmp(line, "tools/", 6) == 0 || strncmp(line, "tests/", 6) == 0) {
    line[strcspn(line, " ")] = '\0';
    cr_expect(access(in_source(line), X_OK) == 0, "%s: there is no command %s", place, line);
    commands++;
  }
}

static void look_at_commands(const struct block *block) {
  static char content[BLOCK_BYTES];
  const char *language = block->language;
  if (language[0] != '\0' && strcmp(language, "sh") != 0 && strcmp(language, "console") != 0) return;
  snprintf(content, sizeof content, "%s", block->content);
  char *rest = content;
  for (char *line; (line = line_of(&rest)) != NULL;) look_at_line(block->place, line);
}

// `headroom …` within a line.
static void look_at_code(const char *page) {
  get(in_source(page), text);
  for (char *at = text; (at = strstr(at, "`headroom ")) != NULL;) {
    char line[PATH_BYTES];
    at += strlen("`headroom ");
    size_t length = strcspn(at, "`");
    cr_assert_lt(length, sizeof line, "%s", page);
    memcpy(line, at, length);
    line[length] = '\0';
    look_at_headroom(page, line);
    at += length;
  }
}

Test(docs, commands_exist) {
  for (size_t i = 0; i < page_count; i++) {
    each_block(pages[i], look_at_commands);
    look_at_code(pages[i]);
  }
  cr_assert_geq(commands, 20, "only %zu commands were found", commands);
}

// ---- Links ------------------------------------------------------------------------------------------------

// The name that a heading gets: lower case, words with hyphens between, other marks dropped.
static void anchor_of(const char *heading, char *anchor) {
  for (; *heading != '\0'; heading++) {
    unsigned char letter = (unsigned char)*heading;
    if (letter == ' ') *anchor++ = '-';
    if (isalnum(letter) || letter == '-' || letter == '_' || letter >= 0x80)
      *anchor++ = (char)tolower(letter);
  }
  *anchor = '\0';
}

static bool has_heading(const char *page, const char *wanted) {
  char *rest = said;
  get(page, said);
  for (char *line; (line = line_of(&rest)) != NULL;) {
    char anchor[PATH_BYTES];
    size_t marks = strspn(line, "#");
    if (marks == 0 || line[marks] != ' ' || strlen(line) >= sizeof anchor) continue;
    anchor_of(line + marks + 1, anchor);
    if (strcmp(anchor, wanted) == 0) return true;
  }
  return false;
}

static void look_at_link(const char *page, char *target) {
  char path[4 * PATH_BYTES];
  const char *slash = strrchr(page, '/');
  char *anchor = strchr(target, '#');
  if (strstr(target, "://") != NULL) return;
  if (anchor != NULL) *anchor++ = '\0';
  if (*target == '\0') {
    snprintf(path, sizeof path, "%s", in_source(page));
  } else {
    snprintf(path, sizeof path, "%s/%.*s%s", source, slash == NULL ? 0 : (int)(slash - page) + 1, page,
             target);
  }
  cr_expect(access(path, F_OK) == 0, "%s: %s leads nowhere", page, target);
  if (anchor == NULL || access(path, F_OK) != 0) return;
  cr_expect(has_heading(path, anchor), "%s: %s has no heading #%s", page, target, anchor);
}

Test(docs, links_lead_somewhere) {
  size_t links = 0;
  for (size_t i = 0; i < page_count; i++) {
    get(in_source(pages[i]), text);
    for (char *at = text; (at = strstr(at, "](")) != NULL; links++) {
      char target[PATH_BYTES];
      at += 2;
      size_t length = strcspn(at, ")\n");
      cr_assert_lt(length, sizeof target, "%s", pages[i]);
      memcpy(target, at, length);
      target[length] = '\0';
      look_at_link(pages[i], target);
      at += length;
    }
  }
  cr_assert_geq(links, 20, "only %zu links were found", links);
}
