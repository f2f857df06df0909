// What one visit uses and whom it calls, on average: sums over a compiled program.
#include "program.h"

#include <math.h>

// Sums over the steps from `first` up to `end`, each as often as it is passed: choices and loops weigh what
// they enclose. A walk over ranges: a compiled program nests properly.
struct walk {
  struct program_demand *demand;
  program_call_visitor *visitor;
  void *context;
};

static void walk_range(const struct step *first, const struct step *end, double times,
                       const struct walk *walk);

static const struct step *walk_parallel(const struct step *step, double times, const struct walk *walk) {
  const struct step *after = step + step->target;
  for (int32_t row = 1; row <= step->count; row++) {
    const struct step *branch = step + row;
    const struct step *next = row < step->count ? (branch + 1) + (branch + 1)->target : after;
    walk_range(branch + branch->target, next, times * branch->count, walk);
  }
  return after;
}

// A way that is taken ends in a jump to the end of the choice; the other ways stand between.
static const struct step *walk_choice(const struct step *step, double times, const struct walk *walk) {
  const struct step *other = step + step->target;
  const struct step *jump = other - 1;
  const struct step *after = jump + jump->target;
  walk_range(step + 1, jump, times * step->chance, walk);
  walk_range(other, after, times * (1 - step->chance), walk);
  return after;
}

// The way of success, and the way of failure: a fallback is rare (`chance` is 0) and counts for what is
// reached, not for how often.
static const struct step *walk_outcomes(const struct step *step, double times, const struct walk *walk) {
  const struct step *otherwise = step + step->otherwise;
  const struct step *after = program_after_call(step);
  walk_range(step + 1, otherwise - 1, times * (1 - step->chance), walk);
  walk_range(otherwise, after, times * step->chance, walk);
  return after;
}

static void walk_range(const struct step *first, const struct step *end, double times,
                       const struct walk *walk) {
  for (const struct step *step = first; step < end;) {
    const struct step *next = step + 1;
    switch ((enum step_operation)step->operation) {
    case STEP_CPU:
      walk->demand->cpu += times * distribution_mean(step->time);
      break;
    case STEP_WAIT:
      walk->demand->wait += times * distribution_mean(step->time);
      break;
    case STEP_CALL:
      if (walk->visitor != NULL) walk->visitor(walk->context, step->call, times);
      if (step->otherwise != 0) next = walk_outcomes(step, times, walk);
      break;
    case STEP_MODEL:
      if (step->target != 0) next = walk_choice(step, times, walk);
      break;
    case STEP_CHOOSE:
      next = walk_choice(step, times, walk);
      break;
    case STEP_REPEAT:
      walk_range(step + 1, step + step->target - 1, times * distribution_mean(step->time), walk);
      next = step + step->target;
      break;
    case STEP_PARALLEL:
      next = walk_parallel(step, times, walk);
      break;
    case STEP_FAIL:
      times *= 1 - step->chance;
      break;
    case STEP_DISK:
    case STEP_MEMORY:
    case STEP_ACCESS:
    case STEP_JUMP:
    case STEP_AGAIN:
    case STEP_BRANCH:
    case STEP_END:
    case STEP_RESPOND:
    case STEP_DEGRADED:
      break;
    }
    step = next;
  }
}

struct program_demand program_demand(const struct program *program) {
  struct program_demand demand = {.cpu_square = NAN};
  walk_range(program->steps, program->steps + program->count, 1, &(struct walk){.demand = &demand});
  const struct step *first = program->steps;
  uint32_t count = program->count;
  bool responds = count == 3 && first[1].operation == STEP_RESPOND;
  if (first->operation == STEP_CPU && (count == 2 || responds)) {
    demand.one_cpu = true;
    demand.one_exponential_cpu = distribution_is_exponential(first->time);
    demand.cpu_square = distribution_second_moment(first->time);
  }
  return demand;
}

void program_calls(const struct program *program, program_call_visitor *visitor, void *context) {
  struct program_demand ignored = {0};
  walk_range(program->steps, program->steps + program->count, 1,
             &(struct walk){.demand = &ignored, .visitor = visitor, .context = context});
}
