// Quantities as a scenario writes them ("250us", "1.5GiB", "300/s", "$24/month"), and back for people.
//
// The grammar is strict: a JSON number without a sign (digits, fraction, exponent; no leading zeros, no
// hexadecimal, no infinity), at once followed by a unit in its exact spelling, and nothing else; no spaces
// anywhere. At most 22 significant digits. Nothing here depends on the locale.
#ifndef HEADROOM_UNITS_H
#define HEADROOM_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum units_kind {
  UNITS_DURATION,  // ns us ms s min h d
  UNITS_SIZE,      // B KB MB GB TB KiB MiB GiB TiB
  UNITS_BANDWIDTH, // bps Kbps Mbps Gbps, B/s KB/s … GiB/s
  UNITS_RATE,      // /s /min /h /d
  UNITS_MONEY,     // $ € before the number; nothing, /h /d /month /year after it
  UNITS_SHARE      // %
};

enum units_result {
  UNITS_OK,
  UNITS_NOT_A_NUMBER, // does not begin with a number (or, for money, a currency and a number)
  UNITS_BAD_NUMBER,   // leading zeros, a point without digits after it, more than 22 digits
  UNITS_NEGATIVE,     // begins with a sign
  UNITS_SPACE,        // a space somewhere
  UNITS_NO_UNIT,      // a bare number, or money without a currency
  UNITS_UNKNOWN_UNIT, // what follows the number is no unit of this kind
  UNITS_TOO_LARGE,    // does not fit the type
  UNITS_TOO_SMALL     // not zero, but less than half a nanosecond or half a byte, or below 1e-300
};

enum units_currency { UNITS_DOLLAR, UNITS_EURO };
enum units_per { UNITS_ONCE, UNITS_PER_HOUR, UNITS_PER_DAY, UNITS_PER_MONTH, UNITS_PER_YEAR };

struct units_money {
  double amount; // in whole dollars or euros
  enum units_currency currency;
  enum units_per per;
};

// Each reads all of `text` and stores the quantity in base units; on failure nothing is stored. Durations and
// sizes are computed in whole numbers and rounded to the nearest one, ties upwards; "1.5ms" is exactly
// 1,500,000 ns.
enum units_result units_duration(const char *text, int64_t *nanoseconds);
enum units_result units_size(const char *text, int64_t *bytes);
enum units_result units_bandwidth(const char *text, double *bytes_per_second);
enum units_result units_rate(const char *text, double *per_second);
enum units_result units_share(const char *text, double *share); // "99.9%" is 0.999; more than 100% is allowed
enum units_result units_money(const char *text, struct units_money *money);

// The same amount for an hour: a month is 730 hours (a twelfth of a year of 365 days, as cloud bills have
// it). `per` must not be UNITS_ONCE.
double units_money_per_hour(struct units_money money);

// What was wrong, as the end of a sentence ("has no unit"); static text.
const char *units_reason(enum units_result result);

// What is allowed, for error messages (`a duration such as "5ms" (ns, us, ms, s, min, h, d)`); static text.
const char *units_allowed(enum units_kind kind);

// What the writer of `text` may have meant: for "5" as a duration `"5s" or "5ms"`, for "5 sec" `"5s"`. Fills
// `buffer` (cut at `size`) and returns it; the empty text when there is nothing to suggest.
char *units_suggest(enum units_kind kind, const char *text, char *buffer, size_t size);

// A short text returned by value, so that it can stand in an argument list: units_show_rate(x).text.
struct units_text {
  char text[40];
};

// For tables: three significant digits and a unit ("12.3 ms", "1.20 GiB", "4.50k/s", "99.9%"). Not finite:
// "-" for NaN, "inf" for infinity. Negative values (differences) keep their sign.
struct units_text units_show_duration(double nanoseconds);
struct units_text units_show_size(double bytes);
struct units_text units_show_bandwidth(double bytes_per_second);
struct units_text units_show_rate(double per_second);
struct units_text units_show_count(double count); // "4.50k", "12.0M"
struct units_text units_show_share(double share);
struct units_text units_show_money(struct units_money money); // "$24.00/month"

// In the language of scenarios, exactly: units_duration() and units_size() give the same number back.
// The values must not be negative.
struct units_text units_write_duration(int64_t nanoseconds);
struct units_text units_write_size(int64_t bytes);

#endif
