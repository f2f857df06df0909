// What the runner, its pilots and all that judges them share: an experiment, and how experiments are run.
#ifndef HEADROOM_EXPERIMENT_H
#define HEADROOM_EXPERIMENT_H

#include "replication.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct objectives;

// One scenario at one load.
struct experiment {
  // What is asked for.
  const struct plan *plan;
  double load; // factor on the scenario's own; 1
  FILE *trace; // of replication 0; NULL
  const char *name;
  bool series;                         // of components, over the windows: for series.csv
  const struct objectives *objectives; // of the scenario: those about windows are watched; NULL

  // How it was run.
  int64_t warmup;            // ns, the same for all replications
  const char *warmup_method; // static text
  bool settled;              // false: the pilots found no end of the warm-up
  double lengthening;        // factor on the run's length that a precision asked for; 1
  unsigned pilots;           // runs
  bool interrupted;
  bool failed; // a run could not be finished: `failure` says why
  char failure[512];
  const char *precision; // what became of it, in words; NULL: none was asked for
  const char *unsteady;  // evidence against a steady state, a sentence; NULL: none was found
  bool no_steady_state;  // that is certain: all estimates are of the measured time only

  // What came out: the replications that were finished, in order.
  struct replication **replications;
  size_t count;
  size_t room;

  // Over all runs, pilots included.
  uint64_t events;
  uint64_t issued;
  int64_t cpu_time; // ns
};

struct runner {
  int64_t jobs;
  int64_t deadline;    // console_wall_time() at which to stop; INT64_MAX
  bool progress;       // on standard error
  const char *heading; // shown in front of the progress; NULL: none
  const atomic_bool *interrupt;
  struct arena *arena; // of the main thread, for lists of replications
  // What its runs, and all that is kept of them, take together: experiments are dropped before it goes. NULL:
  // the runner makes one in its arena, of most of what the process may use.
  struct memory_total *memory;
  size_t stack;     // bytes of a thread's; 0: the system's
  uint64_t fail_at; // refuse the n-th allocation of every replication but the first, in tests; 0: none
};

// Gives the replications back.
void experiment_drop(struct experiment *experiment);

// Nothing more is run of it: it was interrupted, or has failed.
bool experiment_is_over(const struct experiment *experiment);

// Requests per second that its clients send; NAN where they wait for answers.
double experiment_rate(const struct experiment *experiment);

#endif
