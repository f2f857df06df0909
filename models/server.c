// A server: does what its `handles` say, with a limited number of workers and a backlog in front of them.
//
// Models: a worker is held from entry to the last step, through every call and wait and also after `respond`
// (a thread or process per request, as in Apache httpd's or Gunicorn's workers); the backlog is the queue in
// front of them, whose order and patience may be chosen; beyond it requests are turned away. Computing takes
// a core of the instance's machine.
// Leaves out: memory, disks, event loops (a worker is held while it waits), sessions, autoscaling.
#include "deployment.h"
#include "flow.h"
#include "instance.h"
#include "program.h"
#include "rarely.h"

#include <string.h>

static const char *const all_requests = "*";

struct server {
  struct deployment deployment;
  int64_t workers;
  int64_t backlog;
  int queue;
  const struct distribution *patience;
  struct map handles;
};

static const struct field server_fields[] = {
    FIELD_SPREAD(struct server, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    FIELD_COUNT(struct server, workers, .standard = "\"unlimited\"", .unlimited = true, .minimum = 1,
                .maximum = 1e9, .live = true, .doc = "requests inside at once, of each instance"),
    FIELD_COUNT(struct server, backlog, .standard = "\"unlimited\"", .unlimited = true, .minimum = 0,
                .maximum = 1e9, .live = true,
                .doc = "requests that may wait for a worker; further ones are rejected"),
    FIELD_WORD(struct server, queue, pool_orders, .standard = "\"fifo\"",
               .doc = "which of those that wait is next"),
    FIELD_DISTRIBUTION(struct server, patience, DURATION,
                       .doc = "how long a request waits for a worker before it gives up"),
    FIELD_MAP(struct server, handles, ITEM_LIST(&program_step_item), .star = true, .required = true,
              .minimum = 1, .doc = "request (or \"*\"): steps, done in order; see `headroom doc steps`"),
};

static const struct field_table server_table =
    FIELD_TABLE("server", struct server, server_fields,
                .doc = "Does what `handles` say, with workers, a backlog and the cores of its machine.");

// The pool must come first: instance_workers() relies on it.
struct server_state {
  struct pool workers;
};

// Integrals of what was taken and queued: of former lives, and at the ends of the window. They are kept for
// the reader of the results, so that no crash loses them.
struct server_account {
  int128 taken_before, taken_from, taken_until;
  int128 queued_before, queued_from, queued_until;
  struct level there; // workers of a live instance; 0 where they are unlimited
  bool closed;        // its pool stands still: failed, or gone
};

// ---- Compiling ----

static void collect(const void *parameters, struct plan *plan) {
  const struct server *server = parameters;
  for (size_t i = 0; i < server->handles.count; i++) program_collect(server->handles.entries[i].value, plan);
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  const struct server *server = component->parameters;
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof(struct program *));
  const struct program *rest = NULL;
  bool right = true;
  for (size_t i = 0; i < server->handles.count; i++) {
    const struct map_entry *entry = &server->handles.entries[i];
    struct program *program = arena_take(plan->arena, sizeof *program);
    right &= program_compile(entry->value, entry->node, plan, context, program);
    uint16_t request = plan_request(plan, entry->name);
    if (strcmp(entry->name, all_requests) == 0) {
      rest = program;
    } else if (request != UINT16_MAX) {
      programs[request] = program;
    } else if (!names_of(plan->names, "request")->open) {
      diagnostic_warning(context->diagnostics, entry->node, "nobody sends the request `%s`", entry->name);
    }
  }
  for (uint16_t r = 0; r < plan->request_count; r++) {
    if (programs[r] == NULL) programs[r] = rest;
  }
  component->programs = programs;
  return right;
}

// ---- Serving ----

static struct server_state *state_of(const struct instance *instance) {
  return instance->volatile_state;
}

static struct server_account *account_of(const struct instance *instance) {
  return instance->durable_state;
}

static void set_there(const struct sim *sim, struct instance *instance, int64_t workers) {
  struct level *there = &account_of(instance)->there;
  level_change(there, (workers == POOL_UNLIMITED ? 0 : workers) - there->inside, sim->engine.now);
}

static bool start(struct sim *sim, struct instance *instance) {
  const struct server *server = instance->parameters;
  account_of(instance)->closed = false;
  set_there(sim, instance, server->workers);
  pool_init(&state_of(instance)->workers, server->workers, server->backlog, (enum pool_order)server->queue);
  return true;
}

static void take_worker(struct sim *sim, struct visit *visit) {
  visit_frame(visit)->flags |= FLAG_WORKER;
  flow_admitted(sim, visit);
}

// A visit that waits is woken by its grant, or by the end of its patience, whichever comes first.
static void wait_patiently(struct sim *sim, struct visit *visit, const struct distribution *patience) {
  int64_t until = sim->engine.now + distribution_sample(patience, &visit->strand.luck);
  engine_arm(&sim->engine, visit_frame(visit), until, EVENT_TIMEOUT);
}

static ASIDE enum verdict ask_for_worker(struct sim *sim, struct visit *visit) {
  const struct server *server = visit->instance->parameters;
  switch (pool_take(instance_workers(visit->instance), &sim->engine, &visit->strand.job)) {
  case POOL_GRANTED:
    take_worker(sim, visit);
    return VERDICT_NEXT;
  case POOL_QUEUED:
    if (server->patience != NULL) wait_patiently(sim, visit, server->patience);
    return VERDICT_WAIT;
  case POOL_REFUSED:
    break;
  }
  flow_fail(sim, OUTCOME_REJECTED);
  return VERDICT_FAIL;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const struct server *server = visit->instance->parameters;
  return server->workers == POOL_UNLIMITED ? VERDICT_NEXT : ask_for_worker(sim, visit);
}

static enum verdict resume(struct sim *sim, struct visit *visit) {
  visit->strand.job.standing = JOB_NOWHERE;
  take_worker(sim, visit);
  return VERDICT_NEXT;
}

// The pool of the next life begins with levels of 0. What is still taken is given back at this same instant,
// which moves no integral.
static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  set_there(sim, instance, 0);
  if (reason != STOP_CRASH) return;
  account_of(instance)->closed = true;
  account_of(instance)->taken_before += level_area(&state_of(instance)->workers.taken, sim->engine.now);
  account_of(instance)->queued_before += level_area(&state_of(instance)->workers.queued, sim->engine.now);
}

static void changed(struct sim *sim, struct instance *instance) {
  const struct server *server = instance->parameters;
  struct pool *workers = &state_of(instance)->workers;
  if (!account_of(instance)->closed) set_there(sim, instance, server->workers);
  workers->backlog = server->backlog;
  pool_set_tokens(workers, &sim->engine, server->workers);
}

// A failed instance has given its account already, and its pool stands still until it is started again.
static int128 taken_ever(const struct sim *sim, const struct instance *instance) {
  const struct server_account *account = account_of(instance);
  const struct level *taken = &state_of(instance)->workers.taken;
  return account->taken_before + (account->closed ? 0 : level_area(taken, sim->engine.now));
}

static int128 queued_ever(const struct sim *sim, const struct instance *instance) {
  const struct server_account *account = account_of(instance);
  const struct level *waiting = &state_of(instance)->workers.queued;
  return account->queued_before + (account->closed ? 0 : level_area(waiting, sim->engine.now));
}

static double taken(const struct sim *sim, const struct instance *instance) {
  return (double)taken_ever(sim, instance);
}

static double queued(const struct sim *sim, const struct instance *instance) {
  return (double)queued_ever(sim, instance);
}

static void note(struct sim *sim, struct instance *instance, bool from) {
  struct server_account *account = account_of(instance);
  *(from ? &account->taken_from : &account->taken_until) = taken_ever(sim, instance);
  *(from ? &account->queued_from : &account->queued_until) = queued_ever(sim, instance);
  if (from) level_restart_peak(&state_of(instance)->workers.queued);
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct server *server = component->parameters;
  const struct program *program = component->programs[request];
  *demand = (struct model_demand){
      .workers = server->workers, .backlog = server->backlog, .has_patience = server->patience != NULL};
  if (program == NULL) return;
  demand->program = program_demand(program);
  if (visitor != NULL) program_calls(program, visitor, context);
}

static bool tokens(const struct instance *instance, struct model_tokens *tokens) {
  const struct server_state *state = state_of(instance);
  const struct server_account *account = account_of(instance);
  *tokens = (struct model_tokens){.name = "workers",
                                  .pool = &state->workers,
                                  .taken = account->taken_until - account->taken_from,
                                  .queued = account->queued_until - account->queued_from};
  return state->workers.tokens != POOL_UNLIMITED;
}

static const char *no_workers(const struct component *component) {
  const struct server *server = component->parameters;
  return server->workers == POOL_UNLIMITED ? "its workers are unlimited" : NULL;
}

static const struct metric server_metrics[] = {
    {.key = "utilization.workers",
     .slo = "workers",
     .kind = METRIC_LEVEL,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ(taken),
     .bottom = METRIC_LEVEL_OF(struct server_account, there),
     .optional = true,
     .missing = no_workers,
     .doc = "taken workers, of those of instances that live; left out where they are unlimited"},
};

const struct model server_model = {
    .form = {.name = "server",
             .doc = "stateless application servers",
             .table = &server_table,
             .user = &server_model},
    .volatile_size = sizeof(struct server_state),
    .durable_size = sizeof(struct server_account),
    .metrics = server_metrics,
    .metric_count = sizeof server_metrics / sizeof *server_metrics,
    .collect = collect,
    .compile = compile,
    .enter = enter,
    .resume = resume,
    .start = start,
    .stop = stop,
    .changed = changed,
    .note = note,
    .tokens = tokens,
    .queued = queued,
    .demand = demand,
};
