#include "nearly.h"
#include "precision.h"

Test(precision, looks_grow) {
  size_t looks[] = {10, 14, 20, 28, 40, 56, 79, 100, 0};
  size_t done = 0;
  for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
    done = precision_next(done, 100);
    cr_assert_eq(done, looks[i], "look %zu at %zu", i, done);
    if (done == 100) cr_assert_eq(precision_next(done, 100), 0);
    if (done == 0) done = 100;
  }
  cr_assert_eq(precision_next(0, 4), 4);
  cr_assert_eq(precision_next(3, 100), 10);
}

// A half width of gamma / (1 + gamma) of the estimate: even when the truth is at the far end, the estimate is
// off by at most gamma of it.
Test(precision, target_bounds_the_relative_error) {
  struct estimate estimate = {
      .value = 10, .low = 10 - 10.0 / 11 + 1e-9, .high = 10 + 10.0 / 11 - 1e-9, .has_interval = true};
  cr_assert(precision_reached(&estimate, 0.1));
  cr_assert_not(precision_reached(&estimate, 0.0999));
  assert_nearly(precision_attained(&estimate), 0.1, 1e-6);
  assert_nearly((estimate.value - estimate.low) / estimate.low, precision_attained(&estimate), 1e-6);
  estimate.has_interval = false;
  cr_assert_not(precision_reached(&estimate, 0.1));
  cr_assert(isinf(precision_attained(&estimate)));
  struct estimate zero = {.value = 0, .low = 0, .high = 0, .has_interval = true};
  cr_assert(precision_reached(&zero, 0.01));
  cr_assert_eq(precision_attained(&zero), 0);
  struct estimate wide = {.value = 1, .low = -1, .high = 3, .has_interval = true};
  cr_assert(isinf(precision_attained(&wide)));
}
