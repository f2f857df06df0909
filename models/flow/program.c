// The steps of `handles` become one flat array.
#include "program.h"

#include "model.h"
#include "plan.h"
#include "program_build.h"
#include "step_form.h"

#include <math.h>
#include <string.h>

// ---- Names of requests ----

static bool has_fallback_steps(const struct call_step *call) {
  return call->fallback.alternative != NULL && call->fallback.index == 0;
}

void program_collect(const struct list *steps, struct plan *plan) {
  for (size_t i = 0; i < steps->count; i++) {
    const struct variant *step = &((const struct variant *)steps->items)[i];
    if (step->value == NULL) continue;
    if (step->index == WRITTEN_CALL) {
      const struct call_step *call = step->value;
      if (call->request != NULL) plan_add_request(plan, call->request);
      if (has_fallback_steps(call)) program_collect(call->fallback.value, plan);
    } else if (step->index == WRITTEN_PARALLEL) {
      const struct parallel_step *parallel = step->value;
      const struct list *branches = parallel->parallel.index == 0 ? parallel->parallel.value : NULL;
      for (size_t b = 0; branches != NULL && b < branches->count; b++) {
        program_collect(&((const struct list *)branches->items)[b], plan);
      }
      program_collect(&parallel->steps, plan);
    } else if (step->index == WRITTEN_CHOOSE) {
      const struct choose_step *choose = step->value;
      for (size_t b = 0; b < choose->choose.count; b++) {
        program_collect(&((const struct chance *)choose->choose.items)[b].steps, plan);
      }
    } else if (step->index == WRITTEN_REPEAT) {
      program_collect(&((const struct repeat_step *)step->value)->steps, plan);
    }
  }
}

// ---- Compiling ----

struct compiler {
  struct plan *plan;
  struct field_context *context;
  struct program_builder builder;
  uint32_t loops; // open around the present step
  bool wrong;     // an error was reported
};

static void fail_at(struct compiler *compiler, const struct node *node, const char *message) {
  diagnostic_error(compiler->context->diagnostics, node, "%s", message);
  compiler->wrong = true;
}

static struct step *emit(struct compiler *compiler, enum step_operation operation) {
  return program_emit(&compiler->builder, operation);
}

static void aim(struct compiler *compiler, uint32_t from, uint32_t to) {
  program_aim(&compiler->builder, from, to);
}

static uint32_t here(const struct compiler *compiler) {
  return compiler->builder.count;
}

static void compile_list(struct compiler *compiler, const struct list *list, const struct node *node);

static const struct node *child_at(const struct node *array, size_t index) {
  const struct node *child = array != NULL ? array->first : NULL;
  while (child != NULL && index-- > 0) child = child->next;
  return child;
}

// CALL, a JUMP past what follows, then the fallback, which a call that has failed goes on with.
static void compile_fallback(struct compiler *compiler, const struct call_step *call,
                             const struct node *node) {
  uint32_t head = here(compiler) - 1;
  uint32_t jump = here(compiler);
  emit(compiler, STEP_JUMP);
  program_otherwise(&compiler->builder, head, here(compiler));
  emit(compiler, STEP_DEGRADED);
  if (has_fallback_steps(call)) compile_list(compiler, call->fallback.value, node_find(node, "fallback"));
  aim(compiler, jump, here(compiler));
}

static void compile_call(struct compiler *compiler, const struct call_step *call, const struct node *node) {
  struct plan *plan = compiler->plan;
  struct call_site *site = arena_take(plan->arena, sizeof *site);
  site->callee = plan_component(plan, call->call.name);
  site->request = call->request == NULL ? (uint16_t)PROGRAM_SAME_REQUEST : plan_request(plan, call->request);
  site->number = plan_site(plan);
  site->policy =
      policy_compile(&call->policies, network_default_timeout(&plan->network), node, compiler->context);
  if (site->policy != NULL && site->policy->propagate) plan->propagates = true;
  if (site->callee == NULL) compiler->wrong = true;
  emit(compiler, STEP_CALL)->call = site;
  if (call->fallback.alternative != NULL) compile_fallback(compiler, call, node);
}

static int32_t needed_of(struct compiler *compiler, const struct parallel_step *parallel, int64_t branches,
                         const struct node *node) {
  if (parallel->wait_for.index == 0)
    return *(const int *)parallel->wait_for.value == 0 ? (int32_t)branches : 1;
  int64_t needed = *(const int64_t *)parallel->wait_for.value;
  if (needed > branches) {
    fail_at(compiler, node_find(node, "wait_for"), "is more than there are branches");
    return 1;
  }
  return (int32_t)needed;
}

// PARALLEL, its BRANCH rows, then the branches, each with its END; PARALLEL's target is what follows them
// all.
static void compile_parallel(struct compiler *compiler, const struct parallel_step *parallel,
                             const struct node *node) {
  bool listed = parallel->parallel.index == 0;
  const struct list *lists = parallel->parallel.value;
  int64_t times = listed ? 1 : *(const int64_t *)parallel->parallel.value;
  uint32_t rows = listed ? (uint32_t)lists->count : 1;
  if (listed == (node_find(node, "do") != NULL)) {
    fail_at(compiler, node,
            listed ? "`do` stands only beside a number of branches" : "a number of branches needs `do`");
    return;
  }
  uint32_t head = here(compiler);
  struct step *step = emit(compiler, STEP_PARALLEL);
  step->count = (int32_t)rows;
  step->cancel = parallel->cancel;
  step->needed = needed_of(compiler, parallel, listed ? (int64_t)lists->count : times, node);
  for (uint32_t row = 0; row < rows; row++) emit(compiler, STEP_BRANCH)->count = (int32_t)times;
  uint32_t loops = compiler->loops;
  compiler->loops = 0; // a branch counts its own
  const struct node *written = node_find(node, listed ? "parallel" : "do");
  for (uint32_t row = 0; row < rows; row++) {
    aim(compiler, head + 1 + row, here(compiler));
    if (listed) {
      compile_list(compiler, &((const struct list *)lists->items)[row], child_at(written, row));
    } else {
      compile_list(compiler, &parallel->steps, written);
    }
    emit(compiler, STEP_END);
  }
  compiler->loops = loops;
  aim(compiler, head, here(compiler));
}

// Each way is taken with its chance among those that are left.
static void compile_choose(struct compiler *compiler, const struct choose_step *choose,
                           const struct node *node) {
  const struct chance *ways = choose->choose.items;
  size_t count = choose->choose.count;
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += ways[i].chance;
  const struct node *written = node_find(node, "choose");
  if (fabs(sum - 1) > 1e-9) {
    diagnostic_error(compiler->context->diagnostics, written, "the chances sum to %.9g; they must sum to 1",
                     sum);
    compiler->wrong = true;
    return;
  }
  uint32_t *ends = arena_array(compiler->plan->arena, count, sizeof *ends);
  double left = 1;
  for (size_t i = 0; i < count; i++) {
    uint32_t test = here(compiler);
    if (i + 1 < count) emit(compiler, STEP_CHOOSE)->chance = left > 0 ? ways[i].chance / left : 0;
    left -= ways[i].chance;
    compile_list(compiler, &ways[i].steps, child_at(child_at(written, i), 1));
    if (i + 1 == count) break;
    ends[i] = here(compiler);
    emit(compiler, STEP_JUMP);
    aim(compiler, test, here(compiler));
  }
  for (size_t i = 0; i + 1 < count; i++) aim(compiler, ends[i], here(compiler));
}

static void compile_repeat(struct compiler *compiler, const struct repeat_step *repeat,
                           const struct node *node) {
  if (compiler->loops == PROGRAM_NESTING_MOST) {
    fail_at(compiler, node, "repeats are nested more than 16 deep");
    return;
  }
  uint32_t head = here(compiler);
  emit(compiler, STEP_REPEAT)->time = &repeat->repeat;
  compiler->loops++;
  compile_list(compiler, &repeat->steps, node_find(node, "do"));
  compiler->loops--;
  uint32_t tail = here(compiler);
  emit(compiler, STEP_AGAIN);
  aim(compiler, tail, head + 1);
  aim(compiler, head, here(compiler));
}

static void compile_step(struct compiler *compiler, const struct variant *step, const struct node *node) {
  switch ((enum written_step)step->index) {
  case WRITTEN_CPU:
    emit(compiler, STEP_CPU)->time = &((const struct cpu_step *)step->value)->cpu;
    break;
  case WRITTEN_WAIT:
    emit(compiler, STEP_WAIT)->time = &((const struct wait_step *)step->value)->wait;
    break;
  case WRITTEN_CALL:
    compile_call(compiler, step->value, node);
    break;
  case WRITTEN_PARALLEL:
    compile_parallel(compiler, step->value, node);
    break;
  case WRITTEN_CHOOSE:
    compile_choose(compiler, step->value, node);
    break;
  case WRITTEN_REPEAT:
    compile_repeat(compiler, step->value, node);
    break;
  case WRITTEN_FAIL:
    emit(compiler, STEP_FAIL)->chance = ((const struct fail_step *)step->value)->fail;
    break;
  case WRITTEN_RESPOND:
    emit(compiler, STEP_RESPOND)->size = ((const struct respond_step *)step->value)->respond;
    break;
  }
}

static void compile_list(struct compiler *compiler, const struct list *list, const struct node *node) {
  const struct node *written = node != NULL ? node->first : NULL;
  for (size_t i = 0; i < list->count && !compiler->builder.failed; i++) {
    const struct variant *step = &((const struct variant *)list->items)[i];
    if (here(compiler) > PROGRAM_STEPS_MOST) fail_at(compiler, node, "is longer than a million steps");
    if (step->value != NULL) compile_step(compiler, step, written);
    written = written != NULL ? written->next : NULL;
  }
}

bool program_compile(const struct list *steps, const struct node *node, struct plan *plan,
                     struct field_context *context, struct program *program) {
  struct compiler compiler = {.plan = plan, .context = context, .builder = {.arena = plan->arena}};
  compile_list(&compiler, steps, node);
  return program_finish(&compiler.builder, program) && !compiler.wrong;
}
