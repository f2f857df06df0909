// A database: what its parts share. Private to models/database.
//
//   database.c              the model: what a node does over its life, and for predictions
//   database_form.c         as it is written
//   database_program.c      what a read and a write are made of
//   database_figures.c      what it reports
//   database_engine.c       what the engines cost where a scenario does not say
//   database_layout.c       which instance is which node of which shard, and what it is called
//   database_routing.c      which node a read or a write goes to
//   database_buffer.c       the buffer cache of a node
//   replication_log.c       the log of a primary
//   replication_async.c     one file for each mode of replication
#ifndef HEADROOM_DATABASE_H
#define HEADROOM_DATABASE_H

#include "deployment.h"
#include "flow.h"
#include "item.h"
#include "replication_log.h"
#include "store.h"
#include "worker_pool.h"

// ---- As it is written ----

// Of a read or a write; NULL: the engine's.
struct database_cost {
  const struct distribution *cpu;
  const double *disk; // operations; the fraction is the chance of one more
};

struct database_apply {
  const struct distribution *cpu; // NULL: from the cost of a write
  int64_t threads;
};

enum database_source { READS_FROM_PRIMARY, READS_FROM_REPLICA, READS_FROM_NEAREST, READS_OWN_WRITES };

struct database_replication {
  const char *primary; // a place; NULL: where the component stands
  struct map replicas; // by place
  struct variant mode; // its `user` is a struct replication_mode; NULL: not there yet
  struct database_apply apply;
  int reads_from;
  const struct node *failover;
  const struct node *conflicts;
};

struct database_shards {
  int64_t count;
  int by;
  const struct node *rebalance;
};

struct database {
  struct deployment deployment;
  int engine;
  struct list holds;
  const int64_t *connections; // NULL: the engine's
  const struct distribution *wait;
  struct database_cost read;
  struct database_cost write;
  struct variant buffer;
  int start; // enum keyed_start
  const struct database_replication *replication;
  struct database_shards shards;
};

// ---- Compiled ----

// What an engine costs; see its file for the sources. ns, operations, bytes.
struct database_engine {
  const char *word; // as `engine` has it; NULL: the end
  bool there;       // or not yet
  int64_t connections;
  int64_t connection_bytes;
  double read_cpu;
  double read_disk; // where there is a buffer; else the data are taken to be in memory
  double write_cpu;
  double write_disk;
};
extern const struct database_engine database_engines[];
extern const char *const database_engine_words[];

// What one read or write takes; `cpu` NULL: nothing.
struct database_work {
  const struct distribution *cpu;
  double disk;
};

struct database_plan {
  const struct database_engine *engine;
  const bool *holds;              // by dataset
  const uint16_t *write_requests; // by dataset: the number of its writes; UINT16_MAX: nobody writes it
  const bool *is_write;           // by request
  const double *hottest_of;       // by request: the same as `hottest`, of its dataset
  uint16_t dataset_count;
  int64_t connections;
  struct database_work read, write;
  uint32_t shards;
  const double *hottest; // by dataset: the share of its items' traffic that the busiest shard of all expects
  uint32_t nodes;        // of each shard, in all places
  const uint32_t *nodes_at; // by share of the component: nodes of each shard there; the primary's place first
  const struct replication_mode *mode; // NULL: there are no replicas
  enum database_source source;
  struct program apply; // what a replica's thread does for one entry
  double apply_work;    // ns, its mean
  int64_t threads;
  struct store_settings buffer;
  bool buffered;  // it is smaller than the data: what is not in it is read from the disk
  bool warm;      // at the start of the run
  double misses;  // expected share of reads that find their item not in it
  int64_t memory; // bytes that a node holds from its start on: buffer and connections
};

// ---- In a run ----

// Of one node. Volatile: what a crash loses.
struct database_node {
  struct worker_pool connections; // first: see worker_pool.h
  struct store buffer;
  uint64_t told; // a replica: the newest entry that its primary's log has, as far as it has heard
  uint64_t next; // the next one to be applied
  uint32_t busy; // threads that apply one
};

// Durable: what it has done since the start of the run, and the data.
struct database_account {
  struct worker_account connections; // first: see worker_pool.h
  uint64_t reads;
  uint64_t writes;
  uint64_t served_before;  // reads and writes when the window began
  uint64_t judged;         // reads of a database with replicas
  uint64_t stale;          // of these
  struct tally stale_ages; // ns since the write that it lacks was acknowledged
  struct histogram stale_age_histogram;
  struct tally lags; // of a replica: ns from commit to visible
  struct histogram lag_histogram;
  uint64_t looked; // reads that looked into the buffer
  uint64_t found;
  struct level unapplied;     // a primary: entries that some replica has not applied
  struct replication_log log; // a primary's
  uint64_t applied;           // a replica: this entry and all before it are visible
  uint64_t *positions;        // by dataset: what that comes to (item.h)
  uint64_t *applying;         // by thread: the entry that it applies
};

// The nodes of a shard.
struct database_shard {
  struct instance **nodes; // the primary first
  uint64_t *turns;         // by node: which of the reads that take turns it had last
  uint64_t turn;           // of these the last
  uint64_t *sessions; // by users, many to a place: the newest entry that one of them has written; or NULL
};

static inline const struct database_plan *database_plan_of(const struct instance *instance) {
  return instance->component->compiled;
}

static inline struct database_node *database_node_of(const struct instance *instance) {
  return instance->volatile_state;
}

static inline struct database_account *database_account_of(const struct instance *instance) {
  return instance->durable_state;
}

// ---- database_form.c ----

extern const struct field_table database_table;

// What rows cannot say. False after errors were reported.
bool database_check(const struct component *component, struct field_context *context);

// ---- database_program.c ----

// Fills plan->read, write, connections and, with what the connections take, memory.
void database_compile_costs(const struct component *component, const struct plan *plan,
                            struct database_plan *compiled);

// Fills component->programs, what the plan says by request or dataset of writes, and how replicas apply them;
// once costs, layout, buffer and shards are known. False: no memory.
bool database_compile_programs(struct component *component, const struct plan *plan,
                               struct database_plan *compiled);

// ---- database_figures.c ----

enum { DATABASE_METRICS = 9 };
extern const struct metric database_metrics[DATABASE_METRICS];

// ---- database_layout.c ----

// Where its nodes stand, into the component's shares and `plan->nodes_at`. False after errors were reported.
bool database_lay_out(struct component *component, const struct plan *plan, struct database_plan *compiled,
                      struct field_context *context);

// The shard of an item.
uint32_t database_shard_of(const struct database_plan *plan, uint16_t dataset, uint64_t key);

// Fills plan->hottest: from the popularity of the most popular items, the rest evenly. False: no memory.
bool database_expect_shards(const struct plan *plan, struct database_plan *compiled);

// What an instance is: its shard, and whether it is the primary there.
uint32_t database_shard_at(const struct instance *instance);
bool database_is_primary(const struct instance *instance);

// For model.called: "shard2/primary", "shard2", "primary", "replica", "replica0" (of those in the place).
bool database_called(const struct component *component, uint16_t place, int64_t number, const char *words);

// All shards of a component's run, built when they are first asked for. NULL: no memory, and the run ends.
struct database_shard *database_shards(struct sim *sim, const struct component *component);

// ---- database_routing.c ----

// model.route: the node that a visit goes to, by the shard of its item and, for reads, `reads_from`.
struct instance *database_route(struct sim *sim, struct visit *visit, const struct component *component,
                                const struct network_end *from, const struct call *call);

// A user has written entry `number` of its shard.
void database_remember_session(struct sim *sim, const struct visit *visit, struct database_shard *shard,
                               uint64_t number);

// ---- database_buffer.c ----

// Fills plan->buffer, buffered and misses. False after errors were reported.
bool database_buffer_compile(const struct component *component, const struct plan *plan,
                             struct database_plan *compiled, struct field_context *context);

// model.memory: what its entries take.
double database_buffer_memory(const struct component *component, const struct plan *plan, double visits);

bool database_buffer_start(struct sim *sim, struct instance *instance);
void database_buffer_drop(struct instance *instance);

// Whether a read finds its item; brings it in if not. Counts.
bool database_buffer_read(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key);

// An item was written: it is in the buffer now.
void database_buffer_write(struct sim *sim, struct instance *instance, uint16_t dataset, uint64_t key);

// ---- Replication ----

// Steps of its programs.
enum { DATABASE_READ, DATABASE_COMMIT, DATABASE_APPLIED };

// A mode: how what is committed at a primary comes to its replicas.
struct replication_mode {
  // Entry `number` of a primary's log is there.
  void (*committed)(struct sim *sim, struct instance *primary, uint64_t number);
  // A node begins a life; comes back after a crash.
  void (*started)(struct sim *sim, struct instance *node);
  void (*recovered)(struct sim *sim, struct instance *node);
  void (*message)(struct sim *sim, struct instance *node, const void *content);
  // A thread of a replica has applied entry `number`.
  void (*applied)(struct sim *sim, struct instance *replica, uint64_t number);
};
extern const struct replication_mode replication_async;

#endif
