// Which node a read or a write goes to. Writes go to the primary of their item's shard, dead or alive. Reads
// go where `reads_from` says; dead nodes are not read from while another may be, nor are those that the call
// has tried. Whoever asks knows this at once, and what the replicas have applied, as drivers with session
// tokens do.
#include "database.h"
#include "route.h"

#include <stddef.h>

enum { SESSION_BITS = 14 };

static uint64_t *session_at(const struct sim *sim, const struct visit *visit,
                            const struct database_shard *shard) {
  return &shard->sessions[random_mix(item_user(sim, visit)) >> (64 - SESSION_BITS)];
}

// Users that share a place wait for the writes of each other, too: an own write is never missed.
void database_remember_session(struct sim *sim, const struct visit *visit, struct database_shard *shard,
                               uint64_t number) {
  if (shard->sessions == NULL) return;
  uint64_t *session = session_at(sim, visit, shard);
  if (number > *session) *session = number;
}

struct search {
  struct sim *sim;
  struct database_shard *shard;
  const struct network_end *from;
  const struct call *call; // whose tried nodes are left out; NULL: none are
  uint32_t first;          // node that may be read from
  uint32_t count;          // nodes of the shard
  uint64_t least;          // the entry that a replica must have applied
};

static bool is_fit(const struct search *search, const struct instance *node) {
  if (node->life != LIFE_SERVING && node->life != LIFE_PAUSED) return false;
  if (search->call != NULL && route_tried(search->call, node)) return false;
  return node == search->shard->nodes[0] || database_account_of(node)->applied >= search->least;
}

static int64_t distance(const struct search *search, const struct instance *node) {
  if (search->from->place == node->end.place) return -1;
  struct network_end to = {.region = node->end.region, .place = node->end.place};
  return network_delay(&search->sim->plan->network, search->from, &to);
}

// Of those that are nearest the one that was read from longest ago: callers of one place do not disturb the
// turns that those of another take.
static struct instance *nearest(const struct search *search) {
  struct database_shard *shard = search->shard;
  uint32_t found = search->count;
  int64_t least = INT64_MAX;
  uint64_t oldest = UINT64_MAX;
  for (uint32_t number = search->first; number < search->count; number++) {
    if (!is_fit(search, shard->nodes[number])) continue;
    int64_t far = distance(search, shard->nodes[number]);
    if (far > least || (far == least && shard->turns[number] >= oldest)) continue;
    found = number;
    least = far;
    oldest = shard->turns[number];
  }
  if (found == search->count) return NULL;
  shard->turns[found] = ++shard->turn;
  return shard->nodes[found];
}

static struct instance *source_of(struct search *search) {
  struct instance *found = nearest(search);
  if (found != NULL || search->call == NULL) return found;
  search->call = NULL; // better one that was tried than none
  return nearest(search);
}

struct instance *database_route(struct sim *sim, struct visit *visit, const struct component *component,
                                const struct network_end *from, const struct call *call) {
  const struct database_plan *plan = component->compiled;
  const struct request_type *request = &sim->plan->requests[visit->request];
  struct database_shard *shards = database_shards(sim, component);
  if (shards == NULL) return NULL;
  struct database_shard *shard = &shards[database_shard_of(plan, request->dataset, visit->key)];
  struct instance *primary = shard->nodes[0];
  if (plan->nodes == 1 || plan->source == READS_FROM_PRIMARY || request->operation != OPERATION_READ)
    return primary;
  struct search search = {.sim = sim,
                          .shard = shard,
                          .from = from,
                          .call = call != NULL && call->made > 1 ? call : NULL,
                          .first = plan->source == READS_FROM_NEAREST ? 0 : 1,
                          .count = plan->nodes,
                          .least = shard->sessions == NULL ? 0 : *session_at(sim, visit, shard)};
  struct instance *found = source_of(&search);
  return found != NULL ? found : primary;
}
