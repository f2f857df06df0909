// Assertions in two tiers. A broken assertion is a programmer's error, never a user's: it prints where in
// simulated time the run stood, so that it can be replayed, and aborts.
#ifndef HEADROOM_ASSERTION_H
#define HEADROOM_ASSERTION_H

#include <stdint.h>

// Where a run stands, in the run's own words; each thread that simulates names its run's.
struct assertion_context {
  const int64_t *now;    // simulated time, ns
  const uint64_t *event; // events carried out so far
  uint64_t seed;         // of the scenario
  uint32_t replication;  // number of the replication
};

// Names the context that a failing assertion of this thread prints; NULL for none.
void assertion_set_context(const struct assertion_context *context);

// Prints condition, place and context to standard error and aborts.
_Noreturn void assertion_fail(const char *condition, const char *file, int line, const char *message);

// ASSERT stays in every build: cheap conditions whose breach would make a number wrong.
#define ASSERT(condition, message)                                                                           \
  ((condition) ? (void)0 : assertion_fail(#condition, __FILE__, __LINE__, (message)))

// DEBUG_ASSERT disappears under NDEBUG and in Release: conditions of the hot loop.
#ifdef HEADROOM_DEBUG
#define DEBUG_ASSERT(condition, message) ASSERT(condition, message)
#else
#define DEBUG_ASSERT(condition, message) ((void)0)
#endif

#endif
