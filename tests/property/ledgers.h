// What must hold of the accounts of single models at any moment of any run: of queues, and of what keeps
// copies.
#ifndef HEADROOM_LEDGERS_H
#define HEADROOM_LEDGERS_H

#include "sim.h"

#include <stddef.h>

// What is wrong with an instance's account, where visits hold `holdings` of it; false: nothing.
bool ledger_differs(const struct instance *instance, uint64_t holdings, char *text, size_t bytes);

#endif
