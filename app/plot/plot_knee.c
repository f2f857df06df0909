#include "plot_knee.h"

#include <math.h>

// Requests answered in time per second and second of p99; 0 where p99 has no end, NAN where it is not known.
static double power_of(const struct plot_run *run) {
  const struct plot_estimate *slow = &run->figures[PLOT_P99];
  if (slow->infinite) return 0;
  return slow->value > 0 ? run->figures[PLOT_GOODPUT].value / slow->value : (double)NAN;
}

int plot_knee(const struct plot_run *const *runs, size_t count) {
  int best = PLOT_KNEE_NONE, first = PLOT_KNEE_NONE, last = PLOT_KNEE_NONE;
  double most = -1;
  for (size_t i = 0; i < count; i++) {
    double power = power_of(runs[i]);
    if (isnan(power)) continue;
    if (first == PLOT_KNEE_NONE) first = (int)i;
    last = (int)i;
    if (power > most) {
      most = power;
      best = (int)i;
    }
  }
  return best == first || best == last ? PLOT_KNEE_NONE : best;
}
