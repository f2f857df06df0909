// What a prediction says (predict.h makes it).
#ifndef HEADROOM_PREDICTION_H
#define HEADROOM_PREDICTION_H

#include "plan.h"

#include <stdbool.h>

// How often a visit calls another component and waits for it.
struct predicted_call {
  uint16_t callee;
  double times;
};

// Times are seconds, rates per second, shares 0 to 1. What is not known is NAN.
struct predicted_component {
  double visits;      // offered, over all instances
  double computes;    // cpu steps of a visit
  double work;        // of a visit on a core of its machine, s
  double load;        // offered to its cores by itself, erlangs
  double utilization; // offered to the busiest cores that it uses, by all who share them; may pass 1
  double workers;     // offered to its workers; may pass 1
  double disk;        // offered to the disk, of the busiest of its machines, by all who share it
  double nic;         // to its network interface, of bytes that it sends
  double nic_in;      // and receives
  double operations;  // of the disk, per second, by itself
  double sent;        // bytes per second, by itself
  double received;
  const char *sends; // most of it: "items of `images`", "answers to `view`"; NULL: nothing
  const char *receives;
  bool workers_least;           // that leaves out what visits wait inside: a lower bound
  struct predicted_call *calls; // each callee once
  uint32_t call_count;
  const char *doubt; // why its load may not be what is said here; NULL: it follows from the plan
  double wait;       // mean of a visit in its own queues; of those that were not turned away
  double residence;  // mean of a visit without its callees
  double lost;       // share turned away
  bool shares;       // its cores are shared by all jobs: nobody waits, everybody is slower
  const char *law;   // "M/M/c"; NULL: none is exact
  const char *why;   // a sentence without a full stop where none is
};

// What fills up first as the load grows.
struct predicted_bottleneck {
  const struct component *component; // NULL: nothing is limited
  const char *resource;              // "cores", "disk", "nic", "nic_in" or "workers"
  double load;                       // the factor (run.load) at which it is full
  double rate;                       // requests per second then; NAN where the clients are closed
  double users;                      // of a closed group: where its bounds cross; else NAN
  bool certain;
  const char *why; // not certain: the reason, a sentence without a full stop
};

// What a run costs, roughly.
struct predicted_cost {
  double events_per_request;
  double requests; // simulated: replications, warm-up and pilots
  double events;
  double cpu_seconds;         // of one processor
  double in_flight;           // requests at once
  double memory;              // bytes of one run
  const struct node *dearest; // the line that takes most of it; NULL: none stands out
  const char *dearest_what;   // "2000 instances"
  double dearest_memory;
  double kept;        // bytes, of each replication that is over
  double kept_series; // what components report over time adds, where it is written to files
};

// What a request spends on the network, on average and without waiting, s.
struct predicted_network {
  double total;
  double way;             // between its client and its entry, there and back
  double set_up;          // of connections
  double names;           // asking resolvers that know
  double inside;          // hops of calls, one after the other
  double new_connections; // share of requests that set one up
};

struct prediction {
  const struct plan *plan;
  double load;          // the factor on the scenario's rates that it speaks of
  double offered;       // requests per second over all groups; NAN
  double response;      // mean time of a request of a closed group in the stations, s; else NAN
  const char *rate_why; // why `offered` is not known, or what it leaves out; NULL
  struct predicted_component *components; // by number
  struct predicted_bottleneck bottleneck;
  struct predicted_cost cost;
  struct predicted_network network;
};

#endif
