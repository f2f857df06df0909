// How often what must not be done twice was done. A call that may be made again, of a request that is not
// idempotent and is retried all the same, keeps count of its attempts that were carried out to their end:
// those beyond the first are duplicates, whether their caller has given up on them or has got another's
// answer. The count is in a frame of its own, for attempts outlive their call. Other calls have none.
#ifndef HEADROOM_REPETITION_H
#define HEADROOM_REPETITION_H

#include "sim.h"
#include "visit.h"

struct repetition {
  struct frame frame; // FLAG_MEASURED and FLAG_CLIENTS of its call
  uint32_t holders;   // the call, and its attempts that have not ended
  uint32_t done;      // attempts that were carried out to their end
};
_Static_assert(sizeof(struct repetition) <= FRAME_BYTES, "a repetition fits a frame");

// Of a call that has just begun; `asker` is the request of the visit that calls, or the call's own. The
// number of its frame; 0 where nothing is to be counted, or memory runs out.
uint32_t repetition_open(struct sim *sim, const struct call *call, uint16_t asker);

// An attempt of the call goes out. False when memory runs out.
bool repetition_join(struct sim *sim, const struct call *call, struct visit *visit);

// The call or one of its attempts is over, whichever way.
void repetition_leave(struct sim *sim, uint32_t index);

// An attempt has been carried out to its end.
void repetition_done(struct sim *sim, const struct visit *visit, uint32_t index);

#endif
