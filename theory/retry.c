#include "retry.h"

#include <math.h>

double retry_attempts(double failure, unsigned retries) {
  if (failure >= 1) return 1.0 + retries;
  return retry_success(failure, retries) / (1 - failure);
}

double retry_success(double failure, unsigned retries) {
  return 1 - pow(failure, 1.0 + retries);
}

double retry_worst_amplification(unsigned retries, unsigned layers) {
  return pow(1.0 + retries, layers);
}
