// The way of a visit to its instance and into its program: what few meet on it.
#include "journey.h"
#include "rarely.h"
#include "visit_path.h"
#include "way.h"

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

// A visit has been forwarded: it leaves the balancer at once and goes on to the target.
static struct strand *forward(struct sim *sim, struct visit *visit) {
  struct instance *from = visit->instance;
  visit_count_out(sim, visit, OUTCOME_DONE);
  visit->instance = sim->forward_to;
  if (sim->journeys && goes_on_from(sim, visit, from)) return NULL;
  return visit_arrive(sim, visit);
}

static inline void count_passed(struct sim *sim, struct visit *visit) {
  struct component_measure *measure = &visit->instance->fleet->measure;
  if (sim->trace != NULL) { // which shows it as a visit
    visit_count_in(sim, visit);
    visit_count_out(sim, visit, OUTCOME_DONE);
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
  if (visit->instance->life == LIFE_PAUSED) {
    visit_park(&visit->strand);
    return NULL;
  }
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
