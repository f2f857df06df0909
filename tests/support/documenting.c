#include "documenting.h"

#include "canonical.h"
#include "json.h"

#include <criterion/criterion.h>
#include <string.h>

void documenting_begin(struct arena *arena, struct diagnostics *diagnostics) {
  arena_init(arena, NULL);
  diagnostics_init(diagnostics, arena);
}

void documenting_end(struct arena *arena) {
  arena_drop(arena);
}

struct node *documenting_read(const char *text, const char *file, struct diagnostics *diagnostics,
                              struct arena *arena) {
  struct node *root = json_read(text, strlen(text), file, diagnostics, arena);
  cr_assert_not_null(root, "%s", text);
  return root;
}

const char *documenting_text(const struct node *node, struct arena *arena) {
  struct writer writer;
  writer_init(&writer, NULL);
  writer.compact = true;
  cr_assert(canonical_write(node, NULL, CANONICAL_WITH_NOTES, &writer, arena));
  const char *text = arena_text(arena, writer.bytes, writer.length - 1);
  writer_drop(&writer);
  return text;
}
