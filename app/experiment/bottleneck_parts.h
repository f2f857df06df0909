// What the files of bottlenecks share; nobody else includes it.
#ifndef HEADROOM_BOTTLENECK_PARTS_H
#define HEADROOM_BOTTLENECK_PARTS_H

#include "estimates.h"
#include "prediction.h"

// In the order in which they are named where they are as full: one that sends is busy because of the
// interface.
enum resource { RESOURCE_CPU, RESOURCE_DISK, RESOURCE_NIC, RESOURCE_NIC_IN, RESOURCE_POOL };
enum { RESOURCES = RESOURCE_POOL + 1 };

// What one component used of what it has, over all replications. Times are means, ns; NAN: nothing known.
struct usage {
  const struct component *component;
  double full[RESOURCES]; // of the fullest instance or machine (disks and interfaces: of all); NAN: unlimited
  double mean[RESOURCES]; // of all of them
  const char *tokens;     // of its pool: "workers", "connections"
  double own;             // part of its machines' cores that is busy for it
  double memory;          // held, of what there is
  double kills;           // processes that ended for want of it
  double rejected;        // share of its visits
  double waited;          // share of its visits
  double wait;            // of all its visits, in all its queues
  double service;         // work at cores and disk, alone
  double sojourn;         // with all of it
  double held;            // of that, from a visit's token on
  double away;            // of that, waiting for callees
  bool pauses;            // its programs let time pass on purpose
};

// The usage of all components, by number, in the arena.
struct usage *bottleneck_usage(const struct experiment *experiment, struct arena *arena);

struct candidate {
  uint16_t component;
  enum resource resource;
};

// What was found, and all that words need.
struct finding {
  const struct experiment *experiment;
  const struct usage *usage;           // by number
  const struct prediction *prediction; // of the same load
  double *stays;                       // bottleneck_stay(), as far as it was asked for
  struct candidate limit;
  const struct usage *holder; // the component whose pool was full because of it; NULL: none was
  struct arena *arena;
};

// From where on a pool counts as taken and a device as full: where the fullest device behind a pool is used
// for a share u of the time, no number of tokens gets more than 1 / u times the visits through.
extern const double bottleneck_full;

// The mean stay of a visit, ns, with callees; of a balancer, which only hands on, that at its targets.
double bottleneck_stay(const struct finding *finding, uint16_t component);

// Whether all tokens of its pool are taken, or nearly.
static inline bool bottleneck_taken(const struct usage *usage) {
  return usage->full[RESOURCE_POOL] >= bottleneck_full;
}

// Why it is the limit: a sentence.
const char *bottleneck_explain(const struct finding *finding);

// "cpu", "disk", …, and of a pool its tokens.
const char *bottleneck_resource(const struct usage *usage, enum resource resource);

#endif
