#include "event.h"

#include <string.h>

enum { FIRST_ROOM = 64, HEAP_CHILDREN = 4 };

void event_heap_init(struct event_heap *heap, struct memory_budget *budget) {
  *heap = (struct event_heap){.budget = budget};
}

// Beyond the last event there is room to fill its group up.
static size_t heap_bytes(uint32_t room) {
  return ((size_t)room + HEAP_ROOT + HEAP_CHILDREN) * sizeof(struct event);
}

void event_heap_drop(struct event_heap *heap) {
  if (heap->room > 0) memory_give(heap->budget, heap->events, heap_bytes(heap->room));
  event_heap_init(heap, heap->budget);
}

static bool heap_grow(struct event_heap *heap) {
  uint32_t room = heap->room == 0 ? FIRST_ROOM : heap->room * 2;
  struct event *events = memory_take(heap->budget, heap_bytes(room));
  if (events == NULL) return false;
  if (heap->room > 0) {
    memcpy(events, heap->events, heap_bytes(heap->room));
    memory_give(heap->budget, heap->events, heap_bytes(heap->room));
  }
  for (uint32_t i = heap->count; i < room + HEAP_CHILDREN; i++) events[HEAP_ROOT + i] = EVENT_NEVER;
  heap->events = events;
  heap->room = room;
  return true;
}

// In arithmetic, since which of them it is cannot be predicted.
static inline uint32_t least_of_four(const struct event *children) {
  uint32_t left = (uint32_t)event_before(children[1], children[0]);
  uint32_t right = 2 + (uint32_t)event_before(children[3], children[2]);
  uint32_t takes_right = (uint32_t)event_before(children[right], children[left]);
  return left ^ ((left ^ right) & (0 - takes_right));
}

// Moves the hole at the root down until `event` fits.
static inline void sift_down(struct event *base, uint32_t count, struct event event) {
  uint32_t place = 0;
  for (uint32_t child = 1; child < count; child = place * HEAP_CHILDREN + 1) {
    child += least_of_four(&base[child]);
    if (event_before(event, base[child])) break;
    event_put(&base[place], base[child]);
    place = child;
  }
  event_put(&base[place], event);
}

static inline void sift_up(struct event *base, uint32_t place, struct event event) {
  while (place > 0) {
    uint32_t parent = (place - 1) / HEAP_CHILDREN;
    if (!event_before(event, base[parent])) break;
    event_put(&base[place], base[parent]);
    place = parent;
  }
  event_put(&base[place], event);
}

bool event_heap_add(struct event_heap *heap, struct event event) {
  if (heap->count == heap->room && !heap_grow(heap)) return false;
  sift_up(heap->events + HEAP_ROOT, heap->count, event);
  heap->count++;
  return true;
}

void event_heap_fill(struct event_heap *heap, struct event event) {
  sift_down(heap->events + HEAP_ROOT, heap->count, event);
}

void event_heap_settle(struct event_heap *heap) {
  heap->hole = false;
  heap->count--;
  struct event last = heap->events[HEAP_ROOT + heap->count];
  heap->events[HEAP_ROOT + heap->count] = EVENT_NEVER;
  if (heap->count > 0) sift_down(heap->events + HEAP_ROOT, heap->count, last);
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

static size_t sides_bytes(uint32_t room) {
  return (size_t)room * (sizeof(struct event) + 2 * sizeof(uint32_t));
}

void event_sides_init(struct event_sides *sides, struct memory_budget *budget) {
  *sides = (struct event_sides){.budget = budget, .first = EVENT_NEVER};
}

static bool sides_grow(struct event_sides *sides) {
  uint32_t room = sides->room == 0 ? 1 : sides->room * 2;
  struct event *next = memory_take(sides->budget, sides_bytes(room));
  if (next == NULL) return false;
  for (uint32_t i = 0; i < room; i++) next[i] = i < sides->count ? sides->next[i] : EVENT_NEVER;
  uint32_t count = sides->count;
  event_sides_drop(sides);
  sides->next = next;
  sides->tree = (uint32_t *)(void *)(next + room);
  sides->room = room;
  sides->count = count;
  for (uint32_t i = 0; i < room; i++) sides->tree[room + i] = i;
  for (uint32_t i = room; i-- > 0;) event_sides_set(sides, i, next[i]);
  return true;
}

bool event_sides_add(struct event_sides *sides, uint32_t *side) {
  if (sides->count == sides->room && !sides_grow(sides)) return false;
  *side = sides->count++;
  event_sides_set(sides, *side, EVENT_NEVER);
  return true;
}

void event_sides_drop(struct event_sides *sides) {
  if (sides->room > 0) memory_give(sides->budget, sides->next, sides_bytes(sides->room));
  event_sides_init(sides, sides->budget);
}
