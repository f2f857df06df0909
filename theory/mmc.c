#include "mmc.h"

#include "loss.h"

#include <math.h>

double mmc_wait_probability(double load, unsigned servers) {
  if (load >= servers) return 1;
  double blocked = loss_erlang_b(load, servers);
  return blocked / (1 - load / servers * (1 - blocked));
}

// The rate at which the queue drains: c mu - lambda.
static double spare_rate(double arrival_rate, double service_rate, unsigned servers) {
  return servers * service_rate - arrival_rate;
}

double mmc_wait_mean(double arrival_rate, double service_rate, unsigned servers) {
  double spare = spare_rate(arrival_rate, service_rate, servers);
  if (!(spare > 0)) return INFINITY;
  return mmc_wait_probability(arrival_rate / service_rate, servers) / spare;
}

double mmc_sojourn_mean(double arrival_rate, double service_rate, unsigned servers) {
  return mmc_wait_mean(arrival_rate, service_rate, servers) + 1 / service_rate;
}

double mmc_sojourn_above(double arrival_rate, double service_rate, unsigned servers, double time) {
  double spare = spare_rate(arrival_rate, service_rate, servers);
  if (!(spare > 0)) return 1;
  // (exp(-theta t) - exp(-mu t)) / (mu - theta) without its cancellation where the two rates meet.
  double apart = fabs(service_rate - spare);
  double common = exp(-fmin(spare, service_rate) * time);
  double difference = apart * time < 1e-12 ? time * common : common * -expm1(-apart * time) / apart;
  double waits = mmc_wait_probability(arrival_rate / service_rate, servers);
  return exp(-service_rate * time) + waits * service_rate * difference;
}

double mmc_wait_quantile(double arrival_rate, double service_rate, unsigned servers, double q) {
  double spare = spare_rate(arrival_rate, service_rate, servers);
  if (!(spare > 0)) return INFINITY;
  double waits = mmc_wait_probability(arrival_rate / service_rate, servers);
  return waits <= 1 - q ? 0 : log(waits / (1 - q)) / spare;
}

double mmc_sojourn_quantile(double arrival_rate, double service_rate, unsigned servers, double q) {
  double high = mmc_sojourn_mean(arrival_rate, service_rate, servers);
  if (isinf(high)) return INFINITY;
  while (mmc_sojourn_above(arrival_rate, service_rate, servers, high) > 1 - q) high *= 2;
  double low = 0;
  while (high - low > 1e-12 * high) {
    double middle = (low + high) / 2;
    if (mmc_sojourn_above(arrival_rate, service_rate, servers, middle) > 1 - q)
      low = middle;
    else
      high = middle;
  }
  return high;
}
