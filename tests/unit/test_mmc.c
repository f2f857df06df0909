#include "mmc.h"
#include "nearly.h"

// Figures published in the reference set, by the id of its case; seconds and per second.
struct reference {
  const char *id;
  double arrival_rate, service_rate;
  unsigned servers;
  double waits, wait, sojourn;
  double wait_median, sojourn_median, wait_p99, sojourn_p99;
};

static const struct reference references[] = {
    {"mm1_rho80", 80, 100, 1, 0.8, 0.04, 0.05, 0.023500181, 0.034657359, 0.21910133, 0.23025851},
    {"mmc_c2_rho80", 160, 100, 2, 0.71111111, 0.017777778, 0.027777778, 0.0088055148, 0.020400314, 0.10660609,
     0.1193737},
    {"mmc_c3_rho85", 255, 100, 3, 0.73037661, 0.016230591, 0.026230591, 0.0084211602, 0.019775368,
     0.095355005, 0.10862631},
    {"mmc_c10_rho90", 900, 100, 10, 0.66873152, 0.0066873152, 0.016687315, 0.0029077457, 0.013290919,
     0.042027976, 0.062498767},
    {"mmc_c50_rho90", 4500, 100, 50, 0.36386447, 0.00072772893, 0.010727729, 0, 0.007764696, 0.0071883927,
     0.046922338},
    {"tied_cancel_on_start_all", 8, 1, 10, 0.40918015, 0.20459008, 1.2045901, 0, 0.91214461, 1.8557852,
     4.9461113},
};

Test(mmc, agrees_with_published_figures) {
  for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
    const struct reference *r = &references[i];
    double l = r->arrival_rate;
    double m = r->service_rate;
    assert_nearly(mmc_wait_probability(l / m, r->servers), r->waits, EIGHT_DIGITS);
    assert_nearly(mmc_wait_mean(l, m, r->servers), r->wait, EIGHT_DIGITS);
    assert_nearly(mmc_sojourn_mean(l, m, r->servers), r->sojourn, EIGHT_DIGITS);
    assert_nearly(mmc_wait_quantile(l, m, r->servers, 0.5), r->wait_median, EIGHT_DIGITS);
    assert_nearly(mmc_wait_quantile(l, m, r->servers, 0.99), r->wait_p99, EIGHT_DIGITS);
    assert_nearly(mmc_sojourn_quantile(l, m, r->servers, 0.5), r->sojourn_median, EIGHT_DIGITS);
    assert_nearly(mmc_sojourn_quantile(l, m, r->servers, 0.99), r->sojourn_p99, EIGHT_DIGITS);
  }
}

Test(mmc, has_no_steady_state_from_full_load_on) {
  cr_assert(isinf(mmc_sojourn_mean(3, 1, 3)));
  cr_assert(isinf(mmc_wait_quantile(4, 1, 3, 0)));
  cr_assert_eq(mmc_wait_probability(3, 3), 1);
  cr_assert_eq(mmc_sojourn_above(3, 1, 3, 1e6), 1);
}

// Where the queue drains as fast as one server works, the usual formula divides by zero: c mu - lambda = mu.
Test(mmc, is_continuous_where_the_rates_meet) {
  double at = mmc_sojourn_above(2, 1, 3, 1.5);
  assert_nearly(mmc_sojourn_above(2 - 1e-7, 1, 3, 1.5), at, 1e-6);
  assert_nearly(mmc_sojourn_above(2 + 1e-7, 1, 3, 1.5), at, 1e-6);
  // P(T > t) = exp(-t) (1 + C t) there; C = 4/9 for load 2 on 3 servers.
  assert_nearly(at, exp(-1.5) * (1 + 4.0 / 9 * 1.5), 1e-12);
}
