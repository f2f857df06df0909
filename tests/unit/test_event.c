#include "event.h"
#include "random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct memory_budget budget;

static void start(void) {
  memory_budget_init(&budget);
}

TestSuite(event, .init = start);

static struct event make(int64_t time, enum event_class class, uint64_t sequence) {
  return (struct event){.order = sequence << EVENT_SLOT_BITS | 5,
                        .when = (uint64_t)time << EVENT_CLASS_BITS | (uint64_t) class};
}

// The order as the documentation has it, field by field: time, class, sequence.
static int documented_order(const void *left, const void *right) {
  const struct event *a = left, *b = right;
  int64_t time_a = (int64_t)(a->when >> 3), time_b = (int64_t)(b->when >> 3);
  if (time_a != time_b) return time_a < time_b ? -1 : 1;
  unsigned class_a = a->when & 7, class_b = b->when & 7;
  if (class_a != class_b) return class_a < class_b ? -1 : 1;
  uint64_t order_a = a->order >> 24, order_b = b->order >> 24;
  return order_a < order_b ? -1 : order_a > order_b;
}

Test(event, never_comes_after_all_that_can_be_scheduled) {
  struct event last = {.order = UINT64_MAX - 1,
                       .when = (uint64_t)EVENT_TIME_MOST << EVENT_CLASS_BITS | EVENT_CONTROL};
  cr_assert(event_before(last, EVENT_NEVER));
  cr_assert_not(event_before(EVENT_NEVER, last));
  cr_assert_not(event_before(EVENT_NEVER, EVENT_NEVER));
  cr_assert_gt(event_time(EVENT_NEVER), EVENT_TIME_MOST);
  cr_assert_eq(event_time(last), EVENT_TIME_MOST, "the last time is kept whole");
}

Test(event, time_then_class_then_sequence) {
  struct random_stream luck = random_named(2, 0, "event", "order");
  for (int i = 0; i < 200000; i++) {
    struct event a = make((int64_t)random_below(&luck, 3), (enum event_class)random_below(&luck, 5),
                          1 + random_below(&luck, 3));
    struct event b = make((int64_t)random_below(&luck, 3), (enum event_class)random_below(&luck, 5),
                          1 + random_below(&luck, 3));
    cr_assert_eq(event_before(a, b), documented_order(&a, &b) < 0);
  }
}

Test(event, an_empty_tree_gives_never) {
  struct event_tree tree;
  event_tree_init(&tree, &budget);
  cr_assert_gt(event_time(event_tree_first(&tree)), EVENT_TIME_MOST);
  event_tree_push(&tree, make(7, EVENT_ARRIVAL, 1));
  event_tree_pop(&tree);
  cr_assert_gt(event_time(event_tree_first(&tree)), EVENT_TIME_MOST, "the hole is no event");
  event_tree_push(&tree, make(3, EVENT_ARRIVAL, 2));
  cr_assert_eq(event_time(event_tree_first(&tree)), 3);
  event_tree_pop(&tree);
  event_tree_push(&tree, make(9, EVENT_ARRIVAL, 3));
  cr_assert_eq(event_time(event_tree_first(&tree)), 9, "a push into the hole of the only one");
  event_tree_drop(&tree);
  cr_assert_eq(budget.used, 0);
}

// Against an array kept sorted: pushes, pops, and pops followed at once by pushes (the hole is filled).
static void tree_against_sorted(uint64_t seed, uint64_t spread, uint64_t push_chance) {
  enum { ROUNDS = 6000 };
  static struct event sorted[ROUNDS + 1];
  uint32_t count = 0;
  uint64_t sequence = 1;
  struct event_tree tree;
  event_tree_init(&tree, &budget);
  struct random_stream luck = random_named(seed, 0, "event", "tree");
  for (int round = 0; round < ROUNDS; round++) {
    bool push = random_below(&luck, 100) < push_chance;
    if (count > 0 && (!push || random_below(&luck, 3) == 0)) {
      struct event first = event_tree_first(&tree);
      cr_assert(first.order == sorted[0].order && first.when == sorted[0].when, "seed %lu round %d",
                (unsigned long)seed, round);
      event_tree_pop(&tree);
      memmove(sorted, sorted + 1, --count * sizeof *sorted);
    }
    if (push) {
      struct event event =
          make((int64_t)random_below(&luck, spread), (enum event_class)random_below(&luck, 5), sequence++);
      cr_assert(event_tree_push(&tree, event));
      uint32_t place = count++;
      for (; place > 0 && documented_order(&event, &sorted[place - 1]) < 0; place--)
        sorted[place] = sorted[place - 1];
      sorted[place] = event;
    }
  }
  for (uint32_t i = 0; i < count; i++) {
    cr_assert_eq(event_tree_first(&tree).order, sorted[i].order);
    event_tree_pop(&tree);
  }
  cr_assert_gt(event_time(event_tree_first(&tree)), EVENT_TIME_MOST);
  event_tree_drop(&tree);
  cr_assert_eq(budget.used, 0);
}

Test(event, tree_against_a_sorted_array) {
  for (uint64_t seed = 0; seed < 30; seed++) {
    tree_against_sorted(seed,
                        1 + (seed % 3 == 0   ? 3
                             : seed % 3 == 1 ? 1000
                                             : UINT64_C(1) << 59),
                        seed % 2 == 0 ? 48 : 62);
  }
}

Test(event, a_tree_that_cannot_grow_says_so_and_keeps_what_it_has) {
  struct event_tree tree;
  event_tree_init(&tree, &budget);
  uint64_t pushed = 0;
  budget.limit = 5000;
  while (event_tree_push(&tree, make(1000 - (int64_t)pushed, EVENT_ARRIVAL, pushed + 1))) pushed++;
  cr_assert(budget.exhausted);
  cr_assert_gt(pushed, 10);
  for (uint64_t i = 0; i < pushed; i++) {
    cr_assert_eq(event_time(event_tree_first(&tree)), 1001 - (int64_t)(pushed - i));
    event_tree_pop(&tree);
  }
  event_tree_drop(&tree);
  cr_assert_eq(budget.used, 0);
}

Test(event, a_lane_is_first_in_first_out_while_it_grows_and_wraps) {
  struct event_lane lane = {.delay = 10};
  struct random_stream luck = random_named(3, 0, "event", "lane");
  uint64_t in = 0, out = 0;
  for (int round = 0; round < 3000; round++) {
    // Bursts of either kind, so that it wraps at several sizes.
    uint64_t burst = random_below(&luck, round % 100 < 60 ? 9 : 3);
    for (uint64_t i = 0; i < burst; i++, in++)
      cr_assert(event_lane_push(&lane, make((int64_t)in, EVENT_TIMEOUT, in + 1), &budget));
    for (uint64_t i = random_below(&luck, 7); i > 0 && out < in; i--, out++) {
      cr_assert_eq(event_time(event_lane_first(&lane)), (int64_t)out);
      lane.first++;
    }
    cr_assert_eq(event_lane_count(&lane), in - out);
  }
  cr_assert_gt(in, 2000);
  memory_give(&budget, lane.ring, lane.room * sizeof *lane.ring);
  cr_assert_eq(budget.used, 0);
}

// Only events of one instant differ in class: the earlier class passes, however many it finds before it.
Test(event, a_lane_keeps_the_order_of_classes) {
  enum { MANY = 1500 };
  static struct event expected[MANY];
  struct event_lane lane = {.delay = 10};
  struct random_stream luck = random_named(4, 0, "event", "classes");
  int64_t time = 0;
  for (uint64_t i = 0; i < MANY; i++) {
    if (random_below(&luck, 4) == 0) time++;
    expected[i] = make(time, (enum event_class)random_below(&luck, 5), i + 1);
    cr_assert(event_lane_push(&lane, expected[i], &budget));
  }
  qsort(expected, MANY, sizeof *expected, documented_order);
  for (int i = 0; i < MANY; i++, lane.first++) {
    cr_assert_eq(event_lane_first(&lane).order, expected[i].order);
    cr_assert_eq(event_lane_first(&lane).when, expected[i].when);
  }
  cr_assert_eq(event_lane_count(&lane), 0);
  memory_give(&budget, lane.ring, lane.room * sizeof *lane.ring);
}

// The champion against a search through all, while sides are added and changed.
Test(event, the_tournament_against_a_search) {
  for (uint64_t seed = 0; seed < 20; seed++) {
    struct event_sides sides;
    event_sides_init(&sides, &budget);
    struct event reference[70];
    uint32_t count = 0;
    uint64_t sequence = 1;
    struct random_stream luck = random_named(seed, 0, "event", "sides");
    cr_assert_eq(sides.first.when, UINT64_MAX, "without sides there is no event");
    for (int round = 0; round < 4000; round++) {
      if (count == 0 || (count < 70 && random_below(&luck, 40) == 0)) {
        uint32_t side = UINT32_MAX;
        cr_assert(event_sides_add(&sides, &side));
        cr_assert_eq(side, count);
        reference[count++] = EVENT_NEVER;
      } else {
        uint32_t side = (uint32_t)random_below(&luck, count);
        bool never = random_below(&luck, 4) == 0;
        reference[side] = never ? EVENT_NEVER
                                : make((int64_t)random_below(&luck, 50),
                                       (enum event_class)random_below(&luck, 5), sequence++);
        event_sides_set(&sides, side, reference[side]);
      }
      struct event least = EVENT_NEVER;
      for (uint32_t i = 0; i < count; i++)
        if (documented_order(&reference[i], &least) < 0) least = reference[i];
      cr_assert_lt(sides.champion, count, "the champion is a side that exists");
      cr_assert(sides.first.order == least.order && sides.first.when == least.when);
      struct event champion = event_sides_next(&sides, sides.champion);
      cr_assert(champion.order == least.order && champion.when == least.when);
    }
    cr_assert_eq(sides.count, count);
    event_sides_drop(&sides);
    cr_assert_eq(budget.used, 0);
  }
}

Test(event, sides_that_cannot_grow_say_so_and_keep_their_champion) {
  struct event_sides sides;
  event_sides_init(&sides, &budget);
  uint32_t side = 0;
  budget.limit = 1000;
  uint64_t added = 0;
  while (event_sides_add(&sides, &side)) {
    event_sides_set(&sides, side, make(500 - (int64_t)added, EVENT_ARRIVAL, added + 1));
    added++;
  }
  cr_assert(budget.exhausted);
  cr_assert_eq(sides.count, added);
  cr_assert_eq(sides.champion, added - 1);
  event_sides_drop(&sides);
  cr_assert_eq(budget.used, 0);
}
