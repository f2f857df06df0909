#include "hash_ring.h"

#include "random.h"

#include <stdlib.h>
#include <string.h>

void hash_ring_init(struct hash_ring *ring, uint64_t seed, struct memory_budget *budget) {
  *ring = (struct hash_ring){.seed = seed, .budget = budget};
}

void hash_ring_drop(struct hash_ring *ring) {
  memory_give(ring->budget, ring->points, ring->room * sizeof *ring->points);
  memory_give(ring->budget, ring->guide, ring->room * sizeof *ring->guide);
  hash_ring_init(ring, ring->seed, ring->budget);
}

// Which of `count` equal parts of the ring a place lies in.
static uint32_t part_of(uint64_t place, uint32_t count) {
  return (uint32_t)(((place >> 32) * count) >> 32);
}

static void make_guide(struct hash_ring *ring) {
  uint32_t point = 0;
  for (uint32_t part = 0; part < ring->count; part++) {
    while (point < ring->count && part_of(ring->points[point].place, ring->count) < part) point++;
    ring->guide[part] = point;
  }
}

static int compare(const void *left, const void *right) {
  const struct hash_ring_point *a = left, *b = right;
  if (a->place != b->place) return a->place < b->place ? -1 : 1;
  return (a->node > b->node) - (a->node < b->node);
}

static bool make_room(struct hash_ring *ring, uint32_t wanted) {
  if (wanted <= ring->room) return true;
  uint32_t room = wanted > ring->room * 2 ? wanted : ring->room * 2;
  struct hash_ring_point *points = memory_take(ring->budget, room * sizeof *points);
  uint32_t *guide = memory_take(ring->budget, room * sizeof *guide);
  if (points == NULL || guide == NULL) {
    memory_give(ring->budget, points, room * sizeof *points);
    memory_give(ring->budget, guide, room * sizeof *guide);
    return false;
  }
  if (ring->count > 0) memcpy(points, ring->points, ring->count * sizeof *points);
  memory_give(ring->budget, ring->points, ring->room * sizeof *points);
  memory_give(ring->budget, ring->guide, ring->room * sizeof *guide);
  ring->points = points;
  ring->guide = guide;
  ring->room = room;
  return true;
}

// Merges `added` sorted points into the ring's, from the back.
static void merge(struct hash_ring *ring, const struct hash_ring_point *added, uint32_t count) {
  uint32_t old = ring->count;
  uint32_t to = ring->count += count;
  while (count > 0) {
    bool keeps = old > 0 && compare(&ring->points[old - 1], &added[count - 1]) > 0;
    ring->points[--to] = keeps ? ring->points[--old] : added[--count];
  }
}

bool hash_ring_add(struct hash_ring *ring, uint32_t node, uint32_t points) {
  struct hash_ring_point *added = points > 0 ? memory_take(ring->budget, points * sizeof *added) : NULL;
  if (points == 0) return true;
  if (added == NULL || !make_room(ring, ring->count + points)) {
    memory_give(ring->budget, added, points * sizeof *added);
    return false;
  }
  struct random_stream places = random_split((struct random_stream){ring->seed}, node);
  for (uint32_t i = 0; i < points; i++) added[i] = (struct hash_ring_point){random_bits(&places), node};
  qsort(added, points, sizeof *added, compare);
  merge(ring, added, points);
  memory_give(ring->budget, added, points * sizeof *added);
  make_guide(ring);
  return true;
}

void hash_ring_remove(struct hash_ring *ring, uint32_t node) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < ring->count; i++)
    if (ring->points[i].node != node) ring->points[left++] = ring->points[i];
  ring->count = left;
  make_guide(ring);
}

// The first point at or after the key's place; the ring has one.
static uint32_t point_of(const struct hash_ring *ring, uint64_t key) {
  uint64_t place = random_mix(random_mix(key + RANDOM_INCREMENT) ^ ring->seed);
  uint32_t point = ring->guide[part_of(place, ring->count)];
  while (point < ring->count && ring->points[point].place < place) point++;
  return point < ring->count ? point : 0;
}

uint32_t hash_ring_find(const struct hash_ring *ring, uint64_t key) {
  return ring->count > 0 ? ring->points[point_of(ring, key)].node : HASH_RING_NOBODY;
}
