#include "units.h"

#include "assertion.h"
#include "int128.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 22, EXPONENT = 400 };

// A number as it was written: its significant digits, and the power of ten that the last of them stands for.
struct decimal {
  char digits[DIGITS + 1];
  int count; // 0: zero
  int exponent;
};

struct unit {
  const char *name;
  int64_t factor; // in base units
};

static const struct unit durations[] = {{"ns", 1},
                                        {"us", 1000},
                                        {"ms", 1000000},
                                        {"s", 1000000000},
                                        {"min", INT64_C(60000000000)},
                                        {"h", INT64_C(3600000000000)},
                                        {"d", INT64_C(86400000000000)},
                                        {NULL, 0}};
static const struct unit sizes[] = {{"B", 1},
                                    {"KB", 1000},
                                    {"MB", 1000000},
                                    {"GB", 1000000000},
                                    {"TB", INT64_C(1000000000000)},
                                    {"KiB", 1024},
                                    {"MiB", 1048576},
                                    {"GiB", 1073741824},
                                    {"TiB", INT64_C(1099511627776)},
                                    {NULL, 0}};
// Lines are quoted in bits a second, disks in bytes a second.
static const struct unit bandwidths[] = {{"bps", 1},
                                         {"Kbps", 1000},
                                         {"Mbps", 1000000},
                                         {"Gbps", 1000000000},
                                         {"B/s", 8},
                                         {"KB/s", 8000},
                                         {"MB/s", 8000000},
                                         {"GB/s", INT64_C(8000000000)},
                                         {"KiB/s", INT64_C(8) << 10},
                                         {"MiB/s", INT64_C(8) << 20},
                                         {"GiB/s", INT64_C(8) << 30},
                                         {NULL, 0}};
static const struct unit rates[] = {{"/s", 1}, {"/min", 60}, {"/h", 3600}, {"/d", 86400}, {NULL, 0}};
static const struct unit periods[] = {{"", UNITS_ONCE},          {"/h", UNITS_PER_HOUR},
                                      {"/d", UNITS_PER_DAY},     {"/month", UNITS_PER_MONTH},
                                      {"/year", UNITS_PER_YEAR}, {NULL, 0}};
static const struct unit shares[] = {{"%", 1}, {NULL, 0}};
static const struct unit currencies[] = {{"$", UNITS_DOLLAR}, {"€", UNITS_EURO}, {NULL, 0}};

static const struct {
  const struct unit *units;
  const char *allowed;
  const char *common[2]; // what a bare number may have meant
} kinds[] = {
    [UNITS_DURATION] = {durations, "a duration such as \"5ms\" (ns, us, ms, s, min, h, d)", {"s", "ms"}},
    [UNITS_SIZE] = {sizes, "a size such as \"2KB\" (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB)", {"KB", "MB"}},
    [UNITS_BANDWIDTH] =
        {bandwidths,
         "a bandwidth such as \"1Gbps\" or \"200MB/s\" (bps, Kbps, Mbps, Gbps, B/s, KB/s, MB/s, GB/s, "
         "KiB/s, MiB/s, GiB/s)",
         {"Mbps", "Gbps"}},
    [UNITS_RATE] = {rates, "a rate such as \"300/s\" (/s, /min, /h, /d)", {"/s", "/min"}},
    [UNITS_MONEY] = {periods,
                     "money such as \"$0.085\" or \"€6.49/month\" (/h, /d, /month, /year)",
                     {"", "/month"}},
    [UNITS_SHARE] = {shares, "a percentage such as \"99.9%\"", {"%", NULL}},
};

// What people write for a unit that is spelled otherwise here.
static const struct {
  enum units_kind kind;
  const char *written, *meant;
} synonyms[] = {
    {UNITS_DURATION, "m", "min"},
    {UNITS_DURATION, "mins", "min"},
    {UNITS_DURATION, "minute", "min"},
    {UNITS_DURATION, "minutes", "min"},
    {UNITS_DURATION, "sec", "s"},
    {UNITS_DURATION, "secs", "s"},
    {UNITS_DURATION, "second", "s"},
    {UNITS_DURATION, "seconds", "s"},
    {UNITS_DURATION, "msec", "ms"},
    {UNITS_DURATION, "millis", "ms"},
    {UNITS_DURATION, "µs", "us"},
    {UNITS_DURATION, "μs", "us"},
    {UNITS_DURATION, "usec", "us"},
    {UNITS_DURATION, "hr", "h"},
    {UNITS_DURATION, "hour", "h"},
    {UNITS_DURATION, "hours", "h"},
    {UNITS_DURATION, "day", "d"},
    {UNITS_DURATION, "days", "d"},
    {UNITS_SIZE, "k", "KB"},
    {UNITS_SIZE, "m", "MB"},
    {UNITS_SIZE, "g", "GB"},
    {UNITS_SIZE, "t", "TB"},
    {UNITS_SIZE, "Ki", "KiB"},
    {UNITS_SIZE, "Mi", "MiB"},
    {UNITS_SIZE, "Gi", "GiB"},
    {UNITS_SIZE, "Ti", "TiB"},
    {UNITS_SIZE, "bytes", "B"},
    {UNITS_SIZE, "byte", "B"},
    {UNITS_BANDWIDTH, "bit/s", "bps"},
    {UNITS_BANDWIDTH, "kbit/s", "Kbps"},
    {UNITS_BANDWIDTH, "Mbit/s", "Mbps"},
    {UNITS_BANDWIDTH, "Gbit/s", "Gbps"},
    {UNITS_BANDWIDTH, "Mbit", "Mbps"},
    {UNITS_BANDWIDTH, "Gbit", "Gbps"},
    {UNITS_RATE, "/sec", "/s"},
    {UNITS_RATE, "/second", "/s"},
    {UNITS_RATE, "/m", "/min"},
    {UNITS_RATE, "/minute", "/min"},
    {UNITS_RATE, "/hour", "/h"},
    {UNITS_RATE, "/day", "/d"},
    {UNITS_RATE, "rps", "/s"},
    {UNITS_RATE, "qps", "/s"},
    {UNITS_RATE, "hz", "/s"},
    {UNITS_RATE, "per s", "/s"},
    {UNITS_MONEY, "/hour", "/h"},
    {UNITS_MONEY, "/hr", "/h"},
    {UNITS_MONEY, "/day", "/d"},
    {UNITS_MONEY, "/mo", "/month"},
    {UNITS_MONEY, "/m", "/month"},
    {UNITS_MONEY, "/y", "/year"},
    {UNITS_MONEY, "/yr", "/year"},
    {UNITS_SHARE, "percent", "%"},
};

static bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

static char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool same_but_for_case(const char *one, const char *other) {
  while (*one != '\0' && lower(*one) == lower(*other)) one++, other++;
  return *one == '\0' && *other == '\0';
}

// Takes a digit; zeros in front are not significant. False: too many.
static bool take_digit(struct decimal *decimal, char digit) {
  if (decimal->count == 0 && digit == '0') return true;
  if (decimal->count == DIGITS) return false;
  decimal->digits[decimal->count++] = digit;
  return true;
}

// Reads an exponent if there is a whole one, so that a unit may begin with an e.
static const char *read_exponent(const char *text, struct decimal *decimal) {
  if (*text != 'e' && *text != 'E') return text;
  const char *at = text + 1;
  bool negative = *at == '-';
  if (*at == '-' || *at == '+') at++;
  if (!is_digit(*at)) return text;
  int exponent = 0;
  for (; is_digit(*at); at++) exponent = exponent > 100000 ? exponent : exponent * 10 + (*at - '0');
  decimal->exponent += negative ? -exponent : exponent;
  return at;
}

// Zeros at the end are not significant either; with them, the sizes of whole numbers stay in range.
static void trim(struct decimal *decimal) {
  while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0') {
    decimal->count--;
    decimal->exponent++;
  }
  decimal->digits[decimal->count] = '\0';
}

// Reads a number of JSON's grammar without a sign; `*rest` is what follows it.
static enum units_result read_number(const char *text, struct decimal *decimal, const char **rest) {
  *decimal = (struct decimal){.count = 0};
  if (*text == '-' || *text == '+') return UNITS_NEGATIVE;
  if (*text == ' ') return UNITS_SPACE;
  if (!is_digit(*text)) return UNITS_NOT_A_NUMBER;
  if (text[0] == '0' && is_digit(text[1])) return UNITS_BAD_NUMBER;
  for (; is_digit(*text); text++) {
    if (!take_digit(decimal, *text)) return UNITS_BAD_NUMBER;
  }
  if (*text == '.') {
    if (!is_digit(*++text)) return UNITS_BAD_NUMBER;
    for (; is_digit(*text); text++, decimal->exponent--) {
      if (!take_digit(decimal, *text) || decimal->exponent < -EXPONENT) return UNITS_BAD_NUMBER;
    }
  }
  *rest = read_exponent(text, decimal);
  trim(decimal);
  return UNITS_OK;
}

static unsigned digit_of(char letter) {
  return (unsigned)(unsigned char)letter - '0';
}

// round(number * factor), ties upwards. Exact: 22 digits times the nanoseconds of a day are below 2^127.
static enum units_result to_whole(const struct decimal *decimal, int64_t factor, int64_t *whole) {
  uint128 value = 0;
  for (int i = 0; i < decimal->count; i++) value = value * 10 + digit_of(decimal->digits[i]);
  bool zero = value == 0;
  value *= (uint64_t)factor;
  int power = decimal->exponent;
  for (; power > 0 && !zero; power--) {
    if (value > INT64_MAX) return UNITS_TOO_LARGE;
    value *= 10;
  }
  unsigned tenths = 0;
  for (; power < 0 && value > 0; power++) {
    tenths = (unsigned)(value % 10);
    value /= 10;
  }
  if (power >= 0 && tenths >= 5) value++; // power < 0: less than a tenth is left
  if (value == 0 && !zero) return UNITS_TOO_SMALL;
  if (value > INT64_MAX) return UNITS_TOO_LARGE;
  *whole = (int64_t)value;
  return UNITS_OK;
}

// The double nearest to number * 10^shift. The text handed to strtod() has no decimal point, so that no
// locale can change what it reads.
static enum units_result to_double(const struct decimal *decimal, int shift, double *number) {
  if (decimal->count == 0) {
    *number = 0;
    return UNITS_OK;
  }
  char text[DIGITS + 16];
  snprintf(text, sizeof text, "%se%d", decimal->digits, decimal->exponent + shift);
  double value = strtod(text, NULL);
  if (!(value <= 1e300)) return UNITS_TOO_LARGE;
  if (value < 1e-300) return UNITS_TOO_SMALL;
  *number = value;
  return UNITS_OK;
}

static const struct unit *find_unit(const struct unit *units, const char *name) {
  for (; units->name != NULL; units++) {
    if (strcmp(units->name, name) == 0) return units;
  }
  return NULL;
}

// Number and unit, the unit being one of `units`.
static enum units_result read_quantity(const char *text, const struct unit *units, struct decimal *decimal,
                                       int64_t *factor) {
  const char *rest = NULL;
  enum units_result result = read_number(text, decimal, &rest);
  if (result != UNITS_OK) return result;
  const struct unit *unit = find_unit(units, rest);
  if (unit != NULL) {
    *factor = unit->factor;
    return UNITS_OK;
  }
  if (*rest == '\0') return UNITS_NO_UNIT;
  return strchr(rest, ' ') != NULL ? UNITS_SPACE : UNITS_UNKNOWN_UNIT;
}

static enum units_result read_whole(const char *text, const struct unit *units, int64_t *whole) {
  struct decimal decimal;
  int64_t factor = 0;
  enum units_result result = read_quantity(text, units, &decimal, &factor);
  return result != UNITS_OK ? result : to_whole(&decimal, factor, whole);
}

enum units_result units_duration(const char *text, int64_t *nanoseconds) {
  return read_whole(text, durations, nanoseconds);
}

enum units_result units_size(const char *text, int64_t *bytes) {
  return read_whole(text, sizes, bytes);
}

enum units_result units_bandwidth(const char *text, double *bytes_per_second) {
  struct decimal decimal;
  int64_t factor = 0;
  double number = 0;
  enum units_result result = read_quantity(text, bandwidths, &decimal, &factor);
  if (result == UNITS_OK) result = to_double(&decimal, 0, &number);
  if (result == UNITS_OK && number > 1e280) result = UNITS_TOO_LARGE;
  if (result == UNITS_OK) *bytes_per_second = number * (double)factor / 8.0;
  return result;
}

enum units_result units_rate(const char *text, double *per_second) {
  struct decimal decimal;
  int64_t factor = 0;
  double number = 0;
  enum units_result result = read_quantity(text, rates, &decimal, &factor);
  if (result == UNITS_OK) result = to_double(&decimal, 0, &number);
  if (result == UNITS_OK) *per_second = number / (double)factor;
  return result;
}

enum units_result units_share(const char *text, double *share) {
  struct decimal decimal;
  int64_t factor = 0;
  enum units_result result = read_quantity(text, shares, &decimal, &factor);
  return result != UNITS_OK ? result : to_double(&decimal, -2, share);
}

// Skips a currency in front. NULL: there is none.
static const char *read_currency(const char *text, enum units_currency *currency) {
  for (const struct unit *unit = currencies; unit->name != NULL; unit++) {
    size_t length = strlen(unit->name);
    if (strncmp(text, unit->name, length) != 0) continue;
    *currency = (enum units_currency)unit->factor;
    return text + length;
  }
  return NULL;
}

enum units_result units_money(const char *text, struct units_money *money) {
  struct units_money found = {.amount = 0};
  const char *number = read_currency(text, &found.currency);
  if (number == NULL) {
    struct decimal ignored;
    const char *rest = NULL;
    enum units_result result = read_number(text, &ignored, &rest);
    return result == UNITS_OK ? UNITS_NO_UNIT : result;
  }
  struct decimal decimal;
  int64_t per = 0;
  enum units_result result = read_quantity(number, periods, &decimal, &per);
  if (result == UNITS_OK) result = to_double(&decimal, 0, &found.amount);
  if (result != UNITS_OK) return result;
  found.per = (enum units_per)per;
  *money = found;
  return UNITS_OK;
}

double units_money_per_hour(struct units_money money) {
  ASSERT(money.per != UNITS_ONCE, "a price without a period has no amount for an hour");
  static const double hours[] = {
      [UNITS_PER_HOUR] = 1, [UNITS_PER_DAY] = 24, [UNITS_PER_MONTH] = 730, [UNITS_PER_YEAR] = 8760};
  return money.amount / hours[money.per];
}

const char *units_reason(enum units_result result) {
  static const char *const reasons[] = {
      [UNITS_OK] = "is right",
      [UNITS_NOT_A_NUMBER] = "does not begin with a number",
      [UNITS_BAD_NUMBER] =
          "is not written as a number is (no zeros in front, digits after the point, at most 22)",
      [UNITS_NEGATIVE] = "has a sign, which no quantity has",
      [UNITS_SPACE] = "has a space; number and unit stand together",
      [UNITS_NO_UNIT] = "has no unit",
      [UNITS_UNKNOWN_UNIT] = "has an unknown unit",
      [UNITS_TOO_LARGE] = "is too large",
      [UNITS_TOO_SMALL] = "is not zero, and too small to be told from it",
  };
  return reasons[result];
}

const char *units_allowed(enum units_kind kind) {
  return kinds[kind].allowed;
}

// The unit that `written` may stand for, in another case or by another name; or NULL.
static const char *meant_unit(enum units_kind kind, const char *written) {
  for (const struct unit *unit = kinds[kind].units; unit->name != NULL; unit++) {
    if (*written != '\0' && same_but_for_case(unit->name, written)) return unit->name;
  }
  for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
    if (synonyms[i].kind == kind && same_but_for_case(synonyms[i].written, written)) return synonyms[i].meant;
  }
  return NULL;
}

char *units_suggest(enum units_kind kind, const char *text, char *buffer, size_t size) {
  if (size == 0) return buffer;
  buffer[0] = '\0';
  while (*text == ' ' || *text == '+') text++;
  enum units_currency currency = UNITS_DOLLAR;
  const char *sign = "";
  const char *number = text;
  if (kind == UNITS_MONEY) {
    const char *after = read_currency(text, &currency);
    if (after != NULL) number = after;
    sign = currencies[currency].name;
  }
  while (*number == ' ') number++;
  struct decimal decimal;
  const char *rest = NULL;
  if (read_number(number, &decimal, &rest) != UNITS_OK) return buffer;
  int length = (int)(rest - number);
  while (*rest == ' ') rest++;
  if (kind == UNITS_BANDWIDTH && strchr(rest, 'B') != NULL) return buffer; // bytes are not bits
  const char *meant = meant_unit(kind, rest);
  const char *one = meant != NULL ? meant : kinds[kind].common[0];
  const char *other = meant != NULL ? NULL : kinds[kind].common[1];
  if (other == NULL) {
    snprintf(buffer, size, "\"%s%.*s%s\"", sign, length, number, one);
  } else {
    snprintf(buffer, size, "\"%s%.*s%s\" or \"%s%.*s%s\"", sign, length, number, one, sign, length, number,
             other);
  }
  return buffer;
}

// Digits after the point that make three significant ones, four at most.
static int digits_after_point(double magnitude) {
  if (magnitude >= 99.95) return 0;
  if (magnitude >= 9.995) return 1;
  if (magnitude >= 0.9995) return 2;
  return magnitude >= 0.09995 ? 3 : 4;
}

struct step {
  double from; // the least magnitude shown in this unit
  double unit;
  const char *name;
};

static struct units_text show_odd(double value) {
  struct units_text shown;
  snprintf(shown.text, sizeof shown.text, "%s", isnan(value) ? "-" : value < 0 ? "-inf" : "inf");
  return shown;
}

// The value in the largest unit that it reaches (after rounding); whole numbers of the smallest stay whole.
static struct units_text show(double value, const struct step *step, const char *after) {
  if (!isfinite(value)) return show_odd(value);
  double magnitude = fabs(value);
  while (step->from > 0 && magnitude < step->from * (1 - 0.0005)) step++;
  double scaled = magnitude / step->unit;
  bool whole = step->from == 0 && scaled < 1000 && scaled == floor(scaled);
  bool strange = scaled >= 1e6 || (scaled > 0 && scaled < 0.005);
  struct units_text shown;
  snprintf(shown.text, sizeof shown.text, strange ? "%s%.*e%s%s" : "%s%.*f%s%s", value < 0 ? "-" : "",
           whole     ? 0
           : strange ? 2
                     : digits_after_point(scaled),
           scaled, step->name, after);
  return shown;
}

struct units_text units_show_duration(double nanoseconds) {
  static const struct step steps[] = {{2 * 86400e9, 86400e9, " d"},
                                      {2 * 3600e9, 3600e9, " h"},
                                      {120e9, 60e9, " min"},
                                      {1e9, 1e9, " s"},
                                      {1e6, 1e6, " ms"},
                                      {1e3, 1e3, " us"},
                                      {0, 1, " ns"}};
  return show(nanoseconds, steps, "");
}

struct units_text units_show_size(double bytes) {
  static const struct step steps[] = {{0x1p40, 0x1p40, " TiB"},
                                      {0x1p30, 0x1p30, " GiB"},
                                      {0x1p20, 0x1p20, " MiB"},
                                      {0x1p10, 0x1p10, " KiB"},
                                      {0, 1, " B"}};
  return show(bytes, steps, "");
}

struct units_text units_show_bandwidth(double bytes_per_second) {
  static const struct step steps[] = {
      {1e9, 1e9, " Gbps"}, {1e6, 1e6, " Mbps"}, {1e3, 1e3, " Kbps"}, {0, 1, " bps"}};
  return show(bytes_per_second * 8, steps, "");
}

static const struct step thousands[] = {{1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e3, 1e3, "k"}, {0, 1, ""}};

struct units_text units_show_rate(double per_second) {
  return show(per_second, thousands, "/s");
}

struct units_text units_show_count(double count) {
  double whole = round(count); // a level that never changed comes out of its integral a rounding away
  if (fabs(count - whole) <= 1e-12 * fabs(whole)) count = whole;
  return show(count, thousands, "");
}

// Near 100% what is missing is what matters: two digits of it, without zeros at the end.
static void show_nearly_all(struct units_text *shown, double percent) {
  int digits = percent >= 99.99 ? 4 : percent >= 99.9 ? 3 : 2;
  int length = snprintf(shown->text, sizeof shown->text, "%.*f", digits, percent);
  while (length > 1 && shown->text[length - 1] == '0') length--;
  if (shown->text[length - 1] == '.') length--;
  snprintf(shown->text + length, sizeof shown->text - (size_t)length, "%%");
}

struct units_text units_show_share(double share) {
  if (!isfinite(share)) return show_odd(share);
  struct units_text shown;
  double percent = share * 100;
  double magnitude = fabs(percent);
  if (percent > 99 && percent < 100) {
    show_nearly_all(&shown, percent);
  } else if (magnitude != 0 && (magnitude < 0.00001 || magnitude >= 1e9)) {
    snprintf(shown.text, sizeof shown.text, "%.1e%%", percent);
  } else {
    int digits = magnitude == 0 || magnitude == 100 ? 0
                 : magnitude < 0.001                ? 5
                 : magnitude < 1                    ? 3
                                                    : digits_after_point(magnitude);
    snprintf(shown.text, sizeof shown.text, "%.*f%%", digits, percent);
  }
  return shown;
}

// Cents, and more digits for prices below a dollar, as clouds have them.
static int money_digits(double magnitude) {
  if (magnitude >= 1e12) return 0;
  if (magnitude >= 0.995 || magnitude == 0) return 2;
  return magnitude >= 0.01 ? 3 : 6;
}

struct units_text units_show_money(struct units_money money) {
  if (!isfinite(money.amount)) return show_odd(money.amount);
  struct units_text shown;
  double magnitude = fabs(money.amount);
  snprintf(shown.text, sizeof shown.text, magnitude < 1e18 ? "%s%s%.*f%s" : "%s%s%.*e%s",
           money.amount < 0 ? "-" : "", currencies[money.currency].name, money_digits(magnitude), magnitude,
           periods[money.per].name);
  return shown;
}

// In the largest of `units` (which grow, the first being 1) of which it is a whole number.
static struct units_text write_whole(int64_t value, const struct unit *units, size_t count) {
  ASSERT(value >= 0, "the language has no negative quantities");
  const struct unit *best = units;
  for (size_t i = 0; i < count; i++) {
    if (value != 0 && value % units[i].factor == 0) best = &units[i];
  }
  struct units_text written;
  snprintf(written.text, sizeof written.text, "%" PRId64 "%s", value / best->factor, best->name);
  return written;
}

struct units_text units_write_duration(int64_t nanoseconds) {
  return write_whole(nanoseconds, durations, sizeof durations / sizeof durations[0] - 1);
}

struct units_text units_write_size(int64_t bytes) {
  struct units_text decimal = write_whole(bytes, sizes, 5);
  struct units_text binary = write_whole(bytes, sizes, 9);
  return strlen(binary.text) < strlen(decimal.text) ? binary : decimal;
}
