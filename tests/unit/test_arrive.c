#include "arriving.h"
#include "goodness.h"

#include <gsl/gsl_linalg.h>

static void decode(struct arriving *arriving, const char *choice) {
  arriving_begin(arriving, NULL, 0);
  cr_assert(arriving_decode(arriving, choice, arrival_alternative), "%s: %s", choice,
            arriving_message(arriving));
}

static double rate_of(const struct arriving *arriving) {
  return arrival_process_of(&arriving->variant)->rate(arriving->variant.value);
}
static double variability_of(const struct arriving *arriving) {
  return arrival_process_of(&arriving->variant)->variability(arriving->variant.value);
}

// Mean and variance over mean of the counts in [0, window) of `runs` replications, and the standard errors of
// both.
struct counts {
  double mean;
  double dispersion;
  double mean_error;
  double dispersion_error;
};

static struct counts count(const struct arriving *arriving, double load, int64_t window, uint32_t runs) {
  double *counted = calloc(runs, sizeof *counted);
  struct counts counts = {0};
  for (uint32_t r = 0; r < runs; r++) {
    struct arriving_run run = arriving_start(arriving, load, r);
    struct arrival arrival;
    int64_t before = 0;
    while (arriving_next(&run, &arrival) && arrival.at < window) {
      cr_assert(arrival.at >= before && arrival.count == 1);
      cr_assert(arrival.request == -1 && arrival.user == -1 && arrival.key == -1 && arrival.size == -1);
      before = arrival.at;
      counted[r]++;
    }
    counts.mean += counted[r] / runs;
  }
  double second = 0;
  double fourth = 0;
  for (uint32_t r = 0; r < runs; r++) {
    double square = (counted[r] - counts.mean) * (counted[r] - counts.mean);
    second += square / runs;
    fourth += square * square / runs;
  }
  free(counted);
  counts.mean_error = sqrt(second / runs);
  counts.dispersion = second / counts.mean;
  counts.dispersion_error = sqrt((fourth - second * second) / runs) / counts.mean;
  return counts;
}

Test(arrive, poisson_gaps_are_exponential_and_independent) {
  enum { ARRIVALS = 200000 };
  static double units[ARRIVALS];
  struct arriving arriving;
  decode(&arriving, "{'poisson': {'rate': '123/s'}}");
  cr_assert_eq(arrival_process_of(&arriving.variant)->law, ARRIVAL_POISSON);
  struct arriving_run run = arriving_start(&arriving, 1.5, 0);
  int64_t before = 0;
  double products = 0;
  for (int i = 0; i < ARRIVALS; i++) {
    struct arrival arrival;
    cr_assert(arriving_next(&run, &arrival));
    units[i] = -expm1(-(double)(arrival.at - before) * 1e-9 * 123 * 1.5);
    if (i > 0) products += (units[i] - 0.5) * (units[i - 1] - 0.5);
    before = arrival.at;
  }
  cr_assert_lt(fabs(products * 12 / ARRIVALS), 5 / sqrt(ARRIVALS), "gaps are correlated");
  cr_assert_gt(goodness_kolmogorov(units, ARRIVALS), GOODNESS_LEVEL);
  arriving_end(&arriving);
}

Test(arrive, poisson_counts_have_dispersion_one) {
  struct arriving arriving;
  decode(&arriving, "{'poisson': {'rate': '600/min'}}");
  cr_assert_float_eq(rate_of(&arriving), 10, 1e-12);
  struct counts counts = count(&arriving, 0.7, 3000000000, 20000);
  cr_assert_lt(fabs(counts.mean - 21), 5 * sqrt(21.0 / 20000));
  cr_assert_lt(fabs(counts.dispersion - variability_of(&arriving)), 5 * sqrt(2.0 / 20000));
  arriving_end(&arriving);
}

Test(arrive, constant_keeps_its_beat) {
  struct arriving arriving;
  decode(&arriving, "{'constant': {'rate': '3/s'}}");
  struct arriving_run run = arriving_start(&arriving, 7, 0);
  struct arrival arrival;
  for (int64_t i = 1; i <= 2100000; i++) {
    cr_assert(arriving_next(&run, &arrival));
    cr_assert_leq(llabs(arrival.at * 21 - i * 1000000000), 11, "the %lld-th at %lld", (long long)i,
                  (long long)arrival.at);
  }
  cr_assert_eq(arrival.at, INT64_C(100000) * 1000000000);
  cr_assert_eq(variability_of(&arriving), 0);
  arriving_end(&arriving);
}

Test(arrive, renewal_begins_with_a_gap) {
  struct arriving arriving;
  decode(&arriving, "{'renewal': {'gap': '250ms'}}");
  struct arriving_run run = arriving_start(&arriving, 2, 0);
  struct arrival arrival;
  for (int64_t i = 1; i < 10; i++) {
    cr_assert(arriving_next(&run, &arrival));
    cr_assert_eq(arrival.at, i * 125000000);
  }
  arriving_end(&arriving);
}

// In the long run counts have the dispersion of the gaps' cv², here 4; at a window of 500 mean gaps they are
// within 2 % of it (the next term of Var N(t) of a renewal process is a constant: Cox 1962, 4.5.13).
Test(arrive, renewal_counts_have_the_dispersion_of_the_gaps) {
  struct arriving arriving;
  decode(&arriving, "{'renewal': {'gap': {'gamma': {'mean': '20ms', 'cv': 2}}}}");
  cr_assert_float_eq(rate_of(&arriving), 50, 1e-9);
  cr_assert_float_eq(variability_of(&arriving), 4, 1e-9);
  struct counts counts = count(&arriving, 1, 10000000000, 5000);
  // E N(t) = t / m + (cv² - 1) / 2 for an ordinary process.
  cr_assert_lt(fabs(counts.mean - 501.5), 5 * counts.mean_error);
  cr_assert_lt(fabs(counts.dispersion - 4), 5 * counts.dispersion_error + 0.08);
  arriving_end(&arriving);
}

// Heffes & Lucantoni (1986): E N(t) and Var N(t) of the stationary two-state process, with rates a and b and
// mean dwells 1/p and 1/q.
static double heffes_lucantoni(double a, double b, double p, double q, double t) {
  double excess = 2 * (a - b) * (a - b) * p * q / ((p + q) * (p + q) * (a * q + b * p));
  return 1 + excess * (isinf(t) ? 1 : 1 + expm1(-(p + q) * t) / ((p + q) * t));
}

Test(arrive, mmpp_is_stationary_from_the_start_and_as_bursty_as_published) {
  struct arriving arriving;
  decode(&arriving, "{'mmpp': {'rates': ['200/s', '10/s'], 'dwell': ['0.5s', '2s']}}");
  double rate = (200 * 0.5 + 10 * 2) / 2.5;
  cr_assert_float_eq(rate_of(&arriving), rate, 1e-9);
  cr_assert_float_eq(variability_of(&arriving), heffes_lucantoni(200, 10, 2, 0.5, INFINITY), 1e-9);
  const double windows[] = {0.1, 1, 6};
  for (size_t w = 0; w < 3; w++) {
    struct counts counts = count(&arriving, 1, (int64_t)(windows[w] * 1e9), 20000);
    cr_assert_lt(fabs(counts.mean - rate * windows[w]), 5 * counts.mean_error, "%g in %g s", counts.mean,
                 windows[w]);
    double due = heffes_lucantoni(200, 10, 2, 0.5, windows[w]);
    cr_assert_lt(fabs(counts.dispersion - due), 5 * counts.dispersion_error, "%g, not %g in %g s",
                 counts.dispersion, due, windows[w]);
  }
  struct counts loaded = count(&arriving, 2.5, 1000000000, 20000);
  cr_assert_lt(fabs(loaded.mean - 2.5 * rate), 5 * loaded.mean_error);
  cr_assert_lt(fabs(loaded.dispersion - heffes_lucantoni(500, 25, 2, 0.5, 1)), 5 * loaded.dispersion_error);
  arriving_end(&arriving);
}

// The general formula, 1 + 2 (π Λ (1 π - Q)⁻¹ Λ 1 / λ - λ) (Fischer & Meier-Hellstern 1993), by GSL.
static double dispersion_by_matrix(const double *rates, const double *dwells, size_t n) {
  double total = 0;
  double mean = 0;
  for (size_t i = 0; i < n; i++) total += dwells[i];
  for (size_t i = 0; i < n; i++) mean += rates[i] * dwells[i] / total;
  gsl_matrix *matrix = gsl_matrix_calloc(n, n);
  gsl_vector *right = gsl_vector_alloc(n);
  gsl_vector *solution = gsl_vector_alloc(n);
  gsl_permutation *permutation = gsl_permutation_alloc(n);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) gsl_matrix_set(matrix, i, j, dwells[j] / total);
    *gsl_matrix_ptr(matrix, i, i) += 1 / dwells[i];
    *gsl_matrix_ptr(matrix, i, (i + 1) % n) -= 1 / dwells[i];
    gsl_vector_set(right, i, rates[i]);
  }
  int sign;
  gsl_linalg_LU_decomp(matrix, permutation, &sign);
  gsl_linalg_LU_solve(matrix, permutation, right, solution);
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += dwells[i] / total * rates[i] * gsl_vector_get(solution, i);
  gsl_matrix_free(matrix);
  gsl_vector_free(right);
  gsl_vector_free(solution);
  gsl_permutation_free(permutation);
  return 1 + 2 * (sum / mean - mean);
}

Test(arrive, mmpp_of_more_states_goes_round) {
  struct arriving arriving;
  decode(&arriving,
         "{'mmpp': {'rates': ['0/s', '90/s', '300/s', '7/s'], 'dwell': ['200ms', '0.7s', '50ms', '1.3s']}}");
  const double rates[] = {0, 90, 300, 7};
  const double dwells[] = {0.2, 0.7, 0.05, 1.3};
  double due = dispersion_by_matrix(rates, dwells, 4);
  cr_assert_float_eq(variability_of(&arriving), due, 1e-9 * due);
  struct counts counts = count(&arriving, 1, 100000000000, 3000);
  cr_assert_lt(fabs(counts.mean - 100 * rate_of(&arriving)), 5 * counts.mean_error);
  cr_assert_lt(fabs(counts.dispersion - due), 5 * counts.dispersion_error + 0.02 * due);
  arriving_end(&arriving);
}

Test(arrive, population_follows_the_day) {
  // 10 million requests a day are 116 a second, 197 at the peak.
  static const struct {
    const char *at;
    double factor;
  } cases[] = {{"mean", 1},  {"peak", 1.7}, {"20:00", 1.7},     {"8:00", 0.3},
               {"14:00", 1}, {"02:00", 1},  {"23:00", 1.494975}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    snprintf(text, sizeof text,
             "{'population': {'daily_active': 1000000, 'requests_per_day': 10, 'at': '%s'}}", cases[i].at);
    struct arriving arriving;
    decode(&arriving, text);
    cr_assert_float_eq(rate_of(&arriving), 115.740741 * cases[i].factor, 1e-3, "%s", cases[i].at);
    arriving_end(&arriving);
  }
  struct arriving peak;
  decode(&peak, "{'population': {'daily_active': 1e6, 'requests_per_day': 10, 'peak_to_mean': 3}}");
  cr_assert_float_eq(rate_of(&peak), 347.222222, 1e-5);
  struct counts counts = count(&peak, 0.1, 1000000000, 20000);
  cr_assert_lt(fabs(counts.mean - 34.7222), 5 * counts.mean_error);
  arriving_end(&peak);
}

Test(arrive, sessions_start_as_a_poisson_process) {
  struct arriving arriving;
  decode(&arriving, "{'sessions': {'rate': '4/s', 'length': {'geometric': {'mean': 6.5}}, 'think': '2s'}}");
  cr_assert_eq(arrival_process_of(&arriving.variant)->drive, ARRIVAL_SESSIONS);
  cr_assert_float_eq(rate_of(&arriving), 26, 1e-9);
  struct counts counts = count(&arriving, 3, 2000000000, 20000);
  cr_assert_lt(fabs(counts.mean - 24), 5 * sqrt(24.0 / 20000));
  cr_assert_lt(fabs(counts.dispersion - 1), 5 * sqrt(2.0 / 20000));
  const struct arrival_sessions *sessions = arriving.variant.value;
  cr_assert_eq(distribution_mean(&sessions->think), 2e9);
  arriving_end(&arriving);
}

Test(arrive, closed_has_users) {
  struct arriving arriving;
  decode(&arriving, "{'closed': {'users': 25, 'think': {'exponential': {'mean': '7s'}}}}");
  const struct arrival_process *process = arrival_process_of(&arriving.variant);
  cr_assert(process->drive == ARRIVAL_CLOSED && process->next == NULL && process->state_size == 0);
  cr_assert(isnan(rate_of(&arriving)));
  cr_assert_eq(arrival_users(arriving.variant.value, 1), 25);
  cr_assert_eq(arrival_users(arriving.variant.value, 0.5), 13);
  cr_assert_eq(arrival_users(arriving.variant.value, 0.001), 1);
  arriving_end(&arriving);
}

Test(arrive, nothing_comes_after_the_end_of_time) {
  const char *choices[] = {"{'poisson': {'rate': '0.000001/d'}}", "{'constant': {'rate': '0.000001/d'}}",
                           "{'renewal': {'gap': '13000d'}}",
                           "{'mmpp': {'rates': ['0.0001/d', '0/d'], 'dwell': ['100d', '300d']}}"};
  for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
    struct arriving arriving;
    decode(&arriving, choices[i]);
    struct arriving_run run = arriving_start(&arriving, 0.01, 0);
    struct arrival arrival;
    int arrivals = 0;
    while (arriving_next(&run, &arrival)) cr_assert_lt(++arrivals, 1000);
    cr_assert_not(arriving_next(&run, &arrival), "it came back");
    arriving_end(&arriving);
  }
}

Test(arrive, wrong_parameters_are_named) {
  static const struct {
    const char *choice;
    const char *message;
  } cases[] = {
      {"{'mmpp': {'rates': ['1/s', '2/s'], 'dwell': ['1s']}}", "2 rates need as many dwells, not 1"},
      {"{'mmpp': {'rates': ['0/s', '0/s'], 'dwell': ['1s', '1s']}}", "more than 0"},
      {"{'mmpp': {'rates': ['1/d', '0/s'], 'dwell': ['1ns', '1ns']}}", "a million times"},
      {"{'population': {'daily_active': 5, 'requests_per_day': 1, 'at': '25:00'}}", "no time of day"},
      {"{'population': {'daily_active': 5, 'requests_per_day': 1, 'at': '8pm'}}", "no time of day"},
      {"{'population': {'daily_active': 5, 'requests_per_day': 1, 'at': '8:0'}}", "no time of day"},
      {"{'population': {'daily_active': 5, 'requests_per_day': 1, 'at': '4:00', 'peak_to_mean': 9}}",
       "nobody"},
      {"{'population': {'daily_active': 1e11, 'requests_per_day': 1e5}}", "more than"},
      {"{'poisson': {'rate': '0/s'}}", ""},
      {"{'poisson': {'rate': '2000000000/s'}}", ""},
      {"{'constant': {}}", ""},
      {"{'renewal': {'gap': '0s'}}", ""},
      {"{'closed': {'users': 0, 'think': '1s'}}", ""},
      {"{'closed': {'users': 1e15, 'think': '1s'}}", ""},
      {"{'sessions': {'rate': '1/s', 'length': 0, 'think': '1s'}}", ""},
      {"{'trace': {'file': 'absent.csv', 'format': 'csv'}}", "no such file"},
      {"{'trace': {'file': 'a.log', 'format': 'combined', 'columns': {'time': 't'}}}", "combined"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct arriving arriving;
    arriving_begin(&arriving, NULL, 0);
    cr_assert_not(arriving_decode(&arriving, cases[i].choice, arrival_alternative), "%s", cases[i].choice);
    cr_assert_eq(arriving.diagnostics.errors, 1, "%s", cases[i].choice);
    cr_assert_not_null(strstr(arriving_message(&arriving), cases[i].message), "%s: %s", cases[i].choice,
                       arriving_message(&arriving));
    arriving_end(&arriving);
  }
}

static const struct field choice_fields[] = {
    FIELD_VARIANT(struct arriving_choices, arrivals, .each = arrival_alternative, .doc = "arrivals"),
    FIELD_VARIANT(struct arriving_choices, shape, .each = shape_alternative, .doc = "shape"),
};
static const struct field_table choice_table =
    FIELD_TABLE("choices", struct arriving_choices, choice_fields, .doc = "both choices");

Test(arrive, tables_are_without_fault) {
  struct arena arena;
  arena_init(&arena, NULL);
  const char *fault = field_table_fault(&choice_table, &arena);
  cr_assert_null(fault, "%s", fault);
  for (size_t i = 0; arrival_alternative(i) != NULL; i++) {
    const struct arrival_process *process = arrival_alternative(i)->user;
    cr_assert_not_null(process);
    cr_assert(process->rate != NULL && process->variability != NULL);
    cr_assert_eq(process->next == NULL, process->drive == ARRIVAL_CLOSED);
  }
  arena_drop(&arena);
}
