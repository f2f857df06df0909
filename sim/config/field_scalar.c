// Reads the kinds that are one value: booleans, numbers, quantities with a unit, texts, names, words.
#include "field_decoder.h"

#include "ahead.h"
#include "text.h"

#include <math.h>
#include <string.h>

enum { SUGGESTION_BYTES = 80 };
static const double first_inexact = 0x1p53; // from here on, a JSON number may not be the one that was written

// Whether `text` is the row's word for no limit.
static bool is_endless(const struct field *field, const char *text) {
  return (field->unlimited && strcmp(text, "unlimited") == 0) || (field->none && strcmp(text, "none") == 0);
}

static bool is_in_range(const struct field *field, double value) {
  double maximum = field->maximum;
  if (maximum == 0) maximum = field->kind == FIELD_KIND_FRACTION ? 1 : INFINITY;
  bool low = field->above ? value > field->minimum : value >= field->minimum;
  bool high = field->below ? value < maximum : value <= maximum;
  return low && high;
}

// A quantity in all the forms that C types keep.
struct amount {
  int64_t whole;
  double real;
  struct units_money money;
};

static enum units_kind units_of(enum field_kind kind) {
  switch (kind) {
  case FIELD_KIND_SIZE:
    return UNITS_SIZE;
  case FIELD_KIND_BANDWIDTH:
    return UNITS_BANDWIDTH;
  case FIELD_KIND_RATE:
    return UNITS_RATE;
  case FIELD_KIND_MONEY:
    return UNITS_MONEY;
  case FIELD_KIND_FRACTION:
    return UNITS_SHARE;
  default:
    return UNITS_DURATION;
  }
}

static enum units_result read_units(enum field_kind kind, const char *text, struct amount *amount) {
  enum units_result result = UNITS_OK;
  switch (kind) {
  case FIELD_KIND_DURATION:
    result = units_duration(text, &amount->whole);
    break;
  case FIELD_KIND_SIZE:
    result = units_size(text, &amount->whole);
    break;
  case FIELD_KIND_BANDWIDTH:
    return units_bandwidth(text, &amount->real);
  case FIELD_KIND_RATE:
    return units_rate(text, &amount->real);
  case FIELD_KIND_FRACTION:
    return units_share(text, &amount->real);
  case FIELD_KIND_MONEY:
    result = units_money(text, &amount->money);
    amount->real = amount->money.amount;
    return result;
  default:
    return UNITS_NOT_A_NUMBER;
  }
  amount->real = (double)amount->whole;
  return result;
}

static bool takes_numbers(enum field_kind kind) {
  return kind == FIELD_KIND_COUNT || kind == FIELD_KIND_NUMBER || kind == FIELD_KIND_FRACTION;
}

// The kind that reads a row's value: parameters have the one of the distribution around them, where what
// describes counts (a mean) may be broken.
static enum field_kind unit_of(const struct field *field, enum field_kind of) {
  if (field->kind != FIELD_KIND_PARAMETER) return field->kind;
  return of == FIELD_KIND_COUNT ? FIELD_KIND_NUMBER : of;
}

static const char *suggestion(const struct field *field, const struct node *node,
                              struct field_context *context) {
  char buffer[SUGGESTION_BYTES];
  enum field_kind kind = unit_of(field, context->of);
  const char *text = node->kind == NODE_NUMBER || node->kind == NODE_STRING ? node->text : NULL;
  const char *suggested = NULL;
  if (text == NULL) return "";
  if (kind == FIELD_KIND_FRACTION && node->kind == NODE_NUMBER) {
    suggested = node->number > 1 && node->number <= 100 ? arena_format(context->arena, "\"%s%%\"", text) : "";
  } else if (takes_numbers(kind)) {
    bool digits = node->kind == NODE_STRING && *text != '\0' && strspn(text, "0123456789.") == strlen(text);
    return digits ? " (a number stands without quotes)" : "";
  } else {
    suggested = units_suggest(units_of(kind), text, buffer, sizeof buffer);
    size_t length = strlen(text);
    if (suggested != NULL && strncmp(suggested + 1, text, length) == 0 && suggested[length + 1] == '"')
      return "";
  }
  if (suggested == NULL || *suggested == '\0') return "";
  const char *question = arena_format(context->arena, " (did you mean %s?)", suggested);
  return question != NULL ? question : "";
}

static bool refuse_as(const struct field *allowed, const struct field *field, const struct node *node,
                      const char *reason, struct field_context *context) {
  diagnostic_error(context->diagnostics, node, "found %s%s%s; allowed is %s%s",
                   node_describe(node, context->arena), *reason != '\0' ? ", which " : "", reason,
                   field_allowed(allowed, context->of, context->arena), suggestion(field, node, context));
  return false;
}

static bool refuse(const struct field *field, const struct node *node, const char *reason,
                   struct field_context *context) {
  return refuse_as(field, field, node, reason, context);
}

bool field_wrong_quantity(const struct field *field, const struct field *quantity, const struct node *node,
                          struct field_context *context) {
  struct amount amount;
  enum field_kind kind = unit_of(quantity, context->of);
  enum units_result result = UNITS_OK;
  if (!takes_numbers(kind) && node->kind == NODE_NUMBER) result = UNITS_NO_UNIT;
  if (!takes_numbers(kind) && node->kind == NODE_STRING) result = read_units(kind, node->text, &amount);
  return refuse_as(field, quantity, node, result != UNITS_OK ? units_reason(result) : "", context);
}

static bool read_number(const struct field *field, const struct node *node, enum field_kind kind,
                        struct amount *amount, struct field_context *context) {
  amount->real = node->number;
  if (!isfinite(node->number)) return refuse(field, node, "is too large", context);
  if (kind != FIELD_KIND_COUNT) return true;
  if (node->number != floor(node->number)) return refuse(field, node, "is not whole", context);
  if (fabs(node->number) >= first_inexact)
    return refuse(field, node, "is too large (whole numbers stay below 2^53, where JSON's are exact)",
                  context);
  amount->whole = (int64_t)node->number;
  return true;
}

static bool read_amount(const struct field *field, const struct node *node, enum field_kind kind,
                        struct amount *amount, struct field_context *context) {
  bool numbers = takes_numbers(kind);
  if (node->kind == NODE_NUMBER) {
    if (numbers) return read_number(field, node, kind, amount, context);
    return refuse(field, node, units_reason(UNITS_NO_UNIT), context);
  }
  if (node->kind != NODE_STRING) return refuse(field, node, "", context);
  if (kind == FIELD_KIND_COUNT || kind == FIELD_KIND_NUMBER) return refuse(field, node, "", context);
  enum units_result result = read_units(kind, node->text, amount);
  if (result != UNITS_OK) return refuse(field, node, units_reason(result), context);
  if (kind == FIELD_KIND_MONEY && (amount->money.per == UNITS_ONCE) != field->once) {
    return refuse(field, node, field->once ? "is per time" : "says no time", context);
  }
  return true;
}

static void store(const struct field *field, enum field_kind kind, const struct amount *amount, void *value) {
  if (field->kind == FIELD_KIND_MONEY) {
    *(struct units_money *)value = amount->money;
  } else if (field->kind != FIELD_KIND_PARAMETER &&
             (kind == FIELD_KIND_COUNT || kind == FIELD_KIND_DURATION || kind == FIELD_KIND_SIZE)) {
    *(int64_t *)value = amount->whole;
  } else {
    *(double *)value = amount->real;
  }
}

static bool decode_quantity(const struct field *field, const struct node *node, void *value,
                            struct field_context *context) {
  enum field_kind kind = unit_of(field, context->of);
  struct amount amount = {.whole = INT64_MAX, .real = INFINITY};
  if (node->kind != NODE_STRING || !is_endless(field, node->text)) {
    if (!read_amount(field, node, kind, &amount, context)) return false;
    if (!is_in_range(field, amount.real)) return refuse(field, node, "", context);
  }
  store(field, kind, &amount, value);
  return true;
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(const char *text) {
  if (!is_letter(*text)) return false;
  for (const char *at = text; *at != '\0'; at++) {
    if (!is_letter(*at) && !(*at >= '0' && *at <= '9') && *at != '-' && *at != '_') return false;
  }
  return true;
}

static bool decode_text(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (node->kind != NODE_STRING) return refuse(field, node, "", context);
  size_t limit = field->kind == FIELD_KIND_TEXT ? FIELD_TEXT_LIMIT : FIELD_NAME_LIMIT;
  if (strlen(node->text) > limit) return refuse(field, node, "is too long", context);
  if (field->kind == FIELD_KIND_NAME && !is_name(node->text)) return refuse(field, node, "", context);
  if (field->kind == FIELD_KIND_REFERENCE && *node->text == '\0') return refuse(field, node, "", context);
  if (!field_resolves(field, node->text, node, false, context)) return false;
  if (field->kind == FIELD_KIND_REFERENCE) {
    *(struct reference *)value = (struct reference){.name = node->text, .node = node};
  } else {
    *(const char **)value = node->text;
  }
  return true;
}

static bool decode_word(const struct field *field, const struct node *node, void *value,
                        struct field_context *context) {
  if (node->kind != NODE_STRING) return refuse(field, node, "", context);
  int count = 0;
  for (; field->words[count] != NULL; count++) {
    if (strcmp(field->words[count], node->text) != 0) continue;
    memcpy(value, &count, sizeof count);
    return true;
  }
  if (ahead_has(field_key(field), node->text)) {
    diagnostic_error(context->diagnostics, node, "`%s` is not there yet", node->text);
    return false;
  }
  diagnostic_error(context->diagnostics, node, "found %s; allowed is %s%s",
                   node_describe(node, context->arena), field_allowed(field, context->of, context->arena),
                   diagnostic_nearest(context->diagnostics, node->text, field->words, (size_t)count));
  return false;
}

bool field_decode_scalar(const struct field *field, const struct node *node, void *value,
                         struct field_context *context) {
  switch (field->kind) {
  case FIELD_KIND_BOOLEAN:
    if (node->kind != NODE_BOOLEAN) return refuse(field, node, "", context);
    *(bool *)value = node->truth;
    return true;
  case FIELD_KIND_TEXT:
  case FIELD_KIND_NAME:
  case FIELD_KIND_REFERENCE:
    return decode_text(field, node, value, context);
  case FIELD_KIND_WORD:
    return decode_word(field, node, value, context);
  default:
    return decode_quantity(field, node, value, context);
  }
}

static bool fits_quantity(const struct field *field, const struct node *node, enum field_kind kind) {
  struct amount amount;
  if (node->kind == NODE_NUMBER) return takes_numbers(kind);
  if (node->kind != NODE_STRING) return false;
  if (is_endless(field, node->text)) return true;
  if (read_units(kind, node->text, &amount) != UNITS_OK) return false;
  return kind != FIELD_KIND_MONEY || (amount.money.per == UNITS_ONCE) == field->once;
}

static bool fits_word(const struct field *field, const struct node *node) {
  for (size_t i = 0; node->kind == NODE_STRING && field->words[i] != NULL; i++) {
    if (strcmp(field->words[i], node->text) == 0) return true;
  }
  return false;
}

// Whether an object's only key (or a text) names an alternative.
static bool fits_choice(const struct field *field, const struct node *node) {
  const struct node *only = field_only_child(node, NULL);
  const char *name = node->kind == NODE_STRING ? node->text : only != NULL ? only->key : NULL;
  if (name == NULL) return false;
  if (field->kind == FIELD_KIND_VARIANT) return field_alternative_named(field, name, NULL) != NULL;
  for (size_t i = 0; field_distribution_at(i) != NULL; i++) {
    if (strcmp(field_distribution_at(i)->name, name) == 0) return node->kind == NODE_OBJECT;
  }
  return false;
}

static bool fits_either(const struct field *field, const struct node *node, enum field_kind of) {
  for (size_t i = 0; field_alternative_at(field, i) != NULL; i++) {
    struct field row = field_alternative_row(field_alternative_at(field, i));
    if (field_fits(&row, node, of)) return true;
  }
  return false;
}

static bool fits_distribution(const struct field *field, const struct node *node, enum field_kind of) {
  enum field_kind unit = field->of == FIELD_KIND_PARAMETER ? of : field->of;
  return fits_quantity(field, node, unit) || fits_choice(field, node);
}

bool field_fits(const struct field *field, const struct node *node, enum field_kind of) {
  switch (field->kind) {
  case FIELD_KIND_BOOLEAN:
    return node->kind == NODE_BOOLEAN;
  case FIELD_KIND_TEXT:
    return node->kind == NODE_STRING;
  case FIELD_KIND_NAME:
    return node->kind == NODE_STRING && is_name(node->text);
  case FIELD_KIND_REFERENCE:
    return node->kind == NODE_STRING && is_letter(node->text[0]);
  case FIELD_KIND_WORD:
    return fits_word(field, node);
  case FIELD_KIND_DISTRIBUTION:
    return fits_distribution(field, node, of);
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
  case FIELD_KIND_MAP:
  case FIELD_KIND_TYPED:
    return node->kind == NODE_OBJECT;
  case FIELD_KIND_TUPLE:
  case FIELD_KIND_LIST:
    return node->kind == NODE_ARRAY;
  case FIELD_KIND_VARIANT:
    return fits_choice(field, node);
  case FIELD_KIND_HEADED:
    return field_head(field, node, NULL) != NULL;
  case FIELD_KIND_EITHER:
    return fits_either(field, node, of);
  case FIELD_KIND_RAW:
    return true;
  default:
    return fits_quantity(field, node, unit_of(field, of));
  }
}
