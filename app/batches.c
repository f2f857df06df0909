#include "batches.h"

#include "batch.h"
#include "console.h"

#include <math.h>

enum { BATCHES_MOST = BATCH_LEAST, BATCHES_OF_PERCENTILES = BATCHES_MOST / 2 };

// ---- Which measures ---------------------------------------------------------------------------------------

static bool belongs(const struct plan *plan, int client, int request, uint16_t c, uint16_t r) {
  if (request != SCOPE_ALL && request != r) return false;
  return client == SCOPE_ALL ? !plan->clients[c].attacker : client == c;
}

bool batches_gather(struct request_measure *into, const struct plan *plan,
                    const struct request_measure *measures, int client, int request) {
  bool complete = true;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    for (uint16_t r = 0; r < plan->request_count; r++) {
      if (!belongs(plan, client, request, c, r)) continue;
      complete = request_measure_merge(into, &measures[(size_t)c * plan->request_count + r]) && complete;
    }
  }
  return complete;
}

bool batches_possible(const struct replication *kept, int client, int request) {
  if (kept->slices == NULL) return false;
  return kept->slices->kinds || (client == SCOPE_ALL && request == SCOPE_ALL);
}

// ---- Batches ----------------------------------------------------------------------------------------------

struct batches {
  struct request_measure each[BATCHES_MOST];
  double seconds[BATCHES_MOST];
  uint64_t arrived[BATCHES_MOST];
  unsigned count;
  struct memory_budget budget;
};

static double slice_seconds(const struct slices *slices, unsigned slice) {
  int64_t from = slice == 0 ? slices->from : slices->list[slice - 1].until;
  return (double)(slices->list[slice].until - from) * 1e-9;
}

static bool add_slice(struct request_measure *into, const struct slices *slices, unsigned slice, int client,
                      int request) {
  const struct request_measure *measures = slices->list[slice].measures;
  return slices->kinds ? batches_gather(into, slices->plan, measures, client, request)
                       : request_measure_merge(into, measures);
}

// Neighbouring slices become one batch; batches are equally long but for one slice. Shares and percentiles
// are of the requests that ended in it, not of those that came.
static void open_batches(struct batches *batches, const struct slices *slices, int client, int request,
                         unsigned count) {
  bool complete = true;
  batches->count = count;
  memory_budget_init(&batches->budget);
  for (unsigned b = 0; b < count; b++) {
    request_measure_init(&batches->each[b], &batches->budget);
    batches->seconds[b] = 0;
    for (unsigned i = b * slices->count / count; i < (b + 1) * slices->count / count; i++) {
      complete = add_slice(&batches->each[b], slices, i, client, request) && complete;
      batches->seconds[b] += slice_seconds(slices, i);
    }
    batches->arrived[b] = batches->each[b].offered;
    batches->each[b].offered = batches->each[b].answered + request_measure_failed(&batches->each[b]);
  }
  if (!complete) console_out_of_memory(NULL);
}

static void close_batches(struct batches *batches) {
  for (unsigned b = 0; b < batches->count; b++) request_measure_drop(&batches->each[b]);
}

// ---- Values of batches ------------------------------------------------------------------------------------

static struct estimate plain(double value, uint64_t n, const char *method) {
  return (struct estimate){value, value, value, false, n, method};
}

static bool is_ratio(struct figure figure) {
  return figure_is_rate(figure) || figure_is_share(figure) || figure.kind == FIGURE_MEAN ||
         figure.kind == FIGURE_MEAN_ALL;
}

static bool is_percentile(struct figure figure) {
  return figure.kind == FIGURE_PERCENTILE || figure.kind == FIGURE_PERCENTILE_ALL;
}

static void fraction(const struct batches *batches, unsigned b, struct figure figure, double *top,
                     double *bottom) {
  const struct request_measure *measure = &batches->each[b];
  bool mean = figure.kind == FIGURE_MEAN || figure.kind == FIGURE_MEAN_ALL;
  *top = mean ? (double)measure->latency.sum * 1e-9 : (double)figure_hits(measure, figure);
  if (figure.kind == FIGURE_OFFERED) *top = (double)batches->arrived[b];
  *bottom = mean                      ? (double)measure->latency.count
            : figure_is_share(figure) ? (double)figure_trials(measure, figure)
                                      : batches->seconds[b];
}

// What each batch says of a ratio of sums, so that their mean is the ratio of the sums: linearised, since
// batches differ in length.
static void ratio_values(const struct batches *batches, struct figure figure, double *own) {
  double tops[BATCHES_MOST], bottoms[BATCHES_MOST];
  double top = 0, bottom = 0;
  for (unsigned b = 0; b < batches->count; b++) {
    fraction(batches, b, figure, &tops[b], &bottoms[b]);
    top += tops[b];
    bottom += bottoms[b];
  }
  for (unsigned b = 0; b < batches->count; b++)
    own[b] = top / bottom + (tops[b] - top / bottom * bottoms[b]) * (double)batches->count / bottom;
}

static uint64_t fewest_samples(const struct batches *batches, struct figure figure) {
  uint64_t fewest = UINT64_MAX;
  for (unsigned b = 0; b < batches->count; b++) {
    const struct request_measure *measure = &batches->each[b];
    uint64_t samples = figure.kind == FIGURE_PERCENTILE ? measure->answered : measure->offered;
    if (samples < fewest) fewest = samples;
  }
  return fewest;
}

static bool enough_samples(const struct batches *batches, struct figure figure) {
  if (!is_percentile(figure)) return true;
  double rarer = fmin(figure.argument, 1 - figure.argument);
  return (double)fewest_samples(batches, figure) * rarer >= ESTIMATE_EXCEEDANCES - 1e-6;
}

static bool all_infinite(const double *own, unsigned count) {
  for (unsigned b = 0; b < count; b++) {
    if (!isinf(own[b])) return false;
  }
  return true;
}

static struct estimate judge(const struct batches *batches, struct figure figure, double value,
                             double confidence) {
  double own[BATCHES_MOST];
  unsigned count = batches->count;
  if (!enough_samples(batches, figure))
    return plain(value, count, "too few samples: a percentile needs 100 beyond it in each batch of one run");
  if (is_ratio(figure)) {
    ratio_values(batches, figure, own);
  } else {
    for (unsigned b = 0; b < count; b++)
      own[b] = figure_value(&batches->each[b], batches->seconds[b], figure);
  }
  if (isinf(value) && all_infinite(own, count))
    return (struct estimate){value, value, value, true, count, "infinite in every batch of one run"};
  if (isinf(value)) return plain(value, count, "infinite: too many failed");
  return batch_interval(value, own, count, confidence);
}

// ---- Estimates --------------------------------------------------------------------------------------------

// Requests of a share are never more independent than Clopper & Pearson take them to be.
static struct estimate widen_share(const struct batches *batches, struct figure figure,
                                   struct estimate between, double confidence) {
  uint64_t hits = 0, trials = 0;
  for (unsigned b = 0; b < batches->count; b++) {
    hits += figure_hits(&batches->each[b], figure);
    trials += figure_trials(&batches->each[b], figure);
  }
  struct estimate exact = estimate_binomial(hits, trials, confidence);
  if (hits == 0 || hits == trials) return exact;
  if (!between.has_interval || estimate_half_width(&exact) <= estimate_half_width(&between)) {
    between.low = fmax(0, between.low);
    between.high = fmin(1, between.high);
    return between;
  }
  exact.value = between.value;
  exact.low = fmin(exact.low, exact.value);
  exact.high = fmax(exact.high, exact.value);
  return exact;
}

struct estimate batches_estimate(const struct slices *slices, int client, int request, struct figure figure,
                                 double value, double confidence) {
  unsigned most = is_ratio(figure) ? BATCHES_MOST : BATCHES_OF_PERCENTILES;
  struct estimate estimate = plain(value, 1, "too short: one run of too few slices");
  if (isnan(value)) return plain(value, 1, "nothing observed");
  for (unsigned count = most; count >= most / 2 && !estimate.has_interval; count /= 2) {
    if (slices->count < count) continue;
    struct batches batches;
    open_batches(&batches, slices, client, request, count);
    estimate = judge(&batches, figure, value, confidence);
    if (figure_is_share(figure)) estimate = widen_share(&batches, figure, estimate, confidence);
    close_batches(&batches);
  }
  return estimate;
}
