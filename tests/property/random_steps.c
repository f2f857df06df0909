// What a request does at a server or a worker.
#include "random_maker.h"

// ---- Who may be called ------------------------------------------------------------------------------------

bool store_serves(const struct maker *maker) {
  return maker->datasets > 0 && !maker->stored_well && (maker->datasets == 1 || maker->all_read);
}

enum { TARGETS_MOST = COMPONENTS_MOST + QUEUES + CDNS + 2 };

static const char *const queue_names[QUEUES] = {"jobs0", "jobs1"};
static const char *const cdn_names[CDNS] = {"edge0", "edge1"};

static uint32_t list_special(struct caller caller, const int *at, const char *const *of, int most,
                             const char **names) {
  uint32_t count = 0;
  for (int i = 0; i < most; i++) {
    if (at[i] >= caller.special) names[count++] = of[i];
  }
  return count;
}

static uint32_t list_queues(const struct maker *maker, struct caller caller, const char **names) {
  return list_special(caller, maker->queues_at, queue_names, QUEUES, names);
}

static uint32_t list_cdns(const struct maker *maker, struct caller caller, const char **names) {
  return list_special(caller, maker->cdns_at, cdn_names, CDNS, names);
}

static uint32_t list_targets(const struct maker *maker, struct caller caller, const char **names) {
  static const char *const of_number[COMPONENTS_MOST] = {"c0", "c1", "c2", "c3", "c4", "c5"};
  uint32_t count = 0;
  for (int i = caller.first; i < maker->components; i++) names[count++] = of_number[i];
  count += list_cdns(maker, caller, names + count);
  if (maker->names_at >= caller.special) names[count++] = "names";
  count += list_queues(maker, caller, names + count);
  if (store_serves(maker)) names[count++] = "store";
  return count;
}

bool has_target(const struct maker *maker, struct caller caller) {
  const char *names[TARGETS_MOST];
  return list_targets(maker, caller, names) > 0;
}

bool put_target(struct maker *maker, struct caller caller) {
  const char *names[TARGETS_MOST];
  uint32_t count = list_targets(maker, caller, names);
  if (count > 0) put(maker, "\"%s\"", names[choose(maker, count)]);
  return count > 0;
}

bool put_tier(struct maker *maker, struct caller caller) {
  const char *names[CDNS];
  uint32_t count = list_cdns(maker, caller, names);
  if (count > 0) put(maker, "\"%s\"", names[choose(maker, count)]);
  return count > 0;
}

// ---- Calls ------------------------------------------------------------------------------------------------

static void put_fallback(struct maker *maker, struct caller caller, int depth, int times) {
  if (!one_in(maker, 4)) return;
  put(maker, ", \"fallback\": ");
  if (choose(maker, 2) == 0) {
    put(maker, "\"ignore\"");
  } else {
    put_steps(maker, caller, depth + 2, times);
  }
}

static bool put_call(struct maker *maker, struct caller caller, int depth, int times) {
  if (!has_target(maker, caller) || maker->calls_left < times) return false;
  maker->calls_left -= times;
  put(maker, "{\"call\": ");
  put_target(maker, caller);
  bool inner = one_in(maker, 3);
  if (inner) put(maker, ", \"request\": \"inner\"");
  maker->inner |= inner;
  put_policies(maker);
  put_fallback(maker, caller, depth, times);
  put(maker, "}");
  return true;
}

static bool put_publish(struct maker *maker, struct caller caller, int depth, int times) {
  const char *names[QUEUES];
  uint32_t count = list_queues(maker, caller, names);
  if (count == 0 || maker->calls_left < times) return false;
  maker->calls_left -= times;
  maker->jobs = true;
  put(maker, "{\"publish\": \"job\", \"to\": \"%s\"", names[choose(maker, count)]);
  put_policies(maker);
  put_fallback(maker, caller, depth, times);
  put(maker, "}");
  return true;
}

static const char *dataset_holder(struct maker *maker, uint32_t dataset) {
  static const char *const holders[] = {"store", "cache", "near"};
  return holders[dataset == 0 ? choose(maker, 1 + (uint32_t)maker->caches) : 0];
}

static bool put_keyed(struct maker *maker, struct caller caller, int depth, int times) {
  static const char *const keys[] = {"draw", "draw", "request", "user", "last-written", "new"};
  if (maker->datasets == 0 || maker->calls_left < times) return false;
  maker->calls_left -= 2 * times;
  bool writes = !maker->options->calm && one_in(maker, 3);
  uint32_t dataset = choose(maker, (uint32_t)maker->datasets);
  put(maker, "{\"%s\": \"d%u\", \"key\": \"%s\"", writes ? "write" : "read", dataset,
      keys[choose(maker, writes ? 6 : 5)]);
  bool together = one_in(maker, 3);
  if (together) put(maker, ", \"together\": true");
  if (one_in(maker, 3)) {
    put(maker, ", \"times\": ");
    if (together)
      put(maker, "%u", 1 + choose(maker, 3));
    else
      put_count(maker, false);
  }
  if (one_in(maker, 4))
    put(maker, ", \"%s\": \"%s\"", writes ? "to" : "from", dataset_holder(maker, dataset));
  put_policies(maker);
  put_fallback(maker, caller, depth, times);
  put(maker, "}");
  return true;
}

// ---- Ways -------------------------------------------------------------------------------------------------

static void put_parallel(struct maker *maker, struct caller caller, int depth, int times) {
  static const char *const waits[] = {"\"all\"", "\"any\"", "1", "2"};
  int branches = 2 + (int)choose(maker, 2);
  bool listed = choose(maker, 2) == 0;
  put(maker, "{\"parallel\": ");
  if (listed) put(maker, "[");
  for (int i = 0; listed && i < branches; i++) {
    put_steps(maker, caller, depth + 1, times);
    put(maker, "%s", i + 1 < branches ? ", " : "]");
  }
  if (!listed) {
    put(maker, "%d, \"do\": ", branches);
    put_steps(maker, caller, depth + 1, times * branches);
  }
  put(maker, ", \"wait_for\": %s, \"cancel\": %s}", CHOOSE(maker, waits),
      choose(maker, 2) == 0 ? "true" : "false");
}

static void put_choose(struct maker *maker, struct caller caller, int depth, int times) {
  put(maker, "{\"choose\": [[0.35, ");
  put_steps(maker, caller, depth + 1, times);
  put(maker, "], [0.4, []], [0.25, ");
  put_steps(maker, caller, depth + 1, times);
  put(maker, "]]}");
}

static void put_repeat(struct maker *maker, struct caller caller, int depth, int times) {
  put(maker, "{\"repeat\": ");
  put_count(maker, false);
  put(maker, ", \"do\": ");
  put_steps(maker, caller, depth + 1, times * 2);
  put(maker, "}");
}

// ---- Steps at the machine ---------------------------------------------------------------------------------

static void put_cpu(struct maker *maker) {
  put(maker, "{\"cpu\": ");
  if (one_in(maker, 12)) {
    put_time(maker, 0);
  } else {
    put_duration(maker, 2000000);
  }
  put(maker, "}");
}

static void put_wait(struct maker *maker) {
  put(maker, "{\"wait\": ");
  put_duration(maker, 3000000);
  put(maker, "}");
}

static void put_disk_step(struct maker *maker) {
  static const char *const uses[] = {"1",         "2",        "0.5",
                                     "\"0.3KB\"", "\"40KB\"", "{\"geometric\": {\"mean\": 1.3}}"};
  put(maker, "{\"disk\": %s}", CHOOSE(maker, uses));
}

static void put_memory_step(struct maker *maker) {
  static const char *const sizes[] = {"1B", "3KB", "20KB", "110KB"};
  put(maker, "{\"memory\": \"%s\"}", CHOOSE(maker, sizes));
}

static void put_respond(struct maker *maker) {
  static const char *const sizes[] = {"0B", "2KB", "70KB"};
  if (maker->datasets > 0 && one_in(maker, 3)) {
    put(maker, "{\"respond\": \"d%u\"}", choose(maker, (uint32_t)maker->datasets));
  } else {
    put(maker, "{\"respond\": \"%s\"}", CHOOSE(maker, sizes));
  }
}

static bool put_one_of(struct maker *maker, struct caller caller, int depth, int times) {
  switch (choose(maker, depth < 3 ? 17 : 4)) {
  case 2:
  case 4:
    return put_call(maker, caller, depth, times);
  case 3:
    put_wait(maker);
    return true;
  case 5:
    put_parallel(maker, caller, depth, times);
    return true;
  case 6:
    put_choose(maker, caller, depth, times);
    return true;
  case 7:
    put_repeat(maker, caller, depth, times);
    return true;
  case 8:
    put(maker, "{\"fail\": %s}", choose(maker, 2) == 0 ? "0.05" : "0.4");
    return true;
  case 9:
    put_respond(maker);
    return true;
  case 10:
    put_disk_step(maker);
    return true;
  case 11:
    if (maker->options->plain) return false; // who is killed for want of memory restarts after a fixed time
    put_memory_step(maker);
    return true;
  case 12:
  case 13:
    return put_keyed(maker, caller, depth, times);
  case 14:
  case 15:
    return put_publish(maker, caller, depth, times);
  default:
    return false;
  }
}

void put_steps(struct maker *maker, struct caller caller, int depth, int times) {
  int count = (int)choose(maker, depth == 0 ? 5 : 3);
  put(maker, "[");
  for (int i = 0; i < count && maker->steps_left > 0; i++) {
    if (i > 0) put(maker, ", ");
    maker->steps_left--;
    bool stored = maker->options->stores && choose(maker, 2) == 0 && put_keyed(maker, caller, depth, times);
    if (!stored && !put_one_of(maker, caller, depth, times)) put_cpu(maker);
  }
  put(maker, "]");
}

void put_handles(struct maker *maker, struct caller caller) {
  put(maker, "\"handles\": {\"*\": ");
  maker->calls_left = 3;
  maker->steps_left = 14;
  put_steps(maker, caller, 0, 1);
  if (one_in(maker, 3)) {
    put(maker, ", \"a\": ");
    put_steps(maker, caller, 0, 1);
  }
  put(maker, "}");
}
