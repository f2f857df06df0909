#include "jackson.h"
#include "nearly.h"

Test(jackson, feedback_agrees_with_published_figures) {
  struct jackson_station stations[] = {
      {.external = 50, .service_rate = 80, .servers = 1}, // jackson3_feedback
      {.service_rate = 70, .servers = 1},
      {.service_rate = 75, .servers = 1}};
  const double routing[] = {0, 0.6, 0.3, 0.1, 0, 0.5, 0, 0.2, 0};
  cr_assert(jackson_solve(stations, 3, routing));
  assert_nearly(stations[0].arrival_rate, 53.956835, EIGHT_DIGITS);
  assert_nearly(stations[1].inside, 1.3002364, 5e-8);
  assert_nearly(stations[2].sojourn, 0.02562212, 2e-7);
  assert_nearly(stations[2].utilization, 0.47961631, EIGHT_DIGITS);
  assert_nearly(jackson_sojourn_mean(stations, 3), 0.085874372, EIGHT_DIGITS);
}

Test(jackson, textbook_network_agrees_with_published_figures) {
  struct jackson_station stations[] = {{.external = 8, .service_rate = 14, .servers = 1},
                                       {.service_rate = 9, .servers = 1},
                                       {.external = 6, .service_rate = 17, .servers = 1},
                                       {.service_rate = 7, .servers = 1}};
  const double routing[] = {0, 0.2, 0.56, 0.24, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  cr_assert(jackson_solve(stations, 4, routing)); // peer_queueing_R_ojn_11.11
  assert_nearly(stations[2].arrival_rate, 11.6, 1e-12);
  assert_nearly(stations[2].inside, 2.1481481, 5e-8);
  assert_nearly(stations[3].sojourn, 0.2173913, 5e-7);
  assert_nearly(jackson_sojourn_mean(stations, 4), 0.38968583, 2e-8);
}

Test(jackson, several_servers_agree_with_published_figures) {
  // web4_then_db, listed against the flow
  struct jackson_station stations[] = {{.service_rate = 125, .servers = 1},
                                       {.external = 90, .service_rate = 1 / 0.03, .servers = 4}};
  const double routing[] = {0, 0, 1, 0};
  cr_assert(jackson_solve(stations, 2, routing));
  assert_nearly(stations[1].sojourn, 0.039016139, 5e-8);
  assert_nearly(stations[0].sojourn, 0.028571429, 5e-8);
  assert_nearly(jackson_sojourn_mean(stations, 2), 0.067587568, 2e-8);
}

Test(jackson, refuses_a_network_that_nobody_leaves) {
  struct jackson_station stations[] = {{.external = 1, .service_rate = 5, .servers = 1},
                                       {.service_rate = 5, .servers = 1}};
  const double routing[] = {0, 1, 1, 0};
  cr_assert_not(jackson_solve(stations, 2, routing));
  cr_assert_not(jackson_solve(stations, 0, routing));
  cr_assert_not(jackson_solve(stations, JACKSON_LARGEST + 1, routing));
}

Test(jackson, reports_overloaded_stations) {
  struct jackson_station stations[] = {{.external = 6, .service_rate = 5, .servers = 1}};
  const double routing[] = {0};
  cr_assert(jackson_solve(stations, 1, routing));
  cr_assert(isinf(stations[0].sojourn));
  assert_nearly(stations[0].utilization, 1.2, 1e-12);
}

Test(jackson, tandem_agrees_with_published_figures) {
  const double rates[] = {100, 80}; // tandem2_mm1
  assert_nearly(jackson_tandem_mean(60, rates, 2), 0.075, 1e-12);
  assert_nearly(jackson_tandem_deviation(60, rates, 2), 0.055901699, EIGHT_DIGITS);
}
