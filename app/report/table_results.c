#include "table_results.h"

#include "console.h"
#include "recovery.h"
#include "table_components.h"
#include "text.h"
#include "units.h"

#include <math.h>

// ---- Head -------------------------------------------------------------------------------------------------

static void print_head(const struct table *table, const struct results *results) {
  const struct experiment *experiment = results->experiment;
  double seconds = 0;
  for (size_t i = 0; i < experiment->count; i++) {
    seconds += replication_seconds(experiment->replications[i]) / (double)experiment->count;
  }
  table_begin(table, TABLE_BOLD);
  table_wrap(table, 0, subject_name(results->subject));
  table_end(table, TABLE_BOLD);
  table_say(table, TABLE_DIM, "%zu replication%s of %s, seed %llu", experiment->count,
            experiment->count == 1 ? "" : "s", units_show_duration(seconds * 1e9).text,
            (unsigned long long)experiment->plan->run.seed);
  if (experiment->load != 1) table_say(table, TABLE_DIM, ", load %g", experiment->load);
  if (experiment->warmup > 0) {
    table_say(table, TABLE_DIM, ", after a warm-up of %s",
              units_show_duration((double)experiment->warmup).text);
  }
  fputc('\n', table->stream);
  if (experiment->precision != NULL) table_say(table, TABLE_DIM, "precision %s\n", experiment->precision);
}

// ---- Requests ---------------------------------------------------------------------------------------------

enum { NAME_WIDTH = 16, PHASE_WIDTH = 19, VALUE_WIDTH = TABLE_VALUE_WIDTH };

struct column {
  const char *head;
  struct figure figure;
  enum table_show show;
};

static const struct column request_columns[] = {
    {"offered", {FIGURE_OFFERED, 0}, TABLE_SHOW_RATE},   {"answers", {FIGURE_THROUGHPUT, 0}, TABLE_SHOW_RATE},
    {"errors", {FIGURE_ERRORS, 0}, TABLE_SHOW_SHARE},    {"mean", {FIGURE_MEAN, 0}, TABLE_SHOW_TIME},
    {"p50", {FIGURE_PERCENTILE, 0.5}, TABLE_SHOW_TIME},  {"p95", {FIGURE_PERCENTILE, 0.95}, TABLE_SHOW_TIME},
    {"p99", {FIGURE_PERCENTILE, 0.99}, TABLE_SHOW_TIME},
};
enum { REQUEST_COLUMNS = sizeof request_columns / sizeof *request_columns };

static void print_scope(const struct table *table, const struct experiment *experiment, const char *name,
                        int client, int request) {
  struct scope scope;
  struct estimate estimates[REQUEST_COLUMNS];
  scope_open(&scope, experiment, client, request);
  table_cell(table, -table->names, TABLE_PLAIN, name);
  for (int i = 0; i < REQUEST_COLUMNS; i++) {
    estimates[i] = scope_estimate(&scope, request_columns[i].figure, 0.95);
    bool bad = request_columns[i].figure.kind == FIGURE_ERRORS && estimates[i].value > 0;
    table_cell(table, VALUE_WIDTH, bad ? TABLE_BAD : TABLE_PLAIN,
               table_show(estimates[i].value, request_columns[i].show).text);
  }
  fputc('\n', table->stream);
  table_pad(table, (size_t)table->names);
  for (int i = 0; i < REQUEST_COLUMNS; i++) {
    table_cell(table, VALUE_WIDTH, TABLE_DIM,
               estimates[i].has_interval ? table_spread(&estimates[i]).text : "±?");
  }
  fputc('\n', table->stream);
  scope_close(&scope);
}

static void print_requests(const struct table *table, const struct experiment *experiment) {
  const struct plan *plan = experiment->plan;
  size_t sent = 0;
  for (uint16_t r = 0; r < plan->request_count; r++) sent += plan_sent(plan, r) ? 1 : 0;
  fputc('\n', table->stream);
  table_cell(table, -table->names, TABLE_BOLD, "request");
  for (int i = 0; i < REQUEST_COLUMNS; i++)
    table_cell(table, VALUE_WIDTH, TABLE_BOLD, request_columns[i].head);
  fputc('\n', table->stream);
  print_scope(table, experiment, "all", SCOPE_ALL, SCOPE_ALL);
  for (uint16_t r = 0; sent > 1 && r < plan->request_count; r++) {
    if (plan_sent(plan, r)) print_scope(table, experiment, plan->requests[r].name, SCOPE_ALL, r);
  }
  for (uint16_t c = 0; plan->client_count > 1 && c < plan->client_count; c++) {
    char name[64];
    snprintf(name, sizeof name, "from %s", plan->clients[c].name);
    print_scope(table, experiment, name, c, SCOPE_ALL);
  }
}

// ---- Phases -----------------------------------------------------------------------------------------------

static void print_recoveries(const struct table *table, const struct experiment *experiment,
                             struct arena *arena) {
  const struct plan *plan = experiment->plan;
  const struct recovery *list = recoveries(experiment, arena);
  for (uint32_t i = 0; i < plan->timeline_count; i++) {
    const struct timeline_event *event = &plan->timeline[i];
    struct recovery recovery = list[i];
    char text[512];
    if (!recovery.left) continue;
    if (recovery.at >= 0) {
      snprintf(text, sizeof text, "after %s as before, %s later", event->label,
               units_show_duration((double)(recovery.at - event->at)).text);
    } else {
      snprintf(text, sizeof text, "after %s never as before again", event->label);
    }
    table_wrap(table, 0, text);
  }
}

// A name without room in its column, as of several events, gets lines of its own above the figures.
static void print_phase_name(const struct table *table, const char *name, struct arena *arena) {
  bool fits = text_width(text_safe(arena, name)) <= (size_t)table->names;
  if (!fits) table_wrap(table, 0, name);
  table_cell(table, -table->names, TABLE_PLAIN, fits ? name : "");
}

static void print_phases(const struct table *whole, const struct experiment *experiment) {
  static const struct column columns[] = {
      {"offered", {FIGURE_OFFERED, 0}, TABLE_SHOW_RATE}, {"attempts", {FIGURE_ATTEMPTS, 0}, TABLE_SHOW_RATE},
      {"answers", {FIGURE_GOODPUT, 0}, TABLE_SHOW_RATE}, {"errors", {FIGURE_ERRORS, 0}, TABLE_SHOW_SHARE},
      {"mean", {FIGURE_MEAN, 0}, TABLE_SHOW_TIME},       {"p95", {FIGURE_PERCENTILE, 0.95}, TABLE_SHOW_TIME}};
  static const int widths[] = {8, 9, 8, 9, 9, 9};
  enum { PHASE_COLUMNS = sizeof columns / sizeof *columns };
  struct arena arena;
  arena_init(&arena, NULL);
  size_t count = 0;
  const struct phase *phases = estimates_phases(experiment, &count, &arena);
  struct table wide = *whole, *table = &wide;
  wide.names = 0;
  for (size_t p = 0; p < count; p++) table_fit_name(table, PHASE_WIDTH, phases[p].name);
  if (count > 0) {
    fputc('\n', table->stream);
    table_cell(table, -table->names, TABLE_BOLD, "phase");
    table_cell(table, VALUE_WIDTH, TABLE_BOLD, "from");
    for (int i = 0; i < PHASE_COLUMNS; i++) table_cell(table, widths[i], TABLE_BOLD, columns[i].head);
    fputc('\n', table->stream);
  }
  for (size_t p = 0; p < count; p++) {
    print_phase_name(table, phases[p].name, &arena);
    table_cell(table, VALUE_WIDTH, TABLE_PLAIN, units_show_duration((double)phases[p].from).text);
    for (int i = 0; i < PHASE_COLUMNS; i++) {
      struct estimate estimate = estimates_in_phase(experiment, &phases[p], columns[i].figure, 0.95, &arena);
      table_cell(table, widths[i], TABLE_PLAIN, table_show(estimate.value, columns[i].show).text);
    }
    fputc('\n', table->stream);
  }
  print_recoveries(table, experiment, &arena);
  arena_drop(&arena);
}

// ---- What was done twice ----

static void print_duplicates(const struct table *table, const struct experiment *experiment) {
  char text[512] = "";
  size_t length = 0;
  for (uint16_t c = 0; c < experiment->plan->component_count; c++) {
    uint64_t duplicates = 0;
    for (size_t i = 0; i < experiment->count; i++)
      duplicates += experiment->replications[i]->components[c].measure.duplicates;
    if (duplicates == 0 || length >= sizeof text) continue;
    length +=
        (size_t)snprintf(text + length, sizeof text - length, "%s%s at %s", length > 0 ? ", " : "",
                         units_show_count((double)duplicates).text, experiment->plan->components[c].name);
  }
  if (length == 0) return;
  fputc('\n', table->stream);
  table_cell(table, -12, TABLE_BOLD, "duplicates");
  table_wrap(table, 12, text);
}

// ---- What follows from all --------------------------------------------------------------------------------

static void print_bottleneck(const struct table *table, const struct bottleneck *bottleneck) {
  char text[512];
  if (bottleneck->component == NULL) return;
  snprintf(text, sizeof text, "%s, %s at %s: %s", bottleneck->component, bottleneck->resource,
           units_show_share(bottleneck->utilization).text, bottleneck->why);
  fputc('\n', table->stream);
  table_cell(table, -12, TABLE_BOLD, "bottleneck");
  table_wrap(table, 12, text);
}

// The dearest first, as many as say something.
static void say_shares(const struct bill *bill, char *text, size_t room) {
  enum { SHOWN = 4 };
  bool said[1024] = {false};
  size_t count = bill->line_count < 1024 ? bill->line_count : 1024;
  for (size_t n = 0; n < SHOWN && n < count && bill->per_hour.value > 0; n++) {
    size_t most = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
      if (!said[i] && (most == SIZE_MAX || bill->lines[i].per_hour.value > bill->lines[most].per_hour.value))
        most = i;
    }
    said[most] = true;
    double share = bill->lines[most].per_hour.value / bill->per_hour.value;
    if (share < 0.005) return;
    size_t used = strlen(text);
    snprintf(text + used, room - used, "%s%s %s", n == 0 ? ": " : ", ", bill->lines[most].name,
             units_show_share(share).text);
  }
}

// What is lost is said an hour, as it comes and goes with what fails.
static void print_lost(const struct table *table, const struct bill *bill) {
  struct units_money lost = {bill->lost_per_hour.value, bill->currency, UNITS_PER_HOUR};
  char text[256];
  if (!bill->values) return;
  snprintf(text, sizeof text, "%s", units_show_money(lost).text);
  if (bill->lost_per_hour.has_interval) {
    struct units_money low = {bill->lost_per_hour.low, bill->currency, UNITS_PER_HOUR};
    struct units_money high = {bill->lost_per_hour.high, bill->currency, UNITS_PER_HOUR};
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, " (%s to %s)", units_show_money(low).text,
             units_show_money(high).text);
  }
  size_t used = strlen(text);
  snprintf(text + used, sizeof text - used, " of revenue: requests that were not answered");
  table_cell(table, -12, TABLE_BOLD, "lost");
  table_wrap(table, 12, text);
}

static void print_bill(const struct table *table, const struct bill *bill) {
  char text[1024];
  print_lost(table, bill);
  if (!bill->known) return;
  snprintf(text, sizeof text, "%s", bill_show(bill->currency, bill->per_hour.value).text);
  if (isfinite(bill->per_million.value)) {
    struct units_money million = {bill->per_million.value, bill->currency, UNITS_ONCE};
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, ", %s for a million requests", units_show_money(million).text);
  }
  if (bill->line_count > 1) say_shares(bill, text, sizeof text);
  table_cell(table, -12, TABLE_BOLD, "cost");
  table_wrap(table, 12, text);
  if (bill->unpriced_count == 0) return;
  enum { NAMED = 6 };
  snprintf(text, sizeof text, "without");
  for (size_t i = 0; i < bill->unpriced_count && i < NAMED; i++) {
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "%s %s", i == 0 ? "" : ",", bill->unpriced[i]);
  }
  size_t used = strlen(text);
  if (bill->unpriced_count > NAMED)
    snprintf(text + used, sizeof text - used, " and %zu more", bill->unpriced_count - NAMED);
  table_cell(table, -12, TABLE_BOLD, "");
  table_wrap(table, 12, text);
}

static void print_objectives(const struct table *table, const struct results *results) {
  static const enum table_style verdict_styles[] = {
      [OBJECTIVE_PASSED] = TABLE_GOOD, [OBJECTIVE_FAILED] = TABLE_BAD, [OBJECTIVE_UNDECIDED] = TABLE_DIM};
  for (size_t i = 0; i < results->subject->objectives.count; i++) {
    const struct objective_result *result = &results->objectives[i];
    const struct objective *objective = result->objective;
    char range[128] = "";
    table_cell(table, -12, TABLE_BOLD, i == 0 ? "objectives" : "");
    table_cell(table, -10, verdict_styles[result->verdict], objective_verdict_name(result->verdict));
    if (result->estimate.has_interval) {
      snprintf(range, sizeof range, " (%s to %s)", objective_show(objective, result->estimate.low).text,
               objective_show(objective, result->estimate.high).text);
    }
    char text[512];
    snprintf(text, sizeof text, "%s: %s%s", objective->text,
             objective_show(objective, result->estimate.value).text, range);
    table_wrap(table, 22, text);
  }
}

static void print_audit(const struct table *table, const struct results *results) {
  size_t unusual = 0;
  for (size_t i = 0; i < results->laws.count; i++)
    unusual += results->laws.laws[i].verdict == AUDIT_UNUSUAL ? 1 : 0;
  char text[512];
  table_cell(table, -12, TABLE_BOLD, "audit");
  if (results->broken != NULL) {
    snprintf(text, sizeof text, "BROKEN: %s: %s", identity_names[results->broken->identities.which],
             results->broken->identities.what);
  } else if (!results->experiment->plan->run.audit) {
    snprintf(text, sizeof text, "none (run.audit is false)");
  } else {
    snprintf(text, sizeof text, "identities hold; %zu of %zu laws as usual", results->laws.count - unusual,
             results->laws.count);
  }
  table_wrap(table, 12, text);
  for (size_t i = 0; i < results->laws.count; i++) {
    const struct audit_law *law = &results->laws.laws[i];
    if (law->verdict == AUDIT_USUAL) continue;
    snprintf(text, sizeof text, "unusual: %s at %s: expected %.4g, observed %.4g (z %.1f)", law->law,
             law->where, law->expected, law->observed, law->z);
    table_pad(table, 12);
    table_wrap(table, 12, text);
  }
}

static void fit_names(struct table *table, const struct plan *plan) {
  char name[64];
  table_fit_name(table, NAME_WIDTH, "");
  for (uint16_t i = 0; i < plan->request_count; i++)
    table_fit_name(table, NAME_WIDTH, plan->requests[i].name);
  for (uint16_t i = 0; i < plan->component_count; i++)
    table_fit_name(table, NAME_WIDTH, plan->components[i].name);
  for (uint16_t i = 0; plan->client_count > 1 && i < plan->client_count; i++) {
    snprintf(name, sizeof name, "from %s", plan->clients[i].name);
    table_fit_name(table, NAME_WIDTH, name);
  }
}

void table_print(const struct table *given, const struct results *results) {
  struct table wide = *given, *table = &wide;
  fit_names(&wide, results->experiment->plan);
  print_head(table, results);
  print_requests(table, results->experiment);
  print_phases(table, results->experiment);
  table_print_components(table, results->experiment);
  print_duplicates(table, results->experiment);
  print_bottleneck(table, &results->bottleneck);
  print_bill(table, &results->bill);
  print_objectives(table, results);
  print_audit(table, results);
  for (size_t i = 0; i < results->warning_count; i++) {
    table_cell(table, -12, TABLE_BOLD, i == 0 ? "warnings" : "");
    table_wrap(table, 12, results->warnings[i]);
  }
}
