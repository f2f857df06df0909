// Books of components in a run's audit: they hold in runs that crash, drop and expire, and what they say is
// looked at.
#include "audit.h"
#include "keyed_store.h"
#include "queue.h"
#include "running.h"

// A queue that overflows into workers that fail and die; a cache that crashes in between.
static const char shop[] =
    "{'name': 'shop',"
    " 'clients': {'people': {'arrivals': {'poisson': {'rate': '300/s'}}, 'mix': {'view': 3, 'buy': 1},"
    "   'entry': 'web'}},"
    " 'requests': {'view': {}, 'buy': {}, 'mail': {}},"
    " 'datasets': {'products': {'items': 1000, 'item_size': '1KB', 'popularity': {'zipf': {'s': 0.9}}}},"
    " 'datacenters': {'virginia': {'region': 'us-east'}}, 'machines': {'pair': {'cores': 2}},"
    " 'components': {"
    "  'web': {'type': 'server', 'workers': 64, 'machine': 'pair', 'handles': {"
    "    'view': [{'cpu': '1ms'}, {'read': 'products'}], 'buy': [{'publish': 'mail', 'to': 'jobs'}]}},"
    "  'shelf': {'type': 'cache', 'holds': ['products'], 'capacity': '100KB', 'ttl': '500ms', 'origin': "
    "'db'},"
    "  'db': {'type': 'database', 'holds': ['products'], 'machine': 'pair'},"
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
  cr_assert(shelf->hits > 0 && shelf->expired > 0);
  audit_identities(&running.sim, &found);
  cr_expect_not(found.broken, "%s", found.what);
  cr_expect_eq(found.checked[IDENTITY_LEDGERS], 7, "three of the queue and four of the cache");
  running_drop(&running);
}

// Each side is changed by one: the audit says which identity, and where.
Test(ledgers, what_is_missing_is_found) {
  struct running running;
  running_run(&running, NULL, "%s", shop);
  struct queue_account *jobs = running_instance(&running, "jobs", 0)->durable_state;
  struct keyed_account *shelf = running_instance(&running, "shelf", 0)->durable_state;
  uint64_t *const sides[] = {&jobs->published, &jobs->acknowledged, &jobs->dropped, &jobs->dead,  &jobs->lost,
                             &shelf->asked,    &shelf->hits,        &shelf->misses, &shelf->found};
  for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
    struct audit_identities found;
    ++*sides[i];
    audit_identities(&running.sim, &found);
    cr_expect(found.broken && found.which == IDENTITY_LEDGERS, "side %zu", i);
    cr_expect_not_null(strstr(found.what, i < 5 ? "jobs/0: published" : "shelf/0: "), "%s", found.what);
    --*sides[i];
  }
  running_drop(&running);
}
