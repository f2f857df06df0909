// Ways: by which balancers a visit has come, so that its answer goes back through them. A way is a number,
// and whoever comes by the same balancers has the same: a visit has no room for more. Once no visit is left
// that has come by it, its number may become another's.
#ifndef HEADROOM_WAY_H
#define HEADROOM_WAY_H

#include "sim.h"

#include <stdint.h>

// Straight from who asked.
enum { WAY_STRAIGHT = 0 };

// The way of what has come by `before`, by which a visit goes now, and on through `instance`. Where visits
// have come by more than can be told apart, or memory runs out, the run ends as if memory had run out.
uint16_t way_through(struct sim *sim, uint16_t before, struct instance *instance);

// The last that it went through, and how it came there; not of WAY_STRAIGHT.
static inline const struct way *way_of(const struct sim *sim, uint16_t number) {
  return &sim->ways[number - 1];
}

void way_drop(struct sim *sim);

#endif
