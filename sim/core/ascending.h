// Look-up in an ascending array.
#ifndef HEADROOM_ASCENDING_H
#define HEADROOM_ASCENDING_H

#include <stdbool.h>
#include <stddef.h>

// How many of the ascending `values` are at most x.
static inline size_t ascending_count(const double *values, size_t count, double x) {
  size_t low = 0;
  while (count > 0) {
    size_t half = count / 2;
    bool right = values[low + half] <= x;
    low = right ? low + half + 1 : low;
    count = right ? count - half - 1 : half;
  }
  return low;
}

#endif
