// Service level objectives: the rules under "slo", read when the scenario is opened.
#ifndef HEADROOM_OBJECTIVES_H
#define HEADROOM_OBJECTIVES_H

#include "field.h"
#include "figure.h"
#include "objective.h"
#include "part.h"
#include "plan.h"
#include "units.h"

#include <stdbool.h>
#include <stddef.h>

enum objective_unit {
  OBJECTIVE_TIME,
  OBJECTIVE_SHARE,
  OBJECTIVE_RATE,
  OBJECTIVE_SIZE,
  OBJECTIVE_NUMBER,
  OBJECTIVE_MONEY
};

// One rule. Times are seconds, sizes bytes, shares 0 to 1, rates per second, money in the
// currency of totals for an hour.
struct objective {
  const char *text;             // as it was written
  int client;                   // SCOPE_ALL: all but attackers
  int request;                  // SCOPE_ALL
  int component;                // -1: it speaks of requests, or of the bill
  bool bill;                    // of what all costs together
  enum units_currency currency; // of totals
  struct figure figure;
  struct part part;
  enum objective_unit unit;
  enum objective_sense sense;
  double limit;
  int64_t window; // ns: it must hold in a share of all windows so long; 0: over the whole measured time
  double share;
};

// Whether a value is on the good side of the limit.
bool objective_holds(const struct objective *objective, double value);

struct objectives {
  struct objective *list;
  size_t count;
};

// Reads the rules of a plan. False after errors were reported at the rules. The list lives in context->arena.
bool objectives_compile(struct objectives *objectives, const struct plan *plan,
                        struct field_context *context);

// Reads one rule; for tests and the above. `node` is where errors are reported.
bool objective_compile(struct objective *objective, const char *text, const struct node *node,
                       const struct plan *plan, struct field_context *context);

#endif
