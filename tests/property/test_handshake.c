// Connections of clients: what the first request, one that finds it open, one that comes too late and one
// with a ticket wait for, to the nanosecond.
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <stdarg.h>

static struct loaded loaded;
static struct sim sim;

// One user, whose round trip is 10 ms, sends a request each second; it computes nothing. Written with ' for
// ".
static const char pattern[] =
    "{'run': {'duration': '1000s'}, 'network': {'access': {'broadband': {'rtt': '10ms', 'down': 'unlimited', "
    "'up': 'unlimited'}}, 'within_zone': '100us'},"
    "'clients': {'c': {'users': 1, 'arrivals': {'constant': {'rate': '1/s'}}, 'entry': '%s', %s}},"
    "'components': {%s 'web': {'type': 'server', %s 'handles': {'*': [{'wait': '0s'}]}}}%s}";

static void begin(const char *entry, const char *client, const char *components, const char *web,
                  const char *timeline) {
  char text[4000];
  snprintf(text, sizeof text, pattern, entry, client, components, web, timeline);
  for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  cr_assert(loaded_begin(&loaded, &sim, text));
}

static void end(void) {
  sim_drop(&sim);
  loaded_drop(&loaded);
}

// What the latencies come to of requests 1 to `count` whose answers have come, ns.
static int64_t latencies(int count) {
  engine_run(&sim.engine, INT64_C(1000000000) * count + 999000000);
  const struct request_measure *measure = &sim.clients[0].measures[0];
  cr_assert_eq(measure->latency.count, (uint64_t)count);
  return (int64_t)measure->latency.sum;
}

static const int64_t ms = 1000000;

struct wanted {
  const char *client, *web;
  int64_t first, second, third; // ns
};

static void expect(const struct wanted *wanted, const char *entry, const char *components) {
  begin(entry, wanted->client, components, wanted->web, "");
  int64_t first = latencies(1), second = latencies(2), third = latencies(3);
  cr_expect_eq(first, wanted->first, "%s %s: first %g ms", wanted->client, wanted->web, (double)first / 1e6);
  cr_expect_eq(second - first, wanted->second, "%s %s: second %g ms", wanted->client, wanted->web,
               (double)(second - first) / 1e6);
  cr_expect_eq(third - second, wanted->third, "%s %s: third %g ms", wanted->client, wanted->web,
               (double)(third - second) / 1e6);
  end();
}

// A request and its answer take one round trip; TCP one before it; TLS 1.3 another, 1.2 two, or one when it
// is resumed; CPU is written as 1 ms for a full handshake and 100 us for a resumed one.
Test(handshake, every_round_trip_is_paid) {
  const int64_t trip = 10 * ms, full = ms, resumed = ms / 10;
#define TLS(rows_) "'tls': {'full': '1ms', 'abbreviated': '100us'" rows_ "},"
  const struct wanted cases[] = {
      {"'keep_alive': '60s'", "", 2 * trip, trip, trip},
      {"'keep_alive': '10ms'", "", 2 * trip, 2 * trip, 2 * trip},
      {"'keep_alive': '60s'", TLS(""), 3 * trip + full, trip, trip},
      {"'keep_alive': '10ms'", TLS(""), 3 * trip + full, 3 * trip + resumed, 3 * trip + resumed},
      {"'keep_alive': '10ms'", TLS(", 'resumed': '500ms'"), 3 * trip + full, 3 * trip + full,
       3 * trip + full},
      {"'keep_alive': '10ms'", TLS(", 'early_data': true"), 3 * trip + full, 2 * trip + resumed,
       2 * trip + resumed},
      {"'keep_alive': '10ms'", TLS(", 'version': '1.2'"), 4 * trip + full, 3 * trip + resumed,
       3 * trip + resumed},
      {"'keep_alive': '10ms'", TLS(", 'version': '1.2', 'resumed': '0s'"), 4 * trip + full, 4 * trip + full,
       4 * trip + full},
      // Idle from the answer on: 980 ms after a long one, 990 ms after a short one.
      {"'keep_alive': '985ms'", "", 2 * trip, trip, 2 * trip},
      {"'keep_alive': '990ms'", "", 2 * trip, trip, trip},
      {"'keep_alive': '979ms'", "", 2 * trip, 2 * trip, 2 * trip},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect(&cases[i], "web", "");
}

// Over a name service, whose resolver is a round trip away and takes 50 ms to look up: only who has no
// connection asks. The way is from the client to the server, as without it.
Test(handshake, names_are_asked_for_connections) {
  const int64_t trip = 10 * ms;
  const char dns[] = "'dns': {'type': 'dns', 'answers': ['web'], 'lookup': '50ms', 'ttl': '1500ms', "
                     "'start': 'cold', 'resolvers': 1},";
  const struct wanted cases[] = {
      {"'keep_alive': '60s'", "", 3 * trip + 50 * ms, trip, trip},
      {"'keep_alive': '10ms'", "", 3 * trip + 50 * ms, 3 * trip, 3 * trip + 50 * ms},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) expect(&cases[i], "dns", dns);
}

// Between components there is nothing to set up: two hops of 0.1 ms each way are all that a balancer adds.
Test(handshake, a_balancer_ends_the_encryption) {
  const int64_t trip = 10 * ms, hops = 2 * ms / 10;
  const char front[] = "'front': {'type': 'load-balancer', 'targets': ['web'], 'tls': {'full': '1ms'}},";
  const struct wanted wanted = {"'keep_alive': '60s'", "", 3 * trip + ms + hops, trip + hops, trip + hops};
  expect(&wanted, "front", front);
}

// Each of the two hops there and the two back has its own jitter, of 1 ms.
Test(handshake, every_hop_has_its_jitter) {
  static const char text[] =
      "{\"run\": {\"duration\": \"100s\"}, \"network\": {\"jitter\": \"1ms\", \"access\": {\"broadband\": "
      "{\"rtt\": \"10ms\", \"down\": \"unlimited\", \"up\": \"unlimited\"}}, \"within_zone\": \"100us\"},"
      "\"clients\": {\"c\": {\"users\": 1, \"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": "
      "\"front\"}}, \"components\": {\"front\": {\"type\": \"load-balancer\", \"targets\": [\"web\"]},"
      "\"web\": {\"type\": \"server\", \"handles\": {\"*\": [{\"wait\": \"0s\"}]}}}}";
  cr_assert(loaded_begin(&loaded, &sim, text));
  int64_t first = latencies(1), trip = 10 * ms + 2 * ms / 10 + 4 * ms;
  cr_expect_eq(first, trip + 12 * ms, "%g ms", (double)first / 1e6);
  cr_expect_eq(latencies(2) - first, trip);
  end();
}

static void get_on(double until) {
  engine_run(&sim.engine, (int64_t)(until * 1e9));
}

// A server that dies takes its connections along, tickets stay; as long as it is dead it refuses at once, one
// round trip after it was asked.
Test(handshake, the_dead_keep_no_connections) {
  begin("web", "'keep_alive': '60s'", "", "'tls': {'full': '1ms', 'abbreviated': '100us'},",
        ", 'timeline': [{'at': '2500ms', 'for': '2s', 'fail': 'web'}]");
  get_on(4.4);
  const struct client_run *client = &sim.clients[0];
  cr_assert_eq(client->failed_ever, 2);
  cr_assert_eq(client->inside, 0);
  get_on(4.0105);
  int64_t before = (int64_t)client->measures[0].latency.sum;
  get_on(5.9);
  cr_assert_eq(client->measures[0].latency.count, 3);
  cr_assert_eq((int64_t)client->measures[0].latency.sum - before, 30 * ms + ms / 10);
  const struct component_measure *measure = &sim.services[0].fleets[0].measure;
  cr_assert_eq(measure->came, 3, "%d", (int)measure->came);
  cr_assert_eq(measure->connected, 2);
  cr_assert_eq(measure->handshakes, 2);
  end();
}

Test(handshake, without_a_network_all_of_it_is_free) {
  static const char text[] =
      "{\"network\": \"none\", \"run\": {\"duration\": \"100s\"}, \"clients\": {\"c\": {\"users\": 1, "
      "\"arrivals\": {\"constant\": {\"rate\": \"1/s\"}}, \"entry\": \"web\", \"keep_alive\": \"0s\"}},"
      "\"machines\": {\"m\": {\"cores\": 1, \"nic\": \"8Gbps\"}}, \"components\": {\"web\": {\"type\": "
      "\"server\", \"machine\": \"m\", \"tls\": {}, \"handles\": {\"*\": [{\"wait\": \"1ms\"}]}}}}";
  cr_assert(loaded_begin(&loaded, &sim, text));
  cr_assert_eq(latencies(3), 3 * (ms + 1000)); // a request's kilobyte through the interface
  end();
}

// It dies, or stands still, in the midst of handshakes: nothing is lost, and nobody waits for ever.
Test(handshake, the_end_may_come_at_any_event) {
  static const char text[] =
      "{\"run\": {\"duration\": \"2s\"}, \"clients\": {\"c\": {\"users\": 20, \"arrivals\": {\"poisson\": "
      "{\"rate\": \"100/s\"}}, \"entry\": \"dns\", \"keep_alive\": \"50ms\", \"timeout\": \"100ms\", "
      "\"on_timeout\": \"cancel\", \"retries\": {\"max\": 1}}},"
      "\"machines\": {\"m\": {\"cores\": 1}}, \"components\": {\"dns\": {\"type\": \"dns\", \"answers\": "
      "[\"front\"], \"ttl\": \"100ms\"}, \"front\": {\"type\": \"load-balancer\", \"machine\": \"m\", "
      "\"targets\": [\"web\"], \"tls\": {\"full\": \"8ms\", \"abbreviated\": \"4ms\"}}, \"web\": {\"type\": "
      "\"server\", \"machine\": \"m\", \"workers\": 2, \"handles\": {\"*\": [{\"cpu\": \"3ms\"}]}}},"
      "\"timeline\": [{\"at\": \"100ms\", \"every\": \"170ms\", \"for\": \"60ms\", \"fail\": \"front\"}, "
      "{\"at\": \"150ms\", \"every\": \"190ms\", \"for\": \"40ms\", \"fail\": \"front\", \"mode\": "
      "\"pause\"}]}";
  char fault[RUN_FAULT_BYTES];
  for (uint64_t stop = 1; stop < 1200; stop += 7) {
    cr_assert(loaded_begin(&loaded, &sim, text));
    loaded_step(&sim, stop);
    const char *wrong = run_fault(&sim, fault);
    cr_assert_null(wrong, "after %d: %s", (int)stop, wrong);
    run_kill_all(&sim, stop % 2 == 0);
    wrong = run_leftover(&sim, stop % 2 == 0, fault);
    cr_assert_null(wrong, "killed after %d: %s", (int)stop, wrong);
    end();
  }
}
