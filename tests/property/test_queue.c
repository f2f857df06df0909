// Queues and workers: whatever dies, and whenever, a message is delivered as often as was promised, none is
// lost or doubled in the ledger, each blocked publisher ends once, and every slot comes back. A witness sees
// by the number of the request which jobs begin and which are done.
#include "deployment.h"
#include "flow.h"
#include "handles.h"
#include "instance.h"
#include "queue.h"
#include "scenario_run.h"
#include "sim_run.h"
#include "window.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// ---- The witness ------------------------------------------------------------------------------------------

enum { GROUPS = 3, SERIALS = 512 };
static struct { uint32_t published, begun, done; } seen[GROUPS][SERIALS];

struct witness {
  struct deployment deployment;
  struct map handles;
};

static const struct field witness_fields[] = {
    FIELD_SPREAD(struct witness, deployment, struct deployment, &deployment_table, .doc = "where it stands"),
    HANDLES_ROW(struct witness),
};
static const struct field_table witness_table =
    FIELD_TABLE("witness", struct witness, witness_fields, .doc = "Counts.");

static bool compile(struct component *component, struct plan *plan, struct field_context *context) {
  return handles_compile(&((const struct witness *)component->parameters)->handles, component, plan, context);
}

static enum verdict enter(struct sim *sim, struct visit *visit) {
  const char *request = sim->plan->requests[visit->request].name;
  cr_assert(visit->origin < GROUPS && visit->serial < SERIALS);
  seen[visit->origin][visit->serial].published += strcmp(request, "published") == 0;
  seen[visit->origin][visit->serial].begun += strcmp(request, "begun") == 0;
  seen[visit->origin][visit->serial].done += strcmp(request, "done") == 0;
  return VERDICT_NEXT;
}

static void demand(const struct component *component, uint16_t request, struct model_demand *model_demand,
                   program_call_visitor *visitor, void *context) {
  *model_demand = (struct model_demand){.workers = POOL_UNLIMITED, .backlog = POOL_UNLIMITED};
  handles_demand(component, request, model_demand, visitor, context);
}

static const struct model witness_model = {
    .form = {.name = "witness", .doc = "counts", .table = &witness_table, .user = &witness_model},
    .compile = compile,
    .enter = enter,
    .demand = demand,
};

extern const struct model server_model;
const struct model *const models[] = {&queue_model, &server_model, &worker_model, &witness_model, NULL};

const struct model *model_find(const char *type) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (strcmp(models[i]->form.name, type) == 0) return models[i];
  }
  return NULL;
}

// ---- The scenario -----------------------------------------------------------------------------------------

// Nobody publishes after 50 ms; `idlers` keep the run alive until all jobs are over.
static const char scenario[] =
    "{%s \"run\": {\"warmup\": \"0s\", \"duration\": \"50ms\", \"drain\": \"5s\"},"
    "\"clients\": {"
    "\"patient\": {\"arrivals\": {\"poisson\": {\"rate\": \"60/s\"}}, \"batch\": 4, \"shape\": {\"steps\": "
    "[[\"0s\", 1], [\"50ms\", 0]]}, \"entry\": \"web\", "
    "\"mix\": {\"order\": 1}},"
    "\"hasty\": {\"arrivals\": {\"poisson\": {\"rate\": \"100/s\"}}, \"shape\": {\"steps\": [[\"0s\", 1], "
    "[\"50ms\", 0]]}, \"entry\": \"web\", \"mix\": "
    "{\"glance\": 1}},"
    "\"idlers\": {\"arrivals\": {\"constant\": {\"rate\": \"25/s\"}}, \"entry\": \"idle\", \"timeout\": "
    "\"none\", \"mix\": "
    "{\"nothing\": 1}}},"
    "\"components\": {"
    "\"web\": {\"type\": \"server\", \"handles\": {"
    "\"order\": [{\"publish\": \"mail\", \"to\": \"jobs\", \"timeout\": \"60ms\"}, {\"call\": \"witness\", "
    "\"request\": \"published\"}],"
    "\"glance\": [{\"publish\": \"mail\", \"to\": \"jobs\", \"timeout\": \"3ms\", \"on_timeout\": "
    "\"cancel\"}, {\"call\": \"witness\", \"request\": \"published\"}]}},"
    "\"jobs\": {\"type\": \"queue\", \"delivery\": \"%s\", \"visibility_timeout\": \"20ms\", "
    "\"capacity\": {\"messages\": 2}, \"when_full\": \"%s\"},"
    "\"mailer\": {\"type\": \"worker\", \"consumes\": \"jobs\", \"instances\": 2, \"workers\": 1, "
    "\"handles\": {\"mail\": [{\"call\": \"witness\", \"request\": \"begun\"},"
    "{\"wait\": {\"exponential\": {\"mean\": \"4ms\"}}}, {\"fail\": 0.1},"
    "{\"call\": \"witness\", \"request\": \"done\"}]}},"
    "\"idle\": {\"type\": \"server\", \"handles\": {\"nothing\": [{\"wait\": \"2s\"}]}},"
    "\"witness\": {\"type\": \"witness\", \"handles\": {\"*\": []}}}}";

static void load(struct loaded *loaded, bool network, bool once, const char *when_full) {
  char text[sizeof scenario + 100];
  snprintf(text, sizeof text, scenario, network ? "" : "\"network\": \"none\",",
           once ? "at-most-once" : "at-least-once", when_full);
  cr_assert(loaded_whole(loaded, text));
}

static const struct queue_account *account_of(const struct sim *sim) {
  return run_instance(sim, "jobs")->durable_state;
}

// ---- What must hold at any moment -------------------------------------------------------------------------

static void check_line(const struct queue_account *account, const char *where) {
  int64_t count = 0;
  uint32_t before = 0;
  for (uint32_t place = account->first; place != 0; place = account->messages[place - 1].next) {
    const struct queue_message *message = &account->messages[place - 1];
    cr_assert_eq(message->before, before, "%s", where);
    cr_assert(before == 0 || account->messages[before - 1].number < message->number, "%s", where);
    before = place;
    cr_assert_leq(++count, account->message_count, "%s: the line is a circle", where);
  }
  cr_assert_eq(account->last, before, "%s", where);
  cr_assert_eq(account->waiting.inside, count, "%s: %" PRId64 " wait, %" PRId64 " are in line", where,
               account->waiting.inside, count);
  int64_t kept = account->message_count;
  for (uint32_t place = account->message_free; place != 0; place = account->messages[place - 1].next)
    cr_assert_geq(--kept, 0, "%s: the free places are a circle", where);
  cr_assert_eq(kept, account->waiting.inside + account->in_flight.inside, "%s", where);
}

// Published = acknowledged + waiting + in flight + dropped + dead + lost.
static void check_ledger(const struct sim *sim, const char *where) {
  const struct queue_account *account = account_of(sim);
  uint64_t known = account->acknowledged + (uint64_t)account->waiting.inside +
                   (uint64_t)account->in_flight.inside + account->dropped + account->dead + account->lost;
  cr_assert_eq(account->published, known, "%s: %" PRIu64 " published, %" PRIu64 " known of", where,
               account->published, known);
  check_line(account, where);
}

// No more jobs than slots, and nobody waits at a worker: it was sent only what it has a slot for. A job that
// was on its way to an earlier life of a worker is the exception.
static void check_slots(const struct sim *sim, bool network, const char *where) {
  for (uint32_t i = 0; i < sim->instance_count && !network; i++) {
    const struct instance *instance = sim->instances[i];
    if (instance->model != &worker_model || instance->life == LIFE_ORDERED) continue;
    cr_assert_eq(instance_workers(instance)->queued.inside, 0, "%s", where);
    cr_assert_geq(worker_free(instance), 0, "%s", where);
  }
}

static void check_end(const struct sim *sim, bool once, bool blocks, const char *where) {
  const struct queue_account *account = account_of(sim);
  cr_assert_eq(window_requests_left(sim), 0, "%s: %" PRIu64 " requests have no end", where,
               window_requests_left(sim));
  cr_assert_eq(account->blocked.inside, 0, "%s: %" PRId64 " are blocked", where, account->blocked.inside);
  cr_assert_eq(account->waiting.inside + account->in_flight.inside, 0,
               "%s: %" PRId64 " wait and %" PRId64 " are in flight at %" PRId64 " ns", where,
               account->waiting.inside, account->in_flight.inside, sim->engine.now);
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *instance = sim->instances[i];
    if (instance->model == &worker_model && instance->life == LIFE_SERVING)
      cr_assert_eq(worker_free(instance), 1, "%s: %" PRId64 " slots", where, worker_free(instance));
  }
  for (int g = 0; g < GROUPS; g++) {
    for (int s = 0; s < SERIALS; s++) {
      cr_assert(!once || seen[g][s].begun <= 1, "%s: job %d/%d began %" PRIu32 " times", where, g, s,
                seen[g][s].begun);
      cr_assert(once || !blocks || seen[g][s].published == 0 || seen[g][s].done > 0,
                "%s: job %d/%d was never done", where, g, s);
    }
  }
  if (!once) cr_assert_eq(account->lost, 0, "%s", where);
  if (once) cr_assert_eq(account->redelivered, 0, "%s", where);
  if (blocks) cr_assert_eq(account->dropped, 0, "%s", where);
}

// ---- Killing ----------------------------------------------------------------------------------------------

enum death { RESET, HANG, PAUSE, SCALE };
static const char *const deaths[] = {"reset", "hang", "pause", "scale"};

struct murder {
  const char *victim; // NULL: nobody
  enum death death;
  uint64_t at; // events
};

static void strike(struct sim *sim, const struct murder *murder) {
  struct instance *victim = run_instance(sim, murder->victim);
  if (murder->death == SCALE) {
    instance_scale(sim, victim->fleet, 1);
    return;
  }
  static const enum failure_mode modes[] = {FAILURE_RESET, FAILURE_HANG, FAILURE_PAUSE};
  instance_fail(sim, victim, modes[murder->death]);
}

static void undo(struct sim *sim, const struct murder *murder) {
  struct instance *victim = run_instance(sim, murder->victim);
  if (murder->death == SCALE) {
    instance_scale(sim, victim->fleet, 2);
  } else {
    instance_recover(sim, victim);
  }
}

struct outcome_of_run {
  uint64_t events, redelivered, lost, acknowledged, dropped;
  int64_t most_blocked;
};

static struct outcome_of_run run(const struct loaded *loaded, bool network, bool once, bool blocks,
                                 const struct murder *murder) {
  struct sim sim;
  char where[100], text[RUN_FAULT_BYTES];
  snprintf(where, sizeof where, "%s, %s at %" PRIu64, murder->victim, deaths[murder->death], murder->at);
  memset(seen, 0, sizeof seen);
  struct sim_settings settings = loaded_settings(loaded);
  cr_assert(sim_init(&sim, loaded->plan, &settings));
  loaded_step(&sim, murder->at);
  if (murder->victim != NULL && sim.phase != SIM_OVER) {
    strike(&sim, murder);
    const char *fault = run_fault(&sim, text);
    cr_assert_null(fault, "%s: %s", where, fault);
    check_ledger(&sim, where);
    loaded_step(&sim, 40);
    undo(&sim, murder);
  }
  while (sim.phase != SIM_OVER) {
    check_ledger(&sim, where);
    check_slots(&sim, network, where);
    enum engine_outcome outcome = loaded_step(&sim, 60);
    cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED);
  }
  const char *fault = run_fault(&sim, text);
  cr_assert_null(fault, "%s: %s", where, fault);
  fault = run_end_fault(&sim, text);
  cr_assert_null(fault, "%s: %s", where, fault);
  check_ledger(&sim, where);
  check_end(&sim, once, blocks, where);
  const struct queue_account *account = account_of(&sim);
  struct outcome_of_run outcome = {.events = sim.engine.events,
                                   .redelivered = account->redelivered,
                                   .lost = account->lost,
                                   .acknowledged = account->acknowledged,
                                   .dropped = account->dropped,
                                   .most_blocked = account->blocked.peak};
  sim_drop(&sim);
  cr_assert_eq(sim.budget.used, 0, "%s", where);
  return outcome;
}

static const struct murder nobody = {NULL, RESET, 0};

static void kill_at_every_event(bool network, bool once, const char *when_full) {
  struct loaded loaded;
  load(&loaded, network, once, when_full);
  bool blocks = strcmp(when_full, "block") == 0;
  struct outcome_of_run calm = run(&loaded, network, once, blocks, &nobody);
  cr_assert_gt(calm.acknowledged, 10);
  cr_assert_gt(blocks ? (uint64_t)calm.most_blocked : calm.dropped, 0);
  cr_assert_gt(once ? calm.lost : calm.redelivered, 0);
  static const struct murder murders[] = {{"mailer", RESET, 0}, {"mailer", HANG, 0}, {"mailer", PAUSE, 0},
                                          {"mailer", SCALE, 0}, {"jobs", RESET, 0},  {"jobs", HANG, 0},
                                          {"jobs", PAUSE, 0},   {"web", RESET, 0}};
  for (size_t m = 0; m < sizeof murders / sizeof *murders; m++) {
    struct murder murder = murders[m];
    for (murder.at = 1; murder.at < calm.events && murder.at < 600; murder.at++)
      run(&loaded, network, once, blocks, &murder);
  }
  loaded_drop(&loaded);
}

Test(queue, at_least_once_killed_at_every_event) {
  kill_at_every_event(false, false, "block");
}

Test(queue, at_least_once_over_a_network_killed_at_every_event) {
  kill_at_every_event(true, false, "block");
}

Test(queue, at_most_once_killed_at_every_event) {
  kill_at_every_event(false, true, "block");
}

Test(queue, the_oldest_is_dropped_killed_at_every_event) {
  kill_at_every_event(true, false, "drop-oldest");
}

Test(queue, the_same_seed_gives_the_same_run) {
  uint64_t hashes[2];
  for (int i = 0; i < 2; i++) {
    struct loaded loaded;
    struct sim sim;
    load(&loaded, true, false, "block");
    memset(seen, 0, sizeof seen);
    struct sim_settings settings = loaded_settings(&loaded);
    cr_assert(sim_init(&sim, loaded.plan, &settings));
    sim_run(&sim);
    hashes[i] = run_hash(&sim) ^ (uint64_t)account_of(&sim)->job.sum;
    sim_drop(&sim);
    loaded_drop(&loaded);
  }
  cr_assert_eq(hashes[0], hashes[1]);
}
