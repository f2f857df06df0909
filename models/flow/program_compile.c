// The steps of `handles` become one flat array.
#include "program_compile.h"

#include "model.h"
#include "plan.h"
#include "program_build.h"
#include "program_keyed.h"
#include "step_form.h"
#include "storage.h"

#include <math.h>
#include <string.h>

// ---- Names of requests ----

static bool has_steps(const struct variant *fallback) {
  return fallback->value != NULL && fallback->index == 0;
}

static void collect_keyed(const struct keyed_step *keyed, bool reads, struct plan *plan) {
  if (has_steps(&keyed->fallback)) program_collect(keyed->fallback.value, plan);
  uint16_t dataset = plan_dataset(plan, keyed->dataset.name);
  if (dataset == UINT16_MAX) return;
  plan_add_operation(plan, reads ? OPERATION_READ : OPERATION_WRITE, dataset);
  plan_add_operation(plan, reads ? OPERATION_SET : OPERATION_DROP, dataset);
}

void program_collect(const struct list *steps, struct plan *plan) {
  for (size_t i = 0; i < steps->count; i++) {
    const struct variant *step = &((const struct variant *)steps->items)[i];
    if (step->value == NULL) continue;
    if (step->index == WRITTEN_CALL) {
      const struct call_step *call = step->value;
      if (call->request != NULL) plan_add_request(plan, call->request);
      if (has_steps(&call->fallback)) program_collect(call->fallback.value, plan);
    } else if (step->index == WRITTEN_READ || step->index == WRITTEN_WRITE) {
      collect_keyed(step->value, step->index == WRITTEN_READ, plan);
    } else if (step->index == WRITTEN_PUBLISH) {
      const struct publish_step *publish = step->value;
      if (publish->publish != NULL) plan_add_request(plan, publish->publish);
      if (has_steps(&publish->fallback)) program_collect(publish->fallback.value, plan);
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
  bool partial;   // the present step is one in which an error was reported: only what it holds is judged
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

// REPEAT, what is repeated, AGAIN.
static bool open_loop(struct compiler *compiler, const struct distribution *times, const struct node *node) {
  if (compiler->loops == PROGRAM_NESTING_MOST) {
    fail_at(compiler, node, "repeats are nested more than 16 deep");
    return false;
  }
  emit(compiler, STEP_REPEAT)->time = times;
  compiler->loops++;
  return true;
}

static void close_loop(struct compiler *compiler, uint32_t head) {
  compiler->loops--;
  uint32_t tail = here(compiler);
  emit(compiler, STEP_AGAIN);
  aim(compiler, tail, head + 1);
  aim(compiler, head, here(compiler));
}

static const struct policy *
compile_policies(struct compiler *compiler, const struct policy_settings *policies, const struct node *node) {
  struct plan *plan = compiler->plan;
  if (compiler->partial) return NULL;
  const struct policy *policy =
      policy_compile(policies, network_default_timeout(&plan->network), node, compiler->context);
  if (policy != NULL && policy->propagate) plan->propagates = true;
  return policy;
}

static void compile_fallback_steps(struct compiler *compiler, const struct variant *fallback,
                                   const struct node *node) {
  if (has_steps(fallback)) compile_list(compiler, fallback->value, node_find(node, "fallback"));
}

// CALL, a JUMP past what follows, then the fallback, which a call that has failed goes on with.
static void compile_fallback(struct compiler *compiler, const struct variant *fallback,
                             const struct node *node) {
  if (fallback->alternative == NULL) return;
  uint32_t head = here(compiler) - 1;
  uint32_t jump = here(compiler);
  emit(compiler, STEP_JUMP);
  program_otherwise(&compiler->builder, head, here(compiler));
  emit(compiler, STEP_DEGRADED);
  compile_fallback_steps(compiler, fallback, node);
  aim(compiler, jump, here(compiler));
}

static void emit_call(struct compiler *compiler, const struct reference *callee, uint16_t request,
                      const struct policy_settings *policies, const struct node *node) {
  struct plan *plan = compiler->plan;
  struct call_site *site = arena_take(plan->arena, sizeof *site);
  site->callee = plan_component(plan, callee->name);
  site->request = request;
  site->number = plan_site(plan);
  site->policy = compile_policies(compiler, policies, node);
  if (site->callee == NULL) compiler->wrong = true;
  emit(compiler, STEP_CALL)->call = site;
}

static void compile_call(struct compiler *compiler, const struct call_step *call, const struct node *node) {
  uint16_t request =
      call->request == NULL ? (uint16_t)PROGRAM_SAME_REQUEST : plan_request(compiler->plan, call->request);
  emit_call(compiler, &call->call, request, &call->policies, node);
  compile_fallback(compiler, &call->fallback, node);
}

static void compile_publish(struct compiler *compiler, const struct publish_step *publish,
                            const struct node *node) {
  uint16_t job = plan_request(compiler->plan, publish->publish);
  emit_call(compiler, &publish->to, job, &publish->policies, node);
  compile_fallback(compiler, &publish->fallback, node);
}

// ---- Reads and writes ----

struct keyed_fallback {
  struct compiler *compiler;
  const struct variant *fallback;
  const struct node *node;
};

static void add_keyed_fallback(void *context) {
  const struct keyed_fallback *keyed = context;
  compile_fallback_steps(keyed->compiler, keyed->fallback, keyed->node);
}

static bool any_wrong(const struct plan *plan) {
  for (uint16_t c = 0; c < plan->component_count; c++) {
    if (plan->components[c].wrong) return true;
  }
  return false;
}

// There is none, or several of which none is the origin of the other.
static void report_holders(struct compiler *compiler, const char *name, uint16_t dataset, bool reads,
                           const struct node *node) {
  const struct plan *plan = compiler->plan;
  const char *holders[2];
  int found = 0;
  for (uint16_t c = 0; c < plan->component_count && found < 2; c++) {
    const bool *holds = plan->storages[c].holds;
    if (holds != NULL && holds[dataset]) holders[found++] = plan->components[c].name;
  }
  if (found < 2) {
    diagnostic_error(compiler->context->diagnostics, node, "no component holds `%s`", name);
  } else {
    diagnostic_error(compiler->context->diagnostics, node,
                     "more than one component holds `%s`, as `%s` and `%s`: say `%s` whom", name, holders[0],
                     holders[1], reads ? "from" : "to");
  }
}

// What a component that is wrong holds is not known.
static struct component *holder_of(struct compiler *compiler, const struct keyed_step *step, bool reads,
                                   uint16_t dataset, const struct node *node) {
  struct plan *plan = compiler->plan;
  if (step->component.name == NULL) {
    if (plan->holders[dataset] == NULL && !any_wrong(plan))
      report_holders(compiler, step->dataset.name, dataset, reads, node);
    return plan->holders[dataset];
  }
  struct component *holder = plan_component(plan, step->component.name);
  if (holder == NULL) return NULL;
  const bool *holds = plan->storages[holder->number].holds;
  if (holder->wrong || (holds != NULL && holds[dataset])) return holder;
  diagnostic_error(compiler->context->diagnostics, step->component.node, "`%s` does not hold `%s`",
                   holder->name, step->dataset.name);
  return NULL;
}

static void emit_keyed(const struct program_keyed *keyed, const struct keyed_step *step, bool reads,
                       struct component *holder) {
  enum key_source key = (enum key_source)(step->key + KEY_DRAW);
  if (reads) {
    program_read(keyed, holder, key);
  } else {
    program_write(keyed, holder, key);
  }
}

// All at once: so many branches.
static void emit_together(struct compiler *compiler, const struct program_keyed *keyed,
                          const struct keyed_step *step, bool reads, struct component *holder,
                          int32_t times) {
  uint32_t head = here(compiler);
  struct step *parallel = emit(compiler, STEP_PARALLEL);
  parallel->count = 1;
  parallel->needed = times;
  emit(compiler, STEP_BRANCH)->count = times;
  aim(compiler, head + 1, here(compiler));
  emit_keyed(keyed, step, reads, holder);
  emit(compiler, STEP_END);
  aim(compiler, head, here(compiler));
}

// One after the other: a loop around it.
static void emit_repeated(struct compiler *compiler, const struct program_keyed *keyed,
                          const struct keyed_step *step, bool reads, struct component *holder,
                          const struct node *node) {
  uint32_t head = here(compiler);
  if (!open_loop(compiler, &step->times, node)) return;
  emit_keyed(keyed, step, reads, holder);
  close_loop(compiler, head);
}

static void emit_times(struct compiler *compiler, const struct program_keyed *keyed,
                       const struct keyed_step *step, bool reads, struct component *holder,
                       const struct node *node) {
  bool constant = distribution_is_constant(&step->times);
  double times = distribution_mean(&step->times);
  if (constant && times == 1) {
    emit_keyed(keyed, step, reads, holder);
  } else if (!step->together) {
    emit_repeated(compiler, keyed, step, reads, holder, node);
  } else if (constant && times >= 1 && times <= 10000) {
    emit_together(compiler, keyed, step, reads, holder, (int32_t)times);
  } else {
    fail_at(compiler, node_find(node, "times"), "with `together`, it is a number from 1 to 10000");
  }
}

static void compile_keyed(struct compiler *compiler, const struct keyed_step *step, bool reads,
                          const struct node *node) {
  struct plan *plan = compiler->plan;
  if (compiler->partial) {
    compile_fallback_steps(compiler, &step->fallback, node);
    return;
  }
  uint16_t dataset = plan_dataset(plan, step->dataset.name);
  struct component *holder = dataset == UINT16_MAX ? NULL : holder_of(compiler, step, reads, dataset, node);
  const struct policy *policy = compile_policies(compiler, &step->policies, node);
  if (reads && step->key + KEY_DRAW == KEY_NEW)
    fail_at(compiler, node_find(node, "key"), "nobody has written a new item: only a `write` makes one");
  if (holder == NULL) {
    compiler->wrong = true;
    return;
  }
  struct keyed_fallback fallback = {compiler, &step->fallback, node};
  bool falls_back = step->fallback.alternative != NULL;
  struct program_keyed keyed = {.plan = plan,
                                .builder = &compiler->builder,
                                .dataset = dataset,
                                .policy = policy,
                                .fallback = falls_back ? add_keyed_fallback : NULL,
                                .context = &fallback};
  emit_times(compiler, &keyed, step, reads, holder, node);
}

static int32_t needed_of(struct compiler *compiler, const struct parallel_step *parallel, int64_t branches,
                         const struct node *node) {
  if (parallel->wait_for.index == 0)
    return *(const int *)parallel->wait_for.value == 0 ? (int32_t)branches : 1;
  int64_t needed = *(const int64_t *)parallel->wait_for.value;
  if (!compiler->partial && needed > branches) {
    fail_at(compiler, node_find(node, "wait_for"), "is more than there are branches");
    return 1;
  }
  return (int32_t)needed;
}

// PARALLEL, its BRANCH rows, then the branches, each with its END; PARALLEL's target is what follows them
// all.
static void compile_parallel(struct compiler *compiler, const struct parallel_step *parallel,
                             const struct node *node) {
  if (parallel->parallel.value == NULL) return;
  bool listed = parallel->parallel.index == 0;
  const struct list *lists = parallel->parallel.value;
  int64_t times = listed ? 1 : *(const int64_t *)parallel->parallel.value;
  uint32_t rows = listed ? (uint32_t)lists->count : 1;
  if (!compiler->partial && listed == (node_find(node, "do") != NULL)) {
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
  if (!compiler->partial && fabs(sum - 1) > 1e-9) {
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
  uint32_t head = here(compiler);
  if (!open_loop(compiler, &repeat->repeat, node)) return;
  compile_list(compiler, &repeat->steps, node_find(node, "do"));
  close_loop(compiler, head);
}

static void compile_disk(struct compiler *compiler, const struct disk_step *disk, const struct node *node) {
  if (disk->disk.value == NULL) return;
  uint32_t head = here(compiler);
  switch (disk->disk.index) {
  case 0:
    if (compiler->loops == PROGRAM_NESTING_MOST) fail_at(compiler, node, "is in repeats nested 16 deep");
    program_emit_operations(&compiler->builder, *(const double *)disk->disk.value);
    break;
  case 1:
    if (!open_loop(compiler, disk->disk.value, node)) return;
    program_emit_transfer(&compiler->builder, 0);
    close_loop(compiler, head);
    break;
  default:
    program_emit_transfer(&compiler->builder, *(const int64_t *)disk->disk.value);
  }
}

static void compile_respond(struct compiler *compiler, const struct respond_step *respond) {
  if (respond->respond.value == NULL) return;
  struct step *step = emit(compiler, STEP_RESPOND);
  if (respond->respond.index == 0) {
    step->size = *(const int64_t *)respond->respond.value;
    return;
  }
  step->item = true;
  step->dataset = plan_dataset(compiler->plan, ((const struct reference *)respond->respond.value)->name);
}

// What is read and then responded stays in hand in between.
static void keep_in_hand(struct compiler *compiler, struct step *respond) {
  struct step *steps = compiler->builder.steps;
  for (uint32_t i = 0; i < compiler->builder.count; i++) {
    const struct call_site *site = steps[i].operation == STEP_CALL ? steps[i].call : NULL;
    if (site == NULL || site->key == KEY_NONE || site->dataset != respond->dataset) continue;
    struct call_site *keeps = arena_take(compiler->plan->arena, sizeof *keeps);
    if (keeps == NULL) return;
    *keeps = *site;
    keeps->keeps = site->key != KEY_HAND;
    steps[i].call = keeps;
    respond->in_hand = true;
  }
}

static void keep_what_is_responded(struct compiler *compiler) {
  for (uint32_t i = 0; !compiler->builder.failed && i < compiler->builder.count; i++) {
    struct step *step = &compiler->builder.steps[i];
    if (step->operation == STEP_RESPOND && step->item) keep_in_hand(compiler, step);
  }
}

static void compile_step(struct compiler *compiler, const struct variant *step, const struct node *node) {
  compiler->partial = step->wrong;
  switch ((enum written_step)step->index) {
  case WRITTEN_CPU:
    emit(compiler, STEP_CPU)->time = &((const struct cpu_step *)step->value)->cpu;
    break;
  case WRITTEN_DISK:
    compile_disk(compiler, step->value, node);
    break;
  case WRITTEN_MEMORY:
    emit(compiler, STEP_MEMORY)->size = ((const struct memory_step *)step->value)->memory;
    break;
  case WRITTEN_WAIT:
    emit(compiler, STEP_WAIT)->time = &((const struct wait_step *)step->value)->wait;
    break;
  case WRITTEN_CALL:
    compile_call(compiler, step->value, node);
    break;
  case WRITTEN_READ:
  case WRITTEN_WRITE:
    compile_keyed(compiler, step->value, step->index == WRITTEN_READ, node);
    break;
  case WRITTEN_PUBLISH:
    compile_publish(compiler, step->value, node);
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
    compile_respond(compiler, step->value);
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
  keep_what_is_responded(&compiler);
  return program_finish(&compiler.builder, program) && !compiler.wrong;
}
