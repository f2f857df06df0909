// What a sweep gives: its table, the manifest for plots, and what is shown.
#include "command.h"
#include "console.h"
#include "sweep.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- The table --------------------------------------------------------------------------------------------

static const char *const states[] = {
    [SWEEP_OPEN] = "not run", [SWEEP_STORED] = "done", [SWEEP_DONE] = "done", [SWEEP_FAILED] = "failed"};

static void add_value(struct sweep_table *table, const char *path, const char *value) {
  const char *unit;
  char *end = NULL;
  double number = strtod(value, &end);
  bool plain = *end == '\0' && !isnan(sweep_value_number(value, &unit));
  if (plain) {
    sweep_table_number(table, path, number);
  } else {
    sweep_table_text(table, path, value);
  }
}

static bool add_row(const struct sweep *sweep, struct sweep_table *table, const struct sweep_point *point) {
  const struct sweep_point *first = &sweep->points[point->twin];
  sweep_table_begin(table);
  sweep_table_text(table, "scenario", point->name);
  for (size_t d = 0; d < sweep->dimension_count; d++)
    add_value(table, sweep->dimensions[d].path, point->values[d]);
  sweep_table_text(table, "status", states[first->state]);
  sweep_table_number(table, "failure", NAN); // the column is always there
  if (first->failure != NULL) sweep_table_text(table, "failure", first->failure);
  if (!sweep_point_is_finished(first)) return true;
  const struct node *result = first->result;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  if (result == NULL) result = sweep_store_read(&sweep->store, first->key, &arena);
  if (result != NULL) sweep_table_results(table, result);
  arena_drop(&arena);
  return result != NULL;
}

static bool gather(const struct sweep *sweep, struct sweep_table *table) {
  bool right = true;
  sweep_table_init(table, sweep->arena);
  for (size_t i = 0; i < sweep->count; i++) {
    bool read = add_row(sweep, table, &sweep->points[i]);
    right = right && read;
  }
  return right;
}

// ---- Files ------------------------------------------------------------------------------------------------

static void write_run(const struct sweep *sweep, const struct sweep_point *point, struct writer *writer) {
  const char *unit = "";
  writer_flat_object(writer, NULL);
  writer_text(writer, "folder", sweep_store_place(point->key, sweep->arena));
  writer_text(writer, "scenario", point->name);
  if (sweep->samples == 0)
    writer_text(writer, "label", sweep_point_text(sweep, point, sweep->axis, sweep->arena));
  if (sweep->axis != SIZE_MAX)
    writer_number(writer, "at", sweep_value_number(point->values[sweep->axis], &unit));
  writer_flat_object(writer, "values");
  for (size_t d = 0; d < sweep->dimension_count; d++)
    writer_text(writer, sweep->dimensions[d].path, point->values[d]);
  writer_end(writer);
  writer_end(writer);
}

static void write_manifest(const struct sweep *sweep, struct writer *writer) {
  const char *unit = "";
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_text(writer, "kind", "sweep");
  if (sweep->axis != SIZE_MAX) {
    sweep_value_number(sweep->points[0].values[sweep->axis], &unit);
    writer_text(writer, "axis", sweep->dimensions[sweep->axis].path);
    writer_text(writer, "unit", unit);
  }
  writer_natural(writer, "points", sweep->count);
  double speed = sweep->events / sweep->cpu_seconds; // of this machine: the one thing that may differ
  if (!(sweep->cpu_seconds > 0)) speed = sweep_store_speed(&sweep->store, sweep->arena);
  writer_number(writer, "events_per_cpu_s", speed);
  writer_array(writer, "runs");
  for (size_t i = 0; i < sweep->count; i++) {
    const struct sweep_point *point = &sweep->points[i];
    if (point->twin == i && sweep_point_is_finished(point)) write_run(sweep, point, writer);
  }
  writer_end(writer);
  writer_end(writer);
}

static bool save_table(const struct sweep *sweep, const struct sweep_table *table, struct file_error *error) {
  struct results_file file;
  sweep_table_write_csv(table, results_file_begin(&file, NULL, sweep->store.table));
  return results_file_finish(&file, error);
}

static bool save_manifest(const struct sweep *sweep, struct file_error *error) {
  struct results_file file;
  write_manifest(sweep, results_file_begin(&file, sweep->store.folder, "manifest.json"));
  return results_file_finish(&file, error);
}

static bool save(const struct sweep *sweep, const struct sweep_table *table) {
  struct file_error error = {""};
  bool saved = save_table(sweep, table, &error) && save_manifest(sweep, &error);
  if (!saved) console_error("%s", error.message);
  return saved;
}

// ---- For people -------------------------------------------------------------------------------------------

enum { POINT_WIDTH = 26, CELL_WIDTH = 9 };

static const struct {
  const char *head;
  const char *column;
  char unit; // r: rate, t: time, s: share
} shown[] = {{"offered", "offered_per_s", 'r'},
             {"goodput", "goodput_per_s", 'r'},
             {"p50", "latency_all_s.p50", 't'},
             {"p99", "latency_all_s.p99", 't'},
             {"errors", "errors", 's'}};
enum { SHOWN = sizeof shown / sizeof *shown };

static struct units_text show(const struct sweep_cell *cell, char unit) {
  if (cell == NULL) return (struct units_text){"-"};
  if (cell->kind == SWEEP_TEXT) return (struct units_text){"∞"};
  if (unit == 'r') return units_show_rate(cell->number);
  if (unit == 's') return units_show_share(cell->number);
  return units_show_duration(cell->number * 1e9);
}

// "load=4 cores=2": the last word of each path is enough for a table.
static const char *brief(const struct sweep *sweep, const struct sweep_point *point, struct arena *arena) {
  const char *text = "";
  for (size_t d = 0; d < sweep->dimension_count; d++) {
    const char *dot = strrchr(sweep->dimensions[d].path, '.');
    text = arena_format(arena, "%s%s%s=%s", text, text[0] != '\0' ? " " : "",
                        dot != NULL ? dot + 1 : sweep->dimensions[d].path, point->values[d]);
  }
  return text;
}

static void print_point(const struct sweep *sweep, const struct sweep_table *cells, size_t i,
                        const struct table *table) {
  const struct sweep_point *point = &sweep->points[i];
  const char *text = brief(sweep, point, sweep->arena);
  bool first = i == 0 || point->scenario != sweep->points[i - 1].scenario;
  if (first && sweep->options->path_count > 1) {
    table_say(table, TABLE_BOLD, "%s\n", text_safe(sweep->arena, point->name));
  }
  table_cell(table, -table->names, TABLE_PLAIN, text);
  if (!sweep_point_is_finished(&sweep->points[point->twin])) {
    table_say(table, TABLE_BAD, "  %s\n", states[sweep->points[point->twin].state]);
    return;
  }
  for (int c = 0; c < SHOWN; c++) {
    struct units_text cell = show(sweep_table_find(cells, i, shown[c].column), shown[c].unit);
    table_cell(table, CELL_WIDTH, TABLE_PLAIN, cell.text);
  }
  const struct sweep_cell *bottleneck = sweep_table_find(cells, i, "bottleneck.component");
  table_say(table, TABLE_DIM, "  %s\n", bottleneck != NULL ? bottleneck->text : "");
}

static void print_table(const struct sweep *sweep, const struct sweep_table *cells) {
  struct table table = table_on(stdout, sweep->options->color);
  for (size_t i = 0; i < sweep->count; i++)
    table_fit_name(&table, POINT_WIDTH, brief(sweep, &sweep->points[i], sweep->arena));
  table_cell(&table, -table.names, TABLE_BOLD, "");
  for (int c = 0; c < SHOWN; c++) table_cell(&table, CELL_WIDTH, TABLE_BOLD, shown[c].head);
  table_say(&table, TABLE_BOLD, "  fullest\n");
  for (size_t i = 0; i < sweep->count; i++) print_point(sweep, cells, i, &table);
}

static void print_bytes(const struct sweep_table *table,
                        void (*write)(const struct sweep_table *, struct writer *)) {
  struct writer writer;
  writer_init(&writer, NULL);
  write(table, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  fwrite(writer.bytes, 1, writer.length, stdout);
  writer_drop(&writer);
}

static void say_interrupted(const struct sweep *sweep) {
  size_t all = 0, finished = 0;
  for (size_t i = 0; i < sweep->count; i++) {
    all += sweep->points[i].twin == i;
    finished += sweep->points[i].twin == i && sweep_point_is_finished(&sweep->points[i]);
  }
  console_error("interrupted: %zu of %zu points are finished%s", finished, all,
                sweep->store.folder != NULL ? "; the same command goes on from there" : "");
}

int sweep_report(struct sweep *sweep) {
  struct sweep_table table;
  if (!gather(sweep, &table)) sweep->status = STATUS_FAILED;
  if (sweep->store.folder != NULL && !save(sweep, &table)) sweep->status = STATUS_FAILED;
  if (sweep->options->json) {
    print_bytes(&table, sweep_table_write_json);
  } else if (sweep->store.folder == NULL) {
    print_bytes(&table, sweep_table_write_csv);
  } else if (!sweep->options->quiet) {
    print_table(sweep, &table);
  }
  if (sweep->interrupted) say_interrupted(sweep);
  if (sweep->status != STATUS_DONE) return sweep->status;
  return sweep->interrupted ? STATUS_INTERRUPTED : STATUS_DONE;
}
