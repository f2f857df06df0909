#include "plot_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES_MAX = 512 * 1024 * 1024 };

// Where reading stands. Cells are unquoted in place: what is written never overtakes what is read.
struct reader {
  char *at;
  size_t line;
  bool row_ended;
  bool broken; // a quote without its end
};

static char *read_quoted(struct reader *reader) {
  char *start = ++reader->at;
  char *into = start;
  while (*reader->at != '\0') {
    if (*reader->at == '\n') reader->line++;
    if (*reader->at == '"' && *++reader->at != '"') {
      char *end = reader->at; // behind the closing quote
      if (end[0] == '\r' && end[1] == '\n') end++;
      reader->row_ended = *end == '\n' || *end == '\0';
      if (*end == '\n') reader->line++;
      reader->at = *end == '\0' ? end : end + 1;
      *into = '\0';
      return start;
    }
    *into++ = *reader->at++;
  }
  reader->broken = true;
  reader->row_ended = true;
  return start;
}

static char *read_cell(struct reader *reader) {
  if (*reader->at == '"') return read_quoted(reader);
  char *start = reader->at;
  char *end = start + strcspn(start, ",\n");
  reader->row_ended = *end != ',';
  if (*end == '\n') reader->line++;
  reader->at = *end == '\0' ? end : end + 1;
  *end = '\0';
  size_t length = strlen(start);
  if (length > 0 && start[length - 1] == '\r') start[length - 1] = '\0';
  return start;
}

// At most so many cells: one more than there are commas and line breaks.
static size_t count_cells(const char *text) {
  size_t count = 2;
  for (; *text != '\0'; text++) count += *text == ',' || *text == '\n';
  return count;
}

static bool refuse(struct file_error *error, const char *path, size_t line, const char *what) {
  snprintf(error->message, sizeof error->message, "%s:%zu: %s", path, line, what);
  return false;
}

bool plot_table_read(struct plot_table *table, const char *path, struct arena *arena,
                     struct file_error *error) {
  *table = (struct plot_table){0};
  char *text = file_read(path, TABLE_BYTES_MAX, arena, NULL, error);
  if (text == NULL) return false;
  table->cells = arena_array(arena, count_cells(text), sizeof *table->cells);
  struct reader reader = {.at = text, .line = 1};
  size_t cells = 0;
  while (*reader.at != '\0') {
    size_t line = reader.line, width = 0;
    do {
      table->cells[cells++] = read_cell(&reader);
      width++;
    } while (!reader.row_ended);
    if (reader.broken) return refuse(error, path, line, "a quote is not closed");
    if (table->columns == 0) table->columns = width;
    if (width != table->columns) return refuse(error, path, line, "not as many cells as there are heads");
  }
  if (table->columns == 0) return refuse(error, path, 1, "there are no heads");
  table->rows = cells / table->columns - 1;
  return true;
}

int plot_table_column(const struct plot_table *table, const char *head) {
  for (size_t i = 0; i < table->columns; i++) {
    if (strcmp(table->cells[i], head) == 0) return (int)i;
  }
  return PLOT_TABLE_NONE;
}

const char *plot_table_text(const struct plot_table *table, size_t row, int column) {
  return column < 0 ? "" : table->cells[(row + 1) * table->columns + (size_t)column];
}

double plot_table_number(const struct plot_table *table, size_t row, int column) {
  const char *text = plot_table_text(table, row, column);
  char *end = NULL;
  double number = strtod(text, &end);
  return end == text || *end != '\0' ? (double)NAN : number;
}
