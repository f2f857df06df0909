// Comparing doubles in tests with a tolerance that the test states.
#ifndef HEADROOM_TESTS_NEARLY_H
#define HEADROOM_TESTS_NEARLY_H

#include <criterion/criterion.h>
#include <math.h>

// A published figure of eight digits is off by at most half a unit of its last one.
#define EIGHT_DIGITS 5.1e-8

#define assert_nearly(got, want, relative)                                                                   \
  do {                                                                                                       \
    double nearly_got = (got), nearly_want = (want);                                                         \
    cr_assert(fabs(nearly_got - nearly_want) <= (relative)*fabs(nearly_want) + 1e-300,                       \
              "%s is %.17g, expected %.17g", #got, nearly_got, nearly_want);                                 \
  } while (0)

#endif
