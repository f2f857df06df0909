// What the files of predictions share; nobody else includes it.
#ifndef HEADROOM_PREDICT_PARTS_H
#define HEADROOM_PREDICT_PARTS_H

#include "demand.h"
#include "model.h"
#include "nic.h"
#include "predict_program.h"
#include "prediction.h"

// A call as the plan makes it, between kinds of visits.
struct predict_call {
  uint32_t to;  // the pair: component * request_count + request
  double times; // of one visit
  const struct call_site *site;
};

// A kind of visit that happens: a component with a request.
struct predict_visit {
  uint32_t pair;
  double rate; // per second
  double one;  // for one interaction of the clients
  struct predict_program does;
  double busiest[MODEL_KINDS]; // as the model's demand has it, ns
  struct predict_call *calls;
  uint32_t call_count;
  double stay;       // s, without any waiting
  const char *fails; // why it may fail; NULL: it does not
};

// How much is known of a stream of visits.
enum predict_stream { STREAM_POISSON, STREAM_PRODUCT, STREAM_UNKNOWN };

// How visits are spread over the instances of a component.
enum predict_split {
  SPLIT_NONE,   // it is not visited
  SPLIT_RANDOM, // each as likely, whatever happened before
  SPLIT_TURNS,  // strictly in turn
  SPLIT_OTHER
};

// What is known of one component, over all its requests.
struct predict_part {
  const struct component *component;
  struct model_demand demand;  // workers, backlog, patience
  struct predict_program does; // sums by rate over one visit
  uint32_t node;               // of the stations
  double calls;                // made by a visit
  double device;               // of disks, s of their turns per second
  double slots;                // operations of disks in their latency at once
  double operations;           // of disks per second
  double bytes[NIC_WAYS];      // sent and received per second, past the machine
  double most[NIC_WAYS];       // of these, by one kind of visit
  const char *moves[NIC_WAYS]; // which
  enum predict_split split;
  double instances;
  double load; // offered to cores by it, erlangs
  enum predict_stream stream;
  const char *stream_why;
  const char *doubt;               // why its load may not be what the plan says; NULL
  uint32_t visit_first, visit_end; // its visits, which lie together
};

// Where visits compute: the machines of a host, or a component's own. Numbers below host_count are hosts';
// then each component has one, which is used where it stands on no host.
struct predict_station {
  const struct machine_type *type; // NULL: unlimited
  double machines;
  double load; // erlangs offered to the busiest of them
  double rate; // cpu steps per second at all of them
  double work; // s per second, all
  double disk; // offered to the disk of the busiest of them; may pass 1
  double nic[NIC_WAYS];
  double square; // sum of rate * second moment, s^2 per second
  double mean;   // of a step, s
  bool alike, exponential;
  bool even;           // every machine is offered the same
  uint32_t components; // that compute there
  int urgency;         // priority of its requests; -1 none yet, -2 several
  enum predict_stream stream;
  const char *doubt; // of any of its parts
};

struct predictor {
  const struct plan *plan;
  double load;
  struct arena *arena;
  struct demand demand;
  double factor;        // on demand.visits
  bool closed;          // one closed group alone
  bool changes;         // no steady state: timeline, shape, trace
  const char *open_why; // why the visits are not known; NULL: they are
  double *handshakes;   // by pair, ns
  struct predict_visit *visits;
  uint32_t visit_count;
  uint32_t *visit_of;  // by pair; UINT32_MAX
  uint32_t *ascending; // visits, callees before callers where there is no circle
  struct predict_part *parts;
  struct predict_station *stations;
  uint32_t station_count;
  struct predict_circuit *circuit; // of a closed group: its stations, as predict_closed.c has them
};

// Kinds of visits in `visits`: what each does, whom it calls, and how long it stays where nobody waits. The
// stations must be there. False when memory runs out, as of all that follows.
bool predict_visits(struct predictor *predictor);

// The kind of visit of a pair; NULL: it does not happen.
struct predict_visit *predict_visit_at(const struct predictor *predictor, uint32_t pair);

// The stations as they are, without any load.
bool predict_stations(struct predictor *predictor);

// The number of the station where a component computes, and the speed of its cores (1: a station's without a
// type).
uint32_t predict_station_of(const struct predictor *predictor, const struct component *component);
double predict_speed(const struct predict_station *station);

// What is known of components in `parts`, over all their visits.
bool predict_components(struct predictor *predictor);

// Whom visits of each component call, over all their kinds.
bool predict_calls(const struct predictor *predictor, struct prediction *prediction);

// What visits at their rates offer to stations without a load, and to devices.
bool predict_load(struct predictor *predictor);

// For one closed group: loads, streams, and where the network has product form its solution; where it has
// none, or is not solved, `open_why` says why. Then the figures of a solution, or without one the station
// that fills first all the same.
bool predict_closed(struct predictor *predictor, struct prediction *prediction);
void predict_closed_figures(const struct predictor *predictor, const struct prediction *prediction);
void predict_closed_bottleneck(const struct predictor *predictor, struct prediction *prediction);

// What fills up first, by the figures of all components.
void predict_bottleneck(const struct predictor *predictor, struct prediction *prediction);

// A resource that may be it: `most` is the load of the one that is so far, and is changed with it.
void predict_offer_bottleneck(struct prediction *prediction, double *most, const struct component *component,
                              const char *resource, double utilization);

// The share of a component's work that the busiest of its machines gets.
double predict_busiest_share(const struct predictor *predictor, const struct predict_station *station,
                             const struct predict_part *part);

// The streams of all parts, and the doubts. False when memory runs out.
bool predict_streams(struct predictor *predictor);

// What parts offer to disks and network interfaces. False when memory runs out.
bool predict_devices(struct predictor *predictor);

// Fills in the cost from all that is known.
bool predict_cost(const struct predictor *predictor, struct prediction *prediction);

// What requests spend on the network.
void predict_network(const struct predictor *predictor, struct predicted_network *network);

// By pair: what handshakes with clients take of a core for one of its visits, on average, ns. NULL when
// memory runs out.
double *predict_handshakes(const struct predictor *predictor);

// Where a component stands, as the network sees it: of several places the first.
struct network_end predict_end_of(const struct plan *plan, const struct component *component);

// One way between two components, ns.
double predict_hop(const struct plan *plan, const struct component *from, const struct component *to);

// The word that a component's parameter chooses ("algorithm", "queue"); NULL where it has none of that name.
const char *predict_choice(const struct component *component, const char *name);

// The users of the one closed group at this load.
int64_t predict_users(const struct predictor *predictor);

#endif
