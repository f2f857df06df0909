// A pool of tokens: workers, connections, places in a bulkhead. It holds no work and takes no time: who has a
// token keeps it until it is given back.
#ifndef HEADROOM_POOL_H
#define HEADROOM_POOL_H

#include "job.h"
#include "level.h"

#include <stdint.h>

enum pool_order {
  POOL_FIFO,
  POOL_LIFO,
  POOL_PRIORITY,     // the most urgent first
  POOL_ADAPTIVE_LIFO // first come while no more wait than there are tokens, last come beyond (Maurer 2015)
};

// The words of the language, in the order of the enumeration, ended by NULL.
extern const char *const pool_orders[];

#define POOL_UNLIMITED INT64_MAX

struct pool {
  int64_t tokens;  // POOL_UNLIMITED: nobody ever waits
  int64_t backlog; // how many may wait
  enum pool_order order;
  struct level taken;
  struct level queued;
  struct job_lists waiting;
};

enum pool_answer { POOL_GRANTED, POOL_QUEUED, POOL_REFUSED };

// So many `tokens` >= 0 (POOL_UNLIMITED: no limit), all free; at most `backlog` jobs wait, in that order.
void pool_init(struct pool *pool, int64_t tokens, int64_t backlog, enum pool_order order);

// Asks for a token. POOL_QUEUED: the job waits (JOB_ASKING) and its frame is made ready when it is granted
// one: it is JOB_GRANTED then, until whoever is woken for it makes it JOB_NOWHERE.
static inline enum pool_answer pool_take(struct pool *pool, const struct engine *engine, struct job *job);

// Gives a token back; it goes to whoever is next.
void pool_give(struct pool *pool, struct engine *engine);

// Takes a job that asks out of the queue; what it waited stays counted.
void pool_leave(struct pool *pool, const struct engine *engine, struct job *job);

// Changes the number of tokens. Those beyond a smaller number are not taken away but not given again.
void pool_set_tokens(struct pool *pool, struct engine *engine, int64_t tokens);

// The slow half of pool_take(): queues or refuses where no token is free or others wait already.
enum pool_answer pool_ask(struct pool *pool, const struct engine *engine, struct job *job);

static inline enum pool_answer pool_take(struct pool *pool, const struct engine *engine, struct job *job) {
  if (pool->taken.inside < pool->tokens && pool->queued.inside == 0) {
    level_up(&pool->taken, engine->now);
    return POOL_GRANTED;
  }
  return pool_ask(pool, engine, job);
}

#endif
