// The connections that the users of a client group keep to one service: for each user when it was last used,
// in eight bytes. Pages of users appear when the first of them does.
//
// Leaves out: several connections of one user (it has one, which carries any number of requests at once, as
// HTTP/2 does); tickets age from the last use of the connection, not from its set-up.
#ifndef HEADROOM_CONNECTIONS_H
#define HEADROOM_CONNECTIONS_H

#include "connection.h"
#include "memory.h"

#include <stdint.h>

struct connections {
  struct memory_budget *budget;
  int64_t **pages;    // by user / CONNECTIONS_PAGE_USERS; NULL: nobody of them has come yet
  uint32_t page_room; // entries of `pages`
  int64_t broken;     // those last used before this time are gone, ns
  uint64_t taken[3];  // by enum connection_kind, since the start
};

enum { CONNECTIONS_PAGE_USERS = 512 };

void connections_init(struct connections *connections, struct memory_budget *budget);
void connections_drop(struct connections *connections);

// A user begins to use its connection at `now` (ns, not before it last did): whether it is still there, its
// last use being no longer ago than `keep_alive`, or a new one is set up, with a ticket that is no older than
// `ticket` (0: there are none). Where memory runs out (budget->exhausted is set) it is a new one.
enum connection_kind connections_take(struct connections *connections, uint32_t user, int64_t now,
                                      int64_t keep_alive, int64_t ticket);

// The user is done with it for now: the idle time counts from here.
void connections_used(struct connections *connections, uint32_t user, int64_t now);

// The other end dies: all connections are gone, tickets stay.
void connections_break(struct connections *connections, int64_t now);

#endif
