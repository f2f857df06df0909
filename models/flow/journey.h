// Journeys: messages over the network. A request or a reply passes the network interfaces of the machines
// that it leaves and comes to (transfer.h), a client's own access link, and travels; between two parts of one
// machine there is no interface. Scenarios without such things never come here (visit_travels(),
// visit_reply()).
//
// A stream comes in while it still goes out: what is alone on its way takes the time of the narrowest
// interface or link, and then that of the network. An answer goes back through the balancers that handed the
// request on, at once as a stream does; a request is taken in whole by each of them before it is handed on.
//
// Who gives up closes its connection: an answer that nobody waits for any more is not sent, and one that is
// on its way by then ends when its bytes are through.
#ifndef HEADROOM_JOURNEY_H
#define HEADROOM_JOURNEY_H

#include "flow.h"
#include "sim.h"
#include "visit.h"

// Whether messages of the plan need journeys.
bool journey_needed(const struct plan *plan);

// Who waits for the answer to a visit: its client, or the instance that called. False: nobody does any more.
bool journey_asker(const struct sim *sim, const struct visit *visit, struct network_end *end);

// Where a visit was before it came to where it is going: at its asker, or at the last that it went through.
// False: at one who does not wait any more.
bool journey_before(const struct sim *sim, const struct visit *visit, struct network_end *end);

// Sends a visit on its way from an end. False: it is there already.
bool journey_send(struct sim *sim, struct visit *visit, const struct network_end *from);

// Where the connection leads that the user of a client's request has open now; NULL: it has none.
const struct fleet *journey_connected(const struct sim *sim, const struct visit *visit);

// The answer that a carrier brings has reached the client: its user's connection is idle from now on.
void journey_delivered(struct sim *sim, const struct visit *carrier);

// A visit on its way has been woken. True: it is there.
bool journey_woken(struct sim *sim, struct visit *visit);

// Sends a reply of `bytes` back by the way of its carrier; and it has been woken on its way.
enum journey_state { JOURNEY_GOES_ON, JOURNEY_OVER, JOURNEY_LOST };
enum journey_state journey_reply(struct sim *sim, struct visit *carrier, int64_t bytes);
enum journey_state journey_reply_woken(struct sim *sim, struct visit *carrier);

// A message, or a timer. It begins with a job so that it can have transfers, and wait out a pause among
// the strands.
struct message {
  struct job job;
  struct instance *from; // of a message
  struct instance *to;
  union {
    struct {
      int64_t bytes;
      bool lost; // on the way
    };
    struct {
      uint64_t life; // of the instance when the timer was set
      uint64_t number;
    };
  };
  char content[FLOW_MESSAGE_BYTES];
};
_Static_assert(sizeof(struct message) <= FRAME_BYTES, "a message fits a frame");

// Sends a message, which nobody repeats; and it has been woken on its way.
enum journey_state journey_message(struct sim *sim, struct message *message);
enum journey_state journey_message_woken(struct sim *sim, struct message *message);

// An instance falls silent: what passes its machine's interface for it is lost; all that does, if nobody else
// lives there.
void journey_silence(struct sim *sim, const struct instance *instance);

// Bytes of a request on average, by its number.
double journey_mean_request_bytes(const struct plan *plan, uint16_t request);

// Bytes of a request, and of the reply that a RESPOND step gives.
int64_t journey_request_bytes(const struct sim *sim, const struct visit *visit);
int64_t journey_reply_bytes(const struct sim *sim, const struct strand *strand, const struct step *step);

#endif
