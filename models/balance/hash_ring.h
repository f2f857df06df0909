// Consistent hashing (Karger et al., STOC 1997): nodes and keys have places on a ring, and a key belongs to
// the node whose point is the first at or after its own place. A node has many points, so that shares come
// out even: of n nodes with v points each, a share is Beta(v, v (n - 1)). A node that comes takes 1 / (n + 1)
// of the keys, one that goes leaves its own to the others, and nothing else moves.
#ifndef HEADROOM_HASH_RING_H
#define HEADROOM_HASH_RING_H

#include "memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_RING_NOBODY UINT32_MAX

struct hash_ring_point {
  uint64_t place;
  uint32_t node;
};

// Others read `count`, the number of points.
struct hash_ring {
  struct hash_ring_point *points; // by place
  uint32_t *guide; // for each of `count` equal parts of the ring, the first point in or after it
  uint32_t count;
  uint32_t room;
  uint64_t seed;
  struct memory_budget *budget;
};

// A ring without nodes. Places depend on seed, node and key alone, never on the order in which nodes come.
void hash_ring_init(struct hash_ring *ring, uint64_t seed, struct memory_budget *budget);
void hash_ring_drop(struct hash_ring *ring);

// Adds a node that is not there, with so many points (in proportion to its weight; 100 to 200 are usual).
// Time in proportion to all points. False: no memory (budget->exhausted is set); nothing has changed.
bool hash_ring_add(struct hash_ring *ring, uint32_t node, uint32_t points);

// Takes a node away; nothing happens if it is not there.
void hash_ring_remove(struct hash_ring *ring, uint32_t node);

// The node of a key, HASH_RING_NOBODY if there are none; in constant time.
uint32_t hash_ring_find(const struct hash_ring *ring, uint64_t key);

#endif
