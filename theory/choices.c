#include "choices.h"

#include "mmc.h"

#include <math.h>

double choices_limit(double load, unsigned choices) {
  if (load >= 1) return INFINITY;
  if (choices <= 1) return 1 / (1 - load);
  double sum = 0;
  double term = 1;
  // The exponents (d^i - d) / (d - 1) are 0, d, d (d + 1), ...
  for (double exponent = 0; term > 1e-18; exponent = choices * (exponent + 1)) {
    term = pow(load, exponent);
    sum += term;
  }
  return sum;
}

double choices_split_sojourn_mean(double arrival_rate, double service_rate, const double *shares,
                                  size_t count) {
  double mean = 0;
  for (size_t i = 0; i < count; i++)
    if (shares[i] > 0) mean += shares[i] * mmc_sojourn_mean(arrival_rate * shares[i], service_rate, 1);
  return mean;
}
