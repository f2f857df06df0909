#include "infinite.h"
#include "nearly.h"

#include <gsl/gsl_cdf.h>

Test(infinite, agrees_with_published_figures) {
  assert_nearly(infinite_above(20, 30), 0.013474681, EIGHT_DIGITS); // mginf_rho20
  cr_assert_eq(infinite_quantile(20, 0.95), 28);
  cr_assert_eq(infinite_quantile(20, 0.99), 31);
  assert_nearly(infinite_transient(20, 0.2, 0.05), 4.4239843, EIGHT_DIGITS); // minf_transient
  assert_nearly(infinite_transient(20, 0.2, 1), 19.865241, EIGHT_DIGITS);
}

Test(infinite, agrees_with_gsl_over_a_wide_range) {
  const double loads[] = {0.001, 0.3, 1, 7.7, 150, 4321.5, 1e6};
  for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    double step = sqrt(loads[i]);
    for (double away = -6; away <= 8; away += 0.5) {
      double at = loads[i] + away * step;
      if (at < 0) continue;
      double want = gsl_cdf_poisson_Q((unsigned)at, loads[i]);
      cr_assert(fabs(infinite_above(loads[i], (unsigned)at) - want) < 1e-9 * want + 1e-14);
    }
  }
}

Test(infinite, quantile_is_the_smallest_number_that_suffices) {
  const double shares[] = {0.0001, 0.3, 0.5, 0.9, 0.9999};
  for (double load = 0.1; load < 2e5; load *= 3.3)
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
      unsigned number = infinite_quantile(load, shares[i]);
      cr_assert(gsl_cdf_poisson_P(number, load) >= shares[i]);
      cr_assert(number == 0 || gsl_cdf_poisson_P(number - 1, load) < shares[i]);
    }
}
