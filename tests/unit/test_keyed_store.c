// Caches, object stores and content delivery networks in small runs whose every hit is known: real traces
// against published miss counts, times to live, coalescing, versions, rings, outages.
#include "keyed_store.h"
#include "running.h"
#include "sim_run.h"
#include "storage.h"

#include <math.h>
#include <stdlib.h>

static const struct keyed_account *account(const struct running *ran, const char *component,
                                           uint32_t number) {
  return running_instance(ran, component, number)->durable_state;
}

static uint64_t answered(const struct running *ran) {
  return ran->sim.clients[0].answered_ever;
}

#define NO_TIME "'network': 'none', 'run': {'duration': '%s', 'warmup': '0s'}, "
#define READERS(rate_)                                                                                       \
  "'clients': {'readers': {'arrivals': {'constant': {'rate': '" rate_ "'}}, 'entry': 'web'}}, "

// ---- Real traces ------------------------------------------------------------------------------------------

// A trace of keys, one a line, as rows of a table a millisecond apart.
static char *as_rows(const char *path, size_t *requests) {
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  size_t room = 1 << 22, length = 0;
  char *rows = malloc(room), line[256];
  length += (size_t)snprintf(rows, room, "time,key\n");
  *requests = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0') continue;
    cr_assert_lt(length + sizeof line, room);
    length += (size_t)snprintf(rows + length, room - length, "%zu.%03zu,%s\n", *requests / 1000,
                               *requests % 1000, line);
    ++*requests;
  }
  fclose(file);
  return rows;
}

// Misses to the last one as libCacheSim counts them (1a1a11a/libCacheSim, test_simulator.c, no size), through
// clients, a server, a cache and an object store.
Test(keyed_store, misses_of_a_real_trace_are_those_published) {
  static const struct {
    int items;
    uint64_t misses;
  } expected[] = {{128, 99411}, {512, 95370}, {1024, 94816}};
  const char *folder = getenv("HEADROOM_REFERENCE");
  if (folder == NULL) cr_skip_test("HEADROOM_REFERENCE is not set: the trace is not here");
  char path[4096];
  snprintf(path, sizeof path, "%s/cache/cloudPhysicsIO.txt", folder);
  size_t requests;
  char *rows = as_rows(path, &requests);
  cr_assert_eq(requests, 113872);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    struct running ran;
    running_run(
        &ran, rows,
        "{'network': 'none', 'run': {'duration': '1h'}, "
        "'datasets': {'blocks': {'items': 1000, 'item_size': '1KB'}}, "
        "'clients': {'trace': {'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': "
        "'web'}}, "
        "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'blocks', 'key': 'request'}]}}, "
        "'memory': {'type': 'cache', 'origin': 'disk', 'capacity': {'items': %d}, 'strategy': '%s'}, "
        "'disk': {'type': 'object-store', 'holds': ['blocks']}}}",
        expected[i].items, i % 2 == 0 ? "read-through" : "cache-aside");
    cr_assert_eq(answered(&ran), requests);
    cr_expect_eq(account(&ran, "memory", 0)->asked, requests);
    cr_expect_eq(account(&ran, "memory", 0)->misses, expected[i].misses, "%llu misses",
                 (unsigned long long)account(&ran, "memory", 0)->misses);
    cr_expect_eq(account(&ran, "memory", 0)->evictions, expected[i].misses - (uint64_t)expected[i].items);
    running_drop(&ran);
  }
  free(rows);
}

// ---- Times to live ----------------------------------------------------------------------------------------

// One item, asked for each second; it lives for 2.5 s from when it came in, whatever the hits: of every three
// reads the first misses.
Test(keyed_store, what_has_expired_is_a_miss_and_a_hit_renews_nothing) {
  struct running ran;
  running_run(&ran, NULL,
              "{" NO_TIME "'datasets': {'one': {'items': 1, 'item_size': '3KB'}}, " READERS(
                  "1/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'one'}]}}, "
                         "'memory': {'type': 'cache', 'origin': 'disk', 'ttl': '2500ms', 'strategy': "
                         "'read-through'}, "
                         "'disk': {'type': 'object-store', 'holds': ['one']}}}",
              "300500ms");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  cr_expect_eq(memory->asked, 300);
  cr_expect_eq(memory->misses, 100);
  cr_expect_eq(memory->hits, 200);
  cr_expect_eq(memory->expired, 99);
  cr_expect_eq(memory->fetches, 100);
  cr_expect_eq(memory->items.inside, 1);
  cr_expect_eq(memory->bytes.inside, 3000);
  running_drop(&ran);
}

// With jitter j the lives lie evenly in ttl (1 - j) to ttl (1 + j): of an item asked for every 10 ms, the
// mean distance of misses is the mean life, rounded up to the next read.
Test(keyed_store, jitter_spreads_lives_around_the_ttl) {
  struct running ran;
  running_run(&ran, NULL,
              "{" NO_TIME "'datasets': {'one': {'items': 1}}, " READERS(
                  "100/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'one'}]}}, "
                           "'memory': {'type': 'cache', 'origin': 'disk', 'ttl': '1s', 'ttl_jitter': 0.5, "
                           "'strategy': 'read-through'}, "
                           "'disk': {'type': 'object-store', 'holds': ['one']}}}",
              "2000s");
  double misses = (double)account(&ran, "memory", 0)->misses;
  double life = 1 / sqrt(12.0), rounds = 2000 / 1.005;
  cr_expect_float_eq(misses, rounds, 4 * life * sqrt(rounds), "%g misses, expected %g", misses, rounds);
  cr_expect_neq(misses, rint(2000 / 1.01));
  running_drop(&ran);
}

// ---- Sizes ------------------------------------------------------------------------------------------------

Test(keyed_store, bytes_are_those_of_its_items_and_never_beyond_the_capacity) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{" NO_TIME "'datasets': {'files': {'items': 300, 'item_size': {'uniform': {'min': '1KB', 'max': "
      "'90KB'}}}}," READERS(
          "1000/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'files'}]}}, "
                    "'memory': {'type': 'cache', 'origin': 'disk', 'capacity': '60KB', 'strategy': "
                    "'read-through'}, "
                    "'disk': {'type': 'object-store', 'holds': ['files']}}}",
      "20s");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  const struct store *store =
      &((const struct keyed_store *)running_instance(&ran, "memory", 0)->volatile_state)->store;
  int64_t bytes = 0, items = 0;
  for (uint64_t key = 0; key < 300; key++) {
    if (store_peek(store, key, 0) == STORE_NOTHING) continue;
    int64_t size = dataset_item_bytes(&ran.plan->datasets[0], key);
    cr_expect_leq(size, 60000, "an item larger than the cache is in it");
    bytes += size;
    items++;
  }
  cr_expect_gt(items, 0);
  cr_expect_eq(memory->items.inside, items);
  cr_expect_eq(memory->bytes.inside, bytes);
  cr_expect_leq(memory->bytes.peak, 60000);
  cr_expect_eq(memory->asked, memory->hits + memory->misses);
  running_drop(&ran);
}

// ---- Coalescing -------------------------------------------------------------------------------------------

// Ten at once ask for the one item; the origin takes 100 ms.
#define TEN_AT_ONCE                                                                                          \
  "'run': {'duration': '1s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "                           \
  "'clients': {'readers': {'arrivals': {'constant': {'rate': '1/s'}}, 'batch': 10, 'entry': 'web'}}, "

Test(keyed_store, one_fetch_for_all_that_miss_an_item_at_once) {
  for (int coalesce = 0; coalesce < 2; coalesce++) {
    struct running ran;
    running_run(&ran, NULL,
                "{'network': 'none', " TEN_AT_ONCE
                "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'one'}]}}, "
                "'memory': {'type': 'cache', 'origin': 'disk', 'coalesce': %s, 'strategy': 'read-through'}, "
                "'disk': {'type': 'object-store', 'holds': ['one'], 'get': '100ms'}}}",
                coalesce ? "true" : "false");
    const struct keyed_account *memory = account(&ran, "memory", 0);
    cr_expect_eq(memory->misses, 10);
    cr_expect_eq(memory->fetches, coalesce ? 1 : 10);
    cr_expect_eq(memory->coalesced, coalesce ? 9 : 0);
    cr_expect_eq(answered(&ran), 10);
    const struct request_measure *measure = &ran.sim.clients[0].measures[plan_request(ran.plan, "request")];
    cr_expect_eq(measure->latency.count, 10);
    cr_expect_eq(measure->latency.largest, 100000000);
    running_drop(&ran);
  }
}

// The limit of the store lets one get of the first second through: where it is asked once, the failure of
// that one is everybody's.
Test(keyed_store, who_waits_fails_as_the_fetch_did) {
  struct running ran;
  running_run(&ran, NULL,
              "{'network': 'none', " TEN_AT_ONCE
              "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'one'}]}}, "
              "'memory': {'type': 'cache', 'origin': 'slow', 'holds': ['one'], 'coalesce': true, "
              "'strategy': 'read-through'}, "
              "'slow': {'type': 'server', 'workers': 1, 'backlog': 0, 'handles': {'*': [{'wait': '10ms'}, "
              "{'fail': 1}]}}}}");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  cr_expect_eq(memory->fetches, 1);
  cr_expect_eq(memory->coalesced, 9);
  cr_expect_eq(answered(&ran), 0);
  const struct request_measure *measure = &ran.sim.clients[0].measures[plan_request(ran.plan, "request")];
  cr_expect_eq(measure->failed[OUTCOME_ERROR], 10);
  running_drop(&ran);
}

// The caller of the one that fetches gives up and cancels it after 50 ms: the next in line fetches, and all
// others are answered by that.
Test(keyed_store, where_the_one_that_fetches_is_cancelled_the_next_fetches) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{'network': 'none', 'run': {'duration': '4s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "
      "'clients': {'hasty': {'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'web', 'mix': {'hasty': "
      "1}}, "
      "'patient': {'arrivals': {'constant': {'rate': '0.9999/s'}}, 'batch': 5, 'entry': 'web', "
      "'mix': {'patient': 1}}}, "
      "'components': {'web': {'type': 'server', 'handles': {"
      "'hasty': [{'read': 'one', 'timeout': '50ms', 'on_timeout': 'cancel'}], 'patient': [{'read': "
      "'one'}]}}, "
      "'memory': {'type': 'cache', 'origin': 'disk', 'coalesce': true, 'ttl': '100ms', "
      "'strategy': 'read-through'}, "
      "'disk': {'type': 'object-store', 'holds': ['one'], 'get': '100ms'}}}");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  const struct client_run *clients = ran.sim.clients;
  const struct request_measure *hasty = &clients[0].measures[plan_request(ran.plan, "hasty")];
  const struct request_measure *patient = &clients[1].measures[plan_request(ran.plan, "patient")];
  cr_expect_eq(hasty->failed[OUTCOME_TIMEOUT], hasty->offered);
  cr_expect_eq(patient->offered, 15);
  cr_expect_eq(patient->answered, 15);
  cr_expect_eq(memory->fetches, memory->misses - memory->coalesced + 3, "the next fetches in its place");
  running_drop(&ran);
}

// ---- Versions ---------------------------------------------------------------------------------------------

// A write each second, a read a quarter of a second before the next: where the cache is not told of writes
// and keeps what it has for 10 s, nine reads in ten are stale, by 3/4 s.
#define WRITES_AND_READS                                                                                     \
  "'run': {'duration': '300s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "                         \
  "'clients': {'readers': {'arrivals': {'trace': {'file': 'reads', 'format': 'csv'}}, 'entry': 'web'}}, "

static char *quarter_rows(void) {
  char *rows = malloc(1 << 16);
  size_t length = (size_t)sprintf(rows, "time,request\n0.0,view\n");
  for (int i = 1; i <= 200; i++) length += (size_t)sprintf(rows + length, "%d.0,edit\n%d.75,view\n", i, i);
  return rows;
}

static void run_versions(struct running *ran, const char *rows, const char *cache) {
  running_run(ran, rows,
              "{'network': 'none', " WRITES_AND_READS
              "'components': {'web': {'type': 'server', 'handles': {'view': [{'read': 'one'}], "
              "'edit': [{'write': 'one'}]}}, "
              "'memory': {'type': 'cache', 'origin': 'disk', %s}, "
              "'disk': {'type': 'object-store', 'holds': ['one']}}}",
              cache);
}

Test(keyed_store, a_copy_older_than_the_last_acknowledged_write_is_stale) {
  char *rows = quarter_rows();
  struct running ran;
  run_versions(&ran, rows, "'strategy': 'read-through', 'invalidate_on_write': false, 'ttl': '10s'");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  // The copy of 0 s is stale from the write of 1 s on, until the read of 10.75 s fetches; that one is stale
  // from the write of 11 s until the read of 20.75 s, and so on: the reads of 0 s and of 10.75 s to 200.75 s
  // fetch.
  cr_expect_eq(memory->asked, 201);
  cr_expect_eq(memory->misses, 21);
  cr_expect_eq(memory->stale, 180);
  cr_expect_eq(memory->stale_ages.count, 180);
  cr_expect_eq((int64_t)(memory->stale_ages.sum / 180), 750000000);
  running_drop(&ran);
  free(rows);
}

Test(keyed_store, told_of_writes_or_passed_by_them_nothing_is_stale) {
  static const char *const caches[] = {"'strategy': 'read-through'", "'strategy': 'cache-aside'",
                                       "'strategy': 'write-through', 'invalidate_on_write': false",
                                       "'strategy': 'write-around'"};
  char *rows = quarter_rows();
  for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
    struct running ran;
    run_versions(&ran, rows, caches[i]);
    const struct keyed_account *memory = account(&ran, "memory", 0);
    cr_expect_eq(memory->stale, 0, "%s", caches[i]);
    cr_expect_eq(memory->asked, 201);
    // What a write goes through has what was written.
    cr_expect_eq(memory->misses, i == 2 ? 1 : 201, "%s: %llu", caches[i], (unsigned long long)memory->misses);
    running_drop(&ran);
  }
  free(rows);
}

// The race of look-aside caches: a read has its item from the origin when a write and its invalidation pass
// it; it then brings the old item, which is there until it expires.
Test(keyed_store, an_old_item_brought_after_the_invalidation_is_known_to_be_old) {
  struct running ran;
  running_run(
      &ran, "time,request\n1.0,view\n1.01,edit\n2.0,look\n3.0,look\n",
      "{'network': 'none', 'run': {'duration': '10s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "
      "'clients': {'readers': {'arrivals': {'trace': {'file': 'reads', 'format': 'csv'}}, 'entry': 'web'}}, "
      "'machines': {'slow': {'cores': 1, 'discipline': 'fcfs'}}, "
      "'components': {'web': {'type': 'server', 'handles': {'view': [{'read': 'one'}], "
      "'look': [{'read': 'one'}], 'edit': [{'write': 'one'}]}}, "
      "'memory': {'type': 'cache', 'machine': 'slow', 'origin': 'disk', 'set': '100ms'}, "
      "'disk': {'type': 'object-store', 'holds': ['one'], 'get': '5ms', 'put': '1ms'}}}");
  // `view` misses, reads at 1.005, and its set takes from 1.005 to 1.105; the write is acknowledged at 1.011
  // and its drop stands behind the set: the item goes again, so that the looks miss once and hit once.
  cr_expect_eq(account(&ran, "memory", 0)->stale, 0);
  cr_expect_eq(account(&ran, "memory", 0)->hits, 1);
  running_drop(&ran);
  // On two cores the drop is over first where it takes less; here the set is the slower by its disk: the
  // write comes while the read's answer waits.
  running_run(
      &ran, "time,request\n1.0,view\n1.01,edit\n2.0,look\n3.0,look\n",
      "{'network': 'none', 'run': {'duration': '10s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "
      "'clients': {'readers': {'arrivals': {'trace': {'file': 'reads', 'format': 'csv'}}, 'entry': 'web'}}, "
      "'components': {'web': {'type': 'server', 'handles': {'view': [{'read': 'one', 'from': 'near'}], "
      "'look': [{'read': 'one', 'from': 'near'}], 'edit': [{'write': 'one', 'to': 'disk'}]}}, "
      "'near': {'type': 'cache', 'origin': 'middle', 'holds': ['one'], 'strategy': 'read-through', "
      "'invalidate_on_write': true}, "
      "'middle': {'type': 'cache', 'origin': 'disk', 'set': '100ms', 'invalidate_on_write': false}, "
      "'disk': {'type': 'object-store', 'holds': ['one'], 'get': '5ms', 'put': '1ms'}}}");
  // `near` asks `middle`, which has missed, and `disk`, at 1.005; it brings the item to `middle` until 1.105
  // and has it then itself, after the write at 1.011 and its drop: both looks hit an old copy.
  cr_expect_eq(account(&ran, "near", 0)->hits, 2);
  cr_expect_eq(account(&ran, "near", 0)->stale, 2);
  cr_expect_eq((int64_t)account(&ran, "near", 0)->stale_ages.sum, 2 * 989000000LL + 1000000000LL);
  running_drop(&ran);
}

// Whoever asks the origin, to bring in an item takes its `set`: 2 ms to look, 5 ms at the origin, 30 ms to
// keep, so that the answer comes at 37 ms; the second look is a hit.
Test(keyed_store, what_is_brought_in_costs_a_set_under_every_strategy) {
  static const char *const strategies[] = {"cache-aside", "read-through", "write-through", "write-around"};
  for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
    char text[1024];
    snprintf(
        text, sizeof text,
        "{'network': 'none', 'run': {'duration': '10s', 'warmup': '0s'}, 'datasets': {'one': {'items': 1}}, "
        "'clients': {'readers': {'arrivals': {'trace': {'file': 'reads', 'format': 'csv'}}, 'entry': "
        "'web'}}, "
        "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'one'}]}}, "
        "'memory': {'type': 'cache', 'origin': 'disk', 'get': '2ms', 'set': '30ms', 'strategy': '%s'}, "
        "'disk': {'type': 'object-store', 'holds': ['one'], 'get': '5ms'}}}",
        strategies[i]);
    struct running ran;
    running_run(&ran, "time,request\n1.0,view\n2.0,view\n", text);
    const struct request_measure *measure = running_measure(&ran, "view");
    cr_expect_eq(measure->latency.count, 2);
    cr_expect_eq(measure->latency.largest, 37000000, "%s: %lld ns", strategies[i],
                 (long long)measure->latency.largest);
    cr_expect_eq((int64_t)measure->latency.sum, 37000000 + 2000000, "%s", strategies[i]);
    running_drop(&ran);
  }
}

// ---- Rings, crashes, warmth -------------------------------------------------------------------------------

// 2,000 items on four instances, by the ring.
#define RING                                                                                                 \
  "{" NO_TIME "'datasets': {'files': {'items': 2000}}, " READERS(                                            \
      "10000/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'files'}]}}, "         \
                 "'memory': {'type': 'cache', 'origin': 'disk', 'instances': 4, 'strategy': "                \
                 "'read-through'}, 'disk': {'type': 'object-store', 'holds': ['files']}}"

Test(keyed_store, keys_are_spread_over_the_instances_and_each_is_in_one) {
  struct running ran;
  running_run(&ran, NULL, RING "}", "5s");
  int64_t sum = 0;
  for (uint32_t i = 0; i < 4; i++) {
    int64_t items = account(&ran, "memory", i)->items.inside;
    // A share is Beta(160, 480): standard deviation 0.0171.
    cr_expect_float_eq((double)items / 2000, 0.25, 4 * 0.0171 + 4 * 0.01, "%lld items", (long long)items);
    sum += items;
  }
  cr_expect_eq(sum, 2000, "each key in one instance: %lld", (long long)sum);
  running_drop(&ran);
}

// Who goes takes its share along, and only that is fetched anew; who comes gets a share, which others leave.
Test(keyed_store, a_ring_moves_no_more_keys_than_it_must) {
  struct running ran;
  running_run(&ran, NULL,
              RING ", "
                   "'timeline': [{'at': '5s', 'scale': 'memory', 'to': 3}]}",
              "10s");
  int64_t inside[4], misses = 0;
  for (uint32_t i = 0; i < 4; i++) {
    inside[i] = account(&ran, "memory", i)->items.inside;
    misses += (int64_t)account(&ran, "memory", i)->misses;
  }
  // What the fourth held is gone with it.
  cr_expect_eq(inside[0] + inside[1] + inside[2], 2000, "each key in one instance of three");
  cr_expect(misses > 2000 + 350 && misses < 2000 + 650, "%lld", (long long)misses);
  running_drop(&ran);
}

// In each of two places, on two machines there; in the east there is a server on the first alone.
Test(keyed_store, local_caches_of_a_place_are_those_of_its_machines) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{" NO_TIME "'datasets': {'files': {'items': 500}}, 'datacenters': {'east': {'region': 'us-east'}, "
      "'west': {'region': 'eu-west'}}, 'hosts': {'e': {'in': 'east', 'count': 2}, 'w': {'in': 'west', "
      "'count': 2}}, "
      "'clients': {'a': {'from': 'us-east', 'arrivals': {'constant': {'rate': '1000/s'}}, 'entry': 'ew'}, "
      "'b': {'from': 'eu-west', 'arrivals': {'constant': {'rate': '3000/s'}}, 'entry': 'ww'}}, "
      "'components': {"
      "'ew': {'type': 'server', 'on': 'e', 'instances': 1, 'handles': {'*': [{'read': 'files', 'from': "
      "'em'}]}}, "
      "'em': {'type': 'cache', 'on': 'e', 'level': 'local', 'origin': 'disk', 'instances': 2, 'strategy': "
      "'read-through'}, "
      "'ww': {'type': 'server', 'on': 'w', 'instances': 2, 'handles': {'*': [{'read': 'files', 'from': "
      "'wm'}]}}, "
      "'wm': {'type': 'cache', 'on': 'w', 'level': 'local', 'origin': 'disk', 'instances': 2, 'strategy': "
      "'read-through'}, "
      "'disk': {'type': 'object-store', 'in': ['east'], 'holds': ['files']}}}",
      "10s");
  for (uint32_t i = 0; i < 2; i++) {
    cr_expect_float_eq((double)account(&ran, "em", i)->asked, i == 0 ? 10000 : 0, 1);
    cr_expect_float_eq((double)account(&ran, "wm", i)->asked, 15000, 1);
  }
  running_drop(&ran);
}

// What is read is sent: items of 3 KB, whoever has them, and what the origin sends is what was missed.
Test(keyed_store, items_are_sent_by_whoever_is_asked) {
  struct running ran;
  running_run(&ran, NULL,
              "{" NO_TIME "'datasets': {'files': {'items': 50, 'item_size': '3KB'}}, " READERS(
                  "100/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'files'}]}}, "
                           "'memory': {'type': 'cache', 'origin': 'disk', 'strategy': 'read-through'}, "
                           "'disk': {'type': 'object-store', 'holds': ['files']}}}",
              "10500ms");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  const struct component *cache = plan_component(ran.plan, "memory"),
                         *disk = plan_component(ran.plan, "disk");
  cr_expect_gt(memory->misses, 0);
  cr_expect_eq(ran.sim.services[cache->number].fleets[0].measure.bytes_out, memory->asked * 3000);
  cr_expect_eq(ran.sim.services[disk->number].fleets[0].measure.bytes_out, memory->misses * 3000);
  running_drop(&ran);
}

// Nothing is forgotten, not even the very first write. Through the cache goes what is written, and who reads
// what was just written by the same user hits; some other item would be there next to never, as 100 of 100000
// are.
Test(keyed_store, a_user_reads_what_it_wrote_last) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{" NO_TIME "'datasets': {'files': {'items': 100000}}, "
      "'clients': {'writers': {'users': 7, 'arrivals': {'constant': {'rate': '10/s'}}, 'entry': 'web'}}, "
      "'components': {'web': {'type': 'server', 'handles': {'*': [{'write': 'files'}, {'read': 'files', "
      "'key': 'last-written'}]}}, "
      "'memory': {'type': 'cache', 'origin': 'disk', 'strategy': 'write-through'}, "
      "'disk': {'type': 'object-store', 'holds': ['files']}}}",
      "10500ms");
  cr_expect_geq(answered(&ran), 104);
  cr_expect_eq(account(&ran, "memory", 0)->hits, answered(&ran));
  cr_expect_eq(account(&ran, "memory", 0)->misses, 0);
  running_drop(&ran);
}

Test(keyed_store, local_caches_hold_what_their_own_callers_read) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{" NO_TIME "'datasets': {'files': {'items': 500}}, 'hosts': {'box': {'count': 3}}, " READERS(
          "10000/s") "'components': {'web': {'type': 'server', 'on': 'box', 'instances': 3, 'handles': {'*': "
                     "[{'read': 'files'}]}}, "
                     "'memory': {'type': 'cache', 'on': 'box', 'level': 'local', 'origin': 'disk', "
                     "'instances': 3, "
                     "'strategy': 'read-through'}, "
                     "'disk': {'type': 'object-store', 'holds': ['files']}}}",
      "5s");
  for (uint32_t i = 0; i < 3; i++) {
    cr_expect_eq(account(&ran, "memory", i)->items.inside, 500);
    cr_expect_float_eq((double)account(&ran, "memory", i)->asked, 50000.0 / 3, 1,
                       "each server asks the one beside it");
  }
  running_drop(&ran);
}

// Warm, everything is a hit; the crash of the one node in 2 s empties it, and until it is back after a second
// its reads go to the origin.
Test(keyed_store, a_crash_empties_it_and_a_warm_start_does_not_help) {
  struct running ran;
  running_run(
      &ran, NULL,
      "{" NO_TIME "'datasets': {'files': {'items': 100}}, " READERS(
          "1000/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'files'}]}}, "
                    "'memory': {'type': 'cache', 'origin': 'disk', 'start': 'warm'}, "
                    "'disk': {'type': 'object-store', 'holds': ['files']}}, "
                    "'timeline': [{'at': '2s', 'for': '1s', 'fail': 'memory'}]}",
      "9s");
  const struct keyed_account *memory = account(&ran, "memory", 0);
  cr_expect_eq(memory->misses, 100, "%llu misses", (unsigned long long)memory->misses);
  cr_expect_leq(memory->asked, 8001);
  cr_expect_geq(memory->asked, 7998);
  cr_expect_eq(answered(&ran), ran.sim.clients[0].arrived);
  running_drop(&ran);
}

// ---- Content delivery networks ----------------------------------------------------------------------------

#define TWO_EDGES(more_) TWO_EDGES_AND(more_, "")
#define TWO_EDGES_AND(more_, and_)                                                                           \
  "{'run': {'duration': '40s', 'warmup': '0s'}, 'datasets': {'images': {'items': 50}, 'others': {'items': "  \
  "9}}, "                                                                                                    \
  "'datacenters': {'main': {'region': 'us-east'}}, "                                                         \
  "'clients': {'americas': {'from': 'us-east', 'arrivals': {'constant': {'rate': '100/s'}}, 'entry': "       \
  "'edge'}, "                                                                                                \
  "'europe': {'from': 'eu-west', 'arrivals': {'constant': {'rate': '100/s'}}, 'entry': 'edge'}}, "           \
  "'components': {'edge': {'type': 'cdn', 'origin': 'bucket', 'edges': ['us-east', 'eu-west'], " more_       \
  "}, 'bucket': {'type': 'object-store', 'holds': ['images'], 'get': '10ms'}" and_ "}"

Test(keyed_store, clients_reach_the_nearest_edge_and_a_shield_asks_for_all) {
  static const char *const shields[] = {"", ", 'shield': 'us-east'", ", 'shield': 'eu-west'"};
  for (int shield = 0; shield < 3; shield++) {
    struct running ran;
    running_run(&ran, NULL, TWO_EDGES("'coalesce': true%s") "}", shields[shield]);
    const struct keyed_account *america = account(&ran, "edge", 0), *europe = account(&ran, "edge", 1);
    cr_expect_str_eq(ran.plan->places[running_instance(&ran, "edge", 0)->fleet->place].region, "us-east");
    // All 50 images are asked for in 4,000 requests, at both.
    cr_expect_eq(europe->fetches, 50);
    cr_expect_eq(america->fetches, 50);
    cr_expect_float_eq((double)europe->asked, 4000 + (shield == 2 ? 50 : 0), 20);
    cr_expect_float_eq((double)america->asked, 4000 + (shield == 1 ? 50 : 0), 20);
    uint64_t gets = ran.sim.services[plan_component(ran.plan, "bucket")->number].fleets[0].measure.entered;
    cr_expect_eq(gets, shield ? 50 : 100, "%llu gets", (unsigned long long)gets);
    running_drop(&ran);
  }
}

Test(keyed_store, while_the_origin_is_out_old_copies_are_served_where_that_is_wanted) {
  for (int stale = 0; stale < 2; stale++) {
    struct running ran;
    running_run(
        &ran, NULL,
        TWO_EDGES(
            "'ttl': '2s', 'start': 'warm', 'coalesce': true, 'on_outage': '%s'") ", 'timeline': [{'at': "
                                                                                 "'10s', 'for': '20s', "
                                                                                 "'fail': 'bucket'}]}",
        stale ? "stale" : "fail");
    uint64_t failed = ran.sim.clients[0].failed_ever + ran.sim.clients[1].failed_ever;
    uint64_t saved = account(&ran, "edge", 0)->saved + account(&ran, "edge", 1)->saved;
    if (stale) {
      cr_expect_eq(failed, 0, "%llu failed", (unsigned long long)failed);
      // 18 s after the last copies have expired, at most 20 s: nearly each of the 200 requests a second.
      cr_expect_gt(saved, 18 * 200 * 8 / 10);
    } else {
      cr_expect_gt(failed, 18 * 200 * 8 / 10);
      cr_expect_eq(saved, 0);
    }
    running_drop(&ran);
  }
}

Test(keyed_store, while_no_edge_works_clients_go_to_the_origin_where_that_is_wanted) {
  for (int origin = 0; origin < 2; origin++) {
    struct running ran;
    running_run(&ran, NULL,
                TWO_EDGES("'on_outage': '%s'") ", 'timeline': [{'at': '10s', 'for': '20s', 'fail': 'edge'}]}",
                origin ? "origin" : "fail");
    uint64_t failed = ran.sim.clients[0].failed_ever + ran.sim.clients[1].failed_ever;
    if (origin) {
      // But for those inside when the edges fell.
      cr_expect_leq(failed, 200, "%llu failed", (unsigned long long)failed);
    } else {
      cr_expect_float_eq((double)failed, 4000, 100);
    }
    running_drop(&ran);
  }
}

// A list of the last keys, the newest first: as simple as it can be said.
struct last_keys {
  int keys[300];
  int count, most;
};

static bool asked_before(struct last_keys *last, int key) {
  int at = 0;
  while (at < last->count && last->keys[at] != key) at++;
  bool there = at < last->count;
  if (!there && last->count < last->most) last->count++;
  if (at == last->count) at--;
  memmove(last->keys + 1, last->keys, (size_t)at * sizeof *last->keys);
  last->keys[0] = key;
  return there;
}

// Two tiers, each of the least recently used: to the last hit as two lists.
Test(keyed_store, a_second_tier_gets_what_the_first_has_missed) {
  enum { REQUESTS = 20000, ITEMS = 1000 };
  static char rows[REQUESTS * 32];
  struct last_keys first = {.most = 50}, second = {.most = 300};
  uint64_t hits[2] = {0};
  struct random_stream luck = random_named(1, 0, "tiers", "");
  size_t length = (size_t)snprintf(rows, sizeof rows, "time,key\n");
  for (int i = 0; i < REQUESTS; i++) {
    double unit = random_unit(&luck);
    int key = (int)(ITEMS * unit * unit * unit);
    length += (size_t)snprintf(rows + length, sizeof rows - length, "%d.%02d,%d\n", i / 100, i % 100, key);
    if (asked_before(&first, key)) {
      hits[0]++;
    } else if (asked_before(&second, key)) {
      hits[1]++;
    }
  }
  cr_assert(hits[0] > 3000 && hits[1] > 3000);
  struct running ran;
  running_run(
      &ran, rows,
      "{'network': 'none', 'run': {'duration': '250s'}, 'datasets': {'images': {'items': 1000}}, "
      "'clients': {'trace': {'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': 'a'}}, "
      "'components': {'a': {'type': 'cdn', 'origin': 'b', 'edges': ['us-east'], 'capacity': {'items': 50}}, "
      "'b': {'type': 'cdn', 'origin': 'c', 'edges': ['us-east'], 'capacity': {'items': 300}}, "
      "'c': {'type': 'object-store', 'holds': ['images']}}}");
  const struct keyed_account *a = account(&ran, "a", 0), *b = account(&ran, "b", 0);
  cr_expect_eq(a->asked, REQUESTS);
  cr_expect_eq(a->hits, hits[0], "%llu", (unsigned long long)a->hits);
  cr_expect_eq(b->asked, REQUESTS - hits[0]);
  cr_expect_eq(b->hits, hits[1], "%llu", (unsigned long long)b->hits);
  uint64_t gets = ran.sim.services[plan_component(ran.plan, "c")->number].fleets[0].measure.entered;
  cr_expect_eq(gets, REQUESTS - hits[0] - hits[1]);
  running_drop(&ran);
}

// The second tier has the item from second 1, before it is written at 2; the first has it from there at 3,
// and is asked again at 4 and 5.
Test(keyed_store, copies_know_over_all_tiers_as_of_when_they_are) {
  struct running ran;
  running_run(&ran, "time,request\n0,other\n1,near\n2,edit\n3,far\n4,far\n5,far\n",
              "{'network': 'none', 'run': {'duration': '10s'}, 'datasets': {'images': {'items': 1}}, "
              "'requests': {'near': {'reads': 'images'}, 'far': {'reads': 'images'}}, "
              "'clients': {'trace': {'arrivals': {'trace': {'file': 'rows.csv', 'format': 'csv'}}, 'entry': "
              "{'near': 'b', 'far': 'a', '*': 'web'}}}, "
              "'components': {'a': {'type': 'cdn', 'origin': 'b', 'edges': ['us-east']}, "
              "'b': {'type': 'cdn', 'origin': 'c', 'edges': ['us-east']}, "
              "'web': {'type': 'server', 'handles': {'edit': [{'write': 'images'}], 'other': []}}, "
              "'c': {'type': 'object-store', 'holds': ['images']}}}");
  cr_expect_eq(account(&ran, "b", 0)->stale, 1);
  cr_expect_eq(account(&ran, "a", 0)->stale, 2, "%llu", (unsigned long long)account(&ran, "a", 0)->stale);
  running_drop(&ran);
}

// ---- Flushed and invalidated ------------------------------------------------------------------------------

// Each edge has fetched all 50 images long before the first flush; what it forgets it fetches again.
Test(keyed_store, what_is_flushed_comes_in_again) {
  static const struct {
    const char *event;
    uint64_t america, europe;
  } cases[] = {{"'flush': 'edge'", 100, 100},          {"'flush': 'edge/eu-west'", 50, 100},
               {"'flush': 'edge/us-east/0'", 100, 50}, {"'every': '11s', 'flush': 'edge/us-east'", 150, 50},
               {"'invalidate': 'images'", 100, 100},   {"'invalidate': 'others'", 50, 50}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running ran;
    running_run(
        &ran, NULL,
        TWO_EDGES_AND(
            "'coalesce': true",
            ", 'other': {'type': 'cache', 'origin': 'store'}, "
            "'store': {'type': 'object-store', 'holds': ['others']}") ", 'timeline': [{'at': '20s', %s}]}",
        cases[i].event);
    cr_expect_eq(account(&ran, "edge", 0)->fetches, cases[i].america, "%s", cases[i].event);
    cr_expect_eq(account(&ran, "edge", 1)->fetches, cases[i].europe, "%s", cases[i].event);
    running_drop(&ran);
  }
}

// Two datasets of one item each in one cache, 10 reads of each a second for 10 s, the first after 0.1 s.
Test(keyed_store, only_items_of_the_dataset_are_invalidated) {
  static const struct {
    const char *event;
    uint64_t misses;
    int64_t left; // items, by the end
  } cases[] = {{"'invalidate': 'a'", 3, 2},
               {"'invalidate': 'b'", 3, 2},
               {"'flush': 'memory'", 4, 2},
               {"'every': '2s', 'invalidate': 'b'", 5, 2},
               {"'flush': 'memory/main'", 4, 2}};
  for (int warm = 0; warm < 2; warm++) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      struct running ran;
      running_run(&ran, NULL,
                  "{" NO_TIME "'datasets': {'a': {'items': 1}, 'b': {'items': 1}}, " READERS(
                      "10/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'a'}, "
                              "{'read': 'b'}]}}, "
                              "'memory': {'type': 'cache', 'strategy': 'read-through', 'origin': 'disk', "
                              "'start': '%s'}, "
                              "'disk': {'type': 'object-store', 'holds': ['a', 'b']}}, 'timeline': [{'at': "
                              "'5.05s', %s}]}",
                  "10s", warm ? "warm" : "cold", cases[i].event);
      const struct keyed_account *memory = account(&ran, "memory", 0);
      cr_expect_eq(memory->misses, cases[i].misses - (warm ? 2 : 0), "%s: %llu", cases[i].event,
                   (unsigned long long)memory->misses);
      cr_expect_eq(memory->items.inside, cases[i].left);
      running_drop(&ran);
    }
  }
}

// Before it is first asked: what it would have been warm with is forgotten, too.
Test(keyed_store, what_was_to_be_warm_is_forgotten) {
  static const struct {
    const char *event;
    uint64_t misses;
  } cases[] = {{"'flush': 'memory'", 20}, {"'invalidate': 'a'", 10}, {"'invalidate': 'b'", 10}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running ran;
    running_run(&ran, NULL,
                "{" NO_TIME "'datasets': {'a': {'items': 10}, 'b': {'items': 10}}, " READERS(
                    "100/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'a'}, "
                             "{'read': 'b'}]}}, "
                             "'memory': {'type': 'cache', 'strategy': 'read-through', 'origin': 'disk', "
                             "'start': 'warm', "
                             "'instances': 3}, "
                             "'disk': {'type': 'object-store', 'holds': ['a', 'b']}}, 'timeline': [{'at': "
                             "'1ms', %s}]}",
                "10s", cases[i].event);
    uint64_t misses = 0;
    for (uint32_t n = 0; n < 3; n++) misses += account(&ran, "memory", n)->misses;
    cr_expect_eq(misses, cases[i].misses, "%s: %llu", cases[i].event, (unsigned long long)misses);
    running_drop(&ran);
  }
}

// After N reads that come to an empty store without a limit, the expected number of different items among
// them is the sum of 1 - (1 - p)^N; its variance is at most the sum of the single ones'.
static void expect_fill_curve(const struct keyed_account *now, const struct keyed_account *before) {
  enum { ITEMS = 50000 };
  double weights = 0, mean = 0, variance = 0, reads = (double)(now->asked - before->asked);
  for (int rank = 1; rank <= ITEMS; rank++) weights += pow(rank, -0.8);
  for (int rank = 1; rank <= ITEMS; rank++) {
    double missing = pow(1 - pow(rank, -0.8) / weights, reads);
    mean += 1 - missing;
    variance += missing * (1 - missing);
  }
  double came = (double)(now->fetches - before->fetches);
  cr_expect_float_eq(came, mean, 4.5 * sqrt(variance), "%g of %g reads came in, expected %g, deviation %g",
                     came, reads, mean, sqrt(variance));
}

static void load_lesson(struct running *ran, const char *name) {
  static char lesson[16384];
  char path[4096];
  const char *source = getenv("HEADROOM_SOURCE");
  snprintf(path, sizeof path, "%s/scenarios/lessons/%s.json", source != NULL ? source : ".", name);
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  lesson[fread(lesson, 1, sizeof lesson - 1, file)] = '\0';
  fclose(file);
  running_only_load(ran, "%s", lesson);
  cr_assert_not_null(ran->plan);
  const struct run_settings *asked = &ran->plan->run;
  struct sim_settings settings = {.seed = asked->seed,
                                  .load = 1,
                                  .duration = asked->duration,
                                  .requests = asked->requests,
                                  .drain = asked->drain,
                                  .window = asked->window};
  cr_assert(sim_init(&ran->sim, ran->plan, &settings));
}

// The note of the lesson: the database idles, is asked for more than it manages for ten seconds, and is out
// of its queue after 26.
Test(keyed_store, a_flushed_cache_fills_along_its_curve) {
  struct running ran;
  load_lesson(&ran, "cache-flush");
  struct sim *sim = &ran.sim;
  engine_run(&sim->engine, INT64_C(29999999999));
  const struct keyed_account *memory = account(&ran, "memory", 0);
  const struct instance *db = running_instance(&ran, "db", 0);
  struct keyed_account before = *memory;
  cr_expect_eq(before.misses, 0);
  cr_expect_eq(db->inside, 0);
  double hits = 0;
  int64_t longest = 0, empty = 0;
  for (int second = 31; second <= 120; second++) {
    struct keyed_account last = *memory;
    engine_run(&sim->engine, second * INT64_C(1000000000) - 1);
    expect_fill_curve(memory, &before);
    int64_t waiting = sim->services[db->component->number].fleets[0].measure.inside.inside;
    double share = (double)(memory->hits - last.hits) / (double)(memory->asked - last.asked);
    if (second == 31) cr_expect_lt(share, 0.2);
    if (second == 41) hits = share;
    if (waiting > longest) longest = waiting;
    if (waiting > 20) empty = second + 1;
  }
  cr_expect_float_eq(hits, 0.5, 0.06, "%g", hits);
  cr_expect(longest > 900 && longest < 1500, "%lld in the database", (long long)longest);
  cr_expect(empty >= 51 && empty <= 63, "its queue is gone after %lld s", (long long)empty - 30);
  running_drop(&ran);
}

// ---- Predictions ------------------------------------------------------------------------------------------

static double predicted(const char *cache) {
  struct running ran;
  running_run(&ran, NULL,
              "{" NO_TIME
              "'datasets': {'objects': {'items': 10000, 'item_size': '3KB', 'popularity': {'zipf': {'s': "
              "0.8}}}}, 'machines': {'m': {'memory': '4MB'}}, " READERS(
                  "1/s") "'components': {'web': {'type': 'server', 'handles': {'*': [{'read': 'objects'}]}}, "
                         "'memory': {'type': 'cache', 'origin': 'disk', %s}, "
                         "'disk': {'type': 'object-store', 'holds': ['objects']}}}",
              "10s", cache);
  double hits = ran.plan->storages[plan_component(ran.plan, "memory")->number].hits;
  running_drop(&ran);
  return hits;
}

// Che's law and its relative for FIFO (Fricker, Robert & Roberts 2012): published numbers for 1000 and 2000
// items.
Test(keyed_store, what_is_expected_of_it_follows_from_law_and_capacity) {
  cr_expect_float_eq(predicted("'capacity': {'items': 1000}"), 0.43665972, 1e-5);
  cr_expect_float_eq(predicted("'capacity': '3MB'"), 0.43665972, 1e-5);
  cr_expect_float_eq(predicted("'machine': 'm'"), 0.43665972, 1e-5, "three quarters of 4 MB");
  cr_expect_float_eq(predicted("'capacity': {'items': 1000}, 'eviction': 'fifo'"), 0.3941791, 1e-5);
  cr_expect_float_eq(predicted("'capacity': {'items': 1000}, 'instances': 2"), 0.56770767, 1e-5);
  cr_expect_float_eq(predicted("'capacity': {'items': 1000}, 'instances': 2, 'level': 'local'"), 0.43665972,
                     1e-5);
  cr_expect_eq(predicted("'ttl': '1s'"), 1);
}

// ---- What is refused --------------------------------------------------------------------------------------

static void refused(const char *why, const char *format, ...) {
  struct running ran;
  va_list arguments;
  va_start(arguments, format);
  running_load(&ran, NULL, format, arguments);
  va_end(arguments);
  cr_assert_gt(ran.diagnostics.errors, 0, "not refused: %s", why);
  bool found = false;
  for (const struct diagnostic *d = ran.diagnostics.first; d != NULL; d = d->next)
    found |= strstr(d->message, why) != NULL;
  cr_expect(found, "`%s`, expected `%s`", ran.diagnostics.first->message, why);
  arena_drop(&ran.arena);
}

Test(keyed_store, mistakes_are_told) {
#define STORED                                                                                               \
  "{'datasets': {'d': {'items': 10}}, " READERS(                                                             \
      "1/s") "'components': {'web': {'type': 'server', 'handles': "                                          \
             "{'*': [{'read': 'd'}]}}, "                                                                     \
             "'disk': {'type': 'object-store', 'holds': ['d']}, "
  refused("sees no flight", STORED "'c': {'type': 'cache', 'origin': 'disk', 'coalesce': true}}}");
  refused("holds nothing", STORED "'c': {'type': 'cache', 'origin': 'web'}}}");
  refused("its own origin", STORED "'c': {'type': 'cache', 'origin': 'c'}}}");
  refused("is missing", STORED "'c': {'type': 'cache'}}}");
  refused("no edge in", STORED "'c': {'type': 'cdn', 'origin': 'disk', 'edges': ['us-east'], 'shield': "
                               "'eu-west'}}}");
  refused("twice", STORED "'c': {'type': 'cdn', 'origin': 'disk', 'edges': ['us-east', 'us-east']}}}");
  refused("its own origin", STORED "'c': {'type': 'cdn', 'origin': 'c'}}}");
  refused("its own origin, over `f`",
          STORED "'c': {'type': 'cdn', 'origin': 'f'}, 'f': {'type': 'cdn', 'origin': 'e'}, "
                 "'e': {'type': 'cdn', 'origin': 'c'}}}");
  refused("its own origin, over `f`: somebody",
          STORED "'c': {'type': 'cdn', 'origin': 'f'}, 'f': {'type': 'cdn', 'origin': 'e'}, "
                 "'e': {'type': 'cdn', 'origin': 'f'}}}");
  refused("not reads of items",
          STORED "'c': {'type': 'cdn', 'origin': 'disk'}, 'm': {'type': 'cache', 'origin': 'c', "
                 "'holds': ['d']}}}");
  refused("not reads of items",
          STORED "'c': {'type': 'cdn', 'origin': 'disk'}, 'm': {'type': 'cache', 'origin': 'c'}}}");
  refused("at its edges", STORED "'c': {'type': 'cdn', 'origin': 'disk', 'in': ['main']}}}");
  refused("only a cache or a cdn",
          STORED "'c': {'type': 'cache', 'origin': 'disk'}}, 'timeline': [{'at': '1s', "
                 "'flush': 'disk'}]}");
  refused("only a cache or a cdn",
          STORED "'c': {'type': 'cache', 'origin': 'disk'}}, 'timeline': [{'at': '1s', "
                 "'flush': 'datacenter:main'}]}");
  refused("has no edge", STORED "'c': {'type': 'cdn', 'origin': 'disk', 'edges': ['us-east']}}, 'timeline': "
                                "[{'at': '1s', 'flush': 'c/eu-west'}]}");
  refused("keeps copies of `d`",
          STORED "'e': {'type': 'server', 'handles': {'*': []}}}, 'timeline': [{'at': '1s', "
                 "'invalidate': 'd'}]}");
  refused("unknown key `for`", STORED "'c': {'type': 'cache', 'origin': 'disk'}}, 'timeline': [{'at': '1s', "
                                      "'flush': 'c', 'for': '1s'}]}");
  refused("no dataset", STORED "'c': {'type': 'cache', 'origin': 'disk'}}, 'timeline': [{'at': '1s', "
                               "'invalidate': 'e'}]}");
  refused("write-back", STORED "'c': {'type': 'cache', 'origin': 'disk', 'strategy': 'write-back'}}}");
}
