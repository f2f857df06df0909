#include "predict_program.h"

#include "program_range.h"

#include <math.h>

// ---- What it does -----------------------------------------------------------------------------------------

struct reader {
  const struct plan *plan;
  struct predict_program *sum;
  predict_call_visitor *visitor;
  void *context;
  bool called; // a call has been met
  int depth;   // of ranges in ranges
};

static void read_compute(struct reader *reader, const struct distribution *time, double times) {
  struct predict_program *sum = reader->sum;
  double mean = distribution_mean(time);
  if (sum->computes == 0) sum->mean = mean;
  sum->again = sum->again || sum->computes > 0 || times > 1;
  sum->alike = sum->alike && mean == sum->mean;
  sum->exponential = sum->exponential && distribution_is_exponential(time);
  if (reader->called) sum->computes_after = sum->depends = true;
  sum->computes += times;
  sum->work += times * mean;
  sum->work_square += times * distribution_second_moment(time);
}

static double answer_bytes(const struct plan *plan, const struct step *step) {
  return step->item ? dataset_mean_bytes(&plan->datasets[step->dataset]) : (double)step->size;
}

static void read_range(struct program_range range, double times, struct reader *reader);

static const struct step *read_repeat(const struct step *step, double times, struct reader *reader) {
  struct predict_program *sum = reader->sum;
  double before_calls = sum->calls, before_computes = sum->computes;
  double rounds = distribution_mean(step->time);
  read_range(program_loop_at(step), times * rounds, reader);
  bool more = distribution_maximum(step->time) > 1;
  if (more && sum->calls > before_calls) sum->loops = true;
  if (more && sum->computes > before_computes) sum->again = true;
  if (sum->loops && sum->computes > before_computes) sum->computes_after = true;
  if (sum->loops) sum->depends = true;
  return step + step->target;
}

static const struct step *read_parallel(const struct step *step, double times, struct reader *reader) {
  if (step->cancel) reader->sum->breaks_off = true;
  for (int32_t row = 0; row < step->count; row++) {
    if (step->count > 1 || step[1].count > 1) reader->sum->parallel = true;
    read_range(program_branch_at(step, row), times * step[1 + row].count, reader);
  }
  return step + step->target;
}

static const struct step *read_choice(const struct step *step, double times, struct reader *reader) {
  struct program_choice choice = program_choice_at(step);
  read_range(choice.way, times * step->chance, reader);
  read_range(choice.other, times * (1 - step->chance), reader);
  return choice.other.end;
}

// What follows the success of a call, and what follows a miss; a fallback is not expected.
static const struct step *read_outcomes(const struct step *step, double times, struct reader *reader) {
  if (step->otherwise == 0) return step + 1;
  reader->sum->depends = true;
  struct program_choice choice = program_choice_at(step);
  read_range(choice.way, times * (1 - step->chance), reader);
  if (step->chance > 0) read_range(choice.other, times * step->chance, reader);
  return choice.other.end;
}

static void read_range(struct program_range range, double times, struct reader *reader) {
  struct predict_program *sum = reader->sum;
  reader->depth++;
  for (const struct step *step = range.first; step < range.end;) {
    const struct step *next = step + 1;
    switch ((enum step_operation)step->operation) {
    case STEP_CPU:
      if (times > 0) read_compute(reader, step->time, times);
      break;
    case STEP_WAIT:
      sum->waits += times;
      sum->waited += times * distribution_mean(step->time);
      break;
    case STEP_CALL:
      sum->calls += times;
      sum->depends = sum->depends || reader->called;
      reader->called = reader->called || times > 0;
      if (reader->visitor != NULL && times > 0) reader->visitor(reader->context, step->call, times);
      next = read_outcomes(step, times, reader);
      break;
    case STEP_MODEL:
      sum->decides = sum->decides || step->target != 0;
      if (step->target != 0) next = read_choice(step, times, reader);
      break;
    case STEP_CHOOSE:
      next = read_choice(step, times, reader);
      break;
    case STEP_REPEAT:
      next = read_repeat(step, times, reader);
      break;
    case STEP_PARALLEL:
      next = read_parallel(step, times, reader);
      break;
    case STEP_FAIL:
      sum->fails = sum->fails || step->chance > 0;
      sum->breaks_off = sum->breaks_off || (step->chance > 0 && reader->depth > 1);
      times *= 1 - step->chance;
      break;
    case STEP_DISK:
      sum->disk_operations += times;
      sum->disk_bytes += times * (double)step->size;
      sum->waits += times; // on what no law of the cores knows
      break;
    case STEP_ACCESS:
      sum->waits += times;
      break;
    case STEP_RESPOND:
      sum->sent += times * answer_bytes(reader->plan, step);
      if (step->item) sum->sent_of = step->dataset;
      break;
    case STEP_MEMORY:
    case STEP_JUMP:
    case STEP_AGAIN:
    case STEP_BRANCH:
    case STEP_END:
    case STEP_DEGRADED:
      break;
    }
    step = next;
  }
  reader->depth--;
}

struct predict_program predict_program(const struct plan *plan, const struct program *program,
                                       predict_call_visitor *visitor, void *context) {
  struct predict_program sum = {.exponential = true, .alike = true, .sent_of = UINT16_MAX};
  struct reader reader = {.plan = plan, .sum = &sum, .visitor = visitor, .context = context};
  read_range(program_whole(program), 1, &reader);
  return sum;
}

// ---- How long it takes ------------------------------------------------------------------------------------

struct timer {
  double stretch;
  predict_call_time *stay;
  void *context;
};

static double range_time(struct program_range range, const struct timer *timer);

static double parallel_time(const struct step *step, const struct timer *timer) {
  double longest = 0, shortest = INFINITY;
  int64_t branches = 0;
  for (int32_t row = 0; row < step->count; row++) {
    double time = range_time(program_branch_at(step, row), timer);
    longest = fmax(longest, time);
    shortest = fmin(shortest, time);
    branches += step[1 + row].count;
  }
  return step->needed >= branches ? longest : shortest;
}

static double choice_time(const struct step *step, const struct timer *timer) {
  struct program_choice choice = program_choice_at(step);
  return step->chance * range_time(choice.way, timer) + (1 - step->chance) * range_time(choice.other, timer);
}

static double outcomes_time(const struct step *call, const struct timer *timer) {
  struct program_choice choice = program_choice_at(call);
  double other = call->chance > 0 ? range_time(choice.other, timer) : 0;
  return (1 - call->chance) * range_time(choice.way, timer) + call->chance * other;
}

static double range_time(struct program_range range, const struct timer *timer) {
  double time = 0, times = 1;
  for (const struct step *step = range.first; step < range.end;) {
    const struct step *next = step + 1;
    switch ((enum step_operation)step->operation) {
    case STEP_CPU:
      time += times * timer->stretch * distribution_mean(step->time);
      break;
    case STEP_WAIT:
      time += times * distribution_mean(step->time);
      break;
    case STEP_CALL:
      time += times * timer->stay(timer->context, step->call);
      if (step->otherwise == 0) break;
      time += times * outcomes_time(step, timer);
      next = program_choice_at(step).other.end;
      break;
    case STEP_MODEL:
    case STEP_CHOOSE:
      if (step->target == 0) break;
      time += times * choice_time(step, timer);
      next = program_choice_at(step).other.end;
      break;
    case STEP_REPEAT:
      time += times * distribution_mean(step->time) * range_time(program_loop_at(step), timer);
      next = step + step->target;
      break;
    case STEP_PARALLEL:
      time += times * parallel_time(step, timer);
      next = step + step->target;
      break;
    case STEP_FAIL:
      times *= 1 - step->chance;
      break;
    case STEP_DISK:
    case STEP_ACCESS:
    case STEP_MEMORY:
    case STEP_RESPOND:
    case STEP_JUMP:
    case STEP_AGAIN:
    case STEP_BRANCH:
    case STEP_END:
    case STEP_DEGRADED:
      break;
    }
    step = next;
  }
  return time;
}

double predict_program_time(const struct program *program, double stretch, predict_call_time *stay,
                            void *context) {
  struct timer timer = {stretch, stay, context};
  return range_time(program_whole(program), &timer);
}
