// The network: how long a message takes from one place to another. Constant latency classes; `"none"` makes
// every hop free and removes every default timeout, for textbook models.
//
// Leaves out: transfer times and shared bandwidth, jitter, loss, connection set-up, TLS.
#ifndef HEADROOM_NETWORK_H
#define HEADROOM_NETWORK_H

#include "field.h"

#include <stdint.h>

enum { NETWORK_REGIONS_MOST = 32 };

// One-way times, ns.
struct network {
  bool none;
  int64_t within_host;
  int64_t within_zone;
  int64_t between_zones;
  uint16_t region_count;
  const char *const *regions;
  int64_t (*between)[NETWORK_REGIONS_MOST]; // by region numbers
  int64_t *access;                          // of clients to the edge of their region, by profile
};

// Where one end of a message stands. A client has no zone and no host.
struct network_end {
  uint16_t region;
  uint16_t place; // UINT16_MAX: a client
  uint16_t zone;
  int64_t access;      // a client's: one way to the edge of its region, ns
  const void *machine; // the same pointer: the same machine
};

// As it is written under "network".
extern const struct field_alternative *const network_forms[];

// The names of regions and access profiles, for what refers to them.
void network_names(struct names *names);

// Compiles the settings (absent: the built-in classes). False when they name a region or profile that there
// is not (which decoding reports), or memory ran out.
bool network_compile(const struct variant *settings, struct arena *arena, struct network *network);

// The number of a region, UINT16_MAX if it is unknown or NULL.
uint16_t network_region(const struct network *network, const char *name);

// One-way latency of a client's access profile ("broadband", "4g", …), ns; -1 if unknown.
int64_t network_access(const struct network *network, const char *profile);
extern const char *const network_profiles[];

// One-way time of a message, ns.
int64_t network_delay(const struct network *network, const struct network_end *from,
                      const struct network_end *to);

// The default timeout of a remote call, ns, or INT64_MAX under "none".
int64_t network_default_timeout(const struct network *network);

// Prints the latency classes, regions and access profiles, for `headroom doc network`.
void network_document(FILE *stream);

#endif
