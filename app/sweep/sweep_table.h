// The table of a sweep: a row a point, a column for each figure that results.json holds, so that what results
// learn to say stands in it by itself.
#ifndef HEADROOM_SWEEP_TABLE_H
#define HEADROOM_SWEEP_TABLE_H

#include "arena.h"
#include "node.h"
#include "writer.h"

#include <stddef.h>

enum sweep_cell_kind { SWEEP_EMPTY, SWEEP_NUMBER, SWEEP_TEXT };

struct sweep_cell {
  enum sweep_cell_kind kind;
  double number;
  const char *text;
};

struct sweep_row {
  struct sweep_cell *cells; // by column; those behind `count` are empty
  size_t count, room;
};

struct sweep_table {
  const char **columns; // in the order in which they were first seen
  size_t column_count, column_room;
  struct sweep_row *rows;
  size_t row_count, row_room;
  size_t next; // where the next column is looked for first
  struct arena *arena;
};

void sweep_table_init(struct sweep_table *table, struct arena *arena);

// Begins a row; cells are added to the last one. Texts are copied.
void sweep_table_begin(struct sweep_table *table);
void sweep_table_number(struct sweep_table *table, const char *column, double number); // NAN: stays empty
void sweep_table_text(struct sweep_table *table, const char *column, const char *text);

// All figures of results.json. An estimate NAME becomes NAME, NAME.lo and NAME.hi (the ends of its 95%
// interval); figures of all requests have no prefix, all others that of their place ("components.web.
// utilization.cpu.mean"); those of single requests and client groups only where there are several. A latency
// over all offered requests that has no end is the text "inf".
void sweep_table_results(struct sweep_table *table, const struct node *results);

// The cell of a row, NULL where it is empty.
const struct sweep_cell *sweep_table_find(const struct sweep_table *table, size_t row, const char *column);

// CSV with a row of heads; an array of objects.
void sweep_table_write_csv(const struct sweep_table *table, struct writer *writer);
void sweep_table_write_json(const struct sweep_table *table, struct writer *writer);

#endif
