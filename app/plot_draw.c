#include "plot_draw.h"

#include "console.h"
#include "plot_axis.h"
#include "plot_template.h"
#include "text.h"
#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  EVENTS_MOST = 26,
  EVENT_COLUMNS = 100, // of a row that explains them
  LIMITS_MOST = 6,
  MARKERS = 9 // of a line over time
};

static const struct {
  const char *name;
  const char *file;
} formats[] = {[PLOT_PNG] = {"png", "plot.png"},
               [PLOT_SVG] = {"svg", "plot.svg"},
               [PLOT_PDF] = {"pdf", "plot.pdf"},
               [PLOT_TERMINAL] = {"dumb", "plot.txt"}};

// ---- Settings of a template -------------------------------------------------------------------------------

static void set_number(struct writer *script, const char *name, double value) {
  writer_format(script, "%s = %.9g\n", name, value);
}

static void set_text(struct writer *script, const char *name, const char *text) {
  writer_format(script, "%s = ", name);
  gnuplot_quote(script, text);
  writer_bytes(script, "\n", 1);
}

static void declare(struct writer *script, const char *name, size_t count) {
  writer_format(script, "array %s[%zu]\n", name, count > 0 ? count : 1);
}

static void set_number_at(struct writer *script, const char *name, size_t index, double value) {
  writer_format(script, "%s[%zu] = %.9g\n", name, index + 1, value);
}

static void set_text_at(struct writer *script, const char *name, size_t index, const char *text) {
  writer_format(script, "%s[%zu] = ", name, index + 1);
  gnuplot_quote(script, text);
  writer_bytes(script, "\n", 1);
}

// The size of a picture with so many rows of a legend above its graphs, in pixels or in lines of a terminal,
// and where its parts stand, as shares of its height.
static void set_frame(const struct plot_drawing *drawing, struct writer *script, const char *heading,
                      size_t rows) {
  static const struct {
    double width, graph, head, row, foot, gap, title;
  } sizes[] = {{1200, 640, 60, 30, 85, 8, 28}, {79, 24, 3, 1, 3.5, 0.5, 0.5}};
  bool terminal = drawing->format == PLOT_TERMINAL;
  double head = sizes[terminal].head + (double)rows * sizes[terminal].row;
  double height = head + sizes[terminal].graph + sizes[terminal].foot;
  if (terminal) height = ceil(height);
  set_text(script, "Format", formats[drawing->format].name);
  set_number(script, "Width", sizes[terminal].width);
  set_number(script, "Height", height);
  set_number(script, "Top", 1 - head / height);
  set_number(script, "Bottom", sizes[terminal].foot / height);
  set_number(script, "HeadingAt", 1 - sizes[terminal].title / height);
  set_number(script, "KeyGap", sizes[terminal].gap / height);
  set_number(script, "RowHeight", sizes[terminal].row / height);
  set_text(script, "Heading", heading);
}

static void set_lines(struct writer *script, size_t count) {
  set_number(script, "Runs", (double)count);
  declare(script, "Name", count);
  declare(script, "Style", count);
}

static void set_line(struct writer *script, size_t index, const char *name, size_t scenario) {
  set_text_at(script, "Name", index, name);
  set_number_at(script, "Style", index, (double)scenario + 1);
}

static void declare_panels(struct writer *script) {
  static const char *const names[] = {"PanelTitle", "PanelLabel", "PanelLog", "PanelLow",
                                      "PanelHigh",  "PanelFoot",  "PanelTics"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) declare(script, names[i], 2);
}

static void set_panel(struct writer *script, size_t index, const char *title, const char *label,
                      const struct plot_axis *axis, struct arena *arena) {
  set_text_at(script, "PanelTitle", index, title);
  set_text_at(script, "PanelLabel", index, label);
  set_number_at(script, "PanelLog", index, axis->logarithmic);
  set_number_at(script, "PanelLow", index, axis->low);
  set_number_at(script, "PanelHigh", index, axis->high);
  set_number_at(script, "PanelFoot", index, axis->foot);
  set_text_at(script, "PanelTics", index, plot_axis_ticks(axis, arena));
}

// A row of numbers in a data file.
static void write_row(struct writer *data, const double *numbers, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(numbers[i])) {
      writer_format(data, "%s%.9g", i > 0 ? " " : "", numbers[i]);
    } else {
      writer_format(data, "%sNaN", i > 0 ? " " : "");
    }
  }
  writer_bytes(data, "\n", 1);
}

static void put_data(struct plot_drawing *drawing, const char *kind, size_t index, struct writer *data) {
  char name[64];
  snprintf(name, sizeof name, "%s-%zu.dat", kind, index + 1);
  // gnuplot refuses a file without any number, but not one where none is finite.
  if (data->length == 0) writer_bytes(data, "NaN NaN NaN NaN NaN NaN NaN NaN NaN\n", 36);
  gnuplot_put(drawing->gnuplot, name, data);
  writer_drop(data);
}

// ---- Carrying out -----------------------------------------------------------------------------------------

static void append_template(struct writer *script, const char *name) {
  for (const struct plot_template *row = plot_templates; row->name != NULL; row++) {
    if (strcmp(row->name, name) == 0) writer_bytes(script, (const char *)row->bytes, row->length);
  }
}

static bool report(const struct gnuplot *gnuplot) {
  console_error("%s", gnuplot->error.message);
  return false;
}

static bool show(struct plot_drawing *drawing, const char *picture, size_t length) {
  drawing->pictures++;
  fwrite(picture, 1, length, stdout);
  putchar('\n');
  return true;
}

// Runs settings and template, and puts the picture where it belongs under `name`.
static bool draw(struct plot_drawing *drawing, struct writer *script, const char *template,
                 const char *name) {
  size_t length = 0;
  append_template(script, "common");
  append_template(script, template);
  gnuplot_put(drawing->gnuplot, "plot.gp", script);
  gnuplot_run(drawing->gnuplot, "plot.gp");
  const char *made = formats[drawing->format].file;
  char *picture = gnuplot_take(drawing->gnuplot, made, drawing->arena, &length);
  writer_drop(script);
  if (picture == NULL) return report(drawing->gnuplot);
  if (drawing->format == PLOT_TERMINAL) return show(drawing, picture, length);
  const char *path =
      arena_format(drawing->arena, "%s/%s.%s", drawing->folder, name, formats[drawing->format].name);
  struct file_error error;
  if (!file_replace(path, picture, length, &error)) return console_error("%s", error.message), false;
  drawing->pictures++;
  text_print(stdout, path);
  putchar('\n');
  return true;
}

bool plot_draw_has_fonts(struct plot_drawing *drawing) {
  struct writer script;
  size_t wide_length = 0, narrow_length = 0;
  writer_init(&script, NULL);
  append_template(&script, "probe");
  gnuplot_put(drawing->gnuplot, "probe.gp", &script);
  writer_drop(&script);
  gnuplot_run(drawing->gnuplot, "probe.gp");
  char *wide = gnuplot_take(drawing->gnuplot, "wide.png", drawing->arena, &wide_length);
  char *narrow = gnuplot_take(drawing->gnuplot, "narrow.png", drawing->arena, &narrow_length);
  if (wide == NULL || narrow == NULL) return false;
  if (wide_length != narrow_length || memcmp(wide, narrow, wide_length) != 0) return true;
  console_error(
      "gnuplot finds no fonts, so the plots have no text; install DejaVu Sans (Debian and Ubuntu: apt-get "
      "install fonts-dejavu-core), or use --format svg");
  return false;
}

// ---- Words ------------------------------------------------------------------------------------------------

// "latency-over-time", or with several loads "latency-over-time-load-4".
static const char *file_name(const struct plot_drawing *drawing, const char *what, size_t load) {
  const struct plot_set *set = drawing->set;
  if (set->load_count == 1) return what;
  return arena_format(drawing->arena, "%s-load-%.9g", what, set->loads[load]);
}

// The runs at a load, in order.
static size_t runs_at(const struct plot_drawing *drawing, size_t load, const struct plot_run **runs) {
  const struct plot_set *set = drawing->set;
  size_t count = 0;
  for (size_t i = 0; i < set->count; i++) {
    if (set->runs[i].load == set->loads[load]) runs[count++] = &set->runs[i];
  }
  return count;
}

static const struct plot_run **room_for_runs(const struct plot_drawing *drawing) {
  return arena_array(drawing->arena, drawing->set->count + 1, sizeof(const struct plot_run *));
}

// "Latency over time, load × 4 (400 requests/s)".
static const char *heading(const struct plot_drawing *drawing, const char *what, const struct plot_run *run) {
  double offered = run->figures[PLOT_OFFERED].value;
  const char *text = what;
  if (drawing->set->load_count > 1) text = arena_format(drawing->arena, "%s, load × %.6g", text, run->load);
  if (!(offered > 0)) return text;
  return arena_format(drawing->arena, "%s (%.3g requests/s offered)", text,
                      offered >= 1000 ? round(offered) : offered);
}

static const char *percentile_text(const struct plot_run *run, enum plot_figure figure, const char *name,
                                   struct arena *arena) {
  const struct plot_estimate *estimate = &run->figures[figure];
  if (estimate->infinite) return arena_format(arena, "   %s ∞", name);
  if (isnan(estimate->value)) return "";
  return arena_format(arena, "   %s %s", name, units_show_duration(estimate->value * 1e9).text);
}

// "one server   p50 12.0 ms   p90 40.2 ms   p99 81.0 ms".
static const char *legend(const struct plot_run *run, struct arena *arena) {
  const char *p50 = percentile_text(run, PLOT_P50, "p50", arena);
  const char *p90 = percentile_text(run, PLOT_P90, "p90", arena);
  const char *p99 = percentile_text(run, PLOT_P99, "p99", arena);
  return arena_format(arena, "%s%s%s%s", run->name, p50, p90, p99);
}

// ---- Distribution -----------------------------------------------------------------------------------------

static const struct {
  const char *name;
  double share;
} marks[] = {{"p50", 0.5}, {"p90", 0.1}, {"p99", 0.01}, {"p99.9", 0.001}, {"p99.99", 0.0001}};
enum { MARKS = sizeof marks / sizeof *marks };

static double total_of(const struct plot_run *run) {
  double total = run->lost;
  for (size_t i = 0; i < run->bin_count; i++) total += run->bins[i].count;
  return total;
}

// The latency that the share `share` of all requests exceeds: linear within a bin; NaN where it is infinite.
static double exceeded_by(const struct plot_run *run, double total, double share) {
  double above = total;
  for (size_t i = 0; i < run->bin_count; i++) {
    const struct plot_bin *bin = &run->bins[i];
    double after = above - bin->count;
    if (after <= share * total) {
      return bin->lower + (bin->upper - bin->lower) * (above - share * total) / bin->count;
    }
    above = after;
  }
  return NAN;
}

struct distribution_frame {
  double left;
  double right;
  double low; // the smallest share
};

static struct distribution_frame frame_distributions(const struct plot_run *const *runs, size_t count) {
  struct distribution_frame frame = {INFINITY, 0, 1e-2};
  for (size_t i = 0; i < count; i++) {
    const struct plot_run *run = runs[i];
    double total = total_of(run);
    if (run->bin_count == 0) continue;
    double left = exceeded_by(run, total, 0.995), right = run->bins[run->bin_count - 1].upper;
    if (left < frame.left) frame.left = left;
    if (right > frame.right) frame.right = right;
    double low = pow(10, floor(log10(3 / total)));
    if (low < frame.low) frame.low = low;
  }
  if (frame.low < 1e-6) frame.low = 1e-6;
  if (!(frame.left > frame.right * 1e-6)) frame.left = frame.right * 1e-6;
  if (frame.left > frame.right / 2) frame.left = frame.right / 2;
  return frame;
}

static void write_curve(const struct plot_run *run, double left, double right, struct writer *data) {
  double total = total_of(run), above = total;
  if (run->bin_count > 0 && run->bins[0].lower > left) write_row(data, (double[]){left, 1}, 2);
  for (size_t i = 0; i < run->bin_count; i++) {
    const struct plot_bin *bin = &run->bins[i];
    if (i == 0 || bin->lower > run->bins[i - 1].upper)
      write_row(data, (double[]){bin->lower, above / total}, 2);
    above -= bin->count;
    if (above > 0.5) write_row(data, (double[]){bin->upper, above / total}, 2);
  }
  if (run->lost > 0) write_row(data, (double[]){right, run->lost / total}, 2);
}

static void write_marks(const struct plot_run *run, double low, struct writer *data) {
  double total = total_of(run);
  for (int i = 0; i < MARKS; i++) {
    double at = exceeded_by(run, total, marks[i].share);
    if (marks[i].share >= low && isfinite(at)) write_row(data, (double[]){at, marks[i].share}, 2);
  }
}

static void set_marks(struct writer *script, double low, struct arena *arena) {
  const char *ticks = "";
  size_t count = 0;
  declare(script, "Mark", MARKS);
  for (int i = 0; i < MARKS; i++) {
    if (marks[i].share < low * (1 - 1e-9)) continue;
    set_number_at(script, "Mark", count++, marks[i].share);
    ticks = arena_format(arena, "%s%s\"%s\" %g", ticks, ticks[0] != '\0' ? ", " : "", marks[i].name,
                         marks[i].share);
  }
  set_number(script, "MarkCount", (double)count);
  set_text(script, "Marks", arena_format(arena, "(%s)", ticks));
}

bool plot_draw_distribution(struct plot_drawing *drawing, size_t load) {
  const struct plot_run **runs = room_for_runs(drawing);
  size_t count = runs_at(drawing, load, runs);
  struct distribution_frame frame = frame_distributions(runs, count);
  if (!(frame.right > 0)) return true;
  struct plot_axis across = plot_axis_logarithmic(frame.left, frame.right * 1.1, PLOT_SECONDS);
  struct plot_axis upwards = {PLOT_SHARE, true, false, frame.low, 1};
  double lost = 0;
  struct writer script, data;
  writer_init(&script, NULL);
  set_frame(drawing, &script, heading(drawing, "Latency distribution", runs[0]), count);
  set_lines(&script, count);
  for (size_t i = 0; i < count; i++) {
    set_line(&script, i, legend(runs[i], drawing->arena), runs[i]->scenario);
    writer_init(&data, NULL);
    write_curve(runs[i], across.low, across.high, &data);
    put_data(drawing, "run", i, &data);
    writer_init(&data, NULL);
    write_marks(runs[i], frame.low, &data);
    put_data(drawing, "marks", i, &data);
    lost += runs[i]->lost;
  }
  set_number(&script, "Left", across.low);
  set_number(&script, "Right", across.high);
  set_number(&script, "Low", frame.low);
  set_text(&script, "XTics", plot_axis_ticks(&across, drawing->arena));
  set_text(&script, "YTics", plot_axis_ticks(&upwards, drawing->arena));
  set_marks(&script, frame.low, drawing->arena);
  set_text(&script, "Sub", lost > 0 ? "latency (a request that fails takes for ever)" : "latency");
  return draw(drawing, &script, "distribution", file_name(drawing, "latency-distribution", load));
}

// ---- Over time --------------------------------------------------------------------------------------------

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
    write_row(data, (double[]){middle, value_of(window, first), value_of(window, second)}, 3);
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

static void set_events(struct writer *script, const struct plot_run *run, const struct event_rows *rows,
                       double seconds) {
  set_number(script, "Events", (double)rows->events);
  declare(script, "EventAt", rows->events);
  declare(script, "EventMark", rows->events);
  for (size_t i = 0; i < rows->events; i++) {
    set_number_at(script, "EventAt", i, run->events[i].at / seconds);
    set_text_at(script, "EventMark", i, (char[]){(char)('a' + (char)i), '\0'});
  }
  set_number(script, "EventRows", (double)rows->count);
  declare(script, "EventRow", rows->count);
  for (size_t i = 0; i < rows->count; i++) set_text_at(script, "EventRow", i, rows->texts[i]);
}

// What the two pictures over time share: lines, axes of time, warm-up, events.
static void set_time(struct plot_drawing *drawing, struct writer *script, const struct plot_run *const *runs,
                     size_t count, enum series first, enum series second, const struct event_rows *rows) {
  double end = 0, warmup = 0;
  size_t windows = 1;
  for (size_t i = 0; i < count; i++) {
    if (end_of(runs[i]) > end) end = end_of(runs[i]);
    if (runs[i]->warmup > warmup) warmup = runs[i]->warmup;
    if (runs[i]->window_count > windows) windows = runs[i]->window_count;
  }
  struct time_scale scale = time_scale(end);
  set_lines(script, count);
  for (size_t i = 0; i < count; i++) {
    struct writer data;
    writer_init(&data, NULL);
    set_line(script, i, runs[i]->name, runs[i]->scenario);
    write_windows(runs[i], scale.seconds, first, second, &data);
    put_data(drawing, "run", i, &data);
  }
  set_number(script, "TimeEnd", end / scale.seconds);
  set_text(script, "TimeLabel", scale.label);
  set_number(script, "Warmup", (warmup < end ? warmup : end) / scale.seconds);
  set_number(script, "Every", (double)(windows / MARKERS + 1));
  set_events(script, runs[0], rows, scale.seconds);
}

// Runs at a load that have a series; 0: none has.
static size_t runs_over_time(const struct plot_drawing *drawing, size_t load, const struct plot_run **runs) {
  size_t all = runs_at(drawing, load, runs), count = 0;
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
  const struct plot_run **runs = room_for_runs(drawing);
  size_t count = runs_over_time(drawing, load, runs);
  if (count == 0) return true;
  struct event_rows rows = arrange_events(runs[0], drawing->arena);
  struct plot_axis mean = series_axis(runs, count, SERIES_MEAN, PLOT_SECONDS);
  struct plot_axis largest = series_axis(runs, count, SERIES_LARGEST, PLOT_SECONDS);
  struct writer script;
  writer_init(&script, NULL);
  set_frame(drawing, &script, heading(drawing, "Latency over time", runs[0]), count + rows.count);
  set_time(drawing, &script, runs, count, SERIES_MEAN, SERIES_LARGEST, &rows);
  declare_panels(&script);
  set_panel(&script, 0, "", "mean latency", &mean, drawing->arena);
  set_panel(&script, 1, "", "slowest answer", &largest, drawing->arena);
  set_number(&script, "Reference", 0);
  set_text(&script, "ReferenceName", "");
  return draw(drawing, &script, "over-time", file_name(drawing, "latency-over-time", load));
}

bool plot_draw_throughput(struct plot_drawing *drawing, size_t load) {
  const struct plot_run **runs = room_for_runs(drawing);
  size_t count = runs_over_time(drawing, load, runs);
  if (count == 0) return true;
  bool reference = same_offered(runs, count);
  struct event_rows rows = arrange_events(runs[0], drawing->arena);
  struct plot_axis answered = series_axis(runs, count, SERIES_ANSWERED, PLOT_NUMBER);
  struct plot_axis failed = series_axis(runs, count, SERIES_FAILED, PLOT_NUMBER);
  struct writer script, data;
  writer_init(&script, NULL);
  writer_init(&data, NULL);
  set_frame(drawing, &script, heading(drawing, "Throughput and failures over time", runs[0]),
            count + reference + rows.count);
  set_time(drawing, &script, runs, count, SERIES_ANSWERED, SERIES_FAILED, &rows);
  write_windows(runs[0], time_scale(end_of(runs[0])).seconds, SERIES_OFFERED, SERIES_OFFERED, &data);
  put_data(drawing, "reference", 0, &data);
  declare_panels(&script);
  set_panel(&script, 0, "", "answered, requests/s", &answered, drawing->arena);
  set_panel(&script, 1, "", "failed, requests/s", &failed, drawing->arena);
  set_number(&script, "Reference", reference);
  set_text(&script, "ReferenceName", "offered");
  return draw(drawing, &script, "over-time", file_name(drawing, "throughput-over-time", load));
}

// ---- Against the load -------------------------------------------------------------------------------------

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
  set_number(script, "LoadLog", axis.logarithmic);
  set_number(script, "LoadLow", axis.low);
  set_number(script, "LoadHigh", axis.high);
  set_text(script, "LoadTics", plot_axis_ticks(&axis, arena));
  set_text(script, "LoadLabel", offered ? "offered load, requests/s" : "load, factor");
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
  set_lines(script, set->name_count);
  for (size_t n = 0; n < set->name_count; n++) {
    struct writer data;
    writer_init(&data, NULL);
    set_line(script, n, set->names[n], n);
    for (size_t i = 0; i < set->count; i++) {
      double row[9] = {load_of(&set->runs[i], offered)};
      if (set->runs[i].scenario != n) continue;
      write_figure(&set->runs[i], first, row + 1);
      write_figure(&set->runs[i], second, row + 5);
      write_row(&data, row, 9);
    }
    put_data(drawing, "run", n, &data);
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
  set_number(script, "Limits", (double)count);
  declare(script, "LimitPanel", count);
  declare(script, "LimitAt", count);
  declare(script, "LimitName", count);
  for (size_t i = 0; i < count; i++) {
    set_number_at(script, "LimitPanel", i, limits[i]->figure == first ? 1 : 2);
    set_number_at(script, "LimitAt", i, limits[i]->limit);
    set_text_at(script, "LimitName", i, arena_format(arena, "objective: %s", limits[i]->rule));
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
  declare_panels(script);
  for (size_t panel = 0; panel < 2; panel++) {
    struct plot_axis axis = plot_axis_fit(extents[picture->shared ? 0 : panel], picture->units[panel]);
    set_panel(script, panel, picture->titles[panel], picture->labels[panel], &axis, drawing->arena);
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
  set_frame(drawing, &script, picture->heading, set->name_count + limit_count + diagonal + beyond + titles);
  put_lines(drawing, &script, offered, picture->figures[0], picture->figures[1]);
  set_load_axis(&script, set, offered, drawing->arena);
  set_limits(&script, limits, limit_count, picture->figures[0], drawing->arena);
  set_load_panels(drawing, &script, picture, limits, limit_count);
  set_number(&script, "Diagonal", diagonal);
  set_number(&script, "Beyond", beyond);
  return draw(drawing, &script, "against-load", picture->file);
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
