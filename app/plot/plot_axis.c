#include "plot_axis.h"

#include "writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct plot_extent plot_extent_empty(void) {
  return (struct plot_extent){INFINITY, 0};
}

void plot_extent_add(struct plot_extent *extent, double value) {
  if (!isfinite(value)) return;
  if (value > 0 && value < extent->least_positive) extent->least_positive = value;
  if (value > extent->largest) extent->largest = value;
}

// ---- Round numbers ----------------------------------------------------------------------------------------

static double power_of_ten(double value) {
  return pow(10, floor(log10(value) + 1e-9));
}

// The largest of 1, 2, 5 times a power of ten that is not above `value` > 0; the smallest that is not below.
static double round_down(double value) {
  double power = power_of_ten(value), mantissa = value / power * (1 + 1e-9);
  return power * (mantissa >= 5 ? 5 : mantissa >= 2 ? 2 : 1);
}

static double round_up(double value) {
  double down = round_down(value);
  return value <= down * (1 + 1e-6) ? down : round_down(down * 2.55);
}

struct plot_axis plot_axis_logarithmic(double least, double largest, enum plot_unit unit) {
  return (struct plot_axis){
      .unit = unit, .logarithmic = true, .low = round_down(least), .high = round_up(largest)};
}

struct plot_axis plot_axis_footed(struct plot_extent extent, enum plot_unit unit) {
  double low = power_of_ten(extent.least_positive) / 10;
  struct plot_axis axis = plot_axis_logarithmic(low, extent.largest, unit);
  axis.foot = true;
  return axis;
}

static double linear_step(double high) {
  return round_up(high / 6);
}

struct plot_axis plot_axis_fit(struct plot_extent extent, enum plot_unit unit) {
  struct plot_axis axis = {.unit = unit, .high = 1};
  if (!(extent.largest > 0)) return axis;
  bool wide = extent.largest > 20 * extent.least_positive;
  if (wide && unit == PLOT_SECONDS) return plot_axis_logarithmic(extent.least_positive, extent.largest, unit);
  if (wide && unit == PLOT_SHARE) return plot_axis_footed(extent, unit);
  double step = linear_step(extent.largest);
  axis.high = step * ceil(extent.largest * 1.02 / step);
  return axis;
}

// ---- Labels -----------------------------------------------------------------------------------------------

void plot_number_text(double value, char label[PLOT_LABEL_BYTES]) {
  char digits[PLOT_LABEL_BYTES];
  if (value < 999.5) { // what rounds to 1000 has a comma
    snprintf(label, PLOT_LABEL_BYTES, "%.3g", value);
    return;
  }
  int length = snprintf(digits, sizeof digits, "%.0f", value);
  size_t at = 0;
  for (int i = 0; i < length && at + 2 < PLOT_LABEL_BYTES; i++) {
    if (i > 0 && (length - i) % 3 == 0) label[at++] = ',';
    label[at++] = digits[i];
  }
  label[at] = '\0';
}

static void label_seconds(double value, char label[PLOT_LABEL_BYTES]) {
  static const struct {
    double scale;
    const char *unit;
  } units[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}};
  size_t i = 0;
  while (i < 3 && value < units[i].scale * (1 - 1e-9)) i++;
  snprintf(label, PLOT_LABEL_BYTES, "%.6g %s", value / units[i].scale, units[i].unit);
}

static void label_value(double value, enum plot_unit unit, char label[PLOT_LABEL_BYTES]) {
  if (value == 0) {
    snprintf(label, PLOT_LABEL_BYTES, "0");
  } else if (unit == PLOT_SECONDS) {
    label_seconds(value, label);
  } else if (unit == PLOT_SHARE || unit == PLOT_SHARE_LINEAR) {
    snprintf(label, PLOT_LABEL_BYTES, "%.6g%%%%", value * 100); // gnuplot reads ticks as formats
  } else if (value >= 1000 && value < 1e15) {
    plot_number_text(value, label);
  } else {
    snprintf(label, PLOT_LABEL_BYTES, "%.6g", value);
  }
}

// ---- Ticks ------------------------------------------------------------------------------------------------

// `bare`: a small tick without a label. 0 on a logarithmic axis stands at its foot.
static void add_tick(struct writer *list, const struct plot_axis *axis, double value, bool bare) {
  char label[PLOT_LABEL_BYTES] = "";
  if (!bare) label_value(value, axis->unit, label);
  if (value == 0 && axis->logarithmic) value = axis->low;
  writer_format(list, "%s\"%s\" %.9g %d", list->length > 1 ? ", " : "", label, value, bare);
}

static int longest_label(const struct plot_axis *axis) {
  char label[PLOT_LABEL_BYTES];
  label_value(axis->logarithmic ? power_of_ten(axis->high) : axis->high, axis->unit, label);
  return (int)strlen(label);
}

// Powers of ten have labels; 2 and 5 times them where there is room: those that are closest stand a factor of
// 2 apart.
static bool has_label(const struct plot_axis *axis, int digit) {
  double range = axis->high / axis->low, apart = log10(2) / log10(range) * axis->columns;
  bool room = axis->columns == 0 || apart >= longest_label(axis) + 1;
  return digit == 1 || ((digit == 2 || digit == 5) && room && range < 300);
}

static void logarithmic_ticks(struct writer *list, const struct plot_axis *axis) {
  for (double power = power_of_ten(axis->low); power <= axis->high * (1 + 1e-9); power *= 10) {
    for (int digit = 1; digit <= 9; digit++) {
      double value = power * digit;
      if (value < axis->low * (1 - 1e-9) || value > axis->high * (1 + 1e-9)) continue;
      bool first = axis->foot && power < axis->low * 2;
      if (first && digit > 1) continue;
      add_tick(list, axis, first ? 0 : value, !has_label(axis, digit));
    }
  }
}

// Where numbers are too long for it, every second tick has one.
static void linear_ticks(struct writer *list, const struct plot_axis *axis) {
  double step = linear_step(axis->high), apart = step / axis->high * axis->columns;
  bool sparse = axis->columns > 0 && apart < longest_label(axis) + 1;
  for (int i = 0; i * step <= axis->high * (1 + 1e-9); i++)
    add_tick(list, axis, i * step, sparse && i % 2 != 0);
}

const char *plot_axis_ticks(const struct plot_axis *axis, struct arena *arena) {
  struct writer list;
  writer_init(&list, NULL);
  writer_bytes(&list, "(", 1);
  if (axis->logarithmic) {
    logarithmic_ticks(&list, axis);
  } else {
    linear_ticks(&list, axis);
  }
  writer_bytes(&list, ")", 1);
  const char *ticks = list.failed ? "()" : arena_text(arena, list.bytes, list.length);
  writer_drop(&list);
  return ticks;
}
