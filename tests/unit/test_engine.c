#include "engine.h"
#include "random.h"

#include <criterion/criterion.h>

struct actor {
  struct frame frame;
  int64_t tag;
  int64_t rounds; // how often it still does what its kind does
};

enum {
  KIND_NOTE = 1,
  KIND_HEAP_CIRCLE,
  KIND_READY_CIRCLE,
  KIND_LANE_CIRCLE,
  KIND_STOP,
  KIND_FLAG,
  KIND_CHURN
};

struct entry {
  int64_t now;
  int64_t tag;
};

enum { HISTORY = 60000 };

static struct history {
  struct entry entries[HISTORY];
  uint32_t count;
} history;

static struct memory_budget budget;
static struct engine engine;
static struct random_stream luck;
static atomic_bool flag;
static uint32_t lane_zero;

static void note(struct frame *frame) {
  cr_assert_eq(frame->armed, 0, "a handler is called with nothing armed");
  if (history.count < HISTORY)
    history.entries[history.count] = (struct entry){engine.now, ((struct actor *)frame)->tag};
  history.count++;
}

static void on_note(void *context, struct frame *frame) {
  cr_assert_eq(context, &engine, "the context is handed on");
  note(frame);
}

static bool goes_on(struct frame *frame) {
  return ((struct actor *)frame)->rounds-- > 0;
}

static void on_heap_circle(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  if (goes_on(frame)) engine_arm(&engine, frame, engine.now, EVENT_COMPLETION);
}

static void on_ready_circle(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  if (goes_on(frame)) engine_ready(&engine, frame);
}

static void on_lane_circle(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  if (goes_on(frame)) engine_arm_lane(&engine, frame, lane_zero, EVENT_TIMEOUT);
}

static void on_stop(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  engine_stop(&engine);
}

static void on_flag(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  atomic_store(&flag, true);
}

static engine_handler on_churn;

static engine_handler *const handlers[ENGINE_KINDS] = {
    [KIND_NOTE] = on_note,
    [KIND_HEAP_CIRCLE] = on_heap_circle,
    [KIND_READY_CIRCLE] = on_ready_circle,
    [KIND_LANE_CIRCLE] = on_lane_circle,
    [KIND_STOP] = on_stop,
    [KIND_FLAG] = on_flag,
    [KIND_CHURN] = on_churn,
};

static void begin(void) {
  memory_budget_init(&budget);
  engine_init(&engine, &budget, handlers, &engine);
  history.count = 0;
  atomic_store(&flag, false);
}

static void end(void) {
  engine_drop(&engine);
  cr_assert_eq(budget.used, 0, "every byte was given back");
}

TestSuite(engine, .init = begin, .fini = end);

static struct frame *actor(uint8_t kind, int64_t tag) {
  struct actor *actor = slab_take(&engine.frames, kind);
  cr_assert_not_null(actor);
  actor->tag = tag;
  actor->rounds = 0;
  return &actor->frame;
}

static void expect_history(const int64_t *tags, uint32_t count) {
  cr_assert_eq(history.count, count, "%u woken, expected %u", history.count, count);
  for (uint32_t i = 0; i < count; i++)
    cr_assert_eq(history.entries[i].tag, tags[i], "place %u: %ld, expected %ld", i,
                 (long)history.entries[i].tag, (long)tags[i]);
}

// ---- The clock
// ---------------------------------------------------------------------------------------------------

Test(engine, carries_out_what_is_due_and_sets_the_clock) {
  engine_arm(&engine, actor(KIND_NOTE, 1), 100, EVENT_ARRIVAL);
  engine_arm(&engine, actor(KIND_NOTE, 2), 101, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 100), ENGINE_UNTIL);
  expect_history((int64_t[]){1}, 1);
  cr_assert_eq(history.entries[0].now, 100, "what is due at the end still happens");
  cr_assert_eq(engine.now, 100);
  cr_assert_eq(engine_run(&engine, 5000), ENGINE_UNTIL);
  expect_history((int64_t[]){1, 2}, 2);
  cr_assert_eq(history.entries[1].now, 101);
  cr_assert_eq(engine.now, 5000, "with nothing left, time passes all the same");
  cr_assert_eq(engine.events, 2);
}

Test(engine, an_empty_engine_only_moves_its_clock) {
  cr_assert_eq(engine_run(&engine, 42), ENGINE_UNTIL);
  cr_assert_eq(engine.now, 42);
  cr_assert_eq(engine.events, 0);
  cr_assert(engine_idle(&engine));
}

Test(engine, times_beyond_the_end_of_time_stand_at_the_end) {
  engine_arm(&engine, actor(KIND_NOTE, 1), INT64_MAX, EVENT_CONTROL);
  engine_arm(&engine, actor(KIND_NOTE, 2), EVENT_TIME_MOST - 1, EVENT_CONTROL);
  cr_assert_eq(engine_run(&engine, EVENT_TIME_MOST - 1), ENGINE_UNTIL);
  expect_history((int64_t[]){2}, 1);
  cr_assert_eq(engine_run(&engine, INT64_MAX), ENGINE_UNTIL);
  expect_history((int64_t[]){2, 1}, 2);
  cr_assert_eq(engine.now, EVENT_TIME_MOST);
}

// ---- Order at one instant
// ------------------------------------------------------------------------------------

enum place { PLACE_HEAP, PLACE_LANE, PLACE_CLOCK, PLACES };
enum { CLASSES = EVENT_CONTROL + 1 };

static void arm_in(enum place place, struct frame *frame, int64_t delay, enum event_class class) {
  if (place == PLACE_HEAP) {
    engine_arm(&engine, frame, engine.now + delay, class);
  } else if (place == PLACE_LANE) {
    engine_arm_lane(&engine, frame, engine_lane(&engine, delay), class);
  } else {
    engine_arm_clock(&engine, frame, engine_clock(&engine), engine.now + delay, class);
  }
}

// Each pair of classes, each pair of places, in either order of scheduling.
Test(engine, at_one_instant_classes_then_order_of_scheduling) {
  uint32_t pairs = 0;
  for (int a = 0; a < CLASSES * PLACES; a++) {
    for (int b = 0; b < CLASSES * PLACES; b++) {
      end();
      begin();
      enum event_class first = (enum event_class)(a % CLASSES), second = (enum event_class)(b % CLASSES);
      arm_in((enum place)(a / CLASSES), actor(KIND_NOTE, 1), 50, first);
      arm_in((enum place)(b / CLASSES), actor(KIND_NOTE, 2), 50, second);
      cr_assert_eq(engine_run(&engine, 50), ENGINE_UNTIL);
      cr_assert_eq(history.count, 2);
      int64_t winner = second < first ? 2 : 1;
      cr_assert_eq(history.entries[0].tag, winner, "class %d in place %d, then class %d in place %d", first,
                   a / CLASSES, second, b / CLASSES);
      cr_assert_eq(history.entries[1].tag, 3 - winner);
      pairs++;
    }
  }
  cr_assert_eq(pairs, 225);
}

Test(engine, the_documented_order_of_the_classes) {
  const enum event_class documented[] = {EVENT_FAILURE, EVENT_COMPLETION, EVENT_TIMEOUT, EVENT_ARRIVAL,
                                         EVENT_CONTROL};
  for (int i = 4; i >= 0; i--) engine_arm(&engine, actor(KIND_NOTE, i), 9, documented[i]);
  engine_run(&engine, 9);
  expect_history((int64_t[]){0, 1, 2, 3, 4}, 5);
}

// ---- Cancelled and stale
// -------------------------------------------------------------------------------------

Test(engine, what_is_cancelled_or_armed_anew_does_not_happen) {
  for (enum place place = PLACE_HEAP; place < PLACES; place++) {
    end();
    begin();
    struct frame *cancelled = actor(KIND_NOTE, 1), *moved = actor(KIND_NOTE, 2),
                 *readied = actor(KIND_NOTE, 3);
    struct frame *given = actor(KIND_NOTE, 4), *kept = actor(KIND_NOTE, 5);
    arm_in(place, cancelled, 10, EVENT_TIMEOUT);
    arm_in(place, moved, 10, EVENT_TIMEOUT);
    arm_in(place, readied, 10, EVENT_TIMEOUT);
    arm_in(place, given, 10, EVENT_TIMEOUT);
    arm_in(place, kept, 10, EVENT_TIMEOUT);
    engine_cancel(cancelled);
    arm_in(place, moved, 20, EVENT_TIMEOUT);
    engine_ready(&engine, readied);
    slab_give(&engine.frames, given);
    struct frame *reused = actor(KIND_NOTE, 6);
    cr_assert_eq(reused, given, "the slot is in use again while its event is out");
    arm_in(place, reused, 30, EVENT_TIMEOUT);
    cr_assert_eq(engine_run(&engine, 100), ENGINE_UNTIL);
    expect_history((int64_t[]){3, 5, 2, 6}, 4);
    const int64_t times[] = {0, 10, 20, 30};
    for (int i = 0; i < 4; i++) cr_assert_eq(history.entries[i].now, times[i]);
    cr_assert_eq(engine.events, 4, "stale events do not count");
  }
}

Test(engine, a_cancelled_place_in_the_ready_ring_is_passed_over) {
  struct frame *frames[4];
  for (int i = 0; i < 4; i++) engine_ready(&engine, frames[i] = actor(KIND_NOTE, i));
  engine_cancel(frames[1]);
  slab_give(&engine.frames, frames[2]);
  engine_arm(&engine, actor(KIND_NOTE, 7), 5, EVENT_ARRIVAL);
  engine_run(&engine, 5);
  expect_history((int64_t[]){0, 3, 7}, 3);
}

Test(engine, stale_events_do_not_move_the_clock) {
  struct frame *timeout = actor(KIND_NOTE, 1);
  engine_arm(&engine, timeout, 500, EVENT_TIMEOUT);
  engine_cancel(timeout);
  struct frame *stop = actor(KIND_STOP, 2);
  engine_arm(&engine, stop, 900, EVENT_CONTROL);
  cr_assert_eq(engine_run_some(&engine, 1000, 0), ENGINE_UNTIL);
  cr_assert_eq(engine.now, 0);
  cr_assert_eq(engine_run_some(&engine, 1000, 1), ENGINE_STOPPED, "the stale one is none of them");
  expect_history((int64_t[]){2}, 1);
  cr_assert_eq(engine.now, 900);
}

// ---- The ready ring
// ---------------------------------------------------------------------------------------------

Test(engine, the_ready_ring_is_first_in_first_out_while_it_grows) {
  enum { MANY = 3000 };
  static int64_t tags[MANY];
  struct frame *spin = actor(KIND_READY_CIRCLE, -1);
  ((struct actor *)spin)->rounds = 100;
  engine_ready(&engine, spin);
  cr_assert_eq(engine_run(&engine, 0), ENGINE_UNTIL);
  cr_assert_eq(history.count, 101);
  history.count = 0; // the ring no longer begins at its beginning
  for (int64_t i = 0; i < MANY; i++) engine_ready(&engine, actor(KIND_NOTE, tags[i] = i * 7 % 1000));
  cr_assert_not(engine_idle(&engine));
  cr_assert_eq(engine_run(&engine, 0), ENGINE_UNTIL);
  expect_history(tags, MANY);
  cr_assert(engine_idle(&engine));
}

Test(engine, the_ready_ring_is_emptied_before_the_next_event_of_the_instant) {
  engine_arm(&engine, actor(KIND_NOTE, 50), 0, EVENT_FAILURE);
  struct frame *circle = actor(KIND_READY_CIRCLE, 1);
  ((struct actor *)circle)->rounds = 3;
  engine_ready(&engine, circle);
  engine_ready(&engine, actor(KIND_NOTE, 2));
  engine_run(&engine, 0);
  expect_history((int64_t[]){1, 2, 1, 1, 1, 50}, 6);
}

// ---- What ends a run
// --------------------------------------------------------------------------------------------

// A circle that never ends is found, whichever way it goes; one that ends in time is none.
static void circle(uint8_t kind) {
  end();
  begin();
  engine.livelock_limit = 1000;
  lane_zero = engine_lane(&engine, 0);
  struct frame *frame = actor(kind, 1);
  ((struct actor *)frame)->rounds = 900;
  engine_arm(&engine, frame, 10, EVENT_COMPLETION);
  cr_assert_eq(engine_run(&engine, 20), ENGINE_UNTIL, "kind %d: so many are allowed", kind);
  cr_assert_eq(history.count, 901);
  ((struct actor *)frame)->rounds = 900;
  engine_arm(&engine, frame, 30, EVENT_COMPLETION);
  cr_assert_eq(engine_run(&engine, 40), ENGINE_UNTIL, "kind %d: and again at another instant", kind);
  ((struct actor *)frame)->rounds = 50000;
  engine_arm(&engine, frame, 50, EVENT_COMPLETION);
  cr_assert_eq(engine_run(&engine, 60), ENGINE_LIVELOCK, "kind %d", kind);
  cr_assert_eq(engine.now, 50, "the clock stands where it was");
  cr_assert_lt(engine.events, 901 + 901 + 1000 + 10000, "it is found soon after the limit");
}

Test(engine, a_circle_at_one_instant_is_a_livelock) {
  circle(KIND_READY_CIRCLE);
  circle(KIND_HEAP_CIRCLE);
  circle(KIND_LANE_CIRCLE);
}

Test(engine, activations_without_an_event_count_for_the_livelock) {
  engine.livelock_limit = 100;
  for (int i = 0; i < 100; i++) cr_assert(engine_activate(&engine));
  cr_assert_not(engine_activate(&engine));
  engine_arm(&engine, actor(KIND_NOTE, 1), 5, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 10), ENGINE_LIVELOCK);
  cr_assert_eq(history.count, 0);
}

Test(engine, a_stop_ends_after_the_activation_under_way_and_loses_nothing) {
  engine_arm(&engine, actor(KIND_NOTE, 1), 10, EVENT_ARRIVAL);
  engine_arm(&engine, actor(KIND_STOP, 2), 10, EVENT_ARRIVAL);
  engine_arm(&engine, actor(KIND_NOTE, 3), 10, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 50), ENGINE_STOPPED);
  expect_history((int64_t[]){1, 2}, 2);
  cr_assert_eq(engine.now, 10);
  engine_ready(&engine, actor(KIND_STOP, 4));
  engine_ready(&engine, actor(KIND_NOTE, 5));
  cr_assert_eq(engine_run(&engine, 50), ENGINE_STOPPED);
  expect_history((int64_t[]){1, 2, 4}, 3);
  cr_assert_eq(engine_run(&engine, 50), ENGINE_UNTIL);
  expect_history((int64_t[]){1, 2, 4, 5, 3}, 5);
  cr_assert_eq(engine.now, 50);
}

static void on_churn(void *context, struct frame *frame) {
  (void)context;
  note(frame);
  engine_ready(&engine, actor(KIND_NOTE, 77));
  engine_stop(&engine);
}

Test(engine, a_stop_holds_for_what_was_made_ready_in_the_same_activation) {
  engine_arm(&engine, actor(KIND_CHURN, 1), 10, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 50), ENGINE_STOPPED);
  expect_history((int64_t[]){1}, 1);
  cr_assert_eq(engine_run(&engine, 50), ENGINE_UNTIL);
  expect_history((int64_t[]){1, 77}, 2);
  cr_assert_eq(history.entries[1].now, 10, "still at its instant");
}

Test(engine, the_interrupt_is_seen_and_the_run_can_go_on) {
  enum { MANY = 30000 };
  engine.interrupt = &flag;
  for (int64_t i = 0; i < MANY; i++)
    engine_arm(&engine, actor(i == 500 ? KIND_FLAG : KIND_NOTE, i), i, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 10 * MANY), ENGINE_INTERRUPTED);
  cr_assert_geq(history.count, 501);
  cr_assert_lt(history.count, 501 + 10000, "it is looked at now and then");
  cr_assert_lt(engine.now, MANY);
  atomic_store(&flag, false);
  cr_assert_eq(engine_run(&engine, 10 * MANY), ENGINE_UNTIL);
  cr_assert_eq(history.count, MANY);
  for (int64_t i = 0; i < MANY; i++) cr_assert_eq(history.entries[i].tag, i);
}

// ---- Lanes
// -------------------------------------------------------------------------------------------------------

Test(engine, lanes_of_the_same_delay_are_one) {
  uint32_t lanes[100];
  for (int i = 0; i < 100; i++) lanes[i] = engine_lane(&engine, 1000 + i);
  for (int i = 0; i < 100; i++) {
    cr_assert_neq(lanes[i], UINT32_MAX);
    cr_assert_eq(engine_lane(&engine, 1000 + i), lanes[i]);
    for (int j = 0; j < i; j++) cr_assert_neq(lanes[i], lanes[j]);
  }
  cr_assert_eq(engine.lane_count, 100);
  for (int i = 99; i >= 0; i--) engine_arm_lane(&engine, actor(KIND_NOTE, i), lanes[i], EVENT_TIMEOUT);
  engine_run(&engine, 5000);
  cr_assert_eq(history.count, 100);
  for (int i = 0; i < 100; i++) cr_assert_eq(history.entries[i].now, 1000 + i);
}

Test(engine, a_delay_goes_by_its_lane_if_there_is_one) {
  uint32_t lane = engine_lane(&engine, 1000);
  for (int i = 0; i < 50; i++) {
    engine_arm_perhaps(&engine, actor(KIND_NOTE, 2 * i), 1000, EVENT_TIMEOUT);
    cr_assert_eq(event_lane_count(&engine.lanes[lane]), (uint32_t)i + 1);
    engine_arm_perhaps(&engine, actor(KIND_NOTE, 2 * i + 1), i % 2 == 0 ? 999 : 1001, EVENT_TIMEOUT);
  }
  cr_assert_eq(engine.lane_count, 1, "it makes none");
  engine_run(&engine, 2000);
  cr_assert_eq(history.count, 100);
  for (int i = 0; i < 100; i++) {
    const struct entry *entry = &history.entries[i];
    int64_t due = entry->tag % 2 == 0 ? 1000 : entry->tag % 4 == 1 ? 999 : 1001;
    cr_assert_eq(entry->now, due);
  }
}

Test(engine, lanes_are_limited) {
  for (int i = 0; i < ENGINE_LANES_MOST; i++) cr_assert_neq(engine_lane(&engine, i), UINT32_MAX);
  cr_assert_eq(engine_lane(&engine, ENGINE_LANES_MOST), UINT32_MAX);
  cr_assert_eq(engine_lane(&engine, 17), 17, "those there are remain");
  cr_assert_not(budget.exhausted, "no error of the machine");
}

// ---- Against a reference
// ------------------------------------------------------------------------------------------

// The reference is a list: who waits, for when, in which class, since when. What is ready comes first.
enum { ACTORS = 60, LANES = 5, CLOCKS = 3 };

struct pending {
  struct frame *frame; // NULL: this place has no actor
  int64_t at;          // -1: waits for nothing; READY: in the ready ring
  enum event_class class;
  uint64_t sequence;
  int clock; // the clock that it owns, or -1
};

static const int64_t ready_now = INT64_MIN;

static struct world {
  struct pending pending[ACTORS];
  uint64_t sequence;
  uint32_t lanes[LANES];
  int64_t delays[LANES];
  uint32_t clocks[CLOCKS];
  uint64_t woken;
  uint64_t reused;
  uint32_t last_given;
} world;

static int expected_next(void) {
  int best = -1;
  for (int i = 0; i < ACTORS; i++) {
    const struct pending *a = &world.pending[i];
    if (a->frame == NULL || a->at == -1) continue;
    if (best == -1) {
      best = i;
      continue;
    }
    const struct pending *b = &world.pending[best];
    bool both_ready = a->at == ready_now && b->at == ready_now;
    bool earlier = a->at != b->at         ? a->at < b->at
                   : both_ready           ? a->sequence < b->sequence
                   : a->class != b->class ? a->class < b->class
                                          : a->sequence < b->sequence;
    if (earlier) best = i;
  }
  return best;
}

static void create(int place) {
  struct pending *pending = &world.pending[place];
  pending->frame = actor(KIND_NOTE, place);
  pending->at = -1;
  if (pending->frame->index == world.last_given) world.reused++;
}

static void rearm(int place) {
  struct pending *pending = &world.pending[place];
  pending->class = (enum event_class)random_below(&luck, CLASSES);
  pending->sequence = ++world.sequence;
  if (pending->clock >= 0) {
    pending->at = engine.now + (int64_t)random_below(&luck, 40);
    engine_arm_clock(&engine, pending->frame, world.clocks[pending->clock], pending->at, pending->class);
    return;
  }
  switch (random_below(&luck, 5)) {
  case 0:
    pending->at = ready_now;
    engine_ready(&engine, pending->frame);
    break;
  case 1:
  case 2:
    pending->at = engine.now + (int64_t)random_below(&luck, 30);
    engine_arm(&engine, pending->frame, pending->at, pending->class);
    break;
  default: {
    uint64_t lane = random_below(&luck, LANES);
    pending->at = engine.now + world.delays[lane];
    engine_arm_lane(&engine, pending->frame, world.lanes[lane], pending->class);
  }
  }
}

static void meddle(void) {
  int place = (int)random_below(&luck, ACTORS);
  struct pending *pending = &world.pending[place];
  uint64_t choice = random_below(&luck, 10);
  if (pending->frame == NULL) {
    create(place);
    rearm(place);
  } else if (choice == 0 && pending->clock < 0) {
    world.last_given = pending->frame->index;
    slab_give(&engine.frames, pending->frame);
    pending->frame = NULL;
    if (random_below(&luck, 2) == 0) create(place); // in the same slot, its old event still out
  } else if (choice <= 2) {
    engine_cancel(pending->frame);
    pending->at = -1;
  } else if (choice <= 6 || pending->at == -1) {
    rearm(place);
  }
}

static void on_world(void *context, struct frame *frame) {
  (void)context;
  int expected = expected_next();
  int place = (int)((struct actor *)frame)->tag;
  cr_assert_eq(place, expected, "activation %lu: actor %d, expected %d", (unsigned long)world.woken, place,
               expected);
  int64_t at = world.pending[place].at;
  cr_assert(at == ready_now || at == engine.now);
  cr_assert_eq(world.pending[place].frame, frame);
  world.pending[place].at = -1;
  world.woken++;
  history.count--; // only the hash below is kept
  for (uint64_t i = random_below(&luck, 4); i > 0; i--) meddle();
  if (random_below(&luck, 3) > 0 && world.pending[place].frame == frame) rearm(place);
}

static void world_begin(uint64_t seed) {
  luck = random_named(seed, 0, "engine", "world");
  world = (struct world){.delays = {0, 3, 7, 20, 90}};
  for (int i = 0; i < LANES; i++) world.lanes[i] = engine_lane(&engine, world.delays[i]);
  for (int i = 0; i < ACTORS; i++) {
    world.pending[i].clock = i < CLOCKS ? i : -1;
    if (i < CLOCKS) world.clocks[i] = engine_clock(&engine);
    create(i);
    rearm(i);
  }
}

static engine_handler *const world_handlers[ENGINE_KINDS] = {[KIND_NOTE] = on_world};

Test(engine, random_worlds_against_a_list) {
  for (uint64_t seed = 0; seed < 200; seed++) {
    end();
    begin();
    engine.handlers = world_handlers;
    world_begin(seed);
    cr_assert_eq(engine_run(&engine, 3000), ENGINE_UNTIL);
    cr_assert_eq(engine.events, world.woken);
    int next = expected_next();
    cr_assert(next == -1 || world.pending[next].at > 3000, "seed %lu: nobody due was forgotten",
              (unsigned long)seed);
    cr_assert_gt(world.woken, 200);
    cr_assert_gt(world.reused, 10, "slots were reused");
  }
}

// ---- In pieces
// ---------------------------------------------------------------------------------------------------

struct ending {
  uint64_t woken;
  uint64_t luck;
  int64_t now;
  uint64_t sequence;
};

static struct ending run_in_pieces(uint64_t seed, uint64_t piece) {
  end();
  begin();
  engine.handlers = world_handlers;
  world_begin(seed);
  uint64_t before;
  do {
    before = engine.events;
    cr_assert_eq(engine_run_some(&engine, 400, piece), ENGINE_UNTIL);
    cr_assert_leq(engine.events - before, piece);
  } while (engine.events - before == piece);
  return (struct ending){world.woken, luck.state, engine.now, engine.sequence};
}

// The luck that is left depends on every draw of the history.
Test(engine, a_run_in_pieces_of_any_size_is_the_same_run) {
  for (uint64_t seed = 0; seed < 5; seed++) {
    struct ending whole = run_in_pieces(seed, UINT64_MAX);
    cr_assert_eq(whole.now, 400);
    cr_assert_gt(whole.woken, 50);
    for (uint64_t piece = 1; piece <= 40; piece++) {
      struct ending other = run_in_pieces(seed, piece);
      cr_assert_eq(other.woken, whole.woken, "seed %lu in pieces of %lu", (unsigned long)seed,
                   (unsigned long)piece);
      cr_assert_eq(other.luck, whole.luck);
      cr_assert_eq(other.now, whole.now);
      cr_assert_eq(other.sequence, whole.sequence);
    }
  }
}

Test(engine, it_stops_at_each_number_of_activations) {
  run_in_pieces(9, UINT64_MAX);
  uint64_t all = engine.events;
  for (uint64_t most = 0; most < all; most += 1 + most / 50) {
    end();
    begin();
    engine.handlers = world_handlers;
    world_begin(9);
    engine_run_some(&engine, 400, most);
    cr_assert_eq(engine.events, most);
    cr_assert_eq(engine_run(&engine, 400), ENGINE_UNTIL);
    cr_assert_eq(engine.events, all);
  }
}

// ---- Without memory
// -----------------------------------------------------------------------------------------------

// Something of everything that allocates, enough for each to grow. False when it could not be set up.
static bool set_up_much(void) {
  for (int64_t i = 0; i < 20; i++) {
    uint32_t lane = engine_lane(&engine, i);
    uint32_t clock = engine_clock(&engine);
    if (lane == UINT32_MAX || clock == UINT32_MAX) return false;
    struct actor *ticking = slab_take(&engine.frames, KIND_NOTE);
    if (ticking == NULL) return false;
    engine_arm_clock(&engine, &ticking->frame, clock, i, EVENT_ARRIVAL);
    for (int j = 0; j < 150; j++) {
      struct actor *actor = slab_take(&engine.frames, KIND_NOTE);
      if (actor == NULL) return false;
      actor->tag = j;
      if (j % 3 == 0) {
        engine_arm(&engine, &actor->frame, j, EVENT_ARRIVAL);
      } else if (j % 3 == 1 || i > 15) {
        engine_arm_lane(&engine, &actor->frame, engine_lane(&engine, i > 15 ? 1 : i), EVENT_TIMEOUT);
      } else {
        engine_ready(&engine, &actor->frame);
      }
    }
  }
  return true;
}

Test(engine, failure_at_every_request_is_reported_and_leaves_no_leak) {
  bool failed = true;
  uint64_t at = 0;
  while (failed) {
    end();
    begin();
    budget.fail_at = ++at;
    bool set_up = set_up_much();
    enum engine_outcome outcome = engine_run(&engine, 1000);
    failed = budget.requests >= at;
    cr_assert_eq(budget.exhausted, failed);
    cr_assert_eq(outcome == ENGINE_EXHAUSTED, failed, "request %lu", (unsigned long)at);
    if (!failed) cr_assert(set_up);
  }
  cr_assert_eq(history.count, 20 * 151, "with memory, everyone was woken");
  cr_assert_gt(at, 25, "there were many requests to refuse");
}

Test(engine, the_end_of_the_sequence_ends_the_run) {
  engine_arm(&engine, actor(KIND_NOTE, 1), 5, EVENT_ARRIVAL);
  engine.sequence = ~((UINT64_C(1) << (31 + EVENT_SLOT_BITS)) - 1); // 2^31 are left
  engine_arm(&engine, actor(KIND_NOTE, 2), 5, EVENT_ARRIVAL);
  cr_assert_eq(engine_run(&engine, 10), ENGINE_EXHAUSTED);
}
