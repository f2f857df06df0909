// Draws what plot_data.h has read: one function a picture. Pictures come from the templates in plots/.
#ifndef HEADROOM_PLOT_DRAW_H
#define HEADROOM_PLOT_DRAW_H

#include "gnuplot.h"
#include "plot_data.h"

enum plot_format { PLOT_PNG, PLOT_SVG, PLOT_PDF, PLOT_TERMINAL };

struct plot_drawing {
  const struct plot_set *set;
  struct gnuplot *gnuplot;
  enum plot_format format;
  const char *folder; // where pictures go; it exists. Not used for PLOT_TERMINAL
  struct arena *arena;
  size_t pictures; // made so far
};

// Each draws nothing, and that is no error, where there are no data for it, and prints the name of the file
// it wrote (or, for PLOT_TERMINAL, the picture). False after an error was printed.

// The latency distribution of all scenarios at set->loads[load], with percentiles.
bool plot_draw_distribution(struct plot_drawing *drawing, size_t load);

// Mean and largest latency over time; throughput and failures over time.
bool plot_draw_latency(struct plot_drawing *drawing, size_t load);
bool plot_draw_throughput(struct plot_drawing *drawing, size_t load);

// p50 and p99 against the load; throughput and errors against the load. Nothing where there is only one load.
bool plot_draw_latency_against_load(struct plot_drawing *drawing);
bool plot_draw_throughput_against_load(struct plot_drawing *drawing);

// False, after a warning was printed: gnuplot finds no fonts, and its PNG would have no text. Also when
// gnuplot fails; gnuplot->error then says why.
bool plot_draw_has_fonts(struct plot_drawing *drawing);

#endif
