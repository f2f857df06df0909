#include "connection.h"
#include "connections.h"
#include "json.h"
#include "random.h"
#include "reading.h"
#include "ziggurat.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const int64_t second = 1000000000;
static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct memory_budget budget;
static struct connections connections;

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
  memory_budget_init(&budget);
  connections_init(&connections, &budget);
}

static void end(void) {
  connections_drop(&connections);
  cr_assert_eq(budget.used, 0);
  arena_drop(&arena);
}

TestSuite(connection, .init = begin, .fini = end);

static struct connection_tls tls_of(const char *written) {
  struct connection_tls tls;
  const struct node *node = json_read(written, strlen(written), "test", &diagnostics, &arena);
  cr_assert(field_decode(&connection_table, node, &tls, &context), "%s", written);
  return tls;
}

// The round trips before the first byte, as the RFCs count them: TCP's one and those of the handshake.
Test(connection, round_trips_are_those_of_the_protocols) {
  struct connection_tls old = tls_of("{\"version\": \"1.2\"}"), new = tls_of("{}");
  struct connection_tls early = tls_of("{\"early_data\": true}");
  struct connection_tls old_early = tls_of("{\"version\": \"1.2\", \"early_data\": true}");
  cr_assert_eq(connection_setup(NULL, CONNECTION_FULL).round_trips, 1);
  cr_assert_eq(connection_setup(NULL, CONNECTION_RESUMED).round_trips, 1);
  cr_assert_eq(connection_setup(&old, CONNECTION_FULL).round_trips, 3);
  cr_assert_eq(connection_setup(&old, CONNECTION_RESUMED).round_trips, 2);
  cr_assert_eq(connection_setup(&new, CONNECTION_FULL).round_trips, 2);
  cr_assert_eq(connection_setup(&new, CONNECTION_RESUMED).round_trips, 2);
  cr_assert_eq(connection_setup(&early, CONNECTION_FULL).round_trips, 2);
  cr_assert_eq(connection_setup(&early, CONNECTION_RESUMED).round_trips, 1);
  cr_assert_eq(connection_setup(&old_early, CONNECTION_RESUMED).round_trips, 2, "1.2 has no early data");
  cr_assert_eq(connection_setup(&old, CONNECTION_REUSED).round_trips, 0);
}

// HAProxy's figures: 1300 and 13100 a second on one core, within two percent.
Test(connection, a_core_does_as_many_handshakes_as_published) {
  struct connection_tls tls = tls_of("{}");
  cr_assert_float_eq(1e9 / (double)connection_setup(&tls, CONNECTION_FULL).cpu, 1300, 26);
  cr_assert_float_eq(1e9 / (double)connection_setup(&tls, CONNECTION_RESUMED).cpu, 13100, 262);
  cr_assert_eq(connection_setup(&tls, CONNECTION_REUSED).cpu, 0);
  cr_assert_eq(connection_setup(NULL, CONNECTION_FULL).cpu, 0);
}

Test(connection, the_table_is_sound) {
  cr_assert_null(field_table_fault(&connection_table, &arena));
  cr_assert_eq(tls_of("{}").resumed, 300 * second);
  cr_assert_eq(tls_of("{\"resumed\": \"0s\"}").resumed, 0);
}

static struct connections_rule rule;
enum { HERE = 5, THERE = 9 };

static enum connection_kind take(uint32_t user, int64_t at) {
  rule.keep_alive = 60 * second;
  rule.ticket = 300 * second;
  return connections_take(&connections, user, HERE, at * second, &rule);
}

Test(connection, one_is_kept_for_so_long_and_its_ticket_for_longer) {
  cr_assert_eq(take(7, 0), CONNECTION_FULL);
  cr_assert_eq(take(7, 60), CONNECTION_REUSED, "idle for as long as it may be");
  cr_assert_eq(take(7, 121), CONNECTION_RESUMED);
  cr_assert_eq(take(7, 122), CONNECTION_REUSED);
  cr_assert_eq(take(7, 423), CONNECTION_FULL, "the ticket is too old");
  cr_assert_eq(take(8, 423), CONNECTION_FULL, "another user");
  rule.ticket = 0;
  cr_assert_eq(connections_take(&connections, 7, HERE, 500 * second, &rule), CONNECTION_FULL, "no tickets");
}

Test(connection, one_leads_to_one_end) {
  int64_t last = -1;
  cr_assert_eq(connections_end(&connections, 7, &last), CONNECTIONS_NOWHERE);
  take(7, 0);
  cr_assert_eq(connections_take(&connections, 7, THERE, second, &rule), CONNECTION_FULL,
               "nor has it a ticket");
  cr_assert_eq(connections_end(&connections, 7, &last), THERE);
  cr_assert_eq(last, second);
  cr_assert_eq(connections_end(&connections, 8, &last), CONNECTIONS_NOWHERE);
  cr_assert_eq(connections_end(&connections, 800, &last), CONNECTIONS_NOWHERE);
  cr_assert_eq(take(7, 2), CONNECTION_FULL);
}

Test(connection, idle_time_counts_from_the_end_of_the_last_use) {
  take(1, 0);
  connections_used(&connections, 1, 30 * second, 0);
  cr_assert_eq(take(1, 90), CONNECTION_REUSED);
  connections_used(&connections, 1, 80 * second, 0); // an answer that took long: not backwards
  cr_assert_eq(take(1, 150), CONNECTION_REUSED);
  connections_used(&connections, 3000, 80 * second, 0);
  cr_assert_eq(take(3000, 81), CONNECTION_FULL, "one that never was");
}

Test(connection, when_the_server_dies_tickets_stay) {
  take(1, 10);
  rule.broken = 10 * second + 1;
  connections_used(&connections, 1, 11 * second, rule.broken); // the last word of the dead
  cr_assert_eq(take(1, 11), CONNECTION_RESUMED);
  cr_assert_eq(take(1, 12), CONNECTION_REUSED);
  rule.broken = 12 * second + 1;
  rule.ticket = 0;
  cr_assert_eq(connections_take(&connections, 1, HERE, 12 * second, &rule), CONNECTION_FULL,
               "there are none");
}

// A user who comes at rate r finds its connection open with the probability 1 - exp(-r k), and after that its
// ticket good with exp(-r k) - exp(-r t).
Test(connection, users_find_them_open_as_often_as_poisson_says) {
  enum { USERS = 2000, VISITS = 100 };
  int counts[3] = {0};
  for (uint32_t user = 0; user < USERS; user++) {
    struct random_stream stream = {random_mix(user)};
    double at = 0;
    take(user * 1000, 0);
    for (int visit = 0; visit < VISITS; visit++) {
      at += 100e9 * ziggurat_exponential(&stream);
      counts[connections_take(&connections, user * 1000, HERE, (int64_t)at, &rule)]++;
    }
  }
  double visits = USERS * VISITS, open = 1 - exp(-0.6), resumed = exp(-0.6) - exp(-3);
  cr_assert_float_eq(counts[CONNECTION_REUSED] / visits, open, 4 * 0.5 / sqrt(visits));
  cr_assert_float_eq(counts[CONNECTION_RESUMED] / visits, resumed, 4 * 0.5 / sqrt(visits));
  cr_assert_float_eq(counts[CONNECTION_FULL] / visits, exp(-3), 4 * 0.22 / sqrt(visits));
}

Test(connection, a_million_users_take_twelve_bytes_each) {
  for (uint32_t user = 0; user < 1000000; user++) connections_take(&connections, user, HERE, 0, &rule);
  cr_assert(budget.used < 13 * 1000000, "%zu bytes", budget.used);
}

Test(connection, without_memory_everything_is_new) {
  budget.limit = 1000;
  cr_assert_eq(take(UINT32_MAX - 1, 0), CONNECTION_FULL);
  cr_assert_eq(take(UINT32_MAX - 1, 1), CONNECTION_FULL);
  connections_used(&connections, 5, 2 * second, 0);
  cr_assert(budget.exhausted);
}
