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

// ---- Ways to an answer
// -------------------------------------------------------------------------------------

// Whether a range can be passed, or an answer is given within it.
static bool passes(struct program_range range);

static bool passes_choice(const struct step *step) {
  struct program_choice choice = program_choice_at(step);
  bool asks = step->operation == STEP_CALL; // whether it succeeds is not known
  bool way = (asks || step->chance > 0) && passes(choice.way);
  return way || ((asks || step->chance < 1) && passes(choice.other));
}

static bool passes_parallel(const struct step *step) {
  int32_t passing = 0;
  for (int32_t row = 0; row < step->count; row++) passing += passes(program_branch_at(step, row));
  return passing >= step->needed;
}

static bool passes(struct program_range range) {
  for (const struct step *step = range.first; step < range.end;) {
    const struct step *next = step + 1;
    enum step_operation operation = (enum step_operation)step->operation;
    bool chooses = operation == STEP_CHOOSE || (operation == STEP_CALL && step->otherwise != 0) ||
                   (operation == STEP_MODEL && step->target != 0);
    if (operation == STEP_RESPOND) return true;
    if (operation == STEP_FAIL && step->chance >= 1) return false;
    if (chooses && !passes_choice(step)) return false;
    if (operation == STEP_PARALLEL && !passes_parallel(step)) return false;
    if (operation == STEP_REPEAT && distribution_mean(step->time) > 0 && !passes(program_loop_at(step)))
      return false;
    if (chooses) next = program_choice_at(step).other.end;
    if (operation == STEP_PARALLEL || operation == STEP_REPEAT) next = step + step->target;
    step = next;
  }
  return true;
}

bool program_may_answer(const struct program *program) {
  return passes(program_whole(program));
}

bool program_is_instant(const struct program *program) {
  for (uint32_t i = 0; i < program->count; i++) {
    const struct step *step = &program->steps[i];
    switch ((enum step_operation)step->operation) {
    case STEP_CPU:
    case STEP_WAIT:
      if (distribution_mean(step->time) > 0) return false;
      break;
    case STEP_CALL:
    case STEP_DISK:
    case STEP_MEMORY:
    case STEP_ACCESS:
    case STEP_MODEL:
      return false;
    default:
      break;
    }
  }
  return true;
}
