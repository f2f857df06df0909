#include "engine.h"

#include "random.h"
#include "rarely.h"

#include <string.h>

enum { READY_ROOM = 256, SIDES_ROOM = 8, LOOK_EVERY = 4096, CLOCK_SIDE = -1 };

// More activations than this at one instant is a circle that time never leaves.
#define LIVELOCK_LIMIT UINT64_C(100000000)
// The sequence is looked at now and then: what an instant may schedule before the next look has room above.
#define SEQUENCE_MOST                                                                                        \
  (((UINT64_C(1) << EVENT_SEQUENCE_BITS) - (UINT64_C(1) << (EVENT_SEQUENCE_BITS - 4))) << EVENT_SLOT_BITS)

void engine_init(struct engine *engine, struct memory_budget *budget, engine_handler *const *handlers,
                 void *context) {
  *engine = (struct engine){.handlers = handlers,
                            .context = context,
                            .budget = budget,
                            .sequence = UINT64_C(1) << EVENT_SLOT_BITS,
                            .livelock_limit = LIVELOCK_LIMIT};
  slab_init(&engine->frames, budget);
  event_tree_init(&engine->tree, budget);
  event_sides_init(&engine->sides, budget);
}

void engine_drop(struct engine *engine) {
  struct memory_budget *budget = engine->budget;
  slab_drop(&engine->frames);
  event_tree_drop(&engine->tree);
  event_sides_drop(&engine->sides);
  memory_give(budget, engine->ready.orders, engine->ready.room * sizeof *engine->ready.orders);
  for (uint32_t i = 0; i < engine->lane_count; i++) {
    memory_give(budget, engine->lanes[i].ring, engine->lanes[i].room * sizeof *engine->lanes[i].ring);
  }
  memory_give(budget, engine->lanes, engine->lane_room * sizeof *engine->lanes);
  memory_give(budget, engine->side_owner, engine->side_room * sizeof *engine->side_owner);
  *engine = (struct engine){.budget = budget};
}

// A block twice as large (at least `least` entries) with the old one's content; the old one is given back.
static void *regrown(struct memory_budget *budget, void *old, uint32_t *room, uint32_t least, size_t size) {
  uint32_t wider = *room == 0 ? least : *room * 2;
  void *block = memory_take(budget, wider * size);
  if (block == NULL) return NULL;
  if (old != NULL) memcpy(block, old, *room * size);
  memory_give(budget, old, *room * size);
  *room = wider;
  return block;
}

static uint32_t add_side(struct engine *engine, uint32_t owner) {
  uint32_t side = engine->sides.count;
  if (side == engine->side_room) {
    uint32_t *wider = regrown(engine->budget, engine->side_owner, &engine->side_room, SIDES_ROOM,
                              sizeof *engine->side_owner);
    if (wider == NULL) return UINT32_MAX;
    engine->side_owner = wider;
  }
  if (!event_sides_add(&engine->sides, &side)) return UINT32_MAX;
  engine->side_owner[side] = owner;
  return side;
}

uint32_t engine_clock(struct engine *engine) {
  return add_side(engine, (uint32_t)CLOCK_SIDE);
}

static RARELY uint32_t find_lane(struct engine *engine, int64_t delay) {
  for (uint32_t i = 0; i < engine->lane_count; i++) {
    if (engine->lanes[i].delay == delay) return i;
  }
  if (engine->lane_count == ENGINE_LANES_MOST) return UINT32_MAX;
  if (engine->lane_count == engine->lane_room) {
    struct event_lane *wider =
        regrown(engine->budget, engine->lanes, &engine->lane_room, SIDES_ROOM, sizeof *engine->lanes);
    if (wider == NULL) return UINT32_MAX;
    engine->lanes = wider;
  }
  uint32_t side = add_side(engine, engine->lane_count);
  if (side == UINT32_MAX) return UINT32_MAX;
  engine->lanes[engine->lane_count] = (struct event_lane){.delay = delay, .side = side};
  return engine->lane_count++;
}

static inline uint16_t *place_of_lane(struct engine *engine, int64_t delay) {
  return &engine->lane_seen[((uint64_t)delay * RANDOM_INCREMENT) >> 32 & (ENGINE_LANES_SEEN - 1)];
}

static inline bool is_lane(const struct engine *engine, uint32_t lane, int64_t delay) {
  return lane < engine->lane_count && engine->lanes[lane].delay == delay;
}

uint32_t engine_lane(struct engine *engine, int64_t delay) {
  uint16_t *seen = place_of_lane(engine, delay);
  if (is_lane(engine, *seen, delay)) return *seen;
  uint32_t lane = find_lane(engine, delay);
  if (lane != UINT32_MAX) *seen = (uint16_t)lane;
  return lane;
}

void engine_arm_after(struct engine *engine, struct frame *frame, int64_t delay, enum event_class class) {
  uint32_t lane = engine_lane(engine, delay);
  if (lane != UINT32_MAX) {
    engine_arm_lane(engine, frame, lane, class);
  } else {
    engine_arm(engine, frame, engine->now + delay, class);
  }
}

void engine_arm_perhaps(struct engine *engine, struct frame *frame, int64_t delay, enum event_class class) {
  uint32_t lane = *place_of_lane(engine, delay);
  if (is_lane(engine, lane, delay)) {
    engine_arm_lane(engine, frame, lane, class);
  } else {
    engine_arm(engine, frame, engine->now + delay, class);
  }
}

static bool ready_grow(struct engine *engine) {
  struct ready_ring *ring = &engine->ready;
  uint32_t room = ring->room == 0 ? READY_ROOM : ring->room * 2;
  uint64_t *orders = room == 0 ? NULL : memory_take(engine->budget, room * sizeof *orders);
  if (orders == NULL) return false;
  uint32_t count = ring->last - ring->first;
  for (uint32_t i = 0; i < count; i++) orders[i] = ring->orders[(ring->first + i) & (ring->room - 1)];
  memory_give(engine->budget, ring->orders, ring->room * sizeof *orders);
  *ring = (struct ready_ring){.orders = orders, .last = count, .room = room};
  return true;
}

void engine_ready(struct engine *engine, struct frame *frame) {
  struct ready_ring *ring = &engine->ready;
  if (ring->last - ring->first == ring->room && !ready_grow(engine)) return;
  frame->armed = engine_order(engine, frame);
  ring->orders[ring->last++ & (ring->room - 1)] = frame->armed;
}

static inline struct frame *frame_of(const struct engine *engine, uint64_t order) {
  return slab_at(&engine->frames, event_slot(order));
}

// A frame that no longer waits for what came due: the event is stale.
static inline bool is_stale(const struct engine *engine, uint64_t order) {
  return frame_of(engine, order)->armed != order;
}

static inline void wake(struct engine *engine, struct frame *frame) {
  frame->armed = 0;
  engine->events++;
  engine->handlers[frame->kind](engine->context, frame);
}

// How far ahead in a lane frames are asked for: what comes due there has waited, and its frame has left the
// caches when many wait.
enum { LOOK_AHEAD = 6 };

static ASIDE void look_ahead(const struct engine *engine, const struct event_lane *lane) {
  uint64_t order = lane->ring[(lane->first + LOOK_AHEAD) & (lane->room - 1)].order;
  const char *frame = (const char *)frame_of(engine, order);
  for (int line = 0; line < FRAME_BYTES; line += 64) __builtin_prefetch(frame + line, 1);
}

// The head of a lane has come due: the side moves on to the next entry that someone still waits for.
static inline void advance_lane(struct engine *engine, struct event_lane *lane) {
  if (__builtin_expect(event_lane_count(lane) > LOOK_AHEAD, 0)) look_ahead(engine, lane);
  lane->first++;
  while (event_lane_count(lane) > 0 && is_stale(engine, event_lane_first(lane).order)) lane->first++;
  event_sides_set(&engine->sides, lane->side,
                  event_lane_count(lane) > 0 ? event_lane_first(lane) : EVENT_NEVER);
}

// Wakes what is ready, but no more than up to the event number `last`.
static void drain_ready(struct engine *engine, uint64_t last) {
  struct ready_ring *ring = &engine->ready;
  while (ring->first != ring->last && engine->events < last && !engine->stopped) {
    uint64_t order = ring->orders[ring->first++ & (ring->room - 1)];
    struct frame *frame = frame_of(engine, order);
    if (frame->armed != order) continue;
    wake(engine, frame);
    engine_activate(engine);
  }
}

// What ends a run from within. Memory and the sequence are looked at now and then, and before returning.
static RARELY bool must_end(const struct engine *engine, enum engine_outcome *outcome) {
  if (engine->budget->exhausted || engine->sequence >= SEQUENCE_MOST) {
    *outcome = ENGINE_EXHAUSTED;
  } else if (engine->instant_activations > engine->livelock_limit) {
    *outcome = ENGINE_LIVELOCK;
  } else if (engine->stopped) {
    *outcome = ENGINE_STOPPED;
  } else if (engine->interrupt != NULL && atomic_load_explicit(engine->interrupt, memory_order_relaxed)) {
    *outcome = ENGINE_INTERRUPTED;
  } else {
    return false;
  }
  return true;
}

// For an event at `now`. One more at the same instant counts: a circle may go through pending events alone.
static inline void move_clock(struct engine *engine, int64_t now) {
  if (__builtin_expect(now == engine->now, 0)) {
    engine->instant_activations++;
    return;
  }
  engine->now = now;
  engine->instant_activations = 0;
}

// An event has come due. A stale one neither moves the clock nor counts.
static inline void carry_out(struct engine *engine, struct event event) {
  struct frame *frame = frame_of(engine, event.order);
  if (__builtin_expect(frame->armed != event.order, 0)) return;
  move_clock(engine, event_time(event));
  wake(engine, frame);
}

// The first of the sides. A clock's frame sets the clock's next time itself, and so its entry stands until it
// has been woken: one update instead of two.
static inline void step_side(struct engine *engine, struct event event) {
  uint32_t side = engine->sides.champion;
  uint32_t owner = engine->side_owner[side];
  if (owner != (uint32_t)CLOCK_SIDE) {
    advance_lane(engine, &engine->lanes[owner]);
    carry_out(engine, event);
    return;
  }
  carry_out(engine, event);
  if (engine->sides.order[side] == event.order) event_sides_set(&engine->sides, side, EVENT_NEVER);
}

// Carries out the first pending event if it is due by `until`; false if none is.
static inline bool step(struct engine *engine, int64_t until) {
  struct event first = event_tree_first(&engine->tree);
  struct event aside = engine->sides.first;
  if (event_before(aside, first)) {
    if (event_time(aside) > until) return false;
    step_side(engine, aside);
    return true;
  }
  if (event_time(first) > until) return false;
  event_tree_pop(&engine->tree);
  carry_out(engine, first);
  return true;
}

enum engine_outcome engine_run_some(struct engine *engine, int64_t until, uint64_t most) {
  enum engine_outcome outcome = ENGINE_UNTIL;
  uint64_t last = most < UINT64_MAX - engine->events ? engine->events + most : UINT64_MAX;
  bool due = true;
  engine->stopped = false;
  engine->look_at = 0;
  if (until > EVENT_TIME_MOST) until = EVENT_TIME_MOST;
  do {
    if (__builtin_expect(!engine_idle(engine), 0)) drain_ready(engine, last);
    if (__builtin_expect(engine->events >= engine->look_at, 0)) {
      if (engine->events == last || must_end(engine, &outcome)) break;
      engine->look_at = last - engine->events < LOOK_EVERY ? last : engine->events + LOOK_EVERY;
    }
    due = step(engine, until);
  } while (due);
  must_end(engine, &outcome);
  if (outcome == ENGINE_UNTIL && !due && engine->now < until) engine->now = until;
  return outcome;
}

enum engine_outcome engine_run(struct engine *engine, int64_t until) {
  return engine_run_some(engine, until, UINT64_MAX);
}
