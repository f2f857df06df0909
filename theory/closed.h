// Closed networks of one class: a fixed number of users who think, then visit stations.
#ifndef HEADROOM_CLOSED_H
#define HEADROOM_CLOSED_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>

enum { CLOSED_USERS = 100000, CLOSED_STATIONS = 256 };

struct closed_station {
  double demand;      // in: mean work that one interaction brings here (visits * service time), s
  unsigned servers;   // in: >= 1; first come first served exponential, or processor sharing
  double inside;      // out: mean number here, in service included
  double utilization; // out: of one server
  double residence;   // out: mean time spent here in one interaction, s
};

struct closed_result {
  double throughput; // interactions per second
  double response;   // mean time in the stations per interaction, s
  bool solved;       // false: out of the ranges, or the budget is exhausted
};

// Exact. Throughput for every number of users by convolution (Buzen, CACM 16, 1973) in logarithms, then mean
// value analysis station by station (Reiser & Lavenberg, J. ACM 27, 1980), for several servers in its
// load-dependent form. The probability of an empty station, which that form gets from a difference that loses
// all accuracy near saturation, comes from the convolution instead: every term is positive. `think` >= 0 s; 1
// <= users <= 100,000; 1 <= count <= 256; some demand or think time > 0. Takes memory for three numbers a
// user and one a server from `budget` and gives it back. Time: users * servers * stations of several servers.
struct closed_result closed_solve(struct closed_station *stations, size_t count, double think, unsigned users,
                                  struct memory_budget *budget);

// Asymptotic bounds (Denning & Buzen 1978): throughput at most min(1 / D_max, N / (D + Z)), where D_max is
// the largest demand per server; and the number of users N* = (D + Z) / D_max at which they cross.
double closed_throughput_bound(const struct closed_station *stations, size_t count, double think,
                               unsigned users);
double closed_saturation(const struct closed_station *stations, size_t count, double think);

#endif
