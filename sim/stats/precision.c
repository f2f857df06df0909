#include "precision.h"

#include <math.h>

size_t precision_next(size_t done, size_t most) {
  if (done >= most) return 0;
  size_t next = done < PRECISION_LEAST ? PRECISION_LEAST : done + (2 * done + 4) / 5;
  return next < most ? next : most;
}

bool precision_reached(const struct estimate *estimate, double gamma) {
  if (!estimate->has_interval) return false;
  return estimate_half_width(estimate) <= gamma / (1 + gamma) * fabs(estimate->value);
}

double precision_attained(const struct estimate *estimate) {
  if (!estimate->has_interval) return INFINITY;
  double half = estimate_half_width(estimate);
  if (half == 0) return 0;
  double share = half / fabs(estimate->value);
  return share < 1 ? share / (1 - share) : INFINITY;
}
