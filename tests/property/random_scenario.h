// Random scenarios that are valid, over the whole language that exists, as JSON text. Every decision is one
// choice, taken from a seed or from the bytes of a fuzzer; a scenario is the same for the same choices.
#ifndef HEADROOM_RANDOM_SCENARIO_H
#define HEADROOM_RANDOM_SCENARIO_H

#include "random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choices {
  const uint8_t *bytes; // NULL: from the stream
  size_t count;
  size_t at;
  struct random_stream stream;
};

struct choices choices_of_seed(uint64_t seed);
struct choices choices_of_bytes(const uint8_t *bytes, size_t count); // past the end: always 0

struct random_scenario_options {
  int64_t time; // factor on every duration; rates are divided by it
  bool plain; // network "none", no retry budgets, limits of rates or memory: all that has a length takes part
              // in `time`
  bool calm;  // no timeline, no shape, no failures, and little load: a run that settles
  bool unused; // with a host, a machine and a component that nobody calls, first among their kinds
  bool tiny;   // a few requests
  bool stores; // with a database, "store", that servers read from and write to
};

// The text; the caller frees it. NULL when memory runs out.
char *random_scenario(struct choices *choices, const struct random_scenario_options *options);

// What the scenarios name: "samples.txt", "keys.txt", "access.log" and the traces. Times in them are
// multiplied by `time`. The caller frees it.
char *random_scenario_file(const char *name, int64_t time);

#endif
