// Named randomness. Every draw of a run is a hash of (seed, replication, name, purpose, how many before it):
// no generator is shared, so what one part of a system draws never depends on what another part does.
#ifndef HEADROOM_RANDOM_H
#define HEADROOM_RANDOM_H

#include <stdint.h>

// A stream: a counter that is hashed at each draw (SplitMix64: Steele, Lea & Flood 2014). A request carries
// one as its luck; a client group, a balancer and background work have their own.
struct random_stream {
  uint64_t state;
};

#define RANDOM_INCREMENT UINT64_C(0x9E3779B97F4A7C15)

// The finaliser of SplitMix64 (Stafford's variant 13): a bijection of 64 bits in which each input bit flips
// each output bit with probability one half.
static inline uint64_t random_mix(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
  return bits ^ (bits >> 31);
}

// 64 uniform bits.
static inline uint64_t random_bits(struct random_stream *stream) {
  return random_mix(stream->state += RANDOM_INCREMENT);
}

// Uniform on (0, 1), never an end: 53 bits, centred.
static inline double random_unit(struct random_stream *stream) {
  return ((double)(random_bits(stream) >> 11) + 0.5) * 0x1p-53;
}

// Uniform on 0 … bound - 1; bound > 0. By multiplication (Lemire 2019) without the rejection: the bias is
// below bound * 2^-64.
static inline uint64_t random_below(struct random_stream *stream, uint64_t bound) {
  __extension__ typedef unsigned __int128 wide;
  return (uint64_t)(((wide)random_bits(stream) * bound) >> 64);
}

// The stream of a name and a purpose in one replication of one seed. Names are those of the scenario; a
// purpose is a word of the program ("arrivals", "retry", …).
struct random_stream random_named(uint64_t seed, uint32_t replication, const char *name, const char *purpose);

// A stream that is independent of `stream` and of every other number's: the luck of a call's n-th attempt,
// of a branch, of a request. Draws nothing from `stream`.
static inline struct random_stream random_split(struct random_stream stream, uint64_t number) {
  return (struct random_stream){
      random_mix(stream.state ^ random_mix(number * RANDOM_INCREMENT + UINT64_C(0xD1B54A32D192ED03)))};
}

#endif
