#include "nearly.h"
#include "objective.h"

Test(objective, decides_only_when_the_whole_interval_is_on_one_side) {
  struct estimate estimate = {.value = 5, .low = 4, .high = 6, .has_interval = true};
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_MOST, 6), OBJECTIVE_PASSED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_BELOW, 6), OBJECTIVE_UNDECIDED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_MOST, 5.5), OBJECTIVE_UNDECIDED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_MOST, 4), OBJECTIVE_UNDECIDED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_BELOW, 4), OBJECTIVE_FAILED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_MOST, 3.9), OBJECTIVE_FAILED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_LEAST, 4), OBJECTIVE_PASSED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_ABOVE, 4), OBJECTIVE_UNDECIDED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_ABOVE, 3), OBJECTIVE_PASSED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_ABOVE, 6), OBJECTIVE_FAILED);
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_LEAST, 6.1), OBJECTIVE_FAILED);
  estimate.has_interval = false;
  cr_assert_eq(objective_judge(&estimate, OBJECTIVE_AT_MOST, 100), OBJECTIVE_UNDECIDED);
  struct estimate dead = {.value = INFINITY, .low = INFINITY, .high = INFINITY, .has_interval = true};
  cr_assert_eq(objective_judge(&dead, OBJECTIVE_BELOW, 1e9), OBJECTIVE_FAILED);
}

Test(objective, bonferroni_shares_the_error) {
  assert_nearly(objective_confidence(0.95, 1), 0.95, 1e-15);
  assert_nearly(1 - objective_confidence(0.95, 5), 0.01, 1e-12);
}
