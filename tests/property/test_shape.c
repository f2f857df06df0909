// The shape proof: what later components need, done now by a toy through the interfaces that models have, and
// asserted to the nanosecond.
#include "flow.h"
#include "scenario_run.h"
#include "sim_run.h"
#include "toy_store.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// This program's own list of component types: the archive's registry.c is not linked where the program
// defines what it would.
extern const struct model load_balancer_model;
extern const struct model server_model;
const struct model *const models[] = {&load_balancer_model, &server_model, &toy_store_model, NULL};

const struct model *model_find(const char *type) {
  for (size_t i = 0; models[i] != NULL; i++) {
    if (strcmp(models[i]->form.name, type) == 0) return models[i];
  }
  return NULL;
}

#define MS INT64_C(1000000)
#define US INT64_C(1000)

static struct loaded loaded;
static struct sim sim;

static void load(const char *text) {
  cr_assert(loaded_begin(&loaded, &sim, text));
}

static void until(int64_t time) {
  cr_assert_eq(engine_run(&sim.engine, time), ENGINE_UNTIL);
}

static void to_the_end(void) {
  cr_assert_eq(sim_run(&sim), ENGINE_UNTIL);
}

static void drop(void) {
  char text[RUN_FAULT_BYTES];
  const char *fault = run_fault(&sim, text);
  cr_assert_null(fault, "%s", fault);
  fault = run_end_fault(&sim, text);
  cr_assert_null(fault, "%s", fault);
  sim_drop(&sim);
  cr_assert_eq(sim.budget.used, 0);
  loaded_drop(&loaded);
}

static const struct request_measure *seen(const char *client, const char *request) {
  uint16_t number = plan_request(loaded.plan, request);
  cr_assert_neq(number, UINT16_MAX);
  for (uint16_t c = 0; c < loaded.plan->client_count; c++) {
    if (strcmp(loaded.plan->clients[c].name, client) == 0) return &sim.clients[c].measures[number];
  }
  cr_assert_fail("no client %s", client);
  return NULL;
}

static struct fleet *fleet_of(const char *component) {
  return &sim.services[plan_component(loaded.plan, component)->number].fleets[0];
}

static const struct instance *instance_of(const char *component, uint32_t number) {
  for (uint32_t i = 0; i < sim.instance_count; i++) {
    const struct instance *instance = sim.instances[i];
    if (instance->fleet == fleet_of(component) && instance->number == number) return instance;
  }
  return NULL;
}

static const struct toy_volatile *memory_of(uint32_t number) {
  return instance_of("store", number)->volatile_state;
}
static const struct toy_durable *disk_of(uint32_t number) {
  return instance_of("store", number)->durable_state;
}

// Every hop within the data center takes 0.1 ms, and so does a client's way there.
#define NETWORK                                                                                              \
  "\"network\": {\"within_host\": \"100us\", \"within_zone\": \"100us\", "                                   \
  "\"access\": {\"lan\": {\"down\": \"unlimited\", \"up\": \"unlimited\"}}}, "
#define RUN(duration) "\"run\": {\"warmup\": \"0s\", \"duration\": \"" duration "\"}, "

// ---- Messages ----

// There, to two replicas at once, back from them, back: four hops; the only user connects once, two more. Put
// number 100 arrives at 1 s.
static const char replicated[] = "{" RUN("1995ms") NETWORK
    "\"clients\": {\"writer\": {\"access\": \"lan\", \"users\": 1, \"arrivals\": {\"constant\": {\"rate\": "
    "\"100/s\"}}, "
    "\"mix\": {\"put\": 1}, \"entry\": \"store\"}},"
    "\"components\": {\"store\": {\"type\": \"toy-store\", \"instances\": 3, \"handles\": {\"*\": []}}}";

Test(shape, messages_without_a_call) {
  char text[2000];
  snprintf(text, sizeof text, "%s}", replicated);
  load(text);
  to_the_end();
  const struct request_measure *puts = seen("writer", "put");
  cr_assert_eq(puts->offered, 199);
  cr_assert_eq(puts->answered, 199);
  cr_assert_eq((int64_t)puts->latency.sum, 199 * 400 * US + 200 * US);
  cr_assert_eq(puts->latency.largest, 600 * US);
  uint64_t messages = 0;
  for (uint32_t i = 0; i < 3; i++) {
    cr_assert_eq(memory_of(i)->version, 199);
    messages += disk_of(i)->messages;
  }
  cr_assert_eq(messages, 4 * 199);
  drop();
}

// ---- Life ----

// The flush at 1 s comes before put 100 is there; the crash follows at 1.005 s.
Test(shape, a_crash_loses_what_is_volatile) {
  char text[2000];
  snprintf(text, sizeof text,
           "%s, \"timeline\": [{\"fail\": \"store/main/1\", \"at\": \"1005ms\", \"for\": \"500ms\"}]}",
           replicated);
  load(text);
  until(1004 * MS);
  cr_assert_eq(memory_of(1)->version, 100);
  cr_assert_eq(disk_of(1)->version, 99);
  cr_assert_eq(disk_of(1)->flushes, 10);
  until(1505 * MS + 10 * US);
  cr_assert_eq(disk_of(1)->crashes, 1);
  cr_assert_eq(disk_of(1)->recoveries, 1);
  cr_assert_eq(disk_of(1)->starts, 2);
  cr_assert_eq(memory_of(1)->version, 99);
  cr_assert_eq(memory_of(0)->version, 150);
  cr_assert_eq(disk_of(1)->flushes, 10); // no flusher of its first life has gone on
  until(1606 * MS);
  cr_assert_eq(disk_of(1)->flushes, 11);
  to_the_end();
  cr_assert_eq(seen("writer", "put")->answered, 199);
  drop();
}

// A crash of 50 ms: the flush of the first life would be due at 1.1 s, that of the second is at 1.155 s.
Test(shape, a_timer_dies_with_its_life) {
  char text[2000];
  snprintf(text, sizeof text,
           "%s, \"timeline\": [{\"fail\": \"store/main/1\", \"at\": \"1005ms\", \"for\": \"50ms\"}]}",
           replicated);
  load(text);
  until(1154 * MS);
  cr_assert_eq(disk_of(1)->flushes, 10);
  until(1155 * MS);
  cr_assert_eq(disk_of(1)->flushes, 11);
  to_the_end();
  cr_assert_eq(disk_of(1)->flushes, 11 + 8);
  drop();
}

Test(shape, instances_are_added_and_drained) {
  load("{" RUN(
      "3s") "\"network\": \"none\", \"machines\": {\"m\": {\"cores\": 1, \"boot\": \"250ms\"}},"
            "\"clients\": {\"reader\": {\"arrivals\": {\"constant\": {\"rate\": \"2/s\"}}, \"batch\": 3, "
            "\"entry\": \"store\"}},"
            "\"components\": {\"store\": {\"type\": \"toy-store\", \"machine\": \"m\", \"instances\": 2, "
            "\"handles\": {\"*\": [{\"cpu\": \"100ms\"}]}}},"
            "\"timeline\": [{\"scale\": \"store\", \"to\": 3, \"at\": \"1s\"}, "
            "{\"scale\": \"store\", \"to\": 1, \"at\": \"2040ms\"}, {\"scale\": \"store\", \"to\": 2, "
            "\"at\": \"2500ms\"}]}");
  until(1249 * MS);
  cr_assert_eq(fleet_of("store")->healthy_count, 2);
  cr_assert_eq(instance_of("store", 2)->life, LIFE_ORDERED);
  until(1250 * MS);
  cr_assert_eq(fleet_of("store")->healthy_count, 3);
  until(2050 * MS);
  for (uint32_t i = 1; i <= 2; i++) {
    cr_assert_eq(instance_of("store", i)->life, LIFE_DRAINING); // the batch of 2 s is still inside
    cr_assert_eq(instance_of("store", i)->inside, 1);
  }
  until(2100 * MS);
  for (uint32_t i = 1; i <= 2; i++) {
    const struct instance *instance = instance_of("store", i);
    cr_assert_eq(instance->life, LIFE_GONE);
    cr_assert_eq(disk_of(i)->removals, 1);
    cr_assert_eq(instance->machine->alive, i == 1 ? 2100 * MS : 1100 * MS);
  }
  to_the_end();
  cr_assert_not_null(instance_of("store", 3)); // numbers are never used again
  const struct fleet *fleet = fleet_of("store");
  int64_t expected = 2 * 1250 * MS + 3 * 790 * MS + 1 * 710 * MS + 2 * 250 * MS;
  cr_assert_eq((int64_t)(fleet->until.serving - fleet->from.serving), expected);
  cr_assert_eq(seen("reader", "request")->failed[OUTCOME_UNAVAILABLE], 0);
  drop();
}

// At one instant, failures and changes come before completions: the flush at 1 s already sees the new value.
Test(shape, a_parameter_changes_while_it_runs) {
  load("{" RUN("2s") "\"network\": \"none\","
                     "\"clients\": {\"reader\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, "
                     "\"entry\": \"store\"}},"
                     "\"components\": {\"store\": {\"type\": \"toy-store\", \"instances\": 2, \"handles\": "
                     "{\"*\": []}}},"
                     "\"timeline\": [{\"set\": {\"components.store.flush\": \"250ms\"}, \"at\": \"1s\"}]}");
  to_the_end();
  for (uint32_t i = 0; i < 2; i++) {
    cr_assert_eq(disk_of(i)->flushes, 10 + 4);
    cr_assert_eq(disk_of(i)->changes, 1);
  }
  drop();
}

// ---- Holdings ----

#define BATCH(request)                                                                                       \
  "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"batch\": 3, "                  \
  "\"mix\": {\"" request "\": 1}, \"entry\": \"store\""

Test(shape, a_lock_outlives_its_visit) {
  load("{" RUN("1500ms") NETWORK BATCH(
      "lock") ", \"access\": \"lan\"}},"
              "\"components\": {\"store\": {\"type\": \"toy-store\", \"handles\": {\"*\": []}}}}");
  until(1000 * MS + 301 * US);                      // three users, who connect first
  cr_assert_eq(instance_of("store", 0)->inside, 2); // the first has left, and its lock is still taken
  cr_assert(memory_of(0)->locked);
  to_the_end();
  const struct request_measure *locks = seen("c", "lock");
  cr_assert_eq(locks->answered, 3);
  cr_assert_eq((int64_t)locks->latency.sum, 3 * 400 * US + 50 * MS + 100 * MS);
  cr_assert_eq(locks->latency.largest, 100 * MS + 400 * US);
  cr_assert_eq(memory_of(0)->releases, 0); // the component let go, not a visit
  drop();
}

Test(shape, who_gives_up_is_passed_over) {
  load("{" RUN("1500ms") NETWORK BATCH(
      "lock") ", \"access\": \"lan\", \"timeout\": \"60ms\", "
              "\"on_timeout\": \"cancel\"}},"
              "\"components\": {\"store\": {\"type\": \"toy-store\", \"handles\": {\"*\": []}}}}");
  to_the_end();
  cr_assert_eq(seen("c", "lock")->answered, 2);
  cr_assert_eq(seen("c", "lock")->failed[OUTCOME_TIMEOUT], 1);
  cr_assert(!memory_of(0)->locked);
  cr_assert_eq(fleet_of("store")->measure.outcomes[OUTCOME_CANCELLED], 1);
  drop();
}

Test(shape, a_visit_gives_back_its_lock) {
  load("{" RUN("1500ms") "\"network\": \"none\", " BATCH(
      "hold") "}},"
              "\"components\": {\"store\": {\"type\": \"toy-store\", \"handles\": {\"*\": [{\"cpu\": "
              "\"5ms\"}]}}}}");
  to_the_end();
  cr_assert_eq((int64_t)seen("c", "hold")->latency.sum, (5 + 10 + 15) * MS);
  cr_assert_eq(memory_of(0)->releases, 3);
  cr_assert(!memory_of(0)->locked);
  drop();
}

Test(shape, what_was_taken_last_is_given_back_first) {
  load("{" RUN(
      "1500ms") "\"network\": \"none\", "
                "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"mix\": "
                "{\"many\": 1}, "
                "\"entry\": \"store\"}},"
                "\"components\": {\"store\": {\"type\": \"toy-store\", \"handles\": {\"*\": [{\"repeat\": 2, "
                "\"do\": [{\"cpu\": \"5ms\"}]}]}}}}");
  to_the_end();
  cr_assert_eq(seen("c", "many")->latency.largest, 10 * MS);
  cr_assert_eq(memory_of(0)->releases, 5);
  for (uint32_t i = 0; i < 5; i++) {
    cr_assert_eq(memory_of(0)->released[i], 14 - i, "release %u is of %u", i, memory_of(0)->released[i]);
  }
  drop();
}

// ---- Hedging ----

// `slow` has 2 ms of its 20 at x when `urgent` takes the core for 50; its copy goes to p after 5 ms and needs
// 20 there. What waits at x is cancelled where it stands.
Test(shape, a_loser_is_cancelled_while_preempted) {
  load("{" RUN("1100ms") "\"network\": \"none\","
                         "\"machines\": {\"m\": {\"cores\": 1, \"discipline\": \"priority-preemptive\"}},"
                         "\"requests\": {\"slow\": {\"priority\": 5}, \"urgent\": {\"priority\": 1}},"
                         "\"clients\": {\"a\": {\"arrivals\": {\"renewal\": {\"gap\": \"1000ms\"}}, \"mix\": "
                         "{\"slow\": 1}, "
                         "\"entry\": \"front\", \"hedge\": {\"after\": \"5ms\", \"cancel\": true}},"
                         "\"b\": {\"arrivals\": {\"renewal\": {\"gap\": \"1002ms\"}}, \"mix\": {\"urgent\": "
                         "1}, \"entry\": \"x\"}},"
                         "\"components\": {\"front\": {\"type\": \"load-balancer\", \"targets\": {\"x\": 1, "
                         "\"p\": 1}},"
                         "\"x\": {\"type\": \"server\", \"machine\": \"m\", \"workers\": 2, \"handles\": "
                         "{\"slow\": [{\"cpu\": "
                         "\"20ms\"}], \"*\": [{\"cpu\": \"50ms\"}]}},"
                         "\"p\": {\"type\": \"server\", \"machine\": \"m\", \"handles\": {\"*\": [{\"cpu\": "
                         "\"20ms\"}]}}}}");
  until(1024 * MS);
  const struct instance *x = instance_of("x", 0), *p = instance_of("p", 0);
  cr_assert_eq(x->inside, 2);
  cr_assert_eq(x->machine->cores.queued.inside, 1);
  until(1026 * MS);
  cr_assert_eq(x->inside, 1);
  cr_assert_eq(x->machine->cores.queued.inside, 0);
  to_the_end();
  cr_assert_eq(seen("a", "slow")->attempts, 2);
  cr_assert_eq((int64_t)seen("a", "slow")->latency.sum, 25 * MS);
  cr_assert_eq((int64_t)seen("b", "urgent")->latency.sum, 50 * MS);
  cr_assert_eq((int64_t)(x->machine->until.busy - x->machine->from.busy), 52 * MS);
  cr_assert_eq((int64_t)(p->machine->until.busy - p->machine->from.busy), 20 * MS);
  cr_assert_eq((int64_t)(x->machine->until.queued - x->machine->from.queued), 23 * MS);
  cr_assert_eq(fleet_of("x")->measure.outcomes[OUTCOME_CANCELLED], 1);
  drop();
}

// ---- Attempts ----

#define ONE_CLIENT(policies)                                                                                 \
  "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"a\"" policies "}}," \
  " "

// Both attempts are served to their ends; equal demands would make their spread 0.
Test(shape, a_retry_draws_its_own_luck) {
  load("{" RUN("1900ms") "\"network\": \"none\", " ONE_CLIENT(
      ", \"timeout\": \"1us\", \"retries\": {\"max\": 1}") "\"components\": {\"a\": {\"type\": \"server\", "
                                                           "\"handles\": {\"*\": [{\"cpu\": "
                                                           "{\"exponential\": "
                                                           "{\"mean\": \"20ms\"}}}]}}}}");
  until(1890 * MS);
  const struct tally *service = &fleet_of("a")->measure.service;
  cr_assert_eq(service->count, 2);
  cr_assert_gt(tally_deviation(service), 0);
  to_the_end();
  cr_assert_eq(seen("c", "request")->attempts, 2);
  cr_assert_eq(seen("c", "request")->failed[OUTCOME_TIMEOUT], 1);
  drop();
}

Test(shape, a_reply_and_a_timeout_at_one_instant) {
  load("{" RUN("1100ms") "\"network\": \"none\", " ONE_CLIENT(
      ", \"timeout\": \"10ms\"") "\"components\": {\"a\": {\"type\": \"server\", \"handles\": {\"*\": "
                                 "[{\"cpu\": \"10ms\"}]}}}}");
  to_the_end();
  cr_assert_eq(seen("c", "request")->answered, 1);
  drop();
}

// The only instance is drained while it works; the copy finds nobody; the first attempt still times out.
Test(shape, a_copy_that_finds_nobody_leaves_the_timeout) {
  load("{" RUN("1900ms") "\"network\": \"none\", " ONE_CLIENT(
      ", \"timeout\": \"100ms\", \"hedge\": {\"after\": "
      "\"50ms\"}") "\"components\": {\"a\": {\"type\": \"server\", \"handles\": {\"*\": [{\"cpu\": "
                   "\"200ms\"}]}}}, "
                   "\"timeline\": [{\"scale\": \"a\", \"to\": 0, \"at\": \"1010ms\"}]}");
  to_the_end();
  cr_assert_eq(seen("c", "request")->failed[OUTCOME_TIMEOUT], 1);
  cr_assert_eq(seen("c", "request")->attempts, 2);
  drop();
}

// More constant delays than there are lanes: the rest goes by the heap, exactly.
Test(shape, five_thousand_different_waits) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  fprintf(out,
          "{" RUN("1900ms") "\"network\": \"none\", " ONE_CLIENT("") "\"components\": {\"a\": {\"type\": "
                                                                     "\"server\", \"handles\": {\"*\": [");
  for (int i = 1; i <= 5000; i++) fprintf(out, "%s{\"wait\": \"%dns\"}", i > 1 ? ", " : "", i);
  fprintf(out, "]}}}}");
  fclose(out);
  load(text);
  to_the_end();
  cr_assert_eq((int64_t)seen("c", "request")->latency.sum, INT64_C(5000) * 5001 / 2);
  drop();
  free(text);
}

// ---- Depth ----

// c0 calls c1 calls c2 …; what the last one does is `last`.
static char *chain(int count, const char *link, const char *last) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  cr_assert_not_null(out);
  fprintf(out, "{" RUN("1100ms") "\"network\": \"none\", \"clients\": {\"c\": {\"arrivals\": {\"constant\": "
                                 "{\"rate\": \"1/s\"}}, \"entry\": \"c0\"}}, \"components\": {");
  for (int i = 0; i < count; i++) {
    fprintf(out, "\"c%d\": {", i);
    fprintf(out, link, i + 1);
    fprintf(out, "},\n");
  }
  fprintf(out, "\"c%d\": {\"type\": \"server\", \"handles\": {\"*\": %s}}}}", count, last);
  fclose(out);
  return text;
}

static const char calls[] = "\"type\": \"server\", \"handles\": {\"*\": [{\"call\": \"c%d\"}]}";
static const char forwards[] = "\"type\": \"load-balancer\", \"targets\": [\"c%d\"]";

Test(shape, a_chain_of_ten_thousand) {
  char *text = chain(9999, calls, "[{\"cpu\": \"1ms\"}]");
  load(text);
  to_the_end();
  cr_assert_eq(seen("c", "request")->answered, 1);
  cr_assert_eq((int64_t)seen("c", "request")->latency.sum, 1 * MS);
  cr_assert_eq(fleet_of("c5000")->measure.sojourn.largest, 1 * MS);
  drop();
  free(text);
}

Test(shape, a_failure_travels_up_a_chain_of_ten_thousand) {
  char *text = chain(9999, calls, "[{\"cpu\": \"1ms\"}, {\"fail\": 1}]");
  load(text);
  to_the_end();
  cr_assert_eq(seen("c", "request")->failed[OUTCOME_ERROR], 1);
  cr_assert_eq(fleet_of("c5000")->measure.outcomes[OUTCOME_ERROR], 1);
  drop();
  free(text);
}

Test(shape, ten_thousand_balancers_forward) {
  char *text = chain(9999, forwards, "[{\"cpu\": \"1ms\"}]");
  load(text);
  to_the_end();
  cr_assert_eq((int64_t)seen("c", "request")->latency.sum, 1 * MS);
  cr_assert_eq(fleet_of("c5000")->measure.entered, 1);
  drop();
  free(text);
}

Test(shape, a_million_free_calls) {
  load("{" RUN(
      "1100ms") "\"network\": \"none\","
                "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"a\"}},"
                "\"components\": {\"a\": {\"type\": \"server\", \"handles\": {\"*\": [{\"repeat\": 1000000, "
                "\"do\": "
                "[{\"call\": \"b\"}]}]}}, \"b\": {\"type\": \"server\", \"handles\": {\"*\": []}}}}");
  to_the_end();
  cr_assert_eq(seen("c", "request")->answered, 1);
  cr_assert_eq((int64_t)seen("c", "request")->latency.sum, 0);
  cr_assert_eq(fleet_of("b")->measure.entered, 1000000);
  drop();
}

// Work of a component's own: it takes cores from visits, calls others, is counted apart, and its end is told
// to nobody. Two strands of 5 ms at one core, begun at the start: the visit at 1 ms waits 9 ms.
Test(shape, work_without_a_caller) {
  load("{\"network\": \"none\", \"run\": {\"duration\": \"1s\", \"warmup\": \"0s\"},"
       "\"hosts\": {\"h\": {\"cores\": 1, \"discipline\": \"fcfs\"}},"
       "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1000/s\"}}, \"entry\": \"web\","
       " \"shape\": {\"steps\": [[\"0s\", 1], [\"1500us\", 0]]}, \"mix\": {\"see\": 1, \"flush\": 0}}},"
       "\"components\": {\"web\": {\"type\": \"server\", \"on\": \"h\", \"handles\": {\"see\": [{\"cpu\": "
       "\"2ms\"}],"
       " \"flush\": [{\"cpu\": \"5ms\"}, {\"call\": \"log\"}]}},"
       " \"log\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"1ms\"}]}}}}");
  struct instance *web = fleet_of("web")->healthy[0];
  uint16_t flush = plan_request(loaded.plan, "flush");
  const struct program *program = plan_component(loaded.plan, "web")->programs[flush];
  for (uint64_t i = 0; i < 2; i++)
    cr_assert(flow_spawn(&sim, web, program, flush, (struct random_stream){i}, 0));
  until(0);
  cr_assert_eq(web->inside, 2);
  until(20 * MS);
  cr_assert_eq(web->inside, 0);
  cr_assert_eq(fleet_of("log")->measure.entered, 2);
  to_the_end();
  const struct request_measure *see = seen("c", "see");
  cr_assert_eq(see->answered, 1);
  cr_assert_eq(see->latency.largest, 11 * MS);
  const struct component_measure *measure = &fleet_of("web")->measure;
  cr_assert_eq(measure->internal, 2);
  cr_assert_eq(measure->outcomes[OUTCOME_DONE], 1);
  cr_assert_eq(measure->wait.largest, 9 * MS);
  drop();
}

// Two failures that overlap: the end of the first does not bring back what the second holds down. A scaling
// for a time goes back to what it found, not to what the scenario deployed.
Test(shape, timeline_events_overlap) {
  load("{\"network\": \"none\", \"run\": {\"duration\": \"1s\", \"warmup\": \"0s\"},"
       "\"clients\": {\"c\": {\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"web\"}},"
       "\"components\": {\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"1ms\"}]}},"
       " \"farm\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"1ms\"}]}}},"
       "\"timeline\": [{\"fail\": \"web\", \"at\": \"10ms\", \"for\": \"20ms\"},"
       " {\"fail\": \"datacenter:main\", \"at\": \"20ms\", \"for\": \"30ms\"},"
       " {\"scale\": \"farm\", \"at\": \"60ms\", \"to\": 4},"
       " {\"scale\": \"farm\", \"at\": \"70ms\", \"to\": 8, \"for\": \"10ms\"}]}");
  until(15 * MS);
  cr_assert_eq(fleet_of("web")->healthy_count, 0);
  cr_assert_eq(fleet_of("farm")->healthy_count, 1);
  until(35 * MS);
  cr_assert_eq(fleet_of("web")->healthy_count, 0);
  until(55 * MS);
  cr_assert_eq(fleet_of("web")->healthy_count, 1);
  until(75 * MS);
  cr_assert_eq(fleet_of("farm")->healthy_count, 8);
  until(85 * MS);
  cr_assert_eq(fleet_of("farm")->healthy_count, 4);
  to_the_end();
  drop();
}
