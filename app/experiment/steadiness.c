// Evidence against a steady state: a load of one or more, and what the number inside does after the warm-up.
#include "estimates.h"

#include "predict.h"
#include "trend.h"

#include <math.h>

// What a test must fall below: growth is said to be certain, and overload grows without a doubt; a beginning
// is only suspected.
static const double GROWTH_LEVEL = 1e-4;
static const double BEGINNING_LEVEL = 1e-3;

// The number inside after the warm-up, at the ends of equally long windows, for each replication.
struct inside {
  const double **series;
  size_t count; // windows, the same for all
};

static int64_t longest_window(const struct experiment *experiment) {
  int64_t longest = 1;
  for (size_t i = 0; i < experiment->count; i++) {
    if (experiment->replications[i]->window_length > longest)
      longest = experiment->replications[i]->window_length;
  }
  return longest;
}

// Windows are doubled as a run goes on, so that their lengths divide each other.
static size_t add_series(struct inside *inside, size_t at, const struct replication *kept, int64_t length,
                         struct arena *arena) {
  double *fine = arena_array(arena, kept->window_count, sizeof *fine);
  replication_inside(kept, fine);
  size_t factor = (size_t)(length / kept->window_length);
  size_t first = (size_t)((kept->from + length - 1) / length);
  size_t end = (size_t)(kept->until / length);
  if (end > kept->window_count / factor) end = kept->window_count / factor;
  size_t count = end > first ? end - first : 0;
  double *values = arena_array(arena, count, sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = fine[(first + i + 1) * factor - 1];
  inside->series[at] = values;
  return count;
}

static struct inside inside_after(const struct experiment *experiment, struct arena *arena) {
  struct inside inside = {arena_array(arena, experiment->count, sizeof *inside.series), SIZE_MAX};
  int64_t length = longest_window(experiment);
  for (size_t i = 0; i < experiment->count; i++) {
    size_t count = add_series(&inside, i, experiment->replications[i], length, arena);
    if (count < inside.count) inside.count = count;
  }
  return inside;
}

static bool is_evidence(struct trend trend, double level) {
  return trend.freedom > 0 && trend.p_value < level;
}

static bool grows(const struct inside *inside, size_t replications) {
  if (inside->count < 32) return false;
  return is_evidence(replications == 1 ? trend_growth(inside->series[0], inside->count)
                                       : trend_growth_over(inside->series, replications, inside->count),
                     GROWTH_LEVEL);
}

static bool begins(const struct inside *inside, size_t replications) {
  if (inside->count < 64) return false;
  return is_evidence(replications == 1 ? trend_initial_bias(inside->series[0], inside->count)
                                       : trend_initial_bias_over(inside->series, replications, inside->count),
                     BEGINNING_LEVEL);
}

const char *estimates_overload(const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  struct prediction prediction;
  if (plan->terminating) return NULL;
  if (!predict(&prediction, plan, plan->run.load * experiment->load, arena)) return NULL;
  if (!isnan(prediction.response)) return NULL; // users who wait for their answers never overload anything
  for (uint16_t c = 0; c < plan->component_count; c++) {
    const struct predicted_component *predicted = &prediction.components[c];
    bool cores = predicted->utilization >= 1;
    if (predicted->doubt != NULL || (!cores && !(predicted->workers >= 1))) continue;
    return arena_format(arena, "no steady state: `%s` is offered %.3g times what its %s can do",
                        plan->components[c].name, cores ? predicted->utilization : predicted->workers,
                        cores ? "cores" : "workers");
  }
  return NULL;
}

const char *estimates_unsteady(const struct experiment *experiment, bool *certain, struct arena *arena) {
  *certain = false;
  if (experiment->plan->terminating || experiment->count == 0) return NULL;
  struct inside inside = inside_after(experiment, arena);
  *certain = grows(&inside, experiment->count);
  if (*certain) return "no steady state: the number of requests inside goes on growing (overload?)";
  if (begins(&inside, experiment->count))
    return "perhaps no steady state: the number of requests inside still shows the beginning of the run "
           "(Schruben's test); a longer warm-up may help";
  if (!experiment->settled)
    return "perhaps no steady state: the pilots found no end of the warm-up; a longer run may tell";
  return NULL;
}
