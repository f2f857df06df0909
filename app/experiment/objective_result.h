// What became of objectives: judged by intervals that hold for all of them together (Bonferroni).
#ifndef HEADROOM_OBJECTIVE_RESULT_H
#define HEADROOM_OBJECTIVE_RESULT_H

#include "estimates.h"
#include "objectives.h"

struct objective_result {
  const struct objective *objective;
  struct estimate estimate;
  enum objective_verdict verdict;
};

// One result for each rule, in the arena.
struct objective_result *objectives_judge(const struct objectives *objectives,
                                          const struct experiment *experiment, struct arena *arena);

// "passed", "failed", "undecided".
const char *objective_verdict_name(enum objective_verdict verdict);

// The value of an objective's figure, for tables.
struct units_text objective_show(const struct objective *objective, double value);

#endif
