#include "choices.h"
#include "nearly.h"

Test(choices, limit_agrees_with_published_figures) {
  assert_nearly(choices_limit(0.5, 2), 1.265686, 2e-7);   // pod_d2_l50
  assert_nearly(choices_limit(0.8, 3), 1.5808856, 5e-8);  // pod_d3_l80
  assert_nearly(choices_limit(0.9, 2), 2.6140574, 2e-8);  // pod_d2_l90
  assert_nearly(choices_limit(0.99, 2), 5.4319966, 2e-8); // pod_d2_l99
  assert_nearly(choices_limit(0.8, 1), 5, 1e-12);
  assert_nearly(choices_limit(0, 2), 1, 1e-12);
  cr_assert(isinf(choices_limit(1, 2)));
}

Test(choices, unequal_shares_agree_with_published_figures) {
  const double shares[] = {0.4, 0.3, 0.2, 0.1}; // shard_skew4
  assert_nearly(choices_split_sojourn_mean(200, 100, shares, 4), 0.032083333, EIGHT_DIGITS);
  cr_assert(isinf(choices_split_sojourn_mean(300, 100, shares, 4)));
}
