// Arrival processes: when requests come. One file a process, of which arrival.c holds the list; a client
// group drives the one that its scenario chose.
//
// A process tells operational time: that of a rate which no shape changes. The client turns it into
// simulated time through its shape (shape_warp()), which is exact for every process.
#ifndef HEADROOM_ARRIVAL_H
#define HEADROOM_ARRIVAL_H

#include "distribution.h"
#include "field.h"
#include "random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What an unshaped process tells of one instant. What it says nothing of is -1, and the client draws it.
struct arrival {
  int64_t at;      // operational time, ns from the start; never less than the one before
  int64_t count;   // requests (or batches) at this instant, at least 1
  int64_t request; // the place of its name in arrival_process.requests()
  int64_t user;    // any number from 0 on, to be taken modulo the users there are; equal for equal users
  int64_t key;     // the same of what it is about: a number of the trace, or the hash of a text; below 2^48
  int64_t size;    // bytes of that
};

#define ARRIVAL_KEY_BITS 48

enum arrival_drive {
  ARRIVAL_OPEN,    // next() gives requests
  ARRIVAL_CLOSED,  // a fixed number of users (struct arrival_closed) who think, ask and wait: no next()
  ARRIVAL_SESSIONS // next() gives users who come, and go after some requests (struct arrival_sessions)
};

enum arrival_law {
  ARRIVAL_POISSON, // exactly; what theory calls M
  ARRIVAL_RENEWAL, // independent gaps of one distribution: GI, where `variability` is their cv²
  ARRIVAL_OTHER
};

// Names of requests, each valid as one, and how many of the requests have each: together more than 0.
struct arrival_requests {
  size_t count;
  const char *const *names;
  const double *weights;
};

// `parameters` is what the alternative's table decoded (struct variant's `value`), immutable and shared by
// all replications; `state` is state_size bytes of the run's.
struct arrival_process {
  enum arrival_drive drive;
  enum arrival_law law; // before shape and batches; of sessions: of their starts
  size_t state_size;    // a multiple of 8; 0 for closed

  // Called once, at time 0. `load` > 0 is a factor on the rate; a trace is thinned or cloned. Draws belong
  // to the client's stream of arrivals, which the same `stream` of next() continues.
  void (*start)(const void *parameters, void *state, double load, struct random_stream *stream);

  // The next arrival; fills all of `*arrival`. False: there is none, now and later.
  bool (*next)(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival);

  // Mean requests per second at load 1, without shape and batches, in the long run (of a trace: over its
  // length); NAN where the answers decide it (closed).
  double (*rate)(const void *parameters);

  // The index of dispersion of counts in the long run, lim Var N(t) / E N(t): 1 for Poisson, 0 for constant,
  // the squared coefficient of variation of the gaps for a renewal process. Of session starts, not of their
  // requests. NAN: unknown.
  double (*variability)(const void *parameters);

  // The names of requests that the process itself gives (a trace with a column of them). The client looks
  // each up once. NULL: it gives none.
  struct arrival_requests (*requests)(const void *parameters);
};

// The list, for FIELD_VARIANT(struct client, arrivals, .each = arrival_alternative, …); NULL past the last.
const struct field_alternative *arrival_alternative(size_t index);

// The process of a decoded variant, which must not be absent.
const struct arrival_process *arrival_process_of(const struct variant *variant);

// Parameters, as decoded. Rates are per second.

// {"poisson": {"rate": "100/s"}}; {"constant": …} has the same.
struct arrival_steady {
  double rate;
};

// {"renewal": {"gap": distribution}}: independent gaps, the first before the first arrival.
struct arrival_renewal {
  struct distribution gap; // ns
};

// {"mmpp": {"rates": […], "dwell": […]}}: a Poisson process whose rate goes round through states, in each of
// which it stays for an exponential time of mean `dwell`. Starts in its stationary state.
struct arrival_mmpp {
  struct list rates; // double
  struct list dwell; // int64_t, ns; as many
};

// {"closed": {"users": n, "think": distribution}}: each user thinks, sends a request, waits for its answer,
// thinks again; and so each begins by thinking.
struct arrival_closed {
  int64_t users;             // at load 1
  struct distribution think; // ns
};

// {"sessions": {"rate": …, "length": …, "think": …}}: sessions start as a Poisson process; each sends
// `length` requests (a draw of 0: none) one after the other, with a time of thinking between an answer and
// the next request.
struct arrival_sessions {
  double rate;                // of starts
  struct distribution length; // requests
  struct distribution think;  // ns
};

// {"population": …}: a Poisson process of the rate that a day of many people makes at one time of it.
struct arrival_population {
  double rate;             // what they come to
  double daily_active;     // people
  double requests_per_day; // of each
  double peak_to_mean;
  const char *at; // "peak", "mean" or a clock time ("20:00", which is the peak)
};

// {"trace": …}: requests of a log, at its times.
struct trace;
struct trace_columns {
  const char *time;
  const char *count;
  const char *request;
  const char *user;
  const char *key;
  const char *size;
};
struct arrival_trace {
  const char *file;
  int format; // enum trace_format
  const struct trace_columns *columns;
  int unit; // of times that are bare numbers
  double speed;
  const struct trace *trace; // what was read
};

// The users of a closed client under a load: to the nearest, at least one.
int64_t arrival_users(const struct arrival_closed *closed, double load);

// A gap of mean 1e9 / rate ns is at least 1 ns.
#define ARRIVAL_RATE_MOST 1e9

// For the processes: arrival_process.rate() of a struct arrival_steady.
static inline double arrival_steady_rate(const void *parameters) {
  return ((const struct arrival_steady *)parameters)->rate;
}

// For the processes: an arrival of one request that says nothing more.
static inline struct arrival arrival_at(int64_t at) {
  return (struct arrival){.at = at, .count = 1, .request = -1, .user = -1, .key = -1, .size = -1};
}

// For the processes: moves `*at` on by `gap` ns (rounded); false where that lies beyond all simulated time
// (2^60 ns, 36 years, and later), where `*at` stays.
static inline bool arrival_advance(int64_t *at, double gap) {
  int64_t whole = distribution_round(gap);
  if (whole >= (INT64_C(1) << 60) - *at) return false;
  *at += whole;
  return true;
}

#endif
