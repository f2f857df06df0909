#include "mser.h"

#include "moments.h"

enum { LEAST_KEPT = 5, LEAST_GROUPS = 10 };

static double group_mean(const double *series, size_t group) {
  double sum = 0;
  for (size_t i = 0; i < MSER_GROUP; i++) sum += series[group * MSER_GROUP + i];
  return sum / MSER_GROUP;
}

struct mser mser_cut(const double *series, size_t count) {
  size_t groups = count / MSER_GROUP;
  if (groups < LEAST_GROUPS) return (struct mser){0, true};
  struct moments kept = {0};
  double best = 0;
  size_t cut = groups;
  for (size_t first = groups; first-- > 0;) {
    moments_add(&kept, group_mean(series, first));
    if (kept.count <= LEAST_KEPT) continue;
    double error = kept.deviations / ((double)kept.count * (double)kept.count);
    // Of equals the earlier cut: it keeps more.
    if (cut == groups || error <= best) {
      best = error;
      cut = first;
    }
  }
  return (struct mser){cut * MSER_GROUP, 2 * cut > groups};
}
