// Machines and their prices in a scenario as a whole.
#include "machines.h"
#include "reading.h"
#include "scenario.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct arena arena;
static struct diagnostics diagnostics;
static struct field_context context;

static void begin(void) {
  reading_begin(&arena, &diagnostics, &context);
}

static void end(void) {
  arena_drop(&arena);
}

TestSuite(machines, .init = begin, .fini = end);

// A component `a` and a component `b`, with what `a`, `b` and the top level say besides.
static const struct plan *compile(const char *a, const char *b, const char *top) {
  const char *text =
      arena_format(&arena,
                   "{'clients': {'all': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'a'}}, %s"
                   "'components': {'a': {'type': 'server', %s, 'handles': {'*': [{'call': 'b'}]}},"
                   "'b': {'type': 'server', %s, 'handles': {'*': [{'cpu': '1ms'}]}}}}",
                   top, a, b);
  return scenario_compile(reading_nodes(&context, text), &context);
}

Test(machines, a_component_may_have_a_built_in_machine) {
  const struct plan *plan =
      compile("'machine': 'aws:c6i.2xlarge'", "'machine': 'hetzner:cx33'", "'prices': {'eur_usd': 1.1},");
  cr_assert_not_null(plan, "%s", diagnostics.first->message);
  cr_assert_eq(plan->components[0].machine->cores, 8);
  cr_assert_eq(plan->components[0].machine->price.per_hour, 0.34);
  cr_assert_eq(plan->components[1].machine->memory, INT64_C(8) << 30);
  cr_assert_eq(plan->prices.currency, UNITS_DOLLAR);
  cr_assert_eq(price_convert(&plan->prices, UNITS_EURO, 1), 1.1);
  cr_assert_eq(machines_find(plan, "aws:t3.nano")->cores, 2);
  cr_assert_null(machines_find(plan, "nobody"));
  cr_assert_null(machines_find(plan, NULL));
}

Test(machines, a_host_stands_on_a_type_and_is_there_from_the_start) {
  const struct plan *plan = compile("'on': 'box'", "'machine': 'big'",
                                    "'machines': {'big': {'machine': 'do:s-2vcpu-4gb', 'cores': 3}},"
                                    "'hosts': {'box': {'machine': 'big', 'memory': '1GiB'}},");
  cr_assert_not_null(plan, "%s", diagnostics.first->message);
  const struct machine_type *box = plan->components[0].host->type, *big = plan->components[1].machine;
  cr_assert_eq(box->cores, 3);
  cr_assert_eq(box->memory, INT64_C(1) << 30);
  cr_assert_eq(big->memory, INT64_C(4) << 30);
  cr_assert_float_eq(box->price.per_hour * 730, 24, 1e-9);
  cr_assert_eq(distribution_maximum(&box->boot), 0);
  cr_assert_gt(distribution_mean(&big->boot), 40e9);
}

static void expect_error(const char *a, const char *b, const char *top, const char *message) {
  size_t before = diagnostics.errors;
  cr_assert_null(compile(a, b, top));
  cr_assert_eq(diagnostics.errors, before + 1);
  bool told = false;
  for (const struct diagnostic *found = diagnostics.first; found != NULL; found = found->next)
    told |= strstr(found->message, message) != NULL;
  cr_assert(told, "%s", message);
}

Test(machines, two_currencies_without_a_rate_are_an_error) {
  expect_error("'machine': 'aws:c6i.2xlarge'", "'machine': 'hetzner:cx33'", "", "eur_usd");
  expect_error("'on': 'box'", "'machine': 'hetzner:cx33'", "'hosts': {'box': {'price': '$24/month'}},",
               "eur_usd");
  cr_assert_not_null(compile("'tags': []", "'machine': 'hetzner:cx33'", ""));
  cr_assert_not_null(compile("'tags': []", "'machine': 'app'",
                             "'machines': {'app': {'price': '$1/h'}, 'unused': {'price': '\xe2\x82\xac"
                             "1/h'}},"));
}

Test(machines, what_is_no_machine_is_an_error) {
  expect_error("'machine': 'aws:c6i.2xlargo'", "'tags': []", "", "aws:c6i.2xlarge");
  expect_error("'machine': 'app'", "'tags': []", "'machines': {'app': {'price': '$24'}},", "says no time");
  expect_error("'machine': 'app'", "'tags': []", "'machines': {'app': {'machine': 'app'}},",
               "built-in machine");
  expect_error("'on': 'aws:c6i.2xlarge'", "'tags': []", "", "not a host");
}
