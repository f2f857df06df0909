// One step of a strand, in line for what nearly every visit does: compute, and end. All other steps stand in
// strand.c.
#ifndef HEADROOM_STRAND_PATH_H
#define HEADROOM_STRAND_PATH_H

#include "departure.h"
#include "passage.h"
#include "rarely.h"

// Parts of strand_step(): a visit whose call waits for its core; the end of a branch; any step; and what is
// kept about a circle that time never leaves (false: enough, the run ends).
void strand_compute_tied(struct sim *sim, struct strand *strand, int64_t work);
struct strand *strand_end_branch(struct sim *sim, struct branch *branch, enum outcome outcome);
struct strand *strand_carry_out(struct sim *sim, struct strand *strand);
bool strand_note_circle(struct sim *sim, const struct strand *strand);

static inline bool strand_is_main(const struct strand *strand) {
  return strand == &strand->visit->strand;
}

static inline void strand_compute(struct sim *sim, struct strand *strand, const struct visit *visit,
                                  const struct step *step) {
  strand->step = step + 1;
  int64_t work = distribution_sample(step->time, &strand->luck);
  if (__builtin_expect((visit->strand.job.frame.flags & FLAG_TIED) != 0, 0)) {
    strand_compute_tied(sim, strand, work);
  } else {
    station_submit(&visit->instance->machine->cores, &sim->engine, &strand->job, work);
  }
}

static inline struct strand *strand_ends(struct sim *sim, struct strand *strand, enum outcome outcome) {
  struct visit *visit = strand->visit;
  if (!strand_is_main(strand)) return strand_end_branch(sim, (struct branch *)(void *)strand, outcome);
  strand->job.frame.state = STRAND_ENDED;
  if (--visit->strands == 0) return visit_end(sim, visit, outcome);
  return (strand->job.frame.flags & FLAG_RESPONDED) != 0
             ? NULL
             : visit_reply(sim, visit, outcome, strand->job.work, false);
}

// The end of its program or branch. The reply is empty: a step that responds ends a program itself.
static inline struct strand *strand_reaches_end(struct sim *sim, struct strand *strand,
                                                const struct step *step) {
  strand->job.work = 0;
  return strand_ends(sim, strand, (enum outcome)step->count);
}

// One more activation at this instant; false: enough, the run ends before the clock moves on and forgets.
static inline bool strand_activates(struct sim *sim, const struct strand *strand) {
  if (__builtin_expect(++sim->engine.instant_activations <= sim->engine.livelock_limit, 1)) return true;
  if (strand_note_circle(sim, strand)) return true;
  engine_activate(&sim->engine);
  return false;
}

// Does the step that a strand of `visit` is at. Returns the strand that goes on at this instant, it or
// another's, or NULL. `departs`: its visit may well be a request that ends here.
static IN_LINE struct strand *strand_step_of(struct sim *sim, struct strand *strand, struct visit *visit,
                                             bool departs) {
  if (!strand_activates(sim, strand)) return NULL;
  if (__builtin_expect(visit->instance->life == LIFE_PAUSED, 0)) {
    visit_park(strand);
    return NULL;
  }
  const struct step *step = strand->step;
  if (step->operation == STEP_CPU) {
    strand_compute(sim, strand, visit, step);
    return NULL;
  }
  if (step->operation == STEP_JUMP) strand->step = step += step->target;
  if (step->operation == STEP_END) {
    bool ends = departs && strand == &visit->strand && visit->strands == 1 && step->count == OUTCOME_DONE;
    if (ends && departure_at_once(sim, visit)) return NULL;
    return strand_reaches_end(sim, strand, step);
  }
  return strand_carry_out(sim, strand);
}

static IN_LINE struct strand *strand_step(struct sim *sim, struct strand *strand) {
  return strand_step_of(sim, strand, strand->visit, false);
}

// A strand begins or goes on after it has waited.
static IN_LINE void strand_go(struct sim *sim, struct strand *strand) {
  strand = strand_step(sim, strand);
  if (strand != NULL) strand_run(sim, strand);
}

// The same of a visit's own strand.
static IN_LINE void strand_go_main(struct sim *sim, struct visit *visit) {
  struct strand *strand = strand_step_of(sim, &visit->strand, visit, true);
  if (strand != NULL) strand_run(sim, strand);
}

// The same of one that has just come to an instance that serves.
static IN_LINE void strand_begin(struct sim *sim, struct visit *visit, const struct instance *instance) {
  const struct step *step = instance->component->programs[visit->request]->steps;
  struct strand *strand = &visit->strand;
  visit_frame(visit)->state = STRAND_RUNNING;
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_moment(sim, visit, TRACE_START, OUTCOME_DONE);
  if (__builtin_expect(step->operation == STEP_CPU, 1)) {
    if (strand_activates(sim, strand)) strand_compute(sim, strand, visit, step);
  } else {
    strand->step = step;
    strand_run(sim, strand);
  }
}

#endif
