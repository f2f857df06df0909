// Waits before further attempts, against Brooker (2015), "Exponential backoff and jitter".
#include "policy.h"
#include "random.h"

#include <criterion/criterion.h>
#include <math.h>

enum { DRAWS = 20000 };

static struct policy growing(enum backoff_jitter jitter) {
  struct policy policy = policy_none;
  policy.growing = true;
  policy.backoff_base = 100;
  policy.backoff_most = 1000000;
  policy.backoff_factor = 2;
  policy.jitter = jitter;
  return policy;
}

struct drawn {
  double mean, least, most;
};

static struct drawn draw(const struct policy *policy, int64_t attempt, int64_t previous) {
  struct random_stream luck = random_named(1, 0, "policy", "wait");
  struct drawn drawn = {0, INFINITY, 0};
  for (int i = 0; i < DRAWS; i++) {
    double wait = (double)policy_backoff(policy, attempt, previous, &luck);
    drawn.mean += wait / DRAWS;
    drawn.least = fmin(drawn.least, wait);
    drawn.most = fmax(drawn.most, wait);
  }
  return drawn;
}

// Uniform between two bounds, up to the whole number below; the ends are reached to a thousandth.
static void expect_uniform(struct drawn drawn, double low, double high) {
  double spread = high - low;
  cr_expect_float_eq(drawn.mean, (low + high) / 2, 4 * spread / sqrt(12.0 * DRAWS) + 0.5, "%g", drawn.mean);
  cr_expect(drawn.least >= low && drawn.least < low + spread / 1000 + 1, "%g", drawn.least);
  cr_expect(drawn.most <= high && drawn.most > high - spread / 1000 - 1, "%g", drawn.most);
}

Test(policy, waits_double_up_to_the_longest) {
  struct policy policy = growing(BACKOFF_NONE);
  struct random_stream luck = {1};
  for (int attempt = 1; attempt <= 40; attempt++) {
    double expected = fmin(100 * pow(2, attempt - 1), 1000000);
    cr_expect_eq(policy_backoff(&policy, attempt, 7, &luck), (int64_t)expected, "%d", attempt);
  }
}

Test(policy, full_jitter_lies_anywhere_below) {
  struct policy policy = growing(BACKOFF_FULL);
  expect_uniform(draw(&policy, 1, 0), 0, 100);
  expect_uniform(draw(&policy, 6, 1), 0, 3200);
  expect_uniform(draw(&policy, 60, 1), 0, 1000000);
}

// From the base to three times the wait before; the first as if the base had been waited.
Test(policy, decorrelated_jitter_follows_the_last_wait) {
  struct policy policy = growing(BACKOFF_DECORRELATED);
  expect_uniform(draw(&policy, 1, 0), 100, 300);
  expect_uniform(draw(&policy, 9, 1000), 100, 3000);
  policy.backoff_most = 200;
  struct drawn drawn = draw(&policy, 9, 1000);
  cr_expect_eq(drawn.most, 200);
  cr_expect_float_eq(drawn.mean, (100.0 / 2900) * 150 + (2800.0 / 2900) * 200, 0.5, "%g", drawn.mean);
}
