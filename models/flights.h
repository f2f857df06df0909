// Flights: what is being fetched at the moment, by key, and who waits for it, so that many who miss one item
// at once ask its origin once (singleflight; the leases of Nishtala et al., NSDI 2013, come to the same).
//
// Those who wait are named by references to their strands: one that has vanished meanwhile is not to be
// found any more, and needs no unlinking.
#ifndef HEADROOM_FLIGHTS_H
#define HEADROOM_FLIGHTS_H

#include "memory.h"
#include "slab.h"
#include "store.h"

#include <stdbool.h>
#include <stdint.h>

#define FLIGHT_NONE UINT32_MAX

struct flight {
  uint64_t key;
  uint32_t first, last; // of those who wait; FLIGHT_NONE: nobody
  uint32_t next;        // of those that are free
};

struct flight_waiter {
  struct frame_reference who;
  uint32_t next;
};

// All zero is none, without memory.
struct flights {
  struct memory_budget *budget;
  struct store index; // key to flight, as its stamp
  struct flight *flights;
  struct flight_waiter *waiters;
  uint32_t flight_count, flight_room, flight_free;
  uint32_t waiter_count, waiter_room, waiter_free;
};

// No flights yet. False: no memory (budget->exhausted is set).
bool flights_init(struct flights *flights, struct memory_budget *budget);
void flights_drop(struct flights *flights);

// The flight of a key, FLIGHT_NONE if there is none.
uint32_t flights_find(const struct flights *flights, uint64_t key);

// A new flight of a key that has none; FLIGHT_NONE: no memory.
uint32_t flights_open(struct flights *flights, uint64_t key);

// One more who waits, behind the others. False: no memory.
bool flights_join(struct flights *flights, uint32_t flight, struct frame_reference who);

// Takes the first who waits out of the line. False: nobody does.
bool flights_take(struct flights *flights, uint32_t flight, struct frame_reference *who);

// It is over; nobody may wait any more.
void flights_close(struct flights *flights, uint32_t flight);

#endif
