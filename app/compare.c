// headroom compare: the same traffic through several architectures, and how sure the differences are.
#include "command.h"
#include "comparison.h"
#include "console.h"
#include "results.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct compare_options {
  const char *traffic;
  const char *load;
  bool gate;
};

enum { SCENARIOS_MOST = 16, LOADS_MOST = 64 };

static const double LOAD_LEAST = 1e-9; // as `run.load` has it

// One comparison: all scenarios at all loads. Experiments stand by load, then by scenario.
struct match {
  const struct options *options;
  const struct compare_options *own;
  struct subject traffic; // opened where options ask for one
  struct subject *subjects;
  const char **slugs;
  size_t count;
  double loads[LOADS_MOST];
  size_t load_count;
  bool paired;              // same arrivals, mix and datasets: common random numbers
  const char *unpaired_why; // what differs
  struct experiment *experiments;
  struct results *results; // of experiments with a replication
  struct arena arena;
  int64_t started;
};

static struct experiment *experiment_at(const struct match *match, size_t load, size_t scenario) {
  return &match->experiments[load * match->count + scenario];
}

// ---- Loads ------------------------------------------------------------------------------------------------

static bool read_loads(struct match *match) {
  const char *text = match->own->load != NULL ? match->own->load : "1";
  while (*text != '\0') {
    char *end = NULL;
    double load = strtod(text, &end);
    bool number = text[0] >= '0' && text[0] <= '9' && end != text && (*end == ',' || *end == '\0');
    if (!number || !(load >= LOAD_LEAST) || load > 1e9 || match->load_count == LOADS_MOST) {
      console_error(
          "--load takes factors from 1e-9 to 1e9 with commas between (1,5,20), at most %d, not \"%s\"",
          LOADS_MOST, match->own->load);
      return false;
    }
    for (size_t i = 0; i < match->load_count; i++) {
      if (match->loads[i] != load) continue;
      console_error("--load names the factor %.*s twice in \"%s\"", (int)(end - text), text,
                    match->own->load);
      return false;
    }
    match->loads[match->load_count++] = load;
    text = *end == ',' && end[1] != '\0' ? end + 1 : end + strlen(end);
    if (*end == ',' && end[1] == '\0') {
      console_error("--load ends with a comma: \"%s\"", match->own->load);
      return false;
    }
  }
  return match->load_count > 0;
}

// ---- Scenarios --------------------------------------------------------------------------------------------

static bool open_all(struct match *match) {
  const struct options *options = match->options;
  bool right = true;
  const char *path = match->own->traffic;
  if (path != NULL) right = subject_open(&match->traffic, path, options);
  match->subjects = arena_array(&match->arena, options->path_count, sizeof *match->subjects);
  match->slugs = arena_array(&match->arena, options->path_count, sizeof *match->slugs);
  for (size_t i = 0; i < options->path_count && (path == NULL || right); i++) {
    struct subject *subject = &match->subjects[match->count++];
    bool opened = path != NULL
                      ? subject_open_with_traffic(subject, options->paths[i], &match->traffic, options)
                      : subject_open(subject, options->paths[i], options);
    right = right && opened;
    if (right) match->slugs[i] = subject_free_slug(subject, match->slugs, i, &match->arena);
  }
  return right;
}

// ---- Is the traffic the same? -----------------------------------------------------------------------------

static const char *differing_part(const struct node *first, const struct node *second, struct arena *arena) {
  static const char *const parts[] = {"arrivals", "shape", "batch", "mix", "users", "kind"};
  const struct node *ours = node_find(first, "clients");
  const struct node *theirs = node_find(second, "clients");
  if (ours->count != theirs->count) return "the client groups";
  for (const struct node *group = ours->first; group != NULL; group = group->next) {
    if (strcmp(group->key, "note") == 0) continue;
    const struct node *other = node_find(theirs, group->key);
    if (other == NULL) return "the client groups";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
      if (!canonical_same(node_find(group, parts[i]), node_find(other, parts[i]))) {
        return arena_format(arena, "%s of %s", parts[i], group->key);
      }
    }
  }
  return canonical_same(node_find(first, "datasets"), node_find(second, "datasets")) ? NULL : "the datasets";
}

static bool same_run(const struct run_settings *first, const struct run_settings *second) {
  return first->seed == second->seed && first->duration == second->duration &&
         first->requests == second->requests && first->load == second->load && first->precision <= 0 &&
         second->precision <= 0;
}

static void check_pairing(struct match *match) {
  match->paired = true;
  for (size_t i = 1; i < match->count && match->paired; i++) {
    const char *part =
        differing_part(match->subjects[0].file.document, match->subjects[i].file.document, &match->arena);
    if (part == NULL && !same_run(&match->subjects[0].plan->run, &match->subjects[i].plan->run))
      part = "seed, length or load of the run";
    match->paired = part == NULL;
    match->unpaired_why = part;
  }
}

// ---- Running ----------------------------------------------------------------------------------------------

static bool simulate(struct match *match) {
  const struct options *options = match->options;
  struct runner runner = {.jobs = options->jobs,
                          .deadline = options->max_wall > 0 ? match->started + options->max_wall : INT64_MAX,
                          .progress = !options->quiet && isatty(STDERR_FILENO),
                          .interrupt = options->interrupt,
                          .arena = &match->arena};
  bool fine = true;
  match->experiments =
      arena_array(&match->arena, match->count * match->load_count, sizeof *match->experiments);
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      *experiment_at(match, l, s) = (struct experiment){.plan = match->subjects[s].plan,
                                                        .load = match->loads[l],
                                                        .series = match->options->out != NULL,
                                                        .objectives = &match->subjects[s].objectives,
                                                        .name = subject_name(&match->subjects[s])};
    }
    bool ran = runner_run(&runner, experiment_at(match, l, 0), match->count, match->paired);
    fine = fine && ran;
  }
  return fine;
}

// ---- Differences ------------------------------------------------------------------------------------------

static const struct {
  const char *name;
  const char *head;
  struct figure figure;
} compared[] = {
    {"mean", "mean", {FIGURE_MEAN, 0}},
    {"p50", "p50", {FIGURE_PERCENTILE, 0.5}},
    {"p95", "p95", {FIGURE_PERCENTILE, 0.95}},
    {"p99", "p99", {FIGURE_PERCENTILE, 0.99}},
    {"throughput", "answers", {FIGURE_THROUGHPUT, 0}},
    {"errors", "errors", {FIGURE_ERRORS, 0}},
};
enum { COMPARED = sizeof compared / sizeof *compared };

struct difference {
  size_t load;
  size_t scenario; // against the first
  int client;      // SCOPE_ALL
  const char *metric;
  struct figure figure;
  bool bill; // what all costs for an hour; not `figure`
  struct estimate first;
  struct estimate second;
  struct comparison comparison;
  struct estimate change; // relative
  double adjusted;        // p-value by Holm
};

static bool finite_values(const double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) return false;
  }
  return true;
}

static struct estimate without_interval(double value, const char *method) {
  return (struct estimate){value, value, value, false, 0, method};
}

// The values of replications that both have, by number: an interrupted run may lack some in between.
struct pairs {
  double *first;
  double *second;
  size_t count;
};

static double value_of(const struct scope *scope, size_t i, const struct difference *difference) {
  return difference->bill ? bill_value(scope->experiment, i) : scope_value(scope, i, difference->figure);
}

static struct estimate estimate_of(const struct scope *scope, const struct difference *difference) {
  return difference->bill ? bill_estimate(scope->experiment, 0.95)
                          : scope_estimate(scope, difference->figure, 0.95);
}

static struct pairs pair_values(const struct scope *first, const struct scope *second,
                                const struct difference *difference, struct arena *arena) {
  struct pairs pairs = {arena_array(arena, first->count, sizeof(double)),
                        arena_array(arena, first->count, sizeof(double)), 0};
  size_t other = 0;
  for (size_t i = 0; i < first->count; i++) {
    uint32_t number = first->experiment->replications[i]->number;
    while (other < second->count && second->experiment->replications[other]->number < number) other++;
    if (other == second->count || second->experiment->replications[other]->number != number) continue;
    pairs.first[pairs.count] = value_of(first, i, difference);
    pairs.second[pairs.count++] = value_of(second, other, difference);
  }
  return pairs;
}

static double *all_values(const struct scope *scope, const struct difference *difference,
                          struct arena *arena) {
  double *values = arena_array(arena, scope->count, sizeof *values);
  for (size_t i = 0; i < scope->count; i++) values[i] = value_of(scope, i, difference);
  return values;
}

static void say_nothing_sure(struct difference *difference, const char *method) {
  double gap = difference->second.value - difference->first.value;
  difference->comparison.p_value = NAN;
  difference->comparison.correlation = NAN;
  difference->comparison.difference = without_interval(gap, method);
  difference->change = without_interval(gap / difference->first.value, method);
}

static void compare_pairs(struct difference *difference, const struct pairs *pairs) {
  say_nothing_sure(difference,
                   pairs->count < 2 ? "a single replication" : "not observed in every replication");
  if (pairs->count < 2 || !finite_values(pairs->first, pairs->count) ||
      !finite_values(pairs->second, pairs->count))
    return;
  difference->comparison = comparison_paired(pairs->first, pairs->second, pairs->count, 0.95);
  difference->change = comparison_change(pairs->first, pairs->second, pairs->count, 0.95);
}

static void compare_independent(struct difference *difference, const struct scope *first,
                                const struct scope *second, struct arena *arena) {
  const double *one = all_values(first, difference, arena);
  const double *other = all_values(second, difference, arena);
  bool enough = first->count >= 2 && second->count >= 2;
  say_nothing_sure(difference, enough ? "not observed in every replication" : "a single replication");
  if (!enough || !finite_values(one, first->count) || !finite_values(other, second->count)) return;
  difference->comparison = comparison_independent(one, first->count, other, second->count, 0.95);
  difference->change.method = "unpaired";
}

static void compare_values(struct difference *difference, const struct scope *first,
                           const struct scope *second, bool paired, struct arena *arena) {
  difference->first = estimate_of(first, difference);
  difference->second = estimate_of(second, difference);
  if (paired) {
    struct pairs pairs = pair_values(first, second, difference, arena);
    compare_pairs(difference, &pairs);
  } else {
    compare_independent(difference, first, second, arena);
  }
}

struct differences {
  struct difference *list;
  size_t count;
};

static int client_named(const struct plan *plan, const char *name) {
  for (uint16_t c = 0; c < plan->client_count; c++) {
    if (strcmp(plan->clients[c].name, name) == 0) return c;
  }
  return -2;
}

static void compare_scopes(const struct match *match, struct differences *all, size_t load, size_t scenario,
                           int client, struct arena *arena) {
  const struct experiment *base = experiment_at(match, load, 0);
  const struct experiment *other = experiment_at(match, load, scenario);
  int theirs = client == SCOPE_ALL ? SCOPE_ALL : client_named(other->plan, base->plan->clients[client].name);
  if (theirs == -2) return;
  struct scope first;
  struct scope second;
  scope_open(&first, base, client, SCOPE_ALL);
  scope_open(&second, other, theirs, SCOPE_ALL);
  for (int i = 0; i < COMPARED; i++) {
    struct difference *difference = &all->list[all->count++];
    *difference = (struct difference){.load = load,
                                      .scenario = scenario,
                                      .client = client,
                                      .metric = compared[i].name,
                                      .figure = compared[i].figure,
                                      .adjusted = NAN};
    compare_values(difference, &first, &second, match->paired, arena);
  }
  if (client == SCOPE_ALL && bill_is_known(base->plan) && bill_is_known(other->plan)) {
    struct difference *difference = &all->list[all->count++];
    *difference = (struct difference){.load = load,
                                      .scenario = scenario,
                                      .client = client,
                                      .metric = "cost_per_hour",
                                      .bill = true,
                                      .adjusted = NAN};
    compare_values(difference, &first, &second, match->paired, arena);
  }
  scope_close(&first);
  scope_close(&second);
}

static struct differences compare_all(const struct match *match, struct arena *arena) {
  const struct plan *plan = match->subjects[0].plan;
  size_t scopes = plan->client_count > 1 ? plan->client_count + 1U : 1U;
  size_t most = match->load_count * match->count * (scopes * COMPARED + 1);
  struct differences all = {.list = arena_array(arena, most, sizeof(struct difference))};
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 1; s < match->count; s++) {
      if (experiment_at(match, l, 0)->count == 0 || experiment_at(match, l, s)->count == 0) continue;
      compare_scopes(match, &all, l, s, SCOPE_ALL, arena);
      for (uint16_t c = 0; plan->client_count > 1 && c < plan->client_count; c++) {
        compare_scopes(match, &all, l, s, c, arena);
      }
    }
  }
  double *p_values = arena_array(arena, all.count, sizeof(double));
  double *adjusted = arena_array(arena, all.count, sizeof(double));
  for (size_t i = 0; i < all.count; i++) p_values[i] = all.list[i].comparison.p_value;
  comparison_holm(p_values, adjusted, all.count);
  for (size_t i = 0; i < all.count; i++) all.list[i].adjusted = adjusted[i];
  return all;
}

// ---- comparison.json --------------------------------------------------------------------------------------

static const char *client_name(const struct match *match, int client) {
  return client == SCOPE_ALL ? "all" : match->subjects[0].plan->clients[client].name;
}

static void write_difference(const struct match *match, const struct difference *difference,
                             struct writer *writer) {
  writer_object(writer, NULL);
  writer_number(writer, "load", match->loads[difference->load]);
  writer_text(writer, "first", match->slugs[0]);
  writer_text(writer, "second", match->slugs[difference->scenario]);
  writer_text(writer, "clients", client_name(match, difference->client));
  writer_text(writer, "metric", difference->metric);
  results_write_estimate(writer, "first_estimate", &difference->first);
  results_write_estimate(writer, "second_estimate", &difference->second);
  results_write_estimate(writer, "difference", &difference->comparison.difference);
  results_write_estimate(writer, "change", &difference->change);
  writer_number(writer, "p_value", difference->comparison.p_value);
  writer_number(writer, "p_holm", difference->adjusted);
  writer_number(writer, "correlation", difference->comparison.correlation);
  writer_flag(writer, "significant", difference->adjusted < 0.05);
  writer_end(writer);
}

static const char *folder_of(const struct match *match, size_t load, size_t scenario, struct arena *arena) {
  char number[WRITER_NUMBER_BYTES];
  writer_number_text(number, match->loads[load]);
  return arena_format(arena, "%s/load-%s", match->slugs[scenario], number);
}

static void write_comparison(const struct match *match, const struct differences *all,
                             struct writer *writer) {
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_array(writer, "scenarios");
  for (size_t s = 0; s < match->count; s++) {
    writer_flat_object(writer, NULL);
    writer_text(writer, "name", subject_name(&match->subjects[s]));
    writer_text(writer, "slug", match->slugs[s]);
    writer_text(writer, "hash", match->subjects[s].hash);
    writer_end(writer);
  }
  writer_end(writer);
  writer_flag(writer, "paired", match->paired);
  writer_text(writer, "unpaired_because", match->unpaired_why);
  writer_flat_array(writer, "loads");
  for (size_t l = 0; l < match->load_count; l++) writer_number(writer, NULL, match->loads[l]);
  writer_end(writer);
  writer_array(writer, "differences");
  for (size_t i = 0; i < all->count; i++) write_difference(match, &all->list[i], writer);
  writer_end(writer);
  writer_end(writer);
}

static void write_manifest(const struct match *match, struct writer *writer, struct arena *arena) {
  writer_object(writer, NULL);
  writer_text(writer, "headroom", HEADROOM_VERSION);
  writer_text(writer, "kind", "comparison");
  writer_array(writer, "runs");
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      if (experiment_at(match, l, s)->count == 0) continue;
      writer_flat_object(writer, NULL);
      writer_text(writer, "folder", folder_of(match, l, s, arena));
      writer_text(writer, "scenario", subject_name(&match->subjects[s]));
      writer_number(writer, "load", match->loads[l]);
      writer_end(writer);
    }
  }
  writer_end(writer);
  writer_end(writer);
}

static bool save_runs(const struct match *match, const char *out, struct arena *arena,
                      struct file_error *error) {
  for (size_t l = 0; l < match->load_count; l++) {
    for (size_t s = 0; s < match->count; s++) {
      size_t at = l * match->count + s;
      const struct experiment *experiment = &match->experiments[at];
      if (experiment->count == 0) continue;
      struct engine_report engine = {.wall = console_wall_time() - match->started,
                                     .own_time = experiment->cpu_time};
      const char *folder = arena_format(arena, "%s/%s", out, folder_of(match, l, s, arena));
      if (!results_save(&match->results[at], &engine, folder, error)) return false;
    }
  }
  return true;
}

static bool save(const struct match *match, const struct differences *all, const char *out,
                 struct arena *arena) {
  struct file_error error = {""};
  struct writer writer;
  writer_init(&writer, NULL);
  bool saved = file_make_directories(out, &error) && save_runs(match, out, arena, &error);
  write_comparison(match, all, &writer);
  saved = saved && results_save_file(out, "comparison.json", &writer, &error);
  writer_clear(&writer);
  write_manifest(match, &writer, arena);
  saved = saved && results_save_file(out, "manifest.json", &writer, &error);
  writer_drop(&writer);
  if (!saved) console_error("%s", error.message);
  return saved;
}

// ---- The table --------------------------------------------------------------------------------------------

enum { NAME_WIDTH = 20, VALUE_WIDTH = 10 };

static struct units_text show_figure(struct figure figure, double value) {
  if (figure.kind == FIGURE_THROUGHPUT) return units_show_rate(value);
  if (figure.kind == FIGURE_ERRORS) return units_show_share(value);
  return units_show_duration(value * 1e9);
}

// Names that do not all fit get their number before them, as names often begin alike; print_names() then says
// them whole.
static bool are_cut(const struct table *table, const struct match *match) {
  for (size_t s = 0; s < match->count; s++) {
    char safe[512];
    const char *name = subject_name(&match->subjects[s]);
    text_escape(safe, sizeof safe, name, strlen(name));
    if (text_width(safe) >= (size_t)table->names) return true;
  }
  return false;
}

static void print_name(const struct table *table, enum table_style style, const struct match *match,
                       size_t scenario) {
  char text[512];
  const char *name = subject_name(&match->subjects[scenario]);
  snprintf(text, sizeof text, "%zu: %s", scenario + 1, name);
  table_cell(table, 1 - table->names, style, are_cut(table, match) ? text : name);
  table_cell(table, 1, TABLE_PLAIN, ""); // the gap
}

static void print_names(const struct table *table, const struct match *match) {
  for (size_t s = 0; s < match->count && are_cut(table, match); s++) {
    char text[512];
    snprintf(text, sizeof text, "%zu: %s", s + 1, subject_name(&match->subjects[s]));
    table_wrap(table, 0, text);
  }
}

static void print_estimates(const struct table *table, const struct match *match, size_t load,
                            size_t scenario) {
  const struct experiment *experiment = experiment_at(match, load, scenario);
  struct scope scope;
  struct estimate estimates[COMPARED];
  if (experiment->count == 0) return;
  scope_open(&scope, experiment, SCOPE_ALL, SCOPE_ALL);
  for (int i = 0; i < COMPARED; i++) estimates[i] = scope_estimate(&scope, compared[i].figure, 0.95);
  scope_close(&scope);
  print_name(table, TABLE_PLAIN, match, scenario);
  for (int i = 0; i < COMPARED; i++) {
    table_cell(table, VALUE_WIDTH, TABLE_PLAIN, show_figure(compared[i].figure, estimates[i].value).text);
  }
  fputs("\n", table->stream);
  table_cell(table, -table->names, TABLE_PLAIN, "");
  for (int i = 0; i < COMPARED; i++) {
    table_cell(table, VALUE_WIDTH, TABLE_DIM,
               estimates[i].has_interval ? table_spread(&estimates[i]).text : "±?");
  }
  fputs("\n", table->stream);
}

// The relative change, with a star where it is significant after Holm.
static void print_change(const struct table *table, const struct difference *difference) {
  char text[32] = "-";
  bool significant = difference->adjusted < 0.05;
  double change = 100 * difference->change.value;
  if (difference->figure.kind == FIGURE_ERRORS) {
    double points = 100 * difference->comparison.difference.value;
    snprintf(text, sizeof text, "%+.2fpp%s", points, significant ? "*" : " ");
  } else if (change < -99) {
    snprintf(text, sizeof text, "÷%.3g%s", difference->first.value / difference->second.value,
             significant ? "*" : " ");
  } else if (isfinite(change)) {
    snprintf(text, sizeof text, fabs(change) < 1000 ? "%+.1f%%%s" : "%+.2g%%%s", change,
             significant ? "*" : " ");
  }
  bool better = difference->figure.kind == FIGURE_THROUGHPUT ? change > 0 : change < 0;
  table_cell(table, VALUE_WIDTH, !significant ? TABLE_DIM : better ? TABLE_GOOD : TABLE_BAD, text);
}

static void print_changes(const struct table *table, const struct match *match, const struct differences *all,
                          size_t load, size_t scenario) {
  char name[64];
  snprintf(name, sizeof name, match->count > 2 ? "  %zu against 1" : "  change", scenario + 1);
  table_cell(table, -table->names, TABLE_PLAIN, name);
  for (size_t i = 0; i < all->count; i++) {
    const struct difference *difference = &all->list[i];
    if (difference->load != load || difference->scenario != scenario || difference->client != SCOPE_ALL ||
        difference->bill)
      continue;
    print_change(table, difference);
  }
  fputc('\n', table->stream);
}

static const struct difference *bill_difference(const struct differences *all, size_t load, size_t scenario) {
  for (size_t i = 0; i < all->count; i++) {
    const struct difference *difference = &all->list[i];
    if (difference->bill && difference->load == load && difference->scenario == scenario) return difference;
  }
  return NULL;
}

static const char *say_interval(struct estimate change, struct arena *arena) {
  if (!change.has_interval) return "";
  return arena_format(arena, " (%+.1f%% to %+.1f%%)", 100 * change.low, 100 * change.high);
}

// What each costs, and the change from the first with its interval.
static void print_bills(const struct table *table, const struct match *match, const struct differences *all,
                        size_t load, struct arena *arena) {
  bool first = true;
  for (size_t s = 0; s < match->count; s++) {
    const struct results *results = &match->results[load * match->count + s];
    const struct difference *difference = bill_difference(all, load, s);
    if (results->experiment == NULL || !results->bill.known) continue;
    struct units_text text = bill_show(results->bill.currency, results->bill.per_hour.value);
    const char *change = "";
    if (difference != NULL && isfinite(difference->change.value)) {
      change = arena_format(arena, ", %+.1f%%%s%s", 100 * difference->change.value,
                            difference->adjusted < 0.05 ? "*" : "", say_interval(difference->change, arena));
    }
    table_cell(table, -table->names, TABLE_DIM, first ? "cost" : "");
    table_wrap(table, table->names,
               arena_format(arena, "%s: %s%s", subject_name(&match->subjects[s]), text.text, change));
    first = false;
  }
}

static void print_bottlenecks(const struct table *table, const struct match *match, size_t load) {
  for (size_t s = 0; s < match->count; s++) {
    const struct results *results = &match->results[load * match->count + s];
    const struct bottleneck *bottleneck = &results->bottleneck;
    char text[512];
    if (results->experiment == NULL || bottleneck->component == NULL) continue;
    print_name(table, TABLE_DIM, match, s);
    snprintf(text, sizeof text, "%s, %s at %s: %s", bottleneck->component, bottleneck->resource,
             units_show_share(bottleneck->utilization).text, bottleneck->why);
    table_wrap(table, table->names, text);
    for (size_t w = 0; w < results->warning_count; w++) {
      table_cell(table, -table->names, TABLE_PLAIN, "");
      table_wrap(table, table->names, results->warnings[w]);
    }
  }
}

static void print_load(const struct table *table, const struct match *match, const struct differences *all,
                       size_t load, struct arena *arena) {
  char head[64];
  snprintf(head, sizeof head, "load %g", match->loads[load]);
  table_cell(table, -table->names, TABLE_BOLD, head);
  for (int i = 0; i < COMPARED; i++) table_cell(table, VALUE_WIDTH, TABLE_BOLD, compared[i].head);
  fputc('\n', table->stream);
  for (size_t s = 0; s < match->count; s++) print_estimates(table, match, load, s);
  for (size_t s = 1; s < match->count; s++) print_changes(table, match, all, load, s);
  print_bills(table, match, all, load, arena);
  print_bottlenecks(table, match, load);
  fputc('\n', table->stream);
}

static double mean_correlation(const struct differences *all) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < all->count; i++) {
    const struct difference *difference = &all->list[i];
    if (strcmp(difference->metric, "mean") != 0 || isnan(difference->comparison.correlation)) continue;
    sum += difference->comparison.correlation;
    count++;
  }
  return count > 0 ? sum / (double)count : NAN;
}

static void print_method(const struct table *table, const struct match *match,
                         const struct differences *all) {
  char text[512];
  double correlation = mean_correlation(all);
  if (!match->paired) {
    snprintf(text, sizeof text, "unpaired: %s differ; --traffic FILE puts all under one traffic",
             match->unpaired_why);
  } else if (isnan(correlation)) {
    snprintf(text, sizeof text, "paired under common random numbers");
  } else {
    snprintf(text, sizeof text, "paired under common random numbers; correlation of the means %.2f%s",
             correlation, correlation < 0.2 ? ": common luck did not help here" : "");
  }
  table_wrap(table, 0, text);
  table_wrap(table, 0, "* significant at 5% over all differences shown (Holm)");
}

// An interrupted comparison has loads of which nothing was finished.
static bool was_run(const struct match *match, size_t load) {
  for (size_t s = 0; s < match->count; s++) {
    if (experiment_at(match, load, s)->count > 0) return true;
  }
  return false;
}

static void print_all(const struct match *match, const struct differences *all, struct arena *arena) {
  struct table table = table_on(stdout, match->options->color);
  for (size_t s = 0; s < match->count; s++)
    table_fit_name(&table, NAME_WIDTH, subject_name(&match->subjects[s]));
  for (size_t l = 0; l < match->load_count; l++) {
    if (was_run(match, l)) print_load(&table, match, all, l, arena);
  }
  print_names(&table, match);
  print_method(&table, match, all);
}

// ---- All of it --------------------------------------------------------------------------------------------

static void gather(struct match *match) {
  size_t count = match->count * match->load_count;
  match->results = arena_array(&match->arena, count, sizeof *match->results);
  for (size_t i = 0; i < count; i++) {
    if (match->experiments[i].count == 0) continue;
    results_gather(&match->results[i], &match->subjects[i % match->count], &match->experiments[i],
                   &match->arena);
  }
}

static int status_of(const struct match *match) {
  int status = STATUS_DONE;
  for (size_t i = 0; i < match->count * match->load_count; i++) {
    const struct experiment *experiment = &match->experiments[i];
    if (experiment->failed) {
      console_error("%s", experiment->failure);
      return STATUS_FAILED;
    }
    if (experiment->interrupted) status = STATUS_INTERRUPTED;
    if (experiment->count == 0 || status == STATUS_INTERRUPTED) continue;
    const struct results *results = &match->results[i];
    if (results->broken != NULL) {
      console_error("an identity of the audit is broken: %s", results->broken->identities.what);
      return STATUS_FAILED;
    }
    int own = match->own->gate ? results_status(results, match->options->strict) : STATUS_DONE;
    if (own != STATUS_DONE) status = own;
  }
  return status;
}

static void print_json(const struct match *match, const struct differences *all) {
  struct writer writer;
  writer_init(&writer, NULL);
  write_comparison(match, all, &writer);
  if (writer.failed) console_out_of_memory(NULL);
  fwrite(writer.bytes, 1, writer.length, stdout);
  writer_drop(&writer);
}

static int report(struct match *match) {
  const struct options *options = match->options;
  gather(match);
  int status = status_of(match);
  if (status == STATUS_INTERRUPTED) console_error("interrupted: what was finished is kept");
  struct differences all = compare_all(match, &match->arena);
  if (options->out != NULL && !save(match, &all, options->out, &match->arena)) status = STATUS_FAILED;
  if (options->json) {
    print_json(match, &all);
  } else if (!options->quiet) {
    print_all(match, &all, &match->arena);
  }
  return status;
}

static int compare(const struct options *options) {
  struct match match = {.options = options, .own = options->own, .started = console_wall_time()};
  arena_init(&match.arena, NULL);
  match.arena.on_exhausted = console_out_of_memory;
  int status = STATUS_WRONG;
  struct file_error error = {""};
  if (options->out != NULL && !file_make_directories(options->out, &error)) {
    console_error("%s", error.message);
    status = STATUS_FAILED;
  } else if (read_loads(&match) && open_all(&match)) {
    check_pairing(&match);
    simulate(&match);
    status = report(&match);
  }
  for (size_t i = 0; match.experiments != NULL && i < match.count * match.load_count; i++) {
    experiment_drop(&match.experiments[i]);
  }
  for (size_t i = 0; i < match.count; i++) subject_close(&match.subjects[i]);
  if (match.own->traffic != NULL) subject_close(&match.traffic); // the others share its texts
  arena_drop(&match.arena);
  return status;
}

static const struct option own_options[] = {
    {.name = "traffic",
     .value = "FILE",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct compare_options, traffic),
     .doc = "puts all under the clients of this scenario"},
    {.name = "load",
     .value = "LIST",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct compare_options, load),
     .doc = "factors on the traffic, as 1,5,20 (default: 1)"},
    {.name = "gate",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct compare_options, gate),
     .doc = "a failed objective ends with status 99"},
    {.name = NULL},
};

const struct command compare_command = {
    .name = "compare",
    .arguments = "A.json B.json…",
    .summary = "compares scenarios under the same traffic",
    .details = "Differences are paired where the clients are the same; --out gets a folder for each scenario "
               "and load.",
    .common = OPTIONS_SCENARIO | OPTIONS_RUNNING | OPTIONS_OUTPUT | OPTIONS_TABLE,
    .options = own_options,
    .own_size = sizeof(struct compare_options),
    .least = 2,
    .most = SCENARIOS_MOST,
    .run = compare,
};
