// Hit ratios of caches under the independent reference model: each request is for item i with probability
// p_i, whatever came before.
//
// A law is given in groups: counts[g] items have probability probabilities[g] each (a long tail in blocks of
// nearly equal ones); the sum of counts times probabilities is 1. A capacity is in items of equal size; where
// sizes differ but do not depend on popularity, it is that in bytes over the mean size.
#ifndef HEADROOM_HIT_RATIO_H
#define HEADROOM_HIT_RATIO_H

#include <stddef.h>

struct hit_ratio_law {
  const double *probabilities;
  const double *counts;
  size_t count;
};

// How many different items so many requests ask for.
double hit_ratio_distinct(const struct hit_ratio_law *law, double requests);

// How long an item stays that is not asked for again, in requests: the root of the sum of 1 - exp(-p_i T) =
// capacity. INFINITY where all items fit. Che, Tung & Wang, IEEE J. Selected Areas in Communications 20
// (2002).
double hit_ratio_lru_time(const struct hit_ratio_law *law, double capacity);

// LRU by that approximation: the sum of p_i (1 - exp(-p_i T)). Accurate to some 1e-3 from a hundred items on
// (Fricker, Robert & Roberts, ITC 24, 2012), which also holds for CLOCK to some 2e-2 from below.
double hit_ratio_lru(const struct hit_ratio_law *law, double capacity);

// LRU caches in a row, each asked for what the one before it has missed, all of which bring what they lacked:
// the share of hits of the last, of the requests that reach it; 1 where none does. An item that is asked for
// there has not been in the cache before, and so was not asked for during that one's time: it is found if it
// was asked for in what the last one's time is longer by. Misses of an item are taken to come as Poisson
// requests of their rate (Martina, Garetto & Leonardi, INFOCOM 2014). `tiers` is 1 to
// HIT_RATIO_TIERS_MOST; with one it is hit_ratio_lru().
enum { HIT_RATIO_TIERS_MOST = 8 };
double hit_ratio_lru_chain(const struct hit_ratio_law *law, const double *capacities, size_t tiers);

// FIFO, and equally random replacement: p_i T / (1 + p_i T) for the chance to be there (Fricker et al.).
double hit_ratio_fifo(const struct hit_ratio_law *law, double capacity);

// The most popular items that fit, for ever: what LFU comes to in the end, and what no policy without
// knowledge of the future exceeds. The groups must be in falling order of probability.
double hit_ratio_best(const struct hit_ratio_law *law, double capacity);

// A cache without limit whose entries live for `ttl` seconds from when they were fetched, under `rate`
// requests per second in all: the sum of p_i lambda_i ttl / (1 + lambda_i ttl), exact for Poisson requests
// (Jung, Berger & Balakrishnan, INFOCOM 2003). Where each hit renews the life: p_i (1 - exp(-lambda_i ttl)).
double hit_ratio_ttl(const struct hit_ratio_law *law, double rate, double ttl);
double hit_ratio_ttl_renewed(const struct hit_ratio_law *law, double rate, double ttl);

// LRU with both limits, where a hit leaves the end of life as it is. An item stays until its ttl, or until it
// has not been asked for during the characteristic time T. That second time R has an atom exp(-lambda_i T) at
// T and the mean (exp(lambda_i T) - 1) / lambda_i; beyond T it is taken to be exponential, which is close and
// exact in the limits. Then p_i times the share of time that the item is there; T is such that the shares sum
// to the capacity.
double hit_ratio_lru_ttl(const struct hit_ratio_law *law, double capacity, double rate, double ttl);

#endif
