// The state of a run, which is one replication of a plan by one thread: everything that changes hangs here.
// What it does stands in the headers above this one, the run as a whole in sim_run.h.
#ifndef HEADROOM_SIM_H
#define HEADROOM_SIM_H

#include "connections.h"
#include "engine.h"
#include "histogram.h"
#include "level.h"
#include "memory_pressure.h"
#include "metric.h"
#include "model.h"
#include "plan.h"
#include "pool.h"
#include "station.h"
#include "tally.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

// Kinds of frames; each has one handler (handlers.c).
enum frame_kind {
  FRAME_FREE,
  FRAME_VISIT,
  FRAME_BRANCH,
  FRAME_CALL,
  FRAME_EXTENSION, // of a strand: loops, branches, holdings; never woken
  FRAME_REPLY,     // on its way to a caller, after its visit went on
  FRAME_MESSAGE,   // one-way
  FRAME_TRANSFER,  // bytes of one of these three, at a network interface
  FRAME_STATION,   // the timer of a machine's sharing station: link says whose, state (enum machine_resource)
                   // which
  FRAME_CLOCK,     // of a client group's arrivals
  FRAME_USER,      // of a closed group: thinks, waits
  FRAME_TIMER,     // of an instance
  FRAME_CONTROL,   // timeline, windows, life of instances
  FRAME_REPETITION // of a call that may be done twice: counts; never woken
};

enum life { LIFE_ORDERED, LIFE_SERVING, LIFE_DRAINING, LIFE_GONE, LIFE_FAILED, LIFE_PAUSED };

// Integrals at the start and at the end of the window, from time 0, ns (times units).
struct machine_areas {
  int128 busy;
  int128 queued;
  int64_t alive;
};

// The stations of a machine that share: what the timer of one wakes.
enum machine_resource { MACHINE_CORES, MACHINE_OUT, MACHINE_IN };

struct machine {
  const struct machine_type *type;
  struct station cores;
  struct disk *disk; // NULL: without limits
  struct nic *nic;   // NULL: without limits
  struct memory_pressure memory;
  double slow;            // factor on its speed: 1 as built
  struct overlay *slowed; // by the timeline, the latest first
  uint32_t instances;     // that stand on it
  uint32_t paused;        // of these
  uint32_t number;        // in sim->machines
  uint64_t memory_kills;  // processes that ended for want of memory
  bool relieving;         // CONTROL_MEMORY is on its way
  bool frozen;            // all that stand on it are paused: its devices stand still
  bool down;              // it has failed by itself and is not repaired yet
  uint64_t failures;      // of its own
  uint64_t identity;      // among those of its host or component, for its luck
  uint64_t draws;         // of times to fail or to repair
  uint16_t place;
  uint16_t zone;
  uint16_t component;      // whose it is, or UINT16_MAX on a host
  const struct host *host; // NULL: one instance's own
  int64_t alive_since;     // -1: not
  int64_t alive;           // ns up to then
  struct machine_areas from, until;
};

struct fleet;
struct metric_series;

// A way by which visits have come (flow/way.h): handed on by `through`, to which they came by `before`.
struct way {
  struct instance *through;
  uint16_t before;
  uint16_t next; // of those whose last is the same instance; 0: none
};

// What runs. Its number in its fleet's name is never used again in a run.
struct instance {
  const struct model *model;
  const struct component *component;
  const void *parameters; // the component's, or the run's changed copy
  struct fleet *fleet;
  struct machine *machine;
  struct instance *sibling; // the component's next, in the order in which they were added
  enum life life;
  bool open;                // while it serves: enter() would say NEXT and do nothing else
  bool silent;              // failed without a word: nothing is refused, nothing answers
  uint32_t number;          // in its fleet
  uint32_t index;           // in sim->instances
  uint32_t failures;        // of the timeline that hold it down
  int64_t ordered;          // when; for the whole of its life it is paid
  int64_t gone;             // when; -1: it is there
  uint64_t lives;           // raised at each stop, so that timers of an earlier life are known
  int64_t inside;           // visits
  int64_t memory;           // of its machine's, bytes
  int64_t kept;             // of that, its own and no visit's
  uint64_t disk_operations; // that it asked of its machine's disk, since the start
  uint64_t disk_bytes;
  struct job_list parked; // strands and arrivals that wait for the end of a pause
  bool deferred;          // some of its calls came due in its pause
  uint16_t ways;          // the first of those that go on through it; 0: none
  void *volatile_state;
  void *durable_state;
  struct network_end end;
};

// The pool of workers that FLAG_WORKER refers to: the first thing in the volatile state of a model with
// workers.
static inline struct pool *instance_workers(const struct instance *instance) {
  return instance->volatile_state;
}

// The encryption of clients' connections to it; NULL: none.
static inline const struct connection_tls *instance_tls(const struct instance *instance) {
  return ((const struct deployment *)instance->parameters)->tls;
}

// What a component's instances in one place have done, over the measured window unless said otherwise.
struct component_measure {
  struct level inside; // visits, since the start
  uint64_t entered;    // since the start
  uint64_t left;       // since the start, whatever their outcome
  uint64_t passed;     // in the window: handed on, or done, at the instant at which they came
  int128 sojourn_sum;  // of visits, clipped to the window; from the visits' own clocks
  uint64_t outcomes[OUTCOMES];
  uint64_t internal;    // strands of its own that have ended; counted nowhere else in the window
  struct tally sojourn; // while the window is open: of visits that called nobody
  struct tally sojourn_called;
  struct tally wait;
  struct tally service;
  struct tally residence;
  uint64_t waited; // visits that waited at all
  double slowdown; // sum of residence / service, over visits with service
  uint64_t slowdown_count;
  struct histogram sojourn_histogram;
  struct histogram wait_histogram;
  uint64_t device_time;      // ns of service that disks were asked for, which visits book as service, too
  uint64_t bytes_out;        // of answers, since the start
  uint64_t bytes_to_clients; // of these
  uint64_t came;             // requests from clients over a network
  uint64_t connected;        // of these: over a new connection
  uint64_t handshakes;       // of these: with TLS
  uint64_t duplicates;       // in the window: attempts done of calls that had one done before (repetition.h)
};

struct fleet_areas {
  int128 inside;
  int128 serving;
};

// A component's instances in one place.
struct fleet {
  const struct component *component;
  uint16_t place;
  struct instance **listed; // deployed and not drained, the dead included: what a balancer knows
  uint32_t listed_count;
  struct instance **healthy; // able to serve now
  uint32_t healthy_count;
  uint32_t room; // of both arrays
  uint32_t cursor;
  uint32_t next_number;
  void *routing;  // of its model's route(), which see drop()
  int64_t broken; // clients' connections that were last used before this time are gone, ns
  struct component_measure measure;
  struct level serving_level; // instances
  struct fleet_areas from, until;
};

struct service {
  const struct component *component;
  const void *parameters; // as they are now
  void *own;              // the changed copy; NULL: none
  struct overlay *set;    // what the timeline has set, the latest first
  struct fleet *fleets;   // one for each share
  struct instance *first; // all that there ever were, by `sibling`
  struct instance *last;
  struct random_stream messages; // message n carries its split n
  uint64_t message_count;
  uint16_t fleet_count;
};

// What clients of one group have seen of one request, over the requests that arrived in the window.
struct request_measure {
  uint64_t offered;
  uint64_t attempts;
  uint64_t answered; // in time, degraded ones included
  uint64_t degraded;
  uint64_t duplicates; // attempts that were carried out beyond the first (repetition.h)
  uint64_t answers;    // that the entry gave, late ones too; in the window
  uint64_t failed[OUTCOMES];
  struct tally latency;
  struct histogram latency_histogram;
};

// Requests that were one visit each: it began when they were sent and called nobody, so that its sojourn is
// their latency. It is booked once, and for both sides by measure_settle().
struct sole_visits {
  struct fleet *fleet; // where they were; NULL: not known yet
  struct tally sojourn;
  struct histogram histogram;
};

// Latencies of the requests that a window has answered.
struct window_latency {
  int128 sum;
  int64_t largest; // meaningful when there are any
};

// A window of the series: what was sent, and what ended, in it.
struct window_measure {
  uint64_t offered;
  int64_t further; // attempts beyond one for each offered request: fewer than none where some made none
  uint64_t answered;
  uint64_t failed;
  uint64_t failures[OUTCOMES]; // of these
  struct window_latency latency;
};

static inline uint64_t window_attempts(const struct window_measure *window) {
  return window->offered + (uint64_t)window->further;
}

// Their mean, ns; NaN where there are none.
static inline double window_mean(const struct window_measure *window) {
  return window->answered == 0 ? NAN : (double)window->latency.sum / (double)window->answered;
}

// What a trace says of a request.
struct wish {
  uint64_t key; // 1 more than what it is about; 0: nothing is said
  int64_t size; // of that item, bytes; -1: nothing is said
};

struct client_run {
  const struct client_group *group;
  struct frame *clock;
  uint32_t clock_side;
  void *process_state;
  struct random_stream arrivals;
  struct random_stream requests; // request n carries its split n as luck
  struct random_stream batches;
  struct random_stream fixed; // nobody draws from it: what is user n's or request n's own is a split of it
  uint64_t sessions;          // started so far
  struct arrival next;
  int64_t *gaps; // ns, of plain Poisson arrivals: the next ones, drawn in advance
  uint32_t gaps_used;
  double poisson_gap; // plain Poisson arrivals: the mean gap, ns; 0 for all others
  struct network_end end;
  struct request_measure *measures; // by request number
  struct sole_visits *soles;        // by request number
  struct connections *connections;  // of users, by link; NULL: there is no network, they are free
  struct wish *wishes;              // by serial; NULL: there is no trace, or it says nothing
  uint64_t wishes_room;
  // The ledger, since the start.
  uint64_t arrived; // which numbers the requests
  uint64_t answered_ever;
  uint64_t failed_ever;
  uint64_t inside;
};

// What a run keeps about one place where calls are made.
struct site_run {
  uint64_t firsts[10]; // first attempts by second, a ring, for retry budgets
  uint64_t retries[10];
  int64_t second;
  struct histogram latency; // of its attempts, for running percentiles
  uint64_t count;
  int64_t percentile; // the present estimate, ns
};

struct recalled;
struct written;

// What a run knows of a dataset.
struct dataset_run {
  uint64_t inserted;         // items beyond those of the plan
  uint64_t position;         // of the newest write that took effect
  struct written *written;   // last acknowledged writes of items; NULL: there was none
  struct recalled *recalled; // last writes of users; NULL: none yet, or nobody asks
};

enum { SIM_WINDOWS_MOST = 2000, SIM_CIRCLE_MOST = 8, SIM_CIRCLE_LOOK = 256 };

enum sim_phase { SIM_WARMING, SIM_MEASURING, SIM_DRAINING, SIM_OVER };

// What a run is asked for, beside the plan.
struct sim_settings {
  uint64_t seed;
  uint32_t replication;
  bool pilot;       // streams of its own
  double load;      // factor on the plan's
  int64_t warmup;   // ns
  int64_t duration; // ns; INT64_MAX
  int64_t requests; // INT64_MAX
  int64_t drain;
  int64_t window;
  bool series;                 // of components, too, over the same windows
  size_t memory_limit;         // bytes, 0: none
  struct memory_total *memory; // where what it takes counts, too; NULL: nowhere else
  uint64_t fail_at;            // refuse the n-th allocation; 0: none
  FILE *trace;                 // where requests are traced to; NULL: nowhere
  const atomic_bool *interrupt;
};

struct sim {
  struct engine engine;
  struct visit_trace *trace; // of requests; NULL: none
  const struct plan *plan;
  struct sim_settings settings;
  struct memory_budget budget;
  struct arena arena; // of the run
  struct assertion_context where;

  struct service *services; // by component number
  struct machine **machines;
  uint32_t machine_count, machine_room;
  struct instance **instances;
  uint32_t instance_count, instance_room;
  struct machine **host_machines; // host h's machine i is host_machines[host_first[h] + i]
  uint32_t *host_first;
  struct client_run *clients;
  struct dataset_run *datasets; // by number
  struct site_run *sites;
  int64_t **scaled_from; // by timeline event: instances of each fleet before it was scaled
  uint32_t *begun;       // by timeline event: how often it has begun, and ended
  uint32_t *ended;
  struct overlay *spare_overlays;

  uint32_t *balanced; // outstanding counts of balancers, by slot
  uint32_t balanced_count, balanced_room;
  struct way *ways; // number n is ways[n - 1]
  uint32_t way_count, way_room;
  uint16_t way_free; // the first of those that nobody goes by any more, chained by `next`; 0: none

  enum sim_phase phase;
  bool measuring; // phase == SIM_MEASURING
  int64_t measure_from;
  int64_t measure_until;   // the end of the window, once it is known
  bool books_once;         // measuring, and no visit is traced or answers over journeys: struct sole_visits
  uint64_t measured_ended; // requests of the window that have ended
  uint64_t measured_sent;  // those that it has, once it is over
  uint64_t measured_to_come;
  struct window_measure *windows;
  struct window_measure *window; // the present one
  uint32_t window_count, window_room;
  int64_t window_length;
  struct metric_series *series; // of components; NULL: none is taken

  struct metric_book metrics;               // what components report of the window, once it is over
  struct metric_book metrics_from;          // and what their counters said at its beginning
  struct metric_places places, places_from; // the same of the places of those that stand in several

  uint32_t view_version;   // raised whenever the list of a fleet's instances changes
  bool journeys;           // messages take time: journey.h
  bool inherits_deadlines; // some policy of the plan propagates its deadline
  // After too many activations at one instant: components of the circle, each once.
  uint16_t circle[SIM_CIRCLE_MOST];
  uint16_t circle_count;
  uint16_t circle_looks;
  bool silenced;        // some visits may have ended without a word to who waits for them
  uint64_t sources;     // client groups and sessions that have something left to send
  enum outcome failure; // named by flow_fail()
  struct instance *forward_to;
};

// The stream of a component's or client group's own purpose. Pilots have streams of their own, so that what
// decides the warm-up is never reported.
static inline struct random_stream sim_stream(const struct sim *sim, const char *name, const char *purpose) {
  uint32_t replication = sim->settings.replication | (sim->settings.pilot ? UINT32_C(1) << 31 : 0);
  return random_named(sim->settings.seed, replication, name, purpose);
}

#endif
