// Data centers, the network, machines and hosts, and where a component stands.
#include "random_maker.h"

#include <string.h>

static const char *const places[] = {"east", "north", "west"}; // in the order of names

const char *first_place(const struct maker *maker) {
  return maker->places > 0 ? places[0] : "main";
}

void put_places(struct maker *maker) {
  static const char *const regions[] = {"us-east", "eu-west", "us-west"};
  if (maker->places == 0) return;
  put(maker, "\"datacenters\": {");
  for (int i = 0; i < maker->places; i++) {
    put(maker, "%s\"%s\": {\"region\": \"%s\"%s}", i > 0 ? ", " : "", places[i], regions[i],
        i == 0 ? ", \"zones\": [\"a\", \"b\"]" : "");
  }
  put(maker, "},\n");
}

// ---- Network ----------------------------------------------------------------------------------------------

static void put_access_profile(struct maker *maker) {
  put(maker, ", \"access\": {\"lan\": {\"loss\": 0.02, \"down\": ");
  put_bandwidth(maker, 30);
  if (choose(maker, 2) == 0) {
    put(maker, ", \"up\": ");
    put_bandwidth(maker, 4);
  }
  put(maker, ", \"rtt\": ");
  put_duration(maker, 3000000);
  put(maker, "}}");
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
  if (one_in(maker, 3)) put_access_profile(maker);
}

// A hop of a class that takes some time, or none.
static void put_hop(struct maker *maker, const char *name, int64_t time) {
  put(maker, "\"%s\": ", name);
  put_time(maker, time);
  put(maker, ", ");
  maker->free_hops = maker->free_hops || time == 0;
}

void put_network(struct maker *maker) {
  maker->free_hops = maker->free_network;
  if (maker->free_network) {
    put(maker, "\"network\": \"none\",\n");
  } else if (choose(maker, 2) == 0) {
    put(maker, "\"network\": {");
    put_hop(maker, "within_host", (int64_t)choose(maker, 2) * 30000);
    put_hop(maker, "within_zone", (int64_t)choose(maker, 3) * 100000);
    put_hop(maker, "between_zones", (int64_t)choose(maker, 3) * 300000);
    put(maker, "\"between\": [[\"us-east\", \"us-west\", ");
    put_time(maker, some_time(maker, 2000000));
    put(maker, "]]");
    put_chances(maker);
    put(maker, "},\n");
  }
}

// ---- Machines ---------------------------------------------------------------------------------------------

static void put_disk(struct maker *maker) {
  static const char *const depths[] = {"1", "3", "\"unlimited\""};
  static const double speeds[] = {3, 40, 700}; // Mbit/s
  put(maker, ", \"disk\": {\"iops\": %.17g, \"depth\": %s, \"bandwidth\": ",
      (200 + choose(maker, 251) * 7.3) / (double)maker->options->time, CHOOSE(maker, depths));
  put_bandwidth(maker, CHOOSE(maker, speeds));
  put(maker, ", \"latency\": ");
  put_duration(maker, one_in(maker, 3) ? 0 : 500000);
  put(maker, "}");
}

static void put_failures(struct maker *maker) {
  put(maker, ", ");
  put_named_time(maker, "mtbf", 1000000000 + some_time(maker, 400000000), ", ");
  put_named_time(maker, "mttr", 1000000 + some_time(maker, 60000000), "");
}

// Whether its memory is limited.
static bool put_devices(struct maker *maker) {
  static const double speeds[] = {3.2, 43, 750};
  static const char *const memories[] = {"40KB", "150KB", "3MB"};
  if (choose(maker, 2) == 0) put_disk(maker);
  if (choose(maker, 3) == 0) {
    put(maker, ", \"nic\": ");
    put_bandwidth(maker, CHOOSE(maker, speeds));
  }
  bool limited = !maker->options->plain && choose(maker, 3) == 0;
  if (limited) put(maker, ", \"memory\": \"%s\"", CHOOSE(maker, memories));
  if (!maker->options->calm && one_in(maker, 6)) put_failures(maker);
  if (one_in(maker, 5)) put(maker, ", \"price\": \"%s\"", choose(maker, 2) == 0 ? "$0.12/h" : "€24/month");
  return limited;
}

static bool put_machine_rows(struct maker *maker) {
  static const char *const disciplines[] = {"ps", "fcfs", "lifo", "priority", "priority-preemptive"};
  static const char *const speeds[] = {"1", "1", "0.7", "2.3"};
  static const char *const cores[] = {"1", "1", "2", "3", "\"unlimited\""};
  put(maker, "\"cores\": %s, \"discipline\": \"%s\", \"speed\": %s", CHOOSE(maker, cores),
      CHOOSE(maker, disciplines), CHOOSE(maker, speeds));
  return put_devices(maker);
}

// Built-in machines have bandwidths that know nothing of the factor on times.
static void put_base(struct maker *maker, const char *base) {
  if (!maker->options->plain && one_in(maker, 4)) put(maker, ", \"machine\": \"%s\"", base);
}

static void put_machine(struct maker *maker, int number) {
  put(maker, "\"m%d\": {", number);
  maker->memory_of[number] = put_machine_rows(maker);
  put_base(maker, "hetzner:cx33");
  put(maker, ", \"boot\": ");
  put_duration(maker, 20000000);
  if (choose(maker, 2) == 0) {
    put(maker, ", \"warm\": ");
    put_duration(maker, 10000000);
  }
  put(maker, "}");
}

static void put_host(struct maker *maker, int number) {
  put(maker, "\"h%d\": {\"count\": %u, ", number, 1 + choose(maker, 3));
  put_machine_rows(maker);
  put_base(maker, maker->machines > 0 && choose(maker, 2) == 0 ? "m0" : "aws:c5.large");
  if (maker->places > 1) put(maker, ", \"in\": \"%s\"", places[choose(maker, (uint32_t)maker->places)]);
  put(maker, "}");
}

void put_hosts(struct maker *maker) {
  put(maker, "\"machines\": {");
  if (maker->options->unused) put(maker, "\"a-machine\": {}%s", maker->machines > 0 ? ", " : "");
  for (int i = 0; i < maker->machines; i++) {
    if (i > 0) put(maker, ", ");
    put_machine(maker, i);
  }
  put(maker, "},\n\"hosts\": {");
  if (maker->options->unused) put(maker, "\"a-host\": {\"cores\": 2}%s", maker->hosts > 0 ? ", " : "");
  for (int i = 0; i < maker->hosts; i++) {
    if (i > 0) put(maker, ", ");
    put_host(maker, i);
  }
  put(maker, "},\n");
}

// ---- Money ------------------------------------------------------------------------------------------------

void put_prices(struct maker *maker) {
  static const char *const currencies[] = {"", ", \"currency\": \"usd\"", ", \"currency\": \"eur\""};
  put(maker, "\"prices\": {\"eur_usd\": 1.1%s%s},\n", CHOOSE(maker, currencies),
      choose(maker, 2) == 0 ? ", \"traffic_out\": \"$0.09\"" : "");
}

static void put_price(struct maker *maker) {
  static const char *const forms[] = {
      "\"$0.0225/h\"", "\"€0.001\"",
      "{\"per_hour\": \"$0.1\", \"per_month\": \"$3\", \"per_request\": \"$0.01\", "
      "\"per_million_requests\": \"$2\"}",
      "{\"per_million_gets\": \"€4\", \"per_million_puts\": \"€5\", \"per_gb\": \"€0.05\", "
      "\"per_gb_month\": \"€0.02\", \"per_gb_second\": \"€0.00002\"}"};
  put(maker, ", \"price\": %s", CHOOSE(maker, forms));
}

static void put_tls(struct maker *maker) {
  put(maker, ", \"tls\": {\"version\": \"%s\", \"early_data\": %s", choose(maker, 2) == 0 ? "1.2" : "1.3",
      choose(maker, 2) == 0 ? "true" : "false");
  if (choose(maker, 2) == 0) {
    put(maker, ", ");
    put_named_time(maker, "resumed", (int64_t)choose(maker, 3) * 70000000, "");
  }
  put(maker, ", ");
  put_named_time(maker, "full", some_time(maker, 770000), ", ");
  put_named_time(maker, "abbreviated", some_time(maker, 76000), "}");
}

void put_extras(struct maker *maker, bool takes_tls) {
  if (one_in(maker, 4)) put_price(maker);
  if (one_in(maker, 5)) put(maker, ", \"tags\": [\"blue\", \"team one\"]");
  if (takes_tls && one_in(maker, 4)) put_tls(maker);
}

// ---- Where a component stands -----------------------------------------------------------------------------

struct part *add_part(struct maker *maker, const char *type, const char *name) {
  struct part *part = &maker->parts[maker->part_count++];
  *part = (struct part){.type = type};
  snprintf(part->name, sizeof part->name, "%s", name);
  put(maker, "  \"%s\": {\"type\": \"%s\"", name, type);
  return part;
}

static void put_override(struct maker *maker, const char *place, void (*patch)(struct maker *maker)) {
  if (patch == NULL || !one_in(maker, 5)) return;
  put(maker, ", \"overrides\": {\"%s\": {", place);
  patch(maker);
  put(maker, "}}");
}

static void put_instances(struct maker *maker, struct part *part, void (*patch)(struct maker *maker)) {
  const char *other = places[maker->places > 1 ? choose(maker, (uint32_t)maker->places - 1) + 1 : 0];
  bool elsewhere = maker->places > 1 && choose(maker, 2) == 0;
  if (elsewhere && choose(maker, 2) == 0) {
    part->standing = choose(maker, 3);
    put(maker, ", \"instances\": {\"%s\": %u, \"%s\": %u}", places[0], part->standing, other,
        1 + choose(maker, 2));
  } else if (elsewhere) {
    part->standing = 2;
    put(maker, ", \"instances\": 2, \"in\": [\"%s\", \"%s\"]", other, places[0]);
  } else {
    part->standing = 1 + choose(maker, 4);
    put(maker, ", \"instances\": %u", part->standing);
  }
  part->first_place = true;
  put_override(maker, elsewhere && choose(maker, 2) == 0 ? other : first_place(maker), patch);
}

void put_deployment(struct maker *maker, struct part *part, void (*patch)(struct maker *maker)) {
  uint32_t where = choose(maker, 4);
  if (where == 0 && maker->hosts > 0) { // which may stand elsewhere; a server's patch has a machine
    put(maker, ", \"on\": \"h%u\", \"instances\": %u", choose(maker, (uint32_t)maker->hosts),
        1 + choose(maker, 4));
    if (maker->places < 2 && strcmp(part->type, "server") != 0)
      put_override(maker, first_place(maker), patch);
  } else {
    if (where == 1 && maker->machines > 0)
      put(maker, ", \"machine\": \"m%u\"", choose(maker, (uint32_t)maker->machines));
    put_instances(maker, part, patch);
  }
  put_extras(maker, true);
}
