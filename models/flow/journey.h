// Journeys: messages that take more than a constant time. A request or a reply leaves through the network
// interface of its sender's machine, travels, and comes in through that of its receiver's; each interface is
// shared by all that pass it (nic.h), a client's access link is its own. Between two parts of one machine
// there is neither. Scenarios without such things never come here (visit_travels(), visit_reply()).
//
// Leaves out: a reply goes from who answered straight to who asked, past the interfaces of the balancers that
// handed the request on (direct server return), but with their latency.
#ifndef HEADROOM_JOURNEY_H
#define HEADROOM_JOURNEY_H

#include "sim.h"
#include "visit.h"

// Whether messages of the plan need journeys.
bool journey_needed(const struct plan *plan);

// Who waits for the answer to a visit: its client, or the instance that called. False: nobody does any more.
bool journey_asker(const struct sim *sim, const struct visit *visit, struct network_end *end);

// Sends a visit on its way from an end. False: it is there already.
bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from);

// A visit on its way has been woken. True: it is there.
bool journey_woken(struct sim *sim, struct visit *visit);

// Sends a reply of `bytes`, in a carrier whose reply_lane tells the constant part of its way. False: it is
// there already.
bool journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes);

// A reply on its way has been woken.
enum journey_state { JOURNEY_GOES_ON, JOURNEY_OVER, JOURNEY_LOST };
enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier);

// Bytes of a request, and of the reply that a RESPOND step gives.
int64_t journey_request_bytes(const struct sim *sim, const struct visit *visit);
int64_t journey_reply_bytes(const struct sim *sim, const struct visit *visit, const struct step *step);

#endif
