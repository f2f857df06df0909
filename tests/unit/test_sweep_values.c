#include "sweep_values.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;

static void set_up(void) {
  arena_init(&arena, NULL);
  diagnostics_init(&diagnostics, &arena);
}

static void tear_down(void) {
  arena_drop(&arena);
}

TestSuite(sweep_values, .init = set_up, .fini = tear_down);

static struct sweep_dimension dimension(const char *text, bool sampled) {
  struct sweep_dimension read;
  bool right = sweep_dimension_read(&read, text, sampled, &diagnostics, &arena);
  cr_assert(right && diagnostics.errors == 0, "%s: %s", text,
            diagnostics.first != NULL ? diagnostics.first->message : "");
  return read;
}

// The values with | between.
static const char *joined(const struct sweep_dimension *read) {
  const char *text = "";
  for (size_t i = 0; i < read->count; i++)
    text = arena_format(&arena, "%s%s%s", text, i > 0 ? "|" : "", read->values[i]);
  return text;
}

Test(sweep_values, lists_and_ranges) {
  static const struct {
    const char *text, *path, *values;
  } cases[] = {
      {"run.load=1", "run.load", "1"},
      {"run.load=1,2.5,40", "run.load", "1|2.5|40"},
      {"run.load=1..5", "run.load", "1|2|3|4|5"},
      {"a=-2..2:2", "a", "-2|0|2"},
      {"a=0.1..0.7:0.1", "a", "0.1|0.2|0.3|0.4|0.5|0.6|0.7"},
      {"a=0.1..0.35:0.1", "a", "0.1|0.2|0.3"},
      {"a=1..64*2", "a", "1|2|4|8|16|32|64"},
      {"a=1..60*2", "a", "1|2|4|8|16|32"},
      {"a=0.5..4*2", "a", "0.5|1|2|4"},
      {"a=1,4..6,10..30:10", "a", "1|4|5|6|10|20|30"},
      {"a=5ms..20ms:5ms", "a", "5ms|10ms|15ms|20ms"},
      {"a=1GiB..8GiB*2", "a", "1GiB|2GiB|4GiB|8GiB"},
      {"a=$10/month..$30/month:$10/month", "a", "$10/month|$20/month|$30/month"},
      {"a=90%..99%:9%", "a", "90%|99%"},
      {"a=5..5", "a", "5"},
      {"a=random,\"round-robin\",{\"power-of-d\":{\"choices\":3}}", "a",
       "random|\"round-robin\"|{\"power-of-d\":{\"choices\":3}}"},
      {"a=[1,2],[3,\"],\"]", "a", "[1,2]|[3,\"],\"]"},
      {"a[\"x=y\"].b=1,2", "a[\"x=y\"].b", "1|2"},
      {"a=null,true", "a", "null|true"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct sweep_dimension read = dimension(cases[i].text, false);
    cr_assert_str_eq(read.path, cases[i].path);
    cr_assert_str_eq(joined(&read), cases[i].values, "%s: %s", cases[i].text, joined(&read));
    cr_assert(!read.continuous);
  }
  struct sweep_dimension read = dimension("a=../other.csv,x..y", false); // no numbers: no ranges
  cr_assert_str_eq(joined(&read), "../other.csv|x..y");
}

Test(sweep_values, wrong_ones) {
  static const char *const cases[] = {
      "",           "a",         "a=",        "a=1,",       "a=1..",     "a=1..x",   "a=0.1..1",
      "a=1ms..9ms", "a=9..1",    "a=1..9:0",  "a=1..9:-1",  "a=1..9*1",  "a=1..9*",  "a=0..9*2",
      "a=-1..9*2",  "a=1s..9ms", "a=1..9:2s", "a=1..9:2:3", "a=[1",      "a=1..1e9", "=1",
      "a..b=1",     "a[=1",      "a=1..2..3", "a=1..9:",    "a=$1..2:$1"};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct sweep_dimension read;
    diagnostics_init(&diagnostics, &arena);
    cr_assert(!sweep_dimension_read(&read, cases[i], false, &diagnostics, &arena), "%s", cases[i]);
    cr_assert_eq(diagnostics.errors, 1, "%s: %zu errors", cases[i], diagnostics.errors);
  }
}

Test(sweep_values, combinations) {
  struct sweep_dimension both[] = {dimension("a=1,2", false), dimension("b=x,y,z", false)};
  struct sweep_points points;
  static const char *const crossed[] = {"1", "x", "1", "y", "1", "z", "2", "x", "2", "y", "2", "z"};
  cr_assert(sweep_points_cross(&points, both, 2, &arena));
  cr_assert_eq(points.count, 6);
  for (size_t i = 0; i < 12; i++) cr_assert_str_eq(points.values[i], crossed[i]);
  cr_assert(!sweep_points_zip(&points, both, 2, &arena));
  both[0] = dimension("a=1..3", false);
  static const char *const zipped[] = {"1", "x", "2", "y", "3", "z"};
  cr_assert(sweep_points_zip(&points, both, 2, &arena));
  cr_assert_eq(points.count, 3);
  for (size_t i = 0; i < 6; i++) cr_assert_str_eq(points.values[i], zipped[i]);
  struct sweep_dimension large[] = {dimension("a=1..1000", false), dimension("b=1..1000", false)};
  cr_assert(!sweep_points_cross(&points, large, 2, &arena));
}

// Sobol's first 2^k - 1 points and the origin, which is left out, put exactly one number into each interval
// of length 2^-k in every coordinate (a digital net: Sobol 1967), and GSL begins behind the origin.
Test(sweep_values, samples_are_even) {
  struct sweep_dimension three[] = {dimension("a=0.0..1.0", true), dimension("b=1.0..16.0*", true),
                                    dimension("c=10ms..20ms", true)};
  struct sweep_points points;
  enum { COUNT = 255 };
  cr_assert(three[0].continuous && three[1].logarithmic && !three[2].logarithmic);
  cr_assert(sweep_points_sobol(&points, three, 3, COUNT, &arena));
  cr_assert_eq(points.count, COUNT);
  for (size_t d = 0; d < 3; d++) {
    unsigned seen[COUNT + 1] = {0};
    for (size_t p = 0; p < COUNT; p++) {
      const char *text = points.values[3 * p + d];
      double number = strtod(text, NULL);
      double share = d == 0 ? number : d == 1 ? log2(number) / 4 : (number - 10) / 10;
      cr_assert_eq(d == 2, strstr(text, "ms") != NULL);
      cr_assert(share > 0 && share < 1, "%s", text);
      seen[(size_t)(share * (COUNT + 1) + 0.01)]++; // values are rounded to six digits
    }
    for (size_t i = 1; i <= COUNT; i++) cr_assert_eq(seen[i], 1, "%zu, %zu: %u", d, i, seen[i]);
  }
}

// Of a list of four, each is drawn equally often.
Test(sweep_values, samples_of_a_list) {
  struct sweep_dimension two[] = {dimension("a=w,x,y,z", true), dimension("b=1..8", true)};
  struct sweep_points points;
  cr_assert(sweep_points_sobol(&points, two, 2, 63, &arena));
  unsigned letters[4] = {0}, numbers[8] = {0};
  for (size_t p = 0; p < 63; p++) {
    letters[points.values[2 * p][0] - 'w']++;
    numbers[strtoul(points.values[2 * p + 1], NULL, 10) - 1]++;
  }
  for (size_t i = 0; i < 4; i++) cr_assert_eq(letters[i], i == 0 ? 15 : 16);
  for (size_t i = 0; i < 8; i++) cr_assert_eq(numbers[i], i == 0 ? 7 : 8);
}

Test(sweep_values, values_as_numbers) {
  static const struct {
    const char *text;
    double number;
    const char *unit;
  } cases[] = {{"5", 5, ""},
               {"-2.5", -2.5, ""},
               {"5ms", 0.005, "s"},
               {"\"5ms\"", 0.005, "s"},
               {"2KiB", 2048, "bytes"},
               {"300/s", 300, "/s"},
               {"2/min", 2.0 / 60, "/s"},
               {"8bps", 1, "bytes/s"},
               {"50%", 0.5, ""},
               {"$24/month", 24, ""}};
  const char *unit;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    cr_assert_float_eq(sweep_value_number(cases[i].text, &unit), cases[i].number, 1e-12, "%s", cases[i].text);
    cr_assert_str_eq(unit, cases[i].unit);
  }
  static const char *const none[] = {"", "ps", "[1]", "\"\"", "inf", "0x10", "nan", "true"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    cr_assert(isnan(sweep_value_number(none[i], &unit)), "%s", none[i]);
}
