#include "ziggurat.h"

#include "elementary.h"

// A uniform height within a layer, to be compared with the density.
static double height(struct random_stream *stream, const double *densities, unsigned layer) {
  return densities[layer] + random_unit(stream) * (densities[layer + 1] - densities[layer]);
}

static double start_of_tail(const struct ziggurat_layer *layers) {
  return layers[1].width * 0x1p53;
}

// Beyond the start of the tail an exponential begins anew.
double ziggurat_exponential_edge(struct random_stream *stream, unsigned layer, uint64_t position) {
  const struct ziggurat_layer *layers = ziggurat_exponential_layers;
  for (;;) {
    double x = (double)(int64_t)position * layers[layer].width;
    if (position < layers[layer].inside) return x;
    if (layer == 0) return start_of_tail(layers) - elementary_log(random_unit(stream));
    if (height(stream, ziggurat_exponential_densities, layer) < elementary_exp(-x)) return x;
    uint64_t bits = random_bits(stream);
    layer = (unsigned)(bits & (ZIGGURAT_LAYERS - 1));
    position = bits >> 11;
  }
}

// The tail of a normal by Marsaglia (1964): an exponential envelope.
static double normal_tail(struct random_stream *stream, double start) {
  for (;;) {
    double beyond = -elementary_log(random_unit(stream)) / start;
    if (-2 * elementary_log(random_unit(stream)) > beyond * beyond) return start + beyond;
  }
}

double ziggurat_normal_edge(struct random_stream *stream, unsigned layer, uint64_t position) {
  const struct ziggurat_layer *layers = ziggurat_normal_layers;
  for (;;) {
    double x = (double)(int64_t)position * layers[layer].width;
    if (position < layers[layer].inside) return x;
    if (layer == 0) return normal_tail(stream, start_of_tail(layers));
    if (height(stream, ziggurat_normal_densities, layer) < elementary_exp(-0.5 * x * x)) return x;
    uint64_t bits = random_bits(stream);
    layer = (unsigned)(bits & (ZIGGURAT_LAYERS - 1));
    position = bits >> 11;
  }
}
