// The bill: what an architecture costs an hour, a month and a million requests, and who of it how much. Money
// is counted by the run (models/cost.h) and is in the currency of the scenario's totals.
#ifndef HEADROOM_BILL_H
#define HEADROOM_BILL_H

#include "estimates.h"
#include "units.h"

#include <stdbool.h>
#include <stddef.h>

struct bill_line {
  const char *name; // of a component, "host:NAME" of a host on which nothing stands, or a tag
  struct estimate per_hour;
};

struct bill {
  bool known; // something has a price; else only `unpriced` is there
  enum units_currency currency;
  struct estimate per_hour;    // the sum of its lines
  struct estimate per_million; // requests that were answered, attackers' left out
  struct bill_line *lines;     // components that cost anything, in the order of their names
  size_t line_count;
  struct bill_line *tags; // what carries several counts for each of them
  size_t tag_count;
  bool values; // some request has a value
  // What clients' requests would have earned that were not answered in the end, an hour; attackers' left out.
  struct estimate lost_per_hour;
  const char **unpriced; // components that have no price, or not of all; "traffic out"
  size_t unpriced_count;
};

// In the arena.
void bill_make(struct bill *bill, const struct experiment *experiment, struct arena *arena);

// All of it together: an hour, in one replication and as an estimate; NaN where nothing has a price.
double bill_value(const struct experiment *experiment, size_t replication);
struct estimate bill_estimate(const struct experiment *experiment, double confidence);

// An hour's as a month's.
struct estimate bill_per_month(struct estimate per_hour);

// "$24.00/month" of an amount for an hour.
struct units_text bill_show(enum units_currency currency, double per_hour);

#endif
