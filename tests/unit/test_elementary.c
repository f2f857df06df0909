// Our own exp, log and relatives against libm and GSL.
#include "elementary.h"

#include "random.h"
#include <criterion/criterion.h>
#include <gsl/gsl_sf_gamma.h>

enum { POINTS = 1000000 };

static double off(double value, double reference) {
  return reference == 0 ? fabs(value) : fabs(value - reference) / fabs(reference);
}

Test(elementary, exp_is_that_of_libm) {
  struct random_stream stream = random_named(1, 0, "exp", "test");
  double worst = 0;
  for (int i = 0; i < POINTS; i++) {
    double reach = i % 3 == 0 ? 700 : i % 3 == 1 ? 5 : 1e-3;
    double x = (2 * random_unit(&stream) - 1) * reach;
    worst = fmax(worst, off(elementary_exp(x), exp(x)));
  }
  cr_assert_lt(worst, 1e-14, "%g", worst);
}

Test(elementary, exp_ends_without_trapping) {
  cr_assert_eq(elementary_exp(0), 1);
  cr_assert_eq(elementary_exp(-0.0), 1);
  cr_assert_eq(elementary_exp(1e300), INFINITY);
  cr_assert_eq(elementary_exp(INFINITY), INFINITY);
  cr_assert_eq(elementary_exp(-1e300), 0);
  cr_assert_eq(elementary_exp(-INFINITY), 0);
  cr_assert_lt(off(elementary_exp(708.9), exp(708.9)), 1e-14);
  cr_assert_lt(off(elementary_exp(-707.9), exp(-707.9)), 1e-14);
}

// Over every exponent, and closely around 1, where the logarithm vanishes.
Test(elementary, log_is_that_of_libm) {
  struct random_stream stream = random_named(1, 0, "log", "test");
  double worst = 0;
  for (int i = 0; i < POINTS; i++) {
    double x = i % 2 == 0 ? ldexp(1 + random_unit(&stream), i % 2000 - 1000)
                          : 1 + (2 * random_unit(&stream) - 1) * ldexp(1, -(i % 50) - 1);
    worst = fmax(worst, off(elementary_log(x), log(x)));
  }
  cr_assert_lt(worst, 1e-14, "%g", worst);
  cr_assert_eq(elementary_log(1), 0);
  cr_assert_eq(elementary_log(0), -INFINITY);
}

Test(elementary, log1p_keeps_what_is_small) {
  struct random_stream stream = random_named(1, 0, "log1p", "test");
  double worst = 0;
  for (int i = 0; i < POINTS; i++) {
    double x = (random_unit(&stream) * 1.9 - 0.9) * ldexp(1, -(i % 60));
    worst = fmax(worst, off(elementary_log1p(x), log1p(x)));
    x = random_unit(&stream) * ldexp(1, i % 200);
    worst = fmax(worst, off(elementary_log1p(x), log1p(x)));
  }
  cr_assert_lt(worst, 1e-14, "%g", worst);
}

Test(elementary, growth_is_expm1_over_x) {
  struct random_stream stream = random_named(1, 0, "growth", "test");
  double worst = 0;
  for (int i = 0; i < POINTS / 10; i++) {
    double x = (2 * random_unit(&stream) - 1) * ldexp(1, i % 60 - 50);
    worst = fmax(worst, off(elementary_growth(x), expm1(x) / x));
  }
  cr_assert_lt(worst, 1e-12, "%g", worst);
  cr_assert_eq(elementary_growth(0), 1);
}

Test(elementary, log_gamma_is_that_of_gsl) {
  struct random_stream stream = random_named(1, 0, "log gamma", "test");
  double worst = 0;
  for (int i = 0; i < POINTS / 10; i++) {
    double x = random_unit(&stream) * ldexp(1, i % 50 - 20);
    double reference = gsl_sf_lngamma(x);
    worst = fmax(worst, fabs(elementary_log_gamma(x) - reference) / fmax(1, fabs(reference)));
  }
  cr_assert_lt(worst, 1e-13, "%g", worst);
}

Test(elementary, power_is_that_of_libm) {
  struct random_stream stream = random_named(1, 0, "power", "test");
  double worst = 0;
  for (int i = 0; i < POINTS; i++) {
    double x = i % 2 == 0 ? ldexp(1 + random_unit(&stream), i % 60 - 30)
                          : 1 + ldexp(random_unit(&stream) - 0.5, -(i % 40));
    double y = (2 * random_unit(&stream) - 1) * (i % 3 == 0 ? 30 : 3);
    double logarithm = fabs(y * log2(x));
    worst = fmax(worst, off(elementary_power(x, y), pow(x, y)) / fmax(fmax(1, fabs(y)), logarithm));
  }
  cr_assert_lt(worst, 3e-15, "%g", worst);
  cr_assert_eq(elementary_power(1, 0), 1);
}
