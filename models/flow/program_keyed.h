// Reads and writes of items as calls: what a `read` or a `write` becomes at its caller, given the forms of
// the caches on its way. Used for the steps of the language, and by models that ask an origin.
//
//   read, cache-aside:   CALL cache "read d"; missed: CALL origin "read d", CALL cache "set d"
//   read, otherwise:     CALL holder "read d": a cache asks its origin itself
//   write, through:      CALL cache "write d": it writes to its origin and then keeps the item
//   write, past a cache: CALL origin "write d", then CALL cache "drop d" where it invalidates
//
// A cache that does not answer is a cache that has missed; what cannot be set or dropped is let be.
#ifndef HEADROOM_PROGRAM_KEYED_H
#define HEADROOM_PROGRAM_KEYED_H

#include "program_build.h"

// What the calls of a read or a write have in common. Pointers are borrowed until it is added.
struct program_keyed {
  struct plan *plan;
  struct program_builder *builder;
  uint16_t dataset;
  const struct policy *policy;  // of every call; NULL: none
  const struct component *self; // whose program it is, where that is a cache: it is not told to forget
  // Adds what is done when the last resort has failed; NULL: the visit fails.
  void (*fallback)(void *context);
  void *context;
};

// Adds a read, or a write, of an item that `holder` has, by way of the caches before it.
void program_read(const struct program_keyed *keyed, struct component *holder, enum key_source key);
void program_write(const struct program_keyed *keyed, struct component *holder, enum key_source key);

// The plan's number of an operation on a dataset; UINT16_MAX: nobody uses it.
uint16_t program_operation(const struct plan *plan, enum operation operation, uint16_t dataset);

#endif
