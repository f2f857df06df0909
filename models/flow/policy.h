// What a caller does about a call that is slow or fails. Policies compose in one order:
// fallback(retry(hedge(timeout(attempt)))), and a deadline over all of it. The fallback is a part of the
// caller's program (program.h).
#ifndef HEADROOM_POLICY_H
#define HEADROOM_POLICY_H

#include "field.h"

#include <stdint.h>

// How one wish ends. A call has exactly one of these, and so has each of its attempts.
enum outcome {
  OUTCOME_DONE,
  OUTCOME_TIMEOUT,     // no answer in time
  OUTCOME_REJECTED,    // turned away: a full backlog
  OUTCOME_UNAVAILABLE, // nobody there: refused, or no healthy instance
  OUTCOME_ABANDONED,   // its patience ended in a queue
  OUTCOME_ERROR,       // the application failed
  OUTCOME_MISSED,      // a cache has not got the item: the caller asks elsewhere; never seen by a client
  OUTCOME_CANCELLED,   // the caller took it back; never seen by a client
  OUTCOME_UNFINISHED,  // the run ended first
  OUTCOMES
};

// The words of results and of `retries.on`, by number, ended by NULL.
extern const char *const outcome_names[];

// As it is written; a client, `call` and whatever calls others spread this table into their own.
struct policy_settings {
  struct variant timeout; // absent: the default of the place
  const int64_t *deadline;
  bool propagate;
  int on_timeout; // 0 abandon, 1 cancel
  const struct retry_settings *retries;
  const struct hedge_settings *hedge;
};

extern const struct field_table policy_table;

enum { POLICY_COPIES_MOST = 3, POLICY_ATTEMPTS_OUT = POLICY_COPIES_MOST + 1 };

// No timeout, no limit of attempts.
#define POLICY_NEVER INT64_MAX

enum backoff_jitter { BACKOFF_NONE, BACKOFF_FULL, BACKOFF_DECORRELATED };

// Compiled; immutable.
struct policy {
  int64_t timeout;  // of each attempt, ns; POLICY_NEVER
  int64_t deadline; // of all attempts, ns from the call's start; POLICY_NEVER
  bool propagate;   // what is left of the deadline binds the callees' calls too
  bool cancel;      // an attempt that timed out is cancelled, not abandoned

  int64_t retries;   // further attempts; POLICY_NEVER: unlimited
  uint32_t retry_on; // bit of each outcome
  double budget;     // retries as a share of first attempts over 10 s; INFINITY
  bool growing;
  struct distribution backoff; // not growing
  int64_t backoff_base;
  int64_t backoff_most;
  double backoff_factor;
  enum backoff_jitter jitter;

  int64_t hedge_after;     // ns; POLICY_NEVER: no hedge
  double hedge_percentile; // 0: a fixed time; else wait for this percentile of the site's own latencies
  int64_t hedge_copies;
  bool tied;         // once one has its worker or core, the others are cancelled
  bool hedge_cancel; // the losers are cancelled
};

// A policy that asks for nothing.
extern const struct policy policy_none;

// Whether a call may be made more than once.
static inline bool policy_repeats(const struct policy *policy) {
  return policy->retries > 0 || policy->hedge_after != POLICY_NEVER;
}

// Compiles settings. `default_timeout` (POLICY_NEVER: none) stands where none is written. Returns NULL when
// nothing at all is asked for, so that the call needs no record of its own, or after an error was reported.
const struct policy *policy_compile(const struct policy_settings *settings, int64_t default_timeout,
                                    const struct node *node, struct field_context *context);

// The wait before further attempt number `attempt` ≥ 1; `previous` is the wait before the last one (0 for
// the first). Jitter after Brooker (2015), "Exponential backoff and jitter".
int64_t policy_backoff(const struct policy *policy, int64_t attempt, int64_t previous,
                       struct random_stream *luck);

#endif
