// Everything dies at each event of a scenario: what that finds, and that it finds what is wrong.
#include "kill_each.h"
#include "running.h"

#include <inttypes.h>

// All that can be held: workers, places in lines, memory, a disk, a balancer's counts, messages, items.
static const char shop[] =
    "{'name': 'shop', 'clients': {'people': {'arrivals': {'poisson': {'rate': '400/s'}}, 'entry': 'front',"
    "   'mix': {'view': 3, 'buy': 1}}}, 'requests': {'view': {}, 'buy': {}, 'mail': {}},"
    " 'datasets': {'products': {'items': 1000, 'item_size': '1KB', 'popularity': {'zipf': {'s': 0.9}}}},"
    " 'machines': {'one': {'cores': 1, 'memory': '1GiB', 'disk': {'iops': 500}}},"
    " 'components': {"
    "  'front': {'type': 'load-balancer', 'targets': ['web']},"
    "  'web': {'type': 'server', 'instances': 2, 'workers': 3, 'machine': 'one', 'handles': {"
    "    'view': [{'memory': '1MB'}, {'cpu': '4ms'}, {'wait': '5ms'}, {'read': 'products'}],"
    "    'buy': [{'parallel': [[{'cpu': '1ms'}], [{'disk': '4KB'}]]}, {'publish': 'mail', 'to': 'jobs'}]}},"
    "  'shelf': {'type': 'cache', 'holds': ['products'], 'machine': 'one', 'capacity': '100KB', 'origin': "
    "'db'},"
    "  'db': {'type': 'database', 'holds': ['products'], 'machine': 'one', 'connections': 2},"
    "  'jobs': {'type': 'queue'},"
    "  'mailer': {'type': 'worker', 'consumes': 'jobs', 'workers': 2, 'machine': 'one', 'handles': {"
    "    'mail': [{'cpu': '6ms'}]}}},"
    " 'run': {'duration': '%s', 'drain': '50ms', 'seed': 5}}";

static struct running running;

static void load(const char *duration) {
  char text[2048];
  snprintf(text, sizeof text, shop, duration);
  running_only_load(&running, "%s", text);
  cr_assert_not_null(running.plan, "%s", running.diagnostics.first->message);
}

static struct kill_each asked(uint64_t event) {
  return (struct kill_each){.plan = running.plan, .event = event, .deadline = INT64_MAX};
}

static void right(const struct kill_each *all) {
  cr_expect(!all->failed && all->stopped == NULL, "%s", all->stopped);
  cr_expect_eq(all->finding_count, 0, "event %" PRIu64 ": %s", all->findings[0].event, all->findings[0].what);
  cr_expect_eq(all->done, all->moments);
}

Test(kill_each, a_short_run_is_killed_at_each_of_its_events) {
  load("20ms");
  struct kill_each all = asked(0);
  kill_each_run(&all);
  right(&all);
  cr_assert(all.whole);
  cr_assert(all.events > 100 && all.events <= KILL_MOMENTS_MOST, "%" PRIu64, all.events);
  cr_expect_eq(all.done, all.events);
  running_drop(&running);
}

Test(kill_each, a_long_one_at_some_and_at_the_one_that_is_asked_for) {
  load("1h");
  struct kill_each all = asked(0), one = asked(137), none = asked(KILL_EVENTS_MOST + 1);
  kill_each_run(&all);
  right(&all);
  cr_expect_not(all.whole);
  cr_expect_eq(all.events, KILL_EVENTS_MOST);
  cr_expect_eq(all.done, KILL_MOMENTS_MOST);
  kill_each_run(&one);
  right(&one);
  cr_expect_eq(one.done, 1);
  kill_each_run(&none);
  cr_expect(none.failed && none.done == 0);
  running_drop(&running);
}

Test(kill_each, its_time_may_run_out) {
  load("20ms");
  struct kill_each all = asked(0);
  all.deadline = 0;
  kill_each_run(&all);
  cr_expect(!all.failed && all.done == 0);
  cr_expect_str_eq(all.stopped, "its time ran out");
  running_drop(&running);
}

// ---- What is wrong is found -------------------------------------------------------------------------------

static void begin(void) {
  struct sim_settings settings = {
      .seed = 5, .load = 1, .duration = INT64_C(3600000000000), .requests = INT64_MAX, .window = 1000000000};
  cr_assert(sim_init(&running.sim, running.plan, &settings));
  struct instance *web = running_instance(&running, "web", 0);
  engine_run_some(&running.sim.engine, EVENT_TIME_MOST - 1, 400);
  while (web->inside == 0) engine_run_some(&running.sim.engine, EVENT_TIME_MOST - 1, 1);
}

// A count that is one more than what there is.
static void one_more(int64_t *count, const char *where, const char *found) {
  char text[KILLING_TEXT_BYTES];
  cr_assert_null(killing_fault(&running.sim, text), "before: %s", text);
  ++*count;
  cr_expect_not_null(killing_fault(&running.sim, text), "%s", where);
  cr_expect_not_null(strstr(text, found), "%s: %s", where, text);
  --*count;
}

Test(kill_each, each_count_is_looked_at_while_it_lives) {
  load("1h");
  begin();
  struct instance *web = running_instance(&running, "web", 0);
  struct machine *machine = web->machine;
  struct instance *shelf = running_instance(&running, "shelf", 0);
  one_more(&web->inside, "inside an instance", "web");
  one_more(&web->fleet->measure.inside.inside, "inside a fleet", "web");
  one_more(&web->fleet->serving_level.inside, "instances that serve", "web");
  one_more(&web->memory, "memory of an instance", "web");
  one_more(&shelf->kept, "its own memory", "shelf");
  one_more(&machine->memory.used.inside, "memory of a machine", "web");
  one_more(&machine->cores.queued.inside, "jobs that wait for cores", "web: the cores");
  one_more(&instance_workers(web)->taken.inside, "workers", "web/0");
  one_more(&instance_workers(web)->queued.inside, "visits that wait", "web/0");
  one_more((int64_t *)&running.sim.clients[0].inside, "requests", "people");
  sim_drop(&running.sim);
  arena_drop(&running.arena);
}

// The books are right either way, for nobody has died: only what is left says so.
Test(kill_each, who_is_left_is_found) {
  load("1h");
  begin();
  char text[KILLING_TEXT_BYTES];
  cr_assert_null(killing_fault(&running.sim, text), "%s", text);
  cr_assert_not_null(killing_leftover(&running.sim, text));
  cr_expect_not_null(strstr(text, "is left"), "%s", text);
  killing_all(&running.sim, false);
  cr_expect_null(killing_leftover(&running.sim, text), "%s", text);
  instance_workers(running_instance(&running, "web", 0))->taken.inside++;
  cr_assert_not_null(killing_leftover(&running.sim, text));
  cr_expect_not_null(strstr(text, "web/0: 1 workers are not back"), "%s", text);
  instance_workers(running_instance(&running, "web", 0))->taken.inside--;
  sim_drop(&running.sim);
  arena_drop(&running.arena);
}
