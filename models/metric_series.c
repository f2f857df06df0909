#include "metric_series.h"

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

// ---- Windows ----------------------------------------------------------------------------------------------

static bool make_room(struct metric_series *series, struct memory_budget *budget) {
  uint64_t needed = (uint64_t)(series->windows + 1) * series->count;
  if (needed <= series->room) return true;
  uint32_t room = series->room == 0 ? 64 * (uint32_t)series->count : 2 * series->room;
  struct metric_cell *wider = memory_take(budget, room * sizeof *wider);
  if (wider == NULL) return false;
  if (series->room > 0) memcpy(wider, series->cells, series->room * sizeof *wider);
  memory_give(budget, series->cells, series->room * sizeof *wider);
  series->cells = wider;
  series->room = room;
  return true;
}

bool metric_series_open(struct metric_series *series, struct sim *sim) {
  const struct plan *plan = sim->plan;
  *series = (struct metric_series){.plan = plan};
  size_t count = list_columns(plan, NULL);
  uint64_t work = (uint64_t)plan->component_count * (sim->instance_count + sim->machine_count);
  if (count > METRIC_COLUMNS_MOST || work > METRIC_WORK_MOST) return true;
  struct metric_column *columns = arena_array(&sim->arena, count + 1, sizeof *columns);
  if (columns == NULL) return false;
  list_columns(plan, columns);
  series->columns = columns;
  series->count = count;
  return metric_book_open(&series->now, plan, false, &sim->arena, &sim->budget) &&
         metric_book_open(&series->before, plan, false, &sim->arena, &sim->budget) &&
         metric_series_restart(series, sim);
}

void metric_series_drop(struct metric_series *series, struct sim *sim) {
  memory_give(&sim->budget, series->cells, series->room * sizeof *series->cells);
  series->cells = NULL;
}

bool metric_series_restart(struct metric_series *series, const struct sim *sim) {
  return series->count == 0 || metric_book_read(&series->before, sim, false);
}

static void add(struct metric_cell *cell, const struct metric_raw *now, const struct metric_raw *before) {
  if (now->times == NULL) {
    cell->top += now->top - before->top;
    cell->bottom += now->bottom - before->bottom;
  } else {
    cell->top += (double)(now->times->sum - before->times->sum);
    cell->bottom += (double)(now->times->count - before->times->count);
  }
}

bool metric_series_note(struct metric_series *series, struct sim *sim) {
  if (series->count == 0 || series->windows == 0) return true;
  sim_settle(sim);
  if (!metric_book_read(&series->now, sim, false)) return false;
  struct metric_cell *cells = &series->cells[(series->windows - 1) * series->count];
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
  for (size_t w = 0; w < series->windows; w++) {
    for (size_t i = 0; i < series->count; i++) {
      const struct metric_cell *first = &series->cells[2 * w * series->count + i];
      const struct metric_cell *second = first + series->count;
      series->cells[w * series->count + i] =
          (struct metric_cell){first->top + second->top, first->bottom + second->bottom};
    }
  }
}

bool metric_series_next(struct metric_series *series, struct sim *sim) {
  if (series->count == 0) return true;
  if (!metric_series_note(series, sim)) return false;
  if (series->windows == SIM_WINDOWS_MOST) merge_pairs(series);
  if (!make_room(series, &sim->budget)) return false;
  memset(&series->cells[series->windows * series->count], 0, series->count * sizeof *series->cells);
  series->windows++;
  return true;
}
