// Estimates from replications: every figure that results, tables, objectives, comparisons and stopping rules
// speak of is taken here, by the methods of sim/stats.
#ifndef HEADROOM_ESTIMATES_H
#define HEADROOM_ESTIMATES_H

#include "estimate.h"
#include "experiment.h"
#include "figure.h"
#include "part.h"

#include <stdbool.h>
#include <stdint.h>

// ---- Requests -------------------------------------------------------------------------------------------

// The requests of one client group, or of all but attackers (SCOPE_ALL); of one name, or of all.
struct scope {
  size_t count; // replications
  struct request_measure *each;
  struct request_measure pooled;
  double *seconds;
  const struct experiment *experiment;
  int client, request;
  const struct slices *slices; // of one long run; NULL where there are others, or none
  struct memory_budget budget;
  struct arena arena;
};

// Must not move. Memory: a histogram for each replication. Ends the process when memory runs out.
void scope_open(struct scope *scope, const struct experiment *experiment, int client, int request);
void scope_close(struct scope *scope);

// The figure in one replication: NaN where nothing was observed, INFINITY where too many failed.
double scope_value(const struct scope *scope, size_t replication, struct figure figure);

// With one replication, by batches of it; see batches.h.
struct estimate scope_estimate(const struct scope *scope, struct figure figure, double confidence);

// ---- Components -----------------------------------------------------------------------------------------

// One component over the replications.
struct component_scope {
  size_t count;
  const struct component_kept **each;
  double *seconds;
  const struct experiment *experiment;
  const struct model *model;
  uint16_t component;
  const struct slices *slices; // of one long run; NULL where there are others, or none
  struct component_measure pooled;
  struct metric_raw *rows; // pooled
  bool used;               // some visit entered in some replication
  struct memory_budget budget;
  struct arena arena;
};

// Must not move. Memory: the pooled rows with their histograms. Ends the process when memory runs out.
void component_scope_open(struct component_scope *scope, const struct experiment *experiment,
                          uint16_t component);
void component_scope_close(struct component_scope *scope);

// In one replication; NaN where nothing was observed, or the component reports no such thing.
double component_scope_value(const struct component_scope *scope, size_t replication, struct part part);

// With one replication, by batches of it; see batches.h.
struct estimate component_scope_estimate(const struct component_scope *scope, struct part part,
                                         double confidence);

// ---- Phases of runs that change -------------------------------------------------------------------------

struct phase {
  const char *name;
  int64_t from, until; // ns from the start
  bool noted;          // what clients measured in it is known; else only the windows of the series
};

// The phases between the events of the timeline; NULL and 0 where there is none. In the arena.
struct phase *estimates_phases(const struct experiment *experiment, size_t *count, struct arena *arena);

// A figure of the requests in a phase: FIGURE_OFFERED, FIGURE_ATTEMPTS, FIGURE_GOODPUT, FIGURE_ERRORS,
// FIGURE_MEAN and FIGURE_PERCENTILE; others have the value NaN. Where it was noted, of all but attackers,
// each latency and each failure in the phase in which the request ended, and those of the drain in the last;
// else from the windows whose middle lies in it, of all clients and without percentiles.
struct estimate estimates_in_phase(const struct experiment *experiment, const struct phase *phase,
                                   struct figure figure, double confidence, struct arena *arena);

// What is counted in it, over all replications; failures as above, the largest latency by windows.
struct phase_counts {
  uint64_t failed[OUTCOMES];
  int64_t largest; // latency of an answered request, ns; -1: there was none
};
void estimates_count_in_phase(const struct experiment *experiment, const struct phase *phase,
                              struct phase_counts *counts);

// ---- No steady state ------------------------------------------------------------------------------------

// A station that is offered more than it can do, where nothing keeps its queue from growing, as a sentence;
// NULL: there is none that the plan tells of. In the arena.
const char *estimates_overload(const struct experiment *experiment, struct arena *arena);

// Evidence against a steady state in what was measured, as a sentence; NULL: none. In the arena. `certain`:
// the number inside grows on; else it is a suspicion (Schruben's test still sees the beginning, or the pilots
// saw no end of it).
const char *estimates_unsteady(const struct experiment *experiment, bool *certain, struct arena *arena);

#endif
