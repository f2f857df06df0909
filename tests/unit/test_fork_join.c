#include "fork_join.h"
#include "nearly.h"

Test(fork_join, agrees_with_published_figures) {
  assert_nearly(fork_join_two(50, 100), 0.02875, 1e-12);                          // forkjoin2_rho50
  assert_nearly(fork_join_two(80, 100), 0.07, 1e-12);                             // forkjoin2_rho80
  assert_nearly(fork_join_approximation(80, 100, 2), 0.07, 1e-12);                // the same
  assert_nearly(fork_join_approximation(80, 100, 4), 0.08930303, EIGHT_DIGITS);   // forkjoin4_rho80
  assert_nearly(fork_join_approximation(50, 100, 10), 0.05115882, EIGHT_DIGITS);  // forkjoin10_rho50
  assert_nearly(fork_join_approximation(60, 100, 32), 0.083131604, EIGHT_DIGITS); // forkjoin32_rho60
  cr_assert(isinf(fork_join_two(100, 100)));
}

Test(fork_join, order_statistics_and_the_tail_at_scale) {
  assert_nearly(fork_join_order_mean(6, 1, 3), 2, 1e-12); // the fastest of n: mean / n
  assert_nearly(fork_join_order_mean(6, 3, 3), 11, 1e-12);
  assert_nearly(fork_join_order_mean(1, 2, 3), 1.0 / 3 + 0.5, 1e-12);
  assert_nearly(fork_join_any_slow(0.01, 100), 0.63396766, EIGHT_DIGITS); // tail_at_scale_fanout
  assert_nearly(fork_join_any_slow(0.0001, 2000), 0.18127743, EIGHT_DIGITS);
}
