// The requests of the toy:
// - `put` raises the version, tells all others that serve, and answers when each has acknowledged;
// - `lock` takes the lock and leaves at once; the lock stays for the lease, then the next in line has it;
// - `hold` takes the lock for the length of its visit, which goes on with its program;
// - `many` takes five things and goes on with its program;
// - all others just go on with their programs.
// A flusher without a caller writes the version down again and again.
#include "toy_store.h"

#include "deployment.h"
#include "flow.h"
#include "program_compile.h"
#include "step_form.h"

#include <string.h>

struct toy_store {
  struct deployment deployment;
  int64_t lease;
  int64_t flush;
  struct map handles;
};

static const struct field toy_fields[] = {
    FIELD_SPREAD(struct toy_store, deployment, struct deployment, &deployment_table,
                 .doc = "where it stands"),
    FIELD_DURATION(struct toy_store, lease, .standard = "50ms", .live = true, .doc = "of the lock"),
    FIELD_DURATION(struct toy_store, flush, .standard = "100ms", .above = true, .live = true,
                   .doc = "between two flushes"),
    FIELD_MAP(struct toy_store, handles, ITEM_LIST(&program_step_item), .star = true, .required = true,
              .minimum = 1, .doc = "steps by request"),
};
static const struct field_table toy_table =
    FIELD_TABLE("toy-store", struct toy_store, toy_fields, .doc = "A toy.");

enum { TIMER_FLUSH, TIMER_LEASE };
enum { HOLDING_LOCK, HOLDING_THING };
enum { MESSAGE_APPLY, MESSAGE_ACKNOWLEDGE };

struct toy_message {
  int kind;
  uint32_t from; // instance
  int64_t version;
  struct frame_reference visit;
};

// Compiled: the numbers of the requests that it knows.
struct toy_requests {
  uint16_t put, lock, hold, many;
};

static struct toy_volatile *state_of(const struct instance *instance) {
  return instance->volatile_state;
}
static struct toy_durable *durable_of(const struct instance *instance) {
  return instance->durable_state;
}

// ---- Compiling ----

static void collect(const void *parameters, struct plan *plan) {
  const struct toy_store *store = parameters;
  for (size_t i = 0; i < store->handles.count; i++) program_collect(store->handles.entries[i].value, plan);
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct toy_store *store = component->parameters;
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof(struct program *));
  bool right = true;
  for (size_t i = 0; i < store->handles.count; i++) {
    const struct map_entry *entry = &store->handles.entries[i];
    struct program *program = arena_take(plan->arena, sizeof *program);
    right &= program_compile(entry->value, entry->node, plan, context, program);
    for (uint16_t r = 0; r < plan->request_count; r++) {
      if (strcmp(entry->name, "*") == 0 || strcmp(entry->name, plan->requests[r].name) == 0)
        programs[r] = program;
    }
  }
  component->programs = programs;
  struct toy_requests *requests = arena_take(plan->arena, sizeof *requests);
  *requests = (struct toy_requests){plan_request(plan, "put"), plan_request(plan, "lock"),
                                    plan_request(plan, "hold"), plan_request(plan, "many")};
  component->compiled = requests;
  return right;
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  *demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  demand->program = program_demand(component->programs[request]);
  if (visitor != NULL) program_calls(component->programs[request], visitor, context);
}

// ---- Replication by one-way messages ----

static enum verdict put(struct sim *sim, struct visit *visit) {
  struct instance *self = visit->instance;
  const struct fleet *fleet = self->fleet;
  struct toy_message message = {.kind = MESSAGE_APPLY,
                                .from = self->index,
                                .version = ++state_of(self)->version,
                                .visit = frame_refer(visit_frame(visit))};
  visit->strand.awaited = 0; // its program has not begun: the count is free for the acknowledgements
  for (uint32_t i = 0; i < fleet->healthy_count; i++) {
    if (fleet->healthy[i] == self) continue;
    if (flow_message(sim, self, fleet->healthy[i], &message, sizeof message)) visit->strand.awaited++;
  }
  return visit->strand.awaited == 0 ? VERDICT_REPLY : VERDICT_WAIT;
}

static void acknowledged(struct sim *sim, const struct toy_message *message) {
  struct visit *visit = slab_find(&sim->engine.frames, message->visit);
  if (visit != NULL && --visit->strand.awaited == 0) flow_wake(sim, visit);
}

static void message(struct sim *sim, struct instance *instance, const void *content) {
  struct toy_message received;
  memcpy(&received, content, sizeof received);
  durable_of(instance)->messages++;
  if (received.kind == MESSAGE_ACKNOWLEDGE) {
    acknowledged(sim, &received);
    return;
  }
  if (received.version > state_of(instance)->version) state_of(instance)->version = received.version;
  struct instance *back = sim->instances[received.from];
  received.kind = MESSAGE_ACKNOWLEDGE;
  flow_message(sim, instance, back, &received, sizeof received);
}

// ---- A lock ----

static bool take_lock(struct sim *sim, struct visit *visit) {
  struct instance *self = visit->instance;
  state_of(self)->locked = true;
  return flow_hold(sim, visit, (struct holding){.instance = self, .kind = HOLDING_LOCK});
}

// The lock outlives the visit: the component keeps it until the lease is over.
static enum verdict lease(struct sim *sim, struct visit *visit) {
  const struct toy_store *store = visit->instance->parameters;
  struct holding kept;
  bool has = flow_keep(sim, visit, HOLDING_LOCK, 0, &kept);
  ASSERT(has, "a visit has what it has just taken");
  flow_timer(sim, visit->instance, store->lease, TIMER_LEASE);
  return VERDICT_REPLY;
}

static enum verdict locked(struct sim *sim, struct visit *visit) {
  const struct toy_requests *requests = visit->instance->component->compiled;
  take_lock(sim, visit);
  return visit->request == requests->lock ? lease(sim, visit) : VERDICT_NEXT;
}

static enum verdict ask_lock(struct sim *sim, struct visit *visit) {
  struct toy_volatile *state = state_of(visit->instance);
  if (!state->locked) return locked(sim, visit);
  state->waiting[state->last++ % TOY_WAITING_MOST] = frame_refer(visit_frame(visit));
  return VERDICT_WAIT;
}

// Those that have gone meanwhile are passed over.
static void unlock(struct sim *sim, struct instance *instance) {
  struct toy_volatile *state = state_of(instance);
  state->locked = false;
  while (state->first != state->last) {
    struct visit *next = slab_find(&sim->engine.frames, state->waiting[state->first++ % TOY_WAITING_MOST]);
    if (next == NULL) continue;
    state->locked = true;
    flow_wake(sim, next);
    return;
  }
}

static void release(struct sim *sim, struct instance *instance, const struct holding *holding) {
  struct toy_volatile *state = state_of(instance);
  if (state->releases < TOY_RELEASES_MOST) state->released[state->releases++] = holding->subject;
  if (holding->kind == HOLDING_LOCK) unlock(sim, instance);
}

// ---- Serving ----

static enum verdict take_many(struct sim *sim, struct visit *visit) {
  for (uint32_t i = 0; i < 5; i++)
    flow_hold(sim, visit,
              (struct holding){.instance = visit->instance, .kind = HOLDING_THING, .subject = 10 + i});
  return VERDICT_NEXT;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const struct toy_requests *requests = visit->instance->component->compiled;
  if (visit->request == requests->put) return put(sim, visit);
  if (visit->request == requests->many) return take_many(sim, visit);
  bool locks = visit->request == requests->lock || visit->request == requests->hold;
  return locks ? ask_lock(sim, visit) : VERDICT_NEXT;
}

static enum verdict resume(struct sim *sim, struct visit *visit) {
  const struct toy_requests *requests = visit->instance->component->compiled;
  return visit->request == requests->put ? VERDICT_REPLY : locked(sim, visit);
}

// ---- Life ----

static void plan_flush(struct sim *sim, struct instance *instance) {
  flow_timer(sim, instance, ((const struct toy_store *)instance->parameters)->flush, TIMER_FLUSH);
}

static bool start(struct sim *sim, struct instance *instance) {
  durable_of(instance)->starts++;
  plan_flush(sim, instance);
  return true;
}

static void timer(struct sim *sim, struct instance *instance, uint64_t number) {
  if (number == TIMER_LEASE) {
    unlock(sim, instance);
    return;
  }
  durable_of(instance)->version = state_of(instance)->version;
  durable_of(instance)->flushes++;
  plan_flush(sim, instance);
}

static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  (void)sim;
  *(reason == STOP_CRASH ? &durable_of(instance)->crashes : &durable_of(instance)->removals) += 1;
}

static void recover(struct sim *sim, struct instance *instance) {
  (void)sim;
  durable_of(instance)->recoveries++;
  state_of(instance)->version = durable_of(instance)->version;
}

static void changed(struct sim *sim, struct instance *instance) {
  (void)sim;
  durable_of(instance)->changes++;
}

const struct model toy_store_model = {
    .form = {.name = "toy-store", .doc = "a toy", .table = &toy_table, .user = &toy_store_model},
    .volatile_size = sizeof(struct toy_volatile),
    .durable_size = sizeof(struct toy_durable),
    .collect = collect,
    .compile = compile,
    .enter = enter,
    .resume = resume,
    .timer = timer,
    .start = start,
    .stop = stop,
    .recover = recover,
    .release = release,
    .message = message,
    .changed = changed,
    .demand = demand,
};
