// What happens, and when: to anything that stands somewhere.
#include "random_maker.h"

#include <string.h>

static const struct part *some_part(struct maker *maker) {
  return &maker->parts[choose(maker, (uint32_t)maker->part_count)];
}

static bool is(const struct part *part, const char *type) {
  return strcmp(part->type, type) == 0;
}

static void put_part(struct maker *maker, const struct part *part) {
  const char *place = first_place(maker);
  uint32_t how = choose(maker, 4);
  if (how == 0 && is(part, "database")) {
    static const char *const roles[] = {"/shard0/primary", "/primary", "/shard0", "/0", ""};
    put(maker, "\"%s/%s%s\"", part->name, place, CHOOSE(maker, roles));
  } else if (how == 0 && part->standing > 0) {
    put(maker, "\"%s/%s/%u\"", part->name, place, choose(maker, part->standing));
  } else if (how == 1 && part->first_place) {
    put(maker, "\"%s/%s\"", part->name, place);
  } else {
    put(maker, "\"%s\"", part->name);
  }
}

// What is everywhere is not to be had.
static void put_address(struct maker *maker) {
  uint32_t how = choose(maker, 8);
  const struct part *part = some_part(maker);
  if (how == 0 && maker->hosts > 0) {
    put(maker, "\"host:h%u\"", choose(maker, (uint32_t)maker->hosts));
  } else if (how == 1 && maker->places > 0) {
    put(maker, "%s", choose(maker, 2) == 0 ? "\"zone:east/b\"" : "\"datacenter:east\"");
  } else if (is(part, "dns")) {
    put(maker, "\"c0\"");
  } else {
    put_part(maker, part);
  }
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

// ---- Events -----------------------------------------------------------------------------------------------

static void put_set_value(struct maker *maker, const char *name, const char *key) {
  static const char *const limits[] = {"1", "2", "5", "\"unlimited\""};
  put(maker, "\"set\": {\"components.%s.%s\": %s}, ", name, key, CHOOSE(maker, limits));
}

static void put_set_of_names(struct maker *maker) {
  put(maker, "\"set\": {\"components.names.");
  if (choose(maker, 2) == 0) {
    put(maker, "ttl\": ");
    put_time(maker, some_time(maker, 20000000));
  } else {
    put(maker, "weights\": {\"%s\": %u}", first_place(maker), choose(maker, 3));
  }
  put(maker, "}, ");
}

static bool put_set(struct maker *maker) {
  const struct part *part = some_part(maker);
  if (is(part, "server")) {
    put_set_value(maker, part->name, choose(maker, 2) == 0 ? "workers" : "backlog");
  } else if (is(part, "worker")) {
    put_set_value(maker, part->name, "workers");
  } else if (is(part, "database")) {
    put_set_value(maker, part->name, "connections");
  } else if (is(part, "dns")) {
    put_set_of_names(maker);
  } else {
    return false;
  }
  return true;
}

static bool put_scale(struct maker *maker) {
  const struct part *part = some_part(maker);
  if (is(part, "database") || is(part, "dns")) return false;
  put(maker, "\"scale\": \"%s", part->name);
  if (part->first_place && one_in(maker, 3)) put(maker, "/%s", first_place(maker));
  put(maker, "\", \"to\": %u, ", choose(maker, 5));
  return true;
}

static void put_fail(struct maker *maker) {
  static const char *const modes[] = {"reset", "hang", "pause"};
  put(maker, "\"fail\": ");
  put_address(maker);
  put(maker, ", \"mode\": \"%s\", ", CHOOSE(maker, modes));
}

static void put_slow(struct maker *maker) {
  static const char *const factors[] = {"3.7", "0.4", "12"};
  put(maker, "\"slow\": ");
  put_address(maker);
  put(maker, ", \"factor\": %s, ", CHOOSE(maker, factors));
}

// Copies are forgotten: all of one who keeps some, or those of a dataset.
static bool put_forgetting(struct maker *maker) {
  const struct part *part = some_part(maker);
  if (is(part, "cache") || is(part, "cdn")) {
    put(maker, "\"flush\": ");
    put_part(maker, part);
  } else if (maker->caches > 0) {
    put(maker, "\"invalidate\": \"d0\"");
  } else {
    return false;
  }
  put(maker, ", ");
  put_named_time(maker, "at", some_time(maker, maker->options->tiny ? 60000000 : 120000000), "");
  if (one_in(maker, 3)) {
    put(maker, ", ");
    put_named_time(maker, "every", some_time(maker, 150000000), "");
  }
  return true;
}

static void put_happening(struct maker *maker, uint32_t which) {
  if (which == 2) {
    put_slow(maker);
  } else if (which == 3) {
    put(maker, "\"recover\": ");
    put_address(maker);
    put(maker, ", ");
  } else if (!(which == 0 && put_set(maker)) && !(which == 1 && put_scale(maker))) {
    put_fail(maker);
  }
  put_moment(maker);
}

static void put_event(struct maker *maker) {
  uint32_t which = choose(maker, 8);
  put(maker, "  {");
  if (which < 6 || !put_forgetting(maker)) put_happening(maker, which);
  put(maker, "}");
}

void put_timeline(struct maker *maker) {
  int count = maker->options->calm ? 0 : (int)choose(maker, 6);
  put(maker, "\"timeline\": [\n");
  for (int i = 0; i < count; i++) {
    put_event(maker);
    put(maker, "%s\n", i + 1 < count ? "," : "");
  }
  put(maker, "],\n");
}
