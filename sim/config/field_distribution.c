// The distributions of the language as tables: a constant quantity, or an object whose only key names the
// distribution. The parameters are quantities of the row's kind; what is impossible about them is said by the
// constructors of distribution.h.
#include "field_decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A distribution's parameters and how to build it. `build` gets the value that was read and its node; it
// points `*why` to what is wrong, or reports it and leaves `*why` NULL.
struct form {
  struct field_alternative alternative; // the first member: an alternative is its form
  bool counts;                          // of counts alone
  bool (*build)(const void *value, const struct node *node, struct field_context *context,
                struct distribution *result, const char **why);
};

#define PARAMETER(record_, member_, ...) FIELD_VALUE(record_, member_, double, PARAMETER, __VA_ARGS__)

// Of which parameters are what they are read into.
struct mean_only {
  double mean;
};
struct mean_and_ratio {
  double mean;
  double ratio;
};

static const struct field mean_fields[] = {
    PARAMETER(struct mean_only, mean, .required = true, .doc = "the mean"),
};
static const struct field cv_fields[] = {
    PARAMETER(struct mean_and_ratio, mean, .required = true, .doc = "the mean"),
    FIELD_NUMBER(struct mean_and_ratio, ratio, .key = "cv", .required = true,
                 .doc = "the coefficient of variation: standard deviation over mean"),
};
static const struct field erlang_fields[] = {
    PARAMETER(struct mean_and_ratio, mean, .required = true, .doc = "the mean of the whole"),
    FIELD_NUMBER(struct mean_and_ratio, ratio, .key = "k", .required = true, .doc = "the number of phases"),
};
static const struct field weibull_fields[] = {
    PARAMETER(struct mean_and_ratio, mean, .required = true, .doc = "the mean"),
    FIELD_NUMBER(struct mean_and_ratio, ratio, .key = "shape", .required = true,
                 .doc = "below 1 the tail is heavier than the exponential's"),
};

static const struct field_table exponential_table =
    FIELD_TABLE("exponential", struct mean_only, mean_fields, .doc = "Memoryless.");
static const struct field_table geometric_table =
    FIELD_TABLE("geometric", struct mean_only, mean_fields, .doc = "0, 1, 2, ...; goes on by chance.");
static const struct field_table poisson_table =
    FIELD_TABLE("poisson", struct mean_only, mean_fields, .doc = "Independent events, counted.");
static const struct field_table gamma_table =
    FIELD_TABLE("gamma", struct mean_and_ratio, cv_fields, .doc = "Any variation, light tail.");
static const struct field_table hyperexponential_table =
    FIELD_TABLE("hyperexponential", struct mean_and_ratio, cv_fields,
                .doc = "Two exponential phases with balanced means; cv at least 1.");
static const struct field_table erlang_table =
    FIELD_TABLE("erlang", struct mean_and_ratio, erlang_fields, .doc = "A sum of k exponential phases.");
static const struct field_table weibull_table =
    FIELD_TABLE("weibull", struct mean_and_ratio, weibull_fields, .doc = "Of extremes and failures.");

static bool build_exponential(const void *value, const struct node *node, struct field_context *context,
                              struct distribution *result, const char **why) {
  (void)node, (void)context;
  return distribution_exponential(result, ((const struct mean_only *)value)->mean, why);
}

static bool build_geometric(const void *value, const struct node *node, struct field_context *context,
                            struct distribution *result, const char **why) {
  (void)node, (void)context;
  return distribution_geometric(result, ((const struct mean_only *)value)->mean, why);
}

static bool build_poisson(const void *value, const struct node *node, struct field_context *context,
                          struct distribution *result, const char **why) {
  (void)node, (void)context;
  return distribution_poisson(result, ((const struct mean_only *)value)->mean, why);
}

static bool build_gamma(const void *value, const struct node *node, struct field_context *context,
                        struct distribution *result, const char **why) {
  const struct mean_and_ratio *given = value;
  (void)node, (void)context;
  return distribution_gamma(result, given->mean, given->ratio, why);
}

static bool build_hyperexponential(const void *value, const struct node *node, struct field_context *context,
                                   struct distribution *result, const char **why) {
  const struct mean_and_ratio *given = value;
  (void)node, (void)context;
  return distribution_hyperexponential(result, given->mean, given->ratio, why);
}

static bool build_erlang(const void *value, const struct node *node, struct field_context *context,
                         struct distribution *result, const char **why) {
  const struct mean_and_ratio *given = value;
  (void)node, (void)context;
  return distribution_erlang(result, given->mean, given->ratio, why);
}

static bool build_weibull(const void *value, const struct node *node, struct field_context *context,
                          struct distribution *result, const char **why) {
  const struct mean_and_ratio *given = value;
  (void)node, (void)context;
  return distribution_weibull(result, given->mean, given->ratio, why);
}

struct lognormal {
  const double *mean;
  const double *cv;
  const double *median;
  const double *p99;
};

static const struct field lognormal_fields[] = {
    PARAMETER(struct lognormal, mean, .doc = "the mean; with cv"),
    FIELD_NUMBER(struct lognormal, cv, .doc = "standard deviation over mean; with mean"),
    PARAMETER(struct lognormal, median, .doc = "half are below; instead of mean and cv, with p99"),
    PARAMETER(struct lognormal, p99, .doc = "one in a hundred is above; with median"),
};

static void check_lognormal(void *record, const struct node *object, struct field_context *context) {
  const struct lognormal *given = record;
  bool moments = given->mean != NULL && given->cv != NULL && given->median == NULL && given->p99 == NULL;
  bool percentiles = given->median != NULL && given->p99 != NULL && given->mean == NULL && given->cv == NULL;
  if (moments || percentiles) return;
  diagnostic_error(context->diagnostics, object,
                   "a lognormal takes either mean and cv, or median and p99, and nothing else");
}

static const struct field_table lognormal_table =
    FIELD_TABLE("lognormal", struct lognormal, lognormal_fields,
                .doc = "What computing and waiting in networks look like: {mean, cv} or {median, p99}.",
                .check = check_lognormal);

static bool build_lognormal(const void *value, const struct node *node, struct field_context *context,
                            struct distribution *result, const char **why) {
  const struct lognormal *given = value;
  (void)node, (void)context;
  if (given->mean != NULL) return distribution_lognormal(result, *given->mean, *given->cv, why);
  return distribution_lognormal_percentiles(result, *given->median, *given->p99, why);
}

struct pareto {
  double min;
  double alpha;
  const double *max;
};

static const struct field pareto_fields[] = {
    PARAMETER(struct pareto, min, .required = true, .doc = "the smallest value"),
    FIELD_NUMBER(struct pareto, alpha, .required = true,
                 .doc = "the tail's exponent; up to 1 the mean is infinite, up to 2 the variance"),
    PARAMETER(struct pareto, max, .doc = "the largest value; without it the tail has no end"),
};
static const struct field_table pareto_table =
    FIELD_TABLE("pareto", struct pareto, pareto_fields, .doc = "A heavy tail.");

static bool build_pareto(const void *value, const struct node *node, struct field_context *context,
                         struct distribution *result, const char **why) {
  const struct pareto *given = value;
  (void)node, (void)context;
  return distribution_pareto(result, given->min, given->alpha, given->max != NULL ? *given->max : INFINITY,
                             why);
}

struct two_values {
  double first;
  double second;
};

static const struct field uniform_fields[] = {
    PARAMETER(struct two_values, first, .key = "min", .required = true, .doc = "the smallest value"),
    PARAMETER(struct two_values, second, .key = "max", .required = true, .doc = "the largest value"),
};
static const struct field normal_fields[] = {
    PARAMETER(struct two_values, first, .key = "mean", .required = true,
              .doc = "the mean before it is truncated at 0"),
    PARAMETER(struct two_values, second, .key = "sd", .required = true,
              .doc = "the standard deviation before it is truncated"),
};
static const struct field_table uniform_table =
    FIELD_TABLE("uniform", struct two_values, uniform_fields, .doc = "All values alike.");
static const struct field_table normal_table =
    FIELD_TABLE("normal", struct two_values, normal_fields, .doc = "The bell, truncated at 0.");

static bool build_uniform(const void *value, const struct node *node, struct field_context *context,
                          struct distribution *result, const char **why) {
  const struct two_values *given = value;
  (void)node, (void)context;
  return distribution_uniform(result, given->first, given->second, why);
}

static bool build_normal(const void *value, const struct node *node, struct field_context *context,
                         struct distribution *result, const char **why) {
  const struct two_values *given = value;
  (void)node, (void)context;
  return distribution_normal(result, given->first, given->second, why);
}

// Quantiles: {"p0": …, "p50": …, "p99.9": …}, any number of them.
struct quantile {
  double fraction;
  double value;
};

// "p99.9" is 0.999; below 0 for what is no quantile. Strict: the digits of a decimal number alone.
static double quantile_fraction(const char *key) {
  const char *digits = key + 1;
  char *end = NULL;
  if (key[0] != 'p' || strspn(digits, "0123456789.") != strlen(digits)) return -1;
  if (digits[0] < '0' || digits[0] > '9' || (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')) {
    return -1;
  }
  double percent = strtod(digits, &end);
  return *end == '\0' && end[-1] != '.' && percent <= 100 ? percent / 100 : -1;
}

static int compare_quantiles(const void *left, const void *right) {
  double a = ((const struct quantile *)left)->fraction;
  double b = ((const struct quantile *)right)->fraction;
  return (a > b) - (a < b);
}

// False if a key is no quantile, which is reported.
static bool read_quantiles(const struct map *map, struct quantile *quantiles, struct field_context *context) {
  bool right = true;
  for (size_t i = 0; i < map->count; i++) {
    const struct map_entry *entry = &map->entries[i];
    quantiles[i] = (struct quantile){quantile_fraction(entry->name), *(const double *)entry->value};
    if (quantiles[i].fraction >= 0) continue;
    diagnostic_key_error(context->diagnostics, entry->node,
                         "found the key \"%.40s\"; allowed are quantiles: p0 to p100, such as p50 or p99.9",
                         entry->name);
    right = false;
  }
  return right;
}

static bool build_quantiles(const void *value, const struct node *node, struct field_context *context,
                            struct distribution *result, const char **why) {
  const struct map *map = value;
  struct quantile *quantiles = field_take(node, map->count, sizeof *quantiles, context);
  double *fractions = field_take(node, map->count, sizeof *fractions, context);
  double *values = field_take(node, map->count, sizeof *values, context);
  if (quantiles == NULL || fractions == NULL || values == NULL) return false;
  if (!read_quantiles(map, quantiles, context)) return false;
  if (map->count > 1) qsort(quantiles, map->count, sizeof *quantiles, compare_quantiles);
  for (size_t i = 0; i < map->count; i++) {
    fractions[i] = quantiles[i].fraction;
    values[i] = quantiles[i].value;
  }
  return distribution_quantiles(result, context->arena, fractions, values, map->count, why);
}

// Empirical: a file of samples, one a line, each as the scenario would write it.
struct empirical {
  struct reference file;
};

static const struct field empirical_fields[] = {
    FIELD_REFERENCE(struct empirical, file, "file", .required = true,
                    .doc = "a text file with one sample a line, written as here"),
};
static const struct field_table empirical_table = FIELD_TABLE(
    "empirical", struct empirical, empirical_fields, .doc = "One of the samples of a file, each as likely.");

// Reads one line as a constant would be read; reports what is wrong at its own place.
static bool read_sample(const char *line, size_t length, struct position at, double *sample,
                        struct field_context *context) {
  const struct field row = {.kind = FIELD_KIND_PARAMETER};
  bool bare = context->of == FIELD_KIND_COUNT || context->of == FIELD_KIND_NUMBER;
  struct node node = {.kind = NODE_STRING, .at = at, .key_at = at};
  char short_line[64];
  char *end = NULL;
  if (length < sizeof short_line) {
    memcpy(short_line, line, length);
    short_line[length] = '\0';
    node.text = short_line;
  } else if ((node.text = arena_text(context->arena, line, length)) == NULL) {
    return false;
  }
  if (bare && length < sizeof short_line && strspn(node.text, "0123456789.eE+-") == length) {
    node.number = strtod(node.text, &end);
    if (*end == '\0') node.kind = NODE_NUMBER;
  }
  return field_decode_value(&row, &node, sample, context);
}

static size_t count_lines(const char *text, size_t length) {
  size_t lines = 1;
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  return lines;
}

// Goes through the lines; empty ones count nothing. Stops at the first wrong one.
static bool read_samples(const char *file, const char *text, size_t length, double *samples, size_t *count,
                         struct field_context *context) {
  struct position at = {.file = file, .line = 1, .column = 1};
  for (const char *line = text, *end = text + length; line < end; at.line++) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (stop == NULL) stop = end;
    size_t bytes = (size_t)(stop - line);
    if (bytes > 0 && line[bytes - 1] == '\r') bytes--;
    if (bytes > 0 && !read_sample(line, bytes, at, &samples[(*count)++], context)) return false;
    line = stop + 1;
  }
  return true;
}

static bool build_empirical(const void *value, const struct node *node, struct field_context *context,
                            struct distribution *result, const char **why) {
  const struct node *file = ((const struct empirical *)value)->file.node;
  const char *text = NULL;
  size_t length = 0;
  size_t count = 0;
  if (context->read_file == NULL) {
    diagnostic_error(context->diagnostics, file, "files are not read here");
    return false;
  }
  if (!context->read_file(file, context, &text, &length)) return false;
  double *samples = field_take(node, count_lines(text, length), sizeof *samples, context);
  if (samples == NULL || !read_samples(file->text, text, length, samples, &count, context)) return false;
  if (count > 0) return distribution_empirical(result, context->arena, samples, count, why);
  diagnostic_error(context->diagnostics, file, "the file has no samples; allowed is one a line");
  return false;
}

// Mixture: [[weight, distribution], …].
struct part {
  double weight;
  struct distribution distribution;
};

static const struct field part_fields[] = {
    FIELD_NUMBER(struct part, weight, .required = true, .doc = "how often, in proportion to the others"),
    FIELD_DISTRIBUTION(struct part, distribution, PARAMETER, .required = true, .doc = "of what"),
};
static const struct field_table part_table =
    FIELD_TABLE("part", struct part, part_fields, .doc = "One part of a mixture.");

static bool build_mixture(const void *value, const struct node *node, struct field_context *context,
                          struct distribution *result, const char **why) {
  const struct list *list = value;
  const struct part *parts = list->items;
  double *weights = field_take(node, list->count, sizeof *weights, context);
  struct distribution *distributions = field_take(node, list->count, sizeof *distributions, context);
  if (weights == NULL || distributions == NULL) return false;
  for (size_t i = 0; i < list->count; i++) {
    weights[i] = parts[i].weight;
    distributions[i] = parts[i].distribution;
  }
  return distribution_mixture(result, context->arena, weights, distributions, list->count, why);
}

#define FORM(name_, build_, ...)                                                                             \
  { .alternative = {.name = name_, __VA_ARGS__}, .build = build_ }
#define COUNTS(name_, build_, ...)                                                                           \
  { .alternative = {.name = name_, __VA_ARGS__}, .build = build_, .counts = true }

static const struct form forms[] = {
    FORM("exponential", build_exponential, .table = &exponential_table, .doc = "memoryless"),
    FORM("lognormal", build_lognormal, .table = &lognormal_table, .doc = "by mean and cv, or median and p99"),
    FORM("gamma", build_gamma, .table = &gamma_table, .doc = "any variation, light tail"),
    FORM("erlang", build_erlang, .table = &erlang_table, .doc = "a sum of k exponential phases"),
    FORM("weibull", build_weibull, .table = &weibull_table, .doc = "of extremes and failures"),
    FORM("pareto", build_pareto, .table = &pareto_table, .doc = "a heavy tail"),
    FORM("uniform", build_uniform, .table = &uniform_table, .doc = "all values alike"),
    FORM("normal", build_normal, .table = &normal_table, .doc = "the bell, truncated at 0"),
    FORM("hyperexponential", build_hyperexponential, .table = &hyperexponential_table,
         .doc = "two exponential phases with balanced means; cv at least 1"),
    FORM("quantiles", build_quantiles, .row = ITEM_MAP(ITEM_PARAMETER(), .any_key = true, .minimum = 2),
         .doc = "through p0, p50, p99.9, ...; between them on a log scale"),
    FORM("empirical", build_empirical, .table = &empirical_table, .doc = "the samples of a file"),
    FORM("mixture", build_mixture, .row = ITEM_LIST(ITEM_TUPLE(struct part, &part_table), .minimum = 1),
         .doc = "one of several, by weight"),
    COUNTS("geometric", build_geometric, .table = &geometric_table, .doc = "of counts: goes on by chance"),
    COUNTS("poisson", build_poisson, .table = &poisson_table, .doc = "of counts: independent events"),
};

const struct field_alternative *field_distribution_at(size_t index) {
  return index < sizeof forms / sizeof forms[0] ? &forms[index].alternative : NULL;
}

bool field_distribution_fits(size_t index, enum field_kind of) {
  return !forms[index].counts || of == FIELD_KIND_COUNT || of == FIELD_KIND_NUMBER;
}

// The choice that a distribution is when it is no constant.
static const struct field choice_row = {
    .kind = FIELD_KIND_VARIANT, .size = sizeof(struct variant), .each = field_distribution_at};

static bool build(const struct variant *variant, const struct node *node, struct field_context *context,
                  struct distribution *result) {
  const struct form *form = (const struct form *)variant->alternative;
  const char *why = NULL;
  if (form->counts && context->of != FIELD_KIND_COUNT && context->of != FIELD_KIND_NUMBER) {
    diagnostic_key_error(context->diagnostics, node, "`%s` is of counts; allowed here is %s",
                         form->alternative.name,
                         field_allowed(&(struct field){.kind = FIELD_KIND_DISTRIBUTION, .of = context->of},
                                       context->of, context->arena));
    return false;
  }
  size_t before = context->diagnostics->errors;
  if (form->build(variant->value, node, context, result, &why)) return true;
  if (why != NULL) {
    diagnostic_error(context->diagnostics, node, "%s: %s", form->alternative.name, why);
  } else if (context->diagnostics->errors == before) {
    diagnostic_error(context->diagnostics, node, "there is no memory left for this");
  }
  return false;
}

static bool decode_choice(const struct node *node, struct distribution *result,
                          struct field_context *context) {
  struct variant variant;
  if (!field_decode_value(&choice_row, node, &variant, context)) return false;
  return build(&variant, field_only_child(node, NULL), context, result);
}

static bool decode_constant(const struct field *field, const struct node *node, struct distribution *result,
                            struct field_context *context) {
  // Of counts, a constant is whole; a mean need not be.
  enum field_kind kind = context->of == FIELD_KIND_COUNT ? FIELD_KIND_COUNT : FIELD_KIND_PARAMETER;
  struct field row = {.kind = kind};
  const char *why = NULL;
  int64_t whole = 0;
  double value = 0;
  if (!field_fits(&row, node, context->of)) return field_wrong_quantity(field, &row, node, context);
  if (kind == FIELD_KIND_COUNT) {
    if (!field_decode_value(&row, node, &whole, context)) return false;
    value = (double)whole;
  } else if (!field_decode_value(&row, node, &value, context)) {
    return false;
  }
  if (distribution_constant(result, value, &why)) return true;
  diagnostic_error(context->diagnostics, node, "%s", why);
  return false;
}

static bool is_mean_allowed(const struct field *field, const struct node *node,
                            const struct distribution *result, struct field_context *context) {
  double mean = distribution_mean(result);
  bool low = field->above ? mean > field->minimum : mean >= field->minimum;
  bool high = field->maximum == 0 || (field->below ? mean < field->maximum : mean <= field->maximum);
  if (low && high) return true;
  diagnostic_error(context->diagnostics, node, "found a mean of %s; allowed is a %s",
                   field_quantity_text(context->of, mean, context->arena),
                   field_range_text(field, context->arena));
  return false;
}

bool field_decode_distribution(const struct field *field, const struct node *node, void *value,
                               struct field_context *context) {
  enum field_kind around = context->of;
  struct distribution *result = value;
  if (field->of != FIELD_KIND_PARAMETER) context->of = field->of;
  bool right = node->kind == NODE_OBJECT ? decode_choice(node, result, context)
                                         : decode_constant(field, node, result, context);
  right = right && is_mean_allowed(field, node, result, context);
  context->of = around;
  return right;
}
