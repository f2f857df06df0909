#include "results.h"

#include "console.h"
#include "phase_notes.h"
#include "recovery.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// ---- Gathering --------------------------------------------------------------------------------------------

static void warn(struct results *results, const char *warning, struct arena *arena) {
  const char **wider = arena_array(arena, results->warning_count + 1, sizeof *wider);
  if (results->warning_count > 0) memcpy(wider, results->warnings, results->warning_count * sizeof *wider);
  wider[results->warning_count++] = warning;
  results->warnings = wider;
}

static bool has_samples(const struct experiment *experiment, double q) {
  struct scope scope;
  scope_open(&scope, experiment, SCOPE_ALL, SCOPE_ALL);
  struct estimate estimate = scope_estimate(&scope, (struct figure){FIGURE_PERCENTILE, q}, 0.95);
  bool enough = estimate.has_interval || isnan(estimate.value) || experiment->count < 2;
  scope_close(&scope);
  return enough;
}

static uint64_t unfinished(const struct experiment *experiment) {
  uint64_t count = 0;
  for (size_t i = 0; i < experiment->count; i++) {
    const struct replication *kept = experiment->replications[i];
    size_t measures = (size_t)kept->plan->client_count * kept->plan->request_count;
    for (size_t m = 0; m < measures; m++) count += kept->requests[m].failed[OUTCOME_UNFINISHED];
  }
  return count;
}

static bool nothing_offered(const struct experiment *experiment) {
  for (size_t i = 0; i < experiment->count; i++) {
    const struct replication *kept = experiment->replications[i];
    size_t measures = (size_t)kept->plan->client_count * kept->plan->request_count;
    for (size_t m = 0; m < measures; m++) {
      if (kept->requests[m].offered > 0) return false;
    }
  }
  return true;
}

static void gather_warnings(struct results *results, struct arena *arena) {
  const struct experiment *experiment = results->experiment;
  uint64_t left = unfinished(experiment);
  if (experiment->interrupted) {
    warn(results, arena_format(arena, "interrupted: only %zu replications were finished", experiment->count),
         arena);
  }
  if (experiment->failed) {
    warn(results,
         arena_format(arena, "failed after %zu finished replication%s: %s", experiment->count,
                      experiment->count == 1 ? "" : "s", experiment->failure),
         arena);
  }
  if (nothing_offered(experiment)) warn(results, "no request arrived in the measured time", arena);
  if (experiment->unsteady != NULL) warn(results, experiment->unsteady, arena);
  if (left > 0) {
    warn(results,
         arena_format(arena, "%" PRIu64 " measured requests had no end when the drain was over: unfinished",
                      left),
         arena);
  }
  if (experiment->plan->timeline_count > 0 && phase_notes_too_many(experiment->plan)) {
    warn(results,
         "more than 1000 phases: their figures are from windows, with attackers and without percentiles",
         arena);
  }
  if (experiment->count == 1) {
    warn(results,
         experiment->replications[0]->slices != NULL
             ? "a single replication: intervals are from batches of it"
             : "a single replication: most figures have no interval",
         arena);
  }
  if (!has_samples(experiment, 0.99)) {
    warn(results, "too few samples for the interval of p99: it needs 100 slower requests in each replication",
         arena);
  }
}

// Every integer that was measured goes into the fingerprint, under the names of the scenario, so that neither
// numbers of components nor what nobody uses changes it.
static void print_request(struct writer *writer, const struct plan *plan, uint16_t client, uint16_t request,
                          const struct request_measure *measure) {
  if (measure->offered == 0 && measure->answers == 0) return;
  writer_format(writer, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
                plan->clients[client].name, plan->requests[request].name, measure->offered, measure->attempts,
                measure->answered, measure->degraded, measure->answers);
  for (int i = 0; i < OUTCOMES; i++) writer_format(writer, " %" PRIu64, measure->failed[i]);
  writer_format(writer, " %" PRId64 " %" PRIu64 " %" PRId64 "\n", (int64_t)measure->latency.sum,
                (uint64_t)measure->latency.squares, measure->latency.largest);
  if (measure->duplicates > 0) writer_format(writer, "duplicates %" PRIu64 "\n", measure->duplicates);
}

static void print_component(struct writer *writer, const char *name, const struct component_kept *kept) {
  if (kept->used == 0) return;
  const struct component_measure *measure = &kept->measure;
  writer_format(writer, "%s %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, name,
                measure->entered, measure->left, (int64_t)measure->sojourn_sum, (int64_t)measure->sojourn.sum,
                (int64_t)measure->wait.sum, (int64_t)measure->service.sum);
  for (int i = 0; i < OUTCOMES; i++) writer_format(writer, " %" PRIu64, measure->outcomes[i]);
  if (measure->duplicates > 0) writer_format(writer, " %" PRIu64, measure->duplicates);
  writer_format(writer, "\n");
}

static int by_name(uint16_t a, uint16_t b, const struct plan *plan) {
  return strcmp(plan->components[a].name, plan->components[b].name);
}

// Components come in the order of their names whatever their numbers.
static uint16_t *order_components(const struct plan *plan, struct arena *arena) {
  uint16_t *order = arena_array(arena, plan->component_count, sizeof *order);
  for (uint16_t i = 0; i < plan->component_count; i++) {
    uint16_t at = i;
    while (at > 0 && by_name(i, order[at - 1], plan) < 0) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = i;
  }
  return order;
}

static void take_fingerprint(struct results *results, struct arena *arena) {
  const struct experiment *experiment = results->experiment;
  const struct plan *plan = experiment->plan;
  const uint16_t *order = order_components(plan, arena);
  struct writer writer;
  writer_init(&writer, NULL);
  for (size_t i = 0; i < experiment->count; i++) {
    const struct replication *kept = experiment->replications[i];
    writer_format(&writer, "%" PRIu32 " %" PRId64 " %" PRId64 "\n", kept->number, kept->from, kept->until);
    for (uint16_t c = 0; c < plan->client_count; c++) {
      for (uint16_t r = 0; r < plan->request_count; r++) {
        print_request(&writer, plan, c, r, replication_request(kept, c, r));
      }
    }
    for (uint16_t c = 0; c < plan->component_count; c++) {
      print_component(&writer, plan->components[order[c]].name, &kept->components[order[c]]);
    }
  }
  if (writer.failed) console_out_of_memory(NULL);
  canonical_hash_bytes(writer.bytes, writer.length, results->fingerprint);
  writer_drop(&writer);
}

void results_gather(struct results *results, const struct subject *subject,
                    const struct experiment *experiment, struct arena *arena) {
  *results = (struct results){.subject = subject, .experiment = experiment};
  results->objectives = objectives_judge(&subject->objectives, experiment, arena);
  results->bottleneck = bottleneck_find(experiment, arena);
  bill_make(&results->bill, experiment, arena);
  audit_laws(experiment, &results->laws, arena);
  for (size_t i = experiment->count; i-- > 0;) {
    if (experiment->replications[i]->identities.broken) results->broken = experiment->replications[i];
  }
  take_fingerprint(results, arena);
  gather_warnings(results, arena);
}

int results_status(const struct results *results, bool strict) {
  if (results->broken != NULL) return 1;
  for (size_t i = 0; i < results->subject->objectives.count; i++) {
    enum objective_verdict verdict = results->objectives[i].verdict;
    if (verdict == OBJECTIVE_FAILED || (strict && verdict == OBJECTIVE_UNDECIDED)) return 99;
  }
  return 0;
}

// ---- JSON: estimates --------------------------------------------------------------------------------------

void results_write_estimate(struct writer *writer, const char *key, const struct estimate *estimate) {
  writer_flat_object(writer, key);
  writer_number(writer, "value", estimate->value);
  if (estimate->has_interval) {
    writer_flat_array(writer, "ci95");
    writer_number(writer, NULL, estimate->low);
    writer_number(writer, NULL, estimate->high);
    writer_end(writer);
  } else {
    writer_null(writer, "ci95");
  }
  writer_natural(writer, "n", estimate->n);
  writer_text(writer, "method", estimate->method);
  writer_end(writer);
}

static const struct {
  const char *key;
  double q;
} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

static void write_figure(struct writer *writer, const char *key, const struct scope *scope,
                         enum figure_kind kind, double argument) {
  struct estimate estimate = scope_estimate(scope, (struct figure){kind, argument}, 0.95);
  results_write_estimate(writer, key, &estimate);
}

static void write_latency(struct writer *writer, const char *key, const struct scope *scope, bool all) {
  const struct tally *tally = &scope->pooled.latency;
  bool lost = all && scope->pooled.answered < scope->pooled.offered;
  writer_object(writer, key);
  write_figure(writer, "mean", scope, all ? FIGURE_MEAN_ALL : FIGURE_MEAN, 0);
  write_figure(writer, "std", scope, all ? FIGURE_DEVIATION_ALL : FIGURE_DEVIATION, 0);
  for (size_t i = 0; i < PERCENTILES; i++) {
    write_figure(writer, percentiles[i].key, scope, all ? FIGURE_PERCENTILE_ALL : FIGURE_PERCENTILE,
                 percentiles[i].q);
  }
  writer_number(writer, "max", lost || tally->count == 0 ? NAN : (double)tally->largest / 1e9);
  writer_end(writer);
}

static void write_failed(struct writer *writer, const uint64_t *failed) {
  writer_flat_object(writer, "failed");
  for (int i = OUTCOME_TIMEOUT; i < OUTCOMES; i++) {
    if (i != OUTCOME_CANCELLED && i != OUTCOME_MISSED) writer_natural(writer, outcome_names[i], failed[i]);
  }
  writer_end(writer);
}

static void write_scope(struct writer *writer, const char *key, const struct experiment *experiment,
                        int client, int request) {
  struct scope scope;
  scope_open(&scope, experiment, client, request);
  writer_object(writer, key);
  write_figure(writer, "offered_per_s", &scope, FIGURE_OFFERED, 0);
  write_figure(writer, "attempts_per_s", &scope, FIGURE_ATTEMPTS, 0);
  write_figure(writer, "throughput_per_s", &scope, FIGURE_THROUGHPUT, 0);
  write_figure(writer, "goodput_per_s", &scope, FIGURE_GOODPUT, 0);
  write_figure(writer, "errors", &scope, FIGURE_ERRORS, 0);
  write_figure(writer, "degraded", &scope, FIGURE_DEGRADED, 0);
  writer_natural(writer, "duplicates", scope.pooled.duplicates);
  write_latency(writer, "latency_s", &scope, false);
  write_latency(writer, "latency_all_s", &scope, true);
  write_failed(writer, scope.pooled.failed);
  writer_end(writer);
  scope_close(&scope);
}

// A request that some client may send; the others are calls between components.
static bool is_offered(const struct experiment *experiment, uint16_t request) {
  const struct plan *plan = experiment->plan;
  for (uint16_t c = 0; c < plan->client_count; c++) {
    for (uint16_t i = 0; i < plan->clients[c].mix_count; i++) {
      if (plan->clients[c].mix_requests[i] == request) return true;
    }
    for (size_t i = 0; i < experiment->count; i++) {
      if (replication_request(experiment->replications[i], c, request)->offered > 0) return true;
    }
  }
  return false;
}

static void write_requests(struct writer *writer, const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  writer_object(writer, "requests");
  write_scope(writer, "all", experiment, SCOPE_ALL, SCOPE_ALL);
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (strcmp(plan->requests[r].name, "all") != 0 && is_offered(experiment, r)) {
      write_scope(writer, plan->requests[r].name, experiment, SCOPE_ALL, r);
    }
  }
  writer_end(writer);
  writer_object(writer, "clients");
  for (uint16_t c = 0; c < plan->client_count; c++)
    write_scope(writer, plan->clients[c].name, experiment, c, SCOPE_ALL);
  writer_end(writer);
}

// ---- JSON: phases -----------------------------------------------------------------------------------------

static void write_phase(struct writer *writer, const struct experiment *experiment, const struct phase *phase,
                        struct arena *arena) {
  static const struct {
    const char *key;
    enum figure_kind kind;
  } figures[] = {{"offered_per_s", FIGURE_OFFERED},
                 {"attempts_per_s", FIGURE_ATTEMPTS},
                 {"goodput_per_s", FIGURE_GOODPUT},
                 {"errors", FIGURE_ERRORS}};
  struct phase_counts counts;
  estimates_count_in_phase(experiment, phase, &counts);
  writer_object(writer, NULL);
  writer_text(writer, "name", phase->name);
  writer_number(writer, "from_s", (double)phase->from / 1e9);
  writer_number(writer, "to_s", (double)phase->until / 1e9);
  writer_object(writer, "requests");
  writer_object(writer, "all");
  for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
    struct estimate estimate =
        estimates_in_phase(experiment, phase, (struct figure){figures[i].kind, 0}, 0.95, arena);
    results_write_estimate(writer, figures[i].key, &estimate);
  }
  struct estimate mean = estimates_in_phase(experiment, phase, (struct figure){FIGURE_MEAN, 0}, 0.95, arena);
  writer_object(writer, "latency_s");
  results_write_estimate(writer, "mean", &mean);
  for (size_t i = 0; i < PERCENTILES; i++) {
    struct figure figure = {FIGURE_PERCENTILE, percentiles[i].q};
    struct estimate estimate = estimates_in_phase(experiment, phase, figure, 0.95, arena);
    results_write_estimate(writer, percentiles[i].key, &estimate);
  }
  writer_number(writer, "max", counts.largest < 0 ? NAN : (double)counts.largest / 1e9);
  writer_end(writer);
  write_failed(writer, counts.failed);
  writer_end(writer);
  writer_end(writer);
  writer_end(writer);
}

static void write_phases(struct writer *writer, const struct experiment *experiment, struct arena *arena) {
  size_t count = 0;
  const struct phase *phases = estimates_phases(experiment, &count, arena);
  writer_array(writer, "phases");
  for (size_t i = 0; i < count; i++) write_phase(writer, experiment, &phases[i], arena);
  writer_end(writer);
}

// ---- JSON: components -------------------------------------------------------------------------------------

static void write_part(struct writer *writer, const char *key, const struct component_scope *scope,
                       struct part part) {
  struct estimate estimate = component_scope_estimate(scope, part, 0.95);
  results_write_estimate(writer, key, &estimate);
}

static void write_times(struct writer *writer, const char *key, const struct component_scope *scope,
                        size_t row) {
  const struct metric_raw *pooled = &scope->rows[row];
  struct part part = {.row = row};
  writer_object(writer, key);
  write_part(writer, "mean", scope, part);
  part.aspect = PART_DEVIATION;
  write_part(writer, "std", scope, part);
  part.aspect = PART_PERCENTILE;
  for (size_t i = 0; pooled->histogram != NULL && i < PERCENTILES; i++) {
    part.argument = percentiles[i].q;
    write_part(writer, percentiles[i].key, scope, part);
  }
  writer_number(writer, "max", pooled->times->count == 0 ? NAN : (double)pooled->times->largest / 1e9);
  writer_end(writer);
}

static void write_row(struct writer *writer, const char *key, const struct component_scope *scope,
                      size_t row) {
  const struct metric *metric = metric_at(scope->model, row);
  if (metric->kind == METRIC_TIMES) {
    write_times(writer, key, scope, row);
  } else if (metric->kind == METRIC_TOTAL || metric->kind == METRIC_PEAK) {
    writer_number(writer, key, scope->rows[row].top * metric_scale(metric));
  } else {
    write_part(writer, key, scope, (struct part){.row = row});
  }
}

static bool is_there(const struct component_scope *scope, size_t row) {
  if (!metric_at(scope->model, row)->optional) return true;
  return scope->count > 0 && !isnan(component_scope_value(scope, 0, (struct part){.row = row}));
}

// What is under a prefix of keys ("utilization."), and what is of it.
struct group {
  char prefix[128];
  bool there; // some row of it
  bool flat;  // counts alone
};

static struct group group_of(const struct component_scope *scope, const char *key, size_t length) {
  struct group group = {.flat = true};
  snprintf(group.prefix, sizeof group.prefix, "%.*s", (int)length, key);
  for (size_t row = 0; row < metric_count(scope->model); row++) {
    const struct metric *metric = metric_at(scope->model, row);
    if (strncmp(metric->key, group.prefix, length) != 0) continue;
    group.there = group.there || is_there(scope, row);
    group.flat = group.flat && metric->kind == METRIC_TOTAL;
  }
  return group;
}

static void write_rows(struct writer *writer, const struct component_scope *scope, const char *prefix,
                       bool *written);

// All rows under the same first word of the rest of a key, as one object. Groups of the first level are
// always there.
static void write_group(struct writer *writer, const struct component_scope *scope, const char *key,
                        const char *rest, size_t word, bool *written) {
  char name[64];
  struct group group = group_of(scope, key, (size_t)(rest - key) + word + 1);
  snprintf(name, sizeof name, "%.*s", (int)word, rest);
  if (!group.there && rest != key) {
    for (size_t row = 0; row < metric_count(scope->model); row++) {
      if (strncmp(metric_at(scope->model, row)->key, group.prefix, strlen(group.prefix)) == 0)
        written[row] = true; // or its rows would open the outer group a second time
    }
    return;
  }
  if (group.flat) {
    writer_flat_object(writer, name);
  } else {
    writer_object(writer, name);
  }
  write_rows(writer, scope, group.prefix, written);
  writer_end(writer);
}

static void write_rows(struct writer *writer, const struct component_scope *scope, const char *prefix,
                       bool *written) {
  size_t length = strlen(prefix);
  for (size_t row = 0; row < metric_count(scope->model); row++) {
    const char *key = metric_at(scope->model, row)->key;
    if (written[row] || strncmp(key, prefix, length) != 0) continue;
    size_t word = strcspn(key + length, ".");
    if (key[length + word] == '.') {
      write_group(writer, scope, key, key + length, word, written);
    } else {
      written[row] = true;
      if (is_there(scope, row)) write_row(writer, key + length, scope, row);
    }
  }
}

// The scope of a component's instances in one data center, on the memory of the whole's.
static void narrow_scope(struct component_scope *place, const struct component_scope *whole, uint16_t number,
                         struct arena *arena) {
  struct component_kept *each = arena_array(arena, whole->count, sizeof *each);
  *place = *whole;
  place->slices = NULL;
  place->each = arena_array(arena, whole->count, sizeof *place->each);
  place->rows = metric_rows_open(whole->model, false, arena, NULL);
  for (size_t i = 0; i < whole->count; i++) {
    each[i] = *whole->each[i];
    each[i].rows = whole->each[i]->places[number].rows;
    place->each[i] = &each[i];
    metric_rows_merge(place->rows, each[i].rows, whole->model, false);
  }
}

static void write_places(struct writer *writer, const struct experiment *experiment,
                         const struct component_scope *scope) {
  if (scope->count == 0 || scope->each[0]->place_count < 2) return;
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  writer_object(writer, "by_datacenter");
  for (uint16_t p = 0; p < scope->each[0]->place_count; p++) {
    struct component_scope place;
    narrow_scope(&place, scope, p, &arena);
    bool *written = arena_array(&arena, metric_count(scope->model), sizeof *written);
    writer_object(writer, experiment->plan->places[scope->each[0]->places[p].place].name);
    write_rows(writer, &place, "", written);
    writer_end(writer);
  }
  writer_end(writer);
  arena_drop(&arena);
}

static void write_component(struct writer *writer, const struct experiment *experiment, uint16_t number) {
  struct component_scope scope;
  component_scope_open(&scope, experiment, number);
  bool *written = arena_array(&scope.arena, metric_count(scope.model), sizeof *written);
  writer_object(writer, experiment->plan->components[number].name);
  write_rows(writer, &scope, "", written);
  write_places(writer, experiment, &scope);
  writer_end(writer);
  component_scope_close(&scope);
}

static void write_components(struct writer *writer, const struct experiment *experiment,
                             struct arena *arena) {
  const uint16_t *order = order_components(experiment->plan, arena);
  writer_object(writer, "components");
  for (uint16_t c = 0; c < experiment->plan->component_count; c++)
    write_component(writer, experiment, order[c]);
  writer_end(writer);
}

// ---- JSON: what follows from all --------------------------------------------------------------------------

static void write_time(struct writer *writer, const char *key, int64_t time) {
  if (time < 0) {
    writer_null(writer, key);
  } else {
    writer_number(writer, key, (double)time / 1e9);
  }
}

static void write_timeline(struct writer *writer, const struct experiment *experiment, struct arena *arena) {
  const struct plan *plan = experiment->plan;
  const struct recovery *list = recoveries(experiment, arena);
  writer_array(writer, "timeline");
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    struct recovery recovery = list[i];
    writer_object(writer, NULL);
    writer_text(writer, "event", plan->timeline[i].label);
    writer_number(writer, "at_s", (double)plan->timeline[i].at / 1e9);
    write_time(writer, "recovered_s", recovery.at);
    results_write_estimate(writer, "errors", &recovery.errors);
    writer_end(writer);
  }
  writer_end(writer);
}

static void write_bottleneck(struct writer *writer, const struct bottleneck *bottleneck) {
  if (bottleneck->component == NULL) {
    writer_null(writer, "bottleneck");
    return;
  }
  writer_object(writer, "bottleneck");
  writer_text(writer, "component", bottleneck->component);
  writer_text(writer, "resource", bottleneck->resource);
  writer_number(writer, "utilization", bottleneck->utilization);
  writer_text(writer, "why", bottleneck->why);
  writer_end(writer);
}

static void write_amount(struct writer *writer, const char *key, const struct bill_line *line) {
  struct estimate per_month = bill_per_month(line->per_hour);
  writer_object(writer, key);
  results_write_estimate(writer, "per_hour", &line->per_hour);
  results_write_estimate(writer, "per_month", &per_month);
  writer_end(writer);
}

static void write_lines(struct writer *writer, const char *key, const struct bill_line *lines, size_t count) {
  writer_object(writer, key);
  for (size_t i = 0; i < count; i++) write_amount(writer, lines[i].name, &lines[i]);
  writer_end(writer);
}

static void write_bill(struct writer *writer, const struct bill *bill) {
  writer_object(writer, "cost");
  if (bill->known || bill->values)
    writer_text(writer, "currency", bill->currency == UNITS_EURO ? "EUR" : "USD");
  if (bill->known) {
    struct estimate per_month = bill_per_month(bill->per_hour);
    results_write_estimate(writer, "per_hour", &bill->per_hour);
    results_write_estimate(writer, "per_month", &per_month);
    results_write_estimate(writer, "per_million_requests", &bill->per_million);
    write_lines(writer, "by_component", bill->lines, bill->line_count);
    write_lines(writer, "by_tag", bill->tags, bill->tag_count);
  }
  if (bill->values) {
    struct bill_line lost = {"lost_revenue", bill->lost_per_hour};
    write_amount(writer, lost.name, &lost);
  }
  writer_flat_array(writer, "unpriced");
  for (size_t i = 0; i < bill->unpriced_count; i++) writer_text(writer, NULL, bill->unpriced[i]);
  writer_end(writer);
  writer_end(writer);
}

static void write_objectives(struct writer *writer, const struct results *results) {
  writer_array(writer, "slo");
  for (size_t i = 0; i < results->subject->objectives.count; i++) {
    const struct objective_result *result = &results->objectives[i];
    writer_object(writer, NULL);
    writer_text(writer, "rule", result->objective->text);
    writer_text(writer, "verdict", objective_verdict_name(result->verdict));
    results_write_estimate(writer, "estimate", &result->estimate);
    writer_end(writer);
  }
  writer_end(writer);
}

static void write_identities(struct writer *writer, const struct results *results) {
  uint64_t checked[IDENTITIES] = {0};
  for (size_t i = 0; i < results->experiment->count; i++) {
    for (int k = 0; k < IDENTITIES; k++)
      checked[k] += results->experiment->replications[i]->identities.checked[k];
  }
  bool looked = results->experiment->plan->run.audit;
  writer_array(writer, "identities");
  for (int k = 0; looked && k < IDENTITIES; k++) {
    bool broken = results->broken != NULL && results->broken->identities.which == (enum identity)k;
    writer_flat_object(writer, NULL);
    writer_text(writer, "identity", identity_names[k]);
    writer_natural(writer, "checked", checked[k]);
    writer_text(writer, "verdict", broken ? "broken" : "holds");
    if (broken) writer_text(writer, "found", results->broken->identities.what);
    writer_end(writer);
  }
  writer_end(writer);
}

static void write_audit(struct writer *writer, const struct results *results) {
  writer_object(writer, "audit");
  write_identities(writer, results);
  writer_array(writer, "laws");
  for (size_t i = 0; i < results->laws.count; i++) {
    const struct audit_law *law = &results->laws.laws[i];
    writer_flat_object(writer, NULL);
    writer_text(writer, "law", law->law);
    writer_text(writer, "where", law->where);
    writer_number(writer, "expected", law->expected);
    writer_number(writer, "observed", law->observed);
    writer_number(writer, "z", law->z);
    writer_text(writer, "verdict", law->verdict == AUDIT_USUAL ? "usual" : "unusual");
    writer_end(writer);
  }
  writer_end(writer);
  writer_end(writer);
}

static double mean_duration(const struct experiment *experiment) {
  double seconds = 0;
  for (size_t i = 0; i < experiment->count; i++) seconds += replication_seconds(experiment->replications[i]);
  return seconds / (double)experiment->count;
}

// "yes": nothing speaks against it.
static void write_steadiness(struct writer *writer, const struct experiment *experiment) {
  const char *word = experiment->plan->terminating  ? "not looked for: the scenario changes while it runs"
                     : experiment->no_steady_state  ? "none"
                     : experiment->unsteady != NULL ? "doubtful"
                                                    : "yes";
  writer_text(writer, "steady_state", word);
  if (experiment->unsteady != NULL) writer_text(writer, "why_not_steady", experiment->unsteady);
}

static void write_head(struct writer *writer, const struct results *results, struct arena *arena) {
  const struct experiment *experiment = results->experiment;
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_object(writer, "scenario");
  writer_text(writer, "name", subject_name(results->subject));
  writer_text(writer, "hash", results->subject->hash);
  canonical_write(results->subject->file.document, "resolved", CANONICAL_WITH_NOTES, writer, arena);
  writer_end(writer);
  writer_natural(writer, "seed", experiment->plan->run.seed);
  writer_natural(writer, "replications", experiment->count);
  writer_flag(writer, "interrupted", experiment->interrupted);
  if (experiment->failed) writer_text(writer, "failure", experiment->failure);
  writer_text(writer, "fingerprint", results->fingerprint);
  writer_object(writer, "simulated");
  writer_number(writer, "load", experiment->load * experiment->plan->run.load);
  writer_number(writer, "duration_s", mean_duration(experiment));
  writer_number(writer, "warmup_s", (double)experiment->warmup / 1e9);
  writer_text(writer, "warmup_method", experiment->warmup_method);
  if (experiment->precision != NULL) writer_text(writer, "precision", experiment->precision);
  write_steadiness(writer, experiment);
  writer_end(writer);
  writer_array(writer, "warnings");
  for (size_t i = 0; i < results->warning_count; i++) writer_text(writer, NULL, results->warnings[i]);
  writer_end(writer);
}

void results_write(const struct results *results, struct writer *writer) {
  struct arena arena;
  arena_init(&arena, NULL);
  arena.on_exhausted = console_out_of_memory;
  writer_object(writer, NULL);
  write_head(writer, results, &arena);
  write_requests(writer, results->experiment);
  write_phases(writer, results->experiment, &arena);
  write_components(writer, results->experiment, &arena);
  write_timeline(writer, results->experiment, &arena);
  write_bottleneck(writer, &results->bottleneck);
  write_bill(writer, &results->bill);
  write_objectives(writer, results);
  write_audit(writer, results);
  writer_end(writer);
  arena_drop(&arena);
}
