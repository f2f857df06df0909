// The table of one experiment.
#ifndef HEADROOM_TABLE_RESULTS_H
#define HEADROOM_TABLE_RESULTS_H

#include "results.h"
#include "table.h"

// Everything about it.
void table_print(const struct table *table, const struct results *results);

#endif
