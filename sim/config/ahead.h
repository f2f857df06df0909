// Words of the scenario language that no row has yet. Whoever writes one is told so, rather than that it is
// unknown or near to another. A word that comes is taken out of the table.
#ifndef HEADROOM_AHEAD_H
#define HEADROOM_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

// `where`: the name of the table whose key the word would be; the key whose word it would be ("type"); "*"
// for a key that several tables would have.
struct ahead_word {
  const char *where;
  const char *word;
};

extern const struct ahead_word ahead_words[];
extern const size_t ahead_word_count;

// Whether a word is ahead there. `where` may be NULL.
bool ahead_has(const char *where, const char *word);

#endif
