// What came out, for a terminal, for ctest and for docs/validation.md.
#ifndef HEADROOM_VALIDATE_REPORT_H
#define HEADROOM_VALIDATE_REPORT_H

#include "score.h"
#include "validate_judge.h"

struct together {
  struct score_fit fit; // Anderson and Darling's test of all normal scores against N(0, 1)
  size_t count;         // scores
  bool passed;
};

// One line a run as it ends, and a line for each figure that did not pass.
void report_outcome(const struct outcome *outcome);

// The test of all scores together.
void report_together(const struct together *together);

// The whole as a page. False (and a word on standard error) if it cannot be written.
bool report_page(const char *path, const struct table *table, const struct outcome *outcomes, size_t count,
                 const struct together *together);

// The same verdicts in the Test Anything Protocol.
bool report_tap(const char *path, const struct outcome *outcomes, size_t count,
                const struct together *together);

#endif
