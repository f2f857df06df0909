// The steps of `handles`: their tables, and how they become one flat array.
#include "program.h"

#include "model.h"
#include "plan.h"

#include <math.h>
#include <string.h>

// ---- As they are written ----

static const char *const wait_words[] = {"all", "any", NULL};

static const struct field_alternative *const wait_forms[] = {
    ALTERNATIVE("word", .row = ITEM_WORD(wait_words), .doc = "all of them, or the first"),
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1, .maximum = 10000), .doc = "so many"), NULL};

static const struct field_alternative *const parallel_forms[] = {
    ALTERNATIVE("branches", .row = ITEM_LIST(ITEM_LIST(&program_step_item), .minimum = 1, .maximum = 10000),
                .doc = "a list of lists of steps"),
    ALTERNATIVE("count", .row = ITEM_COUNT(.minimum = 1, .maximum = 10000), .doc = "n times the same steps"),
    NULL};

struct cpu_step {
  struct distribution cpu;
};
struct wait_step {
  struct distribution wait;
};
static const char *const ignore_words[] = {"ignore", NULL};
static const struct field_alternative *const fallback_forms[] = {
    ALTERNATIVE("steps", .row = ITEM_LIST(&program_step_item), .doc = "what is done instead"),
    ALTERNATIVE("ignore", .row = ITEM_WORD(ignore_words), .doc = "go on as if it had answered"), NULL};

struct call_step {
  struct reference call;
  const char *request;
  struct variant fallback;
  struct policy_settings policies;
};
struct parallel_step {
  struct variant parallel;
  struct list steps;
  struct variant wait_for;
  bool cancel;
};
struct chance {
  double chance;
  struct list steps;
};
struct choose_step {
  struct list choose;
};
struct repeat_step {
  struct distribution repeat;
  struct list steps;
};
struct fail_step {
  double fail;
};
struct respond_step {
  int64_t respond;
};

static const struct field cpu_fields[] = {
    FIELD_DISTRIBUTION(struct cpu_step, cpu, DURATION, .required = true, .doc = "time on a core, at speed 1"),
};
static const struct field wait_fields[] = {
    FIELD_DISTRIBUTION(struct wait_step, wait, DURATION, .required = true,
                       .doc = "time that passes without using anything"),
};
static const struct field call_fields[] = {
    FIELD_REFERENCE(struct call_step, call, "component", .required = true, .doc = "who is called"),
    FIELD_NAME(struct call_step, request, .doc = "with which request; its own name unless given"),
    FIELD_EITHER(struct call_step, fallback, .alternatives = fallback_forms,
                 .doc = "when it has failed for good: the answer is then a degraded one"),
    FIELD_SPREAD(struct call_step, policies, struct policy_settings, &policy_table,
                 .doc = "what the caller does about failures"),
};
static const struct field parallel_fields[] = {
    FIELD_EITHER(struct parallel_step, parallel, .alternatives = parallel_forms, .required = true,
                 .doc = "branches that go on at once"),
    FIELD_LIST(struct parallel_step, steps, &program_step_item, .key = "do",
               .doc = "the steps, where `parallel` is a number"),
    FIELD_EITHER(struct parallel_step, wait_for, .alternatives = wait_forms, .standard = "\"all\"",
                 .doc = "how many must succeed"),
    FIELD_BOOLEAN(struct parallel_step, cancel, .standard = "false",
                  .doc = "the rest is cancelled then, instead of going on"),
};
static const struct field chance_fields[] = {
    FIELD_FRACTION(struct chance, chance, .required = true, .doc = "how likely"),
    FIELD_LIST(struct chance, steps, &program_step_item, .required = true,
               .doc = "what is done then; may be empty"),
};
static const struct field_table chance_table =
    FIELD_TABLE("chance", struct chance, chance_fields, .doc = "A branch by chance.");
static const struct field choose_fields[] = {
    FIELD_LIST(struct choose_step, choose, ITEM_TUPLE(struct chance, &chance_table), .required = true,
               .minimum = 1, .maximum = 1000, .doc = "[[chance, [steps]], …]; the chances sum to 1"),
};
static const struct field repeat_fields[] = {
    FIELD_DISTRIBUTION(struct repeat_step, repeat, COUNT, .required = true, .doc = "how often"),
    FIELD_LIST(struct repeat_step, steps, &program_step_item, .key = "do", .required = true,
               .doc = "what is done, in sequence"),
};
static const struct field fail_fields[] = {
    FIELD_FRACTION(struct fail_step, fail, .required = true, .doc = "the chance of an application error"),
};
static const struct field respond_fields[] = {
    FIELD_SIZE(struct respond_step, respond, .required = true,
               .doc = "size of the reply; what follows is off the client's path"),
};

#define STEP_TABLE(name_, record_, fields_, doc_)                                                            \
  static const struct field_table name_##_table = FIELD_TABLE(#name_, struct record_, fields_, .doc = doc_)
STEP_TABLE(cpu, cpu_step, cpu_fields, "Computes on a core of the instance's machine.");
STEP_TABLE(wait, wait_step, wait_fields, "Lets time pass without using anything.");
STEP_TABLE(call, call_step, call_fields, "Calls a component and waits for its answer.");
STEP_TABLE(parallel, parallel_step, parallel_fields, "Goes on in several branches at once.");
STEP_TABLE(choose, choose_step, choose_fields, "Takes one of several ways, by chance.");
STEP_TABLE(repeat, repeat_step, repeat_fields, "Does steps several times, in sequence.");
STEP_TABLE(fail, fail_step, fail_fields, "Fails with a chance.");
STEP_TABLE(respond, respond_step, respond_fields, "Sends the reply.");

enum written_step {
  WRITTEN_CPU,
  WRITTEN_WAIT,
  WRITTEN_CALL,
  WRITTEN_PARALLEL,
  WRITTEN_CHOOSE,
  WRITTEN_REPEAT,
  WRITTEN_FAIL,
  WRITTEN_RESPOND
};

static const struct field_alternative *const step_alternatives[] = {
    [WRITTEN_CPU] = ALTERNATIVE("cpu", .table = &cpu_table, .doc = "compute"),
    [WRITTEN_WAIT] = ALTERNATIVE("wait", .table = &wait_table, .doc = "let time pass"),
    [WRITTEN_CALL] = ALTERNATIVE("call", .table = &call_table, .doc = "call a component"),
    [WRITTEN_PARALLEL] = ALTERNATIVE("parallel", .table = &parallel_table, .doc = "branches at once"),
    [WRITTEN_CHOOSE] = ALTERNATIVE("choose", .table = &choose_table, .doc = "one of several ways, by chance"),
    [WRITTEN_REPEAT] = ALTERNATIVE("repeat", .table = &repeat_table, .doc = "several times in sequence"),
    [WRITTEN_FAIL] = ALTERNATIVE("fail", .table = &fail_table, .doc = "fail with a chance"),
    [WRITTEN_RESPOND] = ALTERNATIVE("respond", .table = &respond_table, .doc = "send the reply"),
    NULL,
};

const struct field program_step_item = {
    .kind = FIELD_KIND_HEADED, .size = sizeof(struct variant), .alternatives = step_alternatives};

const struct field_alternative *program_step_alternative(size_t index) {
  return index < sizeof step_alternatives / sizeof *step_alternatives ? step_alternatives[index] : NULL;
}

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
  struct step *steps;
  uint32_t count;
  uint32_t room;
  uint32_t loops; // open around the present step
  bool failed;
};

static struct step *emit(struct compiler *compiler, enum step_operation operation) {
  if (compiler->count == compiler->room) {
    uint32_t room = compiler->room == 0 ? 8 : compiler->room * 2;
    struct step *steps = arena_array(compiler->plan->arena, room, sizeof *steps);
    if (steps == NULL) {
      compiler->failed = true;
      compiler->count = 0;
      return compiler->steps;
    }
    if (compiler->count > 0) memcpy(steps, compiler->steps, compiler->count * sizeof *steps);
    compiler->steps = steps;
    compiler->room = room;
  }
  struct step *step = &compiler->steps[compiler->count++];
  *step = (struct step){.operation = (uint8_t)operation};
  return step;
}

static void fail_at(struct compiler *compiler, const struct node *node, const char *message) {
  diagnostic_error(compiler->context->diagnostics, node, "%s", message);
  compiler->failed = true;
}

// Jumps are relative to the step that jumps, which may have moved: so they are set by number.
static void aim(struct compiler *compiler, uint32_t from, uint32_t to) {
  compiler->steps[from].target = (int32_t)to - (int32_t)from;
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
  uint32_t head = compiler->count - 1;
  uint32_t jump = compiler->count;
  emit(compiler, STEP_JUMP);
  compiler->steps[head].otherwise = (int32_t)compiler->count - (int32_t)head;
  emit(compiler, STEP_DEGRADED);
  if (has_fallback_steps(call)) compile_list(compiler, call->fallback.value, node_find(node, "fallback"));
  aim(compiler, jump, compiler->count);
}

static void compile_call(struct compiler *compiler, const struct call_step *call, const struct node *node) {
  struct plan *plan = compiler->plan;
  struct call_site *site = arena_take(plan->arena, sizeof *site);
  site->callee = plan_find_component(plan, &call->call, compiler->context);
  site->request = call->request == NULL ? (uint16_t)PROGRAM_SAME_REQUEST : plan_request(plan, call->request);
  site->number = plan_site(plan);
  site->policy =
      policy_compile(&call->policies, network_default_timeout(&plan->network), node, compiler->context);
  if (site->policy != NULL && site->policy->propagate) plan->propagates = true;
  if (site->callee == NULL) compiler->failed = true;
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
  uint32_t head = compiler->count;
  struct step *step = emit(compiler, STEP_PARALLEL);
  step->count = (int32_t)rows;
  step->cancel = parallel->cancel;
  step->needed = needed_of(compiler, parallel, listed ? (int64_t)lists->count : times, node);
  for (uint32_t row = 0; row < rows; row++) emit(compiler, STEP_BRANCH)->count = (int32_t)times;
  uint32_t loops = compiler->loops;
  compiler->loops = 0; // a branch counts its own
  const struct node *written = node_find(node, listed ? "parallel" : "do");
  for (uint32_t row = 0; row < rows; row++) {
    aim(compiler, head + 1 + row, compiler->count);
    if (listed) {
      compile_list(compiler, &((const struct list *)lists->items)[row], child_at(written, row));
    } else {
      compile_list(compiler, &parallel->steps, written);
    }
    emit(compiler, STEP_END);
  }
  compiler->loops = loops;
  aim(compiler, head, compiler->count);
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
    compiler->failed = true;
    return;
  }
  uint32_t *ends = arena_array(compiler->plan->arena, count, sizeof *ends);
  double left = 1;
  for (size_t i = 0; i < count; i++) {
    uint32_t test = compiler->count;
    if (i + 1 < count) emit(compiler, STEP_CHOOSE)->chance = left > 0 ? ways[i].chance / left : 0;
    left -= ways[i].chance;
    compile_list(compiler, &ways[i].steps, child_at(child_at(written, i), 1));
    if (i + 1 == count) break;
    ends[i] = compiler->count;
    emit(compiler, STEP_JUMP);
    aim(compiler, test, compiler->count);
  }
  for (size_t i = 0; i + 1 < count; i++) aim(compiler, ends[i], compiler->count);
}

static void compile_repeat(struct compiler *compiler, const struct repeat_step *repeat,
                           const struct node *node) {
  if (compiler->loops == PROGRAM_NESTING_MOST) {
    fail_at(compiler, node, "repeats are nested more than 16 deep");
    return;
  }
  uint32_t head = compiler->count;
  emit(compiler, STEP_REPEAT)->time = &repeat->repeat;
  compiler->loops++;
  compile_list(compiler, &repeat->steps, node_find(node, "do"));
  compiler->loops--;
  uint32_t tail = compiler->count;
  emit(compiler, STEP_AGAIN);
  aim(compiler, tail, head + 1);
  aim(compiler, head, compiler->count);
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
  for (size_t i = 0; i < list->count && !compiler->failed; i++) {
    const struct variant *step = &((const struct variant *)list->items)[i];
    if (compiler->count > PROGRAM_STEPS_MOST) fail_at(compiler, node, "is longer than a million steps");
    if (step->value != NULL) compile_step(compiler, step, written);
    written = written != NULL ? written->next : NULL;
  }
}

bool program_compile(const struct list *steps, const struct node *node, struct plan *plan,
                     struct field_context *context, struct program *program) {
  struct compiler compiler = {.plan = plan, .context = context};
  compile_list(&compiler, steps, node);
  emit(&compiler, STEP_END);
  *program = (struct program){compiler.steps, compiler.count};
  return !compiler.failed;
}

// ---- What a visit uses ----

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

// A fallback is rare: it counts for what is reached, not for how often.
static const struct step *walk_fallback(const struct step *step, const struct walk *walk) {
  const struct step *after = program_after_call(step);
  walk_range(step + step->otherwise, after, 0, walk);
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
      if (step->otherwise != 0) next = walk_fallback(step, walk);
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
