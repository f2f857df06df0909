// Axes: from what to what, linear or logarithmic, and where the ticks stand, with units.
#ifndef HEADROOM_PLOT_AXIS_H
#define HEADROOM_PLOT_AXIS_H

#include "arena.h"

#include <stdbool.h>

enum { PLOT_LABEL_BYTES = 48 };

enum plot_unit { PLOT_SECONDS, PLOT_SHARE, PLOT_SHARE_LINEAR, PLOT_NUMBER };

struct plot_axis {
  enum plot_unit unit;
  bool logarithmic;
  bool foot;   // of a logarithmic axis: its low end stands for 0
  int columns; // characters that fit along it, where its labels stand beside each other; 0: above each other
  double low;
  double high;
};

// What has to be shown. Start with plot_extent_empty().
struct plot_extent {
  double least_positive;
  double largest;
};

struct plot_extent plot_extent_empty(void);
void plot_extent_add(struct plot_extent *extent, double value); // NaN and infinity are left out

// Logarithmic when the largest is more than 20 times the least (never for numbers and linear shares); else
// from 0. With nothing to show, from 0 to 1.
struct plot_axis plot_axis_fit(struct plot_extent extent, enum plot_unit unit);

// Logarithmic whatever the range.
struct plot_axis plot_axis_logarithmic(double least, double largest, enum plot_unit unit);

// Logarithmic, with a foot for 0.
struct plot_axis plot_axis_footed(struct plot_extent extent, enum plot_unit unit);

// A number of at least 0 as it is read: three digits below a thousand, whole and in groups above: 12,000.
void plot_number_text(double value, char label[PLOT_LABEL_BYTES]);

// A list of ticks as gnuplot's `set xtics` takes it: ('1 ms' 0.001 0, '' 0.002 1, …). In the arena.
const char *plot_axis_ticks(const struct plot_axis *axis, struct arena *arena);

#endif
