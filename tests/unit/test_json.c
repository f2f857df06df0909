#include "json.h"
#include "override.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;

static void start(void) {
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
}

static void finish(void) {
  arena_drop(&arena);
}

TestSuite(json, .init = start, .fini = finish);

// From a block of exactly that size, so that a sanitizer sees a byte read behind it.
static struct node *read_bytes(const char *text, size_t length) {
  char *exact = malloc(length != 0 ? length : 1);
  cr_assert_not_null(exact);
  memcpy(exact, text, length);
  diagnostics_init(&diagnostics, &arena);
  struct node *root = json_read(exact, length, "a.json", &diagnostics, &arena);
  free(exact);
  cr_assert_eq(root == NULL, diagnostics.errors > 0, "%.*s", (int)(length < 80 ? length : 80), text);
  return root;
}

static struct node *read(const char *text) {
  return read_bytes(text, strlen(text));
}

static void expect_at(const struct position *at, uint32_t line, uint32_t column, const char *what) {
  cr_assert_str_eq(at->file, "a.json");
  cr_assert(at->line == line && at->column == column, "%s at %u:%u, expected %u:%u", what, at->line,
            at->column, line, column);
}

static const struct node *find(const struct node *root, const char *text) {
  const struct override_path *path =
      override_read_path(text, strlen(text), (struct position){"test", 1, 1}, NULL, &diagnostics, &arena);
  cr_assert_not_null(path, "%s", text);
  const struct node *node = override_find(root, path);
  cr_assert_not_null(node, "%s", text);
  return node;
}

Test(json, reads_every_kind) {
  const struct node *root = read(" {\"a\": [null, true, false, -12.5e1, \"x\"], \"b\": {}, \"c\": [] } ");
  cr_assert_eq(root->kind, NODE_OBJECT);
  cr_assert_eq(root->count, 3);
  cr_assert_null(root->key);
  cr_assert_null(root->parent);
  const enum node_kind kinds[] = {NODE_NULL, NODE_BOOLEAN, NODE_BOOLEAN, NODE_NUMBER, NODE_STRING};
  const struct node *list = node_find(root, "a");
  size_t index = 0;
  for (const struct node *item = list->first; item != NULL; item = item->next, index++) {
    cr_assert_eq(item->kind, kinds[index]);
    cr_assert_eq(item->index, index);
    cr_assert_eq(item->parent, list);
  }
  cr_assert_eq(index, list->count);
  cr_assert(find(root, "a[1]")->truth);
  cr_assert_not(find(root, "a[2]")->truth);
  cr_assert_eq(find(root, "a[3]")->number, -125.0);
  cr_assert_str_eq(find(root, "a[3]")->text, "-12.5e1");
  cr_assert_str_eq(list->last->text, "x");
  cr_assert_eq(node_find(root, "c")->kind, NODE_ARRAY);
  cr_assert_null(node_find(root, "A"), "keys are compared exactly");
}

Test(json, keeps_positions) {
  const struct node *root =
      read("\n{ \"clients\": {\r\n\t\"jobs\": [1,\n  \"\xC3\xA4\", {\"k\" :\n\n true}] } }\n");
  const struct {
    const char *path;
    uint32_t key_line, key_column, line, column;
  } expected[] = {{"clients", 2, 3, 2, 14},         {"clients.jobs", 3, 2, 3, 10},
                  {"clients.jobs[0]", 0, 0, 3, 11}, {"clients.jobs[1]", 0, 0, 4, 3},
                  {"clients.jobs[2]", 0, 0, 4, 9},  {"clients.jobs[2].k", 4, 10, 6, 2}};
  expect_at(&root->at, 2, 1, "root");
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    const struct node *node = find(root, expected[i].path);
    expect_at(&node->at, expected[i].line, expected[i].column, expected[i].path);
    cr_assert_str_eq(node_path(node, &arena), expected[i].path);
    if (node->key != NULL) expect_at(&node->key_at, expected[i].key_line, expected[i].key_column, "key");
  }
}

Test(json, resolves_escapes) {
  const struct node *root = read(
      "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e4\\u20AC\\ud83D\\uDe00\", \"\xF4\x8F\xBF\xBF\x7F\", \"\"]");
  cr_assert_str_eq(find(root, "[0]")->text, "\"\\/\b\f\n\r\t");
  cr_assert_str_eq(find(root, "[1]")->text, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  cr_assert_str_eq(find(root, "[2]")->text, "\xF4\x8F\xBF\xBF\x7F");
  cr_assert_str_eq(find(root, "[3]")->text, "");
}

// Numbers against the C library's own reading of the same text.
Test(json, reads_numbers_exactly) {
  const char *numbers[] = {"0",
                           "-0",
                           "9007199254740993",
                           "0.1",
                           "1e0",
                           "1E+5",
                           "1e-5",
                           "123456789012345678901234567890",
                           "2.2250738585072011e-300",
                           "1.7976931348623157e308",
                           "0e999",
                           "0.000e-999",
                           "0.1234567890123456789012345678901234567890123456789012345678"};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    const struct node *root = read(numbers[i]);
    cr_assert_not_null(root, "%s", numbers[i]);
    cr_assert_eq(root->kind, NODE_NUMBER);
    cr_assert_eq(root->number, strtod(numbers[i], NULL), "%s", numbers[i]);
    cr_assert_str_eq(root->text, numbers[i]);
  }
}

struct fault {
  const char *text;
  uint32_t line, column;
  const char *says; // a part of the message
};

static const struct fault faults[] = {
    {"", 1, 1, "empty"},
    {" \n ", 2, 2, "empty"},
    {"\xEF\xBB\xBF{}", 1, 1, "byte order mark"},
    {"\xFF\xFE", 1, 1, "UTF-16"},
    // numbers
    {"[007]", 1, 2, "leading zeros"},
    {"[-01]", 1, 2, "leading zeros"},
    {"[1, 5.]", 1, 5, "digits behind it"},
    {"[5.e3]", 1, 2, "digits behind it"},
    {"[.5]", 1, 2, "begins with a digit"},
    {"[+5]", 1, 2, "begins with a digit"},
    {"[-]", 1, 2, "begins with a digit"},
    {"[-Infinity]", 1, 2, "begins with a digit"},
    {"[1e]", 1, 2, "exponent"},
    {"[1e+]", 1, 2, "exponent"},
    {"[0x10]", 1, 2, "no number"},
    {"{\"a\":\n 5ms}", 2, 2, "found 5ms: this is no number; a quantity"},
    {"[1.2.3]", 1, 2, "no number"},
    {"[1-2]", 1, 2, "no number"},
    {"[1e400]", 1, 2, "too large"},
    {"{\"a\": {\"b\": -1e309}}", 1, 13, "too large"},
    {"[1e-310]", 1, 2, "too small"},
    {"[0.00000000000000000000000000000000000000000000000000000000000001]", 1, 2, "at most 60"},
    // words
    {"[NaN]", 1, 2, "double quotes"},
    {"[True]", 1, 2, "double quotes"},
    {"[nul]", 1, 2, "double quotes"},
    {"[truex]", 1, 2, "found truex"},
    {"['a']", 1, 2, "single"},
    {"{'a': 1}", 1, 2, "single"},
    {"{a: 1}", 1, 2, "a key in double quotes"},
    {"[1, // one\n2]", 1, 5, "comments"},
    {"[1 /* one */]", 1, 4, "comments"},
    {"# one\n[1]", 1, 1, "comments"},
    // texts
    {"[\"a\tb\"]", 1, 4, "control character"},
    {"[\"a\x01\"]", 1, 4, "control character"},
    {"[\n  \"ab\n\"]", 2, 3, "no closing quote"},
    {"[\"ab]", 1, 2, "no closing quote"},
    {"[\"\xFF\"]", 1, 3, "not UTF-8"},
    {"[\"\xC3\"]", 1, 3, "not UTF-8"},
    {"[\"ok\", \"\xC0\xAF\"]", 1, 9, "not UTF-8"},
    {"[\"\xED\xA0\x80\"]", 1, 3, "not UTF-8"},
    {"[\"\xF4\x90\x80\x80\"]", 1, 3, "not UTF-8"},
    {"[\"\\x41\"]", 1, 3, "unknown escape"},
    {"[\"\\u12G4\"]", 1, 3, "four hexadecimal"},
    {"[\"\\u12", 1, 3, "four hexadecimal"},
    {"[\"a\\u0000b\"]", 1, 4, "U+0000"},
    {"[\"\\uD800\"]", 1, 3, "second half"},
    {"[\"\\uD800\\u0041\"]", 1, 3, "second half"},
    {"[\"\\uD800\\uD800\"]", 1, 3, "second half"},
    {"[\"\\uDC00\"]", 1, 3, "first half"},
    {"{\"a\\u0000\": 1}", 1, 4, "U+0000"},
    // structure
    {"[1,]", 1, 3, "comma without"},
    {"{\"a\": 1\n ,\n}", 2, 2, "comma without"},
    {"[,1]", 1, 2, "found `,`, expected a value"},
    {"[1 2]", 1, 4, "found `2`, expected `,` or `]`"},
    {"{\"a\": 1 \"b\": 2}", 1, 9, "expected `,` or `}`"},
    {"{\"a\" 1}", 1, 6, "expected `:`"},
    {"{\"a\":}", 1, 6, "expected a value"},
    {"{1: 2}", 1, 2, "a key in double quotes"},
    {"{,}", 1, 2, "a key in double quotes"},
    {"[1}", 1, 3, "found `}`, expected `,` or `]` of the list that begins in line 1"},
    {"]", 1, 1, "expected a value"},
    {"\n [ 1,\n  2", 3, 4, "the text ends inside the list that begins in line 2, column 2"},
    {"{\"a\": {", 1, 8, "expected a key"},
    {"{} x", 1, 4, "behind the end"},
    {"1 2", 1, 3, "behind the end"},
    {"{}\n{}", 2, 1, "behind the end"},
    {"\xC3\xA4", 1, 1, "found `\xC3\xA4`"},
    {"[\f1]", 1, 2, "U+000C"},
    // keys
    {"{\"a\": 1, \"b\": 2,\n \"a\": 3}", 2, 2, "already in line 1, column 2"},
    {"{\"x\": [{\"k\": 1, \"\\u006b\": 1}]}", 1, 17, "already in line 1, column 9"},
    {"{\"\": 1, \"\": 1}", 1, 9, "already"},
};

Test(json, refuses_with_position) {
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    cr_assert_null(read(faults[i].text), "%s", faults[i].text);
    const struct diagnostic *first = diagnostics.first;
    while (first->next != NULL) first = first->next; // the oldest is the last
    expect_at(&first->at, faults[i].line, faults[i].column, faults[i].text);
    cr_assert_not_null(strstr(first->message, faults[i].says), "%s: %s", faults[i].text, first->message);
  }
}

Test(json, refuses_zero_bytes) {
  const char inside[] = "[\"a\0b\"]", outside[] = "[1\0]", behind[] = "[1]\0";
  cr_assert_null(read_bytes(inside, sizeof inside - 1));
  expect_at(&diagnostics.first->at, 1, 4, "inside");
  cr_assert_null(read_bytes(outside, sizeof outside - 1));
  expect_at(&diagnostics.first->at, 1, 3, "outside");
  cr_assert_null(read_bytes(behind, sizeof behind - 1));
  expect_at(&diagnostics.first->at, 1, 4, "behind");
  cr_assert_null(read_bytes("{\0}\0", 4));
}

Test(json, reports_several_at_once) {
  cr_assert_null(read("{\"a\": 007, \"b\": \"\\q\",\n \"c\": [.5,], \"d\": nope}"));
  cr_assert_eq(diagnostics.errors, 5);
}

Test(json, every_prefix_is_an_error) {
  const char *whole = "{\"name\": \"M/M/1 \\u00e4\\ud83d\\ude00\", \"run\": {\"load\": 1.5e0, \"x\": [true, "
                      "false, null, -1]},"
                      " \"\xE2\x82\xAC\": {}, \"l\": [[], {}]}";
  cr_assert_not_null(read(whole));
  for (size_t length = 0; length < strlen(whole); length++) {
    cr_assert_null(read_bytes(whole, length), "%.*s", (int)length, whole);
  }
}

// Every byte of a valid text replaced by every other: never a crash; what is accepted reads the same way for
// both readers, or the assertion in json.c would end the test.
Test(json, survives_every_changed_byte) {
  const char *whole = "{\"a\":[1.5e3,\"\\u00e4\\n\xC3\xA4\",true,null],\"b\":{}}";
  char changed[64];
  size_t length = strlen(whole), accepted = 0;
  for (size_t at = 0; at < length; at++) {
    memcpy(changed, whole, length);
    for (int byte = 0; byte < 256; byte++) {
      changed[at] = (char)byte;
      accepted += read_bytes(changed, length) != NULL;
      if (byte % 16 == 0) arena_drop(&arena);
    }
  }
  cr_assert_gt(accepted, length);
}

static char *nested(size_t depth, char open, char close) {
  char *text = malloc(2 * depth + 1);
  memset(text, open, depth);
  memset(text + depth, close, depth);
  text[2 * depth] = '\0';
  return text;
}

Test(json, limits_depth) {
  char *allowed = nested(JSON_DEPTH_MAX, '[', ']');
  char *refused = nested(JSON_DEPTH_MAX + 1, '[', ']');
  char *absurd = nested(100000, '[', ']');
  char *open = nested(100000, '[', '[');
  cr_assert_not_null(read(allowed));
  cr_assert_null(read(refused));
  expect_at(&diagnostics.first->at, 1, JSON_DEPTH_MAX + 1, "depth");
  cr_assert_null(read(absurd));
  expect_at(&diagnostics.first->at, 1, JSON_DEPTH_MAX + 1, "depth");
  cr_assert_null(read(open));
  free(allowed);
  free(refused);
  free(absurd);
  free(open);
  char objects[6 * 100000 + 1];
  for (size_t i = 0; i < 100000; i++) memcpy(objects + 6 * i, "{\"a\" :", 6);
  cr_assert_null(read_bytes(objects, sizeof objects - 1));
  expect_at(&diagnostics.first->at, 1, 6 * JSON_DEPTH_MAX + 1, "depth");
}

Test(json, takes_large_texts_and_many_values) {
  size_t length = 8U * 1024 * 1024;
  char *text = malloc(length);
  memset(text, 'x', length);
  text[0] = text[length - 1] = '"';
  cr_assert_eq(strlen(read_bytes(text, length)->text), length - 2);
  text[length / 2] = '\x01';
  cr_assert_null(read_bytes(text, length));
  expect_at(&diagnostics.first->at, 1, (uint32_t)(length / 2 + 1), "inside a long text");
  text[length / 2] = text[length - 1] = 'x';
  cr_assert_null(read_bytes(text, length));
  expect_at(&diagnostics.first->at, 1, 1, "a long text without its end");
  for (size_t i = 0; i < length; i++) text[i] = i % 2 == 0 ? '1' : ',';
  text[0] = '[';
  text[1] = ' ';
  cr_assert_null(read_bytes(text, length));
  cr_assert_not_null(strstr(diagnostics.first->message, "more than 1000000 values"));
  free(text);
}

Test(json, limits_size_before_reading) {
  cr_assert_null(json_read("[", (size_t)JSON_BYTES_MAX + 1, "a.json", &diagnostics, &arena));
  expect_at(&diagnostics.first->at, 1, 1, "size");
  cr_assert_not_null(strstr(diagnostics.first->message, "64 MiB"));
}

Test(json, finds_duplicates_among_many_keys) {
  size_t keys = 20000;
  char *text = malloc(keys * 16);
  size_t length = 0;
  text[length++] = '{';
  for (size_t i = 0; i < keys; i++) {
    length += (size_t)sprintf(text + length, "%s\n\"k%zu\":0", i == 0 ? "" : ",", i * 7919 % 20011);
  }
  memcpy(text + length, "}", 2);
  cr_assert_not_null(read(text));
  memcpy(text + length, ",\n\"k7919\":1}", 13);
  cr_assert_null(read(text));
  cr_assert_eq(diagnostics.errors, 1);
  expect_at(&diagnostics.first->at, (uint32_t)keys + 2, 1, "the last key");
  free(text);
}

Test(json, counts_from_where_a_text_begins) {
  const struct position begin = {"a.json", 4, 10};
  const struct node *root = json_read_at("[1,\n2]", 6, begin, &diagnostics, &arena);
  expect_at(&root->at, 4, 10, "root");
  expect_at(&root->first->at, 4, 11, "first");
  expect_at(&root->last->at, 5, 1, "last");
}

// With the n-th request for memory refused for every n, there is no crash, no leak and no wrong tree.
Test(json, survives_missing_memory) {
  size_t length = 300000;
  char *text = malloc(length);
  memset(text, 'x', length);
  const char *begin = "{\"a\": 1e999, \"a\": [1, 2, {\"b\": \"\\u00e4\"}], \"c\": [";
  size_t used = strlen(begin);
  memcpy(text, begin, used);
  for (int i = 0; i < 5000; i++, used += 9) memcpy(text + used, "{\"k\": 1},", 9);
  text[used] = '"';
  memcpy(text + length - 3, "\"]}", 3);
  bool is_refused = true;
  uint64_t refused = 1;
  for (; is_refused; refused++) {
    struct memory_budget budget;
    struct arena small;
    struct diagnostics some;
    memory_budget_init(&budget);
    budget.fail_at = refused;
    arena_init(&small, &budget);
    diagnostics_init(&some, &small);
    cr_assert_null(json_read(text, length, "a.json", &some, &small));
    is_refused = budget.exhausted;
    cr_assert(is_refused || some.errors == 2, "request %llu", (unsigned long long)refused);
    arena_drop(&small);
  }
  cr_assert_gt(refused, 15);
  free(text);
}

Test(json, describes_values) {
  const struct node *root = read("[5, 1e3, \"fast\", true, null, [], [1], {}, {\"a\": 1}, "
                                 "\"0123456789012345678901234567890123456789x\"]");
  const char *words[] = {"the number 5",
                         "the number 1e3",
                         "the text \"fast\"",
                         "true",
                         "null",
                         "an empty list",
                         "a list",
                         "an empty object",
                         "an object",
                         "the text \"0123456789012345678901234567890123456789...\""};
  size_t index = 0;
  for (const struct node *node = root->first; node != NULL; node = node->next) {
    cr_assert_str_eq(node_describe(node, &arena), words[index++]);
  }
  const struct node *wide = read("\"012345678901234567890123456789012345678\xC3\xA4\"");
  cr_assert_str_eq(node_describe(wide, &arena), "the text \"012345678901234567890123456789012345678...\"");
}

// Every path that node_path() writes is read by override_read_path() and leads back.
static void expect_way_back(const struct node *root, const struct node *node) {
  if (node != root) cr_assert_eq(find(root, node_path(node, &arena)), node, "%s", node_path(node, &arena));
  for (const struct node *child = node->first; child != NULL; child = child->next)
    expect_way_back(root, child);
}

Test(json, writes_paths_that_read_back) {
  const struct node *root = read(
      "{\"components\": {\"web-1\": {\"handles\": {\"*\": [{\"cpu\": {\"quantiles\": {\"p99.9\": 1}}}]}}},"
      " \"a b\": [[1], {\"\": {\"x\\\"y\\\\\": 0, \"[0]\": 1, \"=\": 2, \"\xC3\xA4\": 3}}]}");
  expect_way_back(root, root);
  cr_assert_str_eq(node_path(root, &arena), "");
  cr_assert_str_eq(node_path(node_find(root, "a b")->first, &arena), "[\"a b\"][0]");
  const char *path = "components.web-1.handles.*[0].cpu.quantiles[\"p99.9\"]";
  cr_assert_str_eq(node_path(find(root, path), &arena), path);
}

static char *printed(void) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  diagnostics_print(&diagnostics, stream);
  fclose(stream);
  return text;
}

Test(json, prints_sorted_once_and_harmless) {
  const struct node *root = read("{\"b\": 1,\n \"a\": [2]}");
  diagnostic_error(&diagnostics, node_find(root, "a")->first, "second\x1b[31m");
  diagnostic_error(&diagnostics, node_find(root, "b"), "first");
  diagnostic_error(&diagnostics, node_find(root, "b"), "of the same place");
  diagnostic_error(&diagnostics, node_find(root, "b"), "first");
  diagnostic_warning(&diagnostics, root, "of all");
  diagnostic_key_error(&diagnostics, node_find(root, "a"), "key");
  diagnostic_error_at(&diagnostics, (struct position){"a.json", 0, 0}, "whole");
  char *text = printed();
  cr_assert_str_eq(text, "a.json: error: whole\n"
                         "a.json:1:1: warning: of all\n"
                         "a.json:1:7: error: b: of the same place\n"
                         "a.json:1:7: error: b: first\n"
                         "a.json:2:2: error: a: key\n"
                         "a.json:2:8: error: a[0]: second\\x1b[31m\n");
  free(text);
}

Test(json, keeps_a_hundred_diagnostics) {
  const struct node *root = read("{}");
  for (int i = 0; i < 250; i++) diagnostic_error(&diagnostics, root, "number %d", i);
  char *text = printed();
  size_t lines = 0;
  for (const char *at = text; *at != '\0'; at++) lines += *at == '\n';
  cr_assert_eq(lines, 101);
  cr_assert_not_null(strstr(text, "and 150 more errors\n"));
  free(text);
}

Test(json, suggests_the_nearest) {
  const char *const words[] = {"duration", "warmup", "session-cache"};
  cr_assert_str_eq(diagnostic_nearest(&diagnostics, "sesion-cache", words, 3),
                   " (did you mean `session-cache`?)");
  cr_assert_str_eq(diagnostic_nearest(&diagnostics, "zebra", words, 3), "");
}
