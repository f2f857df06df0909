#include "units.h"

#include <criterion/criterion.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A generator for tests alone (Knuth's MMIX): the same values on every run.
static uint64_t next(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return *state >> 16;
}

Test(units, durations_are_exact) {
  static const struct {
    const char *text;
    int64_t expected;
  } cases[] = {
      {"250us", 250000},
      {"5ms", 5000000},
      {"10min", INT64_C(600000000000)},
      {"1d", INT64_C(86400000000000)},
      {"2h", INT64_C(7200000000000)},
      {"0s", 0},
      {"0.000s", 0},
      {"0e9d", 0},
      {"1.5ms", 1500000},
      {"1e3ms", 1000000000},
      {"2.5E-3s", 2500000},
      {"0.5ns", 1},
      {"1.4999999999999999999ns", 1},
      {"1.5ns", 2},
      {"0.1s", 100000000},
      {"9223372036854775807ns", INT64_MAX},
      {"9223372036.854775807s", INT64_MAX},
      {"106751d", INT64_C(106751) * 86400 * 1000000000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t found = -1;
    cr_assert_eq(units_duration(cases[i].text, &found), UNITS_OK, "%s", cases[i].text);
    cr_assert_eq(found, cases[i].expected, "%s: %" PRId64, cases[i].text, found);
  }
  int64_t found = -1;
  cr_assert_eq(units_duration("0.0000000000115740740740740740d", &found), UNITS_OK);
  cr_assert_eq(found, 1000); // 10^-6 s in days, cut after 17 digits
}

// whole.fraction of each unit, against the sum of its parts in integers.
Test(units, random_durations_and_sizes) {
  static const struct {
    const char *unit;
    int64_t factor;
  } units[] = {{"us", 1000},
               {"ms", 1000000},
               {"s", 1000000000},
               {"min", INT64_C(60000000000)},
               {"h", INT64_C(3600000000000)},
               {"d", INT64_C(86400000000000)}};
  uint64_t state = 1;
  for (int i = 0; i < 20000; i++) {
    size_t which = next(&state) % 6;
    int64_t whole = (int64_t)(next(&state) % 90000), thousandths = (int64_t)(next(&state) % 1000);
    char text[64];
    snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64 "%s", whole, thousandths, units[which].unit);
    int64_t found = -1;
    cr_assert_eq(units_duration(text, &found), UNITS_OK, "%s", text);
    cr_assert_eq(found, whole * units[which].factor + thousandths * (units[which].factor / 1000), "%s", text);
  }
  static const char *const sizes[] = {"KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"};
  for (size_t i = 0; i < 8; i++) {
    char text[32];
    snprintf(text, sizeof text, "3%s", sizes[i]);
    int64_t found = -1, expected = 3;
    for (size_t k = 0; k <= i % 4; k++) expected *= i < 4 ? 1000 : 1024;
    cr_assert_eq(units_size(text, &found), UNITS_OK);
    cr_assert_eq(found, expected, "%s", text);
  }
  int64_t bytes = -1;
  cr_assert_eq(units_size("1.5KiB", &bytes), UNITS_OK);
  cr_assert_eq(bytes, 1536);
  cr_assert_eq(units_size("7B", &bytes), UNITS_OK);
  cr_assert_eq(bytes, 7);
}

Test(units, what_is_written_reads_back) {
  uint64_t state = 7;
  for (int i = 0; i < 20000; i++) {
    int64_t value = (int64_t)(next(&state) >> (next(&state) % 48));
    if (i % 3 == 0) value *= 1000;
    int64_t found = -1;
    cr_assert_eq(units_duration(units_write_duration(value).text, &found), UNITS_OK);
    cr_assert_eq(found, value, "%s", units_write_duration(value).text);
    cr_assert_eq(units_size(units_write_size(value).text, &found), UNITS_OK);
    cr_assert_eq(found, value, "%s", units_write_size(value).text);
  }
  cr_assert_str_eq(units_write_duration(0).text, "0ns");
  cr_assert_str_eq(units_write_duration(INT64_C(600000000000)).text, "10min");
  cr_assert_str_eq(units_write_duration(1500000).text, "1500us");
  cr_assert_str_eq(units_write_duration(INT64_MAX).text, "9223372036854775807ns");
  cr_assert_str_eq(units_write_size(0).text, "0B");
  cr_assert_str_eq(units_write_size(INT64_C(512) << 20).text, "512MiB");
  cr_assert_str_eq(units_write_size(2000).text, "2KB");
}

// The double nearest to a decimal with few digits is the quotient of two whole numbers: division rounds once.
Test(units, shares_and_rates_are_the_nearest_doubles) {
  for (int i = 0; i <= 20000; i++) {
    char text[32];
    snprintf(text, sizeof text, "%d.%02d%%", i / 100, i % 100);
    double share = -1;
    cr_assert_eq(units_share(text, &share), UNITS_OK, "%s", text);
    cr_assert_eq(share, i / 10000.0, "%s: %.17g", text, share);
    snprintf(text, sizeof text, "%d.%03d/s", i, i % 1000);
    double rate = -1;
    cr_assert_eq(units_rate(text, &rate), UNITS_OK, "%s", text);
    cr_assert_eq(rate, (i * 1000 + i % 1000) / 1000.0, "%s", text);
  }
  double rate = 0, bandwidth = 0;
  cr_assert_eq(units_rate("2/h", &rate), UNITS_OK);
  cr_assert_eq(rate, 2.0 / 3600);
  cr_assert_eq(units_rate("90/min", &rate), UNITS_OK);
  cr_assert_eq(rate, 1.5);
  cr_assert_eq(units_rate("86400/d", &rate), UNITS_OK);
  cr_assert_eq(rate, 1.0);
  cr_assert_eq(units_bandwidth("1Gbps", &bandwidth), UNITS_OK);
  cr_assert_eq(bandwidth, 125e6);
  cr_assert_eq(units_bandwidth("8bps", &bandwidth), UNITS_OK);
  cr_assert_eq(bandwidth, 1.0);
  cr_assert_eq(units_bandwidth("56Kbps", &bandwidth), UNITS_OK);
  cr_assert_eq(bandwidth, 7000.0);
  cr_assert_eq(units_bandwidth("200MB/s", &bandwidth), UNITS_OK); // as disks are quoted
  cr_assert_eq(bandwidth, 200e6);
  cr_assert_eq(units_bandwidth("125MiB/s", &bandwidth), UNITS_OK);
  cr_assert_eq(bandwidth, 131072000.0);
  cr_assert_eq(units_bandwidth("1B/s", &bandwidth), UNITS_OK);
  cr_assert_eq(bandwidth, 1.0);
}

Test(units, money) {
  static const struct {
    const char *text;
    struct units_money expected;
  } cases[] = {
      {"$24/month", {24, UNITS_DOLLAR, UNITS_PER_MONTH}},
      {"€6.49/month", {6.49, UNITS_EURO, UNITS_PER_MONTH}},
      {"$0.085", {0.085, UNITS_DOLLAR, UNITS_ONCE}},
      {"$0.34/h", {0.34, UNITS_DOLLAR, UNITS_PER_HOUR}},
      {"€0", {0, UNITS_EURO, UNITS_ONCE}},
      {"$100/year", {100, UNITS_DOLLAR, UNITS_PER_YEAR}},
      {"$1/d", {1, UNITS_DOLLAR, UNITS_PER_DAY}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct units_money found = {.amount = -1};
    cr_assert_eq(units_money(cases[i].text, &found), UNITS_OK, "%s", cases[i].text);
    cr_assert_eq(found.amount, cases[i].expected.amount);
    cr_assert_eq(found.currency, cases[i].expected.currency);
    cr_assert_eq(found.per, cases[i].expected.per);
  }
  // A year of 365 days and a twelfth of it are the same price for an hour.
  struct units_money month = {73, UNITS_EURO, UNITS_PER_MONTH}, year = {12 * 73, UNITS_EURO, UNITS_PER_YEAR};
  cr_assert_float_eq(units_money_per_hour(month), 12 * 73 / (365 * 24.0), 1e-15);
  cr_assert_float_eq(units_money_per_hour(year), 12 * 73 / (365 * 24.0), 1e-15);
  cr_assert_float_eq(units_money_per_hour((struct units_money){48, UNITS_EURO, UNITS_PER_DAY}), 2, 1e-15);
}

Test(units, nothing_else_is_a_quantity) {
  static const struct {
    const char *text;
    enum units_result duration, rate, money;
  } cases[] = {
      {"", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"ms", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"nan", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"inf", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"5", UNITS_NO_UNIT, UNITS_NO_UNIT, UNITS_NO_UNIT},
      {"-5s", UNITS_NEGATIVE, UNITS_NEGATIVE, UNITS_NEGATIVE},
      {"+5s", UNITS_NEGATIVE, UNITS_NEGATIVE, UNITS_NEGATIVE},
      {" 5s", UNITS_SPACE, UNITS_SPACE, UNITS_SPACE},
      {"5 s", UNITS_SPACE, UNITS_SPACE, UNITS_NO_UNIT},
      {"5s ", UNITS_SPACE, UNITS_SPACE, UNITS_NO_UNIT},
      {"0x10s", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"5parsecs", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"5S", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"5s5", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"5,5s", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"1e", UNITS_UNKNOWN_UNIT, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"007s", UNITS_BAD_NUMBER, UNITS_BAD_NUMBER, UNITS_BAD_NUMBER},
      {"5.s", UNITS_BAD_NUMBER, UNITS_BAD_NUMBER, UNITS_BAD_NUMBER},
      {".5s", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"12345678901234567890123s", UNITS_BAD_NUMBER, UNITS_BAD_NUMBER, UNITS_BAD_NUMBER},
      {"106752d", UNITS_TOO_LARGE, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"9223372036854775808ns", UNITS_TOO_LARGE, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"9223372036854775807.5ns", UNITS_TOO_LARGE, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"1e999999999999s", UNITS_TOO_LARGE, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"1e-999999999999s", UNITS_TOO_SMALL, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"0.09ns", UNITS_TOO_SMALL, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"0.49ns", UNITS_TOO_SMALL, UNITS_UNKNOWN_UNIT, UNITS_NO_UNIT},
      {"1e308/s", UNITS_UNKNOWN_UNIT, UNITS_TOO_LARGE, UNITS_NO_UNIT},
      {"1e-308/s", UNITS_UNKNOWN_UNIT, UNITS_TOO_SMALL, UNITS_NO_UNIT},
      {"$5/fortnight", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_UNKNOWN_UNIT},
      {"$-5", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NEGATIVE},
      {"$", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
      {"£5", UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER, UNITS_NOT_A_NUMBER},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int64_t duration = -77;
    double rate = -77;
    struct units_money money = {.amount = -77};
    cr_expect_eq(units_duration(cases[i].text, &duration), cases[i].duration, "%s", cases[i].text);
    cr_expect_eq(units_rate(cases[i].text, &rate), cases[i].rate, "%s", cases[i].text);
    cr_expect_eq(units_money(cases[i].text, &money), cases[i].money, "%s", cases[i].text);
    cr_expect(duration == -77 && rate == -77 && money.amount == -77, "%s stored something", cases[i].text);
    cr_expect_gt(strlen(units_reason(cases[i].duration)), 5);
  }
}

static void expect_suggestion(enum units_kind kind, const char *text, const char *expected) {
  char buffer[80];
  cr_expect_str_eq(units_suggest(kind, text, buffer, sizeof buffer), expected, "%s: %s", text, buffer);
}

Test(units, suggestions) {
  expect_suggestion(UNITS_DURATION, "5", "\"5s\" or \"5ms\"");
  expect_suggestion(UNITS_DURATION, "5 sec", "\"5s\"");
  expect_suggestion(UNITS_DURATION, "2.5M", "\"2.5min\"");
  expect_suggestion(UNITS_DURATION, "5MS", "\"5ms\"");
  expect_suggestion(UNITS_DURATION, "soon", "");
  expect_suggestion(UNITS_SIZE, "512", "\"512KB\" or \"512MB\"");
  expect_suggestion(UNITS_SIZE, "512mib", "\"512MiB\"");
  expect_suggestion(UNITS_RATE, "300", "\"300/s\" or \"300/min\"");
  expect_suggestion(UNITS_RATE, "300rps", "\"300/s\"");
  expect_suggestion(UNITS_BANDWIDTH, "10MB/s", "");
  expect_suggestion(UNITS_BANDWIDTH, "10Mbit/s", "\"10Mbps\"");
  expect_suggestion(UNITS_SHARE, "99.9", "\"99.9%\"");
  expect_suggestion(UNITS_MONEY, "24", "\"$24\" or \"$24/month\"");
  expect_suggestion(UNITS_MONEY, "€24/mo", "\"€24/month\"");
  // Whatever is suggested for a duration is one.
  static const char *const written[] = {"5m", "5 hours", "5days", "5 µs", "5usec", "7hr", "+5"};
  for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
    char buffer[80], first[80];
    units_suggest(UNITS_DURATION, written[i], buffer, sizeof buffer);
    cr_assert_eq(sscanf(buffer, "\"%79[^\"]\"", first), 1, "%s", written[i]);
    int64_t found = 0;
    cr_expect_eq(units_duration(first, &found), UNITS_OK, "%s", first);
  }
  char little[4] = "xyz";
  units_suggest(UNITS_DURATION, "5", little, sizeof little);
  cr_expect_str_eq(little, "\"5s");
}

Test(units, shown_for_people) {
  cr_expect_str_eq(units_show_duration(12.3e6).text, "12.3 ms");
  cr_expect_str_eq(units_show_duration(1234.0e6).text, "1.23 s");
  cr_expect_str_eq(units_show_duration(999.96e6).text, "1.00 s");
  cr_expect_str_eq(units_show_duration(119.0e9).text, "119 s");
  cr_expect_str_eq(units_show_duration(150.0e9).text, "2.50 min");
  cr_expect_str_eq(units_show_duration(5).text, "5 ns");
  cr_expect_str_eq(units_show_duration(0).text, "0 ns");
  cr_expect_str_eq(units_show_duration(-12.3e6).text, "-12.3 ms");
  cr_expect_str_eq(units_show_size(1.2 * 1073741824).text, "1.20 GiB");
  cr_expect_str_eq(units_show_rate(4500).text, "4.50k/s");
  cr_expect_str_eq(units_show_rate(300).text, "300/s");
  cr_expect_str_eq(units_show_rate(0.0123).text, "0.0123/s");
  cr_expect_str_eq(units_show_count(12e6).text, "12.0M");
  cr_expect_str_eq(units_show_count(0.9999999999999999).text, "1");
  cr_expect_str_eq(units_show_count(0.999999).text, "1.00");
  cr_expect_str_eq(units_show_bandwidth(125e6).text, "1.00 Gbps");
  cr_expect_str_eq(units_show_share(0.999).text, "99.9%");
  cr_expect_str_eq(units_show_share(0.99995).text, "99.995%");
  cr_expect_str_eq(units_show_share(0.4567).text, "45.7%");
  cr_expect_str_eq(units_show_share(0.0000083).text, "0.00083%");
  cr_expect_str_eq(units_show_share(0.000000003).text, "3.0e-07%");
  cr_expect_str_eq(units_show_share(0).text, "0%");
  cr_expect_str_eq(units_show_share(1).text, "100%");
  cr_expect_str_eq(units_show_money((struct units_money){24, UNITS_DOLLAR, UNITS_PER_MONTH}).text,
                   "$24.00/month");
  cr_expect_str_eq(units_show_money((struct units_money){0.085, UNITS_EURO, UNITS_ONCE}).text, "€0.085");
  cr_expect_str_eq(units_show_duration((double)NAN).text, "-");
  cr_expect_str_eq(units_show_rate((double)INFINITY).text, "inf");
}

// What is shown is within half a unit of the third digit, at any magnitude.
Test(units, shown_numbers_are_near) {
  for (double value = 1; value < 1e14; value *= 1.0371) {
    static const struct {
      const char *name;
      double factor;
    } units[] = {{"ns", 1},     {"us", 1e3},   {"ms", 1e6},   {"s", 1e9},
                 {"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};
    char *rest = NULL;
    struct units_text shown = units_show_duration(value);
    double number = strtod(shown.text, &rest), factor = 0;
    for (size_t i = 0; i < 7; i++) {
      if (strcmp(rest + 1, units[i].name) == 0) factor = units[i].factor;
    }
    cr_assert_float_eq(number * factor, value, value * 0.00501, "%.17g is shown as %s", value, shown.text);
  }
  static const double odd[] = {DBL_MAX, DBL_MIN, -DBL_MAX, 1e300, 5e-324};
  for (size_t i = 0; i < 5; i++) {
    cr_expect_lt(strlen(units_show_duration(odd[i]).text), 39);
    cr_expect_lt(strlen(units_show_share(odd[i]).text), 39);
    cr_expect_lt(strlen(units_show_money((struct units_money){odd[i], UNITS_EURO, UNITS_PER_MONTH}).text),
                 39);
    cr_expect_lt(strlen(units_show_rate(odd[i]).text), 39);
  }
}
