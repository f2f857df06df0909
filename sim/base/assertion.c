#include "assertion.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// The one thread-local of the program: an assertion has no argument through which a context could reach it.
static _Thread_local const struct assertion_context *current;

void assertion_set_context(const struct assertion_context *context) {
  current = context;
}

void assertion_fail(const char *condition, const char *file, int line, const char *message) {
  fprintf(stderr, "headroom: internal error at %s:%d: %s (%s)\n", file, line, message, condition);
  if (current != NULL) {
    fprintf(stderr,
            "  at simulated time %.9f s, event %" PRIu64 ", seed %" PRIu64 ", replication %" PRIu32 "\n",
            (double)*current->now / 1e9, *current->event, current->seed, current->replication);
  }
  abort();
}
