#include "objectives.h"

#include "text.h"
#include "watch.h"

#include <math.h>
#include <string.h>

// ---- What may be asked for --------------------------------------------------------------------------------

enum about { ABOUT_REQUESTS = 1, ABOUT_COMPONENTS = 2, ABOUT_NOTHING_YET = 0 };

struct metric_word {
  const char *word;
  unsigned about;
  enum objective_unit unit;
  enum figure_kind figure;
  enum part_kind part;
};

static const struct metric_word metric_words[] = {
    {"mean", ABOUT_REQUESTS | ABOUT_COMPONENTS, OBJECTIVE_TIME, FIGURE_MEAN, PART_SOJOURN},
    {"errors", ABOUT_REQUESTS | ABOUT_COMPONENTS, OBJECTIVE_SHARE, FIGURE_ERRORS, PART_ERRORS},
    {"throughput", ABOUT_REQUESTS | ABOUT_COMPONENTS, OBJECTIVE_RATE, FIGURE_THROUGHPUT, PART_THROUGHPUT},
    {"availability", ABOUT_REQUESTS, OBJECTIVE_SHARE, FIGURE_AVAILABILITY, 0},
    {"goodput", ABOUT_REQUESTS, OBJECTIVE_RATE, FIGURE_GOODPUT, 0},
    {"degraded", ABOUT_REQUESTS, OBJECTIVE_SHARE, FIGURE_DEGRADED, 0},
    {"within", ABOUT_REQUESTS, OBJECTIVE_SHARE, FIGURE_WITHIN, 0},
    {"cpu", ABOUT_COMPONENTS, OBJECTIVE_SHARE, 0, PART_CPU},
    {"workers", ABOUT_COMPONENTS, OBJECTIVE_SHARE, 0, PART_WORKERS},
    {"wait", ABOUT_COMPONENTS, OBJECTIVE_TIME, 0, PART_WAIT},
    {"waited", ABOUT_COMPONENTS, OBJECTIVE_SHARE, 0, PART_WAITED},
    {"in_system", ABOUT_COMPONENTS, OBJECTIVE_NUMBER, 0, PART_IN_SYSTEM},
    {"queue", ABOUT_COMPONENTS, OBJECTIVE_NUMBER, 0, PART_QUEUE},
    // Words of the language whose components are not there yet.
    {"cost", ABOUT_NOTHING_YET, OBJECTIVE_NUMBER, 0, 0},
    {"stale_reads", ABOUT_NOTHING_YET, OBJECTIVE_SHARE, 0, 0},
    {"hit_ratio", ABOUT_NOTHING_YET, OBJECTIVE_SHARE, 0, 0},
    {"lost_writes", ABOUT_NOTHING_YET, OBJECTIVE_NUMBER, 0, 0},
    {"lag", ABOUT_NOTHING_YET, OBJECTIVE_TIME, 0, 0},
    {"depth", ABOUT_NOTHING_YET, OBJECTIVE_NUMBER, 0, 0},
    {"disk", ABOUT_NOTHING_YET, OBJECTIVE_SHARE, 0, 0},
    {"nic", ABOUT_NOTHING_YET, OBJECTIVE_SHARE, 0, 0},
    {"memory", ABOUT_NOTHING_YET, OBJECTIVE_SHARE, 0, 0},
};
enum { METRIC_WORDS = sizeof metric_words / sizeof *metric_words };

static const struct metric_word percentile_word = {"p99", ABOUT_REQUESTS | ABOUT_COMPONENTS, OBJECTIVE_TIME,
                                                   FIGURE_PERCENTILE_ALL, PART_SOJOURN_PERCENTILE};

static const struct metric_word *find_metric(const char *word, double *argument) {
  struct figure figure;
  *argument = 0;
  if (figure_read(word, &figure) && figure.kind == FIGURE_PERCENTILE) {
    *argument = figure.argument;
    return &percentile_word;
  }
  for (size_t i = 0; i < METRIC_WORDS; i++) {
    if (strcmp(word, metric_words[i].word) == 0) return &metric_words[i];
  }
  return NULL;
}

// ---- Reading ----------------------------------------------------------------------------------------------

enum { WORD_MOST = 256, WINDOW_LEAST = 1000000 };

struct reader {
  const char *text; // the rest
  const struct node *node;
  const struct plan *plan;
  struct field_context *context;
  bool failed;
};

#define COMPLAIN(reader, ...)                                                                                \
  ((reader)->failed = true, diagnostic_error((reader)->context->diagnostics, (reader)->node, __VA_ARGS__))

static void skip_spaces(struct reader *reader) {
  reader->text += strspn(reader->text, " ");
}

// The next word, up to a space or an operator; empty where there is none.
static void read_word(struct reader *reader, char word[WORD_MOST], const char *until) {
  skip_spaces(reader);
  size_t length = strcspn(reader->text, until);
  size_t kept = length < WORD_MOST ? length : WORD_MOST - 1;
  memcpy(word, reader->text, kept);
  word[kept] = '\0';
  reader->text += length;
}

static int find_client(const struct plan *plan, const char *name) {
  for (uint16_t c = 0; c < plan->client_count; c++) {
    if (strcmp(plan->clients[c].name, name) == 0) return c;
  }
  return SCOPE_ALL;
}

static void unknown_client(struct reader *reader, const char *name) {
  struct text_nearest nearest = text_nearest_to(name);
  for (uint16_t c = 0; c < reader->plan->client_count; c++)
    text_nearest_offer(&nearest, reader->plan->clients[c].name);
  const char *meant = text_nearest_found(&nearest);
  COMPLAIN(reader, "there is no client group `%s`%s%s%s", name, meant != NULL ? " (did you mean `" : "",
           meant != NULL ? meant : "", meant != NULL ? "`?)" : "");
}

static void unknown_scope(struct reader *reader, const char *name) {
  struct text_nearest nearest = text_nearest_to(name);
  const struct plan *plan = reader->plan;
  const char *noun = names_noun(plan->names, name);
  if (noun != NULL) {
    COMPLAIN(reader, "`%s` is %s %s, not a request or a component%s", name, text_article(noun), noun,
             strcmp(noun, "client group") == 0 ? "; what its clients see is written GROUP:p99" : "");
    return;
  }
  reader->failed = true;
  if (names_of(plan->names, "request")->open || names_of(plan->names, "component")->open) return;
  for (uint16_t r = 0; r < plan->request_count; r++) text_nearest_offer(&nearest, plan->requests[r].name);
  for (uint16_t c = 0; c < plan->component_count; c++) text_nearest_offer(&nearest, plan->components[c].name);
  const char *meant = text_nearest_found(&nearest);
  COMPLAIN(reader, "there is no request and no component `%s`%s%s%s", name,
           meant != NULL ? " (did you mean `" : "", meant != NULL ? meant : "", meant != NULL ? "`?)" : "");
}

static void unknown_metric(struct reader *reader, const char *word) {
  struct text_nearest nearest = text_nearest_to(word);
  for (size_t i = 0; i < METRIC_WORDS; i++) text_nearest_offer(&nearest, metric_words[i].word);
  const char *meant = text_nearest_found(&nearest);
  COMPLAIN(
      reader,
      "`%s` is nothing that an objective can be about%s%s%s; known are p50 to p99.9, mean, within, errors, "
      "availability, throughput, goodput, degraded, and of a component cpu, workers, wait, waited, "
      "in_system and queue",
      word, meant != NULL ? " (did you mean `" : "", meant != NULL ? meant : "", meant != NULL ? "`?)" : "");
}

// A name that is both a request and a component is told apart by the metric.
static void resolve_scope(struct reader *reader, struct objective *objective, const char *name,
                          const struct metric_word *metric) {
  const struct plan *plan = reader->plan;
  uint16_t request = plan_request(plan, name);
  const struct component *component = plan_component(plan, name);
  bool as_request =
      (request != UINT16_MAX || strcmp(name, "all") == 0) && (metric->about & ABOUT_REQUESTS) != 0;
  bool as_component = component != NULL && (metric->about & ABOUT_COMPONENTS) != 0;
  if (as_request && as_component) {
    COMPLAIN(reader, "`%s` is a request and a component, and both have `%s`; rename one of them", name,
             metric->word);
  } else if (as_request) {
    objective->request = request == UINT16_MAX ? SCOPE_ALL : request;
  } else if (as_component) {
    objective->component = component->number;
  } else if (request == UINT16_MAX && component == NULL) {
    unknown_scope(reader, name);
  } else {
    COMPLAIN(reader, "`%s` is a %s, which has no `%s`", name, component != NULL ? "component" : "request",
             metric->word);
  }
}

// "view.p95", "p99.9", "db.cpu"
static const struct metric_word *read_subject(struct reader *reader, struct objective *objective,
                                              const char *word, double *argument) {
  const struct metric_word *metric = find_metric(word, argument);
  const char *scope = NULL;
  char name[WORD_MOST];
  if (metric == NULL) {
    const char *dot = strchr(word, '.');
    if (dot == NULL) return unknown_metric(reader, word), NULL;
    snprintf(name, sizeof name, "%.*s", (int)(dot - word), word);
    scope = name;
    word = dot + 1;
    metric = find_metric(word, argument);
  }
  if (metric == NULL) return unknown_metric(reader, word), NULL;
  if (metric->about == ABOUT_NOTHING_YET) {
    COMPLAIN(reader, "objectives about `%s` are not available yet", metric->word);
  } else if (scope != NULL) {
    resolve_scope(reader, objective, scope, metric);
  } else if ((metric->about & ABOUT_REQUESTS) == 0) {
    COMPLAIN(reader, "`%s` is a component's: write COMPONENT.%s", metric->word, metric->word);
  }
  return metric;
}

static void read_sense(struct reader *reader, struct objective *objective) {
  skip_spaces(reader);
  char first = reader->text[0];
  if (first != '<' && first != '>') {
    COMPLAIN(reader, "an objective compares: `p99 < 500ms`, with <, <=, > or >=; found \"%s\"",
             objective->text);
    return;
  }
  bool equal = reader->text[1] == '=';
  reader->text += equal ? 2 : 1;
  if (first == '<') objective->sense = equal ? OBJECTIVE_AT_MOST : OBJECTIVE_BELOW;
  if (first == '>') objective->sense = equal ? OBJECTIVE_AT_LEAST : OBJECTIVE_ABOVE;
}

static void complain_quantity(struct reader *reader, enum units_kind kind, const char *text,
                              enum units_result result) {
  char suggestion[80];
  units_suggest(kind, text, suggestion, sizeof suggestion);
  COMPLAIN(reader, "\"%s\" %s; expected %s%s%s%s", text, units_reason(result), units_allowed(kind),
           suggestion[0] != '\0' ? " (did you mean " : "", suggestion, suggestion[0] != '\0' ? "?)" : "");
}

static double read_time(struct reader *reader, const char *text) {
  int64_t nanoseconds = 0;
  enum units_result result = units_duration(text, &nanoseconds);
  if (result != UNITS_OK) complain_quantity(reader, UNITS_DURATION, text, result);
  return (double)nanoseconds;
}

static bool read_number(const char *text, double *number) {
  char share[WORD_MOST + 2];
  snprintf(share, sizeof share, "%s%%", text);
  if (units_share(share, number) != UNITS_OK) return false;
  *number *= 100;
  return true;
}

static void read_limit(struct reader *reader, struct objective *objective, const char *text) {
  enum units_result result = UNITS_OK;
  switch (objective->unit) {
  case OBJECTIVE_TIME:
    objective->limit = read_time(reader, text) * 1e-9;
    return;
  case OBJECTIVE_SHARE:
    if (read_number(text, &objective->limit) && objective->limit <= 1) return;
    result = units_share(text, &objective->limit);
    if (result != UNITS_OK) complain_quantity(reader, UNITS_SHARE, text, result);
    return;
  case OBJECTIVE_RATE:
    result = units_rate(text, &objective->limit);
    if (result != UNITS_OK) complain_quantity(reader, UNITS_RATE, text, result);
    return;
  case OBJECTIVE_NUMBER:
    if (!read_number(text, &objective->limit)) COMPLAIN(reader, "\"%s\" is no number", text);
    return;
  }
}

// "in 99% of 1min": of all windows so long.
static void read_windows(struct reader *reader, struct objective *objective) {
  char share[WORD_MOST], word[WORD_MOST];
  read_word(reader, share, " ");
  enum units_result result = units_share(share, &objective->share);
  if (result != UNITS_OK) {
    complain_quantity(reader, UNITS_SHARE, share, result);
    return;
  }
  read_word(reader, word, " ");
  if (strcmp(word, "of") != 0) {
    COMPLAIN(reader, "windows are written as in `p99 < 500ms in 99%% of 1min`; found \"%s\"",
             objective->text);
    return;
  }
  read_word(reader, word, " ");
  objective->window = (int64_t)read_time(reader, word);
  if (!reader->failed && objective->window < WINDOW_LEAST)
    COMPLAIN(reader, "windows of an objective last at least 1ms");
  if (!reader->failed && objective->component >= 0)
    COMPLAIN(reader, "a component's figures are not kept by window");
}

static void read_end(struct reader *reader, struct objective *objective) {
  char word[WORD_MOST];
  read_word(reader, word, " ");
  if (strcmp(word, "in") == 0) {
    read_windows(reader, objective);
    if (reader->failed) return;
    read_word(reader, word, " ");
  }
  if (word[0] != '\0') COMPLAIN(reader, "does not end after its limit: \"%s%s\"", word, reader->text);
}

static const char *read_client(struct reader *reader, struct objective *objective, char word[WORD_MOST]) {
  char *colon = strchr(word, ':');
  if (colon == NULL) return word;
  *colon = '\0';
  objective->client = find_client(reader->plan, word);
  if (objective->client == SCOPE_ALL) unknown_client(reader, word);
  return colon + 1;
}

bool objective_compile(struct objective *objective, const char *text, const struct node *node,
                       const struct plan *plan, struct field_context *context) {
  struct reader reader = {.text = text, .node = node, .plan = plan, .context = context};
  char word[WORD_MOST];
  double argument = 0;
  *objective = (struct objective){.text = text, .client = SCOPE_ALL, .request = SCOPE_ALL, .component = -1};
  read_word(&reader, word, " <>");
  const struct metric_word *metric =
      read_subject(&reader, objective, read_client(&reader, objective, word), &argument);
  if (metric == NULL || reader.failed) return false;
  if (metric->about != ABOUT_NOTHING_YET && metric->figure == FIGURE_WITHIN &&
      (metric->about & ABOUT_COMPONENTS) == 0 && strcmp(metric->word, "within") == 0) {
    read_word(&reader, word, " <>");
    argument = read_time(&reader, word);
  }
  objective->figure = (struct figure){metric->figure, argument};
  objective->part = (struct part){metric->part, argument};
  objective->unit = metric->unit;
  if (objective->client != SCOPE_ALL && objective->component >= 0) {
    COMPLAIN(&reader, "a component's figures are not kept by client group");
  }
  if (!reader.failed) read_sense(&reader, objective);
  if (reader.failed) return false;
  read_word(&reader, word, " ");
  read_limit(&reader, objective, word);
  if (!reader.failed) read_end(&reader, objective);
  return !reader.failed;
}

bool objectives_compile(struct objectives *objectives, const struct plan *plan,
                        struct field_context *context) {
  *objectives = (struct objectives){.count = plan->objective_count};
  objectives->list = arena_array(context->arena, plan->objective_count, sizeof *objectives->list);
  bool right = true;
  for (size_t i = 0; i < plan->objective_count; i++) {
    const struct objective_text *written = &plan->objectives[i];
    right = objective_compile(&objectives->list[i], written->text, written->node, plan, context) && right;
  }
  return right;
}

// ---- Judging ----------------------------------------------------------------------------------------------

static struct estimate estimate_for(const struct objective *objective, const struct experiment *experiment,
                                    double confidence) {
  struct estimate estimate;
  if (objective->component >= 0) {
    struct component_scope scope;
    component_scope_open(&scope, experiment, (uint16_t)objective->component);
    estimate = component_scope_estimate(&scope, objective->part, confidence);
    component_scope_close(&scope);
  } else {
    struct scope scope;
    scope_open(&scope, experiment, objective->client, objective->request);
    estimate = scope_estimate(&scope, objective->figure, confidence);
    scope_close(&scope);
  }
  return estimate;
}

bool objective_holds(const struct objective *objective, double value) {
  struct estimate exact = {value, value, value, true, 1, ""};
  return objective_judge(&exact, objective->sense, objective->limit) == OBJECTIVE_PASSED;
}

// The share of windows in which it held. Windows of one run are alike, so one run tells no interval.
static struct estimate estimate_windows(size_t number, const struct experiment *experiment, double confidence,
                                        struct arena *arena) {
  uint64_t *held = arena_array(arena, experiment->count, sizeof *held);
  uint64_t *windows = arena_array(arena, experiment->count, sizeof *windows);
  for (size_t i = 0; i < experiment->count; i++) {
    struct watched watched = watch_result(experiment->replications[i]->watch, number);
    held[i] = watched.held;
    windows[i] = watched.windows;
  }
  struct estimate estimate = estimate_proportion(held, windows, experiment->count, confidence);
  if (experiment->count >= 2 || !estimate.has_interval) return estimate;
  return (struct estimate){estimate.value,
                           estimate.value,
                           estimate.value,
                           false,
                           1,
                           "a single replication: its windows are alike"};
}

static struct objective_result judge(const struct objective *objective, size_t number,
                                     const struct experiment *experiment, double confidence,
                                     struct arena *arena) {
  bool windows = objective->window > 0;
  struct estimate estimate = windows ? estimate_windows(number, experiment, confidence, arena)
                                     : estimate_for(objective, experiment, confidence);
  enum objective_sense sense = windows ? OBJECTIVE_AT_LEAST : objective->sense;
  double limit = windows ? objective->share : objective->limit;
  return (struct objective_result){objective, estimate, objective_judge(&estimate, sense, limit)};
}

struct objective_result *objectives_judge(const struct objectives *objectives,
                                          const struct experiment *experiment, struct arena *arena) {
  struct objective_result *results = arena_array(arena, objectives->count, sizeof *results);
  double confidence = objective_confidence(0.95, objectives->count > 0 ? objectives->count : 1);
  for (size_t i = 0; i < objectives->count; i++) {
    results[i] = judge(&objectives->list[i], i, experiment, confidence, arena);
  }
  return results;
}

const char *objective_verdict_name(enum objective_verdict verdict) {
  static const char *const names[] = {
      [OBJECTIVE_PASSED] = "passed", [OBJECTIVE_FAILED] = "failed", [OBJECTIVE_UNDECIDED] = "undecided"};
  return names[verdict];
}

struct units_text objective_show(const struct objective *objective, double value) {
  if (objective->window > 0) return units_show_share(value);
  switch (objective->unit) {
  case OBJECTIVE_TIME:
    return units_show_duration(value * 1e9);
  case OBJECTIVE_SHARE:
    return units_show_share(value);
  case OBJECTIVE_RATE:
    return units_show_rate(value);
  case OBJECTIVE_NUMBER:
    return units_show_count(value);
  }
  return units_show_count(value);
}
