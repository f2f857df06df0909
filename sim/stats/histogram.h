// A sparse log-linear histogram of durations, for percentiles and plots. Means, sums and maxima come from a
// tally, never from here.
#ifndef HEADROOM_HISTOGRAM_H
#define HEADROOM_HISTOGRAM_H

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>

// Every octave [2^k, 2^(k+1)) ns is cut into 128 bins of equal width, so a bin is at most 1/128 of its lower
// edge; below 256 ns a bin is one ns. An octave's bins (1 KiB) are allocated when it is first touched.
enum {
  HISTOGRAM_SUBBITS = 7,
  HISTOGRAM_SUBS = 1 << HISTOGRAM_SUBBITS,
  // [0, 128), then one for each leading bit from 7 to 62. The last is never reached by a duration: a negative
  // value, which is an error, lands there instead of outside.
  HISTOGRAM_OCTAVES = 65 - HISTOGRAM_SUBBITS
};

struct histogram {
  uint64_t *octaves[HISTOGRAM_OCTAVES]; // NULL: nothing seen there
  struct memory_budget *budget;         // borrowed; must outlive the histogram
  uint64_t missed;                      // observations lost because the budget refused (it is then exhausted)
};

// Where an observation belongs; for histogram_record().
struct histogram_place {
  unsigned octave;
  unsigned sub;
};

// One bin for plots: durations from `lower` to `upper`, both included, ns.
struct histogram_bin {
  int64_t lower;
  int64_t upper;
  uint64_t count;
};

// Starts empty; no memory is taken yet.
void histogram_init(struct histogram *histogram, struct memory_budget *budget);

// Gives all bins back; the histogram is then empty and may be used again.
void histogram_free(struct histogram *histogram);

// Forgets all observations and keeps the memory: at the end of the warm-up.
void histogram_clear(struct histogram *histogram);

static inline struct histogram_place histogram_locate(int64_t value) {
  uint64_t bits = (uint64_t)value;
  unsigned shift = 63U - HISTOGRAM_SUBBITS - (unsigned)__builtin_clzll(bits | HISTOGRAM_SUBS);
  unsigned bin = (unsigned)(bits >> shift); // below 128 in [0, 128) alone, the octave 0
  return (struct histogram_place){shift + (bin >> HISTOGRAM_SUBBITS), bin & (HISTOGRAM_SUBS - 1)};
}

// The slow half of histogram_record(): the first observation of an octave.
void histogram_record_first(struct histogram *histogram, int64_t value);

// Takes one duration, ns, at least 0. When memory is refused the observation is counted in `missed` and the
// budget's `exhausted` is set; nothing else happens.
static inline void histogram_record(struct histogram *histogram, int64_t value) {
  struct histogram_place place = histogram_locate(value);
  uint64_t *bins = histogram->octaves[place.octave];
  if (__builtin_expect(bins != NULL, 1))
    bins[place.sub]++;
  else
    histogram_record_first(histogram, value);
}

// Takes `times` durations of the same value.
void histogram_record_times(struct histogram *histogram, int64_t value, uint64_t times);

// Adds the bins of `other`. False when the budget of `into` refused memory: `into` then lacks some of them,
// counted in `missed`.
bool histogram_merge(struct histogram *into, const struct histogram *other);

// Takes the bins of `other` away, which is an earlier state of it: no bin may hold more there.
void histogram_subtract(struct histogram *from, const struct histogram *other);

// Observations that are in the bins.
uint64_t histogram_count(const struct histogram *histogram);

// The smallest value below or at which lie at least the fraction `q` (0 to 1) of all observations, where
// `infinite` further observations count as slower than any (requests that failed: percentiles that decide
// anything are over all offered). Linear within a bin, so within 1/128 of the exact order statistic.
// INFINITY when that observation is one of the infinite; NaN when there is none at all.
double histogram_quantile(const struct histogram *histogram, double q, uint64_t infinite);

// How many observations are greater than `value` ns: exact up to 255 ns and wherever `value` is the upper
// end of a bin; the bin in which `value` falls counts in proportion.
double histogram_above(const struct histogram *histogram, int64_t value);

// Bytes that it holds now, itself included.
size_t histogram_bytes(const struct histogram *histogram);

// Finds the next bin with observations at or after position `*cursor` (start with 0) in rising order, puts it
// into `*bin`, and moves the cursor past it. False when there is none left.
bool histogram_next(const struct histogram *histogram, unsigned *cursor, struct histogram_bin *bin);

#endif
