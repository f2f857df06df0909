// Money: what a run says it has cost, against amounts that follow from the scenario by hand.
#include "bill.h"
#include "experimenting.h"

#include <math.h>

static const double HOUR = 3600;

static double number_at(const cJSON *json, const char *path) {
  return experimenting_at(json, path)->valuedouble;
}

static const struct bill_line *line_named(const struct bill_line *lines, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(lines[i].name, name) == 0) return &lines[i];
  }
  return NULL;
}

static double component_cost(const struct bill *bill, const char *name) {
  const struct bill_line *line = line_named(bill->lines, bill->line_count, name);
  cr_assert_not_null(line, "%s costs nothing", name);
  return line->per_hour.value;
}

static void nearly(double value, double expected) {
  cr_expect_float_eq(value, expected, 1e-9 * fabs(expected) + 1e-15, "%.17g instead of %.17g", value,
                     expected);
}

// Requests come at whole seconds and take 3 s; of two instances, number 1 gets the odd ones. At 20 s two
// machines are ordered, which are paid from then on; at 30 s, still booting, they go. Instance 1 is drained
// while request 39 is in it, which it answers at 42 s.
Test(bill, machines_are_paid_from_order_until_they_are_gone) {
  struct experimenting e;
  experimenting_run(
      &e, "{'network': 'none', 'run': {'duration': '60s', 'replications': 2},"
          "'machines': {'m': {'cores': 1, 'price': '$3.60/h', 'boot': '15s'}},"
          "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'web'}},"
          "'components': {'web': {'type': 'server', 'machine': 'm', 'instances': 2,"
          "'handles': {'*': [{'wait': '3s'}]}}},"
          "'timeline': [{'at': '20s', 'scale': 'web', 'to': 4}, {'at': '30s', 'scale': 'web', 'to': 2},"
          "{'at': '39500ms', 'scale': 'web', 'to': 1}]}");
  const struct bill *bill = &e.results.bill;
  double machine_seconds = 60 + 42 + 2 * 10;
  cr_assert(bill->known);
  nearly(bill->per_hour.value, machine_seconds / 60 * 3.6);
  nearly(component_cost(bill, "web"), machine_seconds / 60 * 3.6);
  cr_expect_lt(fabs(bill->per_hour.high - bill->per_hour.low), 1e-9);
  cr_expect_null(e.results.broken);
  const cJSON *json = experimenting_json(&e);
  nearly(number_at(json, "cost/per_month/value"), machine_seconds / 60 * 3.6 * 730);
  double answered = number_at(json, "requests/all/goodput_per_s/value");
  nearly(number_at(json, "cost/per_million_requests/value"),
         machine_seconds * 3.6 / HOUR / (answered * 60) * 1e6);
  nearly(number_at(json, "components/web/cost_per_hour/value"), machine_seconds / 60 * 3.6);
  experimenting_drop(&e);
}

// Thirty of them for thirty years each, which together are more ns than an int64_t holds.
Test(bill, machines_of_long_lives_are_paid) {
  struct experimenting e;
  experimenting_run(
      &e, "{'network': 'none', 'run': {'duration': '1000000000s', 'warmup': '0s', 'replications': 2},"
          "'machines': {'m': {'cores': 1, 'price': '$2/h'}},"
          "'clients': {'c': {'arrivals': {'constant': {'rate': '0.000001/s'}}, 'entry': 'web'}},"
          "'components': {'web': {'type': 'server', 'machine': 'm', 'instances': 30,"
          "'handles': {'*': [{'wait': '3s'}]}}}}");
  nearly(component_cost(&e.results.bill, "web"), 30 * 2);
  cr_expect_null(e.results.broken);
  experimenting_drop(&e);
}

// Two machines here and two there, which are others; some that stand in one place alone.
Test(bill, machines_of_one_place_are_paid_as_what_they_are) {
  struct experimenting e;
  experimenting_run(
      &e, "{'network': 'none', 'run': {'duration': '60s', 'replications': 2},"
          "'machines': {'m': {'cores': 1, 'price': '$3/h'}, 'n': {'cores': 1, 'price': '$5/h'}},"
          "'datacenters': {'here': {'region': 'us-east'}, 'there': {'region': 'eu-west'}},"
          "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'web'}},"
          "'components': {'web': {'type': 'server', 'machine': 'm', 'instances': {'here': 2, 'there': 2},"
          "'overrides': {'there': {'machine': 'n'}}, 'handles': {'*': [{'call': 'app'}]}},"
          "'app': {'type': 'server', 'instances': {'here': 1, 'there': 3},"
          "'overrides': {'there': {'machine': 'n'}}, 'handles': {'*': [{'wait': '1ms'}]}}}}");
  nearly(component_cost(&e.results.bill, "web"), 2 * 3 + 2 * 5);
  nearly(component_cost(&e.results.bill, "app"), 3 * 5);
  cr_expect_null(e.results.broken);
  experimenting_drop(&e);
}

// One more machine from 20 s to the end, and two groups of clients with two requests each, all of which count
// in what a million costs; attackers' do not.
Test(bill, machines_that_stay_and_requests_of_all_groups_count) {
  struct experimenting e;
  experimenting_run(
      &e,
      "{'network': 'none', 'run': {'duration': '60s', 'warmup': '0s', 'replications': 2},"
      "'machines': {'m': {'cores': 1, 'price': '$3.60/h', 'boot': '5s'}},"
      "'clients': {'c': {'arrivals': {'constant': {'rate': '3/s'}}, 'mix': {'buy': 1, 'see': 2}, 'entry': "
      "'web'}, 'd': {'arrivals': {'constant': {'rate': '2/s'}}, 'mix': {'see': 1}, 'entry': 'web'},"
      "'x': {'kind': 'attacker', 'arrivals': {'constant': {'rate': '9/s'}}, 'mix': {'buy': 1}, 'entry': "
      "'web'}},"
      "'components': {'web': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'wait': '1ms'}]}}},"
      "'timeline': [{'at': '20s', 'scale': 'web', 'to': 2}]}");
  const struct bill *bill = &e.results.bill;
  nearly(bill->per_hour.value, (60 + 40) / 60.0 * 3.6);
  double answered = 0;
  for (size_t i = 0; i < 2; i++) {
    const struct replication *kept = e.experiment.replications[i];
    for (uint16_t r = 0; r < e.subject.plan->request_count; r++)
      answered +=
          (double)(replication_request(kept, 0, r)->answered + replication_request(kept, 1, r)->answered);
  }
  cr_expect_float_eq(answered, 2 * 5 * 60, 6);
  nearly(bill->per_million.value, 2 * 0.1 / answered * 1e6);
  experimenting_drop(&e);
}

// `buy` is refused from 20 s to 50 s of 60 s, 2 a second worth 3 dollars each; `view` comes too late for its
// client all the time, 1 a second worth half a euro; `look` is worth nothing; of attackers nothing is lost.
Test(bill, what_is_not_answered_is_lost_revenue) {
  for (int replications = 1; replications <= 3; replications += 2) {
    struct experimenting e;
    char text[2048];
    snprintf(
        text, sizeof text,
        "{'network': 'none', 'run': {'duration': '60s', 'replications': %d}, 'prices': {'eur_usd': 1.2}, "
        "'requests': {'buy': {'value': '$3'}, 'view': {'value': '€0.50'}}, "
        "'clients': {'a': {'arrivals': {'constant': {'rate': '2/s'}}, 'mix': {'buy': 1}, 'entry': 'shop'}, "
        "'b': {'arrivals': {'constant': {'rate': '1/s'}}, 'mix': {'view': 1}, 'entry': 'slow', 'timeout': "
        "'1s'}, "
        "'d': {'arrivals': {'constant': {'rate': '1/s'}}, 'mix': {'look': 1}, 'entry': 'slow', 'timeout': "
        "'1s'}, "
        "'e': {'kind': 'attacker', 'arrivals': {'constant': {'rate': '9/s'}}, 'mix': {'buy': 1}, 'entry': "
        "'slow', 'timeout': '1s'}}, "
        "'components': {'shop': {'type': 'server', 'handles': {'*': [{'wait': '1ms'}]}}, "
        "'slow': {'type': 'server', 'handles': {'*': [{'wait': '2s'}]}}}, "
        "'timeline': [{'at': '20200ms', 'for': '30s', 'fail': 'shop'}]}",
        replications);
    experimenting_run(&e, text);
    double lost = (2 * 30 * 3 + 60 * 0.5 * 1.2) * 60; // in 60 s
    cr_assert_not(e.results.bill.known);
    const cJSON *json = experimenting_json(&e);
    cr_expect_float_eq(number_at(json, "cost/lost_revenue/per_hour/value"), lost, 0.5 * 1.2 * 60 + 1e-6,
                       "%g, not %g", number_at(json, "cost/lost_revenue/per_hour/value"), lost);
    nearly(number_at(json, "cost/lost_revenue/per_month/value"),
           730 * number_at(json, "cost/lost_revenue/per_hour/value"));
    cr_expect_str_eq(experimenting_at(json, "cost/currency")->valuestring, "USD");
    experimenting_drop(&e);
  }
}

// A dead machine costs what it did before; so does one that only boots.
Test(bill, failed_machines_are_paid) {
  struct experimenting e;
  experimenting_run(&e, "{'network': 'none', 'run': {'duration': '60s', 'replications': 2},"
                        "'machines': {'m': {'cores': 1, 'price': '$1/h'}},"
                        "'clients': {'c': {'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'web'}},"
                        "'components': {'web': {'type': 'server', 'machine': 'm', 'instances': 3,"
                        "'handles': {'*': [{'wait': '1ms'}]}}},"
                        "'timeline': [{'at': '10s', 'fail': 'web/main/1', 'mode': 'hang'}]}");
  nearly(e.results.bill.per_hour.value, 3);
  experimenting_drop(&e);
}

// Two components share the three machines of a host; on another nobody stands; one has its own price and
// unlimited hardware; one has no price at all.
static const char many[] =
    "{'network': 'none', 'run': {'duration': '100s', 'warmup': '10s', 'replications': 3},"
    "'hosts': {'box': {'cores': 2, 'price': '$73/month', 'count': 3}, 'spare': {'cores': 1, 'price': "
    "'$1/h'}},"
    "'machines': {'m': {'cores': 1, 'price': '$0.5/h'}, 'gift': {'cores': 1}},"
    "'prices': {'traffic_out': '$0.09'},"
    "'clients': {'c': {'arrivals': {'poisson': {'rate': '50/s'}}, 'entry': 'lb'}},"
    "'components': {"
    "'lb': {'type': 'load-balancer', 'targets': ['web'], 'price': '$0.0225/h', 'instances': 2, 'tags': "
    "['edge']},"
    "'web': {'type': 'server', 'on': 'box', 'tags': ['shop', 'edge', 'shop'],"
    "'handles': {'*': [{'call': 'db'}, {'call': 'pay'}, {'call': 'log'}, {'respond': '10KB'}]}},"
    "'db': {'type': 'server', 'on': 'box', 'instances': 3, 'tags': ['shop'], 'handles': {'*': [{'cpu': "
    "'1ms'},"
    "{'respond': '2KB'}]}},"
    "'pay': {'type': 'server', 'price': {'per_request': '$0.02', 'per_gb': '$5', 'per_month': '$7.3'},"
    "'handles': {'*': [{'respond': '1KB'}]}},"
    "'log': {'type': 'server', 'machine': 'gift', 'handles': {'*': [{'cpu': '1us'}]}}}}";

Test(bill, what_is_shared_charged_and_sent_adds_up) {
  struct experimenting e;
  experimenting_run(&e, many);
  const struct bill *bill = &e.results.bill;
  double requests = 0; // answered in the window, a second
  for (size_t i = 0; i < e.experiment.count; i++) {
    const struct replication *kept = e.experiment.replications[i];
    uint16_t pay = plan_component(e.experiment.plan, "pay")->number;
    requests += (double)kept->components[pay].measure.outcomes[OUTCOME_DONE] / (100.0 * 3);
  }
  nearly(component_cost(bill, "lb"), 2 * 0.0225);
  nearly(component_cost(bill, "db"), 3 * 0.1 / 2); // it answers no client
  nearly(component_cost(bill, "web"), 3 * 0.1 / 2 + requests * 10000 * HOUR / 1e9 * 0.09);
  nearly(component_cost(bill, "pay"), 0.01 + requests * HOUR * (0.02 + 1000 / 1e9 * 5));
  nearly(component_cost(bill, "host:spare"), 1);
  double sum = 0;
  for (size_t i = 0; i < bill->line_count; i++) sum += bill->lines[i].per_hour.value;
  nearly(bill->per_hour.value, sum);
  cr_assert_eq(bill->tag_count, 2);
  nearly(line_named(bill->tags, 2, "edge")->per_hour.value,
         component_cost(bill, "lb") + component_cost(bill, "web"));
  nearly(line_named(bill->tags, 2, "shop")->per_hour.value,
         component_cost(bill, "db") + component_cost(bill, "web"));
  cr_assert_eq(bill->unpriced_count, 1);
  cr_expect_str_eq(bill->unpriced[0], "log");
  cr_expect(bill->per_hour.has_interval && bill->per_hour.low < bill->per_hour.high);
  experimenting_drop(&e);
}

Test(bill, what_has_no_price_is_named) {
  struct experimenting e;
  experimenting_run(&e, "{'run': {'duration': '5s', 'warmup': '0s', 'replications': 1},"
                        "'clients': {'c': {'arrivals': {'poisson': {'rate': '50/s'}}, 'entry': 'web'}},"
                        "'components': {'web': {'type': 'server', 'handles': {'*': [{'respond': '1KB'}]}}}}");
  const cJSON *cost = experimenting_at(experimenting_json(&e), "cost");
  cr_expect(!e.results.bill.known);
  cr_expect_null(cJSON_GetObjectItem(cost, "per_hour"));
  cr_expect_str_eq(experimenting_at(cost, "unpriced/0")->valuestring, "web");
  cr_expect_str_eq(experimenting_at(cost, "unpriced/1")->valuestring, "traffic out");
  experimenting_drop(&e);
}

// Bytes are those of items of constant size; requests are counted where they come in.
Test(bill, stores_and_networks_charge_for_what_they_do) {
  struct experimenting e;
  experimenting_run(
      &e,
      "{'run': {'duration': '100s', 'warmup': '0s', 'replications': 2}, 'prices': {'traffic_out': '$100'},"
      "'datasets': {'pictures': {'items': 1000, 'item_size': '1MB'}},"
      "'clients': {'c': {'arrivals': {'poisson': {'rate': '20/s'}}, 'entry': 'edge'}},"
      "'components': {'edge': {'type': 'cdn', 'origin': 'store', 'edges': ['us-east', 'eu-west'],"
      "'capacity': {'items': 100}, 'coalesce': false,"
      "'price': {'per_gb': '$0.085', 'per_million_requests': '$1000'}},"
      "'store': {'type': 'object-store', 'holds': ['pictures'],"
      "'price': {'per_gb_month': '$730', 'per_million_gets': '$500'}}}}");
  const struct bill *bill = &e.results.bill;
  const cJSON *json = experimenting_json(&e);
  double asked = 0;
  for (size_t i = 0; i < 2; i++) {
    const struct component_measure *measure = &e.experiment.replications[i]->components[0].measure;
    for (int o = 0; o < OUTCOMES; o++) asked += (double)measure->outcomes[o] / 200;
  }
  double bytes = number_at(json, "components/edge/bytes_per_s/value");
  double gets = number_at(json, "components/store/gets_per_s/value");
  cr_assert_float_eq(bytes, 20e6, 2e6); // about 20 items a second
  cr_assert_gt(gets, 10);
  cr_expect_float_eq(component_cost(bill, "edge"), bytes * HOUR / 1e9 * 0.085 + asked * HOUR * 1e-3,
                     0.01 * component_cost(bill, "edge")); // those that are under way at the ends
  nearly(component_cost(bill, "store"), 1 * 1.0 + gets * HOUR * 500e-6);
  cr_expect_eq(bill->unpriced_count, 0); // what a CDN sends has its own price
  experimenting_drop(&e);
}

// Everything that Europe's edge answers comes from the shield, which charges nobody for sending it.
Test(bill, what_edges_send_each_other_is_free) {
  struct experimenting e;
  experimenting_run(
      &e, "{'run': {'duration': '100s', 'warmup': '0s', 'replications': 2},"
          "'datasets': {'pictures': {'items': 1000, 'item_size': '1MB', 'popularity': 'uniform'}},"
          "'clients': {'c': {'from': 'eu-west', 'arrivals': {'poisson': {'rate': '20/s'}}, 'entry': 'edge'}},"
          "'components': {'edge': {'type': 'cdn', 'origin': 'store', 'edges': ['us-east', 'eu-west'],"
          "'shield': 'us-east', 'capacity': {'items': 1}, 'price': {'per_gb': '$0.085'}},"
          "'store': {'type': 'object-store', 'holds': ['pictures']}}}");
  double answered = 0; // a second
  for (size_t i = 0; i < 2; i++)
    answered += (double)e.experiment.replications[i]->components[0].measure.outcomes[OUTCOME_DONE] / 200;
  cr_assert_gt(answered, 35); // those at the shield are visits, too, nearly as many
  double share = component_cost(&e.results.bill, "edge") / (answered * 1e6 * HOUR / 1e9 * 0.085);
  cr_expect(share > 0.5 && share < 0.51, "clients pay for %g of what edges send", share);
  experimenting_drop(&e);
}

Test(bill, euros_and_dollars_become_one_sum) {
  struct experimenting e;
  experimenting_run(
      &e, "{'run': {'duration': '5s', 'warmup': '0s', 'replications': 2},"
          "'prices': {'eur_usd': 1.25, 'currency': 'eur'},"
          "'machines': {'a': {'price': '$1/h'}, 'b': {'price': '€1/h'}},"
          "'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'one'}},"
          "'components': {'one': {'type': 'server', 'machine': 'a', 'handles': {'*': [{'call': 'two'}]}},"
          "'two': {'type': 'server', 'machine': 'b', 'handles': {'*': []}}},"
          "'slo': ['cost < $2.26/h', 'two.cost > €0.99/h', 'cost > $2.24/h', 'cost < €1.7/h']}");
  nearly(e.results.bill.per_hour.value, 1.8);
  const enum objective_verdict expected[] = {OBJECTIVE_PASSED, OBJECTIVE_PASSED, OBJECTIVE_PASSED,
                                             OBJECTIVE_FAILED};
  for (int i = 0; i < 4; i++) cr_expect_eq(e.results.objectives[i].verdict, expected[i], "%d", i);
  cr_expect_str_eq(experimenting_at(experimenting_json(&e), "cost/currency")->valuestring, "EUR");
  experimenting_drop(&e);
}

Test(bill, objectives_that_mean_nothing_are_refused) {
  static const char *const cases[][3] = {
      {"", "'cost < $5/month'", "nothing here has a price"},
      {"'price': '$1/h',", "'cost < $5'", "no cost for a time"},
      {"'price': '$1/h',", "'cost < 5'", "money such as"},
      {"'price': '$1/h',", "'cost < €5/h'", "how many dollars a euro is"},
      {"'price': '$1/h',", "'c:cost < $5/h'", "not kept by client group"},
      {"'price': '$1/h',", "'cost < $5/h in 99% of 1min'", "not kept by window"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct experimenting e;
    char text[1000];
    snprintf(text, sizeof text,
             "{'clients': {'c': {'arrivals': {'poisson': {'rate': '1/s'}}, 'entry': 'one'}},"
             "'components': {'one': {'type': 'server', %s 'handles': {'*': []}}}, 'slo': [%s]}",
             cases[i][0], cases[i][1]);
    cr_expect(!experimenting_load(&e, text), "%s", cases[i][1]);
    const struct diagnostic *first = e.subject.diagnostics.first;
    cr_expect(first != NULL && strstr(first->message, cases[i][2]) != NULL, "%s: %s", cases[i][1],
              first != NULL ? first->message : "");
    experimenting_drop(&e);
  }
}

// What does not change has an interval of no width, and what does has one.
Test(bill, one_long_run_has_an_interval) {
  struct experimenting e;
  experimenting_run(
      &e, "{'run': {'duration': '1000s', 'warmup': '10s', 'replications': 1},"
          "'machines': {'m': {'price': '$0.1/h'}}, 'prices': {'traffic_out': '$0.1'},"
          "'clients': {'c': {'arrivals': {'poisson': {'rate': '50/s'}}, 'entry': 'one'}},"
          "'components': {'one': {'type': 'server', 'machine': 'm', 'handles': {'*': [{'call': 'two'},"
          "{'respond': '20KB'}]}}, 'two': {'type': 'server', 'machine': 'm', 'handles': {'*': []}}}}");
  const struct bill *bill = &e.results.bill;
  double expected = 0.2 + 50 * 20000 * HOUR / 1e9 * 0.1; // 0.56 ± 0.36 / sqrt(50,000)
  const struct bill_line *two = line_named(bill->lines, bill->line_count, "two");
  cr_expect_float_eq(bill->per_hour.value, expected, 5 * 0.36 / sqrt(50000));
  cr_expect(bill->per_hour.has_interval && bill->per_hour.low < bill->per_hour.value, "%s",
            bill->per_hour.method);
  cr_expect_float_eq(bill->per_hour.high - bill->per_hour.low, 2 * 2.04 * 0.36 / sqrt(50000), 0.0025);
  cr_expect(two->per_hour.has_interval && two->per_hour.high - two->per_hour.low < 1e-9, "%s",
            two->per_hour.method);
  experimenting_drop(&e);
}
