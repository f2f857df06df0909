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
  size_t columns;  // of the terminal
};

// Each draws nothing, and that is no error, where there are no data for it, and prints the name of the file
// it wrote (or, for PLOT_TERMINAL, the picture). False after an error was printed.

// The latency distribution of all scenarios at set->loads[load], with percentiles.
bool plot_draw_distribution(struct plot_drawing *drawing, size_t load);

// Mean and largest latency over time; throughput and failures over time.
bool plot_draw_latency(struct plot_drawing *drawing, size_t load);
bool plot_draw_throughput(struct plot_drawing *drawing, size_t load);

// How full the fullest tiers of a scenario were over time.
bool plot_draw_utilization(struct plot_drawing *drawing, size_t load, size_t scenario);

// Against the load: p50 and p99, with the objectives and the knee of each scenario; throughput and errors; of
// a single scenario all its percentiles; of each scenario how full its tiers are. Nothing where there is only
// one load.
bool plot_draw_latency_against_load(struct plot_drawing *drawing);
bool plot_draw_throughput_against_load(struct plot_drawing *drawing);
bool plot_draw_percentiles_against_load(struct plot_drawing *drawing);
bool plot_draw_utilization_against_load(struct plot_drawing *drawing, size_t scenario);

// Bars beside each other, with intervals, of the scenarios at set->loads[load]: latency, goodput and errors;
// how full the tiers are. The first draws nothing for a single scenario.
bool plot_draw_comparison(struct plot_drawing *drawing, size_t load);
bool plot_draw_tiers(struct plot_drawing *drawing, size_t load);

// False, after a warning was printed: gnuplot finds no fonts, and its PNG would have no text. Also when
// gnuplot fails; gnuplot->error then says why.
bool plot_draw_has_fonts(struct plot_drawing *drawing);

#endif
