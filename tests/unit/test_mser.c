#include "mser.h"
#include "nearly.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

// The definition, computed afresh for every cut.
static size_t plain_cut(const double *series, size_t count) {
  size_t groups = count / 5, best_cut = 0;
  double best = INFINITY;
  for (size_t cut = 0; groups - cut > 5; cut++) {
    double kept = (double)(groups - cut), mean = 0, squares = 0;
    for (size_t i = cut * 5; i < groups * 5; i++) mean += series[i] / (kept * 5);
    for (size_t g = cut; g < groups; g++) {
      double group = 0;
      for (size_t i = 0; i < 5; i++) group += series[g * 5 + i] / 5;
      squares += (group - mean) * (group - mean);
    }
    if (squares / kept / kept < best) best = squares / kept / kept, best_cut = cut;
  }
  return best_cut * 5;
}

Test(mser, finds_the_cut_of_its_definition) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  double series[503];
  for (int run = 0; run < 200; run++) {
    double bias = gsl_ran_gaussian(random, 4), memory = 5 + 100 * gsl_rng_uniform(random);
    for (int i = 0; i < 503; i++) series[i] = 3 + bias * exp(-i / memory) + gsl_ran_gaussian(random, 0.5);
    struct mser mser = mser_cut(series, 503);
    cr_assert_eq(mser.cut, plain_cut(series, 503));
    cr_assert_eq(mser.past_half, mser.cut > 250);
  }
  gsl_rng_free(random);
}

Test(mser, cuts_a_beginning_and_nothing_else) {
  double series[400];
  for (int i = 0; i < 400; i++) series[i] = (i < 60 ? 0 : 10) + 0.01 * (i * 7919 % 13);
  struct mser mser = mser_cut(series, 400);
  cr_assert(mser.cut >= 60 && mser.cut <= 75, "%zu", mser.cut);
  cr_assert_not(mser.past_half);
  for (int i = 0; i < 400; i++) series[i] = 4;
  cr_assert_eq(mser_cut(series, 400).cut, 0);
  for (int i = 0; i < 400; i++) series[i] = i < 300 ? 0 : 10 + 0.01 * (i * 7919 % 13);
  cr_assert(mser_cut(series, 400).past_half);
  cr_assert(mser_cut(series, 49).past_half);
}
