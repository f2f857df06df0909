#include "comparison.h"

#include "moments.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

// Fills in statistic and p-value from the difference and its standard error.
static void test_difference(struct comparison *comparison, double error, double freedom) {
  double value = comparison->difference.value;
  comparison->freedom = freedom;
  if (error > 0) {
    comparison->statistic = value / error;
    comparison->p_value = 2 * gsl_cdf_tdist_Q(fabs(comparison->statistic), freedom);
  } else {
    comparison->statistic = value == 0 ? 0 : copysign(INFINITY, value);
    comparison->p_value = value == 0 ? 1 : 0;
  }
}

static struct comparison undecided(double value, uint64_t n, const char *method) {
  struct estimate difference = {value, value, value, false, n, method};
  return (struct comparison){difference, 0, 0, NAN, NAN, NAN};
}

static struct moments moments_of(const double *values, size_t count) {
  struct moments moments = {0};
  for (size_t i = 0; i < count; i++) moments_add(&moments, values[i]);
  return moments;
}

struct comparison comparison_paired(const double *first, const double *second, size_t count,
                                    double confidence) {
  struct moments a = moments_of(first, count);
  struct moments b = moments_of(second, count);
  struct moments difference = {0};
  double together = 0;
  for (size_t i = 0; i < count; i++) {
    moments_add(&difference, second[i] - first[i]);
    together += (first[i] - a.mean) * (second[i] - b.mean);
  }
  if (count == 0 || !isfinite(difference.deviations))
    return undecided(NAN, count, "not finite in some replication");
  if (count == 1) return undecided(difference.mean, 1, "a single replication");
  double error = sqrt(moments_variance(&difference) / (double)count);
  double half = estimate_student(confidence, (double)count - 1) * error;
  struct comparison result = {.difference = {difference.mean, difference.mean - half, difference.mean + half,
                                             true, count, "paired t over replications"},
                              .correlation = together / sqrt(a.deviations * b.deviations),
                              .saving = difference.deviations / (a.deviations + b.deviations)};
  test_difference(&result, error, (double)count - 1);
  return result;
}

struct comparison comparison_independent(const double *first, size_t first_count, const double *second,
                                         size_t second_count, double confidence) {
  struct moments a = moments_of(first, first_count);
  struct moments b = moments_of(second, second_count);
  double value = b.mean - a.mean;
  uint64_t n = first_count < second_count ? first_count : second_count;
  if (n == 0 || !isfinite(a.deviations) || !isfinite(b.deviations))
    return undecided(NAN, n, "not finite in some replication");
  if (n == 1) return undecided(value, 1, "a single replication");
  double part_a = moments_variance(&a) / (double)first_count;
  double part_b = moments_variance(&b) / (double)second_count;
  double error = sqrt(part_a + part_b);
  double freedom = (double)(first_count + second_count - 2);
  if (error > 0)
    freedom = (part_a + part_b) * (part_a + part_b) /
              (part_a * part_a / ((double)first_count - 1) + part_b * part_b / ((double)second_count - 1));
  double half = estimate_student(confidence, freedom) * error;
  struct comparison result = {
      .difference = {value, value - half, value + half, true, n, "Welch's t over independent replications"},
      .correlation = NAN,
      .saving = 1};
  test_difference(&result, error, freedom);
  return result;
}

struct estimate comparison_change(const double *first, const double *second, size_t count,
                                  double confidence) {
  struct estimate change = estimate_ratio(second, first, count, confidence);
  change.value -= 1;
  change.low -= 1;
  change.high -= 1;
  return change;
}

// How many p-values come before the one at `index` in rising order; equal ones in order of index.
static size_t rank_of(const double *p_values, size_t count, size_t index) {
  size_t rank = 0;
  for (size_t i = 0; i < count; i++)
    rank += p_values[i] < p_values[index] || (p_values[i] == p_values[index] && i < index);
  return rank;
}

void comparison_holm(const double *p_values, double *adjusted, size_t count) {
  size_t tested = 0;
  for (size_t i = 0; i < count; i++) tested += isnan(p_values[i]) ? 0 : 1;
  for (size_t i = 0; i < count; i++)
    adjusted[i] =
        isnan(p_values[i]) ? NAN : fmin(1, (double)(tested - rank_of(p_values, count, i)) * p_values[i]);
  // No adjusted value may lie below that of a smaller or equal p-value. Raising them in place is safe: a
  // maximum of maxima is the same maximum.
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++)
      if (p_values[j] <= p_values[i] && adjusted[j] > adjusted[i]) adjusted[i] = adjusted[j];
}
