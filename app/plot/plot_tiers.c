#include "plot_tiers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double MEMORY_LEAST = 0.5;

struct candidate {
  const struct plot_tier *tier;
  double peak;
  bool first; // the fullest of its component
};

const struct plot_tier *plot_tiers_find(const struct plot_run *run, const char *name) {
  for (size_t t = 0; t < run->tier_count; t++) {
    if (strcmp(run->tiers[t].name, name) == 0) return &run->tiers[t];
  }
  return NULL;
}

// Memory that is held is no work: it is looked at where it may run out.
static bool is_shown(const struct plot_tier *tier) {
  return strcmp(tier->resource, "memory") != 0 || tier->use.value > MEMORY_LEAST;
}

static void take(struct candidate *candidates, size_t *count, const struct plot_tier *tier) {
  size_t i = 0;
  while (i < *count && strcmp(candidates[i].tier->name, tier->name) != 0) i++;
  if (i == *count) candidates[(*count)++] = (struct candidate){tier, tier->use.value, true};
  if (tier->use.value > candidates[i].peak) candidates[i].peak = tier->use.value;
}

static void mark_first(struct candidate *candidates, size_t count) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < count; j++) {
      bool same = strcmp(candidates[i].tier->component, candidates[j].tier->component) == 0;
      bool before =
          candidates[j].peak > candidates[i].peak || (candidates[j].peak == candidates[i].peak && j < i);
      if (same && before) candidates[i].first = false;
    }
  }
}

static int by_fullness(const void *one, const void *other) {
  const struct candidate *a = one, *b = other;
  if (a->first != b->first) return a->first ? -1 : 1;
  if (a->peak != b->peak) return a->peak > b->peak ? -1 : 1;
  return strcmp(a->tier->name, b->tier->name);
}

size_t plot_tiers_choose(const struct plot_run *const *runs, size_t count, size_t most, const char **names,
                         struct arena *arena) {
  size_t all = 0, found = 0;
  for (size_t r = 0; r < count; r++) all += runs[r]->tier_count;
  struct candidate *candidates = arena_array(arena, all + 1, sizeof *candidates);
  for (size_t r = 0; r < count; r++) {
    for (size_t t = 0; t < runs[r]->tier_count; t++) {
      if (is_shown(&runs[r]->tiers[t])) take(candidates, &found, &runs[r]->tiers[t]);
    }
  }
  mark_first(candidates, found);
  qsort(candidates, found, sizeof *candidates, by_fullness);
  size_t chosen = found < most ? found : most;
  for (size_t i = 0; i < chosen; i++) names[i] = candidates[i].tier->name;
  return chosen;
}
