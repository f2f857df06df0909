// What a sweep varies: `--vary PATH=1,2,5`, `1..16`, `0.1..0.9:0.1`, `1..64*2`; and the points that follow.
#ifndef HEADROOM_SWEEP_VALUES_H
#define HEADROOM_SWEEP_VALUES_H

#include "arena.h"
#include "diagnostic.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  SWEEP_DIMENSIONS_MOST = 32, // below the 40 of gsl_qrng_sobol
  SWEEP_POINTS_MOST = 100000
};

// A path and the values that it takes, as `--set PATH=VALUE` takes them. A list is made of values and ranges
// with commas between; a comma inside of quotes, brackets or braces belongs to its value. A range has two
// numbers in the same unit (1..16, 5ms..50ms, $10/month..$50/month) and steps by one, by `:STEP` or by
// `*FACTOR`; its end belongs to it where a step meets it.
struct sweep_dimension {
  const char *path;
  const char **values;
  size_t count;

  // Of a range between whose ends any number may be drawn: 0.1..0.9 or 5ms..50ms without a step; with `*`
  // behind it, evenly on a logarithmic scale. `values` is then empty.
  bool continuous;
  bool logarithmic;
  double from, to;
  const char *before, *after; // the unit
};

// Reads "PATH=VALUES". `sampled`: continuous ranges are allowed. False: there are errors, positions of which
// speak of the file "--vary TEXT". Lives in `arena`.
bool sweep_dimension_read(struct sweep_dimension *dimension, const char *text, bool sampled,
                          struct diagnostics *diagnostics, struct arena *arena);

// All points of a sweep: values[point * dimension_count + dimension].
struct sweep_points {
  size_t count;
  const char **values;
};

// Every combination, the last dimension fastest. False: more than SWEEP_POINTS_MOST.
bool sweep_points_cross(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                        struct arena *arena);

// The first values of all, the second values of all, …. False: the dimensions are not equally long.
bool sweep_points_zip(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                      struct arena *arena);

// `samples` points of Sobol's sequence (Sobol 1967; in the form of Bratley & Fox 1988, as GSL has it), which
// fills the space evenly however many are taken: continuous ranges are scaled, of other values each gets the
// same share. False: memory ran out.
bool sweep_points_sobol(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                        size_t samples, struct arena *arena);

// A value as a number: JSON numbers, and quantities in base units (s, bytes, per second, shares; money as it
// stands). `*unit` is "s", "bytes", "/s" or "". NAN: it is none.
double sweep_value_number(const char *text, const char **unit);

#endif
