#include "hedge.h"

#include <math.h>

// P(latency > time) of one request.
static double single_above(const struct hedge_latency *latency, double time) {
  double above = 0;
  for (size_t i = 0; i < latency->count; i++) above += latency->weights[i] * exp(-time / latency->means[i]);
  return above;
}

double hedge_above(const struct hedge_latency *latency, double delay, double time) {
  double above = single_above(latency, time);
  return time < delay ? above : above * single_above(latency, time - delay);
}

double hedge_mean(const struct hedge_latency *latency, double delay) {
  double mean = 0;
  for (size_t i = 0; i < latency->count; i++) {
    double later = exp(-delay / latency->means[i]);
    mean += latency->weights[i] * latency->means[i] * (1 - later);
    for (size_t j = 0; j < latency->count; j++)
      mean +=
          latency->weights[i] * latency->weights[j] * later / (1 / latency->means[i] + 1 / latency->means[j]);
  }
  return mean;
}

double hedge_extra(const struct hedge_latency *latency, double delay) {
  return single_above(latency, delay);
}

double hedge_quantile(const struct hedge_latency *latency, double delay, double q) {
  double low = 0;
  double high = hedge_mean(latency, delay);
  while (hedge_above(latency, delay, high) > 1 - q) high *= 2;
  while (high - low > 1e-12 * high) {
    double middle = (low + high) / 2;
    if (hedge_above(latency, delay, middle) > 1 - q)
      low = middle;
    else
      high = middle;
  }
  return high;
}

double hedge_redundancy_sojourn_mean(double arrival_rate, double service_rate, unsigned servers,
                                     unsigned copies) {
  double mean = 0;
  if (arrival_rate >= service_rate) return INFINITY;
  for (unsigned i = copies; i <= servers; i++) {
    double subsets = 1; // C(k - 1, d - 1) / C(i - 1, d - 1)
    for (unsigned j = 1; j < copies; j++) subsets *= (double)(servers - j) / (double)(i - j);
    mean += 1 / (servers * service_rate * subsets - servers * arrival_rate);
  }
  return mean;
}
