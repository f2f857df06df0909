// Any bytes as a scenario's text. What is accepted is written and read again: the same document. (That the
// scanner and the JSON library agree is asserted in json.c.)
#include "assertion.h"
#include "canonical.h"
#include "json.h"
#include "override.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_way_back(const struct node *root, const struct node *node,
                            struct diagnostics *diagnostics) {
  if (node != root) {
    const char *text = node_path(node, diagnostics->arena);
    const struct override_path *path = override_read_path(text, strlen(text), (struct position){"fuzz", 1, 1},
                                                          NULL, diagnostics, diagnostics->arena);
    // A path cannot hold every control character that a key can.
    ASSERT(path == NULL || override_find(root, path) == node, "a path leads back to its node");
  }
  for (const struct node *child = node->first; child != NULL; child = child->next) {
    expect_way_back(root, child, diagnostics);
  }
}

static void expect_same_again(const struct node *root, struct diagnostics *diagnostics) {
  struct writer writer;
  char before[CANONICAL_HASH_BYTES], after[CANONICAL_HASH_BYTES];
  writer_init(&writer, NULL);
  ASSERT(canonical_write(root, NULL, CANONICAL_WITH_NOTES, &writer, diagnostics->arena), "written");
  const struct node *again = json_read(writer.bytes, writer.length, "again", diagnostics, diagnostics->arena);
  ASSERT(again != NULL, "what we write we read");
  ASSERT(canonical_hash(root, before, NULL) && canonical_hash(again, after, NULL), "hashed");
  ASSERT(strcmp(before, after) == 0, "reading and writing change nothing");
  writer_drop(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena arena;
  struct diagnostics diagnostics;
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
  const struct node *root = json_read((const char *)data, size, "fuzz", &diagnostics, &arena);
  ASSERT((root != NULL) == (diagnostics.errors == 0), "a document or an error");
  if (root != NULL) {
    expect_same_again(root, &diagnostics);
    if (size < 2000) expect_way_back(root, root, &diagnostics);
  }
  arena_drop(&arena);
  return 0;
}
