// What ends processes from beneath: a machine whose memory is exceeded, and one that fails by itself.
#ifndef HEADROOM_MACHINE_FAILURE_H
#define HEADROOM_MACHINE_FAILURE_H

#include "sim.h"

// CONTROL_MEMORY has come due: ends the largest process, if the memory is still exceeded.
void machine_relieve(struct sim *sim, struct machine *machine);

// CONTROL_MACHINE_FAILS and CONTROL_MACHINE_REPAIRED have come due.
void machine_fail(struct sim *sim, struct machine *machine);
void machine_repair(struct sim *sim, struct machine *machine);

#endif
