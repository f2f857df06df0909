#include "timestamp.h"

#include "units.h"

#include <stdbool.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct cursor {
  const char *at;
  const char *end;
};

static bool take(struct cursor *cursor, char wanted) {
  if (cursor->at == cursor->end || *cursor->at != wanted) return false;
  cursor->at++;
  return true;
}

// A number of exactly `digits` digits, from `least` to `most`.
static bool take_number(struct cursor *cursor, int digits, int least, int most, int *number) {
  *number = 0;
  for (int i = 0; i < digits; i++, cursor->at++) {
    if (cursor->at == cursor->end || *cursor->at < '0' || *cursor->at > '9') return false;
    *number = *number * 10 + (*cursor->at - '0');
  }
  return *number >= least && *number <= most;
}

// Days from 1970-01-01 in the Gregorian calendar: years are counted from March, so that the day that leap
// years add is the last.
static int64_t days_of(int year, int month, int day) {
  int64_t y = month > 2 ? year : year - 1;
  int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && leap);
}

// ".9799600", if it stands there; digits beyond the ninth round.
static bool take_fraction(struct cursor *cursor, int64_t *ns) {
  if (!take(cursor, '.')) return true;
  int64_t unit = SECOND;
  const char *first = cursor->at;
  for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
    int digit = *cursor->at - '0';
    if (unit == 1 && cursor->at - first == 9 && digit >= 5) ++*ns;
    unit = unit > 1 ? unit / 10 : 0;
    *ns += digit * unit;
  }
  return cursor->at > first;
}

// "Z", "+01:00", "-0530", or nothing; the seconds that the clock is ahead of UTC.
static bool take_offset(struct cursor *cursor, int64_t *ahead) {
  *ahead = 0;
  if (cursor->at == cursor->end || take(cursor, 'Z')) return true;
  bool behind = *cursor->at == '-';
  int hours;
  int minutes;
  if (!take(cursor, '+') && !take(cursor, '-')) return false;
  if (!take_number(cursor, 2, 0, 23, &hours)) return false;
  take(cursor, ':');
  if (!take_number(cursor, 2, 0, 59, &minutes)) return false;
  *ahead = (behind ? -60 : 60) * (hours * 60 + minutes);
  return true;
}

// Years from 1970 to 2261 fit 64 bits of ns, with any offset but the first day's.
enum { YEAR_LEAST = 1970, YEAR_MOST = 2261 };

static bool together(struct cursor *cursor, int64_t days, int64_t seconds, int64_t fraction, int64_t *ns) {
  int64_t ahead;
  if (!take_offset(cursor, &ahead) || cursor->at != cursor->end) return false;
  *ns = (days * 86400 + seconds - ahead) * SECOND + fraction;
  return *ns >= 0;
}

static bool read_date(struct cursor cursor, int64_t *ns) {
  int year, month, day, hour = 0, minute = 0, second = 0;
  int64_t fraction = 0;
  if (!take_number(&cursor, 4, YEAR_LEAST, YEAR_MOST, &year) || !take(&cursor, '-')) return false;
  if (!take_number(&cursor, 2, 1, 12, &month) || !take(&cursor, '-')) return false;
  if (!take_number(&cursor, 2, 1, days_in(year, month), &day)) return false;
  if (take(&cursor, 'T') || take(&cursor, ' ')) {
    if (!take_number(&cursor, 2, 0, 23, &hour) || !take(&cursor, ':')) return false;
    if (!take_number(&cursor, 2, 0, 59, &minute)) return false;
    // 60 is a leap second, which runs into the next.
    if (take(&cursor, ':') && !(take_number(&cursor, 2, 0, 60, &second) && take_fraction(&cursor, &fraction)))
      return false;
    take(&cursor, ' ');
  }
  return together(&cursor, days_of(year, month, day), (hour * 60 + minute) * 60 + second, fraction, ns);
}

static bool take_month(struct cursor *cursor, int *month) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (cursor->end - cursor->at < 3) return false;
  for (*month = 1; *month <= 12; ++*month) {
    if (memcmp(cursor->at, &names[3 * (*month - 1)], 3) != 0) continue;
    cursor->at += 3;
    return true;
  }
  return false;
}

static bool read_apache(struct cursor cursor, int64_t *ns) {
  int year, month, day, hour, minute, second;
  if (take(&cursor, '[') && (cursor.end == cursor.at || *--cursor.end != ']')) return false;
  if (!take_number(&cursor, 2, 1, 31, &day) || !take(&cursor, '/')) return false;
  if (!take_month(&cursor, &month) || !take(&cursor, '/')) return false;
  if (!take_number(&cursor, 4, YEAR_LEAST, YEAR_MOST, &year) || !take(&cursor, ':')) return false;
  if (day > days_in(year, month)) return false;
  if (!take_number(&cursor, 2, 0, 23, &hour) || !take(&cursor, ':')) return false;
  if (!take_number(&cursor, 2, 0, 59, &minute) || !take(&cursor, ':')) return false;
  if (!take_number(&cursor, 2, 0, 60, &second)) return false;
  take(&cursor, ' ');
  return together(&cursor, days_of(year, month, day), (hour * 60 + minute) * 60 + second, 0, ns);
}

static const char *read_number(const char *text, size_t length, enum timestamp_unit unit, int64_t *ns) {
  static const char *const suffixes[] = {"s", "ms", "us", "ns"};
  char buffer[80];
  if (length == 0 || length > 64 || memchr(text, '\0', length) != NULL) return "is no time";
  if (text[length - 1] < '0' || text[length - 1] > '9') return "is no time"; // a unit of its own
  memcpy(buffer, text, length);
  strcpy(buffer + length, suffixes[unit]);
  switch (units_duration(buffer, ns)) {
  case UNITS_OK:
    return NULL;
  case UNITS_TOO_LARGE:
    return "is too large; `unit` says what bare numbers are: s, ms, us or ns";
  case UNITS_TOO_SMALL:
    *ns = 0;
    return NULL;
  case UNITS_NEGATIVE:
    return "is negative";
  default:
    return "is no time";
  }
}

const char *timestamp_read(const char *text, size_t length, enum timestamp_unit unit,
                           enum timestamp_form *form, int64_t *ns) {
  struct cursor cursor = {text, text + length};
  if (length > 4 && text[4] == '-' && text[3] >= '0' && text[3] <= '9') {
    if (!read_date(cursor, ns)) return "is no date of ISO 8601 from 1970 to 2261";
    *form = TIMESTAMP_DATE;
    return NULL;
  }
  if (length > 2 && (text[0] == '[' || text[2] == '/')) {
    if (!read_apache(cursor, ns)) return "is no time such as 17/May/2015:10:05:03 +0000";
    *form = TIMESTAMP_APACHE;
    return NULL;
  }
  const char *wrong = read_number(text, length, unit, ns);
  if (wrong == NULL) *form = TIMESTAMP_NUMBER;
  return wrong;
}
