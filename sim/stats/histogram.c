#include "histogram.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const size_t octave_bytes = HISTOGRAM_SUBS * sizeof(uint64_t);

void histogram_init(struct histogram *histogram, struct memory_budget *budget) {
  *histogram = (struct histogram){.budget = budget};
}

void histogram_free(struct histogram *histogram) {
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++)
    memory_give(histogram->budget, histogram->octaves[octave], octave_bytes);
  histogram_init(histogram, histogram->budget);
}

void histogram_clear(struct histogram *histogram) {
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++)
    if (histogram->octaves[octave] != NULL) memset(histogram->octaves[octave], 0, octave_bytes);
  histogram->missed = 0;
}

// The bins of an octave, made when they are not there; NULL when memory is refused.
static uint64_t *octave_bins(struct histogram *histogram, unsigned octave) {
  if (histogram->octaves[octave] == NULL)
    histogram->octaves[octave] = memory_take(histogram->budget, octave_bytes);
  return histogram->octaves[octave];
}

void histogram_record_first(struct histogram *histogram, int64_t value) {
  histogram_record_times(histogram, value, 1);
}

void histogram_record_times(struct histogram *histogram, int64_t value, uint64_t times) {
  struct histogram_place place = histogram_locate(value);
  uint64_t *bins = octave_bins(histogram, place.octave);
  if (bins != NULL)
    bins[place.sub] += times;
  else
    histogram->missed += times;
}

static uint64_t octave_count(const uint64_t *bins) {
  uint64_t count = 0;
  for (unsigned sub = 0; sub < HISTOGRAM_SUBS; sub++) count += bins[sub];
  return count;
}

bool histogram_merge(struct histogram *into, const struct histogram *other) {
  uint64_t lost = 0;
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++) {
    const uint64_t *from = other->octaves[octave];
    if (from == NULL) continue;
    uint64_t *bins = octave_bins(into, octave);
    if (bins == NULL)
      lost += octave_count(from);
    else
      for (unsigned sub = 0; sub < HISTOGRAM_SUBS; sub++) bins[sub] += from[sub];
  }
  into->missed += other->missed + lost;
  return lost == 0;
}

void histogram_subtract(struct histogram *from, const struct histogram *other) {
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++) {
    const uint64_t *bins = other->octaves[octave];
    for (unsigned sub = 0; bins != NULL && sub < HISTOGRAM_SUBS; sub++)
      from->octaves[octave][sub] -= bins[sub];
  }
  from->missed -= other->missed;
}

uint64_t histogram_count(const struct histogram *histogram) {
  uint64_t count = 0;
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++)
    if (histogram->octaves[octave] != NULL) count += octave_count(histogram->octaves[octave]);
  return count;
}

size_t histogram_bytes(const struct histogram *histogram) {
  size_t bytes = sizeof *histogram;
  for (unsigned octave = 0; octave < HISTOGRAM_OCTAVES; octave++)
    if (histogram->octaves[octave] != NULL) bytes += octave_bytes;
  return bytes;
}

// The bin at a place: the inverse of histogram_locate().
static struct histogram_bin bin_at(unsigned octave, unsigned sub, uint64_t count) {
  if (octave == 0) return (struct histogram_bin){sub, sub, count};
  uint64_t lower = (uint64_t)(HISTOGRAM_SUBS + sub) << (octave - 1);
  uint64_t upper = lower + ((uint64_t)1 << (octave - 1)) - 1;
  return (struct histogram_bin){(int64_t)lower, (int64_t)upper, count};
}

bool histogram_next(const struct histogram *histogram, unsigned *cursor, struct histogram_bin *bin) {
  while (*cursor < HISTOGRAM_OCTAVES * HISTOGRAM_SUBS) {
    unsigned octave = *cursor / HISTOGRAM_SUBS;
    unsigned sub = *cursor % HISTOGRAM_SUBS;
    const uint64_t *bins = histogram->octaves[octave];
    *cursor += bins == NULL ? HISTOGRAM_SUBS : 1;
    if (bins == NULL || bins[sub] == 0) continue;
    *bin = bin_at(octave, sub, bins[sub]);
    return true;
  }
  return false;
}

// The number of the observation, from 1, that is the q-quantile of `total`. A product that rounding put just
// above a whole number must not count as the next one.
static uint64_t quantile_rank(double q, uint64_t total) {
  double rank = ceil(q * (double)total * (1 - 4 * DBL_EPSILON));
  if (!(rank >= 1)) return 1;
  return rank >= (double)total ? total : (uint64_t)rank;
}

// Where the observation of number `rank` (from 1) within a bin lies if they are spread evenly over it.
static double value_within(const struct histogram_bin *bin, uint64_t rank) {
  double share = ((double)rank - 0.5) / (double)bin->count;
  return (double)bin->lower + share * (double)(bin->upper - bin->lower);
}

double histogram_quantile(const struct histogram *histogram, double q, uint64_t infinite) {
  uint64_t total = histogram_count(histogram) + infinite;
  if (total == 0) return NAN;
  uint64_t rank = quantile_rank(q, total);
  uint64_t below = 0;
  unsigned cursor = 0;
  struct histogram_bin bin;
  while (histogram_next(histogram, &cursor, &bin)) {
    if (below + bin.count >= rank) return value_within(&bin, rank - below);
    below += bin.count;
  }
  return INFINITY;
}

double histogram_above(const struct histogram *histogram, int64_t value) {
  double above = 0;
  unsigned cursor = 0;
  struct histogram_bin bin;
  while (histogram_next(histogram, &cursor, &bin)) {
    if (value < bin.lower)
      above += (double)bin.count;
    else if (value < bin.upper)
      above += (double)bin.count * (double)(bin.upper - value) / ((double)(bin.upper - bin.lower) + 1);
  }
  return above;
}
