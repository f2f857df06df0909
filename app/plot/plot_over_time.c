// Latency, throughput and failures, and how full tiers are, over time.
#include "plot_axis.h"
#include "plot_draw.h"
#include "plot_script.h"
#include "plot_tiers.h"
#include "text.h"

#include <math.h>

enum {
  EVENTS_MOST = 26,
  EVENT_COLUMNS = 100, // of a row that explains them
  MARKERS = 9          // of a line
};

enum series { SERIES_MEAN, SERIES_LARGEST, SERIES_OFFERED, SERIES_ANSWERED, SERIES_FAILED };

static double value_of(const struct plot_window *window, enum series series) {
  switch (series) {
  case SERIES_MEAN:
    return window->mean;
  case SERIES_LARGEST:
    return window->largest;
  case SERIES_OFFERED:
    return window->offered;
  case SERIES_ANSWERED:
    return window->answered;
  case SERIES_FAILED:
    return window->failed;
  }
  return NAN;
}

static void extend(struct plot_extent *extent, const struct plot_run *const *runs, size_t count,
                   enum series series) {
  for (size_t i = 0; i < count; i++) {
    for (size_t w = 0; w < runs[i]->window_count; w++) {
      plot_extent_add(extent, value_of(&runs[i]->windows[w], series));
    }
  }
}

static double end_of(const struct plot_run *run) {
  if (run->window_count == 0) return 0;
  const struct plot_window *last = &run->windows[run->window_count - 1];
  return last->at + last->length;
}

struct time_scale {
  double seconds;
  const char *label;
};

static struct time_scale time_scale(double end) {
  if (end > 3 * 86400) return (struct time_scale){86400, "time since the start, days"};
  if (end > 3 * 3600) return (struct time_scale){3600, "time since the start, hours"};
  if (end > 900) return (struct time_scale){60, "time since the start, minutes"};
  return (struct time_scale){1, "time since the start, s"};
}

// Whether all runs were offered the same, but for luck: then it is one line for all.
static bool same_offered(const struct plot_run *const *runs, size_t count) {
  double first = runs[0]->figures[PLOT_OFFERED].value;
  for (size_t i = 1; i < count; i++) {
    if (!(fabs(runs[i]->figures[PLOT_OFFERED].value - first) <= 0.02 * first)) return false;
  }
  return true;
}

static void write_windows(const struct plot_run *run, double seconds, enum series first, enum series second,
                          struct writer *data) {
  for (size_t w = 0; w < run->window_count; w++) {
    const struct plot_window *window = &run->windows[w];
    double middle = (window->at + window->length / 2) / seconds;
    plot_script_row(data, (double[]){middle, value_of(window, first), value_of(window, second)}, 3);
  }
}

// The timeline's events, lettered, and rows of text that say what the letters mean.
struct event_rows {
  size_t events;
  size_t count;
  const char *texts[EVENTS_MOST];
};

static struct event_rows arrange_events(const struct plot_run *run, struct arena *arena) {
  struct event_rows rows = {.events = run->event_count < EVENTS_MOST ? run->event_count : EVENTS_MOST};
  for (size_t i = 0; i < rows.events; i++) {
    const char *text = arena_format(arena, "%c: %s", (char)('a' + (char)i), run->events[i].name);
    const char *joined =
        rows.count > 0 ? arena_format(arena, "%s    %s", rows.texts[rows.count - 1], text) : "";
    bool fits = rows.count > 0 && text_width(joined) <= EVENT_COLUMNS;
    if (!fits) rows.count++;
    rows.texts[rows.count - 1] = fits ? joined : text;
  }
  return rows;
}

// What stands at an event's moment: its letter and those of all others there, once, at the first of them.
static const char *mark_of(const struct plot_run *run, size_t events, size_t event,
                           char letters[EVENTS_MOST + 1]) {
  size_t count = 0;
  for (size_t i = 0; i < events; i++) {
    if (run->events[i].at < run->events[event].at || run->events[i].at > run->events[event].at) continue;
    if (i < event) return "";
    letters[count++] = (char)('a' + (char)i);
  }
  letters[count] = '\0';
  return letters;
}

static void set_events(struct writer *script, const struct plot_run *run, const struct event_rows *rows,
                       double seconds) {
  plot_script_number(script, "Events", (double)rows->events);
  plot_script_array(script, "EventAt", rows->events);
  plot_script_array(script, "EventMark", rows->events);
  for (size_t i = 0; i < rows->events; i++) {
    plot_script_number_at(script, "EventAt", i, run->events[i].at / seconds);
    plot_script_text_at(script, "EventMark", i, mark_of(run, rows->events, i, (char[EVENTS_MOST + 1]){0}));
  }
  plot_script_number(script, "EventRows", (double)rows->count);
  plot_script_array(script, "EventRow", rows->count);
  for (size_t i = 0; i < rows->count; i++) plot_script_text_at(script, "EventRow", i, rows->texts[i]);
}

static size_t most_windows(const struct plot_run *const *runs, size_t count) {
  size_t windows = 1;
  for (size_t i = 0; i < count; i++) {
    if (runs[i]->window_count > windows) windows = runs[i]->window_count;
  }
  return windows;
}

// What the pictures over time share: axes of time, warm-up, events.
static struct time_scale set_time(struct writer *script, const struct plot_run *const *runs, size_t count,
                                  const struct event_rows *rows) {
  double end = 0, warmup = 0;
  for (size_t i = 0; i < count; i++) {
    if (end_of(runs[i]) > end) end = end_of(runs[i]);
    if (runs[i]->warmup > warmup) warmup = runs[i]->warmup;
  }
  struct time_scale scale = time_scale(end);
  plot_script_number(script, "TimeEnd", end / scale.seconds);
  plot_script_text(script, "TimeLabel", scale.label);
  plot_script_number(script, "Warmup", (warmup < end ? warmup : end) / scale.seconds);
  plot_script_number(script, "Every", (double)(most_windows(runs, count) / MARKERS + 1));
  set_events(script, runs[0], rows, scale.seconds);
  return scale;
}

// A line for each run.
static void set_lines(struct plot_drawing *drawing, struct writer *script, const struct plot_run *const *runs,
                      size_t count, enum series first, enum series second, const struct event_rows *rows) {
  struct time_scale scale = set_time(script, runs, count, rows);
  plot_script_lines(script, count);
  for (size_t i = 0; i < count; i++) {
    struct writer data;
    writer_init(&data, NULL);
    plot_script_line(script, i, runs[i]->name, runs[i]->scenario);
    write_windows(runs[i], scale.seconds, first, second, &data);
    plot_script_put_data(drawing, "run", i, &data);
  }
}

static void set_panels(struct writer *script, size_t panels, size_t key_rows, const char *subtitle) {
  plot_script_number(script, "Panels", (double)panels);
  plot_script_number(script, "KeyRows", (double)key_rows);
  plot_script_text(script, "Subtitle", subtitle);
  plot_script_panels(script);
}

// Runs at a load that have a series; 0: none has.
static size_t runs_over_time(const struct plot_drawing *drawing, size_t load, const struct plot_run **runs) {
  size_t all = plot_script_runs_at(drawing, load, runs), count = 0;
  for (size_t i = 0; i < all; i++) {
    if (runs[i]->window_count > 0) runs[count++] = runs[i];
  }
  return count;
}

static struct plot_axis series_axis(const struct plot_run *const *runs, size_t count, enum series series,
                                    enum plot_unit unit) {
  struct plot_extent extent = plot_extent_empty();
  extend(&extent, runs, count, series);
  if (series == SERIES_ANSWERED) extend(&extent, runs, count, SERIES_OFFERED);
  return plot_axis_fit(extent, unit);
}

bool plot_draw_latency(struct plot_drawing *drawing, size_t load) {
  const struct plot_run **runs = plot_script_room_for_runs(drawing);
  size_t count = runs_over_time(drawing, load, runs);
  if (count == 0) return true;
  struct event_rows rows = arrange_events(runs[0], drawing->arena);
  struct plot_axis mean = series_axis(runs, count, SERIES_MEAN, PLOT_SECONDS);
  struct plot_axis largest = series_axis(runs, count, SERIES_LARGEST, PLOT_SECONDS);
  struct writer script;
  writer_init(&script, NULL);
  plot_script_frame(drawing, &script, plot_script_heading(drawing, "Latency over time", runs[0]),
                    count + rows.count);
  set_lines(drawing, &script, runs, count, SERIES_MEAN, SERIES_LARGEST, &rows);
  set_panels(&script, 2, count, "");
  plot_script_panel(&script, 0, "", "mean latency", &mean, drawing->arena);
  plot_script_panel(&script, 1, "", "slowest answer", &largest, drawing->arena);
  plot_script_number(&script, "Reference", 0);
  plot_script_text(&script, "ReferenceName", "");
  return plot_script_draw(drawing, &script, "over-time",
                          plot_script_file_name(drawing, "latency-over-time", load));
}

bool plot_draw_throughput(struct plot_drawing *drawing, size_t load) {
  const struct plot_run **runs = plot_script_room_for_runs(drawing);
  size_t count = runs_over_time(drawing, load, runs);
  if (count == 0) return true;
  bool reference = same_offered(runs, count);
  struct event_rows rows = arrange_events(runs[0], drawing->arena);
  struct plot_axis answered = series_axis(runs, count, SERIES_ANSWERED, PLOT_NUMBER);
  struct plot_axis failed = series_axis(runs, count, SERIES_FAILED, PLOT_NUMBER);
  struct writer script, data;
  writer_init(&script, NULL);
  writer_init(&data, NULL);
  plot_script_frame(drawing, &script,
                    plot_script_heading(drawing, "Throughput and failures over time", runs[0]),
                    count + reference + rows.count);
  set_lines(drawing, &script, runs, count, SERIES_ANSWERED, SERIES_FAILED, &rows);
  write_windows(runs[0], time_scale(end_of(runs[0])).seconds, SERIES_OFFERED, SERIES_OFFERED, &data);
  plot_script_put_data(drawing, "reference", 0, &data);
  set_panels(&script, 2, count + reference, "");
  plot_script_panel(&script, 0, "", "answered, requests/s", &answered, drawing->arena);
  plot_script_panel(&script, 1, "", "failed, requests/s", &failed, drawing->arena);
  plot_script_number(&script, "Reference", reference);
  plot_script_text(&script, "ReferenceName", "offered");
  return plot_script_draw(drawing, &script, "over-time",
                          plot_script_file_name(drawing, "throughput-over-time", load));
}

// ---- Utilization ------------------------------------------------------------------------------------------

enum { TIERS_MOST = 8, TIERS_IN_CHARACTERS = 4 };

static void put_tier(struct plot_drawing *drawing, struct writer *script, size_t line,
                     const struct plot_run *run, const struct plot_tier *tier, double seconds) {
  struct writer data;
  writer_init(&data, NULL);
  plot_script_line(script, line, tier->name, line);
  for (size_t w = 0; w < run->window_count; w++) {
    double middle = (run->windows[w].at + run->windows[w].length / 2) / seconds;
    plot_script_row(&data, (double[]){middle, tier->over_time[w]}, 2);
  }
  plot_script_put_data(drawing, "run", line, &data);
}

// The fullest tiers that have a series; their number.
static size_t tiers_over_time(const struct plot_drawing *drawing, const struct plot_run *run,
                              const struct plot_tier **tiers) {
  const char **names = arena_array(drawing->arena, run->tier_count + 1, sizeof *names);
  size_t all = plot_tiers_choose(&run, 1, run->tier_count, names, drawing->arena), count = 0;
  size_t most = drawing->format == PLOT_TERMINAL ? TIERS_IN_CHARACTERS : TIERS_MOST;
  for (size_t i = 0; i < all && count < most; i++) {
    const struct plot_tier *tier = plot_tiers_find(run, names[i]);
    if (tier->over_time != NULL) tiers[count++] = tier;
  }
  return count;
}

static bool draw_utilization(struct plot_drawing *drawing, size_t load, const struct plot_run *run) {
  const struct plot_tier *tiers[TIERS_MOST];
  size_t count = tiers_over_time(drawing, run, tiers);
  if (count == 0) return true;
  struct event_rows rows = arrange_events(run, drawing->arena);
  struct plot_extent extent = plot_extent_empty();
  for (size_t i = 0; i < count; i++) {
    for (size_t w = 0; w < run->window_count; w++) plot_extent_add(&extent, tiers[i]->over_time[w]);
  }
  struct plot_axis axis = plot_axis_fit(extent, PLOT_SHARE_LINEAR);
  struct writer script;
  writer_init(&script, NULL);
  bool marks = run->warmup > 0 || rows.events > 0;
  size_t key_rows = count > TIERS_MOST / 2 && drawing->format != PLOT_TERMINAL ? (count + 1) / 2 : count;
  plot_script_frame(drawing, &script, plot_script_heading(drawing, "Utilization over time", run),
                    key_rows + rows.count + marks + 1);
  struct time_scale scale = set_time(&script, &run, 1, &rows);
  plot_script_lines(&script, count);
  for (size_t i = 0; i < count; i++) put_tier(drawing, &script, i, run, tiers[i], scale.seconds);
  set_panels(&script, 1, key_rows, run->name);
  plot_script_panel(&script, 0, "", "share of capacity in use", &axis, drawing->arena);
  plot_script_number(&script, "Reference", 0);
  plot_script_text(&script, "ReferenceName", "");
  const char *number = arena_format(drawing->arena, "-%zu", run->scenario + 1);
  const char *what =
      arena_format(drawing->arena, "utilization-over-time%s", drawing->set->name_count > 1 ? number : "");
  return plot_script_draw(drawing, &script, "over-time", plot_script_file_name(drawing, what, load));
}

bool plot_draw_utilization(struct plot_drawing *drawing, size_t load, size_t scenario) {
  const struct plot_run **runs = plot_script_room_for_runs(drawing);
  size_t count = runs_over_time(drawing, load, runs);
  for (size_t i = 0; i < count; i++) {
    if (runs[i]->scenario == scenario) return draw_utilization(drawing, load, runs[i]);
  }
  return true;
}
