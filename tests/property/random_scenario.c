#include "random_scenario.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choices choices_of_seed(uint64_t seed) {
  return (struct choices){.stream = random_named(seed, 0, "scenario", "choices")};
}

struct choices choices_of_bytes(const uint8_t *bytes, size_t count) {
  return (struct choices){.bytes = bytes, .count = count};
}

// ---- Writing
// --------------------------------------------------------------------------------------------------------

enum { COMPONENTS_MOST = 6 };

struct maker {
  struct choices *choices;
  const struct random_scenario_options *options;
  FILE *out;
  int components;
  bool is_balancer[COMPONENTS_MOST];
  int places;
  int hosts;
  int machines;
  bool free_network;
  int deployed;                       // components so far
  uint32_t standing[COMPONENTS_MOST]; // instances in the first place
  int datasets;                       // d0, d1, …; all of them in the store
  bool cached;                        // d0 is, in front of the store
  bool stored_well;                   // the store is a database, else an object store
  int calls_left;                     // that the component in hand may still make, repeats counted
  int steps_left;                     // of the component in hand
  bool inner;                         // some call sends it
  uint32_t priority_a, priority_c;
  const char *size_a;
};

static uint32_t choose(struct maker *maker, uint32_t count) {
  struct choices *choices = maker->choices;
  if (choices->bytes == NULL) return (uint32_t)random_below(&choices->stream, count);
  return choices->at < choices->count ? choices->bytes[choices->at++] % count : 0;
}

static bool one_in(struct maker *maker, uint32_t count) {
  return choose(maker, count) == count - 1;
}

__attribute__((format(printf, 2, 3))) static void put(struct maker *maker, const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  vfprintf(maker->out, format, rest);
  va_end(rest);
}

static void put_time(struct maker *maker, int64_t nanoseconds) {
  put(maker, "\"%" PRId64 "ns\"", nanoseconds * maker->options->time);
}

static void put_rate(struct maker *maker, double per_second) {
  put(maker, "\"%.17g/s\"", per_second / (double)maker->options->time);
}

// High-entropy values: never a round number by accident.
static int64_t some_time(struct maker *maker, int64_t about) {
  return about / 4 + about * (int64_t)choose(maker, 251) / 100 + 137;
}

static const char *const places[] = {"east", "west"};

// ---- Distributions
// -----------------------------------------------------------------------------------------------------

static void put_named_time(struct maker *maker, const char *name, int64_t nanoseconds, const char *after) {
  put(maker, "\"%s\": ", name);
  put_time(maker, nanoseconds);
  put(maker, "%s", after);
}

static void put_simple_duration(struct maker *maker, uint32_t which, int64_t mean) {
  static const char *const with_ratio[] = {"\"cv\": 1.7}}", "\"cv\": 0.6}}", "\"k\": 3}}", "\"shape\": 0.8}}",
                                           "\"cv\": 2.3}}"};
  static const char *const names[] = {"lognormal", "gamma", "erlang", "weibull", "hyperexponential"};
  if (which < 5) {
    put(maker, "{\"%s\": {", names[which]);
    put_named_time(maker, "mean", mean, ", ");
    put(maker, "%s", with_ratio[which]);
  } else {
    put(maker, "{\"exponential\": {");
    put_named_time(maker, "mean", mean, "}}");
  }
}

static void put_pair(struct maker *maker, const char *name, const char *first, int64_t a, const char *second,
                     int64_t b) {
  put(maker, "{\"%s\": {", name);
  put_named_time(maker, first, a, ", ");
  put_named_time(maker, second, b, "}}");
}

static void put_duration(struct maker *maker, int64_t about) {
  int64_t mean = some_time(maker, about);
  uint32_t which = maker->options->constant ? 0 : choose(maker, 14);
  switch (which) {
  case 0:
  case 1:
    put_time(maker, mean);
    return;
  case 2:
    put_pair(maker, "lognormal", "median", mean / 2, "p99", mean * 3);
    return;
  case 3:
    put(maker, "{\"pareto\": {\"alpha\": 1.6, ");
    put_named_time(maker, "max", mean * 20, ", ");
    put_named_time(maker, "min", mean / 3 + 1, "}}");
    return;
  case 4:
    put_pair(maker, "uniform", "min", mean / 3, "max", mean * 2);
    return;
  case 5:
    put_pair(maker, "normal", "mean", mean, "sd", mean / 4 + 1);
    return;
  case 6:
    put(maker, "{\"quantiles\": {");
    put_named_time(maker, "p0", mean / 4 + 1, ", ");
    put_named_time(maker, "p50", mean / 2 + 2, ", ");
    put_named_time(maker, "p99", mean * 4, "}}");
    return;
  case 7:
    put(maker, "{\"mixture\": [[0.3, ");
    put_time(maker, mean / 5);
    put(maker, "], [0.7, ");
    put_simple_duration(maker, choose(maker, 6), mean);
    put(maker, "]]}");
    return;
  default:
    put_simple_duration(maker, which - 8, mean);
  }
}

static void put_count(struct maker *maker, bool some) {
  static const char *const counts[] = {"1",
                                       "2",
                                       "3",
                                       "0",
                                       "{\"geometric\": {\"mean\": 1.3}}",
                                       "{\"poisson\": {\"mean\": 1.4}}",
                                       "{\"uniform\": {\"min\": 1, \"max\": 3}}"};
  uint32_t which = choose(maker, maker->options->constant ? 4 : 7);
  put(maker, "%s", counts[some && which == 3 ? 0 : which]);
}

// ---- Policies
// ---------------------------------------------------------------------------------------------------------

static void put_backoff(struct maker *maker) {
  static const char *const jitters[] = {"none", "full", "decorrelated"};
  put(maker, ", \"backoff\": ");
  if (choose(maker, 2) == 0) {
    put_duration(maker, 8000000);
    return;
  }
  put(maker, "{\"growing\": {\"factor\": 1.5, \"jitter\": \"%s\", ",
      jitters[maker->options->constant ? 0 : choose(maker, 3)]);
  put_named_time(maker, "base", some_time(maker, 4000000), ", ");
  put_named_time(maker, "max", some_time(maker, 60000000), "}}");
}

static void put_retries(struct maker *maker) {
  static const char *const on[] = {
      "", ", \"on\": [\"error\", \"timeout\"]", ", \"on\": [\"rejected\", \"unavailable\", \"abandoned\"]",
      ", \"on\": [\"timeout\", \"rejected\", \"unavailable\", \"abandoned\", \"error\"]"};
  bool unlimited = one_in(maker, 8);
  put(maker, ", \"retries\": {\"max\": %s", unlimited ? "\"unlimited\"" : choose(maker, 2) == 0 ? "1" : "3");
  if (unlimited || choose(maker, 2) == 0) put_backoff(maker);
  if (!maker->options->plain && one_in(maker, 3)) put(maker, ", \"budget\": \"20%%\"");
  put(maker, "%s}", on[choose(maker, 4)]);
}

static void put_hedge(struct maker *maker) {
  put(maker, ", \"hedge\": {\"copies\": %u, \"tied\": %s, \"cancel\": %s, \"after\": ", 1 + choose(maker, 3),
      one_in(maker, 3) ? "true" : "false", one_in(maker, 3) ? "true" : "false");
  if (one_in(maker, 4)) {
    put(maker, "\"p90\"}");
  } else {
    put_time(maker, one_in(maker, 6) ? 0 : some_time(maker, 3000000));
    put(maker, "}");
  }
}

static void put_policies(struct maker *maker) {
  if (choose(maker, 2) == 0) return;
  if (one_in(maker, 5)) {
    put(maker, ", \"timeout\": \"none\"");
  } else if (choose(maker, 3) > 0) {
    put(maker, ", \"timeout\": ");
    put_time(maker, some_time(maker, 25000000));
  }
  if (one_in(maker, 4)) {
    put(maker, ", \"deadline\": ");
    put_time(maker, some_time(maker, 40000000));
    if (choose(maker, 2) == 0) put(maker, ", \"propagate\": true");
  }
  if (one_in(maker, 3)) put(maker, ", \"on_timeout\": \"cancel\"");
  if (choose(maker, 2) == 0) put_retries(maker);
  if (one_in(maker, 3)) put_hedge(maker);
}

// ---- Steps
// ------------------------------------------------------------------------------------------------------------

static void put_steps(struct maker *maker, int component, int depth, int times);

static bool put_call(struct maker *maker, int component, int times) {
  int further = maker->components - component - 1;
  if (further <= 0 || maker->calls_left < times) return false;
  maker->calls_left -= times;
  put(maker, "{\"call\": \"c%d\"", component + 1 + (int)choose(maker, (uint32_t)further));
  bool inner = one_in(maker, 3);
  if (inner) put(maker, ", \"request\": \"inner\"");
  maker->inner |= inner;
  put_policies(maker);
  put(maker, "}");
  return true;
}

static void put_parallel(struct maker *maker, int component, int depth, int times) {
  static const char *const waits[] = {"\"all\"", "\"any\"", "1", "2"};
  int branches = 2 + (int)choose(maker, 2);
  bool listed = choose(maker, 2) == 0;
  put(maker, "{\"parallel\": ");
  if (listed) put(maker, "[");
  for (int i = 0; listed && i < branches; i++) {
    put_steps(maker, component, depth + 1, times);
    put(maker, "%s", i + 1 < branches ? ", " : "]");
  }
  if (!listed) {
    put(maker, "%d, \"do\": ", branches);
    put_steps(maker, component, depth + 1, times * branches);
  }
  put(maker, ", \"wait_for\": %s, \"cancel\": %s}", waits[choose(maker, 4)],
      choose(maker, 2) == 0 ? "true" : "false");
}

static void put_choose(struct maker *maker, int component, int depth, int times) {
  put(maker, "{\"choose\": [[0.35, ");
  put_steps(maker, component, depth + 1, times);
  put(maker, "], [0.4, []], [0.25, ");
  put_steps(maker, component, depth + 1, times);
  put(maker, "]]}");
}

static void put_disk_step(struct maker *maker) {
  static const char *const uses[] = {"1", "2", "0.5", "\"0.3KB\"", "\"40KB\""};
  put(maker, "{\"disk\": %s}", uses[choose(maker, 5)]);
}

static void put_memory_step(struct maker *maker) {
  static const char *const sizes[] = {"1B", "3KB", "20KB", "110KB"};
  put(maker, "{\"memory\": \"%s\"}", sizes[choose(maker, 4)]);
}

static bool put_keyed(struct maker *maker, int times) {
  static const char *const keys[] = {"draw", "draw", "request", "last-written", "new"};
  if (maker->datasets == 0 || maker->calls_left < 2 * times) return false;
  maker->calls_left -= 2 * times;
  bool writes = !maker->options->calm && one_in(maker, 3);
  put(maker, "{\"%s\": \"d%u\", \"key\": \"%s\"", writes ? "write" : "read",
      choose(maker, (uint32_t)maker->datasets), keys[choose(maker, writes ? 5 : 4)]);
  if (one_in(maker, 3)) put(maker, ", \"times\": 2");
  if (one_in(maker, 3)) put(maker, ", \"together\": true");
  if (one_in(maker, 4)) put(maker, ", \"%s\": \"store\"", writes ? "to" : "from");
  if (one_in(maker, 4)) put(maker, ", \"fallback\": \"ignore\"");
  put_policies(maker);
  put(maker, "}");
  return true;
}

static void put_respond(struct maker *maker) {
  static const char *const sizes[] = {"0B", "2KB", "70KB"};
  if (maker->datasets > 0 && one_in(maker, 3)) {
    put(maker, "{\"respond\": \"d%u\"}", choose(maker, (uint32_t)maker->datasets));
  } else {
    put(maker, "{\"respond\": \"%s\"}", sizes[choose(maker, 3)]);
  }
}

static void put_access(struct maker *maker) {
  static const char *const sets[] = {"few", "many"};
  static const char *const keys[] = {"draw", "request", "user", "last-written"};
  put(maker, "{\"%s\": \"%s\"", choose(maker, 2) == 0 ? "read" : "write", sets[choose(maker, 2)]);
  put(maker, ", \"key\": \"%s\"", keys[choose(maker, 4)]);
  put_policies(maker);
  put(maker, "}");
}

static void put_step(struct maker *maker, int component, int depth, int times) {
  if (maker->options->stores && maker->calls_left >= times && choose(maker, 2) == 0) {
    maker->calls_left -= times;
    maker->steps_left--;
    put_access(maker);
    return;
  }
  uint32_t which = choose(maker, depth < 3 ? 14 : 4);
  maker->steps_left--;
  switch (which) {
  case 2:
  case 4:
    if (put_call(maker, component, times)) return;
    break;
  case 3:
    put(maker, "{\"wait\": ");
    put_duration(maker, 3000000);
    put(maker, "}");
    return;
  case 5:
    put_parallel(maker, component, depth, times);
    return;
  case 6:
    put_choose(maker, component, depth, times);
    return;
  case 7:
    put(maker, "{\"repeat\": ");
    put_count(maker, false);
    put(maker, ", \"do\": ");
    put_steps(maker, component, depth + 1, times * 2);
    put(maker, "}");
    return;
  case 8:
    put(maker, "{\"fail\": %s}", choose(maker, 2) == 0 ? "0.05" : "0.4");
    return;
  case 9:
    put_respond(maker);
    return;
  case 10:
    put_disk_step(maker);
    return;
  case 11:
    if (maker->options->plain) break; // what is killed for want of memory restarts after a time of its own
    put_memory_step(maker);
    return;
  case 12:
  case 13:
    if (put_keyed(maker, times)) return;
    break;
  default:
    break;
  }
  put(maker, "{\"cpu\": ");
  if (one_in(maker, 12)) {
    put_time(maker, 0);
  } else {
    put_duration(maker, 2000000);
  }
  put(maker, "}");
}

static void put_steps(struct maker *maker, int component, int depth, int times) {
  int count = (int)choose(maker, depth == 0 ? 5 : 3);
  put(maker, "[");
  for (int i = 0; i < count && maker->steps_left > 0; i++) {
    if (i > 0) put(maker, ", ");
    put_step(maker, component, depth, times);
  }
  put(maker, "]");
}

// ---- Where things stand
// ---------------------------------------------------------------------------------------------------

static void put_devices(struct maker *maker) {
  static const char *const depths[] = {"1", "3", "\"unlimited\""};
  static const double speeds[] = {3, 40, 700}; // Mbit/s
  static const char *const memories[] = {"40KB", "150KB", "3MB"};
  double time = (double)maker->options->time;
  if (choose(maker, 2) == 0) {
    put(maker, ", \"disk\": {\"iops\": %.17g, \"depth\": %s, ", (200 + choose(maker, 251) * 7.3) / time,
        depths[choose(maker, 3)]);
    put(maker, "\"bandwidth\": \"%.6fMbps\", \"latency\": ", speeds[choose(maker, 3)] / time);
    put_duration(maker, one_in(maker, 3) ? 0 : 500000);
    put(maker, "}");
  }
  if (choose(maker, 3) == 0) put(maker, ", \"nic\": \"%.6fMbps\"", speeds[choose(maker, 3)] * 1.07 / time);
  if (!maker->options->plain && choose(maker, 3) == 0)
    put(maker, ", \"memory\": \"%s\"", memories[choose(maker, 3)]);
}

static void put_machine_rows(struct maker *maker) {
  static const char *const disciplines[] = {"ps", "fcfs", "lifo", "priority", "priority-preemptive"};
  static const char *const speeds[] = {"1", "1", "0.7", "2.3"};
  static const char *const cores[] = {"1", "1", "2", "3", "\"unlimited\""};
  put(maker, "\"cores\": %s, \"discipline\": \"%s\", \"speed\": %s", cores[choose(maker, 5)],
      disciplines[choose(maker, 5)], speeds[choose(maker, 4)]);
  put_devices(maker);
}

static void put_places(struct maker *maker) {
  if (maker->places == 0) return;
  put(maker, "\"datacenters\": {\"east\": {\"region\": \"us-east\", \"zones\": [\"a\", \"b\"]}");
  if (maker->places > 1) put(maker, ", \"west\": {\"region\": \"us-west\"}");
  put(maker, "},\n");
}

static void put_chances(struct maker *maker) {
  if (choose(maker, 2) == 0) {
    put(maker, ", \"jitter\": ");
    if (choose(maker, 2) == 0) {
      put(maker, "0.7");
    } else {
      put_duration(maker, 300000);
    }
  }
  if (one_in(maker, 3)) {
    put(maker, ", \"loss\": 0.07, \"retransmission\": ");
    put_time(maker, some_time(maker, 10000000));
  }
  if (one_in(maker, 3)) {
    put(maker, ", \"access\": {\"lan\": {\"loss\": 0.02, \"down\": \"%.6fMbps\", \"rtt\": ",
        30 / (double)maker->options->time);
    put_duration(maker, 3000000);
    put(maker, "}}");
  }
}

static void put_network(struct maker *maker) {
  if (maker->free_network) {
    put(maker, "\"network\": \"none\",\n");
  } else if (choose(maker, 2) == 0) {
    put(maker, "\"network\": {\"within_host\": ");
    put_time(maker, (int64_t)choose(maker, 2) * 30000);
    put(maker, ", \"within_zone\": ");
    put_time(maker, (int64_t)choose(maker, 3) * 100000);
    put(maker, ", \"between\": [[\"us-east\", \"us-west\", ");
    put_time(maker, some_time(maker, 2000000));
    put(maker, "]]");
    put_chances(maker);
    put(maker, "},\n");
  }
}

static void put_hosts(struct maker *maker) {
  put(maker, "\"hosts\": {");
  if (maker->options->unused) put(maker, "\"a-host\": {\"cores\": 2}%s", maker->hosts > 0 ? ", " : "");
  for (int i = 0; i < maker->hosts; i++) {
    put(maker, "%s\"h%d\": {\"count\": %u, ", i > 0 ? ", " : "", i, 1 + choose(maker, 3));
    put_machine_rows(maker);
    if (maker->places > 1) put(maker, ", \"in\": \"%s\"", places[choose(maker, 2)]);
    put(maker, "}");
  }
  put(maker, "},\n\"machines\": {");
  if (maker->options->unused) put(maker, "\"a-machine\": {}%s", maker->machines > 0 ? ", " : "");
  for (int i = 0; i < maker->machines; i++) {
    put(maker, "%s\"m%d\": {", i > 0 ? ", " : "", i);
    put_machine_rows(maker);
    put(maker, ", \"boot\": ");
    put_duration(maker, 20000000);
    put(maker, "}");
  }
  put(maker, "},\n");
}

static void put_deployment(struct maker *maker) {
  uint32_t *standing = &maker->standing[maker->deployed++];
  uint32_t where = choose(maker, 4);
  if (where == 0 && maker->hosts > 0) {
    uint32_t instances = 1 + choose(maker, 4); // the host may stand elsewhere
    put(maker, "\"on\": \"h%u\", \"instances\": %u", choose(maker, (uint32_t)maker->hosts), instances);
    return;
  }
  if (where == 1 && maker->machines > 0)
    put(maker, "\"machine\": \"m%u\", ", choose(maker, (uint32_t)maker->machines));
  if (maker->places > 1 && choose(maker, 2) == 0) {
    *standing = choose(maker, 3);
    put(maker, "\"instances\": {\"east\": %u, \"west\": %u}", *standing, 1 + choose(maker, 2));
  } else if (maker->places > 1 && choose(maker, 2) == 0) {
    *standing = 2;
    put(maker, "\"instances\": 2, \"in\": [\"west\", \"east\"]");
  } else {
    *standing = 1 + choose(maker, 4);
    put(maker, "\"instances\": %u", *standing);
  }
}

// ---- Components
// ---------------------------------------------------------------------------------------------------------

static void put_balancer(struct maker *maker, int component) {
  static const char *const algorithms[] = {"\"round-robin\"",
                                           "\"weighted-round-robin\"",
                                           "\"least-connections\"",
                                           "\"weighted-least-connections\"",
                                           "\"random\"",
                                           "\"power-of-two\"",
                                           "{\"power-of-d\": {\"choices\": 3}}",
                                           "\"ip-hash\""};
  int further = maker->components - component - 1;
  int first = component + 1 + (int)choose(maker, (uint32_t)further);
  int second = component + 1 + (int)choose(maker, (uint32_t)further);
  put(maker, "\"type\": \"load-balancer\", \"algorithm\": %s, ", algorithms[choose(maker, 8)]);
  if (first == second) {
    put(maker, "\"targets\": [\"c%d\"], ", first);
  } else if (choose(maker, 2) == 0) {
    put(maker, "\"targets\": [\"c%d\", \"c%d\"], ", first, second);
  } else {
    put(maker, "\"targets\": {\"c%d\": 2.5, \"c%d\": 1}, ", first, second);
  }
  put_deployment(maker);
}

static void put_server(struct maker *maker, int component) {
  static const char *const orders[] = {"fifo", "lifo", "priority", "adaptive-lifo"};
  put(maker, "\"type\": \"server\", ");
  if (choose(maker, 2) == 0) {
    put(maker, "\"workers\": %u, ", 1 + choose(maker, 4));
    if (choose(maker, 2) == 0) put(maker, "\"backlog\": %u, ", choose(maker, 6));
    put(maker, "\"queue\": \"%s\", ", orders[choose(maker, 4)]);
    if (one_in(maker, 3)) {
      put(maker, "\"patience\": ");
      put_duration(maker, 8000000);
      put(maker, ", ");
    }
  }
  put_deployment(maker);
  put(maker, ", \"handles\": {\"*\": ");
  maker->calls_left = 3;
  maker->steps_left = 14;
  put_steps(maker, component, 0, 1);
  if (one_in(maker, 3)) {
    put(maker, ", \"a\": ");
    put_steps(maker, component, 0, 1);
  }
  put(maker, "}");
}

static void put_store(struct maker *maker) {
  static const char *const sources[] = {"primary", "replica", "nearest", "own-writes"};
  put(maker, "  \"store\": {\"type\": \"%s\", \"holds\": [\"d0\"%s]",
      maker->stored_well ? "database" : "object-store", maker->datasets > 1 ? ", \"d1\"" : "");
  if (maker->machines > 0 && choose(maker, 2) == 0)
    put(maker, ", \"machine\": \"m%u\"", choose(maker, (uint32_t)maker->machines));
  if (!maker->stored_well) {
    put(maker, ", \"get\": ");
    put_duration(maker, 5000000);
    put(maker, "},\n");
    return;
  }
  put(maker, ", \"read\": {\"disk\": 1, \"cpu\": ");
  put_duration(maker, 300000);
  put(maker, "}, \"write\": {\"disk\": 1, \"cpu\": ");
  put_duration(maker, 600000);
  put(maker, "}");
  if (choose(maker, 2) == 0) put(maker, ", \"connections\": %u", 1 + choose(maker, 3));
  if (choose(maker, 2) == 0) put(maker, ", \"buffer\": \"6KB\"");
  if (one_in(maker, 3)) {
    put(maker, ", \"wait\": ");
    put_duration(maker, 9000000);
  }
  if (choose(maker, 2) == 0)
    put(maker, ", \"replication\": {\"replicas\": {\"%s\": 1}, \"reads_from\": \"%s\"}",
        maker->places == 0 ? "main" : places[choose(maker, (uint32_t)maker->places)],
        sources[choose(maker, 4)]);
  if (one_in(maker, 3)) put(maker, ", \"shards\": {\"count\": 2}");
  put(maker, "},\n");
}

static void put_cache(struct maker *maker) {
  static const char *const strategies[] = {"cache-aside", "read-through", "write-around", "write-through"};
  static const char *const evictions[] = {"lru", "lfu", "fifo", "clock"};
  static const char *const capacities[] = {"\"9KB\"", "{\"items\": 7}", "{\"items\": 1}"};
  uint32_t strategy = choose(maker, 4);
  put(maker,
      "  \"cache\": {\"type\": \"cache\", \"holds\": [\"d0\"], \"origin\": \"store\", \"strategy\": \"%s\", "
      "\"eviction\": \"%s\", \"capacity\": %s, \"instances\": %u, \"level\": \"%s\"",
      strategies[strategy], evictions[choose(maker, 4)], capacities[choose(maker, 3)], 1 + choose(maker, 3),
      choose(maker, 2) == 0 ? "local" : "distributed");
  if (strategy > 0 && choose(maker, 2) == 0) put(maker, ", \"coalesce\": true");
  if (choose(maker, 2) == 0) {
    put(maker, ", \"ttl\": ");
    put_time(maker, some_time(maker, 60000000));
    put(maker, ", \"ttl_jitter\": 0.4");
  }
  if (maker->machines > 0 && choose(maker, 2) == 0)
    put(maker, ", \"machine\": \"m%u\"", choose(maker, (uint32_t)maker->machines));
  put(maker, "},\n");
}

static void put_datasets(struct maker *maker) {
  static const char *const popularities[] = {"\"uniform\"", "{\"zipf\": {\"s\": 0.9}}",
                                             "{\"hotset\": {\"items\": 3, \"traffic\": 0.8}}"};
  if (maker->datasets == 0) return;
  put(maker, "\"datasets\": {");
  for (int i = 0; i < maker->datasets; i++) {
    put(maker, "%s\"d%d\": {\"items\": %u, \"item_size\": %s, \"popularity\": %s}", i > 0 ? ", " : "", i,
        4 + choose(maker, 60), one_in(maker, 3) ? "{\"exponential\": {\"mean\": \"5KB\"}}" : "\"1.3KB\"",
        popularities[choose(maker, 3)]);
  }
  put(maker, "},\n");
}

static void put_replication(struct maker *maker) {
  static const char *const sources[] = {"primary", "replica", "nearest", "own-writes"};
  const char *here = maker->places > 0 ? "east" : "main";
  put(maker, ", \"replication\": {\"primary\": \"%s\", \"replicas\": {\"%s\": %u", here, here,
      choose(maker, 3));
  if (maker->places > 1) put(maker, ", \"west\": %u", choose(maker, 3));
  put(maker, "}, \"reads_from\": \"%s\", \"apply\": {\"threads\": %u, \"cpu\": ", sources[choose(maker, 4)],
      1 + choose(maker, 4));
  put_duration(maker, 1000000);
  put(maker, "}}");
}

static void put_cost(struct maker *maker, const char *name) {
  static const char *const operations[] = {"0", "0.4", "1", "2.3"};
  put(maker, ", \"%s\": {\"disk\": %s, \"cpu\": ", name, operations[choose(maker, 4)]);
  put_duration(maker, 1000000);
  put(maker, "}");
}

static void put_database(struct maker *maker) {
  put(maker, "  \"db\": {\"type\": \"database\", \"holds\": [\"few\", \"many\"], \"shards\": {\"count\": %u}",
      1 + choose(maker, 3));
  if (choose(maker, 2) == 0) put(maker, ", \"connections\": %u", 1 + choose(maker, 3));
  if (choose(maker, 2) == 0) put(maker, ", \"buffer\": \"%uKB\"", 1 + choose(maker, 30));
  if (one_in(maker, 3)) {
    put(maker, ", \"wait\": ");
    put_duration(maker, 5000000);
  }
  if (maker->machines > 0) put(maker, ", \"machine\": \"m%u\"", choose(maker, (uint32_t)maker->machines));
  put_cost(maker, "read");
  put_cost(maker, "write");
  if (choose(maker, 4) > 0) put_replication(maker);
  put(maker, "},\n");
}

static void put_components(struct maker *maker) {
  put(maker, "\"components\": {\n");
  if (maker->options->stores) put_database(maker);
  if (maker->options->unused) {
    put(maker, "  \"a-nobody\": {\"type\": \"server\", \"on\": \"a-host\", \"workers\": 3, \"handles\": "
               "{\"*\": [{\"cpu\": \"5ms\"}]}},\n");
  }
  if (maker->datasets > 0) put_store(maker);
  if (maker->cached) put_cache(maker);
  for (int i = 0; i < maker->components; i++) {
    put(maker, "  \"c%d\": {", i);
    if (maker->is_balancer[i]) {
      put_balancer(maker, i);
    } else {
      put_server(maker, i);
    }
    put(maker, "}%s\n", i + 1 < maker->components ? "," : "");
  }
  put(maker, "},\n");
}

// ---- Clients
// ------------------------------------------------------------------------------------------------------------

static void put_arrivals(struct maker *maker, bool *shapeable) {
  double rate =
      (maker->options->calm ? 20 : 60) + (maker->options->calm ? 20 : 200) * choose(maker, 100) / 99.0;
  uint32_t which =
      maker->options->constant ? 1 + 3 * choose(maker, 2) : choose(maker, maker->options->calm ? 7 : 8);
  *shapeable = true;
  switch (which) {
  case 1:
    put(maker, "{\"constant\": {\"rate\": ");
    put_rate(maker, rate);
    put(maker, "}}");
    return;
  case 2:
    put(maker, "{\"renewal\": {\"gap\": ");
    put_duration(maker, (int64_t)(1e9 / rate));
    put(maker, "}}");
    return;
  case 3:
    put(maker, "{\"mmpp\": {\"rates\": [");
    put_rate(maker, rate * 2);
    put(maker, ", ");
    put_rate(maker, choose(maker, 2) == 0 ? 0 : rate / 3);
    put(maker, "], \"dwell\": [");
    put_time(maker, some_time(maker, 100000000));
    put(maker, ", ");
    put_time(maker, some_time(maker, 200000000));
    put(maker, "]}}");
    return;
  case 4:
    put(maker, "{\"closed\": {\"users\": %u, \"think\": ", 1 + choose(maker, 8));
    put_duration(maker, 40000000);
    put(maker, "}}");
    *shapeable = false;
    return;
  case 5:
    put(maker, "{\"sessions\": {\"length\": ");
    put(maker, "%s", choose(maker, 2) == 0 ? "3" : "{\"geometric\": {\"mean\": 2.5}}");
    put(maker, ", \"rate\": ");
    put_rate(maker, rate / 3);
    put(maker, ", \"think\": ");
    put_duration(maker, 20000000);
    put(maker, "}}");
    return;
  case 6:
    put(maker, "{\"population\": {\"daily_active\": 864000, \"requests_per_day\": %.17g, \"at\": \"mean\"}}",
        rate / 10 / (double)maker->options->time);
    return;
  case 7:
    put(maker,
        "{\"trace\": {\"file\": \"trace.csv\", \"format\": \"csv\", \"columns\": {\"time\": \"at\", "
        "\"user\": \"who\"%s}}}",
        choose(maker, 2) == 0 ? ", \"count\": \"many\"" : "");
    *shapeable = false;
    return;
  default:
    put(maker, "{\"poisson\": {\"rate\": ");
    put_rate(maker, rate);
    put(maker, "}}");
  }
}

static void put_shape(struct maker *maker) {
  put(maker, ", \"shape\": ");
  switch (choose(maker, 5)) {
  case 0:
    put(maker, "{\"piecewise\": [[");
    put_time(maker, 0);
    put(maker, ", 0.5], [");
    put_time(maker, some_time(maker, 300000000));
    put(maker, ", 2.5]]}");
    return;
  case 1:
    put(maker, "{\"steps\": [[");
    put_time(maker, 0);
    put(maker, ", 1], [");
    put_time(maker, some_time(maker, 300000000));
    put(maker, ", 3]]}");
    return;
  case 2:
    put(maker, "{\"diurnal\": {\"peak_to_mean\": 1.6, ");
    put_named_time(maker, "period", some_time(maker, 300000000), "}}");
    return;
  case 3:
    put(maker, "{\"ramp\": {\"from\": 0.3, \"to\": 2, ");
    put_named_time(maker, "over", some_time(maker, 300000000), "}}");
    return;
  default:
    put(maker, "{\"spike\": {\"factor\": 4, ");
    put_named_time(maker, "at", some_time(maker, 100000000), ", ");
    put_named_time(maker, "rise", some_time(maker, 20000000), ", ");
    put_named_time(maker, "hold", some_time(maker, 100000000), "}}");
  }
}

static void put_client(struct maker *maker, int number) {
  static const char *const kinds[] = {"web", "mobile", "attacker"};
  bool shapeable;
  put(maker, "  \"g%d\": {\"kind\": \"%s\", \"users\": %u, \"arrivals\": ", number, kinds[choose(maker, 3)],
      1 + choose(maker, 50));
  put_arrivals(maker, &shapeable);
  if (!maker->options->calm && shapeable && one_in(maker, 4)) put_shape(maker);
  if (one_in(maker, 4)) {
    put(maker, ", \"batch\": ");
    put_count(maker, true);
  }
  put(maker, ", \"mix\": {\"a\": 1, \"b\": 2.5%s}", number == 0 ? ", \"c\": 0.5" : "");
  if (one_in(maker, 3)) {
    put(maker, ", \"entry\": {\"a\": \"c%u\", \"*\": \"c0\"}", choose(maker, (uint32_t)maker->components));
  } else {
    put(maker, ", \"entry\": \"c0\"");
  }
  if (one_in(maker, 3)) put(maker, ", \"from\": \"us-west\", \"access\": \"lan\"");
  put_policies(maker);
  put(maker, "}");
}

static void put_clients(struct maker *maker) {
  int count = 1 + (int)choose(maker, 2);
  static const char *const sizes[] = {"0B", "1KB", "60KB"};
  maker->priority_a = choose(maker, 3);
  maker->size_a = sizes[choose(maker, 3)];
  maker->priority_c = choose(maker, 16);
  put(maker, "\"clients\": {\n");
  for (int i = 0; i < count; i++) {
    put_client(maker, i);
    put(maker, "%s\n", i + 1 < count ? "," : "");
  }
  put(maker, "},\n");
}

// ---- The timeline
// --------------------------------------------------------------------------------------------------------

static void put_address(struct maker *maker) {
  if (maker->datasets > 0 && one_in(maker, 5)) {
    put(maker, "\"%s\"", maker->cached && choose(maker, 2) == 0 ? "cache" : "store");
    return;
  }
  uint32_t component = choose(maker, (uint32_t)maker->components);
  switch (choose(maker, 5)) {
  case 0:
    if (maker->hosts == 0) break;
    put(maker, "\"host:h%u\"", choose(maker, (uint32_t)maker->hosts));
    return;
  case 1:
    if (maker->places == 0) break;
    put(maker, "%s", choose(maker, 2) == 0 ? "\"zone:east/b\"" : "\"datacenter:east\"");
    return;
  case 2:
    if (maker->standing[component] == 0) break;
    put(maker, "\"c%u/%s/%u\"", component, maker->places > 0 ? "east" : "main",
        choose(maker, maker->standing[component]));
    return;
  case 3:
    if (maker->standing[component] == 0) break;
    put(maker, "\"c%u/%s\"", component, maker->places > 0 ? "east" : "main");
    return;
  default:
    break;
  }
  put(maker, "\"c%u\"", component);
}

static void put_moment(struct maker *maker) {
  put_named_time(maker, "at", some_time(maker, maker->options->tiny ? 60000000 : 120000000), "");
  if (choose(maker, 2) == 0) {
    put(maker, ", ");
    put_named_time(maker, "for", some_time(maker, 40000000), "");
  }
  if (one_in(maker, 3)) {
    put(maker, ", ");
    put_named_time(maker, "every", some_time(maker, 150000000), "");
  }
}

static bool put_set(struct maker *maker) {
  uint32_t component = choose(maker, (uint32_t)maker->components);
  if (maker->is_balancer[component]) return false;
  if (choose(maker, 2) == 0) {
    static const char *const workers[] = {"1", "2", "5", "\"unlimited\""};
    put(maker, "\"set\": {\"components.c%u.workers\": %s}, ", component, workers[choose(maker, 4)]);
  } else {
    put(maker, "\"set\": {\"components.c%u.backlog\": %u}, ", component, choose(maker, 5));
  }
  return true;
}

// Of the database, which always stands in the first place.
static void put_role(struct maker *maker) {
  static const char *const roles[] = {"/shard0/primary", "/primary", "/shard0", ""};
  put(maker, "\"db/%s%s\"", maker->places > 0 ? "east" : "main", roles[choose(maker, 4)]);
}

static void put_event(struct maker *maker) {
  static const char *const modes[] = {"reset", "hang", "pause"};
  static const char *const factors[] = {"3.7", "0.4", "12"};
  uint32_t which = choose(maker, 5);
  put(maker, "  {");
  if (which == 0 && put_set(maker)) {
    put_moment(maker);
  } else if (which == 1) {
    put(maker, "\"scale\": \"c%u\", \"to\": %u, ", choose(maker, (uint32_t)maker->components),
        choose(maker, 5));
    put_moment(maker);
  } else if (which == 2) {
    put(maker, "\"slow\": ");
    put_address(maker);
    put(maker, ", \"factor\": %s, ", factors[choose(maker, 3)]);
    put_moment(maker);
  } else if (which == 3) {
    put(maker, "\"recover\": ");
    put_address(maker);
    put(maker, ", ");
    put_moment(maker);
  } else {
    put(maker, "\"fail\": ");
    if (maker->options->stores && choose(maker, 2) == 0) {
      put_role(maker);
    } else {
      put_address(maker);
    }
    put(maker, ", \"mode\": \"%s\", ", modes[choose(maker, 3)]);
    put_moment(maker);
  }
  put(maker, "}");
}

static void put_timeline(struct maker *maker) {
  int count = maker->options->calm ? 0 : (int)choose(maker, 6);
  put(maker, "\"timeline\": [\n");
  for (int i = 0; i < count; i++) {
    put_event(maker);
    put(maker, "%s\n", i + 1 < count ? "," : "");
  }
  put(maker, "],\n");
}

// ---- The whole
// ----------------------------------------------------------------------------------------------------------

static void put_run(struct maker *maker) {
  put(maker, "\"run\": {\"warmup\": ");
  put_time(maker, (int64_t)choose(maker, 2) * 30000000);
  put(maker, ", \"window\": ");
  put_time(maker, one_in(maker, 4) ? 50000 : 20000000);
  put(maker, ", \"drain\": ");
  put_time(maker, 200000000);
  put(maker, ", \"seed\": %u, ", choose(maker, 200));
  if (maker->options->calm && one_in(maker, 3)) { // elsewhere the traffic may come to nothing
    put(maker, "\"requests\": 100},\n");
  } else {
    put(maker, "\"duration\": ");
    put_time(maker, maker->options->tiny ? 60000000 : 600000000);
    put(maker, "},\n");
  }
}

// Whatever is retried may be done twice.
static void put_requests(struct maker *maker) {
  put(maker,
      "\"requests\": {\"a\": {\"priority\": %u, \"size\": \"%s\", \"retry_unsafe\": true}, \"b\": "
      "{\"retry_unsafe\": true}, \"c\": {\"priority\": %u, \"retry_unsafe\": true}%s},\n",
      maker->priority_a, maker->size_a, maker->priority_c,
      maker->inner ? ", \"inner\": {\"retry_unsafe\": true}" : "");
}

static void decide(struct maker *maker) {
  maker->components = 1 + (int)choose(maker, COMPONENTS_MOST);
  for (int i = 0; i + 1 < maker->components; i++) maker->is_balancer[i] = one_in(maker, 3);
  maker->places = (int)choose(maker, 3);
  maker->hosts = (int)choose(maker, 3);
  maker->machines = (int)choose(maker, 3);
  maker->free_network = maker->options->plain || choose(maker, 2) == 0;
  maker->datasets = maker->options->plain || maker->options->stores ? 0 : (int)choose(maker, 3);
  maker->cached = maker->datasets > 0 && choose(maker, 2) == 0;
  maker->stored_well = choose(maker, 2) == 0;
}

char *random_scenario(struct choices *choices, const struct random_scenario_options *options) {
  char *text = NULL;
  size_t length;
  struct maker maker = {.choices = choices, .options = options, .out = open_memstream(&text, &length)};
  if (maker.out == NULL) return NULL;
  decide(&maker);
  put(&maker, "{\n");
  put_run(&maker);
  put_places(&maker);
  put_network(&maker);
  put_hosts(&maker);
  put_datasets(&maker);
  put_clients(&maker);
  if (options->stores)
    put(&maker, "\"datasets\": {\"few\": {\"items\": 4}, \"many\": {\"items\": 40, \"popularity\": "
                "{\"zipf\": {\"s\": 0.9}}}},\n");
  put_components(&maker);
  put_timeline(&maker);
  put_requests(&maker);
  put(&maker, "\"name\": \"random\"}\n");
  if (fclose(maker.out) == 0) return text;
  free(text);
  return NULL;
}

char *random_scenario_file(const char *name, int64_t time) {
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  if (out == NULL) return NULL;
  if (strcmp(name, "trace.csv") == 0) {
    fprintf(out, "at,who,many\n");
    for (int i = 0; i < 150; i++) {
      fprintf(out, "%.9f,%d,%d\n", (double)(time * (i * 7 + i % 3) * 1000000) / 1e9, i * 13 % 11, i % 4);
    }
  }
  if (fclose(out) == 0) return text;
  free(text);
  return NULL;
}
