// Time to repair: the five minutes of a restart in the textbook example of Hennessy & Patterson (Computer
// Architecture, chapter 6).
#include "machine_type.h"

#include <math.h>

const struct machine_type machine_unlimited = {.cores = STATION_UNLIMITED,
                                               .discipline = STATION_FCFS,
                                               .speed = 1,
                                               .memory = INT64_MAX,
                                               .nic = INFINITY,
                                               .mtbf = MACHINE_NEVER};

static const struct field settings_fields[] = {
    FIELD_COUNT(struct machine_settings, cores, .standard = "\"unlimited\"", .unlimited = true, .minimum = 1,
                .maximum = 1e6, .doc = "of the processor"),
    FIELD_WORD(struct machine_settings, discipline, station_disciplines, .standard = "\"ps\"",
               .doc = "ps is what an operating system does"),
    FIELD_NUMBER(struct machine_settings, speed, .standard = "1", .minimum = 1e-3, .maximum = 1e3,
                 .doc = "work per time of a core"),
    FIELD_SIZE(struct machine_settings, memory, .standard = "\"unlimited\"", .unlimited = true, .minimum = 1,
               .doc = "beyond it the machine swaps"),
    FIELD_RECORD(struct machine_settings, disk, struct disk_type, &disk_table,
                 .doc = "its disk; without limits unless given"),
    FIELD_BANDWIDTH(struct machine_settings, nic, .standard = "\"unlimited\"", .unlimited = true,
                    .minimum = 1, .doc = "of its network interface, each way"),
    FIELD_MONEY(struct machine_settings, price, .doc = "what one costs while it exists"),
    FIELD_DURATION(struct machine_settings, mtbf, .minimum = 1e9,
                   .doc = "mean time between failures of one machine; it never fails by itself unless given"),
    FIELD_DURATION(struct machine_settings, mttr, .standard = "\"5min\"", .minimum = 1e6,
                   .doc = "mean time to repair (a restart, Hennessy & Patterson)"),
};
static const struct field_table settings_table = FIELD_TABLE(
    "machine settings", struct machine_settings, settings_fields, .doc = "What machines and hosts have.");

static const struct field machine_fields[] = {
    FIELD_REFERENCE(struct machine_written, machine, "built-in machine",
                    .doc = "a built-in one (`headroom doc machines`): its values stand where none is given"),
    FIELD_SPREAD(struct machine_written, settings, struct machine_settings, &settings_table,
                 .doc = "what it has"),
    FIELD_DISTRIBUTION(struct machine_written, boot, DURATION, .standard = "\"0s\"",
                       .doc = "from ordered to booted"),
    FIELD_DISTRIBUTION(struct machine_written, warm, DURATION, .standard = "\"0s\"",
                       .doc = "from booted to serving"),
};
const struct field_table machine_table =
    FIELD_TABLE("machine", struct machine_written, machine_fields, .doc = "A type of machine.");

static const struct field host_fields[] = {
    FIELD_REFERENCE(struct machine_host, machine, "machine",
                    .doc = "a type of machine: its values stand where none is given"),
    FIELD_SPREAD(struct machine_host, settings, struct machine_settings, &settings_table,
                 .doc = "what it has"),
    FIELD_COUNT(struct machine_host, count, .standard = "1", .minimum = 1, .maximum = 100000,
                .doc = "instance i stands on host i mod count"),
    FIELD_NAME(struct machine_host, in, .to = "data center",
               .doc = "its data center; the first unless given"),
};
const struct field_table machine_host_table =
    FIELD_TABLE("host", struct machine_host, host_fields, .doc = "Machines that components share.");

static bool says(const struct node *node, const char *key) {
  const struct node *value = node_find(node, key);
  return value != NULL && value->kind != NODE_NULL;
}

static void take_price(const struct machine_settings *settings, const struct node *node,
                       struct machine_type *type) {
  bool given = settings->price != NULL;
  type->price = given ? price_per_time(*settings->price) : (struct price){.given = false};
  type->price_node = given ? node_find(node, "price") : NULL;
}

void machine_type_compile(const struct machine_settings *settings, const struct node *node,
                          const struct machine_type *base, struct machine_type *type) {
  *type = base != NULL ? *base : machine_unlimited;
  bool all = base == NULL;
  if (all || says(node, "cores")) type->cores = settings->cores;
  if (all || says(node, "discipline")) type->discipline = (enum station_discipline)settings->discipline;
  if (all || says(node, "speed")) type->speed = settings->speed;
  if (all || says(node, "memory")) type->memory = settings->memory;
  if (all || says(node, "disk")) type->disk = settings->disk;
  if (all || says(node, "nic")) type->nic = settings->nic;
  if (all || says(node, "price")) take_price(settings, node, type);
  if (all || says(node, "mtbf")) type->mtbf = settings->mtbf != NULL ? *settings->mtbf : MACHINE_NEVER;
  if (all || says(node, "mttr")) type->mttr = settings->mttr;
}

void machine_type_compile_written(const struct machine_written *written, const struct node *node,
                                  const struct machine_type *base, struct machine_type *type) {
  machine_type_compile(&written->settings, node, base, type);
  if (base == NULL || says(node, "boot")) type->boot = written->boot;
  if (base == NULL || says(node, "warm")) type->warm = written->warm;
}
