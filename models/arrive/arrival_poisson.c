// Poisson arrivals: many independent people, each of whom comes rarely (Palm 1943, Khintchine 1960).
#include "arrival_list.h"
#include "poisson_clock.h"

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  (void)stream;
  const struct arrival_steady *steady = parameters;
  poisson_clock_start(state, steady->rate * load);
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  (void)parameters;
  return poisson_clock_next(state, stream, arrival);
}

static double rate(const void *parameters) {
  return ((const struct arrival_steady *)parameters)->rate;
}

static double variability(const void *parameters) {
  (void)parameters;
  return 1;
}

static const struct field fields[] = {
    FIELD_RATE(struct arrival_steady, rate, .required = true, .above = true, .maximum = ARRIVAL_RATE_MOST,
               .doc = "requests per time in the mean"),
};
static const struct field_table table =
    FIELD_TABLE("poisson", struct arrival_steady, fields, .doc = "independent people: exponential gaps");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN,
                                               .law = ARRIVAL_POISSON,
                                               .state_size = sizeof(struct poisson_clock),
                                               .start = start,
                                               .next = next,
                                               .rate = rate,
                                               .variability = variability};

const struct field_alternative arrival_poisson = {
    .name = "poisson", .doc = "independent people: exponential gaps", .table = &table, .user = &process};
