// The target with the fewest requests outstanding (join the shortest queue, as one balancer sees it).
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  (void)luck;
  return balance_least(view, false);
}

static const struct balance_algorithm algorithm = {.pick = pick};
const struct field_alternative balance_least_connections = {
    .name = "least-connections",
    .doc = "the target with the fewest requests outstanding; ties in turn",
    .user = &algorithm};
