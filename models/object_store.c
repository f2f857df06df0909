// An object store: someone else's, with all the hardware that it needs. It has every item of what it holds.
//
// Models: a time for each get and put, to the first byte; a limit on the rate of either, as a bucket that
// holds one second's worth, beyond which requests are rejected (Amazon S3 answers 503 Slow Down). A write has
// taken effect, for every later read, when it is acknowledged (S3 since December 2020).
// Leaves out: prefixes with limits of their own, ranges, parts, listing, classes of storage, its own failures
// (`fail` in the timeline makes it go).
#include "deployment.h"
#include "flow.h"
#include "item.h"
#include "program_build.h"
#include "program_keyed.h"
#include "storage.h"

#include <math.h>

struct object_store {
  struct deployment deployment;
  struct list holds;
  struct distribution get;
  struct distribution put;
  double rate_limit;
};

// S3: first byte of small objects in 100 to 200 ms, with a median of tens of ms below 512 KB (AWS, Amazon S3
// developer guide). The law that joins the two is assumed, and so are puts.
static const struct field object_store_fields[] = {
    FIELD_SPREAD(struct object_store, deployment, struct deployment, &deployment_table,
                 .doc = "where it stands"),
    FIELD_LIST(struct object_store, holds, ITEM_REFERENCE("dataset"), .required = true, .minimum = 1,
               .doc = "datasets"),
    FIELD_DISTRIBUTION(struct object_store, get, DURATION,
                       .standard = "{\"lognormal\": {\"median\": \"30ms\", \"p99\": \"200ms\"}}",
                       .doc = "to the first byte of an item; no time under \"network\": \"none\""),
    FIELD_DISTRIBUTION(struct object_store, put, DURATION,
                       .standard = "{\"lognormal\": {\"median\": \"50ms\", \"p99\": \"300ms\"}}",
                       .doc = "until a write is acknowledged (assumed); no time under \"network\": \"none\""),
    FIELD_RATE(struct object_store, rate_limit, .standard = "\"unlimited\"", .unlimited = true, .above = true,
               .doc = "gets and puts together, of each instance; what is beyond is rejected"),
};
static const struct field_table object_store_table = FIELD_TABLE(
    "object-store", struct object_store, object_store_fields, .doc = "Holds items, and has them all.");

// The bucket survives: it is the provider's.
struct object_store_account {
  uint64_t gets;
  uint64_t puts;
  double tokens; // in the bucket
  int64_t since; // when they were counted
  bool begun;
};

enum { STEP_ADMIT, STEP_GET, STEP_PUT };

static struct object_store_account *account_of(const struct instance *instance) {
  return instance->durable_state;
}

// ---- Compiling ----

static void storage(const void *parameters, struct storage_form *form) {
  *form = (struct storage_form){.holds = &((const struct object_store *)parameters)->holds};
}

static const struct distribution no_time = {0};

// ADMIT, where there is a limit; the time; what happens; a get's answer.
static const struct program *build(const struct component *component, const struct plan *plan, bool reads,
                                   uint16_t dataset) {
  const struct object_store *store = component->parameters;
  struct program_builder builder = {.arena = plan->arena};
  if (store->rate_limit != INFINITY) program_emit_model(&builder, STEP_ADMIT, 0);
  bool free = plan->network.none && node_find(component->node, reads ? "get" : "put") == NULL;
  program_emit(&builder, STEP_WAIT)->time = free ? &no_time : reads ? &store->get : &store->put;
  program_emit_model(&builder, reads ? STEP_GET : STEP_PUT, 0);
  if (reads) program_emit_item(&builder, dataset);
  return program_finish_new(&builder);
}

static uint16_t only_dataset(const struct object_store *store, const struct plan *plan) {
  if (store->holds.count != 1) return UINT16_MAX;
  return plan_dataset(plan, ((const struct reference *)store->holds.items)->name);
}

// A client's request gets the item that it is about.
static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  (void)context;
  const bool *holds = plan->storages[component->number].holds;
  uint16_t only = only_dataset(component->parameters, plan);
  const struct program **programs = arena_array(plan->arena, plan->request_count, sizeof *programs);
  if (programs == NULL || holds == NULL) return false;
  for (uint16_t r = 0; r < plan->request_count; r++) {
    const struct request_type *request = &plan->requests[r];
    bool plain = request->operation == OPERATION_PLAIN;
    uint16_t dataset = plain && request->dataset == UINT16_MAX ? only : request->dataset;
    if (dataset == UINT16_MAX || !holds[dataset]) continue;
    if (plain || request->operation == OPERATION_READ) {
      programs[r] = build(component, plan, true, dataset);
    } else if (request->operation == OPERATION_WRITE) {
      programs[r] = build(component, plan, false, dataset);
    }
  }
  component->programs = programs;
  return true;
}

// ---- Serving ----

static bool start(struct sim *sim, struct instance *instance) {
  (void)sim;
  struct object_store_account *account = account_of(instance);
  const struct object_store *store = instance->parameters;
  if (!account->begun) account->tokens = fmax(store->rate_limit, 1);
  account->begun = true;
  instance->open = true;
  return true;
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  (void)sim;
  (void)visit;
  return VERDICT_NEXT;
}

// A bucket of one second's worth.
static enum verdict admit(struct sim *sim, const struct instance *instance) {
  const struct object_store *store = instance->parameters;
  struct object_store_account *account = account_of(instance);
  int64_t now = sim->engine.now;
  account->tokens += store->rate_limit * (double)(now - account->since) * 1e-9;
  account->tokens = fmin(account->tokens, fmax(store->rate_limit, 1));
  account->since = now;
  if (account->tokens < 1) {
    flow_fail(sim, OUTCOME_REJECTED);
    return VERDICT_FAIL;
  }
  account->tokens -= 1;
  return VERDICT_NEXT;
}

static enum verdict step(struct sim *sim, struct strand *strand, int32_t number) {
  struct visit *visit = strand->visit;
  const struct request_type *request = &sim->plan->requests[visit->request];
  bool keyed = request->operation != OPERATION_PLAIN;
  switch (number) {
  case STEP_ADMIT:
    return admit(sim, visit->instance);
  case STEP_GET:
    account_of(visit->instance)->gets++;
    if (keyed) item_tell(sim, visit, item_position(sim, request->dataset));
    return VERDICT_NEXT;
  case STEP_PUT: {
    uint64_t position = item_write(sim, request->dataset);
    account_of(visit->instance)->puts++;
    item_tell(sim, visit, position);
    item_written(sim, visit, request->dataset, visit->key, position);
    return VERDICT_NEXT;
  }
  default:
    ASSERT(false, "no such step");
    return VERDICT_NEXT;
  }
}

// Gets and puts that were done, and what it has kept all the time: its datasets as they began.
static void used(const struct sim *sim, const struct component *component, struct price_use *use) {
  const bool *holds = sim->plan->storages[component->number].holds;
  const struct instance *instance = sim->services[component->number].first;
  double hours = (double)sim->engine.now / 3600e9;
  for (; instance != NULL; instance = instance->sibling) {
    use->reads += (double)account_of(instance)->gets;
    use->writes += (double)account_of(instance)->puts;
  }
  for (uint16_t d = 0; d < sim->plan->dataset_count; d++) {
    const struct dataset *dataset = &sim->plan->datasets[d];
    if (holds[d]) use->byte_hours += (double)dataset->items * dataset_mean_bytes(dataset) * hours;
  }
}

static const struct metric object_store_metrics[] = {
    {.key = "gets_per_s",
     .slo = "gets",
     .head = "gets",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct object_store_account, gets),
     .doc = "items that were read"},
    {.key = "puts_per_s",
     .slo = "puts",
     .head = "puts",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct object_store_account, puts),
     .doc = "items that were written"},
};

static const char *const common[] = {"holds", NULL};

const struct model object_store_model = {
    .form = {.name = "object-store",
             .doc = "holds items, and has them all",
             .table = &object_store_table,
             .user = &object_store_model},
    .common = common,
    .durable_size = sizeof(struct object_store_account),
    .metrics = object_store_metrics,
    .metric_count = sizeof object_store_metrics / sizeof *object_store_metrics,
    .compile = compile,
    .enter = enter,
    .step = step,
    .storage = storage,
    .start = start,
    .used = used,
    .demand = model_demand_of_program,
};
