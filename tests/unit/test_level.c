#include "level.h"
#include "nearly.h"

#include <gsl/gsl_rng.h>

// Against the plain way: the level times the length of each stretch between two changes.
Test(level, area_is_the_integral_over_any_window) {
  gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
  struct level level = {0};
  int128 plain = 0, window_plain = 0, window_start = 0;
  int64_t now = 7, inside = 0, peak = 0;
  for (int i = 0; i < 20000; i++) {
    int64_t next = now + (int64_t)gsl_rng_uniform_int(random, 1000) * 1000003;
    plain += (int128)inside * (next - now);
    if (i > 5000) window_plain += (int128)inside * (next - now);
    now = next;
    if (i == 5000) window_start = level_area(&level, now);
    int64_t step = (int64_t)gsl_rng_uniform_int(random, 11) - 5;
    if (inside + step < 0) step = 1;
    if (step == 1)
      level_up(&level, now);
    else if (step == -1)
      level_down(&level, now);
    else
      level_change(&level, step, now);
    inside += step;
    if (inside > peak) peak = inside;
    cr_assert(level_area(&level, now) == plain);
  }
  cr_assert(level_area(&level, now) - window_start == window_plain);
  cr_assert_eq(level.inside, inside);
  cr_assert_eq(level.peak, peak);
  gsl_rng_free(random);
}

// A million inside for eleven days pass 64 bits a hundred times over.
Test(level, area_does_not_overflow) {
  struct level level = {0};
  const int64_t days = INT64_C(11) * 86400 * 1000000000;
  level_change(&level, 1000000, 0);
  assert_nearly((double)level_area(&level, days), 1e6 * 11 * 86400e9, 1e-15);
  assert_nearly(level_mean(level_area(&level, days), days), 1e6, 1e-15);
}

Test(level, peak_can_be_restarted) {
  struct level level = {0};
  level_change(&level, 5, 1);
  level_change(&level, -4, 2);
  level_restart_peak(&level);
  cr_assert_eq(level.peak, 1);
  level_up(&level, 3);
  cr_assert_eq(level.peak, 2);
  level_change(&level, 5, 4);
  cr_assert_eq(level.peak, 7);
}
