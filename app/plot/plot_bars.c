// Bars: scenarios beside each other at a load, and how full their tiers are.
#include "plot_axis.h"
#include "plot_draw.h"
#include "plot_script.h"
#include "plot_tiers.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdio.h>

enum { PANELS_MOST = 4, GROUPS_MOST = 8, RUNS_MOST = 12 };
enum { TIERS_MOST = GROUPS_MOST, TIER_NAME = 13 };

// Estimates of all runs for each of its groups: estimates[group * runs + run], NULL where a run has none.
struct bar_panel {
  const char *title;
  enum plot_unit unit;
  size_t groups;
  const char *names[GROUPS_MOST]; // of groups; NULL: a single one without a name
  const char *upper[GROUPS_MOST]; // the same in two lines
  const char *lower[GROUPS_MOST];
  const struct plot_estimate **estimates;
};

struct bar_picture {
  const char *heading;
  const char *file;
  struct bar_panel panels[PANELS_MOST];
  size_t panel_count;
  const struct plot_run **runs;
  size_t count;
};

static const char *text_of(const struct plot_estimate *estimate, enum plot_unit unit, struct arena *arena) {
  if (estimate->infinite) return "∞";
  double value = estimate->value;
  struct units_text text = unit == PLOT_SECONDS  ? units_show_duration(value * 1e9)
                           : unit == PLOT_NUMBER ? units_show_rate(value)
                                                 : units_show_share(value);
  return arena_format(arena, "%s", text.text);
}

// ---- On a terminal ----------------------------------------------------------------------------------------

enum { BAR_NAME = 24, BAR_TEXT = 10 };

static double largest_of(const struct bar_panel *panel, size_t runs) {
  double largest = 0;
  for (size_t i = 0; i < panel->groups * runs; i++) {
    const struct plot_estimate *estimate = panel->estimates[i];
    if (estimate != NULL && estimate->value > largest) largest = estimate->value;
  }
  return largest;
}

static void print_name(const char *name) {
  size_t bytes = text_fit(name, BAR_NAME);
  char fitting[512];
  snprintf(fitting, sizeof fitting, "%.*s", (int)bytes, name);
  printf("  %s%*s ", fitting, (int)(BAR_NAME - text_width(fitting)), "");
}

static void print_bar(const char *name, const struct plot_estimate *estimate, enum plot_unit unit,
                      double largest, const struct plot_drawing *drawing) {
  size_t room = drawing->columns > BAR_NAME + BAR_TEXT + 8 ? drawing->columns - BAR_NAME - BAR_TEXT - 4 : 8;
  double share = estimate->infinite ? 1 : largest > 0 && estimate->value > 0 ? estimate->value / largest : 0;
  size_t length = (size_t)(share * (double)room + 0.5);
  print_name(name);
  for (size_t i = 0; i < length; i++) putchar(i + 1 == length && estimate->infinite ? '>' : '#');
  printf(" %s\n", text_of(estimate, unit, drawing->arena));
}

static bool print_bars(struct plot_drawing *drawing, const struct bar_picture *picture) {
  printf("%s\n\n", picture->heading);
  for (size_t p = 0; p < picture->panel_count; p++) {
    const struct bar_panel *panel = &picture->panels[p];
    double largest = largest_of(panel, picture->count);
    if (panel->unit == PLOT_SHARE_LINEAR && largest < 1) largest = 1;
    for (size_t g = 0; g < panel->groups; g++) {
      printf("%s\n", panel->names[g] != NULL ? panel->names[g] : panel->title);
      for (size_t r = 0; r < picture->count; r++) {
        const struct plot_estimate *estimate = panel->estimates[g * picture->count + r];
        if (estimate != NULL) print_bar(picture->runs[r]->name, estimate, panel->unit, largest, drawing);
      }
    }
    putchar('\n');
  }
  drawing->pictures++;
  return true;
}

// ---- As a picture -----------------------------------------------------------------------------------------

static const double WHOLE_HIGH = 1.12; // of an axis whose highest bar is 1
static const double GROUP_WIDTH = 0.8; // of the distance between groups

static void put_bars(struct plot_drawing *drawing, const struct bar_picture *picture, size_t p, size_t r) {
  const struct bar_panel *panel = &picture->panels[p];
  struct writer data;
  writer_init(&data, NULL);
  double width = GROUP_WIDTH / (double)picture->count;
  for (size_t g = 0; g < panel->groups; g++) {
    const struct plot_estimate *estimate = panel->estimates[g * picture->count + r];
    if (estimate == NULL || (!isfinite(estimate->value) && !estimate->infinite)) continue;
    double at = (double)g + 1 + ((double)r - ((double)picture->count - 1) / 2) * width;
    bool interval = isfinite(estimate->low) && isfinite(estimate->high) && !estimate->infinite;
    double value = estimate->infinite ? 0 : estimate->value;
    writer_format(&data, "%.9g %.9g %.9g %.9g %d \"%s\"\n", at, value, interval ? estimate->low : value,
                  interval ? estimate->high : value, estimate->infinite,
                  text_of(estimate, panel->unit, drawing->arena));
  }
  if (data.length == 0) writer_bytes(&data, "NaN NaN NaN NaN NaN \"\"\n", 23);
  plot_script_put_data(drawing, "bars", p * picture->count + r, &data);
}

static void set_panel(struct plot_drawing *drawing, struct writer *script, const struct bar_picture *picture,
                      size_t p) {
  const struct bar_panel *panel = &picture->panels[p];
  struct plot_extent extent = plot_extent_empty();
  for (size_t i = 0; i < panel->groups * picture->count; i++) {
    const struct plot_estimate *estimate = panel->estimates[i];
    if (estimate == NULL) continue;
    // Room for the number above.
    plot_extent_add(&extent, estimate->value * WHOLE_HIGH);
    if (estimate->high < estimate->value * 10) plot_extent_add(&extent, estimate->high * WHOLE_HIGH);
  }
  extent.least_positive = extent.largest; // bars begin at 0: never logarithmic
  struct plot_axis axis = plot_axis_fit(extent, panel->unit);
  bool whole = panel->unit == PLOT_SHARE_LINEAR && extent.largest <= WHOLE_HIGH * (1 + 1e-9);
  if (whole && axis.high > 1) axis.high = WHOLE_HIGH; // no tick above 100%
  plot_script_panel(script, p, panel->title, "", &axis, drawing->arena);
  writer_format(script, "PanelGroups[%zu] = %zu\n", p + 1, panel->groups);
  for (size_t g = 0; g < panel->groups; g++) {
    size_t at = p * GROUPS_MOST + g;
    plot_script_text_at(script, "GroupUpper", at, panel->upper[g] != NULL ? panel->upper[g] : "");
    plot_script_text_at(script, "GroupLower", at, panel->lower[g] != NULL ? panel->lower[g] : "");
  }
}

static bool draw(struct plot_drawing *drawing, struct bar_picture *picture) {
  if (drawing->format == PLOT_TERMINAL) return print_bars(drawing, picture);
  struct writer script;
  writer_init(&script, NULL);
  plot_script_frame(drawing, &script, picture->heading, picture->count + 1);
  plot_script_lines(&script, picture->count);
  for (size_t r = 0; r < picture->count; r++)
    plot_script_line(&script, r, picture->runs[r]->name, picture->runs[r]->scenario);
  plot_script_number(&script, "Panels", (double)picture->panel_count);
  plot_script_number(&script, "GroupsMost", GROUPS_MOST);
  plot_script_number(&script, "BarWidth", GROUP_WIDTH / (double)picture->count);
  plot_script_array(&script, "PanelGroups", PANELS_MOST);
  plot_script_array(&script, "GroupUpper", (size_t)PANELS_MOST * GROUPS_MOST);
  plot_script_array(&script, "GroupLower", (size_t)PANELS_MOST * GROUPS_MOST);
  plot_script_panels(&script);
  for (size_t p = 0; p < picture->panel_count; p++) {
    set_panel(drawing, &script, picture, p);
    for (size_t r = 0; r < picture->count; r++) put_bars(drawing, picture, p, r);
  }
  return plot_script_draw(drawing, &script, "bars", picture->file);
}

// ---- The two ----------------------------------------------------------------------------------------------

static size_t runs_for_bars(const struct plot_drawing *drawing, size_t load, struct bar_picture *picture) {
  picture->runs = plot_script_room_for_runs(drawing);
  picture->count = plot_script_runs_at(drawing, load, picture->runs);
  if (picture->count > RUNS_MOST) picture->count = RUNS_MOST;
  return picture->count;
}

static void one_group(const struct plot_drawing *drawing, struct bar_picture *picture, const char *title,
                      enum plot_figure figure, enum plot_unit unit) {
  struct bar_panel *panel = &picture->panels[picture->panel_count++];
  *panel = (struct bar_panel){.title = title, .unit = unit, .groups = 1};
  panel->estimates = arena_array(drawing->arena, picture->count, sizeof *panel->estimates);
  for (size_t r = 0; r < picture->count; r++) panel->estimates[r] = &picture->runs[r]->figures[figure];
}

bool plot_draw_comparison(struct plot_drawing *drawing, size_t load) {
  struct bar_picture picture = {.panel_count = 0};
  if (drawing->set->name_count < 2 || runs_for_bars(drawing, load, &picture) < 2) return true;
  picture.heading = plot_script_heading(drawing, "Comparison, with 95% intervals", picture.runs[0]);
  picture.file = plot_script_file_name(drawing, "comparison", load);
  one_group(drawing, &picture, "median latency (p50)", PLOT_P50, PLOT_SECONDS);
  one_group(drawing, &picture, "99th percentile (p99)", PLOT_P99, PLOT_SECONDS);
  one_group(drawing, &picture, "answered in time, requests/s", PLOT_GOODPUT, PLOT_NUMBER);
  one_group(drawing, &picture, "never answered, share of requests", PLOT_ERRORS, PLOT_SHARE);
  return draw(drawing, &picture);
}

// The name beneath a group has two lines: its component, as much of it as there is room for, and the
// resource.
static void name_group(struct bar_panel *panel, size_t g, const char *name, const struct plot_tier *tier,
                       struct arena *arena) {
  size_t length = text_fit(tier->component, TIER_NAME);
  bool whole = tier->component[length] == '\0';
  panel->names[g] = name;
  panel->upper[g] = arena_format(arena, "%.*s%s", (int)length, tier->component, whole ? "" : "…");
  panel->lower[g] = tier->resource;
}

bool plot_draw_tiers(struct plot_drawing *drawing, size_t load) {
  struct bar_picture picture = {.panel_count = 1};
  struct bar_panel *panel = &picture.panels[0];
  const char *names[TIERS_MOST];
  *panel = (struct bar_panel){.title = "share of capacity in use", .unit = PLOT_SHARE_LINEAR};
  size_t count = runs_for_bars(drawing, load, &picture);
  panel->groups = plot_tiers_choose(picture.runs, count, TIERS_MOST, names, drawing->arena);
  panel->estimates = arena_array(drawing->arena, TIERS_MOST * (count + 1), sizeof *panel->estimates);
  for (size_t g = 0; g < panel->groups; g++) {
    for (size_t r = 0; r < count; r++) {
      const struct plot_tier *tier = plot_tiers_find(picture.runs[r], names[g]);
      if (tier == NULL) continue;
      panel->estimates[g * count + r] = &tier->use;
      name_group(panel, g, names[g], tier, drawing->arena);
    }
  }
  if (panel->groups == 0) return true;
  picture.heading = plot_script_heading(drawing, "Utilization, the fullest first", picture.runs[0]);
  picture.file = plot_script_file_name(drawing, "utilization", load);
  return draw(drawing, &picture);
}
