// Shapes: a factor on the rate of a client group that changes over simulated time.
//
// A shape is applied by warping time, which is exact for every process: with L(t) the integral of the factor
// from 0 to t, what the unshaped process does at u happens at L⁻¹(u). A Poisson process of rate r becomes the
// Poisson process of rate r f(t) (Çinlar 1975); a regular one stays regular, at the momentary rate.
//
// Times are ns from the start of the run, never negative. In double, they are exact below 104 days.
#ifndef HEADROOM_SHAPE_H
#define HEADROOM_SHAPE_H

#include "field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shape_kind { SHAPE_NONE, SHAPE_PIECES, SHAPE_DIURNAL, SHAPE_GROWTH };

// A piece of a factor that is linear between jumps: from `start` to the next piece's (the last: for ever).
struct shape_piece {
  double start; // ns; the first is 0
  double factor;
  double slope;    // per ns
  double integral; // from 0 to start
};

// A periodic curve around a peak, of mean 1. Up to a peak of 2 it is 1 + (p - 1) cos θ; above, max(0, c (cos
// θ
// - cos θ₀)), with c and θ₀ so that the mean is 1 and the peak p: the traffic of a day gathers around the
// peak, and there is none in the time far from it. The two meet at 2.
struct shape_wave {
  double peak_to_mean; // 1 to 100
  double reach;        // θ₀ in turns; 1/2: the cosine
  double cosine;       // of θ₀
  double scale;        // c
  const double *guess; // turns at each cell of the integral's share, or NULL
};

// What a shape comes to; immutable. A reader uses the functions below.
struct shape {
  enum shape_kind kind;
  const struct shape_piece *pieces;
  size_t count;
  struct shape_wave wave;
  double period;  // ns
  double peak_at; // ns
  double trough;  // how long before time 0 the factor was least, ns
  double shift;   // share of the period's integral that lies before time 0
  double growth;  // ln factor / per, 1/ns
};

// The list, for FIELD_VARIANT(struct client, shape, .each = shape_alternative, …); NULL past the last.
const struct field_alternative *shape_alternative(size_t index);

// Makes the shape of a decoded variant, absent or not; what it needs lives in the context's arena. Errors
// that rows cannot say (times that do not increase) are reported at `node`, the shape's value in the
// document; returns whether there was none.
bool shape_compile(const struct variant *variant, const struct node *node, struct field_context *context,
                   struct shape *shape);

// The factor at t; at a jump the one after it.
double shape_factor(const struct shape *shape, double t);

// L(t); INFINITY where growth passes all bounds.
double shape_integral(const struct shape *shape, double t);

// L⁻¹(u): the last t with L(t) <= u, so that nothing happens while the factor is 0; INFINITY if that never
// ends. L(shape_inverse(u)) is u within 1 ns or a relative 1e-12 of u, whichever is more.
double shape_inverse(const struct shape *shape, double u);

// The simulated time of an arrival at operational time `at`, to the nearest ns and never before `earliest`
// (the arrival before it, lest rounding swaps them); INT64_MAX: never, or after all simulated time.
int64_t shape_warp(const struct shape *shape, int64_t at, int64_t earliest);

// Whether the factor is 1 always.
static inline bool shape_is_constant(const struct shape *shape) {
  return shape->kind == SHAPE_NONE;
}

// A wave of a peak from 1 to 100 times the mean, and its factor `turns` periods away from the peak.
struct shape_wave shape_wave_of(double peak_to_mean);
double shape_wave_factor(const struct shape_wave *wave, double turns);

#endif
