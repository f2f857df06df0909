#include "balance.h"

static const struct field_alternative *const algorithms[] = {
    &balance_round_robin,
    &balance_weighted_round_robin,
    &balance_least_connections,
    &balance_weighted_least_connections,
    &balance_random,
    &balance_power_of_two,
    &balance_power_of_d,
    &balance_ip_hash,
};

const struct field_alternative *balance_alternative(size_t index) {
  return index < sizeof algorithms / sizeof *algorithms ? algorithms[index] : NULL;
}

static double load_of(const struct balance_view *view, uint32_t target, bool weighted) {
  double outstanding = *view->outstanding[target];
  return weighted ? outstanding / view->weights[target] : outstanding;
}

uint32_t balance_least(const struct balance_view *view, bool weighted) {
  uint32_t best = BALANCE_NOBODY;
  double least = 0;
  uint32_t target = *view->cursor;
  for (uint32_t i = 0; i < view->count; i++) {
    target = target + 1 < view->count ? target + 1 : 0;
    if (balance_tried(view, target)) continue;
    double load = load_of(view, target, weighted);
    if (best != BALANCE_NOBODY && load >= least) continue;
    best = target;
    least = load;
  }
  if (best == BALANCE_NOBODY) best = target; // all tried
  *view->cursor = best;
  return best;
}

uint32_t balance_untried_from(const struct balance_view *view, uint32_t target) {
  for (uint32_t i = 0; i < view->count; i++) {
    uint32_t next = (uint32_t)(((uint64_t)target + i) % view->count);
    if (!balance_tried(view, next)) return next;
  }
  return target;
}

enum { CHOICES_MOST = 64 };

// Floyd's sampling without replacement (Bentley & Floyd 1987), over the targets that have not been tried.
uint32_t balance_of_some(const struct balance_view *view, uint32_t choices, struct random_stream *luck) {
  uint32_t drawn[CHOICES_MOST];
  uint32_t wanted = choices < view->count ? choices : view->count;
  if (wanted > CHOICES_MOST) wanted = CHOICES_MOST;
  uint32_t best = BALANCE_NOBODY;
  for (uint32_t i = 0; i < wanted; i++) {
    uint32_t last = view->count - wanted + i;
    uint32_t target = (uint32_t)random_below(luck, last + 1U);
    for (uint32_t j = 0; j < i; j++) {
      if (drawn[j] == target) target = last;
    }
    drawn[i] = target;
    if (balance_tried(view, target)) continue;
    if (best == BALANCE_NOBODY || *view->outstanding[target] < *view->outstanding[best]) best = target;
  }
  return best != BALANCE_NOBODY ? best : balance_untried_from(view, drawn[0]);
}
