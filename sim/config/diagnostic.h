// The user's errors, collected: all of a scenario are reported in one run, sorted by place.
#ifndef HEADROOM_DIAGNOSTIC_H
#define HEADROOM_DIAGNOSTIC_H

#include "node.h"

#include <stdio.h>

enum diagnostic_severity { DIAGNOSTIC_ERROR, DIAGNOSTIC_WARNING };

struct diagnostic {
  enum diagnostic_severity severity;
  struct position at;
  const char *path; // inside the document, or NULL
  const char *message;
  struct diagnostic *next;
};

// Keeps the first 100 errors and counts the rest. Texts live in `arena`.
struct diagnostics {
  struct arena *arena;
  struct diagnostic *first;
  size_t errors;
  size_t warnings;
};

// Nothing has been reported yet; what will be lives in `arena`, which is borrowed.
void diagnostics_init(struct diagnostics *diagnostics, struct arena *arena);

// Adds an error about `node` (its value; never NULL): printf-like message that says what was found and what
// is allowed, in one line, without a full stop.
void diagnostic_error(struct diagnostics *diagnostics, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same about the key of `node`: an unknown or misspelt name.
void diagnostic_key_error(struct diagnostics *diagnostics, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The same about a place without a node, as when the text is no JSON.
void diagnostic_error_at(struct diagnostics *diagnostics, struct position at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Something about `node` that is allowed but hardly meant.
void diagnostic_warning(struct diagnostics *diagnostics, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// " (did you mean `session-cache`?)" for the nearest of `count` words, or "" when none is near; in the arena.
const char *diagnostic_nearest(struct diagnostics *diagnostics, const char *word, const char *const *words,
                               size_t count);

// Prints "file:line:column: error: path: message", sorted by file, line and column, duplicates once; control
// characters of the user's text are escaped.
void diagnostics_print(const struct diagnostics *diagnostics, FILE *stream);

#endif
