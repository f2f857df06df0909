// The one loop. A strand runs through its program until it has to wait; a call without delay is carried on in
// the same loop as the callee's strand, and a reply without delay as the caller's, so that a chain of any
// length needs neither events nor stack.
#include "strand_path.h"
#include "visit_path.h"

#include "item.h"
#include "journey.h"
#include "machine.h"
#include "rarely.h"
#include "route.h"

struct extension *strand_extension(struct sim *sim, struct strand *strand) {
  if (strand->extension != 0) return slab_at(&sim->engine.frames, strand->extension);
  struct extension *extension = slab_take(&sim->engine.frames, FRAME_EXTENSION);
  if (extension == NULL) return NULL;
  extension->next = 0;
  extension->repetition = 0;
  extension->pending = 0;
  extension->depth = 0;
  extension->deadline = INT64_MAX;
  extension->told = 0;
  extension->hand = UINT16_MAX;
  for (int i = 0; i < EXTENSION_HOLDINGS; i++) extension->holdings[i].instance = NULL;
  strand->extension = extension->frame.index;
  return extension;
}

// ---- Branches ----

// A visit's branches form a list, the newest first.
static void link_branch(struct sim *sim, struct branch *branch) {
  struct strand *head = &branch->strand.visit->strand;
  branch->previous = 0;
  branch->strand.link = head->link;
  if (head->link != 0) {
    ((struct branch *)slab_at(&sim->engine.frames, head->link))->previous = branch->strand.job.frame.index;
  }
  head->link = branch->strand.job.frame.index;
}

static void unlink_branch(struct sim *sim, const struct branch *branch) {
  uint32_t next = branch->strand.link;
  if (next != 0) ((struct branch *)slab_at(&sim->engine.frames, next))->previous = branch->previous;
  if (branch->previous != 0) {
    ((struct branch *)slab_at(&sim->engine.frames, branch->previous))->strand.link = next;
  } else {
    branch->strand.visit->strand.link = next;
  }
}

// More branches of one visit than its counter can hold end the run as want of memory does.
static bool start_branch(struct sim *sim, struct strand *parent, const struct step *first, uint32_t number) {
  if (parent->visit->strands == UINT16_MAX) {
    sim->budget.exhausted = true;
    engine_stop(&sim->engine);
    return false;
  }
  struct branch *branch = slab_take(&sim->engine.frames, FRAME_BRANCH);
  if (branch == NULL) return false;
  struct strand *strand = &branch->strand;
  job_reset(&strand->job, parent->job.level);
  strand->step = first;
  strand->luck = random_split(parent->luck, number);
  strand->visit = parent->visit;
  strand->child = 0;
  strand->extension = 0;
  strand->awaited = 0;
  strand->join = 0;
  link_branch(sim, branch);
  parent->visit->strands++;
  branch->parent = frame_refer(&parent->job.frame);
  branch->join = parent->join;
  strand->job.frame.state = STRAND_RUNNING;
  engine_ready(&sim->engine, &strand->job.frame);
  return true;
}

static bool is_child(const struct branch *branch, const struct strand *parent) {
  const struct frame *frame = &parent->job.frame;
  return branch->parent.index == frame->index && branch->parent.generation == frame->generation;
}

// A parallel step begins or is decided. When the numbers start anew, branches of earlier steps that still go
// on lose their parent, so that none of them is taken for one of a later step.
static void next_join(struct sim *sim, struct strand *strand) {
  if (++strand->join != 0) return;
  for (uint32_t index = strand->visit->strand.link; index != 0;) {
    struct branch *branch = slab_at(&sim->engine.frames, index);
    if (is_child(branch, strand)) branch->parent = (struct frame_reference){0, 0};
    index = branch->strand.link;
  }
}

// The rows after STEP_PARALLEL tell the branches. Luck is split by the branch's number, so that no branch
// takes another's, and the strand's own moves on as after one draw. Nothing goes on at once: NULL.
static ASIDE struct strand *start_branches(struct sim *sim, struct strand *strand, const struct step *step) {
  struct extension *extension = strand_extension(sim, strand);
  if (extension == NULL) return NULL;
  next_join(sim, strand);
  strand->awaited = (uint16_t)step->needed;
  strand->job.since = sim->engine.now;
  // All count before any starts: where memory runs out half way, those that did start must not find the step
  // hopeless though none has failed.
  int32_t branches = 0;
  for (int32_t row = 1; row <= step->count; row++) branches += step[row].count;
  extension->pending = (uint16_t)branches;
  uint32_t number = 0;
  for (int32_t row = 1; row <= step->count; row++) {
    const struct step *branch = step + row;
    for (int32_t i = 0; i < branch->count; i++) {
      if (!start_branch(sim, strand, branch + branch->target, ++number)) return NULL;
    }
  }
  random_bits(&strand->luck);
  return NULL;
}

void strand_cancel_branches(struct sim *sim, const struct strand *parent) {
  for (uint32_t index = parent->visit->strand.link; index != 0;) {
    struct branch *branch = slab_at(&sim->engine.frames, index);
    if (is_child(branch, parent) && branch->join == parent->join) strand_cancel(sim, &branch->strand);
    index = branch->strand.link;
  }
}

// What became due to a cancelled strand at the instant of its end; it is in the ready ring and stays there.
static inline bool is_cancelled(const struct strand *strand) {
  return (strand->job.frame.flags & FLAG_CANCELLED) != 0;
}

// Where a strand that fails goes on: to an end with its outcome, in the loop, so that a failure that travels
// up a chain of callers needs no stack.
static struct strand *fail(struct strand *strand, enum outcome outcome) {
  static const struct step ends[OUTCOMES] = {
      [OUTCOME_TIMEOUT] = {.operation = STEP_END, .count = OUTCOME_TIMEOUT},
      [OUTCOME_REJECTED] = {.operation = STEP_END, .count = OUTCOME_REJECTED},
      [OUTCOME_UNAVAILABLE] = {.operation = STEP_END, .count = OUTCOME_UNAVAILABLE},
      [OUTCOME_ABANDONED] = {.operation = STEP_END, .count = OUTCOME_ABANDONED},
      [OUTCOME_ERROR] = {.operation = STEP_END, .count = OUTCOME_ERROR},
      [OUTCOME_MISSED] = {.operation = STEP_END, .count = OUTCOME_MISSED},
      [OUTCOME_CANCELLED] = {.operation = STEP_END, .count = OUTCOME_CANCELLED},
  };
  strand->step = &ends[outcome];
  return strand;
}

// A branch of the parallel step that `parent` is in has ended. Returns the parent if that decides the step.
static struct strand *join_branch(struct sim *sim, struct strand *parent, enum outcome outcome) {
  struct extension *extension = slab_at(&sim->engine.frames, parent->extension);
  extension->pending--;
  if (parent->awaited == 0 || is_cancelled(parent)) return NULL;
  if (outcome == OUTCOME_DONE) parent->awaited--;
  bool decided = parent->awaited == 0;
  bool hopeless = parent->awaited > extension->pending;
  if (!decided && !hopeless) return NULL;
  parent->awaited = 0;
  parent->visit->away += strand_is_main(parent) ? sim->engine.now - parent->job.since : 0;
  const struct step *step = parent->step;
  if (step->cancel) strand_cancel_branches(sim, parent);
  next_join(sim, parent); // those that still go on belong to nobody's parallel step
  if (hopeless) return fail(parent, outcome);
  parent->step = step + step->target;
  return parent;
}

struct strand *strand_end_branch(struct sim *sim, struct branch *branch, enum outcome outcome) {
  struct visit *visit = branch->strand.visit;
  unlink_branch(sim, branch);
  visit->strand.job.waited += branch->strand.job.waited;
  visit->strand.job.served += branch->strand.job.served;
  struct strand *parent = slab_find(&sim->engine.frames, branch->parent);
  bool awaited = parent != NULL && parent->join == branch->join;
  strand_give_extension(sim, &branch->strand);
  slab_give(&sim->engine.frames, &branch->strand.job.frame);
  visit->strands--;
  if (awaited) return join_branch(sim, parent, outcome);
  // The visit's own strand has ended before, at a step that tells how.
  return visit->strands == 0 ? visit_end(sim, visit, (enum outcome)visit->strand.step->count) : NULL;
}

struct strand *strand_end(struct sim *sim, struct strand *strand, enum outcome outcome) {
  return strand_ends(sim, strand, outcome);
}

// ---- Calls ----

static ASIDE struct strand *call(struct sim *sim, struct strand *strand, const struct call_site *site) {
  struct visit *visit = strand->visit;
  uint16_t request = site->request == PROGRAM_SAME_REQUEST ? visit->request : site->request;
  struct random_stream luck = {random_bits(&strand->luck)};
  struct frame_reference caller = frame_refer(&strand->job.frame);
  strand->job.since = sim->engine.now;
  int64_t deadline = sim->inherits_deadlines ? call_inherited_deadline(sim, visit) : INT64_MAX;
  uint64_t key = 0;
  if (site->key != KEY_NONE && !item_choose(sim, strand, site, &strand->luck, &key)) return NULL;
  if (site->policy != NULL || deadline != INT64_MAX) {
    struct flow_request wish = {.site = site,
                                .caller = caller,
                                .luck = luck,
                                .serial = visit->serial,
                                .user = visit->user,
                                .key = key,
                                .request = request,
                                .origin = visit->origin};
    return call_begin(sim, &wish, strand, deadline);
  }
  struct visit *made = visit_make(sim, caller, luck, request, visit->origin);
  if (made == NULL) return NULL;
  made->serial = visit->serial;
  made->user = visit->user;
  if (site->key != KEY_NONE) visit_is_about(made, key, strand->job.level);
  struct instance *target = route_visit(sim, made, site->callee, &visit->instance->end, NULL);
  if (target == NULL) {
    slab_give(&sim->engine.frames, visit_frame(made));
    return strand_answered(sim, strand, OUTCOME_UNAVAILABLE, false);
  }
  strand->child = visit_frame(made)->index;
  return visit_send(sim, made, &visit->instance->end, target);
}

struct strand *strand_answered(struct sim *sim, struct strand *strand, enum outcome outcome, bool degraded) {
  strand->child = 0;
  if (strand_is_main(strand)) strand->visit->away += sim->engine.now - strand->job.since;
  if (is_cancelled(strand)) return NULL;
  const struct step *step = strand->step;
  if (degraded) visit_frame(strand->visit)->flags |= FLAG_DEGRADED;
  if (outcome == OUTCOME_DONE) {
    strand->step = step + 1;
    return strand;
  }
  if (step->otherwise == 0) return fail(strand, outcome);
  flow_fail(sim, outcome); // for a step of a model that follows at once
  strand->step = step + step->otherwise;
  return strand;
}

// ---- Steps ----

void flow_started(void *context, struct job *job) {
  job->announces = false;
  flow_admitted(context, ((struct strand *)(void *)job)->visit);
}

RARELY void strand_compute_tied(struct sim *sim, struct strand *strand, int64_t work) {
  station_submit(&strand->visit->instance->machine->cores, &sim->engine, &strand->job, work);
  if (strand->job.standing == JOB_WAITING) {
    strand->job.announces = true;
  } else {
    flow_admitted(sim, strand->visit);
  }
}

// What cores do for a component on a shared host is its visits' service without this.
static void note_device_time(struct sim *sim, const struct strand *strand) {
  if (sim->measuring) strand->visit->instance->fleet->measure.device_time += (uint64_t)strand->job.work;
}

// The disk of a machine without one takes no time.
static ASIDE struct strand *use_disk(struct sim *sim, struct strand *strand, const struct step *step) {
  struct instance *instance = strand->visit->instance;
  struct disk *disk = instance->machine->disk;
  strand->step = step + 1;
  instance->disk_operations++;
  instance->disk_bytes += (uint64_t)step->size;
  bool waits = disk != NULL && disk_submit(disk, &sim->engine, &strand->job, step->size);
  if (waits) note_device_time(sim, strand);
  return waits ? NULL : strand;
}

static ASIDE struct strand *access_disk(struct sim *sim, struct strand *strand, const struct step *step) {
  struct disk *disk = strand->visit->instance->machine->disk;
  strand->step = step + 1;
  bool waits = disk != NULL && disk_access(disk, &sim->engine, &strand->job, &strand->luck);
  if (waits) note_device_time(sim, strand);
  return waits ? NULL : strand;
}

static ASIDE struct strand *hold_memory(struct sim *sim, struct strand *strand, const struct step *step) {
  struct instance *instance = strand->visit->instance;
  strand->step = step + 1;
  struct holding holding = {.instance = instance, .kind = HOLDING_MEMORY, .amount = step->size};
  if (!flow_hold(sim, strand->visit, holding)) return NULL;
  machine_hold_memory(sim, instance, step->size);
  return strand;
}

static ASIDE struct strand *wait(struct sim *sim, struct strand *strand, const struct step *step) {
  strand->step = step + 1;
  struct engine *engine = &sim->engine;
  if (distribution_is_constant(step->time)) {
    int64_t delay = distribution_round(step->time->scale);
    if (delay == 0) return strand;
    engine_arm_after(engine, &strand->job.frame, delay, EVENT_COMPLETION);
    return NULL;
  }
  engine_arm(engine, &strand->job.frame, engine->now + distribution_sample(step->time, &strand->luck),
             EVENT_COMPLETION);
  return NULL;
}

static ASIDE struct strand *enter_loop(struct sim *sim, struct strand *strand, const struct step *step) {
  int64_t rounds = distribution_sample(step->time, &strand->luck);
  if (rounds <= 0) {
    strand->step = step + step->target;
    return strand;
  }
  struct extension *extension = strand_extension(sim, strand);
  if (extension == NULL) return NULL;
  extension->loops[extension->depth++] = rounds < UINT32_MAX ? (uint32_t)rounds : UINT32_MAX;
  strand->step = step + 1;
  return strand;
}

// Nothing is in it any more.
static bool is_spent(const struct extension *extension) {
  bool holds = extension->next != 0 || extension->repetition != 0;
  for (int i = 0; i < EXTENSION_HOLDINGS; i++) holds |= extension->holdings[i].instance != NULL;
  return !holds && extension->depth == 0 && extension->pending == 0 && extension->hand == UINT16_MAX &&
         extension->told == 0 && extension->deadline == INT64_MAX;
}

static ASIDE struct strand *loop_again(struct sim *sim, struct strand *strand, const struct step *step) {
  struct extension *extension = slab_at(&sim->engine.frames, strand->extension);
  if (--extension->loops[extension->depth - 1] > 0) {
    strand->step = step + step->target;
  } else {
    extension->depth--;
    strand->step = step + 1;
    if (is_spent(extension)) { // a long wait may follow
      strand->extension = 0;
      slab_give(&sim->engine.frames, &extension->frame);
    }
  }
  return strand;
}

// The reply goes out; at the end of a program, with the end.
static ASIDE struct strand *respond(struct sim *sim, struct strand *strand, const struct step *step) {
  struct visit *visit = strand->visit;
  strand->step = step + 1;
  int64_t bytes = journey_reply_bytes(sim, strand, step);
  struct component_measure *measure = &visit->instance->fleet->measure;
  measure->bytes_out += (uint64_t)bytes;
  if ((visit_frame(visit)->flags & FLAG_CLIENTS) != 0) measure->bytes_to_clients += (uint64_t)bytes;
  if (strand_is_main(strand))
    strand->job.work = bytes; // a branch must not: the main strand may be at a station
  if (strand->step->operation == STEP_END && strand_is_main(strand))
    return strand_ends(sim, strand, OUTCOME_DONE);
  if ((visit_frame(visit)->flags & FLAG_RESPONDED) != 0) return strand;
  struct strand *answered = visit_reply(sim, visit, OUTCOME_DONE, bytes, false);
  if (answered != NULL) engine_ready(&sim->engine, &answered->job.frame);
  return strand;
}

static ASIDE struct strand *maybe_fail(struct strand *strand, const struct step *step) {
  strand->step = step + 1;
  return random_unit(&strand->luck) < step->chance ? fail(strand, OUTCOME_ERROR) : strand;
}

static ASIDE struct strand *ask_model(struct sim *sim, struct strand *strand, const struct step *step) {
  strand->step = step + 1;
  enum verdict verdict = strand->visit->instance->model->step(sim, strand, step->count);
  switch (verdict) {
  case VERDICT_NEXT:
    return strand;
  case VERDICT_BRANCH:
    strand->step = step + step->target;
    return strand;
  case VERDICT_WAIT:
    return NULL;
  case VERDICT_FAIL:
    return fail(strand, sim->failure);
  default:
    ASSERT(false, "no verdict of a step");
    return NULL;
  }
}

static ASIDE struct strand *compute(struct sim *sim, struct strand *strand, const struct step *step) {
  strand_compute(sim, strand, strand->visit, step);
  return NULL;
}

static ASIDE struct strand *choose(struct strand *strand, const struct step *step) {
  strand->step = step + (random_unit(&strand->luck) < step->chance ? 1 : step->target);
  return strand;
}

static ASIDE struct strand *reach_end(struct sim *sim, struct strand *strand, const struct step *step) {
  return strand_reaches_end(sim, strand, step);
}

static ASIDE struct strand *degrade(struct strand *strand, const struct step *step) {
  visit_frame(strand->visit)->flags |= FLAG_DEGRADED;
  strand->step = step + 1;
  return strand;
}

// Nothing but jumps, so that no step pays for the registers of another.
struct strand *strand_carry_out(struct sim *sim, struct strand *strand) {
  const struct step *step = strand->step;
  switch ((enum step_operation)step->operation) {
  case STEP_CPU:
    return compute(sim, strand, step);
  case STEP_DISK:
    return use_disk(sim, strand, step);
  case STEP_ACCESS:
    return access_disk(sim, strand, step);
  case STEP_MEMORY:
    return hold_memory(sim, strand, step);
  case STEP_WAIT:
    return wait(sim, strand, step);
  case STEP_CALL:
    return call(sim, strand, step->call);
  case STEP_CHOOSE:
    return choose(strand, step);
  case STEP_JUMP:
    strand->step = step + step->target;
    return strand;
  case STEP_REPEAT:
    return enter_loop(sim, strand, step);
  case STEP_AGAIN:
    return loop_again(sim, strand, step);
  case STEP_PARALLEL:
    return start_branches(sim, strand, step);
  case STEP_BRANCH:
    ASSERT(false, "a branch row is no step");
    return NULL;
  case STEP_END:
    return reach_end(sim, strand, step);
  case STEP_FAIL:
    return maybe_fail(strand, step);
  case STEP_RESPOND:
    return respond(sim, strand, step);
  case STEP_DEGRADED:
    return degrade(strand, step);
  case STEP_MODEL:
    return ask_model(sim, strand, step);
  }
  return NULL;
}

// Time never leaves this instant: notes who goes on for a while, so that the message can name the circle.
RARELY bool strand_note_circle(struct sim *sim, const struct strand *strand) {
  uint16_t component = strand->visit->instance->component->number;
  if (sim->circle_looks++ >= SIM_CIRCLE_LOOK) {
    engine_stop(&sim->engine);
    return false;
  }
  for (uint16_t i = 0; i < sim->circle_count; i++) {
    if (sim->circle[i] == component) return true;
  }
  if (sim->circle_count < SIM_CIRCLE_MOST) sim->circle[sim->circle_count++] = component;
  return true;
}

void strand_run(struct sim *sim, struct strand *strand) {
  while (strand != NULL) strand = strand_step(sim, strand);
}
