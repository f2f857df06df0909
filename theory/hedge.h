// Hedged requests over replicas with independent latencies and no queueing.
#ifndef HEADROOM_HEDGE_H
#define HEADROOM_HEDGE_H

#include <stddef.h>

// A mixture of exponential latencies.
struct hedge_latency {
  const double *weights; // sum to 1
  const double *means;   // s
  size_t count;
};

// P(min(T1, delay + T2) > time): a second copy is sent after `delay` seconds and the loser is cancelled.
double hedge_above(const struct hedge_latency *latency, double delay, double time);

// The mean of it: integrals of exponentials, exact.
double hedge_mean(const struct hedge_latency *latency, double delay);

// The share of requests that send a second copy: P(latency > delay).
double hedge_extra(const struct hedge_latency *latency, double delay);

// The `q`-quantile, q in [0, 1), by bisection; delay INFINITY for no hedge.
double hedge_quantile(const struct hedge_latency *latency, double delay, double q);

// Redundancy-d: each request to `copies` random first-come first-served servers of `servers`, all cancelled
// when one completes, independent exponential copies: sum over i from d to k of 1 / (k mu C(k-1, d-1) /
// C(i-1, d-1) - k lambda). `arrival_rate` per server. Gardner et al., Operations Research 65 (2017).
double hedge_redundancy_sojourn_mean(double arrival_rate, double service_rate, unsigned servers,
                                     unsigned copies);

#endif
