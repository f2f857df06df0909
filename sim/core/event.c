#include "event.h"

#include <string.h>

enum { FIRST_ROOM = 64 };

void event_heap_init(struct event_heap *heap, struct memory_budget *budget) {
  *heap = (struct event_heap){.budget = budget};
}

static size_t heap_bytes(uint32_t room) {
  return ((size_t)room + HEAP_ROOT) * sizeof(struct event);
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
  heap->events = events;
  heap->room = room;
  return true;
}

// Moves the hole at `place` (counted from the root, 0) down until `event` fits.
static void sift_down(struct event *base, uint32_t count, uint32_t place, struct event event) {
  uint128 key = event_key(event);
  for (;;) {
    uint32_t child = place * 4 + 1;
    if (child >= count) break;
    uint32_t end = child + 4 < count ? child + 4 : count;
    uint32_t least = child;
    uint128 least_key = event_key(base[child]);
    for (uint32_t i = child + 1; i < end; i++) {
      uint128 other = event_key(base[i]);
      least = other < least_key ? i : least;
      least_key = other < least_key ? other : least_key;
    }
    if (key <= least_key) break;
    base[place] = base[least];
    place = least;
  }
  base[place] = event;
}

static void sift_up(struct event *base, uint32_t place, struct event event) {
  while (place > 0) {
    uint32_t parent = (place - 1) / 4;
    if (!event_before(event, base[parent])) break;
    base[place] = base[parent];
    place = parent;
  }
  base[place] = event;
}

bool event_heap_push(struct event_heap *heap, struct event event) {
  if (heap->hole) {
    heap->hole = false;
    sift_down(heap->events + HEAP_ROOT, heap->count, 0, event);
    return true;
  }
  if (heap->count == heap->room && !heap_grow(heap)) return false;
  sift_up(heap->events + HEAP_ROOT, heap->count, event);
  heap->count++;
  return true;
}

void event_heap_settle(struct event_heap *heap) {
  heap->hole = false;
  heap->count--;
  if (heap->count > 0) {
    sift_down(heap->events + HEAP_ROOT, heap->count, 0, heap->events[HEAP_ROOT + heap->count]);
  }
}

static bool lane_grow(struct event_lane *lane, struct memory_budget *budget) {
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

bool event_lane_push(struct event_lane *lane, struct event event, struct memory_budget *budget) {
  if (event_lane_count(lane) == lane->room && !lane_grow(lane, budget)) return false;
  uint32_t mask = lane->room - 1;
  uint32_t place = lane->last++;
  for (; place != lane->first && event_before(event, lane->ring[(place - 1) & mask]); place--) {
    lane->ring[place & mask] = lane->ring[(place - 1) & mask];
  }
  lane->ring[place & mask] = event;
  return true;
}

static size_t sides_bytes(uint32_t room) {
  return (size_t)room * (sizeof(struct event) + sizeof(uint32_t));
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
  for (uint32_t i = 0; i < room; i++) event_sides_set(sides, i, next[i]);
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
  *sides = (struct event_sides){.budget = sides->budget};
}
