#include "console.h"
#include "recovery.h"
#include "results.h"
#include "results_parts.h"

#include <math.h>
#include <string.h>

// ---- Estimates --------------------------------------------------------------------------------------------

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

const struct results_percentile results_percentiles[RESULTS_PERCENTILES] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}};

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
  for (size_t i = 0; i < RESULTS_PERCENTILES; i++) {
    write_figure(writer, results_percentiles[i].key, scope, all ? FIGURE_PERCENTILE_ALL : FIGURE_PERCENTILE,
                 results_percentiles[i].q);
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

static void write_requests(struct writer *writer, const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  writer_object(writer, "requests");
  write_scope(writer, "all", experiment, SCOPE_ALL, SCOPE_ALL);
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (strcmp(plan->requests[r].name, "all") != 0 && plan_sent(plan, r)) {
      write_scope(writer, plan->requests[r].name, experiment, SCOPE_ALL, r);
    }
  }
  writer_end(writer);
  writer_object(writer, "clients");
  for (uint16_t c = 0; c < plan->client_count; c++)
    write_scope(writer, plan->clients[c].name, experiment, c, SCOPE_ALL);
  writer_end(writer);
}

// ---- Phases -----------------------------------------------------------------------------------------------

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
  for (size_t i = 0; i < RESULTS_PERCENTILES; i++) {
    struct figure figure = {FIGURE_PERCENTILE, results_percentiles[i].q};
    struct estimate estimate = estimates_in_phase(experiment, phase, figure, 0.95, arena);
    results_write_estimate(writer, results_percentiles[i].key, &estimate);
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

// ---- What follows from all --------------------------------------------------------------------------------

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
  results_write_components(writer, results->experiment, &arena);
  write_timeline(writer, results->experiment, &arena);
  write_bottleneck(writer, &results->bottleneck);
  write_bill(writer, &results->bill);
  write_objectives(writer, results);
  write_audit(writer, results);
  writer_end(writer);
  arena_drop(&arena);
}
