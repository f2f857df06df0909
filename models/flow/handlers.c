// What wakes each kind of frame, and what models ask of the flow.
#include "flow.h"

#include "journey.h"
#include "machine.h"
#include "request.h"
#include "sim_run.h"
#include "strand_path.h"
#include "transfer.h"

// ---- Strands ----

static void fail_patience(struct sim *sim, struct visit *visit) {
  visit->strands = 0;
  strand_run(sim, visit_end(sim, visit, OUTCOME_ABANDONED));
}

static void wake_entering(struct sim *sim, struct visit *visit) {
  if (visit->strand.job.standing == JOB_ASKING) {
    fail_patience(sim, visit); // nothing but its patience wakes a visit in a queue
    return;
  }
  strand_run(sim, visit_follow(sim, visit, visit->instance->model->resume(sim, visit)));
}

static inline void finish_service(struct sim *sim, struct job *job) {
  if (__builtin_expect(job->standing == JOB_SERVED, 1)) station_finish(job->at.station, &sim->engine, job);
}

static void visit_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  struct visit *visit = (struct visit *)(void *)frame;
  if (__builtin_expect((frame->flags & FLAG_CANCELLED) != 0, 0)) {
    visit_kill(sim, visit, false);
    return;
  }
  switch ((enum strand_state)frame->state) {
  case STRAND_RUNNING:
    finish_service(sim, &visit->strand.job);
    strand_go_main(sim, visit);
    break;
  case STRAND_TRAVELLING:
    if (sim->journeys && !journey_woken(sim, visit)) break;
    strand_run(sim, (frame->flags & FLAG_SHAKES) != 0 ? visit_shake(sim, visit) : visit_arrive(sim, visit));
    break;
  case STRAND_SHAKING:
    strand_run(sim, visit_shaken(sim, visit));
    break;
  case STRAND_ENTERING:
    wake_entering(sim, visit);
    break;
  case STRAND_ENDED:
    break;
  }
}

static void branch_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  struct branch *branch = (struct branch *)(void *)frame;
  if ((frame->flags & FLAG_CANCELLED) != 0) {
    strand_run(sim, branch_cancelled(sim, branch));
  } else {
    finish_service(sim, &branch->strand.job);
    strand_run(sim, &branch->strand);
  }
}

static void call_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  strand_run(sim, call_wake(sim, (struct call *)(void *)frame));
}

static void station_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  struct machine *machine = machine_at(sim, frame->link);
  station_timer(machine_station(machine, (enum machine_resource)frame->state), &sim->engine);
}

static void clock_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  client_clock(sim, frame);
}

static void user_woken(void *context, struct frame *frame) {
  struct sim *sim = context;
  client_user(sim, frame);
}

void request_travels(struct sim *sim, struct visit *visit, const struct network_end *from,
                     struct instance *target) {
  struct strand *strand = visit_send(sim, visit, from, target);
  if (strand != NULL) strand_go(sim, strand);
}

void request_follows(struct sim *sim, struct visit *visit, enum verdict verdict) {
  strand_run(sim, visit_follow(sim, visit, verdict));
}

void request_by_call(struct sim *sim, const struct flow_request *request) {
  client_calls(sim);
  strand_run(sim, call_begin(sim, request, NULL, INT64_MAX));
}

void request_to_nobody(struct sim *sim, const struct flow_request *request) {
  struct flow_ending ending = {.caller = request->caller,
                               .born = sim->engine.now,
                               .serial = request->serial,
                               .request = request->request,
                               .origin = request->origin,
                               .flags = FLAG_CLIENTS | (request->measured ? FLAG_MEASURED : 0),
                               .outcome = OUTCOME_UNAVAILABLE};
  client_finished(sim, &ending);
}

// ---- For models ----

void flow_forward(struct sim *sim, struct visit *visit, struct instance *target, uint32_t slot) {
  struct frame *frame = visit_frame(visit);
  sim->forward_to = target;
  if (visit->caller.index != 0) call_forwarded(sim, visit, target);
  if (slot == UINT32_MAX) return;
  if ((frame->flags & FLAG_BALANCED) != 0) { // there is room for one slot; others are holdings
    if (!flow_hold(sim, visit, (struct holding){.instance = visit->instance, .subject = slot})) return;
  } else {
    frame->flags |= FLAG_BALANCED;
    frame->link = slot;
  }
  sim->balanced[slot]++;
}

void flow_fail(struct sim *sim, enum outcome outcome) {
  sim->failure = outcome;
}

void flow_admitted(struct sim *sim, struct visit *visit) {
  struct frame *frame = visit_frame(visit);
  if ((frame->flags & FLAG_TIED) == 0) return;
  if (visit->instance->life == LIFE_FAILED)
    return; // in the midst of a crash: it is about to be killed itself
  frame->flags &= (uint16_t)~FLAG_TIED;
  struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  if (caller == NULL || caller->kind != FRAME_CALL) return;
  call_admitted(sim, (struct call *)(void *)caller, frame_refer(frame));
}

bool flow_spawn(struct sim *sim, struct instance *instance, const struct program *program, uint16_t request,
                struct random_stream luck, uint64_t key) {
  if (!instance_serves(instance)) return false;
  struct visit *visit = visit_make(sim, (struct frame_reference){0, 0}, luck, request, FLOW_INTERNAL);
  if (visit == NULL) return false;
  visit->instance = instance;
  visit->key = key;
  visit->serial = 0;
  visit->user = 0;
  visit_frame(visit)->flags |= FLAG_INTERNAL | FLAG_RESPONDED;
  visit_count_in(sim, visit);
  visit_frame(visit)->state = STRAND_RUNNING;
  visit->strand.step = program->steps;
  engine_ready(&sim->engine, visit_frame(visit));
  return true;
}

void flow_wake_strand(struct sim *sim, struct frame_reference strand) {
  struct frame *frame = slab_find(&sim->engine.frames, strand);
  if (frame != NULL && (frame->flags & FLAG_CANCELLED) == 0) engine_ready(&sim->engine, frame);
}

void flow_wake(struct sim *sim, struct visit *visit) {
  engine_ready(&sim->engine, visit_frame(visit));
}

static void control_due(void *context, struct frame *frame) {
  sim_control(context, frame);
}

engine_handler *const flow_handlers[ENGINE_KINDS] = {
    [FRAME_VISIT] = visit_woken,         [FRAME_BRANCH] = branch_woken,     [FRAME_CALL] = call_woken,
    [FRAME_REPLY] = visit_reply_arrived, [FRAME_MESSAGE] = message_woken,   [FRAME_STATION] = station_woken,
    [FRAME_CLOCK] = clock_woken,         [FRAME_USER] = user_woken,         [FRAME_TIMER] = message_timer_due,
    [FRAME_CONTROL] = control_due,       [FRAME_TRANSFER] = transfer_woken,
};
