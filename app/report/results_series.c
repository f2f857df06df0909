// series.csv: what was seen over time.
#include "console.h"
#include "metric_series.h"
#include "metric_table.h"
#include "part.h"
#include "results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct metric_series no_series = {.count = 0};

// Wholly within the measured time.
static bool is_measured(const struct replication *kept, uint32_t i) {
  int64_t from = (int64_t)i * kept->window_length;
  return from >= kept->from && from + kept->window_length <= kept->until;
}

// ---- Components -------------------------------------------------------------------------------------------

static const struct metric *metric_of(const struct metric_series *series,
                                      const struct metric_column *column) {
  return metric_at(series->plan->components[column->component].model, column->row);
}

static const struct metric_series *series_of(const struct experiment *experiment) {
  return experiment->count > 0 ? &experiment->replications[0]->series : &no_series;
}

// Not shown are figures that are left out of results.json, too: that have nothing to be divided by, ever.
static void find_shown(const struct replication *kept, bool *shown) {
  const struct metric_series *series = &kept->series;
  for (uint32_t w = 0; w < series->windows; w++) {
    const struct metric_cell *cells = metric_series_cells(series, w);
    for (size_t i = 0; i < series->count; i++) shown[i] = shown[i] || cells[i].bottom > 0;
  }
}

static const bool *choose_columns(const struct experiment *experiment, struct arena *arena) {
  const struct metric_series *series = series_of(experiment);
  bool *shown = arena_array(arena, series->count + 1, sizeof *shown);
  for (size_t r = 0; r < experiment->count; r++) find_shown(experiment->replications[r], shown);
  for (size_t i = 0; i < series->count; i++) {
    if (!metric_of(series, &series->columns[i])->optional) shown[i] = true;
  }
  return shown;
}

static void write_component_heads(const struct experiment *experiment, const bool *shown,
                                  struct writer *writer) {
  const struct metric_series *series = series_of(experiment);
  for (size_t i = 0; i < series->count; i++) {
    const struct metric_column *column = &series->columns[i];
    const struct metric *metric = metric_of(series, column);
    char head[256];
    snprintf(head, sizeof head, "%s.%s%s", series->plan->components[column->component].name, metric->key,
             metric->kind == METRIC_TIMES ? ".mean" : "");
    if (shown[i]) writer_cell_text(writer, head);
  }
}

// To nine digits, which is more than a picture or a model of it asks for, and half as long.
static double rounded(double value) {
  char text[32];
  if (!isfinite(value)) return value;
  snprintf(text, sizeof text, "%.9g", value);
  return strtod(text, NULL);
}

static double cell_value(const struct metric *metric, const struct metric_cell *cell, double seconds) {
  struct tally times = {.sum = (int128)cell->top, .count = (uint64_t)cell->bottom};
  struct metric_raw raw = {.top = cell->top, .bottom = cell->bottom, .times = &times};
  return part_value(metric, (struct part){.aspect = PART_VALUE}, &raw, seconds);
}

static void write_components(const struct replication *kept, uint32_t window, const bool *shown,
                             struct writer *writer) {
  const struct metric_series *series = &kept->series;
  bool measured = is_measured(kept, window);
  for (size_t i = 0; i < series->count; i++) {
    const struct metric_column *column = &series->columns[i];
    const struct metric_cell *cell = &metric_series_cells(series, window)[i];
    double value = cell_value(metric_of(series, column), cell, (double)kept->window_length * 1e-9);
    if (shown[i]) writer_cell_number(writer, measured || !column->measured ? rounded(value) : NAN);
  }
}

// ---- All of it --------------------------------------------------------------------------------------------

static void write_window(const struct replication *kept, uint32_t i, double inside, struct writer *writer) {
  const struct window_measure *window = &kept->windows[i];
  int64_t from = (int64_t)i * kept->window_length;
  int64_t to = from + kept->window_length;
  writer_cell_integer(writer, kept->number);
  writer_cell_number(writer, (double)from / 1e9);
  writer_cell_number(writer, (double)to / 1e9);
  writer_cell_integer(writer, (int64_t)window->offered);
  writer_cell_integer(writer, (int64_t)window_attempts(window));
  writer_cell_integer(writer, (int64_t)window->answered);
  writer_cell_integer(writer, (int64_t)window->failed);
  writer_cell_number(writer, window_mean(window) / 1e9);
  writer_cell_number(writer, window->answered > 0 ? (double)window->latency.largest / 1e9 : NAN);
  writer_cell_number(writer, inside);
  writer_cell_integer(writer, is_measured(kept, i));
}

// One row a window and replication: what clients have seen, then what components report. Windows that the run
// did not reach in full are left out.
void results_write_series(const struct results *results, struct writer *writer) {
  const struct experiment *experiment = results->experiment;
  static const char *const heads[] = {"replication",   "from_s",   "to_s",    "offered",
                                      "attempts",      "answered", "failed",  "latency_mean_s",
                                      "latency_max_s", "inside",   "measured"};
  for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) writer_cell_text(writer, heads[i]);
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  const bool *shown = choose_columns(experiment, &arena);
  write_component_heads(experiment, shown, writer);
  writer_row_end(writer);
  for (size_t r = 0; r < experiment->count; r++) {
    const struct replication *kept = experiment->replications[r];
    double inside = 0;
    for (uint32_t i = 0; i < kept->window_count; i++) {
      const struct window_measure *window = &kept->windows[i];
      inside += (double)window->offered - (double)window->answered - (double)window->failed;
      if ((int64_t)(i + 1) * kept->window_length > kept->ended) continue;
      write_window(kept, i, inside, writer);
      write_components(kept, i, shown, writer);
      writer_row_end(writer);
    }
  }
  arena_drop(&arena);
}
