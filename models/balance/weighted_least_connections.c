// The target with the fewest requests outstanding for its weight.
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  (void)luck;
  return balance_least(view, true);
}

static const struct balance_algorithm algorithm = {.pick = pick, .weighted = true};
const struct field_alternative balance_weighted_least_connections = {
    .name = "weighted-least-connections",
    .doc = "the fewest requests outstanding for its weight; ties in turn",
    .user = &algorithm};
