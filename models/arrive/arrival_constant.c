// Arrivals at equal gaps, as from a load generator or a timer; the first after one gap. The n-th comes at n
// gaps to the nearest ns, so that gaps which are no whole number of ns do not drift.
#include "arrival.h"
#include "arrival_list.h"

struct clock {
  int64_t count;
  double gap; // ns
};

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  (void)stream;
  const struct arrival_steady *steady = parameters;
  *(struct clock *)state = (struct clock){.gap = 1e9 / (steady->rate * load)};
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  (void)parameters;
  (void)stream;
  struct clock *clock = state;
  int64_t at = 0;
  if (!arrival_advance(&at, (double)(clock->count + 1) * clock->gap)) return false;
  clock->count++;
  *arrival = arrival_at(at);
  return true;
}

static double variability(const void *parameters) {
  (void)parameters;
  return 0;
}

static const struct field fields[] = {
    FIELD_RATE(struct arrival_steady, rate, .required = true, .above = true, .maximum = ARRIVAL_RATE_MOST,
               .doc = "requests per time"),
};
static const struct field_table table =
    FIELD_TABLE("constant", struct arrival_steady, fields, .doc = "equal gaps, the first before the first");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN,
                                               .law = ARRIVAL_RENEWAL,
                                               .state_size = sizeof(struct clock),
                                               .start = start,
                                               .next = next,
                                               .rate = arrival_steady_rate,
                                               .variability = variability};

const struct field_alternative arrival_constant = {
    .name = "constant", .doc = "equal gaps, as from a timer", .table = &table, .user = &process};
