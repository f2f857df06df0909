// Standard exponential and standard normal variates by the ziggurat (Marsaglia & Tsang 2000): 256 layers of
// equal area; with 53 bits of position beside those that choose the layer (Doornik 2005), so that the two are
// independent.
#ifndef HEADROOM_ZIGGURAT_H
#define HEADROOM_ZIGGURAT_H

#include "random.h"

#include <stdint.h>
#include <string.h>

enum { ZIGGURAT_LAYERS = 256 };

// A layer of which a position p of 53 bits lies at p * width; below `inside` it lies under the density for
// certain. Layer 0 is the base with the tail.
struct ziggurat_layer {
  double width;
  uint64_t inside;
};

// Constant; printed by tools/ziggurat.c, recomputed by the unit test of distributions.
extern const struct ziggurat_layer ziggurat_exponential_layers[ZIGGURAT_LAYERS];
extern const struct ziggurat_layer ziggurat_normal_layers[ZIGGURAT_LAYERS];

// The density (1 at 0) at the bottom of layer i for i from 1; element i + 1 is at its top.
extern const double ziggurat_exponential_densities[ZIGGURAT_LAYERS + 1];
extern const double ziggurat_normal_densities[ZIGGURAT_LAYERS + 1];

// What is left when a position is not certainly inside: the edge of a layer, or the tail.
double ziggurat_exponential_edge(struct random_stream *stream, unsigned layer, uint64_t position);
double ziggurat_normal_edge(struct random_stream *stream, unsigned layer, uint64_t position);

// Exponential with mean 1; at least 0, below 50.
static inline double ziggurat_exponential(struct random_stream *stream) {
  uint64_t bits = random_bits(stream);
  unsigned number = (unsigned)(bits & (ZIGGURAT_LAYERS - 1));
  uint64_t position = bits >> 11;
  const struct ziggurat_layer *layer = &ziggurat_exponential_layers[number];
  if (__builtin_expect(position < layer->inside, 1)) return (double)(int64_t)position * layer->width;
  return ziggurat_exponential_edge(stream, number, position);
}

// Normal with mean 0 and variance 1; within ±12.
static inline double ziggurat_normal(struct random_stream *stream) {
  uint64_t bits = random_bits(stream);
  unsigned number = (unsigned)(bits & (ZIGGURAT_LAYERS - 1));
  uint64_t position = bits >> 11;
  const struct ziggurat_layer *layer = &ziggurat_normal_layers[number];
  double size = __builtin_expect(position < layer->inside, 1)
                    ? (double)(int64_t)position * layer->width
                    : ziggurat_normal_edge(stream, number, position);
  // Without a branch, which would be mispredicted every other time.
  uint64_t pattern;
  memcpy(&pattern, &size, sizeof pattern);
  pattern ^= (bits & ZIGGURAT_LAYERS) << (63 - 8);
  memcpy(&size, &pattern, sizeof size);
  return size;
}

#endif
