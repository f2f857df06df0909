// What is done twice, by hand: requests come each second, from the first on, nine of them.
#include "repetition.h"
#include "running.h"

enum { REQUESTS = 9 };

static void run_it(struct running *running, const char *requests, const char *client, const char *handles,
                   const char *more) {
  running_run(running, NULL,
              "{'network': 'none', 'run': {'warmup': '0s', 'duration': '9900ms'}, 'requests': {%s},"
              "'datasets': {'orders': {'items': 100, 'item_size': '1KB'}}, 'clients': {'people': "
              "{'arrivals': {'constant': {'rate': "
              "'1/s'}}, 'mix': {'buy': 1}, 'entry': 'web'%s}}, 'components': {'web': {'type': 'server', "
              "'handles': {'buy': [%s]}}, 'shop': {'type': 'server', 'handles': {'*': [{'wait': '300ms'}]}},"
              "'db': {'type': 'database', 'holds': ['orders'], 'write': {'cpu': '300ms'}}}%s}",
              requests, client, handles, more);
}

static uint64_t duplicates_at(const struct running *running, const char *name) {
  const struct component *component = plan_component(running->plan, name);
  return running->sim.services[component->number].fleets[0].measure.duplicates;
}

static uint64_t counts_left(struct running *running) {
  struct slab *frames = &running->sim.engine.frames;
  uint64_t count = 0;
  for (uint32_t index = 1; index < frames->chunk_count << SLAB_CHUNK_BITS; index++) {
    const struct frame *frame = slab_at(frames, index);
    count += frame->kind == FRAME_REPETITION;
  }
  return count;
}

#define UNSAFE "'buy': {'idempotent': false, 'retry_unsafe': true}"
#define THRICE ", 'timeout': '200ms', 'retries': {'max': 2}"

static const struct {
  const char *what, *requests, *client, *handles, *more;
  uint64_t seen, web, shop, db; // by clients, and at components
} cases[] = {
    {"three attempts, each 300 ms, are all done", UNSAFE, THRICE, "{'wait': '300ms'}", "", 18, 18, 0, 0},
    {"the first is done, the others are not", UNSAFE, ", 'timeout': '200ms', 'retries': {'max': 0}",
     "{'wait': '300ms'}", "", 0, 0, 0, 0},
    {"who times out is cancelled", UNSAFE, THRICE ", 'on_timeout': 'cancel'", "{'wait': '300ms'}", "", 0, 0,
     0, 0},
    {"who is answered does not ask again", UNSAFE, THRICE, "{'wait': '100ms'}", "", 0, 0, 0, 0},
    {"a duplicate that fails was not carried out", UNSAFE, THRICE, "{'wait': '300ms'}, {'fail': 1}", "", 0, 0,
     0, 0},
    {"twice does no harm", "'buy': {'idempotent': true, 'retry_unsafe': true}", THRICE, "{'wait': '300ms'}",
     "", 0, 0, 0, 0},
    {"it only reads", "'buy': {'retry_unsafe': true}", THRICE,
     "{'wait': '300ms'}, {'read': 'orders', 'from': 'db'}", "", 0, 0, 0, 0},
    {"it writes", "'buy': {'retry_unsafe': true}", THRICE, "{'write': 'orders', 'to': 'db'}", "", 18, 18, 0,
     0},
    {"both copies are done", UNSAFE, ", 'hedge': {'after': '100ms'}", "{'wait': '300ms'}", "", 9, 9, 0, 0},
    {"the loser is cancelled", UNSAFE, ", 'hedge': {'after': '100ms', 'cancel': true}", "{'wait': '300ms'}",
     "", 0, 0, 0, 0},
    {"a call further in", UNSAFE, "", "{'call': 'shop'" THRICE "}", "", 0, 0, 18, 0},
    {"a call under another name, which does no harm", UNSAFE, "",
     "{'call': 'shop', 'request': 'look'" THRICE "}", "", 0, 0, 0, 0},
    {"a write", "'buy': {'retry_unsafe': true}", "",
     "{'write': 'orders', 'to': 'db', 'timeout': '200ms', 'retries': {'max': 2}}", "", 0, 0, 0, 18},
    {"a crash at 1.25 s: of that request nothing is done", UNSAFE, THRICE, "{'wait': '300ms'}",
     ", 'timeline': [{'at': '1250ms', 'for': '100ms', 'fail': 'web'}]", 16, 16, 0, 0},
    {"a machine that is gone at 1.35 s: one attempt was done", UNSAFE, THRICE, "{'wait': '300ms'}",
     ", 'timeline': [{'at': '1350ms', 'for': '500ms', 'fail': 'web', 'mode': 'hang'}]", 16, 16, 0, 0},
};

Test(repetition, is_counted_where_it_happens) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct running running;
    run_it(&running, cases[i].requests, cases[i].client, cases[i].handles, cases[i].more);
    const struct request_measure *seen = running_measure(&running, "buy");
    cr_assert_eq(seen->offered, REQUESTS, "%s: %lu", cases[i].what, (unsigned long)seen->offered);
    cr_expect_eq(seen->duplicates, cases[i].seen, "%s: clients %lu", cases[i].what,
                 (unsigned long)seen->duplicates);
    uint64_t web = duplicates_at(&running, "web"), shop = duplicates_at(&running, "shop"),
             db = duplicates_at(&running, "db");
    cr_expect(web == cases[i].web && shop == cases[i].shop && db == cases[i].db, "%s: %lu at web, %lu, %lu",
              cases[i].what, (unsigned long)web, (unsigned long)shop, (unsigned long)db);
    cr_expect_eq(counts_left(&running), 0, "%s: a count is left", cases[i].what);
    running_drop(&running);
  }
}
