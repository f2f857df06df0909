#include "shape.h"

#include "assertion.h"
#include "distribution.h"
#include "elementary.h"

#include <math.h>

#define PI 3.14159265358979323846

enum { POINTS_MOST = 100000, GUESSES = 1024 };

// ------------------------------------------------------------------------------------------------ the wave

// Sine and cosine of `turns` full circles, |turns| <= 1/2, by series on an eighth of a turn: those of libm
// differ from one to the next.
static double series_sine(double angle) {
  double q = angle * angle;
  double tail = 1.0 / 6227020800 - q / 1307674368000;
  tail = 1.0 / 362880 - q * (1.0 / 39916800 - q * tail);
  return angle * (1.0 - q * (1.0 / 6 - q * (1.0 / 120 - q * (1.0 / 5040 - q * tail))));
}

static double series_cosine(double angle) {
  double q = angle * angle;
  double tail = 1.0 / 87178291200 - q / 20922789888000;
  tail = 1.0 / 3628800 - q * (1.0 / 479001600 - q * tail);
  return 1.0 - q * (1.0 / 2 - q * (1.0 / 24 - q * (1.0 / 720 - q * (1.0 / 40320 - q * tail))));
}

static void circle(double turns, double *sine, double *cosine) {
  double quarter = floor(turns * 4 + 0.5);
  double angle = (turns - quarter / 4) * (2 * PI);
  double s = series_sine(angle);
  double c = series_cosine(angle);
  switch ((int)quarter & 3) {
  case 0:
    *sine = s, *cosine = c;
    return;
  case 1:
    *sine = c, *cosine = -s;
    return;
  case 2:
    *sine = -s, *cosine = -c;
    return;
  default:
    *sine = -c, *cosine = s;
    return;
  }
}

// sin θ₀ - θ₀ cos θ₀, half the area under cos θ - cos θ₀ between -θ₀ and θ₀.
static double half_area(double reach, double *cosine) {
  double sine;
  circle(reach, &sine, cosine);
  return sine - reach * (2 * PI) * *cosine;
}

struct shape_wave shape_wave_of(double peak_to_mean) {
  ASSERT(peak_to_mean >= 1 && peak_to_mean <= 100, "a peak out of range");
  struct shape_wave wave = {.peak_to_mean = peak_to_mean, .reach = 0.5};
  if (peak_to_mean <= 2) return wave;
  double low = 0;
  for (double high = 0.5, middle; middle = (low + high) / 2, middle > low && middle < high;) {
    double area = half_area(middle, &wave.cosine);
    // The peak, π (1 - cos θ₀) / area, falls from infinity to 2 as the reach grows to a half.
    if (PI * (1 - wave.cosine) > peak_to_mean * area)
      low = middle;
    else
      high = middle;
  }
  wave.reach = low;
  wave.scale = PI / half_area(low, &wave.cosine);
  return wave;
}

double shape_wave_factor(const struct shape_wave *wave, double turns) {
  turns -= floor(turns + 0.5);
  double sine;
  double cosine;
  circle(turns, &sine, &cosine);
  if (wave->scale == 0) return 1 + (wave->peak_to_mean - 1) * cosine;
  return fabs(turns) >= wave->reach ? 0 : fmax(0, wave->scale * (cosine - wave->cosine));
}

// The share of a period's integral between half a period before the peak and `turns` from it, in -1/2 to 1/2;
// and the factor there.
static double wave_share(const struct shape_wave *wave, double turns, double *factor) {
  double sine;
  double cosine;
  *factor = 0;
  if (turns <= -wave->reach) return 0;
  if (turns >= wave->reach) return 1;
  circle(turns, &sine, &cosine);
  if (wave->scale == 0) {
    *factor = 1 + (wave->peak_to_mean - 1) * cosine;
    return 0.5 + turns + (wave->peak_to_mean - 1) * sine / (2 * PI);
  }
  *factor = wave->scale * (cosine - wave->cosine);
  return 0.5 + wave->scale * (sine - turns * (2 * PI) * wave->cosine) / (2 * PI);
}

// Its inverse, by Newton's method inside a bracket that shrinks. After a step below 2^-34 the next would be
// lost in rounding.
static double wave_turns(const struct shape_wave *wave, double share) {
  double low = -wave->reach;
  double high = wave->reach;
  double within = share;
  if (wave->guess != NULL) {
    double cell = floor(share * GUESSES); // share < 1
    low = wave->guess[(size_t)cell];
    high = wave->guess[(size_t)cell + 1];
    within = share * GUESSES - cell;
  }
  double turns = low + (high - low) * within;
  for (int i = 0; i < 200; i++) {
    double factor;
    double excess = wave_share(wave, turns, &factor) - share;
    if (excess == 0) return turns;
    if (excess > 0)
      high = turns;
    else
      low = turns;
    double next = turns - excess / factor;
    if (!(next > low && next < high))
      next = (low + high) / 2;
    else if (fabs(next - turns) < 0x1p-34)
      return next;
    if (next <= low || next >= high) return next;
    turns = next;
  }
  return turns;
}

// Whole periods in `y`, which counts from the trough before time 0, and the rest.
static double periods(const struct shape *shape, double y, double *rest) {
  *rest = fmod(y, shape->period);
  return floor((y - *rest) / shape->period + 0.5);
}

static double diurnal_integral(const struct shape *shape, double t) {
  double rest;
  double whole = periods(shape, t + shape->trough, &rest);
  double factor;
  double share = wave_share(&shape->wave, rest / shape->period - 0.5, &factor);
  return whole * shape->period + (share - shape->shift) * shape->period;
}

static double diurnal_inverse(const struct shape *shape, double u) {
  double rest;
  double whole = periods(shape, u + shape->shift * shape->period, &rest);
  double turns = wave_turns(&shape->wave, rest / shape->period);
  return fmax(0, whole * shape->period + ((turns + 0.5) * shape->period - shape->trough));
}

// ----------------------------------------------------------------------------------------------- the pieces

// The last piece that starts, or whose integral starts, at `x` or before.
static size_t piece_at(const struct shape *shape, double x, bool of_integral) {
  size_t low = 0;
  size_t high = shape->count;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    const struct shape_piece *piece = &shape->pieces[middle];
    if ((of_integral ? piece->integral : piece->start) <= x)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static double pieces_integral(const struct shape *shape, double t) {
  const struct shape_piece *piece = &shape->pieces[piece_at(shape, t, false)];
  double along = t - piece->start;
  return piece->integral + along * (piece->factor + along * piece->slope / 2);
}

static double pieces_inverse(const struct shape *shape, double u) {
  size_t i = piece_at(shape, u, true);
  const struct shape_piece *piece = &shape->pieces[i];
  double rest = fmax(0, u - piece->integral);
  double root = sqrt(fmax(0, piece->factor * piece->factor + 2 * piece->slope * rest));
  double along = rest > 0 ? 2 * rest / (piece->factor + root) : 0; // the root that does not cancel
  if (i + 1 < shape->count) return fmin(piece->start + along, shape->pieces[i + 1].start);
  return piece->factor > 0 ? piece->start + along : INFINITY;
}

// -------------------------------------------------------------------------------------------- what is asked

double shape_factor(const struct shape *shape, double t) {
  switch (shape->kind) {
  case SHAPE_NONE:
    return 1;
  case SHAPE_PIECES: {
    const struct shape_piece *piece = &shape->pieces[piece_at(shape, t, false)];
    return fmax(0, piece->factor + piece->slope * (t - piece->start));
  }
  case SHAPE_DIURNAL:
    return shape_wave_factor(&shape->wave, fmod(t - shape->peak_at, shape->period) / shape->period);
  case SHAPE_GROWTH:
    return elementary_exp(shape->growth * t);
  }
  return 1;
}

double shape_integral(const struct shape *shape, double t) {
  switch (shape->kind) {
  case SHAPE_NONE:
    return t;
  case SHAPE_PIECES:
    return pieces_integral(shape, t);
  case SHAPE_DIURNAL:
    return diurnal_integral(shape, t);
  case SHAPE_GROWTH:
    return t * elementary_growth(shape->growth * t);
  }
  return t;
}

double shape_inverse(const struct shape *shape, double u) {
  switch (shape->kind) {
  case SHAPE_NONE:
    return u;
  case SHAPE_PIECES:
    return pieces_inverse(shape, u);
  case SHAPE_DIURNAL:
    return diurnal_inverse(shape, u);
  case SHAPE_GROWTH: {
    double exponent = shape->growth * u; // e^(growth t) - 1; shrinking reaches -1 never
    return exponent > -1 ? elementary_log1p(exponent) / shape->growth : INFINITY;
  }
  }
  return u;
}

int64_t shape_warp(const struct shape *shape, int64_t at, int64_t earliest) {
  if (shape->kind == SHAPE_NONE) return at;
  double t = shape_inverse(shape, (double)at);
  if (!(t < DISTRIBUTION_LIMIT)) return INT64_MAX;
  int64_t whole = (int64_t)(t + 0.5);
  return whole > earliest ? whole : earliest;
}

// ---------------------------------------------------------------------------------------- what is written

struct shape_point {
  int64_t time;
  double factor;
};
struct shape_diurnal {
  int64_t period;
  double peak_to_mean;
  const int64_t *peak_at;
};
struct shape_ramp {
  double from;
  double to;
  int64_t over;
};
struct shape_spike {
  int64_t at;
  double factor;
  int64_t rise;
  int64_t hold;
  int64_t fall;
};
struct shape_growth {
  int64_t per;
  double factor;
};

#define FACTOR_MOST 1e6

static const struct field point_fields[] = {
    FIELD_DURATION(struct shape_point, time, .required = true, .doc = "from the start of the run"),
    FIELD_NUMBER(struct shape_point, factor, .required = true, .maximum = FACTOR_MOST,
                 .doc = "what the rate is multiplied by"),
};
static const struct field_table point_table =
    FIELD_TABLE("point", struct shape_point, point_fields, .doc = "a factor from a time on");

static const struct field line_row = {.kind = FIELD_KIND_LIST,
                                      .size = sizeof(struct list),
                                      .item = ITEM_TUPLE(struct shape_point, &point_table),
                                      .minimum = 1,
                                      .maximum = POINTS_MOST,
                                      .doc = "points of a line, in order of time"};
static const struct field steps_row = {.kind = FIELD_KIND_LIST,
                                       .size = sizeof(struct list),
                                       .item = ITEM_TUPLE(struct shape_point, &point_table),
                                       .minimum = 1,
                                       .maximum = POINTS_MOST,
                                       .doc = "factors, each from its time on"};

static const struct field diurnal_fields[] = {
    FIELD_DURATION(struct shape_diurnal, period, .standard = "1d", .above = true,
                   .doc = "a day, real or short"),
    // robustperception.io: 1.6 to 1.7 where users are spread over the globe.
    FIELD_NUMBER(struct shape_diurnal, peak_to_mean, .standard = "1.7", .minimum = 1, .maximum = 100,
                 .doc =
                     "the highest rate over the mean; up to 2 the curve is a cosine, above that the traffic "
                     "gathers around the peak and ceases in between"),
    FIELD_DURATION(struct shape_diurnal, peak_at,
                   .doc = "when the rate is highest; after half a period if not given"),
};
static const struct field_table diurnal_table =
    FIELD_TABLE("diurnal", struct shape_diurnal, diurnal_fields, .doc = "day and night around a mean of 1");

static const struct field ramp_fields[] = {
    FIELD_NUMBER(struct shape_ramp, from, .standard = "0", .maximum = FACTOR_MOST,
                 .doc = "the factor at first"),
    FIELD_NUMBER(struct shape_ramp, to, .standard = "1", .maximum = FACTOR_MOST, .doc = "the factor at last"),
    FIELD_DURATION(struct shape_ramp, over, .required = true, .doc = "how long it takes from the start"),
};
static const struct field_table ramp_table =
    FIELD_TABLE("ramp", struct shape_ramp, ramp_fields, .doc = "from one factor to another along a line");

static const struct field spike_fields[] = {
    FIELD_DURATION(struct shape_spike, at, .required = true, .doc = "when it begins"),
    FIELD_NUMBER(struct shape_spike, factor, .required = true, .maximum = FACTOR_MOST, .doc = "its height"),
    FIELD_DURATION(struct shape_spike, rise, .standard = "0s",
                   .doc = "how long it takes from 1 to the height"),
    FIELD_DURATION(struct shape_spike, hold, .required = true, .doc = "how long it stays there"),
    FIELD_DURATION(struct shape_spike, fall, .standard = "0s", .doc = "how long it takes back to 1"),
};
static const struct field_table spike_table =
    FIELD_TABLE("spike", struct shape_spike, spike_fields, .doc = "another rate for a while");

static const struct field growth_fields[] = {
    FIELD_DURATION(struct shape_growth, per, .required = true, .above = true,
                   .doc = "the time of one factor"),
    FIELD_NUMBER(struct shape_growth, factor, .required = true, .above = true, .maximum = FACTOR_MOST,
                 .doc = "what the rate is multiplied by in that time, little by little"),
};
static const struct field_table growth_table =
    FIELD_TABLE("growth", struct shape_growth, growth_fields, .doc = "compound growth from a factor of 1");

enum { NONE, PIECEWISE, STEPS, DIURNAL, RAMP, SPIKE, GROWTH, ALTERNATIVES };

static const struct field_alternative alternatives[ALTERNATIVES] = {
    [NONE] = {.name = "none", .doc = "the rate does not change"},
    [PIECEWISE] = {.name = "piecewise",
                   .row = &line_row,
                   .doc = "lines between points, constant before the first and after the last; two points of "
                          "one time make a jump"},
    [STEPS] = {.name = "steps", .row = &steps_row, .doc = "a factor from each time on, 1 before the first"},
    [DIURNAL] = {.name = "diurnal", .table = &diurnal_table, .doc = "day and night around a mean of 1"},
    [RAMP] = {.name = "ramp", .table = &ramp_table, .doc = "from one factor to another along a line"},
    [SPIKE] = {.name = "spike", .table = &spike_table, .doc = "another rate for a while"},
    [GROWTH] = {.name = "growth", .table = &growth_table, .doc = "compound growth from a factor of 1"},
};

const struct field_alternative *shape_alternative(size_t index) {
  return index < ALTERNATIVES ? &alternatives[index] : NULL;
}

// ------------------------------------------------------------------------------------------------ compiling

// Pieces under construction; the array has room for all that will come.
struct builder {
  struct shape_piece *pieces;
  size_t count;
  double now;
  double factor;   // just before `now`
  double integral; // at `now`
};

static bool begin(struct builder *builder, struct arena *arena, size_t room, double factor) {
  *builder = (struct builder){.factor = factor};
  return (builder->pieces = arena_array(arena, room, sizeof *builder->pieces)) != NULL;
}

// From now to `until`, a line from `from` to `to`; nothing if that is now.
static void line(struct builder *builder, double until, double from, double to) {
  double length = until - builder->now;
  builder->factor = to;
  if (!(length > 0)) return;
  builder->pieces[builder->count++] = (struct shape_piece){
      .start = builder->now, .factor = from, .slope = (to - from) / length, .integral = builder->integral};
  builder->integral += length * (from + to) / 2;
  builder->now = until;
}

static void finish(struct builder *builder, struct shape *shape) {
  builder->pieces[builder->count++] =
      (struct shape_piece){.start = builder->now, .factor = builder->factor, .integral = builder->integral};
  shape->pieces = builder->pieces;
  shape->count = builder->count;
  bool one = true;
  for (size_t i = 0; i < shape->count; i++)
    one &= shape->pieces[i].factor == 1 && shape->pieces[i].slope == 0;
  shape->kind = one ? SHAPE_NONE : SHAPE_PIECES;
}

// Whether the times increase, or at least do not decrease where jumps are allowed.
static bool in_order(const struct list *points, bool jumps, const struct node *node,
                     struct field_context *context) {
  const struct shape_point *point = points->items;
  const struct node *child = node->first != NULL ? node->first->first : NULL; // [[t, x], …] in {"steps": …}
  for (size_t i = 0; i < points->count; i++, child = child != NULL ? child->next : NULL) {
    if (i == 0 || point[i].time > point[i - 1].time || (jumps && point[i].time == point[i - 1].time))
      continue;
    diagnostic_error(context->diagnostics, child != NULL ? child : node,
                     jumps ? "the times of points must not decrease" : "the times of steps must increase");
    return false;
  }
  return true;
}

static bool compile_points(const struct list *points, bool jumps, const struct node *node,
                           struct field_context *context, struct shape *shape) {
  if (!in_order(points, jumps, node, context)) return false;
  const struct shape_point *point = points->items;
  struct builder builder;
  if (!begin(&builder, context->arena, points->count + 2, jumps ? point[0].factor : 1)) return false;
  for (size_t i = 0; i < points->count; i++) {
    double before = builder.factor;
    line(&builder, (double)point[i].time, before, jumps ? point[i].factor : before);
    builder.factor = point[i].factor;
  }
  finish(&builder, shape);
  return true;
}

static bool compile_ramp(const struct shape_ramp *ramp, struct arena *arena, struct shape *shape) {
  struct builder builder;
  if (!begin(&builder, arena, 2, ramp->from)) return false;
  line(&builder, (double)ramp->over, ramp->from, ramp->to);
  finish(&builder, shape);
  return true;
}

static bool compile_spike(const struct shape_spike *spike, struct arena *arena, struct shape *shape) {
  struct builder builder;
  if (!begin(&builder, arena, 5, 1)) return false;
  double top = (double)spike->at + (double)spike->rise;
  double end = top + (double)spike->hold;
  line(&builder, (double)spike->at, 1, 1);
  line(&builder, top, 1, spike->factor);
  line(&builder, end, spike->factor, spike->factor);
  line(&builder, end + (double)spike->fall, spike->factor, 1);
  builder.factor = 1;
  finish(&builder, shape);
  return true;
}

static bool compile_diurnal(const struct shape_diurnal *diurnal, struct arena *arena, struct shape *shape) {
  if (diurnal->peak_to_mean <= 1) return true;
  double factor;
  double *guess = arena_array(arena, GUESSES + 1, sizeof *guess);
  if (guess == NULL) return false;
  shape->kind = SHAPE_DIURNAL;
  shape->period = (double)diurnal->period;
  shape->peak_at = diurnal->peak_at != NULL ? (double)*diurnal->peak_at : shape->period / 2;
  shape->wave = shape_wave_of(diurnal->peak_to_mean);
  shape->trough = fmod(1.5 * shape->period - fmod(shape->peak_at, shape->period), shape->period);
  shape->shift = wave_share(&shape->wave, shape->trough / shape->period - 0.5, &factor);
  for (int i = 0; i <= GUESSES; i++) guess[i] = wave_turns(&shape->wave, (double)i / GUESSES);
  shape->wave.guess = guess;
  return true;
}

static void compile_growth(const struct shape_growth *growth, struct shape *shape) {
  if (growth->factor == 1) return;
  shape->kind = SHAPE_GROWTH;
  shape->growth = elementary_log(growth->factor) / (double)growth->per;
}

bool shape_compile(const struct variant *variant, const struct node *node, struct field_context *context,
                   struct shape *shape) {
  *shape = (struct shape){.kind = SHAPE_NONE};
  if (variant->alternative == NULL) return true;
  switch (variant->index) {
  case PIECEWISE:
    return compile_points(variant->value, true, node, context, shape);
  case STEPS:
    return compile_points(variant->value, false, node, context, shape);
  case DIURNAL:
    return compile_diurnal(variant->value, context->arena, shape);
  case RAMP:
    return compile_ramp(variant->value, context->arena, shape);
  case SPIKE:
    return compile_spike(variant->value, context->arena, shape);
  case GROWTH:
    compile_growth(variant->value, shape);
    return true;
  default:
    return true;
  }
}
