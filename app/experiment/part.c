#include "part.h"

#include "figure.h"
#include "metric_table.h"

#include <math.h>
#include <string.h>

// "mean", "std", "p99"; false: it is none of these.
static bool read_aspect(const char *word, struct part *part) {
  struct figure figure;
  if (!figure_read(word, &figure)) return false;
  if (figure.kind == FIGURE_DEVIATION) part->aspect = PART_DEVIATION;
  if (figure.kind == FIGURE_PERCENTILE) part->aspect = PART_PERCENTILE;
  part->argument = figure.argument;
  return figure.kind == FIGURE_MEAN || part->aspect != PART_VALUE;
}

struct part part_named(const struct model *model, const char *name) {
  struct part part = {.row = metric_find(model, name)};
  for (size_t row = 0; part.row == SIZE_MAX && row < metric_count(model); row++) {
    const struct metric *metric = metric_at(model, row);
    size_t length = strlen(metric->key);
    if (metric->kind != METRIC_TIMES || strncmp(name, metric->key, length) != 0) continue;
    if (name[length] == '.' && read_aspect(name + length + 1, &part)) part.row = row;
  }
  return part;
}

bool part_fraction(const struct metric *metric, struct part part, const struct metric_raw *raw,
                   double seconds, double *top, double *bottom) {
  double scale = metric_scale(metric);
  *top = raw->top * scale;
  *bottom = raw->bottom;
  switch (metric->kind) {
  case METRIC_RATE:
    *bottom = seconds;
    return true;
  case METRIC_LEVEL:
    if (metric->bottom.place == METRIC_NOWHERE) *bottom = seconds * 1e9;
    return true;
  case METRIC_SHARE:
  case METRIC_RATIO:
    return true;
  case METRIC_TIMES:
    *top = (double)raw->times->sum * scale;
    *bottom = (double)raw->times->count;
    return part.aspect == PART_VALUE;
  case METRIC_TOTAL:
  case METRIC_PEAK:
  case METRIC_WHOLE:
    break;
  }
  return false;
}

double part_value(const struct metric *metric, struct part part, const struct metric_raw *raw,
                  double seconds) {
  double top = 0, bottom = 0;
  double scale = metric_scale(metric);
  if (part_fraction(metric, part, raw, seconds, &top, &bottom)) return bottom == 0 ? NAN : top / bottom;
  if (metric->kind != METRIC_TIMES) {
    bool nothing = metric->bottom.place != METRIC_NOWHERE && !(raw->bottom > 0);
    return nothing ? NAN : raw->top * scale;
  }
  if (part.aspect == PART_DEVIATION) return tally_deviation(raw->times) * scale;
  if (raw->histogram == NULL) return NAN;
  double value = histogram_quantile(raw->histogram, part.argument, 0); // of a bin, so perhaps above all in it
  return (isnan(value) ? value : fmin(value, (double)raw->times->largest)) * scale;
}
