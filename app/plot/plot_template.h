// The gnuplot templates of plots/, which the build makes part of the program.
#ifndef HEADROOM_PLOT_TEMPLATE_H
#define HEADROOM_PLOT_TEMPLATE_H

#include <stddef.h>

struct plot_template {
  const char *name;           // "distribution" for plots/distribution.gp
  const unsigned char *bytes; // zero-terminated
  size_t length;              // without the zero
};

// Ended by a row without a name. Generated.
extern const struct plot_template plot_templates[];

#endif
