// Hand-written loops for the four workloads that headroom's speed is judged by (bench/README.md). Each is
// written out for its one system, as somebody would who needed only that.
//
//   bench_loop WORKLOAD REQUESTS SEED      WORKLOAD: mm1, mm32, web-tier, full
//
// One JSON line on standard output; times in seconds, memory in bytes. Exit 2: wrong usage.
#include "loop.h"

#define HAND_OBJECTS 572000
#define HAND_BITS    21
#include "hand.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#define MS 1e6 // ns

// Every loop's arrivals are events of kind 0.
enum { ARRIVAL };

static inline void loop_push(struct loop *loop, int64_t time, unsigned kind, uint32_t slot) {
  heap_push(&loop->heap, (struct event){.time = time, .what = event_what(kind, slot)});
}

// What comes next in place of the event at the top.
static inline void loop_next(struct loop *loop, int64_t time, unsigned kind, uint32_t slot) {
  heap_replace(&loop->heap, (struct event){.time = time, .what = event_what(kind, slot)});
}

// The arrival at the top makes way for the next one, or for none after the last.
static inline void loop_next_arrival(struct loop *loop, int64_t now, double gap) {
  if (++loop->arrived < loop->wanted)
    loop_next(loop, now + loop_exponential(loop, gap), ARRIVAL, 0);
  else
    heap_pop(&loop->heap);
}

static inline uint32_t loop_begin(struct loop *loop, int64_t now) {
  uint32_t slot = requests_take(&loop->requests);
  loop->requests.slots[slot].began = now;
  return slot;
}

static inline void loop_end(struct loop *loop, int64_t now, uint32_t slot) {
  latency_add(&loop->latency, now - loop->requests.slots[slot].began);
  requests_give(&loop->requests, slot);
}

// Round robin.
static inline uint16_t loop_turn(uint16_t *turn, unsigned count) {
  uint16_t mine = *turn;
  *turn = mine + 1u < count ? (uint16_t)(mine + 1) : 0;
  return mine;
}

// ---- M/M/c: one queue before c servers of 10 ms. Inlined for each c.

enum { MMC_DEPARTURE = 1 };

static inline void mmc_run(struct loop *loop, unsigned servers, double load) {
  const double service = 10 * MS, gap = service / (servers * load);
  struct station station = {.idle = servers};
  while (loop->latency.count < loop->wanted) {
    struct event event = *loop_top(loop);
    int64_t now = event.time;
    if (event_kind(event) == ARRIVAL) {
      loop_next_arrival(loop, now, gap);
      uint32_t slot = loop_begin(loop, now);
      if (station_enter(&station, loop->requests.slots, slot))
        loop_push(loop, now + loop_exponential(loop, service), MMC_DEPARTURE, slot);
    } else {
      loop_end(loop, now, event_slot(event));
      uint32_t slot = station_leave(&station, loop->requests.slots);
      if (slot != LOOP_NONE)
        loop_next(loop, now + loop_exponential(loop, service), MMC_DEPARTURE, slot);
      else
        heap_pop(&loop->heap);
    }
  }
}

static void mm1_run(struct loop *loop) {
  mmc_run(loop, 1, 0.9);
}
static void mm32_run(struct loop *loop) {
  mmc_run(loop, 32, 0.8);
}

// ---- The web tier: a round-robin balancer, 16 servers of 4 cores, then a short delay or the database.

enum { TIER_SERVED = 1, TIER_WAITED, TIER_STORED };
enum { TIER_SERVERS = 16, TIER_CORES = 4, TIER_DATABASE_CORES = 8 };

struct tier {
  struct station servers[TIER_SERVERS], database;
  uint16_t turn;
  double gap, stored, mu, sigma; // mu, sigma: of the logarithm of the service in ns
};

static inline int64_t tier_service(struct loop *loop, const struct tier *tier) {
  return (int64_t)exp(tier->mu + tier->sigma * luck_normal(&loop->luck));
}

static inline void tier_arrive(struct loop *loop, struct tier *tier, int64_t now) {
  loop_next_arrival(loop, now, tier->gap);
  uint32_t slot = loop_begin(loop, now);
  uint16_t server = loop_turn(&tier->turn, TIER_SERVERS);
  loop->requests.slots[slot].server = server;
  if (station_enter(&tier->servers[server], loop->requests.slots, slot))
    loop_push(loop, now + tier_service(loop, tier), TIER_SERVED, slot);
}

// The core goes on with the next in its queue; the request goes on to the delay or the database.
static inline void tier_served(struct loop *loop, struct tier *tier, int64_t now, uint32_t slot) {
  struct request *slots = loop->requests.slots;
  uint32_t follower = station_leave(&tier->servers[slots[slot].server], slots);
  if (follower != LOOP_NONE)
    loop_next(loop, now + tier_service(loop, tier), TIER_SERVED, follower);
  else
    heap_pop(&loop->heap);
  if (luck_uniform(&loop->luck) <= 0.8)
    loop_push(loop, now + (int64_t)(0.5 * MS), TIER_WAITED, slot);
  else if (station_enter(&tier->database, slots, slot))
    loop_push(loop, now + loop_exponential(loop, tier->stored), TIER_STORED, slot);
}

static inline void tier_stored(struct loop *loop, struct tier *tier, int64_t now, uint32_t slot) {
  loop_end(loop, now, slot);
  uint32_t follower = station_leave(&tier->database, loop->requests.slots);
  if (follower != LOOP_NONE)
    loop_next(loop, now + loop_exponential(loop, tier->stored), TIER_STORED, follower);
  else
    heap_pop(&loop->heap);
}

static void tier_run(struct loop *loop) {
  const double service = 10 * MS, load = 0.7, variance = log(1 + 1.5 * 1.5);
  struct tier tier = {.database = {.idle = TIER_DATABASE_CORES},
                      .gap = service / (load * TIER_SERVERS * TIER_CORES),
                      .mu = log(service) - variance / 2,
                      .sigma = sqrt(variance)};
  tier.stored = load * TIER_DATABASE_CORES * tier.gap / 0.2;
  for (int i = 0; i < TIER_SERVERS; i++) tier.servers[i].idle = TIER_CORES;
  while (loop->latency.count < loop->wanted) {
    struct event event = *loop_top(loop);
    switch (event_kind(event)) {
    case ARRIVAL:
      tier_arrive(loop, &tier, event.time);
      break;
    case TIER_SERVED:
      tier_served(loop, &tier, event.time, event_slot(event));
      break;
    case TIER_WAITED:
      heap_pop(&loop->heap);
      loop_end(loop, event.time, event_slot(event));
      break;
    case TIER_STORED:
      tier_stored(loop, &tier, event.time, event_slot(event));
      break;
    default:
      abort();
    }
  }
}

// ---- The full topology: hops, a balancer, servers, four reads each through a cache of keys, a database of
// shards behind that, and a timeout on every call of a client or a server; the cache's own has none. The hop
// between client and balancer is free. What the cache lacks it has when the database has answered.

enum {
  FULL_AT_SERVER = 1,
  FULL_COMPUTED,
  FULL_AT_CACHE,
  FULL_LOOKED_UP,
  FULL_AT_DATABASE,
  FULL_STORED,
  FULL_BACK_AT_CACHE,
  FULL_BACK_AT_SERVER,
  FULL_WAITED,
  FULL_ANSWERED,
  FULL_TIMEOUT
};
enum { FULL_SERVERS = 36, FULL_DATABASES = 14, FULL_CORES = 8, FULL_CALLS = 4, FULL_KEYS = 1000000 };
enum { FULL_CLIENT, FULL_CACHE }; // whose call a timeout guards

struct full {
  struct station servers[FULL_SERVERS], databases[FULL_DATABASES];
  uint16_t turn;
  struct zipf keys;
  struct hand *cache;
};

static const int64_t FULL_HOP = 250000, FULL_LOOKUP = 50000, FULL_WAIT = 180000000, FULL_LIMIT = 5000000000;
static const double FULL_GAP = MS / 100, FULL_COMPUTE = 1 * MS, FULL_STORE = 2 * MS;

static inline void full_arm(struct loop *loop, int64_t now, unsigned call, uint32_t slot) {
  uint32_t generation = loop->requests.slots[slot].generation[call];
  heap_push(&loop->heap, (struct event){.time = now + FULL_LIMIT,
                                        .generation = generation << 1 | call,
                                        .what = event_what(FULL_TIMEOUT, slot)});
}

// What was armed is stale from here on.
static inline void full_disarm(struct loop *loop, unsigned call, uint32_t slot) {
  loop->requests.slots[slot].generation[call]++;
}

// A call that does time out would need a caller that goes on without it; at this load there is none.
static inline void full_timeout(struct loop *loop, struct event event) {
  heap_pop(&loop->heap);
  uint32_t armed = loop->requests.slots[event_slot(event)].generation[event.generation & 1];
  if (event.generation >> 1 == (armed & (UINT32_MAX >> 1))) {
    fputs("bench_loop: a call timed out\n", stderr);
    exit(1);
  }
}

// The event at the top has brought the request to the station.
static inline void full_enter(struct loop *loop, struct station *station, int64_t now, double mean,
                              unsigned kind, uint32_t slot) {
  if (station_enter(station, loop->requests.slots, slot))
    loop_next(loop, now + loop_exponential(loop, mean), kind, slot);
  else
    heap_pop(&loop->heap);
}

// The event at the top was the end of a service there.
static inline void full_leave(struct loop *loop, struct station *station, int64_t now, double mean,
                              unsigned kind) {
  uint32_t follower = station_leave(station, loop->requests.slots);
  if (follower != LOOP_NONE)
    loop_next(loop, now + loop_exponential(loop, mean), kind, follower);
  else
    heap_pop(&loop->heap);
}

static inline void full_arrive(struct loop *loop, struct full *full, int64_t now) {
  loop_next_arrival(loop, now, FULL_GAP);
  uint32_t slot = loop_begin(loop, now);
  loop->requests.slots[slot].server = loop_turn(&full->turn, FULL_SERVERS);
  loop->requests.slots[slot].called = 0;
  full_arm(loop, now, FULL_CLIENT, slot);
  loop_push(loop, now + FULL_HOP, FULL_AT_SERVER, slot);
}

static inline void full_call_cache(struct loop *loop, const struct full *full, int64_t now, uint32_t slot) {
  loop->requests.slots[slot].called++;
  loop->requests.slots[slot].key = luck_zipf(&loop->luck, &full->keys);
  full_arm(loop, now, FULL_CACHE, slot);
  loop_push(loop, now + FULL_HOP, FULL_AT_CACHE, slot);
}

// The first computation is followed by the calls, the second by the answer.
static inline void full_computed(struct loop *loop, struct full *full, int64_t now, uint32_t slot) {
  struct request *request = &loop->requests.slots[slot];
  full_leave(loop, &full->servers[request->server], now, FULL_COMPUTE, FULL_COMPUTED);
  if (request->called == 0)
    full_call_cache(loop, full, now, slot);
  else
    loop_push(loop, now + FULL_HOP, FULL_ANSWERED, slot);
}

static inline void full_looked_up(struct loop *loop, struct full *full, int64_t now, uint32_t slot) {
  struct request *request = &loop->requests.slots[slot];
  uint32_t place;
  if (hand_look(full->cache, request->key, &place)) {
    full->cache->hits++;
    loop_next(loop, now + FULL_HOP, FULL_BACK_AT_SERVER, slot);
    return;
  }
  request->database = (uint16_t)(((uint64_t)(request->key * UINT32_C(0x9E3779B9)) * FULL_DATABASES) >> 32);
  loop_next(loop, now + FULL_HOP, FULL_AT_DATABASE, slot);
}

// Others may have brought the item meanwhile.
static inline void full_back_at_cache(struct loop *loop, const struct full *full, int64_t now,
                                      uint32_t slot) {
  uint32_t key = loop->requests.slots[slot].key, place;
  if (!hand_look(full->cache, key, &place)) hand_put(full->cache, key, place);
  loop_next(loop, now + FULL_HOP, FULL_BACK_AT_SERVER, slot);
}

static inline void full_back_at_server(struct loop *loop, const struct full *full, int64_t now,
                                       uint32_t slot) {
  full_disarm(loop, FULL_CACHE, slot);
  if (loop->requests.slots[slot].called == FULL_CALLS) {
    loop_next(loop, now + FULL_WAIT, FULL_WAITED, slot);
  } else {
    heap_pop(&loop->heap);
    full_call_cache(loop, full, now, slot);
  }
}

static inline void full_step(struct loop *loop, struct full *full, struct event event) {
  int64_t now = event.time;
  uint32_t slot = event_slot(event);
  struct request *request = &loop->requests.slots[slot];
  switch (event_kind(event)) {
  case ARRIVAL:
    full_arrive(loop, full, now);
    break;
  case FULL_AT_SERVER:
  case FULL_WAITED:
    full_enter(loop, &full->servers[request->server], now, FULL_COMPUTE, FULL_COMPUTED, slot);
    break;
  case FULL_COMPUTED:
    full_computed(loop, full, now, slot);
    break;
  case FULL_AT_CACHE:
    loop_next(loop, now + FULL_LOOKUP, FULL_LOOKED_UP, slot);
    break;
  case FULL_LOOKED_UP:
    full_looked_up(loop, full, now, slot);
    break;
  case FULL_AT_DATABASE:
    full_enter(loop, &full->databases[request->database], now, FULL_STORE, FULL_STORED, slot);
    break;
  case FULL_STORED:
    full_leave(loop, &full->databases[request->database], now, FULL_STORE, FULL_STORED);
    loop_push(loop, now + FULL_HOP, FULL_BACK_AT_CACHE, slot);
    break;
  case FULL_BACK_AT_CACHE:
    full_back_at_cache(loop, full, now, slot);
    break;
  case FULL_BACK_AT_SERVER:
    full_back_at_server(loop, full, now, slot);
    break;
  case FULL_ANSWERED:
    heap_pop(&loop->heap);
    full_disarm(loop, FULL_CLIENT, slot);
    loop_end(loop, now, slot);
    break;
  case FULL_TIMEOUT:
    full_timeout(loop, event);
    break;
  default:
    abort();
  }
}

static void full_run(struct loop *loop) {
  struct full full = {.cache = loop_must(calloc(1, sizeof(struct hand)))};
  zipf_fill(&full.keys, 0.9, FULL_KEYS);
  for (uint32_t key = HAND_OBJECTS; key > 0; key--) hand_ask(full.cache, key);
  for (int i = 0; i < FULL_SERVERS; i++) full.servers[i].idle = FULL_CORES;
  for (int i = 0; i < FULL_DATABASES; i++) full.databases[i].idle = FULL_CORES;
  while (loop->latency.count < loop->wanted) full_step(loop, &full, *loop_top(loop));
  loop->hits = full.cache->hits;
  free(full.cache);
}

// ---- The program.

static const struct workload {
  const char *name;
  void (*run)(struct loop *loop);
} WORKLOADS[] = {{"mm1", mm1_run}, {"mm32", mm32_run}, {"web-tier", tier_run}, {"full", full_run}};

enum { WORKLOAD_COUNT = sizeof WORKLOADS / sizeof *WORKLOADS };

static int usage(void) {
  fputs("usage: bench_loop mm1|mm32|web-tier|full REQUESTS SEED\n", stderr);
  return 2;
}

static bool read_number(const char *text, uint64_t *number) {
  char *end;
  errno = 0;
  *number = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static int report(const char *name, const struct loop *loop) {
  struct timespec cpu;
  struct rusage usage_so_far;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
  getrusage(RUSAGE_SELF, &usage_so_far);
  double seconds = (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9;
  const struct latency *latency = &loop->latency;
  printf("{\"workload\": \"%s\", \"requests\": %llu, \"cpu_s\": %.6f, \"requests_per_cpu_s\": %.0f, "
         "\"mean_s\": %.9f, \"p50_s\": %.9f, \"p99_s\": %.9f, \"hits\": %llu, \"peak_rss_bytes\": %lld}\n",
         name, (unsigned long long)latency->count, seconds, (double)latency->count / seconds,
         (double)latency->sum / (double)latency->count * 1e-9, latency_quantile(latency, 0.5),
         latency_quantile(latency, 0.99), (unsigned long long)loop->hits,
         (long long)usage_so_far.ru_maxrss * 1024);
  return fflush(stdout) == 0 ? 0 : 1;
}

int main(int count, char **arguments) {
  uint64_t wanted, seed;
  if (count != 4 || !read_number(arguments[2], &wanted) || !read_number(arguments[3], &seed)) return usage();
  if (wanted == 0) return usage();
  for (int i = 0; i < WORKLOAD_COUNT; i++) {
    if (strcmp(arguments[1], WORKLOADS[i].name) != 0) continue;
    struct loop *loop = loop_must(calloc(1, sizeof *loop));
    loop->wanted = wanted;
    luck_init(&loop->luck, seed);
    loop_push(loop, 0, ARRIVAL, 0);
    WORKLOADS[i].run(loop);
    int status = report(arguments[1], loop);
    free(loop->heap.memory);
    free(loop->requests.slots);
    free(loop);
    return status;
  }
  return usage();
}
