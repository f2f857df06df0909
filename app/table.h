// Results for people: tables of at most 80 columns.
#ifndef HEADROOM_TABLE_H
#define HEADROOM_TABLE_H

#include "results.h"

#include <stdbool.h>
#include <stdio.h>

enum table_style { TABLE_PLAIN, TABLE_BOLD, TABLE_DIM, TABLE_GOOD, TABLE_BAD };

struct table {
  FILE *stream;
  bool color;
};

// Everything about one experiment.
void table_print(const struct table *table, const struct results *results);

// A cell of `width` columns (the text is cut to it), to the right or, where `width` is negative, to the left.
// Any text is made safe.
void table_cell(const struct table *table, int width, enum table_style style, const char *text);

// printf in a style.
void table_say(const struct table *table, enum table_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Prints text in lines of at most 80 columns, each indented by `indent`; the first continues at that column.
void table_wrap(const struct table *table, int indent, const char *text);

// "±2.1%": the half width of an interval relative to its value; "" without one.
struct units_text table_spread(const struct estimate *estimate);

#endif
