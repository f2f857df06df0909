#include "metric_table.h"

#include "model.h"

#include <string.h>

size_t metric_count(const struct model *model) {
  return metric_common_count + (model != NULL ? model->metric_count : 0);
}

const struct metric *metric_at(const struct model *model, size_t row) {
  return row < metric_common_count ? &metric_common[row] : &model->metrics[row - metric_common_count];
}

size_t metric_find(const struct model *model, const char *key) {
  for (size_t row = 0; row < metric_count(model); row++) {
    if (strcmp(metric_at(model, row)->key, key) == 0) return row;
  }
  return SIZE_MAX;
}

size_t metric_find_word(const struct model *model, const char *word) {
  for (size_t row = 0; row < metric_count(model); row++) {
    const char *slo = metric_at(model, row)->slo;
    if (slo != NULL && strcmp(slo, word) == 0) return row;
  }
  return SIZE_MAX;
}

double metric_scale(const struct metric *metric) {
  if (metric->unit == METRIC_MONEY_PER_HOUR) return 3600e9;
  return metric->unit == METRIC_SECONDS ? 1e-9 : 1;
}
