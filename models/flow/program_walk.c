// What one visit uses and whom it calls, on average: sums over a compiled program.
#include "program_range.h"

#include <math.h>

// Sums over steps, each as often as it is passed: choices and loops weigh what they enclose.
struct walk {
  struct program_demand *demand;
  program_call_visitor *visitor;
  void *context;
};

static void walk_range(struct program_range range, double times, const struct walk *walk);

static const struct step *walk_parallel(const struct step *step, double times, const struct walk *walk) {
  for (int32_t row = 0; row < step->count; row++)
    walk_range(program_branch_at(step, row), times * step[1 + row].count, walk);
  return step + step->target;
}

static const struct step *walk_choice(const struct step *step, double times, const struct walk *walk) {
  struct program_choice choice = program_choice_at(step);
  walk_range(choice.way, times * step->chance, walk);
  walk_range(choice.other, times * (1 - step->chance), walk);
  return choice.other.end;
}

// A fallback is rare (`chance` is 0) and counts for what is reached, not for how often.
static const struct step *walk_outcomes(const struct step *step, double times, const struct walk *walk) {
  struct program_choice choice = program_choice_at(step);
  walk_range(choice.way, times * (1 - step->chance), walk);
  walk_range(choice.other, times * step->chance, walk);
  return choice.other.end;
}

static void walk_range(struct program_range range, double times, const struct walk *walk) {
  for (const struct step *step = range.first; step < range.end;) {
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
      walk_range(program_loop_at(step), times * distribution_mean(step->time), walk);
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
  walk_range(program_whole(program), 1, &(struct walk){.demand = &demand});
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
  walk_range(program_whole(program), 1,
             &(struct walk){.demand = &ignored, .visitor = visitor, .context = context});
}
