#include "figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- Names ------------------------------------------------------------------------------------------------

static const struct {
  const char *word;
  struct figure figure;
} figure_words[] = {
    {"offered", {FIGURE_OFFERED, 0}},       {"attempts", {FIGURE_ATTEMPTS, 0}},
    {"throughput", {FIGURE_THROUGHPUT, 0}}, {"goodput", {FIGURE_GOODPUT, 0}},
    {"errors", {FIGURE_ERRORS, 0}},         {"availability", {FIGURE_AVAILABILITY, 0}},
    {"degraded", {FIGURE_DEGRADED, 0}},     {"mean", {FIGURE_MEAN, 0}},
    {"std", {FIGURE_DEVIATION, 0}},
};

static bool read_percentile(const char *word, double *q) {
  if (word[0] != 'p' || word[1] < '0' || word[1] > '9') return false;
  char *end = NULL;
  double percent = strtod(word + 1, &end);
  if (*end != '\0' || !(percent > 0 && percent < 100) || strspn(word + 1, "0123456789.") != strlen(word + 1))
    return false;
  *q = percent / 100;
  return true;
}

bool figure_read(const char *word, struct figure *figure) {
  double q = 0;
  if (word == NULL) return false;
  if (read_percentile(word, &q)) {
    *figure = (struct figure){FIGURE_PERCENTILE, q};
    return true;
  }
  for (size_t i = 0; i < sizeof figure_words / sizeof *figure_words; i++) {
    if (strcmp(word, figure_words[i].word) != 0) continue;
    *figure = figure_words[i].figure;
    return true;
  }
  return false;
}

// ---- Figures of requests ----------------------------------------------------------------------------------

static const double NANOSECOND = 1e-9;

static uint64_t unanswered(const struct request_measure *measure) {
  return measure->offered - measure->answered;
}

static uint64_t answered_within(const struct request_measure *measure, double nanoseconds) {
  double above = histogram_above(&measure->latency_histogram, (int64_t)nanoseconds);
  return measure->answered - (uint64_t)(above + 0.5);
}

uint64_t figure_hits(const struct request_measure *measure, struct figure figure) {
  switch (figure.kind) {
  case FIGURE_OFFERED:
    return measure->offered;
  case FIGURE_ATTEMPTS:
    return measure->attempts;
  case FIGURE_THROUGHPUT:
    return measure->answers;
  case FIGURE_GOODPUT:
    return measure->answered - measure->degraded;
  case FIGURE_ERRORS:
    return unanswered(measure);
  case FIGURE_AVAILABILITY:
    return measure->answered;
  case FIGURE_DEGRADED:
    return measure->degraded;
  case FIGURE_WITHIN:
    return answered_within(measure, figure.argument);
  default:
    return 0;
  }
}

uint64_t figure_trials(const struct request_measure *measure, struct figure figure) {
  return figure.kind == FIGURE_DEGRADED ? measure->answered : measure->offered;
}

uint64_t figure_samples(const struct request_measure *measure, struct figure figure) {
  return figure.kind == FIGURE_PERCENTILE ? measure->answered : measure->offered;
}

bool figure_is_rate(struct figure figure) {
  return figure.kind == FIGURE_OFFERED || figure.kind == FIGURE_ATTEMPTS ||
         figure.kind == FIGURE_THROUGHPUT || figure.kind == FIGURE_GOODPUT;
}

bool figure_is_share(struct figure figure) {
  return figure.kind == FIGURE_ERRORS || figure.kind == FIGURE_AVAILABILITY ||
         figure.kind == FIGURE_DEGRADED || figure.kind == FIGURE_WITHIN;
}

// Within a bin a quantile may come to lie above all that were observed.
static double quantile(const struct request_measure *measure, double q, uint64_t infinite) {
  double value = histogram_quantile(&measure->latency_histogram, q, infinite);
  return isfinite(value) ? fmin(value, (double)measure->latency.largest) : value;
}

double figure_value(const struct request_measure *measure, double seconds, struct figure figure) {
  if (figure_is_rate(figure)) return (double)figure_hits(measure, figure) / seconds;
  if (figure_is_share(figure))
    return (double)figure_hits(measure, figure) / (double)figure_trials(measure, figure);
  uint64_t infinite = unanswered(measure);
  switch (figure.kind) {
  case FIGURE_MEAN:
    return tally_mean(&measure->latency) * NANOSECOND;
  case FIGURE_DEVIATION:
    return tally_deviation(&measure->latency) * NANOSECOND;
  case FIGURE_PERCENTILE:
    return quantile(measure, figure.argument, 0) * NANOSECOND;
  case FIGURE_MEAN_ALL:
    return infinite > 0 ? INFINITY : tally_mean(&measure->latency) * NANOSECOND;
  case FIGURE_DEVIATION_ALL:
    return infinite > 0 ? INFINITY : tally_deviation(&measure->latency) * NANOSECOND;
  case FIGURE_PERCENTILE_ALL:
    return quantile(measure, figure.argument, infinite) * NANOSECOND;
  default:
    return NAN;
  }
}
