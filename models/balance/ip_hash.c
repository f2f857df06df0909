// The same client goes to the same target, as long as the list of targets stays the same.
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  (void)luck;
  return balance_untried_from(view, (uint32_t)(random_mix(view->client + 1) % view->count));
}

static const struct balance_algorithm algorithm = {.pick = pick};
const struct field_alternative balance_ip_hash = {
    .name = "ip-hash", .doc = "a client always goes to the same target", .user = &algorithm};
