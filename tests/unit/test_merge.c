#include "canonical.h"
#include "documenting.h"
#include "merge.h"
#include "node_edit.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;

static void start(void) {
  documenting_begin(&arena, &diagnostics);
}

static void finish(void) {
  documenting_end(&arena);
}

TestSuite(merge, .init = start, .fini = finish);

static struct node *read(const char *text, const char *file) {
  return documenting_read(text, file, &diagnostics, &arena);
}

static const char *text_of(const struct node *node) {
  return documenting_text(node, &arena);
}

// What every tree keeps: links, counts, indices.
static void expect_sound(const struct node *node) {
  size_t count = 0;
  const struct node *last = NULL;
  for (const struct node *child = node->first; child != NULL; child = child->next, count++) {
    cr_assert_eq(child->parent, node);
    cr_assert_eq(child->key != NULL, node->kind == NODE_OBJECT);
    if (node->kind == NODE_ARRAY) cr_assert_eq(child->index, count);
    expect_sound(child);
    last = child;
  }
  cr_assert_eq(node->last, last);
  cr_assert_eq(node->count, count);
}

// Merges, and makes sure that neither input was touched.
static struct node *merged(const struct node *target, const struct node *patch,
                           const struct merge_rules *rules) {
  const char *target_before = text_of(target);
  const char *patch_before = text_of(patch);
  struct node *result = merge_patch(target, patch, rules, &diagnostics, &arena);
  cr_assert_not_null(result);
  cr_assert_null(result->parent);
  expect_sound(result);
  expect_sound(target);
  expect_sound(patch);
  cr_assert_str_eq(text_of(target), target_before);
  cr_assert_str_eq(text_of(patch), patch_before);
  return result;
}

static const struct node *at(const struct node *node, const char *const keys[]) {
  while (node != NULL && *keys != NULL) node = node_find(node, *keys++);
  return node;
}
#define AT(root, ...) at((root), (const char *const[]){__VA_ARGS__, NULL})

struct example {
  const char *target, *patch, *result;
};

static void expect_examples(const struct example *examples, size_t count, const struct merge_rules *rules) {
  for (size_t i = 0; i < count; i++) {
    const struct node *target = read(examples[i].target, "target");
    const struct node *result = merged(target, read(examples[i].patch, "patch"), rules);
    const char *expected = text_of(read(examples[i].result, "result"));
    cr_assert_str_eq(text_of(result), expected, "%s patched with %s: %s, expected %s", examples[i].target,
                     examples[i].patch, text_of(result), expected);
  }
}

// RFC 7396, appendix A, all fifteen.
static const struct example appendix[] = {
    {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
    {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
    {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
    {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
    {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
    {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
    {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
    {"{\"a\":\"foo\"}", "null", "null"},
    {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
    {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
    {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
    {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
};

// RFC 7396, section 3.
static const struct example blog = {
    "{\"title\":\"Goodbye!\",\"author\":{\"givenName\":\"John\",\"familyName\":\"Doe\"},"
    "\"tags\":[\"example\",\"sample\"],\"content\":\"This will be unchanged\"}",
    "{\"title\":\"Hello!\",\"phoneNumber\":\"+01-123-456-7890\",\"author\":{\"familyName\":null},"
    "\"tags\":[\"example\"]}",
    "{\"title\":\"Hello!\",\"author\":{\"givenName\":\"John\"},\"tags\":[\"example\"],"
    "\"content\":\"This will be unchanged\",\"phoneNumber\":\"+01-123-456-7890\"}"};

static bool nothing(const struct node *object, const void *context) {
  return object == context;
}
static bool everything(const struct node *object, const void *context) {
  return object != context;
}

Test(merge, follows_the_rfc) {
  const struct merge_rules never = {.is_choice = nothing};
  const struct merge_rules *rules[] = {NULL, &never, &merge_rules_by_name};
  for (size_t i = 0; i < 3; i++) {
    expect_examples(appendix, sizeof appendix / sizeof *appendix, rules[i]);
    expect_examples(&blog, 1, rules[i]);
  }
}

Test(merge, replaces_another_alternative) {
  const struct merge_rules always = {.is_choice = everything};
  const struct example examples[] = {
      // another single key replaces; the same one is merged
      {"{\"poisson\":{\"rate\":1}}", "{\"constant\":{\"rate\":2}}", "{\"constant\":{\"rate\":2}}"},
      {"{\"gamma\":{\"mean\":1,\"cv\":2}}", "{\"gamma\":{\"cv\":3}}", "{\"gamma\":{\"mean\":1,\"cv\":3}}"},
      {"{\"note\":\"x\",\"a\":1}", "{\"b\":{\"c\":null,\"d\":1}}", "{\"b\":{\"d\":1}}"},
      {"{\"a\":1}", "{\"note\":\"why\",\"b\":1}", "{\"note\":\"why\",\"b\":1}"},
      // no choice: none or several keys on either side, or only a note
      {"{\"a\":1,\"b\":2}", "{\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}"},
      {"{\"a\":1}", "{\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}"},
      {"{}", "{\"b\":2}", "{\"b\":2}"},
      {"{\"a\":1}", "{}", "{\"a\":1}"},
      {"{\"a\":1}", "{\"note\":\"why\"}", "{\"a\":1,\"note\":\"why\"}"},
      // said by hand, in the way of the RFC
      {"{\"a\":1}", "{\"a\":null,\"b\":2}", "{\"b\":2}"},
      {"{\"a\":1}", "{\"a\":null}", "{}"},
      {"{\"a\":1}", "{\"b\":null}", "{\"a\":1}"},
      // a choice and its constant form
      {"{\"cpu\":\"5ms\",\"x\":1}", "{\"cpu\":{\"exponential\":{}},\"y\":1}",
       "{\"cpu\":{\"exponential\":{}},\"x\":1,\"y\":1}"},
      {"{\"cpu\":{\"exponential\":{}},\"x\":1}", "{\"cpu\":\"5ms\",\"y\":1}",
       "{\"cpu\":\"5ms\",\"x\":1,\"y\":1}"},
  };
  expect_examples(examples, sizeof examples / sizeof *examples, &always);
}

// The predicate is asked about the object at its place in the target.
static bool is_arrivals(const struct node *object, const void *context) {
  struct arena *places = (struct arena *)(uintptr_t)context;
  return strcmp(node_path(object, places), "clients.jobs.arrivals") == 0;
}

Test(merge, asks_about_the_place) {
  const struct merge_rules rules = {.is_choice = is_arrivals, .context = &arena};
  const struct example examples[] = {
      {"{\"clients\":{\"jobs\":{\"arrivals\":{\"poisson\":1}}}}",
       "{\"clients\":{\"jobs\":{\"arrivals\":{\"constant\":2}}}}",
       "{\"clients\":{\"jobs\":{\"arrivals\":{\"constant\":2}}}}"},
      {"{\"clients\":{\"jobs\":{\"mix\":{\"poisson\":1}}}}",
       "{\"clients\":{\"jobs\":{\"mix\":{\"constant\":2}}}}",
       "{\"clients\":{\"jobs\":{\"mix\":{\"poisson\":1,\"constant\":2}}}}"},
  };
  expect_examples(examples, 2, &rules);
}

Test(merge, knows_choices_by_name) {
  const struct example examples[] = {
      {"{\"clients\":{\"c\":{\"arrivals\":{\"poisson\":{\"rate\":1}}}}}",
       "{\"clients\":{\"c\":{\"arrivals\":{\"closed\":{\"users\":1}}}}}",
       "{\"clients\":{\"c\":{\"arrivals\":{\"closed\":{\"users\":1}}}}}"},
      // maps with one entry are none, whatever the entry is called
      {"{\"hosts\":{\"one\":{\"cores\":1}}}", "{\"hosts\":{\"two\":{\"cores\":2}}}",
       "{\"hosts\":{\"one\":{\"cores\":1},\"two\":{\"cores\":2}}}"},
      {"{\"components\":{\"poisson\":{}}}", "{\"components\":{\"gamma\":{}}}",
       "{\"components\":{\"poisson\":{},\"gamma\":{}}}"},
      {"{\"datasets\":{\"d\":{\"growth\":1}}}", "{\"datasets\":{\"d\":{\"items\":5}}}",
       "{\"datasets\":{\"d\":{\"growth\":1,\"items\":5}}}"},
      {"{\"run\":{\"duration\":\"1s\"}}", "{\"run\":{\"seed\":1}}",
       "{\"run\":{\"duration\":\"1s\",\"seed\":1}}"},
  };
  expect_examples(examples, sizeof examples / sizeof *examples, &merge_rules_by_name);
}

Test(merge, replaces_a_component_of_another_type) {
  const struct example examples[] = {
      {"{\"components\":{\"x\":{\"type\":\"server\",\"workers\":5},\"y\":1}}",
       "{\"components\":{\"x\":{\"type\":\"worker\",\"consumes\":\"q\",\"workers\":null}}}",
       "{\"components\":{\"x\":{\"type\":\"worker\",\"consumes\":\"q\"},\"y\":1}}"},
      {"{\"components\":{\"x\":{\"type\":\"server\",\"workers\":5}}}",
       "{\"components\":{\"x\":{\"type\":\"server\",\"backlog\":0}}}",
       "{\"components\":{\"x\":{\"type\":\"server\",\"workers\":5,\"backlog\":0}}}"},
      {"{\"components\":{\"x\":{\"workers\":5}}}", "{\"components\":{\"x\":{\"type\":\"server\"}}}",
       "{\"components\":{\"x\":{\"type\":\"server\",\"workers\":5}}}"},
      {"{\"components\":{\"x\":{\"type\":\"server\",\"workers\":5}}}",
       "{\"components\":{\"x\":{\"type\":null}}}", "{\"components\":{\"x\":{\"workers\":5}}}"},
      // only there
      {"{\"clients\":{\"x\":{\"type\":\"a\",\"b\":5}}}", "{\"clients\":{\"x\":{\"type\":\"b\"}}}",
       "{\"clients\":{\"x\":{\"type\":\"b\",\"b\":5}}}"},
      {"{\"a\":{\"components\":{\"x\":{\"type\":\"a\",\"b\":5}}}}",
       "{\"a\":{\"components\":{\"x\":{\"type\":\"b\"}}}}",
       "{\"a\":{\"components\":{\"x\":{\"type\":\"b\",\"b\":5}}}}"},
  };
  expect_examples(examples, sizeof examples / sizeof *examples, NULL);
}

static void expect_at(const struct position *position, const char *file, uint32_t line, uint32_t column) {
  cr_assert_str_eq(position->file, file);
  cr_assert(position->line == line && position->column == column, "%u:%u", position->line, position->column);
}

Test(merge, keeps_positions) {
  const struct node *target = read("{\"a\": {\"b\": 1,\n \"c\": [1, 2]}, \"d\": 1}", "base.json");
  const struct node *patch = read("\n\n{\"d\": {\"e\": 1}, \"a\": {\"b\": 2, \"f\": [3]}}", "top.json");
  const struct node *result = merged(target, patch, NULL);
  expect_at(&result->at, "base.json", 1, 1);
  expect_at(&AT(result, "a")->at, "base.json", 1, 7);
  expect_at(&AT(result, "a")->key_at, "base.json", 1, 2);
  expect_at(&AT(result, "a", "b")->at, "top.json", 3, 28);
  expect_at(&AT(result, "a", "b")->key_at, "top.json", 3, 23);
  expect_at(&AT(result, "a", "c")->at, "base.json", 2, 7);
  expect_at(&AT(result, "a", "c")->last->at, "base.json", 2, 11);
  expect_at(&AT(result, "a", "f")->first->at, "top.json", 3, 37);
  expect_at(&AT(result, "d")->at, "top.json", 3, 7);
  expect_at(&AT(result, "d", "e")->at, "top.json", 3, 13);
}

Test(merge, warns_of_a_deletion_of_nothing) {
  const struct node *target = read("{\"components\": {\"session-cache\": {}, \"web\": {}}}", "base.json");
  merged(target, read("{\"components\": {\"web\": null}}", "top.json"), NULL);
  cr_assert_eq(diagnostics.warnings, 0);
  merged(target, read("{\"components\": {\"sesion-cache\": null}}", "top.json"), NULL);
  cr_assert_eq(diagnostics.warnings, 1);
  cr_assert_eq(diagnostics.errors, 0);
  expect_at(&diagnostics.first->at, "top.json", 1, 33);
  cr_assert_str_eq(diagnostics.first->path, "components.sesion-cache");
  cr_assert_not_null(strstr(diagnostics.first->message, "did you mean `session-cache`"));
}

// The pseudo code of RFC 7396, section 2, over texts of small random trees.
static struct node *defined(struct node *target, const struct node *patch) {
  if (patch->kind != NODE_OBJECT) return node_copy(patch, &arena);
  if (target == NULL || target->kind != NODE_OBJECT) target = node_make(&arena, NODE_OBJECT, patch->at);
  for (const struct node *child = patch->first; child != NULL; child = child->next) {
    struct node *old = node_child(target, child->key);
    if (old != NULL) node_remove(old);
    if (child->kind == NODE_NULL) continue;
    struct node *fresh = defined(old, child);
    node_name(fresh, child->key, child->key_at);
    node_append(target, fresh);
  }
  return target;
}

static uint64_t next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 33;
}

static struct node *random_tree(uint64_t *state, size_t depth) {
  static const char *const keys[] = {"a", "b", "c", "d", "note"};
  const enum node_kind kinds[] = {NODE_NULL, NODE_BOOLEAN, NODE_ARRAY, NODE_OBJECT, NODE_OBJECT, NODE_OBJECT};
  struct node *node =
      node_make(&arena, depth == 0 ? NODE_NULL : kinds[next(state) % 6], (struct position){"r", 1, 1});
  node->truth = next(state) % 2 == 0;
  for (size_t i = 0; i < 5 && node->kind >= NODE_ARRAY; i++) {
    if (next(state) % 2 == 0) continue;
    struct node *child = random_tree(state, depth - 1);
    node_name(child, keys[i], node->at);
    node_append(node, child);
  }
  return node;
}

Test(merge, agrees_with_the_pseudo_code) {
  uint64_t state = 11;
  size_t changed = 0;
  for (int i = 0; i < 3000; i++) {
    const struct node *target = random_tree(&state, 4);
    const struct node *patch = random_tree(&state, 4);
    const char *result = text_of(merged(target, patch, NULL));
    cr_assert_str_eq(result, text_of(defined(node_copy(target, &arena), patch)));
    changed += strcmp(result, text_of(target)) != 0 && strcmp(result, text_of(patch)) != 0;
    if (i % 100 == 99) {
      finish();
      start();
    }
  }
  cr_assert_gt(changed, 300);
}

Test(merge, is_not_quadratic_in_the_keys) {
  size_t keys = 30000;
  struct node *target = node_make(&arena, NODE_OBJECT, (struct position){"r", 1, 1});
  struct node *patch = node_make(&arena, NODE_OBJECT, (struct position){"r", 1, 1});
  for (size_t i = 0; i < 2 * keys; i++) {
    struct node *child = node_make(&arena, i % 3 == 0 && i < keys ? NODE_NULL : NODE_BOOLEAN, target->at);
    node_name(child, arena_format(&arena, "k%zu", i), target->at);
    node_append(i < keys ? patch : target, child);
  }
  const struct node *result = merge_patch(target, patch, NULL, NULL, &arena);
  cr_assert_eq(result->count, keys + keys * 2 / 3);
}

// ---- the canonical text and its hash ----

static const char *hash_of(const char *text) {
  char *hash = arena_take(&arena, CANONICAL_HASH_BYTES);
  cr_assert(canonical_hash(read(text, "h"), hash, NULL));
  return hash;
}

// Values of the reference implementation (draft-eastlake-fnv), as also in the tests of Go's hash/fnv.
Test(merge, hashes_as_published) {
  const char *published[][2] = {{"", "6c62272e07bb014262b821756295c58d"},
                                {"a", "d228cb696f1a8caf78912b704e4a8964"},
                                {"ab", "08809544bbab1be95aa0733055b69a62"},
                                {"abc", "a68d622cec8b5822836dbc7977af7f3b"}};
  char hash[CANONICAL_HASH_BYTES];
  for (size_t i = 0; i < 4; i++) {
    canonical_hash_bytes(published[i][0], strlen(published[i][0]), hash);
    cr_assert_str_eq(hash, published[i][1]);
  }
  canonical_hash_bytes("{\"a\":1}", 7, hash);
  cr_assert_str_eq(hash_of(" { \"a\" : 1.0 } "), hash);
}

Test(merge, hashes_what_counts) {
  const char *same = hash_of("{\"b\": [1, \"\\u00e4\"], \"a\": {\"x\": 5e-1, \"y\": 0}}");
  cr_assert_str_eq(
      hash_of("{\"a\":{\"y\":-0,\"x\":0.5,\"note\":\"n\"},\"note\":\"m\",\"b\":[1.0,\"\xC3\xA4\"]}"), same);
  const char *others[] = {"{\"b\": [\"\\u00e4\", 1], \"a\": {\"x\": 5e-1, \"y\": 0}}",
                          "{\"b\": [1, \"\\u00e4\"], \"a\": {\"x\": 5e-1, \"y\": \"0\"}}",
                          "{\"b\": [1, \"\\u00e4\"], \"a\": {\"x\": 5e-1}, \"y\": 0}",
                          "{\"b\": [1, \"\\u00e4\"], \"a\": {\"x\": 5.000000000000001e-1, \"y\": 0}}"};
  for (size_t i = 0; i < 4; i++) cr_assert_str_neq(hash_of(others[i]), same);
}

Test(merge, writes_one_text) {
  const char *text = "{\"b\": [1, {}, []], \"a\\n\": {\"note\": \"x\", \"B\": null, \"b\": true}}";
  cr_assert_str_eq(text_of(read(text, "t")),
                   "{\"a\\n\":{\"B\":null,\"b\":true,\"note\":\"x\"},\"b\":[1,{},[]]}");
}
