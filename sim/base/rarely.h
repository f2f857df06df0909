// What few events need stands beside what nearly all do: a function so marked is kept out of line, so that
// its callers save no registers for it and stay short.
#ifndef HEADROOM_RARELY_H
#define HEADROOM_RARELY_H

#if defined(__GNUC__)
#define IN_LINE inline __attribute__((always_inline)) // the plain way of every event, however long
#define ASIDE   __attribute__((noinline))             // another way through, as fast as the plain one
#define RARELY  __attribute__((noinline, cold))       // speed does not matter
#else
#define IN_LINE inline
#define ASIDE
#define RARELY
#endif

#endif
