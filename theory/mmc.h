// M/M/c: Poisson arrivals, exponential service, c servers, one first-come first-served queue without limit.
#ifndef HEADROOM_MMC_H
#define HEADROOM_MMC_H

// Everywhere: `arrival_rate` >= 0 and `service_rate` > 0 (of one server) per second, times in seconds,
// `servers` >= 1. A load of `servers` or more has no steady state: the result is INFINITY (probabilities: 1).
// Erlang (1917); Kleinrock, Queueing Systems I (1975), 3.5; Gross & Harris, 2.3.

// Erlang C: the probability that an arrival waits, C = B / (1 - rho (1 - B)) with B = Erlang B(load,
// servers). `load` = arrival rate / service rate, in erlangs.
double mmc_wait_probability(double load, unsigned servers);

// Mean wait in the queue of all arrivals: C / (c mu - lambda).
double mmc_wait_mean(double arrival_rate, double service_rate, unsigned servers);

// Mean time in the system: wait + 1 / mu. The same under processor sharing among c servers: the number inside
// moves alike.
double mmc_sojourn_mean(double arrival_rate, double service_rate, unsigned servers);

// P(sojourn > time) = exp(-mu t) + C mu / (mu - theta) (exp(-theta t) - exp(-mu t)), theta = c mu - lambda.
double mmc_sojourn_above(double arrival_rate, double service_rate, unsigned servers, double time);

// The time that a fraction `q` in [0, 1) of waits does not exceed; 0 where more than q do not wait at all.
double mmc_wait_quantile(double arrival_rate, double service_rate, unsigned servers, double q);

// The same of sojourns, by bisection to a relative 1e-12.
double mmc_sojourn_quantile(double arrival_rate, double service_rate, unsigned servers, double q);

#endif
