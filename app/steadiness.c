// Evidence against a steady state: growth of the number inside, over the replications after the warm-up.
#include "estimates.h"

#include "trend.h"

#include <math.h>

static size_t first_window(const struct replication *kept) {
  return (size_t)((kept->from + kept->window_length - 1) / kept->window_length);
}

static size_t last_window(const struct replication *kept) {
  size_t end = (size_t)(kept->until / kept->window_length);
  return end < kept->window_count ? end : kept->window_count;
}

static bool same_windows(const struct experiment *experiment) {
  for (size_t i = 1; i < experiment->count; i++) {
    if (experiment->replications[i]->window_length != experiment->replications[0]->window_length)
      return false;
  }
  return true;
}

static struct trend growth(const struct experiment *experiment, struct arena *arena) {
  const double **series = arena_array(arena, experiment->count, sizeof *series);
  size_t fewest = SIZE_MAX;
  for (size_t i = 0; i < experiment->count; i++) {
    const struct replication *kept = experiment->replications[i];
    double *values = arena_array(arena, kept->window_count, sizeof *values);
    runner_inside_series(kept, values);
    size_t first = first_window(kept);
    size_t end = last_window(kept);
    size_t count = end > first ? end - first : 0;
    series[i] = values + (count > 0 ? first : 0);
    if (count < fewest) fewest = count;
  }
  if (fewest < 32) return (struct trend){.p_value = 1};
  return experiment->count == 1 ? trend_growth(series[0], fewest)
                                : trend_growth_over(series, experiment->count, fewest);
}

const char *estimates_unsteady(const struct experiment *experiment, struct arena *arena) {
  if (experiment->plan->terminating || experiment->count == 0 || !same_windows(experiment)) return NULL;
  struct trend trend = growth(experiment, arena);
  if (trend.freedom > 0 && trend.p_value < 1e-3) {
    return "no steady state: the number of requests inside goes on growing (overload?)";
  }
  if (!experiment->settled)
    return "perhaps no steady state: the pilots found no end of the warm-up; a longer run may tell";
  return NULL;
}
