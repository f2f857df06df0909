// How the parts of the flow hand over to each other. Private to models/flow. Each function that may make a
// strand runnable returns it (or NULL) instead of running it, so that the one loop in strand_run() carries
// everything on and the C stack never grows with the scenario.
#ifndef HEADROOM_PASSAGE_H
#define HEADROOM_PASSAGE_H

#include "flow.h"
#include "route.h"

// Runs a strand, and whatever it hands over to, until nothing is runnable without the engine. NULL: nothing.
void strand_run(struct sim *sim, struct strand *strand);

// The outcome of what the strand waited for. Returns the strand if it can go on.
struct strand *strand_answered(struct sim *sim, struct strand *strand, enum outcome outcome, bool degraded);

// A strand has reached the end of its program, or has failed.
struct strand *strand_end(struct sim *sim, struct strand *strand, enum outcome outcome);

// A visit has arrived over a new connection; its handshake is over.
struct strand *visit_shake(struct sim *sim, struct visit *visit);
struct strand *visit_shaken(struct sim *sim, struct visit *visit);

// The model's verdict after it was asked to go on.
struct strand *visit_follow(struct sim *sim, struct visit *visit, enum verdict verdict);

// Replies to the caller, with so many bytes. `over`: the visit has left, and its frame is free or carries the
// reply.
struct strand *visit_reply(struct sim *sim, struct visit *visit, enum outcome outcome, int64_t bytes,
                           bool over);

// All strands have ended: it leaves its instance, gives everything back and, unless it has responded,
// replies.
struct strand *visit_end(struct sim *sim, struct visit *visit, enum outcome outcome);

// Ends a visit from outside, wherever it stands: its branches vanish, its calls lose their caller. `told`:
// the caller hears UNAVAILABLE.
void visit_kill(struct sim *sim, struct visit *visit, bool told);

// A branch that nobody waits for any more gives up.
struct strand *branch_cancelled(struct sim *sim, struct branch *branch);

// Marks a visit or call for the end at this instant (iteratively: each unwinds itself when it is woken). What
// becomes due to it before then is too late: nothing may arm its frame again.
void flow_cancel(struct sim *sim, struct frame_reference reference);

// The same for a strand, and for the branches of the parallel step that a strand is in.
void strand_cancel(struct sim *sim, struct strand *strand);
void strand_cancel_branches(struct sim *sim, const struct strand *parent);

// A strand at a paused instance, or that has come to one, stays where it is until the end of the pause.
void visit_park(struct strand *strand);

// The extension of a strand, made when it has none; NULL when memory runs out.
struct extension *strand_extension(struct sim *sim, struct strand *strand);
void strand_give_extension(struct sim *sim, struct strand *strand);

// A call with policies begins: its first attempt goes out. Returns what can go on at once.
struct strand *call_begin(struct sim *sim, const struct flow_request *request, struct strand *caller,
                          int64_t deadline);
struct strand *call_answered(struct sim *sim, struct call *call, struct frame_reference visit,
                             const struct flow_ending *ending);
struct strand *call_wake(struct sim *sim, struct call *call);
void call_admitted(struct sim *sim, struct call *call, struct frame_reference visit);

// A balancer sends the visit of a call on to `target`, which is what the call has tried.
void call_forwarded(struct sim *sim, const struct visit *visit, const struct instance *target);

// The deadline that a strand's visit has inherited; INT64_MAX: none.
int64_t call_inherited_deadline(const struct sim *sim, const struct visit *visit);

// The outcome reaches whoever waits: a call, a strand, a client.
struct strand *outcome_deliver(struct sim *sim, const struct flow_ending *ending,
                               struct frame_reference attempt);

// Handlers of kinds of frames, for the table in handlers.c.
void visit_reply_arrived(void *context, struct frame *frame);
void message_woken(void *context, struct frame *frame);
void message_timer_due(void *context, struct frame *frame);

// ---- Client side, in models/client.c ----

// A request has ended, from its client's point of view.
void client_finished(struct sim *sim, const struct flow_ending *ending);
void client_clock(struct sim *sim, struct frame *frame);
void client_user(struct sim *sim, struct frame *frame);

#endif
