#include "objectives.h"

#include "cost.h"
#include "metric_table.h"
#include "model.h"
#include "text.h"

#include <math.h>
#include <string.h>

// ---- What may be asked for --------------------------------------------------------------------------------

// Words about requests; those about components stand in what their types report (models/metric.h).
struct figure_word {
  const char *word;
  enum objective_unit unit;
  enum figure_kind figure;
};

static const struct figure_word figure_words[] = {
    {"mean", OBJECTIVE_TIME, FIGURE_MEAN},
    {"errors", OBJECTIVE_SHARE, FIGURE_ERRORS},
    {"throughput", OBJECTIVE_RATE, FIGURE_THROUGHPUT},
    {"availability", OBJECTIVE_SHARE, FIGURE_AVAILABILITY},
    {"goodput", OBJECTIVE_RATE, FIGURE_GOODPUT},
    {"degraded", OBJECTIVE_SHARE, FIGURE_DEGRADED},
    {"within", OBJECTIVE_SHARE, FIGURE_WITHIN},
};
enum { FIGURE_WORDS = sizeof figure_words / sizeof *figure_words };

static const struct figure_word percentile_word = {"p99", OBJECTIVE_TIME, FIGURE_PERCENTILE_ALL};

// Words of the language whose components are not there yet.
static const char *const later_words[] = {"stale_reads", "hit_ratio", "lost_writes", "lag", "depth",
                                          "disk",        "nic",       "memory",      NULL};

// What a word means, of requests and of components.
struct metric_word {
  const char *word;
  const struct figure_word *figure; // NULL: nothing of requests
  double argument;                  // of a percentile: q; of `within`: read later
  bool percentile;
};

static bool is_later(const char *word) {
  for (size_t i = 0; later_words[i] != NULL; i++) {
    if (strcmp(later_words[i], word) == 0) return true;
  }
  return false;
}

// Percentiles of a component are those of its sojourns, as is its mean.
static struct part part_of_word(const struct model *model, const struct metric_word *metric) {
  return (struct part){.row = metric_find_word(model, metric->percentile ? "mean" : metric->word),
                       .aspect = metric->percentile ? PART_PERCENTILE : PART_VALUE,
                       .argument = metric->argument};
}

static bool some_type_has(const struct metric_word *metric) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (part_of_word(models[i], metric).row != SIZE_MAX) return true;
  }
  return false;
}

// False: the word means nothing.
static bool find_metric(const char *word, struct metric_word *metric) {
  struct figure figure;
  *metric = (struct metric_word){.word = word};
  if (figure_read(word, &figure) && figure.kind == FIGURE_PERCENTILE) {
    metric->figure = &percentile_word;
    metric->percentile = true;
    metric->argument = figure.argument;
    return true;
  }
  for (size_t i = 0; i < FIGURE_WORDS; i++) {
    if (strcmp(word, figure_words[i].word) == 0) metric->figure = &figure_words[i];
  }
  return metric->figure != NULL || some_type_has(metric) || is_later(word);
}

static enum objective_unit unit_of(const struct metric *metric) {
  static const enum objective_unit units[] = {
      [METRIC_NUMBER] = OBJECTIVE_NUMBER,   [METRIC_FRACTION] = OBJECTIVE_SHARE,
      [METRIC_PER_SECOND] = OBJECTIVE_RATE, [METRIC_SECONDS] = OBJECTIVE_TIME,
      [METRIC_BYTES] = OBJECTIVE_SIZE,      [METRIC_MONEY_PER_HOUR] = OBJECTIVE_MONEY};
  return units[metric->unit];
}

// Calls `act` with every word about components, each once.
static void each_component_word(void (*act)(void *context, const char *word), void *context) {
  for (size_t row = 0; row < metric_common_count; row++) {
    if (metric_common[row].slo != NULL) act(context, metric_common[row].slo);
  }
  for (size_t i = 0; models[i] != NULL; i++) {
    for (size_t row = 0; row < models[i]->metric_count; row++) {
      const char *word = models[i]->metrics[row].slo;
      bool known = false;
      for (size_t before = 0; word != NULL && before < i; before++)
        known = known || metric_find_word(models[before], word) != SIZE_MAX;
      if (word != NULL && !known) act(context, word);
    }
  }
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

static void offer(void *context, const char *word) {
  text_nearest_offer(context, word);
}

struct words {
  char text[512];
};

static void list(void *context, const char *word) {
  struct words *words = context;
  size_t used = strlen(words->text);
  snprintf(words->text + used, sizeof words->text - used, "%s%s", used > 0 ? ", " : "", word);
}

static void unknown_metric(struct reader *reader, const char *word) {
  struct text_nearest nearest = text_nearest_to(word);
  struct words words = {""};
  for (size_t i = 0; i < FIGURE_WORDS; i++) text_nearest_offer(&nearest, figure_words[i].word);
  each_component_word(offer, &nearest);
  each_component_word(list, &words);
  const char *meant = text_nearest_found(&nearest);
  COMPLAIN(reader,
           "`%s` is nothing that an objective can be about%s%s%s; known are p50 to p99.9, mean, within, "
           "errors, availability, throughput, goodput, degraded, and of components %s",
           word, meant != NULL ? " (did you mean `" : "", meant != NULL ? meant : "",
           meant != NULL ? "`?)" : "", words.text);
}

// About a component: what it never has cannot be promised.
static void about_component(struct reader *reader, struct objective *objective,
                            const struct component *component, const struct metric_word *word) {
  objective->component = component->number;
  objective->part = part_of_word(component->model, word);
  const struct metric *metric = metric_at(component->model, objective->part.row);
  objective->unit = unit_of(metric);
  const char *missing = metric->missing != NULL ? metric->missing(component) : NULL;
  if (missing != NULL) COMPLAIN(reader, "`%s` has no `%s`: %s", component->name, word->word, missing);
}

static void about_requests(struct objective *objective, const struct metric_word *word) {
  objective->figure = (struct figure){word->figure->figure, word->argument};
  objective->unit = word->figure->unit;
}

// Of a component it is its part.
static const char *const bill_word = "cost";

static void about_bill(struct reader *reader, struct objective *objective) {
  objective->bill = true;
  objective->unit = OBJECTIVE_MONEY;
  if (!cost_is_any_known(reader->plan)) COMPLAIN(reader, "nothing here has a price");
}

// A name that is both a request and a component is told apart by the metric.
static void resolve_scope(struct reader *reader, struct objective *objective, const char *name,
                          const struct metric_word *metric) {
  const struct plan *plan = reader->plan;
  uint16_t request = plan_request(plan, name);
  const struct component *component = plan_component(plan, name);
  if (component != NULL && component->wrong) {
    reader->failed = true; // nobody knows what it has; its errors were reported
    return;
  }
  bool as_request = (request != UINT16_MAX || strcmp(name, "all") == 0) && metric->figure != NULL;
  bool as_component = component != NULL && part_of_word(component->model, metric).row != SIZE_MAX;
  if (as_request && as_component) {
    COMPLAIN(reader, "`%s` is a request and a component, and both have `%s`; rename one of them", name,
             metric->word);
  } else if (as_request) {
    objective->request = request == UINT16_MAX ? SCOPE_ALL : request;
    about_requests(objective, metric);
  } else if (as_component) {
    about_component(reader, objective, component, metric);
  } else if (request == UINT16_MAX && component == NULL) {
    unknown_scope(reader, name);
  } else {
    COMPLAIN(reader, "`%s` is a %s, which has no `%s`", name, component != NULL ? "component" : "request",
             metric->word);
  }
}

// "view.p95", "p99.9", "db.cpu". False after an error, or for what means nothing.
static bool read_subject(struct reader *reader, struct objective *objective, const char *word,
                         struct metric_word *metric) {
  const char *scope = NULL;
  char name[WORD_MOST];
  if (!find_metric(word, metric)) {
    const char *dot = strchr(word, '.');
    if (dot == NULL) return unknown_metric(reader, word), false;
    snprintf(name, sizeof name, "%.*s", (int)(dot - word), word);
    scope = name;
    word = dot + 1;
    if (!find_metric(word, metric)) return unknown_metric(reader, word), false;
  }
  if (metric->figure == NULL && !some_type_has(metric)) {
    COMPLAIN(reader, "objectives about `%s` are not available yet", metric->word);
  } else if (scope != NULL) {
    resolve_scope(reader, objective, scope, metric);
  } else if (strcmp(metric->word, bill_word) == 0) {
    about_bill(reader, objective);
  } else if (metric->figure == NULL) {
    COMPLAIN(reader, "`%s` is a component's: write COMPONENT.%s", metric->word, metric->word);
  } else {
    about_requests(objective, metric);
  }
  return !reader->failed;
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

static double read_size(struct reader *reader, const char *text) {
  int64_t bytes = 0;
  enum units_result result = units_size(text, &bytes);
  if (result != UNITS_OK) complain_quantity(reader, UNITS_SIZE, text, result);
  return (double)bytes;
}

static double read_money(struct reader *reader, const struct objective *objective, const char *text) {
  struct units_money money;
  enum units_result result = units_money(text, &money);
  if (result != UNITS_OK) {
    complain_quantity(reader, UNITS_MONEY, text, result);
  } else if (money.per == UNITS_ONCE) {
    COMPLAIN(reader, "\"%s\" is no cost for a time; as in \"$100/month\"", text);
  } else if (money.currency != objective->currency && !(reader->plan->prices.euro > 0)) {
    COMPLAIN(reader,
             "\"%s\" is in %s and the total in %s; `\"prices\": {\"eur_usd\": …}` says how many dollars "
             "a euro is",
             text, money.currency == UNITS_EURO ? "euros" : "dollars",
             objective->currency == UNITS_EURO ? "euros" : "dollars");
  } else {
    return price_convert(&reader->plan->prices, money.currency, units_money_per_hour(money));
  }
  return NAN;
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
  case OBJECTIVE_SIZE:
    objective->limit = read_size(reader, text);
    return;
  case OBJECTIVE_MONEY:
    objective->limit = read_money(reader, objective, text);
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
  if (!reader->failed && (objective->component >= 0 || objective->bill))
    COMPLAIN(reader, "%s are not kept by window", objective->bill ? "costs" : "a component's figures");
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
  struct metric_word metric;
  *objective = (struct objective){.text = text,
                                  .client = SCOPE_ALL,
                                  .request = SCOPE_ALL,
                                  .component = -1,
                                  .currency = plan->prices.currency};
  read_word(&reader, word, " <>");
  if (!read_subject(&reader, objective, read_client(&reader, objective, word), &metric)) return false;
  bool of_requests = objective->component < 0 && !objective->bill;
  if (of_requests && objective->figure.kind == FIGURE_WITHIN) {
    read_word(&reader, word, " <>");
    objective->figure.argument = read_time(&reader, word);
  }
  if (objective->client != SCOPE_ALL && (objective->component >= 0 || objective->bill)) {
    COMPLAIN(&reader, "%s are not kept by client group", objective->bill ? "costs" : "a component's figures");
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

bool objective_holds(const struct objective *objective, double value) {
  struct estimate exact = {value, value, value, true, 1, ""};
  return objective_judge(&exact, objective->sense, objective->limit) == OBJECTIVE_PASSED;
}
