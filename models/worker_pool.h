// What components with a limited number of places share (a server's workers, a database's connections): the
// pool that FLAG_WORKER refers to, the queue in front of it with its patience, and the account of both.
//
// The volatile state of a model that uses it begins with a struct worker_pool, its durable state with a
// struct worker_account; the functions below find them there. An instance whose places are unlimited never
// asks for one.
#ifndef HEADROOM_WORKER_POOL_H
#define HEADROOM_WORKER_POOL_H

#include "metric.h"
#include "model.h"
#include "pool.h"

struct worker_pool {
  struct pool pool;
};

// Integrals of what was taken and queued: of former lives, and at the ends of the window. They are kept for
// the reader of the results, so that no crash loses them.
struct worker_account {
  int128 taken_before, taken_from, taken_until;
  int128 queued_before, queued_from, queued_until;
  struct level there; // places of a live instance; 0 where they are unlimited
  bool closed;        // its pool stands still: failed, or gone
};

// As the parameters say it now.
struct worker_settings {
  int64_t places;  // POOL_UNLIMITED: nobody ever asks
  int64_t backlog; // how many may wait
  enum pool_order order;
  const struct distribution *patience; // of who waits; NULL: without end
};

// For the model's functions of these names.
void worker_pool_start(const struct sim *sim, struct instance *instance,
                       const struct worker_settings *settings);
void worker_pool_stop(const struct sim *sim, struct instance *instance, enum stop_reason reason);
void worker_pool_changed(struct sim *sim, struct instance *instance, const struct worker_settings *settings);
void worker_pool_note(const struct sim *sim, struct instance *instance, bool from);
bool worker_pool_tokens(const struct instance *instance, const char *name, struct model_tokens *tokens);
double worker_pool_queued(const struct sim *sim, const struct instance *instance);

// A visit asks for a place: NEXT, it has one; WAIT, model.resume() will be called; FAIL, it is turned away.
// Where places are limited.
enum verdict worker_pool_enter(struct sim *sim, struct visit *visit, const struct distribution *patience);

// A visit that waited has got its place.
enum verdict worker_pool_resume(struct sim *sim, struct visit *visit);

// The integral of taken places since the start, for a row of metrics over `there`.
double worker_pool_taken(const struct sim *sim, const struct instance *instance);

// The row: `record_` is the durable state, `account_` its first member.
#define WORKER_POOL_METRIC(key_, slo_, record_, account_, missing_, doc_)                                    \
  {                                                                                                          \
    .key = key_, .slo = slo_, .kind = METRIC_LEVEL, .unit = METRIC_FRACTION,                                 \
    .top = METRIC_READ(worker_pool_taken), .bottom = METRIC_LEVEL_OF(record_, account_.there),               \
    .optional = true, .missing = missing_, .doc = doc_                                                       \
  }

#endif
