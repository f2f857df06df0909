// A level that moves in whole steps through simulated time (requests inside, busy servers, tokens out) and
// the exact integral under it.
#ifndef HEADROOM_LEVEL_H
#define HEADROOM_LEVEL_H

#include "int128.h"

#include <stdint.h>

// All zero is a level of 0 since time 0. Going up at `now` takes `now` from the area, going down gives it
// back, so that at any time t the integral from 0 to t is area + inside * t: no clock of the last change is
// kept, and an update is one addition. The area wraps around its 64 bits hardly ever; how often it did is
// counted apart, so that it is exact all the same.
struct level {
  int64_t area;   // minus the sum of the times of going up, plus those of going down; ns, modulo 2^64
  int64_t wraps;  // what was left out, in units of 2^64
  int64_t inside; // the level now
  int64_t peak;   // its highest value since the start or since level_restart_peak()
};

// Raises the level by one at `now` (ns, not before 0; order between calls does not matter to the area).
static inline void level_up(struct level *level, int64_t now) {
  if (__builtin_expect(__builtin_sub_overflow(level->area, now, &level->area), 0)) level->wraps--;
  level->inside++;
  if (level->inside > level->peak) level->peak = level->inside;
}

// Lowers the level by one at `now`.
static inline void level_down(struct level *level, int64_t now) {
  if (__builtin_expect(__builtin_add_overflow(level->area, now, &level->area), 0)) level->wraps++;
  level->inside--;
}

// Moves the level by `delta`, of either sign, at `now`: work in bytes, tokens taken several at a time.
static inline void level_change(struct level *level, int64_t delta, int64_t now) {
  int128 area = (int128)level->area - (int128)delta * now;
  level->area = (int64_t)(uint64_t)area;
  level->wraps += (int64_t)((area - level->area) >> 64);
  level->inside += delta;
  if (level->inside > level->peak) level->peak = level->inside;
}

// The integral of the level from 0 to `at` (ns times units), `at` not before the last change. The integral
// over a window is the difference between two of these.
static inline int128 level_area(const struct level *level, int64_t at) {
  return (int128)level->wraps * ((int128)1 << 64) + level->area + (int128)level->inside * at;
}

// Starts the search for the peak anew from the level as it stands: at the end of the warm-up, at a window.
static inline void level_restart_peak(struct level *level) {
  level->peak = level->inside;
}

// The mean level over a window of `span` > 0 ns whose integral is `area`.
static inline double level_mean(int128 area, int64_t span) {
  return (double)area / (double)span;
}

#endif
