#include "pool.h"

#include <string.h>

const char *const pool_orders[] = {"fifo", "lifo", "priority", "adaptive-lifo", NULL};

void pool_init(struct pool *pool, int64_t tokens, int64_t backlog, enum pool_order order) {
  memset(pool, 0, sizeof *pool);
  pool->tokens = tokens;
  pool->backlog = backlog;
  pool->order = order;
}

static uint8_t level_of(const struct pool *pool, const struct job *job) {
  return pool->order == POOL_PRIORITY ? job->level : 0;
}

enum pool_answer pool_ask(struct pool *pool, const struct engine *engine, struct job *job) {
  if (pool->queued.inside >= pool->backlog) return POOL_REFUSED;
  job->standing = JOB_ASKING;
  job->since = engine->now;
  job->at.pool = pool;
  level_up(&pool->queued, engine->now);
  job_lists_append(&pool->waiting, job, level_of(pool, job));
  return POOL_QUEUED;
}

void pool_leave(struct pool *pool, const struct engine *engine, struct job *job) {
  job_lists_remove(&pool->waiting, job, level_of(pool, job));
  level_down(&pool->queued, engine->now);
  job->waited += engine->now - job->since;
  job->standing = JOB_NOWHERE;
}

static struct job *next_job(const struct pool *pool) {
  bool last_first =
      pool->order == POOL_LIFO || (pool->order == POOL_ADAPTIVE_LIFO && pool->queued.inside > pool->tokens);
  return last_first ? pool->waiting.level[0].last : job_lists_first(&pool->waiting);
}

static void grant(struct pool *pool, struct engine *engine) {
  struct job *job = next_job(pool);
  pool_leave(pool, engine, job);
  job->standing = JOB_GRANTED;
  engine_ready(engine, &job->frame);
}

void pool_give(struct pool *pool, struct engine *engine) {
  DEBUG_ASSERT(pool->taken.inside > 0, "a token given back that nobody took");
  if (pool->queued.inside > 0 && pool->taken.inside <= pool->tokens) {
    grant(pool, engine);
  } else {
    level_down(&pool->taken, engine->now);
  }
}

void pool_set_tokens(struct pool *pool, struct engine *engine, int64_t tokens) {
  pool->tokens = tokens;
  while (pool->queued.inside > 0 && pool->taken.inside < tokens) {
    level_up(&pool->taken, engine->now);
    grant(pool, engine);
  }
}
