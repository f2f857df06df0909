// What the notes of the lessons say that compare one thing with another: a balancer's knowledge, hedging,
// retries.
#include "experimenting.h"

#include <math.h>
#include <stdio.h>

// Runs a lesson; `setting` changes it, NULL: as it is. Its results, in `e`.
static const cJSON *run(struct experimenting *e, const char *name, const char *setting) {
  struct scenario_override overrides[2] = {{.flag = "--set", .text = "run.replications=2"},
                                           {.flag = "--set", .text = setting}};
  struct options options = {.overrides = overrides, .override_count = setting != NULL ? 2 : 1};
  char path[128];
  snprintf(path, sizeof path, "lessons/%s", name);
  experimenting_run_file(e, path, &options);
  return experimenting_json(e);
}

static double figure(const char *name, const char *setting, const char *path) {
  struct experimenting e;
  double found = experimenting_value(run(&e, name, setting), path);
  experimenting_drop(&e);
  return found;
}

static bool succeeds(const cJSON *results) {
  const cJSON *verdict;
  size_t count = 0;
  bool fine = true;
  cJSON_ArrayForEach(verdict, experimenting_at(results, "slo")) {
    fine = fine && strcmp(experimenting_at(verdict, "verdict")->valuestring, "failed") != 0;
    count++;
  }
  cr_assert_gt(count, 0, "no objective");
  return fine;
}

// By lot each server is an M/M/1 of 10 / (1 - 0.9) ms. Of two choices Mitzenmacher (2001), for any number of
// servers, has sum 0.9^(2^i - 2) x 10 ms = 26.1 ms, which twenty exceed a little; no balancer beats one queue
// for all of them, M/M/20: Erlang C, 0.51, x 10 / (20 - 18) + 10 ms = 12.6 ms.
Test(lessons, two_choices_are_most_of_what_there_is_to_gain, .timeout = 300) {
  double mitzenmacher = 0, erlang = 1;
  for (int i = 1; i < 12; i++) mitzenmacher += 0.01 * pow(0.9, pow(2, i) - 2);
  for (int n = 1; n <= 20; n++) erlang = 18 * erlang / (n + 18 * erlang);
  double waits = erlang / (1 - 0.9 * (1 - erlang)), one_queue = 0.01 + waits * 0.01 / 2;
  static const char path[] = "requests/all/latency_s/mean";
  double lot = figure("random-choice", NULL, path);
  double two = figure("power-of-two", NULL, path);
  double least = figure("least-connections", NULL, path);
  // Twenty M/M/1 of 25 000 s each relax in 0.01 / (1 - sqrt(0.9))^2 = 3.8 s: some five per cent.
  cr_expect_float_eq(lot, 0.1, 0.006, "%g s", lot);
  cr_expect(two > 0.98 * mitzenmacher && two < 1.1 * mitzenmacher, "%g s, %g s", two, mitzenmacher);
  cr_expect(least > 0.98 * one_queue && least < two, "%g s, %g s, %g s", least, one_queue, two);
  cr_expect_gt((lot - two) / (lot - least), 0.8);
}

// A read takes 400 ms twice in a hundred; with a copy after 20 ms four times in ten thousand. Copies are
// asked for by those, and by who waits for 20 ms otherwise, which is next to nobody: exp(-10).
Test(lessons, a_few_requests_more_cut_the_tail, .timeout = 300) {
  struct experimenting slow, hedged;
  const cJSON *without = run(&slow, "slow-tail", NULL), *with = run(&hedged, "hedging", NULL);
  static const char front[] = "components/front/sojourn_s/p99", clients[] = "requests/all/latency_s/p99";
  double first = experimenting_value(without, front), second = experimenting_value(with, front);
  cr_expect(first > 0.39 && first < 0.41, "%g s", first);
  // Of the two per cent, the better half: 20 ms and the median of 2 ms, as the copy needs it.
  cr_expect_float_eq(second, 0.02 + 0.002 * log(2), 0.0015, "%g s", second);
  cr_expect_gt(experimenting_value(without, clients), 3 * experimenting_value(with, clients));
  cr_expect(!succeeds(without));
  cr_expect(succeeds(with));
  double more = experimenting_value(with, "components/replicas/throughput_per_s") /
                experimenting_value(without, "components/replicas/throughput_per_s");
  cr_expect(more > 1.015 && more < 1.03, "%g", more);
  experimenting_drop(&slow);
  experimenting_drop(&hedged);
}

// Four cores do 400 a second and are asked for 280. The third phase begins when they are as fast as before.
// With a budget what is left over, (308 - 133) x 20 s, is worked off at 92 a second, within 38 of 220 s: all
// is as before about a minute after the cause came.
Test(lessons, a_budget_starves_the_storm, .timeout = 300) {
  static const char *const names[] = {"retry-storm", "retry-budget"};
  for (int i = 0; i < 2; i++) {
    struct experimenting e;
    const cJSON *results = run(&e, names[i], NULL);
    cr_assert_eq(cJSON_GetArraySize(experimenting_at(results, "phases")), 3);
    double before = experimenting_value(results, "phases/0/requests/all/errors");
    double after = experimenting_value(results, "phases/2/requests/all/errors");
    cr_expect_eq(before, 0, "%g", before);
    cr_expect(i == 0 ? after > 0.5 : after < 0.2, "%s: %g", names[i], after);
    double busy = experimenting_value(results, "components/api/utilization/cpu/mean");
    cr_expect(i == 0 ? busy > 0.9 : busy < 0.85, "%s: %g", names[i], busy);
    const cJSON *recovered = experimenting_at(results, "timeline/0/recovered_s");
    cr_expect(i == 0 ? cJSON_IsNull(recovered) : recovered->valuedouble > 80 && recovered->valuedouble < 150,
              "%s", names[i]);
    experimenting_drop(&e);
  }
}
