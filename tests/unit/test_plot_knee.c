#include "plot_knee.h"

#include <criterion/criterion.h>
#include <math.h>

enum { RUNS_MOST = 99 };

static struct plot_run runs[RUNS_MOST];
static const struct plot_run *listed[RUNS_MOST];

static void put(size_t i, double goodput, double slow, bool infinite) {
  runs[i] = (struct plot_run){.load = (double)i};
  runs[i].figures[PLOT_GOODPUT] = (struct plot_estimate){goodput, NAN, NAN, false};
  runs[i].figures[PLOT_P99] = (struct plot_estimate){infinite ? (double)NAN : slow, NAN, NAN, infinite};
  listed[i] = &runs[i];
}

// The time in an M/M/1 is exponential with rate mu - lambda, so p99 = ln 100 / (mu - lambda), and power
// lambda (mu - lambda) is largest at half of mu (Kleinrock 1979).
Test(plot_knee, of_a_queue_is_half_its_capacity) {
  for (size_t i = 0; i < 99; i++) {
    double rate = (double)i + 1;
    put(i, rate, log(100) / (100 - rate), false);
  }
  cr_assert_eq(plot_knee(listed, 99), 49); // at 50
}

// With a time that passes without load, 1/mu + fixed, the knee is later: the root of the derivative of
// lambda / (fixed + L / (mu - lambda)).
Test(plot_knee, is_later_where_much_of_the_time_is_fixed) {
  double fixed = 0.4, slow = log(100);
  for (size_t i = 0; i < 99; i++) put(i, (double)i + 1, fixed + slow / (100 - (double)i - 1), false);
  int knee = plot_knee(listed, 99);
  cr_assert_neq(knee, PLOT_KNEE_NONE);
  // d/dl: (fixed + L/(m-l)) - l L/(m-l)^2 = 0  =>  fixed (m-l)^2 + L (m-l) - l L = 0
  double m = 100, a = fixed, b = -(2 * fixed * m + 2 * slow), c = fixed * m * m + slow * m;
  double root = (-b - sqrt(b * b - 4 * a * c)) / (2 * a);
  cr_assert_float_eq(knee + 1, root, 0.51);
  cr_assert_gt(knee, 49);
}

Test(plot_knee, is_not_guessed) {
  for (size_t i = 0; i < 5; i++) put(i, (double)i + 1, 0.1, false);
  cr_assert_eq(plot_knee(listed, 5), PLOT_KNEE_NONE, "latency does not grow: the knee is beyond");
  for (size_t i = 0; i < 5; i++) put(i, 10, 0.1 * ((double)i + 1), false);
  cr_assert_eq(plot_knee(listed, 5), PLOT_KNEE_NONE, "it is already falling: the knee is before");
  cr_assert_eq(plot_knee(listed, 0), PLOT_KNEE_NONE);
  cr_assert_eq(plot_knee(listed, 1), PLOT_KNEE_NONE);
  put(0, 1, 0.1, false);
  put(1, 2, 0.1, false);
  put(2, 3, 0, true); // failed requests: no p99, no power
  cr_assert_eq(plot_knee(listed, 3), 1);
  put(0, 1, NAN, false); // not known: it counts for nothing
  cr_assert_eq(plot_knee(listed, 3), PLOT_KNEE_NONE);
}
