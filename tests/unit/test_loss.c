#include "loss.h"
#include "nearly.h"

Test(loss, erlang_b_agrees_with_published_figures) {
  assert_nearly(loss_erlang_b(5, 5), 0.28486782, EIGHT_DIGITS);      // erlangB_a5_c5
  assert_nearly(loss_erlang_b(10, 10), 0.21458234, EIGHT_DIGITS);    // erlangB_a10_c10
  assert_nearly(loss_erlang_b(8, 12), 0.051406388, EIGHT_DIGITS);    // erlangB_a8_c12
  assert_nearly(loss_erlang_b(100, 100), 0.075700453, EIGHT_DIGITS); // erlangB_a100_c100
  assert_nearly(loss_erlang_b(3.2, 6), 0.06362803, EIGHT_DIGITS);    // erlangB_a3.2_c6
  assert_nearly(loss_erlang_b(1.0125, 1), 0.50310559, EIGHT_DIGITS); // peer_simmer_gas1
}

Test(loss, limited_queue_agrees_with_published_figures) {
  struct loss_state a = loss_mmck(9, 10, 1, 10); // mmck_l9_m10_c1_K10
  assert_nearly(a.blocked, 0.050813731, EIGHT_DIGITS);
  assert_nearly(a.inside, 3.9694406, EIGHT_DIGITS);
  assert_nearly(a.waiting, 3.115173, 2e-7);
  assert_nearly(a.throughput, 8.5426764, EIGHT_DIGITS);
  assert_nearly(a.sojourn, 0.46466007, EIGHT_DIGITS);
  assert_nearly(a.wait, 0.36466007, EIGHT_DIGITS);
  assert_nearly(a.utilization, 0.85426764, EIGHT_DIGITS);
  struct loss_state b = loss_mmck(3, 4, 2, 3); // mmck_l3_m4_c2_K3
  assert_nearly(b.blocked, 0.049360146, EIGHT_DIGITS);
  assert_nearly(b.wait, 0.017307692, EIGHT_DIGITS);
  struct loss_state c = loss_mmck(150, 10, 10, 30); // mmck_l150_m10_c10_K30
  assert_nearly(c.blocked, 0.33335215, EIGHT_DIGITS);
  assert_nearly(c.waiting, 18.001617, EIGHT_DIGITS);
  assert_nearly(c.utilization, 0.99997178, EIGHT_DIGITS);
}

// The weights of a queue of 100,000 under tenfold load pass the range of a double hundreds of times. Then the
// queue is full but for a geometric remainder: on average 1/9 place is free.
Test(loss, survives_extreme_overload) {
  struct loss_state state = loss_mmck(100, 10, 1, 100000);
  assert_nearly(state.blocked, 0.9, 1e-12);
  assert_nearly(state.inside, 100000 - 1.0 / 9, 1e-12);
}

Test(loss, impatience_agrees_with_published_figures) {
  struct loss_impatience a = loss_erlang_a(100, 1, 100, 1); // erlangA_l100_c100_th1
  assert_nearly(a.wait_probability, 0.5132988, 2e-7);
  assert_nearly(a.abandoned, 0.039860997, EIGHT_DIGITS);
  assert_nearly(a.waiting, 3.9860997, EIGHT_DIGITS);
  assert_nearly(a.inside, 100, 1e-12);
  assert_nearly(a.throughput, 96.0139, 1e-7);
  struct loss_impatience b = loss_erlang_a(8, 1, 10, 0.5); // erlangA_l8_c10_th0.5
  assert_nearly(b.wait_probability, 0.31743435, EIGHT_DIGITS);
  assert_nearly(b.abandoned, 0.038821392, EIGHT_DIGITS);
  assert_nearly(b.inside, 8.3105711, EIGHT_DIGITS);
  assert_nearly(b.wait, 0.077642785, EIGHT_DIGITS);
  assert_nearly(b.utilization, 0.76894289, EIGHT_DIGITS);
}

// Patience as long as service: every customer leaves the system at the same rate, so it is M/M/infinity.
// Overload of a thousand with slow abandonment overflows without rescaling; fluid limit: share 1 - c mu /
// lambda gives up.
Test(loss, impatience_has_the_right_limits) {
  struct loss_impatience same = loss_erlang_a(3.7, 1, 2, 1);
  assert_nearly(same.inside, 3.7, 1e-12);
  struct loss_impatience flood = loss_erlang_a(10000, 1, 10, 0.5);
  assert_nearly(flood.abandoned, 1 - 10.0 / 10000, 1e-9);
  assert_nearly(flood.wait_probability, 1, 1e-12);
  for (double rate = 300; rate < 1000; rate++) // some of them end just after the weights were rescaled
    cr_assert(loss_erlang_a(rate, 1, 20, 0.5).wait_probability > 1 - 1e-9, "%g", rate);
  struct loss_impatience idle = loss_erlang_a(1e-3, 1, 500, 1);
  cr_assert(idle.wait_probability < 1e-100 && idle.waiting < 1e-100);
}

Test(loss, token_bucket_agrees_with_published_figures) {
  assert_nearly(loss_token_bucket_accepted(8, 10, 5), 0.9647096, 2e-7);     // token_bucket_l8_r10_b5
  assert_nearly(loss_token_bucket_accepted(12, 10, 10), 0.82908923, 2e-8);  // token_bucket_l12_r10_b10
  assert_nearly(loss_token_bucket_accepted(9.5, 10, 20), 0.99193135, 2e-8); // token_bucket_l9.5_r10_b20
  assert_nearly(loss_token_bucket_accepted(5, 10, 1), 1 / 1.5, 1e-12);      // M/D/1/1
  assert_nearly(loss_token_bucket_accepted(40, 10, 2000), 0.25, 1e-12);     // just the refill
}
