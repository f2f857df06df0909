// Names: which answer, out of which cache, for how long.
#include "metric_book.h"
#include "metric_table.h"
#include "scenario_run.h"
#include "sim_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct loaded loaded;
static struct sim sim;
static char text[4000];

// Written with ' for ".
static void begin(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  for (char *at = text; *at != '\0'; at++) *at = *at == '\'' ? '"' : *at;
  cr_assert(loaded_begin(&loaded, &sim, text));
}

static void run_on(double until) {
  engine_run(&sim.engine, (int64_t)(until * 1e9));
}

static void end(void) {
  sim_drop(&sim);
  loaded_drop(&loaded);
}

static const struct service *service(const char *name) {
  return &sim.services[plan_component(loaded.plan, name)->number];
}

// What a figure has counted since the start: its numerator and its denominator.
static struct metric_raw counted(const char *component, const char *key) {
  const struct component *found = plan_component(loaded.plan, component);
  struct metric_book book;
  cr_assert(metric_book_open(&book, loaded.plan, false, &sim.arena, &sim.budget));
  cr_assert(metric_book_read(&book, &sim, false));
  return book.components[found->number][metric_find(found->model, key)];
}

static const char two_places[] =
    "{'run': {'duration': '1000000s'}, 'network': %s,"
    "'datacenters': {'east': {'region': 'us-east'}, 'west': {'region': 'eu-west'}},"
    "'clients': {'c': {'from': '%s', 'arrivals': {'%s': {'rate': '%s/s'}}, 'entry': 'dns'%s}},"
    "'components': {'dns': {'type': 'dns', 'answers': ['web'], %s},"
    "'web': {'type': 'server', 'instances': {'east': 2, 'west': 2}, 'handles': {'*': [{'wait': '0s'}]}}}%s}";

// With queries at λ a second, each cycle of an answer has one lookup and on average λT hits; whatever the
// lookup takes, queries meanwhile are neither.
Test(dns, resolvers_hit_as_often_as_poisson_says) {
  static const struct {
    const char *rate, *ttl, *lookup;
    double lambda, t, l;
  } cases[] = {{"0.3", "10s", "0s", 0.3, 10, 0}, {"2", "5s", "0s", 2, 5, 0}, {"2", "5s", "1s", 2, 5, 1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    double lambda = cases[i].lambda, until = 200000 / lambda;
    char rows[200];
    snprintf(rows, sizeof rows, "'ttl': '%s', 'lookup': '%s', 'resolvers': 1, 'start': 'cold'", cases[i].ttl,
             cases[i].lookup);
    begin(two_places, "'none'", "us-east", "poisson", cases[i].rate, "", rows, "");
    run_on(until);
    double cycle = 1 + lambda * (cases[i].l + cases[i].t); // queries
    double hits = lambda * cases[i].t / cycle;
    struct metric_raw ratio = counted("dns", "hit_ratio");
    cr_assert_float_eq(ratio.bottom, 200000, 4 * sqrt(200000));
    cr_expect_float_eq(ratio.top / ratio.bottom, hits, 4 * sqrt(hits / 200000 * cycle), "case %zu", i);
    double lookups = counted("dns", "lookups_per_s").top;
    cr_expect_float_eq(lookups, 200000 / cycle, 4 * sqrt(200000 / cycle), "case %zu: %g", i, lookups);
    end();
  }
}

static void expect_places(const char *region, const char *policy, int wanted) {
  begin(two_places, "{}", region, "constant", "10", "", policy, "");
  run_on(100);
  const struct service *web = service("web");
  for (int f = 0; f < 2; f++) {
    double visits = (double)web->fleets[f].measure.entered;
    cr_expect(f == wanted ? visits > 980 : visits == 0, "%s: %g in %d", region, visits, f);
  }
  end();
}

Test(dns, the_nearest_place_answers) {
  expect_places("us-east", "'policy': 'geo'", 0);
  expect_places("us-west", "'policy': 'geo'", 0);
  expect_places("eu-central", "'policy': 'geo'", 1);
  expect_places("eu-central", "'policy': 'latency'", 1);
  expect_places("eu-central", "'policy': 'single'", 0);
}

// Two answers in the same places have every other lookup each, of each region; the farther place has none.
Test(dns, equally_near_answers_take_turns) {
  for (int answers = 1; answers <= 3; answers++) {
    begin(
        "{'run': {'duration': '4000s'}, 'network': 'none',"
        "'datacenters': {'east': {'region': 'us-east'}, 'west': {'region': 'eu-west'}},"
        "'clients': {'c': {'from': 'us-east', 'arrivals': {'constant': {'rate': '10/s'}}, 'entry': 'dns'},"
        "'d': {'from': 'eu-west', 'arrivals': {'constant': {'rate': '10/s'}}, 'entry': 'dns'}},"
        "'components': {'dns': {'type': 'dns', 'answers': [%s], 'policy': '%s', 'ttl': '2s', 'lookup': '0s', "
        "'resolvers': 1},"
        "'a': {'type': 'server', 'in': ['east', 'west'], 'handles': {'*': []}},"
        "'b': {'type': 'server', 'in': ['east', 'west'], 'handles': {'*': []}},"
        "'x': {'type': 'server', 'in': ['east', 'west'], 'handles': {'*': []}}}}",
        answers == 1   ? "'a'"
        : answers == 2 ? "'b', 'a'"
                       : "'x', 'a', 'b'",
        answers == 2 ? "latency" : "geo");
    run_on(4000);
    static const char *const names[] = {"a", "b", "x"};
    for (int i = 0; i < answers; i++) {
      for (int f = 0; f < 2; f++) {
        double visits = (double)service(names[i])->fleets[f].measure.entered;
        cr_expect_float_eq(visits, 40000. / answers, 42, "%s, %d answers: %g", names[i], answers, visits);
      }
    }
    end();
  }
}

// Each lookup is answered alike; a resolver keeps its answer for its users, however many they are.
Test(dns, turns_and_weights_are_of_lookups) {
  static const struct {
    const char *rows;
    double east;
  } cases[] = {{"'policy': 'round-robin', 'ttl': '1s', 'start': 'cold', 'resolvers': 1", 0.5},
               {"'policy': 'weighted', 'weights': {'east': 1, 'west': 3}, 'ttl': '1s', 'resolvers': 1", 0.25},
               {"'policy': 'weighted', 'weights': {'west': 3}, 'ttl': '1s', 'resolvers': 1", 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    begin(two_places, "'none'", "us-east", "poisson", "10", "", cases[i].rows, "");
    run_on(10000);
    const struct fleet *east = &service("web")->fleets[0], *west = &service("web")->fleets[1];
    double lookups = counted("dns", "lookups_per_s").top, wanted = cases[i].east;
    double share = (double)east->measure.entered / (double)(east->measure.entered + west->measure.entered);
    cr_expect_float_eq(share, wanted, 4 * sqrt(wanted * (1 - wanted) / lookups) + 1e-9, "case %zu: %g", i,
                       share);
    end();
  }
}

// The dns does not know of the death, and resolvers do not know of the change: answers are of all ages, so
// the record of 200 s is followed by all within 30 s, and half of the requests before that fail.
Test(dns, a_dead_place_is_told_until_the_record_is_changed) {
  begin(two_places, "'none'", "us-east", "constant", "10", "",
        "'policy': 'weighted', 'weights': {'east': 1}, 'ttl': '30s', 'resolvers': 50",
        ", 'timeline': [{'at': '100s', 'fail': 'web/east'},"
        "{'at': '200s', 'set': {'components.dns.weights': {'west': 1}}}]");
  const struct client_run *client = &sim.clients[0];
  run_on(99.95);
  double lookups = counted("dns", "lookups_per_s").top;
  cr_assert_eq(client->failed_ever, 0);
  run_on(199.95);
  lookups = counted("dns", "lookups_per_s").top - lookups;
  cr_assert_eq(client->failed_ever, 1000);
  run_on(230.05);
  uint64_t failed = client->failed_ever;
  double aged = 10 * 15, spread = 10 * 30 * sqrt(1. / 12 / 50); // the mean of 50 ages
  cr_assert_float_eq((double)failed - 1000, aged, 4 * spread);
  run_on(400);
  cr_assert_eq(client->failed_ever, failed, "nobody is told any more");
  cr_assert_eq(counted("dns", "stale_answers").top, (double)failed - lookups, "but for those just told");
  end();
}

// A group that is spread over regions: everybody is in one of them, and stays there.
Test(dns, users_are_where_they_are) {
  begin("{'run': {'duration': '1000s'}, 'network': {'access': {'broadband': {'rtt': '0ms'}}},"
        "'datacenters': {'east': {'region': 'us-east'}, 'west': {'region': 'eu-west'}},"
        "'clients': {'c': {'from': {'us-east': 3, 'eu-central': 1}, 'users': 4000, 'arrivals': {'poisson': "
        "{'rate': '20/s'}}, 'entry': '%s'}}, 'components': {'dns': {'type': 'dns', 'answers': ['web'], "
        "'policy': 'geo', 'lookup': '0s'}, 'web': {'type': 'server', 'instances': {'east': 1, 'west': 1}, "
        "'handles': {'*': "
        "[{'wait': '0s'}]}}}}",
        "dns");
  run_on(1000);
  const struct fleet *east = &service("web")->fleets[0], *west = &service("web")->fleets[1];
  double users = 0.75 * 0.25 / 4000, all = (double)(east->measure.entered + west->measure.entered);
  cr_expect_float_eq((double)east->measure.entered / all, 0.75, 4 * sqrt(users + 0.75 * 0.25 / all));
  int64_t farthest = sim.clients[0].measures[0].latency.largest;
  cr_expect_lt(farthest, 4 * 20000000, "nobody crosses the ocean: %g ms", (double)farthest / 1e6);
  end();
}

// One user, who is never idle for long, asks once; so where the place differs from the rest of the component.
Test(dns, whoever_is_connected_asks_nobody) {
  static const char *const overrides[] = {"", ", 'overrides': {'east': {'workers': 7}}"};
  for (int i = 0; i < 2; i++) {
    begin("{'run': {'duration': '1000s'}, 'datacenters': {'east': {'region': 'us-east'}},"
          "'clients': {'c': {'users': 1, 'arrivals': {'constant': {'rate': '1/s'}}, 'entry': 'dns'}},"
          "'components': {'dns': {'type': 'dns', 'answers': ['web'], 'ttl': '2s'},"
          "'web': {'type': 'server', 'handles': {'*': [{'wait': '0s'}]}%s}}}",
          overrides[i]);
    run_on(100.5);
    cr_assert_eq(sim.clients[0].answered_ever, 100);
    cr_expect_eq(counted("dns", "hit_ratio").bottom, 1, "%g queries", counted("dns", "hit_ratio").bottom);
    end();
  }
}

// The lesson's note: all requests fail at first, half of them after half a minute, none after a minute.
Test(dns, the_lesson_is_what_its_note_says) {
  const char *source = getenv("HEADROOM_SOURCE");
  cr_assert_not_null(source, "HEADROOM_SOURCE names the tree");
  char path[4096], lesson[8000];
  snprintf(path, sizeof path, "%s/scenarios/lessons/dns-stale.json", source);
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  lesson[fread(lesson, 1, sizeof lesson - 1, file)] = '\0';
  fclose(file);
  cr_assert(loaded_begin(&loaded, &sim, lesson));
  const struct client_run *client = &sim.clients[0];
  static const double times[] = {120, 125, 145, 155, 170, 179, 182};
  double failed[7], ended[7];
  for (int i = 0; i < 7; i++) {
    run_on(times[i]);
    failed[i] = (double)client->failed_ever;
    ended[i] = failed[i] + (double)client->answered_ever;
  }
  cr_assert_eq(failed[0], 0);
  cr_expect_gt((failed[1] - failed[0]) / (ended[1] - ended[0]), 0.85);
  cr_expect_float_eq((failed[3] - failed[2]) / (ended[3] - ended[2]), 0.5, 0.15);
  cr_expect_gt(failed[5], failed[4], "after 50 to 59 s some still fail");
  run_on(299);
  cr_expect_eq((double)client->failed_ever, failed[6]);
  end();
}
