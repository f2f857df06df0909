// The way of a visit to its instance and into its program, in line: every request goes it at least once. What
// few visits meet on it (a network, a balancer, an instance that does not serve) stands in visit_enter.c.
#ifndef HEADROOM_VISIT_PATH_H
#define HEADROOM_VISIT_PATH_H

#include "passage.h"
#include "visit_count.h"

// Makes a visit for an attempt; the caller fills in whom it works for. NULL when memory runs out.
static inline struct visit *visit_make(struct sim *sim, struct frame_reference caller,
                                       struct random_stream luck, uint16_t request, uint16_t origin) {
  struct visit *visit = slab_take(&sim->engine.frames, FRAME_VISIT);
  if (visit == NULL) return NULL;
  struct strand *strand = &visit->strand;
  job_reset(&strand->job, sim->plan->requests[request].priority);
  strand->luck = luck;
  strand->visit = visit;
  strand->child = 0;
  strand->extension = 0;
  strand->link = 0;
  strand->awaited = 0;
  strand->join = 0;
  visit->caller = caller;
  visit->away = 0;
  visit->request = request;
  visit->origin = origin;
  visit->way = 0;
  visit->strands = 1;
  return visit;
}

// It asks for an item on behalf of a caller, at that one's priority.
static inline void visit_is_about(struct visit *visit, uint64_t key, uint8_t level) {
  visit->key = key;
  visit->strand.job.level = level;
}

// Its program begins.
static inline struct strand *visit_start(struct sim *sim, struct visit *visit) {
  visit_frame(visit)->state = STRAND_RUNNING;
  visit->strand.step = visit->instance->component->programs[visit->request]->steps;
  if (__builtin_expect(sim->trace != NULL, 0)) visit_trace_moment(sim, visit, TRACE_START, OUTCOME_DONE);
  return &visit->strand;
}

// Parts of visit_arrive() and visit_send(): at an instance that does not serve, at one that hands on, and
// over a network (false: it is there already).
struct strand *visit_turned_away(struct sim *sim, struct visit *visit);
struct strand *visit_pass(struct sim *sim, struct visit *visit);
bool visit_travels(struct sim *sim, struct visit *visit, const struct network_end *from);

static inline bool instance_serves(const struct instance *instance) {
  return instance->life == LIFE_SERVING || instance->life == LIFE_DRAINING;
}

// It has arrived where visit->instance says.
static inline struct strand *visit_arrive(struct sim *sim, struct visit *visit) {
  const struct instance *instance = visit->instance;
  if (__builtin_expect(!instance_serves(instance), 0)) return visit_turned_away(sim, visit);
  if (instance->model->forwards) return visit_pass(sim, visit);
  visit_count_in(sim, visit);
  enum verdict verdict = instance->open ? VERDICT_NEXT : instance->model->enter(sim, visit);
  return verdict == VERDICT_NEXT ? visit_start(sim, visit) : visit_follow(sim, visit, verdict);
}

// Sends a visit to an instance, from an end of the network.
static inline struct strand *visit_send(struct sim *sim, struct visit *visit, const struct network_end *from,
                                        struct instance *to) {
  visit->instance = to;
  if (sim->journeys && visit_travels(sim, visit, from)) return NULL;
  return visit_arrive(sim, visit);
}

#endif
