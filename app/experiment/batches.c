#include "batches.h"

#include "batch.h"
#include "console.h"
#include "measures.h"
#include "metric_table.h"

#include <math.h>

// So many batches at first; half as many where these are too short.
enum { BATCHES_MOST = BATCH_MOST, BATCHES_OF_BODIES = 16, BATCHES_OF_TAILS = 8 };

// Percentiles with less than this beyond them hang on a few busy hours, as deviations do, and need long
// batches.
static const double TAIL = 0.05;

static unsigned batches_of_percentile(double q) {
  return fmin(q, 1 - q) < TAIL - 1e-9 ? BATCHES_OF_TAILS : BATCHES_OF_BODIES;
}

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

// Stretches of `each` slices stand together; neighbouring ones become one batch of `count`. The first slice
// of batch b.
static unsigned first_slice(const struct slices *slices, unsigned each, unsigned b, unsigned count) {
  return b * (slices->count / each) / count * each;
}

// How many slices are in it; all of them are equally long.
static double batch_length(const struct slices *slices, unsigned each, unsigned b, unsigned count) {
  return first_slice(slices, each, b + 1, count) - first_slice(slices, each, b, count);
}

// Batches are equally long but for one stretch. Shares and percentiles are of the requests that ended in it,
// not of those that came.
static void open_batches(struct batches *batches, const struct slices *slices, int client, int request,
                         unsigned each, unsigned count) {
  bool complete = true;
  batches->count = count;
  memory_budget_init(&batches->budget);
  for (unsigned b = 0; b < count; b++) {
    request_measure_init(&batches->each[b], &batches->budget);
    batches->seconds[b] = 0;
    for (unsigned i = first_slice(slices, each, b, count); i < first_slice(slices, each, b + 1, count); i++) {
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
static void linearise(const double *tops, const double *bottoms, unsigned count, double *own) {
  double top = 0, bottom = 0;
  for (unsigned b = 0; b < count; b++) {
    top += tops[b];
    bottom += bottoms[b];
  }
  for (unsigned b = 0; b < count; b++)
    own[b] = top / bottom + (tops[b] - top / bottom * bottoms[b]) * (double)count / bottom;
}

static void ratio_values(const struct batches *batches, struct figure figure, double *own) {
  double tops[BATCHES_MOST], bottoms[BATCHES_MOST];
  for (unsigned b = 0; b < batches->count; b++) fraction(batches, b, figure, &tops[b], &bottoms[b]);
  linearise(tops, bottoms, batches->count, own);
}

static uint64_t fewest_samples(const struct batches *batches, struct figure figure) {
  uint64_t fewest = UINT64_MAX;
  for (unsigned b = 0; b < batches->count; b++) {
    uint64_t samples = figure_samples(&batches->each[b], figure);
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

// Batches of what hangs on a few busy hours are few, and their values have longer tails than a normal's.
static double excess_of(unsigned count) {
  return count <= BATCHES_OF_TAILS ? 1 : 0;
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
  if (is_ratio(figure)) return batch_interval(value, own, count, confidence);
  struct batch_values values = {own, batches->seconds, count, excess_of(count)};
  return batch_interval_of_spread(value, &values, confidence);
}

// ---- Estimates --------------------------------------------------------------------------------------------

// Requests of a share are never more independent than Clopper & Pearson take them to be.
static struct estimate widen_share(uint64_t hits, uint64_t trials, struct estimate between,
                                   double confidence) {
  struct estimate exact = estimate_binomial(hits, trials, confidence);
  if (trials == 0 || hits == 0 || hits == trials) return exact;
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

static struct estimate widen(const struct batches *batches, struct figure figure, struct estimate between,
                             double confidence) {
  uint64_t hits = 0, trials = 0;
  for (unsigned b = 0; b < batches->count; b++) {
    hits += figure_hits(&batches->each[b], figure);
    trials += figure_trials(&batches->each[b], figure);
  }
  return widen_share(hits, trials, between, confidence);
}

static unsigned most_batches(struct figure figure) {
  if (is_percentile(figure)) return batches_of_percentile(figure.argument);
  if (figure.kind == FIGURE_WITHIN) return BATCHES_OF_BODIES; // it is read from histograms
  return is_ratio(figure) ? BATCHES_MOST : BATCHES_OF_TAILS;
}

struct estimate batches_estimate(const struct slices *slices, int client, int request, struct figure figure,
                                 double value, double confidence) {
  unsigned most = most_batches(figure);
  unsigned each = most == BATCHES_MOST ? 1 : SLICES_SPREAD;
  struct estimate estimate = plain(value, 1, "too short: one run of too few slices");
  if (isnan(value)) return plain(value, 1, "nothing observed");
  for (unsigned count = most; count >= most / 2 && !estimate.has_interval; count /= 2) {
    if (slices->count / each < count) continue;
    struct batches batches;
    open_batches(&batches, slices, client, request, each, count);
    estimate = judge(&batches, figure, value, confidence);
    if (figure_is_share(figure)) estimate = widen(&batches, figure, estimate, confidence);
    close_batches(&batches);
  }
  return estimate;
}

// ---- Components -------------------------------------------------------------------------------------------

// The slices of a ratio of sums.
struct ratio_slices {
  const struct slices *slices;
  batches_fraction *fraction;
  const void *context;
};

static void sum_batch(const struct ratio_slices *sliced, unsigned b, unsigned count, double *top,
                      double *bottom) {
  *top = *bottom = 0;
  for (unsigned i = first_slice(sliced->slices, 1, b, count);
       i < first_slice(sliced->slices, 1, b + 1, count); i++) {
    double more = 0, below = 0;
    sliced->fraction(sliced->slices, i, slice_seconds(sliced->slices, i), &more, &below, sliced->context);
    *top += more;
    *bottom += below;
  }
}

// Rows of one component's slices.
struct part_slices {
  const struct slices *slices;
  const struct metric *metric;
  uint16_t component;
  struct part part;
};

static const struct metric_raw *raw_of(const struct part_slices *sliced, unsigned slice) {
  return &sliced->slices->list[slice].components.components[sliced->component][sliced->part.row];
}

static void fraction_of_part(const struct slices *slices, unsigned slice, double seconds, double *top,
                             double *bottom, const void *context) {
  const struct part_slices *sliced = context;
  (void)slices;
  part_fraction(sliced->metric, sliced->part, raw_of(sliced, slice), seconds, top, bottom);
}

// What does not change differs by rounding alone, in which a test of correlation would find something.
static void forget_rounding(double value, double *own, unsigned count) {
  for (unsigned b = 0; b < count; b++) {
    if (fabs(own[b] - value) <= 1e-9 * fabs(value)) own[b] = value;
  }
}

static struct estimate judge_ratio(const struct ratio_slices *sliced, bool share, unsigned count,
                                   double value, double confidence) {
  double own[BATCHES_MOST], tops[BATCHES_MOST] = {0}, bottoms[BATCHES_MOST] = {0};
  double hits = 0, trials = 0;
  for (unsigned b = 0; b < count; b++) {
    sum_batch(sliced, b, count, &tops[b], &bottoms[b]);
    hits += tops[b];
    trials += bottoms[b];
  }
  linearise(tops, bottoms, count, own);
  forget_rounding(value, own, count);
  struct estimate estimate = batch_interval(value, own, count, confidence);
  return share ? widen_share((uint64_t)hits, (uint64_t)trials, estimate, confidence) : estimate;
}

static struct estimate judge_deviation(const struct part_slices *sliced, unsigned count, double value,
                                       double confidence) {
  double own[BATCHES_MOST], lengths[BATCHES_MOST];
  for (unsigned b = 0; b < count; b++) {
    lengths[b] = batch_length(sliced->slices, 1, b, count);
    struct tally times = {0};
    for (unsigned i = first_slice(sliced->slices, 1, b, count);
         i < first_slice(sliced->slices, 1, b + 1, count); i++)
      tally_merge(&times, raw_of(sliced, i)->times);
    own[b] = tally_deviation(&times) * metric_scale(sliced->metric);
  }
  struct batch_values values = {own, lengths, count, excess_of(count)};
  return batch_interval_of_spread(value, &values, confidence);
}

static bool merge_spreads(const struct part_slices *sliced, unsigned from, unsigned until,
                          struct histogram *into) {
  bool complete = true;
  for (unsigned i = from; i < until; i++) {
    unsigned slice = (i + 1) * SLICES_SPREAD - 1;
    complete = histogram_merge(into, raw_of(sliced, slice)->histogram) && complete;
  }
  return complete;
}

// Histograms stand in each SLICES_SPREAD-th slice alone.
static struct estimate judge_percentile(const struct part_slices *sliced, unsigned count, double value,
                                        double confidence) {
  double own[BATCHES_MOST], lengths[BATCHES_MOST];
  double rarer = fmin(sliced->part.argument, 1 - sliced->part.argument);
  unsigned spreads = sliced->slices->count / SLICES_SPREAD;
  bool enough = true;
  for (unsigned b = 0; b < count; b++) {
    struct memory_budget budget;
    struct histogram merged;
    memory_budget_init(&budget);
    histogram_init(&merged, &budget);
    if (!merge_spreads(sliced, b * spreads / count, (b + 1) * spreads / count, &merged))
      console_out_of_memory(NULL);
    lengths[b] = batch_length(sliced->slices, SLICES_SPREAD, b, count);
    own[b] = histogram_quantile(&merged, sliced->part.argument, 0) * metric_scale(sliced->metric);
    enough = enough && (double)histogram_count(&merged) * rarer >= ESTIMATE_EXCEEDANCES - 1e-6;
    histogram_free(&merged);
  }
  if (!enough)
    return plain(value, count, "too few samples: a percentile needs 100 beyond it in each batch of one run");
  struct batch_values values = {own, lengths, count, excess_of(count)};
  return batch_interval_of_spread(value, &values, confidence);
}

static bool is_fraction(const struct metric *metric, struct part part) {
  return metric->kind == METRIC_TIMES
             ? part.aspect == PART_VALUE
             : metric->kind != METRIC_TOTAL && metric->kind != METRIC_PEAK && metric->kind != METRIC_WHOLE;
}

static unsigned most_batches_of_part(const struct metric *metric, struct part part) {
  if (is_fraction(metric, part)) return BATCHES_MOST;
  return part.aspect == PART_PERCENTILE ? batches_of_percentile(part.argument) : BATCHES_OF_TAILS;
}

struct estimate batches_estimate_part(const struct slices *slices, uint16_t component, struct part part,
                                      double value, double confidence) {
  const struct metric *metric = metric_at(slices->plan->components[component].model, part.row);
  struct part_slices sliced = {slices, metric, component, part};
  struct ratio_slices ratio = {slices, fraction_of_part, &sliced};
  bool fraction = is_fraction(metric, part);
  if (isnan(value)) return plain(value, 1, "nothing observed");
  if (!fraction && metric->kind != METRIC_TIMES) return plain(value, 1, "not kept by batches of one run");
  if (part.aspect == PART_PERCENTILE && !slices->spreads)
    return plain(value, 1, "not kept by batches of one run: too many components");
  struct estimate estimate = plain(value, 1, "too short: one run of too few slices");
  unsigned most = most_batches_of_part(metric, part);
  unsigned each = part.aspect == PART_PERCENTILE ? SLICES_SPREAD : 1;
  for (unsigned count = most; count >= most / 2 && !estimate.has_interval; count /= 2) {
    if (slices->count / each < count) continue;
    estimate = fraction ? judge_ratio(&ratio, metric->kind == METRIC_SHARE, count, value, confidence)
               : part.aspect == PART_PERCENTILE ? judge_percentile(&sliced, count, value, confidence)
                                                : judge_deviation(&sliced, count, value, confidence);
  }
  return estimate;
}

struct estimate batches_estimate_ratio(const struct slices *slices, batches_fraction *each,
                                       const void *context, double value, double confidence) {
  struct ratio_slices ratio = {slices, each, context};
  if (isnan(value)) return plain(value, 1, "nothing observed");
  struct estimate estimate = plain(value, 1, "too short: one run of too few slices");
  for (unsigned count = BATCHES_MOST; count >= BATCHES_MOST / 2 && !estimate.has_interval; count /= 2) {
    if (slices->count >= count) estimate = judge_ratio(&ratio, false, count, value, confidence);
  }
  return estimate;
}
