// The rows of a type of component: those that every component has, then the model's own.
#ifndef HEADROOM_METRIC_TABLE_H
#define HEADROOM_METRIC_TABLE_H

#include "metric.h"

// The rows of a type, by number. `model` NULL: the common ones.
size_t metric_count(const struct model *model);
const struct metric *metric_at(const struct model *model, size_t row);

// The row with that key, or with that word of objectives; SIZE_MAX: there is none.
size_t metric_find(const struct model *model, const char *key);
size_t metric_find_word(const struct model *model, const char *word);

// Factor from what is kept to the unit that is reported: 1e-9 for times, 3600e9 for money (over ns), else 1.
double metric_scale(const struct metric *metric);

#endif
