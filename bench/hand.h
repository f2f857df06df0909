// A keyed LRU by hand, as somebody would write it who wants speed: nodes of 16 bytes, and a table of their
// numbers with linear probing, at most half full. It keeps keys alone.
//
// Before it is included: HAND_OBJECTS, so many fit, and HAND_BITS, of the number of slots.
#ifndef HAND_H
#define HAND_H

#include <stdbool.h>
#include <stdint.h>

#define HAND_SLOTS (UINT32_C(1) << HAND_BITS)

struct hand_node {
  uint64_t key;
  uint32_t newer;
  uint32_t older;
};

struct hand {
  uint32_t slots[HAND_SLOTS];
  struct hand_node nodes[HAND_OBJECTS + 1]; // 0 is the ends of the list
  uint32_t count;
  uint64_t hits;
};

static inline uint32_t hand_home(uint64_t key) {
  return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - HAND_BITS));
}

static inline uint32_t hand_next(uint32_t slot) {
  return (slot + 1) & (HAND_SLOTS - 1);
}

static inline void hand_push(struct hand_node *nodes, uint32_t number) {
  uint32_t newest = nodes[0].older;
  nodes[number].newer = 0;
  nodes[number].older = newest;
  nodes[newest].newer = number;
  nodes[0].older = number;
}

static inline void hand_pull(struct hand_node *nodes, uint32_t number) {
  uint32_t newer = nodes[number].newer, older = nodes[number].older;
  nodes[newer].older = older;
  nodes[older].newer = newer;
}

static inline void hand_take_out(struct hand *hand, uint64_t key) {
  uint32_t slot = hand_home(key);
  while (hand->nodes[hand->slots[slot]].key != key) slot = hand_next(slot);
  uint32_t hole = slot;
  for (;;) {
    slot = hand_next(slot);
    if (hand->slots[slot] == 0) break;
    uint32_t home = hand_home(hand->nodes[hand->slots[slot]].key);
    if (((slot - home) & (HAND_SLOTS - 1)) < ((slot - hole) & (HAND_SLOTS - 1))) continue;
    hand->slots[hole] = hand->slots[slot];
    hole = slot;
  }
  hand->slots[hole] = 0;
}

// Looks for a key, which becomes the newest. If it is not there, `*slot` is where it would be put in.
static inline bool hand_look(struct hand *hand, uint64_t key, uint32_t *slot) {
  uint32_t number;
  for (*slot = hand_home(key); (number = hand->slots[*slot]) != 0; *slot = hand_next(*slot)) {
    if (hand->nodes[number].key != key) continue;
    hand_pull(hand->nodes, number);
    hand_push(hand->nodes, number);
    return true;
  }
  return false;
}

// Puts in a key that hand_look() has just not found at `slot`; where all is full, the oldest goes.
static inline void hand_put(struct hand *hand, uint64_t key, uint32_t slot) {
  struct hand_node *nodes = hand->nodes;
  uint32_t number;
  if (hand->count < HAND_OBJECTS) {
    number = ++hand->count;
  } else {
    number = nodes[0].newer;
    hand_take_out(hand, nodes[number].key);
    hand_pull(nodes, number);
    slot = hand_home(key);
    while (hand->slots[slot] != 0) slot = hand_next(slot);
  }
  nodes[number].key = key;
  hand->slots[slot] = number;
  hand_push(nodes, number);
}

static inline void hand_ask(struct hand *hand, uint64_t key) {
  uint32_t slot;
  if (hand_look(hand, key, &slot)) {
    hand->hits++;
  } else {
    hand_put(hand, key, slot);
  }
}

#endif
