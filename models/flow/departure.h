// The end of a visit that is all there is to a request, in line: it held nothing but a place in the count of
// a balancer, called nobody, and an open client has its answer at the same instant. Most are in textbook
// models.
#ifndef HEADROOM_DEPARTURE_H
#define HEADROOM_DEPARTURE_H

#include "client_account.h"
#include "rarely.h"
#include "visit_count.h"

static inline bool departure_is_plain(const struct sim *sim, const struct visit *visit) {
  enum { FLAGS = FLAG_MEASURED | FLAG_RESPONDED | FLAG_DEGRADED | FLAG_WORKER | FLAG_PARKED };
  const struct strand *strand = &visit->strand;
  uint32_t elsewhere = (uint32_t)strand->job.standing | strand->extension | visit->caller.index;
  uint64_t apart = (uint64_t)(visit->born ^ visit->entered) | (uint64_t)visit->away;
  return sim->books_once && (strand->job.frame.flags & FLAGS) == FLAG_MEASURED && (elsewhere | apart) == 0 &&
         visit->instance->life == LIFE_SERVING;
}

// False: nothing has been done, and visit_end() will do.
static IN_LINE bool departure_at_once(struct sim *sim, struct visit *visit) {
  if (!departure_is_plain(sim, visit)) return false;
  struct instance *instance = visit->instance;
  struct fleet *fleet = instance->fleet;
  struct client_run *client = &sim->clients[visit->origin];
  struct sole_visits *sole = &client->soles[visit->request];
  if (__builtin_expect(sole->fleet != fleet, 0)) {
    if (sole->fleet == NULL) sole->fleet = fleet; // from the next on
    return false;
  }
  if ((visit_frame(visit)->flags & FLAG_BALANCED) != 0) sim->balanced[visit_frame(visit)->link]--;
  int64_t now = sim->engine.now;
  int64_t sojourn = now - visit->entered;
  instance->inside--;
  fleet->measure.left++;
  level_down(&fleet->measure.inside, now);
  tally_add(&sole->sojourn, sojourn);
  histogram_record(&sole->histogram, sojourn);
  visit_count_service(&fleet->measure, visit, sojourn);
  client->inside--;
  client_count_answer(sim, client, sojourn);
  slab_give(&sim->engine.frames, visit_frame(visit));
  sim->measured_ended++; // never the last, since the window is open
  return true;
}

#endif
