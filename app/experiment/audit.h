// The audit: identities, which hold exactly in every run, and laws, which hold on average where their
// assumptions do.
#ifndef HEADROOM_AUDIT_H
#define HEADROOM_AUDIT_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;
struct experiment;

enum identity {
  IDENTITY_CLIENTS,  // arrived = answered + failed + inside, since the start
  IDENTITY_REQUESTS, // measured requests: offered = answered + failed
  IDENTITY_VISITS,   // entered = left + inside, since the start
  IDENTITY_SOJOURNS, // the integral of the number inside = the sum of sojourns, over the window
  IDENTITY_WORK,    // what cores, disks and interfaces gave = what jobs received, within 1 ns a completion or
                    // change
  IDENTITY_PAID,    // what machines are paid for = the lives of their instances, since the start
  IDENTITY_MONEY,   // what components have cost = machines, services and traffic, since the start
  IDENTITY_TOKENS,  // workers taken, and a balancer's counts = visits that hold one
  IDENTITY_DISKS,   // operations and bytes of a disk = those that its machine's instances asked for
  IDENTITY_BYTES,   // sent between network interfaces = received + lost + on their way
  IDENTITY_MEMORY,  // a machine's memory in use = what its instances hold
  IDENTITY_LEDGERS, // what a component's own books say: of a queue's messages, of a cache's reads, of a
                    // dns' questions
  IDENTITIES
};

// The words of results, by number.
extern const char *const identity_names[IDENTITIES];

struct audit_identities {
  uint64_t checked[IDENTITIES]; // places where it was looked at
  bool broken;
  enum identity which; // the first that is broken
  char what[256];      // what was found, with the event number
};

// What a run has cost since its start, added up by what is paid for, in the currency of the plan's prices.
double audit_money(const struct sim *sim);

// Looks at a run that has ended and not yet been dropped.
void audit_identities(const struct sim *sim, struct audit_identities *found);

enum audit_verdict { AUDIT_USUAL, AUDIT_UNUSUAL };

struct audit_law {
  const char *law;   // "M/M/c mean sojourn"
  const char *where; // component
  double expected;
  double observed;
  double z; // as a standard normal would have it
  enum audit_verdict verdict;
};

struct audit_laws {
  struct audit_law *laws;
  size_t count;
};

// Compares an experiment's replications (two at least) with the closed forms whose assumptions its plan
// proves. The threshold is that of 1e-4 for all comparisons together.
void audit_laws(const struct experiment *experiment, struct audit_laws *found, struct arena *arena);

#endif
