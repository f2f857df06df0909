// What a component counts of a visit that comes and goes, in line.
#ifndef HEADROOM_VISIT_COUNT_H
#define HEADROOM_VISIT_COUNT_H

#include "flow.h"
#include "instance.h"
#include "visit_trace.h"

static inline void visit_count_in(struct sim *sim, struct visit *visit) {
  struct instance *instance = visit->instance;
  struct component_measure *measure = &instance->fleet->measure;
  visit->entered = sim->engine.now;
  visit_frame(visit)->flags |= FLAG_ENTERED;
  instance->inside++;
  measure->entered++;
  level_up(&measure->inside, sim->engine.now);
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_moment(sim, visit, TRACE_ENTER, OUTCOME_DONE);
}

// What a visit has waited and received, beside its sojourn.
static inline void visit_count_service(struct component_measure *measure, const struct visit *visit,
                                       int64_t residence) {
  int64_t waited = visit->strand.job.waited;
  int64_t served = visit->strand.job.served;
  if (waited > 0) {
    tally_add(&measure->wait, waited);
    histogram_record(&measure->wait_histogram, waited);
  }
  if (__builtin_expect(served > 0, 1)) {
    tally_add(&measure->service, served);
    measure->slowdown += (double)residence / (double)served;
  }
}

// Most visits begin in the window, call nobody, or wait for nothing: what follows from that is booked when
// the window closes (measure_complete()).
static inline void visit_count_times(struct component_measure *measure, const struct visit *visit,
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

// What is turned away at the door has not waited.
static inline void visit_count(struct component_measure *measure, const struct visit *visit,
                               enum outcome outcome, int64_t sojourn) {
  measure->outcomes[outcome]++;
  bool turned_away = outcome == OUTCOME_REJECTED && sojourn == 0;
  if (__builtin_expect(!turned_away, 1)) visit_count_times(measure, visit, sojourn);
}

// The visit's own clock gives its sojourn; the level it stood in is kept apart, so that the audit can
// compare.
static inline void visit_count_out(struct sim *sim, struct visit *visit, enum outcome outcome) {
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
      visit_count(measure, visit, outcome, now - visit->entered);
    }
  }
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_moment(sim, visit, TRACE_LEAVE, outcome);
  if (__builtin_expect(instance->life == LIFE_DRAINING, 0) && instance->inside == 0)
    instance_gone(sim, instance);
}

#endif
