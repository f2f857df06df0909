// What the files share that write random scenarios, one for each part of the language: the maker, with what
// has been decided and written so far, and the small forms that stand everywhere.
//
// Components stand in an order in which calls go, so that a request ends: the servers and balancers c0, c1, …
// call later ones; what stands between two of them (queues with their workers, the edges of CDNs, a name
// service) is called by those before it and calls those after it, others that stand between included; what
// holds items stands behind them all.
#ifndef HEADROOM_RANDOM_MAKER_H
#define HEADROOM_RANDOM_MAKER_H

#include "random_scenario.h"

#include <stdio.h>

enum { COMPONENTS_MOST = 6, QUEUES = 2, CDNS = 2, WORKERS_MOST = 2, NOWHERE = -1 };
enum { PARTS_MOST = COMPONENTS_MOST + QUEUES * (1 + WORKERS_MOST) + CDNS + 4 };

// A component as far as the timeline must know it.
struct part {
  char name[20];
  const char *type;
  uint32_t standing; // instances in the first place, as far as it is sure
  bool first_place;  // it stands there
};

struct maker {
  struct choices *choices;
  const struct random_scenario_options *options;
  FILE *out;
  int components; // c0, c1, …
  bool is_balancer[COMPONENTS_MOST];
  // The component behind which each stands; NOWHERE: there is none.
  int queues_at[QUEUES], cdns_at[CDNS], names_at;
  int workers[QUEUES]; // components that consume it
  int places;          // data centers that are written
  int hosts;
  int machines;
  bool memory_of[3]; // by machine: limited
  int datasets;      // d0, d1, …; all of them in the store
  int caches;        // in front of the store, one before the other
  bool stored_well;  // the store is a database, else an object store
  bool all_read;     // every request says whose item it is about
  bool free_network;
  bool free_hops; // some hop takes no time
  struct part parts[PARTS_MOST];
  int part_count;
  int calls_left;    // that the component in hand may still make, repeats counted
  int steps_left;    // of the component in hand
  bool inner, jobs;  // some call sends the request "inner", somebody publishes "job"
  uint32_t priority; // of requests, where something depends on the size of one
};

uint32_t choose(struct maker *maker, uint32_t count);
bool one_in(struct maker *maker, uint32_t count);
#define CHOOSE(maker_, texts_) ((texts_)[choose((maker_), (uint32_t)(sizeof(texts_) / sizeof *(texts_)))])

__attribute__((format(printf, 2, 3))) void put(struct maker *maker, const char *format, ...);

// Times and rates of the scenario, with the factor on all of them.
void put_time(struct maker *maker, int64_t nanoseconds);
void put_named_time(struct maker *maker, const char *name, int64_t nanoseconds, const char *after);
void put_rate(struct maker *maker, double per_second);
void put_bandwidth(struct maker *maker, double megabits);
// High-entropy values: never a round number by accident.
int64_t some_time(struct maker *maker, int64_t about);

// Distributions.
void put_duration(struct maker *maker, int64_t about);
void put_count(struct maker *maker, bool some);
void put_size(struct maker *maker);

// Timeouts, retries, hedges, with a comma before.
void put_policies(struct maker *maker);

// The steps of a component, as a list; the first that it may call, and whether it publishes.
struct caller {
  int first;   // c`first` and those behind it
  int special; // what stands behind c`special` or a later one
};
void put_steps(struct maker *maker, struct caller caller, int depth, int times);
// All that one component does: "handles", with no comma.
void put_handles(struct maker *maker, struct caller caller);
// A component that may be called with any request; false: there is none.
bool put_target(struct maker *maker, struct caller caller);
bool has_target(const struct maker *maker, struct caller caller);
// Of these, a CDN.
bool put_tier(struct maker *maker, struct caller caller);
// Whether the store answers any request that a client may send.
bool store_serves(const struct maker *maker);

// Where the component that is begun stands, with a comma before; it is noted for the timeline. `patch` writes
// what differs in one place.
struct part *add_part(struct maker *maker, const char *type, const char *name);
void put_deployment(struct maker *maker, struct part *part, void (*patch)(struct maker *maker));
// Its price, tags and encryption, with a comma before each.
void put_extras(struct maker *maker, bool takes_tls);
const char *first_place(const struct maker *maker);
// What a component keeps copies of, and for how long, with a comma before each.
void put_kept(struct maker *maker, bool coalesces);

// The sections.
void put_places(struct maker *maker);
void put_network(struct maker *maker);
void put_hosts(struct maker *maker);
void put_prices(struct maker *maker);
void put_datasets(struct maker *maker);
void put_clients(struct maker *maker);
void put_timeline(struct maker *maker);
void put_requests(struct maker *maker);

// The components, each with the comma behind it.
void put_stores(struct maker *maker);
void put_queues(struct maker *maker);
void put_fronts(struct maker *maker);
void put_servers(struct maker *maker);

#endif
