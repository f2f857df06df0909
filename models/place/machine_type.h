// Types of machines: what one has, what it costs, how long it takes to be there. As a scenario writes them
// (`machines`, `hosts`), and as the rest of headroom reads them. The built-in ones are in
// machine_catalogue.h.
#ifndef HEADROOM_MACHINE_TYPE_H
#define HEADROOM_MACHINE_TYPE_H

#include "disk.h"
#include "field.h"
#include "price.h"
#include "station.h"

#include <stdint.h>

#define MACHINE_NEVER INT64_MAX

// A type of machine, or the machine of a host.
struct machine_type {
  int64_t cores; // STATION_UNLIMITED: hardware without limits
  enum station_discipline discipline;
  double speed;
  struct distribution boot;     // ns from ordered to booted
  struct distribution warm;     // ns after that until it serves
  int64_t memory;               // bytes; INT64_MAX: without limit
  const struct disk_type *disk; // NULL: without limits
  double nic;                   // bytes/s each way; INFINITY: without limit
  struct price price;
  const struct node *price_node; // where it is written; NULL: in the catalogue, or nowhere
  int64_t mtbf;                  // mean time between failures of one, ns, exponential; MACHINE_NEVER
  int64_t mttr;                  // mean time to repair, ns, exponential
};

// A machine without limits or price.
extern const struct machine_type machine_unlimited;

// The rows that types of machines and hosts have in common.
struct machine_settings {
  int64_t cores;
  int discipline;
  double speed;
  int64_t memory;
  const struct disk_type *disk;
  double nic;
  const struct units_money *price;
  const int64_t *mtbf;
  int64_t mttr;
};

// "machines": {"app": {…}}.
struct machine_written {
  struct reference machine; // a built-in one
  struct machine_settings settings;
  struct distribution boot;
  struct distribution warm;
};
extern const struct field_table machine_table;

// "hosts": {"box": {…}}.
struct machine_host {
  struct reference machine; // built in, or one of the scenario's
  struct machine_settings settings;
  int64_t count;
  const char *in;
};
extern const struct field_table machine_host_table;

// What was written at `node`, over `base`: where a row is not given, the base's value stands, and without a
// base (NULL) the row's default.
void machine_type_compile(const struct machine_settings *settings, const struct node *node,
                          const struct machine_type *base, struct machine_type *type);

// The same with what a type alone has.
void machine_type_compile_written(const struct machine_written *written, const struct node *node,
                                  const struct machine_type *base, struct machine_type *type);

#endif
