// Reads CSV tables (RFC 4180) with a row of heads: series.csv, distribution.csv.
#ifndef HEADROOM_PLOT_TABLE_H
#define HEADROOM_PLOT_TABLE_H

#include "file.h"

#include <stdbool.h>
#include <stddef.h>

struct plot_table {
  size_t columns;
  size_t rows;  // without the heads
  char **cells; // rows first; cells[0 .. columns) are the heads
};

// Everything lives in the arena. False: the file cannot be read, a row has not as many cells as there are
// heads, or a quote is not closed; `error` says which, with the line.
bool plot_table_read(struct plot_table *table, const char *path, struct arena *arena,
                     struct file_error *error);

enum { PLOT_TABLE_NONE = -1 };

// The number of the column of that head, or PLOT_TABLE_NONE.
int plot_table_column(const struct plot_table *table, const char *head);

// The cell as text, and as a number: NaN where it is none. `column` may be PLOT_TABLE_NONE ("" and NaN).
const char *plot_table_text(const struct plot_table *table, size_t row, int column);
double plot_table_number(const struct plot_table *table, size_t row, int column);

#endif
