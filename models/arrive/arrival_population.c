// A population: the requests of a day, as a product manager knows them, at one time of that day. The mean
// rate is people × requests / 86,400 s; over the day it follows the wave of shape.h, with its peak at 20:00
// (flylib, "The Unusually Useful Web Book"). The rate of the chosen time then stays: for a whole day, take
// `"at": "mean"` and a `diurnal` shape.
#include "arrival_list.h"
#include "poisson_clock.h"
#include "shape.h"

#include <math.h>
#include <string.h>

enum { DAY = 86400, PEAK_MINUTE = 20 * 60, DAY_MINUTES = 24 * 60 };

// Minutes since midnight of "20:00" or "8:30"; -1 where it is no time of day.
static int minute_of(const char *text) {
  int numbers[2] = {0, 0};
  int digits[2] = {0, 0};
  int part = 0;
  for (; *text != '\0'; text++) {
    if (*text == ':' && part == 0) {
      part = 1;
      continue;
    }
    if (*text < '0' || *text > '9' || ++digits[part] > 2) return -1;
    numbers[part] = numbers[part] * 10 + (*text - '0');
  }
  bool right = digits[0] >= 1 && digits[1] == 2 && numbers[0] <= 23 && numbers[1] <= 59;
  return right ? numbers[0] * 60 + numbers[1] : -1;
}

static double rate_of(const struct arrival_population *population) {
  double mean = population->daily_active * population->requests_per_day / DAY;
  if (strcmp(population->at, "mean") == 0) return mean;
  if (strcmp(population->at, "peak") == 0) return mean * population->peak_to_mean;
  int minute = minute_of(population->at);
  if (minute < 0) return NAN;
  struct shape_wave wave = shape_wave_of(population->peak_to_mean);
  return mean * shape_wave_factor(&wave, (double)(minute - PEAK_MINUTE) / DAY_MINUTES);
}

static void check(void *record, const struct node *object, struct field_context *context) {
  struct arrival_population *population = record;
  population->rate = rate_of(population);
  if (population->rate > 0 && population->rate <= ARRIVAL_RATE_MOST) return;
  const struct node *node = node_find(object, "at");
  if (node == NULL) node = object;
  if (isnan(population->rate))
    diagnostic_error(
        context->diagnostics, node,
        "\"%s\" is no time of day: \"peak\", \"mean\" or a clock time such as \"20:00\" is allowed",
        population->at);
  else if (population->rate > 0)
    diagnostic_error(context->diagnostics, object, "%.3g requests per second are more than the %.0g allowed",
                     population->rate, ARRIVAL_RATE_MOST);
  else
    diagnostic_error(context->diagnostics, node, "with that peak, nobody comes at %s", population->at);
}

static double rate(const void *parameters) {
  return ((const struct arrival_population *)parameters)->rate;
}

static const struct field fields[] = {
    FIELD_NUMBER(struct arrival_population, daily_active, .required = true, .above = true, .maximum = 1e11,
                 .doc = "people who come on a day"),
    FIELD_NUMBER(struct arrival_population, requests_per_day, .required = true, .above = true, .maximum = 1e9,
                 .doc = "requests of each on a day"),
    // robustperception.io: 1.6 to 1.7 where users are spread over the globe; one country has 2 to 2.5.
    FIELD_NUMBER(struct arrival_population, peak_to_mean, .standard = "1.7", .minimum = 1, .maximum = 100,
                 .doc = "the rate of the busiest time over the mean of the day"),
    FIELD_TEXT(struct arrival_population, at, .standard = "peak",
               .doc = "peak, mean, or a clock time (20:00 is the peak)"),
};
static const struct field_table table =
    FIELD_TABLE("population", struct arrival_population, fields, .check = check,
                .doc = "the people of a day, at one time of it: exponential gaps");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN, .rate = rate, POISSON_CLOCK_HOOKS};

const struct field_alternative arrival_population = {
    .name = "population",
    .doc = "the people of a day, at one time of it: exponential gaps",
    .table = &table,
    .user = &process};
