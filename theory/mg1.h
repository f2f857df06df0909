// M/G/1: Poisson arrivals, any law of service, one server, under several disciplines.
#ifndef HEADROOM_MG1_H
#define HEADROOM_MG1_H

#include <stdbool.h>
#include <stddef.h>

// `arrival_rate` per second; `mean`, `second`, `third`: E[S], E[S^2], E[S^3] of the service time in s, s^2,
// s^3. rho = arrival_rate * mean >= 1 has no steady state: INFINITY.

// First come, first served: mean wait lambda E[S^2] / (2 (1 - rho)). Pollaczek (1930), Khinchine (1932).
double mg1_wait_mean(double arrival_rate, double mean, double second);

// Mean sojourn: wait + E[S].
double mg1_sojourn_mean(double arrival_rate, double mean, double second);

// Standard deviation of the wait: variance W^2 + lambda E[S^3] / (3 (1 - rho)). Kleinrock I, 5.7.
double mg1_wait_deviation(double arrival_rate, double mean, double second, double third);

// Standard deviation of the sojourn: wait and own service are independent.
double mg1_sojourn_deviation(double arrival_rate, double mean, double second, double third);

// M/D/1, number in the system: puts P(N <= i) / P(N = 0) into below[i] for i < count, where 0 < `load` <=
// 500: from 1 on it belongs to queues that refuse work. Level crossings of the chain embedded at departures:
// only positive terms. May grow to INFINITY above a load of 1.
void mg1_deterministic_below(double load, double *below, size_t count);

enum { MG1_DETERMINISTIC_SERVICES = 2000 };

// M/D/1: P(wait <= time), with `service` the constant service time D. For (k - 1) D <= t < k D and u = lambda
// (k D - t) it is exp(-u) times the sum over j < k of P(N <= k - j) u^j / j! (Franx, Operations Research
// Letters 29, 2001): only positive terms, where Erlang's own series cancels. 1 beyond 2,000 services. 0
// without a steady state.
double mg1_deterministic_wait_below(double arrival_rate, double service, double time);

// The time that a fraction `q` in [0, 1) of M/D/1 waits does not exceed, by bisection.
double mg1_deterministic_wait_quantile(double arrival_rate, double service, double q);

// Processor sharing: mean sojourn E[S] / (1 - rho), whatever the law. Kleinrock II, 4.4.
double mg1_shared_sojourn_mean(double arrival_rate, double mean);

// Processor sharing: mean sojourn of a job that needs `work` seconds alone: work / (1 - rho).
double mg1_shared_sojourn_of(double arrival_rate, double mean, double work);

// M/M/1 processor sharing: standard deviation of the sojourn, T sqrt((2 + rho) / (2 - rho)). Coffman, Muntz &
// Trotter, J. ACM 17 (1970).
double mg1_shared_exponential_deviation(double arrival_rate, double mean);

// A class of a priority queue; classes are given from the highest priority down.
struct mg1_class {
  double arrival_rate;
  double mean;    // E[S], s
  double second;  // E[S^2], s^2
  double wait;    // out: sojourn without own service: waiting, and being preempted, s
  double sojourn; // out: mean, s
};

// Non-preemptive priorities: W_k = R / ((1 - s_{k-1}) (1 - s_k)), R = sum of lambda E[S^2] / 2 over all
// classes, s_k = load of classes 1 to k. Cobham, Operations Research 2 (1954). Classes whose s_k is 1 or more
// get INFINITY (when the total is 1 or more R is no longer exact for the others either: they get NaN).
void mg1_priority(struct mg1_class *classes, size_t count);

// Preemptive resume: T_k = E[S_k] / (1 - s_{k-1}) + R_k / ((1 - s_{k-1}) (1 - s_k)), R_k over classes 1 to
// k only, so higher classes stay exact while lower ones are overloaded.
void mg1_priority_preemptive(struct mg1_class *classes, size_t count);

// A server that must wake up for `setup_mean` (`setup_second`: its second moment) each time work finds it
// idle: P-K + (2 E[I] + lambda E[I^2]) / (2 (1 + lambda E[I])). Welch, Operations Research 12 (1964).
double mg1_setup_sojourn_mean(double arrival_rate, double mean, double second, double setup_mean,
                              double setup_second);

// M^X/M/1: batches at `batch_rate`, sizes with moments `size_mean`, `size_second`, exponential service at
// `service_rate`: mean sojourn of a request, L / lambda with L = rho (1 + E[X^2] / E[X]) / (2 (1 - rho)).
double mg1_batches_sojourn_mean(double batch_rate, double size_mean, double size_second, double service_rate);

// M/M/1/1 with retrials: a blocked arrival comes back after an exponential time of rate `retry_rate`, for
// ever. Mean number in orbit: rho / (1 - rho) (lambda / theta + rho). Falin & Templeton, Retrial Queues
// (1997).
double mg1_retrial_orbit_mean(double arrival_rate, double service_rate, double retry_rate);

// The mean time from first arrival to departure there: orbit / lambda + 1 / mu.
double mg1_retrial_sojourn_mean(double arrival_rate, double service_rate, double retry_rate);

// A server that breaks down at rate `failure_rate`, also when idle, is repaired at `repair_rate`, and then
// resumes; arrivals go on. Mean sojourn of M/M/1: ((xi + eta)^2 + xi mu) / ((xi + eta) (eta mu - lambda (xi +
// eta))). White & Christie, Operations Research 6 (1958).
double mg1_breakdown_sojourn_mean(double arrival_rate, double service_rate, double failure_rate,
                                  double repair_rate);

#endif
