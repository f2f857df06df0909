// Closed networks of one class: a fixed number of users who think, then visit stations.
#ifndef HEADROOM_CLOSED_H
#define HEADROOM_CLOSED_H

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
  bool solved;       // false: out of the ranges, or no memory for the queue-length distributions
};

// Exact mean value analysis (Reiser & Lavenberg, J. ACM 27, 1980), for stations of several servers in its
// load-dependent form, with the probabilities of fewer than c at a station carried along. `think` >= 0 s;
// 1 <= users <= 100,000; 1 <= count <= 256. Multi-server stations keep one number for each of their servers
// and users; the recursion for the probability of an empty station loses accuracy near saturation with many
// servers (Reiser 1981), so those use the convolution of normalised terms instead. Time O(users * servers).
struct closed_result closed_solve(struct closed_station *stations, size_t count, double think,
                                  unsigned users);

// Asymptotic bounds (Denning & Buzen 1978): throughput at most min(1 / D_max, N / (D + Z)), where D_max is
// the largest demand per server; and the number of users N* = (D + Z) / D_max at which they cross.
double closed_throughput_bound(const struct closed_station *stations, size_t count, double think,
                               unsigned users);
double closed_saturation(const struct closed_station *stations, size_t count, double think);

#endif
