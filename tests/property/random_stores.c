// Datasets, and what holds their items: a database or an object store, and caches in front of it.
#include "random_maker.h"

// ---- Datasets ---------------------------------------------------------------------------------------------

static void put_popularity(struct maker *maker, bool of_users) {
  static const char *const popularities[] = {"\"uniform\"", "{\"zipf\": {\"s\": 0.9}}",
                                             "{\"hotset\": {\"items\": 3, \"traffic\": 0.8}}",
                                             "{\"trace\": {\"file\": \"keys.txt\"}}"};
  put(maker, ", \"popularity\": %s", popularities[choose(maker, of_users ? 2 : 4)]);
}

static void put_dataset(struct maker *maker, int number) {
  bool of_users = number == 2 && choose(maker, 2) == 0;
  put(maker, "%s\"d%d\": {", number > 0 ? ", " : "", number);
  if (of_users) {
    put(maker, "\"per\": \"user\"");
  } else {
    put(maker, "\"items\": %u", (number == 1 ? 40 : 10) + choose(maker, 60));
  }
  put(maker, ", \"item_size\": ");
  put_size(maker);
  put_popularity(maker, of_users);
  if (choose(maker, 2) == 0)
    put(maker, ", \"order\": \"%s\"", choose(maker, 2) == 0 ? "ranked" : "scattered");
  put(maker, "}");
}

void put_datasets(struct maker *maker) {
  if (maker->datasets == 0) return;
  put(maker, "\"datasets\": {");
  for (int i = 0; i < maker->datasets; i++) put_dataset(maker, i);
  put(maker, "},\n");
}

static void put_held(struct maker *maker) {
  static const char *const lists[] = {"\"d0\"", "\"d0\", \"d1\"", "\"d0\", \"d1\", \"d2\""};
  put(maker, ", \"holds\": [%s]", lists[maker->datasets - 1]);
}

// ---- Database ---------------------------------------------------------------------------------------------

static void patch_database(struct maker *maker) {
  put(maker, "\"connections\": %u", 1 + choose(maker, 3));
}

static void put_work(struct maker *maker, const char *name) {
  static const char *const operations[] = {"0", "0.4", "1", "2.3"};
  put(maker, ", \"%s\": {\"disk\": %s, \"cpu\": ", name, CHOOSE(maker, operations));
  put_duration(maker, 1000000);
  put(maker, "}");
}

static void put_replication(struct maker *maker) {
  static const char *const sources[] = {"primary", "replica", "nearest", "own-writes"};
  const char *here = first_place(maker);
  put(maker, ", \"replication\": {\"primary\": \"%s\", \"replicas\": {\"%s\": %u", here, here,
      choose(maker, 3));
  if (maker->places > 1) put(maker, ", \"north\": %u", choose(maker, 3));
  put(maker, "}, \"reads_from\": \"%s\"", CHOOSE(maker, sources));
  if (one_in(maker, 4)) put(maker, ", \"mode\": \"async\"");
  put(maker, ", \"apply\": {\"threads\": %u, \"cpu\": ", 1 + choose(maker, 4));
  put_duration(maker, 1000000);
  put(maker, "}}");
}

static void put_buffer(struct maker *maker, bool limited_memory) {
  if (choose(maker, 2) == 0) return;
  if (limited_memory && choose(maker, 2) == 0) {
    put(maker, ", \"buffer\": \"25%%\"");
  } else {
    put(maker, ", \"buffer\": \"%uKB\"", 1 + choose(maker, 30));
  }
  if (choose(maker, 2) == 0) put(maker, ", \"start\": \"%s\"", choose(maker, 2) == 0 ? "cold" : "warm");
}

static bool put_machine_of_database(struct maker *maker) {
  if (maker->machines == 0 || choose(maker, 4) == 0) {
    if (maker->places < 2 && maker->hosts > 0 && choose(maker, 2) == 0) put(maker, ", \"on\": \"h0\"");
    return false;
  }
  uint32_t machine = choose(maker, (uint32_t)maker->machines);
  put(maker, ", \"machine\": \"m%u\"", machine);
  if (one_in(maker, 4)) put(maker, ", \"in\": [\"%s\"]", first_place(maker));
  return maker->memory_of[machine];
}

static void put_database(struct maker *maker) {
  struct part *part = add_part(maker, "database", "store");
  part->first_place = true;
  part->standing = 1;
  put_held(maker);
  if (one_in(maker, 3))
    put(maker, ", \"engine\": \"%s\"", choose(maker, 2) == 0 ? "relational" : "key-value");
  if (choose(maker, 2) == 0)
    put(maker, ", \"shards\": {\"count\": %u, \"by\": \"hash\"}", 1 + choose(maker, 3));
  if (choose(maker, 2) == 0) put(maker, ", \"connections\": %u", 1 + choose(maker, 3));
  if (one_in(maker, 3)) {
    put(maker, ", \"wait\": ");
    put_duration(maker, 9000000);
  }
  put_buffer(maker, put_machine_of_database(maker));
  if (choose(maker, 4) > 0) put_work(maker, "read");
  if (choose(maker, 4) > 0) put_work(maker, "write");
  if (choose(maker, 4) > 0) put_replication(maker);
  if (one_in(maker, 6)) {
    put(maker, ", \"overrides\": {\"%s\": {", first_place(maker));
    patch_database(maker);
    put(maker, "}}");
  }
  put_extras(maker, true);
  put(maker, "},\n");
}

// ---- Object store -----------------------------------------------------------------------------------------

static void put_times(struct maker *maker) {
  put(maker, "\"get\": ");
  put_duration(maker, 5000000);
  if (choose(maker, 2) == 0) {
    put(maker, ", \"put\": ");
    put_duration(maker, 7000000);
  }
}

static void patch_object_store(struct maker *maker) {
  put(maker, "\"get\": ");
  put_time(maker,
           some_time(maker, 3000000)); // where it is a choice, another way to write it would be mixed in
}

// Its bucket holds a second's worth, whatever the factor on times.
static void put_object_store(struct maker *maker) {
  struct part *part = add_part(maker, "object-store", "store");
  put_held(maker);
  put(maker, ", ");
  put_times(maker);
  if (!maker->options->plain && one_in(maker, 3))
    put(maker, ", \"rate_limit\": \"%u/s\"", 5 + choose(maker, 90));
  put_deployment(maker, part, patch_object_store);
  put(maker, "},\n");
}

// ---- Caches -----------------------------------------------------------------------------------------------

static void patch_cache(struct maker *maker) {
  put(maker, "\"capacity\": {\"items\": %u}, \"eviction\": \"fifo\", \"ttl\": ", 1 + choose(maker, 9));
  put_time(maker, some_time(maker, 30000000));
}

void put_kept(struct maker *maker, bool coalesces) {
  static const char *const evictions[] = {"lru", "lfu", "fifo", "clock"};
  static const char *const capacities[] = {", \"capacity\": \"9KB\"", ", \"capacity\": {\"items\": 7}",
                                           ", \"capacity\": {\"items\": 1}", ""};
  put(maker, ", \"eviction\": \"%s\"%s", CHOOSE(maker, evictions), CHOOSE(maker, capacities));
  if (choose(maker, 2) == 0) {
    put(maker, ", \"ttl\": ");
    put_time(maker, some_time(maker, 60000000));
    put(maker, ", \"ttl_jitter\": 0.4");
  }
  if (one_in(maker, 3)) put(maker, ", \"start\": \"%s\"", choose(maker, 2) == 0 ? "warm" : "cold");
  if (coalesces && choose(maker, 2) == 0) put(maker, ", \"coalesce\": true");
}

static void put_cache(struct maker *maker, const char *name, const char *origin) {
  static const char *const strategies[] = {"cache-aside", "read-through", "write-around", "write-through"};
  uint32_t strategy = choose(maker, 4);
  struct part *part = add_part(maker, "cache", name);
  put(maker, ", \"origin\": \"%s\", \"strategy\": \"%s\"", origin, strategies[strategy]);
  if (maker->datasets > 1 || choose(maker, 2) == 0) put(maker, ", \"holds\": [\"d0\"]");
  put_kept(maker, strategy > 0);
  if (choose(maker, 2) == 0)
    put(maker, ", \"level\": \"%s\"", choose(maker, 2) == 0 ? "local" : "distributed");
  if (one_in(maker, 4)) put(maker, ", \"invalidate_on_write\": false");
  if (one_in(maker, 3)) {
    put(maker, ", \"get\": ");
    put_duration(maker, 14000);
    put(maker, ", \"set\": ");
    put_duration(maker, 14000);
  }
  put_deployment(maker, part, patch_cache);
  put(maker, "},\n");
}

void put_stores(struct maker *maker) {
  if (maker->datasets == 0) return;
  if (maker->stored_well) {
    put_database(maker);
  } else {
    put_object_store(maker);
  }
  if (maker->caches > 0) put_cache(maker, "cache", "store");
  if (maker->caches > 1) put_cache(maker, "near", "cache");
}
