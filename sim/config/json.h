// Reads JSON (RFC 8259) strictly, into nodes that know their place. The one door to the JSON library.
#ifndef HEADROOM_JSON_H
#define HEADROOM_JSON_H

#include "diagnostic.h"
#include "node.h"

// Limits, each with a message of its own. A node costs about 200 bytes while a text is read.
enum {
  JSON_BYTES_MAX = 64 * 1024 * 1024,
  JSON_DEPTH_MAX = 64,       // levels of objects and arrays
  JSON_VALUES_MAX = 1000000, // values in a text
  JSON_NUMBER_MAX = 60       // characters of a number
};

// The tree of `text`, which names no other file and is not kept; `file` (kept, not copied) goes into the
// positions. Refused with the position of the first wrong byte: everything that RFC 8259 does not allow;
// beyond that duplicate keys (compared after escapes are resolved), bytes that are not UTF-8, a byte order
// mark, lone surrogates, the character U+0000, numbers that a double cannot hold (too large, or not zero and
// yet too small), and what passes the limits. Wrong numbers, texts and surplus commas do not end the reading,
// so that one run reports several; wrong structure does.
// NULL: there are errors in `diagnostics`, or memory ran out (without one).
struct node *json_read(const char *text, size_t length, const char *file, struct diagnostics *diagnostics,
                       struct arena *arena);

// The same for a text that begins at `start`, inside another text.
struct node *json_read_at(const char *text, size_t length, struct position start,
                          struct diagnostics *diagnostics, struct arena *arena);

#endif
