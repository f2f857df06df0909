// Replicated shards: whatever dies, and whenever, the log keeps its order, a replica shows a state that its
// primary once had and catches up, every visit is at the shard of its item, and every connection is given
// back.
#include "database.h"
#include "instance.h"
#include "random_scenario.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char shards_and_replicas[] =
    "{\"run\": {\"warmup\": \"0s\", \"duration\": \"150ms\", \"drain\": \"2s\"},"
    "\"network\": {\"within_zone\": \"300us\"},"
    "\"datasets\": {\"some\": {\"items\": 6}, \"mine\": {\"per\": \"user\"}},"
    "\"machines\": {\"m\": {\"cores\": 1, \"disk\": {\"iops\": 5000}}},"
    "\"clients\": {\"patient\": {\"users\": 9, \"arrivals\": {\"poisson\": {\"rate\": \"300/s\"}}, "
    "\"entry\": \"web\", \"timeout\": \"1s\", \"mix\": {\"look\": 2, \"buy\": 2}},"
    "\"hasty\": {\"arrivals\": {\"poisson\": {\"rate\": \"100/s\"}}, \"entry\": \"web\", \"timeout\": \"1s\","
    "\"mix\": {\"glance\": 1}}},"
    "\"components\": {"
    "\"web\": {\"type\": \"server\", \"handles\": {\"look\": [{\"read\": \"some\", \"times\": 2}], "
    "\"buy\": [{\"write\": \"some\"}, {\"read\": \"some\", \"key\": \"last-written\"}, {\"write\": "
    "\"mine\", \"key\": \"user\"}],"
    "\"glance\": [{\"read\": \"some\", \"timeout\": \"3ms\", \"on_timeout\": \"cancel\", \"retries\": "
    "{\"max\": 1}}]}},"
    "\"db\": {\"type\": \"database\", \"machine\": \"m\", \"holds\": [\"some\", \"mine\"], \"connections\": "
    "2, "
    "\"buffer\": \"2KB\", \"read\": {\"cpu\": {\"exponential\": {\"mean\": \"400us\"}}, \"disk\": 1},"
    "\"write\": {\"cpu\": {\"exponential\": {\"mean\": \"500us\"}}, \"disk\": 0.5}, \"shards\": {\"count\": "
    "2},"
    "\"replication\": {\"replicas\": {\"main\": 1}, \"reads_from\": \"own-writes\", \"apply\": {\"cpu\": "
    "{\"exponential\": {\"mean\": \"1ms\"}}, \"threads\": 3}}}}}";

static void load(struct loaded *loaded) {
  cr_assert(loaded_whole(loaded, shards_and_replicas));
}

static struct instance *node_of(const struct sim *sim, uint32_t shard, bool primary) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    struct instance *instance = sim->instances[i];
    if (strcmp(instance->component->name, "db") != 0) continue;
    if (database_shard_at(instance) == shard && database_is_primary(instance) == primary) return instance;
  }
  return NULL;
}

// Positions and times rise with the numbers, and all of a shard's entries are of its items.
static void audit_log(const struct instance *primary, uint64_t event) {
  const struct replication_log *log = &database_account_of(primary)->log;
  for (uint64_t number = log->first; number != 0 && number <= log->newest; number++) {
    const struct log_entry *entry = replication_log_at(log, number);
    uint32_t shard = database_shard_of(database_plan_of(primary), entry->dataset, entry->key);
    cr_assert_eq(shard, database_shard_at(primary), "event %" PRIu64 ": an entry of another shard", event);
    for (uint64_t before = log->first; before < number; before++) {
      const struct log_entry *other = replication_log_at(log, before);
      cr_assert_leq(other->committed, entry->committed, "event %" PRIu64, event);
      if (other->dataset == entry->dataset) cr_assert_lt(other->position, entry->position);
    }
  }
}

static void audit_shard(const struct sim *sim, uint32_t number, uint64_t event) {
  const struct instance *first = node_of(sim, number, true), *second = node_of(sim, number, false);
  const struct database_account *primary = database_account_of(first);
  const struct database_account *replica = database_account_of(second);
  const struct database_node *node = database_node_of(second);
  audit_log(first, event);
  cr_assert_leq(replica->applied, primary->log.newest, "event %" PRIu64, event);
  if (primary->log.first != 0) cr_assert_eq(primary->log.first, replica->applied + 1);
  cr_assert_eq((uint64_t)primary->unapplied.inside, primary->log.newest - replica->applied);
  cr_assert_eq(replica->lags.count, replica->applied, "event %" PRIu64, event);
  if (second->life == LIFE_FAILED) return;
  cr_assert_leq(node->busy, 3);
  cr_assert_leq(node->next, primary->log.newest + 1);
  cr_assert_geq(node->next, replica->applied + 1);
  // The prefix ends where the oldest entry that is being applied begins.
  uint64_t oldest = node->next;
  for (uint32_t i = 0; i < node->busy; i++)
    oldest = replica->applying[i] < oldest ? replica->applying[i] : oldest;
  cr_assert_eq(oldest, replica->applied + 1, "event %" PRIu64, event);
}

// Whoever is inside is where its item is, and writes only at a primary.
static void audit_visits(const struct sim *sim, uint64_t event) {
  uint32_t frames = sim->engine.frames.chunk_count << SLAB_CHUNK_BITS;
  for (uint32_t index = 1; index < frames; index++) {
    const struct visit *visit = slab_at(&sim->engine.frames, index);
    const struct frame *frame = &visit->strand.job.frame;
    bool inside = frame->kind == FRAME_VISIT && (frame->flags & FLAG_ENTERED) != 0;
    if (!inside || (frame->flags & FLAG_INTERNAL) != 0) continue;
    if (strcmp(visit->instance->component->name, "db") != 0) continue;
    const struct request_type *request = &sim->plan->requests[visit->request];
    uint32_t shard = database_shard_of(database_plan_of(visit->instance), request->dataset, visit->key);
    cr_assert_eq(shard, database_shard_at(visit->instance), "event %" PRIu64 ": a wrong shard", event);
    if (request->operation == OPERATION_WRITE) cr_assert(database_is_primary(visit->instance));
  }
}

static void audit(const struct sim *sim, uint64_t event) {
  for (uint32_t shard = 0; shard < 2; shard++) audit_shard(sim, shard, event);
  audit_visits(sim, event);
}

struct tale {
  uint64_t events;
  uint64_t writes;
  uint64_t stale;
};

// The node of shard `shard` fails after so many events, and is back after `pause` more; then it runs to the
// end, looked at after every `look` events.
static struct tale run(const struct loaded *loaded, uint32_t shard, int victim, uint64_t at, uint64_t pause,
                       enum failure_mode mode, uint64_t look) {
  struct sim sim;
  struct tale tale = {0};
  char text[RUN_FAULT_BYTES];
  struct sim_settings settings = loaded_settings(loaded);
  cr_assert(sim_init(&sim, loaded->plan, &settings));
  loaded_step(&sim, at);
  audit(&sim, at);
  if (victim >= 0 && sim.phase != SIM_OVER) {
    struct instance *node = node_of(&sim, shard, victim == 0);
    instance_fail(&sim, node, mode);
    audit(&sim, at);
    loaded_step(&sim, pause);
    if (sim.phase != SIM_OVER) instance_recover(&sim, node);
  }
  const char *fault = run_fault(&sim, text);
  cr_assert_null(fault, "%d killed at %" PRIu64 ": %s", victim, at, fault);
  while (sim.phase != SIM_OVER) {
    enum engine_outcome outcome = loaded_step(&sim, look);
    cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED);
    audit(&sim, sim.engine.events);
  }
  fault = run_fault(&sim, text);
  cr_assert_null(fault, "%d killed at %" PRIu64 ": %s", victim, at, fault);
  fault = run_end_fault(&sim, text);
  cr_assert_null(fault, "%d killed at %" PRIu64 ": %s", victim, at, fault);
  for (uint32_t s = 0; s < 2; s++) {
    const struct database_account *primary = database_account_of(node_of(&sim, s, true));
    const struct replication_log *log = &primary->log;
    bool behind = log->first != 0 && log->first <= log->newest;
    if (behind) { // nothing has been forgotten: what is not applied is young
      int64_t age = sim.engine.now - replication_log_at(log, log->first)->committed;
      cr_assert_lt(age, INT64_C(60000000), "%d killed at %" PRIu64 ": not caught up", victim, at);
    }
    tale.writes += primary->writes;
    tale.stale += primary->stale + database_account_of(node_of(&sim, s, false))->stale;
    cr_assert_eq(primary->stale, 0);
  }
  tale.events = sim.engine.events;
  sim_drop(&sim);
  cr_assert_eq(sim.budget.used, 0);
  return tale;
}

Test(replicas, catch_up_and_keep_order_killed_at_every_event) {
  struct loaded loaded;
  load(&loaded);
  struct tale whole = run(&loaded, 0, -1, 0, 0, FAILURE_RESET, 1);
  cr_assert_gt(whole.writes, 40);
  cr_assert_gt(whole.stale, 0);
  for (uint64_t at = 1; at < whole.events; at++) {
    for (int victim = 0; victim < 2; victim++) {
      run(&loaded, (uint32_t)(at / 2 % 2), victim, at, at % 3 * 40,
          at % 2 == 0 ? FAILURE_RESET : FAILURE_HANG, 500);
    }
  }
  loaded_drop(&loaded);
}

// What is left after everything died at any event: nothing.
Test(replicas, leave_nothing_behind_when_all_die) {
  struct loaded loaded;
  load(&loaded);
  for (uint64_t at = 1; at < 1500; at += 7) {
    for (int silent = 0; silent < 2; silent++) {
      struct sim sim;
      char text[RUN_FAULT_BYTES];
      struct sim_settings settings = loaded_settings(&loaded);
      cr_assert(sim_init(&sim, loaded.plan, &settings));
      loaded_step(&sim, at);
      run_kill_all(&sim, silent != 0);
      const char *left = run_leftover(&sim, silent != 0, text);
      cr_assert_null(left, "killed at %" PRIu64 ": %s", at, left);
      sim_drop(&sim);
      cr_assert_eq(sim.budget.used, 0);
    }
  }
  loaded_drop(&loaded);
}

Test(replicas, the_same_seed_gives_the_same_run) {
  uint64_t hashes[2];
  for (int i = 0; i < 2; i++) {
    struct loaded loaded;
    struct sim sim;
    load(&loaded);
    struct sim_settings settings = loaded_settings(&loaded);
    cr_assert(sim_init(&sim, loaded.plan, &settings));
    sim_run(&sim);
    hashes[i] = run_hash(&sim) ^ (uint64_t)database_account_of(node_of(&sim, 0, false))->lags.sum;
    sim_drop(&sim);
    loaded_drop(&loaded);
  }
  cr_assert_eq(hashes[0], hashes[1]);
}

static void make(struct loaded *loaded, uint64_t seed, const struct random_scenario_options *options) {
  gsl_set_error_handler_off();
  struct choices choices = choices_of_seed(seed);
  char *text = random_scenario(&choices, options);
  loaded_text(loaded, text);
  if (loaded->plan == NULL) diagnostics_print(&loaded->diagnostics, stderr);
  cr_assert_not_null(loaded->plan, "seed %" PRIu64 " is not valid:\n%s", seed, text);
  free(text);
}

// Of random databases: logs, those who follow them, and who is inside.
static void audit_all(const struct sim *sim, uint64_t seed) {
  for (uint32_t i = 0; i < sim->instance_count; i++) {
    const struct instance *primary = sim->instances[i];
    if (strcmp(primary->component->name, "store") != 0 || !database_is_primary(primary)) continue;
    const struct database_account *account = database_account_of(primary);
    uint64_t least = account->log.newest;
    for (uint32_t j = 0; j < sim->instance_count; j++) {
      const struct instance *node = sim->instances[j];
      bool follows = node->component->number == primary->component->number && !database_is_primary(node) &&
                     database_shard_at(node) == database_shard_at(primary);
      if (follows && database_account_of(node)->applied < least) least = database_account_of(node)->applied;
      cr_assert(!follows || database_account_of(node)->applied <= account->log.newest);
    }
    cr_assert_eq((uint64_t)account->unapplied.inside, account->log.newest - least, "seed %" PRIu64, seed);
  }
  audit_visits(sim, seed);
}

Test(replicas, identities_hold_in_random_scenarios_with_a_database) {
  static const struct random_scenario_options stores = {.time = 1, .stores = true};
  uint64_t stale = 0, writes = 0, found = 0;
  for (uint64_t seed = 5000; seed < 5400; seed++) {
    struct loaded loaded;
    struct sim sim;
    char text[RUN_FAULT_BYTES];
    make(&loaded, seed, &stores);
    struct sim_settings settings = loaded_settings(&loaded);
    cr_assert(sim_init(&sim, loaded.plan, &settings));
    sim.engine.livelock_limit = 1000000;
    const char *fault = NULL;
    while (fault == NULL && sim.phase != SIM_OVER) {
      enum engine_outcome outcome = loaded_step(&sim, 197);
      cr_assert(outcome == ENGINE_UNTIL || outcome == ENGINE_STOPPED, "seed %" PRIu64, seed);
      fault = run_fault(&sim, text);
      audit_all(&sim, seed);
    }
    if (fault == NULL) fault = run_end_fault(&sim, text);
    cr_assert_null(fault, "seed %" PRIu64 ", event %" PRIu64 ": %s", seed, sim.engine.events, fault);
    for (uint32_t i = 0; i < sim.instance_count; i++) {
      if (strcmp(sim.instances[i]->component->name, "store") != 0) continue;
      stale += database_account_of(sim.instances[i])->stale;
      writes += database_account_of(sim.instances[i])->writes;
      found += database_account_of(sim.instances[i])->found;
    }
    sim_drop(&sim);
    cr_assert_eq(sim.budget.used, 0);
    loaded_drop(&loaded);
  }
  cr_assert_gt(writes, 5000);
  cr_assert_gt(stale, 100);
  cr_assert_gt(found, 1000);
}
