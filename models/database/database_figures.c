// What a database reports of itself.
#include "database.h"

static const char *no_connections(const struct component *component) {
  const struct database_plan *plan = component->compiled;
  return plan->connections == POOL_UNLIMITED ? "its connections are unlimited" : NULL;
}

static const char *no_replicas(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->mode == NULL ? "it has no replicas" : NULL;
}

static const char *no_buffer(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->buffered
             ? NULL
             : "it has no buffer that is smaller than its data";
}

static const char *no_shards(const struct component *component) {
  return ((const struct database_plan *)component->compiled)->shards == 1 ? "it is one shard" : NULL;
}

static double served_by(const struct instance *instance) {
  const struct database_account *account = database_account_of(instance);
  return (double)(account->reads + account->writes - account->served_before);
}

// In the window, of the shard that gets most.
static double hottest_shard(const struct sim *sim, const struct component *component,
                            const struct fleet *fleet) {
  const struct database_plan *plan = component->compiled;
  const struct service *service = &sim->services[component->number];
  double all = 0, most = 0;
  (void)fleet;
  for (uint32_t shard = 0; shard < plan->shards; shard++) {
    double served = 0;
    for (uint16_t f = 0; f < service->fleet_count; f++) {
      for (uint32_t i = 0; i < plan->nodes_at[f]; i++)
        served += served_by(service->fleets[f].listed[shard * plan->nodes_at[f] + i]);
    }
    all += served;
    if (served > most) most = served;
  }
  return all > 0 ? most / all : 0;
}

// What there is to divide by, so that figures of what a database does not have are left out.
static double divided(const struct sim *sim, const struct component *component, const struct fleet *fleet) {
  (void)sim;
  return fleet == NULL && no_shards(component) == NULL;
}

static double replicated_time(const struct sim *sim, const struct component *component,
                              const struct fleet *fleet) {
  (void)fleet;
  return no_replicas(component) == NULL ? (double)sim->engine.now : 0;
}

const struct metric database_metrics[] = {
    WORKER_POOL_METRIC("utilization.workers", "connections", struct database_account, connections,
                       no_connections,
                       "taken connections, of those of nodes that live; left out where they are unlimited"),
    {.key = "reads_per_s",
     .slo = "reads",
     .head = "reads",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct database_account, reads),
     .doc = "reads"},
    {.key = "writes_per_s",
     .slo = "writes",
     .head = "writes",
     .kind = METRIC_RATE,
     .unit = METRIC_PER_SECOND,
     .top = METRIC_COUNTER(struct database_account, writes),
     .doc = "writes that were committed"},
    {.key = "buffer_hit_ratio",
     .slo = "buffer_hit_ratio",
     .head = "in buffer",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct database_account, found),
     .bottom = METRIC_COUNTER(struct database_account, looked),
     .optional = true,
     .missing = no_buffer,
     .doc = "reads that found their item in the buffer of the node"},
    {.key = "stale_reads",
     .slo = "stale_reads",
     .head = "stale",
     .kind = METRIC_SHARE,
     .unit = METRIC_FRACTION,
     .top = METRIC_COUNTER(struct database_account, stale),
     .bottom = METRIC_COUNTER(struct database_account, judged),
     .optional = true,
     .missing = no_replicas,
     .doc = "reads answered with an item older than its newest write that was acknowledged before"},
    {.key = "stale_age_s",
     .slo = "stale_age",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct database_account, stale_ages),
     .bottom = METRIC_HISTOGRAM_OF(struct database_account, stale_age_histogram),
     .optional = true,
     .missing = no_replicas,
     .doc = "of these, how long ago the write that they lack was acknowledged"},
    {.key = "lag_s",
     .slo = "lag",
     .head = "lag",
     .kind = METRIC_TIMES,
     .unit = METRIC_SECONDS,
     .top = METRIC_TALLY_OF(struct database_account, lags),
     .bottom = METRIC_HISTOGRAM_OF(struct database_account, lag_histogram),
     .optional = true,
     .missing = no_replicas,
     .doc = "from the commit of a write until a replica shows it; of each write at each replica"},
    {.key = "log_length",
     .slo = "log_length",
     .kind = METRIC_LEVEL,
     .unit = METRIC_NUMBER,
     .top = METRIC_LEVEL_OF(struct database_account, unapplied),
     .bottom = METRIC_READ_COMPONENT(replicated_time),
     .optional = true,
     .missing = no_replicas,
     .doc = "writes in the logs of all shards that some replica has not applied"},
    {.key = "hottest_shard",
     .slo = "hottest_shard",
     .head = "hot shard",
     .kind = METRIC_WHOLE,
     .unit = METRIC_FRACTION,
     .top = METRIC_READ_COMPONENT(hottest_shard),
     .bottom = METRIC_READ_COMPONENT(divided),
     .optional = true,
     .missing = no_shards,
     .doc = "of all reads and writes, those that went to the shard that got most"},
};
_Static_assert(sizeof database_metrics / sizeof *database_metrics == DATABASE_METRICS, "all are counted");
