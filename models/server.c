// A server: does what its `handles` say, with a limited number of workers and a backlog in front of them.
//
// Models: a worker is held from entry to the last step, through every call and wait and also after `respond`
// (a thread or process per request, as in Apache httpd's or Gunicorn's workers); the backlog is the queue in
// front of them, whose order and patience may be chosen; beyond it requests are turned away. Computing takes
// a core of the instance's machine.
// Leaves out: memory, disks, event loops (a worker is held while it waits), sessions, autoscaling.
#include "deployment.h"
#include "flow.h"
#include "handles.h"
#include "worker_pool.h"

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
    HANDLES_ROW(struct server),
};

static const struct field_table server_table =
    FIELD_TABLE("server", struct server, server_fields,
                .doc = "Does what `handles` say, with workers, a backlog and the cores of its machine.");

// ---- Compiling ----

static void collect(const void *parameters, struct plan *plan) {
  handles_collect(&((const struct server *)parameters)->handles, plan);
}

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  return handles_compile(&((const struct server *)component->parameters)->handles, component, plan, context);
}

// ---- Serving ----

static struct worker_settings settings_of(const struct instance *instance) {
  const struct server *server = instance->parameters;
  return (struct worker_settings){server->workers, server->backlog, (enum pool_order)server->queue,
                                  server->patience};
}

static bool start(struct sim *sim, struct instance *instance) {
  struct worker_settings settings = settings_of(instance);
  worker_pool_start(sim, instance, &settings);
  instance->open = settings.places == POOL_UNLIMITED;
  return true;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const struct server *server = visit->instance->parameters;
  return server->workers == POOL_UNLIMITED ? VERDICT_NEXT : worker_pool_enter(sim, visit, server->patience);
}

static void stop(struct sim *sim, struct instance *instance, enum stop_reason reason) {
  worker_pool_stop(sim, instance, reason);
}

static void changed(struct sim *sim, struct instance *instance) {
  struct worker_settings settings = settings_of(instance);
  worker_pool_changed(sim, instance, &settings);
  instance->open = settings.places == POOL_UNLIMITED;
}

static void note(struct sim *sim, struct instance *instance, bool from) {
  worker_pool_note(sim, instance, from);
}

static void demand(const struct component *component, uint16_t request, struct model_demand *demand,
                   program_call_visitor *visitor, void *context) {
  const struct server *server = component->parameters;
  *demand = (struct model_demand){
      .workers = server->workers, .backlog = server->backlog, .has_patience = server->patience != NULL};
  handles_demand(component, request, demand, visitor, context);
}

static bool tokens(const struct instance *instance, struct model_tokens *tokens) {
  return worker_pool_tokens(instance, "workers", tokens);
}

static const char *no_workers(const struct component *component) {
  const struct server *server = component->parameters;
  return server->workers == POOL_UNLIMITED ? "its workers are unlimited" : NULL;
}

struct server_account {
  struct worker_account workers;
};

static const struct metric server_metrics[] = {
    WORKER_POOL_METRIC("utilization.workers", "workers", struct server_account, workers, no_workers,
                       "taken workers, of those of instances that live; left out where they are unlimited"),
};

const struct model server_model = {
    .form = {.name = "server",
             .doc = "stateless application servers",
             .table = &server_table,
             .user = &server_model},
    .volatile_size = sizeof(struct worker_pool),
    .durable_size = sizeof(struct server_account),
    .metrics = server_metrics,
    .metric_count = sizeof server_metrics / sizeof *server_metrics,
    .collect = collect,
    .compile = compile,
    .enter = enter,
    .resume = worker_pool_resume,
    .start = start,
    .stop = stop,
    .changed = changed,
    .note = note,
    .tokens = tokens,
    .queued = worker_pool_queued,
    .demand = demand,
};
