// Text: the nearest word, and what may be shown on a terminal. All text is UTF-8.
#ifndef HEADROOM_TEXT_H
#define HEADROOM_TEXT_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// "did you mean": offers candidates one by one, keeps the nearest (the first of several), and gives it only
// when it is near enough to be meant: at most a third of the longer word's letters differ, one at least.
// Distance is Damerau's and Levenshtein's in the form of optimal string alignment (insert, drop, replace,
// swap neighbours), in bytes; case and the difference of '-' and '_' count nothing. The very same text is
// never meant: whoever wrote it knows it.
struct text_nearest {
  const char *word;
  const char *best;
  size_t distance;
};

// `word` and candidates are borrowed.
struct text_nearest text_nearest_to(const char *word);
void text_nearest_offer(struct text_nearest *nearest, const char *candidate);
const char *text_nearest_found(const struct text_nearest *nearest); // NULL: nothing is near

// The same over an array.
const char *text_nearest_of(const char *word, const char *const *candidates, size_t count);

// `a, b or c` with each word between two `quote`s; at most `limit` words, then "and n more".
const char *text_join(const char *const *words, size_t count, const char *quote, size_t limit,
                      struct arena *arena);

// The indefinite article in front of an English noun: "a" or "an", by its first letter.
const char *text_article(const char *noun);

// Reads the code point at the start of `text` (`length` > 0 bytes). Returns its bytes, 1 to 4, or 0 where the
// bytes are not UTF-8 (overlong forms, surrogates and more than U+10FFFF are not; RFC 3629).
size_t text_decode(const char *text, size_t length, uint32_t *code_point);

// Whether all of it is UTF-8. Otherwise, `*bad` (unless NULL) is the offset of the first wrong byte.
bool text_is_utf8(const char *text, size_t length, size_t *bad);

// Harmless on a terminal: control characters (C0, DEL, C1), those that are invisible or turn the direction of
// writing, and bytes that are not UTF-8 become \n, \t, \x1b, \u202e. Like snprintf: writes at most `size`
// bytes with the terminating zero, returns the length that the whole needs, never leaves half an escape or
// half a character. The result contains nothing but printable characters, and may stand in a line.
size_t text_escape(char *buffer, size_t size, const char *text, size_t length);

// The same in the arena; NULL only where the arena gives NULL.
char *text_safe(struct arena *arena, const char *text);

// The same to a stream.
void text_print(FILE *stream, const char *text);

// Columns on a terminal: two for wide characters of East Asia and emoji, none for combining marks. For text
// that is safe in the sense above; an invalid byte counts one.
size_t text_width(const char *text);

// The number of bytes of the longest start of `text` that fits `columns`.
size_t text_fit(const char *text, size_t columns);

#endif
