#include "random.h"

// FNV-1a (Fowler, Noll & Vo) over the bytes and the terminating zero, so that "ab" + "c" is not "a" + "bc".
static uint64_t absorb(uint64_t hash, const char *text) {
  const unsigned char *bytes = (const unsigned char *)text;
  do hash = (hash ^ *bytes) * UINT64_C(0x100000001B3);
  while (*bytes++ != 0);
  return hash;
}

// Each part is mixed in before the next, so that no two of them can cancel.
struct random_stream random_named(uint64_t seed, uint32_t replication, const char *name,
                                  const char *purpose) {
  uint64_t words = absorb(absorb(UINT64_C(0xCBF29CE484222325), name), purpose);
  uint64_t state = random_mix(seed + RANDOM_INCREMENT);
  state = random_mix(state ^ (replication * UINT64_C(0xD6E8FEB86659FD93) + 1));
  return (struct random_stream){random_mix(state ^ random_mix(words))};
}
