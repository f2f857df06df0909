#include "loss.h"

#include "mg1.h"

#include <float.h>
#include <math.h>

double loss_erlang_b(double load, unsigned servers) {
  double blocked = 1;
  for (unsigned k = 1; k <= servers; k++) blocked = load * blocked / (k + load * blocked);
  return blocked;
}

// Sums over the states of a birth and death process, before they are divided by `total`.
struct weights {
  double state; // of the state that is looked at
  double total;
  double number;
  double waiting;
};

// Adds the state with `number` inside of whom `waiting` wait. The weights keep their proportions when they
// would leave the range of a double.
static void weights_add(struct weights *weights, double number, double waiting) {
  weights->total += weights->state;
  weights->number += weights->state * number;
  weights->waiting += weights->state * waiting;
  if (weights->state < 1e200) return;
  weights->state *= 1e-200;
  weights->total *= 1e-200;
  weights->number *= 1e-200;
  weights->waiting *= 1e-200;
}

struct loss_state loss_mmck(double arrival_rate, double service_rate, unsigned servers, unsigned capacity) {
  double load = arrival_rate / service_rate;
  struct weights weights = {.state = 1};
  weights_add(&weights, 0, 0);
  for (unsigned n = 1; n <= capacity; n++) {
    weights.state *= load / (n < servers ? n : servers);
    weights_add(&weights, n, n > servers ? n - servers : 0);
  }
  struct loss_state result = {.blocked = weights.state / weights.total,
                              .inside = weights.number / weights.total,
                              .waiting = weights.waiting / weights.total};
  result.throughput = arrival_rate * (1 - result.blocked);
  result.sojourn = result.inside / result.throughput;
  result.wait = result.waiting / result.throughput;
  result.utilization = result.throughput / service_rate / servers;
  return result;
}

struct loss_impatience loss_erlang_a(double arrival_rate, double service_rate, unsigned servers,
                                     double patience_rate) {
  // Relative to the state in which all servers are busy and nobody waits; the states below it sum to 1 / B of
  // it, Erlang B. Beyond the largest weight each is smaller than its neighbour by a growing factor.
  struct weights weights = {.state = 1};
  weights.total = 1 / fmax(loss_erlang_b(arrival_rate / service_rate, servers), DBL_MIN) - 1;
  double idle = weights.total; // some server is free
  for (double j = 0;; j++) {
    double before = weights.state;
    weights_add(&weights, j + servers, j);
    if (weights.state < before) idle *= 1e-200;
    double ratio = arrival_rate / (servers * service_rate + (j + 1) * patience_rate);
    weights.state *= ratio;
    if (ratio < 1 && weights.state * (j + 1) < 1e-18 * (1 - ratio) * weights.total) break;
  }
  struct loss_impatience result = {.wait_probability = 1 - idle / weights.total,
                                   .waiting = weights.waiting / weights.total};
  result.wait = result.waiting / arrival_rate;
  result.abandoned = patience_rate * result.wait;
  result.throughput = arrival_rate * (1 - result.abandoned);
  result.inside = result.waiting + result.throughput / service_rate;
  result.utilization = result.throughput / service_rate / servers;
  return result;
}

double loss_token_bucket_accepted(double arrival_rate, double refill_rate, unsigned burst) {
  double below[MG1_DETERMINISTIC_SERVICES];
  if (burst < 1 || burst > MG1_DETERMINISTIC_SERVICES) return NAN;
  double load = arrival_rate / refill_rate;
  if (load > 500) return 1 / load;
  mg1_deterministic_below(load, below, burst);
  // 1 / (1 / w + load): w may have grown to infinity, far above load 1, where just the refill is let through.
  return 1 / (1 / below[burst - 1] + load);
}
