// Writes JSON and CSV to a buffer that grows, or through a small one to a file. The same calls give the same
// bytes everywhere.
#ifndef HEADROOM_WRITER_H
#define HEADROOM_WRITER_H

#include "file.h"
#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WRITER_DEPTH = 512 };

// When memory runs out, `failed` is set, what is written further is dropped, and the calls may go on; whoever
// uses `bytes` asks `failed` first.
struct writer {
  char *bytes; // zero-terminated once anything was written; NULL before
  size_t length;
  struct file_output *output; // gets the bytes whenever the buffer is full; NULL: all stay here. May be set
                              // after writer_init().
  size_t capacity;
  bool failed;
  bool compact; // no line breaks or indentation: JSON lines. May be set after writer_init().
  bool cell;    // the current CSV row has a cell
  uint32_t depth;
  uint32_t flat; // depth from which all stands on one line; 0: none does
  struct memory_budget *budget;
  struct memory_budget own;
  struct {
    bool array;
    bool filled;
  } levels[WRITER_DEPTH];
};

// `budget` NULL: the writer keeps an unlimited one of its own. A writer must not be copied or moved.
void writer_init(struct writer *writer, struct memory_budget *budget);

// Hands what the buffer still holds to `output`, which is there.
void writer_flush(struct writer *writer);

// Forgets what was written and keeps the memory.
void writer_clear(struct writer *writer);

// Gives the memory back; the writer may be used again.
void writer_drop(struct writer *writer);

// Bytes as they are.
void writer_bytes(struct writer *writer, const char *bytes, size_t length);
void writer_format(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

// JSON. Inside an object `key` is required, inside an array and at the top it is NULL (both asserted). The
// top-level value ends with a line break. Bytes that are not UTF-8 become U+FFFD.
void writer_object(struct writer *writer, const char *key);
void writer_array(struct writer *writer, const char *key);
void writer_flat_object(struct writer *writer, const char *key); // on one line, with all inside it
void writer_flat_array(struct writer *writer, const char *key);
void writer_end(struct writer *writer); // of the innermost object or array
void writer_text(struct writer *writer, const char *key, const char *text); // NULL becomes null
void writer_text_of_length(struct writer *writer, const char *key, const char *text, size_t length);
void writer_number(struct writer *writer, const char *key, double number); // NaN and infinity become null
void writer_integer(struct writer *writer, const char *key, int64_t number);
void writer_natural(struct writer *writer, const char *key, uint64_t number);
void writer_flag(struct writer *writer, const char *key, bool flag);
void writer_null(struct writer *writer, const char *key);

// CSV (RFC 4180, but lines end with \n). A cell of text that a spreadsheet would take for a formula (it
// begins with = + - @, a tab or a carriage return) gets a ' in front; other control characters and bytes that
// are not UTF-8 are escaped as text_escape() does. Numbers that are not finite are empty cells.
void writer_cell_text(struct writer *writer, const char *text);
void writer_cell_number(struct writer *writer, double number);
void writer_cell_integer(struct writer *writer, int64_t number);
void writer_row_end(struct writer *writer);

// The shortest of %.15g, %.16g and %.17g that reads back as the same number; whole numbers below 2^53 as
// integers; zero without a sign. `number` must be finite. Fills `buffer` and returns its length.
enum { WRITER_NUMBER_BYTES = 32 };
size_t writer_number_text(char buffer[WRITER_NUMBER_BYTES], double number);

#endif
