// What the files of the audit's identities share.
#ifndef HEADROOM_AUDIT_PARTS_H
#define HEADROOM_AUDIT_PARTS_H

#include "audit.h"
#include "census.h"
#include "sim.h"

struct finding {
  const struct sim *sim;
  struct audit_identities *found;
};

// The identity was looked at in one place; where it does not hold and is the first, what is said of it is
// kept.
void audit_expect(const struct finding *finding, enum identity which, bool holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// A machine is called by its host, or by the component whose it is.
const char *audit_machine_name(const struct sim *sim, const struct machine *machine);

// ---- In audit_lines.c ----

// Cores, disks and interfaces: their levels against who stands in them, and what they gave against what was
// received.
void audit_stations(const struct finding *finding);

// Workers, connections and their like against the visits that have one or ask for one.
void audit_pools(const struct finding *finding, const struct census *census);

#endif
