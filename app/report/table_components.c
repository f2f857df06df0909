#include "table_components.h"

#include "console.h"
#include "metric_table.h"
#include "model.h"
#include "part.h"

#include <math.h>

// ---- Grids: components by figures ----

struct grid_column {
  const char *head;
  const char *part; // as part_named() reads it
  enum table_show show;
  bool limited; // a share of something that can be full
};

// What has nothing to say is left out.
enum grid_filter {
  GRID_ALL,
  GRID_KNOWN, // columns in which nobody has a figure
  GRID_USED   // columns and components in which nothing is above 0
};

enum { GRID_COLUMNS_MOST = 7 };

struct grid {
  const char *title;
  int width; // of a figure
  enum grid_filter filter;
  const struct grid_column *columns;
  size_t column_count;
  const uint16_t *components; // by number
  size_t component_count;
  double *values; // of each component, column by column
};

static void read_row(const struct grid *grid, const struct experiment *experiment, size_t row) {
  struct component_scope scope;
  component_scope_open(&scope, experiment, grid->components[row]);
  for (size_t i = 0; i < grid->column_count; i++) {
    struct part part = part_named(scope.model, grid->columns[i].part);
    grid->values[row * grid->column_count + i] = component_scope_estimate(&scope, part, 0.95).value;
  }
  component_scope_close(&scope);
}

static void read_grid(struct grid *grid, const struct experiment *experiment, struct arena *arena) {
  grid->values = arena_array(arena, grid->component_count * grid->column_count + 1, sizeof *grid->values);
  for (size_t row = 0; row < grid->component_count; row++) read_row(grid, experiment, row);
}

static bool says_something(const struct grid *grid, size_t row, size_t column) {
  double value = grid->values[row * grid->column_count + column];
  return grid->filter == GRID_ALL || (grid->filter == GRID_KNOWN ? !isnan(value) : value > 0);
}

static bool column_stays(const struct grid *grid, size_t column) {
  bool stays = false;
  for (size_t row = 0; row < grid->component_count && !stays; row++)
    stays = says_something(grid, row, column);
  return stays;
}

static bool row_stays(const struct grid *grid, size_t row) {
  bool stays = grid->filter != GRID_USED;
  for (size_t i = 0; i < grid->column_count && !stays; i++) stays = says_something(grid, row, i);
  return stays;
}

static void print_row(const struct table *table, const struct grid *grid, const bool *stays, size_t row,
                      const char *name) {
  table_cell(table, -table->names, TABLE_PLAIN, name);
  for (size_t i = 0; i < grid->column_count; i++) {
    double value = grid->values[row * grid->column_count + i];
    bool hot = grid->columns[i].limited && value > 0.9;
    if (stays[i])
      table_cell(table, grid->width, hot ? TABLE_BAD : TABLE_PLAIN,
                 table_show(value, grid->columns[i].show).text);
  }
  fputc('\n', table->stream);
}

// Nothing where no column stays.
static void print_grid(const struct table *table, const struct experiment *experiment,
                       const struct grid *grid) {
  bool stays[GRID_COLUMNS_MOST], any = false;
  for (size_t i = 0; i < grid->column_count; i++) {
    stays[i] = column_stays(grid, i);
    any = any || stays[i];
  }
  if (!any) return;
  fputc('\n', table->stream);
  table_cell(table, -table->names, TABLE_BOLD, grid->title);
  for (size_t i = 0; i < grid->column_count; i++)
    if (stays[i]) table_cell(table, grid->width, TABLE_BOLD, grid->columns[i].head);
  fputc('\n', table->stream);
  for (size_t row = 0; row < grid->component_count; row++) {
    const char *name = experiment->plan->components[grid->components[row]].name;
    if (row_stays(grid, row)) print_row(table, grid, stays, row, name);
  }
}

// ---- What all report ----

static const struct grid_column common_columns[] = {
    {"instances", "instances", TABLE_SHOW_COUNT, false},
    {"cpu", "utilization.cpu.mean", TABLE_SHOW_SHARE, true},
    {"workers", "utilization.workers", TABLE_SHOW_SHARE, true},
    {"done", "throughput_per_s", TABLE_SHOW_RATE, false},
    {"wait", "wait_s", TABLE_SHOW_TIME, false},
    {"sojourn", "sojourn_s", TABLE_SHOW_TIME, false},
    {"inside", "in_system", TABLE_SHOW_COUNT, false},
};

// Of those that have a limit and something to do.
static const struct grid_column device_columns[] = {
    {"disk", "utilization.disk", TABLE_SHOW_SHARE, true},
    {"sends", "utilization.nic", TABLE_SHOW_SHARE, true},
    {"receives", "utilization.nic_in", TABLE_SHOW_SHARE, true},
    {"memory", "utilization.memory", TABLE_SHOW_SHARE, true},
};

enum {
  COMMON_COLUMNS = sizeof common_columns / sizeof *common_columns,
  DEVICE_COLUMNS = sizeof device_columns / sizeof *device_columns
};

// ---- What types report ----

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

enum { TYPE_COLUMNS = 6, TYPE_WIDTH = 10 };

// The rows of a type that have a head; how many there are.
static size_t type_columns(const struct model *model, struct grid_column columns[TYPE_COLUMNS]) {
  size_t count = 0;
  for (size_t row = metric_common_count; row < metric_count(model) && count < TYPE_COLUMNS; row++) {
    const struct metric *metric = metric_at(model, row);
    if (metric->head != NULL)
      columns[count++] = (struct grid_column){metric->head, metric->key, show_of(metric), false};
  }
  return count;
}

static void print_type(const struct table *table, const struct experiment *experiment,
                       const struct model *model, const struct grid *all, struct arena *arena) {
  struct grid_column columns[TYPE_COLUMNS];
  uint16_t *members = arena_array(arena, all->component_count + 1, sizeof *members);
  struct grid grid = {.title = model->form.name,
                      .width = TYPE_WIDTH,
                      .filter = GRID_KNOWN,
                      .columns = columns,
                      .column_count = type_columns(model, columns),
                      .components = members};
  for (size_t i = 0; i < all->component_count; i++) {
    if (experiment->plan->components[all->components[i]].model == model)
      members[grid.component_count++] = all->components[i];
  }
  read_grid(&grid, experiment, arena);
  print_grid(table, experiment, &grid);
}

// ---- All of them ----

// More components than fit a page are too many to be read: the busiest are shown.
enum { COMPONENTS_SHOWN = 30 };

static double fullest(const struct grid *common, const struct grid *devices, size_t row) {
  const double *shares = &common->values[row * common->column_count];
  const double *device = &devices->values[row * devices->column_count];
  double most = 0;
  for (size_t i = 0; i < common->column_count; i++)
    if (common->columns[i].limited) most = fmax(most, shares[i]);
  for (size_t i = 0; i < devices->column_count; i++) most = fmax(most, device[i]);
  return most;
}

static struct grid grid_of(const char *title, enum grid_filter filter, const struct grid_column *columns,
                           size_t column_count) {
  return (struct grid){.title = title,
                       .width = TABLE_VALUE_WIDTH,
                       .filter = filter,
                       .columns = columns,
                       .column_count = column_count};
}

// Both grids over `components`.
static void read_both(struct grid *common, struct grid *devices, const uint16_t *components, size_t count,
                      const struct experiment *experiment, struct arena *arena) {
  *common = grid_of("component", GRID_ALL, common_columns, COMMON_COLUMNS);
  *devices = grid_of("device", GRID_USED, device_columns, DEVICE_COLUMNS);
  common->components = devices->components = components;
  common->component_count = devices->component_count = count;
  read_grid(common, experiment, arena);
  read_grid(devices, experiment, arena);
}

// Leaves the busiest of all components, in their order; how many.
static size_t leave_busiest(uint16_t *components, size_t count, const struct experiment *experiment,
                            struct arena *arena) {
  if (count <= COMPONENTS_SHOWN) return count;
  struct grid common, devices;
  read_both(&common, &devices, components, count, experiment, arena);
  bool *shown = arena_array(arena, count, sizeof *shown);
  for (int n = 0; n < COMPONENTS_SHOWN; n++) {
    size_t best = SIZE_MAX;
    for (size_t c = 0; c < count; c++) {
      if (!shown[c] && (best == SIZE_MAX || fullest(&common, &devices, c) > fullest(&common, &devices, best)))
        best = c;
    }
    shown[best] = true;
  }
  size_t left = 0;
  for (size_t c = 0; c < count; c++)
    if (shown[c]) components[left++] = components[c];
  return left;
}

void table_print_components(const struct table *table, const struct experiment *experiment) {
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  size_t count = experiment->plan->component_count;
  uint16_t *components = arena_array(&arena, count + 1, sizeof *components);
  for (size_t c = 0; c < count; c++) components[c] = (uint16_t)c;
  size_t left = leave_busiest(components, count, experiment, &arena);
  struct grid common, devices;
  read_both(&common, &devices, components, left, experiment, &arena);
  print_grid(table, experiment, &common);
  if (count > left)
    table_say(table, TABLE_DIM, "and %zu more that are less busy, in results.json\n", count - left);
  print_grid(table, experiment, &devices);
  for (size_t m = 0; models[m] != NULL; m++) print_type(table, experiment, models[m], &common, &arena);
  arena_drop(&arena);
}
