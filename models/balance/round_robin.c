// Each target in turn.
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  (void)luck;
  uint32_t next = *view->cursor + 1 < view->count ? *view->cursor + 1 : 0;
  if (balance_tried(view, next)) next = balance_untried_from(view, next);
  *view->cursor = next;
  return next;
}

static const struct balance_algorithm algorithm = {.pick = pick};
const struct field_alternative balance_round_robin = {
    .name = "round-robin", .doc = "each target in turn", .user = &algorithm};
