#include "bill.h"

#include "assertion.h"
#include "batches.h"
#include "console.h"
#include "cost.h"
#include "metric_table.h"
#include "model.h"

#include <math.h>
#include <string.h>

static const double HOURS_OF_MONTH = 730;
static const double SECONDS_OF_HOUR = 3600;

// ---- One sum ----------------------------------------------------------------------------------------------

// Components whose costs are added up; and what is spent whatever happens.
struct sum {
  const struct experiment *experiment;
  const bool *members; // by component
  double constant;     // an hour
  bool per_million;    // requests; else for an hour
};

static size_t cost_row(void) {
  return metric_find(NULL, "cost_per_hour");
}

// Money that `rows` (by component) say was spent in so many seconds.
static double spent(const struct sum *sum, struct metric_raw *const *rows, double seconds) {
  double money = sum->constant * seconds / SECONDS_OF_HOUR;
  size_t row = cost_row();
  for (uint16_t c = 0; c < sum->experiment->plan->component_count; c++) {
    if (sum->members[c]) money += rows[c][row].top;
  }
  return money;
}

static double answered_of(const struct plan *plan, const struct request_measure *measures) {
  double answered = 0;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    for (uint16_t r = 0; r < plan->request_count && !plan->clients[c].attacker; r++)
      answered += (double)measures[(size_t)c * plan->request_count + r].answered;
  }
  return answered;
}

// What stands beneath the fraction, so that the quotient is for an hour, or for a million.
static double beneath(const struct sum *sum, double seconds, double answered) {
  return sum->per_million ? answered / 1e6 : seconds / SECONDS_OF_HOUR;
}

static void fraction_of_slice(const struct slices *slices, unsigned slice, double seconds, double *top,
                              double *bottom, const void *context) {
  const struct sum *sum = context;
  const struct request_measure *measures = slices->list[slice].measures;
  double answered = slices->kinds ? answered_of(slices->plan, measures) : (double)measures->answered;
  *top = spent(sum, slices->list[slice].components.components, seconds);
  *bottom = beneath(sum, seconds, answered);
}

static void fraction(const struct sum *sum, size_t replication, double *top, double *bottom) {
  const struct replication *kept = sum->experiment->replications[replication];
  double seconds = replication_seconds(kept);
  *top = spent(sum, kept->metrics.components, seconds);
  *bottom = beneath(sum, seconds, answered_of(kept->plan, kept->requests));
}

static struct estimate estimate_sum(const struct sum *sum, double confidence) {
  const struct experiment *experiment = sum->experiment;
  if (experiment->count == 0) return (struct estimate){NAN, NAN, NAN, false, 0, "nothing observed"};
  const struct slices *slices = experiment->replications[0]->slices;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  double *tops = arena_array(&arena, experiment->count, sizeof *tops);
  double *bottoms = arena_array(&arena, experiment->count, sizeof *bottoms);
  for (size_t i = 0; i < experiment->count; i++) fraction(sum, i, &tops[i], &bottoms[i]);
  struct estimate estimate =
      experiment->count == 1 && slices != NULL && slices->components
          ? batches_estimate_ratio(slices, fraction_of_slice, sum, tops[0] / bottoms[0], confidence)
          : estimate_ratio(tops, bottoms, experiment->count, confidence);
  arena_drop(&arena);
  return estimate;
}

// ---- All of it together -----------------------------------------------------------------------------------

static struct sum sum_of_all(const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  bool *members = arena_array(arena, plan->component_count, sizeof *members);
  for (uint16_t c = 0; c < plan->component_count; c++) members[c] = true;
  return (struct sum){.experiment = experiment, .members = members, .constant = cost_of_idle_hosts(plan)};
}

double bill_value(const struct experiment *experiment, size_t replication) {
  struct arena arena;
  double top = 0, bottom = 0;
  if (!cost_is_any_known(experiment->plan)) return NAN;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct sum sum = sum_of_all(experiment, &arena);
  fraction(&sum, replication, &top, &bottom);
  arena_drop(&arena);
  return top / bottom;
}

struct estimate bill_estimate(const struct experiment *experiment, double confidence) {
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  struct sum sum = sum_of_all(experiment, &arena);
  struct estimate estimate = estimate_sum(&sum, confidence);
  arena_drop(&arena);
  if (cost_is_any_known(experiment->plan)) return estimate;
  return (struct estimate){NAN, NAN, NAN, false, 0, "nothing has a price"};
}

// ---- Lost revenue ------

static bool has_values(const struct plan *plan) {
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (plan->requests[r].worth.given) return true;
  }
  return false;
}

// What would have been earned with requests that failed, or came too late for whoever waited.
static double lost_of(const struct plan *plan, const struct request_measure *measures) {
  double lost = 0;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    for (uint16_t r = 0; r < plan->request_count && !plan->clients[c].attacker; r++) {
      const struct request_measure *measure = &measures[(size_t)c * plan->request_count + r];
      double failed = 0;
      for (int outcome = 0; outcome < OUTCOMES; outcome++) failed += (double)measure->failed[outcome];
      lost += price_total(&plan->prices, &plan->requests[r].worth, &(struct price_use){.uses = failed});
    }
  }
  return lost;
}

static void lost_in_slice(const struct slices *slices, unsigned slice, double seconds, double *top,
                          double *bottom, const void *context) {
  (void)context;
  *top = lost_of(slices->plan, slices->list[slice].measures);
  *bottom = seconds / SECONDS_OF_HOUR;
}

static struct estimate estimate_lost(const struct experiment *experiment, struct arena *arena) {
  const struct slices *slices = experiment->replications[0]->slices;
  double *tops = arena_array(arena, experiment->count, sizeof *tops);
  double *bottoms = arena_array(arena, experiment->count, sizeof *bottoms);
  for (size_t i = 0; i < experiment->count; i++) {
    const struct replication *kept = experiment->replications[i];
    tops[i] = lost_of(kept->plan, kept->requests);
    bottoms[i] = replication_seconds(kept) / SECONDS_OF_HOUR;
  }
  if (experiment->count == 1 && slices != NULL && slices->kinds)
    return batches_estimate_ratio(slices, lost_in_slice, NULL, tops[0] / bottoms[0], 0.95);
  return estimate_ratio(tops, bottoms, experiment->count, 0.95);
}

// ---- Lines ------------------------------------------------------------------------------------------------

static struct bill_line line_of(const char *name, struct sum *sum) {
  return (struct bill_line){name, estimate_sum(sum, 0.95)};
}

static void add_components(struct bill *bill, const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  bool *members = arena_array(arena, plan->component_count, sizeof *members);
  struct sum sum = {.experiment = experiment, .members = members};
  bill->lines = arena_array(arena, (size_t)plan->component_count + plan->host_count, sizeof *bill->lines);
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (!cost_is_known(plan, &plan->components[c])) continue;
    members[c] = true;
    bill->lines[bill->line_count++] = line_of(plan->components[c].name, &sum);
    members[c] = false;
  }
  for (uint16_t h = 0; h < plan->host_count; h++) {
    sum.constant = cost_of_idle_host(plan, &plan->hosts[h]);
    if (sum.constant > 0)
      bill->lines[bill->line_count++] = line_of(arena_format(arena, "host:%s", plan->hosts[h].name), &sum);
  }
}

static bool carries(const struct component *component, const char *tag) {
  for (uint16_t i = 0; i < component->tag_count; i++) {
    if (strcmp(component->tags[i], tag) == 0) return true;
  }
  return false;
}

static bool is_listed(const struct bill *bill, const char *tag) {
  for (size_t i = 0; i < bill->tag_count; i++) {
    if (strcmp(bill->tags[i].name, tag) == 0) return true;
  }
  return false;
}

static void add_tag(struct bill *bill, const struct experiment *experiment, const char *tag,
                    struct arena *arena) {
  const struct plan *plan = experiment->plan;
  bool *members = arena_array(arena, plan->component_count, sizeof *members);
  struct sum sum = {.experiment = experiment, .members = members};
  for (uint16_t c = 0; c < plan->component_count; c++) members[c] = carries(&plan->components[c], tag);
  bill->tags[bill->tag_count++] = line_of(tag, &sum);
}

static void add_tags(struct bill *bill, const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  size_t most = 0;
  for (uint16_t c = 0; c < plan->component_count; c++) most += plan->components[c].tag_count;
  bill->tags = arena_array(arena, most, sizeof *bill->tags);
  for (uint16_t c = 0; c < plan->component_count; c++) {
    for (uint16_t i = 0; i < plan->components[c].tag_count; i++) {
      const char *tag = plan->components[c].tags[i];
      if (!is_listed(bill, tag)) add_tag(bill, experiment, tag, arena);
    }
  }
}

// What goes out of data centers to clients has no price, and something went.
static bool sends_unpriced(const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  bool sends = false;
  for (size_t i = 0; i < experiment->count; i++) {
    for (uint16_t c = 0; c < plan->component_count; c++)
      sends = sends || (plan->components[c].price.per_gb == 0 &&
                        experiment->replications[i]->components[c].measure.bytes_to_clients > 0);
  }
  return sends && !plan->traffic_out.given;
}

static void add_unpriced(struct bill *bill, const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  bill->unpriced = arena_array(arena, plan->component_count + 1U, sizeof *bill->unpriced);
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (!cost_is_complete(&plan->components[c]))
      bill->unpriced[bill->unpriced_count++] = plan->components[c].name;
  }
  if (sends_unpriced(experiment)) bill->unpriced[bill->unpriced_count++] = "traffic out";
}

// Both are sums of the same components, taken together and each for itself.
static bool add_up(double whole, double parts) {
  return !(fabs(whole - parts) > 1e-9 * fmax(fabs(whole), fabs(parts)));
}

static double sum_of_carriers(const struct bill *bill, const struct plan *plan, const char *tag) {
  double sum = 0;
  const struct bill_line *line = bill->lines; // those of components come first, in their order
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (!cost_is_known(plan, &plan->components[c])) continue;
    if (carries(&plan->components[c], tag)) sum += line->per_hour.value;
    line++;
  }
  return sum;
}

static void check_sums(const struct bill *bill, const struct plan *plan) {
  double sum = 0;
  for (size_t i = 0; i < bill->line_count; i++) sum += bill->lines[i].per_hour.value;
  ASSERT(add_up(bill->per_hour.value, sum), "a bill is the sum of its lines");
  for (size_t i = 0; i < bill->tag_count; i++)
    ASSERT(add_up(bill->tags[i].per_hour.value, sum_of_carriers(bill, plan, bill->tags[i].name)),
           "a tag is the sum of those who carry it");
}

void bill_make(struct bill *bill, const struct experiment *experiment, struct arena *arena) {
  *bill = (struct bill){.known = cost_is_any_known(experiment->plan) && experiment->count > 0,
                        .currency = experiment->plan->prices.currency};
  bill->values = has_values(experiment->plan) && experiment->count > 0;
  if (bill->values) bill->lost_per_hour = estimate_lost(experiment, arena);
  add_unpriced(bill, experiment, arena);
  if (!bill->known) return;
  struct sum sum = sum_of_all(experiment, arena);
  bill->per_hour = estimate_sum(&sum, 0.95);
  sum.per_million = true;
  bill->per_million = estimate_sum(&sum, 0.95);
  add_components(bill, experiment, arena);
  add_tags(bill, experiment, arena);
  check_sums(bill, experiment->plan);
}

// ---- Amounts ----------------------------------------------------------------------------------------------

struct estimate bill_per_month(struct estimate per_hour) {
  per_hour.value *= HOURS_OF_MONTH;
  per_hour.low *= HOURS_OF_MONTH;
  per_hour.high *= HOURS_OF_MONTH;
  return per_hour;
}

struct units_text bill_show(enum units_currency currency, double per_hour) {
  return units_show_money((struct units_money){per_hour * HOURS_OF_MONTH, currency, UNITS_PER_MONTH});
}
