// Clients: where requests come from and where their ends are counted.
#ifndef HEADROOM_CLIENT_H
#define HEADROOM_CLIENT_H

#include "sim.h"

// A client group as it is written.
struct client_settings {
  struct variant from;
  int kind;
  const char *access;
  int64_t users;
  struct variant arrivals;
  struct variant shape;
  const struct distribution *batch;
  struct map mix;
  struct variant entry;
  int64_t keep_alive;
  struct policy_settings policies;
};

// Its rows.
extern const struct field_table client_table;

// The distinct people of a decoded group.
int64_t client_users(const void *settings);

// The request names that a decoded group may send are added to the plan.
void client_collect(const void *settings, struct plan *plan);

// Compiles a decoded group. False after an error was reported.
bool client_compile(const struct map_entry *written, struct plan *plan, struct field_context *context,
                    struct client_group *group);

// Starts the clocks and users of all groups. False when memory runs out.
bool client_start_all(struct sim *sim);

// Whether all that clients had to send has been sent and has ended (traces end).
bool client_exhausted(const struct sim *sim);

// The run is over: what clients have of memory that is not the arena's is given back.
void client_drop_all(struct sim *sim);

#endif
