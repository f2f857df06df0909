// Smooth weighted round robin, as nginx has it: at each pick every target gains its weight in credit, the one
// with the most credit is chosen and pays the sum of the weights. Weights 5, 1, 1 give a a b a c a a.
#include "balance.h"

static uint32_t pick(const void *parameters, const struct balance_view *view, struct random_stream *luck) {
  (void)parameters;
  (void)luck;
  uint32_t best = BALANCE_NOBODY;
  double sum = 0;
  for (uint32_t target = 0; target < view->count; target++) {
    view->credit[target] += view->weights[target];
    sum += view->weights[target];
    if (balance_tried(view, target)) continue;
    if (best == BALANCE_NOBODY || view->credit[target] > view->credit[best]) best = target;
  }
  if (best == BALANCE_NOBODY) best = 0; // all tried
  view->credit[best] -= sum;
  return best;
}

static const struct balance_algorithm algorithm = {.pick = pick, .weighted = true};
const struct field_alternative balance_weighted_round_robin = {
    .name = "weighted-round-robin",
    .doc = "in turn, in proportion to the weights and evenly spread (smooth)",
    .user = &algorithm};
