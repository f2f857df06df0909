// Instances and machines over their life: ordered, serving, draining, gone; failed, paused, back. Instances
// of a component in one place are a fleet; resources belong to the machine.
#ifndef HEADROOM_INSTANCE_H
#define HEADROOM_INSTANCE_H

#include "sim.h"

// Builds the hosts' machines and all instances that the plan deploys at the start. False when memory runs
// out.
bool instance_deploy_all(struct sim *sim);
void instance_drop_all(struct sim *sim);

// Brings a fleet to `count` instances: new ones are ordered; the last ones are drained: they get no further
// visits and go when the last visit has left.
void instance_scale(struct sim *sim, struct fleet *fleet, int64_t count);

// The last visit of a draining instance has left.
void instance_gone(struct sim *sim, struct instance *instance);

// Fails and recovers what serves or is paused; without effect on what does not fit. FAILURE_RESET: callers
// are refused at once; FAILURE_HANG: silence; FAILURE_PAUSE: frozen, its state is kept and arrivals queue.
void instance_fail(struct sim *sim, struct instance *instance, enum failure_mode mode);
void instance_recover(struct sim *sim, struct instance *instance);

// One of the causes that hold it down is over: it recovers with the last of them.
void instance_relent(struct sim *sim, struct instance *instance);

// It hangs with its machine, which is down, until that is repaired.
void instance_hang(struct sim *sim, struct instance *instance);

// An instance that was ordered has booted.
void instance_booted(struct sim *sim, struct instance *instance);

#endif
