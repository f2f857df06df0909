#include "sweep_values.h"

#include "override.h"
#include "units.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *const flag = "--vary ";

// What is being read, for positions of errors.
struct reader {
  const char *text;
  const char *file; // "--vary " and the text
  struct diagnostics *diagnostics;
  struct arena *arena;
  bool sampled;
};

static bool fail(const struct reader *reader, const char *at, const char *message) {
  struct position place = {reader->file, 1, (uint32_t)(strlen(flag) + (size_t)(at - reader->text) + 1)};
  diagnostic_error_at(reader->diagnostics, place, "%s", message);
  return false;
}

// ---- Numbers with units -----------------------------------------------------------------------------------

// A number as JSON has it, with a sign and what stands before and behind it.
struct amount {
  const char *before;
  size_t before_length;
  double number;
  bool whole;
  const char *after;
  size_t after_length;
};

static size_t digits(const char *text) {
  return strspn(text, "0123456789");
}

// The length of the number at `text`; 0: there is none. A point without a digit behind it is not part of it,
// so that 1..16 begins with 1.
static size_t number_length(const char *text) {
  const char *at = text + (*text == '-');
  size_t whole = digits(at);
  if (whole == 0) return 0;
  at += whole;
  if (at[0] == '.' && digits(at + 1) > 0) at += 1 + digits(at + 1);
  if (at[0] == 'e' || at[0] == 'E') {
    size_t sign = at[1] == '-' || at[1] == '+';
    if (digits(at + 1 + sign) > 0) at += 1 + sign + digits(at + 1 + sign);
  }
  return (size_t)(at - text);
}

// The bytes of a currency before a number.
static size_t currency_length(const char *text) {
  if (text[0] == '$') return 1;
  return strncmp(text, "€", 3) == 0 ? 3 : 0;
}

// Reads an amount that ends before `end`, before "..", ":" or "*". False: there is none.
static bool read_amount(const char **text, const char *end, struct amount *amount) {
  const char *at = *text;
  amount->before = at;
  amount->before_length = currency_length(at);
  at += amount->before_length;
  size_t length = number_length(at);
  if (length == 0 || at + length > end) return false;
  amount->number = strtod(at, NULL);
  amount->whole = memchr(at, '.', length) == NULL && memchr(at, 'e', length) == NULL &&
                  memchr(at, 'E', length) == NULL && amount->before_length == 0;
  at += length;
  amount->after = at;
  while (at < end && *at != ':' && *at != '*' && strncmp(at, "..", 2) != 0) at++;
  amount->after_length = (size_t)(at - amount->after);
  amount->whole = amount->whole && amount->after_length == 0;
  *text = at;
  return isfinite(amount->number);
}

static bool same_unit(const struct amount *one, const struct amount *other) {
  return one->before_length == other->before_length && one->after_length == other->after_length &&
         memcmp(one->before, other->before, one->before_length) == 0 &&
         memcmp(one->after, other->after, one->after_length) == 0;
}

// ---- Ranges -----------------------------------------------------------------------------------------------

static void add(struct sweep_dimension *dimension, const char *value, struct arena *arena) {
  size_t count = dimension->count;
  if ((count & (count - 1)) == 0) { // room is a power of two
    const char **wider = arena_array(arena, count == 0 ? 1 : 2 * count, sizeof *wider);
    if (count > 0) memcpy(wider, dimension->values, count * sizeof *wider);
    dimension->values = wider;
  }
  dimension->values[dimension->count++] = value;
}

static const char *in_unit(double number, const struct amount *like, const char *format,
                           struct arena *arena) {
  char digits_of[64];
  snprintf(digits_of, sizeof digits_of, format, number);
  return arena_format(arena, "%.*s%s%.*s", (int)like->before_length, like->before, digits_of,
                      (int)like->after_length, like->after);
}

// Twelve digits: a tenth taken three times from 0 is 0.3.
static bool add_steps(const struct reader *reader, struct sweep_dimension *dimension, const char *at,
                      const struct amount *from, const struct amount *to, double step) {
  double steps = floor((to->number - from->number) / step * (1 + 1e-12) + 1e-9);
  if (steps + 1 > SWEEP_POINTS_MOST) return fail(reader, at, "this range has more than 100,000 values");
  for (size_t i = 0; i <= (size_t)steps; i++)
    add(dimension, in_unit(from->number + (double)i * step, from, "%.12g", reader->arena), reader->arena);
  return true;
}

static bool add_factors(const struct reader *reader, struct sweep_dimension *dimension, const char *at,
                        const struct amount *from, const struct amount *to, double factor) {
  if (!(from->number > 0)) return fail(reader, at, "a range with a factor begins above 0");
  double steps = floor(log(to->number / from->number) / log(factor) + 1e-9);
  if (steps + 1 > SWEEP_POINTS_MOST) return fail(reader, at, "this range has more than 100,000 values");
  for (size_t i = 0; i <= (size_t)steps; i++) {
    double number = from->number * pow(factor, (double)i);
    add(dimension, in_unit(number, from, "%.12g", reader->arena), reader->arena);
  }
  return true;
}

static bool be_continuous(const struct reader *reader, struct sweep_dimension *dimension, const char *at,
                          const struct amount *from, const struct amount *to, bool logarithmic) {
  if (!reader->sampled)
    return fail(reader, at,
                logarithmic ? "a factor is missing behind *, as in 1..64*2"
                            : "a range of other than whole numbers needs a step, as in 0.1..0.9:0.1 or "
                              "5ms..50ms:5ms, or --sample");
  if (logarithmic && !(from->number > 0)) return fail(reader, at, "a logarithmic range begins above 0");
  if (!(to->number > from->number)) return fail(reader, at, "a range to draw from has two different ends");
  dimension->continuous = true;
  dimension->logarithmic = logarithmic;
  dimension->from = from->number;
  dimension->to = to->number;
  dimension->before = arena_text(reader->arena, from->before, from->before_length);
  dimension->after = arena_text(reader->arena, from->after, from->after_length);
  return true;
}

static bool read_stride(const struct reader *reader, struct sweep_dimension *dimension, const char *start,
                        const char *at, const char *end, const struct amount ends[2]) {
  struct amount stride;
  char kind = *at++;
  if (kind == '*' && at == end) return be_continuous(reader, dimension, start, &ends[0], &ends[1], true);
  const char *place = at;
  if (!read_amount(&at, end, &stride) || at != end)
    return fail(reader, place, "here a number was expected, the range's step or factor");
  if (kind == '*') {
    bool bare = stride.before_length == 0 && stride.after_length == 0;
    if (!bare || !(stride.number > 1)) return fail(reader, place, "a factor is a bare number above 1");
    return add_factors(reader, dimension, start, &ends[0], &ends[1], stride.number);
  }
  if (!same_unit(&ends[0], &stride))
    return fail(reader, place, "the step must have the unit of the range, as in 5ms..50ms:5ms");
  if (!(stride.number > 0)) return fail(reader, place, "a step is above 0");
  return add_steps(reader, dimension, start, &ends[0], &ends[1], stride.number);
}

static bool read_range(const struct reader *reader, struct sweep_dimension *dimension, const char *start,
                       const char *end) {
  struct amount ends[2];
  const char *at = start;
  bool right = read_amount(&at, end, &ends[0]) && strncmp(at, "..", 2) == 0;
  if (right) at += 2;
  if (!right || !read_amount(&at, end, &ends[1]) || (at < end && *at != ':' && *at != '*'))
    return fail(reader, at, "a range has two numbers, as 1..16, 0.5..2:0.5, 1..64*2 or 5ms..50ms:5ms");
  if (!same_unit(&ends[0], &ends[1]))
    return fail(reader, start, "both ends of a range must have the same unit, as in 5ms..50ms:5ms");
  if (ends[1].number < ends[0].number)
    return fail(reader, start, "a range goes from the less to the greater");
  if (at < end) return read_stride(reader, dimension, start, at, end, ends);
  if (ends[0].whole && ends[1].whole) return add_steps(reader, dimension, start, &ends[0], &ends[1], 1);
  return be_continuous(reader, dimension, start, &ends[0], &ends[1], false);
}

// ---- Lists ------------------------------------------------------------------------------------------------

// Where the value at `text` ends: at a comma outside of quotes, brackets and braces, or at the end.
static const char *value_end(const char *text) {
  int depth = 0;
  bool quoted = false;
  for (; *text != '\0' && (quoted || depth > 0 || *text != ','); text++) {
    if (quoted && *text == '\\' && text[1] != '\0') {
      text++;
    } else if (*text == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      depth += (*text == '[' || *text == '{') - (*text == ']' || *text == '}');
    }
  }
  return text;
}

static bool is_range(const char *text, const char *end) {
  size_t number = number_length(text + currency_length(text));
  if (number == 0) return false;
  for (const char *at = text; at + 1 < end; at++) {
    if (at[0] == '.' && at[1] == '.') return true;
  }
  return false;
}

static bool read_value(const struct reader *reader, struct sweep_dimension *dimension, const char *start,
                       const char *end) {
  if (start == end) return fail(reader, start, "a value is missing here");
  if (is_range(start, end)) return read_range(reader, dimension, start, end);
  struct position place = {reader->file, 1, (uint32_t)(strlen(flag) + (size_t)(start - reader->text) + 1)};
  size_t length = (size_t)(end - start);
  if (override_read_value(start, length, place, reader->diagnostics, reader->arena) == NULL) return false;
  add(dimension, arena_text(reader->arena, start, length), reader->arena);
  return true;
}

static bool read_values(const struct reader *reader, struct sweep_dimension *dimension, const char *text) {
  const char *start = text;
  bool right = true, more = true;
  size_t items = 0;
  for (; more; items++) {
    const char *end = value_end(start);
    right = read_value(reader, dimension, start, end) && right;
    more = *end == ',';
    start = end + 1;
  }
  if (right && dimension->continuous && items > 1)
    return fail(reader, text, "a range to draw from stands alone, or gets a step");
  if (right && dimension->count > SWEEP_POINTS_MOST)
    return fail(reader, text, "these are more than 100,000 values");
  return right;
}

bool sweep_dimension_read(struct sweep_dimension *dimension, const char *text, bool sampled,
                          struct diagnostics *diagnostics, struct arena *arena) {
  *dimension = (struct sweep_dimension){0};
  struct reader reader = {text, arena_format(arena, "%s%s", flag, text), diagnostics, arena, sampled};
  struct position start = {reader.file, 1, (uint32_t)strlen(flag) + 1};
  size_t used = 0;
  if (override_read_path(text, strlen(text), start, &used, diagnostics, arena) == NULL) return false;
  if (text[used] != '=') return fail(&reader, text + used, "`=` and values are missing here");
  dimension->path = arena_text(arena, text, used);
  return read_values(&reader, dimension, text + used + 1);
}

// ---- Points -----------------------------------------------------------------------------------------------

bool sweep_points_cross(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                        struct arena *arena) {
  points->count = 1;
  for (size_t d = 0; d < count; d++) {
    if (dimensions[d].count > SWEEP_POINTS_MOST / points->count) return false;
    points->count *= dimensions[d].count;
  }
  points->values = arena_array(arena, points->count * count + 1, sizeof *points->values);
  for (size_t p = 0; p < points->count; p++) {
    size_t rest = p;
    for (size_t d = count; d-- > 0;) {
      points->values[p * count + d] = dimensions[d].values[rest % dimensions[d].count];
      rest /= dimensions[d].count;
    }
  }
  return true;
}

bool sweep_points_zip(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                      struct arena *arena) {
  points->count = dimensions[0].count;
  for (size_t d = 0; d < count; d++) {
    if (dimensions[d].count != points->count) return false;
  }
  points->values = arena_array(arena, points->count * count + 1, sizeof *points->values);
  for (size_t p = 0; p < points->count; p++) {
    for (size_t d = 0; d < count; d++) points->values[p * count + d] = dimensions[d].values[p];
  }
  return true;
}

static const char *draw(const struct sweep_dimension *dimension, double share, struct arena *arena) {
  if (!dimension->continuous) return dimension->values[(size_t)(share * (double)dimension->count)];
  double from = dimension->from, to = dimension->to;
  double number = dimension->logarithmic ? from * pow(to / from, share) : from + (to - from) * share;
  return arena_format(arena, "%s%.6g%s", dimension->before, number, dimension->after);
}

bool sweep_points_sobol(struct sweep_points *points, const struct sweep_dimension *dimensions, size_t count,
                        size_t samples, struct arena *arena) {
  double shares[SWEEP_DIMENSIONS_MOST];
  gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)count);
  if (sequence == NULL) return false;
  points->count = samples;
  points->values = arena_array(arena, samples * count + 1, sizeof *points->values);
  for (size_t p = 0; p < samples; p++) {
    gsl_qrng_get(sequence, shares);
    for (size_t d = 0; d < count; d++) points->values[p * count + d] = draw(&dimensions[d], shares[d], arena);
  }
  gsl_qrng_free(sequence);
  return true;
}

// ---- Values as numbers ------------------------------------------------------------------------------------

double sweep_value_number(const char *text, const char **unit) {
  int64_t whole = 0;
  double number = 0;
  struct units_money money;
  *unit = "";
  if (number_length(text) == strlen(text) && *text != '\0') return strtod(text, NULL);
  size_t length = strlen(text);
  char bare[64];
  if (length >= 2 && length < sizeof bare && text[0] == '"' && text[length - 1] == '"') {
    snprintf(bare, sizeof bare, "%.*s", (int)length - 2, text + 1);
    text = bare;
  }
  if (units_duration(text, &whole) == UNITS_OK) return *unit = "s", (double)whole * 1e-9;
  if (units_size(text, &whole) == UNITS_OK) return *unit = "bytes", (double)whole;
  if (units_bandwidth(text, &number) == UNITS_OK) return *unit = "bytes/s", number;
  if (units_rate(text, &number) == UNITS_OK) return *unit = "/s", number;
  if (units_share(text, &number) == UNITS_OK) return number;
  if (units_money(text, &money) == UNITS_OK) return money.amount;
  return NAN;
}
