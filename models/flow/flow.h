// The flow: calls, visits and strands, and the one loop that carries out what models decide.
#ifndef HEADROOM_FLOW_H
#define HEADROOM_FLOW_H

#include "sim.h"
#include "visit.h"

// The handlers of all kinds of frames, for the engine; the context is the struct sim.
extern engine_handler *const flow_handlers[ENGINE_KINDS];

// What a client sends. `caller` is the user that waits for it, or nobody.
struct flow_request {
  const struct call_site *site;
  struct frame_reference caller;
  struct random_stream luck;
  uint32_t serial;
  uint32_t user;
  uint64_t key; // of a keyed call
  uint16_t request;
  uint16_t origin;
  bool measured;
};

// What a client is told when its request has ended.
struct flow_ending {
  struct frame_reference caller; // who waits: a user of a closed group; index 0: an open client
  int64_t born;
  uint32_t serial;
  uint16_t request;
  uint16_t origin;
  uint16_t flags;
  enum outcome outcome;
};

// ---- For models ----

// Before VERDICT_FORWARD: the instance that the visit goes on to, and the slot that counts it as outstanding
// (UINT32_MAX: none). The visit leaves the model's own instance.
void flow_forward(struct sim *sim, struct visit *visit, struct instance *target, uint32_t slot);

// Before VERDICT_FAIL.
void flow_fail(struct sim *sim, enum outcome outcome);

// Whether the call that a visit belongs to has already tried an instance.
bool flow_tried(const struct sim *sim, const struct visit *visit, const struct instance *instance);

// Whether its call has made an attempt before this one.
bool flow_tries_again(const struct sim *sim, const struct visit *visit);

// The visit has its worker (or its core): the copies that are tied to it are cancelled.
void flow_admitted(struct sim *sim, struct visit *visit);

// A tied visit's job has left the queue for a core; for stations.
void flow_started(void *context, struct job *job);

// Puts a holding on the visit's list; false when memory runs out. When the visit leaves, whatever way, the
// model's release() is called, last taken first.
bool flow_hold(struct sim *sim, struct visit *visit, struct holding holding);

// Takes a holding of that kind and subject off the visit's list without releasing it: the component keeps it
// beyond the visit. False if the visit has none.
bool flow_keep(struct sim *sim, struct visit *visit, uint32_t kind, uint32_t subject, struct holding *kept);

enum { FLOW_MESSAGE_BYTES = 64, FLOW_MESSAGE_STANDARD = 200 };

// A one-way message to an instance, `size` ≤ FLOW_MESSAGE_BYTES of content that stand for `bytes` on the
// wire. It goes through the interfaces of both machines and over the network, with its jitter, and is lost
// where the network loses it, for nobody repeats it. The model's message() of the receiver gets it, unless
// that is dead or gone by then; one that drains takes it. False when memory runs out.
bool flow_message_of(struct sim *sim, struct instance *from, struct instance *to, const void *content,
                     uint32_t size, int64_t bytes);

// The same, of FLOW_MESSAGE_STANDARD bytes on the wire.
bool flow_message(struct sim *sim, struct instance *from, struct instance *to, const void *content,
                  uint32_t size);

// Calls the model's timer() of an instance with `number` after `delay` ns, unless the instance has stopped by
// then. False when memory runs out.
bool flow_timer(struct sim *sim, struct instance *instance, int64_t delay, uint64_t number);

// Starts work that nobody called for (a flush, an applier, a scan): a strand of the instance's own that goes
// through `program` as a visit about the item `key` does, uses its machine, may call others (with `request`,
// at its priority), and dies with its instance. It is inside the component but counted apart from visits.
// False when memory runs out, or the instance does not serve.
bool flow_spawn(struct sim *sim, struct instance *instance, const struct program *program, uint16_t request,
                struct random_stream luck, uint64_t key);

// The origin of work that no client group has sent.
enum { FLOW_INTERNAL = UINT16_MAX };

// Lets the strand that a reference names go on, which step() told to WAIT; none, if it has ended since.
void flow_wake_strand(struct sim *sim, struct frame_reference strand);

// Wakes a visit that a model told to WAIT, at this instant: its model's resume() is called.
void flow_wake(struct sim *sim, struct visit *visit);

// ---- For what makes instances live and die ----

// Ends every visit inside an instance. `silent`: nobody is told; else callers are refused at once.
void flow_kill_all(struct sim *sim, struct instance *instance, bool silent);

// What comes due for a call of a paused instance waits for the end of the pause: a process that stands still
// neither gives up nor tries again. True: it does.
bool flow_defers(struct instance *instance, struct frame *call);

// Lets strands that were parked go on, and wakes what was deferred.
void flow_unpark(struct sim *sim, struct instance *instance);

#endif
