// Balancing algorithms: which target a load balancer sends a request to. One file an algorithm; balance.c
// holds the list.
#ifndef HEADROOM_BALANCE_H
#define HEADROOM_BALANCE_H

#include "field.h"
#include "random.h"

#include <stdint.h>

// The targets that one balancer sees, as arrays by target. `outstanding` counts what the balancer has sent
// there and has not seen answered.
struct balance_view {
  uint32_t count;
  const double *weights; // > 0
  const uint32_t *const *outstanding;
  const bool *tried; // by this call; NULL: none
  uint64_t client;   // who asks: equal for equal users
  uint32_t *cursor;  // the balancer's own, kept between picks
  double *credit;    // by target, the balancer's own; set to 0 when the view changes
};

#define BALANCE_NOBODY UINT32_MAX

struct balance_algorithm {
  // Returns a target that has not been tried where one is left, else any; `luck` is for this pick alone.
  // Called for each request; the view has at least one target.
  uint32_t (*pick)(const void *parameters, const struct balance_view *view, struct random_stream *luck);
  bool weighted; // it heeds the weights
  bool draws;    // it needs luck; else `luck` is NULL
};

// The list, for FIELD_VARIANT(…, .each = balance_alternative).
const struct field_alternative *balance_alternative(size_t index);

static inline bool balance_tried(const struct balance_view *view, uint32_t target) {
  return view->tried != NULL && view->tried[target];
}

// The least loaded by outstanding / weight, ties in turn from the cursor on.
uint32_t balance_least(const struct balance_view *view, bool weighted);

// The least loaded of `choices` targets drawn without replacement.
uint32_t balance_of_some(const struct balance_view *view, uint32_t choices, struct random_stream *luck);

// The target itself if it has not been tried, else the next one after it that has not, else itself.
uint32_t balance_untried_from(const struct balance_view *view, uint32_t target);

extern const struct field_alternative balance_round_robin;
extern const struct field_alternative balance_weighted_round_robin;
extern const struct field_alternative balance_least_connections;
extern const struct field_alternative balance_weighted_least_connections;
extern const struct field_alternative balance_random;
extern const struct field_alternative balance_power_of_two;
extern const struct field_alternative balance_power_of_d;
extern const struct field_alternative balance_ip_hash;

#endif
