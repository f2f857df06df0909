// A worker: consumes a queue. It does what its `handles` say with each job, in so many slots.
//
// Models: a slot is a request for a job that the worker has out at its queue, or a job that it does. It is
// taken when the queue sends it a job, and free again when the job has done its last step here, also what
// comes after its `respond`, which acknowledges it. Jobs of a dead worker are refused at once; one that hangs
// is found out by the queue's visibility timeout. Several workers may consume one queue: they compete. The
// instances of a place that have a free slot stand in line, as brokers keep consumers: who is given a job
// goes to the end, or out of the line with its last slot, and whose slot is free again comes to the end if it
// is in line no more. Leaves out: prefetching (a slot has one job), batches.
#include "deployment.h"
#include "flow.h"
#include "handles.h"
#include "queue.h"
#include "route.h"
#include "worker_pool.h"

struct worker {
  struct deployment deployment;
  struct reference consumes;
  int64_t workers;
  struct map handles;
};

static const struct field worker_fields[] = {
    FIELD_SPREAD(struct worker, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    FIELD_REFERENCE(struct worker, consumes, "component", .required = true, .doc = "the queue"),
    FIELD_COUNT(struct worker, workers, .standard = "\"unlimited\"", .unlimited = true, .minimum = 1,
                .maximum = 1e9, .live = true, .doc = "jobs at once, of each instance"),
    HANDLES_ROW(struct worker),
};
static const struct field_table worker_table =
    FIELD_TABLE("worker", struct worker, worker_fields,
                .doc = "Consumes a queue: does what `handles` say with each job.");

// The pool must come first: instance_workers() relies on it.
struct worker_state {
  struct worker_pool slots;
  int64_t expected; // jobs on their way to it
};

// Nobody is taken out of the middle of a line: who dies in it, or has no free slot when it comes to be first,
// is let go then.
struct worker_record {
  struct worker_account slots;
  struct instance *behind; // the next in line
  bool in_line;
};

// Of a fleet: its `routing`.
struct worker_line {
  struct instance *first, *last;
};

enum { HOLDS_EXPECTED, HOLDS_SLOT };

// ---- Compiling ----

const char *worker_consumes(const struct component *worker) {
  return ((const struct worker *)worker->parameters)->consumes.name;
}

static void collect(const void *parameters, struct plan *plan) {
  handles_collect(&((const struct worker *)parameters)->handles, plan);
}

// A place may override what a worker does there, but not whose jobs it does.
static bool elsewhere(const struct component *component, const struct plan *plan) {
  const struct component *whole = &plan->components[component->number];
  return whole != component && plan_component(plan, worker_consumes(whole)) != component->compiled;
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct worker *worker = component->parameters;
  const struct component *queue = plan_component(plan, worker->consumes.name);
  component->compiled = queue;
  if (queue != NULL && !queue->wrong && queue->model != &queue_model) {
    diagnostic_error(context->diagnostics, worker->consumes.node, "`%s` is no queue", queue->name);
    return false;
  }
  if (elsewhere(component, plan)) {
    diagnostic_error(context->diagnostics, worker->consumes.node,
                     "a worker consumes the same queue in all places");
    return false;
  }
  return handles_compile(&worker->handles, component, plan, context);
}

// ---- Slots ----

static struct worker_state *state_of(const struct instance *instance) {
  return instance->volatile_state;
}

int64_t worker_free(const struct instance *instance) {
  const struct worker_state *state = state_of(instance);
  const struct pool *pool = &state->slots.pool;
  if (pool->tokens == POOL_UNLIMITED) return INT64_MAX;
  return pool->tokens - pool->taken.inside - pool->queued.inside - state->expected;
}

static struct worker_record *record_of(const struct instance *instance) {
  return instance->durable_state;
}

static void append(struct worker_line *line, struct instance *instance) {
  struct worker_record *record = record_of(instance);
  record->behind = NULL;
  record->in_line = true;
  if (line->first == NULL) {
    line->first = instance;
  } else {
    record_of(line->last)->behind = instance;
  }
  line->last = instance;
}

static void let_go(struct worker_line *line) {
  struct worker_record *record = record_of(line->first);
  record->in_line = false;
  line->first = record->behind;
}

// Nobody notices a pause.
static bool can_be_given(const struct instance *instance) {
  return (instance->life == LIFE_SERVING || instance->life == LIFE_PAUSED) && worker_free(instance) > 0;
}

struct instance *worker_next(const struct fleet *fleet) {
  struct worker_line *line = fleet->routing;
  if (line == NULL) return NULL;
  while (line->first != NULL && !can_be_given(line->first)) let_go(line);
  return line->first;
}

void worker_chosen(struct instance *instance) {
  struct worker_line *line = instance->fleet->routing;
  ASSERT(line->first == instance, "the first in line is given the job");
  let_go(line);
  if (worker_free(instance) > 1) append(line, instance);
}

// Whether its slot is free is seen when it is first: who frees one may still be leaving it.
static void stand_in_line(struct sim *sim, struct instance *instance) {
  struct fleet *fleet = instance->fleet;
  if (fleet->routing == NULL) fleet->routing = arena_take(&sim->arena, sizeof(struct worker_line));
  if (fleet->routing != NULL && !record_of(instance)->in_line) append(fleet->routing, instance);
  queue_wake(sim, instance->component->compiled);
}

// A job takes its slot when it sets out, and with it whose request it is part of.
static struct instance *route(struct sim *sim, struct visit *visit, const struct component *component,
                              const struct network_end *from, const struct call *call) {
  const struct queue_message *message = queue_delivery(sim, call);
  if (message == NULL) return route_instance(sim, component, from, call);
  visit->origin = message->origin;
  visit->user = message->user;
  visit->serial = message->serial;
  if (flow_hold(sim, visit, (struct holding){.instance = message->target, .kind = HOLDS_EXPECTED}))
    state_of(message->target)->expected++;
  return message->target;
}

// What an earlier life expected is forgotten.
static void arrived(struct instance *instance, const struct holding *holding) {
  if (holding->lives == instance->lives) state_of(instance)->expected--;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  struct instance *instance = visit->instance;
  struct holding holding;
  if (flow_keep(sim, visit, HOLDS_EXPECTED, 0, &holding)) arrived(instance, &holding);
  if (!flow_hold(sim, visit, (struct holding){.instance = instance, .kind = HOLDS_SLOT})) return VERDICT_WAIT;
  const struct worker *worker = instance->parameters;
  return worker->workers == POOL_UNLIMITED ? VERDICT_NEXT : worker_pool_enter(sim, visit, NULL);
}

static void release(struct sim *sim, struct instance *instance, const struct holding *holding) {
  if (holding->kind == HOLDS_EXPECTED) arrived(instance, holding);
  stand_in_line(sim, instance);
}

// ---- Serving ----

static struct worker_settings settings_of(const struct instance *instance) {
  const struct worker *worker = instance->parameters;
  return (struct worker_settings){worker->workers, POOL_UNLIMITED, POOL_FIFO, NULL};
}

static bool start(struct sim *sim, struct instance *instance) {
  struct worker_settings settings = settings_of(instance);
  worker_pool_start(sim, instance, &settings);
  stand_in_line(sim, instance);
  return instance->fleet->routing != NULL;
}

static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  worker_pool_stop(sim, instance, reason);
}

static void changed(struct sim *sim, struct instance *instance) {
  struct worker_settings settings = settings_of(instance);
  worker_pool_changed(sim, instance, &settings);
  stand_in_line(sim, instance);
}

static void note(struct sim *sim, struct instance *instance, bool from) {
  worker_pool_note(sim, instance, from);
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct worker *worker = component->parameters;
  *demand = (struct model_demand){.workers = worker->workers, .backlog = POOL_UNLIMITED};
  handles_demand(component, request, demand, visitor, context);
}

static bool tokens(const struct instance *instance, struct model_tokens *tokens) {
  return worker_pool_tokens(instance, "workers", tokens);
}

static const char *no_workers(const struct component *component) {
  const struct worker *worker = component->parameters;
  return worker->workers == POOL_UNLIMITED ? "its workers are unlimited" : NULL;
}

static const struct metric worker_metrics[] = {
    WORKER_POOL_METRIC("utilization.workers", "workers", struct worker_record, slots, no_workers,
                       "workers with a job, of those of instances that live; left out where they are "
                       "unlimited"),
};

static const char *const common[] = {"consumes", NULL};

const struct model worker_model = {
    .form = {.name = "worker",
             .doc = "does the jobs of a queue",
             .table = &worker_table,
             .user = &worker_model},
    .common = common,
    .volatile_size = sizeof(struct worker_state),
    .durable_size = sizeof(struct worker_record),
    .metrics = worker_metrics,
    .metric_count = sizeof worker_metrics / sizeof *worker_metrics,
    .collect = collect,
    .compile = compile,
    .enter = enter,
    .resume = worker_pool_resume,
    .route = route,
    .start = start,
    .stop = stop,
    .changed = changed,
    .release = release,
    .note = note,
    .tokens = tokens,
    .queued = worker_pool_queued,
    .demand = demand,
};
