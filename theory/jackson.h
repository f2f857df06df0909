// Open Jackson networks: Poisson arrivals from outside, exponential M/M/c stations, random routing.
#ifndef HEADROOM_JACKSON_H
#define HEADROOM_JACKSON_H

#include <stdbool.h>
#include <stddef.h>

enum { JACKSON_LARGEST = 256 };

struct jackson_station {
  double external;     // in: arrivals from outside, per second
  double service_rate; // in: of one server, per second
  unsigned servers;    // in
  double arrival_rate; // out: solution of the traffic equations, per second
  double utilization;  // out: of one server
  double inside;       // out: mean number in the station; INFINITY when overloaded
  double sojourn;      // out: mean of one visit, s
};

// Solves lambda_j = external_j + sum over i of lambda_i routing[i * count + j] by elimination,
// then every station as M/M/c. Jackson, Management Science 10 (1963). `routing` is row-major; rows sum to at
// most 1, the rest leaves. 1 <= count <= 256. False when the equations have no solution (nobody ever leaves
// some set of stations). Does not allocate; uses 0.5 MB of stack at the largest count.
bool jackson_solve(struct jackson_station *stations, size_t count, const double *routing);

// Mean time in the network of an arrival from outside: total inside / total external.
double jackson_sojourn_mean(const struct jackson_station *stations, size_t count);

// Exact mean sojourn of M/M/1 queues visited one after the other, `count` service rates: the sum of 1 / (mu -
// lambda) (Burke 1956; Reich 1957); and its standard deviation, since the sojourns are independent.
double jackson_tandem_mean(double arrival_rate, const double *service_rates, size_t count);
double jackson_tandem_deviation(double arrival_rate, const double *service_rates, size_t count);

#endif
