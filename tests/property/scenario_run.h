// Loading and running scenario text in tests; what must hold at any moment of any run is in killing.h. Used
// by the property tests and by the fuzzer, so without Criterion.
#ifndef HEADROOM_SCENARIO_RUN_H
#define HEADROOM_SCENARIO_RUN_H

#include "killing.h"
#include "scenario.h"
#include "sim.h"

#include <stdio.h>

// A compiled text and everything it lives in.
struct loaded {
  struct arena arena;
  struct diagnostics diagnostics;
  struct field_context context;
  struct node *root;
  const struct plan *plan; // NULL: there are errors in `diagnostics`
  int64_t time;            // factor on the times of files
};

// Reads and compiles. loaded_drop() must be called all the same.
void loaded_text(struct loaded *loaded, const char *text);
// The same in two halves, to change the nodes between.
void loaded_read(struct loaded *loaded, const char *text, int64_t time);
void loaded_compile(struct loaded *loaded);
void loaded_drop(struct loaded *loaded);

// Reads and compiles a text without errors; prints those that there are all the same. False: there were any.
bool loaded_whole(struct loaded *loaded, const char *text);

// What the plan asks for, as a single run.
struct sim_settings loaded_settings(const struct loaded *loaded);

// A text without errors, and its run before the first event. False: there were errors, which are printed, or
// no memory.
bool loaded_begin(struct loaded *loaded, struct sim *sim, const char *text);

// The first instance of a component; NULL: there is none.
struct instance *run_instance(const struct sim *sim, const char *component);

// Runs at most `most` activations.
enum engine_outcome loaded_step(struct sim *sim, uint64_t most);

// A hash over everything that a run has measured, in the order of names; components whose name begins with
// "a-" are left out.
uint64_t run_hash(const struct sim *sim);

#endif
