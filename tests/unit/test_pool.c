#include "pool.h"
#include "random.h"

#include <criterion/criterion.h>

enum { KIND_ASKER = 1, ASKERS = 400 };

struct asker {
  struct job job;
  int number;
};

static struct memory_budget budget;
static struct engine engine;
static struct pool pool;
static struct random_stream luck;
static struct asker *askers[ASKERS];
static int woken[ASKERS];
static int wakes;

static void on_asker(void *context, struct frame *frame) {
  (void)context;
  struct asker *asker = (struct asker *)(void *)frame;
  cr_assert_eq(asker->job.standing, JOB_GRANTED, "whoever is woken has a token");
  asker->job.standing = JOB_NOWHERE;
  woken[wakes++] = asker->number;
}

static engine_handler *const handlers[ENGINE_KINDS] = {[KIND_ASKER] = on_asker};

static void begin_with(int64_t tokens, int64_t backlog, enum pool_order order) {
  memory_budget_init(&budget);
  engine_init(&engine, &budget, handlers, NULL);
  pool_init(&pool, tokens, backlog, order);
  wakes = 0;
  for (int i = 0; i < ASKERS; i++) askers[i] = NULL;
}

static void end(void) {
  engine_drop(&engine);
  cr_assert_eq(budget.used, 0);
}

static enum pool_answer ask(int number, uint8_t level) {
  struct asker *asker = slab_take(&engine.frames, KIND_ASKER);
  cr_assert_not_null(asker);
  job_reset(&asker->job, level);
  asker->number = number;
  askers[number] = asker;
  return pool_take(&pool, &engine, &asker->job);
}

static void expect_woken(const int *numbers, int count) {
  engine_run(&engine, engine.now);
  cr_assert_eq(wakes, count, "%d woken, expected %d", wakes, count);
  for (int i = 0; i < count; i++) cr_assert_eq(woken[i], numbers[i], "place %d: %d", i, woken[i]);
}

Test(pool, the_words_of_the_language) {
  const char *const words[] = {"fifo", "lifo", "priority", "adaptive-lifo"};
  for (int i = POOL_FIFO; i <= POOL_ADAPTIVE_LIFO; i++) cr_assert_str_eq(pool_orders[i], words[i]);
  cr_assert_null(pool_orders[POOL_ADAPTIVE_LIFO + 1]);
}

// One token, asked for by seven; it is given back six times.
static void seven(enum pool_order order, int64_t tokens, const int *numbers) {
  begin_with(tokens, 100, order);
  const uint8_t levels[] = {9, 2, 5, 2, 0, 5, 1};
  int held = (int)tokens;
  for (int i = 0; i < held; i++) cr_assert_eq(ask(i + 100, 0), POOL_GRANTED);
  for (int i = 0; i < 7; i++) cr_assert_eq(ask(i, levels[i]), POOL_QUEUED);
  for (int i = 0; i < 7; i++) pool_give(&pool, &engine);
  expect_woken(numbers, 7);
  cr_assert_eq(pool.taken.inside, tokens, "they have been handed on");
  end();
}

Test(pool, who_is_next_in_each_order) {
  seven(POOL_FIFO, 1, (int[]){0, 1, 2, 3, 4, 5, 6});
  seven(POOL_LIFO, 1, (int[]){6, 5, 4, 3, 2, 1, 0});
  seven(POOL_PRIORITY, 1, (int[]){4, 6, 1, 3, 2, 5, 0});
  // Seven to four wait for three tokens: the last come; then three, no more than tokens: the first come.
  seven(POOL_ADAPTIVE_LIFO, 3, (int[]){6, 5, 4, 3, 0, 1, 2});
  seven(POOL_ADAPTIVE_LIFO, 1, (int[]){6, 5, 4, 3, 2, 1, 0});
  seven(POOL_ADAPTIVE_LIFO, 20, (int[]){0, 1, 2, 3, 4, 5, 6});
}

Test(pool, the_backlog_is_full_at_its_number) {
  for (int64_t backlog = 0; backlog < 4; backlog++) {
    begin_with(2, backlog, POOL_FIFO);
    cr_assert_eq(ask(0, 0), POOL_GRANTED);
    cr_assert_eq(ask(1, 0), POOL_GRANTED);
    for (int i = 0; i < backlog; i++) cr_assert_eq(ask(2 + i, 0), POOL_QUEUED);
    cr_assert_eq(ask(10, 0), POOL_REFUSED);
    cr_assert_eq(askers[10]->job.standing, JOB_NOWHERE, "who is refused stands nowhere");
    cr_assert_eq(pool.queued.inside, backlog);
    cr_assert_eq(pool.taken.inside, 2);
    pool_give(&pool, &engine);
    engine_run(&engine, 5);
    cr_assert_eq(wakes, backlog > 0 ? 1 : 0);
    cr_assert_eq(ask(11, 0), backlog > 0 ? POOL_QUEUED : POOL_GRANTED, "there is a place again");
    end();
  }
}

Test(pool, unlimited_tokens_make_nobody_wait) {
  begin_with(POOL_UNLIMITED, 0, POOL_FIFO);
  for (int i = 0; i < ASKERS; i++) cr_assert_eq(ask(i, 0), POOL_GRANTED);
  cr_assert_eq(pool.taken.inside, ASKERS);
  for (int i = 0; i < ASKERS; i++) pool_give(&pool, &engine);
  cr_assert_eq(pool.taken.inside, 0);
  end();
}

Test(pool, whoever_is_granted_is_woken_later_and_has_the_token_at_once) {
  begin_with(1, 10, POOL_FIFO);
  ask(0, 0);
  ask(1, 0);
  engine_run(&engine, 70);
  pool_give(&pool, &engine);
  struct job *granted = &askers[1]->job;
  cr_assert_eq(granted->standing, JOB_GRANTED);
  cr_assert_eq(granted->waited, 70);
  cr_assert_eq(pool.taken.inside, 1, "the token never lay about");
  cr_assert_eq(wakes, 0);
  cr_assert_eq(ask(2, 0), POOL_QUEUED, "nobody gets in between");
  // It is killed before it was woken: its owner gives the token back, and it goes on to the next.
  engine_cancel(&granted->frame);
  pool_give(&pool, &engine);
  slab_give(&engine.frames, &granted->frame);
  expect_woken((int[]){2}, 1);
  cr_assert_eq(pool.taken.inside, 1);
  end();
}

Test(pool, leaving_frees_the_place_and_keeps_what_was_waited) {
  begin_with(1, 3, POOL_PRIORITY);
  ask(0, 0);
  for (int i = 1; i <= 3; i++) ask(i, (uint8_t)(4 - i));
  engine_run(&engine, 25);
  pool_leave(&pool, &engine, &askers[2]->job);
  cr_assert_eq(askers[2]->job.standing, JOB_NOWHERE);
  cr_assert_eq(askers[2]->job.waited, 25);
  cr_assert_eq(pool.queued.inside, 2);
  cr_assert_eq(ask(4, 0), POOL_QUEUED);
  cr_assert_eq(ask(5, 0), POOL_REFUSED);
  for (int i = 0; i < 3; i++) pool_give(&pool, &engine);
  expect_woken((int[]){4, 3, 1}, 3);
  end();
}

Test(pool, more_tokens_let_in_and_fewer_are_not_given_again) {
  begin_with(2, 100, POOL_FIFO);
  for (int i = 0; i < 10; i++) ask(i, 0);
  pool_set_tokens(&pool, &engine, 5);
  expect_woken((int[]){2, 3, 4}, 3);
  cr_assert_eq(pool.taken.inside, 5);
  pool_set_tokens(&pool, &engine, 3);
  cr_assert_eq(pool.taken.inside, 5, "nobody loses a token");
  pool_give(&pool, &engine);
  pool_give(&pool, &engine);
  expect_woken((int[]){2, 3, 4}, 3);
  cr_assert_eq(pool.taken.inside, 3);
  pool_give(&pool, &engine);
  expect_woken((int[]){2, 3, 4, 5}, 4);
  pool_set_tokens(&pool, &engine, 0);
  for (int i = 0; i < 3; i++) pool_give(&pool, &engine);
  cr_assert_eq(pool.taken.inside, 0);
  cr_assert_eq(ask(20, 0), POOL_QUEUED, "no token, no entry");
  pool_set_tokens(&pool, &engine, POOL_UNLIMITED);
  expect_woken((int[]){2, 3, 4, 5, 6, 7, 8, 9, 20}, 9);
  cr_assert_eq(pool.queued.inside, 0);
  end();
}

// ---- Against a list
// ------------------------------------------------------------------------------------------------

struct like {
  int state; // 0 nowhere, 1 waits, 2 has a token
  uint8_t level;
  int64_t since;
  int64_t waited;
  int64_t order;
};

static struct like likes[ASKERS];
static int64_t tokens, backlog, orders;
static int like_woken[ASKERS];
static int like_wakes;
static double taken_area, queued_area;

static int64_t count_of(int state) {
  int64_t count = 0;
  for (int i = 0; i < ASKERS; i++) count += likes[i].state == state;
  return count;
}

static bool goes_before(enum pool_order order, const struct like *a, const struct like *b, int64_t waiting) {
  if (order == POOL_PRIORITY && a->level != b->level) return a->level < b->level;
  bool last_come = order == POOL_LIFO || (order == POOL_ADAPTIVE_LIFO && waiting > tokens);
  return last_come ? a->order > b->order : a->order < b->order;
}

static void like_grant(enum pool_order order) {
  while (count_of(1) > 0 && count_of(2) < tokens) {
    int64_t waiting = count_of(1);
    int best = -1;
    for (int i = 0; i < ASKERS; i++)
      if (likes[i].state == 1 && (best < 0 || goes_before(order, &likes[i], &likes[best], waiting))) best = i;
    likes[best].state = 2;
    likes[best].waited = engine.now - likes[best].since;
    like_woken[like_wakes++] = best;
  }
}

static int some_in(int state) {
  int start = (int)random_below(&luck, ASKERS);
  for (int i = 0; i < ASKERS; i++)
    if (likes[(start + i) % ASKERS].state == state) return (start + i) % ASKERS;
  return -1;
}

static void one_history(enum pool_order order, uint64_t seed) {
  luck = random_named(seed, (uint32_t)order, "pool", "list");
  tokens = 1 + (int64_t)random_below(&luck, 5);
  backlog = (int64_t)random_below(&luck, 20);
  begin_with(tokens, backlog, order);
  orders = like_wakes = 0;
  taken_area = queued_area = 0;
  for (int i = 0; i < ASKERS; i++) likes[i] = (struct like){0};
  for (int asked = 0; asked < ASKERS;) {
    int64_t span = (int64_t)random_below(&luck, 10);
    taken_area += (double)(span * count_of(2));
    queued_area += (double)(span * count_of(1));
    engine_run(&engine, engine.now + span);
    uint64_t choice = random_below(&luck, 20);
    if (choice < 9) {
      uint8_t level = (uint8_t)random_below(&luck, JOB_LEVELS);
      enum pool_answer expected = count_of(2) < tokens && count_of(1) == 0 ? POOL_GRANTED
                                  : count_of(1) < backlog                  ? POOL_QUEUED
                                                                           : POOL_REFUSED;
      cr_assert_eq(ask(asked, level), expected, "seed %lu", (unsigned long)seed);
      int state = expected == POOL_GRANTED ? 2 : expected == POOL_QUEUED ? 1 : 0;
      likes[asked++] = (struct like){state, level, engine.now, 0, ++orders};
    } else if (choice < 17) {
      int holder = some_in(2);
      if (holder < 0) continue;
      if (askers[holder]->job.standing == JOB_GRANTED) {
        engine_cancel(&askers[holder]->job.frame); // killed before it was woken
        askers[holder]->job.standing = JOB_NOWHERE;
        for (int i = 0; i < like_wakes; i++)
          if (like_woken[i] == holder) like_woken[i] = -1;
      }
      likes[holder].state = 0;
      pool_give(&pool, &engine);
      like_grant(order);
    } else if (choice < 19) {
      int waiter = some_in(1);
      if (waiter < 0) continue;
      likes[waiter].state = 0;
      likes[waiter].waited = engine.now - likes[waiter].since;
      pool_leave(&pool, &engine, &askers[waiter]->job);
    } else {
      tokens = (int64_t)random_below(&luck, 7);
      pool_set_tokens(&pool, &engine, tokens);
      like_grant(order);
    }
    cr_assert_eq(pool.taken.inside, count_of(2));
    cr_assert_eq(pool.queued.inside, count_of(1));
    cr_assert_eq((double)level_area(&pool.taken, engine.now), taken_area);
    cr_assert_eq((double)level_area(&pool.queued, engine.now), queued_area);
    for (int i = 0; i < asked; i++) {
      cr_assert_eq(askers[i]->job.standing == JOB_ASKING, likes[i].state == 1);
      cr_assert_eq(askers[i]->job.waited, likes[i].waited);
    }
  }
  engine_run(&engine, engine.now);
  int next = 0;
  for (int i = 0; i < like_wakes; i++) {
    if (like_woken[i] < 0) continue;
    cr_assert_lt(next, wakes);
    cr_assert_eq(woken[next++], like_woken[i], "order %d seed %lu", (int)order, (unsigned long)seed);
  }
  cr_assert_eq(next, wakes);
  end();
}

Test(pool, random_histories_against_a_list) {
  for (uint64_t seed = 0; seed < 60; seed++)
    for (int order = POOL_FIFO; order <= POOL_ADAPTIVE_LIFO; order++)
      one_history((enum pool_order)order, seed);
}
