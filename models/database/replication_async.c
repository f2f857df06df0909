// Asynchronous replication: a write is acknowledged as soon as it is in the primary's own log. The primary
// tells each replica of every entry by a message; a replica applies what it has heard of with threads of its
// own, which compute on its cores. An entry is visible once it and all before it have been applied (as with
// MySQL's replica_preserve_commit_order), so that a replica always shows a state that the primary once had.
//
// Messages say how long the log is, not what stands in it: one that is lost or late does no harm, for the
// next one says more. A replica that comes back asks where the log is by now, and a primary that comes back
// tells it unasked. What a replica had applied beyond its first gap when it died it applies again.
#include "database.h"

enum news_kind { NEWS_OF_LOG, NEWS_OF_RETURN };
struct news {
  enum news_kind kind;
  uint32_t from;   // instance that is back
  uint64_t newest; // entry of the log
};

static struct database_shard *shard_of(struct sim *sim, const struct instance *node) {
  struct database_shard *shards = database_shards(sim, node->component);
  return shards == NULL ? NULL : &shards[database_shard_at(node)];
}

static void send(struct sim *sim, struct instance *from, struct instance *to, struct news news) {
  if (!flow_message(sim, from, to, &news, sizeof news)) engine_stop(&sim->engine);
}

static void tell(struct sim *sim, struct instance *primary, struct instance *replica) {
  send(sim, primary, replica,
       (struct news){.kind = NEWS_OF_LOG, .newest = database_account_of(primary)->log.newest});
}

static void tell_all(struct sim *sim, struct instance *primary) {
  const struct database_shard *shard = shard_of(sim, primary);
  uint32_t nodes = database_plan_of(primary)->nodes;
  for (uint32_t i = 1; shard != NULL && i < nodes; i++) tell(sim, primary, shard->nodes[i]);
}

static void committed(struct sim *sim, struct instance *primary, uint64_t number) {
  (void)number;
  level_up(&database_account_of(primary)->unapplied, sim->engine.now);
  tell_all(sim, primary);
}

// ---- Replicas ----

// An entry has luck of its own at each replica, however often it is applied there.
static struct random_stream luck_of(const struct sim *sim, const struct instance *replica, uint64_t number) {
  struct random_stream stream = sim_stream(sim, replica->component->name, "apply");
  return random_split(random_split(stream, (uint64_t)replica->fleet->place << 32 | replica->number), number);
}

// As many threads as are idle take the next entries, in order.
static void set_to_work(struct sim *sim, struct instance *replica) {
  const struct database_plan *plan = database_plan_of(replica);
  struct database_node *node = database_node_of(replica);
  struct database_account *account = database_account_of(replica);
  const struct database_shard *shard = shard_of(sim, replica);
  while (shard != NULL && node->busy < plan->threads && node->next <= node->told) {
    uint64_t number = node->next++;
    const struct log_entry *entry = replication_log_at(&database_account_of(shard->nodes[0])->log, number);
    account->applying[node->busy++] = number;
    if (!flow_spawn(sim, replica, &plan->apply, plan->write_requests[entry->dataset],
                    luck_of(sim, replica, number), number)) {
      engine_stop(&sim->engine);
      return;
    }
  }
}

static void message(struct sim *sim, struct instance *node, const void *content) {
  const struct news *news = content;
  if (news->kind == NEWS_OF_RETURN) {
    tell(sim, node, sim->instances[news->from]);
    return;
  }
  if (news->newest > database_node_of(node)->told) database_node_of(node)->told = news->newest;
  set_to_work(sim, node);
}

static void become_visible(struct sim *sim, struct instance *replica, const struct log_entry *entry) {
  struct database_account *account = database_account_of(replica);
  int64_t lag = sim->engine.now - entry->committed;
  tally_add(&account->lags, lag);
  histogram_record(&account->lag_histogram, lag);
  account->positions[entry->dataset] = entry->position;
  database_buffer_write(sim, replica, entry->dataset, entry->key);
}

// What all replicas have applied leaves the log.
static void trim(struct sim *sim, const struct database_shard *shard, uint32_t nodes) {
  struct database_account *primary = database_account_of(shard->nodes[0]);
  uint64_t least = UINT64_MAX;
  for (uint32_t i = 1; i < nodes; i++) {
    uint64_t applied = database_account_of(shard->nodes[i])->applied;
    if (applied < least) least = applied;
  }
  if (least < primary->log.first) return;
  level_change(&primary->unapplied, (int64_t)(primary->log.first - 1) - (int64_t)least, sim->engine.now);
  replication_log_trim(&primary->log, least);
}

// Takes an entry from those that threads apply; returns the oldest that one still does, or the next.
static uint64_t finish(struct instance *replica, uint64_t number) {
  struct database_node *node = database_node_of(replica);
  uint64_t *applying = database_account_of(replica)->applying;
  uint64_t oldest = node->next;
  uint32_t left = 0;
  for (uint32_t i = 0; i < node->busy; i++) {
    if (applying[i] == number) continue;
    if (applying[i] < oldest) oldest = applying[i];
    applying[left++] = applying[i];
  }
  node->busy = left;
  return oldest;
}

static void applied(struct sim *sim, struct instance *replica, uint64_t number) {
  struct database_account *account = database_account_of(replica);
  const struct database_shard *shard = shard_of(sim, replica);
  if (shard == NULL) return;
  const struct replication_log *log = &database_account_of(shard->nodes[0])->log;
  uint64_t oldest = finish(replica, number);
  bool moved = account->applied + 1 < oldest;
  while (account->applied + 1 < oldest)
    become_visible(sim, replica, replication_log_at(log, ++account->applied));
  if (moved) trim(sim, shard, database_plan_of(replica)->nodes);
  set_to_work(sim, replica);
}

// ---- Life ----

static void started(struct sim *sim, struct instance *node) {
  (void)sim;
  database_node_of(node)->told = database_account_of(node)->applied;
  database_node_of(node)->next = database_account_of(node)->applied + 1;
}

static void recovered(struct sim *sim, struct instance *node) {
  if (database_is_primary(node)) {
    tell_all(sim, node);
    return;
  }
  const struct database_shard *shard = shard_of(sim, node);
  if (shard == NULL) return;
  send(sim, node, shard->nodes[0], (struct news){.kind = NEWS_OF_RETURN, .from = node->index});
}

const struct replication_mode replication_async = {
    .committed = committed,
    .started = started,
    .recovered = recovered,
    .message = message,
    .applied = applied,
};
