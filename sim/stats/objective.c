#include "objective.h"

#include "assertion.h"

static enum objective_verdict decide(bool passed, bool failed) {
  if (passed) return OBJECTIVE_PASSED;
  return failed ? OBJECTIVE_FAILED : OBJECTIVE_UNDECIDED;
}

enum objective_verdict objective_judge(const struct estimate *estimate, enum objective_sense sense,
                                       double limit) {
  if (!estimate->has_interval) return OBJECTIVE_UNDECIDED;
  double low = estimate->low;
  double high = estimate->high;
  switch (sense) {
  case OBJECTIVE_AT_MOST:
    return decide(high <= limit, low > limit);
  case OBJECTIVE_BELOW:
    return decide(high < limit, low >= limit);
  case OBJECTIVE_AT_LEAST:
    return decide(low >= limit, high < limit);
  case OBJECTIVE_ABOVE:
    return decide(low > limit, high <= limit);
  }
  return OBJECTIVE_UNDECIDED;
}

double objective_confidence(double confidence, size_t rules) {
  ASSERT(rules > 0, "Bonferroni needs a rule");
  return 1 - (1 - confidence) / (double)rules;
}
