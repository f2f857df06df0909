#include "mg1.h"
#include "nearly.h"

Test(mg1, first_come_first_served_agrees_with_published_figures) {
  double second = 1e-4 * 5; // mg1_lognormal_cv2_4_rho80: squared coefficient of variation 4
  assert_nearly(mg1_wait_mean(80, 0.01, second), 0.1, 1e-12);
  assert_nearly(mg1_sojourn_mean(80, 0.01, second), 0.11, 1e-12);
  double third = 1e-6 * 125; // of a lognormal: mean^3 (1 + cv2)^3
  assert_nearly(mg1_wait_deviation(80, 0.01, second, third), 0.16329932, EIGHT_DIGITS);
  assert_nearly(mg1_sojourn_deviation(80, 0.01, second, third), 0.1645195, 1e-7);
  // mg1_erlang4_rho80: E[S^2] = m^2 (k + 1) / k, E[S^3] = m^3 (k + 1) (k + 2) / k^2
  assert_nearly(mg1_wait_deviation(80, 0.01, 1e-4 * 1.25, 1e-6 * 30 / 16), 0.029580399, EIGHT_DIGITS);
  assert_nearly(mg1_sojourn_deviation(80, 0.01, 1e-4 * 1.25, 1e-6 * 30 / 16), 0.03, 1e-12);
  cr_assert(isinf(mg1_wait_mean(100, 0.01, 1e-4)));
}

Test(mg1, deterministic_service_agrees_with_published_figures) {
  assert_nearly(mg1_wait_deviation(80, 0.01, 1e-4, 1e-6), 0.023094011, EIGHT_DIGITS); // md1_rho80
  assert_nearly(mg1_deterministic_wait_quantile(80, 0.01, 0.5), 0.012759399, EIGHT_DIGITS);
  assert_nearly(mg1_deterministic_wait_quantile(80, 0.01, 0.9), 0.050115115, EIGHT_DIGITS);
  assert_nearly(mg1_deterministic_wait_quantile(80, 0.01, 0.99), 0.10355887, EIGHT_DIGITS);
  assert_nearly(mg1_deterministic_wait_quantile(70, 0.01, 0.95), 0.04102898, 2e-7); // md1_rho70
  assert_nearly(mg1_deterministic_wait_quantile(50, 0.01, 0.99), 0.03336256, 2e-7); // md1_rho50
  cr_assert_eq(mg1_deterministic_wait_quantile(50, 0.01, 0.5), 0);
  assert_nearly(mg1_deterministic_wait_below(80, 0.01, 0), 0.2, 1e-12);
  cr_assert_eq(mg1_deterministic_wait_below(80, 0.01, -1e-9), 0);
  cr_assert_eq(mg1_deterministic_wait_below(0, 0.01, 0), 1);
}

// The integral of the tail is the Pollaczek-Khinchine mean, also where Erlang's series has lost every digit.
Test(mg1, deterministic_wait_integrates_to_its_mean) {
  double integral = 0;
  for (int i = 0; i < 40000; i++)
    integral += (1 - mg1_deterministic_wait_below(0.95, 1, (i + 0.5) / 100)) / 100;
  assert_nearly(integral, mg1_wait_mean(0.95, 1, 1), 1e-5);
}

Test(mg1, processor_sharing_agrees_with_published_figures) {
  assert_nearly(mg1_shared_sojourn_mean(80, 0.01), 0.05, 1e-12);                        // ps_mm1_rho80
  assert_nearly(mg1_shared_exponential_deviation(80, 0.01), 0.076376262, EIGHT_DIGITS); // the same
  assert_nearly(mg1_shared_sojourn_of(80, 0.01, 0.02), 0.1, 1e-12);                     // the same
  assert_nearly(mg1_shared_sojourn_mean(85, 0.01), 0.066666667, EIGHT_DIGITS);          // ps_erl4_rho85
  // peer_qsp_ex7.2_open2class: both classes' share of one station
  assert_nearly(mg1_shared_sojourn_of(1, 0.36842105, 1), 1.5833333, 1e-7);
}

Test(mg1, priorities_agree_with_published_figures) {
  struct mg1_class two[] = {{.arrival_rate = 30, .mean = 0.01, .second = 2e-4}, // prio_np_2class
                            {.arrival_rate = 50, .mean = 0.01, .second = 2e-4}};
  mg1_priority(two, 2);
  assert_nearly(two[0].wait, 0.011428571, 2e-7);
  assert_nearly(two[1].wait, 0.057142857, 2e-7);
  struct mg1_class ciw[] = {{.arrival_rate = 0.2, .mean = 1, .second = 2},
                            {.arrival_rate = 0.6, .mean = 1, .second = 2}};
  mg1_priority(ciw, 2); // prio_np_2class_ciw
  assert_nearly(ciw[0].sojourn, 2, 1e-12);
  assert_nearly(ciw[1].sojourn, 6, 1e-12);
  mg1_priority_preemptive(ciw, 2); // prio_pr_2class_ciw
  assert_nearly(ciw[0].sojourn, 1.25, 1e-12);
  assert_nearly(ciw[1].sojourn, 6.25, 1e-12);
}

// Priorities move waiting about and create none: the work waited for is that without priorities (Kleinrock's
// conservation law).
Test(mg1, priorities_conserve_work) {
  struct mg1_class three[] = {{.arrival_rate = 0.7, .mean = 0.2, .second = 0.09},
                              {.arrival_rate = 0.2, .mean = 1.5, .second = 7},
                              {.arrival_rate = 0.9, .mean = 0.4, .second = 0.16}};
  double rate = 0, mean = 0, second = 0, work = 0;
  mg1_priority(three, 3);
  for (int k = 0; k < 3; k++) {
    rate += three[k].arrival_rate;
    mean += three[k].arrival_rate * three[k].mean;
    second += three[k].arrival_rate * three[k].second;
    work += three[k].arrival_rate * three[k].mean * three[k].wait;
  }
  assert_nearly(work, mean * mg1_wait_mean(rate, mean / rate, second / rate), 1e-12);
}

Test(mg1, overload_spares_higher_classes_only_when_they_preempt) {
  struct mg1_class two[] = {{.arrival_rate = 0.5, .mean = 1, .second = 2},
                            {.arrival_rate = 0.7, .mean = 1, .second = 2}};
  mg1_priority_preemptive(two, 2);
  assert_nearly(two[0].sojourn, 2, 1e-12); // M/M/1 alone
  cr_assert(isinf(two[1].sojourn));
  mg1_priority(two, 2);
  cr_assert(isnan(two[0].wait));
  cr_assert(isinf(two[1].wait));
}

Test(mg1, variants_agree_with_published_figures) {
  assert_nearly(mg1_setup_sojourn_mean(0.8, 1, 2, 5, 50), 10, 1e-12);     // mm1_setup_l0.8_a0.2
  assert_nearly(mg1_setup_sojourn_mean(0.6, 1, 2, 20, 800), 22.5, 1e-12); // mm1_setup_l0.6_a0.05
  assert_nearly(mg1_setup_sojourn_mean(50, 0.01, 2e-4, 0.1, 0.01), 0.078333333, EIGHT_DIGITS); // md_setup
  assert_nearly(mg1_batches_sojourn_mean(0.4, 2, 4, 1), 7.5, 1e-12);             // batch_mx_m1_a
  assert_nearly(mg1_retrial_orbit_mean(0.7, 1, 0.1), 17.966667, EIGHT_DIGITS);   // retrial_mm1_l0.7_th0.1
  assert_nearly(mg1_retrial_sojourn_mean(0.7, 1, 0.1), 26.666667, EIGHT_DIGITS); // the same
  assert_nearly(mg1_breakdown_sojourn_mean(0.6, 1, 0.01, 0.1), 5.9090909, EIGHT_DIGITS); // mm1_breakdown_a
}
