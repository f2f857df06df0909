#include "mg1.h"

#include <math.h>

double mg1_wait_mean(double arrival_rate, double mean, double second) {
  double load = arrival_rate * mean;
  return load < 1 ? arrival_rate * second / (2 * (1 - load)) : INFINITY;
}

double mg1_sojourn_mean(double arrival_rate, double mean, double second) {
  return mg1_wait_mean(arrival_rate, mean, second) + mean;
}

double mg1_wait_deviation(double arrival_rate, double mean, double second, double third) {
  double load = arrival_rate * mean;
  double wait = mg1_wait_mean(arrival_rate, mean, second);
  return load < 1 ? sqrt(wait * wait + arrival_rate * third / (3 * (1 - load))) : INFINITY;
}

double mg1_sojourn_deviation(double arrival_rate, double mean, double second, double third) {
  return hypot(mg1_wait_deviation(arrival_rate, mean, second, third), sqrt(second - mean * mean));
}

// P(Poisson(load) > k) for k < count.
static void poisson_above(double load, double *above, size_t count) {
  // From the far end down, as a sum of positive terms; what lies beyond `last` is below 1e-100.
  size_t last = 60 + (size_t)(load + 30 * sqrt(load));
  for (size_t k = last; k < count; k++) above[k] = 0;
  double term = exp(-load);
  for (size_t k = 1; k <= last; k++) term *= load / (double)k;
  double sum = 0;
  for (size_t k = last; k-- > 0;) {
    sum += term;
    if (k < count) above[k] = sum;
    term *= ((double)k + 1) / load;
  }
}

void mg1_deterministic_below(double load, double *below, size_t count) {
  double above[MG1_DETERMINISTIC_SERVICES + 1];
  double weight[MG1_DETERMINISTIC_SERVICES + 1]; // P(N = i) / P(N = 0)
  if (count > MG1_DETERMINISTIC_SERVICES + 1) count = MG1_DETERMINISTIC_SERVICES + 1;
  poisson_above(load, above, count);
  for (size_t n = 0; n < count; n++) {
    // Upward through the cut between n - 1 and n in one service, from 0 and from each i below it.
    double up = n == 0 ? exp(-load) : above[n - 1];
    for (size_t i = n; i-- > 1 && above[n - i] > 0;) up += weight[i] * above[n - i];
    weight[n] = up * exp(load);
    below[n] = weight[n] + (n == 0 ? 0 : below[n - 1]);
  }
}

// The wait's distribution function at `time` from below[i] = P(N <= i) / P(N = 0), long enough for it.
static double wait_below(double arrival_rate, double service, double time, const double *below) {
  size_t k = (size_t)(time / service) + 1;
  if (k > MG1_DETERMINISTIC_SERVICES) return 1;
  double u = fmax(0, arrival_rate * ((double)k * service - time));
  double term = exp(-u);
  double sum = 0;
  for (size_t j = 0; j < k; j++) {
    sum += term * below[k - j];
    term *= u / ((double)j + 1);
  }
  return (1 - arrival_rate * service) * sum;
}

double mg1_deterministic_wait_below(double arrival_rate, double service, double time) {
  double below[MG1_DETERMINISTIC_SERVICES + 1];
  if (time < 0 || arrival_rate * service >= 1) return 0;
  if (!(arrival_rate > 0)) return 1;
  double services = time / service;
  if (services >= MG1_DETERMINISTIC_SERVICES) return 1;
  mg1_deterministic_below(arrival_rate * service, below, (size_t)services + 2);
  return wait_below(arrival_rate, service, time, below);
}

double mg1_deterministic_wait_quantile(double arrival_rate, double service, double q) {
  double below[MG1_DETERMINISTIC_SERVICES + 1];
  double load = arrival_rate * service;
  if (load >= 1) return INFINITY;
  if (q <= 1 - load) return 0;
  mg1_deterministic_below(load, below, MG1_DETERMINISTIC_SERVICES + 1);
  double low = 0;
  double high = MG1_DETERMINISTIC_SERVICES * service;
  while (high - low > 1e-12 * high) {
    double middle = (low + high) / 2;
    if (wait_below(arrival_rate, service, middle, below) < q)
      low = middle;
    else
      high = middle;
  }
  return high;
}

double mg1_shared_sojourn_mean(double arrival_rate, double mean) {
  return mg1_shared_sojourn_of(arrival_rate, mean, mean);
}

double mg1_shared_sojourn_of(double arrival_rate, double mean, double work) {
  double load = arrival_rate * mean;
  return load < 1 ? work / (1 - load) : INFINITY;
}

double mg1_shared_exponential_deviation(double arrival_rate, double mean) {
  double load = arrival_rate * mean;
  return mg1_shared_sojourn_mean(arrival_rate, mean) * sqrt((2 + load) / (2 - load));
}

// Mean work that an arrival finds in service, from `count` classes.
static double residual_work(const struct mg1_class *classes, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; k++) sum += classes[k].arrival_rate * classes[k].second / 2;
  return sum;
}

static double load_of(const struct mg1_class *classes, size_t count) {
  double sum = 0;
  for (size_t k = 0; k < count; k++) sum += classes[k].arrival_rate * classes[k].mean;
  return sum;
}

void mg1_priority(struct mg1_class *classes, size_t count) {
  double residual = residual_work(classes, count);
  bool stable = load_of(classes, count) < 1;
  double above = 0;
  for (size_t k = 0; k < count; k++) {
    double with = above + classes[k].arrival_rate * classes[k].mean;
    double wait = residual / ((1 - above) * (1 - with));
    if (!stable) wait = with < 1 ? NAN : INFINITY;
    classes[k].wait = wait;
    classes[k].sojourn = wait + classes[k].mean;
    above = with;
  }
}

void mg1_priority_preemptive(struct mg1_class *classes, size_t count) {
  double above = 0;
  for (size_t k = 0; k < count; k++) {
    double with = above + classes[k].arrival_rate * classes[k].mean;
    double delay = residual_work(classes, k + 1) / ((1 - above) * (1 - with));
    classes[k].sojourn = with < 1 ? classes[k].mean / (1 - above) + delay : INFINITY;
    classes[k].wait = classes[k].sojourn - classes[k].mean;
    above = with;
  }
}

double mg1_setup_sojourn_mean(double arrival_rate, double mean, double second, double setup_mean,
                              double setup_second) {
  double delay = (2 * setup_mean + arrival_rate * setup_second) / (2 * (1 + arrival_rate * setup_mean));
  return mg1_sojourn_mean(arrival_rate, mean, second) + delay;
}

double mg1_batches_sojourn_mean(double batch_rate, double size_mean, double size_second,
                                double service_rate) {
  double arrival_rate = batch_rate * size_mean;
  double load = arrival_rate / service_rate;
  if (load >= 1) return INFINITY;
  return load * (1 + size_second / size_mean) / (2 * (1 - load)) / arrival_rate;
}

double mg1_retrial_orbit_mean(double arrival_rate, double service_rate, double retry_rate) {
  double load = arrival_rate / service_rate;
  return load < 1 ? load / (1 - load) * (arrival_rate / retry_rate + load) : INFINITY;
}

double mg1_retrial_sojourn_mean(double arrival_rate, double service_rate, double retry_rate) {
  return mg1_retrial_orbit_mean(arrival_rate, service_rate, retry_rate) / arrival_rate + 1 / service_rate;
}

double mg1_breakdown_sojourn_mean(double arrival_rate, double service_rate, double failure_rate,
                                  double repair_rate) {
  double cycle = failure_rate + repair_rate;
  double spare = repair_rate * service_rate - arrival_rate * cycle;
  return spare > 0 ? (cycle * cycle + failure_rate * service_rate) / (cycle * spare) : INFINITY;
}
