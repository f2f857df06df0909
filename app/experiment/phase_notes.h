// What clients have measured between the events of the timeline, noted down while a run goes on: percentiles
// of a phase cannot be had from the windows of the series.
#ifndef HEADROOM_PHASE_NOTES_H
#define HEADROOM_PHASE_NOTES_H

#include "sim.h"

#include <stdbool.h>
#include <stdint.h>

// Phases, each of which may need some tens of KB in every replication; where there are more, none are noted.
enum { PHASE_NOTES_MOST = 1000 };

struct phase_note {
  int64_t from;                   // ns from the start of the run; it ends where the next begins
  struct request_measure measure; // of all but attackers: requests that arrived, and that ended, in it
};

struct phase_notes {
  struct memory_budget *budget; // borrowed
  struct arena arena;
  const struct plan *plan;
  size_t bound_count;
  int64_t *bounds;               // where phases begin, but the first; in order, each once
  size_t next;                   // of the bounds
  struct request_measure before; // all that was measured up to the last bound
  size_t count;
  struct phase_note *list; // room for one more than there are bounds
};

// At the start of the measured time, in memory of `budget`. `*made` NULL: the run has no timeline, or too
// many phases. False when memory ran out.
bool phase_notes_open(struct phase_notes **made, const struct sim *sim, struct memory_budget *budget);

// Whether the timeline of a plan has more phases than are noted.
bool phase_notes_too_many(const struct plan *plan);

void phase_notes_drop(struct phase_notes *notes);

// The time, ns from the start of the run, at which the next phase begins; INT64_MAX for NULL.
int64_t phase_notes_next(const struct phase_notes *notes);

// One phase is over now and another begins. False when memory ran out.
bool phase_notes_look(struct phase_notes *notes, const struct sim *sim);

// The run is over: the last phase gets what ended in the drain, and what never did, as unfinished.
bool phase_notes_end(struct phase_notes *notes, const struct sim *sim);

// What was noted of the phase that begins at `from`; NULL: it had not begun when the measured time ended, or
// was over before that began.
const struct request_measure *phase_notes_find(const struct phase_notes *notes, int64_t from);

#endif
