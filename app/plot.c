// headroom plot: draws results through gnuplot.
#include "command.h"
#include "console.h"
#include "options.h"
#include "plot_data.h"
#include "plot_draw.h"
#include "sweep_store.h"
#include "table.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t TIME_LIMIT = INT64_C(60) * 1000000000; // of one picture

enum { COLUMNS_LEAST = 60, COLUMNS_MOST = 200 };
enum { SCENARIOS_MOST = 8 }; // that get pictures of their own

struct plot_options {
  const char *format;
  const char *out;
  bool terminal;
};

static const struct option rows[] = {
    {"format", "FORMAT", "png (the default), svg or pdf", OPTION_TEXT, offsetof(struct plot_options, format),
     0},
    {"out", "DIR", "where the plots go (default: plots/ in the first folder)", OPTION_TEXT,
     offsetof(struct plot_options, out), 0},
    {"terminal", NULL, "draws with characters on standard output; writes no file", OPTION_FLAG,
     offsetof(struct plot_options, terminal), 0},
    {.name = NULL},
};

static bool read_format(const struct plot_options *own, enum plot_format *format) {
  static const char *const names[] = {[PLOT_PNG] = "png", [PLOT_SVG] = "svg", [PLOT_PDF] = "pdf"};
  *format = own->terminal ? PLOT_TERMINAL : PLOT_PNG;
  if (own->format == NULL) return true;
  if (own->terminal) return console_error("--terminal and --format exclude each other"), false;
  for (int i = PLOT_PNG; i <= PLOT_PDF; i++) {
    if (strcmp(own->format, names[i]) != 0) continue;
    *format = (enum plot_format)i;
    return true;
  }
  const char *meant = text_nearest_of(own->format, names, 3);
  console_error("--format takes png, svg or pdf, not \"%s\"%s%s%s", own->format,
                meant != NULL ? " (did you mean " : "", meant != NULL ? meant : "",
                meant != NULL ? "?)" : "");
  return false;
}

// Of a sweep with many loads, bars at the first, the middle and the last are enough.
static bool has_bars(const struct plot_set *set, size_t load) {
  size_t last = set->load_count - 1;
  bool few = !set->swept || set->load_count <= 3;
  return !set->scattered && (few || load == 0 || load == last || load == last / 2);
}

static bool draw_at(struct plot_drawing *drawing, size_t load) {
  bool drawn = plot_draw_distribution(drawing, load) && plot_draw_latency(drawing, load) &&
               plot_draw_throughput(drawing, load);
  for (size_t scenario = 0; drawn && scenario < drawing->set->name_count && scenario < SCENARIOS_MOST;
       scenario++)
    drawn = plot_draw_utilization(drawing, load, scenario);
  if (!drawn || !has_bars(drawing->set, load)) return drawn;
  return plot_draw_comparison(drawing, load) && plot_draw_tiers(drawing, load);
}

static bool draw_all(struct plot_drawing *drawing) {
  const struct plot_set *set = drawing->set;
  bool drawn = plot_draw_latency_against_load(drawing) && plot_draw_percentiles_against_load(drawing) &&
               plot_draw_throughput_against_load(drawing);
  for (size_t scenario = 0; drawn && scenario < set->name_count && scenario < SCENARIOS_MOST; scenario++)
    drawn = plot_draw_utilization_against_load(drawing, scenario);
  for (size_t load = 0; drawn && load < set->load_count; load++) drawn = draw_at(drawing, load);
  return drawn;
}

// Makes the folder for the pictures only once gnuplot is known to work.
static bool draw_into(struct plot_drawing *drawing) {
  struct file_error error;
  bool needed = drawing->format == PLOT_PNG || drawing->format == PLOT_PDF;
  bool fonts = !needed || plot_draw_has_fonts(drawing);
  if (!fonts && drawing->gnuplot->error.message[0] != '\0') {
    console_error("%s", drawing->gnuplot->error.message);
    return false;
  }
  if (drawing->format != PLOT_TERMINAL && !file_make_directories(drawing->folder, &error)) {
    console_error("%s", error.message);
    return false;
  }
  return draw_all(drawing);
}

// As COLUMNS says, else as the terminal is wide, within what can be drawn.
static size_t terminal_columns(void) {
  const char *text = getenv("COLUMNS");
  long asked = text != NULL ? strtol(text, NULL, 10) : 0;
  long columns = asked > 0 ? asked : table_on(stdout, false).columns;
  return columns < COLUMNS_LEAST  ? COLUMNS_LEAST
         : columns > COLUMNS_MOST ? COLUMNS_MOST
                                  : (size_t)columns - 1;
}

static int draw_set(const struct options *options, const struct plot_set *set, const char *first,
                    enum plot_format format) {
  const struct plot_options *own = options->own;
  struct gnuplot gnuplot;
  gnuplot_open(&gnuplot, TIME_LIMIT, options->interrupt);
  struct plot_drawing drawing = {.set = set, .gnuplot = &gnuplot, .format = format, .arena = options->arena};
  drawing.columns = terminal_columns();
  drawing.folder = own->out != NULL ? own->out : arena_format(options->arena, "%s/plots", first);
  bool drawn = draw_into(&drawing);
  gnuplot_close(&gnuplot);
  if (options->interrupt != NULL && atomic_load(options->interrupt)) return STATUS_INTERRUPTED;
  if (!drawn) return STATUS_FAILED;
  if (drawing.pictures > 0) return STATUS_DONE;
  console_error("there is nothing to draw: neither series.csv nor distribution.csv, and a single load");
  return STATUS_WRONG;
}

// Of a sweep's table, the folder that its points are kept in.
static const char *folder_of(const char *path, struct arena *arena) {
  struct sweep_store store;
  size_t length = strlen(path);
  if (length <= 4 || strcmp(path + length - 4, ".csv") != 0) return path;
  sweep_store_find(&store, path, arena);
  return store.folder;
}

static int run(const struct options *options) {
  enum plot_format format = PLOT_PNG;
  struct plot_set set;
  if (!read_format(options->own, &format)) return STATUS_WRONG;
  const char **folders = arena_array(options->arena, options->path_count, sizeof *folders);
  for (size_t i = 0; i < options->path_count; i++) folders[i] = folder_of(options->paths[i], options->arena);
  if (!plot_set_read(&set, folders, options->path_count, options->arena)) return STATUS_WRONG;
  return draw_set(options, &set, folders[0], format);
}

const struct command plot_command = {
    .name = "plot",
    .arguments = "DIR…",
    .summary = "draws results through gnuplot",
    .details =
        "DIR is what run, compare or sweep wrote with --out (the sweep's table FILE.csv will do as well);\n"
        "several are drawn together. With several loads: latency with objectives and knee, goodput,\n"
        "errors and utilization against the load, or against what else a sweep varied. At each load:\n"
        "the distribution of latencies; latency, throughput and utilization over time (of a sweep with "
        "--full);\n"
        "bars that compare scenarios, and how full each tier is.",
    .options = rows,
    .own_size = sizeof(struct plot_options),
    .least = 1,
    .most = -1,
    .run = run,
};
