// Any target, each as likely as its weight.
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  double sum = 0;
  for (uint32_t target = 0; target < view->count; target++)
    sum += balance_tried(view, target) ? 0 : view->weights[target];
  if (sum <= 0) return (uint32_t)random_below(luck, view->count);
  double left = random_unit(luck) * sum;
  uint32_t chosen = 0;
  for (uint32_t target = 0; target < view->count; target++) {
    if (balance_tried(view, target)) continue;
    chosen = target;
    left -= view->weights[target];
    if (left <= 0) break;
  }
  return chosen;
}

static const struct balance_algorithm algorithm = {.pick = pick, .weighted = true, .draws = true};
const struct field_alternative balance_random = {
    .name = "random", .doc = "any target, each as likely as its weight", .user = &algorithm};
