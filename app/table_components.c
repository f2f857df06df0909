#include "table_components.h"

#include "console.h"
#include "model.h"
#include "part.h"

#include <math.h>

// ---- In common ----

struct part_column {
  const char *head;
  const char *part; // as part_named() reads it
  enum table_show show;
};

static const struct part_column part_columns[] = {
    {"instances", "instances", TABLE_SHOW_COUNT},
    {"cpu", "utilization.cpu.mean", TABLE_SHOW_SHARE},
    {"workers", "utilization.workers", TABLE_SHOW_SHARE},
    {"done", "throughput_per_s", TABLE_SHOW_RATE},
    {"wait", "wait_s", TABLE_SHOW_TIME},
    {"sojourn", "sojourn_s", TABLE_SHOW_TIME},
    {"inside", "in_system", TABLE_SHOW_COUNT},
};
enum { PART_COLUMNS = sizeof part_columns / sizeof *part_columns };

static void print_component(const struct table *table, const struct experiment *experiment, uint16_t number) {
  struct component_scope scope;
  component_scope_open(&scope, experiment, number);
  table_cell(table, -table->names, TABLE_PLAIN, experiment->plan->components[number].name);
  for (int i = 0; i < PART_COLUMNS; i++) {
    struct estimate estimate =
        component_scope_estimate(&scope, part_named(scope.model, part_columns[i].part), 0.95);
    bool hot = part_columns[i].show == TABLE_SHOW_SHARE && estimate.value > 0.9;
    table_cell(table, TABLE_VALUE_WIDTH, hot ? TABLE_BAD : TABLE_PLAIN,
               table_show(estimate.value, part_columns[i].show).text);
  }
  fputc('\n', table->stream);
  component_scope_close(&scope);
}

// More components than fit a page are too many to be read: the busiest are shown.
enum { COMPONENTS_SHOWN = 30 };

static double part_of(const struct experiment *experiment, uint16_t number, const char *name) {
  struct component_scope scope;
  component_scope_open(&scope, experiment, number);
  struct estimate estimate = component_scope_estimate(&scope, part_named(scope.model, name), 0.95);
  component_scope_close(&scope);
  return estimate.value;
}

static const struct part_column device_columns[] = {
    {"disk", "utilization.disk", TABLE_SHOW_SHARE},
    {"sends", "utilization.nic", TABLE_SHOW_SHARE},
    {"receives", "utilization.nic_in", TABLE_SHOW_SHARE},
    {"memory", "utilization.memory", TABLE_SHOW_SHARE},
};
enum { DEVICE_COLUMNS = sizeof device_columns / sizeof *device_columns };

static double fullest(const struct experiment *experiment, uint16_t number) {
  double most = fmax(0, part_of(experiment, number, "utilization.cpu.mean"));
  most = fmax(most, part_of(experiment, number, "utilization.workers"));
  for (int i = 0; i < DEVICE_COLUMNS; i++)
    most = fmax(most, part_of(experiment, number, device_columns[i].part));
  return most;
}

static bool *choose_components(const struct experiment *experiment, struct arena *arena) {
  uint16_t count = experiment->plan->component_count;
  bool *shown = arena_array(arena, count, sizeof *shown);
  double *full = arena_array(arena, count, sizeof *full);
  for (uint16_t c = 0; c < count; c++) full[c] = count > COMPONENTS_SHOWN ? fullest(experiment, c) : 0;
  for (unsigned n = 0; n < COMPONENTS_SHOWN && n < count; n++) {
    int best = -1;
    for (uint16_t c = 0; c < count; c++) {
      if (!shown[c] && (best < 0 || full[c] > full[best])) best = c;
    }
    shown[best] = true;
  }
  return shown;
}

// Disks, interfaces and memory that have a limit and something to do; columns that nobody uses are left out.
static void print_devices(const struct table *table, const struct experiment *experiment, const bool *shown) {
  bool used[DEVICE_COLUMNS] = {false}, any = false;
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    for (int i = 0; shown[c] && i < DEVICE_COLUMNS; i++)
      used[i] = used[i] || part_of(experiment, c, device_columns[i].part) > 0;
  }
  for (int i = 0; i < DEVICE_COLUMNS; i++) any = any || used[i];
  if (!any) return;
  fputc('\n', table->stream);
  table_cell(table, -table->names, TABLE_BOLD, "device");
  for (int i = 0; i < DEVICE_COLUMNS; i++)
    if (used[i]) table_cell(table, TABLE_VALUE_WIDTH, TABLE_BOLD, device_columns[i].head);
  fputc('\n', table->stream);
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    double values[DEVICE_COLUMNS], most = 0;
    for (int i = 0; i < DEVICE_COLUMNS; i++) {
      values[i] = shown[c] ? part_of(experiment, c, device_columns[i].part) : (double)NAN;
      most = fmax(most, values[i]);
    }
    if (!(most > 0)) continue;
    table_cell(table, -table->names, TABLE_PLAIN, experiment->plan->components[c].name);
    for (int i = 0; i < DEVICE_COLUMNS; i++) {
      if (!used[i]) continue;
      table_cell(table, TABLE_VALUE_WIDTH, values[i] > 0.9 ? TABLE_BAD : TABLE_PLAIN,
                 table_show(values[i], TABLE_SHOW_SHARE).text);
    }
    fputc('\n', table->stream);
  }
}

// ---- What types report ----

enum { TYPE_COLUMNS = 6, TYPE_WIDTH = 10 };

static enum table_show show_of(const struct metric *metric) {
  switch (metric->unit) {
  case METRIC_FRACTION:
    return TABLE_SHOW_SHARE;
  case METRIC_PER_SECOND:
    return TABLE_SHOW_RATE;
  case METRIC_SECONDS:
    return TABLE_SHOW_TIME;
  case METRIC_BYTES:
    return metric->kind == METRIC_RATE ? TABLE_SHOW_BANDWIDTH : TABLE_SHOW_SIZE;
  default:
    return TABLE_SHOW_COUNT;
  }
}

static double value_of(const struct experiment *experiment, uint16_t number, const struct metric *metric) {
  return part_of(experiment, number, metric->key);
}

// A table of its own for a type that reports something besides: its components, and the rows with a head that
// one of them has something for.
struct type_table {
  const struct metric *columns[TYPE_COLUMNS];
  size_t column_count;
  uint16_t *components; // by number
  uint16_t component_count;
};

static bool anybody_has(const struct type_table *type, const struct experiment *experiment,
                        const struct metric *metric) {
  for (uint16_t i = 0; i < type->component_count; i++) {
    if (!isnan(value_of(experiment, type->components[i], metric))) return true;
  }
  return false;
}

static void find_type(struct type_table *type, const struct experiment *experiment, const bool *shown,
                      const struct model *model) {
  type->component_count = 0;
  type->column_count = 0;
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    if (shown[c] && experiment->plan->components[c].model == model)
      type->components[type->component_count++] = c;
  }
  for (size_t row = metric_common_count; row < metric_count(model); row++) {
    const struct metric *metric = metric_at(model, row);
    if (metric->head == NULL || type->column_count == TYPE_COLUMNS) continue;
    if (anybody_has(type, experiment, metric)) type->columns[type->column_count++] = metric;
  }
}

static void print_type(const struct table *table, const struct experiment *experiment,
                       const struct type_table *type, const char *name) {
  fputc('\n', table->stream);
  table_cell(table, -table->names, TABLE_BOLD, name);
  for (size_t i = 0; i < type->column_count; i++)
    table_cell(table, TYPE_WIDTH, TABLE_BOLD, type->columns[i]->head);
  fputc('\n', table->stream);
  for (uint16_t c = 0; c < type->component_count; c++) {
    table_cell(table, -table->names, TABLE_PLAIN, experiment->plan->components[type->components[c]].name);
    for (size_t i = 0; i < type->column_count; i++) {
      double value = value_of(experiment, type->components[c], type->columns[i]);
      table_cell(table, TYPE_WIDTH, TABLE_PLAIN, table_show(value, show_of(type->columns[i])).text);
    }
    fputc('\n', table->stream);
  }
}

static void print_types(const struct table *table, const struct experiment *experiment, const bool *shown,
                        struct arena *arena) {
  struct type_table type = {
      .components = arena_array(arena, experiment->plan->component_count, sizeof *type.components)};
  for (size_t m = 0; models[m] != NULL; m++) {
    find_type(&type, experiment, shown, models[m]);
    if (type.column_count > 0) print_type(table, experiment, &type, models[m]->form.name);
  }
}

void table_print_components(const struct table *table, const struct experiment *experiment) {
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  const bool *shown = choose_components(experiment, &arena);
  fputc('\n', table->stream);
  table_cell(table, -table->names, TABLE_BOLD, "component");
  for (int i = 0; i < PART_COLUMNS; i++)
    table_cell(table, TABLE_VALUE_WIDTH, TABLE_BOLD, part_columns[i].head);
  fputc('\n', table->stream);
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    if (shown[c]) print_component(table, experiment, c);
  }
  if (experiment->plan->component_count > COMPONENTS_SHOWN) {
    table_say(table, TABLE_DIM, "and %d more that are less busy, in results.json\n",
              experiment->plan->component_count - COMPONENTS_SHOWN);
  }
  print_devices(table, experiment, shown);
  print_types(table, experiment, shown, &arena);
  arena_drop(&arena);
}
