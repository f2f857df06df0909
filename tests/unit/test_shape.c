#include "arriving.h"
#include "goodness.h"

#define SECOND 1e9

static bool compile(struct arriving *arriving, const char *choice, struct shape *shape) {
  arriving_begin(arriving, NULL, 0);
  return arriving_decode(arriving, choice, shape_alternative) &&
         shape_compile(&arriving->variant, arriving->node, &arriving->context, shape);
}

static struct shape compiled(struct arriving *arriving, const char *choice) {
  struct shape shape;
  cr_assert(compile(arriving, choice, &shape), "%s: %s", choice, arriving_message(arriving));
  return shape;
}

// What a shape should be at some times, by hand.
static const struct {
  const char *choice;
  double seconds;
  double factor;
  double integral; // s
} known[] = {
    {"{'piecewise': [['10s', 1], ['20s', 3], ['30s', 0]]}", 5, 1, 5},
    {"{'piecewise': [['10s', 1], ['20s', 3], ['30s', 0]]}", 15, 2, 17.5},
    {"{'piecewise': [['10s', 1], ['20s', 3], ['30s', 0]]}", 25, 1.5, 41.25},
    {"{'piecewise': [['10s', 1], ['20s', 3], ['30s', 0]]}", 99, 0, 45},
    {"{'piecewise': [['0s', 2], ['10s', 2], ['10s', 5]]}", 10, 5, 20},
    {"{'piecewise': [['0s', 2], ['10s', 2], ['10s', 5]]}", 12, 5, 30},
    {"{'steps': [['10s', 4], ['20s', 0.5]]}", 9, 1, 9},
    {"{'steps': [['10s', 4], ['20s', 0.5]]}", 10, 4, 10},
    {"{'steps': [['10s', 4], ['20s', 0.5]]}", 24, 0.5, 52},
    {"{'ramp': {'from': 1, 'to': 5, 'over': '4s'}}", 1, 2, 1.5},
    {"{'ramp': {'from': 1, 'to': 5, 'over': '4s'}}", 5, 5, 17},
    {"{'ramp': {'over': '4s'}}", 3, 0.75, 1.125},
    {"{'ramp': {'from': 1, 'to': 5, 'over': '0s'}}", 1, 5, 5},
    {"{'spike': {'at': '10s', 'factor': 9, 'rise': '2s', 'hold': '3s', 'fall': '4s'}}", 11, 5, 13},
    {"{'spike': {'at': '10s', 'factor': 9, 'rise': '2s', 'hold': '3s', 'fall': '4s'}}", 14, 9, 38},
    {"{'spike': {'at': '10s', 'factor': 9, 'rise': '2s', 'hold': '3s', 'fall': '4s'}}", 17, 5, 61},
    {"{'spike': {'at': '10s', 'factor': 9, 'rise': '2s', 'hold': '3s', 'fall': '4s'}}", 20, 1, 68},
    {"{'spike': {'at': '0s', 'factor': 0, 'hold': '3s'}}", 4, 1, 1},
    {"{'growth': {'per': '10s', 'factor': 2}}", 30, 8, 70 / 0.69314718055994531},
    {"{'growth': {'per': '10s', 'factor': 0.5}}", 10, 0.5, 5 / 0.69314718055994531},
    {"{'diurnal': {'period': '24s', 'peak_to_mean': 1.5, 'peak_at': '20s'}}", 20, 1.5, 20 - 1.6539867},
    {"{'diurnal': {'period': '24s', 'peak_to_mean': 1.5, 'peak_at': '20s'}}", 8, 0.5, 8 - 1.6539867},
    {"{'diurnal': {'period': '24s', 'peak_to_mean': 1.5}}", 12, 1.5, 12},
    {"{'diurnal': {'period': '24s', 'peak_to_mean': 1.5}}", 24012, 1.5, 24012},
};

Test(shape, known_factors_and_integrals) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    struct arriving arriving;
    struct shape shape = compiled(&arriving, known[i].choice);
    double t = known[i].seconds * SECOND;
    cr_assert_float_eq(shape_factor(&shape, t), known[i].factor, 1e-9, "%zu", i);
    double integral = shape_integral(&shape, t) / SECOND;
    // Of the cosine: 0.5 · 24 / 2π · (sin 2π(t - 20)/24 - √3/2), √3/2 being the sine at time 0.
    cr_assert_float_eq(integral, known[i].integral, 1e-6, "%zu: %.9g", i, integral);
    cr_assert_not(shape_is_constant(&shape));
    arriving_end(&arriving);
  }
}

Test(shape, shapes_that_are_none) {
  const char *const choices[] = {"'none'",
                                 "{'steps': [['0s', 1], ['5s', 1]]}",
                                 "{'ramp': {'from': 1, 'to': 1, 'over': '5s'}}",
                                 "{'growth': {'per': '1d', 'factor': 1}}",
                                 "{'diurnal': {'peak_to_mean': 1}}",
                                 "{'spike': {'at': '1s', 'factor': 1, 'hold': '1s'}}"};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    struct arriving arriving;
    struct shape shape = compiled(&arriving, choices[i]);
    cr_assert(shape_is_constant(&shape), "%s", choices[i]);
    cr_assert_eq(shape_warp(&shape, 123456789, 0), 123456789);
    arriving_end(&arriving);
  }
  struct shape absent;
  cr_assert(shape_compile(&(struct variant){.alternative = NULL}, NULL, NULL, &absent));
  cr_assert(shape_is_constant(&absent));
}

// ------------------------------------------------------------------------------------------- random shapes

static double random_factor(struct random_stream *stream) {
  return random_below(stream, 4) == 0 ? 0 : random_unit(stream) * 10;
}

static void random_points(struct random_stream *stream, bool jumps, char *text, size_t size) {
  size_t used = (size_t)snprintf(text, size, jumps ? "{'piecewise': [" : "{'steps': [");
  double time = random_below(stream, 2) == 0 ? 0 : random_unit(stream) * 50;
  size_t points = 1 + random_below(stream, 12);
  for (size_t i = 0; i < points; i++) {
    used += (size_t)snprintf(text + used, size - used, "%s['%.9fs', %.9f]", i > 0 ? ", " : "", time,
                             random_factor(stream));
    if (!jumps || random_below(stream, 4) > 0) time += 0.001 + random_unit(stream) * 30;
  }
  snprintf(text + used, size - used, "]}");
}

static void random_shape(struct random_stream *stream, char *text, size_t size) {
  double a = random_unit(stream) * 100;
  double b = random_unit(stream) * 100;
  double c = random_unit(stream) * 30;
  double x = random_factor(stream);
  switch (random_below(stream, 6)) {
  case 0:
    random_points(stream, true, text, size);
    return;
  case 1:
    random_points(stream, false, text, size);
    return;
  case 2:
    snprintf(text, size, "{'diurnal': {'period': '%.9fs', 'peak_to_mean': %.9f, 'peak_at': '%.9fs'}}", a + 1,
             1 + c * random_unit(stream), b * 3);
    return;
  case 3:
    snprintf(text, size, "{'ramp': {'from': %.9f, 'to': %.9f, 'over': '%.9fs'}}", x, random_factor(stream),
             a);
    return;
  case 4:
    snprintf(text, size,
             "{'spike': {'at': '%.9fs', 'factor': %.9f, 'rise': '%.9fs', 'hold': '%.9fs', 'fall': '%.9fs'}}",
             a, x, random_below(stream, 2) == 0 ? 0 : b, c, random_below(stream, 2) == 0 ? 0 : c / 2);
    return;
  default:
    snprintf(text, size, "{'growth': {'per': '%.9fs', 'factor': %.9f}}", a + 10,
             0.2 + random_unit(stream) * 2);
  }
}

// By the midpoint rule over cells.
static double integral_by_sum(const struct shape *shape, double t, int cells) {
  double sum = 0;
  for (int i = 0; i < cells; i++) sum += shape_factor(shape, t * (i + 0.5) / cells);
  return sum * t / cells;
}

static void check_integral(const struct shape *shape, const char *text, struct random_stream *stream) {
  for (int i = 0; i < 3; i++) {
    double t = random_unit(stream) * 200 * SECOND;
    double sum = integral_by_sum(shape, t, 100000);
    // A jump of at most 10 errs by up to half a cell; there are few. Curved waves up to 31 times the mean.
    double error = 12 * 10 * 0.5 * t / 100000 + 1e-4 * sum;
    cr_assert_lt(fabs(shape_integral(shape, t) - sum), error, "%s at %g", text, t);
  }
}

static void check_inverse(const struct shape *shape, const char *text, struct random_stream *stream) {
  double most = shape_integral(shape, 300 * SECOND);
  double before = -1;
  for (int i = 0; i < 200; i++) {
    double u = most * i / 200 + random_unit(stream) * most / 200;
    double t = shape_inverse(shape, u);
    cr_assert(t >= before, "%s: %.17g after %.17g", text, t, before);
    before = t;
    if (isinf(t)) continue;
    cr_assert_lt(fabs(shape_integral(shape, t) - u), fmax(1, 1e-12 * u), "%s: L(%.17g) is not %.17g", text, t,
                 u);
    // Nothing happens where the rate is 0: right after t it is not.
    cr_assert_gt(shape_integral(shape, t + 1e4 + 1e-6 * t), u - 1, "%s", text);
  }
}

Test(shape, inverse_undoes_the_integral_of_random_shapes) {
  struct random_stream stream = random_named(11, 0, "shapes", "test");
  for (int i = 0; i < 3000; i++) {
    char text[1024];
    random_shape(&stream, text, sizeof text);
    struct arriving arriving;
    struct shape shape = compiled(&arriving, text);
    cr_assert_eq(shape_integral(&shape, 0), 0, "%s", text);
    if (i < 200) check_integral(&shape, text, &stream);
    check_inverse(&shape, text, &stream);
    arriving_end(&arriving);
  }
}

Test(shape, nothing_happens_while_the_factor_is_zero) {
  struct arriving arriving;
  struct shape shape =
      compiled(&arriving, "{'steps': [['0s', 0], ['10s', 2], ['20s', 0], ['30s', 1], ['40s', 0]]}");
  cr_assert_eq(shape_inverse(&shape, 0), 10 * SECOND);
  cr_assert_eq(shape_inverse(&shape, 20 * SECOND), 30 * SECOND);
  cr_assert_eq(shape_inverse(&shape, 29 * SECOND), 39 * SECOND);
  cr_assert(isinf(shape_inverse(&shape, 30 * SECOND)));
  cr_assert_eq(shape_warp(&shape, INT64_C(30000000000), 0), INT64_MAX);
  cr_assert_eq(shape_warp(&shape, INT64_C(2000000001), 0), INT64_C(11000000001));
  cr_assert_eq(shape_warp(&shape, INT64_C(2000000000), INT64_C(11000000003)), INT64_C(11000000003));
  arriving_end(&arriving);
  shape = compiled(&arriving, "{'growth': {'per': '10s', 'factor': 0.5}}");
  cr_assert(isfinite(shape_inverse(&shape, 14.42 * SECOND)));
  cr_assert(isinf(shape_inverse(&shape, 14.43 * SECOND))); // all of it is 10 s / ln 2
  arriving_end(&arriving);
}

// --------------------------------------------------------------------------------------------------- waves

Test(shape, waves_have_mean_one_and_their_peak) {
  const double peaks[] = {1, 1.3, 1.7, 2, 2.0001, 2.5, 3.7, 12, 100};
  for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++) {
    struct shape_wave wave = shape_wave_of(peaks[i]);
    double sum = 0;
    double least = INFINITY;
    double most = 0;
    for (int k = 0; k < 200000; k++) {
      double factor = shape_wave_factor(&wave, (k + 0.5) / 200000 - 7);
      sum += factor;
      least = fmin(least, factor);
      most = fmax(most, factor);
    }
    cr_assert_float_eq(sum / 200000, 1, 1e-6, "%g: mean %.9g", peaks[i], sum / 200000);
    cr_assert_float_eq(shape_wave_factor(&wave, 0), peaks[i], 1e-9 * peaks[i]);
    cr_assert(most <= peaks[i] * (1 + 1e-9) && least >= -1e-15);
    if (peaks[i] <= 2)
      cr_assert_float_eq(shape_wave_factor(&wave, 0.17),
                         1 + (peaks[i] - 1) * cos(0.34 * 3.14159265358979323846), 1e-14);
  }
  struct shape_wave below = shape_wave_of(2);
  struct shape_wave above = shape_wave_of(2.000001);
  for (double x = -0.5; x < 0.5; x += 0.01)
    cr_assert_float_eq(shape_wave_factor(&below, x), shape_wave_factor(&above, x), 1e-4);
}

// ------------------------------------------------------------------------------------------ shaped arrivals

static const char *const shaped[] = {
    "{'piecewise': [['10s', 1], ['20s', 3], ['30s', 0], ['40s', 0], ['40s', 2]]}",
    "{'steps': [['10s', 4], ['20s', 0], ['35s', 0.5]]}",
    "{'diurnal': {'period': '30s', 'peak_to_mean': 1.9, 'peak_at': '70s'}}",
    "{'diurnal': {'period': '50s', 'peak_to_mean': 4}}",
    "{'ramp': {'from': 0, 'to': 3, 'over': '40s'}}",
    "{'spike': {'at': '20s', 'factor': 8, 'rise': '1s', 'hold': '5s', 'fall': '10s'}}",
    "{'growth': {'per': '20s', 'factor': 2}}",
    "{'growth': {'per': '20s', 'factor': 0.5}}",
};

enum { WINDOWS = 60, RUNS = 40 };

static void count_windows(const struct arriving *arriving, const struct shape *shape, uint64_t *seen) {
  for (uint32_t r = 0; r < RUNS; r++) {
    struct arriving_run run = arriving_start(arriving, 1, r);
    struct arrival arrival;
    int64_t before = 0;
    while (arriving_next(&run, &arrival)) {
      int64_t at = shape_warp(shape, arrival.at, before);
      if (at >= WINDOWS * INT64_C(1000000000)) break;
      cr_assert_geq(at, before);
      before = at;
      seen[at / 1000000000]++;
    }
  }
}

// A warped Poisson process is the Poisson process of the changed rate: the counts of windows are Poisson
// about the integral, here computed by a sum over the factor.
Test(shape, shaped_poisson_arrivals_follow_the_factor) {
  struct arriving poisson;
  arriving_begin(&poisson, NULL, 0);
  cr_assert(arriving_decode(&poisson, "{'poisson': {'rate': '50/s'}}", arrival_alternative));
  for (size_t i = 0; i < sizeof shaped / sizeof *shaped; i++) {
    uint64_t seen[WINDOWS] = {0};
    double statistic = 0;
    int cells = 0;
    struct arriving arriving;
    struct shape shape = compiled(&arriving, shaped[i]);
    count_windows(&poisson, &shape, seen);
    for (int w = 0; w < WINDOWS; w++) {
      double due = 0;
      for (int k = 0; k < 1000; k++) due += shape_factor(&shape, (w + (k + 0.5) / 1000) * SECOND) / 1000;
      due *= 50 * RUNS;
      if (due < 1e-6) cr_assert_eq(seen[w], 0, "%s: %d", shaped[i], w);
      if (due < 5) continue;
      statistic += ((double)seen[w] - due) * ((double)seen[w] - due) / due;
      cells++;
    }
    cr_assert_gt(cells, 15);
    // Totals are free here, so that every window is a degree of freedom.
    cr_assert_gt(gsl_cdf_chisq_Q(statistic, cells), GOODNESS_LEVEL, "%s: %g over %d", shaped[i], statistic,
                 cells);
    cr_assert_gt(gsl_cdf_chisq_P(statistic, cells), GOODNESS_LEVEL, "%s: %g over %d", shaped[i], statistic,
                 cells);
    arriving_end(&arriving);
  }
  arriving_end(&poisson);
}

// A regular process stays regular: the n-th arrival is where the integral reaches n gaps.
Test(shape, shaped_constant_arrivals_keep_to_the_integral) {
  struct arriving constant;
  arriving_begin(&constant, NULL, 0);
  cr_assert(arriving_decode(&constant, "{'constant': {'rate': '10/s'}}", arrival_alternative));
  for (size_t i = 0; i < sizeof shaped / sizeof *shaped; i++) {
    uint64_t seen[WINDOWS] = {0};
    struct arriving arriving;
    struct shape shape = compiled(&arriving, shaped[i]);
    count_windows(&constant, &shape, seen);
    double total = 0;
    for (int w = 0; w < WINDOWS; w++) {
      total += (double)seen[w] / RUNS;
      double due = integral_by_sum(&shape, (w + 1) * SECOND, 20000) / SECOND * 10;
      cr_assert_lt(fabs(total - due), 1.1, "%s: %g, not %g in %d s", shaped[i], total, due, w + 1);
    }
    arriving_end(&arriving);
  }
  arriving_end(&constant);
}

// ------------------------------------------------------------------------------------------------- mistakes

Test(shape, mistakes_are_reported_where_they_are) {
  static const struct {
    const char *choice;
    const char *message;
    uint32_t column;
  } cases[] = {
      {"{'steps': [['5s', 1], ['5s', 2]]}", "must increase", 23},
      {"{'piecewise': [['5s', 1], ['4s', 2]]}", "must not decrease", 27},
      {"{'steps': []}", "", 0},
      {"{'steps': [['5s', -1]]}", "", 0},
      {"{'steps': [['5s']]}", "", 0},
      {"{'growth': {'per': '0s', 'factor': 2}}", "", 0},
      {"{'growth': {'per': '1s', 'factor': 0}}", "", 0},
      {"{'diurnal': {'peak_to_mean': 0.5}}", "", 0},
      {"{'diurnal': {'peak_to_mean': 101}}", "", 0},
      {"{'diurnal': {'period': '0s'}}", "", 0},
      {"{'spike': {'at': '5s', 'factor': 1e7, 'hold': '1s'}}", "", 0},
      {"{'ramp': {'to': 3}}", "", 0},
      {"'ramp'", "", 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct arriving arriving;
    struct shape shape;
    cr_assert_not(compile(&arriving, cases[i].choice, &shape), "%s", cases[i].choice);
    cr_assert_eq(arriving.diagnostics.errors, 1, "%s", cases[i].choice);
    cr_assert_not_null(strstr(arriving_message(&arriving), cases[i].message), "%s",
                       arriving_message(&arriving));
    if (cases[i].column > 0) cr_assert_eq(arriving.diagnostics.first->at.column, cases[i].column);
    arriving_end(&arriving);
  }
}
