// Renewal arrivals: independent gaps of one distribution, the first before the first arrival (an ordinary,
// not a stationary renewal process). Under a load the gaps shrink.
#include "arrival.h"
#include "arrival_list.h"

#include <math.h>

struct clock {
  int64_t at;
  double factor; // on the gaps
};

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  (void)parameters;
  (void)stream;
  *(struct clock *)state = (struct clock){.factor = 1 / load};
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  const struct arrival_renewal *renewal = parameters;
  struct clock *clock = state;
  if (!arrival_advance(&clock->at, clock->factor * distribution_draw(&renewal->gap, stream))) return false;
  *arrival = arrival_at(clock->at);
  return true;
}

static double rate(const void *parameters) {
  return 1e9 / distribution_mean(&((const struct arrival_renewal *)parameters)->gap);
}

static double variability(const void *parameters) {
  const struct distribution *gap = &((const struct arrival_renewal *)parameters)->gap;
  double mean = distribution_mean(gap);
  return mean < INFINITY ? distribution_variance(gap) / (mean * mean) : NAN;
}

static const struct field fields[] = {
    FIELD_DISTRIBUTION(struct arrival_renewal, gap, DURATION, .required = true, .minimum = 1,
                       .doc = "time between arrivals, and before the first"),
};
static const struct field_table table =
    FIELD_TABLE("renewal", struct arrival_renewal, fields, .doc = "independent gaps of any distribution");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN,
                                               .law = ARRIVAL_RENEWAL,
                                               .state_size = sizeof(struct clock),
                                               .start = start,
                                               .next = next,
                                               .rate = rate,
                                               .variability = variability};

const struct field_alternative arrival_renewal = {
    .name = "renewal", .doc = "independent gaps of any distribution", .table = &table, .user = &process};
