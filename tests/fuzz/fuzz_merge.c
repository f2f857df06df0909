// Three texts, divided by bytes 0xFF: a document, a patch over it, and an override.
#include "assertion.h"
#include "canonical.h"
#include "json.h"
#include "merge.h"
#include "override.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool everything(const struct node *object, const void *context) {
  (void)context;
  return object != NULL;
}

static const struct merge_rules all_choices = {.is_choice = everything};

// What every tree keeps: links, counts, indices, keys that differ.
static void expect_sound(const struct node *node) {
  size_t count = 0;
  const struct node *last = NULL;
  for (const struct node *child = node->first; child != NULL; child = child->next, count++) {
    ASSERT(child->parent == node, "a child knows its parent");
    ASSERT((child->key != NULL) == (node->kind == NODE_OBJECT), "members have keys");
    ASSERT(child->key == NULL || node_find(node, child->key) == child, "keys differ");
    ASSERT(child->index == (node->kind == NODE_ARRAY ? count : 0), "items are counted");
    expect_sound(child);
    last = child;
  }
  ASSERT(node->last == last && node->count == count, "children are counted");
}

static void hash_of(const struct node *node, char hash[CANONICAL_HASH_BYTES]) {
  struct arena scratch;
  struct writer writer;
  arena_init(&scratch, NULL);
  writer_init(&writer, NULL);
  ASSERT(canonical_write(node, NULL, CANONICAL_WITH_NOTES, &writer, &scratch), "written");
  canonical_hash_bytes(writer.bytes, writer.length, hash);
  writer_drop(&writer);
  arena_drop(&scratch);
}

static struct node *merge_soundly(const struct node *target, const struct node *patch,
                                  const struct merge_rules *rules, struct diagnostics *diagnostics) {
  char before[2][CANONICAL_HASH_BYTES], after[2][CANONICAL_HASH_BYTES];
  hash_of(target, before[0]);
  hash_of(patch, before[1]);
  struct node *result = merge_patch(target, patch, rules, diagnostics, diagnostics->arena);
  hash_of(target, after[0]);
  hash_of(patch, after[1]);
  ASSERT(result != NULL && memcmp(before, after, sizeof before) == 0, "merging changes neither input");
  expect_sound(result);
  return result;
}

static void override_soundly(struct node *root, const char *text, const struct merge_rules *rules,
                             struct diagnostics *diagnostics) {
  size_t errors = diagnostics->errors;
  bool is_set = override_apply(root, "--set", text, rules, diagnostics, diagnostics->arena);
  ASSERT(is_set == (diagnostics->errors == errors), "set or an error");
  expect_sound(root);
}

static void merge_and_override(const struct node *target, const struct node *patch, const char *override,
                               const struct merge_rules *rules, struct diagnostics *diagnostics) {
  char once[CANONICAL_HASH_BYTES], twice[CANONICAL_HASH_BYTES];
  struct node *result = merge_soundly(target, patch, rules, diagnostics);
  hash_of(result, once);
  hash_of(merge_soundly(result, patch, rules, diagnostics), twice);
  ASSERT(strcmp(once, twice) == 0, "a patch applied again changes nothing");
  override_soundly(result, override, rules, diagnostics);
}

// The text up to the next divider, with a zero behind it.
static const char *part(const char **rest, const char *end, struct arena *arena) {
  const char *start = *rest;
  const char *divider = start < end ? memchr(start, 0xFF, (size_t)(end - start)) : NULL;
  const char *stop = divider != NULL ? divider : end;
  *rest = divider != NULL ? divider + 1 : end;
  return arena_text(arena, start, (size_t)(stop - start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct diagnostics diagnostics;
  if (size == 0 || size > 4096) return 0;
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
  const char *rest = (const char *)data, *end = rest + size;
  const char *texts[3] = {part(&rest, end, &arena), part(&rest, end, &arena), part(&rest, end, &arena)};
  const struct node *target = json_read(texts[0], strlen(texts[0]), "target", &diagnostics, &arena);
  const struct node *patch = json_read(texts[1], strlen(texts[1]), "patch", &diagnostics, &arena);
  if (target != NULL && patch != NULL) {
    const struct merge_rules *rules[] = {NULL, &all_choices, &merge_rules_by_name};
    for (size_t i = 0; i < 3; i++) merge_and_override(target, patch, texts[2], rules[i], &diagnostics);
  } else {
    (void)override_read_path(texts[2], strlen(texts[2]), (struct position){"path", 1, 1}, NULL, &diagnostics,
                             &arena);
  }
  arena_drop(&arena);
  return 0;
}
