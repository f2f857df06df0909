// A compiled program as ranges of steps, for whoever walks over it: it nests properly. A way that is taken
// ends in a jump to the end of its choice; the other ways stand between. A call with a way for its failure is
// a choice, too:
//   CALL → otherwise; …way of success…; JUMP → after; otherwise: …; after:
#ifndef HEADROOM_PROGRAM_RANGE_H
#define HEADROOM_PROGRAM_RANGE_H

#include "program.h"

// Steps from `first` up to `end`, which is none of them.
struct program_range {
  const struct step *first;
  const struct step *end;
};

static inline struct program_range program_whole(const struct program *program) {
  return (struct program_range){program->steps, program->steps + program->count};
}

struct program_choice {
  struct program_range way;   // of success; what `chance` of a STEP_CHOOSE or STEP_MODEL leads to
  struct program_range other; // ends where both go on
};

// The ways of a STEP_CHOOSE, of a STEP_MODEL with a target, or of a STEP_CALL with an `otherwise`.
static inline struct program_choice program_choice_at(const struct step *step) {
  const struct step *other = step + (step->operation == STEP_CALL ? step->otherwise : step->target);
  const struct step *jump = other - 1;
  return (struct program_choice){{step + 1, jump}, {other, jump + jump->target}};
}

// What a STEP_REPEAT repeats; it goes on after the STEP_AGAIN at the end.
static inline struct program_range program_loop_at(const struct step *step) {
  return (struct program_range){step + 1, step + step->target - 1};
}

// The branch of row `row` of a STEP_PARALLEL, from 0 on below its `count`.
static inline struct program_range program_branch_at(const struct step *parallel, int32_t row) {
  const struct step *rows = parallel + 1;
  const struct step *after = parallel + parallel->target;
  bool last = row + 1 == parallel->count;
  return (struct program_range){rows + row + rows[row].target,
                                last ? after : rows + row + 1 + rows[row + 1].target};
}

#endif
