#include "reading.h"

#include "json.h"

#include <criterion/criterion.h>
#include <string.h>

void reading_begin(struct arena *arena, struct diagnostics *diagnostics, struct field_context *context) {
  arena_init(arena, NULL);
  diagnostics_init(diagnostics, arena);
  *context = (struct field_context){.arena = arena, .diagnostics = diagnostics};
}

const struct node *reading_nodes(const struct field_context *context, const char *text) {
  char *quoted = arena_text(context->arena, text, strlen(text));
  for (char *at = quoted; *at != '\0'; at++)
    if (*at == '\'') *at = '"';
  const struct node *node = json_read(quoted, strlen(quoted), "test", context->diagnostics, context->arena);
  cr_assert_not_null(node, "%s", text);
  return node;
}
