#include "zipf.h"

#include "alias.h"
#include "goodness.h"
#include "nearly.h"
#include <criterion/criterion.h>

static const double exponents[] = {0, 0.2, 0.5, 0.8, 0.99, 1 - 1e-9, 1, 1 + 1e-9, 1.001, 1.2, 2, 5};
enum { EXPONENTS = sizeof exponents / sizeof *exponents, CELLS = 1000, DRAWS = 1000000 };

// Sums from the smallest term on, by libm.
static double sum_of_powers(double exponent, uint64_t first, uint64_t last) {
  double sum = 0;
  for (uint64_t k = last; k >= first; k--) sum += pow((double)k, -exponent);
  return sum;
}

Test(zipf, draws_have_the_exact_probabilities) {
  const uint64_t all_ranks[] = {1, 2, 3, 10, CELLS};
  for (size_t e = 0; e < EXPONENTS; e++) {
    for (size_t n = 0; n < sizeof all_ranks / sizeof *all_ranks; n++) {
      static uint64_t seen[CELLS];
      double expected[CELLS];
      uint64_t ranks = all_ranks[n];
      double total = sum_of_powers(exponents[e], 1, ranks);
      struct random_stream luck = random_named(n, (uint32_t)e, "zipf", "test");
      struct zipf zipf;
      zipf_init(&zipf, exponents[e], ranks);
      for (uint64_t i = 0; i < ranks; i++) {
        seen[i] = 0;
        expected[i] = DRAWS * pow((double)i + 1, -exponents[e]) / total;
      }
      for (int i = 0; i < DRAWS; i++) {
        uint64_t rank = zipf_draw(&zipf, &luck);
        cr_assert_lt(rank, ranks);
        seen[rank]++;
      }
      if (ranks == 1) continue;
      double level = goodness_chi_square(seen, expected, ranks);
      cr_expect_gt(level, GOODNESS_LEVEL, "s = %.10g, %llu ranks: %g", exponents[e],
                   (unsigned long long)ranks, level);
    }
  }
}

// Cells that double in width, over more ranks than any table could hold. Their sums by the integral of x^-s
// between the half numbers, which is exact to s (s + 1) / 24 over the square of the first rank.
Test(zipf, draws_over_10_to_the_12_ranks) {
  enum { WIDTHS = 41, SUMMED = 4096 };
  for (size_t e = 0; e < EXPONENTS; e++) {
    static uint64_t seen[WIDTHS];
    double expected[WIDTHS] = {0}, s = exponents[e], total = 0, below = 0;
    const double ranks = 1e12;
    for (int w = 0; w < WIDTHS - 1; w++) {
      seen[w] = 0;
      uint64_t first = UINT64_C(1) << w, end = first * 2;
      if ((double)end > ranks + 1) end = (uint64_t)ranks + 1;
      double a = (double)first - 0.5, b = (double)end - 0.5;
      double area = fabs(s - 1) < 1e-6 ? log(b / a) : (pow(b, 1 - s) - pow(a, 1 - s)) / (1 - s);
      expected[w] = first < SUMMED ? sum_of_powers(s, first, end - 1) : area;
      total += expected[w];
      if (w < 20) below = total;
    }
    struct random_stream luck = random_named(3, (uint32_t)e, "zipf", "large");
    struct zipf zipf;
    zipf_init(&zipf, s, (uint64_t)ranks);
    for (int i = 0; i < DRAWS; i++) {
      uint64_t rank = zipf_draw(&zipf, &luck);
      cr_assert_lt(rank, (uint64_t)ranks);
      seen[63 - __builtin_clzll(rank + 1)]++;
    }
    for (int w = 0; w < WIDTHS; w++) expected[w] *= DRAWS / total;
    double level = goodness_chi_square(seen, expected, WIDTHS - 1);
    cr_expect_gt(level, GOODNESS_LEVEL, "s = %.10g: %g", s, level);
    assert_nearly(zipf_probability(&zipf, 0), 1 / total, 1e-7);
    assert_nearly(zipf_below(&zipf, (1 << 20) - 1), below / total, 1e-7);
  }
}

Test(zipf, probabilities_are_the_sums) {
  const uint64_t all_ranks[] = {1, 2, 63, 64, 65, 100, 5000, 1000000};
  for (size_t e = 0; e < EXPONENTS; e++) {
    for (size_t n = 0; n < sizeof all_ranks / sizeof *all_ranks; n++) {
      struct zipf zipf;
      uint64_t ranks = all_ranks[n];
      zipf_init(&zipf, exponents[e], ranks);
      double total = sum_of_powers(exponents[e], 1, ranks);
      assert_nearly(zipf_probability(&zipf, 0), 1 / total, 1e-12);
      assert_nearly(zipf_probability(&zipf, ranks - 1), pow((double)ranks, -exponents[e]) / total, 1e-11);
      cr_assert_eq(zipf_below(&zipf, 0), 0);
      assert_nearly(zipf_below(&zipf, ranks), 1, 1e-15);
      uint64_t half = ranks / 2;
      if (half > 0)
        assert_nearly(zipf_below(&zipf, half), sum_of_powers(exponents[e], 1, half) / total, 1e-12);
    }
  }
}

// Most draws are the first: that is what the method is chosen for.
Test(zipf, few_draws_are_rejected) {
  for (size_t e = 0; e < EXPONENTS; e++) {
    struct zipf zipf;
    zipf_init(&zipf, exponents[e], 1000000);
    struct random_stream luck = {1};
    for (int i = 0; i < 100000; i++) zipf_draw(&zipf, &luck);
    uint64_t draws = 0;
    for (struct random_stream other = {1}; other.state != luck.state; draws++) random_bits(&other);
    cr_expect_lt(draws, 115000, "s = %g: %llu", exponents[e], (unsigned long long)draws);
  }
}

Test(alias, draws_have_the_weights) {
  enum { COLUMNS = 500 };
  double weights[COLUMNS], expected[COLUMNS], sum = 0;
  uint64_t seen[COLUMNS] = {0};
  struct random_stream luck = random_named(5, 0, "alias", "test");
  struct arena arena;
  struct alias alias;
  arena_init(&arena, NULL);
  for (int i = 0; i < COLUMNS; i++) sum += weights[i] = i % 7 == 0 ? 0 : pow(random_unit(&luck), 3) * 12.5;
  cr_assert(alias_build(&alias, &arena, weights, COLUMNS));
  for (int i = 0; i < DRAWS; i++) seen[alias_draw(&alias, &luck)]++;
  for (int i = 0; i < COLUMNS; i++) {
    expected[i] = DRAWS * weights[i] / sum;
    if (weights[i] == 0) cr_assert_eq(seen[i], 0);
  }
  cr_assert_gt(goodness_chi_square(seen, expected, COLUMNS), GOODNESS_LEVEL);
  cr_assert(alias_build(&alias, &arena, &weights[1], 1));
  cr_assert_eq(alias_draw(&alias, &luck), 0);
  arena_drop(&arena);
}
