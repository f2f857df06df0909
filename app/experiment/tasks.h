// Runs of experiments, dealt to threads. Private to the runner and its pilots.
#ifndef HEADROOM_TASKS_H
#define HEADROOM_TASKS_H

#include "experiment.h"

struct task {
  struct experiment *experiment;
  struct sim_settings settings;
  int64_t slice;              // ns of a slice to begin with; 0: none are taken
  struct replication *result; // NULL: not finished
  enum engine_outcome outcome;
  bool tried;
  char failure[512];
};

// What a run of an experiment is told; `length` is a factor on the run that its scenario asks for.
struct sim_settings task_settings(const struct runner *runner, const struct experiment *experiment,
                                  double length);

// Carries out all tasks, or as many as are finished before the runner must stop. `what` they are is shown
// with the progress.
void tasks_run(const struct runner *runner, struct task *tasks, size_t count, const char *what);

// Adds what a task has cost to its experiment; one that did not come to its end makes that end, too.
void task_judge(const struct task *task);

#endif
