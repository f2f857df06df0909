// What stands before others: load balancers, the edges of a CDN, name services.
#include "random_maker.h"

#include <string.h>

static const char *const algorithms[] = {"\"round-robin\"",
                                         "\"weighted-round-robin\"",
                                         "\"least-connections\"",
                                         "\"weighted-least-connections\"",
                                         "\"random\"",
                                         "\"power-of-two\"",
                                         "{\"power-of-d\": {\"choices\": 3}}",
                                         "\"ip-hash\""};

static void patch_balancer(struct maker *maker) {
  put(maker, "\"algorithm\": %s", CHOOSE(maker, algorithms));
}

static void put_balancer(struct maker *maker, int number) {
  char name[20];
  snprintf(name, sizeof name, "c%d", number);
  struct part *part = add_part(maker, "load-balancer", name);
  const struct caller others = {.first = maker->components, .special = number};
  uint32_t further = (uint32_t)(maker->components - number - 1);
  int first = number + 1 + (int)choose(maker, further), second = number + 1 + (int)choose(maker, further);
  put(maker, ", \"algorithm\": %s", CHOOSE(maker, algorithms));
  if (one_in(maker, 4)) put(maker, ", \"direct_return\": true");
  if (first == second) {
    put(maker, ", \"targets\": [");
    if (choose(maker, 2) == 0 && put_target(maker, others)) put(maker, ", ");
    put(maker, "\"c%d\"]", first);
  } else if (choose(maker, 2) == 0) {
    put(maker, ", \"targets\": [\"c%d\", \"c%d\"]", first, second);
  } else {
    put(maker, ", \"targets\": {\"c%d\": 2.5, \"c%d\": 1}", first, second);
  }
  put_deployment(maker, part, patch_balancer);
  put(maker, "},\n");
}

// ---- CDN --------------------------------------------------------------------------------------------------

// Edges in all regions would be many to look at, so they are rare.
static void put_edges(struct maker *maker) {
  static const char *const lists[] = {", \"edges\": [\"us-east\"]", ", \"edges\": [\"us-west\", \"us-east\"]",
                                      ", \"edges\": [\"eu-west\", \"us-east\", \"ap-south\"]"};
  put(maker, "%s", one_in(maker, 8) ? "" : CHOOSE(maker, lists));
  if (one_in(maker, 3)) put(maker, ", \"shield\": \"us-east\"");
}

// A database answers no request but reads: clients cannot go to it instead.
static void put_cdn(struct maker *maker, int number) {
  static const char *const outages[] = {"fail", "stale", "origin"};
  int behind = maker->cdns_at[number] + 1;
  const struct caller caller = {.first = behind, .special = behind};
  char name[20];
  snprintf(name, sizeof name, "edge%d", number);
  struct part *part = add_part(maker, "cdn", name);
  bool database = maker->stored_well && maker->datasets > 0 && (maker->datasets == 1 || maker->all_read) &&
                  choose(maker, 2) == 0;
  put(maker, ", \"origin\": ");
  if (database)
    put(maker, "\"store\"");
  else if (choose(maker, 2) == 0 || !put_tier(maker, caller))
    put_target(maker, caller);
  put(maker, ", \"on_outage\": \"%s\"", outages[choose(maker, database ? 2 : 3)]);
  put_edges(maker);
  put_kept(maker, true);
  put(maker, ", \"instances\": %u", 1 + choose(maker, 2));
  if (maker->machines > 0 && choose(maker, 2) == 0)
    put(maker, ", \"machine\": \"m%u\"", choose(maker, (uint32_t)maker->machines));
  put_extras(maker, true);
  put(maker, "},\n");
  part->standing = 0;
}

// ---- Names ------------------------------------------------------------------------------------------------

static void put_names(struct maker *maker) {
  static const char *const policies[] = {"single", "round-robin", "geo", "latency", "weighted"};
  int number = maker->names_at + 1;
  const char *policy = CHOOSE(maker, policies);
  add_part(maker, "dns", "names");
  put(maker, ", \"answers\": [\"c%d\"", number);
  if (number + 1 < maker->components) put(maker, ", \"c%d\"", number + 1);
  put(maker, "], \"policy\": \"%s\", \"start\": \"%s\"", policy, choose(maker, 2) == 0 ? "cold" : "warm");
  if (strcmp(policy, "weighted") == 0)
    put(maker, ", \"weights\": {\"%s\": %u%s}", first_place(maker), 1 + choose(maker, 3),
        maker->places > 1 ? ", \"north\": 0.7" : "");
  if (choose(maker, 4) > 0) {
    put(maker, ", \"ttl\": ");
    put_time(maker, (int64_t)choose(maker, 3) * 40000000);
  }
  if (choose(maker, 2) == 0) put(maker, ", \"resolvers\": %u", 1 + choose(maker, 3));
  if (choose(maker, 2) == 0) {
    put(maker, ", \"lookup\": ");
    put_duration(maker, 8000000);
  }
  put_extras(maker, false);
  put(maker, "},\n");
}

void put_fronts(struct maker *maker) {
  for (int i = 0; i < maker->components; i++) {
    if (maker->is_balancer[i]) put_balancer(maker, i);
  }
  for (int i = 0; i < CDNS; i++) {
    if (maker->cdns_at[i] != NOWHERE) put_cdn(maker, i);
  }
  if (maker->names_at != NOWHERE) put_names(maker);
}
