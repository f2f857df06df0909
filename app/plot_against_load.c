// Latency, goodput and errors against the load.
#include "plot_axis.h"
#include "plot_draw.h"
#include "plot_script.h"

#include <math.h>
#include <string.h>

enum { LIMITS_MOST = 6 };

// Whether the load is known in requests per second; else it is shown as a factor.
static bool offered_known(const struct plot_set *set) {
  for (size_t i = 0; i < set->count; i++) {
    if (!(set->runs[i].figures[PLOT_OFFERED].value > 0)) return false;
  }
  return true;
}

static double load_of(const struct plot_run *run, bool offered) {
  return offered ? run->figures[PLOT_OFFERED].value : run->load;
}

static void set_load_axis(struct writer *script, const struct plot_set *set, bool offered,
                          struct arena *arena) {
  struct plot_extent extent = plot_extent_empty();
  for (size_t i = 0; i < set->count; i++) plot_extent_add(&extent, load_of(&set->runs[i], offered));
  struct plot_axis axis = plot_axis_fit(extent, PLOT_NUMBER);
  if (extent.largest > 25 * extent.least_positive) {
    axis = plot_axis_logarithmic(extent.least_positive, extent.largest, PLOT_NUMBER);
  }
  plot_script_number(script, "LoadLog", axis.logarithmic);
  plot_script_number(script, "LoadLow", axis.low);
  plot_script_number(script, "LoadHigh", axis.high);
  plot_script_text(script, "LoadTics", plot_axis_ticks(&axis, arena));
  plot_script_text(script, "LoadLabel", offered ? "offered load, requests/s" : "load, factor");
}

static void extend_figure(struct plot_extent *extent, const struct plot_set *set, enum plot_figure figure) {
  for (size_t i = 0; i < set->count; i++) {
    const struct plot_estimate *estimate = &set->runs[i].figures[figure];
    plot_extent_add(extent, estimate->value);
    if (estimate->low > estimate->value / 10) plot_extent_add(extent, estimate->low);
    if (estimate->high < estimate->value * 10) plot_extent_add(extent, estimate->high);
  }
}

static void write_figure(const struct plot_run *run, enum plot_figure figure, double numbers[4]) {
  const struct plot_estimate *estimate = &run->figures[figure];
  bool interval = isfinite(estimate->value) && isfinite(estimate->low) && isfinite(estimate->high);
  numbers[0] = estimate->value;
  numbers[1] = interval ? estimate->low : estimate->value;
  numbers[2] = interval ? estimate->high : estimate->value;
  numbers[3] = estimate->infinite;
}

// A line for each scenario.
static void put_lines(struct plot_drawing *drawing, struct writer *script, bool offered,
                      enum plot_figure first, enum plot_figure second) {
  const struct plot_set *set = drawing->set;
  plot_script_lines(script, set->name_count);
  for (size_t n = 0; n < set->name_count; n++) {
    struct writer data;
    writer_init(&data, NULL);
    plot_script_line(script, n, set->names[n], n);
    for (size_t i = 0; i < set->count; i++) {
      double row[9] = {load_of(&set->runs[i], offered)};
      if (set->runs[i].scenario != n) continue;
      write_figure(&set->runs[i], first, row + 1);
      write_figure(&set->runs[i], second, row + 5);
      plot_script_row(&data, row, 9);
    }
    plot_script_put_data(drawing, "run", n, &data);
  }
}

// The objectives that speak of one of the two figures, each once.
static size_t gather_limits(const struct plot_set *set, enum plot_figure first, enum plot_figure second,
                            const struct plot_objective **limits) {
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    for (size_t k = 0; k < set->runs[i].objective_count && count < LIMITS_MOST; k++) {
      const struct plot_objective *objective = &set->runs[i].objectives[k];
      bool known = objective->figure != first && objective->figure != second;
      for (size_t j = 0; j < count; j++) known = known || strcmp(limits[j]->rule, objective->rule) == 0;
      if (!known) limits[count++] = objective;
    }
  }
  return count;
}

static void set_limits(struct writer *script, const struct plot_objective *const *limits, size_t count,
                       enum plot_figure first, struct arena *arena) {
  plot_script_number(script, "Limits", (double)count);
  plot_script_array(script, "LimitPanel", count);
  plot_script_array(script, "LimitAt", count);
  plot_script_array(script, "LimitName", count);
  for (size_t i = 0; i < count; i++) {
    plot_script_number_at(script, "LimitPanel", i, limits[i]->figure == first ? 1 : 2);
    plot_script_number_at(script, "LimitAt", i, limits[i]->limit);
    plot_script_text_at(script, "LimitName", i, arena_format(arena, "objective: %s", limits[i]->rule));
  }
}

struct load_picture {
  const char *heading;
  const char *file;
  enum plot_figure figures[2];
  const char *titles[2];
  const char *labels[2];
  enum plot_unit units[2];
  bool shared;   // both panels have one axis
  bool diagonal; // the first shows where all would be answered
};

static void set_load_panels(struct plot_drawing *drawing, struct writer *script,
                            const struct load_picture *picture, const struct plot_objective *const *limits,
                            size_t limit_count) {
  struct plot_extent extents[2] = {plot_extent_empty(), plot_extent_empty()};
  for (size_t panel = 0; panel < 2; panel++) {
    size_t into = picture->shared ? 0 : panel;
    extend_figure(&extents[into], drawing->set, picture->figures[panel]);
    if (picture->diagonal && panel == 0) extend_figure(&extents[into], drawing->set, PLOT_OFFERED);
    for (size_t i = 0; i < limit_count; i++) {
      if (limits[i]->figure == picture->figures[panel]) plot_extent_add(&extents[into], limits[i]->limit);
    }
  }
  plot_script_panels(script);
  for (size_t panel = 0; panel < 2; panel++) {
    struct plot_axis axis = plot_axis_fit(extents[picture->shared ? 0 : panel], picture->units[panel]);
    plot_script_panel(script, panel, picture->titles[panel], picture->labels[panel], &axis, drawing->arena);
  }
}

static bool any_infinite(const struct plot_set *set, enum plot_figure figure) {
  for (size_t i = 0; i < set->count; i++) {
    if (set->runs[i].figures[figure].infinite) return true;
  }
  return false;
}

static bool draw_against_load(struct plot_drawing *drawing, const struct load_picture *picture) {
  const struct plot_set *set = drawing->set;
  if (set->load_count < 2) return true;
  const struct plot_objective *limits[LIMITS_MOST];
  size_t limit_count = gather_limits(set, picture->figures[0], picture->figures[1], limits);
  bool offered = offered_known(set);
  bool diagonal = picture->diagonal && offered;
  bool beyond = any_infinite(set, picture->figures[0]) || any_infinite(set, picture->figures[1]);
  struct writer script;
  writer_init(&script, NULL);
  size_t titles = 1;
  plot_script_frame(drawing, &script, picture->heading,
                    set->name_count + limit_count + diagonal + beyond + titles);
  put_lines(drawing, &script, offered, picture->figures[0], picture->figures[1]);
  set_load_axis(&script, set, offered, drawing->arena);
  set_limits(&script, limits, limit_count, picture->figures[0], drawing->arena);
  set_load_panels(drawing, &script, picture, limits, limit_count);
  plot_script_number(&script, "Diagonal", diagonal);
  plot_script_number(&script, "Beyond", beyond);
  return plot_script_draw(drawing, &script, "against-load", picture->file);
}

bool plot_draw_latency_against_load(struct plot_drawing *drawing) {
  static const struct load_picture picture = {
      .heading = "Latency against load, with 95% confidence intervals",
      .file = "latency-against-load",
      .figures = {PLOT_P50, PLOT_P99},
      .titles = {"median (p50)", "99th percentile (p99)"},
      .labels = {"latency of all requests", ""},
      .units = {PLOT_SECONDS, PLOT_SECONDS},
      .shared = true,
  };
  return draw_against_load(drawing, &picture);
}

bool plot_draw_throughput_against_load(struct plot_drawing *drawing) {
  static const struct load_picture picture = {
      .heading = "Goodput and errors against load, with 95% confidence intervals",
      .file = "throughput-against-load",
      .figures = {PLOT_GOODPUT, PLOT_ERRORS},
      .titles = {"answered in time", "never answered"},
      .labels = {"requests/s", "share of requests"},
      .units = {PLOT_NUMBER, PLOT_SHARE},
      .diagonal = true,
  };
  return draw_against_load(drawing, &picture);
}
