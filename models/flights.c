#include "flights.h"

#include "assertion.h"
#include "eviction.h"

#include <string.h>

enum { FIRST_ROOM = 16 };

bool flights_init(struct flights *flights, struct memory_budget *budget) {
  const struct store_settings settings = {
      .eviction = eviction_fifo.user, .items = STORE_UNLIMITED, .bytes = STORE_UNLIMITED, .stamps = true};
  *flights = (struct flights){.budget = budget, .flight_free = FLIGHT_NONE, .waiter_free = FLIGHT_NONE};
  return store_init(&flights->index, &settings, budget);
}

void flights_drop(struct flights *flights) {
  if (flights->budget == NULL) return;
  store_drop(&flights->index);
  memory_give(flights->budget, flights->flights, flights->flight_room * sizeof *flights->flights);
  memory_give(flights->budget, flights->waiters, flights->waiter_room * sizeof *flights->waiters);
  *flights = (struct flights){.budget = NULL};
}

// The array with twice the room, or NULL.
static void *wider(struct memory_budget *budget, void *array, uint32_t *room, size_t size) {
  uint32_t more = *room == 0 ? FIRST_ROOM : 2 * *room;
  void *larger = memory_take(budget, more * size);
  if (larger == NULL) return NULL;
  if (*room > 0) memcpy(larger, array, *room * size);
  memory_give(budget, array, *room * size);
  *room = more;
  return larger;
}

uint32_t flights_find(const struct flights *flights, uint64_t key) {
  uint32_t entry = store_peek(&flights->index, key, 0);
  return entry == STORE_NOTHING ? FLIGHT_NONE : (uint32_t)store_stamp(&flights->index, entry);
}

static uint32_t take_flight(struct flights *flights) {
  uint32_t flight = flights->flight_free;
  if (flight != FLIGHT_NONE) {
    flights->flight_free = flights->flights[flight].next;
    return flight;
  }
  if (flights->flight_count == flights->flight_room) {
    void *larger = wider(flights->budget, flights->flights, &flights->flight_room, sizeof *flights->flights);
    if (larger == NULL) return FLIGHT_NONE;
    flights->flights = larger;
  }
  return flights->flight_count++;
}

uint32_t flights_open(struct flights *flights, uint64_t key) {
  uint32_t flight = take_flight(flights);
  if (flight == FLIGHT_NONE) return FLIGHT_NONE;
  flights->flights[flight] = (struct flight){.key = key, .first = FLIGHT_NONE, .last = FLIGHT_NONE};
  if (store_put(&flights->index, key, 0, 0, STORE_FOREVER, flight) != STORE_NOTHING) return flight;
  flights->flights[flight].next = flights->flight_free;
  flights->flight_free = flight;
  return FLIGHT_NONE;
}

bool flights_join(struct flights *flights, uint32_t flight, struct frame_reference who) {
  uint32_t waiter = flights->waiter_free;
  if (waiter != FLIGHT_NONE) {
    flights->waiter_free = flights->waiters[waiter].next;
  } else {
    if (flights->waiter_count == flights->waiter_room) {
      void *larger =
          wider(flights->budget, flights->waiters, &flights->waiter_room, sizeof *flights->waiters);
      if (larger == NULL) return false;
      flights->waiters = larger;
    }
    waiter = flights->waiter_count++;
  }
  struct flight *line = &flights->flights[flight];
  flights->waiters[waiter] = (struct flight_waiter){who, FLIGHT_NONE};
  if (line->first == FLIGHT_NONE) {
    line->first = waiter;
  } else {
    flights->waiters[line->last].next = waiter;
  }
  line->last = waiter;
  return true;
}

bool flights_take(struct flights *flights, uint32_t flight, struct frame_reference *who) {
  struct flight *line = &flights->flights[flight];
  uint32_t waiter = line->first;
  if (waiter == FLIGHT_NONE) return false;
  *who = flights->waiters[waiter].who;
  line->first = flights->waiters[waiter].next;
  flights->waiters[waiter].next = flights->waiter_free;
  flights->waiter_free = waiter;
  return true;
}

void flights_close(struct flights *flights, uint32_t flight) {
  ASSERT(flights->flights[flight].first == FLIGHT_NONE, "a flight is over while somebody waits for it");
  store_remove(&flights->index, flights->flights[flight].key);
  flights->flights[flight].next = flights->flight_free;
  flights->flight_free = flight;
}
