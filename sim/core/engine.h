// The engine: the clock, the pending events, the ready ring and the loop. It knows nothing of the web.
#ifndef HEADROOM_ENGINE_H
#define HEADROOM_ENGINE_H

#include "assertion.h"
#include "event.h"
#include "slab.h"

#include <stdatomic.h>
#include <stdint.h>

struct engine;

// Carries out what a frame of one kind waited for. Called with `frame->armed` cleared and engine->now set.
// It may give frames back, this one included, schedule, and make others ready; it must not run the loop.
typedef void engine_handler(void *context, struct frame *frame);

enum { ENGINE_KINDS = 16 };

// Why engine_run() came back.
enum engine_outcome {
  ENGINE_UNTIL,       // nothing is left before the time asked for
  ENGINE_STOPPED,     // someone called engine_stop()
  ENGINE_INTERRUPTED, // the flag that the caller watches was set
  ENGINE_LIVELOCK,    // too many activations at one instant
  ENGINE_EXHAUSTED,   // memory, or the sequence of events, ran out
};

struct ready_ring {
  uint64_t *orders;
  uint32_t first; // both count on; masked at use
  uint32_t last;
  uint32_t room; // a power of two
};

enum { ENGINE_LANES_MOST = 4096, ENGINE_LANES_SEEN = 64 };

struct engine {
  int64_t now;       // ns since the start of the run
  uint64_t sequence; // of the next event, shifted by EVENT_SLOT_BITS
  uint64_t events;   // carried out; stale ones do not count
  struct slab frames;
  struct event_tree tree;
  struct event_sides sides;
  struct ready_ring ready;
  struct event_lane *lanes; // by number; lanes[side_lane[side]]
  uint32_t lane_count;
  uint16_t lane_seen[ENGINE_LANES_SEEN]; // by a hash of the delay: the lane that was last found there
  uint32_t lane_room;
  uint32_t *side_owner; // of a side: lane number, or CLOCK_SIDE
  uint32_t side_room;
  engine_handler *const *handlers; // by kind
  void *context;
  struct memory_budget *budget;
  uint64_t livelock_limit; // activations at one instant
  uint64_t instant_activations;
  bool stopped;
  uint64_t look_at;             // number of events at which the loop looks at what may end the run
  const atomic_bool *interrupt; // looked at now and then; NULL: none
};

// `handlers` has ENGINE_KINDS entries, NULL where no kind is. Memory comes from `budget`.
void engine_init(struct engine *engine, struct memory_budget *budget, engine_handler *const *handlers,
                 void *context);
void engine_drop(struct engine *engine);

// Carries out events up to and including `until` (ns), then sets the clock to it.
enum engine_outcome engine_run(struct engine *engine, int64_t until);

// The same, but at most `most` activations; for tests that stop at each event number.
enum engine_outcome engine_run_some(struct engine *engine, int64_t until, uint64_t most);

// Makes engine_run() return after the activation that is under way.
static inline void engine_stop(struct engine *engine) {
  engine->stopped = true;
  engine->look_at = 0;
}

// Counts an activation that happens without an event; false, and the run ends, when there have been too many
// at this instant.
static inline bool engine_activate(struct engine *engine) {
  if (++engine->instant_activations <= engine->livelock_limit) return true;
  engine_stop(engine);
  return false;
}

// A lane for a constant delay (ns, ≥ 0): lanes of the same delay are one. UINT32_MAX when no more can be
// made; engine_arm_after() then uses the tree.
uint32_t engine_lane(struct engine *engine, int64_t delay);

// A source clock: the side on which engine_arm_clock() keeps one next time. UINT32_MAX when memory runs out.
uint32_t engine_clock(struct engine *engine);

static inline uint64_t engine_order(struct engine *engine, const struct frame *frame) {
  uint64_t order = engine->sequence | frame->index;
  engine->sequence += UINT64_C(1) << EVENT_SLOT_BITS;
  return order;
}

static inline struct event engine_event(struct engine *engine, struct frame *frame, int64_t at,
                                        enum event_class class) {
  DEBUG_ASSERT(at >= engine->now, "an event in the past");
  uint64_t when = (uint64_t)(at < EVENT_TIME_MOST ? at : EVENT_TIME_MOST) << EVENT_CLASS_BITS;
  struct event event = {engine_order(engine, frame), when | (uint64_t) class};
  frame->armed = event.order;
  return event;
}

// Wakes `frame` at `at` (ns, not before now). What it waited for before is cancelled.
static inline void engine_arm(struct engine *engine, struct frame *frame, int64_t at,
                              enum event_class class) {
  event_tree_push(&engine->tree, engine_event(engine, frame, at, class));
}

// Says that nothing will soon be armed in the place of the event that is being carried out, so that the next
// one can be found meanwhile. Only a hint.
static inline void engine_settle(struct engine *engine) {
  if (engine->tree.hole) event_tree_settle(&engine->tree);
}

// Wakes `frame` after the delay of `lane`.
static inline void engine_arm_lane(struct engine *engine, struct frame *frame, uint32_t lane_number,
                                   enum event_class class) {
  struct event_lane *lane = &engine->lanes[lane_number];
  struct event event = engine_event(engine, frame, engine->now + lane->delay, class);
  if (event_lane_push(lane, event, engine->budget) && event_lane_first(lane).order == event.order) {
    event_sides_set(&engine->sides, lane->side, event);
  }
}

// Wakes `frame` after a constant delay: by its lane, or by the tree where there are too many of these.
void engine_arm_after(struct engine *engine, struct frame *frame, int64_t delay, enum event_class class);

// Wakes `frame` after a delay that may be another each time: by a lane if one of that delay was used lately,
// else by the tree. Makes none.
void engine_arm_perhaps(struct engine *engine, struct frame *frame, int64_t delay, enum event_class class);

// Sets the next time of a clock.
static inline void engine_arm_clock(struct engine *engine, struct frame *frame, uint32_t clock, int64_t at,
                                    enum event_class class) {
  event_sides_set(&engine->sides, clock, engine_event(engine, frame, at, class));
}

// Puts `frame` at the end of the ready ring: it is woken at this instant, before any pending event.
void engine_ready(struct engine *engine, struct frame *frame);

static inline void engine_cancel(struct frame *frame) {
  frame->armed = 0;
}

static inline bool engine_idle(const struct engine *engine) {
  return engine->ready.first == engine->ready.last;
}

#endif
