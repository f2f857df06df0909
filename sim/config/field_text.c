#include "field_decoder.h"

#include "text.h"

#include <math.h>
#include <string.h>

enum { SHOWN_LEVELS = 4 };

const char *field_quantity_text(enum field_kind kind, double value, struct arena *arena) {
  char number[WRITER_NUMBER_BYTES];
  if (isinf(value)) return value < 0 ? "-infinity" : "infinity";
  bool whole = value > 0 && value < 0x1p62;
  if (value == 0) return "0";
  if (kind == FIELD_KIND_DURATION && whole) {
    return arena_format(arena, "%s", units_write_duration((int64_t)value).text);
  }
  if (kind == FIELD_KIND_SIZE && whole)
    return arena_format(arena, "%s", units_write_size((int64_t)value).text);
  if (kind == FIELD_KIND_BANDWIDTH) value *= 8;
  writer_number_text(number, value);
  const char *unit = kind == FIELD_KIND_BANDWIDTH ? "bps" : kind == FIELD_KIND_RATE ? "/s" : "";
  return arena_format(arena, "%s%s%s", kind == FIELD_KIND_MONEY ? "$" : "", number, unit);
}

static const char *endless_text(const struct field *field) {
  if (field->unlimited && field->none) return "\"unlimited\" or \"none\"";
  return field->unlimited ? "\"unlimited\"" : field->none ? "\"none\"" : "";
}

static const char *bounds_text(const struct field *field, enum field_kind unit, struct arena *arena) {
  double maximum = field->maximum == 0 && field->kind == FIELD_KIND_FRACTION ? 1 : field->maximum;
  bool bare = unit == FIELD_KIND_COUNT || unit == FIELD_KIND_NUMBER || unit == FIELD_KIND_FRACTION;
  const char *low = field_quantity_text(unit, field->minimum, arena);
  const char *high = field_quantity_text(unit, maximum, arena);
  bool natural = field->minimum == 0 && !field->above && (!bare || maximum == 0);
  bool unbound = isinf(field->minimum) || natural;
  if (unbound && maximum == 0) return "";
  if (unbound) return arena_format(arena, field->below ? "less than %s" : "at most %s", high);
  if (maximum == 0) return arena_format(arena, field->above ? "more than %s" : "%s or more", low);
  if (!field->above && !field->below) return arena_format(arena, "%s to %s", low, high);
  return arena_format(arena, "%s %s and %s %s", field->above ? "more than" : "at least", low,
                      field->below ? "less than" : "at most", high);
}

static const char *length_text(const struct field *field, struct arena *arena) {
  double maximum = field->maximum;
  const char *what = field->kind == FIELD_KIND_LIST ? "items" : "names";
  if (field->minimum == 0 && maximum == 0) return "";
  if (maximum == 0) return arena_format(arena, "%.0f or more %s", field->minimum, what);
  if (field->minimum == maximum) return arena_format(arena, "%.0f %s", maximum, what);
  return arena_format(arena, "%.0f to %.0f %s", field->minimum, maximum, what);
}

static bool is_quantity(enum field_kind kind) {
  return (kind >= FIELD_KIND_COUNT && kind <= FIELD_KIND_MONEY) || kind == FIELD_KIND_PARAMETER;
}

static const char *range_text(const struct field *field, enum field_kind of, struct arena *arena) {
  const char *bounds = "";
  if (field->kind == FIELD_KIND_LIST || field->kind == FIELD_KIND_MAP) return length_text(field, arena);
  if (is_quantity(field->kind)) {
    bounds = bounds_text(field, field->kind == FIELD_KIND_PARAMETER ? of : field->kind, arena);
  } else if (field->kind == FIELD_KIND_DISTRIBUTION &&
             (field->above || field->minimum > 0 || field->maximum > 0)) {
    bounds = arena_format(arena, "mean %s", bounds_text(field, of, arena));
  }
  const char *endless = endless_text(field);
  if (bounds == NULL) return "";
  if (*endless == '\0') return bounds;
  return arena_format(arena, "%s%sor %s", bounds, *bounds != '\0' ? ", " : "", endless);
}

const char *field_range_text(const struct field *field, struct arena *arena) {
  const char *text = range_text(field, field->of, arena);
  return text != NULL ? text : "";
}

static const char *unit_allowed(const struct field *field, enum field_kind kind) {
  switch (kind) {
  case FIELD_KIND_DURATION:
    return units_allowed(UNITS_DURATION);
  case FIELD_KIND_SIZE:
    return units_allowed(UNITS_SIZE);
  case FIELD_KIND_BANDWIDTH:
    return units_allowed(UNITS_BANDWIDTH);
  case FIELD_KIND_RATE:
    return units_allowed(UNITS_RATE);
  case FIELD_KIND_MONEY:
    return field->once ? "an amount such as \"$0.085\" or \"\xe2\x82\xac"
                         "0.08\""
                       : "a price per time such as \"$24/month\" (/h, /d, /month, /year)";
  case FIELD_KIND_BOOLEAN:
    return "true or false";
  case FIELD_KIND_COUNT:
    return "a whole number";
  case FIELD_KIND_NUMBER:
    return "a number";
  case FIELD_KIND_FRACTION:
    return "a fraction such as 0.5 or \"50%\"";
  case FIELD_KIND_TEXT:
    return "a text";
  case FIELD_KIND_NAME:
    return "a name (a letter, then letters, digits, - and _)";
  case FIELD_KIND_RAW:
    return "any value";
  default:
    return "a value";
  }
}

static size_t count_words(const char *const *words) {
  size_t count = 0;
  while (words[count] != NULL) count++;
  return count;
}

static const char *allowed_at(const struct field *field, enum field_kind of, unsigned level,
                              struct arena *arena);

static const char *allowed_either(const struct field *field, enum field_kind of, unsigned level,
                                  struct arena *arena) {
  const char *text = "";
  for (size_t i = 0; field_alternative_at(field, i) != NULL && text != NULL; i++) {
    struct field row = field_alternative_row(field_alternative_at(field, i));
    text = arena_format(arena, "%s%s%s", text, i == 0 ? "" : "; or ", allowed_at(&row, of, level + 1, arena));
  }
  return text;
}

static const char *allowed_names(const struct field *field, const char *before, const char *quote,
                                 struct arena *arena) {
  size_t count = 0;
  const char *const *names = field_alternative_names(field, arena, &count);
  return arena_format(arena, "%s %s", before, text_join(names, count, quote, FIELD_NAMES_SHOWN, arena));
}

static const char *allowed_tuple(const struct field *field, enum field_kind of, unsigned level,
                                 struct arena *arena) {
  const char *text = "";
  for (size_t i = 0; i < field->table->count && text != NULL; i++) {
    const struct field *row = &field->table->fields[i];
    text = arena_format(arena, "%s%s%s", text, i == 0 ? "" : ", ", field_key(row));
  }
  (void)of, (void)level;
  return arena_format(arena, "a list of %zu: [%s]", field->table->count, text);
}

static const char *allowed_distribution(enum field_kind of, struct arena *arena) {
  struct field constant = {.kind = of, .minimum = 0};
  const char *mean = of == FIELD_KIND_DURATION ? "\"5ms\"" : of == FIELD_KIND_SIZE ? "\"4KB\"" : "5";
  return arena_format(arena, "%s, or a distribution such as {\"exponential\": {\"mean\": %s}}",
                      unit_allowed(&constant, of), mean);
}

// Without the range.
static const char *allowed_form(const struct field *field, enum field_kind of, unsigned level,
                                struct arena *arena) {
  switch (field->kind) {
  case FIELD_KIND_REFERENCE:
    return arena_format(arena, "the name of %s %s", text_article(field->to), field->to);
  case FIELD_KIND_WORD:
    return text_join(field->words, count_words(field->words), "\"", FIELD_NAMES_SHOWN, arena);
  case FIELD_KIND_DISTRIBUTION:
    return allowed_distribution(field->of == FIELD_KIND_PARAMETER ? of : field->of, arena);
  case FIELD_KIND_PARAMETER:
    return unit_allowed(field, of == FIELD_KIND_COUNT ? FIELD_KIND_NUMBER : of);
  case FIELD_KIND_RECORD:
  case FIELD_KIND_SPREAD:
    return "an object";
  case FIELD_KIND_TYPED:
    return arena_format(arena, "an object with a %s", field_tag(field));
  case FIELD_KIND_TUPLE:
    return allowed_tuple(field, of, level, arena);
  case FIELD_KIND_LIST:
    return arena_format(arena, "a list of which each is %s", allowed_at(field->item, of, level + 1, arena));
  case FIELD_KIND_MAP:
    return arena_format(arena, "an object, each name with %s", allowed_at(field->item, of, level + 1, arena));
  case FIELD_KIND_VARIANT:
    return allowed_names(field, "an object with one of the keys", "", arena);
  case FIELD_KIND_HEADED:
    return allowed_names(field, "an object with one of the keys", "", arena);
  case FIELD_KIND_EITHER:
    return allowed_either(field, of, level, arena);
  default:
    return unit_allowed(field, field->kind);
  }
}

static const char *allowed_at(const struct field *field, enum field_kind of, unsigned level,
                              struct arena *arena) {
  if (level > SHOWN_LEVELS) return "a value";
  const char *form = allowed_form(field, of, level, arena);
  const char *range = range_text(field, field->kind == FIELD_KIND_DISTRIBUTION ? field->of : of, arena);
  bool bare = field->kind == FIELD_KIND_COUNT || field->kind == FIELD_KIND_NUMBER;
  if (bare && field->minimum == 0 && *range == '\0') range = "0 or more";
  if (form == NULL || range == NULL || *range == '\0') return form != NULL ? form : "a value";
  const char *text = arena_format(arena, "%s, %s", form, range);
  return text != NULL ? text : form;
}

const char *field_allowed(const struct field *field, enum field_kind of, struct arena *arena) {
  return allowed_at(field, of, 0, arena);
}

static const char *kind_at(const struct field *field, unsigned level, struct arena *arena);

// Of a value inside another: with its range.
static const char *kind_within(const struct field *field, unsigned level, struct arena *arena) {
  const char *kind = kind_at(field, level + 1, arena);
  const char *range = field_range_text(field, arena);
  return *range != '\0' ? arena_format(arena, "%s (%s)", kind, range) : kind;
}

static const char *kind_either(const struct field *field, unsigned level, struct arena *arena) {
  const char *text = "";
  for (size_t i = 0; field_alternative_at(field, i) != NULL && text != NULL; i++) {
    struct field row = field_alternative_row(field_alternative_at(field, i));
    text = arena_format(arena, "%s%s%s", text, i == 0 ? "" : ", or ", kind_within(&row, level, arena));
  }
  return text;
}

static const char *kind_tuple(const struct field *field, unsigned level, struct arena *arena) {
  const char *text = "";
  for (size_t i = 0; i < field->table->count && text != NULL; i++) {
    const struct field *row = &field->table->fields[i];
    text = arena_format(arena, "%s%s%s", text, i == 0 ? "" : ", ", kind_at(row, level + 1, arena));
  }
  return arena_format(arena, "[%s]", text);
}

static const char *plain_kind(enum field_kind kind) {
  static const char *const names[] = {
      [FIELD_KIND_BOOLEAN] = "true or false",
      [FIELD_KIND_COUNT] = "count",
      [FIELD_KIND_NUMBER] = "number",
      [FIELD_KIND_FRACTION] = "fraction",
      [FIELD_KIND_DURATION] = "duration",
      [FIELD_KIND_SIZE] = "size",
      [FIELD_KIND_BANDWIDTH] = "bandwidth",
      [FIELD_KIND_RATE] = "rate",
      [FIELD_KIND_MONEY] = "price",
      [FIELD_KIND_TEXT] = "text",
      [FIELD_KIND_NAME] = "name",
      [FIELD_KIND_RAW] = "any value",
      [FIELD_KIND_RECORD] = "object",
      [FIELD_KIND_SPREAD] = "object",
  };
  size_t count = sizeof names / sizeof names[0];
  return (size_t)kind < count && names[kind] != NULL ? names[kind] : "quantity";
}

static const char *distribution_kind(enum field_kind of) {
  switch (of) {
  case FIELD_KIND_DURATION:
    return "duration or distribution of durations";
  case FIELD_KIND_SIZE:
    return "size or distribution of sizes";
  case FIELD_KIND_COUNT:
    return "count or distribution of counts";
  case FIELD_KIND_NUMBER:
    return "number or distribution of numbers";
  default:
    return "quantity or distribution";
  }
}

static const char *kind_at(const struct field *field, unsigned level, struct arena *arena) {
  if (level > SHOWN_LEVELS) return "value";
  switch (field->kind) {
  case FIELD_KIND_MONEY:
    return field->once ? "amount of money" : "price per time";
  case FIELD_KIND_REFERENCE:
  case FIELD_KIND_NAME:
  case FIELD_KIND_TEXT:
    if (field->to == NULL) return plain_kind(field->kind);
    return arena_format(arena, "name of %s %s", text_article(field->to), field->to);
  case FIELD_KIND_WORD:
    return text_join(field->words, count_words(field->words), "\"", SIZE_MAX, arena);
  case FIELD_KIND_DISTRIBUTION:
    return distribution_kind(field->of);
  case FIELD_KIND_TUPLE:
    return kind_tuple(field, level, arena);
  case FIELD_KIND_LIST:
    return arena_format(arena, "list, each: %s", kind_within(field->item, level, arena));
  case FIELD_KIND_MAP:
    return arena_format(arena, "object, each name: %s", kind_within(field->item, level, arena));
  case FIELD_KIND_VARIANT:
    return allowed_names(field, "one of", "", arena);
  case FIELD_KIND_TYPED:
    return allowed_names(field, arena_format(arena, "object whose %s is", field_tag(field)), "\"", arena);
  case FIELD_KIND_HEADED:
    return allowed_names(field, "object with one of the keys", "", arena);
  case FIELD_KIND_EITHER:
    return kind_either(field, level, arena);
  default:
    return plain_kind(field->kind);
  }
}

const char *field_kind_text(const struct field *field, struct arena *arena) {
  const char *text = kind_at(field, 0, arena);
  return text != NULL ? text : "value";
}
