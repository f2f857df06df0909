#include "names.h"

#include "assertion.h"
#include "text.h"

#include <string.h>

void names_init(struct names *names, struct arena *arena) {
  *names = (struct names){.arena = arena};
}

static const struct names_kind *kind_of(const struct names *names, const char *noun) {
  for (size_t i = 0; i < names->count; i++) {
    if (strcmp(names->kinds[i].noun, noun) == 0) return &names->kinds[i];
  }
  return NULL;
}

struct names_kind *names_of(struct names *names, const char *noun) {
  const struct names_kind *known = kind_of(names, noun);
  if (known != NULL) return &names->kinds[known - names->kinds];
  ASSERT(names->count < NAMES_KINDS_MOST, "there is room for every kind of name");
  struct names_kind *kind = &names->kinds[names->count++];
  *kind = (struct names_kind){.noun = noun};
  name_index_init(&kind->index, names->arena);
  return kind;
}

uint32_t names_find(const struct names *names, const char *noun, const char *name) {
  const struct names_kind *kind = kind_of(names, noun);
  return kind == NULL || name == NULL ? NAME_INDEX_NONE : name_index_find(&kind->index, name);
}

const char *names_noun(const struct names *names, const char *name) {
  for (size_t i = 0; i < names->count; i++) {
    if (name_index_find(&names->kinds[i].index, name) != NAME_INDEX_NONE) return names->kinds[i].noun;
  }
  return NULL;
}

enum { SHOWN = 14 }; // as many as there are regions

// "; allowed is `main`", where nothing is near.
static const char *those_there(const struct names_kind *kind, struct arena *arena) {
  size_t count = kind->index.count;
  if (count == 0) return "";
  const char *joined = text_join(kind->index.names, count, "`", SHOWN, arena);
  const char *there = joined == NULL ? NULL : arena_format(arena, "; allowed is %s", joined);
  return there != NULL ? there : "";
}

bool names_check(const struct names *names, const char *noun, const char *name, const struct node *node,
                 bool at_key, struct diagnostics *diagnostics) {
  const struct names_kind *kind = kind_of(names, noun);
  if (kind == NULL || kind->open || name_index_find(&kind->index, name) != NAME_INDEX_NONE) return true;
  const char *near = diagnostic_nearest(diagnostics, name, kind->index.names, kind->index.count);
  const char *other = names_noun(names, name);
  void (*report)(struct diagnostics *, const struct node *, const char *, ...) =
      at_key ? diagnostic_key_error : diagnostic_error;
  if (other != NULL) {
    report(diagnostics, node, "`%s` is %s %s, not %s %s%s", name, text_article(other), other,
           text_article(noun), noun, near);
  } else {
    const char *there = *near == '\0' ? those_there(kind, diagnostics->arena) : "";
    report(diagnostics, node, "there is no %s `%s`%s%s", noun, name, near, there);
  }
  return false;
}
