// The less loaded of two targets drawn without replacement (Mitzenmacher 2001).
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  return balance_of_some(view, 2, luck);
}

static const struct balance_algorithm algorithm = {.pick = pick, .draws = true};
const struct field_alternative balance_power_of_two = {
    .name = "power-of-two",
    .doc = "the one with fewer requests outstanding of two drawn at random",
    .user = &algorithm};
