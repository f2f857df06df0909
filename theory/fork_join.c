#include "fork_join.h"

#include <math.h>

// H_n - H_m for n >= m.
static double harmonic_between(unsigned m, unsigned n) {
  double sum = 0;
  for (unsigned i = n; i > m; i--) sum += 1.0 / i;
  return sum;
}

double fork_join_two(double arrival_rate, double service_rate) {
  double load = arrival_rate / service_rate;
  return load < 1 ? (12 - load) / 8 / (service_rate - arrival_rate) : INFINITY;
}

double fork_join_approximation(double arrival_rate, double service_rate, unsigned queues) {
  double load = arrival_rate / service_rate;
  double growth = harmonic_between(0, queues) / 1.5;
  return (growth + 4.0 / 11 * (1 - growth) * load) * fork_join_two(arrival_rate, service_rate);
}

double fork_join_order_mean(double mean, unsigned k, unsigned n) {
  return mean * harmonic_between(n - k, n);
}

double fork_join_any_slow(double slow, unsigned parts) {
  return -expm1(parts * log1p(-slow));
}
