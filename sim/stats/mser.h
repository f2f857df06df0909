// Where the warm-up of an averaged series ends: MSER-5.
#ifndef HEADROOM_MSER_H
#define HEADROOM_MSER_H

#include <stdbool.h>
#include <stddef.h>

enum { MSER_GROUP = 5 };

struct mser {
  size_t cut;     // first element to keep: a multiple of 5
  bool past_half; // the cut falls in the second half: the series is too short to tell, take a longer one
};

// The cut that minimises the squared standard error of the mean of what is left, over means of five
// neighbours (White, Cobb & Spratt, WSC 2000; Hoad, Robinson & Davies, JORS 61, 2010). `series` is an average
// over pilot replications (never the data that are then reported), of finite values at equal distances.
// The last five groups are never a candidate, because a handful of equal values would always win. Fewer than
// ten groups: cut 0, past_half true.
struct mser mser_cut(const double *series, size_t count);

#endif
