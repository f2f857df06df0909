// Between the formats of traces (trace_line.c) and what they have in common (trace.c): a row as texts.
#ifndef HEADROOM_TRACE_LINE_H
#define HEADROOM_TRACE_LINE_H

#include "arena.h"
#include "trace_source.h"

enum trace_column {
  TRACE_TIME,
  TRACE_COUNT,
  TRACE_REQUEST,
  TRACE_USER,
  TRACE_KEY,
  TRACE_SIZE,
  TRACE_COLUMNS
};

// Not terminated; `start` NULL: not there.
struct trace_text {
  const char *start;
  size_t length;
};

enum trace_result { TRACE_ROW, TRACE_WRONG, TRACE_END };

// Goes through a file.
struct trace_lines {
  const struct trace_source *source;
  const char *at; // what is to be read
  const char *end;
  uint32_t line;      // of the row in hand, or where it begins
  uint32_t next_line; // of what is to be read
  const char *row;    // the row in hand, without its end of line
  const char *row_end;
  struct trace_text fields[TRACE_COLUMNS]; // of it, inside the file or `unquoted`
  const char *wanted[TRACE_COLUMNS];       // names of columns; NULL: not wanted
  size_t places[TRACE_COLUMNS];            // csv: in the header; SIZE_MAX: not there
  size_t columns;                          // csv: of the header
  char *unquoted;                          // csv: TRACE_LINE_MOST bytes for fields that have quotes inside
  size_t used;                             // of it
  struct arena *scratch;                   // of the lines in hand; dropped now and then
  size_t rows;                             // since it was
  struct arena *arena;                     // for messages, until all is read
  const char *wrong;                       // what is, after TRACE_WRONG, in the arena or static
  uint32_t column;                         // where, in bytes from 1
};

// Begins; reads the header where there is one. False: lines->wrong says why, at lines->line and column.
bool trace_lines_begin(struct trace_lines *lines);

// The next row that is not empty; after TRACE_WRONG one may go on.
enum trace_result trace_lines_next(struct trace_lines *lines);

#endif
