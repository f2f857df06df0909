// Databases in small runs whose every figure is known: connections, disks, the buffer against an LRU of this
// file's own, replicas against Lindley's recursion, roles and their names, deaths.
#include "database.h"
#include "running.h"
#include "worker_pool.h"

#include <math.h>
#include <stdlib.h>

#define FREE "'network': 'none', 'run': {'duration': '%s', 'warmup': '0s'}, "

static const struct database_account *account(const struct running *running, uint32_t node) {
  return running_instance(running, "db", node)->durable_state;
}

static uint64_t below(uint64_t *state, uint64_t bound) {
  *state = *state * 6364136223846793005U + 1442695040888963407U;
  return (*state >> 33) % bound;
}

// ---- Connections and costs --------------------------------------------------------------------------------

// Three at once on two connections of 10 ms each: two go in at once, the third 10 ms later.
Test(database, who_finds_no_connection_waits_for_one_as_long_as_it_likes) {
  static const struct {
    const char *wait;
    uint64_t answered, abandoned;
    int64_t longest; // ms
  } cases[] = {{"", 30, 0, 20}, {"'wait': '5ms', ", 20, 10, 10}};
  for (size_t i = 0; i < 2; i++) {
    struct running running;
    running_run(&running, NULL,
                "{" FREE "'datasets': {'d': {'items': 9}}, "
                "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'batch': 3, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                "'db': {'type': 'database', 'holds': ['d'], 'connections': 2, %s'read': {'cpu': '10ms'}}}}",
                "10500ms", cases[i].wait);
    const struct request_measure *measure = running_measure(&running, "request");
    cr_expect_eq(measure->answered, cases[i].answered);
    cr_expect_eq(measure->failed[OUTCOME_ABANDONED], cases[i].abandoned);
    cr_expect_eq(measure->latency.largest, cases[i].longest * 1000000);
    cr_expect_eq(account(&running, 0)->reads, cases[i].answered);
    running_drop(&running);
  }
}

// Each read holds one for 10 ms; the node is down for the eleventh to the twentieth, and holds none then.
// What was held before it died is not forgotten.
Test(database, connections_of_a_former_life_count) {
  struct running running;
  running_run(&running, NULL,
              "{" FREE "'datasets': {'d': {'items': 9}}, "
              "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'batch': 2, 'entry': 'web'}}, "
              "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
              "'db': {'type': 'database', 'holds': ['d'], 'connections': 1, 'read': {'cpu': '10ms'}}}, "
              "'timeline': [{'at': '10500ms', 'for': '10s', 'fail': 'db'}]}",
              "30500ms");
  const struct instance *db = running_instance(&running, "db", 0);
  uint64_t reads = running_measure(&running, "request")->answered;
  cr_expect_eq(reads, 40);
  cr_expect_eq(running_measure(&running, "request")->failed[OUTCOME_UNAVAILABLE], 20);
  cr_expect_float_eq(worker_pool_taken(&running.sim, db), (double)reads * 10e6, 0.5);
  cr_expect_float_eq(worker_pool_queued(&running.sim, db), (double)reads / 2 * 10e6, 0.5);
  running_drop(&running);
}

// One of two replicas stands still and is sent to all the same. Of two reads at once one gets to it, and asks
// again when the other has had its turn: it is the one who stands still's again, but that was tried.
Test(database, a_read_that_is_tried_again_goes_to_another_replica) {
  struct running running;
  running_run(&running, NULL,
              "{" FREE "'datasets': {'d': {'items': 9}}, "
              "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'batch': 2, 'entry': 'web'}}, "
              "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd', 'timeout': '100ms', "
              "'retries': {'max': 1}}]}}, "
              "'db': {'type': 'database', 'holds': ['d'], 'replication': {'replicas': {'main': 2}, "
              "'reads_from': 'replica'}, 'read': {'cpu': '10ms'}}}, "
              "'timeline': [{'at': '500ms', 'for': '1h', 'fail': 'db/main/replica0', 'mode': 'pause'}]}",
              "20500ms");
  const struct request_measure *measure = running_measure(&running, "request");
  cr_expect_eq(measure->answered, 40, "%d", (int)measure->answered);
  cr_expect_eq(measure->latency.largest, 110000000);
  running_drop(&running);
}

// Five items at once, or one after the other: five reads of 10 ms on cores enough.
Test(database, items_that_are_read_together_take_the_time_of_one) {
  for (int together = 0; together < 2; together++) {
    struct running running;
    running_run(&running, NULL,
                "{" FREE "'datasets': {'d': {'items': 9}}, "
                "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd', 'times': 5, "
                "'together': %s}]}}, 'db': {'type': 'database', 'holds': ['d'], 'read': {'cpu': '10ms'}}}}",
                "10500ms", together == 1 ? "true" : "false");
    const struct request_measure *measure = running_measure(&running, "request");
    cr_expect_eq(measure->answered, 10);
    cr_expect_eq(account(&running, 0)->reads, 50);
    cr_expect_eq(measure->latency.largest, together == 1 ? 10000000 : 50000000);
    cr_expect_eq((int64_t)measure->latency.sum, 10 * measure->latency.largest);
    running_drop(&running);
  }
}

// A turn of 1 ms and a latency of 2 ms for each operation; the fraction is the chance of one more.
Test(database, operations_take_their_turns_on_the_disk_of_its_machine) {
  struct running running;
  running_run(
      &running, NULL,
      "{" FREE "'datasets': {'d': {'items': 9}}, "
      "'machines': {'m': {'cores': 1, 'disk': {'iops': 1000, 'latency': '2ms'}}}, "
      "'clients': {'c': {'arrivals': {'constant': {'rate': '10/s'}}, 'mix': {'r': 1, 'w': 1}, 'entry': "
      "'web'}}, "
      "'components': {'web': {'type': 'server', 'handles': {'r': [{'read': 'd'}], 'w': [{'write': 'd'}]}}, "
      "'db': {'type': 'database', 'machine': 'm', 'holds': ['d'], 'read': {'cpu': '10ms', 'disk': 1.5}, "
      "'write': {'cpu': '5ms', 'disk': 3}}}}",
      "2000s");
  const struct request_measure *reads = running_measure(&running, "r");
  const struct request_measure *writes = running_measure(&running, "w");
  double count = (double)reads->latency.count, mean = (double)reads->latency.sum / count * 1e-6;
  cr_expect_float_eq(mean, 10 + 3 * 1.5, 4 * 1.5 / sqrt(count), "%g ms", mean);
  cr_expect_eq(reads->latency.largest, 16000000);
  cr_expect_eq((int64_t)(writes->latency.sum / (int128)writes->latency.count), 14000000);
  cr_expect_eq(account(&running, 0)->reads, reads->answered);
  cr_expect_eq(account(&running, 0)->writes, writes->answered);
  running_drop(&running);
}

// What it costs where nothing is said: engine and network decide.
Test(database, engines_cost_what_their_presets_say_and_nothing_without_a_network) {
  static const struct {
    const char *network, *engine;
    double read, write; // us
    int64_t connections;
  } cases[] = {{"{}", "relational", 68, 500, 100},
               {"{}", "key-value", 14, 14, 10000},
               {"'none'", "relational", 0, 0, POOL_UNLIMITED}};
  for (size_t i = 0; i < 3; i++) {
    struct running running;
    running_only_load(
        &running,
        "{'network': %s, 'datasets': {'d': {'items': 9}}, "
        "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'mix': {'r': 1, 'w': 1}, 'entry': "
        "'web'}}, "
        "'components': {'web': {'type': 'server', 'handles': {'r': [{'read': 'd'}], 'w': [{'write': 'd'}]}}, "
        "'db': {'type': 'database', 'engine': '%s', 'holds': ['d']}}}",
        cases[i].network, cases[i].engine);
    cr_assert_not_null(running.plan);
    const struct component *db = plan_component(running.plan, "db");
    const struct database_plan *plan = db->compiled;
    double read = plan->read.cpu == NULL ? 0 : distribution_mean(plan->read.cpu);
    double write = plan->write.cpu == NULL ? 0 : distribution_mean(plan->write.cpu);
    cr_expect_float_eq(read * 1e-3, cases[i].read, 1e-9, "%s", cases[i].engine);
    cr_expect_float_eq(write * 1e-3, cases[i].write, 1e-9, "%s", cases[i].engine);
    cr_expect_eq(plan->connections, cases[i].connections);
    running_drop(&running);
  }
}

// ---- The buffer -------------------------------------------------------------------------------------------

enum { ROWS = 4000 };

struct row {
  int64_t at; // ms
  bool writes;
  uint64_t key;
};

// Rows at different times, in order; and as a table for a trace, the caller's to free.
static char *make_rows(struct row *rows, uint64_t seed, uint64_t keys, uint64_t gap, double writes) {
  size_t room = 64 * (ROWS + 2), length = 0;
  char *text = malloc(room);
  int64_t at = 1000;
  length += (size_t)snprintf(text, room, "time,request,key\n");
  for (int i = 0; i < ROWS; i++) {
    at += 1 + (int64_t)below(&seed, gap);
    rows[i] = (struct row){at, (double)below(&seed, 1000) < 1000 * writes, below(&seed, keys)};
    length +=
        (size_t)snprintf(text + length, room - length, "%lld.%03lld,%s,%llu\n", (long long)at / 1000,
                         (long long)at % 1000, rows[i].writes ? "w" : "r", (unsigned long long)rows[i].key);
  }
  // So that nothing is on its way any more when the trace ends; its key is nobody else's.
  snprintf(text + length, room - length, "%lld,r,%llu\n", (long long)at / 1000 + 100,
           (unsigned long long)keys);
  return text;
}

#define TRACED                                                                                               \
  "'clients': {'c': {'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'web'}}, "
#define BY_ROWS                                                                                              \
  "'web': {'type': 'server', 'handles': {'r': [{'read': 'd', 'key': 'request'}], "                           \
  "'w': [{'write': 'd', 'key': 'request'}]}}, "

// Moves a key to the front of a list by recency; whether it was in it.
static bool touch(uint64_t *list, int *count, int most, uint64_t key) {
  int at = 0;
  while (at < *count && list[at] != key) at++;
  bool found = at < *count;
  if (!found && *count < most) ++*count;
  if (!found) at = *count - 1;
  memmove(list + 1, list, (size_t)at * sizeof *list);
  list[0] = key;
  return found;
}

// Ten of forty items fit. A read of what is not there takes one operation of 1 ms, a write brings its item
// in.
Test(database, reads_go_to_the_disk_as_often_as_they_miss_the_buffer) {
  static struct row rows[ROWS];
  struct running running;
  char *text = make_rows(rows, 7, 40, 20, 0.3);
  running_run(&running, text,
              "{" FREE "'datasets': {'d': {'items': 50, 'item_size': '1KB'}}, "
              "'machines': {'m': {'disk': {'iops': 1000, 'latency': '0s'}}}, " TRACED
              "'components': {" BY_ROWS "'db': {'type': 'database', 'machine': 'm', 'holds': ['d'], "
              "'buffer': '10KB', 'start': 'cold', 'read': {'disk': 1}}}}",
              "1h");
  uint64_t list[10], found = 0, reads = 1;
  int count = 0;
  for (int i = 0; i < ROWS; i++) {
    bool there = touch(list, &count, 10, rows[i].key);
    reads += !rows[i].writes;
    found += !rows[i].writes && there;
  }
  cr_assert_gt(found, 300);
  cr_expect_eq(account(&running, 0)->looked, reads);
  cr_expect_eq(account(&running, 0)->found, found);
  int128 expected = (int128)(reads - found) * 1000000;
  cr_expect(running_measure(&running, "r")->latency.sum == expected);
  cr_expect_eq((int64_t)running_measure(&running, "w")->latency.sum, 0);
  running_drop(&running);
  free(text);
}

Test(database, a_buffer_as_large_as_the_data_misses_nothing_and_a_warm_one_holds_what_is_popular) {
  static const struct {
    const char *buffer, *start;
    bool buffered;
    int64_t items;
  } cases[] = {{"'100KB'", "warm", false, 0},
               {"'30KB'", "warm", true, 30},
               {"'30KB'", "cold", true, 0},
               {"0.25", "warm", true, 25}};
  for (size_t i = 0; i < 4; i++) {
    struct running running;
    running_run(&running, NULL,
                "{" FREE
                "'datasets': {'d': {'items': 100, 'item_size': '1KB', 'popularity': {'zipf': {'s': 1}}}}, "
                "'machines': {'m': {'cores': 1, 'memory': '100KB'}}, "
                "'clients': {'c': {'arrivals': {'constant': {'rate': '1/h'}}, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                "'db': {'type': 'database', 'machine': 'm', 'holds': ['d'], 'buffer': %s, 'start': '%s'}}}",
                "1s", cases[i].buffer, cases[i].start);
    const struct instance *node = running_instance(&running, "db", 0);
    const struct store *buffer = &database_node_of(node)->buffer;
    cr_expect_eq(database_plan_of(node)->buffered, cases[i].buffered);
    if (cases[i].buffered) cr_expect_eq(buffer->items, cases[i].items, "%zu", i);
    for (uint64_t rank = 0; cases[i].buffered && rank < 100; rank++) {
      uint64_t key = dataset_key(&running.plan->datasets[0], rank);
      bool there = store_peek(buffer, key, 0) != STORE_NOTHING;
      cr_expect_eq(there, (int64_t)rank < cases[i].items, "rank %d", (int)rank);
    }
    running_drop(&running);
  }
}

// ---- Replicas ---------------------------------------------------------------------------------------------

// What one thread makes of the writes, by Lindley's recursion: when each is visible.
struct lindley {
  int64_t visible[ROWS]; // of row i, where it writes; ms
  int64_t lags;
  uint64_t writes;
};

static void follow(struct lindley *lindley, const struct row *rows, int64_t work) {
  int64_t free = 0;
  *lindley = (struct lindley){.lags = 0};
  for (int i = 0; i < ROWS; i++) {
    if (!rows[i].writes) continue;
    free = (free > rows[i].at ? free : rows[i].at) + work;
    lindley->visible[i] = free;
    lindley->lags += free - rows[i].at;
    lindley->writes++;
  }
}

// A read is stale if the newest write of its item before it is not visible; none is at the same instant.
static uint64_t count_stale(const struct lindley *lindley, const struct row *rows, int64_t *ages,
                            uint64_t *ties) {
  uint64_t stale = 0;
  *ages = 0;
  *ties = 0;
  for (int i = 0; i < ROWS; i++) {
    int newest = i - 1;
    if (rows[i].writes) continue;
    while (newest >= 0 && !(rows[newest].writes && rows[newest].key == rows[i].key)) newest--;
    if (newest < 0 || lindley->visible[newest] < rows[i].at) continue;
    *ties += lindley->visible[newest] == rows[i].at;
    stale += lindley->visible[newest] > rows[i].at;
    if (lindley->visible[newest] > rows[i].at) *ages += rows[i].at - rows[newest].at;
  }
  return stale;
}

// An apply time of 6.5 ms: no read is at the instant of a completion. The primary itself takes no time.
Test(database, stale_reads_their_ages_and_the_lag_are_those_of_an_independent_recomputation) {
  static struct row rows[ROWS];
  static struct lindley lindley;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    struct running running;
    char *text = make_rows(rows, seed, 12, 10, 0.6);
    int64_t ages;
    uint64_t ties;
    for (int i = 0; i < ROWS; i++) rows[i].at *= 2; // in units of half a ms
    follow(&lindley, rows, 13);
    uint64_t stale = count_stale(&lindley, rows, &ages, &ties);
    running_run(&running, text,
                "{" FREE "'datasets': {'d': {'items': 50}}, " TRACED "'components': {" BY_ROWS
                "'db': {'type': 'database', 'holds': ['d'], 'replication': {'replicas': {'main': 2}, "
                "'reads_from': 'replica', 'apply': {'cpu': '6.5ms'}}}}}",
                "1h");
    const struct database_account *primary = account(&running, 0);
    const struct database_account *one = account(&running, 1), *other = account(&running, 2);
    cr_assert_gt(stale, 100);
    cr_expect_eq(primary->reads, 0);
    cr_expect_eq(primary->writes, lindley.writes);
    cr_expect_leq(one->stale + other->stale, stale + ties);
    cr_expect_geq(one->stale + other->stale, stale);
    if (ties == 0) {
      int128 sum = one->stale_ages.sum + other->stale_ages.sum;
      cr_expect(sum == (int128)ages * 500000);
    }
    cr_expect_eq(one->lags.count, lindley.writes);
    cr_expect(one->lags.sum == (int128)lindley.lags * 500000);
    cr_expect(other->lags.sum == one->lags.sum);
    cr_expect(level_area(&primary->unapplied, running.sim.engine.now) == one->lags.sum);
    cr_expect_eq(primary->log.newest, lindley.writes);
    cr_expect_eq(primary->log.first, lindley.writes + 1, "what all have applied is still there");
    running_drop(&running);
    free(text);
  }
}

// It takes up the log where it stood; meanwhile the primary is read from.
Test(database, a_replica_that_was_down_catches_up) {
  static struct row rows[ROWS];
  static const char *const modes[] = {"reset", "hang", "pause"};
  char *text = make_rows(rows, 3, 12, 10, 0.5);
  for (size_t mode = 0; mode < 3; mode++) {
    struct running running;
    uint64_t writes = 0, down = 0;
    for (int i = 0; i < ROWS; i++) {
      writes += rows[i].writes;
      int64_t at = rows[i].at - rows[0].at; // a trace begins with its first row
      down += !rows[i].writes && at >= 5000 && at < 9000;
    }
    running_run(&running, text,
                "{" FREE "'datasets': {'d': {'items': 50}}, " TRACED "'components': {" BY_ROWS
                "'db': {'type': 'database', 'holds': ['d'], 'replication': {'replicas': {'main': 1}, "
                "'reads_from': 'replica', 'apply': {'cpu': '1ms', 'threads': 3}}}}, "
                "'timeline': [{'at': '5s', 'for': '4s', 'fail': 'db/main/replica', 'mode': '%s'}, "
                "{'at': '15s', 'for': '1s', 'fail': 'db/main/primary'}]}",
                "1h", modes[mode]);
    const struct database_account *primary = account(&running, 0), *replica = account(&running, 1);
    cr_expect_eq(primary->reads, mode == 2 ? 0 : down, "%s: %d, %d", modes[mode], (int)primary->reads,
                 (int)down);
    cr_expect_lt(primary->writes, writes);
    cr_expect_gt(primary->writes, writes * 9 / 10);
    cr_expect_eq(replica->applied, primary->writes, "%s", modes[mode]);
    cr_expect_eq(replica->lags.count, primary->writes, "%s", modes[mode]);
    cr_expect_geq(replica->lags.largest, INT64_C(3900000000));
    cr_expect_eq(primary->unapplied.inside, 0);
    cr_expect_eq(running_measure(&running, "w")->failed[OUTCOME_UNAVAILABLE], writes - primary->writes);
    cr_expect_eq(running_measure(&running, "r")->failed[OUTCOME_UNAVAILABLE], 0);
    running_drop(&running);
  }
  free(text);
}

// Nothing is written any more when it comes back: it asks. Where the primary is down then, that tells it.
Test(database, a_replica_hears_of_what_it_has_missed_though_nothing_is_written_any_more) {
  static const char *const failures[] = {
      "{'at': '500ms', 'for': '5s', 'fail': 'db/main/replica'}",
      "{'at': '500ms', 'for': '2s', 'fail': 'db/main/replica', 'mode': 'hang'}, "
      "{'at': '1500ms', 'for': '3s', 'fail': 'db/main/shard0/primary'}"};
  for (size_t i = 0; i < 2; i++) {
    struct running running;
    running_run(&running, "time,request,key\n0,w,1\n1,w,2\n1.4,w,1\n100,r,1\n",
                "{" FREE "'datasets': {'d': {'items': 50}}, " TRACED "'components': {" BY_ROWS
                "'db': {'type': 'database', 'holds': ['d'], 'replication': {'replicas': {'main': 1}, "
                "'reads_from': 'replica', 'apply': {'cpu': '1ms'}}}}, 'timeline': [%s]}",
                "1h", failures[i]);
    cr_expect_eq(account(&running, 0)->writes, 3);
    cr_expect_eq(account(&running, 1)->applied, 3, "%d of 3", (int)account(&running, 1)->applied);
    cr_expect_eq(account(&running, 1)->reads, 1);
    cr_expect_eq(account(&running, 1)->stale, 0);
    // Committed at 1 s and 1.4 s; applied from 5.5 s, or 4.5 s, on, 1 ms each.
    int64_t back = i == 0 ? 5500 : 4500;
    int64_t sum = 1 + (back + 1 - 1000) + (back + 2 - 1400);
    cr_expect_eq((int64_t)account(&running, 1)->lags.sum, sum * 1000000);
    running_drop(&running);
  }
}

// Each user writes and reads what it wrote, one after the other: with own-writes it is never missed.
Test(database, a_user_never_misses_an_own_write_where_that_is_asked_for) {
  static const struct {
    const char *source;
    bool misses;
  } cases[] = {{"replica", true}, {"own-writes", false}, {"primary", false}};
  for (size_t i = 0; i < 3; i++) {
    struct running running;
    running_run(
        &running, NULL,
        "{" FREE "'datasets': {'d': {'per': 'user'}}, "
        "'clients': {'c': {'users': 200, 'arrivals': {'poisson': {'rate': '200/s'}}, 'entry': 'web'}}, "
        "'components': {'web': {'type': 'server', 'handles': {'*': [{'write': 'd', 'key': 'user'}, {'wait': "
        "{'exponential': "
        "{'mean': '15ms'}}}, {'read': 'd', 'key': 'user'}]}}, "
        "'db': {'type': 'database', 'holds': ['d'], 'shards': {'count': 2}, 'replication': {'replicas': "
        "{'main': 1}, 'reads_from': '%s', 'apply': {'cpu': {'exponential': {'mean': '5ms'}}}}}}}",
        "100s", cases[i].source);
    uint64_t stale = 0, at_replicas = 0;
    for (uint32_t node = 0; node < 4; node++) {
      const struct database_account *one = account(&running, node);
      stale += one->stale;
      at_replicas += one->positions != NULL ? one->reads : 0;
    }
    cr_expect_eq(stale > 0, cases[i].misses, "%s: %d", cases[i].source, (int)stale);
    cr_expect_eq(at_replicas > 5000, i != 2, "%s: %d at replicas", cases[i].source, (int)at_replicas);
    running_drop(&running);
  }
}

// ---- Places and roles -------------------------------------------------------------------------------------

#define TWO_PLACES "'datacenters': {'virginia': {'region': 'us-east'}, 'ireland': {'region': 'eu-west'}}, "

// Readers in Ireland: each `reads_from` by what it says.
Test(database, reads_go_to_the_nearest_node_that_may_be_read_from) {
  static const struct {
    const char *source;
    int virginia, ireland; // 1: all of its nodes of that role are read from; 0: none
    int primary;
  } cases[] = {{"primary", 0, 0, 1}, {"replica", 0, 1, 0}, {"nearest", 0, 1, 0}};
  for (size_t i = 0; i < 3; i++) {
    struct running running;
    running_run(
        &running, NULL,
        "{'run': {'duration': '20s', 'warmup': '0s'}, " TWO_PLACES "'datasets': {'d': {'items': 5000}}, "
        "'clients': {'c': {'from': 'eu-west', 'arrivals': {'poisson': {'rate': '100/s'}}, 'entry': 'web'}}, "
        "'components': {'web': {'type': 'server', 'in': ['ireland'], 'handles': {'*': [{'read': 'd'}]}}, "
        "'db': {'type': 'database', 'holds': ['d'], 'replication': {'primary': 'virginia', 'replicas': "
        "{'virginia': 1, 'ireland': 2}, 'reads_from': '%s'}}}}",
        cases[i].source);
    uint64_t all = 0;
    for (uint32_t node = 0; node < 4; node++) {
      const struct instance *instance = running_instance(&running, "db", node);
      bool ireland = strcmp(running.plan->places[instance->fleet->place].name, "ireland") == 0;
      bool primary = database_is_primary(instance);
      int expected = primary ? cases[i].primary : ireland ? cases[i].ireland : cases[i].virginia;
      cr_expect_eq(account(&running, node)->reads > 0, expected, "%s, node %d", cases[i].source, (int)node);
      all += account(&running, node)->reads;
      if (ireland && expected) cr_expect_geq(account(&running, node)->reads * 2 + 1, all / 2);
    }
    uint64_t answered = running_measure(&running, "request")->answered;
    cr_expect(all >= answered && all <= answered + 100, "%d of %d", (int)all, (int)answered);
    running_drop(&running);
  }
}

// Readers in both places, at random: in each of them its two nodes are read from in turn all the same.
Test(database, nodes_of_a_place_take_turns_whoever_reads_elsewhere) {
  struct running running;
  running_run(
      &running, NULL,
      "{'run': {'duration': '20s', 'warmup': '0s'}, " TWO_PLACES "'datasets': {'d': {'items': 5000}}, "
      "'clients': {'c': {'from': {'us-east': 1, 'eu-west': 1}, 'arrivals': {'poisson': {'rate': '100/s'}}, "
      "'entry': 'web'}}, "
      "'components': {'web': {'type': 'server', 'in': ['virginia', 'ireland'], "
      "'handles': {'*': [{'read': 'd'}]}}, "
      "'db': {'type': 'database', 'holds': ['d'], 'replication': {'primary': 'virginia', 'replicas': "
      "{'virginia': 1, 'ireland': 2}, 'reads_from': 'nearest'}}}}");
  for (uint32_t node = 0; node < 4; node += 2) {
    uint64_t one = account(&running, node)->reads, other = account(&running, node + 1)->reads;
    cr_expect_gt(one, 400);
    cr_expect(one <= other + 2 && other <= one + 2, "node %d: %d and %d", (int)node, (int)one, (int)other);
  }
  running_drop(&running);
}

// In one place its nodes may cost something else, and apply in another way.
Test(database, nodes_of_one_place_may_differ_in_what_they_cost) {
  struct running running;
  running_run(
      &running, NULL,
      "{'run': {'duration': '20s', 'warmup': '0s'}, " TWO_PLACES "'datasets': {'d': {'items': 5000}}, "
      "'clients': {'c': {'from': 'us-east', 'arrivals': {'poisson': {'rate': '50/s'}}, 'entry': 'web'}}, "
      "'components': {'web': {'type': 'server', 'in': ['virginia'], 'handles': {'*': [{'write': 'd'}]}}, "
      "'db': {'type': 'database', 'holds': ['d'], 'shards': {'count': 2}, 'replication': {'primary': "
      "'virginia', 'replicas': {'virginia': 1, 'ireland': 1}, 'apply': {'cpu': '1ms', 'threads': 9}}, "
      "'overrides': {'ireland': {'replication': {'apply': {'cpu': '50ms', 'threads': 200}}}}}}}");
  for (uint32_t node = 0; node < 6; node++) {
    const struct instance *instance = running_instance(&running, "db", node);
    bool ireland = strcmp(running.plan->places[instance->fleet->place].name, "ireland") == 0;
    const struct database_account *one = account(&running, node);
    if (database_is_primary(instance)) continue;
    int64_t least = (ireland ? 50 : 1) * INT64_C(1000000);
    cr_assert_gt(one->lags.count, 300);
    cr_expect_geq((int64_t)(one->lags.sum / (int128)one->lags.count), least);
    cr_expect_lt(one->lags.largest, least + INT64_C(60000000));
    cr_expect_eq(instance->number / database_plan_of(instance)->nodes_at[ireland ? 1 : 0],
                 database_shard_at(instance));
  }
  running_drop(&running);
}

// Every node goes by exactly one shard and role.
Test(database, nodes_are_called_by_shard_and_role) {
  struct running running;
  running_only_load(&running, "{" TWO_PLACES "'datasets': {'d': {'items': 5000}}, "
                              "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'web'}}, "
                              "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                              "'db': {'type': 'database', 'holds': ['d'], 'shards': {'count': 3}, "
                              "'replication': {'primary': 'virginia', "
                              "'replicas': {'virginia': 1, 'ireland': 2}}}}}");
  cr_assert_not_null(running.plan);
  const struct component *db = plan_component(running.plan, "db");
  uint16_t virginia = plan_place(running.plan, "virginia"), ireland = plan_place(running.plan, "ireland");
  cr_assert_eq(component_instances(db), 3 * 4);
  char name[64];
  for (int64_t shard = 0; shard < 3; shard++) {
    for (int64_t n = 0; n < 6; n++) {
      bool here = n / 2 == shard, first = n % 2 == 0;
      snprintf(name, sizeof name, "shard%d", (int)shard);
      cr_expect_eq(db->model->called(db, virginia, n, name), here);
      snprintf(name, sizeof name, "shard%d/primary", (int)shard);
      cr_expect_eq(db->model->called(db, virginia, n, name), here && first);
      cr_expect_not(db->model->called(db, ireland, n, name));
      snprintf(name, sizeof name, "shard%d/replica0", (int)shard);
      cr_expect_eq(db->model->called(db, virginia, n, name), here && !first);
      cr_expect_eq(db->model->called(db, ireland, n, name), here && first);
      snprintf(name, sizeof name, "shard%d/replica", (int)shard);
      cr_expect_eq(db->model->called(db, ireland, n, name), here);
      cr_expect_eq(db->model->called(db, virginia, n, "primary"), first);
    }
  }
  static const char *const wrong[] = {"shard3",   "shard", "shard1/",       "shardx",    "shard0/boss",
                                      "replica2", "",      "shard0primary", "replica0/", "Primary"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    for (int64_t n = 0; n < 6; n++)
      cr_expect_not(db->model->called(db, ireland, n, wrong[i]), "%s", wrong[i]);
  }
  running_drop(&running);
}

// A million keys in a row fall evenly on the shards; one key always falls on one.
Test(database, a_hash_divides_the_items_evenly) {
  enum { KEYS = 1000000, SHARDS = 7 };
  struct database_plan plan = {.shards = SHARDS};
  double counts[SHARDS] = {0}, square = 0;
  for (uint64_t key = 0; key < KEYS; key++) counts[database_shard_of(&plan, 3, key)]++;
  for (int i = 0; i < SHARDS; i++)
    square += (counts[i] - KEYS / 7.0) * (counts[i] - KEYS / 7.0) / (KEYS / 7.0);
  cr_expect_lt(square, 22.5, "chi-square %g of 6 degrees of freedom, p < 0.001", square);
  cr_expect_gt(square, 0.38);
}

// ---- What is not there yet, and what cannot be ------------------------------------------------------------

Test(database, what_is_not_there_yet_is_said_to_be_so) {
  static const struct {
    const char *row, *said;
  } cases[] = {
      {"'engine': 'graph'", "`graph` is not there yet: `relational` and `key-value` are"},
      {"'shards': {'count': 2, 'by': 'range'}", "`range` is not there yet: `hash` is"},
      {"'replication': {'replicas': {'main': 1}, 'mode': 'raft'}", "`raft` is not there yet: `async` is"},
      {"'replication': {'replicas': {'main': 1}, 'mode': {'quorum': {'n': 3}}}", "`quorum` is not there yet"},
      {"'replication': {'replicas': {'main': 1}, 'failover': {'detect': '1s'}}",
       "failover is not there yet: leave it out, or set it to null"},
      {"'instances': 3", "follow from `shards` and `replication`"},
      {"'on': 'box', 'buffer': 0.5", "has no limit that this could be a share of"},
      {"'in': ['main'], 'replication': {'primary': 'nowhere', 'replicas': {'main': 1}}", "nowhere"},
      {"'reads_from': 'primary'", "reads_from"},
      {"'overrides': {'main': {'shards': {'count': 2}}}", "`shards` is the same in all places"},
      {"'replication': {'replicas': {'main': 1}}, 'overrides': {'main': {'replication': {'reads_from': "
       "'replica'}}}",
       "`reads_from` is the same in all places"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running running;
    running_only_load(&running,
                      "{'datasets': {'d': {'items': 50}}, 'hosts': {'box': {}}, "
                      "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'web'}}, "
                      "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                      "'db': {'type': 'database', 'holds': ['d'], %s}}}",
                      cases[i].row);
    bool said = false;
    for (const struct diagnostic *d = running.diagnostics.first; d != NULL; d = d->next)
      said |= strstr(d->message, cases[i].said) != NULL;
    if (!said) diagnostics_print(&running.diagnostics, stderr);
    cr_expect(said, "%s", cases[i].row);
    running_drop(&running);
  }
}

Test(database, a_null_failover_is_none) {
  struct running running;
  running_only_load(
      &running, "{'datasets': {'d': {'items': 50}}, "
                "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, 'db': {'type': "
                "'database', 'holds': ['d'], 'replication': {'replicas': {'main': 1}, 'failover': null}}}}");
  cr_expect_not_null(running.plan);
  running_drop(&running);
}

Test(database, addresses_that_name_nobody_and_scaling_are_refused) {
  static const struct {
    const char *event, *said;
  } cases[] = {
      {"'fail': 'db/main/shard9/primary'", "no instance of `db` in `main` is called `shard9/primary`"},
      {"'fail': 'db/main/boss'", "shard0/primary"},
      {"'fail': 'web/main/primary'", "instances are named by a number"},
      {"'scale': 'db', 'to': 3", "have roles"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running running;
    running_only_load(&running,
                      "{'datasets': {'d': {'items': 50}}, "
                      "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'web'}}, "
                      "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                      "'db': {'type': 'database', 'holds': ['d'], 'shards': {'count': 2}}}, "
                      "'timeline': [{'at': '1s', %s}]}",
                      cases[i].event);
    bool said = false;
    for (const struct diagnostic *d = running.diagnostics.first; d != NULL; d = d->next)
      said |= strstr(d->message, cases[i].said) != NULL;
    if (!said) diagnostics_print(&running.diagnostics, stderr);
    cr_expect(said, "%s", cases[i].event);
    running_drop(&running);
  }
}

// The number of connections may be set while it runs, given or not, and goes back.
Test(database, connections_may_be_set_for_a_time) {
  for (int given = 0; given < 2; given++) {
    struct running running;
    running_run(&running, NULL,
                "{" FREE "'datasets': {'d': {'items': 9}}, "
                "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'batch': 4, 'entry': 'web'}}, "
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'd'}]}}, "
                "'db': {'type': 'database', 'holds': ['d'], %s'read': {'cpu': '10ms'}}}, "
                "'timeline': [{'at': '1500ms', 'for': '1s', 'set': {'components.db.connections': 1}}]}",
                "3500ms", given ? "'connections': 4, " : "");
    const struct request_measure *measure = running_measure(&running, "request");
    int64_t sum = 8 * 10 + 10 + 20 + 30 + 40;
    cr_expect_eq((int64_t)measure->latency.sum, sum * 1000000, "%lld", (long long)measure->latency.sum);
    running_drop(&running);
  }
}
