#include "closed.h"
#include "nearly.h"

static struct closed_result solve(struct closed_station *stations, size_t count, double think,
                                  unsigned users) {
  struct memory_budget budget;
  memory_budget_init(&budget);
  struct closed_result result = closed_solve(stations, count, think, users, &budget);
  cr_assert(result.solved);
  cr_assert_eq(budget.used, 0);
  return result;
}

Test(closed, single_servers_agree_with_published_figures) {
  struct closed_station repair[] = {{.demand = 1, .servers = 1}}; // closed_machine_repair_N10
  struct closed_result result = solve(repair, 1, 10, 20);
  assert_nearly(result.throughput, 0.99813095, EIGHT_DIGITS);
  assert_nearly(result.response, 10.037451, EIGHT_DIGITS * 3);
  assert_nearly(repair[0].inside, 10.01869, 1e-7);
  result = solve(repair, 1, 10, 5);
  assert_nearly(result.throughput, 0.43604782, EIGHT_DIGITS);
  struct closed_station tiers[] = {{.demand = 0.05, .servers = 1}, // closed_3tier
                                   {.demand = 0.08, .servers = 1},
                                   {.demand = 0.03, .servers = 1}};
  result = solve(tiers, 3, 1, 10);
  assert_nearly(result.throughput, 7.8133324, EIGHT_DIGITS);
  assert_nearly(result.response, 0.27986364, 5e-8);
  assert_nearly(tiers[0].inside, 0.59192635, 5e-8);
  assert_nearly(tiers[2].utilization, 0.23439997, 5e-8);
  struct closed_station jain[] = {{.demand = 0.605, .servers = 1}, // peer_qsp_p117_cjn
                                  {.demand = 2.1, .servers = 1},
                                  {.demand = 1.35, .servers = 1}};
  result = solve(jain, 3, 15, 3);
  assert_nearly(result.throughput, 0.15151649, 5e-8);
  assert_nearly(result.response, 4.7998248, EIGHT_DIGITS);
  struct closed_station processor[] = {{.demand = 0.63, .servers = 1}}; // closed_pdq_mm1n_compile
  result = solve(processor, 1, 300, 100);
  assert_nearly(result.throughput, 0.33245315, EIGHT_DIGITS);
  assert_nearly(result.response, 0.79425969, EIGHT_DIGITS);
}

Test(closed, several_servers_agree_with_published_figures) {
  struct closed_station stations[] = {{.demand = 0.08, .servers = 4}, {.demand = 0.02, .servers = 1}};
  const unsigned users[] = {1, 10, 20, 40}; // closed_ms_app4_db1
  const double throughput[] = {1.6666667, 16.433757, 31.413854, 46.505181};
  const double response[] = {0.1, 0.1085036, 0.13666177, 0.36011922};
  const double inside[] = {0.13333333, 1.3239035, 2.8404896, 9.2342812};
  for (int i = 0; i < 4; i++) {
    struct closed_result result = solve(stations, 2, 0.5, users[i]);
    assert_nearly(result.throughput, throughput[i], 3e-8);
    assert_nearly(result.response, response[i], 2e-7);
    assert_nearly(stations[0].inside, inside[i], 5e-8);
  }
}

// Thinking users before c servers are a birth and death process, solved here by its own sums: the case in
// which differences of probabilities lose every digit.
Test(closed, many_servers_near_saturation_agree_with_birth_and_death) {
  const double think = 3, demand = 0.5;
  const unsigned users = 900, servers = 128;
  double weight = 1, total = 1, inside = 0, busy = 0;
  for (unsigned n = 1; n <= users; n++) {
    weight *= (users - n + 1) / think * demand / (n < servers ? n : servers);
    total += weight;
    inside += weight * n;
    busy += weight * (n < servers ? n : servers);
    if (weight > 1e200) weight *= 1e-200, total *= 1e-200, inside *= 1e-200, busy *= 1e-200;
  }
  struct closed_station station = {.demand = demand, .servers = servers};
  struct closed_result result = solve(&station, 1, think, users);
  assert_nearly(result.throughput, busy / total / demand, 1e-9);
  assert_nearly(station.inside, inside / total, 1e-9);
  assert_nearly(station.utilization, busy / total / servers, 1e-9);
}

// Little's law for the whole circle, with more than one station of several servers and one with more servers
// than users.
Test(closed, everybody_is_somewhere) {
  struct closed_station stations[] = {{.demand = 0.4, .servers = 3},
                                      {.demand = 0.9, .servers = 8},
                                      {.demand = 0.1, .servers = 1},
                                      {.demand = 0.7, .servers = 5000},
                                      {.demand = 0, .servers = 2}};
  for (unsigned users = 1; users <= 400; users += 57) {
    struct closed_result result = solve(stations, 5, 2.5, users);
    double inside = result.throughput * 2.5;
    for (int i = 0; i < 5; i++) inside += stations[i].inside;
    assert_nearly(inside, users, 1e-9);
    assert_nearly(stations[3].residence, 0.7, 1e-12);
    cr_assert(result.throughput <= closed_throughput_bound(stations, 5, 2.5, users) * (1 + 1e-12));
  }
}

Test(closed, long_thinking_does_not_overflow) {
  struct closed_station station = {.demand = 0.001, .servers = 1};
  struct closed_result result = solve(&station, 1, 1000, 100000); // load a tenth: as an open M/M/1
  assert_nearly(result.throughput, 100, 1e-5);
  assert_nearly(result.response, 0.001 / 0.9, 1e-4);
}

Test(closed, refuses_what_it_cannot_solve) {
  struct memory_budget budget;
  struct closed_station station = {.demand = 1, .servers = 1};
  memory_budget_init(&budget);
  cr_assert_not(closed_solve(&station, 1, 1, 0, &budget).solved);
  cr_assert_not(closed_solve(&station, 1, 1, CLOSED_USERS + 1, &budget).solved);
  cr_assert_not(closed_solve(&station, 1, NAN, 5, &budget).solved);
  cr_assert_not(closed_solve(&station, 0, 1, 5, &budget).solved);
  station = (struct closed_station){.demand = 1, .servers = 2};
  for (uint64_t nth = 1; nth <= 2; nth++) {
    memory_budget_init(&budget);
    budget.fail_at = nth;
    cr_assert_not(closed_solve(&station, 1, 1, 5, &budget).solved);
    cr_assert_eq(budget.used, 0);
    cr_assert(budget.exhausted);
  }
}

Test(closed, bounds_agree_with_published_figures) {
  struct closed_station tiers[] = {
      {.demand = 0.05, .servers = 1}, {.demand = 0.08, .servers = 1}, {.demand = 0.03, .servers = 1}};
  assert_nearly(closed_saturation(tiers, 3, 1), 14.5, 1e-12); // closed_3tier
  assert_nearly(closed_throughput_bound(tiers, 3, 1, 100), 12.5, 1e-12);
  assert_nearly(closed_throughput_bound(tiers, 3, 1, 1), 0.86206897, EIGHT_DIGITS);
}
