// Journeys: messages that take more than a constant time. A request or a reply leaves through the network
// interface of its sender's machine, travels, and comes in through that of its receiver's; each interface is
// shared by all that pass it (nic.h), a client's access link is its own. Between two parts of one machine
// there is neither. Scenarios without such things never come here (visit_travels(), visit_reply()).
//
// Who gives up closes its connection: an answer that nobody waits for any more is not sent, and one that is
// on its way by then ends there.
//
// Leaves out: a reply goes from who answered straight to who asked, past the interfaces of the balancers that
// handed the request on (direct server return), but with their latency.
#ifndef HEADROOM_JOURNEY_H
#define HEADROOM_JOURNEY_H

#include "flow.h"
#include "sim.h"
#include "visit.h"

// Whether messages of the plan need journeys.
bool journey_needed(const struct plan *plan);

// Who waits for the answer to a visit: its client, or the instance that called. False: nobody does any more.
bool journey_asker(const struct sim *sim, const struct visit *visit, struct network_end *end);

// Sends a visit on its way from an end. False: it is there already.
bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from);

// Where the connection leads that the user of a client's request has open now; NULL: it has none.
const struct fleet *journey_connected(const struct sim *sim, const struct visit *visit);

// The answer that a carrier brings has reached the client: its user's connection is idle from now on.
void journey_delivered(struct sim *sim, const struct visit *carrier);

// A visit on its way has been woken. True: it is there.
bool journey_woken(struct sim *sim, struct visit *visit);

// Sends a reply of `bytes`, in a carrier whose reply_lane tells the constant part of its way. False: it is
// there already.
bool journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes);

// A reply on its way has been woken.
enum journey_state { JOURNEY_GOES_ON, JOURNEY_OVER, JOURNEY_LOST };
enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier);

// A message, or a timer. It begins with a job so that it can stand at an interface, and wait out a pause
// among the strands.
struct message {
  struct job job;
  struct instance *from; // of a message
  struct instance *to;
  union {
    struct {
      int64_t delay; // after the sender's interface, ns; MESSAGE_LOST
      int64_t bytes;
    };
    struct {
      uint64_t life; // of the instance when the timer was set
      uint64_t number;
    };
  };
  char content[FLOW_MESSAGE_BYTES];
};
#define MESSAGE_LOST INT64_C(-1)
_Static_assert(sizeof(struct message) <= FRAME_BYTES, "a message fits a frame");

// Sends a message, which nobody repeats; and it has been woken on its way.
enum journey_state journey_message(struct sim *sim, struct message *message);
enum journey_state journey_message_woken(struct sim *sim, struct message *message);

// The bytes of a visit, a reply or a message that is on its way between two interfaces (FLAG_PAIRED); of any
// other, 0.
int64_t journey_bytes(const struct sim *sim, const struct frame *frame);

// What the frame carries ends on its way. Counts it, if it was between two interfaces.
void journey_lost(struct sim *sim, struct frame *frame);

// An instance falls silent: what its machine's interface is sending or receiving for it is lost; all of it,
// if nobody else lives there.
void journey_silence(struct sim *sim, const struct instance *instance);

// Bytes of a request on average, by its number.
double journey_mean_request_bytes(const struct plan *plan, uint16_t request);

// Bytes of a request, and of the reply that a RESPOND step gives.
int64_t journey_request_bytes(const struct sim *sim, const struct visit *visit);
int64_t journey_reply_bytes(const struct sim *sim, const struct strand *strand, const struct step *step);

#endif
