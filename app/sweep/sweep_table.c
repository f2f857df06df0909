#include "sweep_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void sweep_table_init(struct sweep_table *table, struct arena *arena) {
  *table = (struct sweep_table){.arena = arena};
}

static void *widen(struct sweep_table *table, void *old, size_t count, size_t *room, size_t size) {
  if (count < *room) return old;
  *room = *room == 0 ? 64 : *room * 2;
  void *wider = arena_array(table->arena, *room, size);
  if (count > 0) memcpy(wider, old, count * size);
  return wider;
}

void sweep_table_begin(struct sweep_table *table) {
  table->rows = widen(table, table->rows, table->row_count, &table->row_room, sizeof(struct sweep_row));
  table->rows[table->row_count++] = (struct sweep_row){0};
  table->next = 0;
}

// Rows mostly have the columns of the one before, in its order.
static size_t column_of(struct sweep_table *table, const char *name) {
  for (size_t i = 0; i < table->column_count; i++) {
    size_t at = (table->next + i) % table->column_count;
    if (strcmp(table->columns[at], name) != 0) continue;
    table->next = at + 1;
    return at;
  }
  table->columns =
      widen(table, table->columns, table->column_count, &table->column_room, sizeof(const char *));
  table->columns[table->column_count] = arena_text(table->arena, name, strlen(name));
  table->next = table->column_count + 1;
  return table->column_count++;
}

static void put(struct sweep_table *table, const char *name, struct sweep_cell cell) {
  size_t column = column_of(table, name);
  struct sweep_row *row = &table->rows[table->row_count - 1];
  while (column >= row->room)
    row->cells = widen(table, row->cells, row->room, &row->room, sizeof(struct sweep_cell));
  row->cells[column] = cell;
  if (column >= row->count) row->count = column + 1;
}

void sweep_table_number(struct sweep_table *table, const char *column, double number) {
  put(table, column,
      (struct sweep_cell){isfinite(number) ? SWEEP_NUMBER : SWEEP_EMPTY, isfinite(number) ? number : 0,
                          NULL});
}

void sweep_table_text(struct sweep_table *table, const char *column, const char *text) {
  put(table, column, (struct sweep_cell){SWEEP_TEXT, 0, arena_text(table->arena, text, strlen(text))});
}

const struct sweep_cell *sweep_table_find(const struct sweep_table *table, size_t row, const char *column) {
  for (size_t i = 0; i < table->rows[row].count; i++) {
    const struct sweep_cell *cell = &table->rows[row].cells[i];
    if (strcmp(table->columns[i], column) == 0) return cell->kind == SWEEP_EMPTY ? NULL : cell;
  }
  return NULL;
}

// ---- Figures of results.json ------------------------------------------------------------------------------

enum { NAME_BYTES = 512 };

// Where a walk stands. `endless`: what is null here has no end.
struct walk {
  struct sweep_table *table;
  char name[NAME_BYTES];
  bool endless;
};

static double number_of(const struct node *node) {
  return node != NULL && node->kind == NODE_NUMBER ? node->number : (double)NAN;
}

static void put_figure(struct walk *walk, const char *suffix, const struct node *node) {
  char name[NAME_BYTES + 8];
  snprintf(name, sizeof name, "%s%s", walk->name, suffix);
  bool endless = walk->endless && (node == NULL || node->kind == NODE_NULL);
  if (endless) {
    sweep_table_text(walk->table, name, "inf");
  } else {
    sweep_table_number(walk->table, name, number_of(node));
  }
}

// An end of an interval that is there and null has no end; without an interval, cells stay empty.
static void put_estimate(struct walk *walk, const struct node *estimate) {
  const struct node *interval = node_find(estimate, "ci95");
  bool known = interval != NULL && interval->kind == NODE_ARRAY && interval->count == 2;
  bool endless = walk->endless;
  put_figure(walk, "", node_find(estimate, "value"));
  walk->endless = endless && known;
  put_figure(walk, ".lo", known ? interval->first : NULL);
  put_figure(walk, ".hi", known ? interval->last : NULL);
  walk->endless = endless;
}

static void visit(struct walk *walk, const struct node *node);

static void visit_below(struct walk *walk, const struct node *node, const char *key) {
  size_t length = strlen(walk->name);
  snprintf(walk->name + length, sizeof walk->name - length, "%s%s", length > 0 ? "." : "", key);
  visit(walk, node);
  walk->name[length] = '\0';
}

static void visit_members(struct walk *walk, const struct node *object) {
  for (const struct node *child = object->first; child != NULL; child = child->next)
    visit_below(walk, child, child->key);
}

// "slo.p99 < 500ms" with its verdict.
static void visit_objectives(struct walk *walk, const struct node *list) {
  for (const struct node *item = list->first; item != NULL; item = item->next) {
    const struct node *rule = node_find(item, "rule"), *verdict = node_find(item, "verdict");
    if (rule == NULL || rule->kind != NODE_STRING || verdict == NULL) continue;
    visit_below(walk, verdict, rule->text);
  }
}

static void visit(struct walk *walk, const struct node *node) {
  switch (node->kind) {
  case NODE_NUMBER:
  case NODE_NULL:
    put_figure(walk, "", node);
    break;
  case NODE_BOOLEAN:
    sweep_table_number(walk->table, walk->name, node->truth);
    break;
  case NODE_STRING:
    sweep_table_text(walk->table, walk->name, node->text);
    break;
  case NODE_ARRAY:
    if (strcmp(walk->name, "slo") == 0) visit_objectives(walk, node);
    break;
  case NODE_OBJECT:
    if (node_find(node, "ci95") != NULL) {
      put_estimate(walk, node);
    } else {
      visit_members(walk, node);
    }
    break;
  }
}

static bool offers(const struct node *scope) {
  return number_of(node_find(node_find(scope, "offered_per_s"), "value")) > 0;
}

// Failed requests are without end only where there are requests.
static void visit_scope(struct walk *walk, const struct node *scope) {
  for (const struct node *child = scope->first; child != NULL; child = child->next) {
    walk->endless = strcmp(child->key, "latency_all_s") == 0 && offers(scope);
    visit_below(walk, child, child->key);
    walk->endless = false;
  }
}

// All but the first, which speaks of all; where it is the only one beside that, it says nothing new.
static void visit_scopes(struct walk *walk, const struct node *scopes, bool has_all) {
  if (scopes == NULL || scopes->count < (has_all ? 3 : 2)) return;
  for (const struct node *child = scopes->first; child != NULL; child = child->next) {
    if (has_all && strcmp(child->key, "all") == 0) continue;
    snprintf(walk->name, sizeof walk->name, "%s.%s", scopes->key, child->key);
    visit_scope(walk, child);
    walk->name[0] = '\0';
  }
}

static bool is_figure(const char *key) {
  static const char *const others[] = {"headroom",    "scenario",    "requests", "clients",
                                       "phases",      "timeline",    "audit",    "warnings",
                                       "fingerprint", "interrupted", "failure",  "seed"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    if (strcmp(key, others[i]) == 0) return false;
  }
  return true;
}

void sweep_table_results(struct sweep_table *table, const struct node *results) {
  struct walk walk = {.table = table};
  const struct node *requests = node_find(results, "requests");
  const struct node *all = node_find(requests, "all");
  if (all != NULL) visit_scope(&walk, all);
  for (const struct node *child = results->first; child != NULL; child = child->next) {
    if (is_figure(child->key)) visit_below(&walk, child, child->key);
  }
  visit_scopes(&walk, requests, true);
  visit_scopes(&walk, node_find(results, "clients"), false);
}

// ---- Writing ----------------------------------------------------------------------------------------------

static void write_cell(struct writer *writer, const struct sweep_cell *cell) {
  if (cell != NULL && cell->kind == SWEEP_TEXT) {
    writer_cell_text(writer, cell->text);
  } else {
    writer_cell_number(writer, cell != NULL && cell->kind == SWEEP_NUMBER ? cell->number : (double)NAN);
  }
}

void sweep_table_write_csv(const struct sweep_table *table, struct writer *writer) {
  for (size_t c = 0; c < table->column_count; c++) writer_cell_text(writer, table->columns[c]);
  writer_row_end(writer);
  for (size_t r = 0; r < table->row_count; r++) {
    const struct sweep_row *row = &table->rows[r];
    for (size_t c = 0; c < table->column_count; c++)
      write_cell(writer, c < row->count ? &row->cells[c] : NULL);
    writer_row_end(writer);
  }
}

void sweep_table_write_json(const struct sweep_table *table, struct writer *writer) {
  writer_array(writer, NULL);
  for (size_t r = 0; r < table->row_count; r++) {
    const struct sweep_row *row = &table->rows[r];
    writer_object(writer, NULL);
    for (size_t c = 0; c < row->count; c++) {
      if (row->cells[c].kind == SWEEP_TEXT) writer_text(writer, table->columns[c], row->cells[c].text);
      if (row->cells[c].kind == SWEEP_NUMBER) writer_number(writer, table->columns[c], row->cells[c].number);
    }
    writer_end(writer);
  }
  writer_end(writer);
}
