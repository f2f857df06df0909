// The Markov-modulated Poisson process (Fischer & Meier-Hellstern 1993) whose states go round in the order
// written; two states are the usual burst model. It starts stationary: in state i with probability
// dwell[i] / their sum, and how long that has lasted is no matter, since dwells are exponential. Under a load
// the rates grow and the dwells stay.
#include "arrival.h"
#include "arrival_list.h"
#include "ziggurat.h"

enum { STATES_MOST = 1000 };

// Between two arrivals the state changes at most so often in the mean: a bound on the work of one.
#define CHANGES_MOST 1e6

struct clock {
  int64_t at;
  int64_t until; // the end of the present state
  double load;
  uint64_t state;
};

static double dwell_of(const struct arrival_mmpp *mmpp, size_t state) {
  return (double)((const int64_t *)mmpp->dwell.items)[state];
}
static double rate_of(const struct arrival_mmpp *mmpp, size_t state) {
  return ((const double *)mmpp->rates.items)[state];
}
static double round_of(const struct arrival_mmpp *mmpp) {
  double sum = 0;
  for (size_t i = 0; i < mmpp->dwell.count; i++) sum += dwell_of(mmpp, i);
  return sum;
}

static double rate(const void *parameters) {
  const struct arrival_mmpp *mmpp = parameters;
  double sum = 0;
  for (size_t i = 0; i < mmpp->rates.count; i++) sum += rate_of(mmpp, i) * dwell_of(mmpp, i);
  return sum / round_of(mmpp);
}

// A round through the states is a renewal cycle, so Var N(t) / t tends to Var(N - rate T) / E T over one
// cycle of length T, in which state i adds rate_i d_i (Poisson) and (rate_i - rate)² d_i² (its exponential
// dwell). For two states this is Heffes & Lucantoni (1986), equation 7.
static double variability(const void *parameters) {
  const struct arrival_mmpp *mmpp = parameters;
  double mean = rate(mmpp);
  double excess = 0;
  for (size_t i = 0; i < mmpp->rates.count; i++) {
    double arrivals = (rate_of(mmpp, i) - mean) * dwell_of(mmpp, i) / 1e9;
    excess += arrivals * arrivals;
  }
  return 1 + excess / (mean * round_of(mmpp) / 1e9);
}

static bool stay(const struct arrival_mmpp *mmpp, struct clock *clock, struct random_stream *stream) {
  return arrival_advance(&clock->until, dwell_of(mmpp, clock->state) * ziggurat_exponential(stream));
}

static void start(const void *parameters, void *state, double load, struct random_stream *stream) {
  const struct arrival_mmpp *mmpp = parameters;
  struct clock *clock = state;
  *clock = (struct clock){.load = load};
  double place = random_unit(stream) * round_of(mmpp);
  while (clock->state + 1 < mmpp->dwell.count && (place -= dwell_of(mmpp, clock->state)) >= 0) clock->state++;
  stay(mmpp, clock, stream);
}

static bool next(const void *parameters, void *state, struct random_stream *stream, struct arrival *arrival) {
  const struct arrival_mmpp *mmpp = parameters;
  struct clock *clock = state;
  for (;;) {
    double momentary = rate_of(mmpp, clock->state) * clock->load;
    int64_t at = clock->at;
    bool ends = momentary > 0 && arrival_advance(&at, 1e9 / momentary * ziggurat_exponential(stream));
    if (ends && at <= clock->until) {
      clock->at = at;
      *arrival = arrival_at(at);
      return true;
    }
    clock->at = clock->until; // what the gap had left is forgotten: it is exponential
    clock->state = clock->state + 1 == mmpp->rates.count ? 0 : clock->state + 1;
    if (!stay(mmpp, clock, stream)) return false;
  }
}

static void check(void *record, const struct node *object, struct field_context *context) {
  const struct arrival_mmpp *mmpp = record;
  const struct node *node = node_find(object, "dwell");
  if (mmpp->rates.count != mmpp->dwell.count) {
    diagnostic_error(context->diagnostics, node != NULL ? node : object,
                     "%zu rates need as many dwells, not %zu", mmpp->rates.count, mmpp->dwell.count);
  } else if (!(rate(mmpp) > 0)) {
    node = node_find(object, "rates");
    diagnostic_error(context->diagnostics, node != NULL ? node : object, "one rate must be more than 0");
  } else if ((double)mmpp->rates.count > CHANGES_MOST * rate(mmpp) * round_of(mmpp) / 1e9) {
    diagnostic_error(
        context->diagnostics, node != NULL ? node : object,
        "the state would change more than a million times between two arrivals: longer dwells or "
        "higher rates are needed");
  }
}

static const struct field fields[] = {
    FIELD_LIST(struct arrival_mmpp, rates, ITEM_RATE(.maximum = ARRIVAL_RATE_MOST), .required = true,
               .minimum = 1, .maximum = STATES_MOST, .doc = "requests per time in each state"),
    FIELD_LIST(struct arrival_mmpp, dwell, ITEM_DURATION(.above = true), .required = true, .minimum = 1,
               .maximum = STATES_MOST, .doc = "mean (exponential) time in each state, before the next one's"),
};
static const struct field_table table =
    FIELD_TABLE("mmpp", struct arrival_mmpp, fields, .check = check,
                .doc = "bursts: a Poisson process whose rate goes round through states");

static const struct arrival_process process = {.drive = ARRIVAL_OPEN,
                                               .law = ARRIVAL_OTHER,
                                               .state_size = sizeof(struct clock),
                                               .start = start,
                                               .next = next,
                                               .rate = rate,
                                               .variability = variability};

const struct field_alternative arrival_mmpp = {
    .name = "mmpp",
    .doc = "bursts: a Poisson process whose rate goes round through states",
    .table = &table,
    .user = &process};
