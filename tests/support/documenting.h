// What the tests of documents share: an arena and diagnostics, reading, and writing as one line.
#ifndef HEADROOM_DOCUMENTING_H
#define HEADROOM_DOCUMENTING_H

#include "diagnostic.h"
#include "node.h"

// Empty both; for the start and the end of each test.
void documenting_begin(struct arena *arena, struct diagnostics *diagnostics);
void documenting_end(struct arena *arena);

// The tree of a text that is right; `file` stands in its positions.
struct node *documenting_read(const char *text, const char *file, struct diagnostics *diagnostics,
                              struct arena *arena);

// The canonical text with notes, in one line; in the arena.
const char *documenting_text(const struct node *node, struct arena *arena);

#endif
