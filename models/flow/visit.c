// Visits: made, sent, entered, answered, left. Whatever a visit has taken is given back in one place,
// unwind(), whichever way it leaves.
#include "visit_path.h"

#include "client_account.h"
#include "departure.h"
#include "instance.h"
#include "journey.h"
#include "machine.h"
#include "rarely.h"
#include "repetition.h"
#include "transfer.h"
#include "way.h"

static inline void unwind(struct sim *sim, struct visit *visit, enum outcome outcome);

static inline void leave_balancer(struct sim *sim, struct frame *frame) {
  if ((frame->flags & FLAG_BALANCED) == 0) return;
  frame->flags &= (uint16_t)~FLAG_BALANCED;
  sim->balanced[frame->link]--;
}

// ---- The way there ----

// Over no distance a visit is there at once, but for its handshake.
static bool waits_to_shake(struct sim *sim, struct visit *visit) {
  if ((visit_frame(visit)->flags & FLAG_SHAKES) == 0) return false;
  engine_ready(&sim->engine, visit_frame(visit));
  return true;
}

// What is everywhere is no stop on the way: there is none to it, and from it that of who was before.
bool visit_travels(struct sim *sim, struct visit *visit, const struct network_end *from) {
  struct network_end before;
  if (network_is_everywhere(&visit->instance->end)) return false;
  if (network_is_everywhere(from)) {
    if (!journey_before(sim, visit, &before)) before = visit->instance->end;
    from = &before;
  }
  return journey_send(sim, visit, from) || waits_to_shake(sim, visit);
}

// An instance hands a visit on over a network. False: it is there already.
static ASIDE bool goes_on_from(struct sim *sim, struct visit *visit, struct instance *instance) {
  if (instance->component->answers_pass) visit->way = way_through(sim, visit->way, instance);
  return visit_travels(sim, visit, &instance->end);
}

// It will never be answered: the machine it went to is gone. Whoever waits must have a timeout.
static struct strand *vanish(struct sim *sim, struct visit *visit) {
  unwind(sim, visit, OUTCOME_UNAVAILABLE);
  slab_give(&sim->engine.frames, visit_frame(visit));
  return NULL;
}

// Most visits begin in the window, call nobody, or wait for nothing: what follows from that is booked when
// the window closes (visit_complete_measure()).
static inline void count_times(struct component_measure *measure, const struct visit *visit,
                               int64_t sojourn) {
  int64_t residence = sojourn - visit->away;
  histogram_record(&measure->sojourn_histogram, sojourn);
  if (__builtin_expect(visit->away == 0, 1)) {
    tally_add(&measure->sojourn, sojourn);
  } else {
    tally_add(&measure->sojourn_called, sojourn);
    tally_add(&measure->residence, residence);
  }
  visit_count_service(measure, visit, residence);
}

void visit_complete_measure(struct component_measure *measure) {
  tally_merge(&measure->residence, &measure->sojourn);
  tally_merge(&measure->sojourn, &measure->sojourn_called);
  measure->sojourn_sum += measure->sojourn.sum;
  histogram_record_times(&measure->sojourn_histogram, 0, measure->passed);
  measure->sojourn.count += measure->passed;
  measure->residence.count += measure->passed;
  measure->outcomes[OUTCOME_DONE] += measure->passed;
  uint64_t visits = measure->sojourn.count;
  measure->waited = measure->wait.count;
  measure->slowdown_count = measure->service.count;
  histogram_record_times(&measure->wait_histogram, 0, visits - measure->wait.count);
  measure->wait.count = visits;
  measure->service.count = visits;
}

// What is turned away at the door has not waited.
static inline void count_visit(struct component_measure *measure, const struct visit *visit,
                               enum outcome outcome, int64_t sojourn) {
  measure->outcomes[outcome]++;
  bool turned_away = outcome == OUTCOME_REJECTED && sojourn == 0;
  if (__builtin_expect(!turned_away, 1)) count_times(measure, visit, sojourn);
}

// The visit's own clock gives its sojourn; the level it stood in is kept apart, so that the audit can
// compare.
static inline void count_out(struct sim *sim, struct visit *visit, enum outcome outcome) {
  struct instance *instance = visit->instance;
  struct component_measure *measure = &instance->fleet->measure;
  int64_t now = sim->engine.now;
  instance->inside--;
  measure->left++;
  level_down(&measure->inside, now);
  visit_frame(visit)->flags &= (uint16_t)~FLAG_ENTERED;
  if (__builtin_expect(sim->measuring, 1)) {
    int64_t before = sim->measure_from - visit->entered;
    if (__builtin_expect(before > 0, 0)) measure->sojourn_sum -= before;
    if (__builtin_expect(visit->origin == FLOW_INTERNAL, 0)) {
      measure->sojourn_sum += now - visit->entered;
      measure->internal++;
    } else if (now == visit->entered && outcome == OUTCOME_DONE) {
      measure->passed++;
    } else {
      count_visit(measure, visit, outcome, now - visit->entered);
    }
  }
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_moment(sim, visit, TRACE_LEAVE, outcome);
  if (__builtin_expect(instance->life == LIFE_DRAINING, 0) && instance->inside == 0)
    instance_gone(sim, instance);
}

// Refused before it was inside.
static struct strand *refuse(struct sim *sim, struct visit *visit) {
  unwind(sim, visit, OUTCOME_UNAVAILABLE);
  if (sim->measuring) visit->instance->fleet->measure.outcomes[OUTCOME_UNAVAILABLE]++;
  return visit_reply(sim, visit, OUTCOME_UNAVAILABLE, 0, true);
}

// A visit has been forwarded: it leaves the balancer at once and goes on to the target.
static struct strand *forward(struct sim *sim, struct visit *visit) {
  struct instance *from = visit->instance;
  count_out(sim, visit, OUTCOME_DONE);
  visit->instance = sim->forward_to;
  if (sim->journeys && goes_on_from(sim, visit, from)) return NULL;
  return visit_arrive(sim, visit);
}

static inline void count_passed(struct sim *sim, struct visit *visit) {
  struct component_measure *measure = &visit->instance->fleet->measure;
  if (sim->trace != NULL) { // which shows it as a visit
    visit_count_in(sim, visit);
    count_out(sim, visit, OUTCOME_DONE);
    return;
  }
  measure->entered++;
  measure->left++;
  measure->passed += sim->measuring;
}

// What is handed on at the instant at which it came was never inside: it is counted and moves no level. A
// chain of balancers is gone through in a loop, so that it needs no stack. One that is longer than
// there are components goes in a circle and would never come to rest.
struct strand *visit_pass(struct sim *sim, struct visit *visit) {
  for (uint16_t hops = 0; hops <= sim->plan->component_count; hops++) {
    struct instance *instance = visit->instance;
    enum verdict verdict = instance->model->enter(sim, visit);
    if (verdict != VERDICT_FORWARD) {
      visit_count_in(sim, visit);
      return visit_follow(sim, visit, verdict);
    }
    count_passed(sim, visit);
    visit->instance = sim->forward_to;
    if (sim->journeys && goes_on_from(sim, visit, instance)) return NULL;
    if (!instance_serves(visit->instance) || !visit->instance->model->forwards)
      return visit_arrive(sim, visit);
  }
  sim->engine.instant_activations = sim->engine.livelock_limit;
  engine_activate(&sim->engine);
  return NULL;
}

// A new connection's handshake takes a core of whoever ends the encryption, before the model sees the visit.
struct strand *visit_shake(struct sim *sim, struct visit *visit) {
  struct frame *frame = visit_frame(visit);
  struct instance *instance = visit->instance;
  if (!instance_serves(instance)) return visit_turned_away(sim, visit);
  bool resumes = (frame->flags & FLAG_RESUMES) != 0;
  const struct connection_tls *tls = instance_tls(instance);
  frame->flags &= (uint16_t) ~(FLAG_SHAKES | FLAG_RESUMES);
  visit_count_in(sim, visit);
  frame->state = STRAND_SHAKING;
  station_submit(&instance->machine->cores, &sim->engine, &visit->strand.job,
                 connection_setup(tls, resumes ? CONNECTION_RESUMED : CONNECTION_FULL).cpu);
  return NULL;
}

struct strand *visit_shaken(struct sim *sim, struct visit *visit) {
  struct job *job = &visit->strand.job;
  if (job->standing == JOB_SERVED) station_finish(job->at.station, &sim->engine, job);
  if (visit->instance->life == LIFE_PAUSED && visit_park(sim, &visit->strand)) return NULL;
  return visit_follow(sim, visit, visit->instance->model->enter(sim, visit));
}

struct strand *visit_follow(struct sim *sim, struct visit *visit, enum verdict verdict) {
  switch (verdict) {
  case VERDICT_NEXT:
    return visit_start(sim, visit);
  case VERDICT_WAIT:
    visit_frame(visit)->state = STRAND_ENTERING;
    return NULL;
  case VERDICT_FORWARD:
    return forward(sim, visit);
  case VERDICT_REPLY:
    visit->strands = 0;
    visit->strand.job.work = 0;
    return visit_end(sim, visit, OUTCOME_DONE);
  case VERDICT_FAIL:
    visit->strands = 0;
    return visit_end(sim, visit, sim->failure);
  case VERDICT_BRANCH:
    ASSERT(false, "only a step of a program branches");
  }
  return NULL;
}

struct strand *visit_turned_away(struct sim *sim, struct visit *visit) {
  if (visit->instance->life == LIFE_PAUSED) {
    visit_frame(visit)->state = STRAND_TRAVELLING;
    visit_park(sim, &visit->strand);
    return NULL;
  }
  return visit->instance->silent ? vanish(sim, visit) : refuse(sim, visit);
}

bool visit_park(struct sim *sim, struct strand *strand) {
  struct instance *instance = strand->visit->instance;
  (void)sim;
  job_list_append(&instance->parked, &strand->job);
  strand->job.frame.flags |= FLAG_PARKED;
  return true;
}

bool flow_defers(struct instance *instance, struct frame *call) {
  if (instance->life != LIFE_PAUSED) return false;
  call->flags |= FLAG_PARKED;
  instance->deferred = true;
  return true;
}

// What waits for a later moment by now is woken then.
static void wake_deferred(struct sim *sim, struct instance *instance) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  instance->deferred = false;
  for (uint32_t index = 1; index < frames; index++) {
    struct call *call = slab_at(&sim->engine.frames, index);
    struct frame *frame = &call->frame;
    if (frame->kind != FRAME_CALL || (frame->flags & FLAG_PARKED) == 0) continue;
    if (call->from != instance->index + 1) continue;
    frame->flags &= (uint16_t)~FLAG_PARKED;
    if (frame->armed == 0) engine_ready(&sim->engine, frame);
  }
}

void flow_unpark(struct sim *sim, struct instance *instance) {
  while (instance->parked.first != NULL) {
    struct job *job = instance->parked.first;
    job_list_remove(&instance->parked, job);
    job->frame.flags &= (uint16_t)~FLAG_PARKED;
    engine_ready(&sim->engine, &job->frame);
  }
  if (instance->deferred) wake_deferred(sim, instance);
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

// Memory of a process that has ended since is free already.
static void release(struct sim *sim, const struct holding *holding) {
  struct instance *instance = holding->instance;
  if (holding->kind != HOLDING_MEMORY) {
    instance->model->release(sim, instance, holding);
  } else if (holding->lives == instance->lives) {
    machine_hold_memory(sim, instance, -holding->amount);
  }
}

void strand_give_extension(struct sim *sim, struct strand *strand, struct instance *instance) {
  (void)instance;
  while (strand->extension != 0) {
    uint32_t *link = &strand->extension;
    struct extension *extension = slab_at(&sim->engine.frames, *link);
    while (extension->next != 0) {
      link = &extension->next;
      extension = slab_at(&sim->engine.frames, *link);
    }
    for (int i = EXTENSION_HOLDINGS; i-- > 0;) {
      struct holding holding = extension->holdings[i];
      extension->holdings[i].instance = NULL;
      if (holding.instance != NULL) release(sim, &holding);
    }
    *link = 0;
    if (extension->repetition != 0) repetition_leave(sim, extension->repetition);
    slab_give(&sim->engine.frames, &extension->frame);
  }
}

// Takes a strand out of whatever queue it stands in, its visit's bytes from the interfaces that they pass.
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
  strand_give_extension(sim, &visit->strand, visit->instance);
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
  count_out(sim, visit, outcome);
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

static void kill_branch(struct sim *sim, struct branch *branch) {
  struct visit *visit = branch->strand.visit;
  leave_place(sim, &branch->strand);
  visit->strand.job.waited += branch->strand.job.waited;
  visit->strand.job.served += branch->strand.job.served;
  strand_give_extension(sim, &branch->strand, visit->instance);
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
    count_out(sim, visit, cancelled ? OUTCOME_CANCELLED : OUTCOME_UNAVAILABLE);
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
  if (instance->inside == 0 && instance->parked.first == NULL) return;
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    struct frame *frame = slab_at(&sim->engine.frames, index);
    if (is_at(frame, instance)) visit_kill(sim, (struct visit *)(void *)frame, !silent);
  }
}

// ---- Holdings ----

// Behind all that it holds, so that what was taken last is the last.
static struct holding *holding_room(struct sim *sim, struct visit *visit) {
  struct extension *extension = strand_extension(sim, &visit->strand);
  if (extension == NULL) return NULL;
  while (extension->next != 0) extension = slab_at(&sim->engine.frames, extension->next);
  int used = EXTENSION_HOLDINGS;
  while (used > 0 && extension->holdings[used - 1].instance == NULL) used--;
  if (used < EXTENSION_HOLDINGS) return &extension->holdings[used];
  struct strand further = {.extension = 0};
  struct extension *added = strand_extension(sim, &further);
  if (added == NULL) return NULL;
  extension->next = further.extension;
  return &added->holdings[0];
}

bool flow_hold(struct sim *sim, struct visit *visit, struct holding holding) {
  struct holding *room = holding_room(sim, visit);
  if (room == NULL) return false;
  *room = holding;
  room->lives = holding.instance->lives;
  return true;
}

bool flow_keep(struct sim *sim, struct visit *visit, uint32_t kind, uint32_t subject, struct holding *kept) {
  for (uint32_t index = visit->strand.extension; index != 0;) {
    struct extension *extension = slab_at(&sim->engine.frames, index);
    for (int i = 0; i < EXTENSION_HOLDINGS; i++) {
      struct holding *holding = &extension->holdings[i];
      if (holding->instance == NULL || holding->kind != kind || holding->subject != subject) continue;
      *kept = *holding;
      holding->instance = NULL;
      return true;
    }
    index = extension->next;
  }
  return false;
}
