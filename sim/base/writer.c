#include "writer.h"

#include "assertion.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void writer_init(struct writer *writer, struct memory_budget *budget) {
  *writer = (struct writer){.budget = budget};
  memory_budget_init(&writer->own);
  if (budget == NULL) writer->budget = &writer->own;
}

void writer_clear(struct writer *writer) {
  writer->length = 0;
  writer->depth = 0;
  writer->flat = 0;
  writer->cell = false;
  writer->failed = false;
  if (writer->bytes != NULL) writer->bytes[0] = '\0';
}

void writer_drop(struct writer *writer) {
  memory_give(writer->budget, writer->bytes, writer->capacity);
  writer->bytes = NULL;
  writer->capacity = 0;
  writer_clear(writer);
}

void writer_flush(struct writer *writer) {
  file_write(writer->output, writer->bytes, writer->length);
  writer->length = 0;
}

// Room for `more` bytes and a zero.
static bool reserve(struct writer *writer, size_t more) {
  if (writer->failed) return false;
  if (more < writer->capacity - writer->length) return true;
  if (writer->output != NULL) writer_flush(writer);
  if (more < writer->capacity - writer->length) return true;
  size_t wanted = writer->capacity < 2048 ? 4096 : writer->capacity * 2;
  bool possible = writer->length < SIZE_MAX / 4 && more < SIZE_MAX / 4;
  if (possible && wanted <= writer->length + more) wanted = writer->length + more + 1;
  char *bytes = possible ? memory_take(writer->budget, wanted) : NULL;
  if (bytes == NULL) {
    writer->failed = true;
    return false;
  }
  if (writer->length > 0) memcpy(bytes, writer->bytes, writer->length);
  memory_give(writer->budget, writer->bytes, writer->capacity);
  writer->bytes = bytes;
  writer->capacity = wanted;
  return true;
}

void writer_bytes(struct writer *writer, const char *bytes, size_t length) {
  if (!reserve(writer, length)) return;
  if (length > 0) memcpy(writer->bytes + writer->length, bytes, length);
  writer->length += length;
  writer->bytes[writer->length] = '\0';
}

static void word(struct writer *writer, const char *text) {
  writer_bytes(writer, text, strlen(text));
}

void writer_format(struct writer *writer, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length >= 0 && reserve(writer, (size_t)length)) {
    vsnprintf(writer->bytes + writer->length, (size_t)length + 1, format, again);
    writer->length += (size_t)length;
  }
  va_end(again);
}

// The two-letter escape of a byte in JSON, 0 where it has none.
static char short_escape(char byte) {
  switch (byte) {
  case '"':
    return '"';
  case '\\':
    return '\\';
  case '\b':
    return 'b';
  case '\f':
    return 'f';
  case '\n':
    return 'n';
  case '\r':
    return 'r';
  case '\t':
    return 't';
  default:
    return 0;
  }
}

static void escaped(struct writer *writer, uint32_t code_point, const char *bytes, size_t count) {
  char letter = count == 1 ? short_escape(*bytes) : 0;
  if (letter != 0) {
    writer_bytes(writer, (const char[]){'\\', letter}, 2);
  } else if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
    writer_format(writer, "\\u%04x", (unsigned)code_point);
  } else {
    writer_bytes(writer, bytes, count);
  }
}

static void quoted(struct writer *writer, const char *text, size_t length) {
  writer_bytes(writer, "\"", 1);
  for (size_t at = 0; at < length;) {
    uint32_t code_point = 0;
    size_t count = text_decode(text + at, length - at, &code_point);
    if (count == 0) {
      word(writer, "\xEF\xBF\xBD"); // U+FFFD
      at++;
      continue;
    }
    escaped(writer, code_point, text + at, count);
    at += count;
  }
  writer_bytes(writer, "\"", 1);
}

static bool on_one_line(const struct writer *writer) {
  return writer->compact || (writer->flat != 0 && writer->depth >= writer->flat);
}

static void new_line(struct writer *writer) {
  static const char blanks[] = "                                ";
  writer_bytes(writer, "\n", 1);
  for (size_t left = 2 * (size_t)writer->depth; left > 0;) {
    size_t some = left < sizeof blanks - 1 ? left : sizeof blanks - 1;
    writer_bytes(writer, blanks, some);
    left -= some;
  }
}

// What stands before a value: comma, line break, key.
static void before(struct writer *writer, const char *key) {
  if (writer->depth == 0) {
    ASSERT(key == NULL, "a value at the top has no key");
    return;
  }
  bool array = writer->levels[writer->depth - 1].array;
  bool *filled = &writer->levels[writer->depth - 1].filled;
  ASSERT(array == (key == NULL), "a value in an object has a key, one in an array has none");
  if (*filled) writer_bytes(writer, ",", 1);
  if (!on_one_line(writer)) {
    new_line(writer);
  } else if (*filled && !writer->compact) {
    writer_bytes(writer, " ", 1);
  }
  *filled = true;
  if (key == NULL) return;
  quoted(writer, key, strlen(key));
  word(writer, writer->compact ? ":" : ": ");
}

static void after(struct writer *writer) {
  if (writer->depth == 0) writer_bytes(writer, "\n", 1);
}

static void begin(struct writer *writer, const char *key, bool array, bool flat) {
  ASSERT(writer->depth < WRITER_DEPTH, "JSON nested too deeply");
  before(writer, key);
  writer_bytes(writer, array ? "[" : "{", 1);
  writer->levels[writer->depth].array = array;
  writer->levels[writer->depth].filled = false;
  writer->depth++;
  if (flat && writer->flat == 0) writer->flat = writer->depth;
}

void writer_object(struct writer *writer, const char *key) {
  begin(writer, key, false, false);
}
void writer_array(struct writer *writer, const char *key) {
  begin(writer, key, true, false);
}
void writer_flat_object(struct writer *writer, const char *key) {
  begin(writer, key, false, true);
}
void writer_flat_array(struct writer *writer, const char *key) {
  begin(writer, key, true, true);
}

void writer_end(struct writer *writer) {
  ASSERT(writer->depth > 0, "nothing is open");
  bool line = !on_one_line(writer);
  if (writer->flat == writer->depth) writer->flat = 0;
  writer->depth--;
  if (line && writer->levels[writer->depth].filled) new_line(writer);
  writer_bytes(writer, writer->levels[writer->depth].array ? "]" : "}", 1);
  after(writer);
}

static void plain(struct writer *writer, const char *key, const char *text) {
  before(writer, key);
  word(writer, text);
  after(writer);
}

void writer_null(struct writer *writer, const char *key) {
  plain(writer, key, "null");
}

void writer_flag(struct writer *writer, const char *key, bool flag) {
  plain(writer, key, flag ? "true" : "false");
}

void writer_text_of_length(struct writer *writer, const char *key, const char *text, size_t length) {
  before(writer, key);
  quoted(writer, text, length);
  after(writer);
}

void writer_text(struct writer *writer, const char *key, const char *text) {
  if (text == NULL) {
    writer_null(writer, key);
  } else {
    writer_text_of_length(writer, key, text, strlen(text));
  }
}

size_t writer_number_text(char buffer[WRITER_NUMBER_BYTES], double number) {
  ASSERT(isfinite(number), "only finite numbers have a text");
  int length = 0;
  if (fabs(number) < 0x1p53 && number == floor(number)) {
    length = snprintf(buffer, WRITER_NUMBER_BYTES, "%" PRId64, (int64_t)number);
  } else {
    for (int digits = 15; digits <= 17; digits++) {
      length = snprintf(buffer, WRITER_NUMBER_BYTES, "%.*g", digits, number);
      if (strtod(buffer, NULL) == number) break;
    }
  }
  return (size_t)length;
}

void writer_number(struct writer *writer, const char *key, double number) {
  char text[WRITER_NUMBER_BYTES] = "null";
  if (isfinite(number)) writer_number_text(text, number);
  plain(writer, key, text);
}

void writer_integer(struct writer *writer, const char *key, int64_t number) {
  char text[WRITER_NUMBER_BYTES];
  snprintf(text, sizeof text, "%" PRId64, number);
  plain(writer, key, text);
}

void writer_natural(struct writer *writer, const char *key, uint64_t number) {
  char text[WRITER_NUMBER_BYTES];
  snprintf(text, sizeof text, "%" PRIu64, number);
  plain(writer, key, text);
}

static void next_cell(struct writer *writer) {
  if (writer->cell) writer_bytes(writer, ",", 1);
  writer->cell = true;
}

// Inside quotes: line breaks and tabs stay, quotes are doubled, and what a terminal would obey is escaped.
static void cell_character(struct writer *writer, const char *bytes, size_t count) {
  char piece[12];
  if (*bytes == '"') {
    word(writer, "\"\"");
  } else if (strchr("\t\r\n", *bytes) != NULL) {
    writer_bytes(writer, bytes, 1);
  } else {
    text_escape(piece, sizeof piece, bytes, count);
    word(writer, piece);
  }
}

void writer_cell_text(struct writer *writer, const char *text) {
  next_cell(writer);
  bool formula = *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
  bool bare = !formula && strpbrk(text, ",\"\r\n\t ;'") == NULL;
  if (!bare) word(writer, formula ? "\"'" : "\"");
  for (size_t left = strlen(text); left > 0;) {
    uint32_t code_point = 0;
    size_t count = text_decode(text, left, &code_point);
    if (count == 0) count = 1;
    cell_character(writer, text, count);
    text += count;
    left -= count;
  }
  if (!bare) word(writer, "\"");
}

void writer_cell_number(struct writer *writer, double number) {
  next_cell(writer);
  char text[WRITER_NUMBER_BYTES] = "";
  if (isfinite(number)) writer_number_text(text, number);
  word(writer, text);
}

void writer_cell_integer(struct writer *writer, int64_t number) {
  next_cell(writer);
  char text[WRITER_NUMBER_BYTES];
  snprintf(text, sizeof text, "%" PRId64, number);
  word(writer, text);
}

void writer_row_end(struct writer *writer) {
  writer_bytes(writer, "\n", 1);
  writer->cell = false;
}
