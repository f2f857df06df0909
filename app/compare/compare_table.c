// What `headroom compare` shows.
#include "compare_parts.h"
#include "table.h"
#include "text.h"
#include "units.h"

#include <math.h>
#include <string.h>

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
  const struct experiment *experiment = match_experiment(match, load, scenario);
  struct scope scope;
  struct estimate estimates[COMPARE_FIGURES];
  if (experiment->count == 0) return;
  scope_open(&scope, experiment, SCOPE_ALL, SCOPE_ALL);
  for (int i = 0; i < COMPARE_FIGURES; i++)
    estimates[i] = scope_estimate(&scope, compare_figures[i].figure, 0.95);
  scope_close(&scope);
  print_name(table, TABLE_PLAIN, match, scenario);
  for (int i = 0; i < COMPARE_FIGURES; i++) {
    table_cell(table, VALUE_WIDTH, TABLE_PLAIN,
               show_figure(compare_figures[i].figure, estimates[i].value).text);
  }
  fputs("\n", table->stream);
  table_cell(table, -table->names, TABLE_PLAIN, "");
  for (int i = 0; i < COMPARE_FIGURES; i++) {
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
    snprintf(text, sizeof text, fabs(points) < 99.995 ? "%+.2fpp%s" : "%+.0fpp%s", points,
             significant ? "*" : " ");
  } else if (change < -99 && difference->second.value > 0) {
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
  for (int i = 0; i < COMPARE_FIGURES; i++)
    table_cell(table, VALUE_WIDTH, TABLE_BOLD, compare_figures[i].head);
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
    if (match_experiment(match, load, s)->count > 0) return true;
  }
  return false;
}

void compare_print(const struct match *match, const struct differences *all, struct arena *arena) {
  struct table table = table_on(stdout, match->options->color);
  for (size_t s = 0; s < match->count; s++)
    table_fit_name(&table, NAME_WIDTH, subject_name(&match->subjects[s]));
  for (size_t l = 0; l < match->load_count; l++) {
    if (was_run(match, l)) print_load(&table, match, all, l, arena);
  }
  print_names(&table, match);
  print_method(&table, match, all);
}
