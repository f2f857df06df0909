// Zipf's law over a finite number of ranks: rank r, from 0 on, has probability (r + 1)^-s / sum of k^-s.
//
// Drawn by rejection-inversion (Hörmann & Derflinger, ACM TOMACS 6, 1996): the integral of x^-s is inverted
// and what it has too much is rejected, fewer than one draw in ten. No table, any s >= 0 (1 included), any
// number of ranks up to 10^12.
#ifndef HEADROOM_ZIPF_H
#define HEADROOM_ZIPF_H

#include "random.h"

#include <stdint.h>

#define ZIPF_RANKS_MOST INT64_C(1000000000000)

enum { ZIPF_OCTAVES = 8 };

// The members are this module's. Numbers go from 1, ranks from 0.
struct zipf {
  double exponent;
  uint64_t ranks;
  double low;  // where the area of rank 0 begins, and how much there is from there to the end of the last
  double area; //
  double root; // 1 / (1 - exponent), and the area as a power of it; 0: too near to 1
  double from;
  double span;
  double sure[ZIPF_OCTAVES]; // by the octave of the number: a point at most so far below it is accepted
  double total;              // sum of k^-s over all ranks
};

// 0 <= exponent <= 100, 1 <= ranks <= ZIPF_RANKS_MOST.
void zipf_init(struct zipf *zipf, double exponent, uint64_t ranks);

// A rank from 0 to ranks - 1. Takes one draw, seldom more, from the stream. Calls no libm.
uint64_t zipf_draw(const struct zipf *zipf, struct random_stream *stream);

// P(rank); rank < ranks.
double zipf_probability(const struct zipf *zipf, uint64_t rank);

// P(a rank below `rank`): 0 at 0, 1 at ranks. To about 1e-13.
double zipf_below(const struct zipf *zipf, uint64_t rank);

#endif
