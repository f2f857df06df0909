// Compares what a run says with what the table expects.
#ifndef HEADROOM_VALIDATE_JUDGE_H
#define HEADROOM_VALIDATE_JUDGE_H

#include "validate_table.h"

enum judged {
  JUDGED_PASSED,
  JUDGED_OUTSIDE,   // further from the reference than the tolerance
  JUDGED_TOO_SHORT, // the tolerance is below four standard errors of the run: no test at all
  JUDGED_MISSING,   // not in the results
  JUDGED_UNSEEN,    // too few samples for this percentile in a quick run: not judged
  JUDGED_FAR        // a normal score beyond four
};

struct finding {
  const struct figure *figure;
  double observed;
  double tolerance; // at the size of this run
  double error;     // one standard error, NaN without an interval
  double z, score;  // NaN unless the figure is scored: in standard errors, and as a standard normal value
  enum judged verdict;
};

struct outcome {
  const struct trial *trial;
  uint64_t seed, requests;
  struct finding *findings; // as many as the trial's figures
  char problem[400];        // why there is nothing to judge, or what else is wrong; empty: nothing
  bool passed;
  bool absent; // what it needs is not here, says `problem`; not run
};

const char *judged_text(enum judged verdict);

bool judge_good(const struct finding *finding);

// The seed of a trial: the FNV-1a hash (64 bits; Fowler, Noll & Vo) of its name, its upper 53 bits, so that
// JSON can hold it. Nobody chooses it.
uint64_t judge_seed(const char *name);

// Judges results.json and, where the trial has timetables, the lines of a --trace file (else NULL), and
// fills outcome->findings, problem and passed. The tolerance of a run of fewer requests than the full ones
// grows with the square root of their ratio.
void judge(struct outcome *outcome, const cJSON *results, const char *trace);

#endif
