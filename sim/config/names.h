// The names that a document defines, by what they name. All look-ups of names go through here, so that what
// is not there is reported in one way: with the nearest name of that kind, or with what the name does name.
#ifndef HEADROOM_NAMES_H
#define HEADROOM_NAMES_H

#include "diagnostic.h"
#include "name_index.h"

enum { NAMES_KINDS_MOST = 12 };

// The numbers are those of the order in which the names were added.
struct names_kind {
  const char *noun; // "component", as rows have it in `to`
  struct name_index index;
  bool open; // what defines them is wrong itself: nothing is said about names that are not there
};

struct names {
  struct arena *arena;
  struct names_kind kinds[NAMES_KINDS_MOST];
  size_t count;
};

void names_init(struct names *names, struct arena *arena);

// The names of a kind, none at first.
struct names_kind *names_of(struct names *names, const char *noun);

// The number of a name of that kind, NAME_INDEX_NONE if there is none. `name` may be NULL.
uint32_t names_find(const struct names *names, const char *noun, const char *name);

// What the name does name: the noun of the first kind that has it, or NULL.
const char *names_noun(const struct names *names, const char *name);

// False, after an error was reported at `node` (or its key), when no `noun` has the name. A kind that is
// open, or unknown, has all names.
bool names_check(const struct names *names, const char *noun, const char *name, const struct node *node,
                 bool at_key, struct diagnostics *diagnostics);

#endif
