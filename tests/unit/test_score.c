#include "nearly.h"
#include "score.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>

Test(score, keeps_the_tail_probability) {
  const double freedoms[] = {1, 2, 4, 9, 29, 200};
  for (size_t i = 0; i < 6; i++)
    for (double t = -12; t <= 12; t += 0.7) {
      double z = score_from_t(t, freedoms[i]);
      double tail = gsl_cdf_tdist_Q(fabs(t), freedoms[i]);
      assert_nearly(gsl_cdf_ugaussian_Q(fabs(z)), tail, 1e-6);
      cr_assert((z > 0) == (t > 0));
    }
  // Student's table: 2.262157 is the 97.5% point at 9 degrees, 1.959964 that of the normal law.
  assert_nearly(score_from_t(2.262157163, 9), 1.959963985, 1e-8);
  cr_assert(isfinite(score_from_t(1e300, 9)) && isfinite(score_from_t(1e300, 1e6)));
  cr_assert_eq(score_from_t(0, 9), 0);
}

Test(score, threshold_agrees_with_published_points) {
  assert_nearly(score_threshold(0.05, 1), 1.959963985, 1e-9); // normal tables
  assert_nearly(score_threshold(0.05, 5), 2.575829304, 1e-9);
  assert_nearly(score_threshold(1e-4, 1), 3.890591886, 1e-9);
}

// Points of the limit law: Stephens (1974); the last from Marsaglia & Marsaglia (2004), where 3.857 stood
// before.
Test(score, anderson_darling_agrees_with_published_points) {
  assert_nearly(1 - score_anderson_darling_limit(1.933), 0.10, 2e-3);
  assert_nearly(1 - score_anderson_darling_limit(2.492), 0.05, 2e-3);
  assert_nearly(1 - score_anderson_darling_limit(3.878125), 0.01, 1e-3);
  cr_assert_eq(score_anderson_darling_limit(0), 0);
  assert_nearly(score_anderson_darling_limit(100), 1, 1e-12);
}

struct term {
  double z, squared;
};

static double integrand(double w, void *context) {
  const struct term *term = context;
  return exp(term->z / (8 * (w * w + 1)) - term->squared * M_PI * M_PI * w * w / (8 * term->z));
}

// Anderson & Darling's own series (Annals of Mathematical Statistics 23, 1952), integrated by GSL.
static double series_limit(double z) {
  gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(200);
  double sum = 0;
  for (unsigned j = 0; j < 12; j++) {
    struct term term = {z, (4.0 * j + 1) * (4.0 * j + 1)};
    gsl_function function = {integrand, &term};
    double integral, error;
    gsl_integration_qagiu(&function, 0, 1e-13, 1e-10, 200, workspace, &integral, &error);
    double binomial =
        exp(gsl_sf_lngamma(j + 0.5) - gsl_sf_lngamma(0.5) - gsl_sf_lnfact(j)) * (j % 2 ? -1 : 1);
    sum += binomial * (4.0 * j + 1) * exp(-term.squared * M_PI * M_PI / (8 * z)) * integral;
  }
  gsl_integration_workspace_free(workspace);
  return sqrt(2 * M_PI) / z * sum;
}

Test(score, anderson_darling_limit_agrees_with_its_series) {
  for (double z = 0.15; z < 6; z += 0.17)
    cr_assert(fabs(score_anderson_darling_limit(z) - series_limit(z)) < 2.1e-5);
}

// The p-values of standard normal samples are uniform at any size: their share below each level within four
// standard errors.
Test(score, anderson_darling_p_values_are_uniform) {
  const size_t sizes[] = {5, 12, 60};
  const int runs[] = {200000, 20000, 20000}; // the correction for few scores is some 0.01
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  for (int s = 0; s < 3; s++) {
    int below[10] = {0};
    for (int run = 0; run < runs[s]; run++) {
      double scores[60], workspace[60];
      for (size_t i = 0; i < sizes[s]; i++) scores[i] = gsl_ran_gaussian(random, 1);
      double p_value = score_anderson_darling(scores, sizes[s], workspace).p_value;
      for (int level = 1; level < 10; level++) below[level] += p_value < level / 10.0;
    }
    for (int level = 1; level < 10; level++) {
      double share = level / 10.0;
      cr_assert(fabs(below[level] / (double)runs[s] - share) < 4 * sqrt(share * (1 - share) / runs[s]),
                "%d %d", level, below[level]);
    }
  }
  gsl_rng_free(random);
}

// A bias of half a standard error in sixty cases, or a spread of 1.5 of it, does not pass.
Test(score, anderson_darling_sees_bias_and_spread) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  int biased = 0, spread = 0;
  for (int run = 0; run < 1000; run++) {
    double scores[60], workspace[60];
    for (int i = 0; i < 60; i++) scores[i] = 0.5 + gsl_ran_gaussian(random, 1);
    biased += score_anderson_darling(scores, 60, workspace).p_value < 0.05;
    for (int i = 0; i < 60; i++) scores[i] = gsl_ran_gaussian(random, 1.5);
    spread += score_anderson_darling(scores, 60, workspace).p_value < 0.05;
  }
  cr_assert(biased > 900, "%d", biased);
  cr_assert(spread > 800, "%d", spread);
  const double far[] = {50, -50};
  double workspace[2];
  cr_assert(score_anderson_darling(far, 2, workspace).p_value < 1e-3);
  cr_assert_eq(score_anderson_darling(NULL, 0, NULL).p_value, 1);
  gsl_rng_free(random);
}
