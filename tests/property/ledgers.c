#include "ledgers.h"

#include "keyed_store.h"
#include "queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t in_line(const struct queue_account *account) {
  int64_t count = 0;
  for (uint32_t place = account->first; place != 0 && count <= account->message_count; count++)
    place = account->messages[place - 1].next;
  return count;
}

// A message waits, is in flight with a visit of the queue, or is over; a blocked publisher is a visit, too.
static bool queue_differs(const struct instance *instance, uint64_t holdings, char *text, size_t bytes) {
  const struct queue_account *account = instance->durable_state;
  int64_t waiting = account->waiting.inside, in_flight = account->in_flight.inside;
  uint64_t over = account->acknowledged + account->dropped + account->dead + account->lost;
  bool known = account->published == over + (uint64_t)(waiting + in_flight);
  bool held = (int64_t)holdings == in_flight + account->blocked.inside;
  bool listed = in_line(account) == waiting;
  if (known && held && listed && account->redelivered <= account->delivered) return false;
  snprintf(text, bytes,
           "%s/%u: %" PRIu64 " published, %" PRIu64 " over, %" PRId64 " wait (%" PRId64 " in line), %" PRId64
           " in flight, %" PRId64 " blocked, %" PRIu64 " held",
           instance->component->name, instance->number, account->published, over, waiting, in_line(account),
           in_flight, account->blocked.inside, holdings);
  return true;
}

// A read hits or misses; of those that miss, some wait; what is in the store is what the account says.
static bool store_differs(const struct instance *instance, char *text, size_t bytes) {
  const struct keyed_account *account = instance->durable_state;
  const struct keyed_store *kept = instance->volatile_state;
  bool there = kept->store.budget != NULL;
  int64_t items = there ? kept->store.items : 0, size = there ? kept->store.bytes : 0;
  bool counted = account->asked == account->hits + account->misses && account->coalesced <= account->misses &&
                 account->fetches <= account->misses;
  if (counted && account->items.inside == items && account->bytes.inside == size) return false;
  snprintf(text, bytes,
           "%s/%u: %" PRIu64 " asked, %" PRIu64 " hits, %" PRIu64 " misses, %" PRIu64 " coalesced, %" PRIu64
           " fetched; %" PRId64 " items of %" PRId64 " bytes, counted %" PRId64 " and %" PRId64,
           instance->component->name, instance->number, account->asked, account->hits, account->misses,
           account->coalesced, account->fetches, items, size, account->items.inside, account->bytes.inside);
  return true;
}

bool ledger_differs(const struct instance *instance, uint64_t holdings, char *text, size_t bytes) {
  const char *type = instance->model->form.name;
  if (strcmp(type, "queue") == 0) return queue_differs(instance, holdings, text, bytes);
  bool keeps = strcmp(type, "cache") == 0 || strcmp(type, "cdn") == 0;
  return keeps && instance->volatile_state != NULL && store_differs(instance, text, bytes);
}
