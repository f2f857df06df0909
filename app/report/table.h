// Results for people: tables of 80 columns, or of as many as there are.
#ifndef HEADROOM_TABLE_H
#define HEADROOM_TABLE_H

#include "results.h"

#include <stdbool.h>
#include <stdio.h>

enum table_style { TABLE_PLAIN, TABLE_BOLD, TABLE_DIM, TABLE_GOOD, TABLE_BAD };

// Columns of a figure.
enum { TABLE_VALUE_WIDTH = 9 };

enum { TABLE_COLUMNS = 80, TABLE_COLUMNS_MOST = 200 };

struct table {
  FILE *stream;
  bool color;
  int columns; // from TABLE_COLUMNS to TABLE_COLUMNS_MOST
  int names;   // columns of names, as table_fit_name() made them
};

// A table on `stream`: as wide as COLUMNS says, else as the terminal is, if it is one, else TABLE_COLUMNS;
// within these bounds.
struct table table_on(FILE *stream, bool color);

// Makes table->names wide enough for `name` and a gap, as far as the columns go that the table has beyond
// TABLE_COLUMNS; `least` is what a table without such has for names.
void table_fit_name(struct table *table, int least, const char *name);

// A cell of `width` columns (the text is cut to it), to the right or, where `width` is negative, to the left.
// Any text is made safe.
void table_cell(const struct table *table, int width, enum table_style style, const char *text);

// What is printed in between is in that style.
void table_begin(const struct table *table, enum table_style style);
void table_end(const struct table *table, enum table_style style);

// So many spaces.
void table_pad(const struct table *table, size_t columns);

// printf in a style.
void table_say(const struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Prints text in lines as wide as the table, each indented by `indent`; the first continues at that column.
void table_wrap(const struct table *table, int indent, const char *text);

// A figure as short as a cell.
enum table_show {
  TABLE_SHOW_TIME, // seconds
  TABLE_SHOW_RATE, // per second
  TABLE_SHOW_SHARE,
  TABLE_SHOW_COUNT,
  TABLE_SHOW_SIZE,     // bytes
  TABLE_SHOW_BANDWIDTH // bytes per second
};
struct units_text table_show(double value, enum table_show as);

// "±2.1%": the half width of an interval relative to its value; "" without one.
struct units_text table_spread(const struct estimate *estimate);

#endif
