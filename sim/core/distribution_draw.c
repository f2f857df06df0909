// The samplers: exact algorithms, on the ziggurats and our own exp and log.
#include "distribution.h"

#include "ascending.h"
#include "elementary.h"

#include <math.h>

// Marsaglia & Tsang (2000) for a shape of 1 or more; ln v - v + 1 is written in y so that nothing cancels
// where the shape is huge.
static double draw_gamma_above(double shape, struct random_stream *stream) {
  double d = shape - 1.0 / 3;
  double c = 1 / sqrt(9 * d);
  for (;;) {
    double x = ziggurat_normal(stream);
    double y = c * x;
    if (y <= -1) continue;
    double v = (1 + y) * (1 + y) * (1 + y);
    double u = random_unit(stream);
    double square = x * x;
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (elementary_log(u) < 0.5 * square + d * (3 * elementary_log1p(y) - y * (3 + y * (3 + y))))
      return d * v;
  }
}

// Below 1: gamma of shape + 1 times U^(1 / shape).
static double draw_gamma(double shape, struct random_stream *stream) {
  if (shape >= 1) return draw_gamma_above(shape, stream);
  double power = elementary_exp(-ziggurat_exponential(stream) / shape);
  return power * draw_gamma_above(shape + 1, stream);
}

// Up to so many phases their sum is cheaper than the general gamma.
enum { SUMMED_PHASES = 8 };

static double draw_erlang(double phases, struct random_stream *stream) {
  if (phases > SUMMED_PHASES) return draw_gamma_above(phases, stream);
  double sum = 0;
  for (int i = 0; i < (int)phases; i++) sum += ziggurat_exponential(stream);
  return sum;
}

static double draw_weibull(double shape, struct random_stream *stream) {
  return elementary_exp(elementary_log(ziggurat_exponential(stream)) / shape);
}

// Without a maximum the logarithm is exponential; with one, by inversion.
static double draw_pareto(const struct distribution *distribution, struct random_stream *stream) {
  double alpha = distribution->pareto.alpha;
  double tail = distribution->pareto.tail;
  if (distribution->pareto.span == INFINITY) return elementary_exp(ziggurat_exponential(stream) / alpha);
  double survival = tail + (1 - tail) * random_unit(stream);
  return fmin(elementary_exp(-elementary_log(survival) / alpha), distribution->pareto.span);
}

// At least half of the normals are accepted, as mean >= 0.
static double draw_normal(double mean, double sd, struct random_stream *stream) {
  for (;;) {
    double value = mean + sd * ziggurat_normal(stream);
    if (value >= 0) return value;
  }
}

static double draw_hyperexponential(const struct distribution *distribution, struct random_stream *stream) {
  bool first = random_unit(stream) < distribution->hyperexponential.chance;
  double mean = first ? distribution->hyperexponential.first : distribution->hyperexponential.second;
  return mean * ziggurat_exponential(stream);
}

static double draw_quantiles(const struct distribution *distribution, struct random_stream *stream) {
  const double *below = distribution->table.below;
  const double *values = distribution->table.values;
  double u = random_unit(stream);
  size_t next = ascending_count(below, distribution->table.count, u);
  if (next == distribution->table.count) return values[next - 1];
  double share = (u - below[next - 1]) / (below[next] - below[next - 1]);
  if (values[next - 1] == 0) return share * values[next];
  return fmin(values[next - 1] * elementary_exp(share * distribution->table.rises[next - 1]), values[next]);
}

static double draw_empirical(const struct distribution *distribution, struct random_stream *stream) {
  return distribution->table.values[random_below(stream, distribution->table.count)];
}

// The parts are no mixtures themselves: this is one level deep.
static double draw_mixture(const struct distribution *distribution, struct random_stream *stream) {
  size_t part = ascending_count(distribution->table.below, distribution->table.count, random_unit(stream));
  return distribution_draw(&distribution->table.parts[part], stream);
}

// The floor of an exponential is geometric.
static double draw_geometric(double mean, struct random_stream *stream) {
  return floor(ziggurat_exponential(stream) / elementary_log1p(1 / mean));
}

// Below this mean, arrivals are counted one by one.
#define COUNTED_ARRIVALS 10.0

static double draw_poisson_counted(double mean, struct random_stream *stream) {
  double count = 0;
  for (double time = ziggurat_exponential(stream); time <= mean; time += ziggurat_exponential(stream))
    count++;
  return count;
}

// ln P(K = count) by Stirling, arranged as by Loader (2000) so that nothing large cancels; mean >= 10.
static double poisson_log_chance(double mean, double count) {
  if (count < 16) return count * elementary_log(mean) - mean - elementary_log_gamma(count + 1);
  double inverse = 1 / count;
  double excess = (count - mean) / mean;
  double deviance = mean * ((1 + excess) * elementary_log1p(excess) - excess);
  double correction = inverse * (1.0 / 12 - inverse * inverse * (1.0 / 360 - inverse * inverse / 1260));
  return -deviance - 0.5 * elementary_log(6.283185307179586 * count) - correction;
}

// Hörmann (1993), transformed rejection with squeeze (PTRS).
static double draw_poisson_rejected(double mean, struct random_stream *stream) {
  double b = 0.931 + 2.53 * sqrt(mean);
  double a = -0.059 + 0.02483 * b;
  double log_inverse_alpha = elementary_log(1.1239 + 1.1328 / (b - 3.4));
  double squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    double u = random_unit(stream) - 0.5;
    double v = random_unit(stream);
    double edge = 0.5 - fabs(u);
    double count = floor((2 * a / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return count;
    if (count < 0 || (edge < 0.013 && v > edge)) continue;
    double bound = elementary_log(v) + log_inverse_alpha - elementary_log(a / (edge * edge) + b);
    if (bound <= poisson_log_chance(mean, count)) return count;
  }
}

static double draw_poisson(double mean, struct random_stream *stream) {
  return mean < COUNTED_ARRIVALS ? draw_poisson_counted(mean, stream) : draw_poisson_rejected(mean, stream);
}

static double draw_standard(const struct distribution *distribution, struct random_stream *stream) {
  switch (distribution->kind) {
  case DISTRIBUTION_CONSTANT:
    return 1;
  case DISTRIBUTION_EXPONENTIAL:
    return ziggurat_exponential(stream);
  case DISTRIBUTION_LOGNORMAL:
    return elementary_exp(distribution->sigma * ziggurat_normal(stream));
  case DISTRIBUTION_GAMMA:
    return draw_gamma(distribution->shape, stream);
  case DISTRIBUTION_ERLANG:
    return draw_erlang(distribution->shape, stream);
  case DISTRIBUTION_WEIBULL:
    return draw_weibull(distribution->shape, stream);
  case DISTRIBUTION_PARETO:
    return draw_pareto(distribution, stream);
  case DISTRIBUTION_UNIFORM:
    return distribution->uniform.min +
           (distribution->uniform.max - distribution->uniform.min) * random_unit(stream);
  case DISTRIBUTION_NORMAL:
    return draw_normal(distribution->normal.mean, distribution->normal.sd, stream);
  case DISTRIBUTION_HYPEREXPONENTIAL:
    return draw_hyperexponential(distribution, stream);
  case DISTRIBUTION_QUANTILES:
    return draw_quantiles(distribution, stream);
  case DISTRIBUTION_EMPIRICAL:
    return draw_empirical(distribution, stream);
  case DISTRIBUTION_MIXTURE:
    return draw_mixture(distribution, stream);
  case DISTRIBUTION_GEOMETRIC:
    return draw_geometric(distribution->mean, stream);
  case DISTRIBUTION_POISSON:
    return draw_poisson(distribution->mean, stream);
  }
  return 0;
}

double distribution_draw(const struct distribution *distribution, struct random_stream *stream) {
  return distribution->scale * draw_standard(distribution, stream);
}
