#include "memory_pressure.h"
#include "random.h"

#include <criterion/criterion.h>

static const int64_t gibibyte = INT64_C(1) << 30;
static struct memory_pressure pressure;

Test(memory_pressure, within_its_memory_a_machine_runs_at_full_speed) {
  int64_t held = 0;
  memory_pressure_init(&pressure, 4 * gibibyte);
  memory_pressure_take(&pressure, &held, 4 * gibibyte, 0);
  cr_assert_eq(memory_pressure_speed(&pressure), 1);
  cr_assert_not(memory_pressure_swaps(&pressure));
  memory_pressure_take(&pressure, &held, 1, 0);
  cr_assert(memory_pressure_swaps(&pressure));
  cr_assert_lt(memory_pressure_speed(&pressure), 1);
}

// 10 GiB on 9: a tenth of what is held is swapped, so that an hour of work takes three hours more.
Test(memory_pressure, swapping_slows_by_the_share_that_is_swapped) {
  memory_pressure_init(&pressure, 9 * gibibyte);
  memory_pressure_take(&pressure, NULL, 10 * gibibyte, 0);
  cr_assert_float_eq(memory_pressure_speed(&pressure), 0.25, 1e-12);
  double last = 1;
  memory_pressure_give(&pressure, NULL, gibibyte, 0);
  for (int i = 0; i < 100; i++) {
    memory_pressure_take(&pressure, NULL, gibibyte / 10, 0);
    double speed = memory_pressure_speed(&pressure);
    cr_assert(speed < last && speed > 1 / (1 + MEMORY_SWAP_COST), "it only gets slower, to a limit");
    last = speed;
  }
}

Test(memory_pressure, past_the_swap_it_is_exceeded_until_a_process_ends) {
  int64_t held[3] = {0};
  memory_pressure_init(&pressure, 4 * gibibyte);
  memory_pressure_take(&pressure, &held[0], gibibyte, 0);
  memory_pressure_take(&pressure, &held[1], 3 * gibibyte, 0);
  memory_pressure_take(&pressure, &held[2], gibibyte, 0);
  cr_assert_not(memory_pressure_exceeded(&pressure), "five quarters of its memory");
  memory_pressure_take(&pressure, &held[2], 1, 0);
  cr_assert(memory_pressure_exceeded(&pressure));
  memory_pressure_end(&pressure, &held[1], 0);
  cr_assert_eq(held[1], 0);
  cr_assert_eq(pressure.used.inside, 2 * gibibyte + 1);
  cr_assert_eq(memory_pressure_speed(&pressure), 1);
}

Test(memory_pressure, without_a_limit_nothing_happens) {
  memory_pressure_init(&pressure, MEMORY_UNLIMITED);
  memory_pressure_take(&pressure, NULL, INT64_C(1) << 60, 0);
  cr_assert_eq(memory_pressure_speed(&pressure), 1);
  cr_assert_not(memory_pressure_exceeded(&pressure));
  cr_assert_eq(memory_pressure_utilization(&pressure, 0, memory_pressure_area(&pressure, 10), 10), 0);
  memory_pressure_init(&pressure, INT64_MAX - 1);
  cr_assert_not(memory_pressure_exceeded(&pressure), "no overflow just below it");
}

static int64_t *largest(int64_t *held, int count) {
  int64_t *most = held;
  for (int i = 1; i < count; i++) most = held[i] > *most ? &held[i] : most;
  return most;
}

// What processes hold adds up to what the machine has lent, whatever happens.
Test(memory_pressure, what_is_held_adds_up) {
  enum { PROCESSES = 5 };
  struct random_stream stream = {3};
  int64_t held[PROCESSES] = {0};
  double area = 0;
  int64_t last = 0;
  memory_pressure_init(&pressure, 1000);
  for (int64_t now = 1; now <= 20000; now++) {
    int64_t *who = &held[random_below(&stream, PROCESSES)];
    if (random_unit(&stream) < 0.55 || *who == 0) {
      memory_pressure_take(&pressure, who, (int64_t)random_below(&stream, 100), now);
    } else {
      memory_pressure_give(&pressure, who, 1 + (int64_t)random_below(&stream, (uint64_t)*who), now);
    }
    if (memory_pressure_exceeded(&pressure)) memory_pressure_end(&pressure, largest(held, PROCESSES), now);
    int64_t sum = 0;
    for (int i = 0; i < PROCESSES; i++) sum += held[i];
    cr_assert_eq(pressure.used.inside, sum);
    cr_assert_leq(sum, 1250);
    area += (double)last;
    last = sum;
  }
  double share = memory_pressure_utilization(&pressure, 0, memory_pressure_area(&pressure, 20000), 20000);
  cr_assert_float_eq(share, area / 20000 / 1000, 1e-9);
}
