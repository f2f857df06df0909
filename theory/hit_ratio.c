#include "hit_ratio.h"

#include <math.h>

// The share of time that an item with probability p is in the store, when items leave after `time` requests.
typedef double presence(double p, double time, const void *context);

static double presence_lru(double p, double time, const void *context) {
  (void)context;
  return -expm1(-p * time);
}

static double presence_fifo(double p, double time, const void *context) {
  (void)context;
  return p * time / (1 + p * time);
}

// A ttl, in requests; times p it is the mean number of requests for the item in it.
static double presence_lru_ttl(double p, double time, const void *context) {
  double ttl = *(const double *)context;
  if (p <= 0) return 0;
  if (ttl <= time) return presence_fifo(p, ttl, NULL);
  double survives = -expm1(-p * time);          // the atom at `time`
  double beyond = (expm1(p * time) / p - time); // mean of R after it
  double scale = beyond / survives;             // of the exponential
  double stay = time + beyond * -expm1(-(ttl - time) / scale);
  if (!isfinite(scale)) stay = ttl; // asked for so often that only the ttl ends it
  return presence_fifo(p, stay, NULL);
}

static double inside(const struct hit_ratio_law *law, presence *share, double time, const void *context) {
  double sum = 0;
  for (size_t i = 0; i < law->count; i++) sum += law->counts[i] * share(law->probabilities[i], time, context);
  return sum;
}

static double hits(const struct hit_ratio_law *law, presence *share, double time, const void *context) {
  double sum = 0;
  for (size_t i = 0; i < law->count; i++) {
    double p = law->probabilities[i];
    sum += law->counts[i] * p * (isfinite(time) ? share(p, time, context) : p > 0);
  }
  return sum;
}

// The items that are ever asked for.
static double population(const struct hit_ratio_law *law) {
  double sum = 0;
  for (size_t i = 0; i < law->count; i++) sum += law->probabilities[i] > 0 ? law->counts[i] : 0;
  return sum;
}

double hit_ratio_distinct(const struct hit_ratio_law *law, double requests) {
  return inside(law, presence_lru, requests, NULL);
}

// The time after which items leave, by bisection: the number inside rises with it. INFINITY where the store
// never fills.
static double characteristic_time(const struct hit_ratio_law *law, presence *share, double capacity,
                                  const void *context) {
  enum { DOUBLINGS = 1000, HALVINGS = 200 };
  if (capacity <= 0) return 0;
  if (capacity >= population(law)) return INFINITY;
  double low = 0, high = capacity;
  for (int i = 0; inside(law, share, high, context) < capacity; i++) {
    if (i == DOUBLINGS || !isfinite(high)) return INFINITY;
    low = high;
    high *= 2;
  }
  for (int i = 0; i < HALVINGS && high - low > 1e-13 * high; i++) {
    double middle = low + (high - low) / 2;
    if (inside(law, share, middle, context) < capacity)
      low = middle;
    else
      high = middle;
  }
  return low + (high - low) / 2;
}

double hit_ratio_lru_time(const struct hit_ratio_law *law, double capacity) {
  return characteristic_time(law, presence_lru, capacity, NULL);
}

double hit_ratio_lru(const struct hit_ratio_law *law, double capacity) {
  return hits(law, presence_lru, hit_ratio_lru_time(law, capacity), NULL);
}

// ---- In a row ----

struct chain {
  double times[HIT_RATIO_TIERS_MOST]; // of the tiers so far
  size_t tiers;
};

static double missed(double rate, double time, double before) {
  return isfinite(time) ? rate * exp(-rate * fmax(time - before, 0)) : 0;
}

// Requests for an item of probability p that all tiers so far have missed.
static double beyond_all(double p, const struct chain *chain) {
  double rate = p, before = 0;
  for (size_t i = 0; i < chain->tiers; i++) {
    rate = missed(rate, chain->times[i], before);
    before = fmax(before, chain->times[i]); // who comes here was not asked for during any of them
  }
  return rate;
}

static double presence_beyond(double p, double time, const void *context) {
  return presence_lru(beyond_all(p, context), time, NULL);
}

static double requests_beyond(const struct hit_ratio_law *law, const struct chain *chain) {
  double sum = 0;
  for (size_t i = 0; i < law->count; i++) sum += law->counts[i] * beyond_all(law->probabilities[i], chain);
  return sum;
}

double hit_ratio_lru_chain(const struct hit_ratio_law *law, const double *capacities, size_t tiers) {
  struct chain chain = {.tiers = 0};
  double come = 0, go = 0;
  for (size_t i = 0; i < tiers; i++) {
    double time = characteristic_time(law, presence_beyond, capacities[i], &chain);
    come = requests_beyond(law, &chain);
    chain.times[chain.tiers++] = time;
    go = requests_beyond(law, &chain);
  }
  return come > 0 ? 1 - go / come : 1;
}

// ---- Other limits ----

double hit_ratio_fifo(const struct hit_ratio_law *law, double capacity) {
  return hits(law, presence_fifo, characteristic_time(law, presence_fifo, capacity, NULL), NULL);
}

double hit_ratio_best(const struct hit_ratio_law *law, double capacity) {
  double sum = 0;
  for (size_t i = 0; i < law->count && capacity > 0; i++) {
    double taken = capacity < law->counts[i] ? capacity : law->counts[i];
    sum += taken * law->probabilities[i];
    capacity -= taken;
  }
  return sum;
}

double hit_ratio_ttl(const struct hit_ratio_law *law, double rate, double ttl) {
  return hits(law, presence_fifo, rate * ttl, NULL);
}

double hit_ratio_ttl_renewed(const struct hit_ratio_law *law, double rate, double ttl) {
  return hits(law, presence_lru, rate * ttl, NULL);
}

// Where the ttl alone keeps the store from filling, there is no characteristic time.
double hit_ratio_lru_ttl(const struct hit_ratio_law *law, double capacity, double rate, double ttl) {
  double requests = rate * ttl;
  if (!isfinite(requests)) return hit_ratio_lru(law, capacity);
  if (inside(law, presence_fifo, requests, NULL) <= capacity) return hit_ratio_ttl(law, rate, ttl);
  double time = characteristic_time(law, presence_lru_ttl, capacity, &requests);
  return hits(law, presence_lru_ttl, time, &requests);
}
