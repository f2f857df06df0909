// What the policies of calls let through, call by call: of requests that come at known times, against a plain
// account of all that went before.
#include "running.h"

#include <inttypes.h>

enum { ROWS = 400, SECONDS = 2000 };

// ---- Retry budgets ----------------------------------------------------------------------------------------

// Tens to hundreds of milliseconds apart, with pauses within, at and far beyond the ten seconds that a budget
// looks back.
static int64_t gap_before(int row) {
  static const int64_t pauses[] = {3300, 10000, 9999, 23100, 61000, 700, 19800};
  return row % 29 == 28 ? pauses[row / 29 % 7] : 40 + row * 37 % 311;
}

// The times in ms, as a trace.
static void write_rows(int64_t *times, char *text, size_t bytes) {
  size_t used = (size_t)snprintf(text, bytes, "time,request\n");
  int64_t now = 0;
  for (int i = 0; i < ROWS; i++) {
    times[i] = now;
    used +=
        (size_t)snprintf(text + used, bytes - used, "%" PRId64 ".%03d,a\n", now / 1000, (int)(now % 1000));
    now += gap_before(i);
  }
  cr_assert_lt(now, SECONDS * INT64_C(1000));
  cr_assert_lt(used, bytes);
}

static uint64_t of_ten_seconds(const uint64_t *counts, int64_t last) {
  uint64_t sum = 0;
  for (int64_t s = last < 9 ? 0 : last - 9; s <= last; s++) sum += counts[s];
  return sum;
}

// Attempts of requests that all fail, at once, and may be retried twice: in the present second and the nine
// before it, retries are at most that part of first attempts.
static uint64_t attempts_within(const int64_t *times, double budget) {
  static uint64_t firsts[SECONDS], retries[SECONDS];
  memset(firsts, 0, sizeof firsts);
  memset(retries, 0, sizeof retries);
  uint64_t attempts = 0;
  for (int i = 0; i < ROWS; i++) {
    int64_t second = times[i] / 1000;
    firsts[second]++;
    attempts++;
    for (int retry = 0; retry < 2; retry++) {
      double most = budget * (double)of_ten_seconds(firsts, second);
      if ((double)of_ten_seconds(retries, second) + 1 > most) break;
      retries[second]++;
      attempts++;
    }
  }
  return attempts;
}

Test(call, a_budget_is_of_the_last_ten_seconds) {
  static const int budgets[] = {3, 20, 55, 100, 150};
  static char rows[ROWS * 20];
  int64_t times[ROWS];
  write_rows(times, rows, sizeof rows);
  for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
    struct running running;
    running_run(&running, rows,
                "{'network': 'none', 'run': {'duration': '2000s', 'warmup': '0s'}, 'clients': {'c': {"
                "'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'web', "
                "'retries': {'max': 2, 'budget': '%d%%', 'on': ['error']}}}, 'components': {'web': {'type': "
                "'server', "
                "'handles': {'a': [{'fail': 1}]}}}}",
                budgets[i]);
    cr_assert_eq(running_measure(&running, "a")->offered, ROWS);
    cr_expect_eq(running_measure(&running, "a")->attempts, attempts_within(times, budgets[i] / 100.0),
                 "%d%%: %" PRIu64 " attempts, and %" PRIu64 " are within the budget", budgets[i],
                 running_measure(&running, "a")->attempts, attempts_within(times, budgets[i] / 100.0));
    running_drop(&running);
  }
}

// ---- Hedges after a percentile ----------------------------------------------------------------------------

// Attempts of so many requests of 10 ms, of which the last takes 50.
static uint64_t attempts_with_slow_last(int requests) {
  static char rows[4096];
  struct running running;
  size_t used = (size_t)snprintf(rows, sizeof rows, "time,request\n");
  for (int i = 0; i < requests; i++)
    used += (size_t)snprintf(rows + used, sizeof rows - used, "%d.%d,a\n", i / 10, i % 10);
  running_run(&running, rows,
              "{'network': 'none', 'run': {'duration': '60s', 'warmup': '0s'}, 'clients': {'c': {"
              "'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'web', "
              "'hedge': {'after': 'p95'}}}, 'components': {'web': {'type': 'server', "
              "'handles': {'a': [{'cpu': '10ms'}]}}},"
              "'timeline': [{'at': '%dms', 'slow': 'web', 'factor': 5}]}",
              100 * (requests - 1) - 50);
  uint64_t attempts = running_measure(&running, "a")->attempts;
  running_drop(&running);
  return attempts;
}

Test(call, a_percentile_is_known_after_a_hundred_answers) {
  cr_expect_eq(attempts_with_slow_last(100), 100, "it was hedged by 99 answers");
  cr_expect_eq(attempts_with_slow_last(101), 102, "it was not hedged after a hundred");
}
