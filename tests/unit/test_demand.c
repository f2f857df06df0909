// The traffic equations, against their solutions by hand; circles that end, and those that do not.
#include "demand.h"
#include "json.h"
#include "scenario.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;
static struct demand demand;
static const char *trace; // what any file holds

static bool read_trace(const struct node *name, struct field_context *in, const char **text, size_t *length) {
  (void)name, (void)in;
  *text = trace;
  *length = strlen(trace);
  return true;
}

static void begin(void) {
  arena_init(&arena, NULL);
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(demand, .init = begin, .fini = end);

// A scenario of components, written with ' for ", which clients enter at `a` with 10/s. NULL where all is
// well, else what was said.
static const char *solve(const char *arrivals, const char *components) {
  char *text = arena_format(&arena,
                            "{'network': 'none', 'clients': {'c': {'arrivals': %s, 'entry': 'a'}}, "
                            "'components': {%s}}",
                            arrivals, components);
  for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  diagnostics_init(&diagnostics, &arena);
  context = (struct field_context){.arena = &arena, .diagnostics = &diagnostics, .read_file = read_trace};
  const struct node *root = json_read(text, strlen(text), "s.json", &diagnostics, &arena);
  cr_assert_not_null(root, "%s", text);
  const struct plan *plan = scenario_compile(root, &context);
  if (plan == NULL) return diagnostics.first->message;
  cr_assert(demand_solve(plan, &context, &demand));
  return NULL;
}

static const char *const poisson = "{'poisson': {'rate': '10/s'}}";

static void expect_visits(const char *components, const char *name, double visits) {
  const char *said = solve(poisson, components);
  cr_assert_null(said, "%s: %s", components, said);
  double got = demand_visits(&demand, plan_component(demand.plan, name), 0);
  cr_expect(fabs(got - 10 * visits) <= 1e-6 * 10 * visits, "%s: %.17g, not %.17g", components, got / 10,
            visits);
}

#define SERVER(name_, steps_)     "'" name_ "': {'type': 'server', 'handles': {'*': [" steps_ "]}}"
#define BALANCER(name_, targets_) "'" name_ "': {'type': 'load-balancer', 'targets': [" targets_ "]}"

Test(demand, circles_that_end_are_solved) {
  // Once more with chance p: 1 / (1 - p).
  expect_visits(SERVER("a", "{'choose': [[0.5, [{'call': 'a'}]], [0.5, []]]}"), "a", 2);
  expect_visits(SERVER("a", "{'choose': [[0.999999, [{'call': 'a'}]], [0.000001, []]]}"), "a", 1e6);
  // Two in turn, p and q: 1 / (1 - p q) and p / (1 - p q), though p alone is more than one.
  expect_visits(SERVER("a", "{'repeat': 3, 'do': [{'call': 'b'}]}") "," SERVER(
                    "b", "{'choose': [[0.25, [{'call': 'a'}]], [0.75, []]]}"),
                "a", 4);
  expect_visits(SERVER("a", "{'repeat': 3, 'do': [{'call': 'b'}]}") "," SERVER(
                    "b", "{'choose': [[0.25, [{'call': 'a'}]], [0.75, []]]}"),
                "b", 12);
}

Test(demand, many_calls_are_no_circle) {
  expect_visits(
      SERVER("a", "{'repeat': 1000000000, 'do': [{'repeat': 1000000000, 'do': [{'call': 'b'}]}]}") "," SERVER(
          "b", "{'repeat': 1000000000, 'do': [{'call': 'c'}]}") "," SERVER("c", "{'cpu': '1us'}"),
      "c", 1e27);
  const char *said =
      solve(poisson, SERVER("a", "{'repeat': 1000000001, 'do': [{'call': 'b'}]}") "," SERVER("b", ""));
  cr_assert_not_null(said);
  cr_expect_not_null(strstr(said, "1000000000"), "%s", said);
}

Test(demand, circles_without_end_are_refused) {
  static const char *const wrong[] = {
      SERVER("a", "{'call': 'a'}"),
      SERVER("a", "{'repeat': 4, 'do': [{'call': 'b'}]}") "," SERVER(
          "b", "{'choose': [[0.25, [{'call': 'a'}]], [0.75, []]]}"),
      BALANCER("a", "'b'") "," SERVER("b", "{'call': 'a'}"),
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    const char *said = solve(poisson, wrong[i]);
    cr_assert_not_null(said, "%s", wrong[i]);
    cr_expect_not_null(strstr(said, "would never end"), "%s: %s", wrong[i], said);
  }
}

// Half of what comes goes round again, so that the mean is below one.
Test(demand, balancers_that_only_hand_on_to_each_other_are_refused) {
  const char *said = solve(poisson, BALANCER("a", "'b'") "," BALANCER("b", "'a', 'c'") "," SERVER("c", ""));
  cr_assert_not_null(said);
  cr_expect_not_null(strstr(said, "only hand requests on"), "%s", said);
  cr_expect_not_null(strstr(said, "a, b"), "%s", said);
  cr_expect_null(solve(poisson, BALANCER("a", "'b', 'c'") "," BALANCER("b", "'c'") "," SERVER("c", "")));
}

// A ring too large for elimination: each goes on to the next, and from the last back with chance 1/2.
Test(demand, a_large_ring) {
  enum { RING = 2000 };
  char *components = arena_take(&arena, RING * 100), *at = components;
  for (int i = 0; i < RING; i++) {
    const char *name = i == 0 ? "a" : arena_format(&arena, "x%d", i);
    at += sprintf(at, "%s'%s': {'type': 'server', 'handles': {'*': [", i > 0 ? ", " : "", name);
    if (i + 1 < RING) at += sprintf(at, "{'call': 'x%d'}]}}", i + 1);
  }
  sprintf(at, "{'choose': [[0.5, [{'call': 'a'}]], [0.5, []]]}]}}");
  expect_visits(components, "x7", 2);
}

// Sessions of 4 requests on average.
Test(demand, a_session_counts_once_for_each_of_its_requests) {
  const char *said = solve(
      "{'sessions': {'rate': '10/s', 'length': {'geometric': {'mean': 4}}, 'think': '1s'}}", SERVER("a", ""));
  cr_assert_null(said, "%s", said);
  double got = demand_visits(&demand, plan_component(demand.plan, "a"), 0);
  cr_expect(fabs(got - 40) <= 1e-9, "%g", got);
}

// A component without `handles` says so of itself.
Test(demand, a_database_is_no_entry) {
  const char *said = solve("{'poisson': {'rate': '10/s'}}", "'a': {'type': 'database', 'holds': ['d']}}, "
                                                            "'datasets': {'d': {'items': 1}");
  cr_assert_not_null(said);
  cr_expect_not_null(strstr(said, "reaches `a`, which does not handle it"), "%s", said);
}

Test(demand, nobody_reads_a_new_item) {
  const char *said = solve("{'poisson': {'rate': '10/s'}}",
                           "'a': {'type': 'server', 'handles': {'*': [{'read': 'd', 'key': 'new'}]}}, "
                           "'b': {'type': 'database', 'holds': ['d']}}, 'datasets': {'d': {'items': 1}");
  cr_assert_not_null(said);
  cr_expect_not_null(strstr(said, "only a `write` makes one"), "%s", said);
}

// Four rows in 4 s. Who has no name takes one as often as the others do: `view` in two of three.
Test(demand, requests_are_called_as_a_trace_calls_them) {
  trace = "time,request\n0,view\n1,view\n2,\n3,buy\n";
  const char *said = solve("{'trace': {'file': 't', 'format': 'csv', 'columns': {'request': 'request'}}}",
                           SERVER("a", "{'cpu': '1ms'}"));
  cr_assert_null(said, "%s", said);
  const struct plan *plan = demand.plan;
  const struct component *entry = plan_component(plan, "a");
  cr_assert_eq(plan_request(plan, "request"), UINT16_MAX);
  cr_expect_float_eq(demand_visits(&demand, entry, plan_request(plan, "view")), 2.0 / 3, 1e-12);
  cr_expect_float_eq(demand_visits(&demand, entry, plan_request(plan, "buy")), 1.0 / 3, 1e-12);
}
