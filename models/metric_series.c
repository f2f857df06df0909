#include "metric_series.h"

#include "measure.h"
#include "metric_book.h"
#include "metric_table.h"
#include "model.h"
#include "sim.h"

#include <string.h>

// ---- Columns ----------------------------------------------------------------------------------------------

static bool goes_over_time(const struct metric *metric) {
  return metric->kind == METRIC_RATE || metric->kind == METRIC_LEVEL || metric->kind == METRIC_SHARE ||
         metric->kind == METRIC_RATIO || metric->kind == METRIC_TIMES;
}

static bool is_ever_there(const struct metric *metric, const struct component *component) {
  return metric->missing == NULL || metric->missing(component) == NULL;
}

// What fleets count of visits, but for levels.
static bool is_of_visits(const struct metric_source *source) {
  return source->place == METRIC_BY_MEASURE ||
         (source->place == METRIC_OF_FLEET && source->type != METRIC_A_LEVEL);
}

static bool is_measured(const struct metric *metric) {
  return metric->measured || is_of_visits(&metric->top) || is_of_visits(&metric->bottom);
}

// Into `columns`, unless that is NULL; how many there are.
static size_t list_columns(const struct plan *plan, struct metric_column *columns) {
  size_t count = 0;
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct component *component = &plan->components[c];
    for (size_t row = 0; row < metric_count(component->model); row++) {
      const struct metric *metric = metric_at(component->model, row);
      if (!goes_over_time(metric) || !is_ever_there(metric, component)) continue;
      if (columns != NULL) columns[count] = (struct metric_column){c, row, is_measured(metric)};
      count++;
    }
  }
  return count;
}

size_t metric_series_columns(const struct plan *plan) {
  size_t count = list_columns(plan, NULL);
  return count > METRIC_COLUMNS_MOST ? 0 : count;
}

// ---- Windows ----------------------------------------------------------------------------------------------

_Static_assert(METRIC_BLOCK *METRIC_BLOCKS_MOST >= SIM_WINDOWS_MOST, "all windows have a block");

// Blocks, that nothing is ever copied: a series may be much of what a run holds.
static bool make_room(struct metric_series *series, uint32_t block) {
  struct metric_cell **cells = &series->blocks[block];
  if (*cells == NULL) *cells = memory_take(series->budget, METRIC_BLOCK * series->count * sizeof **cells);
  return *cells != NULL;
}

static void drop_block(struct metric_series *series, uint32_t block) {
  memory_give(series->budget, series->blocks[block], METRIC_BLOCK * series->count * sizeof **series->blocks);
  series->blocks[block] = NULL;
}

bool metric_series_open(struct metric_series *series, struct sim *sim) {
  const struct plan *plan = sim->plan;
  *series = (struct metric_series){.plan = plan, .budget = &sim->budget};
  size_t count = metric_series_columns(plan);
  uint64_t work = (uint64_t)plan->component_count * (sim->instance_count + sim->machine_count);
  if (count == 0 || work > METRIC_WORK_MOST) return true;
  struct metric_column *columns = arena_array(&sim->arena, count + 1, sizeof *columns);
  if (columns == NULL) return false;
  list_columns(plan, columns);
  series->columns = columns;
  series->count = count;
  return metric_book_open(&series->now, plan, false, &sim->arena, &sim->budget) &&
         metric_book_open(&series->before, plan, false, &sim->arena, &sim->budget) &&
         metric_series_restart(series, sim);
}

void metric_series_drop(struct metric_series *series) {
  for (uint32_t b = 0; b < METRIC_BLOCKS_MOST; b++) {
    if (series->blocks[b] != NULL) drop_block(series, b);
  }
}

bool metric_series_move(struct metric_series *into, struct metric_series *series, struct arena *arena,
                        struct memory_budget *budget) {
  struct metric_column *columns = arena_array(arena, series->count, sizeof *columns);
  if (columns == NULL) return false;
  memcpy(columns, series->columns, series->count * sizeof *columns);
  size_t bytes = METRIC_BLOCK * series->count * sizeof **series->blocks;
  *into = (struct metric_series){
      .plan = series->plan, .columns = columns, .count = series->count, .budget = budget};
  for (uint32_t b = 0; b * METRIC_BLOCK < series->windows; b++) {
    if (!memory_pass(series->budget, budget, bytes)) return false;
    into->blocks[b] = series->blocks[b];
    series->blocks[b] = NULL;
  }
  into->windows = series->windows;
  return true;
}

bool metric_series_restart(struct metric_series *series, const struct sim *sim) {
  return series->count == 0 || metric_book_read(&series->before, sim, false);
}

static void add(struct metric_cell *cell, const struct metric_raw *now, const struct metric_raw *before) {
  if (now->times == NULL) {
    cell->top += (float)(now->top - before->top);
    cell->bottom += (float)(now->bottom - before->bottom);
  } else {
    cell->top += (float)(now->times->sum - before->times->sum);
    cell->bottom += (float)(now->times->count - before->times->count);
  }
}

bool metric_series_note(struct metric_series *series, struct sim *sim) {
  if (series->count == 0 || series->windows == 0) return true;
  measure_settle(sim);
  if (!metric_book_read(&series->now, sim, false)) return false;
  struct metric_cell *cells = metric_series_cells(series, series->windows - 1);
  for (size_t i = 0; i < series->count; i++) {
    const struct metric_column *column = &series->columns[i];
    add(&cells[i], &series->now.components[column->component][column->row],
        &series->before.components[column->component][column->row]);
  }
  struct metric_book before = series->before;
  series->before = series->now;
  series->now = before;
  return true;
}

static void merge_pairs(struct metric_series *series) {
  series->windows /= 2;
  for (uint32_t w = 0; w < series->windows; w++) {
    const struct metric_cell *first = metric_series_cells(series, 2 * w);
    const struct metric_cell *second = metric_series_cells(series, 2 * w + 1);
    struct metric_cell *both = metric_series_cells(series, w);
    for (size_t i = 0; i < series->count; i++)
      both[i] = (struct metric_cell){first[i].top + second[i].top, first[i].bottom + second[i].bottom};
  }
}

bool metric_series_next(struct metric_series *series, struct sim *sim) {
  if (series->count == 0) return true;
  if (!metric_series_note(series, sim)) return false;
  if (series->windows == SIM_WINDOWS_MOST) merge_pairs(series);
  if (!make_room(series, series->windows / METRIC_BLOCK)) return false;
  series->windows++;
  struct metric_cell *cells = metric_series_cells(series, series->windows - 1);
  memset(cells, 0, series->count * sizeof *cells);
  return true;
}
