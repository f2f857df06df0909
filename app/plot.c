// headroom plot: draws results through gnuplot.
#include "command.h"
#include "console.h"
#include "plot_data.h"
#include "plot_draw.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const int64_t TIME_LIMIT = INT64_C(60) * 1000000000; // of one picture

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

static bool draw_all(struct plot_drawing *drawing) {
  bool drawn = plot_draw_latency_against_load(drawing) && plot_draw_throughput_against_load(drawing);
  for (size_t load = 0; drawn && load < drawing->set->load_count; load++) {
    drawn = plot_draw_distribution(drawing, load) && plot_draw_latency(drawing, load) &&
            plot_draw_throughput(drawing, load);
  }
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

static int draw_set(const struct options *options, const struct plot_set *set, enum plot_format format) {
  const struct plot_options *own = options->own;
  struct gnuplot gnuplot;
  gnuplot_open(&gnuplot, TIME_LIMIT, options->interrupt);
  struct plot_drawing drawing = {.set = set, .gnuplot = &gnuplot, .format = format, .arena = options->arena};
  drawing.folder = own->out != NULL ? own->out : arena_format(options->arena, "%s/plots", options->paths[0]);
  bool drawn = draw_into(&drawing);
  gnuplot_close(&gnuplot);
  if (options->interrupt != NULL && atomic_load(options->interrupt)) return STATUS_INTERRUPTED;
  if (!drawn) return STATUS_FAILED;
  if (drawing.pictures > 0) return STATUS_DONE;
  console_error("there is nothing to draw: neither series.csv nor distribution.csv, and a single load");
  return STATUS_WRONG;
}

static int run(const struct options *options) {
  enum plot_format format = PLOT_PNG;
  struct plot_set set;
  if (!read_format(options->own, &format)) return STATUS_WRONG;
  if (!plot_set_read(&set, options->paths, options->path_count, options->arena)) return STATUS_WRONG;
  return draw_set(options, &set, format);
}

const struct command plot_command = {
    .name = "plot",
    .arguments = "DIR…",
    .summary = "draws results through gnuplot",
    .details =
        "DIR is what run or compare wrote with --out; several are drawn together. At each load: the\n"
        "distribution of latencies, latency over time, throughput and failures over time. With several\n"
        "loads: latency, goodput and errors against the load.",
    .options = rows,
    .own_size = sizeof(struct plot_options),
    .least = 1,
    .most = -1,
    .run = run,
};
