// The caller's side of a call that has policies: retry(hedge(timeout(attempt))) under a deadline. A call has
// one timer, armed for whatever comes first; what came due is found by looking at all of it.
//
// A late answer to an attempt that was abandoned finds no attempt of that name and is ignored here; the
// callee has done the work all the same.
#include "visit_path.h"

#include "client_account.h"
#include "repetition.h"
#include "route.h"

#include <math.h>

enum { BUDGET_SECONDS = 10, PERCENTILE_SAMPLES = 100 };

static const int64_t second = INT64_C(1000000000);

// ---- Retry budgets ----

// What has gone out of the ring since it was last looked at is forgotten.
static void budget_advance(struct site_run *site, int64_t now) {
  int64_t present = now / second;
  int64_t steps = present - site->second < BUDGET_SECONDS ? present - site->second : BUDGET_SECONDS;
  for (int64_t i = 1; i <= steps; i++) {
    site->firsts[(site->second + i) % BUDGET_SECONDS] = 0;
    site->retries[(site->second + i) % BUDGET_SECONDS] = 0;
  }
  site->second = present;
}

static void budget_first(struct site_run *site, int64_t now) {
  budget_advance(site, now);
  site->firsts[site->second % BUDGET_SECONDS]++;
}

static bool budget_allows(struct site_run *site, double budget, int64_t now) {
  budget_advance(site, now);
  uint64_t firsts = 0, retries = 0;
  for (int i = 0; i < BUDGET_SECONDS; i++) {
    firsts += site->firsts[i];
    retries += site->retries[i];
  }
  if ((double)(retries + 1) > budget * (double)firsts) return false;
  site->retries[site->second % BUDGET_SECONDS]++;
  return true;
}

// ---- Running percentiles ----

static void learn(struct sim *sim, const struct call *call) {
  if (call_policy(call)->hedge_percentile <= 0) return;
  struct site_run *site = &sim->sites[call->site->number];
  histogram_record(&site->latency, sim->engine.now - call->born);
  if (++site->count % PERCENTILE_SAMPLES == 0) {
    site->percentile = (int64_t)histogram_quantile(&site->latency, call_policy(call)->hedge_percentile, 0);
  }
}

// How long after the first attempt the first copy goes out; INT64_MAX: never.
static int64_t hedge_delay(const struct sim *sim, const struct call *call) {
  const struct policy *policy = call_policy(call);
  if (policy->hedge_after == POLICY_NEVER) return INT64_MAX;
  if (policy->hedge_percentile <= 0) return policy->hedge_after;
  const struct site_run *site = &sim->sites[call->site->number];
  return site->count >= PERCENTILE_SAMPLES ? site->percentile : INT64_MAX;
}

// ---- The end of a call ----

static void drop_call(struct sim *sim, struct call *call) {
  if (call->frame.link != 0) repetition_leave(sim, call->frame.link);
  slab_give(&sim->engine.frames, &call->frame);
}

static struct strand *finish(struct sim *sim, struct call *call, enum outcome outcome, uint16_t flags) {
  struct flow_ending ending = {.caller = call->caller,
                               .born = call->born,
                               .serial = call->serial,
                               .request = call->request,
                               .origin = call->origin,
                               .flags =
                                   (uint16_t)((call->frame.flags & FLAG_MEASURED) | (flags & FLAG_DEGRADED)),
                               .outcome = outcome};
  drop_call(sim, call);
  return outcome_deliver(sim, &ending, (struct frame_reference){0, 0});
}

static void drop_attempts(struct sim *sim, struct call *call, bool cancel) {
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    if (cancel && call->attempts[i].visit.index != 0) flow_cancel(sim, call->attempts[i].visit);
    call->attempts[i].visit.index = 0;
  }
  call->outstanding = 0;
}

static bool is_orphan(const struct sim *sim, const struct call *call) {
  return call->caller.index != 0 && slab_find(&sim->engine.frames, call->caller) == NULL;
}

// ---- Timers ----

static void arm(struct sim *sim, struct call *call) {
  if ((call->frame.flags & FLAG_CANCELLED) != 0) return; // it is woken at this instant
  struct engine *engine = &sim->engine;
  int64_t first = INT64_MAX;
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    if (call->attempts[i].visit.index != 0 && call->attempts[i].expires < first)
      first = call->attempts[i].expires;
  }
  bool by_timeout =
      call_policy(call)->timeout != POLICY_NEVER && first == engine->now + call_policy(call)->timeout;
  if (call->hedge_at < first || call->deadline < first) {
    first = call->hedge_at < call->deadline ? call->hedge_at : call->deadline;
    by_timeout = false;
  }
  engine_cancel(&call->frame);
  if (first == INT64_MAX) return;
  if (by_timeout) {
    engine_arm_after(engine, &call->frame, call_policy(call)->timeout, EVENT_TIMEOUT);
  } else {
    engine_arm(engine, &call->frame, first > engine->now ? first : engine->now, EVENT_TIMEOUT);
  }
}

// ---- Attempts ----

static void remember_tried(struct call *call, const struct instance *target) {
  call->tried[(call->made - 1) % CALL_TRIED_MOST] = target->index + 1;
}

static const struct call *call_of(const struct sim *sim, const struct visit *visit) {
  const struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  return caller != NULL && caller->kind == FRAME_CALL ? (const struct call *)(const void *)caller : NULL;
}

bool flow_tries_again(const struct sim *sim, const struct visit *visit) {
  const struct call *call = call_of(sim, visit);
  return call != NULL && call->made > 1;
}

bool flow_tried(const struct sim *sim, const struct visit *visit, const struct instance *instance) {
  const struct call *call = call_of(sim, visit);
  return call != NULL && route_tried(call, instance);
}

// A balancer's choice counts as tried, not the balancer: it takes the balancer's entry, since further
// attempts may have gone out before this one reached the balancer.
void call_forwarded(struct sim *sim, const struct visit *visit, const struct instance *target) {
  struct frame *caller = slab_find(&sim->engine.frames, visit->caller);
  if (caller == NULL || caller->kind != FRAME_CALL) return;
  struct call *call = (struct call *)(void *)caller;
  for (int i = 0; i < CALL_TRIED_MOST; i++) {
    if (call->tried[i] != visit->instance->index + 1) continue;
    call->tried[i] = target->index + 1;
    return;
  }
}

static struct attempt *free_attempt(struct call *call) {
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    if (call->attempts[i].visit.index == 0) return &call->attempts[i];
  }
  return NULL;
}

static struct network_end caller_end(const struct sim *sim, const struct call *call) {
  return call->from != 0 ? sim->instances[call->from - 1]->end
                         : client_end_of(&sim->clients[call->origin], call->user);
}

static struct strand *attempt_failed(struct sim *sim, struct call *call, enum outcome outcome,
                                     uint16_t flags);

// A visit keeps what binds it: its call may end long before it does.
int64_t call_inherited_deadline(const struct sim *sim, const struct visit *visit) {
  if (visit->strand.extension == 0) return INT64_MAX;
  return ((const struct extension *)slab_at(&sim->engine.frames, visit->strand.extension))->deadline;
}

// A deadline that is not handed on binds this call alone; what the caller itself inherited goes further.
static int64_t handed_on(const struct sim *sim, const struct call *call) {
  if (call_policy(call)->propagate) return call->deadline;
  const struct strand *caller = call->from == 0 ? NULL : slab_find(&sim->engine.frames, call->caller);
  return caller == NULL ? INT64_MAX : call_inherited_deadline(sim, caller->visit);
}

static bool bind(struct sim *sim, const struct call *call, struct visit *visit) {
  int64_t deadline = handed_on(sim, call);
  if (deadline == INT64_MAX) return true;
  struct extension *extension = strand_extension(sim, &visit->strand);
  if (extension == NULL) return false;
  extension->deadline = deadline;
  return true;
}

static uint8_t caller_level(const struct sim *sim, const struct call *call) {
  const struct strand *caller = slab_find(&sim->engine.frames, call->caller);
  return caller == NULL ? 0 : caller->job.level;
}

// An attempt's luck is the call's, split by its number, so that a further attempt takes nobody's. NULL when
// memory has run out.
static struct visit *make_attempt(struct sim *sim, const struct call *call, uint32_t number) {
  struct visit *visit =
      visit_make(sim, frame_refer(&call->frame), number == 0 ? call->luck : random_split(call->luck, number),
                 call->request, call->origin);
  if (visit == NULL || (sim->inherits_deadlines && !bind(sim, call, visit))) return NULL;
  if (call->frame.link != 0 && !repetition_join(sim, call, visit)) return NULL;
  visit->born = call->born;
  if (call->site->key != KEY_NONE) visit_is_about(visit, call->key, caller_level(sim, call));
  if (call->from == 0) visit_frame(visit)->flags |= FLAG_CLIENTS;
  visit->serial = call->serial;
  visit->user = call->user;
  if (call_policy(call)->tied) visit_frame(visit)->flags |= FLAG_TIED;
  return visit;
}

static struct strand *send_attempt(struct sim *sim, struct call *call) {
  uint32_t number = call->made++;
  if (call->from == 0)
    client_attempted(sim, &sim->clients[call->origin], call->request,
                     (call->frame.flags & FLAG_MEASURED) != 0);
  struct visit *visit = make_attempt(sim, call, number);
  if (visit == NULL) return NULL;
  struct network_end from = caller_end(sim, call);
  struct instance *target = route_visit(sim, visit, call->site->callee, &from, call);
  if (target == NULL) {
    strand_give_extension(sim, &visit->strand);
    slab_give(&sim->engine.frames, visit_frame(visit));
    return attempt_failed(sim, call, OUTCOME_UNAVAILABLE, 0);
  }
  remember_tried(call, target);
  struct attempt *attempt = free_attempt(call);
  attempt->visit = frame_refer(visit_frame(visit));
  int64_t timeout = call_policy(call)->timeout;
  attempt->expires = timeout == POLICY_NEVER ? INT64_MAX : sim->engine.now + timeout;
  call->outstanding++;
  arm(sim, call);
  return visit_send(sim, visit, &from, target);
}

static struct strand *first_attempt(struct sim *sim, struct call *call) {
  int64_t delay = hedge_delay(sim, call);
  call->copies = 0;
  call->hedge_at = delay == INT64_MAX ? INT64_MAX : sim->engine.now + delay;
  return send_attempt(sim, call);
}

static bool may_retry(struct sim *sim, struct call *call, enum outcome outcome) {
  const struct policy *policy = call_policy(call);
  if ((policy->retry_on >> outcome & 1) == 0) return false;
  if (policy->retries != POLICY_NEVER && call->retries >= policy->retries) return false;
  return isinf(policy->budget) ||
         budget_allows(&sim->sites[call->site->number], policy->budget, sim->engine.now);
}

static struct strand *retry(struct sim *sim, struct call *call) {
  struct random_stream luck = random_split(call->luck, UINT64_C(1) << 32 | call->made);
  if (call->retries < UINT16_MAX) call->retries++;
  int64_t wait = policy_backoff(call_policy(call), call->retries, call->backoff, &luck);
  call->backoff = wait;
  call->frame.state = CALL_BACKING_OFF;
  if (wait == 0) { // by the ready ring: attempts that fail at once must not nest
    engine_ready(&sim->engine, &call->frame);
    return NULL;
  }
  int64_t until = sim->engine.now + wait;
  engine_arm(&sim->engine, &call->frame, until < call->deadline ? until : call->deadline, EVENT_TIMEOUT);
  return NULL;
}

// An attempt has failed, and it was the last one out.
static struct strand *attempt_failed(struct sim *sim, struct call *call, enum outcome outcome,
                                     uint16_t flags) {
  if (call->outstanding > 0) {
    arm(sim, call); // a copy found nobody; those that are out still have their timeouts
    return NULL;
  }
  call->hedge_at = INT64_MAX;
  if (is_orphan(sim, call)) {
    drop_call(sim, call);
    return NULL;
  }
  if (sim->engine.now >= call->deadline) return finish(sim, call, OUTCOME_TIMEOUT, flags);
  if (may_retry(sim, call, outcome)) return retry(sim, call);
  return finish(sim, call, outcome, flags);
}

struct strand *call_answered(struct sim *sim, struct call *call, struct frame_reference visit,
                             const struct flow_ending *ending) {
  if ((call->frame.flags & FLAG_CANCELLED) != 0) return NULL;
  int found = -1;
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    if (call->attempts[i].visit.index == visit.index &&
        call->attempts[i].visit.generation == visit.generation) {
      found = i;
    }
  }
  if (found < 0 || visit.index == 0) return NULL;
  call->attempts[found].visit.index = 0;
  call->outstanding--;
  if (ending->outcome == OUTCOME_DONE) {
    learn(sim, call);
    drop_attempts(sim, call, call_policy(call)->hedge_cancel);
    return finish(sim, call, OUTCOME_DONE, ending->flags);
  }
  if (call->outstanding > 0) {
    arm(sim, call);
    return NULL;
  }
  return attempt_failed(sim, call, ending->outcome, ending->flags);
}

static void expire_attempts(struct sim *sim, struct call *call) {
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    struct attempt *attempt = &call->attempts[i];
    if (attempt->visit.index == 0 || attempt->expires > sim->engine.now) continue;
    if (call_policy(call)->cancel) flow_cancel(sim, attempt->visit);
    attempt->visit.index = 0;
    call->outstanding--;
  }
}

// The next copy goes out; the one after it follows after the same time again.
static struct strand *send_copy(struct sim *sim, struct call *call) {
  call->copies++;
  int64_t delay = hedge_delay(sim, call);
  bool more = call->copies < call_policy(call)->hedge_copies && delay != INT64_MAX;
  call->hedge_at = more ? sim->engine.now + delay : INT64_MAX;
  return send_attempt(sim, call);
}

struct strand *call_wake(struct sim *sim, struct call *call) {
  int64_t now = sim->engine.now;
  if ((call->frame.flags & FLAG_CANCELLED) != 0 || is_orphan(sim, call)) {
    drop_attempts(sim, call, (call->frame.flags & FLAG_CANCELLED) != 0);
    drop_call(sim, call);
    return NULL;
  }
  if (call->from != 0 && flow_defers(sim->instances[call->from - 1], &call->frame)) return NULL;
  if (now >= call->deadline) {
    drop_attempts(sim, call, call_policy(call)->cancel);
    return finish(sim, call, OUTCOME_TIMEOUT, 0);
  }
  if (call->frame.state == CALL_BACKING_OFF) {
    call->frame.state = CALL_TRYING;
    return first_attempt(sim, call);
  }
  expire_attempts(sim, call);
  if (call->outstanding == 0) return attempt_failed(sim, call, OUTCOME_TIMEOUT, 0);
  if (call->hedge_at <= now) return send_copy(sim, call);
  arm(sim, call);
  return NULL;
}

// One of the tied attempts has its worker: the others are cancelled, and no further copy goes out.
void call_admitted(struct sim *sim, struct call *call, struct frame_reference visit) {
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) {
    struct attempt *attempt = &call->attempts[i];
    if (attempt->visit.index == 0 || attempt->visit.index == visit.index) continue;
    flow_cancel(sim, attempt->visit);
    attempt->visit.index = 0;
    call->outstanding--;
  }
  call->hedge_at = INT64_MAX;
  arm(sim, call);
}

static int64_t earlier_deadline(const struct sim *sim, const struct policy *policy, int64_t inherited) {
  if (policy->deadline == POLICY_NEVER) return inherited;
  int64_t own = sim->engine.now + policy->deadline;
  return own < inherited ? own : inherited;
}

struct strand *call_begin(struct sim *sim, const struct flow_request *request, struct strand *caller,
                          int64_t deadline) {
  struct call *call = slab_take(&sim->engine.frames, FRAME_CALL);
  if (call == NULL) return NULL;
  call->caller = request->caller;
  call->site = request->site;
  call->luck = request->luck;
  call->born = sim->engine.now;
  call->key = request->key;
  const struct policy *policy = call_policy(call);
  call->deadline = earlier_deadline(sim, policy, deadline);
  for (int i = 0; i < POLICY_ATTEMPTS_OUT; i++) call->attempts[i].visit = (struct frame_reference){0, 0};
  for (int i = 0; i < CALL_TRIED_MOST; i++) call->tried[i] = 0;
  call->serial = request->serial;
  call->user = request->user;
  call->made = 0;
  call->from = caller != NULL ? caller->visit->instance->index + 1 : 0;
  call->request = request->request;
  call->origin = request->origin;
  call->retries = 0;
  call->backoff = 0;
  call->outstanding = 0;
  call->frame.state = CALL_TRYING;
  if (request->measured) call->frame.flags |= FLAG_MEASURED;
  call->frame.link = repetition_open(sim, call, caller != NULL ? caller->visit->request : call->request);
  if (caller != NULL) caller->child = call->frame.index;
  if (call->deadline <= sim->engine.now) return finish(sim, call, OUTCOME_TIMEOUT, 0);
  if (!isinf(policy->budget)) budget_first(&sim->sites[request->site->number], sim->engine.now);
  return first_attempt(sim, call);
}
