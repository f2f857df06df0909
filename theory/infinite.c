#include "infinite.h"

#include <math.h>

// Weights of the Poisson law relative to its mode, where they are 1: nothing overflows, and what underflows
// does not matter.
static double weight_at(double load, double number) {
  double mode = floor(load);
  double weight = 1;
  for (double k = mode; k < number && weight > 0; k++) weight *= load / (k + 1);
  for (double k = mode; k > number && weight > 0; k--) weight *= k / load;
  return weight;
}

// The sum of weights of `number` and all above it, for `number` >= the mode.
static double tail_from(double load, double number) {
  double sum = 0;
  double term = weight_at(load, number);
  for (double k = number; term > 1e-18 * sum; k++) {
    sum += term;
    term *= load / (k + 1);
  }
  return sum;
}

// The sum of weights of `number` and all below it, for `number` <= the mode.
static double tail_down_from(double load, double number) {
  double sum = 0;
  double term = weight_at(load, number);
  for (double k = number; k >= 0 && term > 1e-18 * sum; k--) {
    sum += term;
    term *= k / load;
  }
  return sum;
}

double infinite_above(double load, unsigned number) {
  if (!(load > 0)) return 0;
  double mode = floor(load);
  double total = tail_from(load, mode) + tail_down_from(load, mode) - 1;
  if (number + 1.0 > mode) return tail_from(load, number + 1.0) / total;
  return 1 - tail_down_from(load, number) / total;
}

unsigned infinite_quantile(double load, double q) {
  if (!(load > 0)) return 0;
  double mode = floor(load);
  double total = tail_from(load, mode) + tail_down_from(load, mode) - 1;
  double number = mode;
  double term = 1;
  double above = tail_from(load, mode) - 1; // weight of all above `number`
  while (above > (1 - q) * total) {
    term *= load / ++number;
    above -= term;
  }
  // Downwards while one number less still leaves enough at or below it.
  while (number > 0 && above + term <= (1 - q) * total) {
    above += term;
    term *= number-- / load;
  }
  return (unsigned)number;
}

double infinite_transient(double load, double service_mean, double time) {
  return load * -expm1(-time / service_mean);
}
