// How visits are answered and leave. Whatever a visit has taken is given back in one place, unwind(),
// whichever way it leaves.
#include "departure.h"
#include "journey.h"
#include "repetition.h"
#include "transfer.h"
#include "visit_path.h"

static inline void leave_balancer(struct sim *sim, struct frame *frame) {
  if ((frame->flags & FLAG_BALANCED) == 0) return;
  frame->flags &= (uint16_t)~FLAG_BALANCED;
  sim->balanced[frame->link]--;
}

// ---- The way back ----

struct strand *outcome_deliver(struct sim *sim, const struct flow_ending *ending,
                               struct frame_reference attempt) {
  if (ending->caller.index != 0) {
    struct frame *caller = slab_find(&sim->engine.frames, ending->caller);
    if (caller == NULL) return NULL; // gone: nobody listens
    if (caller->kind == FRAME_CALL) return call_answered(sim, (struct call *)(void *)caller, attempt, ending);
    if (caller->kind != FRAME_USER) {
      return strand_answered(sim, (struct strand *)(void *)caller, ending->outcome,
                             (ending->flags & FLAG_DEGRADED) != 0);
    }
  }
  client_finished(sim, ending);
  return NULL;
}

static inline struct flow_ending ending_of(const struct visit *visit, enum outcome outcome) {
  return (struct flow_ending){.caller = visit->caller,
                              .born = visit->born,
                              .serial = visit->serial,
                              .request = visit->request,
                              .origin = visit->origin,
                              .flags = visit->strand.job.frame.flags,
                              .outcome = outcome};
}

// The reply of an open client's request, which most are, over no network.
static void answer_at_once(struct sim *sim, struct visit *visit, enum outcome outcome) {
  if (__builtin_expect(outcome == OUTCOME_DONE, 1)) client_answer(sim, visit->origin, visit->request);
  client_count_end(sim, ending_of(visit, outcome));
  slab_give(&sim->engine.frames, visit_frame(visit));
}

// A copy of what a reply needs, for a visit that goes on after it.
static struct visit *make_carrier(struct sim *sim, struct visit *visit, enum outcome outcome) {
  struct visit *carrier = slab_take(&sim->engine.frames, FRAME_REPLY);
  if (carrier == NULL) return NULL;
  struct frame head = carrier->strand.job.frame;
  *carrier = *visit;
  head.flags = visit_frame(visit)->flags;
  head.state = (uint8_t)outcome;
  carrier->strand.job.frame = head;
  job_reset(&carrier->strand.job, visit->strand.job.level); // the visit's own may stand somewhere
  return carrier;
}

// A balancer's count, and those of balancers behind it, before the visit leaves.
static void leave_balancers(struct sim *sim, struct visit *visit) {
  leave_balancer(sim, visit_frame(visit));
  for (uint32_t index = visit->strand.extension; index != 0;) {
    struct extension *extension = slab_at(&sim->engine.frames, index);
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      struct holding holding = extension->holdings[i];
      if (holding.instance == NULL || holding.kind == HOLDING_MEMORY || !holding.instance->model->forwards)
        continue;
      extension->holdings[i].instance = NULL;
      holding.instance->model->release(sim, holding.instance, &holding);
    }
    index = extension->next;
  }
}

// The reply names the attempt by the frame that the call knows; a carrier remembers it in `away`, which a
// reply has no other use for.
static int64_t packed(struct frame_reference reference) {
  return (int64_t)((uint64_t)reference.generation << 32 | reference.index);
}
static struct frame_reference unpacked(int64_t value) {
  return (struct frame_reference){(uint32_t)((uint64_t)value & UINT32_MAX),
                                  (uint32_t)((uint64_t)value >> 32)};
}

static struct strand *deliver_reply(struct sim *sim, struct visit *carrier) {
  struct flow_ending ending = ending_of(carrier, (enum outcome)visit_frame(carrier)->state);
  struct frame_reference attempt = unpacked(carrier->away);
  if ((visit_frame(carrier)->flags & FLAG_CLIENTS) != 0) journey_delivered(sim, carrier);
  slab_give(&sim->engine.frames, visit_frame(carrier));
  return outcome_deliver(sim, &ending, attempt);
}

// What becomes of a reply as far as it has come.
static struct strand *reply_goes(struct sim *sim, struct visit *carrier, enum journey_state state) {
  if (state == JOURNEY_OVER) return deliver_reply(sim, carrier);
  if (state == JOURNEY_LOST) slab_give(&sim->engine.frames, visit_frame(carrier));
  return NULL;
}

struct strand *visit_reply(struct sim *sim, struct visit *visit, enum outcome outcome, int64_t bytes,
                           bool over) {
  struct frame_reference attempt = frame_refer(visit_frame(visit));
  visit_frame(visit)->flags |= FLAG_RESPONDED;
  if (!over) leave_balancers(sim, visit); // they have seen it answered
  if (outcome == OUTCOME_DONE && (visit_frame(visit)->flags & FLAG_CLIENTS) != 0)
    client_answer(sim, visit->origin, visit->request);
  if (!sim->journeys) {
    struct flow_ending ending = ending_of(visit, outcome);
    if (over) slab_give(&sim->engine.frames, visit_frame(visit));
    return outcome_deliver(sim, &ending, attempt);
  }
  struct visit *carrier = visit;
  if (over) {
    visit_frame(visit)->generation++; // the visit is gone: what still refers to it must not find its reply
    visit_frame(visit)->kind = FRAME_REPLY;
    visit_frame(visit)->state = (uint8_t)outcome;
  } else {
    carrier = make_carrier(sim, visit, outcome);
    if (carrier == NULL) return NULL;
  }
  carrier->away = packed(attempt);
  return reply_goes(sim, carrier, journey_reply(sim, carrier, bytes));
}

void visit_reply_arrived(void *context, struct frame *frame) {
  struct sim *sim = context;
  struct visit *carrier = (struct visit *)(void *)frame;
  strand_run(sim, reply_goes(sim, carrier, journey_reply_woken(sim, carrier)));
}

// ---- Leaving ----

// Takes a strand out of whatever queue it stands in, and its visit's bytes from the interfaces they pass.
static void leave_place(struct sim *sim, struct strand *strand) {
  struct job *job = &strand->job;
  if ((job->frame.flags & FLAG_SENDING) != 0) transfer_drop_all(sim, job);
  switch ((enum job_standing)job->standing) {
  case JOB_NOWHERE:
    break;
  case JOB_ASKING:
    pool_leave(job->at.pool, &sim->engine, job);
    break;
  case JOB_GRANTED:
    job->standing = JOB_NOWHERE;
    pool_give(job->at.pool, &sim->engine);
    break;
  default:
    station_remove(job->at.station, &sim->engine, job);
  }
  if ((job->frame.flags & FLAG_PARKED) != 0) {
    job_list_remove(&strand->visit->instance->parked, job);
    job->frame.flags &= (uint16_t)~FLAG_PARKED;
  }
}

// The places and holdings that few visits have when they leave.
static ASIDE void unwind_places(struct sim *sim, struct visit *visit, enum outcome outcome) {
  if (visit->strand.job.standing != JOB_NOWHERE ||
      (visit_frame(visit)->flags & (FLAG_PARKED | FLAG_SENDING)) != 0) {
    leave_place(sim, &visit->strand);
  }
  if (visit->strand.extension == 0) return;
  const struct extension *extension = slab_at(&sim->engine.frames, visit->strand.extension);
  if (extension->repetition != 0 && outcome == OUTCOME_DONE)
    repetition_done(sim, visit, extension->repetition);
  strand_give_extension(sim, &visit->strand);
}

// Gives back all that a visit has taken, last taken first. The only place that does.
static inline void unwind(struct sim *sim, struct visit *visit, enum outcome outcome) {
  struct frame *frame = visit_frame(visit);
  bool somewhere =
      visit->strand.job.standing != JOB_NOWHERE || (frame->flags & (FLAG_PARKED | FLAG_SENDING)) != 0;
  if (__builtin_expect(somewhere | (visit->strand.extension != 0), 0)) unwind_places(sim, visit, outcome);
  if ((frame->flags & FLAG_WORKER) != 0) {
    frame->flags &= (uint16_t)~FLAG_WORKER;
    pool_give(instance_workers(visit->instance), &sim->engine);
  }
  leave_balancer(sim, frame);
}

// ---- Turned away ----

// It will never be answered: the machine it went to is gone. Whoever waits must have a timeout.
static struct strand *vanish(struct sim *sim, struct visit *visit) {
  unwind(sim, visit, OUTCOME_UNAVAILABLE);
  slab_give(&sim->engine.frames, visit_frame(visit));
  return NULL;
}

// Refused before it was inside.
static struct strand *refuse(struct sim *sim, struct visit *visit) {
  unwind(sim, visit, OUTCOME_UNAVAILABLE);
  if (sim->measuring) visit->instance->fleet->measure.outcomes[OUTCOME_UNAVAILABLE]++;
  return visit_reply(sim, visit, OUTCOME_UNAVAILABLE, 0, true);
}

struct strand *visit_turned_away(struct sim *sim, struct visit *visit) {
  if (visit->instance->life == LIFE_PAUSED) {
    visit_frame(visit)->state = STRAND_TRAVELLING;
    visit_park(&visit->strand);
    return NULL;
  }
  return visit->instance->silent ? vanish(sim, visit) : refuse(sim, visit);
}

// ---- At its end ----

// The reply to a strand that waits, at the same instant. False: it goes another way.
static inline bool answer_strand(struct sim *sim, struct visit *visit, enum outcome outcome,
                                 struct strand **answered) {
  struct frame *frame = visit_frame(visit);
  if (sim->journeys) return false;
  struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  if (caller == NULL || (caller->kind != FRAME_VISIT && caller->kind != FRAME_BRANCH)) return false;
  bool degraded = (frame->flags & FLAG_DEGRADED) != 0;
  slab_give(&sim->engine.frames, frame);
  *answered = strand_answered(sim, (struct strand *)(void *)caller, outcome, degraded);
  return true;
}

struct strand *visit_end(struct sim *sim, struct visit *visit, enum outcome outcome) {
  unwind(sim, visit, outcome);
  visit_count_out(sim, visit, outcome);
  if ((visit_frame(visit)->flags & FLAG_RESPONDED) != 0) {
    slab_give(&sim->engine.frames, visit_frame(visit));
    return NULL;
  }
  struct strand *answered;
  if (answer_strand(sim, visit, outcome, &answered)) return answered;
  if (visit->caller.index != 0 || sim->journeys)
    return visit_reply(sim, visit, outcome, outcome == OUTCOME_DONE ? visit->strand.job.work : 0, true);
  answer_at_once(sim, visit, outcome);
  return NULL;
}

// ---- Before its end ----

static void kill_branch(struct sim *sim, struct branch *branch) {
  struct visit *visit = branch->strand.visit;
  leave_place(sim, &branch->strand);
  visit->strand.job.waited += branch->strand.job.waited;
  visit->strand.job.served += branch->strand.job.served;
  strand_give_extension(sim, &branch->strand);
  slab_give(&sim->engine.frames, &branch->strand.job.frame);
}

// What a strand waits for is told that nobody does any more: a cancelled caller cancels its callees. While
// the reply is on its way, the callee may have ended and its slot may be another's.
static void cancel_child(struct sim *sim, const struct strand *strand) {
  if (strand->child == 0) return;
  const struct frame *child = slab_at(&sim->engine.frames, strand->child);
  struct frame_reference caller = {0, 0};
  if (child->kind == FRAME_VISIT) caller = ((const struct visit *)(const void *)child)->caller;
  if (child->kind == FRAME_CALL) caller = ((const struct call *)(const void *)child)->caller;
  struct frame_reference self = frame_refer(&strand->job.frame);
  if (caller.index == self.index && caller.generation == self.generation)
    flow_cancel(sim, frame_refer(child));
}

void visit_kill(struct sim *sim, struct visit *visit, bool told) {
  struct frame *frame = visit_frame(visit);
  bool cancelled = (frame->flags & FLAG_CANCELLED) != 0;
  for (uint32_t index = visit->strand.link; index != 0;) {
    struct branch *branch = slab_at(&sim->engine.frames, index);
    index = branch->strand.link;
    if (cancelled) cancel_child(sim, &branch->strand);
    kill_branch(sim, branch);
  }
  visit->strand.link = 0;
  if (cancelled) cancel_child(sim, &visit->strand);
  engine_cancel(frame);
  unwind(sim, visit, OUTCOME_UNAVAILABLE);
  if ((frame->flags & FLAG_ENTERED) != 0) {
    visit_count_out(sim, visit, cancelled ? OUTCOME_CANCELLED : OUTCOME_UNAVAILABLE);
  }
  if (told && (frame->flags & FLAG_RESPONDED) == 0) {
    // the reply travels in a frame of its own: callees that still work refer to this one
    struct strand *answered = visit_reply(sim, visit, OUTCOME_UNAVAILABLE, 0, false);
    if (answered != NULL) engine_ready(&sim->engine, &answered->job.frame);
  }
  slab_give(&sim->engine.frames, frame);
}

struct strand *branch_cancelled(struct sim *sim, struct branch *branch) {
  cancel_child(sim, &branch->strand);
  strand_cancel_branches(sim, &branch->strand);
  return strand_end(sim, &branch->strand, OUTCOME_CANCELLED);
}

static void mark_cancelled(struct sim *sim, struct frame *frame) {
  frame->flags |= FLAG_CANCELLED;
  engine_ready(&sim->engine, frame);
}

// It leaves its place at once: whoever starts it otherwise, before it is woken, would take it out of the
// ring.
void strand_cancel(struct sim *sim, struct strand *strand) {
  leave_place(sim, strand);
  mark_cancelled(sim, &strand->job.frame);
}

void flow_cancel(struct sim *sim, struct frame_reference reference) {
  struct frame *frame = slab_find(&sim->engine.frames, reference);
  if (frame == NULL) return;
  if (frame->kind == FRAME_VISIT) strand_cancel(sim, &((struct visit *)(void *)frame)->strand);
  if (frame->kind == FRAME_CALL) mark_cancelled(sim, frame);
}

static bool is_at(const struct frame *frame, const struct instance *instance) {
  if (frame->kind != FRAME_VISIT) return false;
  const struct visit *visit = (const struct visit *)(const void *)frame;
  return visit->instance == instance && (frame->flags & (FLAG_ENTERED | FLAG_PARKED)) != 0;
}

// A crash is rare and a list of the visits in each instance would cost every visit: so all frames are looked
// at, unless there is nobody.
void flow_kill_all(struct sim *sim, struct instance *instance, bool silent) {
  sim->silenced = sim->silenced || silent;
  if (instance->inside == 0 && instance->parked.first == NULL) return;
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    struct frame *frame = slab_at(&sim->engine.frames, index);
    if (is_at(frame, instance)) visit_kill(sim, (struct visit *)(void *)frame, !silent);
  }
}
