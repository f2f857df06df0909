// The connections that the users of a client group keep to one service: for each user when it was last used,
// and to which end of the service it leads, in twelve bytes. Pages of users appear when the first of them
// does.
//
// Leaves out: several connections of one user (it has one, which carries any number of requests at once, as
// HTTP/2 does); tickets age from the last use of the connection, not from its set-up.
#ifndef HEADROOM_CONNECTIONS_H
#define HEADROOM_CONNECTIONS_H

#include "connection.h"
#include "memory.h"

#include <stdint.h>

struct connections_page;

struct connections {
  struct memory_budget *budget;
  struct connections_page **pages; // by user / CONNECTIONS_PAGE_USERS; NULL: nobody of them has come yet
  uint32_t page_room;              // entries of `pages`
};

enum { CONNECTIONS_PAGE_USERS = 512 };
#define CONNECTIONS_NOWHERE UINT32_MAX

// What decides whether a connection to an end is still there.
struct connections_rule {
  int64_t keep_alive; // how long it may be idle, ns
  int64_t ticket;     // how old a ticket may be, ns; 0: there are none
  int64_t broken;     // those last used before this time are gone, ns; tickets stay
};

void connections_init(struct connections *connections, struct memory_budget *budget);
void connections_drop(struct connections *connections);

// Bytes that they take once so many uses have come from that many users, each as likely.
double connections_memory(double users, double uses);

// A user begins to use its connection to `end` at `now` (ns, not before it last did): whether it is still
// there, or a new one is set up, with a ticket or without. Where memory runs out (budget->exhausted is set)
// it is a new one.
enum connection_kind connections_take(struct connections *connections, uint32_t user, uint32_t end,
                                      int64_t now, const struct connections_rule *rule);

// Where the user's connection leads, and when it was last used; CONNECTIONS_NOWHERE: it has never had one.
uint32_t connections_end(const struct connections *connections, uint32_t user, int64_t *last);

// A request of the user's has been answered over it, unless it is gone (last used before `broken`): the idle
// time counts from here.
void connections_used(struct connections *connections, uint32_t user, int64_t now, int64_t broken);

#endif
