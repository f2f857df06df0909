#include "event.h"

#include "rarely.h"

#include <string.h>

enum { FIRST_ROOM = 64 };

void event_tree_init(struct event_tree *tree, struct memory_budget *budget) {
  *tree = (struct event_tree){.free = EVENT_NO_SIDE};
  event_sides_init(&tree->sides, budget);
}

void event_tree_drop(struct event_tree *tree) {
  event_sides_drop(&tree->sides);
  event_tree_init(tree, tree->sides.budget);
}

RARELY bool event_tree_grow(struct event_tree *tree) {
  uint32_t side;
  if (!event_sides_add(&tree->sides, &side)) return false;
  event_tree_release(tree, side);
  return true;
}

bool event_lane_grow(struct event_lane *lane, struct memory_budget *budget) {
  uint32_t room = lane->room == 0 ? FIRST_ROOM : lane->room * 2;
  if (room == 0) {
    budget->exhausted = true;
    return false;
  }
  struct event *ring = memory_take(budget, (size_t)room * sizeof *ring);
  if (ring == NULL) return false;
  uint32_t count = event_lane_count(lane);
  for (uint32_t i = 0; i < count; i++) ring[i] = lane->ring[(lane->first + i) & (lane->room - 1)];
  if (lane->room > 0) memory_give(budget, lane->ring, (size_t)lane->room * sizeof *ring);
  lane->ring = ring;
  lane->room = room;
  lane->first = 0;
  lane->last = count;
  return true;
}

// The last event goes forward past those that are of a later class.
void event_lane_pass(struct event_lane *lane, struct event event) {
  uint32_t mask = lane->room - 1;
  uint32_t place = lane->last - 1;
  for (; place != lane->first && event_before(event, lane->ring[(place - 1) & mask]); place--) {
    lane->ring[place & mask] = lane->ring[(place - 1) & mask];
  }
  lane->ring[place & mask] = event;
}

// One block: times, order words, and the tree.
static size_t sides_bytes(uint32_t room) {
  return (size_t)room * (2 * sizeof(uint64_t) + 2 * sizeof(uint32_t));
}

void event_sides_init(struct event_sides *sides, struct memory_budget *budget) {
  *sides = (struct event_sides){.budget = budget, .first = EVENT_NEVER};
}

static void sides_place(struct event_sides *sides, uint64_t *block, uint32_t room) {
  sides->when = block;
  sides->order = block + room;
  sides->tree = (uint32_t *)(void *)(block + 2 * (size_t)room);
  sides->room = room;
  for (uint32_t i = 0; i < room; i++) sides->tree[room + i] = i;
}

static bool sides_grow(struct event_sides *sides) {
  struct event_sides wider = *sides;
  uint32_t room = sides->room == 0 ? 1 : sides->room * 2;
  uint64_t *block = memory_take(sides->budget, sides_bytes(room));
  if (block == NULL) return false;
  sides_place(&wider, block, room);
  for (uint32_t i = room; i-- > 0;) {
    event_sides_set(&wider, i, i < sides->count ? event_sides_next(sides, i) : EVENT_NEVER);
  }
  event_sides_drop(sides);
  *sides = wider;
  return true;
}

bool event_sides_add(struct event_sides *sides, uint32_t *side) {
  if (sides->count == sides->room && !sides_grow(sides)) return false;
  *side = sides->count++;
  event_sides_set(sides, *side, EVENT_NEVER);
  return true;
}

void event_sides_drop(struct event_sides *sides) {
  if (sides->room > 0) memory_give(sides->budget, sides->when, sides_bytes(sides->room));
  event_sides_init(sides, sides->budget);
}
