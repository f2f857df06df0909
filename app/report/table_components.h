// The part of the table that is about components: what each has in common with all, its devices, and what
// its type reports besides.
#ifndef HEADROOM_TABLE_COMPONENTS_H
#define HEADROOM_TABLE_COMPONENTS_H

#include "table.h"

void table_print_components(const struct table *table, const struct experiment *experiment);

#endif
