#include "hedge.h"
#include "nearly.h"

static const double weights[] = {0.95, 0.05};
static const double means[] = {0.005, 0.1};
static const struct hedge_latency mixture = {weights, means, 2};

Test(hedge, agrees_with_published_figures) { // hedge_mix95_5ms_100ms_d20
  assert_nearly(hedge_extra(&mixture, 0.02), 0.058336395, EIGHT_DIGITS);
  assert_nearly(hedge_mean(&mixture, 0.02), 0.0059023449, EIGHT_DIGITS);
  assert_nearly(hedge_mean(&mixture, INFINITY), 0.00975, 1e-12);
  assert_nearly(hedge_quantile(&mixture, 0.02, 0.5), 0.0037158482, EIGHT_DIGITS);
  assert_nearly(hedge_quantile(&mixture, 0.02, 0.95), 0.020606195, EIGHT_DIGITS);
  assert_nearly(hedge_quantile(&mixture, 0.02, 0.999), 0.056714201, EIGHT_DIGITS);
  assert_nearly(hedge_quantile(&mixture, INFINITY, 0.99), 0.16094379, EIGHT_DIGITS);
}

Test(hedge, the_mean_is_the_integral_of_the_tail) {
  for (double delay = 0; delay < 0.2; delay += 0.037) {
    double integral = 0;
    for (int i = 0; i < 200000; i++) integral += hedge_above(&mixture, delay, (i + 0.5) * 1e-5) * 1e-5;
    assert_nearly(integral, hedge_mean(&mixture, delay), 1e-5);
  }
}

Test(hedge, redundancy_agrees_with_published_figures) {
  assert_nearly(hedge_redundancy_sojourn_mean(0.7, 1, 4, 2), 1.254529, 1e-6);   // redundancy_k4_d2_rho70
  assert_nearly(hedge_redundancy_sojourn_mean(0.7, 1, 10, 2), 1.1016266, 1e-7); // redundancy_k10_d2_rho70
  assert_nearly(hedge_redundancy_sojourn_mean(0.7, 1, 1, 1), 1 / 0.3, 1e-12);   // M/M/1
  assert_nearly(hedge_redundancy_sojourn_mean(0.7, 1, 5, 5), 1 / 1.5, 1e-12); // one server five times as fast
}
