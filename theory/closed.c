#include "closed.h"

#include <math.h>
#include <string.h>

// Everything is in units of the bottleneck's demand per server, so that the normalising constants, kept as
// logarithms, grow only while throughput is below its bound.
struct problem {
  const struct closed_station *stations;
  size_t count;
  double think;
  unsigned users;
  double unit;    // s
  double *whole;  // logarithms of the normalising constants of the network for 0 to `users` users
  double *rest;   // the same without one station
  double *before; // scratch of a convolution
};

static double log_sum(double a, double b) {
  double high = fmax(a, b);
  if (isinf(high)) return high;
  return high + log1p(exp(fmin(a, b) - high));
}

// As many servers as users or more: nobody ever waits.
static bool never_waits(const struct problem *problem, const struct closed_station *station) {
  return station->servers >= problem->users;
}

// Thinking, and all stations where nobody waits: demand^n / n!.
static void start_constants(const struct problem *problem, double *constants) {
  double delay = problem->think / problem->unit;
  for (size_t i = 0; i < problem->count; i++)
    if (problem->stations[i].servers > 1 && never_waits(problem, &problem->stations[i]))
      delay += problem->stations[i].demand / problem->unit;
  constants[0] = 0;
  for (unsigned n = 1; n <= problem->users; n++) constants[n] = constants[n - 1] + log(delay / n);
}

static void convolve_single(const struct problem *problem, double *constants, double demand) {
  for (unsigned n = 1; n <= problem->users; n++)
    constants[n] = log_sum(constants[n], log(demand) + constants[n - 1]);
}

// The logarithm of the sum over k < `servers`, k <= n, of demand^k / k! times before[n - k].
static double convolve_free(const double *before, unsigned n, unsigned servers, double demand) {
  double high = -INFINITY;
  double weight = 0; // logarithm of demand^k / k!
  for (unsigned k = 0; k < servers && k <= n; k++) {
    high = fmax(high, weight + before[n - k]);
    weight += log(demand / (k + 1));
  }
  if (isinf(high)) return high;
  double sum = 0;
  weight = 0;
  for (unsigned k = 0; k < servers && k <= n; k++) {
    sum += exp(weight + before[n - k] - high);
    weight += log(demand / (k + 1));
  }
  return high + log(sum);
}

// With all servers busy the weights fall geometrically, so that part of the sum carries over from n - 1.
static void convolve_several(const struct problem *problem, double *constants, double demand,
                             unsigned servers) {
  double *before = problem->before;
  memcpy(before, constants, (problem->users + 1) * sizeof *before);
  double at_all = 0; // logarithm of demand^c / c!
  for (unsigned k = 1; k <= servers; k++) at_all += log(demand / k);
  double busy = -INFINITY;
  for (unsigned n = 0; n <= problem->users; n++) {
    if (n >= servers) busy = log_sum(at_all + before[n - servers], log(demand / servers) + busy);
    constants[n] = log_sum(convolve_free(before, n, servers, demand), busy);
  }
}

// The constants of the network without station `left_out` (`count`: with all).
static void find_constants(const struct problem *problem, double *constants, size_t left_out) {
  start_constants(problem, constants);
  for (size_t i = 0; i < problem->count; i++) {
    const struct closed_station *station = &problem->stations[i];
    double demand = station->demand / problem->unit;
    if (i == left_out || demand == 0) continue;
    if (station->servers == 1)
      convolve_single(problem, constants, demand);
    else if (!never_waits(problem, station))
      convolve_several(problem, constants, demand, station->servers);
  }
}

// Throughput with n users, per unit.
static double throughput_with(const struct problem *problem, unsigned n) {
  return exp(problem->whole[n - 1] - problem->whole[n]);
}

// Mean value analysis of one station of one server, whose queue an arrival sees as if it were not there.
static double residence_single(const struct problem *problem, double demand) {
  double inside = 0;
  double residence = 0;
  for (unsigned n = 1; n <= problem->users; n++) {
    residence = demand * (1 + inside);
    inside = throughput_with(problem, n) * residence;
  }
  return residence;
}

// The same with c servers; `chance[j]` is the probability of j < c inside, with one user less.
static double residence_several(const struct problem *problem, double demand, unsigned servers,
                                double *chance) {
  double inside = 0;
  double residence = 0;
  chance[0] = 1;
  for (unsigned n = 1; n <= problem->users; n++) {
    double idle = 0;
    for (unsigned j = 0; j + 1 < servers; j++) idle += (servers - 1 - j) * chance[j];
    residence = demand / servers * (1 + inside + idle);
    double throughput = throughput_with(problem, n);
    inside = throughput * residence;
    for (unsigned j = servers - 1; j > 0; j--) chance[j] = demand * throughput / j * chance[j - 1];
    chance[0] = exp(problem->rest[n] - problem->whole[n]);
  }
  return residence;
}

// False when memory is refused.
static bool solve_station(const struct problem *problem, size_t index, struct closed_station *station,
                          struct memory_budget *budget) {
  double demand = station->demand / problem->unit;
  double residence = demand;
  if (station->servers == 1) {
    residence = residence_single(problem, demand);
  } else if (!never_waits(problem, station) && demand > 0) {
    size_t bytes = station->servers * sizeof(double);
    double *chance = memory_take(budget, bytes);
    if (chance == NULL) return false;
    find_constants(problem, problem->rest, index);
    residence = residence_several(problem, demand, station->servers, chance);
    memory_give(budget, chance, bytes);
  }
  double throughput = throughput_with(problem, problem->users);
  station->residence = residence * problem->unit;
  station->inside = throughput * residence;
  station->utilization = throughput * demand / station->servers;
  return true;
}

// The largest demand per server.
static double bottleneck(const struct closed_station *stations, size_t count) {
  double largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, stations[i].demand / stations[i].servers);
  return largest;
}

static struct closed_result solve_all(const struct problem *problem, struct closed_station *stations,
                                      struct memory_budget *budget) {
  struct closed_result result = {.solved = true};
  find_constants(problem, problem->whole, problem->count);
  result.throughput = throughput_with(problem, problem->users) / problem->unit;
  for (size_t i = 0; i < problem->count; i++) {
    if (!solve_station(problem, i, &stations[i], budget)) return (struct closed_result){.solved = false};
    result.response += stations[i].residence;
  }
  return result;
}

struct closed_result closed_solve(struct closed_station *stations, size_t count, double think, unsigned users,
                                  struct memory_budget *budget) {
  struct closed_result result = {.solved = false};
  if (count < 1 || count > CLOSED_STATIONS || users < 1 || users > CLOSED_USERS || !(think >= 0))
    return result;
  double unit = bottleneck(stations, count);
  if (unit == 0) unit = think;
  if (!(unit > 0)) return result;
  size_t numbers = (size_t)users + 1;
  double *constants = memory_take(budget, 3 * numbers * sizeof *constants);
  if (constants == NULL) return result;
  struct problem problem = {.stations = stations,
                            .count = count,
                            .think = think,
                            .users = users,
                            .unit = unit,
                            .whole = constants,
                            .rest = constants + numbers,
                            .before = constants + 2 * numbers};
  result = solve_all(&problem, stations, budget);
  memory_give(budget, constants, 3 * numbers * sizeof *constants);
  return result;
}

static double total_demand(const struct closed_station *stations, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += stations[i].demand;
  return sum;
}

double closed_throughput_bound(const struct closed_station *stations, size_t count, double think,
                               unsigned users) {
  return fmin(1 / bottleneck(stations, count), users / (total_demand(stations, count) + think));
}

double closed_saturation(const struct closed_station *stations, size_t count, double think) {
  return (total_demand(stations, count) + think) / bottleneck(stations, count);
}
