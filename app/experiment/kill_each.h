// Everything dies at each event of a short run of a scenario, and nothing may be left: the property that
// holds a model's crashes and holdings right, for a user's own scenario.
//
// The short run is the beginning of the scenario's first replication, measured from its start: its first
// KILL_EVENTS_MOST events, or all of them. It is run anew for each death, up to the same event, where first
// the audit looks at what lives; then everything dies, and what is left is looked at (killing.h). Each event
// has two deaths: one that refuses whoever calls, and one without a word.
#ifndef HEADROOM_KILL_EACH_H
#define HEADROOM_KILL_EACH_H

#include "killing.h"
#include "plan.h"

#include <stdatomic.h>

enum { KILL_EVENTS_MOST = 20000, KILL_MOMENTS_MOST = 500, KILL_FINDINGS_MOST = 10 };

struct kill_finding {
  uint64_t event;
  int64_t time;    // ns
  const char *how; // "alive", "reset", "hang": before everything died, or how it did
  char what[KILLING_TEXT_BYTES];
};

struct kill_each {
  // What is asked for.
  const struct plan *plan;
  uint64_t event;   // this one alone; 0: all, or KILL_MOMENTS_MOST of them, evenly chosen
  int64_t deadline; // console_wall_time() at which to stop
  bool progress;    // on standard error
  const atomic_bool *interrupt;

  // What came out.
  uint64_t events;     // of the short run
  int64_t length;      // of its time, ns
  bool whole;          // it is the scenario's whole run
  uint64_t moments;    // events to die at
  uint64_t done;       // of these; fewer where time ran out, a run failed, or enough was found
  const char *stopped; // why fewer, static text; NULL: all are done
  bool failed;         // for a machine's reason: `stopped` says which
  struct kill_finding findings[KILL_FINDINGS_MOST];
  size_t finding_count;
};

// Fills in what came out.
void kill_each_run(struct kill_each *all);

#endif
