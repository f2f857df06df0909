// Coalesced reads: whatever dies, and whenever, each of those who wait for one fetch is answered or fails
// once, and nobody waits for ever. There are no timeouts but those of hasty callers: who is forgotten stays.
#include "instance.h"
#include "keyed_store.h"
#include "scenario_run.h"
#include "sim_run.h"
#include "window.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static const char many_for_few[] =
    "{\"network\": \"none\", \"run\": {\"warmup\": \"0s\", \"duration\": \"100ms\", \"drain\": \"2s\"},"
    "\"datasets\": {\"few\": {\"items\": 3}},"
    "\"machines\": {\"m\": {\"cores\": 1}},"
    "\"clients\": {\"patient\": {\"arrivals\": {\"poisson\": {\"rate\": \"200/s\"}}, \"batch\": 3, "
    "\"entry\": \"web\", \"mix\": {\"view\": 0.9, \"edit\": 0.1}},"
    "\"hasty\": {\"arrivals\": {\"poisson\": {\"rate\": \"100/s\"}}, \"entry\": \"web\", \"mix\": "
    "{\"glance\": "
    "1}}},"
    "\"components\": {"
    "\"web\": {\"type\": \"server\", \"handles\": {\"view\": [{\"read\": \"few\"}], \"edit\": [{\"write\": "
    "\"few\"}],"
    "\"glance\": [{\"read\": \"few\", \"timeout\": \"4ms\", \"on_timeout\": \"cancel\"}]}},"
    "\"memory\": {\"type\": \"cache\", \"machine\": \"m\", \"get\": \"20us\", \"set\": \"20us\", \"origin\": "
    "\"disk\", \"holds\": [\"few\"], \"coalesce\": true, \"ttl\": \"8ms\", \"strategy\": \"write-through\"},"
    "\"disk\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": {\"exponential\": {\"mean\": "
    "\"6ms\"}}}, "
    "{\"fail\": 0.1}]}}}}";

static void load(struct loaded *loaded) {
  cr_assert(loaded_whole(loaded, many_for_few));
}

// What the account says of reads, and what the store has, agree.
static void audit(const struct sim *sim, uint64_t event) {
  const struct instance *memory = run_instance(sim, "memory");
  const struct keyed_account *account = memory->durable_state;
  const struct keyed_store *kept = memory->volatile_state;
  cr_assert_eq(account->asked, account->hits + account->misses, "event %" PRIu64, event);
  cr_assert_eq(account->items.inside, kept->store.items, "event %" PRIu64, event);
  cr_assert_eq(account->bytes.inside, kept->store.bytes, "event %" PRIu64, event);
}

// Runs to the end; `victim` fails and is back at once after so many events. Returns the events there were.
static uint64_t run(const struct loaded *loaded, const char *victim, uint64_t at, uint64_t *coalesced) {
  struct sim sim;
  char text[RUN_FAULT_BYTES];
  struct sim_settings settings = loaded_settings(loaded);
  cr_assert(sim_init(&sim, loaded->plan, &settings));
  loaded_step(&sim, at);
  if (victim != NULL && sim.phase != SIM_OVER) {
    instance_fail(&sim, run_instance(&sim, victim), FAILURE_RESET);
    instance_recover(&sim, run_instance(&sim, victim));
  }
  const char *fault = run_fault(&sim, text);
  cr_assert_null(fault, "%s killed at %" PRIu64 ": %s", victim, at, fault);
  while (sim.phase != SIM_OVER) {
    enum engine_outcome outcome = loaded_step(&sim, 1000);
    cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED);
    audit(&sim, at);
  }
  fault = run_fault(&sim, text);
  cr_assert_null(fault, "%s killed at %" PRIu64 ": %s", victim, at, fault);
  fault = run_end_fault(&sim, text);
  cr_assert_null(fault, "%s killed at %" PRIu64 ": %s", victim, at, fault);
  cr_assert_eq(window_requests_left(&sim), 0,
               "%s killed at %" PRIu64 ": %" PRIu64 " requests have never ended", victim, at,
               window_requests_left(&sim));
  *coalesced = ((const struct keyed_account *)run_instance(&sim, "memory")->durable_state)->coalesced;
  uint64_t events = sim.engine.events;
  sim_drop(&sim);
  cr_assert_eq(sim.budget.used, 0);
  return events;
}

Test(flights, nobody_waits_for_ever_killed_at_every_event) {
  struct loaded loaded;
  uint64_t coalesced;
  load(&loaded);
  uint64_t events = run(&loaded, NULL, 0, &coalesced);
  cr_assert_gt(coalesced, 10, "%" PRIu64 " were coalesced in %" PRIu64 " events", coalesced, events);
  static const char *const victims[] = {"memory", "web", "disk"};
  for (size_t v = 0; v < 3; v++) {
    for (uint64_t at = 1; at < events && at < 700; at++) run(&loaded, victims[v], at, &coalesced);
  }
  loaded_drop(&loaded);
}

Test(flights, the_same_seed_gives_the_same_run) {
  uint64_t hashes[2];
  for (int i = 0; i < 2; i++) {
    struct loaded loaded;
    struct sim sim;
    load(&loaded);
    struct sim_settings settings = loaded_settings(&loaded);
    cr_assert(sim_init(&sim, loaded.plan, &settings));
    sim_run(&sim);
    hashes[i] =
        run_hash(&sim) ^ ((const struct keyed_account *)run_instance(&sim, "memory")->durable_state)->hits;
    sim_drop(&sim);
    loaded_drop(&loaded);
  }
  cr_assert_eq(hashes[0], hashes[1]);
}
