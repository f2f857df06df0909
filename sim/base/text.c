#include "text.h"

#include <string.h>

enum { WORD_BYTES = 64 };

static char folded(char letter) {
  if (letter >= 'A' && letter <= 'Z') return (char)(letter - 'A' + 'a');
  return letter == '_' ? '-' : letter;
}

static size_t least(size_t one, size_t other) {
  return one < other ? one : other;
}

// Optimal string alignment with three rows of the table. Both words are shorter than WORD_BYTES.
static size_t distance(const char *from, size_t from_length, const char *to, size_t to_length) {
  size_t rows[3][WORD_BYTES];
  for (size_t j = 0; j <= to_length; j++) rows[0][j] = j;
  for (size_t i = 1; i <= from_length; i++) {
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= to_length; j++) {
      char a = folded(from[i - 1]), b = folded(to[j - 1]);
      row[j] = least(above[j - 1] + (a != b), least(above[j], row[j - 1]) + 1);
      bool swapped = i > 1 && j > 1 && a == folded(to[j - 2]) && b == folded(from[i - 2]);
      if (swapped) row[j] = least(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[from_length % 3][to_length];
}

struct text_nearest text_nearest_to(const char *word) {
  return (struct text_nearest){.word = word, .distance = SIZE_MAX};
}

void text_nearest_offer(struct text_nearest *nearest, const char *candidate) {
  size_t length = strlen(nearest->word), other = strlen(candidate);
  if (length >= WORD_BYTES || other >= WORD_BYTES || strcmp(nearest->word, candidate) == 0) return;
  size_t longer = length > other ? length : other;
  size_t allowed = longer < 6 ? 1 : longer / 3;
  if (longer - least(length, other) > allowed) return;
  size_t found = distance(nearest->word, length, candidate, other);
  // At least one letter must agree: "a" is not meant by "b".
  if (found > allowed || found >= nearest->distance || (found > 0 && found >= least(length, other))) return;
  nearest->best = candidate;
  nearest->distance = found;
}

const char *text_nearest_found(const struct text_nearest *nearest) {
  return nearest->best;
}

const char *text_nearest_of(const char *word, const char *const *candidates, size_t count) {
  struct text_nearest nearest = text_nearest_to(word);
  for (size_t i = 0; i < count; i++) text_nearest_offer(&nearest, candidates[i]);
  return nearest.best;
}

const char *text_join(const char *const *words, size_t count, const char *quote, size_t limit,
                      struct arena *arena) {
  const char *joined = "";
  size_t shown = count > limit ? limit : count;
  for (size_t i = 0; i < shown && joined != NULL; i++) {
    const char *between = i == 0 ? "" : i + 1 == count ? " or " : ", ";
    joined = arena_format(arena, "%s%s%s%s%s", joined, between, quote, words[i], quote);
  }
  if (shown < count && joined != NULL) joined = arena_format(arena, "%s and %zu more", joined, count - shown);
  return joined != NULL ? joined : "";
}

const char *text_article(const char *noun) {
  return strchr("aeiou", noun[0]) != NULL ? "an" : "a";
}

// The bytes of a code point that begins with `first`, 0 for bytes that begin none; `*bits` is its share.
static size_t announced(unsigned char first, uint32_t *bits) {
  *bits = first;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return *bits = first & 0x1FU, 2;
  if (first >= 0xE0 && first < 0xF0) return *bits = first & 0x0FU, 3;
  if (first >= 0xF0 && first < 0xF5) return *bits = first & 0x07U, 4;
  return 0;
}

size_t text_decode(const char *text, size_t length, uint32_t *code_point) {
  uint32_t value = 0;
  size_t count = announced((unsigned char)text[0], &value);
  if (count == 0 || count > length) return 0;
  for (size_t i = 1; i < count; i++) {
    unsigned char next = (unsigned char)text[i];
    if ((next & 0xC0U) != 0x80U) return 0;
    value = value << 6 | (next & 0x3FU);
  }
  static const uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = value >= 0xD800 && value < 0xE000;
  if (value < shortest[count] || surrogate || value > 0x10FFFF) return 0;
  *code_point = value;
  return count;
}

bool text_is_utf8(const char *text, size_t length, size_t *bad) {
  for (size_t at = 0; at < length;) {
    uint32_t code_point = 0;
    size_t count = text_decode(text + at, length - at, &code_point);
    if (count == 0) {
      if (bad != NULL) *bad = at;
      return false;
    }
    at += count;
  }
  return true;
}

struct range {
  uint32_t first, last;
};

static bool is_in(uint32_t code_point, const struct range *ranges, size_t count) {
  size_t low = 0;
  while (low < count) {
    size_t middle = low + (count - low) / 2;
    if (code_point > ranges[middle].last) {
      low = middle + 1;
    } else {
      count = middle;
    }
    if (code_point >= ranges[middle].first && code_point <= ranges[middle].last) return true;
  }
  return false;
}

#define IS_IN(code_point, ranges) is_in(code_point, ranges, sizeof(ranges) / sizeof((ranges)[0]))

// Controls, soft hyphen, marks that turn the direction of writing, invisible ones, line and paragraph
// separators, noncharacters and tags.
static bool is_harmful(uint32_t code_point) {
  static const struct range harmful[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},      {0x61C, 0x61C},   {0x180E, 0x180E},
      {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},  {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF},
      {0xFFF9, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF}};
  return IS_IN(code_point, harmful) || (code_point & 0xFFFE) == 0xFFFE;
}

// Writes the escape of a code point (or of a byte that is no UTF-8, `count` 0); returns its length.
static size_t escape_one(char out[12], uint32_t code_point, size_t count) {
  if (count > 0 && code_point == '\n') return memcpy(out, "\\n", 2), 2;
  if (count > 0 && code_point == '\t') return memcpy(out, "\\t", 2), 2;
  if (count > 0 && code_point == '\r') return memcpy(out, "\\r", 2), 2;
  const char *format = code_point < 0x80 || count == 0 ? "\\x%02x"
                       : code_point < 0x10000          ? "\\u%04x"
                                                       : "\\U%06x";
  return (size_t)snprintf(out, 12, format, (unsigned)code_point);
}

size_t text_escape(char *buffer, size_t size, const char *text, size_t length) {
  size_t needed = 0, written = 0;
  for (size_t at = 0; at < length;) {
    uint32_t code_point = (unsigned char)text[at];
    size_t count = text_decode(text + at, length - at, &code_point);
    bool plain = count > 0 && !is_harmful(code_point);
    char escape[12];
    const char *piece = plain ? text + at : escape;
    size_t bytes = plain ? count : escape_one(escape, code_point, count);
    if (needed + bytes < size) {
      memcpy(buffer + needed, piece, bytes);
      written = needed + bytes;
    }
    needed += bytes; // once a piece did not fit, no later one does
    at += count > 0 ? count : 1;
  }
  if (size > 0) buffer[written] = '\0';
  return needed;
}

char *text_safe(struct arena *arena, const char *text) {
  size_t length = strlen(text);
  size_t needed = text_escape(NULL, 0, text, length);
  char *safe = arena_take(arena, needed + 1);
  if (safe != NULL) text_escape(safe, needed + 1, text, length);
  return safe;
}

void text_print(FILE *stream, const char *text) {
  for (size_t left = strlen(text); left > 0;) {
    uint32_t code_point = 0;
    size_t count = text_decode(text, left, &code_point);
    size_t taken = count > 0 ? count : 1;
    char piece[12];
    text_escape(piece, sizeof piece, text, taken);
    fputs(piece, stream);
    text += taken;
    left -= taken;
  }
}

// Unicode 15, the blocks that matter: combining marks (general category Mn and Me) and wide characters
// (UAX #11, W and F).
static size_t columns_of(uint32_t code_point) {
  static const struct range none[] = {
      {0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},    {0x5BF, 0x5BF},   {0x5C1, 0x5C2},
      {0x5C4, 0x5C5},   {0x610, 0x61A},   {0x64B, 0x65F},    {0x670, 0x670},   {0x6D6, 0x6DC},
      {0x6DF, 0x6E4},   {0x6E7, 0x6E8},   {0x6EA, 0x6ED},    {0x93A, 0x93A},   {0x93C, 0x93C},
      {0x941, 0x948},   {0x94D, 0x94D},   {0xE31, 0xE31},    {0xE34, 0xE3A},   {0xE47, 0xE4E},
      {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20F0},  {0x302A, 0x302D}, {0x3099, 0x309A},
      {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
  static const struct range wide[] = {
      {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x23F0, 0x23F0},
      {0x23F3, 0x23F3},   {0x25FD, 0x25FE},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},
      {0x2693, 0x2693},   {0x26A1, 0x26A1},   {0x26AA, 0x26AB},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},
      {0x26CE, 0x26CE},   {0x26D4, 0x26D4},   {0x26EA, 0x26EA},   {0x26F2, 0x26F3},   {0x26F5, 0x26F5},
      {0x26FA, 0x26FA},   {0x26FD, 0x26FD},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},
      {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},
      {0x27B0, 0x27B0},   {0x27BF, 0x27BF},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},
      {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
      {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
      {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF},
      {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F320}, {0x1F32D, 0x1F335}, {0x1F337, 0x1F37C},
      {0x1F37E, 0x1F393}, {0x1F3A0, 0x1F3CA}, {0x1F3CF, 0x1F3D3}, {0x1F3E0, 0x1F3F0}, {0x1F3F4, 0x1F3F4},
      {0x1F3F8, 0x1F43E}, {0x1F440, 0x1F440}, {0x1F442, 0x1F4FC}, {0x1F4FF, 0x1F53D}, {0x1F54B, 0x1F54E},
      {0x1F550, 0x1F567}, {0x1F57A, 0x1F57A}, {0x1F595, 0x1F596}, {0x1F5A4, 0x1F5A4}, {0x1F5FB, 0x1F64F},
      {0x1F680, 0x1F6C5}, {0x1F6CC, 0x1F6CC}, {0x1F6D0, 0x1F6D2}, {0x1F6D5, 0x1F6D7}, {0x1F6DC, 0x1F6DF},
      {0x1F6EB, 0x1F6EC}, {0x1F6F4, 0x1F6FC}, {0x1F7E0, 0x1F7EB}, {0x1F7F0, 0x1F7F0}, {0x1F90C, 0x1F93A},
      {0x1F93C, 0x1F945}, {0x1F947, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x2FFFD}, {0x30000, 0x3FFFD}};
  if (code_point < 0x300) return 1;
  if (IS_IN(code_point, none)) return 0;
  return IS_IN(code_point, wide) ? 2 : 1;
}

// Goes over `text` until `limit` columns are full; returns the bytes, `*columns` what they take.
static size_t walk(const char *text, size_t limit, size_t *columns) {
  size_t length = strlen(text), at = 0;
  *columns = 0;
  while (at < length) {
    uint32_t code_point = 0;
    size_t count = text_decode(text + at, length - at, &code_point);
    size_t width = count > 0 ? columns_of(code_point) : 1;
    if (width > limit - *columns) break;
    *columns += width;
    at += count > 0 ? count : 1;
  }
  return at;
}

size_t text_width(const char *text) {
  size_t columns = 0;
  walk(text, SIZE_MAX, &columns);
  return columns;
}

size_t text_fit(const char *text, size_t columns) {
  size_t used = 0;
  return walk(text, columns, &used);
}
