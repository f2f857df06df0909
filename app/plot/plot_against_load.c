// Latency, goodput, errors and utilization against the load, or against what else a sweep varied.
#include "plot_axis.h"
#include "plot_draw.h"
#include "plot_knee.h"
#include "plot_script.h"
#include "plot_tiers.h"
#include "text.h"

#include <math.h>
#include <string.h>

enum { LIMITS_MOST = 6, TIERS_MOST = 8, SHORT_NAME = 30 };

// A line: for each of its runs a figure in each panel.
struct load_line {
  const char *name;
  size_t style;
  size_t count;
  const struct plot_run **runs;
  const struct plot_estimate **values[2];
  int knee; // number of the run, or PLOT_KNEE_NONE
};

struct load_picture {
  const char *heading;
  const char *file;
  size_t panels;
  const char *titles[2];
  const char *labels[2];
  enum plot_unit units[2];
  enum plot_figure figures[2]; // to which objectives belong, where `objectives` says so
  bool objectives;
  bool shared;   // both panels have one axis
  bool diagonal; // the first shows where all would be answered
  struct load_line *lines;
  size_t line_count;
};

// ---- Lines ------------------------------------------------------------------------------------------------

static struct load_line *room_for_lines(const struct plot_drawing *drawing, size_t count) {
  struct load_line *lines = arena_array(drawing->arena, count + 1, sizeof *lines);
  for (size_t i = 0; i < count; i++) {
    lines[i].knee = PLOT_KNEE_NONE;
    lines[i].runs = plot_script_room_for_runs(drawing);
    for (size_t p = 0; p < 2; p++)
      lines[i].values[p] =
          arena_array(drawing->arena, drawing->set->count + 1, sizeof(const struct plot_estimate *));
  }
  return lines;
}

static void add_to_line(struct load_line *line, const struct plot_run *run, const struct plot_estimate *first,
                        const struct plot_estimate *second) {
  line->runs[line->count] = run;
  line->values[0][line->count] = first;
  line->values[1][line->count++] = second;
}

// A line for each scenario.
static void line_each_scenario(const struct plot_drawing *drawing, struct load_picture *picture) {
  const struct plot_set *set = drawing->set;
  picture->line_count = set->name_count;
  picture->lines = room_for_lines(drawing, set->name_count);
  for (size_t i = 0; i < set->count; i++) {
    const struct plot_run *run = &set->runs[i];
    struct load_line *line = &picture->lines[run->scenario];
    line->name = set->names[run->scenario];
    line->style = run->scenario;
    add_to_line(line, run, &run->figures[picture->figures[0]], &run->figures[picture->figures[1]]);
  }
}

static bool marks_knees(const struct plot_set *set) {
  return set->axis == NULL && !set->scattered;
}

static void find_knees(const struct plot_drawing *drawing, struct load_picture *picture) {
  for (size_t i = 0; i < picture->line_count && marks_knees(drawing->set); i++)
    picture->lines[i].knee = plot_knee(picture->lines[i].runs, picture->lines[i].count);
}

// ---- Axes -------------------------------------------------------------------------------------------------

// Whether the load is known in requests per second; else it is shown as a factor.
static bool offered_known(const struct plot_set *set) {
  for (size_t i = 0; i < set->count; i++) {
    if (!(set->runs[i].figures[PLOT_OFFERED].value > 0)) return false;
  }
  return set->axis == NULL;
}

static double load_of(const struct plot_run *run, bool offered) {
  return offered ? run->figures[PLOT_OFFERED].value : run->load;
}

// Characters that fit along the axis of a picture with one panel, and with two.
enum { COLUMNS_WHOLE = 75, COLUMNS_HALF = 32 };

// Returns whether it is logarithmic.
static bool set_load_axis(struct writer *script, const struct plot_set *set, bool offered, int columns,
                          struct arena *arena) {
  struct plot_extent extent = plot_extent_empty();
  for (size_t i = 0; i < set->count; i++) plot_extent_add(&extent, load_of(&set->runs[i], offered));
  struct plot_axis axis = plot_axis_fit(extent, PLOT_NUMBER);
  if (extent.largest > 25 * extent.least_positive) {
    axis = plot_axis_logarithmic(extent.least_positive, extent.largest, PLOT_NUMBER);
  }
  axis.columns = columns;
  const char *label = set->axis != NULL ? set->axis_label
                      : offered         ? "offered load, requests/s"
                                        : "load, factor";
  plot_script_number(script, "LoadLog", axis.logarithmic);
  plot_script_number(script, "LoadLow", axis.low);
  plot_script_number(script, "LoadHigh", axis.high);
  plot_script_text(script, "LoadTics", plot_axis_ticks(&axis, arena));
  plot_script_text(script, "LoadLabel", label);
  return axis.logarithmic;
}

static void extend(struct plot_extent *extent, const struct plot_estimate *estimate) {
  plot_extent_add(extent, estimate->value);
  if (estimate->low > estimate->value / 10) plot_extent_add(extent, estimate->low);
  if (estimate->high < estimate->value * 10) plot_extent_add(extent, estimate->high);
}

static void extend_panel(struct plot_extent *extent, const struct load_picture *picture, size_t panel) {
  for (size_t l = 0; l < picture->line_count; l++) {
    const struct load_line *line = &picture->lines[l];
    for (size_t i = 0; i < line->count; i++) {
      extend(extent, line->values[panel][i]);
      if (picture->diagonal && panel == 0) extend(extent, &line->runs[i]->figures[PLOT_OFFERED]);
    }
  }
}

static bool any_infinite(const struct load_picture *picture) {
  for (size_t l = 0; l < picture->line_count; l++) {
    for (size_t p = 0; p < picture->panels; p++) {
      for (size_t i = 0; i < picture->lines[l].count; i++) {
        if (picture->lines[l].values[p][i]->infinite) return true;
      }
    }
  }
  return false;
}

// ---- Objectives -------------------------------------------------------------------------------------------

static bool in_picture(const struct load_picture *picture, const struct plot_objective *objective) {
  if (!picture->objectives) return false;
  for (size_t p = 0; p < picture->panels; p++) {
    if (objective->figure == picture->figures[p]) return true;
  }
  return picture->panels == 1 && objective->figure <= PLOT_P999; // all percentiles are in it
}

// The objectives that belong into the picture, each once.
static size_t gather_limits(const struct plot_set *set, const struct load_picture *picture,
                            const struct plot_objective **limits) {
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    for (size_t k = 0; k < set->runs[i].objective_count && count < LIMITS_MOST; k++) {
      const struct plot_objective *objective = &set->runs[i].objectives[k];
      bool known = !in_picture(picture, objective);
      for (size_t j = 0; j < count; j++) known = known || strcmp(limits[j]->rule, objective->rule) == 0;
      if (!known) limits[count++] = objective;
    }
  }
  return count;
}

static size_t panel_of(const struct load_picture *picture, const struct plot_objective *objective) {
  return picture->panels == 2 && objective->figure == picture->figures[1] ? 1 : 0;
}

static void set_limits(struct writer *script, const struct load_picture *picture,
                       const struct plot_objective *const *limits, size_t count, struct arena *arena) {
  plot_script_number(script, "Limits", (double)count);
  plot_script_array(script, "LimitPanel", count);
  plot_script_array(script, "LimitAt", count);
  plot_script_array(script, "LimitName", count);
  if (count == 0) { // gnuplot looks at the first of a loop over none
    plot_script_number_at(script, "LimitPanel", 0, 0);
    plot_script_number_at(script, "LimitAt", 0, 0);
    plot_script_text_at(script, "LimitName", 0, "");
  }
  for (size_t i = 0; i < count; i++) {
    plot_script_number_at(script, "LimitPanel", i, (double)panel_of(picture, limits[i]) + 1);
    plot_script_number_at(script, "LimitAt", i, limits[i]->limit);
    plot_script_text_at(script, "LimitName", i, arena_format(arena, "objective: %s", limits[i]->rule));
  }
}

// ---- Data -------------------------------------------------------------------------------------------------

static void fill(const struct plot_estimate *estimate, double numbers[4]) {
  bool interval = isfinite(estimate->value) && isfinite(estimate->low) && isfinite(estimate->high);
  numbers[0] = estimate->value;
  numbers[1] = interval ? estimate->low : estimate->value;
  numbers[2] = interval ? estimate->high : estimate->value;
  numbers[3] = estimate->infinite;
}

static void put_line(struct plot_drawing *drawing, struct writer *script, const struct load_picture *picture,
                     size_t l, bool offered) {
  const struct load_line *line = &picture->lines[l];
  struct writer data, knee;
  writer_init(&data, NULL);
  writer_init(&knee, NULL);
  plot_script_line(script, l, line->name, line->style);
  for (size_t i = 0; i < line->count; i++) {
    double row[9] = {load_of(line->runs[i], offered)};
    fill(line->values[0][i], row + 1);
    fill(line->values[1][i], row + 5);
    plot_script_row(&data, row, 9);
    if (line->knee == (int)i) plot_script_row(&knee, row, 9);
  }
  plot_script_put_data(drawing, "run", l, &data);
  plot_script_put_data(drawing, "knee", l, &knee);
}

static double three_digits(double value) {
  double unit = value > 0 ? pow(10, floor(log10(value)) - 2) : 1;
  return round(value / unit) * unit;
}

// "knee (…): 421/s and 12,800/s", for the legend; one row for all.
static const char *describe_knees(const struct load_picture *picture, bool offered, struct arena *arena) {
  const char *text = "";
  for (size_t l = 0; l < picture->line_count; l++) {
    const struct load_line *line = &picture->lines[l];
    if (line->knee == PLOT_KNEE_NONE) continue;
    char number[PLOT_LABEL_BYTES];
    plot_number_text(three_digits(load_of(line->runs[line->knee], offered)), number);
    text = arena_format(arena, "%s%s%s%s", text, text[0] != '\0' ? " and " : "", number, offered ? "/s" : "");
  }
  return text[0] != '\0' ? arena_format(arena, "knee (most goodput for each second of p99): %s", text) : "";
}

// ---- Pictures ---------------------------------------------------------------------------------------------

// Numbers that are far apart because the loads are, stand on an axis like that of the loads.
static struct plot_axis fit_panel(struct plot_extent extent, enum plot_unit unit, bool load_log) {
  if (load_log && unit == PLOT_NUMBER && extent.largest > 25 * extent.least_positive)
    return plot_axis_footed(extent, unit);
  return plot_axis_fit(extent, unit);
}

static void set_panels(struct plot_drawing *drawing, struct writer *script,
                       const struct load_picture *picture, const struct plot_objective *const *limits,
                       size_t limit_count, bool load_log) {
  struct plot_extent extents[2] = {plot_extent_empty(), plot_extent_empty()};
  for (size_t panel = 0; panel < picture->panels; panel++)
    extend_panel(&extents[picture->shared ? 0 : panel], picture, panel);
  for (size_t i = 0; i < limit_count; i++) {
    // A little above, so that the line stands inside of the picture.
    size_t panel = picture->shared ? 0 : panel_of(picture, limits[i]);
    plot_extent_add(&extents[panel], limits[i]->limit * 1.3);
  }
  plot_script_number(script, "Panels", (double)picture->panels);
  plot_script_panels(script);
  for (size_t panel = 0; panel < 2; panel++) {
    struct plot_axis axis = fit_panel(extents[picture->shared ? 0 : panel], picture->units[panel], load_log);
    plot_script_panel(script, panel, picture->titles[panel], picture->labels[panel], &axis, drawing->arena);
  }
}

// A legend of many short names has two columns.
static size_t key_columns(const struct plot_drawing *drawing, const struct load_picture *picture,
                          size_t rows) {
  bool many = picture->line_count > 4 && picture->line_count == rows && drawing->format != PLOT_TERMINAL;
  for (size_t l = 0; l < picture->line_count; l++)
    many = many && text_width(picture->lines[l].name) <= SHORT_NAME;
  return many ? 2 : 1;
}

static bool draw(struct plot_drawing *drawing, const struct load_picture *picture) {
  const struct plot_set *set = drawing->set;
  const struct plot_objective *limits[LIMITS_MOST];
  size_t limit_count = gather_limits(set, picture, limits);
  bool offered = offered_known(set);
  bool diagonal = picture->diagonal && offered, beyond = any_infinite(picture);
  const char *knees = describe_knees(picture, offered, drawing->arena);
  struct writer script;
  writer_init(&script, NULL);
  size_t rows = picture->line_count + limit_count + diagonal + beyond + (knees[0] != '\0'), titles = 1;
  size_t columns = key_columns(drawing, picture, rows);
  rows = (rows + columns - 1) / columns;
  plot_script_frame(drawing, &script, picture->heading, rows + titles);
  plot_script_number(&script, "KeyColumns", (double)columns);
  plot_script_number(&script, "KeyRows", (double)rows);
  plot_script_lines(&script, picture->line_count);
  for (size_t l = 0; l < picture->line_count; l++) put_line(drawing, &script, picture, l, offered);
  int along = picture->panels > 1 ? COLUMNS_HALF : COLUMNS_WHOLE;
  bool load_log = set_load_axis(&script, set, offered, along, drawing->arena);
  set_limits(&script, picture, limits, limit_count, drawing->arena);
  set_panels(drawing, &script, picture, limits, limit_count, load_log);
  plot_script_number(&script, "Diagonal", diagonal);
  plot_script_number(&script, "Beyond", beyond);
  plot_script_number(&script, "Scattered", set->scattered);
  plot_script_text(&script, "Knees", knees);
  return plot_script_draw(drawing, &script, "against-load", picture->file);
}

// "Latency against load" or "Latency against hosts.one.cores".
static const char *heading(const struct plot_drawing *drawing, const char *what) {
  const char *axis = drawing->set->axis;
  return arena_format(drawing->arena, "%s against %s, with 95%% confidence intervals", what,
                      axis != NULL ? axis : "load");
}

static bool has_loads(const struct plot_drawing *drawing) {
  return drawing->set->load_count >= 2;
}

bool plot_draw_latency_against_load(struct plot_drawing *drawing) {
  struct load_picture picture = {
      .heading = heading(drawing, "Latency"),
      .file = "latency-against-load",
      .panels = 2,
      .figures = {PLOT_P50, PLOT_P99},
      .titles = {"median (p50)", "99th percentile (p99)"},
      .labels = {"latency of all requests", ""},
      .units = {PLOT_SECONDS, PLOT_SECONDS},
      .objectives = true,
      .shared = true,
  };
  if (!has_loads(drawing)) return true;
  line_each_scenario(drawing, &picture);
  find_knees(drawing, &picture);
  return draw(drawing, &picture);
}

bool plot_draw_throughput_against_load(struct plot_drawing *drawing) {
  struct load_picture picture = {
      .heading = heading(drawing, "Goodput and errors"),
      .file = "throughput-against-load",
      .panels = 2,
      .figures = {PLOT_GOODPUT, PLOT_ERRORS},
      .titles = {"answered in time", "never answered"},
      .labels = {"requests/s", "share of requests"},
      .units = {PLOT_NUMBER, PLOT_SHARE},
      .objectives = true,
      .diagonal = true,
  };
  if (!has_loads(drawing)) return true;
  line_each_scenario(drawing, &picture);
  find_knees(drawing, &picture);
  return draw(drawing, &picture);
}

bool plot_draw_percentiles_against_load(struct plot_drawing *drawing) {
  static const struct {
    const char *name;
    enum plot_figure figure;
  } percentiles[] = {{"p99.9", PLOT_P999}, {"p99", PLOT_P99}, {"p90", PLOT_P90}, {"p50", PLOT_P50}};
  enum { COUNT = sizeof percentiles / sizeof *percentiles };
  const struct plot_set *set = drawing->set;
  struct load_picture picture = {
      .heading = heading(drawing, "Latency percentiles"),
      .file = "percentiles-against-load",
      .panels = 1,
      .figures = {PLOT_P99},
      .titles = {set->names[0], ""},
      .labels = {"latency of all requests", ""},
      .units = {PLOT_SECONDS, PLOT_SECONDS},
      .objectives = true,
      .line_count = COUNT,
  };
  if (!has_loads(drawing) || set->name_count != 1) return true;
  picture.lines = room_for_lines(drawing, COUNT);
  for (size_t l = 0; l < COUNT; l++) {
    picture.lines[l].name = percentiles[l].name;
    picture.lines[l].style = l;
    for (size_t i = 0; i < set->count; i++) {
      const struct plot_estimate *value = &set->runs[i].figures[percentiles[l].figure];
      add_to_line(&picture.lines[l], &set->runs[i], value, value);
    }
  }
  if (marks_knees(set)) picture.lines[1].knee = plot_knee(picture.lines[1].runs, picture.lines[1].count);
  return draw(drawing, &picture);
}

// ---- Utilization ------------------------------------------------------------------------------------------

bool plot_draw_utilization_against_load(struct plot_drawing *drawing, size_t scenario) {
  const struct plot_set *set = drawing->set;
  const char *number = arena_format(drawing->arena, "-%zu", scenario + 1);
  struct load_picture picture = {
      .heading = heading(drawing, "Utilization"),
      .panels = 1,
      .titles = {set->names[scenario], ""},
      .labels = {"share of capacity in use", ""},
      .units = {PLOT_SHARE_LINEAR, PLOT_SHARE_LINEAR},
      .lines = room_for_lines(drawing, TIERS_MOST),
  };
  picture.file =
      arena_format(drawing->arena, "utilization-against-load%s", set->name_count > 1 ? number : "");
  if (!has_loads(drawing)) return true;
  const struct plot_run **runs = plot_script_room_for_runs(drawing);
  const char *names[TIERS_MOST];
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    if (set->runs[i].scenario == scenario) runs[count++] = &set->runs[i];
  }
  picture.line_count = plot_tiers_choose(runs, count, TIERS_MOST, names, drawing->arena);
  for (size_t l = 0; l < picture.line_count; l++) {
    picture.lines[l].name = names[l];
    picture.lines[l].style = l;
    for (size_t i = 0; i < count; i++) {
      const struct plot_tier *tier = plot_tiers_find(runs[i], names[l]);
      if (tier != NULL) add_to_line(&picture.lines[l], runs[i], &tier->use, &tier->use);
    }
  }
  return picture.line_count == 0 || draw(drawing, &picture);
}
