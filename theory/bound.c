#include "bound.h"

#include "mmc.h"

#include <math.h>

double bound_wait_kingman(double arrival_rate, double gap_variance, double service_mean,
                          double service_variance) {
  double load = arrival_rate * service_mean;
  return load < 1 ? arrival_rate * (gap_variance + service_variance) / (2 * (1 - load)) : INFINITY;
}

double bound_wait_allen_cunneen(double arrival_rate, double service_rate, unsigned servers, double gap_cv2,
                                double service_cv2) {
  return mmc_wait_mean(arrival_rate, service_rate, servers) * (gap_cv2 + service_cv2) / 2;
}

double bound_mm1_asymptotic_variance(double arrival_rate, double service_rate) {
  double load = arrival_rate / service_rate;
  if (load >= 1) return INFINITY;
  double deviation = (1 + load) / (service_rate * (1 - load) * (1 - load));
  return deviation * deviation;
}
