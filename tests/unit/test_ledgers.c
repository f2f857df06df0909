// Books of components in a run's audit: they hold in runs that crash, drop and expire, and what they say is
// looked at.
#include "audit.h"
#include "keyed_store.h"
#include "metric_book.h"
#include "metric_table.h"
#include "queue.h"
#include "running.h"

// A queue that overflows into workers that fail and die; a cache that crashes in between, and whose callers
// give up while others wait for what they fetch.
static const char shop[] =
    "{'name': 'shop',"
    " 'clients': {'people': {'arrivals': {'poisson': {'rate': '300/s'}}, 'mix': {'view': 3, 'buy': 1},"
    "   'entry': 'web'}},"
    " 'requests': {'view': {}, 'buy': {}, 'mail': {}},"
    " 'datasets': {'products': {'items': 1000, 'item_size': '1KB', 'popularity': {'zipf': {'s': 0.9}}}},"
    " 'datacenters': {'virginia': {'region': 'us-east'}}, 'machines': {'pair': {'cores': 2}},"
    " 'components': {"
    "  'web': {'type': 'server', 'workers': 64, 'machine': 'pair', 'handles': {"
    "    'view': [{'cpu': '1ms'}, {'read': 'products', 'timeout': '12ms', 'on_timeout': 'cancel'}],"
    "    'buy': [{'publish': 'mail', 'to': 'jobs'}]}},"
    "  'shelf': {'type': 'cache', 'holds': ['products'], 'capacity': '100KB', 'ttl': '500ms', 'origin': "
    "'db', 'strategy': 'read-through', 'coalesce': true},"
    "  'db': {'type': 'database', 'holds': ['products'], 'machine': 'pair', 'read': {'cpu': {'exponential': "
    "{'mean': '5ms'}}}},"
    "  'jobs': {'type': 'queue', 'capacity': {'messages': 50}, 'when_full': 'drop-oldest',"
    "    'dead_letter': {'after': 2}, 'visibility_timeout': '200ms'},"
    "  'mailer': {'type': 'worker', 'consumes': 'jobs', 'workers': 2, 'machine': 'pair', 'handles': {"
    "    'mail': [{'cpu': {'exponential': {'mean': '60ms'}}}]}}},"
    " 'timeline': [{'at': '3s', 'for': '1s', 'fail': 'shelf/virginia/0'},"
    "   {'at': '5s', 'for': '1s', 'fail': 'mailer/virginia/0'}],"
    " 'run': {'duration': '10s', 'warmup': '0s', 'seed': 5}}";

Test(ledgers, hold_through_crashes_and_losses) {
  struct running running;
  struct audit_identities found;
  running_run(&running, NULL, "%s", shop);
  const struct queue_account *jobs = running_instance(&running, "jobs", 0)->durable_state;
  cr_assert(jobs->dropped > 0 && jobs->dead > 0 && jobs->acknowledged > 0,
            "nothing happens that could be lost");
  const struct keyed_account *shelf = running_instance(&running, "shelf", 0)->durable_state;
  cr_assert(shelf->hits > 0 && shelf->expired > 0 && shelf->inherited > 0, "nobody fetches for another");
  audit_identities(&running.sim, &found);
  cr_expect_not(found.broken, "%s", found.what);
  cr_expect_eq(found.checked[IDENTITY_LEDGERS], 8, "three of the queue and five of the cache");
  running_drop(&running);
}

// Each side is changed by one: the audit says which identity, and where.
Test(ledgers, what_is_missing_is_found) {
  struct running running;
  running_run(&running, NULL, "%s", shop);
  struct queue_account *jobs = running_instance(&running, "jobs", 0)->durable_state;
  struct keyed_account *shelf = running_instance(&running, "shelf", 0)->durable_state;
  const struct {
    uint64_t *count;
    const char *identity;
  } sides[] = {{&jobs->published, "jobs/0: published"}, {&jobs->acknowledged, "jobs/0: published"},
               {&jobs->dropped, "jobs/0: published"},   {&jobs->dead, "jobs/0: published"},
               {&jobs->lost, "jobs/0: published"},      {&shelf->asked, "shelf/0: reads"},
               {&shelf->hits, "shelf/0: reads"},        {&shelf->misses, "shelf/0: reads"},
               {&shelf->found, "shelf/0: hits"},        {&shelf->fetches, "shelf/0: misses"},
               {&shelf->coalesced, "shelf/0: misses"},  {&shelf->inherited, "shelf/0: misses"}};
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
    struct audit_identities found;
    ++*sides[i].count;
    audit_identities(&running.sim, &found);
    cr_expect(found.broken && found.which == IDENTITY_LEDGERS, "side %zu", i);
    cr_expect_not_null(strstr(found.what, sides[i].identity), "%s", found.what);
    --*sides[i].count;
  }
  running_drop(&running);
}

// Two components on a host, machines that are ordered and fail, a store with prices of its own, bytes to
// clients, and names that take a second to look up.
static const char priced[] =
    "{'run': {'duration': '60s', 'warmup': '5s', 'seed': 5}, 'prices': {'eur_usd': 1.1, 'traffic_out': "
    "'$0.09'},"
    " 'datasets': {'pictures': {'items': 1000, 'item_size': '10KB'}},"
    " 'datacenters': {'virginia': {'region': 'us-east'}}, 'requests': {'view': {'reads': 'pictures'}},"
    " 'machines': {'m': {'cores': 2, 'price': '$0.5/h'}},"
    " 'hosts': {'box': {'cores': 2, 'price': '€73/month', 'count': 3}},"
    " 'clients': {'people': {'arrivals': {'poisson': {'rate': '5/s'}}, 'mix': {'view': 1}, 'entry': "
    "'names'}},"
    " 'components': {"
    "  'names': {'type': 'dns', 'answers': ['web'], 'start': 'cold', 'ttl': '2s', 'lookup': '1s', "
    "'resolvers': 2},"
    "  'web': {'type': 'server', 'machine': 'm', 'instances': 2, 'price': '$0.000001', 'handles': {"
    "    'view': [{'cpu': '1ms'}, {'read': 'pictures'}, {'call': 'a'}, {'respond': '10KB'}]}},"
    "  'a': {'type': 'server', 'on': 'box', 'handles': {'*': [{'call': 'b'}]}},"
    "  'b': {'type': 'server', 'on': 'box', 'instances': 3, 'handles': {'*': [{'cpu': '1ms'}]}},"
    "  'store': {'type': 'object-store', 'holds': ['pictures'],"
    "    'price': {'per_gb_month': '$0.023', 'per_million_gets': '$0.4'}}},"
    " 'timeline': [{'at': '20s', 'scale': 'web', 'to': 5}, {'at': '40s', 'for': '5s', 'fail': "
    "'web/virginia/0'}]}";

static double counted(const struct running *running, const char *key, bool below) {
  struct arena arena;
  struct memory_budget budget;
  struct metric_book book;
  memory_budget_init(&budget);
  arena_init(&arena, &budget);
  const struct component *names = plan_component(running->plan, "names");
  cr_assert(metric_book_open(&book, running->plan, false, &arena, &budget));
  cr_assert(metric_book_read(&book, &running->sim, false));
  const struct metric_raw *raw = &book.components[names->number][metric_find(names->model, key)];
  double value = below ? raw->bottom : raw->top;
  metric_book_drop(&book);
  arena_drop(&arena);
  return value;
}

Test(ledgers, questions_and_money_add_up) {
  struct running running;
  struct audit_identities found;
  running_run(&running, NULL, "%s", priced);
  double asked = counted(&running, "hit_ratio", true), hits = counted(&running, "hit_ratio", false);
  double lookups = counted(&running, "lookups_per_s", false);
  cr_assert(hits > 0 && lookups > 0 && asked > hits + lookups, "nobody waits for another's lookup");
  audit_identities(&running.sim, &found);
  cr_expect_not(found.broken, "%s", found.what);
  cr_expect_eq(found.checked[IDENTITY_LEDGERS], 1);
  cr_expect_eq(found.checked[IDENTITY_MONEY], 1);
  cr_expect_gt(audit_money(&running.sim), 0);

  uint64_t *first = running_instance(&running, "names", 0)->durable_state; // what was asked
  cr_assert_eq(*first, (uint64_t)asked);
  ++*first;
  audit_identities(&running.sim, &found);
  cr_expect(found.broken && found.which == IDENTITY_LEDGERS, "%s", found.what);
  --*first;

  struct host *box = (struct host *)running.sim.machines[0]->host;
  for (uint32_t m = 0; box == NULL; m++) box = (struct host *)running.sim.machines[m]->host;
  box->components--; // each of the two pays for all of it
  audit_identities(&running.sim, &found);
  cr_expect(found.broken && found.which == IDENTITY_MONEY, "%s", found.what);
  running_drop(&running);
}
