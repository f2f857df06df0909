// Pending events. They live in three places behind this header: source clocks (one next time for each
// arrival process), lanes (first in, first out, for one constant delay), and a tree for the rest. An event is
// 16 bytes, a time and an order word, and these are compared as one number of 128 bits.
//
// Order at one instant is part of the model: by class, then by the order of scheduling.
#ifndef HEADROOM_EVENT_H
#define HEADROOM_EVENT_H

#include "int128.h"
#include "memory.h"

#include <stdint.h>

// A reply and a timeout that fall on the same nanosecond: the reply wins. Failures come before what they
// would hit; control and sampling see the instant's final state.
enum event_class { EVENT_FAILURE, EVENT_COMPLETION, EVENT_TIMEOUT, EVENT_ARRIVAL, EVENT_CONTROL };

enum {
  EVENT_CLASS_BITS = 3,
  EVENT_SLOT_BITS = 24,
  EVENT_SEQUENCE_BITS = 40 // 10^12 events: hours of one core; a run that passes it ends and says so
};

// Simulated time ends after 36 years, far beyond any run that could be waited for.
#define EVENT_TIME_MOST (INT64_C(1) << 60)

// `when` is time << EVENT_CLASS_BITS | class; `order` is sequence << EVENT_SLOT_BITS | slot.
struct event {
  uint64_t order;
  uint64_t when;
};

static inline uint128 event_key(struct event event) {
  return ((uint128)event.when << 64) | event.order;
}
static inline bool event_before(struct event a, struct event b) {
  return event_key(a) < event_key(b);
}
// Stores by halves, as events are made: a load of all 16 bytes at once would wait until both halves have left
// the store buffer, and loads follow close upon stores here.
static inline void event_put(struct event *place, struct event event) {
  place->order = event.order;
  place->when = event.when;
}
static inline int64_t event_time(struct event event) {
  return (int64_t)(event.when >> EVENT_CLASS_BITS);
}
static inline uint32_t event_slot(uint64_t order) {
  return (uint32_t)(order & ((UINT32_C(1) << EVENT_SLOT_BITS) - 1));
}

// After every event that can be scheduled.
#define EVENT_NEVER ((struct event){.order = UINT64_MAX, .when = UINT64_MAX})

// A tournament (Knuth 5.4.1): some numbered sides with one next event each, and the first of them all.
// Changing an entry plays the matches from its leaf to the root, log2(room) of them, without a branch: who
// wins could not be predicted, and one misprediction costs as much as all the matches of 32 sides.
struct event_sides {
  struct memory_budget *budget;
  uint64_t *when;     // of each side's next event,
  uint64_t *order;    // and its order word
  uint32_t *tree;     // side i is the leaf at room + i; above stand the winners
  struct event first; // the champion's
  uint32_t champion;
  uint32_t count;
  uint32_t room; // a power of two
};

void event_sides_init(struct event_sides *sides, struct memory_budget *budget);
bool event_sides_add(struct event_sides *sides, uint32_t *side); // a side whose next event is EVENT_NEVER
void event_sides_drop(struct event_sides *sides);

static inline struct event event_sides_next(const struct event_sides *sides, uint32_t side) {
  return (struct event){.order = sides->order[side], .when = sides->when[side]};
}

// Order words are looked at for equal times alone, which are rare enough for a branch. What is not rare is
// written so that compilers find no branch to make of it.
static inline void event_sides_set(struct event_sides *sides, uint32_t side, struct event next) {
  uint64_t first = next.when;
  uint32_t champion = side;
  sides->when[side] = next.when;
  sides->order[side] = next.order;
  for (uint32_t node = side + sides->room; node > 1; node >>= 1) {
    uint32_t rival = sides->tree[node ^ 1];
    uint64_t other = sides->when[rival];
    uint32_t wins = other < first;
    if (__builtin_expect(other == first, 0)) wins = sides->order[rival] < sides->order[champion];
    champion ^= (champion ^ rival) & (0 - wins);
    first = other < first ? other : first;
    sides->tree[node >> 1] = champion;
  }
  sides->first = event_sides_next(sides, champion);
  sides->champion = champion;
}

// The same for an event that was scheduled after all others and a side that had none. It wins against whoever
// stands on its way up, if it is earlier, and changes nothing where it is not: no match waits for another.
static inline void event_sides_enter(struct event_sides *sides, uint32_t side, struct event next) {
  bool first = next.when < sides->first.when;
  sides->first.order = first ? next.order : sides->first.order;
  sides->first.when = first ? next.when : sides->first.when;
  sides->champion = first ? side : sides->champion;
  sides->when[side] = next.when;
  sides->order[side] = next.order;
  for (uint32_t node = (side + sides->room) >> 1; node > 0; node >>= 1) {
    uint32_t rival = sides->tree[node];
    uint32_t wins = next.when < sides->when[rival];
    sides->tree[node] = rival ^ ((rival ^ side) & (0 - wins));
  }
}

// Single events, each on a side of its own that is free again afterwards. Taking the first leaves a hole that
// the next push fills: a completion that schedules the next start plays one tournament instead of two.
struct event_tree {
  struct event_sides sides;
  uint32_t free; // the first free side; its event never comes, and its order word tells the next one
  bool hole;     // the champion's
};

#define EVENT_NO_SIDE UINT32_MAX

void event_tree_init(struct event_tree *tree, struct memory_budget *budget);
void event_tree_drop(struct event_tree *tree);

// Adds a free side to a tree that has none. False when memory runs out (budget->exhausted is set).
bool event_tree_grow(struct event_tree *tree);

// The event must have been scheduled after all that are in the tree. False when memory runs out.
static inline bool event_tree_push(struct event_tree *tree, struct event event) {
  if (tree->hole) {
    tree->hole = false;
    event_sides_set(&tree->sides, tree->sides.champion, event);
    return true;
  }
  if (__builtin_expect(tree->free == EVENT_NO_SIDE, 0) && !event_tree_grow(tree)) return false;
  uint32_t side = tree->free;
  tree->free = (uint32_t)tree->sides.order[side];
  event_sides_enter(&tree->sides, side, event);
  return true;
}

// A free side's event never comes; no two have the same time, so that no order words are compared.
static inline void event_tree_release(struct event_tree *tree, uint32_t side) {
  event_sides_set(&tree->sides, side, (struct event){.order = tree->free, .when = UINT64_MAX - side});
  tree->free = side;
}

// Closes a hole that no push has filled, so that the next event is the first again. Who knows that none will
// does it soon, and not only event_tree_first(), which then has to wait for it.
static inline void event_tree_settle(struct event_tree *tree) {
  tree->hole = false;
  event_tree_release(tree, tree->sides.champion);
}

// The first event, or one that never comes: its time lies beyond EVENT_TIME_MOST.
static inline struct event event_tree_first(struct event_tree *tree) {
  if (tree->hole) event_tree_settle(tree);
  return tree->sides.first;
}

// Removes the first; the tree must not be empty and has no hole.
static inline void event_tree_pop(struct event_tree *tree) {
  tree->hole = true;
}

// A lane: events of one constant delay come due in the order in which they were scheduled, so a ring will do.
// Only those of one instant may differ in class: an earlier class then passes the later ones from behind.
// Cancelled ones are skipped when they come due.
struct event_lane {
  struct event *ring;
  uint32_t first; // both count on; masked at use
  uint32_t last;
  uint32_t room; // a power of two, or 0
  int64_t delay; // ns
  uint32_t side; // its place among the sides
};

static inline uint32_t event_lane_count(const struct event_lane *lane) {
  return lane->last - lane->first;
}
static inline struct event event_lane_first(const struct event_lane *lane) {
  return lane->ring[lane->first & (lane->room - 1)];
}

// The slow parts of event_lane_push().
bool event_lane_grow(struct event_lane *lane, struct memory_budget *budget);
void event_lane_pass(struct event_lane *lane, struct event event);

// False when memory runs out.
static inline bool event_lane_push(struct event_lane *lane, struct event event,
                                   struct memory_budget *budget) {
  if (event_lane_count(lane) == lane->room && !event_lane_grow(lane, budget)) return false;
  uint32_t mask = lane->room - 1;
  uint32_t place = lane->last++;
  event_put(&lane->ring[place & mask], event);
  if (place != lane->first && event_before(event, lane->ring[(place - 1) & mask])) {
    event_lane_pass(lane, event);
  }
  return true;
}

#endif
