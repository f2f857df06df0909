// The moving parts of a run. A call is the caller's side: one wish with its policies, one or more attempts,
// exactly one outcome. A visit is the callee's side: one attempt inside one instance; it ends exactly once,
// perhaps long after its call has. A strand is an execution point in a program: a visit has one, and one more
// for each parallel branch. Links upwards are weak: either side may vanish.
//
// A call without policies is its one visit, whose `caller` is then the strand itself (or nobody, for a
// request of an open client): the common case of textbook models costs one frame.
#ifndef HEADROOM_VISIT_H
#define HEADROOM_VISIT_H

#include "job.h"
#include "policy.h"
#include "program.h"

#include <stdint.h>

struct instance;
struct visit;

enum strand_state {
  STRAND_TRAVELLING, // its visit is a message on its way to the instance
  STRAND_SHAKING,    // it has arrived, and its handshake computes there
  STRAND_ENTERING,   // the model told it to wait before its program began
  STRAND_RUNNING,    // in its program: at a station, waiting for time to pass or for others
  STRAND_ENDED       // of a visit whose branches still go on
};

// Flags of a visit's frame, of a call's, and of a reply's.
enum {
  FLAG_MEASURED = 1 << 0,  // its request arrived in the window
  FLAG_RESPONDED = 1 << 1, // the reply is out
  FLAG_DEGRADED = 1 << 2,  // a fallback has answered
  FLAG_WORKER = 1 << 3,    // holds a worker of its instance
  FLAG_BALANCED = 1 << 4,  // counts as outstanding at a balancer: frame.link is the slot
  FLAG_CANCELLED = 1 << 5, // will be unwound as soon as it is woken, which is at this instant
  FLAG_ENTERED = 1 << 6,   // inside its instance
  FLAG_TIED = 1 << 7,      // tells its call when it has its worker or core
  FLAG_INTERNAL = 1 << 10, // work of an instance's own: nobody called it and nobody is answered
  FLAG_CLIENTS = 1 << 9,   // an attempt of a client's: its answer is one that the entry gave
  FLAG_SENDING = 1 << 11,  // on its way: its bytes are at network interfaces (journey.h)
  FLAG_PARKED = 1 << 8,    // stands in its paused instance's list; of a call: came due in its caller's pause
  FLAG_SHAKES = 1 << 13,   // on its way, over a new connection: a handshake comes first
  FLAG_RESUMES = 1 << 14,  // and is an abbreviated one
};

struct strand {
  struct job job;
  const struct step *step; // the next
  struct random_stream luck;
  struct visit *visit;
  uint32_t child;     // frame of the call or visit whose outcome it waits for; 0: none
  uint32_t extension; // frame of what few strands need; 0: none
  uint32_t link;      // visit: its first branch; branch: the next one
  uint16_t awaited;   // branches that must still succeed
  uint16_t join;      // number of the parallel step it is in, so that late branches are known
};

struct visit {
  struct strand strand;
  struct instance *instance;     // where it is or is going
  struct frame_reference caller; // a call, a strand, a user; index 0: an open client
  int64_t entered;               // ns
  int64_t away;                  // ns that its own strand waited for callees
  union {
    int64_t born; // when the client sent the request: of a request's own visit
    uint64_t key; // the item that it is about: of a visit of another component's
  };
  uint32_t serial; // number of the request in its group, low bits
  uint32_t user;
  uint16_t request;
  uint16_t origin;  // client group
  uint16_t way;     // by which it has come, and its answer goes back (way.h); 0: straight
  uint16_t strands; // that have not ended
};

struct branch {
  struct strand strand;
  struct frame_reference parent; // the strand that started it
  uint16_t join;                 // of the parent then
  uint32_t previous;             // branch of the visit; 0: this is the first
};

struct attempt {
  struct frame_reference visit; // index 0: none
  int64_t expires;
};

enum call_state { CALL_TRYING, CALL_BACKING_OFF };
enum { CALL_TRIED_MOST = 4 };

struct call {
  struct frame frame;            // its link: the frame that counts what is done twice; 0: none
  struct frame_reference caller; // a strand, a user; index 0: an open client
  const struct call_site *site;
  struct random_stream luck;
  int64_t born;
  uint64_t key;     // the item that it is about
  int64_t deadline; // absolute, ns; INT64_MAX
  int64_t hedge_at; // when the next copy goes out; INT64_MAX
  int64_t backoff;  // the last wait between attempts, ns; 0: none yet
  struct attempt attempts[POLICY_ATTEMPTS_OUT];
  uint32_t tried[CALL_TRIED_MOST]; // instances, the last ones, by index + 1
  uint32_t serial;
  uint32_t user;
  uint32_t made; // attempts so far, copies included
  uint32_t from; // instance that calls, by index + 1; 0: a client
  uint16_t request;
  uint16_t origin;
  uint16_t retries;
  uint8_t copies;
  uint8_t outstanding;
};

// Taken from a component by a visit and not yet given back: a lock, a lease, memory. The model that made it
// knows how to release it.
struct holding {
  struct instance *instance; // whose; NULL: none
  uint32_t kind;             // the model's own, or HOLDING_MEMORY
  uint32_t subject;
  int64_t amount;
  uint64_t lives; // of the instance when it was made; less than now: volatile state that it refers to is lost
};

// `amount` bytes of the machine's memory, which no model releases.
#define HOLDING_MEMORY UINT32_MAX

enum { EXTENSION_HOLDINGS = 2 };

// What few strands need: loops in progress, parallel branches, an inherited deadline, holdings beyond a
// worker and a balancer's count.
struct extension {
  struct frame frame;
  uint32_t next;                        // further holdings
  uint32_t repetition;                  // of a visit: frame that counts what is done twice; 0: none
  uint16_t pending;                     // branches of the present parallel that have not ended
  uint8_t depth;                        // of loops
  uint16_t hand;                        // dataset of the item in hand; UINT16_MAX: none
  int64_t deadline;                     // of a visit: absolute, ns, binds its calls; INT64_MAX: none
  uint64_t key;                         // the item in hand
  uint64_t told;                        // what its last read or write was told (item.h)
  uint32_t loops[PROGRAM_NESTING_MOST]; // rounds still to do, the innermost last
  struct holding holdings[EXTENSION_HOLDINGS];
};

_Static_assert(sizeof(struct visit) <= FRAME_BYTES, "a visit fits a frame");
_Static_assert(sizeof(struct call) <= FRAME_BYTES, "a call fits a frame");
_Static_assert(sizeof(struct branch) <= FRAME_BYTES, "a branch fits a frame");
_Static_assert(sizeof(struct extension) <= FRAME_BYTES, "an extension fits a frame");

// A call that only inherits a deadline has no policies of its own.
static inline const struct policy *call_policy(const struct call *call) {
  return call->site->policy != NULL ? call->site->policy : &policy_none;
}

static inline struct frame *visit_frame(struct visit *visit) {
  return &visit->strand.job.frame;
}

#endif
