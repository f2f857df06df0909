#include "nearly.h"
#include "trend.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

enum { WINDOWS = 400, REPLICATIONS = 8 };

struct shares {
  double bias, bias_over, growth, growth_over; // rejected at 5%
};

// A first-order autoregression with correlation 0.3 between neighbours, unit variance, to which a beginning
// that dies out and a slope are added.
static void draw(gsl_rng *random, double *series, double beginning, double slope) {
  double level = gsl_ran_gaussian(random, 1);
  for (int i = 0; i < WINDOWS; i++) {
    series[i] = level + beginning * exp(-i / 20.0) + slope * i;
    level = 0.3 * level + gsl_ran_gaussian(random, sqrt(1 - 0.09));
  }
}

static struct shares rejected(double beginning, double slope, int runs) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  static double all[REPLICATIONS][WINDOWS];
  const double *series[REPLICATIONS];
  struct shares shares = {0, 0, 0, 0};
  for (int r = 0; r < REPLICATIONS; r++) series[r] = all[r];
  for (int run = 0; run < runs; run++) {
    for (int r = 0; r < REPLICATIONS; r++) draw(random, all[r], beginning, slope);
    shares.bias += (trend_initial_bias(all[0], WINDOWS).p_value < 0.05) / (double)runs;
    shares.growth += (trend_growth(all[0], WINDOWS).p_value < 0.05) / (double)runs;
    shares.bias_over +=
        (trend_initial_bias_over(series, REPLICATIONS, WINDOWS).p_value < 0.05) / (double)runs;
    shares.growth_over += (trend_growth_over(series, REPLICATIONS, WINDOWS).p_value < 0.05) / (double)runs;
  }
  gsl_rng_free(random);
  return shares;
}

// Over replications the level is exact; from one run the short batches leave a little correlation in.
Test(trend, rejects_a_stationary_series_as_often_as_it_says) {
  enum { RUNS = 4000 };
  struct shares shares = rejected(0, 0, RUNS);
  double error = 4 * sqrt(0.05 * 0.95 / RUNS);
  cr_assert(fabs(shares.bias_over - 0.05) < error, "%g", shares.bias_over);
  cr_assert(fabs(shares.growth_over - 0.05) < error, "%g", shares.growth_over);
  cr_assert(fabs(shares.bias - 0.05) < error + 0.02, "%g", shares.bias);
  cr_assert(fabs(shares.growth - 0.05) < error + 0.01, "%g", shares.growth);
}

// Independent windows: the statistics have the variance of Student's t, f / (f - 2). Four standard errors of
// a mean of 10,000 squares are 7%.
Test(trend, statistics_have_the_spread_of_their_law) {
  enum { RUNS = 10000 };
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double bias = 0, growth = 0;
  for (int run = 0; run < RUNS; run++) {
    double series[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) series[i] = gsl_ran_gaussian(random, 2);
    struct trend one = trend_initial_bias(series, WINDOWS), other = trend_growth(series, WINDOWS);
    bias += one.statistic * one.statistic / RUNS;
    growth += other.statistic * other.statistic / RUNS;
  }
  assert_nearly(bias, 15.0 / 13, 0.07);
  assert_nearly(growth, 14.0 / 12, 0.07);
  gsl_rng_free(random);
}

Test(trend, sees_a_beginning_and_growth) {
  struct shares beginning = rejected(-5, 0, 300);
  cr_assert(beginning.bias > 0.7, "%g", beginning.bias);
  cr_assert(beginning.bias_over > 0.99, "%g", beginning.bias_over);
  struct shares growth = rejected(0, 0.003, 300);
  cr_assert(growth.growth > 0.9, "%g", growth.growth);
  cr_assert(growth.growth_over > 0.99, "%g", growth.growth_over);
  struct shares falling = rejected(0, -0.003, 300); // growth is one-sided
  cr_assert(falling.growth < 0.01 && falling.growth_over < 0.01);
}

Test(trend, sign_and_short_series) {
  double series[WINDOWS], falling[WINDOWS];
  for (int i = 0; i < WINDOWS; i++) {
    series[i] = (i < 40 ? -3 : 0) + (i * 7919 % 17) / 17.0;
    falling[i] = -series[i];
  }
  cr_assert(trend_initial_bias(series, WINDOWS).statistic > 2);
  cr_assert(trend_initial_bias(falling, WINDOWS).statistic < -2);
  cr_assert_eq(trend_initial_bias(series, 63).p_value, 1);
  cr_assert_eq(trend_growth(series, 31).p_value, 1);
  const double *one[] = {series};
  cr_assert_eq(trend_growth_over(one, 1, WINDOWS).p_value, 1);
  double flat[64], line[64];
  for (int i = 0; i < 64; i++) flat[i] = 2, line[i] = i;
  cr_assert_eq(trend_initial_bias(flat, 64).p_value, 1);
  cr_assert_eq(trend_growth(flat, 64).p_value, 1);
  cr_assert_eq(trend_growth(line, 64).p_value, 0);
}
