// The plan: a scenario compiled. Nothing in it changes while it runs, so all threads share it; a run copies a
// component's parameters before it changes them.
#ifndef HEADROOM_PLAN_H
#define HEADROOM_PLAN_H

#include "arrival.h"
#include "dataset.h"
#include "disk.h"
#include "field.h"
#include "machine_type.h"
#include "names.h"
#include "network.h"
#include "policy.h"
#include "program.h"
#include "shape.h"
#include "station.h"

#include <stdint.h>

struct model;
struct storage;

// A data center, or an edge in a region.
struct place {
  const char *name;
  const char *region;
  uint16_t region_number; // of the network's regions
  uint16_t zones;
  const char *const *zone_names;
  bool edge; // named after its region; no scenario's data center
};

// Machines that components share: instance i of a component stands on machine i mod count.
struct host {
  const char *name;
  const struct machine_type *type;
  uint16_t place;
  int64_t count;
  uint32_t components; // that stand on it
};

// Of which calls it is counted how often they were done twice: those of a request that is not idempotent and
// is repeated all the same.
enum twice { TWICE_UNCOUNTED, TWICE_WHERE_IT_WRITES, TWICE_EVERYWHERE };

struct request_type {
  const char *name;
  uint8_t priority;  // 0 is the most urgent; of a keyed operation: that of the caller
  uint8_t operation; // enum operation
  uint16_t dataset;  // of the operation; of a plain request: whose item a CDN serves; UINT16_MAX: none
  int64_t size;      // bytes of the request itself
  bool repeatable; // `check` lets it be retried and hedged though it writes: idempotent, or said to be wanted
  bool unrepeatable;  // said not to be idempotent
  uint8_t twice;      // enum twice
  struct price worth; // `per_use`: what one earns that a client sends and that is answered
};

// Where instances of a component stand at the start.
struct deployment_share {
  uint16_t place;
  int64_t count;
  const struct component *variant; // what the component is there (overrides.h); NULL: itself
};

// A component: configuration. Its instances, its numbers and its queues belong to a run.
struct component {
  const char *name;
  const struct node *node; // for messages
  const struct model *model;
  const void *parameters; // of the model's table
  bool wrong;             // errors were reported in it: its model may be NULL, its parameters incomplete
  uint16_t number;
  const struct machine_type *machine; // NULL: on a host, or unlimited
  const struct host *host;            // NULL: machines of its own
  struct price price;                 // its own, beside that of its machines
  const char *const *tags;            // free words; each once
  uint16_t tag_count;
  const struct deployment_share *shares;
  uint16_t share_count;
  const struct program *const *programs; // by request number; NULL where it does not handle it
  const void *compiled;                  // the model's own, from its compile()
  bool answers_pass;                     // to what it hands on: they come back through it
};

// A group of clients.
struct client_group {
  const char *name;
  const struct node *node;
  uint16_t number;
  uint16_t region_number;
  uint16_t region_count;         // that its users are spread over
  const uint16_t *regions;       // NULL: all are in region_number
  const double *regions_reached; // cumulative shares; the last is 1
  uint32_t first_user;           // users have numbers that differ between groups
  bool wrong;                    // errors were reported in it: it has a name and a node, and nothing else
  bool attacker;                 // left out of `all` and of SLOs
  int64_t access;                // one-way latency to the edge of its region, ns
  const struct network_access *profile; // of its users' links
  int64_t users;
  const struct arrival_process *process;
  const void *process_parameters;
  const struct shape *shape;        // NULL: constant
  const struct distribution *batch; // NULL: one at a time
  uint16_t mix_count;
  const uint16_t *mix_requests;    // request numbers
  const double *mix_cumulative;    // the last is 1
  const uint16_t *trace_requests;  // of the names that the arrival process gives, request numbers; or NULL
  const struct call_site *entries; // by request number; callee NULL: this group does not send it
  int64_t keep_alive;              // how long a user's connection may be idle, ns
  uint16_t link_count;             // components that its users keep connections to, named as entries
  const uint16_t *links;           // by request number: which of them
};

enum timeline_action {
  TIMELINE_FAIL,
  TIMELINE_RECOVER,
  TIMELINE_SLOW,
  TIMELINE_SCALE,
  TIMELINE_SET,
  TIMELINE_FLUSH,
  TIMELINE_INVALIDATE
};
enum failure_mode { FAILURE_RESET, FAILURE_HANG, FAILURE_PAUSE };

// What an address names: all instances of a component, those in one place, one of them; a host; a zone or a
// data center.
enum address_kind { ADDRESS_COMPONENT, ADDRESS_HOST, ADDRESS_ZONE, ADDRESS_PLACE };
struct address {
  enum address_kind kind;
  const char *text;
  const struct component *component;
  const struct host *host;
  int32_t place;      // -1: everywhere
  int32_t zone;       // -1: all
  int64_t instance;   // -1: all
  const char *called; // those that go by that name (model.called); NULL: all
};

// One thing that happens at a time of the run; what has a `for` has a second one that ends it.
struct timeline_event {
  int64_t at;
  int64_t every;  // 0: once
  int64_t length; // 0: does not end by itself
  enum timeline_action action;
  const struct node *node; // as it is written
  const char *label;
  struct address address;
  enum failure_mode mode;
  double factor;        // slow
  int64_t to;           // scale
  int32_t scale_place;  // scale: -1 all
  uint16_t dataset;     // invalidate
  const char *set_path; // set: inside the component's parameters
  const struct node *set_value;
};

enum warmup_kind { WARMUP_AUTO, WARMUP_FIXED };

struct run_settings {
  int64_t duration; // ns measured; INT64_MAX when `requests` decides
  int64_t requests; // measured; INT64_MAX when `duration` decides
  enum warmup_kind warmup_kind;
  int64_t warmup; // ns; WARMUP_FIXED
  double load;
  uint64_t seed;
  int64_t replications;
  double precision; // relative half-width asked for; 0: none
  const char *precision_of;
  int64_t replications_most;
  int64_t window; // ns
  int64_t drain;  // ns
  bool audit;     // identities and laws are checked at the end
};

// A service level objective, compiled by app/objectives; here only as it was written.
struct objective_text {
  const char *text;
  const struct node *node;
};

struct plan {
  struct arena *arena; // everything below lives here
  const char *name;
  const struct node *root;
  struct names *names; // of all that can be named, numbered as in the arrays below
  struct run_settings run;
  struct network network;
  uint16_t place_count;
  struct place *places;
  uint16_t machine_count; // of the scenario's own types
  const struct machine_type *machines;
  uint16_t host_count;
  struct host *hosts;
  struct price_book prices; // components note what theirs are in when they are compiled; closed after that
  struct price traffic_out; // of bytes from data centers to clients
  uint16_t request_count;
  struct request_type *requests;
  uint16_t dataset_count;
  struct dataset *datasets;
  uint16_t component_count;
  struct component *components;
  struct storage *storages;   // by component
  struct component **holders; // by dataset: the outermost that holds it; NULL: none, or several
  uint16_t client_count;
  struct client_group *clients;
  uint32_t site_count; // call sites
  uint32_t timeline_count;
  struct timeline_event *timeline;
  uint32_t objective_count;
  struct objective_text *objectives;
  const bool *writes; // by component * request_count + request: whether it writes, there or further on
  bool propagates;    // some policy hands its deadline on
  bool terminating;   // its law changes while it runs: no warm-up, no steady state
};

// By name (which may be NULL); NULL or UINT16_MAX if there is none. What a scenario refers to is there, for
// decoding has looked it up (`to` of its rows).
struct component *plan_component(const struct plan *plan, const char *name);
uint16_t plan_request(const struct plan *plan, const char *name);
uint16_t plan_dataset(const struct plan *plan, const char *name);
uint16_t plan_place(const struct plan *plan, const char *name);
const struct host *plan_host(const struct plan *plan, const char *name);

// Whether some group of clients sends it; the others are calls between components.
bool plan_sent(const struct plan *plan, uint16_t request);

enum { PLAN_REQUESTS_MOST = 1000, PLAN_COMPONENTS_MOST = 60000, PLAN_CLIENTS_MOST = 1000 };

// The number of a request of that name, which is added if it is new. UINT16_MAX when there are too many.
uint16_t plan_add_request(struct plan *plan, const char *name);

// Adds an operation on a dataset to the requests, if it is new.
void plan_add_operation(struct plan *plan, enum operation operation, uint16_t dataset);

// A number for a new call site.
uint32_t plan_site(struct plan *plan);

#endif
