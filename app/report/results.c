#include "results.h"

#include "console.h"
#include "phase_notes.h"
#include "results_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

// ---- Warnings ---------------------------------------------------------------------------------------------

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

// ---- The fingerprint --------------------------------------------------------------------------------------

static int by_name(uint16_t a, uint16_t b, const struct plan *plan) {
  return strcmp(plan->components[a].name, plan->components[b].name);
}

uint16_t *results_order(const struct plan *plan, struct arena *arena) {
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

static void take_fingerprint(struct results *results, struct arena *arena) {
  const struct experiment *experiment = results->experiment;
  const struct plan *plan = experiment->plan;
  const uint16_t *order = results_order(plan, arena);
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

// ---- All of it --------------------------------------------------------------------------------------------

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
