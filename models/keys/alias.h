// Any finite law in constant time: the alias method (Walker 1977), its table built in linear time (Vose, IEEE
// Trans. Software Engineering 17, 1991).
#ifndef HEADROOM_ALIAS_H
#define HEADROOM_ALIAS_H

#include "arena.h"
#include "random.h"

#include <stdbool.h>
#include <stdint.h>

// A column is the number itself where 64 bits of luck lie below `below`, else its alias.
struct alias_column {
  uint64_t below;
  uint32_t other;
};

struct alias {
  const struct alias_column *columns;
  uint32_t count;
};

// Number i is drawn with probability weights[i] / their sum; weights >= 0, not all 0; 1 <= count < 2^32. The
// table lives in the arena, what building it needs does not stay there. False: no memory.
bool alias_build(struct alias *alias, struct arena *arena, const double *weights, uint32_t count);

// A number below count. Takes one draw, whose upper part chooses the column and whose lower part decides.
static inline uint32_t alias_draw(const struct alias *alias, struct random_stream *stream) {
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)random_bits(stream) * alias->count;
  const struct alias_column *column = &alias->columns[(uint64_t)(product >> 64)];
  return (uint64_t)product < column->below ? (uint32_t)(column - alias->columns) : column->other;
}

#endif
