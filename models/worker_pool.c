#include "worker_pool.h"

#include "flow.h"

static struct worker_account *account_of(const struct instance *instance) {
  return instance->durable_state;
}

static void set_there(const struct sim *sim, struct instance *instance, int64_t places) {
  struct level *there = &account_of(instance)->there;
  level_change(there, (places == POOL_UNLIMITED ? 0 : places) - there->inside, sim->engine.now);
}

void worker_pool_start(const struct sim *sim, struct instance *instance,
                       const struct worker_settings *settings) {
  account_of(instance)->closed = false;
  set_there(sim, instance, settings->places);
  pool_init(instance_workers(instance), settings->places, settings->backlog, settings->order);
}

static void take_place(struct sim *sim, struct visit *visit) {
  visit_frame(visit)->flags |= FLAG_WORKER;
  flow_admitted(sim, visit);
}

// A visit that waits is woken by its grant, or by the end of its patience, whichever comes first.
static void wait_patiently(struct sim *sim, struct visit *visit, const struct distribution *patience) {
  int64_t until = sim->engine.now + distribution_sample(patience, &visit->strand.luck);
  engine_arm(&sim->engine, visit_frame(visit), until, EVENT_TIMEOUT);
}

enum verdict worker_pool_enter(struct sim *sim, struct visit *visit, const struct distribution *patience) {
  switch (pool_take(instance_workers(visit->instance), &sim->engine, &visit->strand.job)) {
  case POOL_GRANTED:
    take_place(sim, visit);
    return VERDICT_NEXT;
  case POOL_QUEUED:
    if (patience != NULL) wait_patiently(sim, visit, patience);
    return VERDICT_WAIT;
  case POOL_REFUSED:
    break;
  }
  flow_fail(sim, OUTCOME_REJECTED);
  return VERDICT_FAIL;
}

enum verdict worker_pool_resume(struct sim *sim, struct visit *visit) {
  visit->strand.job.standing = JOB_NOWHERE;
  take_place(sim, visit);
  return VERDICT_NEXT;
}

// The pool of the next life begins with levels of 0. What is still taken is given back at this same instant,
// which moves no integral.
void worker_pool_stop(const struct sim *sim, struct instance *instance, enum stop_reason reason) {
  struct worker_account *account = account_of(instance);
  const struct pool *pool = instance_workers(instance);
  set_there(sim, instance, 0);
  if (reason != STOP_CRASH) return;
  account->closed = true;
  account->taken_before += level_area(&pool->taken, sim->engine.now);
  account->queued_before += level_area(&pool->queued, sim->engine.now);
}

void worker_pool_changed(struct sim *sim, struct instance *instance, const struct worker_settings *settings) {
  struct pool *pool = instance_workers(instance);
  if (!account_of(instance)->closed) set_there(sim, instance, settings->places);
  pool->backlog = settings->backlog;
  pool_set_tokens(pool, &sim->engine, settings->places);
}

// A failed instance has given its account already, and its pool stands still until it is started again.
static int128 taken_ever(const struct sim *sim, const struct instance *instance) {
  const struct worker_account *account = account_of(instance);
  const struct level *taken = &instance_workers(instance)->taken;
  return account->taken_before + (account->closed ? 0 : level_area(taken, sim->engine.now));
}

static int128 queued_ever(const struct sim *sim, const struct instance *instance) {
  const struct worker_account *account = account_of(instance);
  const struct level *waiting = &instance_workers(instance)->queued;
  return account->queued_before + (account->closed ? 0 : level_area(waiting, sim->engine.now));
}

double worker_pool_taken(const struct sim *sim, const struct instance *instance) {
  return (double)taken_ever(sim, instance);
}

double worker_pool_queued(const struct sim *sim, const struct instance *instance) {
  return (double)queued_ever(sim, instance);
}

void worker_pool_note(const struct sim *sim, struct instance *instance, bool from) {
  struct worker_account *account = account_of(instance);
  *(from ? &account->taken_from : &account->taken_until) = taken_ever(sim, instance);
  *(from ? &account->queued_from : &account->queued_until) = queued_ever(sim, instance);
  if (from) level_restart_peak(&instance_workers(instance)->queued);
}

bool worker_pool_tokens(const struct instance *instance, const char *name, struct model_tokens *tokens) {
  const struct worker_account *account = account_of(instance);
  *tokens = (struct model_tokens){.name = name,
                                  .pool = instance_workers(instance),
                                  .taken = account->taken_until - account->taken_from,
                                  .queued = account->queued_until - account->queued_from};
  return tokens->pool->tokens != POOL_UNLIMITED;
}
