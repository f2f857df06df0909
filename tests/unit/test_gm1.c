#include "gm1.h"
#include "nearly.h"

Test(gm1, agrees_with_published_figures) {
  struct gm1_deterministic regular = {0.0125}; // dm1_rho80
  double root = gm1_root(gm1_transform_deterministic, &regular, 80, 100);
  assert_nearly(root, 0.6286298, 1e-7);
  assert_nearly(gm1_wait_mean(root, 100), 0.016927308, EIGHT_DIGITS);
  assert_nearly(gm1_sojourn_mean(root, 100), 0.026927308, EIGHT_DIGITS);
  assert_nearly(gm1_wait_quantile(root, 100, 0.5), 0.0061645879, EIGHT_DIGITS);
  assert_nearly(gm1_sojourn_quantile(root, 100, 0.999), 0.18600726, EIGHT_DIGITS);
  struct gm1_erlang robin = {10, 0.0125}; // rr_k10_rho80
  root = gm1_root(gm1_transform_erlang, &robin, 80, 100);
  assert_nearly(root, 0.65780018, EIGHT_DIGITS);
  assert_nearly(gm1_wait_quantile(root, 100, 0.99), 0.12233543, EIGHT_DIGITS);
  struct gm1_hyperexponential bursty = {{0.8872983346207417, 0.1127016653792583},
                                        {124.22176684690385, 15.778233153096162}}; // h2m1_cv2_4_rho70
  root = gm1_root(gm1_transform_hyperexponential, &bursty, 70, 100);
  assert_nearly(root, 0.84786366, EIGHT_DIGITS);
  assert_nearly(gm1_sojourn_mean(root, 100), 0.065730516, EIGHT_DIGITS);
}

Test(gm1, poisson_arrivals_wait_with_the_load) {
  for (double load = 0.05; load < 1; load += 0.05) {
    struct gm1_erlang poisson = {1, 1 / load};
    assert_nearly(gm1_root(gm1_transform_erlang, &poisson, load, 1), load, 1e-9);
  }
  struct gm1_deterministic regular = {1};
  cr_assert_eq(gm1_root(gm1_transform_deterministic, &regular, 1, 1), 1);
  cr_assert(isinf(gm1_sojourn_mean(1, 1)));
}

Test(gm1, modulated_arrivals_agree_with_published_figures) {
  struct gm1_modulated queue = {{1.6, 0.2}, {0.1, 0.1}, 1.5}; // mmpp2_m1_a
  assert_nearly(gm1_modulated_arrival_rate(&queue), 0.9, 1e-12);
  assert_nearly(gm1_modulated_inside(&queue), 3.4697958, 2e-8);
  assert_nearly(gm1_modulated_sojourn_mean(&queue), 3.8553286, 2e-8);
}

// One rate in both phases is M/M/1; a rate that is switched off in one phase has renewal gaps, interrupted
// Poisson, which are hyperexponential (Kuczura 1973): the other solution must agree.
Test(gm1, modulated_arrivals_agree_with_their_special_cases) {
  struct gm1_modulated plain = {{0.8, 0.8}, {0.3, 0.05}, 1};
  assert_nearly(gm1_modulated_inside(&plain), 4, 1e-10);
  double on = 2, leave = 0.4, come = 0.6;
  struct gm1_modulated interrupted = {{on, 0}, {leave, come}, 1.9};
  double sum = on + leave + come;
  double root = sqrt(sum * sum - 4 * on * come);
  struct gm1_hyperexponential gaps = {.rate = {(sum + root) / 2, (sum - root) / 2}};
  gaps.weight[0] = (on - gaps.rate[1]) / (gaps.rate[0] - gaps.rate[1]);
  gaps.weight[1] = 1 - gaps.weight[0];
  double rate = gm1_modulated_arrival_rate(&interrupted);
  double sigma = gm1_root(gm1_transform_hyperexponential, &gaps, rate, 1.9);
  assert_nearly(gm1_modulated_sojourn_mean(&interrupted), gm1_sojourn_mean(sigma, 1.9), 1e-9);
  struct gm1_modulated full = {{2, 1}, {1, 1}, 1.5};
  cr_assert(isinf(gm1_modulated_inside(&full)));
}
