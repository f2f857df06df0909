// Object stores: a limit of requests against a bucket of this file's own, and a price for what is read,
// written and kept.
#include "experimenting.h"
#include "running.h"

#include <math.h>

// So many requests a second, from 1 / rate on, at a bucket that holds one second's worth and is full at
// first.
static uint64_t let_through(int rate, int limit, int requests) {
  double tokens = limit, last = 0;
  uint64_t done = 0;
  for (int i = 1; i <= requests; i++) {
    double now = (double)i / rate;
    tokens = fmin(tokens + limit * (now - last), limit);
    last = now;
    if (tokens < 1 - 1e-9) continue;
    tokens -= 1;
    done++;
  }
  return done;
}

// 32 a second come; they are let through one by one once the first second's worth is gone. The limits divide
// so that no bucket is full to a rounding error.
Test(object_store, a_limit_lets_as_many_through_as_it_says) {
  static const int limits[] = {4, 8, 32, 64};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct running running;
    running_run(&running, NULL,
                "{'network': 'none', 'run': {'duration': '20s', 'warmup': '0s'}, "
                "'datasets': {'files': {'items': 10}}, "
                "'clients': {'c': {'arrivals': {'constant': {'rate': '32/s'}}, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'files'}]}}, "
                "'store': {'type': 'object-store', 'holds': ['files'], 'rate_limit': '%d/s'}}}",
                limits[i]);
    const struct request_measure *measure = running_measure(&running, "request");
    uint64_t expected = let_through(32, limits[i], (int)measure->offered);
    cr_expect_geq(measure->offered, 639);
    cr_expect_eq(measure->answered, expected, "%d/s: %d, not %d", limits[i], (int)measure->answered,
                 (int)expected);
    cr_expect_eq(measure->failed[OUTCOME_REJECTED], measure->offered - expected);
    running_drop(&running);
  }
}

// Three gets and one put a second, of 500 items of 2 MB.
Test(object_store, reads_writes_and_bytes_have_prices_of_their_own) {
  struct experimenting e;
  experimenting_run(
      &e, "{'network': 'none', 'run': {'duration': '1000s', 'warmup': '0s', 'replications': 2}, "
          "'datasets': {'files': {'items': 500, 'item_size': '2MB'}}, "
          "'clients': {'r': {'arrivals': {'constant': {'rate': '3/s'}}, 'mix': {'look': 1}, 'entry': 'web'}, "
          "'w': {'arrivals': {'constant': {'rate': '1/s'}}, 'mix': {'save': 1}, 'entry': 'web'}}, "
          "'components': {'web': {'type': 'server', 'handles': {'look': [{'read': 'files'}], "
          "'save': [{'write': 'files'}]}}, "
          "'store': {'type': 'object-store', 'holds': ['files'], 'price': {'per_million_gets': '$400', "
          "'per_million_puts': '$5000', 'per_gb_month': '$730'}}}}");
  double cost = experimenting_at(experimenting_json(&e), "cost/per_hour/value")->valuedouble;
  // One of each at the very end may not have been.
  double expected = 3 * 3600 * 400e-6 + 3600 * 5000e-6 + 1;
  cr_expect_float_eq(cost, expected, 0.0015 * expected, "%g, not %g", cost, expected);
  experimenting_drop(&e);
}
