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

static uint32_t count_untried(const struct balance_view *view) {
  uint32_t count = 0;
  for (uint32_t target = 0; target < view->count; target++) count += !balance_tried(view, target);
  return count;
}

// The target that has `rank` untried ones before it.
static uint32_t untried_at(const struct balance_view *view, uint32_t rank) {
  uint32_t target = 0;
  while (balance_tried(view, target) || rank-- > 0) target++;
  return target;
}

// A random permutation of `wanted` of the ranks below `count`, each as likely (Floyd's algorithm P in
// Bentley & Floyd 1987): the order is random too, so that equals are chosen alike.
static void draw_ranks(uint32_t *drawn, uint32_t wanted, uint32_t count, struct random_stream *luck) {
  for (uint32_t i = 0; i < wanted; i++) {
    uint32_t last = count - wanted + i;
    uint32_t rank = (uint32_t)random_below(luck, last + 1U);
    uint32_t place = 0;
    for (uint32_t j = 0; j < i; j++) {
      if (drawn[j] == rank) place = j + 1;
    }
    for (uint32_t j = i; j > place; j--) drawn[j] = drawn[j - 1];
    drawn[place] = place == 0 ? rank : last;
  }
}

uint32_t balance_of_some(const struct balance_view *view, uint32_t choices, struct random_stream *luck) {
  uint32_t untried = view->tried == NULL ? view->count : count_untried(view);
  bool skips = untried > 0 && untried < view->count;
  uint32_t count = skips ? untried : view->count;
  uint32_t wanted = choices < count ? choices : count;
  if (wanted > CHOICES_MOST) wanted = CHOICES_MOST;
  uint32_t drawn[CHOICES_MOST];
  draw_ranks(drawn, wanted, count, luck);
  uint32_t best = BALANCE_NOBODY;
  for (uint32_t i = 0; i < wanted; i++) {
    uint32_t target = skips ? untried_at(view, drawn[i]) : drawn[i];
    if (best == BALANCE_NOBODY || *view->outstanding[target] < *view->outstanding[best]) best = target;
  }
  return best;
}
