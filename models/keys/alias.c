#include "alias.h"

#include "assertion.h"

// Columns that are not full are filled by one that has too much, which may then be the next to be filled.
// `shares` are in units of a column; `pending` holds those below 1 from the front, the others from the back.
static void fill(struct alias_column *columns, double *shares, uint32_t *pending, uint32_t count) {
  uint32_t poor = 0, rich = count;
  for (uint32_t i = 0; i < count; i++) {
    columns[i] = (struct alias_column){.below = UINT64_MAX, .other = i};
    pending[shares[i] < 1.0 ? poor++ : --rich] = i;
  }
  while (poor > 0 && rich < count) {
    uint32_t filled = pending[--poor];
    uint32_t giver = pending[rich];
    columns[filled] = (struct alias_column){.below = (uint64_t)(shares[filled] * 0x1p64), .other = giver};
    shares[giver] -= 1.0 - shares[filled];
    if (shares[giver] >= 1.0) continue;
    rich++;
    pending[poor++] = giver;
  }
}

bool alias_build(struct alias *alias, struct arena *arena, const double *weights, uint32_t count) {
  struct alias_column *columns = arena_array(arena, count, sizeof *columns);
  struct arena scratch; // after the other arena, which may not return
  arena_init(&scratch, arena->budget);
  double *shares = arena_array(&scratch, count, sizeof *shares);
  uint32_t *pending = arena_array(&scratch, count, sizeof *pending);
  bool room = columns != NULL && shares != NULL && pending != NULL;
  if (room) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += weights[i];
    ASSERT(sum > 0, "a law without any weight");
    for (uint32_t i = 0; i < count; i++) shares[i] = weights[i] / sum * count;
    fill(columns, shares, pending, count);
    *alias = (struct alias){.columns = columns, .count = count};
  }
  arena_drop(&scratch);
  return room;
}
