// What few events need stands beside what nearly all do. A function marked RARELY is kept out of line, so that
// its callers save no registers for it and stay short.
#ifndef HEADROOM_RARELY_H
#define HEADROOM_RARELY_H

#if defined(__GNUC__)
#define RARELY __attribute__((noinline, cold))
#else
#define RARELY
#endif

#endif
